"""Conformal prediction: intervals and sets that cover a promised share of new rows.

Rows that did not train say how large errors are; a new row's interval is as wide as so many of
them ask for that the promised share is covered, whatever the network and whatever the errors'
distribution, as long as new rows are like those (exchangeable). It is a promise about many rows
together, not about each.

Sources: Vovk, Gammerman and Shafer 2005, "Algorithmic Learning in a Random World" (split);
Barber, Candès, Ramdas and Tibshirani 2021, arXiv 1905.02928 (CV+, over folds); Lei et al. 2018,
arXiv 1604.04173 (errors divided by an estimate of their size); Sadinle, Lei and Wasserman 2019,
arXiv 1609.00451 (the smallest sets of classes); Romano, Sesia and Candès 2020, arXiv 2006.02544
(sets over folds).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import msgspec
import numpy as np

# Ranks that rounding alone would move: 0.9 · 10 is 9.000000000000002 in some orders.
ROUNDING = 1e-9
# Halvings of a bracket that holds the end of an interval; what is left of it is added.
HALVINGS = 30
# Significant digits of an error that is kept, rounded up.
DIGITS = 4


class Errors(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How large errors were on rows that were kept out, ascending; no row itself.

    Args:
        values: (error,) each at least as large as it was.
        weights: (error,) how many rows each stands for; none where each stands for one.
    """

    values: tuple[float, ...]
    weights: tuple[float, ...] = ()

    def __post_init__(self) -> None:
        if self.weights and len(self.weights) != len(self.values):
            raise ValueError("each error needs a weight")
        ascending = all(a <= b for a, b in zip(self.values, self.values[1:], strict=False))
        if not ascending or any(weight <= 0 for weight in self.weights):
            raise ValueError("errors must ascend, and count")

    @classmethod
    def of(cls, errors: np.ndarray, *, weight: np.ndarray | None, most: int) -> Errors:
        """Errors of rows, as few numbers as asked for.

        Where there are more, neighbours become the larger of them, fewest where errors are
        largest; and of each the leading digits are kept, rounded up. So intervals may become
        a little too wide, never too narrow.

        Args:
            errors: (row,)
            weight: (row,) or None where all count alike.
            most: that are kept.

        >>> Errors.of(np.array([3.0, 1.00004, 2.0]), weight=None, most=2)
        Errors(values=(2.0, 3.0), weights=(2.0, 1.0))
        """
        order = np.argsort(errors, kind="stable")
        values = rounded_up(errors[order])
        weights = np.ones(len(values)) if weight is None else weight[order].astype(np.float64)
        if len(values) > most:
            # The largest as they are, below them blocks of equal size.
            single = most // 2
            ends = np.linspace(0, len(values) - single, most - single + 1).round().astype(int)[1:]
            ends = np.concatenate([ends, np.arange(ends[-1] + 1, len(values) + 1)])
            weights = np.diff(np.cumsum(weights)[ends - 1], prepend=0.0)
            values = values[ends - 1]
        alike = bool((weights == 1).all())
        return cls(values=tuple(values.tolist()), weights=() if alike else tuple(weights.tolist()))

    @property
    def total(self) -> float:
        """How many rows all stand for."""
        return math.fsum(self.weights) if self.weights else float(len(self.values))

    def below(self, numbers: np.ndarray, *, strictly: bool) -> np.ndarray:
        """How many rows have errors at most, or less than, each number; of the same shape."""
        counts = np.arange(len(self.values) + 1.0)
        if self.weights:
            counts = np.concatenate([[0.0], np.cumsum(self.weights)])
        return counts[np.searchsorted(self.values, numbers, "left" if strictly else "right")]


def rounded_up(values: np.ndarray) -> np.ndarray:
    """Numbers at or above 0 with four digits, none of them less than it was.

    >>> rounded_up(np.array([0.123401, 0.0, 2.5])).tolist()
    [0.1235, 0.0, 2.5]
    """
    with np.errstate(divide="ignore"):
        power = np.where(values > 0, np.floor(np.log10(values)), 0.0)
    step = 10.0 ** (power - DIGITS + 1)
    found = np.ceil(values / step * (1 - ROUNDING)) * step
    # Decimal digits, so that a file holds few of them.
    short = [float(f"{number:.{DIGITS}g}") for number in found.tolist()]
    return np.array(short)


