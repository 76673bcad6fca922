"""The target as it is trained on, and the way back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated

import msgspec
import numpy as np
from msgspec import Meta

from goodfit.core.errors import GoodfitError
from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.core.settings import TargetTransformName
from goodfit.core.words import say
from goodfit.data.parse import read_numbers
from goodfit.data.schema import Target
from goodfit.data.table import Table
from goodfit.preprocessing.statistics import deviation_of, mean_of, skewness_of

# A target whose skewness is larger is called highly skewed (Bulmer 1979, "Principles of
# Statistics").
HIGH_SKEWNESS = 1.0


@dataclass(frozen=True)
class Curve:
    """A transform of the target and its inverse.

    Args:
        forward: from the table's numbers, (row,) float64.
        inverse: back to them.
        allows: true of the numbers that it can take; None where it takes all.
        least: code of what they must be, for a sentence.
    """

    forward: Callable[[np.ndarray], np.ndarray]
    inverse: Callable[[np.ndarray], np.ndarray]
    allows: Callable[[np.ndarray], np.ndarray] | None = None
    least: str = ""


def _same(values: np.ndarray) -> np.ndarray:
    """The target as it is, y.

    When: its errors count alike wherever they are made: the default.
    Source: none; nothing is done.
    """
    return values


def _log(values: np.ndarray) -> np.ndarray:
    """The logarithm of the target, log y; a prediction is an exponential and always above 0.

    When: a target above 0 with a long tail (prices, incomes, durations), where an error of a
    tenth counts alike for small and large. Predictions are nearer the median than the mean.
    Source: Box and Cox 1964, "An analysis of transformations" (λ = 0).
    """
    return np.log(values)


def _log1p(values: np.ndarray) -> np.ndarray:
    """The logarithm of one more than the target, log(1 + y); predictions are above -1.

    When: a target of counts or amounts with a long tail and with zeros. Without zeros `log`.
    Source: Bartlett 1947, "The use of transformations".
    """
    return np.log1p(values)


#: What may be done to a target before it is scaled, by the names of ``target_transform``.
TARGET_TRANSFORMS: Mapping[TargetTransformName, Curve] = {
    "none": Curve(_same, _same),
    "log": Curve(_log, np.exp, lambda values: values > 0, "preprocessing.above_zero"),
    "log1p": Curve(_log1p, np.expm1, lambda values: values >= 0, "preprocessing.zero_or_above"),
}


class TargetTransform(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """(y - center) / scale of a transformed target; classes and unscaled numbers stay.

    Args:
        center: the training rows' mean, or 0.
        scale: their standard deviation, their mean, or 1; 1 also where that would be 0.
        transform: what is done first.

    >>> transform = TargetTransform.learn(np.array([10.0, 30.0]), weight=np.ones(2))
    >>> transform.apply(np.array([30.0])), transform.inverse(np.array([1.0]))
    (array([1.]), array([30.]))
    """

    center: float = 0.0
    scale: Annotated[float, Meta(gt=0)] = 1.0
    transform: TargetTransformName = "none"

    @classmethod
    def learn(
        cls,
        values: np.ndarray,
        *,
        weight: np.ndarray,
        transform: TargetTransformName = "none",
        scaling: str = "standardize",
    ) -> TargetTransform:
        """What a scaling needs of the transformed training rows.

        Args:
            values: (row,) numbers that the transform allows.
            weight: (row,) above zero.
            transform: a name in ``TARGET_TRANSFORMS``.
            scaling: ``standardize`` (mean and standard deviation), ``unit_mean`` (the mean
                alone, by which positive numbers are divided) or ``none``.
        """
        if scaling == "none":
            return cls(transform=transform)
        bent = TARGET_TRANSFORMS[transform].forward(values)
        mean = mean_of(bent, weight)
        if scaling == "unit_mean":
            return cls(scale=mean or 1.0, transform=transform)
        return cls(center=mean, scale=deviation_of(bent, weight) or 1.0, transform=transform)

    def apply(self, values: np.ndarray) -> np.ndarray:
        """The target as trained on, (row,) float64."""
        return (TARGET_TRANSFORMS[self.transform].forward(values) - self.center) / self.scale

    def spread(self, distances: np.ndarray) -> np.ndarray:
        """Distances between targets in the table's units, (row,) float64."""
        return distances * self.scale

    def inverse(self, values: np.ndarray) -> np.ndarray:
        """The target in the table's units, (row,) float64; infinite where it would be too large."""
        with np.errstate(over="ignore"):
            return TARGET_TRANSFORMS[self.transform].inverse(values * self.scale + self.center)


def check_target(table: Table, target: Target, *, transform: TargetTransformName) -> None:
    """Refuse a target that a transform cannot take.

    Args:
        table: every row that has a target, not the training rows alone: a row that cannot be
            transformed can neither be trained on nor watched.
        target: of numbers.
        transform: a name in ``TARGET_TRANSFORMS``.

    Raises:
        GoodfitError: naming the rows.
    """
    curve = TARGET_TRANSFORMS[transform]
    if curve.allows is None:
        return
    values = read_numbers(table, target.name, decimal=target.decimal)
    bad = np.flatnonzero(~(curve.allows(values) | np.isnan(values)))
    if len(bad):
        raise GoodfitError(
            "preprocessing.target_not_allowed",
            column=target.name,
            transform=transform,
            least=say(curve.least, {}),
            count=len(bad),
            rows=table.say_rows(bad),
        )


def skewed_remark(target: Target, values: np.ndarray, *, weight: np.ndarray) -> tuple[Remark, ...]:
    """Offer the logarithm where training rows are above 0 and highly skewed, it half as much."""
    if len(values) < 3 or (values <= 0).any():
        return ()
    skewness, logarithm = skewness_of(values, weight), skewness_of(np.log(values), weight)
    if skewness <= HIGH_SKEWNESS or abs(logarithm) > skewness / 2:
        return ()
    params = {"column": target.name, "skewness": skewness, "logarithm": logarithm}
    return (finding("preprocessing.target_skewed", params),)
