"""Golden rows: made-up rows whose predictions the model file keeps, predicted again at loading.

They tell whether the model that was read computes what the saved one did: whatever came
between, another library, another machine or another person's network, shows here.
"""

# pyarrow brings no types.
# pyright: reportUnknownParameterType=false

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import msgspec
import numpy as np
import pyarrow as pa
from msgspec import Meta

from goodfit.core.errors import GoodfitError
from goodfit.core.randomness import derive_seed
from goodfit.data.table import Table
from goodfit.preprocessing.categories import CategoryColumn
from goodfit.preprocessing.dates import DateColumn
from goodfit.preprocessing.numbers import NumberColumn, Scale
from goodfit.preprocessing.preprocessing import Column, Preprocessing
from goodfit.preprocessing.scalings import SCALINGS
from goodfit.preprocessing.text import TextColumn

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel

# The first has every cell missing, the second every level unseen.
N_ROWS = 8
MISSING_ROW, UNSEEN_ROW = 0, 1
# Of the cells of the others so many are missing.
MISSING_SHARE = 0.125
# Draws stay this many spreads about the middle, where a network was trained.
FARTHEST = 2.0
# Terms of one cell of text at most.
MOST_TERMS = 3
#: Predictions that differ by more are no float noise, as a share of the target's scale and of
#: themselves. Seen between machines and numbers of threads: some 1e-6 in single precision.
SINGLE_NOISE, DOUBLE_NOISE = 1e-3, 1e-6
# From which days are counted.
EPOCH = date(1970, 1, 1)
# What no level is called; lengthened where one is.
UNSEEN_WORD = "(unseen)"

#: A cell as the file keeps it: a number, words, or a moment as ISO 8601 writes it.
Cell = float | str | None


