"""The target as it is trained on, and the way back."""

from __future__ import annotations

import msgspec
import numpy as np

from goodfit.preprocessing.statistics import deviation_of, mean_of


class TargetTransform(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """(y - center) / scale; classes, as indices of their levels, and unscaled numbers stay.

    Args:
        center: the training rows' mean, or 0.
        scale: their standard deviation, or 1; 1 also where they are all the same.

    >>> transform = TargetTransform.learn(np.array([10.0, 30.0]), weight=np.ones(2))
    >>> transform.apply(np.array([30.0])), transform.inverse(np.array([1.0]))
    (array([1.]), array([30.]))
    """

    center: float = 0.0
    scale: float = 1.0

    @classmethod
    def learn(cls, values: np.ndarray, *, weight: np.ndarray) -> TargetTransform:
        """Mean and standard deviation of the training rows, (row,) and (row,)."""
        return cls(center=mean_of(values, weight), scale=deviation_of(values, weight) or 1.0)

    def apply(self, values: np.ndarray) -> np.ndarray:
        """The target as trained on, (row,) float64."""
        return (values - self.center) / self.scale

    def inverse(self, values: np.ndarray) -> np.ndarray:
        """The target in the table's units, (row,) float64."""
        return values * self.scale + self.center
