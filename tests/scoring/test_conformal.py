"""Conformal intervals and sets: exact ranks, and coverage inside the band that chance leaves."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from goodfit.scoring.conformal import (
    Errors,
    coverage_spread,
    fewest_rows,
    intervals,
    rounded_up,
    sets,
)
from goodfit.scoring.width import learn_width
from helpers import sample

SEEDS = sample(40, whole=200)
N_NEW = 400
# Standard deviations of a mean over the seeds that chance is given: one in 16,000 lies beyond.
FAR = 4.0


def errors_of(values: np.ndarray, *, most: int = 1000) -> Errors:
    return Errors.of(values, weight=None, most=most)


def covered(ends: np.ndarray, target: np.ndarray) -> float:
    return float(((ends[:, 0] <= target) & (target <= ends[:, 1])).mean())


def band(level: float, n_rows: int) -> float:
    """How far the mean coverage over the seeds may be from what is promised."""
    one = math.hypot(coverage_spread(level, n_rows), math.sqrt(level * (1 - level) / N_NEW))
    return FAR * one / math.sqrt(SEEDS)


@pytest.mark.parametrize(("level", "least"), [(0.5, 1), (0.8, 4), (0.9, 9), (0.95, 19), (0.99, 99)])
def test_a_level_needs_so_many_rows_that_an_interval_is_finite(level: float, least: int) -> None:
    assert fewest_rows(level) == least
    for n_rows, finite in ((least, True), (least - 1, False)):
        if n_rows:
            errors = errors_of(np.arange(1.0, n_rows + 1))
            ends = intervals([errors], np.zeros((1, 1)), np.ones(1), level=level)
            assert np.isfinite(ends).all() == finite


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.95])
def test_the_end_is_the_error_whose_rank_the_theorem_names(level: float) -> None:
    values = np.random.default_rng(0).exponential(size=57).round(2)
    ends = intervals([errors_of(values)], np.full((1, 1), 5.0), np.full(1, 2.0), level=level)
    quantile = np.sort(values)[math.ceil(level * 58 - 1e-9) - 1]
    assert ends.tolist() == [[pytest.approx(5 - 2 * quantile), pytest.approx(5 + 2 * quantile)]]


def test_over_folds_the_ends_are_those_of_cv_plus() -> None:
    random, level = np.random.default_rng(1), 0.9
    values = [random.exponential(size=size).round(3) for size in (31, 40, 25)]
    centers, widths = random.normal(size=(3, 20)), random.uniform(0.5, 2, 20)
    ends = intervals([errors_of(one) for one in values], centers, widths, level=level)
    rank = math.ceil(level * 97)
    for row in range(20):
        upper = np.concatenate([c + widths[row] * v for c, v in zip(centers[:, row], values)])  # noqa: B905
        lower = np.concatenate([c - widths[row] * v for c, v in zip(centers[:, row], values)])  # noqa: B905
        assert ends[row, 1] == pytest.approx(np.sort(upper)[rank - 1], abs=1e-6)
        assert ends[row, 0] == pytest.approx(np.sort(lower)[-rank], abs=1e-6)


def test_a_row_of_weight_two_is_that_row_twice() -> None:
    values = np.random.default_rng(2).exponential(size=30)
    weight = np.array([1.0, 2.0, 3.0] * 10)
    weighed = Errors.of(values, weight=weight, most=1000)
    repeated = errors_of(np.repeat(values, weight.astype(int)))
    for level in (0.5, 0.8, 0.9):
        same = [
            intervals([one], np.zeros((1, 1)), np.ones(1), level=level)
            for one in (weighed, repeated)
        ]
        assert np.array_equal(*same)
    misfits = np.random.default_rng(3).exponential(size=(1, 50, 3))
    assert np.array_equal(sets([weighed], misfits, level=0.8), sets([repeated], misfits, level=0.8))


@pytest.mark.parametrize("level", [0.5, 0.8, 0.9, 0.99])
def test_fewer_numbers_make_intervals_hardly_wider_and_never_narrower(level: float) -> None:
    values = np.random.default_rng(4).exponential(size=20_000)
    whole, few = (errors_of(values, most=most) for most in (20_000, 1000))
    assert len(few.values) == 1000
    assert few.total == 20_000
    wide, wider = (
        intervals([one], np.zeros((1, 1)), np.ones(1), level=level)[0, 1] for one in (whole, few)
    )
    assert wide <= wider
    assert (values <= wider).mean() - (values <= wide).mean() < 0.003


def test_digits_are_rounded_up() -> None:
    values = np.random.default_rng(5).lognormal(0, 8, 1000)
    rounded = rounded_up(np.sort(values))
    assert (rounded >= np.sort(values) * (1 - 1e-9)).all()
    assert (rounded <= np.sort(values) * 1.0011).all()
    assert max(len(f"{number:g}".replace(".", "").lstrip("0")) for number in rounded) < 10


def noisy(random: np.random.Generator, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Two columns, and a target whose noise grows with the second."""
    columns = random.normal(size=(n_rows, 2))
    return columns, columns[:, 0] + random.normal(size=n_rows) * np.exp(columns[:, 1])


