"""Metrics of probabilities of classes, and of ratings that only order them.

Each takes ``target``, (row,) indices of levels, ``probability`` (or ``rating``), (row, level)
float64, and ``weight``, (row,) above 0, and gives nan where the rows do not define it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from goodfit.scoring.metric import mean

# Probabilities are kept this far from 0 and 1 before a logarithm is taken, so that one row
# that was thought impossible counts 36, not infinitely much.
EPS = float(np.finfo(np.float64).eps)
# Bins of confidence (Guo et al. 2017, arXiv 1706.04599, section 4.2 uses as many).
BINS = 15


def log_loss(target: np.ndarray, probability: np.ndarray, *, weight: np.ndarray) -> float:
    """Mean of -log p(right class), in nats (cross-entropy).

    When: the default headline of classes: least for the true probabilities, and it punishes
    certainty that was wrong. Guessing k equally frequent classes has log k.
    Source: Good 1952, "Rational decisions".

    >>> log_loss(np.array([1]), np.array([[0.5, 0.5]]), weight=np.ones(1))
    0.693...
    """
    right = probability[np.arange(len(target)), target]
    return mean(-np.log(np.clip(right, EPS, 1 - EPS)), weight)


def brier(target: np.ndarray, probability: np.ndarray, *, weight: np.ndarray) -> float:
    """Mean squared error of the probabilities, mean((p - [class])²); summed over more than two.

    When: probabilities shall be right, and one row that was thought impossible shall not
    decide, as it may in `log_loss`.
    Source: Brier 1950, "Verification of forecasts expressed in terms of probability", whose
    sum over two classes is twice the figure that is usual.

    >>> brier(np.array([1]), np.array([[0.4, 0.6]]), weight=np.ones(1))
    0.16...
    """
    truth = np.zeros_like(probability)
    truth[np.arange(len(target)), target] = 1
    errors = ((probability - truth) ** 2).sum(axis=1)
    return mean(errors, weight) / (2 if probability.shape[1] == 2 else 1)


def roc_auc(target: np.ndarray, rating: np.ndarray, *, weight: np.ndarray) -> float:
    """Share of pairs of a row of a class and one of another that are rated in that order.

    When: rows are to be ranked, whatever threshold is set later. It does not see whether the
    probabilities are right; with a very rare class `average_precision` tells more.
    Source: Hanley and McNeil 1982; midranks: Mann and Whitney 1947.

    For two classes of the second; for more the plain mean over the classes, each against
    the rest (macro). A class that no row has, or every row, has no such figure and is left
    out; with none left it is nan.

    >>> roc_auc(np.array([0, 1, 1]), np.array([[0.8, 0.2], [0.6, 0.4], [0.9, 0.1]]),
    ...         weight=np.ones(3))
    0.5
    """
    return _macro(roc_area, target, rating, weight)


def average_precision(target: np.ndarray, rating: np.ndarray, *, weight: np.ndarray) -> float:
    """Area under precision over recall, Σ (recallₙ - recallₙ₋₁) precisionₙ.

    When: a rare class is looked for and the rows rated highest are what counts. Guessing has
    the class's share of the rows.
    Source: Davis and Goadrich 2006, "The relationship between precision-recall and ROC curves".

    Classes are taken as by `roc_auc`.

    >>> average_precision(np.array([0, 1, 1]), np.array([[0.8, 0.2], [0.6, 0.4], [0.1, 0.9]]),
    ...                   weight=np.ones(3))
    1.0
    """
    return _macro(precision_area, target, rating, weight)


def expected_calibration_error(
    target: np.ndarray, probability: np.ndarray, *, weight: np.ndarray
) -> float:
    """Mean distance of confidence and accuracy, over 15 bins of equal width of the confidence.

    When: to see whether 80 % sure is right 8 times in 10. A constant guess can have 0, so it
    says nothing about how good a model is.
    Source: Guo et al. 2017, arXiv 1706.04599, equation 3.

    >>> expected_calibration_error(np.array([1, 1]), np.array([[0.25, 0.75], [0.25, 0.75]]),
    ...                            weight=np.ones(2))
    0.25
    """
    if not len(target):
        return float("nan")
    confidence, right = probability.max(axis=1), probability.argmax(axis=1) == target
    bins = np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)
    gaps = np.bincount(bins, weights=weight * (right - confidence), minlength=BINS)
    return float(np.abs(gaps).sum() / weight.sum())


def _macro(
    area: Callable[[np.ndarray, np.ndarray, np.ndarray], float],
    target: np.ndarray,
    rating: np.ndarray,
    weight: np.ndarray,
) -> float:
    """The second class's area of two; the mean of more, each against the rest."""
    n_levels = rating.shape[1]
    levels = [1] if n_levels == 2 else range(n_levels)
    areas = [area(target == level, rating[:, level], weight) for level in levels]
    defined = [found for found in areas if not np.isnan(found)]
    return sum(defined) / len(defined) if defined else float("nan")


def roc_area(truth: np.ndarray, rating: np.ndarray, weight: np.ndarray) -> float:
    """Share of the pairs of a true and a false row in which the true one is rated higher.

    Pairs rated alike count half.
    """
    true, false = by_rating(truth, rating, weight)
    pairs = true.sum() * false.sum()
    if pairs == 0:
        return float("nan")
    return float(true @ (np.cumsum(false) - false / 2) / pairs)


def precision_area(truth: np.ndarray, rating: np.ndarray, weight: np.ndarray) -> float:
    """Mean over the true rows of the precision among those rated at least as high."""
    true, false = by_rating(truth, rating, weight)
    if true.sum() == 0:
        return float("nan")
    true, false = true[::-1], false[::-1]
    hits = np.cumsum(true)
    return float(true @ (hits / (hits + np.cumsum(false))) / true.sum())


def by_rating(
    truth: np.ndarray, rating: np.ndarray, weight: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Weight of the true and of the false rows at each different rating, ascending."""
    ratings, group = np.unique(rating, return_inverse=True)
    true, false = (
        np.bincount(group, weights=weight * rows, minlength=len(ratings))
        for rows in (truth, ~truth)
    )
    return true, false
