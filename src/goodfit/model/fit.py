"""From a table to a model: the straight line, on one screen."""

from __future__ import annotations

import inspect
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from goodfit.core.errors import GoodfitError
from goodfit.core.findings import finding, refuse_warnings
from goodfit.core.own import Own, split_own
from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings, defaults, field_types, make_settings
from goodfit.data.findings import of_learning_rows
from goodfit.data.kinds import infer_schema, infer_targets
from goodfit.data.parse import read_targets
from goodfit.data.read import read_table
from goodfit.data.schema import Target
from goodfit.data.split import draw_rows
from goodfit.data.table import Table
from goodfit.data.weights import as_weight, evened, read_weight
from goodfit.model.artifact import as_model
from goodfit.model.begin import begin
from goodfit.model.budget import Allowance, within_budget
from goodfit.model.checkpoints import Checkpoints, kept_in
from goodfit.model.classes import check_classes, class_remarks
from goodfit.model.few_rows import settled_parts
from goodfit.model.fitted import FittedModel
from goodfit.model.folds import within_groups
from goodfit.model.going_on import (
    read_known_targets,
    said_of_going_on,
    schema_to_go_on,
    settings_to_go_on,
)
from goodfit.model.recommended import recommended
from goodfit.model.run import Run
from goodfit.networks.own import takes_dense_only
from goodfit.training.controls import Controls
from goodfit.training.events import Event
from goodfit.training.losses import kinds
from goodfit.training.objectives import objective_for


def start(
    source: Any,
    *,
    target: str | Sequence[str] | None,
    settings: Settings,
    weight: Any = None,
    own: Own | None = None,
    controls: Controls | None = None,
    known: tuple[tuple[Target, ...], np.ndarray] | None = None,
    earlier: FittedModel | None = None,
    allowance: Allowance | None = None,
    checkpoints: Checkpoints | None = None,
) -> Run:
    """Everything up to the first step: read, understand, split, preprocess, build.

    Args:
        source: see :func:`fit`, also for the errors.
        target: name of the column to predict, or names of several; None for that of ``earlier``.
        settings: what was chosen.
        weight: (row,) numbers, where no column is named by the settings, or None.
        own: objects that stand for names in the settings.
        controls: to stop the training by; new ones if not given.
        known: the targets and their values, (row,) numbers or indices of levels or (row,
            target), for who knows them better than they could be found out.
        earlier: a model to go on from; ``settings`` come from ``settings_to_go_on`` then.
        allowance: what a budget is counted by; from now on if not given.
        checkpoints: where the run is kept while it trains, and may go on from.
    """
    chosen = settings
    own, allowance = own or Own(), allowance or Allowance(time.monotonic())
    own.check(settings)
    if target is None and known is None and earlier is None:
        raise GoodfitError("model.target_needed")
    names = [target] if isinstance(target, str) else [str(name) for name in target or ()]
    table, goals, values, weight, remarks = _understood(
        source, names, settings=settings, weight=weight, known=known, earlier=earlier
    )
    task, levels = goals[0].task, goals[0].levels
    check_classes(settings, goals[0])
    classes = values.astype(np.int64) if levels else None
    plan, settings, said = settled_parts(table, goals[0], classes, settings=settings)
    if earlier is None:
        schema, found = infer_schema(table, targets=goals, settings=settings, rows=plan.learning)
    else:
        found = tuple(said_of_going_on(table, plan.final.training, earlier, settings))
        schema = schema_to_go_on(table, earlier, goals, settings)
    objective = objective_for(
        task, n_levels=len(levels), n_targets=len(goals), settings=settings, own=own
    )
    if settings.sample is not None:
        plan = draw_rows(plan, classes, count=settings.sample, seed=settings.seed)
    strange = of_learning_rows(table, schema, values, plan.learning, settings=settings)
    resolve = partial(
        recommended,
        task=task,
        foldable=settings.time is None and settings.part is None,
        dense_only=takes_dense_only(own),
    )
    last, began = plan.folds[-1], allowance.clock()
    sized = partial(resolve, n_rows=len(last.training), n_watching=len(last.validation))
    given = within_groups(table, plan, settings, sized(settings))
    settings = sized(given)
    _check_allowed(table, goals, values, settings)
    begun, learnt = begin(
        table,
        fold=plan.final,
        classes=classes,
        weight=weight,
        schema=schema,
        objective=objective,
        settings=settings,
        own=own,
        earlier=earlier,
    )
    run = Run(
        table, weight, values, plan, plan.final, schema, objective=objective, **vars(begun),
        controls=controls or Controls(), remarks=(*remarks, *said, *found, *learnt, *strange),
        own=own, earlier=earlier,
    )  # fmt: skip
    run.remarks += class_remarks(settings, goals[0], run.of_classes)
    if settings.strict:
        refuse_warnings(run.remarks)
    if settings.budget is not None:
        run.controls.clock = allowance.clock
    if checkpoints is not None:
        run = checkpoints.join(run, chosen)
    if run.settings.budget is None:  # a plan that was kept has no other
        return run
    run = within_budget(run, given, resolve, allowance, allowance.clock() - began)
    return checkpoints.plan(run) if checkpoints is not None else run


