"""Ways of scaling a column of numbers; each is learnt from weighted training rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal, NamedTuple

import numpy as np

from goodfit.core.settings import PreprocessingName
from goodfit.preprocessing.statistics import deviation_of, mean_of, quantiles_of

# From where on values are held back: they stay below it however large (arXiv 2407.04491, 3.1).
CLIPPED_AT = 3.0
# Points that a quantile transform keeps of a column at most; with fewer different values each
# is one. Between two of them lies at most 1/500 of the rows.
MOST_KNOTS = 1000
# Where Yeo and Johnson's λ is sought, and by how many trials before the best is refined.
LARGEST_POWER = 5.0
POWER_TRIALS = 41
POWER_STEPS = 30
# Further digits of λ are noise: the likelihood is flat about its top.
POWER_DIGITS = 4
# Values bent so far that they differ by less, as a share of their size, differ by rounding.
NO_SPREAD = 1e-8

Knots = tuple[tuple[float, float], ...]


class Learnt(NamedTuple):
    """What a scaling learns of a column.

    Args:
        center: is subtracted once the values went through the curve.
        scale: divides then; 0 for a column that did not vary.
        power: Yeo and Johnson's λ.
        knots: points (cell, input) of a quantile transform, ascending.
    """

    center: float
    scale: float
    power: float = 1.0
    knots: Knots = ()


@dataclass(frozen=True)
class Scaling:
    """A way of scaling: x goes through ``curve``, becomes (x - center) / scale, then ``bend``.

    Args:
        learn: from values (row,) and weights (row,).
        fill: what stands for a missing cell; the median where the mean may lie far out on a
            curve.
        curve: an elementwise function of values (row,) that uses what was learnt, or None.
        bend: an elementwise function, or None.
    """

    learn: Callable[[np.ndarray, np.ndarray], Learnt]
    fill: Literal["mean", "median"] = "mean"
    curve: Callable[[np.ndarray, float, Knots], np.ndarray] | None = None
    bend: Callable[[np.ndarray], np.ndarray] | None = None

    @property
    def affine(self) -> bool:
        """Whether an input is a multiple of the cell, less a constant."""
        return self.curve is None and self.bend is None


def _none(values: np.ndarray, weight: np.ndarray) -> Learnt:
    """The column as it is, x.

    When: columns have like units of size about 1, or a formula in the table's own numbers is
    wanted. A network learns slowly from columns of very different sizes.
    Source: none; nothing is learnt.
    """
    return Learnt(0.0, 1.0)


def _normalize(values: np.ndarray, weight: np.ndarray) -> Learnt:
    """From the least to the greatest onto 0 to 1: (x - min) / (max - min).

    When: columns have natural ends. One outlier squeezes all others together.
    Source: Han, Kamber and Pei 2011, "Data Mining", section 3.5.2 (min-max).
    """
    return Learnt(float(values.min()), float(values.max() - values.min()))


def _standardize(values: np.ndarray, weight: np.ndarray) -> Learnt:
    """Mean 0 and standard deviation 1: (x - mean) / deviation.

    When: the default of `linear`: it keeps the line readable. Outliers stay outliers.
    Source: LeCun et al. 1998, "Efficient backprop", section 4.3.
    """
    return Learnt(mean_of(values, weight), deviation_of(values, weight))


def _max_abs(values: np.ndarray, weight: np.ndarray) -> Learnt:
    """Within -1 and 1 with zero left in its place: x / max |x|.

    When: most cells are 0, or the sign means something. One outlier squeezes all others
    together.
    Source: Pedregosa et al. 2011, "Scikit-learn", JMLR 12, `MaxAbsScaler`.
    """
    return Learnt(0.0, float(np.abs(values).max()))


def _robust(values: np.ndarray, weight: np.ndarray) -> Learnt:
    """Median to 0, interquartile range to 1, then held within ±3: z / √(1 + (z/3)²).

    Half the range divides where the interquartile range is zero.

    When: the default of `mlp`: outliers lose their pull and stay in order. Not where a line
    must stay a line.
    Source: RealMLP (Holzmüller, Grinsztajn and Steinwart 2024), arXiv 2407.04491, section 3.1.
    """
    low, median, high = quantiles_of(values, weight, (0.25, 0.5, 0.75))
    return Learnt(median, high - low or float(values.max() - values.min()) / 2)


def _log1p(values: np.ndarray, weight: np.ndarray) -> Learnt:
    """The logarithm of 1 + |x| with the sign of x, then mean 0 and standard deviation 1.

    When: amounts and counts over several powers of ten, zeros and negative ones among them. A
    column of fractions below 1 hardly changes.
    Source: John and Draper 1980, "An alternative family of transformations" (modulus, λ = 0).
    """
    return _standardize(signed_log1p(values), weight)


def _asinh(values: np.ndarray, weight: np.ndarray) -> Learnt:
    """The inverse hyperbolic sine log(x + √(x² + 1)), then mean 0 and standard deviation 1.

    When: as `log1p`; it is straighter about 0 and twice as steep there against its tails.
    Source: Burbidge, Magee and Robb 1988, "Alternative transformations to handle extreme
    values of the dependent variable".
    """
    return _standardize(np.arcsinh(values), weight)


def _yeo_johnson(values: np.ndarray, weight: np.ndarray) -> Learnt:
    """The power that makes a column most like a normal one, then mean 0 and deviation 1.

    For x ≥ 0 it is ((1 + x)^λ - 1) / λ, for x < 0 it is -((1 - x)^(2-λ) - 1) / (2-λ), where
    a power of 0 means the logarithm. λ, between -5 and 5, is that of greatest likelihood.

    When: skewed columns that nothing is known of. It keeps two heaps two heaps.
    Source: Yeo and Johnson 2000, "A new family of power transformations to improve normality
    or symmetry".
    """
    power = _best_power(values, weight)
    return _standardize(yeo_johnson(values, power), weight)._replace(power=power)


def _quantile_uniform(values: np.ndarray, weight: np.ndarray) -> Learnt:
    """The share of the training rows below a cell, half of those equal to it: 0 to 1.

    It is learnt at no more than 1,000 values and straight between them. Beyond the least and
    the greatest training row the input stays what it is there.

    When: columns of any shape, if only the order of the cells matters. Distances are lost, and
    so is what lies beyond the training rows.
    Source: Conover and Iman 1981, "Rank transformations as a bridge between parametric and
    nonparametric statistics".
    """
    return _quantiles(values, weight, float)


def _quantile_normal(values: np.ndarray, weight: np.ndarray) -> Learnt:
    """The normal deviate of the share of the training rows below a cell: N(0, 1).

    As `quantile_uniform`, whose shares become deviates of the normal distribution.

    When: as `quantile_uniform`; the usual choice for networks, since inputs about 0 of size 1
    learn best. Distances are lost.
    Source: van der Waerden 1952, "Order tests for the two-sample problem" (normal scores);
    Gorishniy et al. 2021, arXiv 2106.11959 (before networks for tables).
    """
    return _quantiles(values, weight, NormalDist().inv_cdf)


def smooth_clip(values: np.ndarray) -> np.ndarray:
    """Hold back what is far from 0: x / sqrt(1 + (x/3)²), never beyond ±3.

    Source: arXiv 2407.04491, section 3.1.

    >>> smooth_clip(np.array([0.1, 4.0, 1e300])).round(3)
    array([0.1, 2.4, 3. ])
    """
    root = values / CLIPPED_AT
    with np.errstate(over="ignore"):
        root *= root
    root += 1
    np.sqrt(root, out=root)
    # Several times as quick as the function that no square can be too large for.
    if not root.max(initial=1.0) < np.inf:
        far = np.isinf(root)
        root[far] = np.hypot(1.0, values[far] / CLIPPED_AT)
    return np.divide(values, root, out=root)


def signed_log1p(values: np.ndarray) -> np.ndarray:
    """log(1 + |x|) with the sign of x.

    >>> signed_log1p(np.array([-9.0, 0.0, 99.0])).round(2)
    array([-2.3 ,  0.  ,  4.61])
    """
    return np.copysign(np.log1p(np.abs(values)), values)


def yeo_johnson(values: np.ndarray, power: float) -> np.ndarray:
    """Yeo and Johnson's curve; both its halves are one function of log(1 + |x|).

    >>> yeo_johnson(np.array([-1.0, 3.0]), 0.0).round(3)
    array([-1.5  ,  1.386])
    """
    logs = np.log1p(np.abs(values))
    powers = np.where(values < 0, 2 - power, power)
    with np.errstate(over="ignore"):
        bent = np.expm1(powers * logs) / np.where(powers == 0, 1, powers)
    return np.copysign(np.where(powers == 0, logs, bent), values)


def along(values: np.ndarray, knots: Knots) -> np.ndarray:
    """Straight lines from knot to knot; level before the first and after the last.

    >>> along(np.array([-1.0, 1.5, 9.0]), ((1.0, 0.0), (2.0, 10.0)))
    array([ 0.,  5., 10.])
    """
    cells, inputs = np.array(knots).T
    inside = np.clip(values, cells[0], cells[-1])
    right = np.searchsorted(cells, inside).clip(min=1)
    left = right - 1
    share = (inside - cells[left]) / (cells[right] - cells[left])
    return inputs[left] + share * (inputs[right] - inputs[left])


def _best_power(values: np.ndarray, weight: np.ndarray) -> float:
    """The λ of greatest likelihood: the best of a row of trials, refined by golden section."""
    slope = float(weight @ signed_log1p(values) / weight.sum())

    def likelihood(power: float) -> float:
        bent = yeo_johnson(values, power)
        largest = float(np.abs(bent).max())
        if not np.isfinite(largest) or largest > float(np.finfo(np.float64).max) ** 0.5:
            return -np.inf
        spread = deviation_of(bent, weight)
        if spread <= NO_SPREAD * largest:
            return -np.inf
        return (power - 1) * slope - float(np.log(spread))

    trials = np.linspace(-LARGEST_POWER, LARGEST_POWER, POWER_TRIALS)
    best = int(np.argmax([likelihood(float(trial)) for trial in trials]))
    if likelihood(float(trials[best])) == -np.inf:
        return 1.0
    low, high = float(trials[max(best - 1, 0)]), float(trials[min(best + 1, len(trials) - 1)])
    golden = (5**0.5 - 1) / 2
    for _ in range(POWER_STEPS):
        first, second = high - golden * (high - low), low + golden * (high - low)
        if likelihood(first) > likelihood(second):
            high = second
        else:
            low = first
    return round((low + high) / 2, POWER_DIGITS)


def _quantiles(values: np.ndarray, weight: np.ndarray, score: Callable[[float], float]) -> Learnt:
    """Knots at the different values, thinned evenly by share; both sides of a jump are kept."""
    cells, place = np.unique(values, return_inverse=True)
    own = np.bincount(place, weights=weight)
    shares = (np.cumsum(own) - own / 2) / own.sum()
    if len(cells) > MOST_KNOTS:
        grid = np.linspace(shares[0], shares[-1], MOST_KNOTS // 2)
        after = np.searchsorted(shares, grid).clip(max=len(shares) - 1)
        kept = np.unique([after, (after - 1).clip(min=0)])
        cells, shares = cells[kept], shares[kept]
    scores = map(score, shares.tolist())
    knots = tuple(zip(cells.tolist(), scores, strict=True))
    return Learnt(0.0, float(len(knots) > 1), knots=knots)


#: The ways of scaling, by the names that the setting ``preprocessing`` has for them.
SCALINGS: Mapping[PreprocessingName, Scaling] = {
    "none": Scaling(_none),
    "normalize": Scaling(_normalize),
    "standardize": Scaling(_standardize),
    "max_abs": Scaling(_max_abs),
    "robust": Scaling(_robust, fill="median", bend=smooth_clip),
    "log1p": Scaling(_log1p, fill="median", curve=lambda x, _power, _knots: signed_log1p(x)),
    "asinh": Scaling(_asinh, fill="median", curve=lambda x, _power, _knots: np.arcsinh(x)),
    "yeo_johnson": Scaling(
        _yeo_johnson, fill="median", curve=lambda x, power, _: yeo_johnson(x, power)
    ),
    "quantile_uniform": Scaling(
        _quantile_uniform, fill="median", curve=lambda x, _, knots: along(x, knots)
    ),
    "quantile_normal": Scaling(
        _quantile_normal, fill="median", curve=lambda x, _, knots: along(x, knots)
    ),
}
