"""The rows that a model gets most wrong, and what is unusual about them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from goodfit.data.parse import read_words
from goodfit.data.schema import Column
from goodfit.data.table import Table
from goodfit.model.reports.rows import Judged, Part, Rows, as_columns, judged
from goodfit.preprocessing.seen import Flag, numbers_of
from goodfit.scoring.probabilities import EPS

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel

#: Rows that are shown: so many, but of few rows only a third.
MOST_ROWS, FEWEST_ROWS = 10, 3
#: A cell is unusual that at most this share of the rows is as far out as, or has in common.
UNUSUAL = 0.05
#: Unusual cells that are named of a row.
MOST_CELLS = 3
# Rows that say what is usual.
USUAL_ROWS = 5000


class UnusualCell(msgspec.Struct, frozen=True, kw_only=True):
    """A cell that few rows are like.

    Args:
        column: where it stands.
        cell: as text; None where it is missing.
        share: of the rows that are at least as far out on either side, twice; of a level, of the
            rows that have it.
    """

    column: str
    cell: str | None
    share: float


class WorstRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row that was predicted badly.

    Args:
        row: its number in the table, counted from 1 (with the file, where there are several).
        actual: the targets, or the class.
        predicted: likewise.
        error: actual less predicted of one number; of several the root of the mean square, in
            standard deviations of each; of classes -log of the probability of the right one, or
            where there are none how far its margin is behind.
        probability: that the right class got; None without probabilities.
        doubts: why it may be doubted, by the column, where it is one.
        unusual: the most unusual cells, in columns that the model sees.
    """

    row: int | str
    actual: tuple[float | str, ...]
    predicted: tuple[float | str, ...]
    error: float
    probability: float | None
    doubts: tuple[tuple[Flag, str | None], ...]
    unusual: tuple[UnusualCell, ...]


class WorstReport(msgspec.Struct, frozen=True, kw_only=True):
    """The rows with the largest errors.

    Args:
        part: what the rows are.
        n_rows: of them.
        targets: their names.
        unit: what errors are in: ``target``, ``deviations``, ``nats`` or ``margin``.
        usual: the median of all errors' sizes.
        rows: the worst first.
    """

    part: Part
    n_rows: int
    targets: tuple[str, ...]
    unit: str
    usual: float
    rows: tuple[WorstRow, ...]


