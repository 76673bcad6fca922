"""After training: the scores on rows that were not seen, beside two baselines. It looks once."""

from __future__ import annotations

import math
from dataclasses import dataclass

import msgspec
import numpy as np
import torch

from goodfit.core.randomness import derive_seed
from goodfit.core.settings import make_settings
from goodfit.data.parts import read_groups
from goodfit.data.schema import Schema
from goodfit.data.split import Plan
from goodfit.data.table import Table
from goodfit.model.evaluate import reliabilities
from goodfit.model.fitted import FittedModel
from goodfit.model.intervals import LEVELS, measure, rows_that_promise
from goodfit.model.records import KeptOut, Part, Predictions, Scores, Through
from goodfit.networks.linear import MOST_PRODUCTS, Linear
from goodfit.preprocessing.preprocessing import Encoded, Preprocessing
from goodfit.scoring.bootstrap import interval_of, interval_of_mean
from goodfit.scoring.conformal import fewest_rows
from goodfit.scoring.metrics import METRICS
from goodfit.scoring.probabilities import EPS
from goodfit.training.objectives import Objective, objective_for

# Levels of a column that the linear baseline tells apart; the rarer ones share its intercept.
BASELINE_LEVELS = 64
# Below it a probability counts as this in the comparison with the linear baseline.
LEAST_PROBABILITY = 1e-15
# Rows that are scored in all draws together: below a second, also for metrics that sort.
RESAMPLED_ROWS = 2_000_000
# Test rows that measure coverage and reliability: more would hardly move them.
MEASURED_ROWS = 20_000
# Draws give a deviation within about 16 % and 5 % of its value (1 / √(2 draws)).
FEWEST_DRAWS, MOST_DRAWS = 20, 200


def judge(
    model: FittedModel,
    table: Table,
    values: np.ndarray,
    plan: Plan,
    *,
    weight: np.ndarray | None,
    line: Line | None,
) -> Scores:
    """Score a model and its baselines on the test rows; on the training rows if there are none.

    Args:
        model: fitted, without scores.
        table: every row, of which ``plan`` says the part.
        values: (row,) numbers or indices of levels; (row, target) of several targets.
        plan: which rows trained and which test.
        weight: (row,) or None.
        line: the linear baseline (see :func:`solve_line`); None leaves it out.
    """
    training = plan.final.training
    part: Part = "test" if len(plan.test) else "training"
    rows = plan.test if len(plan.test) else training
    learnt = None if weight is None else weight[training]
    constant = constant_of(model, values[training], learnt)
    units = read_groups(table, model.settings)
    if part == "training":
        found = predict_beside(model, table, rows, constant=constant, line=line)
        return judge_predicted(model, found, values, weight=weight, part=part, units=units)
    # Of very many rows some, evenly spread, tell as much of intervals and probabilities.
    places = np.arange(len(rows))
    if len(rows) > MEASURED_ROWS:
        places = np.linspace(0, len(rows) - 1, MEASURED_ROWS).round().astype(np.int64)
    some = table.take(rows[places])
    through = model.through(some, by_fold=model.speaks_by_fold)
    known = model.predictions_of(through.outputs, some) if len(places) == len(rows) else None
    found = predict_beside(model, table, rows, constant=constant, line=line, known=known)
    scores = judge_predicted(model, found, values, weight=weight, part=part, units=units)
    weight = None if weight is None else weight[rows[places]]
    return with_sureness(scores, model, through, values[rows[places]], weight)


def with_sureness(
    scores: Scores,
    model: FittedModel,
    through: Through,
    values: np.ndarray,
    weight: np.ndarray | None,
) -> Scores:
    """Scores with what test rows say of intervals, sets and probabilities."""
    levels = [level for level in LEVELS if rows_that_promise(model) >= fewest_rows(level)]
    probability = model.answers.predictions(through.outputs).probabilities
    after, before = reliabilities(probability, model.uncalibrated_of(through), values, weight)
    return msgspec.structs.replace(
        scores,
        coverage=measure(model, through, values, levels, part=scores.part),
        reliability=after,
        reliability_before=before,
    )


