"""A table's fingerprint, so that a model can say what it was fitted to without holding it."""

# pyarrow brings no types, and makes its functions for columns when it is imported.
# pyright: reportAttributeAccessIssue=false, reportUnknownParameterType=false

from __future__ import annotations

import hashlib

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodfit.data.cells import decoded, holds_words
from goodfit.data.table import Table


def fingerprint(table: Table) -> str:
    """SHA-256 of the names of the columns and of all cells, in hex.

    It does not depend on how the cells lie in memory (chunks, dictionaries), but a number
    and the word for it differ.

    >>> import pyarrow as pa
    >>> one = Table({"x": pa.chunked_array([[1, 2, 3]])}, 3)
    >>> two = Table({"x": pa.chunked_array([[1], [2, 3]])}, 3)
    >>> fingerprint(one) == fingerprint(two)
    True
    """
    whole = hashlib.sha256()
    for name, column in table.columns.items():
        for part in (name.encode(), *_digests(decoded(column))):
            whole.update(len(part).to_bytes(8, "little") + part)
    return whole.hexdigest()


def column_fingerprints(table: Table) -> dict[str, str]:
    """Of each column on its own, by name: 64 bits in hex, enough to see which one changed.

    >>> import pyarrow as pa
    >>> one = Table({"x": pa.chunked_array([[1]]), "y": pa.chunked_array([[1]])}, 1)
    >>> two = Table({"x": pa.chunked_array([[1]]), "y": pa.chunked_array([[2]])}, 1)
    >>> [column_fingerprints(one)[name] == column_fingerprints(two)[name] for name in ("x", "y")]
    [True, False]
    """
    return {
        name: hashlib.sha256(b"".join(_digests(decoded(column)))).hexdigest()[:16]
        for name, column in table.columns.items()
    }


def _digests(column: pa.ChunkedArray) -> tuple[bytes, bytes, bytes, bytes]:
    """Type, validity, lengths and values of a column, each hashed on its own across chunks."""
    if not (_is_plain(column.type) or holds_words(column)):
        cells = [None if cell is None else repr(cell) for cell in column.to_pylist()]
        column = pa.chunked_array([pa.array(cells, pa.string())])
    kind = "words" if holds_words(column) else str(column.type)
    validity, lengths, values = (hashlib.sha256() for _ in range(3))
    for chunk in column.chunks:
        validity.update(np.asarray(pc.is_valid(chunk)).tobytes())
        if kind != "words":
            values.update(_numbers(chunk).tobytes())
            continue
        words = pc.fill_null(chunk, "").cast(pa.large_binary())
        lengths.update(np.asarray(pc.binary_length(words)).tobytes())
        offsets = np.frombuffer(words.buffers()[1], np.int64)
        start, stop = offsets[words.offset], offsets[words.offset + len(words)]
        if stop > start:
            values.update(memoryview(words.buffers()[2])[start:stop])
    return kind.encode(), validity.digest(), lengths.digest(), values.digest()


def _is_plain(kind: pa.DataType) -> bool:
    numeric = pa.types.is_integer(kind) or pa.types.is_floating(kind)
    return pa.types.is_boolean(kind) or numeric or pa.types.is_temporal(kind)


def _numbers(chunk: pa.Array) -> np.ndarray:
    if pa.types.is_boolean(chunk.type):
        chunk = chunk.cast(pa.uint8())
    if pa.types.is_temporal(chunk.type):
        chunk = chunk.view(pa.int32() if chunk.type.bit_width == 32 else pa.int64())
    return np.ascontiguousarray(pc.fill_null(chunk, pa.scalar(0, chunk.type)).to_numpy())
