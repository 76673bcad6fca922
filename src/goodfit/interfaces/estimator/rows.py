"""Which rows a fit learns from, in an order of their own.

Rows that were shuffled must be the same to a fit as before. So they are put in an order that
depends on their content alone, before anything is drawn at random; those of weight zero leave.

Equal rows stay as many as they are: a table of few levels has hardly any others, and new rows
will be like them. Only where rows were evidently multiplied, to weigh more, are equal ones one
row that weighs as much: as copies they would train one part of a fit and watch another, which
then never sees that it learns by heart.
"""

# pyarrow brings no types.
# pyright: reportUnknownParameterType=false

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from goodfit.data.cells import decoded, holds_numbers, typed_numbers
from goodfit.data.mixing import mixed

# Rows were multiplied, and not met again, where each is there so often on average (a bootstrap
# sample: 1.58 times; 5,200 wines of which a fifth were met again: 1.17) ...
MULTIPLIED = 1.5
# ... and equal features hardly ever have different targets: so many different rows for each.
DISAGREEING = 1.05


def rows_to_fit(
    features: Iterable[pa.ChunkedArray | np.ndarray],
    targets: Iterable[pa.ChunkedArray | np.ndarray],
    *,
    weight: np.ndarray | None,
) -> tuple[np.ndarray, np.ndarray | None]:
    """Which rows to keep, in which order, and how much each counts.

    Args:
        features: their cells, each (row,).
        targets: likewise.
        weight: (row,) at least 0; None where all count 1.

    Returns:
        ``rows``, (kept row,) numbers of rows, none of weight 0, and ``weight``, (kept row,), or
        None where all count 1. Of rows that were multiplied one of each group of equal ones is
        kept, with the sum of the group.

    >>> import numpy as np
    >>> x = np.array([5.0, 7.0, 5.0, 8.0])
    >>> rows, weight = rows_to_fit([x], [x], weight=None)
    >>> sorted(x[rows].tolist()), weight
    ([5.0, 5.0, 7.0, 8.0], None)
    >>> rows, weight = rows_to_fit([np.repeat(x, 3)], [np.repeat(x, 3)], weight=None)
    >>> len(rows), sorted(weight.tolist())
    (3, [3.0, 3.0, 6.0])
    """
    given, told = [_cells(column) for column in features], [_cells(column) for column in targets]
    n_rows = len(told[0][0])
    rows = np.arange(n_rows) if weight is None else np.flatnonzero(weight > 0)
    keys = np.zeros(len(rows), np.uint64)
    for content, _ in given:
        keys = mixed(keys, content[rows])
    # Equal features stand together, and among them equal targets.
    sorted_by = [keys, *(content[rows] for content, _ in told)]
    if weight is not None:
        sorted_by.append(weight[rows])
    order = np.lexsort(sorted_by[::-1])
    rows, keys = rows[order], keys[order]
    alike = _alike(keys, given, rows)
    first = ~(alike & _alike(keys, told, rows))
    n_distinct, n_features = int(first.sum()), int((~alike).sum())
    several = len(rows) > 0 and len(rows) >= MULTIPLIED * n_distinct
    if several and n_distinct <= DISAGREEING * n_features:
        starts = np.flatnonzero(first)
        each = np.ones(len(rows)) if weight is None else weight[rows]
        return rows[starts], np.add.reduceat(each, starts)
    return rows, None if weight is None else weight[rows]


def _alike(
    keys: np.ndarray, cells: list[tuple[np.ndarray, np.ndarray]], rows: np.ndarray
) -> np.ndarray:
    """(row,) whether a row's cells are those of the row before it.

    Equal keys are nearly always equal rows; the cells themselves decide.
    """
    again = np.flatnonzero(keys[1:] == keys[:-1]) + 1
    for _, identity in cells:
        again = again[identity[rows[again]] == identity[rows[again - 1]]]
    found = np.zeros(len(rows), bool)
    found[again] = True
    return found


def _cells(column: pa.ChunkedArray | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """A column twice, (row,) 64 bits each: by content, to sort by, and exactly, to compare."""
    if isinstance(column, np.ndarray):
        bits = _number_bits(column)
        return bits, bits
    if holds_numbers(column):
        bits = _number_bits(typed_numbers(column))
        return bits, bits
    encoded = decoded(column).dictionary_encode("encode").combine_chunks()
    codes = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
    content = [_text_bits(str(value)) for value in encoded.dictionary.to_pylist()]
    return np.array(content, np.uint64)[codes], codes


def _number_bits(values: np.ndarray) -> np.ndarray:
    """Bits of each number: one pattern for every missing one, one for both zeros."""
    values = values.astype(np.float64) + 0.0
    values[np.isnan(values)] = np.nan
    return values.view(np.uint64)


def _text_bits(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=8).digest())