def predict_beside(
    model: FittedModel,
    table: Table,
    rows: np.ndarray,
    *,
    constant: np.ndarray,
    line: Line | None,
    known: Predictions | None = None,
) -> KeptOut:
    """What a model predicts of some rows, and what its baselines do.

    Args:
        model: fitted.
        table: every row.
        rows: (row,) those to predict.
        constant: what :func:`constant_of` says of the rows that it learnt from.
        line: the linear baseline, or None.
        known: what the model predicts of them, where that was found out already.
    """
    scored = table.take(rows)
    return KeptOut(
        rows,
        network=known or model.predict_table(scored),
        constant=_repeated(model, constant, scored.n_rows),
        linear=None if line is None else line.predict(model, scored),
    )


def judge_predicted(
    model: FittedModel,
    found: KeptOut,
    values: np.ndarray,
    *,
    weight: np.ndarray | None,
    part: Part,
    units: np.ndarray | None = None,
) -> Scores:
    """The scores of predictions that were made of rows, those of the baselines beside them.

    Args:
        model: says by which metrics.
        found: the predictions.
        values: (row of the table,) or (row, target).
        weight: (row of the table,) or None.
        part: what the rows are called.
        units: (row of the table,) whole numbers, alike for rows that chance takes together, such
            as those of one person; each row alone if not given.
    """
    of_row = np.unique(found.rows if units is None else units[found.rows], return_inverse=True)[1]
    answers, target = model.answers, values[found.rows]
    rows_weight = None if weight is None else weight[found.rows]
    regression = model.schema.target.task == "regression"
    guesses = {"mean" if regression else "majority": found.constant}
    if found.linear is not None:
        guesses["ridge" if regression else "logistic"] = found.linear
    return Scores(
        part=part,
        metrics=answers.score(target, found.network, weight=rows_weight),
        baselines={
            name: answers.score(target, guess, weight=rows_weight)
            for name, guess in guesses.items()
        },
        against_linear=_difference(
            model, target, found, rows_weight, of_row, grouped=units is not None
        ),
        interval=None
        if part == "training"
        else headline_interval(model, target, found.network, rows_weight, of_row),
        by_target=answers.score_targets(target, found.network, weight=rows_weight),
        headline=answers.headline,
    )


