"""The exact solvers, against fractions, against scikit-learn, and against their own gradient."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge

from goodfit.networks import linear, newton
from goodfit.networks.solve import Solution, solve_least_squares, solve_logistic
from helpers import raises


def solved(design, target, weight=None, *, l2: float = 0.0, size: int = 7) -> Solution:
    """Least squares of rows that come in blocks of ``size``."""
    rows = [slice(start, start + size) for start in range(0, len(design), size)]
    return solve_least_squares(
        lambda: ((design[r], target[r], None if weight is None else weight[r]) for r in rows),
        n_columns=design.shape[1],
        l2=l2,
    )


def in_fractions(design, target) -> list[float]:
    """Bias and weight by the normal equations, without any rounding but the last."""
    rows = [[Fraction(1), *map(Fraction, row)] for row in design.tolist()]
    system = [
        [sum(row[i] * row[j] for row in rows) for j in range(len(rows[0]))]
        + [sum(row[i] * Fraction(y) for row, y in zip(rows, target.tolist(), strict=True))]
        for i in range(len(rows[0]))
    ]
    for i, pivot in enumerate(system):
        for row in system[i + 1 :]:
            share = row[i] / pivot[i]
            row[i:] = [a - share * b for a, b in zip(row[i:], pivot[i:], strict=True)]
    found: list[Fraction] = []
    for i, row in reversed(list(enumerate(system))):
        known = sum(a * b for a, b in zip(row[i + 1 : -1], found, strict=True))
        found.insert(0, (row[-1] - known) / row[i])
    return [float(number) for number in found]


def powers(x, degree: int):
    return np.column_stack([x**power for power in range(1, degree + 1)])


def ill_conditioned() -> dict[str, tuple[np.ndarray, np.ndarray, float]]:
    """Name -> design, target, digits that may be asked for."""
    random = np.random.default_rng(1)
    noise = random.normal(size=(60, 3))
    wampler, filip = np.arange(21.0), np.linspace(-8.8, -3.1, 82)
    years = np.arange(1947.0, 1963.0)
    # Numbers of an economy that grow together, year by year.
    trends = np.column_stack(
        [years, 234e3 * 1.055 ** (years - 1947), 107_608 + 1_400 * (years - 1947)]
    ) + np.array([0, 4e3, 40]) * np.cos(np.outer(years**2, [1, 2, 3]))
    return {
        "offset of 1e9, variance 1": (noise + 1e9, noise @ [1.0, 2, 3] + 1e6, 1e-8),
        "units 1e-9 and 1e9": (
            noise * [1e-9, 1, 1e9],
            noise @ [1.0, 2, 3] + 5 + noise[:, 0] ** 2,
            1e-12,
        ),
        "Wampler, all ones": (powers(wampler, 5), powers(wampler, 5).sum(axis=1) + 1, 1e-9),
        "Wampler, powers of a tenth": (
            powers(wampler, 5),
            powers(wampler, 5) @ 0.1 ** np.arange(1, 6) + 1 + 100 * (-1) ** wampler,
            1e-10,
        ),
        "Longley, trends": (trends, 6e4 + trends @ [1.5, 0.03, -0.2] + 300 * np.sin(years), 1e-10),
        "Filip, degree 10": (powers(filip, 10), 0.8 + 0.05 * np.sin(3 * filip), 1e-5),
    }


@pytest.mark.parametrize("name", ill_conditioned())
def test_least_squares_keeps_its_digits(name: str) -> None:
    design, target, digits = ill_conditioned()[name]
    found = solved(design, target)
    expected = in_fractions(design, target)
    assert found.rank == design.shape[1]
    assert found.weight == pytest.approx(expected[1:], rel=digits)
    assert found.bias[0] == pytest.approx(expected[0], rel=10 * digits)


def test_least_squares_does_not_depend_on_the_blocks() -> None:
    random = np.random.default_rng(2)
    design, target = random.normal(size=(50, 4)) * [1, 10, 1e3, 1e-3] + 5, random.normal(size=50)
    once, often = solved(design, target, size=50), solved(design, target, size=1)
    assert often.weight == pytest.approx(once.weight, rel=1e-12)
    assert often.loss == pytest.approx(once.loss, rel=1e-12)


@pytest.mark.parametrize("l2", [0.0, 1e-3, 10.0])
def test_least_squares_agrees_with_scikit_learn(l2: float) -> None:
    """Whose penalty is alpha·|w|² on the sum of squares."""
    random = np.random.default_rng(3)
    design, weight = random.normal(size=(80, 6)) * [1, 2, 3, 4, 5, 0.01], random.random(80)
    target = design @ random.normal(size=6) + random.normal(size=80) + 7
    theirs = Ridge(alpha=l2 / 2 * weight.sum(), tol=1e-14) if l2 else LinearRegression()
    theirs.fit(design, target, sample_weight=weight)
    found = solved(design, target, weight, l2=l2)
    assert found.weight == pytest.approx(theirs.coef_, rel=1e-9)
    assert found.bias[0] == pytest.approx(theirs.intercept_, rel=1e-9)
    errors = np.average((target - theirs.predict(design)) ** 2, weights=weight)
    assert found.loss == pytest.approx(errors + l2 / 2 * (theirs.coef_**2).sum(), rel=1e-9)


def dependent_columns(n_rows: int):
    """Three one-hot columns, their like, a constant, and a sum: rank 2 + 1 + 1 of 8."""
    random = np.random.default_rng(4)
    level, free = random.integers(0, 3, n_rows), random.normal(size=(n_rows, 2))
    return np.column_stack(
        [np.eye(3)[level], free, free.sum(axis=1), np.full(n_rows, 0.1), 100.0 * (level == 1)]
    )


@pytest.mark.parametrize("n_rows", [40, 5_000])
def test_dependent_columns_get_the_shortest_weight(n_rows: int) -> None:
    design = dependent_columns(n_rows)
    target = np.random.default_rng(5).normal(size=n_rows) + 3
    found = solved(design, target, size=1_000)
    shortest = np.linalg.pinv(design - design.mean(axis=0), rcond=1e-12) @ (target - target.mean())
    assert found.rank == 4
    assert found.weight == pytest.approx(shortest, abs=1e-11)


def test_dependent_columns_in_units_far_apart_still_fit() -> None:
    random = np.random.default_rng(6)
    one, two = random.normal(size=(2, 50))
    design = np.column_stack([one * 1e-9, one * 1e9, two, one + two])
    found = solved(design, 3 * one - two + 1)
    assert found.rank == 2
    assert found.loss == pytest.approx(0, abs=1e-20)
    assert np.linalg.norm(found.weight) < 2  # 4 / (1 + …); the first column alone would need 3e9


def test_more_columns_than_rows_are_fitted_without_error() -> None:
    random = np.random.default_rng(7)
    design, target = random.normal(size=(10, 30)), random.normal(size=10)
    found = solved(design, target, size=4)
    shortest = np.linalg.pinv(design - design.mean(axis=0)) @ (target - target.mean())
    assert found.rank == 9
    assert found.weight == pytest.approx(shortest, abs=1e-12)
    assert found.loss == pytest.approx(0, abs=1e-24)


def test_without_columns_the_mean_is_the_solution() -> None:
    found = solved(np.zeros((4, 0)), np.array([1.0, 2, 3, 6]), np.array([1.0, 1, 1, 3]))
    assert (found.weight.shape, found.rank) == ((0,), 0)
    assert found.bias[0] == pytest.approx(4)


@pytest.mark.parametrize("n_classes", [2, 3, 5])
def test_a_row_of_weight_two_is_that_row_twice(n_classes: int) -> None:
    design, classes = some_classes(n_classes, n_rows=90)
    rows = np.r_[np.arange(90), np.arange(30)]
    weight = np.r_[np.full(30, 2.0), np.ones(60)]
    pairs = [
        (
            solve_logistic(design, classes, n_classes=n_classes, weight=weight, l2=0.01),
            solve_logistic(design[rows], classes[rows], n_classes=n_classes, l2=0.01),
        ),
        (solved(design, 1.0 * classes, weight), solved(design[rows], 1.0 * classes[rows])),
    ]
    for weighted, repeated in pairs:
        assert weighted.weight == pytest.approx(repeated.weight, rel=1e-8)
        assert weighted.bias == pytest.approx(repeated.bias, rel=1e-8)


def some_classes(n_classes: int, *, n_rows: int = 300, n_columns: int = 4):
    random = np.random.default_rng(n_classes)
    design = random.normal(size=(n_rows, n_columns)) * [1, 10, 0.1, 1][:n_columns] + 2
    slope = random.normal(size=(n_columns, n_classes)) / design.std(axis=0)[:, None]
    return design, ((design - 2) @ slope + random.gumbel(size=(n_rows, n_classes))).argmax(axis=1)


def logistic_loss(found: Solution, design, classes, weight, l2: float) -> float:
    """Written out: mean cross-entropy and penalty."""
    outputs = design @ found.weight.T + found.bias
    if outputs.shape[1] == 1:
        outputs = np.column_stack([np.zeros(len(outputs)), outputs])
    errors = np.log(np.exp(outputs).sum(axis=1)) - outputs[np.arange(len(classes)), classes]
    return np.average(errors, weights=weight) + l2 / 2 * (found.weight**2).sum()


@pytest.mark.parametrize("l2", [0.0, 0.02])
@pytest.mark.parametrize("explicit", [True, False])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_logistic_regression_stands_at_the_minimum(
    n_classes: int, *, explicit: bool, l2: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nowhere around it is the loss less, and it is the loss that it says."""
    if not explicit:
        monkeypatch.setattr(newton, "EXPLICIT_PARAMETERS", 0)
    design, classes = some_classes(n_classes)
    weight = np.random.default_rng(0).random(len(design))
    found = solve_logistic(design, classes, n_classes=n_classes, weight=weight, l2=l2)
    least = logistic_loss(found, design, classes, weight, l2)
    assert found.converged
    assert not found.separable
    assert found.loss == pytest.approx(least, rel=1e-12)
    for parameters, units in (
        (found.weight, 1 / np.sqrt((design**2).mean(axis=0))),
        (found.bias, np.ones(1)),
    ):
        for index in np.ndindex(parameters.shape):
            here, step = parameters[index], 1e-4 * units[index[-1] % len(units)]
            around = []
            for there in (here + step, here - step):
                parameters[index] = there
                around.append(logistic_loss(found, design, classes, weight, l2))
            parameters[index] = here
            assert abs(around[0] - around[1]) / 2e-4 < 1e-7
            assert min(around) > least


