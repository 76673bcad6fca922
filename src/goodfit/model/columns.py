"""What stands in the columns of a table, in numbers that one sees at a glance."""

# pyarrow brings no types.
# pyright: reportUnknownParameterType=false

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np
import pyarrow as pa

from goodfit.core.errors import GoodfitError
from goodfit.core.remarks import Remark
from goodfit.data.dates import read_dates
from goodfit.data.parse import read_numbers, read_words
from goodfit.data.schema import Column, Kind, Schema, Target
from goodfit.data.table import Table
from goodfit.model.calibrate import evenly

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel

#: Bars of a histogram, and levels that are counted one by one.
BARS, MOST_LEVELS = 24, 12
# Bars go from one of these quantiles to the other, so that one far cell does not flatten all.
LEAST_SHARE, MOST_SHARE = 0.005, 0.995
Role = Literal["target", "feature", "left_out"]


class Histogram(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers, or dates as days since 1970, counted in bars of equal width.

    Args:
        edges: (bar + 1,).
        counts: (bar,); cells beyond the edges count in the first and the last.
        quartiles: least, lower quartile, median, upper quartile, most.
        dates: whether they are dates.
    """

    edges: tuple[float, ...]
    counts: tuple[int, ...]
    quartiles: tuple[float, float, float, float, float]
    dates: bool = False


class LevelCounts(msgspec.Struct, frozen=True, kw_only=True):
    """How often each level stands in a column.

    Args:
        names: the most frequent ones, in that order.
        counts: of each.
        n_levels: how many there are.
        n_others: cells of the levels that are not named.
    """

    names: tuple[str, ...]
    counts: tuple[int, ...]
    n_levels: int
    n_others: int


class ColumnCard(msgspec.Struct, frozen=True, kw_only=True):
    """One column.

    Args:
        name: as it stands in the table.
        role: what it was in the fit.
        kind: what its cells are.
        reason: why it is of that kind, or left out.
        missing: cells that are missing; None where no table is at hand.
        cells: what stands in it; None likewise, of text, and where nothing varies.
        range: of numbers and dates, where training rows were, rounded outwards; None of others.
    """

    name: str
    role: Role
    kind: Kind
    reason: Remark
    missing: int | None = None
    cells: Histogram | LevelCounts | None = None
    range: tuple[float, float] | None = None


class ColumnsReport(msgspec.Struct, frozen=True, kw_only=True):
    """The columns of a table.

    Args:
        n_rows: that were counted; evenly spread, where there are very many.
        of_rows: that the table has; 0 where none is at hand.
        columns: the targets first, then the features and those left out, in the table's order.
    """

    n_rows: int
    of_rows: int
    columns: tuple[ColumnCard, ...]


def columns_report(model: FittedModel, table: Table | None) -> ColumnsReport:
    """What the columns of a model's table hold; without the table what the model knows.

    >>> import goodfit, pyarrow as pa
    >>> model = goodfit.fit({"x": [1, 2, 3, 4], "y": [3, 5, 7, 9]}, target="y",
    ...                     network="linear", optimizer="exact", split="none")
    >>> cells = {name: pa.chunked_array([[1.0, 4.0]]) for name in ("x", "y")}
    >>> [card.role for card in columns_report(model, Table(cells, 2)).columns]
    ['target', 'feature']
    """
    schema, some = model.schema, table
    if table is not None and len(places := evenly(table.n_rows)) < table.n_rows:
        some = table.take(places)
    ranges = model.seen.ranges if model.seen else {}
    cards = [_of_target(goal, some) for goal in schema.targets]
    cards += [_of_column(column, some, ranges.get(column.name)) for column in _in_order(schema)]
    return ColumnsReport(
        n_rows=some.n_rows if some else 0,
        of_rows=table.n_rows if table else 0,
        columns=tuple(cards),
    )


def _in_order(schema: Schema) -> list[Column]:
    """Features first, then the others."""
    return sorted(schema.columns, key=lambda column: not column.used)


def _of_target(goal: Target, table: Table | None) -> ColumnCard:
    kind: Kind = "category" if goal.levels else "number"
    card = ColumnCard(name=goal.name, role="target", kind=kind, reason=goal.reason)
    if table is None:
        return card
    if goal.levels:
        return _with_words(card, table)
    return _with_numbers(card, read_numbers(table, goal.name, decimal=goal.decimal))


def _of_column(column: Column, table: Table | None, seen: tuple[float, float] | None) -> ColumnCard:
    card = ColumnCard(
        name=column.name,
        role="feature" if column.used else "left_out",
        kind=column.kind,
        reason=column.reason,
        range=seen,
    )
    if table is None or column.name not in table.columns:
        return card
    try:
        numbers = _numbers(table, column)
    except GoodfitError:  # left out, and so never read until now
        numbers = None
    if numbers is not None:
        return _with_numbers(card, numbers, dates=column.kind == "date")
    return _with_words(card, table)


def _numbers(table: Table, column: Column) -> np.ndarray | None:
    """(row,) numbers, or days since 1970 of dates, NaN where missing; None of all others."""
    if column.kind == "number":
        return read_numbers(table, column.name, decimal=column.decimal)
    if column.kind != "date" or column.date_form is None:
        return None
    moments = read_dates(table, column.name, form=column.date_form, zoned=column.zoned).universal
    days = moments.astype("datetime64[us]").astype(np.float64) / 86_400e6
    return np.where(np.isnat(moments), np.nan, days)


def _with_numbers(card: ColumnCard, numbers: np.ndarray, *, dates: bool = False) -> ColumnCard:
    known = numbers[np.isfinite(numbers)]
    missing = len(numbers) - len(known)
    if not len(known):
        return msgspec.structs.replace(card, missing=missing)
    shares = (0, LEAST_SHARE, 0.25, 0.5, 0.75, MOST_SHARE, 1)
    least, low, lower, median, upper, high, most = np.quantile(known, shares).tolist()
    if low == high:
        low, high = least, most
    counts, edges = np.histogram(known.clip(low, high), bins=_bars(known), range=(low, high))
    cells = Histogram(
        edges=tuple(edges.tolist()),
        counts=tuple(counts.tolist()),
        quartiles=(least, lower, median, upper, most),
        dates=dates,
    )
    return msgspec.structs.replace(card, missing=missing, cells=cells)


def _bars(known: np.ndarray) -> int:
    """As many as rows can fill; of few whole numbers one each."""
    different = len(np.unique(known[:1000]))
    return max(min(BARS, different, 2 * round(len(known) ** 0.5)), 1)


def _with_words(card: ColumnCard, table: Table) -> ColumnCard:
    words = read_words(table, card.name)
    card = msgspec.structs.replace(card, missing=words.null_count)
    if card.kind not in {"category", "constant"}:
        return card
    counts = Counter({str(name): n for name, n in _counted(words) if name is not None})
    most = counts.most_common(MOST_LEVELS)
    n_others = sum(counts.values()) - sum(n for _, n in most)
    cells = LevelCounts(
        names=tuple(name for name, _ in most),
        counts=tuple(n for _, n in most),
        n_levels=len(counts),
        n_others=n_others,
    )
    return msgspec.structs.replace(card, cells=cells) if most else card


def _counted(words: pa.ChunkedArray) -> list[tuple[str | None, int]]:
    """Each word and how often it stands there."""
    return [(pair["values"].as_py(), pair["counts"].as_py()) for pair in words.value_counts()]
