"""Whether probabilities are right, bin by bin."""

from __future__ import annotations

import numpy as np
import pytest

from goodfit.scoring.probabilities import BINS, expected_calibration_error
from goodfit.scoring.reliability import reliability


def rows(n_rows: int, *, bold: float = 1.0, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Classes that are as probable as milder probabilities say."""
    random = np.random.default_rng(seed)
    odds = random.normal(0, 2, n_rows)
    said, true = (1 / (1 + np.exp(-factor * odds)) for factor in (bold, 1.0))
    return (random.random(n_rows) < true).astype(int), np.column_stack([1 - said, said])


def test_every_row_is_in_one_bin_and_the_error_is_that_of_the_metric() -> None:
    target, probability = rows(500, bold=2.0)
    found = reliability(target, probability)
    assert len(found.bins) == BINS
    assert sum(one.n_rows for one in found.bins) == found.n_rows == 500
    metric = expected_calibration_error(target, probability, weight=np.ones(500))
    by_bins = sum(one.n_rows * abs(one.confidence - one.right) for one in found.bins if one.n_rows)
    assert found.error == pytest.approx(metric)
    assert found.error == pytest.approx(by_bins / 500)
    for one in found.bins:
        assert (one.confidence is None) == (one.n_rows == 0)
        assert one.confidence is None or one.low <= one.confidence <= one.high


def test_chance_is_what_right_probabilities_have() -> None:
    errors = [reliability(*rows(300, seed=seed)).error for seed in range(60)]
    chances = [reliability(*rows(300, seed=seed)).chance for seed in range(60)]
    assert np.mean(errors) == pytest.approx(np.mean(chances), rel=0.12)


def test_probabilities_that_are_too_bold_are_beyond_chance() -> None:
    found = reliability(*rows(1000, bold=4.0))
    assert found.error > 3 * found.chance


def test_a_row_of_weight_two_is_that_row_twice() -> None:
    target, probability = rows(100)
    weight = np.where(np.arange(100) % 2, 2.0, 1.0)
    again = np.repeat(np.arange(100), weight.astype(int))
    weighed = reliability(target, probability, weight=weight)
    repeated = reliability(target[again], probability[again])
    assert weighed.error == pytest.approx(repeated.error)
    for one, other in zip(weighed.bins, repeated.bins, strict=True):
        assert one.right == pytest.approx(other.right)


def test_no_row_has_no_error() -> None:
    found = reliability(np.empty(0, int), np.empty((0, 2)))
    assert np.isnan(found.error)
    assert found.n_rows == 0
