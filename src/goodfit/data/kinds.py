"""The kinds of a table's columns: which of them are features, and why."""

# pyarrow brings no types, and makes its functions for columns when it is imported.
# pyright: reportAttributeAccessIssue=false, reportUnknownParameterType=false

from __future__ import annotations

import re

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodfit.core.errors import GoodfitError
from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings
from goodfit.data.cells import (
    Decimal,
    decoded,
    holds_numbers,
    holds_words,
    numbers_in,
    trimmed,
    without_markers,
)
from goodfit.data.choices import look_as_chosen, with_choices
from goodfit.data.dates import ORDERS
from goodfit.data.look import Look, check_commas, check_points, look_at, some_cells
from goodfit.data.parse import read_words
from goodfit.data.schema import Column, Kind, Schema, Target
from goodfit.data.table import Table
from goodfit.data.target import (
    infer_target,
    infer_targets,
    marker_remark,
    nearest,
)
from goodfit.data.terms import frequent_terms, is_prose, single_words

__all__ = ["check_columns", "check_decimals", "infer_schema", "infer_target", "infer_targets"]

# Cells of a dropped column that are looked at.
HEAD_ROWS = 1000
# Up to so many rows, cells that all differ may be chance.
FEW_ROWS = 10
# Words are free text beyond so many different ones, if that is this share of the cells, ...
TEXT_DISTINCT, TEXT_SHARE = 20, 0.5
# ... or, of many more, this smaller share.
LONG_TEXT_DISTINCT, LONG_TEXT_SHARE = 100, 0.2
# Beyond this share single words are codes that name their rows, and how they begin is chance.
NEARLY_UNIQUE = 0.95

#: Names that number the rows of a table, in lower case; and endings of such names.
ID_NAMES = frozenset(
    {"#", "id", "ids", "idx", "index", "key", "no", "nr", "num", "number", "order", "pid"}
    | {"row", "row_id", "row_num", "row_number", "rowid", "rownum", "rownumber", "seq", "serial"}
)
ID_ENDING = re.compile(r"[_\-. ](id|ID|Id|no|nr|index|idx)$|[a-z0-9](ID|Id)$")
UNNAMED = re.compile(r"(unnamed: ?\d+|__index_level_\d+__)?")


def infer_schema(
    table: Table,
    *,
    targets: tuple[Target, ...],
    settings: Settings,
    rows: np.ndarray | None = None,
) -> tuple[Schema, tuple[Remark, ...]]:
    """Find out what every column but the targets is, and which are features.

    Args:
        table: every row; all are searched for words among numbers, so that an error names all.
        targets: the columns to predict.
        settings: ``number``, ``category``, ``text``, ``drop``, ``column`` and ``dates`` override
            what is found; columns that divide or weigh the rows are no features.
        rows: (row,) the rows that decide on the kinds, such as those that are no test rows.

    Raises:
        GoodfitError: for words among numbers or dates, cells that are neither number nor text,
            columns of dates if they are refused, settings that name no column, and if no feature
            is left.

    >>> from goodfit.core.settings import make_settings
    >>> from goodfit.data.read import read_table
    >>> cells = {"colour": ["red", "blue", "red"], "x": [1.5, 2, 3], "y": [1, 5, 2]}
    >>> table, _ = read_table(cells, settings=make_settings())
    >>> target, _ = infer_target(table, name="y", settings=make_settings())
    >>> schema, _ = infer_schema(table, targets=(target,), settings=make_settings())
    >>> [(column.name, column.kind) for column in schema.columns]
    [('colour', 'category'), ('x', 'number')]
    """
    settings = with_choices(table, settings)
    predicted = [target.name for target in targets]
    names = [name for name in table.columns if name not in predicted]
    columns: list[Column] = []
    remarks: list[Remark] = []
    for name in names:
        column, said = _judge(table, name, settings, rows)
        columns.append(column)
        remarks += said
    dates = [column.name for column in columns if column.reason.code == "data.dates_left_out"]
    if dates and settings.dates == "refuse":
        raise GoodfitError("data.dates", columns=dates)
    if settings.decimal == "auto" and any(c.decimal == "," for c in (*columns, *targets)):
        for column in columns:
            if column.kind == "number" and column.used and column.decimal == ".":
                check_points(table, column.name, rows)
    if not columns:
        raise GoodfitError("data.only_target", table=table.name, target=predicted)
    if not any(column.used for column in columns):
        raise GoodfitError("data.no_features", target=predicted, columns=names)
    return Schema(targets=targets, columns=tuple(columns)), tuple(remarks)


