"""From a source, whatever holds it, to a table."""

# pyarrow brings no types, and makes its functions for columns when it is imported.
# pyright: reportAttributeAccessIssue=false, reportUnknownParameterType=false

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from goodfit.core.errors import GoodfitError
from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings
from goodfit.data.memory import check_names, from_arrow, read_memory
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
        table, remarks = read_memory(source)
    elif _is_parquet(path):
        with _parquet(path) as file:
            table, remarks = from_arrow(_parquet_rows(file, path), name=path.name)
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
        table, remarks = read_memory(source)
        pieces: Iterable[Table] = [table]
    elif _is_parquet(path):
        remarks, pieces = (), _parquet_pieces(path, n_rows_per_chunk)
    else:
        dialect = find_dialect(path, settings=settings)
        remarks = dialect.remarks
        pieces = (_name_columns(piece, dialect, path) for piece in stream_text(path, dialect))
    if tell:
        for remark in remarks:
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
            raise GoodfitError("data.is_directory", path=path)
        if path.exists() and not path.is_file():
            raise GoodfitError("data.not_a_file", path=path)
        str(path).encode()
        with path.open("rb") as file:
            head = file.read(16)
    except (OSError, ValueError) as error:
        if isinstance(error, GoodfitError):
            raise
        if isinstance(error, FileNotFoundError):
            raise GoodfitError("data.file_missing", path=path) from error
        raise GoodfitError("data.file_unreadable", path=path, reason=str(error)) from error
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
    check_names(file.schema_arrow.names, path.name)
    try:
        return file.read()
    except (pa.ArrowException, OSError) as error:
        raise _parquet_damaged(path, error) from error


def _parquet_pieces(path: Path, n_rows: int) -> Iterator[Table]:
    with _parquet(path) as file:
        check_names(file.schema_arrow.names, path.name)
        yield from_arrow(file.schema_arrow.empty_table(), name=path.name)[0]
        try:
            for batch in file.iter_batches(batch_size=n_rows):
                yield from_arrow(pa.Table.from_batches([batch]), name=path.name)[0]
        except (pa.ArrowException, OSError) as error:
            raise _parquet_damaged(path, error) from error


def _name_columns(rows: pa.Table, dialect: Dialect, path: Path) -> Table:
    names = list(dialect.header)
    check_names(names, path.name)
    _check_is_header(names, rows, path)
    columns = dict(zip(names, rows.columns, strict=True))
    return Table(columns, rows.num_rows, path.name, delimiter=dialect.delimiter)


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
