"""From a source, whatever holds it, to a table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from goodfit.core.errors import GoodfitError
from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings
from goodfit.data.table import Table
from goodfit.data.text import Dialect, find_dialect, read_text, stream_text

ROWS_PER_CHUNK = 65_536
# What files begin with that are often taken for tables.
FOREIGN_FILES = (
    (b"PK\x03\x04", "an Excel workbook or a ZIP archive"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
    (b"\x1f\x8b", "compressed (gzip)"),
    (b"BZh", "compressed (bzip2)"),
    (b"\xfd7zXZ", "compressed (xz)"),
    (b"\x28\xb5\x2f\xfd", "compressed (zstd)"),
    (b"SQLite format 3", "an SQLite database"),
    (b"ARROW1", "an Arrow or Feather file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"%PDF", "a PDF document"),
    (b"\x80\x04\x95", "a Python pickle"),
    (b"\x93NUMPY", "a NumPy array file"),
)
# pandas keeps an index in a column of such a name; a DataFrame's index is no column either.
PANDAS_INDEX = re.compile(r"__index_level_\d+__")
NUMBER_LIKE = re.compile(r"[+-]?(\d+|\d*[.,]\d+|\d+[.,]\d*)([eE][+-]?\d+)?")
# Rows of which a header's names are looked for among the cells.
HEADER_ROWS = 1000


def read_table(source: Any, *, settings: Settings) -> tuple[Table, tuple[Remark, ...]]:
    """Read a whole table into memory.

    Args:
        source: path of a text file (comma, tab, any delimiter) or of a Parquet file; a
            DataFrame (pandas, Polars, anything of Arrow); a mapping of columns; a NumPy array
            (row,) or (row, column), whose columns become ``x0``, ``x1``, …; or a ``Table``.
        settings: ``delimiter`` and ``encoding`` override what is found out.

    Returns:
        The table, and remarks on what was found out without being told.

    Raises:
        GoodfitError: if the source is no table, is damaged, or has no row.

    >>> from goodfit.core.settings import make_settings
    >>> table, remarks = read_table({"x": [1, 2], "y": ["a", "b"]}, settings=make_settings())
    >>> table.n_rows, list(table.columns)
    (2, ['x', 'y'])
    """
    path = _as_path(source)
    if path is None:
        table, remarks = _in_memory(source)
    elif _is_parquet(path):
        with _parquet(path) as file:
            table, remarks = _from_arrow(_parquet_rows(file, path), name=path.name)
    else:
        dialect = find_dialect(path, settings=settings)
        table = _name_columns(read_text(path, dialect), dialect, path)
        remarks = dialect.remarks
    if table.n_rows == 0:
        raise GoodfitError("data.no_rows", table=table.name)
    return table, remarks


def read_chunks(
    source: Any,
    *,
    settings: Settings,
    n_rows_per_chunk: int = ROWS_PER_CHUNK,
    tell: Callable[[Remark], None] | None = None,
) -> Iterator[Table]:
    """Read a table piece by piece, so that a file larger than memory goes through.

    A table without rows gives one empty chunk, so that its columns are known.

    Args:
        source: as for :func:`read_table`.
        settings: as for :func:`read_table`.
        n_rows_per_chunk: rows of each chunk but the last.
        tell: called with each remark.

    Raises:
        GoodfitError: as :func:`read_table`; what is wrong further down the file is met there.

    >>> from goodfit.core.settings import make_settings
    >>> chunks = read_chunks({"x": [1, 2, 3]}, settings=make_settings(), n_rows_per_chunk=2)
    >>> [(chunk.first_row, chunk.n_rows) for chunk in chunks]
    [(1, 2), (3, 1)]
    """
    path = _as_path(source)
    if path is None:
        table, remarks = _in_memory(source)
        pieces: Iterable[Table] = [table]
    elif _is_parquet(path):
        remarks, pieces = (), _parquet_pieces(path, n_rows_per_chunk)
    else:
        dialect = find_dialect(path, settings=settings)
        remarks = dialect.remarks
        pieces = (_name_columns(piece, dialect, path) for piece in stream_text(path, dialect))
    for remark in remarks if tell else ():
        tell(remark)
    yield from _even(pieces, n_rows_per_chunk)


def _even(pieces: Iterable[Table], n_rows: int) -> Iterator[Table]:
    """The same rows in chunks of one length, whatever the pieces' lengths; at least one chunk."""
    first_row, held = 1, None
    for piece in pieces:
        held = piece if held is None else _join(held, piece)
        while held.n_rows > n_rows:
            yield _slice(held, 0, n_rows, first_row)
            held, first_row = _slice(held, n_rows, held.n_rows, 1), first_row + n_rows
    if held is not None:
        yield _slice(held, 0, held.n_rows, first_row)


