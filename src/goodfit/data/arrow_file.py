"""Files of Arrow's world, whose columns have types: Parquet, and Arrow itself (Feather)."""

# pyarrow brings no types, and makes its functions for columns when it is imported.
# pyright: reportAttributeAccessIssue=false, reportUnknownParameterType=false

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings
from goodfit.data.files import File, damaged
from goodfit.data.memory import check_names, from_arrow
from goodfit.data.table import Table

PARQUET, ARROW = "Parquet", "Arrow"
PARQUET_SUFFIXES = frozenset({".parquet", ".pq"})
ARROW_SUFFIXES = frozenset({".arrow", ".arrows", ".feather", ".ipc"})
#: Beginnings: an Arrow file, and an Arrow stream.
ARROW_MARKS = (b"ARROW1", b"\xff\xff\xff\xff")


def read_parquet(file: File, *, settings: Settings) -> tuple[Table, tuple[Remark, ...]]:
    """A whole Parquet file."""
    with _opened_parquet(file) as source:
        return from_arrow(source.read(), name=file.name)


def stream_parquet(
    file: File, *, settings: Settings, n_rows: int
) -> tuple[Iterator[Table], tuple[Remark, ...]]:
    """A Parquet file piece by piece."""
    return _parquet_pieces(file, n_rows), ()


def read_ipc(file: File, *, settings: Settings) -> tuple[Table, tuple[Remark, ...]]:
    """A whole Arrow file or Arrow stream."""
    schema, batches = _batches(file)
    return from_arrow(pa.Table.from_batches(list(batches), schema), name=file.name)


def stream_ipc(
    file: File, *, settings: Settings, n_rows: int
) -> tuple[Iterator[Table], tuple[Remark, ...]]:
    """An Arrow file or Arrow stream piece by piece."""
    return _ipc_pieces(file), ()


@contextmanager
def _opened_parquet(file: File) -> Generator[pq.ParquetFile]:
    with _blamed(file, PARQUET), pq.ParquetFile(file.path, pre_buffer=False) as source:
        check_names(source.schema_arrow.names, file.name)
        yield source


def _parquet_pieces(file: File, n_rows: int) -> Iterator[Table]:
    with _opened_parquet(file) as source:
        yield from_arrow(source.schema_arrow.empty_table(), name=file.name)[0]
        for batch in source.iter_batches(batch_size=n_rows):
            yield from_arrow(pa.Table.from_batches([batch]), name=file.name)[0]


def _ipc_pieces(file: File) -> Iterator[Table]:
    schema, batches = _batches(file)
    yield from_arrow(schema.empty_table(), name=file.name)[0]
    for batch in batches:
        yield from_arrow(pa.Table.from_batches([batch]), name=file.name)[0]


def _batches(file: File) -> tuple[pa.Schema, Iterator[pa.RecordBatch]]:
    with _blamed(file, ARROW), file.arrow() as source:
        schema = _reader(source, file).schema
        check_names(schema.names, file.name)
    return schema, _record_batches(file)


def _record_batches(file: File) -> Iterator[pa.RecordBatch]:
    with _blamed(file, ARROW), file.arrow() as source:
        reader = _reader(source, file)
        indexed = hasattr(reader, "get_batch")
        batches = map(reader.get_batch, range(reader.num_record_batches)) if indexed else reader
        for batch in batches:
            batch.validate(full=True)  # nothing else looks whether lengths and offsets fit
            yield batch


def _reader(source: pa.NativeFile, file: File) -> Any:
    if file.head(len(ARROW_MARKS[0])) == ARROW_MARKS[0]:
        return pa.ipc.open_file(source)
    return pa.ipc.open_stream(source)


@contextmanager
def _blamed(file: File, form: str) -> Generator[None]:
    try:
        yield
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:  # names in no encoding
        raise damaged(file, form, error) from error