def worst_report(model: FittedModel, rows: Rows | None) -> WorstReport | None:
    """The rows with the largest errors; None without a row.

    >>> import goodfit
    >>> from goodfit.data.read import read_table
    >>> table = {"x": list(range(60)), "y": [3.0 * n + 9 * (n == 7) for n in range(60)]}
    >>> model = goodfit.fit(table, target="y", network="linear", optimizer="exact", split="none")
    >>> worst_report(model, Rows(read_table(table, settings=model.settings)[0])).rows[0].row
    8
    """
    if rows is None:
        return None
    found = judged(model, rows)
    if not len(found.values):
        return None
    errors, unit = _errors(model, found)
    numbers = found.table.row_numbers()
    places = _different(np.lexsort((numbers, -np.abs(errors))), numbers)
    places = places[: min(MOST_ROWS, max(len(places) // 3, FEWEST_ROWS))]
    worst = found.take(places)
    unusual, doubts = _unusual(model, rows, worst.table), _doubts(model, worst.table)
    actual, predicted = _in_table_terms(model, worst)
    names = worst.table.say_rows(np.arange(len(places)))
    return WorstReport(
        part=found.part,
        n_rows=found.n_rows,
        targets=tuple(target.name for target in model.schema.targets),
        unit=unit,
        usual=float(np.median(np.abs(errors))),
        rows=tuple(
            WorstRow(
                row=names[row],
                actual=actual[row],
                predicted=predicted[row],
                error=float(errors[places[row]]),
                probability=_probability(worst, row),
                doubts=doubts[row],
                unusual=unusual[row],
            )
            for row in range(len(places))
        ),
    )


def _errors(model: FittedModel, found: Judged) -> tuple[np.ndarray, str]:
    """(row,) errors, the larger in size the worse, and what they are in."""
    if not model.schema.target.levels:
        left = found.columns - as_columns(found.predictions.predictions)
        if left.shape[1] == 1:
            return left[:, 0].astype(np.float64), "target"
        deviation = found.columns.std(axis=0)
        scaled = left / np.where(deviation > 0, deviation, 1.0)
        return np.sqrt((scaled.astype(np.float64) ** 2).mean(axis=1)), "deviations"
    right = found.values.astype(np.int64)
    ratings = found.predictions.ratings
    of_right = ratings[np.arange(len(right)), right]
    if model.answers.given.probability:
        return -np.log(np.clip(of_right, EPS, 1.0)), "nats"
    others = ratings.copy()
    others[np.arange(len(right)), right] = -np.inf
    return np.maximum(others.max(axis=1) - of_right, 0.0), "margin"


def _different(order: np.ndarray, numbers: np.ndarray) -> np.ndarray:
    """The order without rows that came before: several folds may have predicted one."""
    first = np.sort(np.unique(numbers[order], return_index=True)[1])
    return order[first]


def _in_table_terms(
    model: FittedModel, worst: Judged
) -> tuple[list[tuple[float | str, ...]], list[tuple[float | str, ...]]]:
    """Actual and predicted of each row."""
    predicted = worst.predictions.predictions
    if model.schema.target.levels:
        names = [str(level) for level in model.schema.target.levels]
        known = worst.predictions.classes
        decided = model.answers.decide(worst.predictions.ratings) if known is None else known
        actual = worst.values.astype(np.int64)
        return [(names[level],) for level in actual], [(names[level],) for level in decided]
    columns = as_columns(predicted).astype(np.float64)
    return [tuple(row) for row in worst.columns.tolist()], [tuple(row) for row in columns.tolist()]


def _probability(worst: Judged, row: int) -> float | None:
    """What the right class got."""
    probabilities = worst.predictions.probabilities
    if not probabilities.shape[1]:
        return None
    return float(probabilities[row, int(worst.values[row])])


def _doubts(model: FittedModel, table: Table) -> list[tuple[tuple[Flag, str | None], ...]]:
    """Why each row may be doubted."""
    found = [list[tuple[Flag, str | None]]() for _ in range(table.n_rows)]
    if model.seen is not None and table.n_rows:
        dense = model.through(table).encoded.dense
        for doubt in model.seen.doubts(
            table, schema=model.schema, preprocessing=model.preprocessing, dense=dense
        ):
            for row in np.flatnonzero(doubt.rows).tolist():
                found[row].append((doubt.flag, doubt.column))
    return [tuple(of_row) for of_row in found]


def _unusual(model: FittedModel, rows: Rows, worst: Table) -> list[tuple[UnusualCell, ...]]:
    """The most unusual cells of each row."""
    usual = _usual(rows)
    found = [list[UnusualCell]() for _ in range(worst.n_rows)]
    for column in model.schema.features:
        if column.kind == "text":
            continue
        for row, cell in enumerate(_cells(worst, usual, column)):
            if cell.share <= UNUSUAL:
                found[row].append(cell)
    return [tuple(sorted(of_row, key=lambda cell: cell.share)[:MOST_CELLS]) for of_row in found]


def _usual(rows: Rows) -> Table:
    """Rows that say what is usual: those that the model learnt from, or else all."""
    known = [rows.places[part] for part in ("training", "validation") if part in rows.places]
    places = np.sort(np.concatenate(known)) if known else np.arange(rows.table.n_rows)
    if not len(places):
        places = np.arange(rows.table.n_rows)
    if len(places) > USUAL_ROWS:
        places = places[np.linspace(0, len(places) - 1, USUAL_ROWS).round().astype(np.int64)]
    return rows.table.take(places)


def _cells(worst: Table, usual: Table, column: Column) -> list[UnusualCell]:
    """How unusual the cells of one column are."""
    numbers = numbers_of(worst, column)
    words = read_words(worst, column.name).to_pylist()
    if numbers is None:
        others = read_words(usual, column.name).to_pylist()
        shares = [others.count(word) / len(others) for word in words]
    else:
        among = numbers_of(usual, column)
        assert among is not None
        shares = [_share(number, among) for number in numbers.tolist()]
    return [
        UnusualCell(column=column.name, cell=word, share=share)
        for word, share in zip(words, shares, strict=True)
    ]


def _share(number: float, among: np.ndarray) -> float:
    """Share of the numbers that are at least as far out, on either side, twice."""
    if np.isnan(number):
        return float(np.isnan(among).mean())
    ends = float((among <= number).mean()), float((among >= number).mean())
    return min(2 * min(ends), 1.0)
