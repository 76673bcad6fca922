"""Parts of a table: nothing in two parts, every class in its share, the same for a seed."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodfit.data.split import fold_rows, fold_times, split_groups, split_rows, split_times
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


RATIOS = st.sampled_from([DEFAULT, (0.8, 0.2, 0), (0.5, 0, 0.5), (0.7, 0.1, 0.2)])


@given(
    groups=st.lists(st.integers(0, 11), min_size=10, max_size=80),
    n_classes=st.integers(1, 3),
    ratios=RATIOS,
    seed=st.integers(0, 3),
)
def test_rows_of_one_group_never_stand_in_two_parts(groups, n_classes, ratios, seed):
    groups = np.unique(groups, return_inverse=True)[1]
    classes = np.arange(len(groups)) % n_classes
    if groups.max() + 1 < 3:
        return
    plan = split_groups(groups, classes, ratios=ratios, seed=seed)
    assert sorted(np.concatenate(parts(plan))) == list(range(len(groups)))
    found = [set(groups[rows]) for rows in parts(plan)]
    assert sum(map(len, found)) == groups.max() + 1
    assert [len(part) > 0 for part in found] == [share > 0 for share in ratios]


@given(sizes_=st.lists(st.integers(1, 9), min_size=6, max_size=40), ratios=RATIOS)
def test_parts_of_groups_miss_their_sizes_by_less_than_two_groups(sizes_, ratios):
    groups = np.repeat(np.arange(len(sizes_)), sizes_)
    plan = split_groups(groups, None, ratios=ratios, seed=0)
    apart = np.abs(np.array(sizes(plan)) - len(groups) * np.array(ratios))
    assert apart.max() < 2 * max(sizes_)


def test_groups_keep_the_shares_of_classes_as_far_as_they_can():
    random = np.random.default_rng(0)
    groups = np.repeat(np.arange(200), 10)
    rate = np.where(np.arange(200) < 40, 0.8, 0.05)[groups]
    classes = (random.random(2000) < rate).astype(np.int64)
    plan = split_groups(groups, classes, ratios=DEFAULT, seed=0)
    np.testing.assert_allclose(sizes(plan), [1200, 400, 400], atol=10)
    shares = [classes[rows].mean() for rows in parts(plan)]
    np.testing.assert_allclose(shares, classes.mean(), atol=0.01)


def test_groups_are_drawn_anew_for_another_seed():
    groups = np.repeat(np.arange(30), 3)
    one, again, other = (
        split_groups(groups, None, ratios=DEFAULT, seed=seed).test.tolist() for seed in (1, 1, 2)
    )
    assert one == again != other


def test_fewer_groups_or_times_than_parts_are_refused():
    with raises("data.too_few_groups", n_groups=2, n_parts=3):
        split_groups(np.array([0, 0, 1, 1]), None, ratios=DEFAULT, seed=0)
    with raises("data.too_few_times", n_times=2, n_parts=3):
        split_times(np.array([0, 0, 1, 1]), ratios=DEFAULT)


@given(times=st.lists(st.integers(0, 30), min_size=5, max_size=80), ratios=RATIOS)
def test_every_test_row_comes_after_every_other(times, ratios):
    times = np.array(times)
    if len(np.unique(times)) < 3:
        return
    plan = split_times(times, ratios=ratios)
    assert sorted(np.concatenate(parts(plan))) == list(range(len(times)))
    filled = [times[rows] for rows in parts(plan) if len(rows)]
    assert len(filled) == sum(share > 0 for share in ratios)
    for earlier, later in itertools.pairwise(filled):
        assert earlier.max() < later.min()  # nor are rows of one time divided


def test_without_ties_the_parts_of_time_have_their_sizes():
    times = np.random.default_rng(0).permutation(100)
    assert sizes(split_times(times, ratios=DEFAULT)) == [60, 20, 20]


def test_a_border_moves_to_the_nearest_change_of_time():
    times = np.repeat([1, 2, 3, 4], [5, 3, 1, 1])
    assert sizes(split_times(times, ratios=DEFAULT)) == [5, 3, 2]


@given(
    classes=st.lists(st.integers(0, 2), min_size=12, max_size=60),
    count=st.integers(2, 5),
    grouped=st.booleans(),
    ratios=st.sampled_from([DEFAULT, (0.8, 0, 0.2), None]),
)
def test_folds_keep_each_learning_row_out_once_and_the_test_rows_always(
    classes, count, grouped, ratios
):
    classes = np.array(classes)
    groups = np.arange(len(classes)) // 2 if grouped else None
    if grouped and ratios is not None:
        whole = split_groups(groups, classes, ratios=ratios, seed=1)
    else:
        whole = split_rows(classes, n_rows=len(classes), ratios=ratios, seed=1)
    if len(whole.learning) < (2 * count if grouped else count):
        return
    plan = fold_rows(whole, classes, groups=groups, count=count, seed=1)
    assert plan.test.tolist() == whole.test.tolist()
    assert len(plan.folds) == count
    kept_out = np.concatenate([fold.validation for fold in plan.folds])
    assert sorted(kept_out) == plan.learning.tolist() == whole.learning.tolist()
    for fold in plan.folds:
        both = np.concatenate([fold.training, fold.validation])
        assert sorted(both) == plan.learning.tolist()
        if grouped:
            assert not set(groups[fold.training]) & set(groups[fold.validation])
        else:
            assert abs(len(fold.validation) - len(plan.learning) / count) < 1
            expected = np.bincount(classes[plan.learning], minlength=3) / count
            found = np.bincount(classes[fold.validation], minlength=3)
            assert np.abs(found - expected).max() < 1


def test_rows_that_are_dealt_again_are_dealt_otherwise():
    whole = split_rows(None, n_rows=30, ratios=None, seed=0)
    groups = np.arange(30) // 3
    for of_rows in (None, groups):
        once, twice = (
            fold_rows(whole, None, groups=of_rows, count=3, seed=0, repeats=repeats).folds
            for repeats in (1, 2)
        )
        assert len(twice) == 6
        kept_out = [fold.validation.tolist() for fold in twice]
        assert kept_out[:3] == [fold.validation.tolist() for fold in once]
        assert sorted(itertools.chain(*kept_out[3:])) == list(range(30))
        assert kept_out[3:] != kept_out[:3]


def test_after_several_folds_the_model_learns_from_all_their_rows():
    whole = split_rows(None, n_rows=50, ratios=DEFAULT, seed=0)
    assert whole.final is whole.folds[0]
    plan = fold_rows(whole, None, groups=None, count=4, seed=0)
    assert plan.final.training.tolist() == whole.learning.tolist()
    assert len(plan.final.validation) == 0


@given(times=st.lists(st.integers(0, 40), min_size=10, max_size=80), count=st.integers(2, 4))
def test_folds_in_time_never_learn_from_later_rows(times, count):
    times = np.array(times)
    whole = split_times(times, ratios=(0.8, 0, 0.2)) if len(np.unique(times)) > 1 else None
    if whole is None or len(np.unique(times[whole.learning])) <= count:
        return
    plan = fold_times(whole, times, count=count)
    assert plan.test.tolist() == whole.test.tolist()
    assert plan.learning.tolist() == whole.learning.tolist()
    for fold in plan.folds:
        assert times[fold.training].max() < times[fold.validation].min()
    for earlier, later in itertools.pairwise(plan.folds):
        assert sorted([*earlier.training, *earlier.validation]) == later.training.tolist()


def test_fewer_rows_than_folds_are_refused():
    whole = split_rows(None, n_rows=5, ratios=None, seed=0)
    with raises("data.too_few_rows_to_fold", n_rows=5, count=6):
        fold_rows(whole, None, groups=None, count=6, seed=0)