def check_columns(table: Table, schema: Schema, *, need_target: bool = False) -> tuple[Remark, ...]:
    """See that a table has the columns that a model needs; their order means nothing.

    Returns:
        A remark on columns that the model does not know, if there are any.

    Raises:
        GoodfitError: naming every column that is missing.
    """
    needed = [column.name for column in schema.features]
    predicted = [target.name for target in schema.targets]
    needed += predicted * need_target
    missing = [name for name in needed if name not in table.columns]
    known = {*predicted, *(column.name for column in schema.columns)}
    extra = [name for name in table.columns if name not in known]
    if missing:
        near = {name: nearest(name, extra) for name in missing}
        shown = [f"{name} ({other}?)" if other else name for name, other in near.items()]
        raise GoodfitError("data.columns_missing", table=table.name, columns=shown)
    if not extra:
        return ()
    return (finding("data.columns_ignored", {"table": table.name, "columns": extra}),)


def check_decimals(table: Table, schema: Schema) -> None:
    """Refuse cells that a decimal comma would silently read a thousand times too large.

    A model that was fitted to ``1,5`` and meets ``1.234`` cannot know whether that is 1234,
    as its table meant it, or comes from a table with decimal points. One comma among the
    column's cells tells; other points are refused as words when they are read.

    Raises:
        GoodfitError: naming a column that holds points between three digits, and no comma.
    """
    for column in (*schema.features, *schema.targets):
        if column.decimal == "," and column.name in table.columns:
            check_commas(table, column.name)


def _judge(
    table: Table, name: str, settings: Settings, rows: np.ndarray | None
) -> tuple[Column, tuple[Remark, ...]]:
    """One column's kind, and what is to be said about it."""
    if name == settings.weight:
        return weighing_column(table, name, settings=settings), ()
    divides = _divides(name, settings)
    if divides and not _may_recur(divides, settings):
        return _left_out(name, _kind_unread(table.columns[name]), divides), ()
    if name in settings.drop:
        return _left_out(name, _kind_unread(table.columns[name]), Remark(
            "data.column_dropped", {"column": name})), ()  # fmt: skip
    found, declared = look_as_chosen(table, name, settings, rows)
    if divides and found.kind != "date":
        return _left_out(name, _kind_unread(table.columns[name]), divides), ()
    constant = _constant(name, found)
    if constant and declared != "number":
        return _left_out(name, "constant", constant), (constant,)
    if name in settings.text:
        return _judge_text(name, some_cells(read_words(table, name), rows), asked=True)
    if found.kind == "date":
        column, said = _judge_dates(name, found)
        return column, (*said, finding("data.times_recur", {"column": name})) if divides else said
    said = marker_remark(some_cells(table.columns[name], rows), name)
    if declared == "number" or (found.kind == "number" and declared is None):
        return _judge_numbers(name, found, declared, table.row_numbers(rows), said)
    return _judge_words(name, found, declared, said)


def weighing_column(table: Table, name: str, *, settings: Settings) -> Column:
    """The column that says how much each row counts, which is no feature."""
    reason = Remark("data.weighs_rows", {"column": name})
    found = look_at(table, name, settings=settings, declared="number")
    return msgspec.structs.replace(_left_out(name, "number", reason), decimal=found.decimal)


def _divides(name: str, settings: Settings) -> Remark | None:
    """Why a column that divides the rows is no feature; None for all others."""
    params = {"column": name}
    if name == settings.group:
        return Remark("data.divides_groups", params)
    if name == settings.part:
        return Remark("data.divides_parts", params)
    # What lies beyond the training rows is not learnt from them, unless someone says it can be.
    asked = name in (*settings.number, *settings.category, *(settings.column or ()))
    return Remark("data.divides_times", params) if name == settings.time and not asked else None


def _may_recur(divides: Remark, settings: Settings) -> bool:
    """Whether a column that divides the rows may hold dates, of which weekdays come round again."""
    name, times = divides.params["column"], divides.code == "data.divides_times"
    return times and settings.dates == "encode" and name not in (*settings.drop, *settings.text)


def _judge_dates(name: str, found: Look) -> tuple[Column, tuple[Remark, ...]]:
    dates = found.dates
    if dates is None:
        reason = finding("data.dates_left_out", {"column": name})
        return _left_out(name, "date", reason), (reason,)
    remarks: tuple[Remark, ...] = ()
    if any(dates.form in forms for forms in ORDERS.values()):
        remarks = (finding("data.date_order_found", {"column": name, "form": dates.form}),)
    if dates.short_years:
        remarks = (*remarks, finding("data.short_years", {"column": name}))
    reason = Remark("data.kind_dates", {"column": name, "form": dates.form})
    column = Column(
        name=name,
        kind="date",
        used=True,
        reason=Remark("data.kind_dates_typed", {"column": name}) if found.words is None else reason,
        date_form=dates.form,
        zoned=dates.zoned,
    )
    return column, remarks


def _left_out(name: str, kind: Kind, reason: Remark) -> Column:
    return Column(name=name, kind=kind, used=False, reason=reason)