def fewest_rows(level: float) -> int:
    """Rows that a promise needs: with fewer, no interval but an infinite one would keep it.

    >>> fewest_rows(0.8), fewest_rows(0.9), fewest_rows(0.99)
    (4, 9, 99)
    """
    return math.ceil(1 / (1 - level) - 1 - ROUNDING)


def coverage_spread(level: float, n_rows: float) -> float:
    """Standard deviation of the coverage that one calibration has, over many of them.

    What ``n_rows`` promise on average, one of them keeps a little more or less: of numbers the
    coverage has a beta distribution of about this spread (Vovk 2012, arXiv 1209.2673).

    >>> round(coverage_spread(0.9, 98), 3), round(coverage_spread(0.9, 998), 4)
    (0.03, 0.0095)
    """
    return math.sqrt(level * (1 - level) / (n_rows + 2))


def rank(level: float, total: float) -> float:
    """How many of ``total`` rows must have errors at most as large as what is covered."""
    return level * (total + 1) - ROUNDING * (total + 1)


def intervals(
    errors: Sequence[Errors], centers: np.ndarray, widths: np.ndarray, *, level: float
) -> np.ndarray:
    """Intervals of rows, (row, 2): lower and upper end.

    Of one set the center less and more the quantile of its errors. Of several, which are
    folds, the ends of CV+: a row's own error added to what the network says that had not seen
    it.

    Args:
        errors: of each set, divided by the widths of its rows.
        centers: (set, row) what the network of each set predicts.
        widths: (row,) estimates of the size of errors.
        level: share that is to be covered.

    >>> errors = Errors(values=(1.0, 2.0, 3.0, 4.0))
    >>> intervals([errors], np.array([[10.0]]), np.array([2.0]), level=0.8)
    array([[ 2., 18.]])
    """
    needed = rank(level, math.fsum(one.total for one in errors))
    middle = centers.mean(axis=0)
    apart = (centers - middle) / widths
    upper = _end(errors, apart, needed)
    lower = -_end(errors, -apart, needed)
    return np.column_stack([middle + lower * widths, middle + upper * widths])


def _end(errors: Sequence[Errors], apart: np.ndarray, needed: float) -> np.ndarray:
    """(row,) the least number that so many of ``apart`` (set, row) plus errors are at most."""
    pooled = np.concatenate([np.asarray(one.values) for one in errors])
    order = np.argsort(pooled, kind="stable")
    counts = np.concatenate([one.weights or np.ones(len(one.values)) for one in errors])[order]
    place = int(np.searchsorted(np.cumsum(counts), needed))
    if place == len(pooled):
        return np.full(apart.shape[1], np.inf)
    middle = float(pooled[order][place])
    if len(errors) == 1:
        return apart[0] + middle
    low, high = middle + apart.min(axis=0), middle + apart.max(axis=0)
    for _ in range(HALVINGS):
        tried = (low + high) / 2
        count = sum(
            one.below(tried - shift, strictly=False)
            for one, shift in zip(errors, apart, strict=True)
        )
        enough = count >= needed
        low, high = np.where(enough, low, tried), np.where(enough, tried, high)
    return high


def sets(errors: Sequence[Errors], misfits: np.ndarray, *, level: float) -> np.ndarray:
    """Which classes belong to each row's set, (row, class) of truth values; perhaps none.

    Args:
        errors: of each set of rows that were kept out: how badly their right classes fitted.
        misfits: (set, row, class), how badly each class fits, as the network of each set says.
        level: share of the rows whose class shall be in their set.

    >>> errors = Errors(values=(0.1, 0.2, 0.3, 0.6))
    >>> sets([errors], np.array([[[0.4, 0.6, 0.9]]]), level=0.8)
    array([[ True,  True, False]])
    """
    needed = rank(level, math.fsum(one.total for one in errors))
    count = sum(
        one.below(misfit, strictly=True) for one, misfit in zip(errors, misfits, strict=True)
    )
    return np.asarray(count < needed)
