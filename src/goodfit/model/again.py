"""A model's own table, read again and divided as its fit divided it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from goodfit.core.errors import GoodfitError
from goodfit.core.remarks import Remark
from goodfit.core.settings import READING
from goodfit.data.fingerprint import fingerprint
from goodfit.data.kinds import check_columns, check_decimals
from goodfit.data.parse import read_targets
from goodfit.data.parts import plan_parts
from goodfit.data.read import read_table
from goodfit.data.split import Plan, draw_rows
from goodfit.data.table import Table
from goodfit.data.weights import read_weight
from goodfit.model.reading import how_read, tell_all
from goodfit.model.records import Foretold

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel

#: Whether the parts are those of the fit: they are; the table is another; it is the same, but
#: its parts cannot be found again (it was fitted by an older Goodfit, say).
Parts = Literal["same", "other_table", "unknown"]


@dataclass(frozen=True)
class Divided:
    """A table that holds a model's columns and target.

    Args:
        table: its rows that have a target and a weight above zero.
        places: by part (``training``, ``validation``, ``test``) the places of its rows, (row,);
            empty unless ``parts`` is ``same``.
        weight: (row,) as the table says it; None where all rows count alike.
        parts: whether the parts are those of the fit.
        foretold: predictions that are more honest than the model's own, where it has seen every
            row: those of folds.
        known: what was found out about these rows, so that it is found out once.
    """

    table: Table
    places: Mapping[str, np.ndarray] = field(default_factory=dict[str, np.ndarray])
    weight: np.ndarray | None = None
    parts: Parts = "unknown"
    foretold: Foretold | None = None
    known: dict[Any, Any] = field(default_factory=dict[Any, Any], repr=False, compare=False)

    def of(self, part: str) -> Table | None:
        """The rows of a part; None where it has none, and where nobody knows them."""
        found = self.places.get(part)
        return None if found is None else self.table.take(found)


def divided_again(
    model: FittedModel,
    source: Any,
    *,
    tell: Callable[[Remark], None] | None = None,
    **reading: Any,
) -> Divided:
    """Read a table and, if it is the one that a model was fitted to, divide it as the fit did.

    The rows that scored the model are then the same again: the digest of their places, which
    the model keeps, is compared.

    Args:
        model: fitted.
        source: whatever :func:`goodfit.fit` reads; it holds the target.
        tell: called with each remark.
        **reading: how it is written, where that differs from the fit (see
            :meth:`goodfit.FittedModel.predict`).

    Raises:
        GoodfitError: if it cannot be read or lacks columns, and if no row has a target.

    >>> import goodfit
    >>> table = {"x": list(range(60)), "y": [3.0 * x for x in range(60)]}
    >>> model = goodfit.fit(table, target="y", epochs=2)
    >>> found = divided_again(model, table)
    >>> found.parts, len(found.places["test"])
    ('same', 12)
    """
    as_fitted = {name: getattr(model.settings, name) for name in READING}
    settings = how_read(model.settings, as_fitted | reading)
    table, _ = read_table(source, settings=settings)
    tell_all(check_columns(table, model.schema, need_target=True), tell)
    check_decimals(table, model.schema)
    table, values, weight = _that_count(model, table)
    places, parts = _divided(model, table, values)
    return Divided(table, places, weight, parts)


def _that_count(model: FittedModel, table: Table) -> tuple[Table, np.ndarray, np.ndarray | None]:
    """The rows that have every target and a weight above zero, as at the fit."""
    goals = model.schema.targets
    values = read_targets(table, goals)
    kept = ~np.isnan(values.reshape(len(values), len(goals))).any(axis=1)
    name, weight = model.settings.weight, None
    if name is not None and name in table.columns:
        weight = read_weight(table, name, settings=model.settings)
        kept &= weight > 0
    if not kept.any():
        raise GoodfitError("model.no_row_with_targets", columns=[goal.name for goal in goals])
    if kept.all():
        return table, values, weight
    rows = np.flatnonzero(kept)
    return table.take(rows), values[rows], None if weight is None else weight[rows]


def _divided(
    model: FittedModel, table: Table, values: np.ndarray
) -> tuple[Mapping[str, np.ndarray], Parts]:
    """The parts of the fit, if this is its table and they are found again."""
    if fingerprint(table) != model.provenance.table:
        return {}, "other_table"
    try:
        plan = _planned(model, table, values)
    except GoodfitError:  # the parts were made by another rule than today's
        return {}, "unknown"
    if model.provenance.test_rows != digest_of(plan.test):
        return {}, "unknown"
    final = plan.final
    places = {"training": final.training, "validation": final.validation, "test": plan.test}
    return {name: rows for name, rows in places.items() if len(rows)}, "same"


def _planned(model: FittedModel, table: Table, values: np.ndarray) -> Plan:
    settings = model.settings
    classes = values.astype(np.int64) if model.schema.target.levels else None
    plan, _ = plan_parts(table, classes, settings=settings)
    if settings.sample is None:
        return plan
    return draw_rows(plan, classes, count=settings.sample, seed=settings.seed)


def digest_of(rows: np.ndarray) -> str:
    """SHA-256 of the places of rows, as a model keeps it (``Provenance.test_rows``).

    >>> digest_of(np.array([1, 2])) == digest_of(np.array([2, 1]))
    False
    """
    return hashlib.sha256(rows.astype("<i8").tobytes()).hexdigest()
