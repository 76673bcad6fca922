"""Going on from a model with new rows of the same columns: what may change, what stays."""

# pyarrow brings no types.
# pyright: reportUnknownParameterType=false

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np

from goodfit.core.errors import GoodfitError
from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.core.settings import (
    READING,
    Settings,
    checked_value,
    defaults,
    field_types,
    group_of,
    make_settings,
    meaningful,
    split_ratios,
)
from goodfit.core.words import SHOWN_ITEMS
from goodfit.data.fingerprint import fingerprint
from goodfit.data.kinds import check_columns, check_decimals, weighing_column
from goodfit.data.parse import read_targets, read_words
from goodfit.data.schema import Schema, Target
from goodfit.data.table import Table
from goodfit.data.target import check_apart
from goodfit.model.few_rows import decided_by_rows
from goodfit.model.fitted import FittedModel
from goodfit.model.folds import UNWATCHED
from goodfit.preprocessing.categories import UNSEEN, level_codes
from goodfit.preprocessing.preprocessing import Preprocessing

#: Groups of settings that may differ from those of the model that one goes on from, ...
FREE_GROUPS = frozenset({"parts", "optimizer", "schedule", "course", "decision", "machine"})
#: ... and single settings: how the new file is written, and what is no part of the structure.
FREE = frozenset({*READING, "dropout", "weight", "class_weight"})
#: What makes the parts; one of them replaces all of the model's.
DIVIDING = ("split", "group", "time", "part")
#: What is asked for anew each time.
ONCE = ("folds", "repeats", "refit", *READING)
# What decides on the class; likewise.
DECIDING = ("class_cost", "threshold")
# New rows whose center is this many scales away from that of the model's are far off.
FAR = 1.0


def settings_to_go_on(model: FittedModel, given: Mapping[str, Any]) -> Settings:
    """The model's settings with what was given over those that may change.

    Args:
        model: to go on from.
        given: settings by name, unchecked. What makes the structure may be given as it is.

    Raises:
        GoodfitError: for another structure, and as ``make_settings``.

    >>> import goodfit
    >>> model = goodfit.fit({"x": [1, 2, 3, 4], "y": [2, 4, 6, 8]}, target="y", epochs=2,
    ...                     split="none", widths=(4,))
    >>> settings_to_go_on(model, {"epochs": 7}).widths
    (4,)
    """
    free, before = dict[str, Any](), model.settings
    for name, value in given.items():
        if name in field_types() and not may_change(name):
            _check_same(before, name, checked_value(name, value))
        else:
            free[name] = value
    # What plays no part may have had another default when an older file was written.
    used = msgspec.structs.replace(defaults(), **meaningful(before))
    once = {name: getattr(defaults(), name) for name in ONCE}
    if before.part is not None or decided_by_rows(model.remarks):
        once["split"] = defaults().split  # which nobody chose
    settings = make_settings(used, **{**once, **_reset(before, free), **free})
    if settings.optimizer == "exact":
        raise GoodfitError("model.exact_starts_anew")
    ratios = split_ratios(settings.split)
    watched = settings.folds is not None or (ratios is not None and ratios[1] > 0)
    if watched:
        return settings
    return make_settings(settings, **{n: v for n, v in UNWATCHED.items() if n not in free})


def may_change(name: str) -> bool:
    """Whether a setting may differ from that of the model that one goes on from.

    >>> may_change("learning_rate"), may_change("widths")
    (True, False)
    """
    return group_of(name) in FREE_GROUPS or name in FREE


def _check_same(before: Settings, name: str, value: Any) -> None:
    """Refuse another value of what the model's structure is made of."""
    mine = getattr(before, name)
    if value != mine and value not in (None, "auto", ()):
        raise GoodfitError("model.setting_stays", name=name, value=str(value), mine=str(mine))


def _reset(before: Settings, free: Mapping[str, Any]) -> dict[str, Any]:
    """Defaults for what belongs to a choice made anew: parts, decision, optimizer."""
    kinds = (DIVIDING, DECIDING)
    names = tuple(name for kind in kinds if any(n in free for n in kind) for name in kind)
    if "optimizer" in free and free["optimizer"] != before.optimizer:
        stepping = {"optimizer", "schedule", "course"}
        names = (*names, *(name for name in field_types() if group_of(name) in stepping))
        if free["optimizer"] == "lbfgs":  # which allows none, and the model may have some
            names = (*names, "dropout")
    return {name: getattr(defaults(), name) for name in names}


