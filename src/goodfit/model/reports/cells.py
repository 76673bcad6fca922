"""Cells of a column, as real rows have them, from little to much or by level."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from goodfit.data.parse import read_words
from goodfit.data.schema import Column
from goodfit.data.table import Table
from goodfit.preprocessing.seen import numbers_of

#: Cells of numbers and dates, at quantiles of the rows between these shares; and levels.
MOST_CELLS, MOST_LEVELS = 17, 12
LEAST_SHARE, MOST_SHARE = 0.01, 0.99


@dataclass(frozen=True)
class Cells:
    """Some cells of a column, each with a row that has it.

    Args:
        at: (cell,) the number; days since 1970 of dates; 0, 1, … of levels.
        names: (cell,) the levels by name; none of numbers and dates.
        rows: (cell,) place of a row that has this cell.
        shares: (cell,) of the rows that have this level; none of numbers and dates.
        missing: place of a row without a cell; None where there is none.
        missing_share: of the rows without a cell.
    """

    at: np.ndarray
    names: tuple[str, ...]
    rows: np.ndarray
    shares: np.ndarray
    missing: int | None
    missing_share: float


def cells_of(table: Table, column: Column, *, weight: np.ndarray) -> Cells | None:
    """The cells that curves are made at; None of text, and where there are not two.

    Args:
        table: the rows.
        column: a feature.
        weight: (row,) above 0.

    >>> import pyarrow as pa
    >>> from goodfit.core.remarks import Remark
    >>> column = Column(name="x", kind="number", used=True, reason=Remark("data.kind_numbers"))
    >>> found = cells_of(Table({"x": pa.chunked_array([[5.0, 1.0, None, 5.0]])}, 4), column,
    ...                  weight=np.ones(4))
    >>> found.at.tolist(), found.rows.tolist(), found.missing
    ([1.0, 5.0], [1, 0], 2)
    """
    if column.kind == "text":
        return None
    numbers = numbers_of(table, column)
    if numbers is None:
        return _levels(table, column, weight)
    gaps = np.isnan(numbers)
    different, rows = np.unique(numbers, return_index=True)
    kept = ~np.isnan(different)
    different, rows = different[kept], rows[kept]
    if len(different) < 2:
        return None
    if len(different) > MOST_CELLS:
        places = _spaced(numbers[~gaps], different, weight[~gaps])
        different, rows = different[places], rows[places]
    return Cells(different, (), rows, np.empty(0), *_missing(gaps, weight))


def _spaced(numbers: np.ndarray, different: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Places of numbers at quantiles of the rows."""
    sums = np.bincount(np.searchsorted(different, numbers), weight, len(different))
    shares = np.linspace(LEAST_SHARE, MOST_SHARE, MOST_CELLS)
    below = np.cumsum(sums)
    return np.unique(np.searchsorted(below, shares * below[-1]).clip(max=len(different) - 1))


def _levels(table: Table, column: Column, weight: np.ndarray) -> Cells | None:
    """The most frequent levels, in that order."""
    words = read_words(table, column.name)
    gaps = np.asarray(words.is_null())
    text = np.array(words.fill_null("").to_pylist(), dtype=object)
    different, rows, place = np.unique(text[~gaps], return_index=True, return_inverse=True)
    if len(different) < 2:
        return None
    sums = np.bincount(place, weight[~gaps], len(different))
    most = np.argsort(-sums, kind="stable")[:MOST_LEVELS]
    return Cells(
        np.arange(len(most), dtype=np.float64),
        tuple(str(different[level]) for level in most),
        np.flatnonzero(~gaps)[rows[most]],
        sums[most] / weight.sum(),
        *_missing(gaps, weight),
    )


def _missing(gaps: np.ndarray, weight: np.ndarray) -> tuple[int | None, float]:
    """A row without a cell, and the share of such rows."""
    if not gaps.any():
        return None, 0.0
    return int(gaps.argmax()), float(weight[gaps].sum() / weight.sum())
