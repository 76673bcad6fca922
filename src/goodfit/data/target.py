"""The column to predict: its task and its classes."""

# pyarrow brings no types, and makes its functions for columns when it is imported.
# pyright: reportAttributeAccessIssue=false, reportUnknownParameterType=false

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodfit.core.errors import GoodfitError
from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings, Task
from goodfit.data.cells import (
    Decimal,
    decoded,
    found_markers,
    holds_words,
    trimmed,
    without_markers,
)
from goodfit.data.look import Look, look_at
from goodfit.data.schema import Level, Target
from goodfit.data.table import Table

# Whole numbers that count up from 0 or 1 are taken for classes up to so many of them, ...
MOST_NUMBERED_CLASSES = 20
# ... and only if each comes with so many rows on average; rarer ones are more likely counts.
ROWS_PER_NUMBERED_CLASS = 10


def infer_target(
    table: Table, *, name: str, settings: Settings
) -> tuple[Target, tuple[Remark, ...]]:
    """Find out what predicting a column is: a number, one of two classes, one of several.

    Args:
        table: every row; the target is the one column that is read before the split.
        name: of the column.
        settings: ``task`` overrides what is found.

    Raises:
        GoodfitError: if there is no such column, or nothing can be learnt from it.

    >>> from goodfit.core.settings import make_settings
    >>> from goodfit.data.read import read_table
    >>> table, _ = read_table({"y": ["no", "yes", "no", "yes"]}, settings=make_settings())
    >>> target, _ = infer_target(table, name="y", settings=make_settings())
    >>> target.task, target.levels
    ('binary', ('no', 'yes'))
    """
    if name not in table.columns:
        raise unknown_column("target", name, table)
    check_apart(name, settings)
    found = _look(table, name, settings)
    if found.kind == "date":
        raise GoodfitError("data.target_dates", column=name)
    if found.kind == "nothing":
        raise GoodfitError("data.target_missing", column=name)
    if settings.task == "regression" and found.kind == "word":
        raise GoodfitError("data.target_words", column=name)
    if found.kind == "number":
        target = _of_numbers(name, found, settings)
        kept: tuple[str, ...] = ()
    else:
        target, kept = _of_words(table, name, found, settings)
    remarks = [*_comma_remark(name, target.decimal)]
    remarks += marker_remark(table.columns[name], name, keep=kept)
    return target, tuple(remarks)


def check_apart(name: str, settings: Settings) -> None:
    """See that no setting asks for the target as another kind of column.

    Raises:
        GoodfitError: if one does.
    """
    named = (*settings.drop, *settings.number, *settings.category, *settings.text)
    dividing = (settings.group, settings.time, settings.part, settings.weight)
    if name in (*named, *(settings.column or ()), *dividing):
        raise GoodfitError("data.target_among_columns", column=name)


def infer_targets(
    table: Table, *, names: Sequence[str], settings: Settings
) -> tuple[tuple[Target, ...], tuple[Remark, ...]]:
    """Find out what predicting one or more columns is; several must all be numbers.

    Args:
        table: as for :func:`infer_target`.
        names: of the columns, at least one, in the order of the predictions.
        settings: as for :func:`infer_target`.

    Raises:
        GoodfitError: as :func:`infer_target`, if a name comes twice or there is none, and
            if one of several holds classes.

    >>> from goodfit.core.settings import make_settings
    >>> from goodfit.data.read import read_table
    >>> table, _ = read_table({"a": [1.5, 2], "b": [0.1, 7]}, settings=make_settings())
    >>> targets, _ = infer_targets(table, names=["a", "b"], settings=make_settings())
    >>> [target.task for target in targets]
    ['regression', 'regression']
    """
    twice = [name for place, name in enumerate(names) if name in names[:place]]
    if twice or not names:
        raise GoodfitError("data.targets_invalid", columns=list(names))
    found = [infer_target(table, name=name, settings=settings) for name in names]
    targets = tuple(target for target, _ in found)
    classes = [target.name for target in targets if target.levels]
    if classes and len(targets) > 1:
        raise GoodfitError("data.targets_of_classes", columns=classes, targets=list(names))
    return targets, tuple(remark for _, said in found for remark in said)


