"""How numbers lie: quantiles, a histogram, and the normal distribution beside them."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist

import msgspec
import numpy as np

from goodfit.scoring.metric import mean

#: Shares at which a distribution is laid beside the normal one.
SHARES = tuple(round(0.01 * place, 2) for place in range(1, 100))
# Bars of a histogram, at least and at most.
FEWEST_BARS, MOST_BARS = 8, 60
#: Groups of rows whose errors are told apart by what was predicted, and rows of each at least.
GROUPS, FEWEST_ROWS = 10, 10


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """The distribution of some numbers.

    Args:
        n_rows: how many there are.
        mean: of them, by their weight.
        deviation: their standard deviation.
        skewness: 0 if symmetric, above 0 with a long tail of large numbers; None if all are alike.
        edges: (bar + 1,) of the histogram.
        heights: (bar,) share of the rows in each bar over its width.
        normal_heights: the same of a normal distribution of this mean and deviation; none where
            all numbers are alike.
        shares: at which there are quantiles.
        quantiles: of the numbers.
        normal: the same of that normal distribution.
    """

    n_rows: int
    mean: float
    deviation: float
    skewness: float | None
    edges: tuple[float, ...]
    heights: tuple[float, ...]
    normal_heights: tuple[float, ...]
    shares: tuple[float, ...]
    quantiles: tuple[float, ...]
    normal: tuple[float, ...]


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """Errors of rows of which about the same was predicted.

    Args:
        n_rows: how many there are.
        at: median of what was predicted.
        low: a tenth of the errors is below, ...
        middle: ... half ...
        high: ... and nine tenths.
    """

    n_rows: int
    at: float
    low: float
    middle: float
    high: float


def spread_of(values: np.ndarray, *, weight: np.ndarray) -> Spread | None:
    """The distribution of numbers, (row,), by their weight, (row,); None of none.

    >>> found = spread_of(np.array([-1.0, 0.0, 0.0, 1.0]), weight=np.ones(4))
    >>> found.mean, round(found.deviation, 3), found.skewness
    (0.0, 0.707, 0.0)
    """
    values, weight = values[weight > 0], weight[weight > 0]
    if not len(values):
        return None
    center = mean(values, weight)
    deviation = mean((values - center) ** 2, weight) ** 0.5
    edges, heights = _histogram(values, weight)
    skewness = mean(((values - center) / deviation) ** 3, weight) if deviation > 0 else None
    normal = [center + deviation * NormalDist().inv_cdf(share) for share in SHARES]
    below = [NormalDist(center, deviation).cdf(edge) for edge in edges] if deviation > 0 else []
    expected = np.diff(below) / np.diff(edges) if below else np.empty(0)
    return Spread(
        n_rows=len(values),
        mean=center,
        deviation=deviation,
        skewness=skewness,
        edges=tuple(edges.tolist()),
        heights=tuple(heights.tolist()),
        normal_heights=tuple(expected.tolist()),
        shares=SHARES,
        quantiles=tuple(quantiles(values, SHARES, weight=weight).tolist()),
        normal=tuple(normal),
    )


def quantiles(values: np.ndarray, shares: Sequence[float], *, weight: np.ndarray) -> np.ndarray:
    """The least numbers that at least such shares of the weight are not above, (share,).

    >>> quantiles(np.array([3.0, 1.0, 2.0]), [0.5, 0.9], weight=np.array([1.0, 8.0, 1.0]))
    array([1., 2.])
    """
    order = np.argsort(values, kind="stable")
    below = np.cumsum(weight[order])
    # A rounding of the sum must not move a share that is met exactly.
    wanted = np.asarray(shares) * below[-1] * (1 - 1e-12)
    places = np.searchsorted(below, wanted).clip(max=len(values) - 1)
    return values[order][places]


def bands(
    predicted: np.ndarray, errors: np.ndarray, *, weight: np.ndarray, groups: int = GROUPS
) -> tuple[Band, ...]:
    """How errors lie where little was predicted, and where much: groups of as many rows each.

    Args:
        predicted: (row,).
        errors: (row,).
        weight: (row,) at least 0.
        groups: how many, at most; each has ten rows at least.

    >>> found = bands(np.arange(40.0), np.arange(40.0) % 2, weight=np.ones(40), groups=2)
    >>> [(one.n_rows, one.at, one.low, one.high) for one in found]
    [(20, 9.0, 0.0, 1.0), (20, 29.0, 0.0, 1.0)]
    """
    counted = np.flatnonzero(weight > 0)
    groups = min(groups, len(counted) // FEWEST_ROWS)
    if groups < 1:
        return ()
    # Rows of which the same was predicted may fall into two groups: by their error, not by place.
    order = counted[np.lexsort((errors[counted], predicted[counted]))]
    return tuple(_band(predicted[r], errors[r], weight[r]) for r in np.array_split(order, groups))


def _band(predicted: np.ndarray, errors: np.ndarray, weight: np.ndarray) -> Band:
    low, middle, high = quantiles(errors, [0.1, 0.5, 0.9], weight=weight).tolist()
    at = float(quantiles(predicted, [0.5], weight=weight)[0])
    return Band(n_rows=len(errors), at=at, low=low, middle=middle, high=high)


def _histogram(values: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Edges and heights; the width is that of Freedman and Diaconis 1981."""
    low, first, third, high = quantiles(values, [0.0, 0.25, 0.75, 1.0], weight=weight)
    low, high = float(values.min()), float(values.max())
    width = 2 * (third - first) / len(values) ** (1 / 3)
    count = (high - low) / width if width > 0 else FEWEST_BARS
    bars = int(np.clip(np.ceil(count), FEWEST_BARS, MOST_BARS))
    shares, edges = np.histogram(values, bins=bars, range=(low, high), weights=weight)
    return edges, shares / weight.sum() / np.diff(edges)
