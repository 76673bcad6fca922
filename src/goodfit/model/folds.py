"""Several folds: a network for each, scored on rows that it has not seen."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import replace
from statistics import median_low
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from goodfit.core.errors import GoodfitError
from goodfit.core.settings import Settings, decided
from goodfit.data.parts import count_groups, plan_parts
from goodfit.data.split import Fold, Plan
from goodfit.data.table import Table
from goodfit.model.baseline import Line, constant_of, predict_beside
from goodfit.model.records import Figures, FoldScores, KeptOut, Predictions, joined
from goodfit.training.events import Event, StageStarted

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel
    from goodfit.model.run import Run


#: How a fold's training rows are divided into those that train and those that watch.
WATCHED = "8:2:0"
#: What settings that watch validation rows say where there are none.
UNWATCHED: Mapping[str, Any] = {
    "early_stopping": 0,
    "start_patience": 0,
    "keep": "last",
    "min_improvement": 0.0,
}


def within_groups(table: Table, plan: Plan, given: Settings, found: Settings) -> Settings:
    """What was given, with no more folds of an ensemble than the groups can fill.

    Args:
        table: every row.
        plan: the parts.
        given: before anything was decided.
        found: as they would be decided.

    >>> import pyarrow as pa
    >>> from goodfit.core.settings import make_settings
    >>> table = Table({"g": pa.chunked_array([["a", "a", "b", "b", "c", "c"]])}, 6)
    >>> given = make_settings(group="g")
    >>> plan = Plan((Fold(np.arange(4), np.arange(0)),), np.arange(4, 6))
    >>> within_groups(table, plan, given, make_settings(given, network="ensemble", bag=8)).bag
    2
    """
    if given.group is None or given.bag is not None or found.network != "ensemble":
        return given
    folds = [fold.training for fold in plan.folds] if len(plan.folds) > 1 else [plan.learning]
    fewest = min(count_groups(table, rows, settings=given) for rows in folds)
    return msgspec.structs.replace(given, bag=fewest) if fewest < decided(found.bag) else given


def train_folds(run: Run) -> Generator[Event, None, tuple[FoldScores, KeptOut]]:
    """Train a network on every fold's training rows, and score it on those kept out.

    Baselines learn from the same rows of a fold, where no test rows wait for them.

    Each learns its own statistics from its own rows, and starts from the same seed. Rows that
    decide when to stop could not score: a fifth of the training rows watches instead.

    Args:
        run: whose plan holds the folds; it is not changed, but for a threshold that is found.

    Raises:
        GoodfitError: if the training is stopped, for there is no model yet.
    """
    folds, found = run.plan.folds, list[KeptOut]()
    kept_epochs, by_fold = list[int](), list[Figures]()
    for number, fold in enumerate(folds, 1):
        yield StageStarted("fold", number, len(folds))
        inner = watched(run, fold)
        # Rows that chose a threshold could not score it.
        own = run.bag or inner is not fold
        one = run.again(inner, run.settings if own else _undecided(run.settings))
        yield from one.train()
        if run.controls.stop:
            raise GoodfitError("model.stopped_in_fold", fold=number, n_folds=len(folds))
        found.append(_predicted(run, one, fold))
        by_fold.append(_score(run, fold.validation, found[-1].network))
        kept_epochs.append(one.kept_epoch)
    every = _all(found)
    whole = _score(run, every.rows, every.network)
    if run.settings.threshold == "best":
        run.decide_by(every.rows, every.network)
    scores = FoldScores(
        metrics=whole,
        by_fold=tuple(by_fold),
        kept_epochs=tuple(kept_epochs),
        repeats=run.settings.repeats or 1,
        n_rows=len(np.unique(every.rows)),
    )
    return scores, every


def _predicted(run: Run, one: Run, fold: Fold) -> KeptOut:
    """What one fold's network, and its baselines, predict of the rows that were kept from them."""
    rows, model = fold.training, one.bare_model()
    line: Line | None = None if len(run.plan.test) else one.solve_line(rows)
    weight = None if run.weight is None else run.weight[rows]
    constant = constant_of(model, run.target_values[rows], weight)
    found = predict_beside(model, run.table, fold.validation, constant=constant, line=line)
    if run.settings.threshold != "best":
        return found
    return KeptOut(
        found.rows,
        network=_decided(model, found.network),
        constant=_decided(model, found.constant),
        linear=None if found.linear is None else _decided(model, found.linear),
    )


def _decided(model: FittedModel, found: Predictions) -> Predictions:
    """Predictions with the classes that a fold's own threshold decides on."""
    return replace(found, classes=model.answers.decide(found.ratings))


def _all(found: Sequence[KeptOut]) -> KeptOut:
    """The predictions of all folds as one."""
    lines = [one.linear for one in found if one.linear is not None]
    return KeptOut(
        np.concatenate([one.rows for one in found]),
        network=joined([one.network for one in found]),
        constant=joined([one.constant for one in found]),
        linear=joined(lines) if len(lines) == len(found) else None,
    )


def watched(run: Run, fold: Fold) -> Fold:
    """A fold whose training is watched by rows of its own, divided as the table is.

    Where the settings let nothing depend on them, the rows kept out are merely shown.
    """
    settings = run.settings
    if run.bag:  # its own folds watch each other
        return Fold(fold.training, np.empty(0, np.int64))
    unwatched = settings.early_stopping == 0 and settings.keep != "best"
    if settings.optimizer == "exact" or (unwatched and settings.schedule != "reduce_on_plateau"):
        return fold
    rows = fold.training
    table, values = run.table.take(rows), run.target_values[rows]
    classes = values.astype(np.int64) if run.schema.target.levels else None
    chosen = msgspec.structs.replace(settings, split=WATCHED, folds=None)
    try:
        plan, _ = plan_parts(table, classes, settings=chosen)
    except GoodfitError:  # one group or one moment cannot be divided; its rows can
        chosen = msgspec.structs.replace(chosen, group=None, time=None)
        plan, _ = plan_parts(table, classes, settings=chosen)
    return Fold(rows[plan.final.training], rows[plan.final.validation])


def _undecided(settings: Settings) -> Settings:
    """Without the search for a threshold."""
    if settings.threshold != "best":
        return settings
    return msgspec.structs.replace(settings, threshold=None)


def _score(run: Run, rows: np.ndarray, found: Predictions) -> Figures:
    weight = None if run.weight is None else run.weight[rows]
    return run.answers.score(run.target_values[rows], found, weight=weight)


def for_epochs(settings: Settings, epochs: int) -> Settings:
    """The same settings for a training that nothing watches, of so many epochs."""
    if settings.optimizer == "exact":
        return settings
    return msgspec.structs.replace(settings, epochs=epochs, **UNWATCHED)


def usual_epochs(scores: FoldScores) -> int:
    """Epochs for the network that learns from all folds: the median of what they kept.

    >>> usual_epochs(FoldScores(metrics={}, by_fold=(), kept_epochs=(30, 10, 80)))
    30
    """
    return median_low(scores.kept_epochs)
