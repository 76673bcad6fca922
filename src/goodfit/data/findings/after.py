"""Findings that look at test rows, after everything was chosen: they reach no choice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from goodfit.core.errors import GoodfitError
from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.data.findings.before import goals_of
from goodfit.data.findings.cells import Cells, percent, read_cells
from goodfit.data.findings.rows import COPIES, FEWEST_COPIES, by_chance, codes_of, row_keys
from goodfit.data.schema import Schema
from goodfit.data.table import Table

# A difference of shares that matters, ...
DRIFT = 0.1
# ... and that chance brings to no column once in so many tables.
CHANCE = 1e-4
# Rows of each side that are compared; more would not change what is found.
COMPARED = 20_000
# Levels that chance would bring to fewer test rows are compared as one.
EXPECTED = 5.0


def of_test_rows(
    table: Table,
    schema: Schema,
    values: np.ndarray,
    *,
    learning: np.ndarray,
    test: np.ndarray,
    time: str | None = None,
) -> tuple[Remark, ...]:
    """Copies of rows in both parts, and columns that differ between them.

    Args:
        table: every row.
        schema: kinds of the columns.
        values: (row,) numbers or indices of levels; (row, target) of several targets.
        learning: (row,) those that were learnt from.
        test: (row,) those that were not.
        time: the column whose later rows test, which are later by design.
    """
    if not len(test) or not len(learning):
        return ()
    both = np.concatenate([learning, test])
    names = {column.name for column in schema.features}
    cells = {name: column for name, column in table.columns.items() if name in names}
    try:
        columns = read_cells(Table(cells, table.n_rows, table.name).take(both), schema.features)
    except GoodfitError:
        return ()  # a cell of a test row that cannot be read is told of where it is scored
    tested = np.arange(len(both)) >= len(learning)
    goals = goals_of(schema.targets, values[both])
    copies = _copies(codes_of(columns, goals), tested)
    compared = _thinned(tested)
    unordered = [cells for cells in columns if cells.name != time]
    return (*copies, *_drifts(unordered, tested, compared))


def _copies(codes: Sequence[np.ndarray], tested: np.ndarray) -> Iterator[Remark]:
    keys = row_keys(codes)
    count = int(np.isin(keys[tested], keys[~tested]).sum())
    n_rows, n_learnt = int(tested.sum()), int((~tested).sum())
    share = count / n_rows
    if count >= FEWEST_COPIES and share >= COPIES and not by_chance(codes, share, n_learnt):
        params = {"count": count, "n_rows": n_rows, "percent": percent(share)}
        yield finding("data.copies_across_parts", params)


def _thinned(tested: np.ndarray) -> np.ndarray:
    """(row,) places of rows to compare, evenly spaced, at most so many of each side."""
    sides = [np.flatnonzero(tested), np.flatnonzero(~tested)]
    return np.concatenate([side[:: -(-len(side) // COMPARED)] for side in sides])


def _drifts(columns: Sequence[Cells], tested: np.ndarray, compared: np.ndarray) -> Iterator[Remark]:
    tested = tested[compared]
    numbers, levels = list[tuple[float, str]](), list[tuple[float, str]]()
    for cells in columns:
        if cells.kind == "text":
            continue
        if cells.numbers is not None:
            found, sure = _below(cells.numbers[compared], tested, n_columns=len(columns))
        else:
            assert cells.codes is not None
            found, sure = _shares(cells.codes[compared], tested, n_columns=len(columns))
        if found >= DRIFT and sure:
            side = numbers if cells.numbers is not None else levels
            side.append((found, f"{cells.name} ({percent(found):g} %)"))
    for code, side in (("data.numbers_drift", numbers), ("data.levels_drift", levels)):
        if side:
            yield finding(code, {"columns": [text for _, text in sorted(side, reverse=True)]})


def _below(numbers: np.ndarray, tested: np.ndarray, *, n_columns: int) -> tuple[float, bool]:
    """The distance of Kolmogorov and Smirnov, a missing cell below all; whether it is sure."""
    numbers = np.where(np.isnan(numbers), -np.inf, numbers)
    sides = [np.sort(numbers[tested]), np.sort(numbers[~tested])]
    every = np.unique(numbers)
    below = [np.searchsorted(side, every, side="right") / len(side) for side in sides]
    distance = float(np.abs(below[0] - below[1]).max())
    n_rows = 1 / sum(1 / len(side) for side in sides)
    return distance, 2 * np.exp(-2 * n_rows * distance**2) < CHANCE / n_columns


def _shares(codes: np.ndarray, tested: np.ndarray, *, n_columns: int) -> tuple[float, bool]:
    """Share of the rows that would have to change their level; whether that is sure.

    The chi-square of the counts is as a normal number is once its cube root is taken (Wilson
    and Hilferty 1931, "The distribution of chi-square").
    """
    counts = np.array(_counted(codes, tested))
    n_rows = counts.sum(axis=1, keepdims=True)
    usual = counts.sum(axis=0) / n_rows.sum()
    rare = usual * n_rows.min() < EXPECTED
    if rare.any():
        counts = np.column_stack([counts[:, ~rare], counts[:, rare].sum(axis=1)])
        usual = counts.sum(axis=0) / n_rows.sum()
    filled = usual > 0
    expected = n_rows * usual[filled]
    statistic = float(((counts[:, filled] - expected) ** 2 / expected).sum())
    free = int(filled.sum()) - 1
    difference = float(np.abs(np.diff(counts / n_rows, axis=0)).sum() / 2)
    if free < 1:
        return difference, False
    spread = 2 / (9 * free)
    normal = ((statistic / free) ** (1 / 3) - (1 - spread)) / spread**0.5
    return difference, normal > (2 * np.log(n_columns / CHANCE)) ** 0.5


def _counted(codes: np.ndarray, tested: np.ndarray) -> list[np.ndarray]:
    n_codes = int(codes.max(initial=-1)) + 2
    return [np.bincount(codes[side] + 1, minlength=n_codes) for side in (tested, ~tested)]
