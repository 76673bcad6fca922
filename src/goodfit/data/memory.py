"""Tables that Python holds already: DataFrames, mappings, arrays, Arrow."""

# pyarrow brings no types, and makes its functions for columns when it is imported.
# pyright: reportAttributeAccessIssue=false, reportUnknownParameterType=false

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodfit.core.errors import GoodfitError
from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.data.table import Table

# pandas keeps an index in a column of such a name; a DataFrame's index is no column either.
PANDAS_INDEX = re.compile(r"__index_level_\d+__")
# Rows of an array that are turned into columns together: few enough to stay in the cache.
TURNED_ROWS = 1024


def check_names(names: list[str], table: str) -> None:
    """Refuse a table without columns, or with two of one name."""
    if not names:
        raise GoodfitError("data.no_columns", table=table)
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise GoodfitError("data.duplicate_columns", table=table, columns=twice)


def read_memory(source: Any) -> tuple[Table, tuple[Remark, ...]]:
    """A table of what Python holds already."""
    if isinstance(source, Table):
        return source, ()
    if isinstance(source, np.ndarray):
        return _from_columns(_array_columns(source)), ()
    if isinstance(source, Mapping):
        return _from_columns([(str(name), cells) for name, cells in source.items()]), ()
    if hasattr(source, "tocsr"):
        raise GoodfitError("data.sparse")
    if isinstance(source, (pa.Table, pa.RecordBatch)):
        return from_arrow(pa.table(source))
    if hasattr(source, "iloc") and hasattr(source, "columns"):  # pandas; its index is no column
        return _from_columns([(str(name), cells) for name, cells in source.items()]), ()
    if hasattr(source, "__arrow_c_stream__"):
        try:
            return from_arrow(pa.table(source))
        except (pa.ArrowException, TypeError, ValueError) as error:
            if isinstance(error, GoodfitError):
                raise
            raise GoodfitError("data.source_unknown", what=type(source).__name__) from error
    code = "data.list" if isinstance(source, (list, tuple)) else "data.source_unknown"
    raise GoodfitError(code, what=type(source).__name__)


def _array_columns(array: np.ndarray) -> list[tuple[str, np.ndarray]]:
    if array.ndim not in {1, 2}:
        raise GoodfitError("data.array_shape", shape=str(array.shape))
    return [(f"x{place}", cells) for place, cells in enumerate(_turned(np.atleast_2d(array.T)))]


def _turned(columns: np.ndarray) -> np.ndarray:
    """Columns whose cells lie beside each other, as Arrow keeps them; what is no number stays."""
    if columns.dtype.kind not in "fiu" or columns.flags.c_contiguous or np.ma.isMA(columns):
        return columns
    turned = np.empty(columns.shape, columns.dtype)
    for start in range(0, columns.shape[1], TURNED_ROWS):
        rows = slice(start, start + TURNED_ROWS)
        turned[:, rows] = columns[:, rows]
    return turned


def _from_columns(named: list[tuple[str, Any]]) -> Table:
    check_names([name for name, _ in named], "the table")
    columns = {name: to_column(name, cells) for name, cells in named}
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        shown = [f"{name}: {length}" for name, length in lengths.items()]
        raise GoodfitError("data.lengths_differ", columns=shown)
    return Table(columns, next(iter(lengths.values())))


def to_column(name: str, cells: Any) -> pa.ChunkedArray:
    """Cells of any kind as an Arrow column.

    Raises:
        GoodfitError: if they are no list of cells, or a cell is neither number nor text.
    """
    try:
        name.encode()
        return _plain(_to_arrow(name, cells))
    except UnicodeEncodeError as error:
        raise GoodfitError("data.not_unicode", column=name) from error