def _join(above: Table, below: Table) -> Table:
    columns = {
        name: pa.chunked_array(column.chunks + below.columns[name].chunks, column.type)
        for name, column in above.columns.items()
    }
    n_rows = above.n_rows + below.n_rows
    return Table(columns, n_rows, above.name, delimiter=above.delimiter)


def _slice(table: Table, start: int, stop: int, first_row: int) -> Table:
    if table.picked is not None:
        return table.take(np.arange(start, stop))
    columns = {name: column.slice(start, stop - start) for name, column in table.columns.items()}
    first_row += table.first_row - 1
    return Table(columns, stop - start, table.name, first_row, delimiter=table.delimiter)


def _as_path(source: Any) -> Path | None:
    """The file that is meant, if the source is a path."""
    if not isinstance(source, (str, Path)):
        return None
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", str(source)):
        raise GoodfitError("data.address", address=str(source))
    path = Path(source)
    try:
        if path.is_dir():
            raise GoodfitError("data.is_directory", path=str(path))
        with path.open("rb") as file:
            head = file.read(16)
    except (OSError, ValueError) as error:
        if isinstance(error, GoodfitError):
            raise
        if isinstance(error, FileNotFoundError):
            raise GoodfitError("data.file_missing", path=str(path)) from error
        raise GoodfitError("data.file_unreadable", path=str(path), reason=str(error)) from error
    if not head:
        raise GoodfitError("data.file_empty", file=path.name)
    for beginning, what in FOREIGN_FILES:
        if head.startswith(beginning):
            raise GoodfitError("data.file_foreign", file=path.name, what=what)
    return path


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) == b"PAR1" or path.suffix == ".parquet"


def _parquet(path: Path) -> pq.ParquetFile:
    try:
        return pq.ParquetFile(path, pre_buffer=False)
    except (pa.ArrowException, OSError) as error:
        raise _parquet_damaged(path, error) from error


def _parquet_damaged(path: Path, error: Exception) -> GoodfitError:
    return GoodfitError("data.parquet_unreadable", file=path.name, reason=str(error))


def _parquet_rows(file: pq.ParquetFile, path: Path) -> pa.Table:
    _check_names(file.schema_arrow.names, path.name)
    try:
        return file.read()
    except (pa.ArrowException, OSError) as error:
        raise _parquet_damaged(path, error) from error


def _parquet_pieces(path: Path, n_rows: int) -> Iterator[Table]:
    with _parquet(path) as file:
        _check_names(file.schema_arrow.names, path.name)
        yield _from_arrow(file.schema_arrow.empty_table(), name=path.name)[0]
        try:
            for batch in file.iter_batches(batch_size=n_rows):
                yield _from_arrow(pa.Table.from_batches([batch]), name=path.name)[0]
        except (pa.ArrowException, OSError) as error:
            raise _parquet_damaged(path, error) from error


