"""How good predictions are: arrays in, numbers out.

Every figure is a mean over rows, each counted by its weight, in double precision. A
figure that the rows do not define is nan; it is up to callers to say so.
"""

from __future__ import annotations

import numpy as np

from goodfit.core.settings import Task

# Probabilities are kept this far from 0 and 1 before a logarithm is taken, so that one row
# that was thought impossible counts 36, not infinitely much.
EPS = float(np.finfo(np.float64).eps)


def score(
    task: Task,
    *,
    target: np.ndarray,
    prediction: np.ndarray,
    probability: np.ndarray | None = None,
    weight: np.ndarray | None = None,
) -> dict[str, float]:
    """The metrics that users of a task expect, by their usual names.

    Args:
        task: what was predicted.
        target: (row,) numbers, or indices of levels.
        prediction: (row,) the same.
        probability: (row, level) for classes; without it there is ``accuracy`` alone.
        weight: (row,) at least 0, or None where all rows count alike.

    Returns:
        ``rmse``, ``mae``, ``r2``, or ``accuracy``, ``log_loss``, ``roc_auc``; nan where the
        rows do not define one (see each function) or where no row counts.

    >>> import numpy as np
    >>> found = score("regression", target=np.array([1.0, 2, 3]), prediction=np.array([1.0, 2, 4]))
    >>> {name: round(number, 3) for name, number in found.items()}
    {'rmse': 0.577, 'mae': 0.333, 'r2': 0.5}
    """
    weight = np.ones(len(target)) if weight is None else np.asarray(weight, dtype=np.float64)
    counted = weight > 0
    target, prediction, weight = target[counted], prediction[counted], weight[counted]
    if task == "regression":
        target, prediction = target.astype(np.float64), prediction.astype(np.float64)
        return {
            "rmse": rmse(target, prediction, weight=weight),
            "mae": _mean(np.abs(target - prediction), weight),
            "r2": r2(target, prediction, weight=weight),
        }
    found = {"accuracy": _mean(target == prediction, weight)}
    if probability is not None:
        probability = probability[counted].astype(np.float64)
        found["log_loss"] = log_loss(target, probability, weight=weight)
        found["roc_auc"] = roc_auc(target, probability, weight=weight)
    return found


def rmse(target: np.ndarray, prediction: np.ndarray, *, weight: np.ndarray) -> float:
    """Root of the mean squared error.

    >>> rmse(np.array([0.0, 0.0]), np.array([3.0, 4.0]), weight=np.ones(2))
    3.535...
    """
    errors = np.abs(target - prediction)
    largest = float(errors.max(initial=0.0)) or 1.0  # so that squares neither over- nor underflow
    return largest * float(np.sqrt(_mean((errors / largest) ** 2, weight)))


def r2(target: np.ndarray, prediction: np.ndarray, *, weight: np.ndarray) -> float:
    """Share of the target's variance, about the mean of these rows, that is predicted.

    It is nan for a target that does not vary: there is nothing of which to have a share.
    (scikit-learn then gives 1 or 0 by whether the prediction is perfect.)

    >>> r2(np.array([1.0, 3.0]), np.array([2.0, 2.0]), weight=np.ones(2))
    0.0
    """
    if len(target) == 0 or (target == target[0]).all():
        return float("nan")
    mean = np.full(len(target), _mean(target, weight))
    ratio = rmse(target, prediction, weight=weight) / rmse(target, mean, weight=weight)
    return 1 - ratio * ratio  # a product may be infinite; Python's power would raise


def log_loss(target: np.ndarray, probability: np.ndarray, *, weight: np.ndarray) -> float:
    """Mean of minus the logarithm of the probability that the right class was given.

    >>> log_loss(np.array([1]), np.array([[0.5, 0.5]]), weight=np.ones(1))
    0.693...
    """
    right = probability[np.arange(len(target)), target]
    return _mean(-np.log(np.clip(right, EPS, 1 - EPS)), weight)


def roc_auc(target: np.ndarray, probability: np.ndarray, *, weight: np.ndarray) -> float:
    """How surely a row of a class is thought likelier to be of it than a row of another.

    For two classes of the second; for more the plain mean over the classes, each against
    the rest (macro). A class that no row has, or every row, has no such figure and is left
    out; with none left it is nan.

    >>> roc_auc(np.array([0, 1, 1]), np.array([[0.8, 0.2], [0.6, 0.4], [0.9, 0.1]]),
    ...         weight=np.ones(3))
    0.5
    """
    n_levels = probability.shape[1]
    levels = [1] if n_levels == 2 else range(n_levels)
    areas = [_area(target == level, probability[:, level], weight) for level in levels]
    defined = [area for area in areas if not np.isnan(area)]
    return sum(defined) / len(defined) if defined else float("nan")


def _area(truth: np.ndarray, rating: np.ndarray, weight: np.ndarray) -> float:
    """Share of the pairs of a true and a false row in which the true one is rated higher.

    Pairs rated alike count half (Mann and Whitney, 1947: midranks).
    """
    ratings, group = np.unique(rating, return_inverse=True)
    true, false = (
        np.bincount(group, weights=weight * rows, minlength=len(ratings))
        for rows in (truth, ~truth)
    )
    pairs = true.sum() * false.sum()
    if pairs == 0:
        return float("nan")
    return float(true @ (np.cumsum(false) - false / 2) / pairs)


def _mean(values: np.ndarray, weight: np.ndarray) -> float:
    return float(weight @ values / weight.sum()) if len(values) else float("nan")
