"""The parts of a table as the settings ask for them: by chance, group, time or name."""

# pyarrow brings no types, and makes its functions for columns when it is imported.
# pyright: reportAttributeAccessIssue=false, reportUnknownParameterType=false

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodfit.core.errors import GoodfitError
from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings, decided, split_ratios
from goodfit.data.cells import decoded, numbers_in
from goodfit.data.look import look_at
from goodfit.data.parse import read_words
from goodfit.data.split import (
    Fold,
    Plan,
    fold_rows,
    fold_times,
    split_groups,
    split_named,
    split_rows,
    split_times,
)
from goodfit.data.table import Table
from goodfit.data.target import unknown_column

#: Words for the parts, in lower case: 0 training, 1 validation, 2 test.
PART_WORDS = {"train": 0, "training": 0, "valid": 1, "validation": 1, "val": 1, "test": 2}


def plan_parts(
    table: Table, classes: np.ndarray | None, *, settings: Settings
) -> tuple[Plan, tuple[Remark, ...]]:
    """Divide the rows of a table.

    Args:
        table: every row.
        classes: (row,) indices of levels, of which each part has its share; None without any.
        settings: ``split``, ``folds``, ``repeats`` and ``seed``; ``group``, ``time`` or ``part``
            names a column.

    Returns:
        The parts, and how they were made, if not by chance alone.

    Raises:
        GoodfitError: if there is no such column, a cell of it is missing or cannot be
            understood, or there is too little for every part.

    >>> from goodfit.core.settings import make_settings
    >>> table = Table({"day": pa.chunked_array([["2024-02-01", "2024-01-01", "2024-03-01"]])}, 3)
    >>> plan, remarks = plan_parts(table, None, settings=make_settings(time="day"))
    >>> plan.test, remarks[0].params["test"]
    (array([2]), '2024-03-01')
    """
    count, seed = settings.folds, settings.seed
    if settings.part is not None:
        plan = split_named(_read_parts(table, settings.part))
        if not len(plan.final.training):
            raise GoodfitError("data.part_without_training", column=settings.part)
        return plan, (finding("data.split_by_part", {"column": settings.part}),)
    ratios = split_ratios(settings.split)
    groups = None if settings.group is None else _read_groups(table, settings.group)
    times = None if settings.time is None else read_times(table, settings.time, settings=settings)
    if ratios is not None and groups is not None:
        plan = split_groups(groups, classes, ratios=ratios, seed=seed)
    elif ratios is not None and times is not None:
        plan = split_times(times, ratios=ratios)
    else:
        plan = split_rows(classes, n_rows=table.n_rows, ratios=ratios, seed=seed)
    if count is not None and times is not None:
        plan = fold_times(plan, times, count=count)
    elif count is not None:
        plan = fold_rows(
            plan, classes, groups=groups, count=count, seed=seed, repeats=settings.repeats or 1
        )
    return plan, tuple(_said(table, plan, settings, groups=groups, times=times))


def bag_folds(
    table: Table, rows: np.ndarray, classes: np.ndarray | None, *, settings: Settings
) -> tuple[Fold, ...]:
    """Divide rows among the folds of one model, so that each row is kept out of one of them.

    Args:
        table: every row.
        rows: (row,) those that the model learns from.
        classes: (row of the table,) indices of levels, or None.
        settings: ``bag`` says how many folds; rows of one ``group`` stay together.

    Raises:
        GoodfitError: if there are fewer rows, or groups, than folds.

    >>> from goodfit.core.settings import make_settings
    >>> table = Table({"x": pa.chunked_array([[1.0, 2.0, 3.0, 4.0]])}, 4)
    >>> folds = bag_folds(table, np.arange(4), None, settings=make_settings(bag=2))
    >>> [len(fold.training) for fold in folds]
    [2, 2]
    """
    groups = None if settings.group is None else _read_groups(table, settings.group)
    plan = Plan((Fold(np.sort(rows), np.empty(0, np.int64)),), np.empty(0, np.int64))
    count = settings.bag or 1
    return fold_rows(plan, classes, groups=groups, count=count, seed=settings.seed).folds


def count_groups(table: Table, rows: np.ndarray, *, settings: Settings) -> int:
    """Groups that some rows belong to; as many as there are rows where no column groups them.

    >>> from goodfit.core.settings import make_settings
    >>> table = Table({"g": pa.chunked_array([["a", "b", "a"]])}, 3)
    >>> count_groups(table, np.array([0, 2]), settings=make_settings(group="g"))
    1
    """
    if settings.group is None:
        return len(rows)
    return len(np.unique(_read_groups(table, settings.group)[rows]))


def read_groups(table: Table, settings: Settings) -> np.ndarray | None:
    """Number of each row's group, (row,); None where no column groups them.

    >>> from goodfit.core.settings import make_settings
    >>> table = Table({"g": pa.chunked_array([["a", "b", "a"]])}, 3)
    >>> read_groups(table, make_settings(group="g")).tolist()
    [0, 1, 0]
    """
    return None if settings.group is None else _read_groups(table, settings.group)


