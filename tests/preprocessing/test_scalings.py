"""Scalings against scikit-learn's and by hand."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from sklearn.preprocessing import PowerTransformer, QuantileTransformer

from goodfit.preprocessing.numbers import Scale
from goodfit.preprocessing.scalings import MOST_KNOTS, SCALINGS, smooth_clip, yeo_johnson


def columns() -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    return {
        "normal": random.normal(3, 2, 4_000),
        "skewed": random.lognormal(0, 1, 4_000),
        "both signs": random.normal(0, 1, 4_000) ** 3,
        "left tail": -random.exponential(1, 4_000),
        "few": random.normal(size=150),
    }


def scaled(values: np.ndarray, how: str, at=None) -> np.ndarray:
    learnt = Scale.learn(values, np.ones(len(values)), scaling=how)
    return learnt.scaled(values if at is None else np.asarray(at, dtype=np.float64))


@pytest.mark.parametrize("column", columns())
def test_quantiles_are_scikit_learns(column: str) -> None:
    """Theirs are the shares of n - 1 gaps, ours the middles of n steps: half a step apart."""
    values = columns()[column]
    for how, shape in (("quantile_uniform", "uniform"), ("quantile_normal", "normal")):
        theirs = QuantileTransformer(
            n_quantiles=min(1000, len(values)), output_distribution=shape, subsample=None
        ).fit_transform(values[:, None])[:, 0]
        inner = np.abs(theirs - np.median(theirs)) < (0.48 if shape == "uniform" else 1.6)
        step = 1 / min(500, len(values))
        assert np.abs(scaled(values, how) - theirs)[inner].max() < step * (
            1 if shape == "uniform" else 9
        )


@pytest.mark.parametrize("column", columns())
def test_yeo_and_johnsons_power_is_scikit_learns(column: str) -> None:
    values = columns()[column]
    theirs = PowerTransformer().fit(values[:, None])
    ours = Scale.learn(values, np.ones(len(values)), scaling="yeo_johnson")
    assert ours.power == pytest.approx(theirs.lambdas_[0], abs=1e-3)
    expected = theirs.transform(values[:, None])[:, 0]
    np.testing.assert_allclose(ours.scaled(values), expected, atol=5e-3)


@pytest.mark.parametrize("power", [-1.5, 0.0, 0.5, 1.0, 2.0, 3.0])
def test_yeo_and_johnsons_curve_is_that_of_their_paper(power: float) -> None:
    values = np.array([-5.0, -0.5, 0.0, 0.5, 5.0])
    right = np.log1p(values[2:]) if power == 0 else ((1 + values[2:]) ** power - 1) / power
    other = 2 - power
    left = np.log1p(-values[:2]) if other == 0 else ((1 - values[:2]) ** other - 1) / other
    assert yeo_johnson(values, power) == pytest.approx([*-left, *right])


def test_the_power_of_a_column_that_is_nearly_constant_is_finite() -> None:
    for values in (1e9 + np.arange(30.0), np.array([0.0] * 29 + [3e38]), np.array([-3e38, 3e38])):
        assert np.isfinite(scaled(values, "yeo_johnson")).all()


def test_equal_cells_share_the_middle_of_their_shares() -> None:
    values = np.array([0.0, 0.0, 0.0, 1.0, 2.0])
    assert scaled(values, "quantile_uniform") == pytest.approx([0.3, 0.3, 0.3, 0.7, 0.9])


def test_beyond_the_training_rows_a_quantile_stays() -> None:
    values = np.arange(10.0)
    found = scaled(values, "quantile_uniform", [-1e30, 0.0, 4.5, 9.0, 1e30])
    assert found == pytest.approx([0.05, 0.05, 0.5, 0.95, 0.95])


def test_many_values_are_thinned_to_the_bound_and_jumps_stay() -> None:
    values = np.concatenate([np.linspace(0, 1, 5_000), np.full(5_000, 1.0001)])
    learnt = Scale.learn(values, np.ones(len(values)), scaling="quantile_uniform")
    assert 100 < len(learnt.knots) <= MOST_KNOTS
    exact = (np.arange(5_000) + 0.5) / 10_000
    assert np.abs(learnt.scaled(values[:5_000]) - exact).max() < 1e-3
    assert learnt.scaled(values[-1:]) == pytest.approx(0.75, abs=1e-4)


@pytest.mark.parametrize(
    ("how", "function"),
    [("log1p", lambda x: np.sign(x) * np.log(1 + np.abs(x))), ("asinh", np.arcsinh)],
)
def test_a_curve_is_standardized(how: str, function) -> None:
    values = np.array([-100.0, -1.0, 0.0, 3.0, 1e6])
    bent = function(values)
    assert scaled(values, how) == pytest.approx((bent - bent.mean()) / bent.std())


@pytest.mark.parametrize("how", [name for name, entry in SCALINGS.items() if entry.curve])
def test_a_gap_in_a_bent_column_is_filled_by_the_median(how: str) -> None:
    values = np.array([1.0, 2.0, 1e6, np.nan])
    learnt = Scale.learn(values, np.ones(4), scaling=how)
    assert learnt.fill == 2.0
    assert learnt.scaled(values)[3] == learnt.scaled(values)[1]


@pytest.mark.parametrize("knots", ["[]", "[[1,0]]", "[[1,0],[1,1]]"])
def test_knots_of_a_file_must_ascend(knots: str) -> None:
    learnt = Scale.learn(np.array([1.0, 2.0]), np.ones(2), scaling="quantile_uniform")
    text = msgspec.json.encode(learnt).decode()
    with pytest.raises(msgspec.ValidationError, match="ascend"):
        msgspec.json.decode(text.replace("[[1.0,0.25],[2.0,0.75]]", knots), type=Scale)


def test_what_is_held_back_is_so_however_far_it_lies_and_whatever_stands_beside_it() -> None:
    values = np.array([0.0, -0.1, 2.5, -1e3, 1e153, 1e154, -1e155, 1e308])
    found = smooth_clip(values)
    np.testing.assert_allclose(found, values / np.hypot(1, values / 3), rtol=1e-15)
    assert [smooth_clip(values[[place]])[0] for place in range(len(values))] == found.tolist()