@pytest.mark.parametrize("level", [0.8, 0.9])
def test_split_intervals_cover_what_they_promise(level: float, record_property: Any) -> None:
    n_rows, found = 99, []
    for seed in range(SEEDS):
        random = np.random.default_rng(seed)
        (columns, target), (new, truth) = noisy(random, n_rows), noisy(random, N_NEW)
        errors = errors_of(np.abs(target - columns[:, 0]))
        found.append(
            covered(intervals([errors], new[None, :, 0], np.ones(N_NEW), level=level), truth)
        )
    # With 99 rows the rank is a whole number: the promise is met exactly, not only surpassed.
    assert abs(np.mean(found) - level) < band(level, n_rows)
    record_property("seeds of split conformal simulated", SEEDS)


@pytest.mark.parametrize("level", [0.8, 0.9])
def test_so_they_do_with_widths_that_other_rows_taught(level: float, record_property: Any) -> None:
    n_rows, found, narrow, wide = 199, [], [], []
    for seed in range(SEEDS):
        random = np.random.default_rng(seed)
        columns, target = noisy(random, n_rows + 150)
        off = np.abs(target - columns[:, 0])
        width = learn_width(off[n_rows:], columns[n_rows:], groups=np.arange(150) % 5).width
        errors = errors_of(off[:n_rows] / width.of(columns[:n_rows]))
        new, truth = noisy(random, N_NEW)
        ends = intervals([errors], new[None, :, 0], width.of(new), level=level)
        found.append(covered(ends, truth))
        quiet = new[:, 1] < 0
        narrow.append(float(np.diff(ends[quiet]).mean()))
        wide.append(float(np.diff(ends[~quiet]).mean()))
    # 0.9 · 200 and 0.8 · 200 are whole numbers.
    assert abs(np.mean(found) - level) < band(level, n_rows)
    assert np.mean(wide) > 1.5 * np.mean(narrow)
    record_property("seeds of adaptive widths simulated", SEEDS)


@pytest.mark.parametrize("level", [0.8, 0.9])
def test_so_they_do_over_folds_of_true_least_squares(level: float, record_property: Any) -> None:
    """CV+ promises 2 level - 1 and covers about the level: with a line, whose folds agree."""
    n_rows, n_folds, found = 100, 5, []
    for seed in range(SEEDS):
        random = np.random.default_rng(seed)
        (columns, target), (new, truth) = noisy(random, n_rows), noisy(random, N_NEW)
        errors, centers = [], []
        for fold in range(n_folds):
            mine = np.arange(n_rows) % n_folds == fold
            slopes = np.linalg.lstsq(columns[~mine], target[~mine], rcond=None)[0]
            errors.append(errors_of(np.abs(target[mine] - columns[mine] @ slopes)))
            centers.append(new @ slopes)
        ends = intervals(errors, np.array(centers), np.ones(N_NEW), level=level)
        found.append(covered(ends, truth))
    mean = np.mean(found)
    assert mean > 2 * level - 1
    assert abs(mean - level) < band(level, n_rows) + 0.015  # CV+ leans to the safe side
    record_property("seeds of CV+ simulated", SEEDS)


def some_classes(random: np.random.Generator, n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities of three classes that are too bold, and classes drawn by milder ones."""
    logits = random.normal(size=(n_rows, 3))
    true, bold = (np.exp(factor * logits) for factor in (1.0, 2.5))
    true, bold = (one / one.sum(axis=1, keepdims=True) for one in (true, bold))
    classes = (random.random((n_rows, 1)) > true.cumsum(axis=1)).sum(axis=1).clip(max=2)
    return bold, classes


@pytest.mark.parametrize("level", [0.8, 0.9])
def test_sets_cover_what_they_promise_though_probabilities_are_wrong(
    level: float, record_property: Any
) -> None:
    n_rows, found = 99, []
    for seed in range(SEEDS):
        random = np.random.default_rng(seed)
        probability, classes = some_classes(random, n_rows)
        errors = errors_of(1 - probability[np.arange(n_rows), classes])
        new, truth = some_classes(random, N_NEW)
        inside = sets([errors], 1 - new[None], level=level)
        found.append(float(inside[np.arange(N_NEW), truth].mean()))
    assert abs(np.mean(found) - level) < band(level, n_rows) + 0.002  # digits rounded up
    record_property("seeds of sets of classes simulated", SEEDS)


def test_over_folds_a_class_is_in_the_set_that_enough_rows_fitted_worse_than() -> None:
    random, level = np.random.default_rng(6), 0.8
    values = [random.random(size).round(2) for size in (21, 30)]
    misfits = random.random((2, 15, 4)).round(2)
    inside = sets([errors_of(one) for one in values], misfits, level=level)
    for row in range(15):
        for level_of in range(4):
            less = sum((v < m[row, level_of]).sum() for v, m in zip(values, misfits))  # noqa: B905
            assert inside[row, level_of] == (less < level * 52)


def test_what_the_same_rows_are_asked_for_grows_with_the_level() -> None:
    random = np.random.default_rng(7)
    errors = [errors_of(random.exponential(size=40)) for _ in range(3)]
    centers, widths = random.normal(size=(3, 30)), random.uniform(1, 2, 30)
    wide = [np.diff(intervals(errors, centers, widths, level=at))[:, 0] for at in (0.5, 0.8, 0.95)]
    assert (wide[0] < wide[1]).all()
    assert (wide[1] < wide[2]).all()


@pytest.mark.parametrize(
    "parts",
    [{"values": (2.0, 1.0)}, {"values": (1.0,), "weights": (1.0, 2.0)},
     {"values": (1.0,), "weights": (0.0,)}],
)  # fmt: skip
def test_errors_that_are_none_are_refused(parts: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="error"):
        Errors(**parts)
