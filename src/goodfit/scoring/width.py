"""How large errors are here and there: an estimate that makes intervals adaptive.

Errors are divided by it before they are compared (Lei et al. 2018, arXiv 1604.04173, section
5.2), so a wrong one makes intervals too wide somewhere, but takes nothing from their coverage.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np

# With fewer rows the sizes of errors here and there are mostly chance.
FEWEST_ROWS = 100
# The first so many columns are looked at.
MOST_COLUMNS = 50
# Standardised columns are held within so many deviations: sizes of errors are not extrapolated.
FARTHEST = 3.0
# An estimate is at most this many times the usual size, and at least one of so many parts.
MOST_TIMES = 20.0
# Penalties that are tried, in rows: the larger, the more alike all sizes become.
PENALTIES = (10.0, 100.0, 1000.0)
# Groups of rows, each estimated by the others.
GROUPS = 5
# Standard errors by which an estimate must be better than one size for all rows.
CERTAIN_ERRORS = 1.0
# What is added to errors before a logarithm is taken, as a share of their mean.
LEAST_SHARE = 0.05


class Width(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The logarithm of an error's size, a sum over columns and their squares.

    Args:
        centers: (column,) mean of each column.
        scales: (column,) its deviation.
        slopes: (2 · column,) of the standardised columns, then of their squares.
        logarithm: what is added.
        usual: size of errors over all rows.
    """

    centers: tuple[float, ...] = ()
    scales: tuple[float, ...] = ()
    slopes: tuple[float, ...] = ()
    logarithm: float = 0.0
    usual: float = 1.0

    def __post_init__(self) -> None:
        sizes = {len(self.centers), len(self.scales), len(self.slopes) / 2}
        if len(sizes) != 1 or self.usual <= 0 or any(scale <= 0 for scale in self.scales):
            raise ValueError("a width's numbers must fit each other")

    @property
    def n_columns(self) -> int:
        """How many columns it looks at."""
        return len(self.centers)

    def of(self, columns: np.ndarray) -> np.ndarray:
        """Estimated sizes, (row,), from (row, column); further columns are not looked at.

        >>> Width(usual=3.0).of(np.zeros((2, 4)))
        array([3., 3.])
        """
        if not self.slopes:
            return np.full(len(columns), self.usual)
        inputs = _inputs(columns, np.array(self.centers), np.array(self.scales))
        logarithm = np.full(len(columns), self.logarithm)
        for column, slope in zip(inputs, self.slopes, strict=True):
            logarithm += slope * column  # one after the other: each row's bits are its own
        bound = np.log(MOST_TIMES)
        return self.usual * np.exp(np.clip(logarithm - np.log(self.usual), -bound, bound))


@dataclass(frozen=True)
class Learnt:
    """An estimate, and what it would have said of the rows it learnt from, not knowing them.

    Args:
        width: of all rows.
        apart: (row,) sizes as rows of other groups say.
    """

    width: Width
    apart: np.ndarray


