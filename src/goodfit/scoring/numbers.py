"""Metrics of predicted numbers.

Each takes ``target`` and ``prediction``, (row,) float64, and ``weight``, (row,) above 0, and
gives nan where the rows do not define it.
"""

from __future__ import annotations

import numpy as np

from goodfit.scoring.metric import mean


def rmse(target: np.ndarray, prediction: np.ndarray, *, weight: np.ndarray) -> float:
    """Root of the mean squared error, √mean((y - ŷ)²), in the target's unit.

    When: the default headline; large errors count most. Not where a few rows lie far off by
    mistake: `mae` or `median_absolute_error`.
    Source: Gauss 1821, "Theoria combinationis observationum" (the mean error).

    >>> rmse(np.array([0.0, 0.0]), np.array([3.0, 4.0]), weight=np.ones(2))
    3.535...
    """
    errors = np.abs(target - prediction)
    largest = float(errors.max(initial=0.0)) or 1.0  # so that squares neither over- nor underflow
    return largest * float(np.sqrt(mean((errors / largest) ** 2, weight)))


def mse(target: np.ndarray, prediction: np.ndarray, *, weight: np.ndarray) -> float:
    """Mean squared error, mean((y - ŷ)²), in the target's unit squared.

    When: to compare with a loss or a paper that gives it; `rmse` says the same in a unit
    that one can read.
    Source: Bishop 2006, section 1.5.5.

    >>> mse(np.array([0.0, 0.0]), np.array([3.0, 4.0]), weight=np.ones(2))
    12.5...
    """
    root = rmse(target, prediction, weight=weight)
    return root * root


def mae(target: np.ndarray, prediction: np.ndarray, *, weight: np.ndarray) -> float:
    """Mean absolute error, mean(|y - ŷ|), in the target's unit.

    When: an error twice as large is twice as bad; a few outliers shall not decide.
    Source: Laplace 1774; Willmott and Matsuura 2005 (against `rmse`).

    >>> mae(np.array([0.0, 0.0]), np.array([3.0, 4.0]), weight=np.ones(2))
    3.5
    """
    return mean(np.abs(target - prediction), weight)


def median_absolute_error(
    target: np.ndarray, prediction: np.ndarray, *, weight: np.ndarray
) -> float:
    """Median of the absolute errors, median(|y - ŷ|): half of the rows are off by less.

    When: the usual error is asked for and outliers may be ever so far off. It does not see
    the worse half at all.
    Source: Hampel 1974, "The influence curve" (the median deviation).

    >>> median_absolute_error(np.zeros(3), np.array([1.0, 2.0, 90.0]), weight=np.ones(3))
    2.0
    """
    if not len(target):
        return float("nan")
    errors = np.abs(target - prediction)
    order = np.argsort(errors)
    below = np.cumsum(weight[order])
    # Where the half falls between two rows, their middle, as for rows that count alike.
    half = below[-1] / 2
    low, high = np.searchsorted(below, half), np.searchsorted(below, half, side="right")
    return float(errors[order][[low, min(high, len(errors) - 1)]].mean())


def mape(target: np.ndarray, prediction: np.ndarray, *, weight: np.ndarray) -> float:
    """Mean absolute error as a share of the target, mean(|y - ŷ| / |y|); 0.1 is 10 %.

    When: errors matter in proportion, and no target is near 0. It favours predictions that
    are too low; with a target of 0 it is not defined.
    Source: Hyndman and Koehler 2006, "Another look at measures of forecast accuracy".

    >>> mape(np.array([10.0, 100.0]), np.array([11.0, 90.0]), weight=np.ones(2))
    0.1
    """
    if (target == 0).any():
        return float("nan")
    return mean(np.abs((target - prediction) / target), weight)


def smape(target: np.ndarray, prediction: np.ndarray, *, weight: np.ndarray) -> float:
    """Symmetric percentage error, mean(2 |y - ŷ| / (|y| + |ŷ|)), from 0 to 2.

    When: as `mape`, where targets may be 0. A row whose target and prediction are both 0
    counts as no error.
    Source: Makridakis 1993, "Accuracy measures", equation for sMAPE.

    >>> smape(np.array([10.0, 0.0]), np.array([30.0, 0.0]), weight=np.ones(2))
    0.5
    """
    size = np.abs(target) + np.abs(prediction)
    return mean(2 * np.abs(target - prediction) / np.where(size > 0, size, 1.0), weight)


