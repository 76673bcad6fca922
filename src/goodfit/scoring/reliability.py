"""Whether probabilities are right: of rows that are 80 % sure, 8 in 10 should be right."""

from __future__ import annotations

import msgspec
import numpy as np

from goodfit.scoring.probabilities import BINS, expected_calibration_error


class Bin(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Rows whose predicted class has a probability within one range.

    Args:
        low: the probability is above it (in the first bin also equal).
        high: and at most this.
        n_rows: how many rows there are.
        confidence: mean of the probabilities; None without a row.
        right: share of the rows whose class it was, by their weight; None without a row.
    """

    low: float
    high: float
    n_rows: int
    confidence: float | None
    right: float | None


class Reliability(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How well probabilities and shares agree, of some rows.

    Args:
        error: mean distance of both over the bins, weighed by their rows (expected calibration
            error, Guo et al. 2017, arXiv 1706.04599).
        chance: the mean of that figure if the probabilities were exactly right: with few rows
            shares differ from them by chance.
        bins: fifteen, of equal width from 0 to 1.
        n_rows: of all bins.
    """

    error: float
    chance: float
    bins: tuple[Bin, ...]
    n_rows: int


def reliability(
    target: np.ndarray, probability: np.ndarray, *, weight: np.ndarray | None = None
) -> Reliability:
    """Bins of the most probable class's probability, with the share of rows that are of it.

    Args:
        target: (row,) indices of levels.
        probability: (row, level).
        weight: (row,) or None.

    >>> found = reliability(np.array([1, 0]), np.array([[0.3, 0.7], [0.3, 0.7]]))
    >>> [(one.n_rows, one.confidence, one.right) for one in found.bins if one.n_rows]
    [(2, 0.7, 0.5)]
    >>> round(found.error, 6)
    0.2
    """
    weight = np.ones(len(target)) if weight is None else weight
    confidence, right = probability.max(axis=1), probability.argmax(axis=1) == target
    places = np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)
    bins = list[Bin]()
    deviation = 0.0
    for place in range(BINS):
        rows = places == place
        bins.append(_bin(place, confidence[rows], right[rows], weight[rows]))
        variance = float(weight[rows] ** 2 @ (confidence[rows] * (1 - confidence[rows])))
        deviation += variance**0.5
    total = float(weight.sum())
    return Reliability(
        error=expected_calibration_error(target, probability, weight=weight),
        # The mean size of a normal number of deviation 1.
        chance=(2 / np.pi) ** 0.5 * deviation / total if total else 0.0,
        bins=tuple(bins),
        n_rows=len(target),
    )


def _bin(place: int, confidence: np.ndarray, right: np.ndarray, weight: np.ndarray) -> Bin:
    empty = not len(right)
    return Bin(
        low=place / BINS,
        high=(place + 1) / BINS,
        n_rows=len(right),
        confidence=None if empty else float(np.average(confidence, weights=weight)),
        right=None if empty else float(np.average(right, weights=weight)),
    )