def _used(name: str, kind: Kind, reason: Remark, decimal: Decimal = ".") -> Column:
    return Column(name=name, kind=kind, used=True, reason=reason, decimal=decimal)


def _kind_unread(column: pa.ChunkedArray) -> Kind:
    """Kind of a dropped column, from its first cells: nothing in it is an error."""
    head = decoded(column.slice(0, HEAD_ROWS))
    if holds_words(head):
        return "category" if numbers_in(without_markers(trimmed(head)))[1] is not None else "number"
    if pa.types.is_temporal(head.type):
        return "date"
    return "number" if holds_numbers(head) else "category"


def _constant(name: str, found: Look) -> Remark | None:
    """Why a column says nothing, if it does: no cell, or the same in every row."""
    if found.kind == "nothing":
        return finding("data.all_missing", {"column": name})
    if found.numbers is not None:
        same = bool((found.numbers == found.numbers[0]).all())
    elif found.dates is not None:
        same = bool((found.dates.moments.clock == found.dates.moments.clock[0]).all())
    elif found.words is not None:
        same = found.words.null_count == 0 and pc.count_distinct(found.words).as_py() == 1
    else:
        return None
    return finding("data.constant", {"column": name}) if same else None


def _judge_numbers(
    name: str,
    found: Look,
    declared: str | None,
    row_numbers: np.ndarray,
    said: tuple[Remark, ...],
) -> tuple[Column, tuple[Remark, ...]]:
    if found.decimal == ",":
        said = (finding("data.decimal_comma", {"column": name}), *said)
    if declared:
        reason = Remark("data.kind_set", {"column": name, "kind": "number"})
    elif found.numbers is not None and counts_rows(name, found.numbers, row_numbers):
        reason = finding("data.id_counting", {"column": name})
        return _left_out(name, "id", reason), (reason,)
    else:
        reason = Remark("data.kind_numbers", {"column": name})
    return _used(name, "number", reason, found.decimal), said


def counts_rows(name: str, numbers: np.ndarray, row_numbers: np.ndarray) -> bool:
    """Whether a column has a name like an id's and counts up by one in the file's order.

    Neither alone is enough: a count may be a feature, and so may a number called an id.
    """
    ending = ID_ENDING.search(name) or UNNAMED.fullmatch(name.strip().lower())
    if not (ending or name.strip().lower() in ID_NAMES) or len(numbers) < 2:
        return False
    offset = numbers - row_numbers
    return bool((offset == offset[0]).all())


def _judge_words(
    name: str, found: Look, declared: str | None, said: tuple[Remark, ...]
) -> tuple[Column, tuple[Remark, ...]]:
    if declared:
        reason = Remark("data.kind_set", {"column": name, "kind": "category"})
        return _used(name, "category", reason), said
    if found.kind == "boolean":
        return _used(name, "category", Remark("data.kind_booleans", {"column": name})), said
    assert found.words is not None
    n_rows, n_filled = len(found.words), len(found.words) - found.words.null_count
    n_distinct = pc.count_distinct(found.words).as_py()
    if n_distinct == n_rows > FEW_ROWS and not is_prose(found.words):
        reason = finding("data.id_unique", {"column": name})
        return _left_out(name, "id", reason), (reason,)
    share = n_distinct / n_filled
    if (n_distinct > TEXT_DISTINCT and share > TEXT_SHARE) or (
        n_distinct > LONG_TEXT_DISTINCT and share > LONG_TEXT_SHARE
    ):
        column, remarks = _judge_text(name, found.words)
        return column, (*remarks, *said)
    params = {"column": name, "n_distinct": n_distinct}
    if found.leading_zeros:
        reason = finding("data.leading_zeros", params)
        return _used(name, "category", reason), (reason, *said)
    return _used(name, "category", Remark("data.kind_words", params)), said


def _judge_text(
    name: str, words: pa.ChunkedArray, *, asked: bool = False
) -> tuple[Column, tuple[Remark, ...]]:
    """Free text, which is a feature if some of its words recur."""
    n_distinct, n_cells = pc.count_distinct(words).as_py(), len(words) - words.null_count
    params = {"column": name, "n_distinct": n_distinct, "n_cells": n_cells}
    alike = np.ones(len(words))
    names_rows = not asked and n_distinct > NEARLY_UNIQUE * n_cells and not is_prose(words)
    if names_rows or not frequent_terms(words, alike, beginnings=single_words(words, alike)):
        reason = finding("data.text_left_out", params)
        return _left_out(name, "text", reason), (reason,)
    if asked:
        return _used(name, "text", Remark("data.kind_set", {"column": name, "kind": "text"})), ()
    reason = finding("data.kind_text", params)
    return _used(name, "text", reason), (reason,)