def rmsle(target: np.ndarray, prediction: np.ndarray, *, weight: np.ndarray) -> float:
    """Root of the mean squared error of the logarithms, √mean((log(1 + y) - log(1 + ŷ))²).

    When: counts or prices over several powers of ten. It is not defined with a target or a
    prediction of -1 or less.
    Source: usual in contests on tables; the logarithm: Tukey 1977, chapter 3.

    >>> round(rmsle(np.array([0.0]), np.array([np.e - 1]), weight=np.ones(1)), 6)
    1.0
    """
    if (target <= -1).any() or (prediction <= -1).any():
        return float("nan")
    return rmse(np.log1p(target), np.log1p(prediction), weight=weight)


def r2(target: np.ndarray, prediction: np.ndarray, *, weight: np.ndarray) -> float:
    """Share of the target's variance that is predicted, 1 - mean((y - ŷ)²) / variance(y).

    When: to read how much there is to explain and how much is. 0 is as good as these rows'
    mean, below 0 is worse. It is not comparable between tables of different spread.
    Source: Wright 1921, "Correlation and causation".

    It is nan for a target that does not vary: there is nothing of which to have a share.
    (scikit-learn then gives 1 or 0 by whether the prediction is perfect.)

    >>> r2(np.array([1.0, 3.0]), np.array([2.0, 2.0]), weight=np.ones(2))
    0.0
    """
    if not _varies(target):
        return float("nan")
    around = np.full(len(target), mean(target, weight))
    spread = rmse(target, around, weight=weight)
    if not spread:  # so small that its square is none
        return float("nan")
    ratio = rmse(target, prediction, weight=weight) / spread
    return 1 - ratio * ratio  # a product may be infinite; Python's power would raise


def explained_variance(target: np.ndarray, prediction: np.ndarray, *, weight: np.ndarray) -> float:
    """As `r2`, but a constant error costs nothing: 1 - variance(y - ŷ) / variance(y).

    When: only differences between rows matter. It hides predictions that are all too high.
    Source: as `r2`; scikit-learn's ``explained_variance_score``.

    >>> explained_variance(np.array([1.0, 3.0]), np.array([5.0, 7.0]), weight=np.ones(2))
    1.0
    """
    if not _varies(target):
        return float("nan")
    shift = mean(target - prediction, weight)
    return r2(target, prediction + shift, weight=weight)


def max_error(target: np.ndarray, prediction: np.ndarray, *, weight: np.ndarray) -> float:
    """The largest absolute error, max(|y - ŷ|); how much a row counts plays no part.

    When: the worst row decides. One row moves it, so it says little of others.
    Source: Chebyshev 1854 (the uniform norm).

    >>> max_error(np.zeros(2), np.array([1.0, -4.0]), weight=np.ones(2))
    4.0
    """
    return float(np.abs(target - prediction).max()) if len(target) else float("nan")


def poisson_deviance(target: np.ndarray, prediction: np.ndarray, *, weight: np.ndarray) -> float:
    """Mean deviance of counts, mean(2 (y log(y / ŷ) - y + ŷ)).

    When: counts, or rates, whose variance grows with their mean. Targets must be at least 0
    and predictions above 0.
    Source: McCullagh and Nelder 1989, section 2.3.

    >>> poisson_deviance(np.array([0.0]), np.array([1.5]), weight=np.ones(1))
    3.0
    """
    if (target < 0).any() or (prediction <= 0).any():
        return float("nan")
    ratio = np.where(target > 0, target / prediction, 1.0)
    return mean(2 * (target * np.log(ratio) - target + prediction), weight)


def gamma_deviance(target: np.ndarray, prediction: np.ndarray, *, weight: np.ndarray) -> float:
    """Mean deviance of positive amounts, mean(2 (log(ŷ / y) + y / ŷ - 1)).

    When: amounts whose deviation grows with their mean, such as claims; only ratios count.
    Targets and predictions must be above 0.
    Source: McCullagh and Nelder 1989, section 2.3.

    >>> gamma_deviance(np.array([2.0]), np.array([2.0]), weight=np.ones(1))
    0.0
    """
    if (target <= 0).any() or (prediction <= 0).any():
        return float("nan")
    return mean(2 * (np.log(prediction / target) + target / prediction - 1), weight)


def pinball(target: np.ndarray, prediction: np.ndarray, *, weight: np.ndarray) -> float:
    """Pinball loss of the median, mean(|y - ŷ|) / 2.

    When: to compare with quantiles of other levels; else `mae`, which is twice it.
    Source: Koenker and Bassett 1978, "Regression quantiles".

    >>> pinball(np.array([0.0]), np.array([3.0]), weight=np.ones(1))
    1.5
    """
    return mae(target, prediction, weight=weight) / 2


def _varies(target: np.ndarray) -> bool:
    return len(target) > 0 and bool((target != target[0]).any())