def _name_columns(rows: pa.Table, dialect: Dialect, path: Path) -> Table:
    names = list(dialect.header)
    _check_names(names, path.name)
    _check_is_header(names, rows, path)
    columns = dict(zip(names, rows.columns, strict=True))
    return Table(columns, rows.num_rows, path.name, delimiter=dialect.delimiter)


def _check_names(names: list[str], table: str) -> None:
    if not names:
        raise GoodfitError("data.no_columns", table=table)
    twice = [name for name, times in Counter(names).items() if times > 1]
    if twice:
        raise GoodfitError("data.duplicate_columns", table=table, columns=twice)


def _check_is_header(names: list[str], rows: pa.Table, path: Path) -> None:
    """A first line of numbers, or with words that are cells too, is a row and no header."""
    filled = [name for name in names if name]
    numbers = [name for name in filled if NUMBER_LIKE.fullmatch(name)]
    if not numbers:
        return
    counting = [str(place) for place in range(len(numbers) + 1)]
    if numbers in (counting[:-1], counting[1:]) and len(numbers) == len(filled):
        return  # a table whose columns were never named, such as an array
    fractions = [name for name in numbers if not name.lstrip("+-").isdigit()]
    head = rows.slice(0, HEADER_ROWS)
    cells = [
        name
        for name, column in zip(names, head.columns, strict=True)
        if name and name not in numbers and name in set(column.to_pylist())
    ]
    if len(numbers) == len(filled) or fractions or cells:
        raise GoodfitError("data.no_header", file=path.name, names=filled)


def _in_memory(source: Any) -> tuple[Table, tuple[Remark, ...]]:
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
        return _from_arrow(pa.table(source))
    if hasattr(source, "iloc") and hasattr(source, "columns"):  # pandas; its index is no column
        return _from_columns([(str(name), cells) for name, cells in source.items()]), ()
    if hasattr(source, "__arrow_c_stream__"):
        try:
            return _from_arrow(pa.table(source))
        except (pa.ArrowException, TypeError, ValueError) as error:
            if isinstance(error, GoodfitError):
                raise
            raise GoodfitError("data.source_unknown", what=type(source).__name__) from error
    code = "data.list" if isinstance(source, (list, tuple)) else "data.source_unknown"
    raise GoodfitError(code, what=type(source).__name__)


def _array_columns(array: np.ndarray) -> list[tuple[str, np.ndarray]]:
    if array.ndim not in {1, 2}:
        raise GoodfitError("data.array_shape", shape=str(array.shape))
    return [(f"x{place}", cells) for place, cells in enumerate(np.atleast_2d(array.T))]


def _from_columns(named: list[tuple[str, Any]]) -> Table:
    _check_names([name for name, _ in named], "the table")
    columns = {name: _plain(_to_arrow(name, cells)) for name, cells in named}
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) > 1:
        shown = [f"{name}: {length}" for name, length in lengths.items()]
        raise GoodfitError("data.lengths_differ", columns=shown)
    return Table(columns, next(iter(lengths.values())))


def _from_arrow(rows: pa.Table, *, name: str = "the table") -> tuple[Table, tuple[Remark, ...]]:
    index = [column for column in rows.column_names if PANDAS_INDEX.fullmatch(column)]
    kept = [column for column in rows.column_names if column not in index]
    _check_names(kept, name)
    columns = {column: _plain(rows.column(column)) for column in kept}
    remarks = (Remark("data.index_left_out", {"table": name}),) if index else ()
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
        found = pa.array(cells, from_pandas=True)
    except (pa.ArrowException, TypeError, ValueError, OverflowError):
        found = _as_words(name, cells)
    return found if isinstance(found, pa.ChunkedArray) else pa.chunked_array([found])


def _as_words(name: str, cells: Any) -> pa.Array:
    words: list[str | None] = []
    for cell in cells:
        if cell is None or type(cell).__name__ in {"NAType", "NaTType"} or cell != cell:  # noqa: PLR0124 (not a number)
            words.append(None)
        elif isinstance(cell, (str, bool, int, float, np.generic)):
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