def from_arrow(rows: pa.Table, *, name: str = "the table") -> tuple[Table, tuple[Remark, ...]]:
    """A table of Arrow columns; the index of a DataFrame, which pandas adds, is left out."""
    index = [column for column in rows.column_names if PANDAS_INDEX.fullmatch(column)]
    kept = [column for column in rows.column_names if column not in index]
    check_names(kept, name)
    columns = {column: _plain(rows.column(column)) for column in kept}
    remarks = (finding("data.index_left_out", {"table": name}),) if index else ()
    return Table(columns, rows.num_rows, name), remarks


def _to_arrow(name: str, cells: Any) -> pa.ChunkedArray:
    """One column of anything as an Arrow array; cells of several types become words."""
    if isinstance(cells, pa.ChunkedArray):
        return cells
    if isinstance(cells, pa.Array):
        return pa.chunked_array([cells])
    if hasattr(cells, "sparse"):
        cells = np.asarray(cells)
    if isinstance(cells, (str, bytes)) or not hasattr(cells, "__len__"):
        raise GoodfitError("data.column_not_list", column=name, what=type(cells).__name__)
    if getattr(cells, "ndim", 1) != 1:
        raise GoodfitError("data.column_not_flat", column=name, shape=str(cells.shape))
    if hasattr(cells, "to_arrow"):
        cells = cells.to_arrow()
    try:
        found = _typed(cells)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        found = _as_words(name, cells)
    return found if isinstance(found, pa.ChunkedArray) else pa.chunked_array([found])


def _typed(cells: Any) -> Any:
    """Cells in the type that Arrow finds; days among moments as moments, or it cut the time off."""
    numbers = _without_gaps(cells)
    if numbers is not None:
        return pa.array(numbers)
    try:
        found = pa.array(cells, from_pandas=True)
    except pa.ArrowException:
        if not any(isinstance(cell, dt.date) for cell in cells):
            raise
        return pa.array(_moments(cells), from_pandas=True)
    plain = not isinstance(cells, (pa.Array, pa.ChunkedArray))
    if plain and pa.types.is_date(found.type) and any(isinstance(c, dt.datetime) for c in cells):
        return pa.array(_moments(cells), from_pandas=True)
    return found


def _without_gaps(cells: Any) -> np.ndarray | None:
    """Floats of which none is missing, which Arrow need not search for gaps; None of others."""
    if getattr(cells, "dtype", None) not in {np.dtype(np.float32), np.dtype(np.float64)}:
        return None
    numbers = cells.to_numpy() if hasattr(cells, "iloc") else cells
    if type(numbers) is not np.ndarray or np.isnan(numbers.max(initial=-np.inf)):
        return None
    return np.ascontiguousarray(numbers)


def _moments(cells: Any) -> list[Any]:
    return [dt.datetime.combine(c, dt.time()) if type(c) is dt.date else c for c in cells]


def _as_words(name: str, cells: Any) -> pa.Array:
    words: list[str | None] = []
    for cell in cells:
        if cell is None or type(cell).__name__ in {"NAType", "NaTType"} or cell != cell:  # noqa: PLR0124 (not a number)
            words.append(None)
        elif isinstance(cell, (str, bool, int, float, np.generic, dt.date, dt.time, Decimal)):
            words.append(str(cell))
        else:
            raise GoodfitError("data.cells_unknown", column=name, what=type(cell).__name__)
    return pa.array(words, pa.string())


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The same cells in one of the types that pyarrow's functions all know."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        storage = [chunk.storage for chunk in column.chunks]
        return _plain(pa.chunked_array(storage, kind.storage_type))
    if pa.types.is_run_end_encoded(kind):
        decoded = [pc.run_end_decode(chunk) for chunk in column.chunks]
        return _plain(pa.chunked_array(decoded, kind.value_type))
    if pa.types.is_string_view(kind):
        return column.cast(pa.large_string())
    if pa.types.is_dictionary(kind) and pa.types.is_string_view(kind.value_type):
        return column.cast(pa.dictionary(kind.index_type, pa.large_string()))
    return column
