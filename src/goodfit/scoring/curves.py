"""What a threshold does, for all thresholds: the ROC curve, and precision over recall."""

from __future__ import annotations

import msgspec
import numpy as np

from goodfit.scoring.metric import plain
from goodfit.scoring.probabilities import by_rating, precision_area, roc_area

#: Points that a curve keeps; its area is that of all of them.
MOST_POINTS = 200


class RocCurve(msgspec.Struct, frozen=True, kw_only=True):
    """Shares of two kinds of rows that are rated at least as high as each threshold.

    Args:
        thresholds: descending; the first is above every rating and stands as None.
        false_rate: share of the rows that are not of the class, ascending from 0 to 1.
        true_rate: share of those that are.
        area: share of pairs of one row of each kind that are rated in their order (``roc_auc``).
        n_true: rows of the class.
        n_false: other rows.
    """

    thresholds: tuple[float | None, ...]
    false_rate: tuple[float, ...]
    true_rate: tuple[float, ...]
    area: float
    n_true: int
    n_false: int


class PrecisionRecall(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows of a class are found, and how many that are found are of it.

    Args:
        thresholds: descending.
        recall: share of the class's rows that are rated at least as high, ascending.
        precision: share of the rows rated at least as high that are of the class.
        area: ``average_precision``.
        share: of all rows that are of the class, by their weight: the precision of guessing.
        n_true: rows of the class.
        n_false: other rows.
    """

    thresholds: tuple[float, ...]
    recall: tuple[float, ...]
    precision: tuple[float, ...]
    area: float
    share: float
    n_true: int
    n_false: int


def roc_curve(
    truth: np.ndarray, rating: np.ndarray, *, weight: np.ndarray, most: int = MOST_POINTS
) -> RocCurve | None:
    """The ROC curve of one class; None where all rows, or none, are of it.

    Source: Fawcett 2006, "An introduction to ROC analysis".

    Args:
        truth: (row,) whether a row is of the class.
        rating: (row,) the larger, the likelier it is.
        weight: (row,) at least 0.
        most: points that are kept, evenly along the curve.

    >>> found = roc_curve(np.array([True, False, True]), np.array([0.9, 0.5, 0.2]),
    ...                   weight=np.ones(3))
    >>> found.false_rate, found.true_rate, found.area
    ((0.0, 0.0, 1.0, 1.0), (0.0, 0.5, 0.5, 1.0), 0.5)
    """
    truth, rating, weight = _counted(truth, rating, weight)
    true, false = by_rating(truth, rating, weight)
    area = plain(roc_area(truth, rating, weight))
    if area is None:
        return None
    rates = [np.concatenate([[0.0], np.cumsum(part[::-1])]) for part in (false, true)]
    x, y = (rate / rate[-1] for rate in rates)
    kept = _along(x, y, most)
    ratings = np.unique(rating)[::-1].tolist()
    return RocCurve(
        thresholds=tuple([None, *ratings][place] for place in kept),
        false_rate=tuple(x[kept].tolist()),
        true_rate=tuple(y[kept].tolist()),
        area=area,
        n_true=int(truth.sum()),
        n_false=int((~truth).sum()),
    )


def precision_recall(
    truth: np.ndarray, rating: np.ndarray, *, weight: np.ndarray, most: int = MOST_POINTS
) -> PrecisionRecall | None:
    """Precision over recall of one class; None where no row is of it.

    Args:
        truth: as for :func:`roc_curve`.
        rating: likewise.
        weight: likewise.
        most: likewise.

    >>> found = precision_recall(np.array([True, False, True]), np.array([0.9, 0.5, 0.2]),
    ...                          weight=np.ones(3))
    >>> found.recall, [round(number, 2) for number in found.precision]
    ((0.5, 0.5, 1.0), [1.0, 0.5, 0.67])
    """
    truth, rating, weight = _counted(truth, rating, weight)
    true, false = by_rating(truth, rating, weight)
    area = plain(precision_area(truth, rating, weight))
    if area is None:
        return None
    hits, misses = np.cumsum(true[::-1]), np.cumsum(false[::-1])
    recall, precision = hits / hits[-1], hits / (hits + misses)
    kept = _along(recall, precision, most)
    return PrecisionRecall(
        thresholds=tuple(np.unique(rating)[::-1][kept].tolist()),
        recall=tuple(recall[kept].tolist()),
        precision=tuple(precision[kept].tolist()),
        area=area,
        share=float(hits[-1] / (hits[-1] + misses[-1])),
        n_true=int(truth.sum()),
        n_false=int((~truth).sum()),
    )


def _counted(
    truth: np.ndarray, rating: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The rows that count."""
    counted = weight > 0
    return truth[counted].astype(bool), rating[counted].astype(np.float64), weight[counted]


def _along(x: np.ndarray, y: np.ndarray, most: int) -> np.ndarray:
    """Places of points, both ends among them, that lie evenly along a curve."""
    if len(x) <= most:
        return np.arange(len(x))
    way = np.concatenate([[0.0], np.cumsum(np.hypot(np.diff(x), np.diff(y)))])
    places = np.searchsorted(way, np.linspace(0, way[-1], most))
    return np.unique([0, *places.clip(max=len(x) - 1).tolist(), len(x) - 1])