def fit(
    source: Any,
    *,
    target: str | Sequence[str] | None = None,
    weight: Any = None,
    start_from: FittedModel | str | Path | None = None,
    watch: Callable[[Event], None] | None = None,
    checkpoint: str | Path | None = None,
    resume: bool = False,
    **settings: Any,
) -> FittedModel:
    """Fit a network to a table and score it on rows that nothing has seen.

    Args:
        source: a path of a file (CSV, JSON lines, Parquet, Arrow, Excel, SQLite), several of
            them, a pattern or a folder of parts, which are one table; the address of a
            database; an open file; a DataFrame (pandas, Polars, Arrow), a mapping of columns,
            or a NumPy array (columns ``x0``, ``x1``, …).
        target: name of the column to predict, or names of several columns of numbers.
        weight: how much each row counts, at least 0: (row,) or the name of a column; all alike
            if not given.
        start_from: a model, or its file, to go on from with new rows of the same columns: its
            target, scaling, levels, network and settings stay. Those of the parts, of the
            optimizer and of the course of training may be given anew.
        watch: called with every training event.
        checkpoint: a file to keep a long training in while it runs: written every ten seconds
            or so, and removed at the end.
        resume: go on from the checkpoint, if it is there, and end with the model that the fit
            would have ended with. Table and settings must be the same.
        **settings: any of :class:`goodfit.Settings`, by name. ``network``, ``activation``,
            ``loss`` and ``optimizer`` may also be objects: a class that makes a
            ``torch.nn.Module``, a function of a tensor, a function of outputs (row, output)
            and targets that gives each row's error, a class of optimizers. A loss sees numbers
            as they are trained on: standardised, unless ``target_scaling`` says otherwise.

    Returns:
        The model, its ``scores`` on the test rows included; of fewer than 50 rows, where nothing
        is said of parts, on rows that were kept out of folds.

    Raises:
        GoodfitError: for a table or settings that cannot be used; it says what to do.

    >>> import goodfit
    >>> table = {"x": [1, 2, 3, 4, 5], "y": [3, 5, 7, 9, 11]}
    >>> model = goodfit.fit(table, target="y", network="linear", optimizer="exact", split="none")
    >>> model.predict({"x": [6.0]}).round(6)
    array([13.])
    """
    allowance = Allowance(time.monotonic())
    if checkpoint is None and resume:
        raise GoodfitError("model.resume_needs_checkpoint")
    if isinstance(weight, str):
        settings, weight = {**settings, "weight": weight}, None
    if target is not None and not isinstance(target, (list, tuple)):
        target = str(target)  # as the names of columns are, whatever a DataFrame has for them
    given, own = split_own(settings)
    earlier = None if start_from is None else as_model(start_from)
    chosen = make_settings(**given) if earlier is None else settings_to_go_on(earlier, given)
    with ExitStack() as stack:
        kept = stack.enter_context(kept_in(Path(checkpoint), resume=resume)) if checkpoint else None
        run = start(
            source, target=target, settings=chosen, weight=weight, own=own, earlier=earlier,
            allowance=allowance, checkpoints=kept,
        )  # fmt: skip
        for event in run.events():
            if watch:
                watch(event)
        return run.finish()


