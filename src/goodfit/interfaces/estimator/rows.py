"""Rows in an order of their own, each once, with its weight.

A row that counts twice must be the same to a fit as two equal rows, and rows
that were shuffled the same as before. So rows of weight zero leave, equal rows
become one with their weights added, and all are put in an order that depends on
their content alone, before anything is drawn at random.
"""

# pyarrow brings no types.
# pyright: reportUnknownParameterType=false

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
import pyarrow as pa

from goodfit.data.cells import decoded, holds_numbers, typed_numbers

# Multipliers and shifts of splitmix64's last step (Steele, Lea and Flood 2014, figure 16).
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MULTIPLIERS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))


def distinct_rows(
    columns: Iterable[pa.ChunkedArray | np.ndarray], *, weight: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Which rows to keep, in which order, and how much each counts.

    Args:
        columns: the cells, the target among them, each (row,).
        weight: (row,) at least 0; None where all count 1.

    Returns:
        ``rows``, (kept row,) numbers of rows, one of each group of equal ones, none of
        weight 0; and ``weight``, (kept row,), the sum of each group.

    >>> import numpy as np
    >>> rows, weight = distinct_rows([np.array([5.0, 7.0, 5.0])], weight=np.array([1.0, 0.0, 2.0]))
    >>> rows, weight
    (array([0]), array([3.]))
    """
    cells = [_cells(column) for column in columns]
    n_rows = len(cells[0][0])
    rows = np.arange(n_rows) if weight is None else np.flatnonzero(weight > 0)
    mixed = np.zeros(len(rows), np.uint64)
    for content, _ in cells:
        mixed = _mix(mixed + content[rows] + GOLDEN)
    order = np.argsort(mixed, kind="stable")
    rows, mixed = rows[order], mixed[order]
    # Equal mixtures are nearly always equal rows; the cells themselves decide.
    again = np.flatnonzero(mixed[1:] == mixed[:-1]) + 1
    for _, identity in cells:
        again = again[identity[rows[again]] == identity[rows[again - 1]]]
    first = np.ones(len(rows), bool)
    first[again] = False
    starts = np.flatnonzero(first)
    if weight is None:
        return rows[starts], np.diff(starts, append=len(rows)).astype(np.float64)
    return rows[starts], np.add.reduceat(weight[rows], starts) if len(rows) else weight[rows]


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


def _mix(bits: np.ndarray) -> np.ndarray:
    """Every bit of the result depends on every bit of the argument."""
    for shift, multiplier in zip(SHIFTS[:2], MULTIPLIERS, strict=True):
        bits = (bits ^ (bits >> shift)) * multiplier
    return bits ^ (bits >> SHIFTS[-1])
