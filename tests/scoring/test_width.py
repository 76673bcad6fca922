"""How large errors are here and there: only where rows say so with certainty."""

from __future__ import annotations

import numpy as np
import pytest

from goodfit.scoring.width import MOST_COLUMNS, MOST_TIMES, Width, learn_width


def rows(n_rows: int = 600, *, slope: float = 1.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    columns = random.normal(size=(n_rows, 3))
    return np.abs(random.normal(size=n_rows)) * np.exp(slope * columns[:, 1]), columns


def test_errors_that_grow_with_a_column_are_followed() -> None:
    errors, columns = rows()
    width = learn_width(errors, columns, groups=np.arange(600) % 5).width
    found = np.log(width.of(columns))
    assert np.corrcoef(found, columns[:, 1])[0, 1] > 0.95


def test_errors_that_are_large_on_both_sides_are_followed() -> None:
    random = np.random.default_rng(1)
    columns = random.normal(size=(800, 2))
    errors = np.abs(random.normal(size=800)) * np.exp(np.abs(columns[:, 0]))
    width = learn_width(errors, columns, groups=np.arange(800) % 5).width
    left, middle, right = width.of(np.array([[-2.0, 0.0], [0.0, 0.0], [2.0, 0.0]]))
    assert min(left, right) > 2 * middle


def test_errors_alike_everywhere_have_one_size() -> None:
    alike = 0
    for seed in range(20):
        errors, columns = rows(300, slope=0.0, seed=seed)
        alike += not learn_width(errors, columns, groups=np.arange(300) % 5).width.slopes
    assert alike >= 18


def test_few_rows_have_one_size() -> None:
    errors, columns = rows(99)
    found = learn_width(errors, columns, groups=np.arange(99) % 5)
    assert found.width == Width(usual=found.width.usual)
    assert found.width.usual == pytest.approx(errors.mean())
    assert (found.apart == found.width.usual).all()


@pytest.mark.parametrize("value", [0.0, np.inf, np.nan])
def test_errors_that_say_nothing_have_size_one(value: float) -> None:
    errors, columns = rows()
    errors[:] = value
    found = learn_width(errors, columns, groups=np.arange(600) % 5)
    assert found.width == Width()
    assert (found.apart == 1).all()


def test_what_a_group_is_told_does_not_depend_on_its_own_errors() -> None:
    errors, columns = rows()
    groups = np.arange(600) % 5
    before = learn_width(errors, columns, groups=groups).apart
    errors[groups == 2] *= 1.3
    after = learn_width(errors, columns, groups=groups).apart
    assert np.allclose(before[groups == 2], after[groups == 2], rtol=0.15)
    changed = np.abs(np.log(after / before))
    assert changed[groups == 2].max() < changed[groups != 2].max()


def test_sizes_are_not_extrapolated() -> None:
    errors, columns = rows()
    width = learn_width(errors, columns, groups=np.arange(600) % 5).width
    far = width.of(np.array([[0.0, 50.0, 0.0], [0.0, 5000.0, 0.0], [0.0, -1e9, 0.0]]))
    assert far[0] == far[1]
    assert width.usual / MOST_TIMES <= far[2] < width.usual


def test_a_row_has_the_same_size_wherever_it_stands() -> None:
    errors, columns = rows()
    width = learn_width(errors, columns, groups=np.arange(600) % 5).width
    whole = width.of(columns)
    assert np.array_equal(whole[::-1], width.of(columns[::-1]))
    assert np.array_equal(whole[7:8], width.of(columns[7:8]))


def test_of_many_columns_the_first_are_looked_at() -> None:
    errors, columns = rows()
    many = np.column_stack([columns, np.random.default_rng(2).normal(size=(600, 80))])
    width = learn_width(errors, many, groups=np.arange(600) % 5).width
    assert width.n_columns == MOST_COLUMNS
    assert np.array_equal(width.of(many), width.of(many[:, :MOST_COLUMNS]))


def test_weight_two_counts_as_twice() -> None:
    errors, columns = rows(300)
    weight = np.where(np.arange(300) % 2, 2.0, 1.0)
    again = np.repeat(np.arange(300), weight.astype(int))
    groups = np.arange(300) % 5
    weighed = learn_width(errors, columns, groups=groups, weight=weight).width
    repeated = learn_width(errors[again], columns[again], groups=groups[again]).width
    assert weighed.usual == pytest.approx(repeated.usual)


@pytest.mark.parametrize(
    "parts",
    [
        {"usual": 0.0},
        {"slopes": (1.0,)},
        {"centers": (1.0,), "scales": (0.0,), "slopes": (1.0, 1.0)},
    ],
)
def test_a_width_that_is_none_is_refused(parts: dict) -> None:
    with pytest.raises(ValueError, match="fit each other"):
        Width(**parts)
