"""Intervals of figures: they hold the truth as often as they say, about."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from goodfit.scoring.bootstrap import interval_of, interval_of_mean
from helpers import sample

SEEDS = sample(100, whole=500)


def test_the_interval_of_a_mean_holds_it_about_nineteen_times_in_twenty(
    record_property: Any,
) -> None:
    inside = 0
    for seed in range(SEEDS):
        values = np.random.default_rng(seed).exponential(size=100)
        ends = interval_of_mean(values, units=np.arange(100), seed=seed)
        assert ends is not None
        inside += ends[0] <= 1.0 <= ends[1]
    # Of skewed errors somewhat fewer, as is known of the bootstrap by quantiles.
    assert 0.86 <= inside / SEEDS <= 0.99
    record_property("seeds of bootstrapped scores simulated", SEEDS)


def test_rows_of_one_unit_are_drawn_together() -> None:
    values = np.repeat(np.random.default_rng(0).normal(size=20), 25)
    alone = interval_of_mean(values, units=np.arange(500))
    together = interval_of_mean(values, units=np.repeat(np.arange(20), 25))
    assert alone is not None
    assert together is not None
    assert together[1] - together[0] > 3 * (alone[1] - alone[0])


def test_both_ways_agree() -> None:
    values, units = np.random.default_rng(1).normal(size=300), np.arange(300)
    quick = interval_of_mean(values, units=units)
    any_figure = interval_of(lambda weight: float(weight @ values / weight.sum()), units=units)
    assert quick == pytest.approx(any_figure, abs=0.05)


def test_many_rows_have_few_draws_and_their_deviation() -> None:
    values = np.random.default_rng(2).normal(size=50_000)
    low, high = interval_of(
        lambda weight: float(weight @ values / weight.sum()), units=np.arange(50_000)
    ) or (0, 0)
    assert (high - low) / 2 == pytest.approx(1.96 / 50_000**0.5, rel=0.5)


@pytest.mark.parametrize("n_rows", [0, 1])
def test_one_row_has_no_interval(n_rows: int) -> None:
    assert interval_of_mean(np.ones(n_rows), units=np.arange(n_rows)) is None
    assert interval_of(lambda _: 1.0, units=np.arange(n_rows)) is None


def test_a_figure_that_is_often_not_defined_has_no_interval() -> None:
    random = np.random.default_rng(3)
    figure = lambda _: float(random.choice([np.nan, 1.0]))  # noqa: E731
    assert interval_of(figure, units=np.arange(50)) is None


def test_the_same_seed_draws_the_same() -> None:
    values = np.random.default_rng(4).normal(size=60)
    first, again, other = (
        interval_of_mean(values, units=np.arange(60), seed=seed) for seed in (1, 1, 2)
    )
    assert first == again != other