def read_times(table: Table, name: str, *, settings: Settings) -> np.ndarray:
    """Whole numbers that grow with a column of numbers or dates, (row,) int64, equal for equal.

    Raises:
        GoodfitError: if there is no such column, or a cell is missing or neither number nor date.

    >>> from goodfit.core.settings import make_settings
    >>> table = Table({"day": pa.chunked_array([["2024-02-01", "2023-12-31 18:30"]])}, 2)
    >>> read_times(table, "day", settings=make_settings()).tolist()
    [1, 0]
    """
    _check_there(table, "time", name)
    # The rows are in order of time even where dates are no features.
    found = look_at(table, name, settings=msgspec.structs.replace(settings, dates="encode"))
    words = found.words
    column: Any = decoded(table.columns[name])
    missing = np.asarray(pc.is_null(column if words is None else words))
    if found.numbers is not None:
        _check_filled(table, "time", name, missing | np.isnan(found.numbers))
        return np.unique(found.numbers, return_inverse=True)[1]
    _check_filled(table, "time", name, missing)
    if words is not None:
        numbers, strange = numbers_in(words)
        if found.dates is not None:
            column = pa.chunked_array([found.dates.moments.universal])
        elif strange is None:
            column = pa.chunked_array([numbers])
        else:
            raise _unreadable("data.time_unreadable", table, name, words, strange)
    # pyarrow counts ranks from 1.
    return pc.rank(column, tiebreaker="dense").to_numpy().astype(np.int64) - 1


def _read_groups(table: Table, name: str) -> np.ndarray:
    """Number of each row's group, (row,), from 0 on, in the order of the words."""
    _check_there(table, "group", name)
    words = read_words(table, name)
    _check_filled(table, "group", name, np.asarray(pc.is_null(words)))
    return pc.rank(words, tiebreaker="dense").to_numpy().astype(np.int64) - 1


def _read_parts(table: Table, name: str) -> np.ndarray:
    """Part of each row, (row,): 0 training, 1 validation, 2 test."""
    _check_there(table, "part", name)
    words = read_words(table, name)
    _check_filled(table, "part", name, np.asarray(pc.is_null(words)))
    known = pa.array(list(PART_WORDS), pa.string())
    found = pc.index_in(pc.utf8_lower(words), value_set=known)
    strange = np.asarray(pc.is_null(found))
    if strange.any():
        raise _unreadable("data.part_unknown", table, name, words, strange)
    return np.array(list(PART_WORDS.values()))[found.to_numpy()]


def _check_there(table: Table, setting: str, name: str) -> None:
    if name not in table.columns:
        raise unknown_column(setting, name, table)


def _check_filled(table: Table, setting: str, name: str, missing: np.ndarray) -> None:
    if missing.any():
        rows = table.say_rows(np.flatnonzero(missing))
        params = {"setting": setting, "column": name, "count": len(rows), "rows": rows}
        raise GoodfitError("data.divider_missing", **params)


def _unreadable(
    code: str, table: Table, name: str, words: pa.ChunkedArray, strange: np.ndarray
) -> GoodfitError:
    rows = table.say_rows(np.flatnonzero(strange))
    found = pc.unique(words.filter(pa.array(strange))).to_pylist()
    return GoodfitError(code, column=name, count=len(rows), rows=rows, words=found)


def _said(
    table: Table,
    plan: Plan,
    settings: Settings,
    *,
    groups: np.ndarray | None,
    times: np.ndarray | None,
) -> Iterator[Remark]:
    """How the rows were divided, if not by chance alone."""
    folded = len(plan.folds) > 1
    if groups is not None:
        fold = plan.final
        parts = {"training": fold.training, "validation": fold.validation, "test": plan.test}
        counts = {f"n_{name}": len(np.unique(groups[rows])) for name, rows in parts.items()}
        code = "data.folds_by_group" if folded else "data.split_by_group"
        yield finding(code, {"column": settings.group, **counts})
    if times is not None:
        yield from _said_of_times(table, plan, times, settings)
    if folded:
        params = {"count": settings.folds, "n_rows": len(plan.learning)}
        if len(plan.folds) > decided(settings.folds):
            params |= {"repeats": settings.repeats, "n_folds": len(plan.folds)}
            yield finding("data.folds_repeated", params)
        else:
            yield finding("data.folds_by_time" if times is not None else "data.folds", params)


def _said_of_times(
    table: Table, plan: Plan, times: np.ndarray, settings: Settings
) -> Iterator[Remark]:
    """Where the later parts begin, in the table's own words."""
    name, validation, test = settings.time, plan.final.validation, plan.test
    assert name is not None
    last = test if len(test) else validation
    params: dict[str, Any] = {"column": name, "percent": round(100 * len(last) / len(times))}
    for part, rows in (("validation", validation), ("test", test)):
        if len(rows):
            first = rows[times[rows].argmin()]
            params[part] = str(table.columns[name][int(first)].as_py()).strip()
    if len(validation) and len(test):
        yield finding("data.split_by_time", params)
    elif len(test):
        yield finding("data.split_by_time_test", params)
    elif len(validation):
        yield finding("data.split_by_time_validation", params)