@pytest.mark.parametrize("n_classes", [2, 3])
def test_logistic_regression_agrees_with_scikit_learn(n_classes: int) -> None:
    """Whose penalty is |w|²/2 against C times the sum of the rows' losses."""
    design, classes = some_classes(n_classes)
    design = (design - 2) / design.std(axis=0)
    theirs = LogisticRegression(C=0.5, tol=1e-10, max_iter=1000).fit(design, classes)
    found = solve_logistic(design, classes, n_classes=n_classes, l2=1 / (0.5 * len(design)))
    assert found.weight == pytest.approx(theirs.coef_, abs=1e-6)
    assert found.bias - found.bias.mean() == pytest.approx(
        theirs.intercept_ - theirs.intercept_.mean(), abs=1e-6
    )


def test_rare_levels_and_classes_do_not_lead_astray() -> None:
    """Without damping Newton's method ends at a loss of 18 on these rows."""
    random = np.random.default_rng(5)
    level = np.minimum(random.zipf(1.5, 3_000), 10) - 1
    design = np.column_stack([np.eye(10)[level], random.normal(size=(3_000, 2))])
    outputs = design @ (2 * random.normal(size=(12, 5))) + random.gumbel(size=(3_000, 5))
    classes = (outputs - [0, 1, 4, 8, 10]).argmax(axis=1)
    assert np.bincount(classes).min() == 3
    theirs = LogisticRegression(C=1 / (3_000 * 1e-4), max_iter=10_000, tol=1e-8)
    theirs.fit(design, classes)
    best = Solution(theirs.coef_, theirs.intercept_, 0, 0, 0)
    least = logistic_loss(best, design, classes, None, 1e-4)
    penalised = solve_logistic(design, classes, n_classes=5, l2=1e-4)
    free = solve_logistic(design, classes, n_classes=5)
    assert penalised.converged
    assert penalised.loss == pytest.approx(least, rel=1e-7)
    assert free.separable
    assert 0 < free.loss < least


