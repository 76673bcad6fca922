"""How predictions depend on a column: partial dependence and accumulated local effects."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
import numpy as np

from goodfit.data.schema import Column, Kind
from goodfit.model.reports.cells import MOST_CELLS, Cells, cells_of
from goodfit.model.reports.features import Feature, features_of, related
from goodfit.model.reports.importance import importance_report, multiplications_of
from goodfit.model.reports.outputs import names_of_outputs, outputs_by_name, outputs_moved
from goodfit.model.reports.rows import Look, Part, Rows, look_at, once
from goodfit.preprocessing.seen import numbers_of
from goodfit.scoring.accumulated import accumulated

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel

#: Columns that are shown, the most important ones.
MOST_FEATURES = 6
#: Rows that partial dependence is a mean over, rows that are shown one by one, and rows that are
#: moved for accumulated effects.
MEAN_ROWS, SINGLE_ROWS, MOVED_ROWS = 100, 24, 600
# Multiplications of all curves, about; with a large network fewer rows are moved, down to a fifth.
MOST_MULTIPLICATIONS, LEAST_SHARE = 1e10, 0.2
#: A number or date that is related to another column as strongly as this is shown by accumulated
#: effects, too: partial dependence would set cells beside others that they never stand beside.
RELATED = 0.5


class Relation(msgspec.Struct, frozen=True, kw_only=True):
    """The column that another is related to most.

    Args:
        column: its name.
        strength: from 0 to 1 (see ``goodfit.scoring.relations``).
    """

    column: str
    strength: float


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """How one output depends on one column.

    Args:
        feature: the column.
        kind: of its cells.
        output: the target; of classes the one whose probability (or margin) it is.
        at: cells of real rows: numbers; of dates days since 1970; of levels 0, 1, …
        names: the levels; none of numbers and dates.
        mean: at each cell, over rows that are otherwise as they are.
        each: some of these rows one by one, (row, cell).
        shares: share of the rows that have each level; none of numbers and dates.
        missing: the mean where the cell is missing; None where no row misses it.
        missing_share: of the rows without a cell.
        relation: with the column that it is related to most; None of a single column.
    """

    feature: str
    kind: Kind
    output: str
    at: tuple[float, ...]
    names: tuple[str, ...]
    mean: tuple[float, ...]
    each: tuple[tuple[float, ...], ...]
    shares: tuple[float, ...]
    missing: float | None
    missing_share: float
    relation: Relation | None


class DependenceReport(msgspec.Struct, frozen=True, kw_only=True):
    """Partial dependence on the most important columns.

    Args:
        target: the column of the classes; None of numbers, whose columns are the outputs.
        part: what the rows are.
        n_rows: that means are over, of ``of_rows``.
        of_rows: that there are.
        outputs: names of what depends.
        probabilities: whether these are probabilities.
        curves: column by column, the most important first; of each every output.
    """

    target: str | None
    part: Part
    n_rows: int
    of_rows: int
    outputs: tuple[str, ...]
    probabilities: bool
    curves: tuple[Curve, ...]


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """The accumulated effect of one column on one output.

    Args:
        feature: the column.
        kind: of its cells.
        output: as for :class:`Curve`.
        at: ends of intervals of its cells, each the cell of a real row.
        effect: at each; its mean over the rows is 0.
        relation: with the column that it is related to most.
    """

    feature: str
    kind: Kind
    output: str
    at: tuple[float, ...]
    effect: tuple[float, ...]
    relation: Relation


class AccumulatedReport(msgspec.Struct, frozen=True, kw_only=True):
    """Accumulated local effects of the most important columns that others go along with.

    Args:
        target: the column of the classes; None of numbers, whose columns are the outputs.
        part: what the rows are.
        n_rows: that were moved, of ``of_rows``.
        of_rows: that there are.
        outputs: names of what depends.
        probabilities: whether these are probabilities.
        least: strength of the relations of such columns.
        effects: column by column; of each every output.
    """

    target: str | None
    part: Part
    n_rows: int
    of_rows: int
    outputs: tuple[str, ...]
    probabilities: bool
    least: float
    effects: tuple[Effect, ...]


def dependence_report(model: FittedModel, rows: Rows | None) -> DependenceReport | None:
    """Partial dependence and single rows (ICE); None without rows or columns to show.

    Every cell is one that a row has; other cells of its row stay as they are.

    Source: Friedman 2001, "Greedy function approximation", section 8.2; Goldstein et al. 2015,
    arXiv 1309.6392.

    >>> import goodfit
    >>> from goodfit.data.read import read_table
    >>> table = {"x": list(range(20)), "y": [3.0 * n for n in range(20)]}
    >>> model = goodfit.fit(table, target="y", network="linear", optimizer="exact", split="none")
    >>> found = dependence_report(model, Rows(read_table(table, settings=model.settings)[0]))
    >>> [round(number, 3) for number in found.curves[0].mean[1:4]]
    [3.0, 6.0, 9.0]
    """
    if rows is None:
        return None
    look = look_at(model, rows)
    shown = _shown(model, rows)
    if not shown:
        return None
    curves = [
        curve
        for one in shown
        for curve in _curves(model, look, one, _relation(model, rows, one.feature))
    ]
    return DependenceReport(
        target=_classes(model),
        part=look.part,
        n_rows=_few(model, look, MEAN_ROWS),
        of_rows=look.n_rows,
        outputs=tuple(names_of_outputs(model, look)),
        probabilities=model.answers.given.probability,
        curves=tuple(curves),
    )


def accumulated_report(model: FittedModel, rows: Rows | None) -> AccumulatedReport | None:
    """Accumulated local effects (ALE); None where no important number or date is related.

    Rule: a number or date among the columns that ``dependence`` shows, related to another
    column with a strength of at least 0.5.

    >>> import goodfit
    >>> from goodfit.data.read import read_table
    >>> table = {"x": list(range(20)), "also": [n + n % 3 for n in range(20)],
    ...          "y": [3.0 * n for n in range(20)]}
    >>> model = goodfit.fit(table, target="y", network="linear", optimizer="exact", split="none")
    >>> found = accumulated_report(model, Rows(read_table(table, settings=model.settings)[0]))
    >>> found.effects[0].relation.column
    'also'
    """
    if rows is None:
        return None
    look, effects = look_at(model, rows), list[Effect]()
    for one in _shown(model, rows):
        relation = _relation(model, rows, one.feature)
        moves = one.column.kind in {"number", "date"}
        if moves and relation is not None and relation.strength >= RELATED:
            effects += _effects(model, look, one, relation)
    if not effects:
        return None
    return AccumulatedReport(
        target=_classes(model),
        part=look.part,
        n_rows=_few(model, look, MOVED_ROWS),
        of_rows=look.n_rows,
        outputs=tuple(names_of_outputs(model, look)),
        probabilities=model.answers.given.probability,
        least=RELATED,
        effects=tuple(effects),
    )


def _few(model: FittedModel, look: Look, most: int) -> int:
    """How many rows are moved: as many as the multiplications suffice for."""
    each = multiplications_of(model.network) * MOST_FEATURES * MOST_CELLS * MEAN_ROWS
    share = min(max(MOST_MULTIPLICATIONS / each, LEAST_SHARE), 1.0)
    return min(len(look.values), round(share * most))


def _classes(model: FittedModel) -> str | None:
    """The column of the classes, if it is one."""
    return model.schema.target.name if model.schema.target.levels else None


class Shown(NamedTuple):
    """A column that is shown: what it is, where it stands, its cells."""

    column: Column
    feature: Feature
    cells: Cells


def _shown(model: FittedModel, rows: Rows) -> list[Shown]:
    """The most important columns that have cells to go along, and these."""
    return once(model, rows, _found_shown)


def _found_shown(model: FittedModel, rows: Rows) -> list[Shown]:
    look, importances = look_at(model, rows), importance_report(model, rows)
    by_name = {column.name: column for column in model.schema.features}
    places = {feature.name: feature for feature in features_of(model.preprocessing)}
    order = [*by_name] if importances is None else [one.columns[0] for one in importances.features]
    found = list[Shown]()
    for name in order:
        if len(found) == MOST_FEATURES:
            break
        cells = cells_of(look.table, by_name[name], weight=look.weight)
        if cells is not None:
            found.append(Shown(by_name[name], places[name], cells))
    return found


def _relations(model: FittedModel, rows: Rows) -> np.ndarray:
    return related(model, look_at(model, rows))


def _relation(model: FittedModel, rows: Rows, feature: Feature) -> Relation | None:
    """The column that another is related to most."""
    features = features_of(model.preprocessing)
    if len(features) < 2:
        return None
    strengths = once(model, rows, _relations)[features.index(feature)].copy()
    strengths[features.index(feature)] = -1
    place = int(strengths.argmax())
    return Relation(column=features[place].name, strength=float(strengths[place]))


def _curves(model: FittedModel, look: Look, shown: Shown, relation: Relation | None) -> list[Curve]:
    """How every output depends on one column."""
    column, feature, cells = shown
    n_rows = _few(model, look, MEAN_ROWS)
    donors = cells.rows if cells.missing is None else np.append(cells.rows, cells.missing)
    outputs = outputs_moved(
        model,
        look,
        [feature],
        rows=np.tile(np.arange(n_rows), len(donors)),
        donors=np.repeat(donors, n_rows),
    )
    found = outputs_by_name(model, look, outputs)
    # -> (output, row, cell)
    found = found.reshape(len(donors), n_rows, found.shape[1]).transpose(2, 1, 0)
    weight, n_cells = look.weight[:n_rows], len(cells.rows)
    curves = list[Curve]()
    for name, of_rows in zip(names_of_outputs(model, look), found, strict=True):
        mean = weight @ of_rows / weight.sum()
        curves.append(
            Curve(
                feature=column.name,
                kind=column.kind,
                output=name,
                at=tuple(cells.at.tolist()),
                names=cells.names,
                mean=tuple(mean[:n_cells].tolist()),
                each=tuple(tuple(row) for row in of_rows[:SINGLE_ROWS, :n_cells].tolist()),
                shares=tuple(cells.shares.tolist()),
                missing=None if cells.missing is None else float(mean[-1]),
                missing_share=cells.missing_share,
                relation=relation,
            )
        )
    return curves


def _effects(model: FittedModel, look: Look, shown: Shown, relation: Relation) -> list[Effect]:
    """The accumulated effect of one column on every output."""
    column, feature, cells = shown
    numbers = numbers_of(look.table, column)
    assert numbers is not None
    within = (numbers >= cells.at[0]) & (numbers <= cells.at[-1])
    rows = np.flatnonzero(within)[: _few(model, look, MOVED_ROWS)]
    # An interval holds its upper end; the first one its lower end, too.
    places = (np.searchsorted(cells.at, numbers[rows]) - 1).clip(min=0)
    outputs = outputs_moved(
        model,
        look,
        [feature],
        rows=np.concatenate([rows, rows]),
        donors=np.concatenate([cells.rows[places], cells.rows[places + 1]]),
    )
    lower, upper = np.split(outputs_by_name(model, look, outputs), 2)
    effects = accumulated(
        upper - lower, places, n_intervals=len(cells.at) - 1, weight=look.weight[rows]
    )
    return [
        Effect(
            feature=column.name,
            kind=column.kind,
            output=name,
            at=tuple(cells.at.tolist()),
            effect=tuple(effect.tolist()),
            relation=relation,
        )
        for name, effect in zip(names_of_outputs(model, look), effects.T, strict=True)
    ]
