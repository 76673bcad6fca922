"""The cells of some columns as numbers: values, or codes for words."""

# pyarrow brings no types, and makes its functions for columns when it is imported.
# pyright: reportAttributeAccessIssue=false, reportUnknownParameterType=false

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodfit.data.dates import read_dates
from goodfit.data.parse import read_numbers, read_words
from goodfit.data.schema import Column, Kind
from goodfit.data.table import Table


@dataclass(frozen=True)
class Cells:
    """One column of some rows.

    Args:
        name: of the column.
        kind: what the column is.
        numbers: (row,) float64, NaN where missing; None for words. Dates are microseconds.
        codes: (row,) int64 that are equal where the words are, -1 where missing; None for
            numbers.
        words: the word of each code.
    """

    name: str
    kind: Kind
    numbers: np.ndarray | None = None
    codes: np.ndarray | None = None
    words: tuple[str, ...] = ()

    @property
    def missing(self) -> np.ndarray:
        """(row,) whether the cell is missing."""
        if self.numbers is not None:
            return np.isnan(self.numbers)
        assert self.codes is not None
        return self.codes < 0

    def as_codes(self) -> np.ndarray:
        """(row,) int64: equal cells have equal codes, missing ones -1."""
        if self.codes is not None:
            return self.codes
        assert self.numbers is not None
        found = np.unique(self.numbers, return_inverse=True)[1].astype(np.int64)
        found[self.missing] = -1
        return found


def read_cells(table: Table, columns: Iterable[Column]) -> tuple[Cells, ...]:
    """The cells of columns, however they are held.

    Args:
        table: the rows.
        columns: those to read; of words, kind ``text`` among them, each is one.

    Raises:
        GoodfitError: for cells that are not what the column is said to hold.

    >>> from goodfit.core.remarks import Remark
    >>> table = Table({"x": pa.chunked_array([["b", "a", "", "b"]])}, 4)
    >>> why = Remark("data.kind_words", {"column": "x", "n_distinct": 2})
    >>> cells, = read_cells(table, [Column(name="x", kind="category", used=True, reason=why)])
    >>> cells.codes.tolist(), cells.words
    ([0, 1, -1, 0], ('b', 'a'))
    """
    return tuple(_read(table, column) for column in columns)


def _read(table: Table, column: Column) -> Cells:
    name, kind = column.name, column.kind
    if kind == "number":
        return Cells(name, kind, numbers=read_numbers(table, name, decimal=column.decimal))
    if kind == "date" and column.date_form is not None:
        clock = read_dates(table, name, form=column.date_form, zoned=column.zoned).clock
        numbers = clock.astype("datetime64[us]").astype(np.int64).astype(np.float64)
        return Cells(name, kind, numbers=np.where(np.isnat(clock), np.nan, numbers))
    codes, words = coded(read_words(table, name))
    return Cells(name, kind, codes=codes, words=words)


def coded(words: pa.ChunkedArray) -> tuple[np.ndarray, tuple[str, ...]]:
    """Codes of words, (row,) int64, -1 where missing, and the word of each."""
    found = pc.dictionary_encode(words).combine_chunks()
    if isinstance(found, pa.ChunkedArray):
        found = pa.concat_arrays(found.chunks) if found.num_chunks else pa.array([], found.type)
    codes = np.asarray(pc.fill_null(found.indices.cast(pa.int64()), -1).to_numpy())
    return codes, tuple(found.dictionary.to_pylist())


@dataclass(frozen=True)
class Goal:
    """What is predicted, of some rows.

    Args:
        name: of the target.
        values: (row,) numbers, or indices of levels.
        levels: the classes in words; none for numbers.
    """

    name: str
    values: np.ndarray
    levels: tuple[str, ...] = ()

    @property
    def task(self) -> Literal["classes", "numbers"]:
        """Whether classes or numbers are predicted."""
        return "classes" if self.levels else "numbers"


def ranks(values: np.ndarray) -> np.ndarray:
    """Ranks of numbers, (row,) from 0 to 1, equal ones sharing the mean of theirs.

    >>> ranks(np.array([10.0, 5.0, 10.0, 90.0]))
    array([0.5, 0. , 0.5, 1. ])
    """
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    middle = np.cumsum(counts) - (counts + 1) / 2
    return middle[place] / max(len(values) - 1, 1)


def percent(share: float) -> float:
    """A share in per cent with two digits.

    >>> percent(0.0123456), percent(0.98765)
    (1.2, 98.8)
    """
    value = 100 * share
    return float(f"{value:.2g}") if value < 10 else round(value, 1)
