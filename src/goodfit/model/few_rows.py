"""Few rows: none is kept as a test; folds score the model, which learns from all of them."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import numpy as np

from goodfit.core.errors import GoodfitError
from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.core.settings import USUAL_SPLIT, Settings
from goodfit.data.parts import count_groups, plan_parts, read_times
from goodfit.data.schema import Target
from goodfit.data.split import Fold, Plan
from goodfit.data.table import Table

#: With fewer rows a fifth of them is less than ten, which tell next to nothing.
FEWEST_TO_TEST = 50
# A fold needs two rows, to learn from and to watch; of classes a row more for each.
FEWEST_TO_FOLD = 3
#: Folds, and how often the rows are dealt: for as many fits at least as steady as half the
#: folds dealt twice as often, of classes more (LOG.md, 2026-11-25).
FOLDS, REPEATS = 10, 2
#: Remarks on folds that those on few rows stand for.
TOLD = frozenset({"data.folds", "data.folds_repeated"})
#: Settings that need a part of the rows, or the time of folds: they go on as with many rows.
NEED_PARTS = ("refit", "budget")


def settled_parts(
    table: Table, goal: Target, classes: np.ndarray | None, *, settings: Settings
) -> tuple[Plan, Settings, tuple[Remark, ...]]:
    """The parts of a table; where nobody chose them, by how many rows there are.

    Args:
        table: every row that can be learnt from.
        goal: the target.
        classes: (row,) indices of its levels, or None.
        settings: what was chosen.

    Returns:
        The parts, the settings that say how they were made, and what there is to say of it.

    Raises:
        GoodfitError: as :func:`goodfit.data.parts.plan_parts`, and for a class without a row
            to learn from.

    >>> from goodfit.core.settings import make_settings
    >>> import pyarrow as pa
    >>> table = Table({"y": pa.chunked_array([list(range(20))])}, 20)
    >>> goal = Target(name="y", task="regression", levels=(), reason=Remark("data.task_set"))
    >>> plan, settings, _ = settled_parts(table, goal, None, settings=make_settings())
    >>> len(plan.test), settings.split, settings.folds
    (0, 'none', 20)
    """
    said: tuple[Remark, ...] = ()
    if settings.split == "auto" and settings.part is None:
        least = FEWEST_TO_FOLD + len(goal.levels)
        few = least <= table.n_rows < FEWEST_TO_TEST and settings.folds is None
        needing = [name for name in NEED_PARTS if getattr(settings, name)]
        if few and not needing:
            try:
                return _folded(table, goal, classes, settings)
            except GoodfitError as error:
                params = {"n_rows": table.n_rows, "reason": str(error)}
                said = (finding("model.few_rows_not_folded", params),)
        elif few:
            said = (finding("model.few_rows_tested", {"n_rows": table.n_rows, "name": needing[0]}),)
        settings = msgspec.structs.replace(settings, split=USUAL_SPLIT)
    plan, divided = plan_parts(table, classes, settings=settings)
    _check_classes(goal, classes, plan)
    return plan, settings, (*said, *divided)


def decided_by_rows(remarks: tuple[Remark, ...]) -> bool:
    """Whether the parts of a model were chosen for its rows being few, by its remarks."""
    return any(remark.code in {"model.few_rows", "model.few_rows_once"} for remark in remarks)


def _folded(
    table: Table, goal: Target, classes: np.ndarray | None, settings: Settings
) -> tuple[Plan, Settings, tuple[Remark, ...]]:
    """Folds alone, of as many groups or times as there are."""
    count, repeats = _dealing(table, classes, settings)
    settings = msgspec.structs.replace(settings, split="none", folds=count, repeats=repeats)
    plan, divided = plan_parts(table, classes, settings=settings)
    params = {"n_rows": table.n_rows, "least": FEWEST_TO_TEST, "count": count}
    if repeats is None:
        said = [finding("model.few_rows_once", params)]
    else:
        params |= {"repeats": repeats, "n_folds": len(plan.folds)}
        said = [finding("model.few_rows", params)]
    if classes is not None and settings.group is None and settings.time is None:
        alone = _alone(classes)
        folds = [_learning(fold, alone) for fold in plan.folds]
        folds = [fold for fold in folds if len(fold.validation)]
        if len(alone) and len(folds) > 1:
            plan = replace(plan, folds=tuple(folds))
            levels = [str(goal.levels[level]) for level in classes[alone]]
            said.append(finding("model.rows_never_kept_out", {"levels": levels}))
    _check_classes(goal, classes, plan)
    # Which says what was said already.
    divided = [remark for remark in divided if remark.code not in TOLD]
    return plan, settings, (*said, *divided)


def _dealing(
    table: Table, classes: np.ndarray | None, settings: Settings
) -> tuple[int, int | None]:
    """How many folds, and how often the rows are dealt into them; None for once."""
    if settings.time is not None:  # which comes in one order
        n_times = len(np.unique(read_times(table, settings.time, settings=settings)))
        return max(min(FOLDS, n_times - 1), 2), None
    n_groups = count_groups(table, np.arange(table.n_rows), settings=settings)
    # One row a fold needs no luck. Of classes it would always leave one that is rarer then.
    most = FOLDS * REPEATS if classes is None else FOLDS
    return (max(n_groups, 2), None) if n_groups <= most else (FOLDS, REPEATS)


def _alone(classes: np.ndarray) -> np.ndarray:
    """(row,) rows that are the only one of their class: kept out, nothing could know of it."""
    return np.flatnonzero(np.bincount(classes)[classes] == 1)


def _learning(fold: Fold, rows: np.ndarray) -> Fold:
    """The same fold, but for some rows that always train."""
    kept = np.setdiff1d(fold.validation, rows)
    return Fold(np.union1d(fold.training, np.intersect1d(fold.validation, rows)), kept)


def _check_classes(goal: Target, classes: np.ndarray | None, plan: Plan) -> None:
    """Every class must have a row to learn from, in every fold."""
    if classes is None:
        return
    for fold in plan.folds:
        present = set(np.unique(classes[fold.training]).tolist())
        for index, level in enumerate(goal.levels):
            if index not in present:
                raise GoodfitError(
                    "model.class_without_training_rows", level=str(level), column=goal.name
                )
