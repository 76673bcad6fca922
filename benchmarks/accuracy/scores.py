"""What a prediction is worth: arrays in, numbers out."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import roc_auc_score

LEAST_PROBABILITY = 1e-15
N_BINS = 15


def regression_scores(target: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """Root mean squared error over the standard deviation of the target of the same rows."""
    error = np.sqrt(np.mean((predicted - target) ** 2))
    return {"error": float(error / target.std()), "rmse": float(error)}


def class_scores(codes: np.ndarray, probabilities: np.ndarray) -> dict[str, float | None]:
    """Log-loss (the error), accuracy, area under the curve and expected calibration error.

    Args:
        codes: (row,) which class.
        probabilities: (row, class).
    """
    given = probabilities[np.arange(len(codes)), codes]
    return {
        "error": float(-np.log(np.clip(given, LEAST_PROBABILITY, 1.0)).mean()),
        "accuracy": float((probabilities.argmax(1) == codes).mean()),
        "auc": area_under_curve(codes, probabilities),
        "ece": calibration_error(codes, probabilities),
    }


def area_under_curve(codes: np.ndarray, probabilities: np.ndarray) -> float | None:
    """Of two classes the second's; of more the mean of each against the rest."""
    n_classes = probabilities.shape[1]
    classes = [1] if n_classes == 2 else range(n_classes)
    with_both = [k for k in classes if 0 < (codes == k).sum() < len(codes)]
    if not with_both:
        return None
    areas = [roc_auc_score(codes == k, probabilities[:, k]) for k in with_both]
    return float(np.mean(areas))


def calibration_error(codes: np.ndarray, probabilities: np.ndarray) -> float:
    """How far the largest probability is from being right so often, over 15 equal bins."""
    confidence = probabilities.max(1)
    right = probabilities.argmax(1) == codes
    bins = np.minimum((confidence * N_BINS).astype(int), N_BINS - 1)
    gaps = [
        abs(right[bins == k].mean() - confidence[bins == k].mean()) * (bins == k).mean()
        for k in np.unique(bins)
    ]
    return float(np.sum(gaps))
