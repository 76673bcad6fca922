"""Numbers about a fitted model; nothing here draws or makes words."""

from __future__ import annotations

import math
from statistics import mean, stdev
from typing import TYPE_CHECKING, Literal

import msgspec

from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings
from goodfit.data.schema import Column, Kind, Schema, Target
from goodfit.model.records import Coverage, FoldScores
from goodfit.model.verdict import CERTAIN_ERRORS, Verdict, verdict
from goodfit.scoring.metrics import METRICS
from goodfit.scoring.reliability import Reliability
from goodfit.training.state import improves

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel
    from goodfit.model.records import Scores
    from goodfit.networks.contract import Network

Stopped = Literal["finished", "early_stopping", "interrupted", "budget", "solved"]


class Structure(msgspec.Struct, frozen=True, kw_only=True):
    """The network: its family and its parameters by name, with their shapes."""

    network: str
    parameters: tuple[tuple[str, tuple[int, ...]], ...]
    n_parameters: int


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """How the training went: epochs planned and done, why it ended, the epoch that is kept."""

    n_epochs: int
    epochs: int
    kept_epoch: int
    stopped: Stopped


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """What one reads first about a fitted model.

    Args:
        targets: the columns to predict, their task and the reasons.
        n_rows: rows with a target; ``n_training`` and so on: those of each part.
        n_columns: columns of the table, the target included.
        features: names of the columns that the network sees, by kind.
        left_out: the other columns, with their reasons.
        structure: the network.
        course: the training.
        part: the rows that were scored (see ``Scores``); None if none were.
        metrics: of the model, by name; empty without scores, and so are ``baselines``.
        by_target: of several targets the metrics of each.
        baselines: the same of each baseline.
        headline: the metric that the verdict speaks of; None without scores.
        interval: where the headline would lie for most other rows; None where it is not known.
        difference: the headline less that of the linear baseline on the same rows, and its
            interval; None without one.
        coverage: of intervals or sets on the test rows.
        reliability: of the probabilities on the test rows; None without them.
        reliability_before: of an ensemble's networks alone; None where nothing was changed.
        folds: scores of the networks of several folds; None without them.
        refit_epochs: of one more training on every row; None without one.
        verdict: whether the network is worth it.
        remarks: everything noticed.
    """

    targets: tuple[Target, ...]
    n_rows: int
    n_training: int
    n_validation: int
    n_test: int
    n_columns: int
    features: dict[Kind, tuple[str, ...]]
    left_out: tuple[Column, ...]
    structure: Structure
    course: Course
    part: str | None
    metrics: dict[str, float | None]
    by_target: dict[str, dict[str, float | None]]
    baselines: dict[str, dict[str, float | None]]
    headline: str | None
    interval: tuple[float, float] | None
    difference: tuple[float, float, float] | None
    coverage: tuple[Coverage, ...]
    reliability: Reliability | None
    reliability_before: Reliability | None
    folds: FoldScores | None
    refit_epochs: int | None
    verdict: Verdict
    remarks: tuple[Remark, ...]


def summarize(model: FittedModel) -> Summary:
    """The summary of a fitted model; without figures if it was not scored (an estimator's)."""
    schema, origin, scores = model.schema, model.provenance, model.scores
    return Summary(
        targets=schema.targets,
        n_rows=origin.n_rows,
        n_training=origin.n_training,
        n_validation=origin.n_validation,
        n_test=origin.n_test,
        n_columns=len(schema.columns) + len(schema.targets),
        features=by_kind(schema.features),
        left_out=tuple(column for column in schema.columns if not column.used),
        structure=structure(model.network, model.settings),
        course=course(model),
        part=scores.part if scores else None,
        metrics=scores.metrics if scores else {},
        by_target=_in_order(scores, schema) if scores else {},
        baselines=scores.baselines if scores else {},
        headline=scores.headline if scores else None,
        interval=scores.interval if scores else None,
        difference=difference(scores) if scores else None,
        coverage=scores.coverage if scores else (),
        reliability=scores.reliability if scores else None,
        reliability_before=scores.reliability_before if scores else None,
        folds=scores.folds if scores else None,
        refit_epochs=origin.refit_epochs,
        verdict=verdict(scores, network=model.settings.network, n_rows=_n_scored(model))
        if scores
        else Verdict("report.not_scored"),
        remarks=model.remarks,
    )


def _n_scored(model: FittedModel) -> int:
    """Different rows that the scores are of."""
    scores, origin = model.scores, model.provenance
    if scores is None or scores.folds is None or scores.part == "test":
        return origin.n_test
    return scores.folds.n_rows or 0


