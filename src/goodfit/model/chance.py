"""What chance does to scores: where they would lie for other rows, and beside the line's."""

from __future__ import annotations

import math

import numpy as np

from goodfit.core.randomness import derive_seed
from goodfit.model.fitted import FittedModel
from goodfit.model.records import KeptOut, Predictions
from goodfit.scoring.bootstrap import interval_of, interval_of_mean
from goodfit.scoring.metrics import METRICS
from goodfit.scoring.probabilities import EPS

# Rows that are scored in all draws together: below a second, also for metrics that sort.
RESAMPLED_ROWS = 2_000_000
# Draws give a deviation within about 16 % and 5 % of its value (1 / √(2 draws)).
FEWEST_DRAWS, MOST_DRAWS = 20, 200


def headline_interval(
    model: FittedModel,
    target: np.ndarray,
    found: Predictions,
    weight: np.ndarray | None,
    of_row: np.ndarray,
) -> tuple[float, float] | None:
    """Where the headline would lie for most other choices of as many rows."""
    name, seed = model.answers.headline, derive_seed(model.settings.seed, "judging")
    weights = np.ones(len(target)) if weight is None else weight

    def figure(counts: np.ndarray) -> float:
        drawn = counts > 0  # a row that is not drawn is no row
        one = model.answers.score(
            target[drawn], found.take(drawn), weight=counts[drawn], names=[name]
        )[name]
        return float("nan") if one is None else one

    with np.errstate(over="ignore", invalid="ignore"):
        summed = _summed(name, target, found)
        if summed is None:
            return interval_of(figure, units=of_row, weight=weights, seed=seed)
        ends = interval_of_mean(summed, units=of_row, weight=weights, seed=seed)
    if ends is None or name != "rmse":
        return ends
    return max(ends[0], 0.0) ** 0.5, ends[1] ** 0.5


def _summed(name: str, target: np.ndarray, found: Predictions) -> np.ndarray | None:
    """(row,) what the headline is the mean of, or the root of the mean; None of other metrics."""
    if target.ndim > 1:
        return None
    if name == "log_loss":
        return _log_losses(found, target)
    if name in {"rmse", "mse"}:
        return (found.predictions.astype(np.float64) - target) ** 2
    return None


def difference_to_line(
    model: FittedModel,
    target: np.ndarray,
    found: KeptOut,
    weight: np.ndarray | None,
    of_row: np.ndarray,
    *,
    grouped: bool = False,
) -> tuple[float, float] | None:
    """Mean of the rows' errors, network less linear, and its standard error.

    Several predictions of one row are no several rows: what chance does to one it does to all;
    nor are several rows of one group.
    """
    network, linear = found.network, found.linear
    if linear is None:
        return None
    if model.answers.headline not in {"rmse", "mse", "log_loss"} and target.ndim == 1:
        return _difference_resampled(model, target, (network, linear), weight, of_row)

    def errors(found: Predictions) -> np.ndarray:
        if model.schema.target.task == "regression":
            return _squared_errors(found.predictions.astype(np.float64), target)
        return _log_losses(found, target)

    # A network that diverged errs so much that squares overflow: then there is no difference.
    with np.errstate(over="ignore", invalid="ignore"):
        if grouped:
            return _difference_of_groups(errors(network) - errors(linear), weight, of_row)
        counts = np.bincount(of_row)
        difference = np.bincount(of_row, errors(network) - errors(linear)) / counts
        weight = None if weight is None else np.bincount(of_row, weight)
        mean = float(np.average(difference, weights=weight))
        spread = float(np.sqrt(np.average((difference - mean) ** 2, weights=weight)))
    if not math.isfinite(spread):
        return None
    return mean, spread / max(len(difference) - 1, 1) ** 0.5


def _difference_of_groups(
    difference: np.ndarray, weight: np.ndarray | None, of_row: np.ndarray
) -> tuple[float, float] | None:
    """Mean over the rows, and its standard error where whole groups come by chance.

    The error is that of a ratio of sums over groups (Cochran 1977, "Sampling techniques",
    section 6.3).
    """
    weight = np.ones(len(difference)) if weight is None else weight
    mean, total = float(np.average(difference, weights=weight)), float(weight.sum())
    sums = np.bincount(of_row, weight * (difference - mean))
    spread = float(np.sqrt((sums**2).sum()))
    if len(sums) < 2 or not math.isfinite(spread):
        return None
    return mean, spread / total * (len(sums) / (len(sums) - 1)) ** 0.5


def _difference_resampled(
    model: FittedModel,
    target: np.ndarray,
    network_and_linear: tuple[Predictions, Predictions],
    weight: np.ndarray | None,
    of_row: np.ndarray,
) -> tuple[float, float] | None:
    """Difference of the headline metric, less being better, and its standard error.

    The error is the deviation over draws in which each row counts as often as a Poisson
    number of mean 1 says: the bootstrap, for any metric that knows weights (Hanley and
    MacGibbon 2006, "Creating non-parametric bootstrap samples using Poisson frequencies").
    """
    name, n_rows = model.answers.headline, int(of_row.max()) + 1
    weight = np.ones(len(target)) if weight is None else weight
    random = np.random.Generator(np.random.PCG64(derive_seed(model.settings.seed, "judging")))

    def difference(weight: np.ndarray) -> float:
        ours, theirs = (
            model.answers.score(target, found, weight=weight, names=[name])[name]
            for found in network_and_linear
        )
        if ours is None or theirs is None:
            return float("nan")
        return METRICS[name].better(ours) - METRICS[name].better(theirs)

    n_draws = min(max(RESAMPLED_ROWS // len(target), FEWEST_DRAWS), MOST_DRAWS)
    drawn = np.array(
        [difference(weight * random.poisson(size=n_rows)[of_row]) for _ in range(n_draws)]
    )
    drawn = drawn[~np.isnan(drawn)]
    whole = difference(weight)
    if np.isnan(whole) or len(drawn) < FEWEST_DRAWS:
        return None
    return whole, float(drawn.std(ddof=1))


def _log_losses(found: Predictions, target: np.ndarray) -> np.ndarray:
    """(row,) minus the logarithm of the probability of the right class, held as the metric's."""
    right = found.probabilities[np.arange(len(target)), target.astype(np.int64)]
    return -np.log(np.clip(right, EPS, 1 - EPS))


def _squared_errors(predictions: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(row,) squared errors; of several targets the mean, each over the variance of its column."""
    errors = (predictions - target) ** 2
    if target.ndim == 1:
        return errors
    variance = target.var(axis=0)
    return (errors / np.where(variance > 0, variance, 1.0)).mean(axis=1)
