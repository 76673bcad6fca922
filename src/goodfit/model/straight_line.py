"""The straight line: a fit beside that of least squares, and where gradient descent leads."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel

# A loss within this share of the least possible one counts as reached.
CLOSE = 1e-3
# Points that a fitted curve is drawn through.
CURVE_POINTS = 200


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A straight line and its mean squared error on some points."""

    slope: float
    intercept: float
    mean_squared_error: float


class LineReport(msgspec.Struct, frozen=True, kw_only=True):
    """A fit of one number by one other, beside the line of least squares.

    Args:
        x_name: the feature; ``y_name`` the target.
        x: (row,), ``y`` (row,): the points.
        curve_x: (point,), ``curve_y`` (point,): what the model predicts.
        slope: of the fit and its ``intercept``, in the table's units; None where it is no line.
        mean_squared_error: of the fit on all points.
        best: the line of least squares through all points.
    """

    x_name: str
    y_name: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    curve_x: tuple[float, ...]
    curve_y: tuple[float, ...]
    slope: float | None
    intercept: float | None
    mean_squared_error: float
    best: Line

    @property
    def excess(self) -> float:
        """Mean squared error above that of the best line, as a share of it."""
        return self.mean_squared_error / self.best.mean_squared_error - 1


def line_report(model: FittedModel, x: np.ndarray, y: np.ndarray) -> LineReport:
    """Compare a model of one column of numbers with the line of least squares.

    Args:
        model: of a regression with one feature.
        x: (row,) the feature's numbers.
        y: (row,) the target's numbers.
    """
    (feature,) = model.schema.features
    curve_x = np.linspace(x.min(), x.max(), CURVE_POINTS)
    loss = model.objective.loss
    found = (model.coefficients() if loss.link.name == "identity" else None) or {}
    if len(loss.further) > 1:  # a line for each quantile: the one that is the prediction
        found = found.get(loss.further[loss.point].name, {})
    errors = model.predict({feature.name: x}) - y
    return LineReport(
        x_name=feature.name,
        y_name=model.schema.target.name,
        x=tuple(x.tolist()),
        y=tuple(y.tolist()),
        curve_x=tuple(curve_x.tolist()),
        curve_y=tuple(model.predict({feature.name: curve_x}).tolist()),
        slope=found.get(feature.name),
        intercept=found.get("intercept"),
        mean_squared_error=float(np.mean(errors**2)),
        best=least_squares(x, y),
    )


def least_squares(x: np.ndarray, y: np.ndarray) -> Line:
    """The line with the least mean squared error.

    >>> import numpy as np
    >>> least_squares(np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 5.0])).slope
    2.0
    """
    centred = x - x.mean()
    slope = float(centred @ (y - y.mean()) / (centred @ centred))
    intercept = float(y.mean() - slope * x.mean())
    error = float(np.mean((slope * x + intercept - y) ** 2))
    return Line(slope=slope, intercept=intercept, mean_squared_error=error)


class Descent(msgspec.Struct, frozen=True, kw_only=True):
    """Where full-batch gradient descent on the mean squared error will lead.

    Args:
        learning_rate: of its steps.
        highest_rate: learning rate above which it diverges.
        halving_epochs: epochs in which the distance along the slowest direction halves;
            infinite where it does not shrink.
        stretch: largest eigenvalue of the loss's Hessian over its smallest: how much slower the
            slowest direction is than the fastest.
        epochs_needed: epochs until the loss is within ``CLOSE`` of the least; None if never.
    """

    learning_rate: float
    highest_rate: float
    halving_epochs: float
    stretch: float
    epochs_needed: int | None


def descent(
    inputs: np.ndarray, target: np.ndarray, start: np.ndarray, *, learning_rate: float
) -> Descent:
    """Follow gradient descent of a linear network without doing it.

    In the directions of the eigenvectors of the loss's Hessian each epoch multiplies the
    distance to the best parameters by 1 - learning rate x eigenvalue (Goh, "Why momentum
    really works", Distill 2017).

    Args:
        inputs: (row, input), as the network sees them.
        target: (row,), as it is trained on.
        start: (input + 1,), weights and then the bias before the first step.
        learning_rate: constant.

    >>> import numpy as np
    >>> x = np.array([[-1.0], [1.0]])
    >>> descent(x, np.array([0.0, 3.0]), np.zeros(2), learning_rate=0.5).highest_rate
    1.0
    """
    rows = np.column_stack([inputs, np.ones(len(inputs))])
    curvature, directions = np.linalg.eigh(2 / len(rows) * rows.T @ rows)
    best = np.linalg.lstsq(rows, target, rcond=None)[0]
    least = float(np.mean((rows @ best - target) ** 2))
    gaps = curvature / 2 * (directions.T @ (start - best)) ** 2
    shrink = np.abs(1 - learning_rate * curvature)
    slowest = float(shrink.max())
    return Descent(
        learning_rate=learning_rate,
        highest_rate=float(2 / curvature.max()),
        halving_epochs=math.log(0.5) / math.log(slowest) if 0 < slowest < 1 else math.inf,
        stretch=float(curvature.max() / curvature.min()) if curvature.min() > 0 else math.inf,
        epochs_needed=_epochs_until(gaps, shrink, CLOSE * least) if slowest < 1 else None,
    )


def _epochs_until(gaps: np.ndarray, shrink: np.ndarray, allowed: float) -> int | None:
    """First epoch whose loss is at most ``allowed`` above the least, by doubling and halving."""

    def reached(epochs: int) -> bool:
        return float(gaps @ shrink ** (2 * epochs)) <= allowed

    high = next((2**power for power in range(40) if reached(2**power)), None)
    if high is None:
        return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high