def difference(scores: Scores) -> tuple[float, float, float] | None:
    """The headline less that of the linear baseline, and the ends of its interval.

    It is that of the verdict, which asks whether 0 is within: two standard errors of the
    difference between the rows' errors (see ``Scores.against_linear``), in the headline's unit.

    >>> from goodfit.model.records import Scores
    >>> scores = Scores(part="test", metrics={"rmse": 2.0}, baselines={"ridge": {"rmse": 3.0}},
    ...                 against_linear=(-5.0, 1.0), headline="rmse")
    >>> [round(number, 3) for number in difference(scores)]
    [-1.0, -1.586, -0.551]
    """
    name, linear = scores.headline, None
    for one in ("ridge", "logistic"):
        linear = scores.baselines.get(one, {}).get(name or "", linear)
    ours = scores.metrics.get(name or "")
    if name is None or ours is None or linear is None or scores.against_linear is None:
        return None
    mean, error = scores.against_linear
    ends = [mean - CERTAIN_ERRORS * error, mean + CERTAIN_ERRORS * error]
    if name == "rmse":  # the errors are squared ones
        ends = [max(linear * linear + end, 0.0) ** 0.5 - linear for end in ends]
    if METRICS[name].larger:
        ends = [-ends[1], -ends[0]]
    return ours - linear, ends[0], ends[1]


def spread(folds: FoldScores, name: str) -> tuple[float, float] | None:
    """Mean and standard deviation of one metric over the folds; None where a fold has none.

    >>> scores = FoldScores(metrics={}, by_fold=({"mae": 1.0}, {"mae": 3.0}), kept_epochs=(1, 1))
    >>> mean, deviation = spread(scores, "mae")
    >>> mean, round(deviation, 3)
    (2.0, 1.414)
    """
    found = [value for fold in folds.by_fold if (value := fold.get(name)) is not None]
    return (mean(found), stdev(found)) if len(found) == len(folds.by_fold) else None


def _in_order(scores: Scores, schema: Schema) -> dict[str, dict[str, float | None]]:
    """The scores of each of several targets in the targets' order; a file has them by name."""
    names = [target.name for target in schema.targets]
    return {name: scores.by_target[name] for name in names if name in scores.by_target}


def by_kind(columns: tuple[Column, ...]) -> dict[Kind, tuple[str, ...]]:
    """Names of columns by kind, each in the table's order."""
    found: dict[Kind, tuple[str, ...]] = {}
    for column in columns:
        found[column.kind] = (*found.get(column.kind, ()), column.name)
    return found


def structure(network: Network, settings: Settings) -> Structure:
    """The family and the parameters of a network."""
    shapes = tuple((name, tuple(value.shape)) for name, value in network.named_parameters())
    count = sum(math.prod(shape) for _, shape in shapes)
    return Structure(network=settings.network, parameters=shapes, n_parameters=count)


def course(model: FittedModel) -> Course:
    """How the training went, read from its history."""
    settings, history = model.settings, model.history
    epochs = len(history.train_loss)
    stopped: Stopped = "finished" if epochs == settings.epochs else "early_stopping"
    patience = settings.early_stopping or epochs + 1
    if settings.optimizer == "exact":
        stopped = "solved"
    elif any(remark.code == "model.stopped_early" for remark in model.remarks):
        stopped = "interrupted"
    elif any(remark.code == "model.budget_over" for remark in model.remarks):
        stopped = "budget"
    elif settings.steps is not None and epochs - (_best(model) or epochs) < patience:
        stopped = "finished"
    n_epochs = settings.epochs or epochs
    return Course(
        n_epochs=n_epochs, epochs=epochs, kept_epoch=_best(model) or epochs, stopped=stopped
    )


def _best(model: FittedModel) -> int | None:
    """Number of the epoch that early stopping liked best; None where the last is kept."""
    settings, history = model.settings, model.history
    if settings.keep == "last" or not (settings.early_stopping or settings.keep == "best"):
        return None
    values, better = history.valid_loss, float
    if settings.metric != "auto":
        values, better = history.metric, METRICS[settings.metric].better
    best, least = None, (math.inf, math.inf)
    for epoch, (value, loss) in enumerate(zip(values, history.valid_loss, strict=True), 1):
        if value is None or loss is None:
            continue
        found = better(value), loss
        if improves(found, least, min_improvement=settings.min_improvement):
            best, least = epoch, found
    return best
