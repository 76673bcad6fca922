"""A model on a table that holds its target: metrics, coverage, reliability of probabilities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from goodfit.core.errors import GoodfitError
from goodfit.core.remarks import Remark
from goodfit.core.settings import make_settings
from goodfit.data.kinds import check_columns, check_decimals
from goodfit.data.parse import read_targets
from goodfit.data.read import read_chunks
from goodfit.data.table import Table
from goodfit.data.weights import read_weight
from goodfit.model.intervals import measure, promise_of
from goodfit.model.reading import how_read, tell_all
from goodfit.model.records import Evaluation, Through, joined
from goodfit.scoring.metrics import undefined
from goodfit.scoring.reliability import Reliability, reliability

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel


def evaluated(
    model: FittedModel,
    source: Any,
    *,
    metric: str | None,
    interval: float | None,
    tell: Callable[[Remark], None] | None,
    reading: Mapping[str, Any],
) -> Evaluation:
    """See :meth:`goodfit.FittedModel.evaluate_in_full`."""
    asked = make_settings(metric=metric or "auto").metric
    names = model.answers.metrics if asked == "auto" else (*model.answers.metrics, asked)
    model.answers.check_metric(names[-1])
    if interval is not None:
        promise_of(model, interval)
    targets, chunks, weights, before, ways = [], [], [], [], []
    for chunk in read_chunks(source, settings=how_read(model.settings, reading), tell=tell):
        remarks = check_columns(chunk, model.schema, need_target=True)
        tell_all(remarks, tell if not chunks else None)
        check_decimals(chunk, model.schema)
        targets.append(_complete_targets(model, chunk))
        weights.append(_weight(model, chunk, tell if not chunks else None))
        way = model.through(chunk, by_fold=interval is not None and model.speaks_by_fold)
        chunks.append(model.predictions_of(way.outputs, chunk))
        before.append(model.uncalibrated_of(way))
        if interval is not None:  # encoded rows take memory: kept only for what needs them
            ways.append(way)
    weight = None if any(one is None for one in weights) else np.concatenate(weights)
    values, found = np.concatenate(targets), joined(chunks)
    figures = model.answers.score(values, found, weight=weight, names=names)
    tell_all([undefined(name) for name, value in figures.items() if value is None], tell)
    coverage = None
    if interval is not None:
        coverage = measure(model, Through.joined(ways), values, [interval], part="table")[0]
    without = None if any(one is None for one in before) else np.concatenate(before)
    return Evaluation(
        figures, coverage, *reliabilities(found.probabilities, without, values, weight)
    )


def reliabilities(
    probability: np.ndarray,
    before: np.ndarray | None,
    values: np.ndarray,
    weight: np.ndarray | None,
) -> tuple[Reliability | None, Reliability | None]:
    """How well probabilities and shares agree, as predicted and before rows corrected them.

    Args:
        probability: (row, level) as predicted; none of numbers.
        before: (row, level) likewise, before that; None where nothing was corrected.
        values: (row,) indices of their levels.
        weight: (row,) or None.
    """
    if not probability.shape[1]:
        return None, None
    target = values.astype(np.int64)
    after = reliability(target, probability, weight=weight)
    if before is None or (before == probability).all():
        return after, None
    return after, reliability(target, before, weight=weight)


def _complete_targets(model: FittedModel, table: Table) -> np.ndarray:
    """The targets of a table that is to be scored: none may be missing."""
    values = read_targets(table, model.schema.targets)
    for goal, column in zip(
        model.schema.targets,
        values.reshape(len(values), len(model.schema.targets)).T,
        strict=True,
    ):
        if np.isnan(column).any():
            rows = table.say_rows(np.flatnonzero(np.isnan(column)))
            raise GoodfitError("model.target_missing", column=goal.name, rows=rows)
    return values


def _weight(
    model: FittedModel, table: Table, tell: Callable[[Remark], None] | None
) -> np.ndarray | None:
    """How much each row counts, (row,), if the table says so in the column that did."""
    name = model.settings.weight
    if name is None:
        return None
    if name not in table.columns:
        params = {"table": table.name, "column": name}
        tell_all([Remark("model.scored_without_weights", params)], tell)
        return None
    column = next(column for column in model.schema.columns if column.name == name)
    return read_weight(table, name, decimal=column.decimal)
