"""Numbers about a fitted model; nothing here draws or makes words."""

from __future__ import annotations

import math
from statistics import mean, stdev
from typing import TYPE_CHECKING, Any, Literal

import msgspec
import numpy as np

from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings
from goodfit.data.schema import Column, Kind, Schema, Target
from goodfit.model.records import FoldScores
from goodfit.scoring.metrics import METRICS
from goodfit.training.state import improves

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel
    from goodfit.model.records import Scores
    from goodfit.networks.contract import Network

# A difference beyond this many standard errors is not put down to chance.
CERTAIN_ERRORS = 2.0
# With fewer rows the standard error itself is a guess.
FEWEST_TEST_ROWS = 10
# Metrics that a constant guess can make perfect, and that so say nothing against a model.
MASTERED_BY_CONSTANTS = frozenset({"expected_calibration_error"})
# A loss within this share of the least possible one counts as reached.
CLOSE = 1e-3
# Points that a fitted curve is drawn through.
CURVE_POINTS = 200

Stopped = Literal["finished", "early_stopping", "interrupted", "budget", "solved"]


class Verdict(msgspec.Struct, frozen=True):
    """Whether the network is worth it: a code of the word catalog with parameters."""

    code: str
    params: dict[str, Any] = {}


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


def verdict(scores: Scores, *, network: str, n_rows: int) -> Verdict:
    """Whether the network beats a linear model by more than chance explains on ``n_rows`` rows.

    Compared are the rows' squared errors, minus the logarithms of the probabilities that they
    gave the right class, or another headline metric itself (``Scores.against_linear``).
    """
    regression = "rmse" in scores.metrics
    name = scores.headline or ("rmse" if regression else "log_loss")
    names = ("mean", "ridge") if regression else ("majority", "logistic")
    ours = scores.metrics.get(name)
    constant, linear = (scores.baselines.get(one, {}).get(name) for one in names)
    params: dict[str, Any] = {"metric": name, "linear": names[1], "constant": names[0]}
    params |= {"part": scores.part, "n_rows": n_rows}
    params |= {"score": ours, "linear_score": linear, "constant_score": constant}
    if scores.part == "training":
        return Verdict("report.not_tested", params)
    if n_rows < FEWEST_TEST_ROWS:
        return Verdict("report.too_few_test_rows", params)
    if ours is None or constant is None:
        return Verdict("report.not_defined", params)
    larger, better = METRICS[name].larger, METRICS[name].better
    if better(ours) >= better(constant) and name not in MASTERED_BY_CONSTANTS:
        return Verdict("report.worse_than_constant", params)
    if network == "linear":
        code = "report.is_linear_above" if larger else "report.is_linear"
        return Verdict(code, params | {"percent": _percent(ours, constant)})
    if scores.against_linear is None or linear is None:
        code = "report.not_compared_above" if larger else "report.not_compared"
        return Verdict(code, params | {"percent": _percent(ours, constant)})
    difference, error = scores.against_linear
    if difference < -CERTAIN_ERRORS * error:
        code = "report.worth_it_above" if larger else "report.worth_it"
        return Verdict(code, params | {"percent": _percent(ours, linear)})
    if difference > CERTAIN_ERRORS * error:
        code = "report.linear_better_above" if larger else "report.linear_better"
        return Verdict(code, params | {"percent": _percent(linear, ours)})
    return Verdict("report.linear_as_good", params)


def _percent(less: float, more: float) -> float:
    """How far ``less`` lies below ``more``, in per cent of it."""
    return 100 * (1 - less / more) if more else 0.0


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
