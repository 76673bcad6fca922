"""Whether a class comes as often as its probability says, and how sure so few rows can be."""

from __future__ import annotations

import msgspec
import numpy as np

from goodfit.scoring.bootstrap import DEVIATES

#: Groups of rows of like probability.
GROUPS = 10


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of like probability.

    Args:
        n_rows: how many there are.
        predicted: mean of their probabilities.
        observed: share of them that are of the class, by their weight.
        low: between this ...
        high: ... and this the share lies for 95 % of so many rows (Wilson's interval).
    """

    n_rows: int
    predicted: float
    observed: float
    low: float
    high: float


def calibration_curve(
    truth: np.ndarray, probability: np.ndarray, *, weight: np.ndarray, groups: int = GROUPS
) -> tuple[Share, ...]:
    """Rows in groups of about equal weight, by their probability, least first.

    Rows of the same probability stay together, so there may be fewer groups.

    Args:
        truth: (row,) whether a row is of the class.
        probability: (row,) that it is.
        weight: (row,) at least 0.
        groups: how many, at most.

    >>> found = calibration_curve(np.array([False, True, True, True]),
    ...                           np.array([0.1, 0.2, 0.8, 0.9]), weight=np.ones(4), groups=2)
    >>> [(one.n_rows, round(one.predicted, 2), one.observed) for one in found]
    [(2, 0.15, 0.5), (2, 0.85, 1.0)]
    """
    counted = weight > 0
    truth, probability, weight = truth[counted], probability[counted], weight[counted]
    different, of_row = np.unique(probability, return_inverse=True)
    before = np.cumsum(np.bincount(of_row, weight, len(different)))
    if not len(before):
        return ()
    # The group in which the middle of the rows of one probability lies.
    middle = (before - np.bincount(of_row, weight, len(different)) / 2) / before[-1]
    place = np.minimum((middle * groups).astype(np.int64), groups - 1)[of_row]
    return tuple(
        _share(truth[rows], probability[rows], weight[rows])
        for group in range(groups)
        if (rows := place == group).any()
    )


def _share(truth: np.ndarray, probability: np.ndarray, weight: np.ndarray) -> Share:
    observed = float(np.average(truth, weights=weight))
    low, high = wilson(observed, float(weight.sum() ** 2 / (weight**2).sum()))
    return Share(
        n_rows=len(truth),
        predicted=float(np.average(probability, weights=weight)),
        observed=observed,
        low=low,
        high=high,
    )


def wilson(share: float, n_rows: float) -> tuple[float, float]:
    """Between which shares the true one lies, 95 %, if so many rows had this one.

    Source: Wilson 1927, "Probable inference, the law of succession, and statistical inference".

    >>> [round(end, 3) for end in wilson(0.0, 10)]
    [0.0, 0.278]
    """
    square = DEVIATES**2
    middle = (share + square / (2 * n_rows)) / (1 + square / n_rows)
    half = DEVIATES / (1 + square / n_rows)
    half *= (share * (1 - share) / n_rows + square / (4 * n_rows**2)) ** 0.5
    # The share itself is within, whatever rounding says.
    return min(max(middle - half, 0.0), share), max(min(middle + half, 1.0), share)
