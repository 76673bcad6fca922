"""ROC and precision-recall curves, calibration curves: held to scikit-learn's, and at the edges."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as theirs
from sklearn.calibration import calibration_curve as their_calibration

from goodfit.scoring.curves import precision_recall, roc_curve
from goodfit.scoring.shares import calibration_curve, wilson

RANDOM = np.random.default_rng(0)


def rows(n_rows=400, *, ties=False):
    truth = RANDOM.random(n_rows) < 0.3
    rating = RANDOM.normal(truth, 1.0)
    return truth, rating.round(1) if ties else rating, RANDOM.choice([0.5, 1.0, 2.0], n_rows)


@pytest.mark.parametrize("ties", [False, True])
def test_a_roc_curve_is_that_of_scikit_learn(ties):
    truth, rating, weight = rows(ties=ties)
    found = roc_curve(truth, rating, weight=weight, most=10_000)
    false, true, thresholds = theirs.roc_curve(
        truth, rating, sample_weight=weight, drop_intermediate=False
    )
    np.testing.assert_allclose(found.false_rate, false)
    np.testing.assert_allclose(found.true_rate, true)
    np.testing.assert_allclose(found.thresholds[1:], thresholds[1:])
    assert found.thresholds[0] is None
    assert found.area == pytest.approx(theirs.roc_auc_score(truth, rating, sample_weight=weight))
    assert (found.n_true, found.n_false) == (truth.sum(), (~truth).sum())


@pytest.mark.parametrize("ties", [False, True])
def test_precision_over_recall_is_that_of_scikit_learn(ties):
    truth, rating, weight = rows(ties=ties)
    found = precision_recall(truth, rating, weight=weight, most=10_000)
    precision, recall, thresholds = theirs.precision_recall_curve(
        truth, rating, sample_weight=weight
    )
    # Theirs ascend with the threshold and end with a point of their own.
    np.testing.assert_allclose(found.precision, precision[-2::-1])
    np.testing.assert_allclose(found.recall, recall[-2::-1])
    np.testing.assert_allclose(found.thresholds, thresholds[::-1])
    area = theirs.average_precision_score(truth, rating, sample_weight=weight)
    assert found.area == pytest.approx(area)
    assert found.share == pytest.approx(weight[truth].sum() / weight.sum())


def test_thinned_curves_keep_their_ends_their_area_and_nearly_their_shape():
    truth, rating, weight = rows(5000)
    for curve in (roc_curve, precision_recall):
        whole, thin = (curve(truth, rating, weight=weight, most=most) for most in (10**6, 100))
        assert thin.area == whole.area
        assert len(thin.thresholds) <= 102 < len(whole.thresholds)
    whole, thin = (roc_curve(truth, rating, weight=weight, most=most) for most in (10**6, 100))
    assert (thin.false_rate[0], thin.false_rate[-1], thin.true_rate[-1]) == (0.0, 1.0, 1.0)
    assert theirs.auc(thin.false_rate, thin.true_rate) == pytest.approx(whole.area, abs=0.003)


def test_the_order_of_the_rows_does_not_matter():
    truth, rating, weight = rows(300)
    order = RANDOM.permutation(300)
    for curve in (roc_curve, precision_recall):
        here, there = (
            curve(truth[by], rating[by], weight=weight[by]) for by in (np.arange(300), order)
        )
        np.testing.assert_allclose(here.area, there.area)
        assert here.thresholds == there.thresholds


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_one_class_alone_has_no_roc_curve(share):
    truth = np.full(5, bool(share))
    found = {"rating": np.arange(5.0), "weight": np.ones(5)}
    assert roc_curve(truth, **found) is None
    precise = precision_recall(truth, **found)
    assert precise is None if not share else set(precise.precision) == {1.0}


def test_constant_ratings_are_a_single_step():
    truth, even = np.array([True, False, True, False]), np.full(4, 0.5)
    found = roc_curve(truth, even, weight=np.ones(4))
    assert (found.false_rate, found.true_rate, found.area) == ((0.0, 1.0), (0.0, 1.0), 0.5)
    precise = precision_recall(truth, even, weight=np.ones(4))
    assert (precise.recall, precise.precision) == ((1.0,), (0.5,))


def test_rows_without_weight_are_no_rows():
    truth, rating, weight = rows(100)
    weight[:50] = 0
    found = roc_curve(truth, rating, weight=weight)
    assert found == roc_curve(truth[50:], rating[50:], weight=weight[50:])
    assert precision_recall(truth, rating, weight=np.zeros(100)) is None


def test_a_calibration_curve_is_that_of_scikit_learn_where_groups_are_even():
    probability = RANDOM.random(500)
    truth = RANDOM.random(500) < probability
    found = calibration_curve(truth, probability, weight=np.ones(500))
    shares, predicted = their_calibration(truth, probability, n_bins=10, strategy="quantile")
    np.testing.assert_allclose([one.observed for one in found], shares)
    np.testing.assert_allclose([one.predicted for one in found], predicted)
    assert [one.n_rows for one in found] == [50] * 10


def test_weights_count_in_a_calibration_curve_as_rows_do():
    probability = np.linspace(0, 1, 60)
    truth = RANDOM.random(60) < probability
    weight = np.where(np.arange(60) % 3, 1, 2)
    again = np.repeat(np.arange(60), weight)
    weighed = calibration_curve(truth, probability, weight=weight.astype(float), groups=4)
    repeated = calibration_curve(truth[again], probability[again], weight=np.ones(80), groups=4)
    for one, other in zip(weighed, repeated, strict=True):
        assert one.observed == pytest.approx(other.observed)
        assert one.predicted == pytest.approx(other.predicted)


def test_rows_of_one_probability_stay_together():
    found = calibration_curve(np.arange(6) > 2, np.full(6, 0.25), weight=np.ones(6))
    assert [(one.n_rows, one.observed) for one in found] == [(6, 0.5)]
    assert calibration_curve(np.empty(0, bool), np.empty(0), weight=np.empty(0)) == ()


@pytest.mark.parametrize(("share", "n_rows"), [(0.0, 8), (0.3, 20), (1.0, 5), (0.5, 1)])
def test_the_ends_of_wilsons_interval_solve_its_equation(share, n_rows):
    for end in wilson(share, n_rows):
        assert 0 <= end <= 1
        if 0 < end < 1:
            deviation = (end * (1 - end) / n_rows) ** 0.5
            assert abs(share - end) / deviation == pytest.approx(1.96, abs=1e-3)
    assert wilson(share, n_rows)[0] <= share <= wilson(share, n_rows)[1]