@pytest.mark.parametrize("n_classes", [2, 3])
def test_many_rows_have_the_same_minimum(n_classes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking at some of the rows first changes the way, not the end."""
    design, classes = some_classes(n_classes)
    weight = np.random.default_rng(0).random(len(design))
    plain = solve_logistic(design, classes, n_classes=n_classes, weight=weight)
    monkeypatch.setattr(newton, "FEW_ROWS", 100)
    found = solve_logistic(design, classes, n_classes=n_classes, weight=weight)
    assert found.weight == pytest.approx(plain.weight, rel=1e-9)
    assert found.bias == pytest.approx(plain.bias, rel=1e-9)


@pytest.mark.parametrize("n_classes", [2, 4])
def test_classes_of_dependent_columns_get_the_shortest_weight(n_classes: int) -> None:
    design = dependent_columns(400)
    classes = np.random.default_rng(8).integers(0, n_classes, 400)
    found = solve_logistic(design, classes, n_classes=n_classes)
    centred = design - design.mean(axis=0)
    inside = np.linalg.pinv(centred, rcond=1e-12) @ centred  # onto the rows' space
    assert found.converged
    assert found.rank == 4
    assert found.weight == pytest.approx(found.weight @ inside, abs=1e-12)
    # The same functions from columns that do not depend on each other have the same loss.
    plain = solve_logistic(design[:, [0, 1, 3, 4]], classes, n_classes=n_classes)
    assert found.loss == pytest.approx(plain.loss, rel=1e-12)


def test_weights_of_many_classes_sum_to_zero() -> None:
    design, classes = some_classes(5)
    found = solve_logistic(design, classes, n_classes=5)
    assert found.weight.shape == (5, 4)
    assert found.weight.sum(axis=0) == pytest.approx(0, abs=1e-10)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_classes_that_a_line_separates_have_no_minimum(n_classes: int) -> None:
    design = np.arange(30.0).reshape(30, 1) + 1e6
    classes = np.arange(30) * n_classes // 30
    found = solve_logistic(design, classes, n_classes=n_classes)
    assert (found.converged, found.separable) == (False, True)
    assert 0 < found.loss < 1e-8
    assert np.isfinite(found.weight).all()


def test_a_level_of_one_class_alone_ends_with_large_weights() -> None:
    """The loss falls for ever along one direction, yet not to zero."""
    design, classes = some_classes(2, n_rows=300)
    sure = np.arange(300) < 20
    classes[sure] = 1
    found = solve_logistic(np.column_stack([design, sure]), classes, n_classes=2)
    rest = solve_logistic(design[~sure], classes[~sure], n_classes=2)
    assert found.separable
    assert np.isfinite(found.weight).all()
    assert found.loss == pytest.approx(rest.loss * 280 / 300, rel=1e-7)


def test_too_few_steps_are_told() -> None:
    design, classes = some_classes(3)
    found = solve_logistic(design, classes, n_classes=3, max_iterations=1)
    assert (found.converged, found.separable, found.iterations) == (False, False, 1)


def test_without_columns_the_shares_are_the_solution() -> None:
    found = solve_logistic(np.zeros((4, 0)), np.array([0, 1, 1, 1]), n_classes=2)
    assert found.bias == pytest.approx(np.log([3]))


def test_what_would_take_very_long_is_refused(monkeypatch):
    """Thousands of levels over many rows; here the bound is lowered instead."""
    monkeypatch.setattr(linear, "MOST_PRODUCTS", 100)
    network = linear.Linear(2, (4,), 1)
    dense, codes = torch.zeros(10, 2), torch.ones(10, 1, dtype=torch.int64)
    with raises("networks.exact_too_large", n_rows=10, n_columns=5):
        network.solve(dense, codes, torch.zeros(10, 1), None, task="regression", l2=0.0)
