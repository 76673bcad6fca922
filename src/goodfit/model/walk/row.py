"""One row: found in a source, its cells, and what the preprocessing makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, time
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from goodfit.core.errors import GoodfitError
from goodfit.data.kinds import check_columns, check_decimals
from goodfit.data.parse import read_numbers, read_words
from goodfit.data.read import read_chunks
from goodfit.data.table import Table
from goodfit.model.reading import how_read
from goodfit.model.walk.records import Cell, Encoded, Input, Role, Value
from goodfit.preprocessing.categories import CategoryColumn, EmbeddingColumn
from goodfit.preprocessing.dates import DateColumn
from goodfit.preprocessing.levels import UNSEEN
from goodfit.preprocessing.numbers import NumberColumn
from goodfit.preprocessing.preprocessing import Encoded as Inputs

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel
    from goodfit.preprocessing.preprocessing import Column


def find_row(model: FittedModel, source: Any, row: int, reading: Mapping[str, Any]) -> Table:
    """One row of a source as a table, counted from 1.

    Raises:
        GoodfitError: if there is no such row, or columns of the model are missing.
    """
    n_rows = 0
    for chunk in read_chunks(source, settings=how_read(model.settings, reading)):
        check_columns(chunk, model.schema)
        check_decimals(chunk, model.schema)
        n_rows += chunk.n_rows
        if 0 < row <= n_rows:
            return chunk.take(np.array([row - 1 - (n_rows - chunk.n_rows)]))
    raise GoodfitError("walk.no_such_row", row=row, n_rows=n_rows)


def cells_of(model: FittedModel, table: Table) -> tuple[Cell, ...]:
    """The cells of a table of one row, in its order."""
    kinds = {column.name: column.kind for column in model.schema.columns}
    roles: dict[str, Role] = {
        column.name: "feature" if column.used else "left_out" for column in model.schema.columns
    }
    for target in model.schema.targets:
        roles[target.name] = "target"
        kinds[target.name] = "category" if target.levels else "number"
    return tuple(
        Cell(
            column=name,
            value=plain(column[0].as_py()),
            role=roles.get(name, "unknown"),
            kind=kinds.get(name),
        )
        for name, column in table.columns.items()
    )


def plain(value: Any) -> Value:
    """A cell as JSON can hold it; dates, decimals and the like as their text."""
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (str, bool, int, float)):
        return value
    return value.isoformat() if isinstance(value, (date, time)) else str(value)


def encoded_of(model: FittedModel, table: Table, inputs: Inputs) -> tuple[Encoded, ...]:
    """What the preprocessing made of each feature's cell.

    Args:
        model: the model.
        table: of one row.
        inputs: what ``Preprocessing.encode`` gave for it.
    """
    preprocessing = model.preprocessing
    names, numbers = preprocessing.layout.dense, inputs.dense[0].tolist()
    dense = [column for column in preprocessing.columns if not isinstance(column, EmbeddingColumn)]
    ends = accumulate((len(column.inputs) for column in dense), initial=0)
    places = {
        column.name: tuple(
            Input(name=name, value=value)
            for name, value in zip(names[a:b], numbers[a:b], strict=True)
        )
        for column, (a, b) in zip(dense, pairwise(ends), strict=True)
    }
    codes = dict(
        zip((name for name, _ in preprocessing.layout.codes), inputs.codes[0], strict=True)
    )
    return tuple(
        Encoded(
            column=column.name,
            encoding=str(column.__struct_config__.tag),
            inputs=places.get(column.name, ()),
            **dict(_learnt(column, table)),
            code=_code_of(column, codes),
            n_codes=_n_codes_of(column),
        )
        for column in preprocessing.columns
    )


def _learnt(column: Column, table: Table) -> Iterator[tuple[str, Any]]:
    """The cell as it is read, and what was learnt about the column."""
    if isinstance(column, NumberColumn):
        value = float(read_numbers(table, column.name, decimal=column.decimal)[0])
        missing = bool(np.isnan(value))
        yield "raw", None if missing else value
        yield "fill", column.fill if missing else None
        yield from (("scaling", column.scaling), ("center", column.center), ("scale", column.scale))
    elif isinstance(column, DateColumn):
        yield "raw", plain(table.columns[column.name][0].as_py())
    else:
        yield "raw", read_words(table, column.name)[0].as_py()
        if isinstance(column, CategoryColumn):
            yield "known", bool(column.codes(table)[0] != UNSEEN)


def _code_of(column: Column, codes: Mapping[str, Any]) -> int | None:
    if not isinstance(column, (EmbeddingColumn, DateColumn)) or not column.n_codes:
        return None
    return int(codes[column.coded])


def _n_codes_of(column: Column) -> int | None:
    return column.n_codes or None if isinstance(column, (EmbeddingColumn, DateColumn)) else None
