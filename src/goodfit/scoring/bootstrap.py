"""How far chance in the choice of rows moves a figure: the bootstrap.

Source: Efron 1979, "Bootstrap methods: another look at the jackknife"; rows that count as often
as a Poisson number of mean 1 says: Hanley and MacGibbon 2006, "Creating non-parametric
bootstrap samples using Poisson frequencies".
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

#: Share of intervals that hold the figure of endlessly many such rows, about.
LEVEL = 0.95
# Normal deviates between which that share lies.
DEVIATES = 1.959964
# Rows that are drawn in all draws together: some hundredths of a second for a mean.
DRAWN_ROWS = 2_000_000
# Draws whose quantiles are steady; with fewer only their deviation is used.
FEWEST_FOR_QUANTILES, MOST_DRAWS = 200, 500  # as many as that of a mean, which are quick
# Draws give a deviation within about 16 % of its value (1 / √(2 draws)).
FEWEST_DRAWS = 20

#: A figure of rows that count as given, (row,), which may be nan.
Figure = Callable[[np.ndarray], float]


def interval_of_mean(
    values: np.ndarray, *, units: np.ndarray, weight: np.ndarray | None = None, seed: int = 0
) -> tuple[float, float] | None:
    """As :func:`interval_of` of a weighted mean, in a small part of the time.

    Args:
        values: (row,)
        units: (row,) as there.
        weight: (row,) or None.
        seed: of the draws.

    >>> low, high = interval_of_mean(np.arange(100.0), units=np.arange(100))
    >>> bool(40 < low < 46), bool(53 < high < 59)
    (True, True)
    """
    weight = np.ones(len(values)) if weight is None else weight
    sums = np.column_stack([np.bincount(units, weight * values), np.bincount(units, weight)])
    n_draws = min(max(DRAWN_ROWS // max(len(sums), 1), FEWEST_DRAWS), MOST_DRAWS)
    random = np.random.Generator(np.random.PCG64(seed))
    each = max(DRAWN_ROWS // 10 // max(len(sums), 1), 1)  # draws at a time
    parts = [min(each, n_draws - start) for start in range(0, n_draws, each)]
    drawn = [random.poisson(size=(count, len(sums))) @ sums for count in parts]
    top, bottom = np.concatenate(drawn).T
    with np.errstate(invalid="ignore", divide="ignore"):
        return _between(top / bottom, sums[:, 0].sum() / sums[:, 1].sum(), len(sums), n_draws)


def interval_of(
    figure: Figure,
    *,
    units: np.ndarray,
    weight: np.ndarray | None = None,
    seed: int = 0,
) -> tuple[float, float] | None:
    """Between which numbers a figure lies for most choices of rows; None if it often is undefined.

    Args:
        figure: of the rows' weights.
        units: (row,) whole numbers from 0: rows of one unit are drawn together, as those of one
            person or predictions of one row.
        weight: (row,) or None.
        seed: of the draws.

    >>> values = np.arange(100.0)
    >>> low, high = interval_of(lambda weight: float(weight @ values / weight.sum()),
    ...                         units=np.arange(100))
    >>> bool(40 < low < 46), bool(53 < high < 59)
    (True, True)
    """
    n_units = int(units.max(initial=-1)) + 1
    if n_units < 2:
        return None
    weight = np.ones(len(units)) if weight is None else weight
    n_draws = min(max(DRAWN_ROWS // len(units), FEWEST_DRAWS), FEWEST_FOR_QUANTILES)
    random = np.random.Generator(np.random.PCG64(seed))
    draws = [random.poisson(size=n_units) for _ in range(n_draws)]
    found = np.array([figure(weight * counts[units]) for counts in draws if counts.any()])
    return _between(found, figure(weight), n_units, n_draws)


def _between(
    found: np.ndarray, whole: float, n_units: int, n_draws: int
) -> tuple[float, float] | None:
    """The middle 95 % of what draws gave."""
    found = found[np.isfinite(found)]
    if n_units < 2 or len(found) < max(0.9 * n_draws, FEWEST_DRAWS) or not np.isfinite(whole):
        return None
    if len(found) >= FEWEST_FOR_QUANTILES:
        low, high = np.quantile(found, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return float(low), float(high)
    deviation = float(found.std(ddof=1))
    return whole - DEVIATES * deviation, whole + DEVIATES * deviation
