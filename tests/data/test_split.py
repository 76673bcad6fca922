"""Parts of a table: nothing in two parts, every class in its share, the same for a seed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodfit.data.split import split_rows
from helpers import raises

DEFAULT = (0.6, 0.2, 0.2)


def parts(plan):
    (fold,) = plan.folds
    return fold.training, fold.validation, plan.test


def sizes(plan):
    return [len(rows) for rows in parts(plan)]


@given(
    classes=st.lists(st.integers(0, 4), min_size=20, max_size=60),
    ratios=st.sampled_from([DEFAULT, (0.8, 0.2, 0), (0.5, 0, 0.5), (0.9, 0.05, 0.05)]),
    seed=st.integers(0, 3),
)
def test_every_row_is_in_one_part_and_every_class_in_its_share(classes, ratios, seed):
    classes = np.array(classes)
    n_classes = len(np.unique(classes))
    if len(classes) < 3 * n_classes:
        return
    plan = split_rows(classes, n_rows=len(classes), ratios=ratios, seed=seed)
    assert sorted(np.concatenate(parts(plan))) == list(range(len(classes)))
    np.testing.assert_allclose(sizes(plan), len(classes) * np.array(ratios), atol=1.01)
    for value, count in zip(*np.unique(classes, return_counts=True), strict=True):
        found = [int((classes[rows] == value).sum()) for rows in parts(plan)]
        # Beside rounding, a class may lend rows to the parts' sizes and to rare classes.
        np.testing.assert_allclose(found, count * np.array(ratios), atol=2.01)
        assert found[0] >= 1


def test_the_shares_of_classes_are_those_of_the_table():
    classes = np.repeat([0, 1, 2], [500, 300, 50])
    plan = split_rows(classes, n_rows=850, ratios=DEFAULT, seed=0)
    counts = [np.bincount(classes[rows]).tolist() for rows in parts(plan)]
    assert counts == [[300, 180, 30], [100, 60, 10], [100, 60, 10]]


def test_rare_classes_train_first():
    classes = np.repeat([0, 1, 2], [20, 2, 1])
    training = parts(split_rows(classes, n_rows=23, ratios=DEFAULT, seed=3))[0]
    assert set(classes[training]) == {0, 1, 2}


def test_a_seed_gives_the_same_rows_and_another_seed_others():
    one, again, other = (
        split_rows(None, n_rows=100, ratios=DEFAULT, seed=seed).test.tolist() for seed in (1, 1, 2)
    )
    assert one == again != other


def test_rows_are_ascending_whole_numbers():
    for rows in parts(split_rows(None, n_rows=100, ratios=DEFAULT, seed=0)):
        assert rows.dtype == np.int64
        assert (np.diff(rows) > 0).all()


def test_rows_to_learn_from_are_those_that_are_no_test_rows():
    plan = split_rows(None, n_rows=50, ratios=DEFAULT, seed=0)
    assert sorted([*plan.learning, *plan.test]) == list(range(50))
    assert (np.diff(plan.learning) > 0).all()


@pytest.mark.parametrize(("n_rows", "found"), [(3, [1, 1, 1]), (4, [2, 1, 1]), (15, [9, 3, 3])])
def test_every_part_that_is_wanted_has_a_row(n_rows, found):
    assert sizes(split_rows(None, n_rows=n_rows, ratios=DEFAULT, seed=0)) == found


def test_without_ratios_every_row_trains():
    assert sizes(split_rows(None, n_rows=2, ratios=None, seed=0)) == [2, 0, 0]


def test_fewer_rows_than_parts_are_refused():
    with raises("data.too_few_rows", n_rows=2, n_parts=3) as caught:
        split_rows(None, n_rows=2, ratios=DEFAULT, seed=0)
    assert "split 'none'" in str(caught.value)
    with raises("data.too_few_rows"):
        split_rows(np.array([0, 0, 1]), n_rows=3, ratios=DEFAULT, seed=0)