def read_known_targets(
    table: Table, model: FittedModel, names: Sequence[str] | None, *, settings: Settings
) -> tuple[tuple[Target, ...], np.ndarray, tuple[Remark, ...]]:
    """The model's targets and their values in new rows, once they have every column of the model.

    Args:
        table: every new row.
        model: to go on from.
        names: of the targets, if they were given.
        settings: of the new training.

    Returns:
        The targets; (row,) numbers or indices of levels, or (row, target); and remarks.

    Raises:
        GoodfitError: for another target, one that shall divide or weigh the rows, a missing
            column, or a class that the model lacks.
    """
    mine = [target.name for target in model.schema.targets]
    if names and list(names) != mine:
        raise GoodfitError("model.other_target", given=list(names), mine=mine)
    for name in mine:
        check_apart(name, settings)
    remarks = check_columns(table, model.schema, need_target=True)
    check_decimals(table, model.schema)
    reason = Remark("model.target_known")
    goals = tuple(msgspec.structs.replace(goal, reason=reason) for goal in model.schema.targets)
    return goals, read_targets(table, goals), remarks


def schema_to_go_on(
    table: Table, model: FittedModel, goals: tuple[Target, ...], settings: Settings
) -> Schema:
    """The model's schema, and a new column of weights, which the scores must read again.

    Args:
        table: every new row.
        model: to go on from.
        goals: its targets, as they are known now.
        settings: of the new training.

    Raises:
        GoodfitError: if the weights are a column that the network sees.
    """
    name, columns = settings.weight, model.schema.columns
    if name is not None and name in [column.name for column in model.schema.features]:
        raise GoodfitError("model.weight_is_feature", column=name)
    if name is not None and name not in [column.name for column in columns]:
        columns = (*columns, weighing_column(table, name, settings=settings))
    return msgspec.structs.replace(model.schema, targets=goals, columns=columns)


def said_of_going_on(
    table: Table, rows: np.ndarray, model: FittedModel, settings: Settings
) -> Iterator[Remark]:
    """That it goes on, and where the new rows are unlike those that the model knows.

    Args:
        table: every new row.
        rows: (row,) those that will train.
        model: to go on from.
        settings: of the new training.
    """
    yield finding("model.goes_on", {"n_rows": model.provenance.n_training})
    known = {*model.provenance.earlier, model.provenance.table}
    if fingerprint(table) in known and not _same_parts(model, settings):
        yield finding("model.same_table")
    training = table.take(rows)
    fresh, _ = Preprocessing.learn(
        table,
        rows=rows,
        schema=model.schema,
        settings=model.settings,
        outputs=model.objective.n_outputs,
        weight=None,
    )
    for old, new in zip(model.preprocessing.columns, fresh.columns, strict=True):
        if (levels := getattr(old, "levels", None)) is not None:
            least = settings.min_level_count
            yield from _said_of_levels(training, old.name, levels, least_rows=least)
        center, scale = getattr(old, "center", None), getattr(old, "scale", None)
        if center is None or scale is None or model.settings.preprocessing == "none":
            continue
        now = getattr(new, "center", center)
        if abs(now - center) > FAR * scale:
            params = {"column": old.name, "now": now, "center": center, "scale": scale}
            yield finding("model.rows_far_off", params)


def _same_parts(model: FittedModel, settings: Settings) -> bool:
    """Whether the same table is divided as it was, and no row that scores trained the model."""
    if settings.folds is not None:
        return False
    names = (*DIVIDING, "seed")
    same = all(getattr(model.settings, name) == getattr(settings, name) for name in names)
    return same and model.provenance.refit_epochs is None


def _said_of_levels(
    table: Table, name: str, levels: tuple[str, ...], *, least_rows: int
) -> Iterator[Remark]:
    """The levels that the model does not know; rare ones are not named, as in its file."""
    words = read_words(table, name)
    strange = np.flatnonzero(level_codes(words, levels) == UNSEEN)
    if len(strange):
        n_rows = Counter(words.take(strange).to_pylist())
        named = [word for word, count in n_rows.items() if count >= least_rows]
        params = {"column": name, "count": len(strange), "levels": named[:SHOWN_ITEMS]}
        code = "model.levels_unseen" if named else "model.levels_unseen_rare"
        yield finding(code, params | {"n_levels": len(n_rows)})
