"""Several folds: a network for each, scored on rows that it has not seen."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from statistics import median_low
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from goodfit.core.errors import GoodfitError
from goodfit.core.settings import Settings
from goodfit.data.parts import plan_parts
from goodfit.data.split import Fold
from goodfit.model.records import Figures, FoldScores, Predictions, joined
from goodfit.training.events import Event, StageStarted

if TYPE_CHECKING:
    from goodfit.model.run import Run


#: How a fold's training rows are divided into those that train and those that watch.
WATCHED = "8:2:0"
#: What settings that watch validation rows say where there are none.
UNWATCHED: Mapping[str, Any] = {"early_stopping": 0, "keep": "last", "min_improvement": 0.0}


def train_folds(run: Run) -> Generator[Event, None, FoldScores]:
    """Train a network on every fold's training rows, and score it on those kept out.

    Each learns its own statistics from its own rows, and starts from the same seed. Rows that
    decide when to stop could not score: a fifth of the training rows watches instead.

    Args:
        run: whose plan holds the folds; it is not changed, but for a threshold that is found.

    Raises:
        GoodfitError: if the training is stopped, for there is no model yet.
    """
    folds, found = run.plan.folds, list[Predictions]()
    kept_epochs, by_fold = list[int](), list[Figures]()
    for number, fold in enumerate(folds, 1):
        yield StageStarted("fold", number, len(folds))
        one = run.again(watched(run, fold), _undecided(run.settings))
        yield from one.train()
        if run.controls.stop:
            raise GoodfitError("model.stopped_in_fold", fold=number, n_folds=len(folds))
        model = one.finish(judged=False)
        found.append(model.predict_table(run.table.take(fold.validation)))
        by_fold.append(_score(run, fold.validation, found[-1]))
        kept_epochs.append(one.kept_epoch)
    rows = np.concatenate([fold.validation for fold in folds])
    whole = _score(run, rows, joined(found))
    if run.settings.threshold == "best":
        run.decide_by(rows, joined(found))
    return FoldScores(metrics=whole, by_fold=tuple(by_fold), kept_epochs=tuple(kept_epochs))


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
    """Without the search for a threshold: rows that chose it could not score it."""
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