def unknown_column(setting: str, name: str, table: Table) -> GoodfitError:
    """The error for a column that is not there, with the nearest name and the list."""
    params = {"setting": setting, "column": name, "table": table.name}
    columns, meant = list(table.columns), nearest(name, table.columns)
    if meant is None:
        return GoodfitError("data.column_absent", **params, columns=columns)
    return GoodfitError("data.column_unknown", **params, meant=meant, columns=columns)


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name that looks most like another; None if none looks like it.

    >>> nearest("Speces", ["island", "species"]), nearest("Speces", ["island"])
    ('species', None)
    """
    by_lower = {other.lower(): other for other in names}
    found = difflib.get_close_matches(name.lower(), by_lower, n=1, cutoff=0.6)
    return by_lower[found[0]] if found else None


def marker_remark(
    column: pa.ChunkedArray, name: str, *, keep: tuple[str, ...] = ()
) -> tuple[Remark, ...]:
    """What counts as missing beside empty cells, if anything does."""
    if not holds_words(column):
        return ()
    markers, count = found_markers(column, keep=keep)
    if not count:
        return ()
    params = {"column": name, "count": count, "markers": [repr(marker) for marker in markers]}
    return (finding("data.markers", params),)


def _comma_remark(name: str, decimal: str) -> tuple[Remark, ...]:
    return (finding("data.decimal_comma", {"column": name}),) if decimal == "," else ()


def _look(table: Table, name: str, settings: Settings) -> Look:
    classes = settings.task in {"binary", "multiclass"}
    # Dates are refused here, in whichever order they are written.
    settings = msgspec.structs.replace(settings, dates="refuse", date_order="auto")
    column = table.columns[name]
    try:
        if settings.task == "regression" and pa.types.is_boolean(decoded(column).type):
            return look_at(table, name, settings=settings, declared="number")
        return look_at(table, name, settings=settings, declared="category" if classes else None)
    except GoodfitError as error:
        if error.code == "data.words_among_numbers":
            raise GoodfitError("data.words_in_target", **error.params) from error
        raise


def _of_words(
    table: Table, name: str, found: Look, settings: Settings
) -> tuple[Target, tuple[str, ...]]:
    """Classes of words or booleans; ``-`` and ``?`` are classes where too few would be left."""
    words, kept = found.words, ()
    assert words is not None
    column = table.columns[name]
    if holds_words(column):
        raw = trimmed(column)
        for kept in ((), ("-",), ("?",), ("-", "?")):
            words = without_markers(raw, keep=kept)
            if pc.count_distinct(words).as_py() > 1:
                break
    levels: tuple[Level, ...] = tuple(sorted(pc.unique(pc.drop_null(words)).to_pylist()))
    if found.kind == "boolean":
        levels = tuple(level == "True" for level in levels)
    code = "data.task_booleans" if found.kind == "boolean" else "data.task_words"
    n_filled = len(words) - words.null_count
    return _of_classes(name, levels, n_filled, settings, code=code), kept


def _of_numbers(name: str, found: Look, settings: Settings) -> Target:
    assert found.numbers is not None
    numbers = found.numbers[~np.isnan(found.numbers)]
    values = np.unique(numbers)
    if len(values) == 1:
        raise GoodfitError("data.target_constant", column=name, value=float(values[0]))
    whole = bool((values == np.trunc(values)).all())
    task, code = _task_of_numbers(values, whole=whole, n_rows=len(numbers))
    params = {"n_values": len(values), "low": float(values[0]), "high": float(values[-1])}
    if settings.task == "regression" or (settings.task == "auto" and task == "regression"):
        code = "data.task_set" if settings.task == "regression" else code
        reason = Remark(code, params | {"task": "regression"})
        return Target(name=name, task="regression", levels=(), reason=reason, decimal=found.decimal)
    levels = tuple(int(value) if whole else float(value) for value in values)
    return _of_classes(name, levels, len(numbers), settings, code=code, decimal=found.decimal)


def _task_of_numbers(values: np.ndarray, *, whole: bool, n_rows: int) -> tuple[Task, str]:
    """Task and the code of its reason, for distinct values in ascending order."""
    if not whole:
        return "regression", "data.task_numbers"
    if len(values) == 2:
        return "binary", "data.task_two_numbers"
    counting = values[0] in {0, 1} and values[-1] - values[0] == len(values) - 1
    few = len(values) <= MOST_NUMBERED_CLASSES
    if counting and few and n_rows >= ROWS_PER_NUMBERED_CLASS * len(values):
        return "multiclass", "data.task_numbered"
    return "regression", "data.task_whole_numbers"


def _of_classes(
    name: str,
    levels: tuple[Level, ...],
    n_rows: int,
    settings: Settings,
    *,
    code: str,
    decimal: Decimal = ".",
) -> Target:
    n_levels = len(levels)
    if n_levels < 2:
        raise GoodfitError("data.target_one_class", column=name, level=str(levels[0]))
    if n_levels > 2 and n_levels > n_rows / 2:
        raise GoodfitError(
            "data.target_many_classes", column=name, n_levels=n_levels, n_rows=n_rows
        )
    if settings.task == "binary" and n_levels != 2:
        shown = [str(level) for level in levels]
        raise GoodfitError("data.target_not_binary", column=name, n_levels=n_levels, levels=shown)
    task: Task = "binary" if n_levels == 2 else "multiclass"
    params = {"n_values": n_levels, "low": levels[0], "high": levels[-1]}
    if settings.task in {"binary", "multiclass"}:
        task = "binary" if settings.task == "binary" else "multiclass"
        code = "data.task_set"
    reason = Remark(code, params | {"task": task})
    return Target(name=name, task=task, levels=levels, reason=reason, decimal=decimal)