def learn_width(
    errors: np.ndarray, columns: np.ndarray, *, groups: np.ndarray, weight: np.ndarray | None = None
) -> Learnt:
    """How large errors are, by what the rows look like, where rows say so with certainty.

    Args:
        errors: (row,) at least 0.
        columns: (row, column), the most telling first.
        groups: (row,) whole numbers; each group is estimated by the others.
        weight: (row,) or None.

    >>> x = np.linspace(1, 2, 400)
    >>> learnt = learn_width(x**4, x[:, None], groups=np.arange(400) % 5)
    >>> wide = learnt.width.of(np.array([[1.0], [2.0]]))
    >>> bool(wide[1] > 4 * wide[0])
    True
    """
    weight = np.ones(len(errors)) if weight is None else weight
    usual = float(weight @ errors / weight.sum()) if len(errors) else 0.0
    if not np.isfinite(usual) or usual <= 0:
        return Learnt(Width(), np.ones(len(errors)))
    same = Learnt(Width(usual=usual), np.full(len(errors), usual))
    if len(errors) < FEWEST_ROWS or len(np.unique(groups)) < 2:
        return same
    columns = columns[:, :MOST_COLUMNS]
    centers, scales = columns.mean(axis=0), columns.std(axis=0)
    scales = np.where(scales > 0, scales, 1.0)
    inputs = np.column_stack([np.ones(len(errors)), *_inputs(columns, centers, scales)])
    logarithms = np.log(errors + LEAST_SHARE * usual)
    moments = _Moments.of(inputs, logarithms, groups, weight)
    tried = [(penalty, _apart(moments, inputs, errors, weight, penalty)) for penalty in PENALTIES]
    plain = _misfit(errors, np.full(len(errors), usual))
    penalty, apart = min(tried, key=lambda one: float(weight @ _misfit(errors, one[1])))
    better = plain - _misfit(errors, apart)
    mean = float(weight @ better / weight.sum())
    if mean <= CERTAIN_ERRORS * float(better.std()) / len(better) ** 0.5:
        return same
    slopes = moments.solved(penalty, None)
    logarithm = slopes[0] + _shift(inputs @ slopes, errors, weight)
    width = Width(
        centers=tuple(centers.tolist()),
        scales=tuple(scales.tolist()),
        slopes=tuple(slopes[1:].tolist()),
        logarithm=float(logarithm),
        usual=usual,
    )
    return Learnt(width, apart)


def _inputs(columns: np.ndarray, centers: np.ndarray, scales: np.ndarray) -> list[np.ndarray]:
    """Standardised columns that are held near, then their squares: (row,) each."""
    each = zip(columns.T, centers, scales, strict=False)
    near = [np.clip((it - center) / scale, -FARTHEST, FARTHEST) for it, center, scale in each]
    return [*near, *(column * column for column in near)]


@dataclass(frozen=True)
class _Moments:
    """Sums of products of each group, from which any groups' least squares are solved."""

    products: np.ndarray
    answers: np.ndarray
    places: np.ndarray

    @classmethod
    def of(
        cls, inputs: np.ndarray, answers: np.ndarray, groups: np.ndarray, weight: np.ndarray
    ) -> _Moments:
        places = np.unique(groups, return_inverse=True)[1] % max(GROUPS, 1)
        which = [places == group for group in range(int(places.max()) + 1)]
        weighted = inputs * weight[:, None]
        products = np.array([weighted[rows].T @ inputs[rows] for rows in which])
        return cls(products, np.array([weighted[rows].T @ answers[rows] for rows in which]), places)

    def solved(self, penalty: float, without: int | None) -> np.ndarray:
        """Ridge regression on all groups but one; the first input is not held back."""
        left = [group for group in range(len(self.products)) if group != without]
        ridge = np.full(self.products.shape[1], penalty)
        ridge[0] = 1e-6
        products = self.products[left].sum(axis=0) + np.diag(ridge)
        return np.linalg.solve(products, self.answers[left].sum(axis=0))


def _apart(
    moments: _Moments,
    inputs: np.ndarray,
    errors: np.ndarray,
    weight: np.ndarray,
    penalty: float,
) -> np.ndarray:
    """(row,) sizes of errors, each group's as the others say."""
    found = np.empty(len(errors))
    for group in range(len(moments.products)):
        mine = moments.places == group
        logarithm = inputs @ moments.solved(penalty, group)
        shift = _shift(logarithm[~mine], errors[~mine], weight[~mine])
        found[mine] = np.exp(logarithm[mine] + shift)
    usual = float(weight @ errors / weight.sum())
    return np.clip(found, usual / MOST_TIMES, usual * MOST_TIMES)


def _shift(logarithm: np.ndarray, errors: np.ndarray, weight: np.ndarray) -> float:
    """What makes the mean of errors over sizes 1."""
    ratio = float(weight @ (errors * np.exp(-logarithm)) / weight.sum())
    return float(np.log(max(ratio, 1e-300)))


def _misfit(errors: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """(row,) minus the log-likelihood of errors of these sizes (Laplace's distribution)."""
    return np.log(sizes) + errors / sizes