def constant_of(model: FittedModel, values: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """The best prediction without features: the mean, or each class's share.

    Args:
        model: says which.
        values: (row,) or (row, target), of the rows that are learnt from.
        weight: (row,) of the same rows, or None.
    """
    if model.schema.target.task == "regression":
        return np.atleast_1d(np.average(values, weights=weight, axis=0))
    counts = np.bincount(values.astype(np.int64), weights=weight, minlength=len(model.levels))
    return counts / counts.sum()


def _repeated(model: FittedModel, constant: np.ndarray, n_rows: int) -> Predictions:
    if model.schema.target.task == "regression":
        numbers = np.tile(constant, (n_rows, 1))
        return Predictions(_one_or_more(numbers), np.empty((n_rows, 0)))
    probability = np.tile(constant, (n_rows, 1))
    return Predictions(model.levels[model.answers.decide(probability)], probability)


@dataclass(frozen=True)
class Line:
    """Ridge or logistic regression on the standardised columns, solved exactly.

    Args:
        preprocessing: learnt on the training rows.
        network: solved.
        objective: loss and link.
        common: the levels of each code column that it tells apart.
    """

    preprocessing: Preprocessing
    network: Linear
    objective: Objective
    common: list[np.ndarray]

    @torch.no_grad()
    def predict(self, model: FittedModel, scored: Table) -> Predictions:
        """Predictions of rows, whose classes the model's settings decide."""
        fresh = self.preprocessing.encode(scored, dtype=np.float64)
        codes = torch.from_numpy(_pool(fresh, self.common))
        outputs = self.network(torch.from_numpy(fresh.dense), codes)
        found = self.objective.predict(outputs).numpy()
        if self.objective.task == "regression":
            return Predictions(_one_or_more(found), np.empty((len(found), 0)))
        if self.objective.task == "binary":
            found = np.column_stack([1 - found[:, 0], found[:, 0]])
        return Predictions(model.levels[model.answers.decide(found)], found)


def solve_line(
    schema: Schema,
    table: Table,
    values: np.ndarray,
    rows: np.ndarray,
    weight: np.ndarray | None,
    *,
    time: str | None,
) -> Line | None:
    """The linear baseline of some training rows.

    None where that would take very long: what was trained is not lost for a comparison.

    Its penalty is that of scikit-learn's defaults (``Ridge(alpha=1)``,
    ``LogisticRegression(C=1)``), in terms of the mean loss.

    Args:
        schema: kinds of the columns.
        table: every row.
        values: (row,) numbers or indices of levels; (row, target) of several targets.
        rows: those to learn from.
        weight: (row of the table,) how much each counts in training, or None.
        time: the column that orders the rows, of which the line sees what the network does.
    """
    task, n_targets = schema.target.task, len(schema.targets)
    settings = make_settings(network="linear", optimizer="exact", preprocessing="standardize")
    settings = msgspec.structs.replace(settings, target_scaling="none", time=time)
    objective = objective_for(
        task, n_levels=len(schema.target.levels), n_targets=n_targets, settings=settings
    )
    preprocessing, _ = Preprocessing.learn(
        table,
        rows=rows,
        schema=schema,
        settings=settings,
        outputs=objective.n_outputs,
        weight=weight,
    )
    encoded = preprocessing.encode(table.take(rows), dtype=np.float64)
    common = _common_codes(encoded)
    n_codes = tuple(len(codes) + 1 for codes in common)
    network = Linear(len(preprocessing.layout.dense), n_codes, objective.n_outputs).double()
    target = torch.from_numpy(values[rows])
    total = len(rows) if weight is None else weight[rows].sum()
    if network.n_products(len(rows)) > MOST_PRODUCTS:
        return None
    network.solve(
        torch.from_numpy(encoded.dense),
        torch.from_numpy(_pool(encoded, common)),
        target.long() if task == "multiclass" else target.view(len(target), -1),
        None if weight is None else torch.from_numpy(weight[rows]).view(-1, 1),
        task=task,
        l2=(2.0 / n_targets if task == "regression" else 1.0) / float(total),
    )
    return Line(preprocessing, network, objective, common)


def _one_or_more(numbers: np.ndarray) -> np.ndarray:
    """(row, target) as predictions are given: (row,) of one target."""
    return numbers[:, 0] if numbers.shape[1] == 1 else numbers


def _common_codes(encoded: Encoded) -> list[np.ndarray]:
    """The most frequent codes of each code column, ascending."""
    common = []
    for column in encoded.codes.T:
        counts = np.bincount(column)
        most = np.argsort(-counts, kind="stable")[:BASELINE_LEVELS]
        common.append(np.sort(most[counts[most] > 0]))
    return common


def _pool(encoded: Encoded, common: list[np.ndarray]) -> np.ndarray:
    """Codes renumbered from 1 in the order of the common ones; 0 for all others."""
    pooled = np.zeros_like(encoded.codes)
    for column, codes in enumerate(common):
        place = np.searchsorted(codes, encoded.codes[:, column]).clip(max=len(codes) - 1)
        found = codes[place] == encoded.codes[:, column]
        pooled[:, column] = np.where(found, place + 1, 0)
    return pooled


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
        right = found.probabilities[np.arange(len(target)), target.astype(np.int64)]
        return -np.log(np.clip(right, EPS, 1 - EPS))
    if name in {"rmse", "mse"}:
        return (found.predictions.astype(np.float64) - target) ** 2
    return None


def _difference(
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
        right = found.probabilities[np.arange(len(target)), target.astype(np.int64)]
        return -np.log(np.maximum(right, LEAST_PROBABILITY))

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


def _squared_errors(predictions: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(row,) squared errors; of several targets the mean, each over the variance of its column."""
    errors = (predictions - target) ** 2
    if target.ndim == 1:
        return errors
    variance = target.var(axis=0)
    return (errors / np.where(variance > 0, variance, 1.0)).mean(axis=1)