def with_settings(function: Callable[..., Any]) -> inspect.Signature:
    """The signature of ``fit`` with every setting by name, for those who ask Python for it."""
    own = inspect.signature(function)
    keyword = inspect.Parameter.KEYWORD_ONLY
    settings = [
        inspect.Parameter(name, keyword, default=getattr(defaults(), name), annotation=kind)
        for name, kind in field_types().items()
        if name not in own.parameters
    ]
    return own.replace(parameters=[*list(own.parameters.values())[:-1], *settings])


fit.__signature__ = with_settings(fit)  # pyright: ignore[reportFunctionMemberAccess]


def _understood(
    source: Any,
    names: list[str],
    *,
    settings: Settings,
    weight: Any,
    known: tuple[tuple[Target, ...], np.ndarray] | None,
    earlier: FittedModel | None,
) -> tuple[Table, tuple[Target, ...], np.ndarray, np.ndarray | None, tuple[Remark, ...]]:
    """The table read, its targets understood; only rows that can be learnt from are left."""
    table, remarks = read_table(source, settings=settings)
    said: tuple[Remark, ...] = ()
    if earlier is not None:
        goals, values, said = read_known_targets(table, earlier, names, settings=settings)
    elif known is not None:
        goals, values = known
    else:
        goals, said = infer_targets(table, names=names, settings=settings)
        values = read_targets(table, goals)
    row_weight = _weight_of_rows(table, weight, settings)
    table, values, row_weight, gaps = _rows_with_target(table, goals, values, row_weight)
    return table, goals, values, row_weight, (*remarks, *said, *gaps)


def _weight_of_rows(table: Table, given: Any, settings: Settings) -> np.ndarray | None:
    """(row,) of the table as it was read, from a column or as given; None without either."""
    if settings.weight is None:
        return None if given is None else as_weight(given, n_rows=table.n_rows)
    if given is not None:
        raise GoodfitError("model.weights_given_twice", column=settings.weight)
    return read_weight(table, settings.weight, settings=settings)


def _rows_with_target(
    table: Table, goals: tuple[Target, ...], values: np.ndarray, weight: np.ndarray | None
) -> tuple[Table, np.ndarray, np.ndarray | None, tuple[Remark, ...]]:
    """The rows that can be learnt from: they have every target and a weight above zero."""
    missing = np.isnan(values.reshape(len(values), len(goals)))
    remarks: tuple[Remark, ...] = ()
    for goal, gaps in zip(goals, missing.T, strict=True):
        if gaps.any():
            rows = table.say_rows(np.flatnonzero(gaps))
            params = {"column": goal.name, "count": len(rows), "rows": rows[:6]}
            remarks += (finding("model.rows_without_target", params),)
    kept = ~missing.any(axis=1)
    if not kept.any():
        raise GoodfitError("model.no_row_with_targets", columns=[goal.name for goal in goals])
    if weight is not None:
        nothing = kept & (weight == 0)
        kept &= weight > 0
        if not kept.any():
            raise GoodfitError("model.weights_all_zero")
        if nothing.any():
            rows = table.say_rows(np.flatnonzero(nothing))
            params = {"count": len(rows), "rows": rows[:6]}
            remarks += (finding("model.rows_of_weight_zero", params),)
        weight = evened(weight[kept])
    if kept.all():
        return table, values, weight, remarks
    rows = np.flatnonzero(kept)
    return table.take(rows), values[rows], weight, remarks


def _check_allowed(
    table: Table, goals: tuple[Target, ...], values: np.ndarray, settings: Settings
) -> None:
    """Refuse targets that the loss has no meaning for, or that their scaling would turn round."""
    setting, choice, allows = "loss", settings.loss, kinds(settings.loss)[0].allows
    if allows == "any" and settings.target_scaling == "unit_mean":
        setting, choice, allows = "target_scaling", "unit_mean", "not_negative"
    if allows == "any" or goals[0].levels:
        return
    for goal, column in zip(goals, values.reshape(len(values), len(goals)).T, strict=True):
        bad = np.flatnonzero(column < 0 if allows == "not_negative" else column <= 0)
        if len(bad):
            raise GoodfitError(
                "training.target_negative"
                if allows == "not_negative"
                else "training.target_not_positive",
                setting=setting,
                choice=choice,
                column=goal.name,
                count=len(bad),
                value=float(column[bad[0]]),
                rows=table.say_rows(bad),
            )
