"""Accumulated local effects: what a column does, where others go along with it."""

from __future__ import annotations

import numpy as np


def accumulated(
    differences: np.ndarray, places: np.ndarray, *, n_intervals: int, weight: np.ndarray
) -> np.ndarray:
    """The effect of a column at the ends of intervals of its values, (interval + 1, output).

    In each interval only rows that lie there are moved from its lower to its upper end, all else
    as it is, so that no row is made that could not be; mean differences add up. The mean over
    the rows is 0.

    Source: Apley and Zhu 2020, "Visualizing the effects of predictor variables in black box
    supervised learning models", J. R. Stat. Soc. B 82(4), equations 15 and 16.

    Args:
        differences: (row, output) prediction at the upper end less that at the lower one.
        places: (row,) interval of each row, from 0.
        n_intervals: how many there are; one without a row adds nothing.
        weight: (row,) at least 0.

    >>> accumulated(np.array([[2.0], [2.0], [4.0]]), np.array([0, 0, 1]), n_intervals=2,
    ...             weight=np.ones(3))[:, 0].round(3).tolist()
    [-2.0, 0.0, 4.0]
    """
    total = np.bincount(places, weight, n_intervals)
    sums = np.column_stack(
        [np.bincount(places, weight * column, n_intervals) for column in differences.T]
    )
    steps = sums / np.where(total > 0, total, 1.0)[:, None]
    found = np.vstack([np.zeros((1, steps.shape[1])), np.cumsum(steps, axis=0)])
    middles = (found[1:] + found[:-1]) / 2
    return found - total @ middles / max(float(total.sum()), 1e-300)