class Golden(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Made-up rows and what the model predicted of them when it was saved.

    Args:
        cells: (feature, row), in the order of the preprocessing's columns.
        predictions: (row, number): probabilities or margins of each class; or each target in
            its units, then what else the loss predicts.
    """

    cells: tuple[Annotated[tuple[Cell, ...], Meta(max_length=N_ROWS)], ...]
    predictions: Annotated[tuple[tuple[float, ...], ...], Meta(max_length=N_ROWS)]


def make_golden(model: FittedModel) -> Golden:
    """Draw rows from what a model stores, never from its table, and predict them.

    Rows that the model cannot predict are left out.

    >>> import goodfit
    >>> model = goodfit.fit({"x": [1, 2, 3, 4], "y": [3, 5, 7, 9]}, target="y",
    ...                     network="linear", optimizer="exact", split="none")
    >>> golden = make_golden(model)
    >>> golden.cells[0][MISSING_ROW], round(golden.predictions[MISSING_ROW][0], 6)
    (None, 6.0)
    """
    seed = derive_seed(model.settings.seed, "golden")
    random = np.random.Generator(np.random.PCG64(seed))
    drawn = [_draw(column, random) for column in model.preprocessing.columns]
    return _predicted(model, drawn) or _joined(
        [_predicted(model, [[column[row]] for column in drawn]) for row in range(N_ROWS)], drawn
    )


def differing_row(model: FittedModel, golden: Golden) -> int | None:
    """The first golden row that a model predicts otherwise by more than float noise, from 0.

    Raises:
        ValueError: if the rows are none of this model.
        GoodfitError: if it cannot predict them.
    """
    if any(len(cells) != len(golden.predictions) for cells in golden.cells):
        raise ValueError("golden rows need a prediction each")
    if not golden.predictions:
        return None
    table = _table(model.preprocessing, golden.cells)
    stored, found = np.array(golden.predictions), _numbers(model, table)
    if stored.shape != found.shape:
        raise ValueError("golden rows need a prediction each")
    noise = DOUBLE_NOISE if model.settings.precision == "float64" else SINGLE_NOISE
    allowed = noise * (_units(model) + np.abs(stored))
    differs = ~(np.abs(found - stored) <= allowed).all(axis=1)
    return int(differs.argmax()) if differs.any() else None


def _predicted(model: FittedModel, drawn: Sequence[Sequence[Cell]]) -> Golden | None:
    """Made-up cells, (feature, row), with what a model predicts of them; None if it cannot."""
    cells = tuple(tuple(column) for column in drawn)
    try:
        numbers = _numbers(model, _table(model.preprocessing, cells))
    except GoodfitError:
        return None
    return Golden(cells=cells, predictions=tuple(map(tuple, numbers.tolist())))


def _joined(parts: Sequence[Golden | None], drawn: Sequence[Sequence[Cell]]) -> Golden:
    """The rows of several that could be predicted as one; of none, no rows."""
    there = [part for part in parts if part]
    places = range(len(drawn))
    return Golden(
        cells=tuple(
            tuple(cell for part in there for cell in part.cells[place]) for place in places
        ),
        predictions=tuple(row for part in there for row in part.predictions),
    )


def _numbers(model: FittedModel, table: Table) -> np.ndarray:
    """Predictions as numbers, (row, number), as :class:`Golden` has them."""
    found = model.predict_table(table)
    if model.schema.target.levels:
        return found.ratings
    points = found.predictions.reshape(table.n_rows, len(model.schema.targets))
    return np.column_stack([points, *found.further.values()])


def _units(model: FittedModel) -> np.ndarray:
    """What each of these numbers is measured in, (number,): the scale of its target, or 1."""
    scales = [target.scale for target in model.preprocessing.targets]
    if model.schema.target.levels:
        return np.ones(1)
    return np.array(scales + [scale for scale in scales for _ in model.objective.loss.further])


def _draw(column: Column, random: np.random.Generator) -> list[Cell]:
    """A column of made-up cells."""
    missing = random.random(N_ROWS) < MISSING_SHARE
    missing[[MISSING_ROW, UNSEEN_ROW]] = True, False
    cells = [_cell(column, random, unseen=row == UNSEEN_ROW) for row in range(N_ROWS)]
    return [None if gap else cell for cell, gap in zip(cells, missing, strict=True)]


def _cell(column: Column, random: np.random.Generator, *, unseen: bool) -> Cell:
    """A made-up cell, from the column's statistics, levels or terms alone."""
    if isinstance(column, NumberColumn):
        return _number(column, random)
    if isinstance(column, DateColumn):
        return _moment(column, random, unseen=unseen)
    known = column.levels[column.pooled :] if isinstance(column, CategoryColumn) else column.terms
    if unseen or not known:
        word = UNSEEN_WORD
        while word in known:
            word += "*"
        return word
    if isinstance(column, TextColumn):
        places = random.integers(0, len(known), random.integers(1, MOST_TERMS + 1))
        return " ".join(known[place].removesuffix("…") for place in places)
    return known[int(random.integers(0, len(known)))]


def _number(scale: Scale, random: np.random.Generator) -> float:
    """A number about the middle of those that a scale was learnt from."""
    if scale.knots:
        place = int(random.integers(0, max(len(scale.knots) - 1, 1)))
        low, high = scale.knots[place][0], scale.knots[min(place + 1, len(scale.knots) - 1)][0]
        return low + (high - low) * float(random.uniform(0.25, 0.75))
    # Behind a curve the scale is not in the column's units.
    spread = scale.scale if SCALINGS[scale.scaling].curve is None else abs(scale.fill) / 2
    drawn = scale.fill + (spread or 1.0) * float(random.uniform(-FARTHEST, FARTHEST))
    return drawn if np.isfinite(drawn) else scale.fill


def _moment(column: DateColumn, random: np.random.Generator, *, unseen: bool) -> str:
    """A moment after the earliest, to the second, without the time zone that it may be meant in.

    Where days are levels it is on one of them, or after all of them.
    """
    scales = {part.part: part.scale for part in column.parts}
    elapsed = scales.get("elapsed")
    days = abs(_number(elapsed, random)) if elapsed else float(random.uniform(0, 366))
    try:
        moment = column.earliest + timedelta(days=days)
        if column.days:
            day = column.days[-1] + 1 if unseen else int(random.choice(column.days))
            moment = datetime.combine(EPOCH + timedelta(days=day), moment.time())
    except OverflowError:
        moment = column.earliest
    return moment.replace(microsecond=0).isoformat()


def _table(preprocessing: Preprocessing, cells: tuple[tuple[Cell, ...], ...]) -> Table:
    """Made-up cells as a table.

    Raises:
        ValueError: if they are no cells of these columns.
    """
    try:
        columns = {
            column.name: pa.chunked_array([_array(column, list(own))])
            for column, own in zip(preprocessing.columns, cells, strict=True)
        }
    except (TypeError, pa.ArrowException) as error:
        raise ValueError(str(error)) from error
    return Table(columns, len(cells[0]))


def _array(column: Column, cells: list[Cell]) -> pa.Array:
    """Cells in the type that the column's are read from."""
    if isinstance(column, NumberColumn):
        return pa.array(cells, pa.float64())
    if not isinstance(column, DateColumn):
        return pa.array(cells, pa.string())
    moments = [None if cell is None else datetime.fromisoformat(str(cell)) for cell in cells]
    if column.form == "hh:mm":
        return pa.array([moment and moment.time() for moment in moments], pa.time64("us"))
    if not column.zoned:
        return pa.array(moments, pa.timestamp("us"))
    zoned = [moment and moment.replace(tzinfo=UTC) for moment in moments]
    return pa.array(zoned, pa.timestamp("us", "UTC"))
