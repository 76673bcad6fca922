"""Spreads, relations, accumulated effects and power laws: each beside another way to it."""

from __future__ import annotations

from itertools import pairwise
from statistics import NormalDist

import numpy as np
import pytest
from scipy import stats

from goodfit.scoring.accumulated import accumulated
from goodfit.scoring.power_law import fit_power_law
from goodfit.scoring.relations import groups, ranks, relations
from goodfit.scoring.spread import SHARES, bands, quantiles, spread_of

RANDOM = np.random.default_rng(1)


def test_a_spread_holds_the_moments_and_quantiles_of_numpy_and_scipy():
    values = RANDOM.gamma(2.0, size=500)
    found = spread_of(values, weight=np.ones(500))
    assert found.mean == pytest.approx(values.mean())
    assert found.deviation == pytest.approx(values.std())
    assert found.skewness == pytest.approx(stats.skew(values))
    expected = np.quantile(values, SHARES, method="inverted_cdf")
    np.testing.assert_array_equal(found.quantiles, expected)
    np.testing.assert_allclose(found.normal, stats.norm.ppf(SHARES, values.mean(), values.std()))
    heights, edges = np.histogram(values, bins=len(found.heights), density=True)
    np.testing.assert_allclose(found.heights, heights)
    np.testing.assert_allclose(found.edges, edges)
    widths = np.diff(found.edges)
    within = NormalDist(found.mean, found.deviation)
    assert widths @ found.normal_heights == pytest.approx(
        within.cdf(edges[-1]) - within.cdf(edges[0])
    )


def test_weights_are_repetitions():
    values, weight = RANDOM.normal(size=80), RANDOM.integers(1, 4, 80)
    weighed = spread_of(values, weight=weight.astype(float))
    again = spread_of(np.repeat(values, weight), weight=np.ones(weight.sum()))
    assert weighed.quantiles == again.quantiles
    assert weighed.deviation == pytest.approx(again.deviation)
    np.testing.assert_allclose(
        quantiles(values, [0.1, 0.77], weight=weight.astype(float)),
        np.quantile(np.repeat(values, weight), [0.1, 0.77], method="inverted_cdf"),
    )


def test_few_or_equal_numbers_have_a_spread_too():
    one = spread_of(np.array([3.0]), weight=np.ones(1))
    assert (one.mean, one.deviation, one.skewness, one.normal_heights) == (3.0, 0.0, None, ())
    alike = spread_of(np.zeros(20), weight=np.ones(20))
    assert set(alike.quantiles) == {0.0}
    assert spread_of(np.empty(0), weight=np.empty(0)) is None


def test_bands_are_quantiles_of_groups_of_equal_size():
    predicted, errors = RANDOM.random(100), RANDOM.normal(size=100)
    found = bands(predicted, errors, weight=np.ones(100), groups=4)
    for band, rows in zip(found, np.array_split(np.argsort(predicted), 4), strict=True):
        assert band.n_rows == 25
        assert band.low == np.quantile(errors[rows], 0.1, method="inverted_cdf")
        assert band.middle == np.quantile(errors[rows], 0.5, method="inverted_cdf")
        assert band.high == np.quantile(errors[rows], 0.9, method="inverted_cdf")
    assert bands(predicted[:9], errors[:9], weight=np.ones(9)) == ()


def test_bands_of_a_constant_prediction_do_not_depend_on_the_order_of_rows():
    errors, order = RANDOM.normal(size=60), RANDOM.permutation(60)
    here = bands(np.ones(60), errors, weight=np.ones(60))
    assert here == bands(np.ones(60), errors[order], weight=np.ones(60))


def test_relations_of_ranks_are_spearmans_coefficients():
    numbers = RANDOM.normal(size=(200, 3))
    numbers[:, 1] += numbers[:, 0] ** 3
    found = relations([ranks(column)[:, None] for column in numbers.T])
    np.testing.assert_allclose(found, np.abs(stats.spearmanr(numbers).statistic))
    np.testing.assert_allclose(ranks(numbers[:, 0].round()), stats.rankdata(numbers[:, 0].round()))


def test_a_level_that_is_a_function_of_another_is_wholly_related():
    code = RANDOM.integers(0, 3, 90)
    marks = (code[:, None] == np.arange(3)).astype(float)
    found = relations([marks, marks[:, ::-1], np.ones((90, 1)), np.empty((90, 0))])
    assert found[0, 1] == pytest.approx(1.0)
    assert found[0, 2] == 0.0  # a constant says nothing
    assert found[0, 3] == 0.0


def test_groups_hang_together_through_others():
    strengths = np.eye(5)
    for one, other in ((0, 3), (3, 4)):
        strengths[one, other] = strengths[other, one] = 0.8
    assert groups(strengths, least=0.7) == ((0, 3, 4),)
    assert groups(strengths, least=0.9) == ()
    assert groups(np.empty((0, 0)), least=0.5) == ()


def test_accumulated_effects_are_those_of_a_loop_row_by_row():
    differences, weight = RANDOM.normal(size=(50, 2)), RANDOM.random(50)
    places = RANDOM.choice([0, 1, 3], 50)  # nothing lies in the third interval
    found = accumulated(differences, places, n_intervals=4, weight=weight)
    expected = [np.zeros(2)]
    for interval in range(4):
        step, total = np.zeros(2), 0.0
        for row in range(50):
            if places[row] == interval:
                step, total = step + weight[row] * differences[row], total + weight[row]
        expected.append(expected[-1] + (step / total if total else 0))
    means = [(a + b) / 2 for a, b in pairwise(expected)]
    middle = sum(weight[row] * means[places[row]] for row in range(50)) / weight.sum()
    np.testing.assert_allclose(found, np.array(expected) - middle)


def test_a_power_law_that_is_there_is_found_and_goes_on():
    n_rows = np.repeat([50, 100, 200, 400, 800], 4)
    noise = RANDOM.normal(0, 0.01, len(n_rows))
    law = fit_power_law(n_rows, 0.5 + 6 * n_rows**-0.7 + noise, floor=0.0, seed=0)
    low, high = np.quantile(law.at(3200), [0.01, 0.99])
    assert low < 0.5 + 6 * 3200**-0.7 < high
    assert high - low < 0.1
    assert (law.floors >= 0).all()
    assert (law.at(1600) >= law.at(3200)).all()


def test_noise_makes_what_lies_ahead_less_sure():
    n_rows = np.repeat([50, 100, 200, 400], 3)
    true = 0.5 + 6 * n_rows**-0.7
    widths = [
        np.ptp(np.quantile(law.at(1600), [0.05, 0.95]))
        for deviation in (0.01, 0.1)
        if (law := fit_power_law(
            n_rows, true + RANDOM.normal(0, deviation, len(n_rows)), floor=0.0, seed=0
        ))
    ]  # fmt: skip
    assert widths[1] > 2 * widths[0]


def test_too_little_tells_nothing():
    assert fit_power_law(np.array([10, 20]), np.array([2.0, 1.0]), floor=None, seed=0) is None
    strange = np.array([1.0, np.nan, 0.5])
    assert fit_power_law(np.array([10, 20, 40]), strange, floor=None, seed=0) is None


@pytest.mark.parametrize("errors", [np.full(9, 0.3), np.zeros(9)])
def test_a_flat_curve_stays_flat(errors):
    law = fit_power_law(np.repeat([10, 20, 40], 3), errors, floor=0.0, seed=0)
    assert law is None or np.median(law.at(80)) == pytest.approx(errors[0], abs=1e-3)
