"""The rows that reports look at, and what the model makes of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, TypeVar

import numpy as np

from goodfit.data.parse import read_target
from goodfit.data.table import Table
from goodfit.data.weights import read_weight
from goodfit.model.again import Divided as Rows
from goodfit.model.calibrate import evenly
from goodfit.model.records import Foretold, Predictions, Through

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel
    from goodfit.model.run import Run

#: What the rows of a report are: kept from the fit; kept from the network of a fold that
#: predicted them; those that trained, where there are no others; of a table that nobody divided.
Part = Literal["test", "kept_out", "training", "table"]
__all__ = [
    "Judged",
    "Look",
    "Part",
    "Rows",
    "as_columns",
    "judged",
    "look_at",
    "once",
    "rows_of_run",
]
Found = TypeVar("Found")


@dataclass(frozen=True)
class Judged:
    """Rows with a target, beside what was predicted of them.

    Args:
        part: what they are.
        table: the rows; they keep their numbers.
        values: (row,) numbers or indices of levels; (row, target) of several targets.
        weight: (row,) above 0.
        predictions: of them; by networks that had not seen them where ``part`` is ``kept_out``.
        n_rows: of which these are evenly spread; as many, but where there are very many.
    """

    part: Part
    table: Table
    values: np.ndarray
    weight: np.ndarray
    predictions: Predictions
    n_rows: int

    @property
    def weighed(self) -> np.ndarray | None:
        """(row,) the weights, or None where all rows count alike."""
        return None if (self.weight == 1).all() else self.weight

    @property
    def columns(self) -> np.ndarray:
        """(row, target) the values."""
        return as_columns(self.values)

    def take(self, rows: np.ndarray) -> Judged:
        """Some of the rows, (row,) places."""
        return Judged(
            part=self.part,
            table=self.table.take(rows),
            values=self.values[rows],
            weight=self.weight[rows],
            predictions=self.predictions.take(rows),
            n_rows=self.n_rows,
        )


@dataclass(frozen=True)
class Look(Judged):
    """Rows as the model itself sees them, in an order that depends on their cells alone.

    Args:
        through: as the network sees them, and what it says.
    """

    through: Through


def as_columns(values: np.ndarray) -> np.ndarray:
    """(row,) or (row, target) -> (row, target)."""
    return values[:, None] if values.ndim == 1 else values


def rows_of_run(run: Run) -> Rows:
    """The rows of a fit that has ended, as it divided them.

    >>> from goodfit.core.settings import make_settings
    >>> from goodfit.model.fit import start
    >>> settings = make_settings(network="linear", optimizer="exact")
    >>> table = {"x": list(range(100)), "y": [3.0 * x for x in range(100)]}
    >>> run = start(table, target="y", settings=settings)
    >>> for _ in run.events(): pass
    >>> rows = rows_of_run(run)
    >>> rows.of("test").n_rows, look_at(run.finish(), rows).part
    (20, 'test')
    """
    plan = run.plan
    places = {
        "training": plan.final.training,
        "validation": plan.final.validation,
        "test": plan.test,
    }
    known = {name: rows for name, rows in places.items() if len(rows)}
    return Rows(run.table, known, run.weight, "same", _foretold(run))


def _foretold(run: Run) -> Foretold | None:
    """Predictions of rows that the model itself has seen, by networks that had not."""
    if not len(run.plan.test):
        kept = run.kept_out
        return None if kept is None else Foretold("kept_out", kept.rows, kept.network)
    if run.refit is None:
        return None
    before = replace(run, refit=None).model()
    found = before.predict_table(run.table.take(run.plan.test))
    return Foretold("test", run.plan.test, found)


def once(model: FittedModel, rows: Rows, find: Callable[[FittedModel, Rows], Found]) -> Found:
    """What a function finds out about a model on some rows, found out once."""
    key = (find.__module__, find.__qualname__, id(model))
    if key not in rows.known:
        rows.known[key] = (model, find(model, rows))  # the model is kept, so that its id stays
    return rows.known[key][1]


def judged(model: FittedModel, rows: Rows) -> Judged:
    """Rows that say how good predictions are, as honestly as they can."""
    return once(model, rows, _judged)


def look_at(model: FittedModel, rows: Rows) -> Look:
    """Rows to see what the model does: test rows where it has any that it has not seen."""
    return once(model, rows, _looked)


def _judged(model: FittedModel, rows: Rows) -> Judged:
    if rows.foretold is None:
        return look_at(model, rows)
    told = rows.foretold
    places, values, weight = _with_targets(model, rows, told.places)
    some = evenly(len(places))
    kept = np.flatnonzero(np.isin(told.places, places))[some]
    return Judged(
        part=told.part,
        table=rows.table.take(told.places[kept]),
        values=values[some],
        weight=weight[some],
        predictions=told.predictions.take(kept),
        n_rows=len(places),
    )


def _looked(model: FittedModel, rows: Rows) -> Look:
    part, places = _places(model, rows)
    places, values, weight = _with_targets(model, rows, places)
    some = evenly(len(places))
    table = rows.table.take(places[some])
    through = model.through(table)
    order = _order(through, values[some], weight[some])
    table, places = table.take(order), places[some][order]
    encoded = replace(
        through.encoded, dense=through.encoded.dense[order], codes=through.encoded.codes[order]
    )
    through = replace(
        through, encoded=encoded, columns=through.columns[order], outputs=through.outputs[order]
    )
    return Look(
        part=part,
        table=table,
        values=values[some][order],
        weight=weight[some][order],
        predictions=model.predictions_of(through.outputs, table),
        n_rows=len(weight),
        through=through,
    )


def _places(model: FittedModel, rows: Rows) -> tuple[Part, np.ndarray]:
    """Which rows to look at, and what they are."""
    test = rows.places.get("test", np.empty(0, np.int64))
    if len(test) and model.provenance.refit_epochs is None:
        return "test", test
    known = [places for places in rows.places.values() if len(places)]
    if known:
        return "training", np.sort(np.concatenate(known))
    return "table", np.arange(rows.table.n_rows)


def _with_targets(
    model: FittedModel, rows: Rows, places: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Those of some rows that count and have every target, their targets and weights."""
    table = rows.table.take(places)
    targets = [read_target(table, one, unknown="missing") for one in model.schema.targets]
    values = targets[0] if len(targets) == 1 else np.column_stack(targets)
    weight = _weight(model, rows)[places]
    kept = ~np.isnan(as_columns(values)).any(axis=1) & (weight > 0)
    return places[kept], values[kept], weight[kept]


def _weight(model: FittedModel, rows: Rows) -> np.ndarray:
    """(row of the table,) how much each counts."""
    if rows.weight is not None:
        return rows.weight
    name = model.settings.weight
    if name is None or name not in rows.table.columns:
        return np.ones(rows.table.n_rows)
    column = next(column for column in model.schema.columns if column.name == name)
    return read_weight(rows.table, name, decimal=column.decimal)


def _order(through: Through, values: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Places of rows in an order that looks like chance and depends on each row's cells alone.

    So the first hundred rows are a sample, and the same one in whatever order rows come.
    """
    columns = [*through.encoded.dense.T, *through.encoded.codes.T]
    columns += [*as_columns(values).T, weight]
    mark = np.zeros(len(values), np.uint64)
    for column in columns:  # mixed as by FNV-1a and the end of MurmurHash3
        bits = np.ascontiguousarray(column, np.float64).view(np.uint64)
        mark = (mark ^ bits) * np.uint64(0x100000001B3)
        mark ^= mark >> np.uint64(29)
        mark *= np.uint64(0xFF51AFD7ED558CCD)
        mark ^= mark >> np.uint64(33)
    return np.argsort(mark, kind="stable")
