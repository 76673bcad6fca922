"""How sure predictions are: intervals of numbers and sets of classes, and what they promise.

Nothing is trained for it: ``calibrate`` sees how large errors are on rows that did not train.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import msgspec
import numpy as np
from msgspec import Meta

from goodfit.core.errors import GoodfitError
from goodfit.core.settings import Settings
from goodfit.data.schema import Schema
from goodfit.model.records import Coverage, Through
from goodfit.networks.ensemble import Ensemble
from goodfit.preprocessing.layout import Layout
from goodfit.scoring.conformal import (
    Errors,
    coverage_spread,
    fewest_rows,
    intervals,
    sets,
)
from goodfit.scoring.width import MOST_COLUMNS, Width

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel
    from goodfit.training.objectives import Objective

#: Coverages that are measured on test rows.
LEVELS = (0.8, 0.9)

#: Why a promise holds about, and not exactly: the rows that calibrate also chose when to stop;
#: chose the mixture of networks and line; were scaled with the others; the model learnt from
#: further rows afterwards; other networks than the model's predicted them; rows of a group are
#: alike; a column divided the rows; rows count differently; a model to go on from may have seen
#: them; they also say where errors are large.
Reason = Literal[
    "stopping", "mixing", "scaling", "refit", "folds", "groups", "parts", "weights", "earlier",
    "widths",
]  # fmt: skip
Guarantee = Literal["exact", "approximate", "void"]


class OfTarget(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How large errors of one target are.

    Args:
        errors: of each fold, or of all rows, divided by their widths (of classes: 1 less the
            probability of the right class).
        width: how large errors are here and there, as trained on.
        floor: least spread that the network's own is taken for; None where it has none.
    """

    errors: Annotated[tuple[Errors, ...], Meta(min_length=1)]
    width: Width = Width()
    floor: float | None = None


class Calibration(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What intervals and sets are made from; errors of rows, not rows.

    Args:
        targets: of each target.
        n_rows: how many rows say how large errors are.
        folds: whether each of an ensemble's folds speaks of the rows that it did not see (CV+).
        reasons: why the promise is not exact.
        ordered: whether rows stand in time, so that new ones are not like those.
    """

    targets: Annotated[tuple[OfTarget, ...], Meta(min_length=1)]
    n_rows: int
    folds: bool
    reasons: tuple[Reason, ...]
    ordered: bool = False


class Promise(msgspec.Struct, frozen=True, kw_only=True):
    """What share of new rows intervals or sets cover, and how far that can be relied on.

    Args:
        level: the share.
        n_rows: rows that calibrate.
        spread: standard deviation of the coverage over calibrations of so many rows.
        guarantee: ``exact`` on average over calibrations, whatever the table, if new rows come
            from where these do; ``approximate`` for the reasons; ``void`` for rows in time.
        worst: the least share that CV+ promises if there were no reasons; None without folds.
        reasons: why it is not exact.
    """

    level: float
    n_rows: int
    spread: float
    guarantee: Guarantee
    worst: float | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Said:
    """What networks say of rows, as far as intervals need it.

    Args:
        centers: (row, target) scaled numbers; none for classes.
        spreads: (row, target) how large the network itself expects errors to be, or None.
        probabilities: (row, level); none for numbers.
    """

    centers: np.ndarray
    spreads: np.ndarray | None
    probabilities: np.ndarray


def said(objective: Objective, outputs: np.ndarray) -> Said:
    """What outputs after the link, (row, output), say."""
    nothing = np.empty((len(outputs), 0))
    if objective.task == "binary":
        return Said(nothing, None, np.column_stack([1 - outputs[:, 0], outputs[:, 0]]))
    if objective.task == "multiclass":
        return Said(nothing, None, outputs)
    loss, step = objective.loss, objective.loss.outputs_per_target
    deviation = [extra.place for extra in loss.further if extra.spread]
    ends = [extra.place for extra in loss.further if not extra.spread]
    spreads = None
    if deviation:
        spreads = outputs[:, deviation[0] :: step]
    elif len(ends) > 1:
        spreads = (outputs[:, max(ends) :: step] - outputs[:, min(ends) :: step]) / 2
    return Said(objective.points(outputs), spreads, nothing)


def can_calibrate(model: FittedModel) -> bool:
    """Whether the loss says what errors are of: numbers, or probabilities of classes."""
    return model.schema.target.task == "regression" or model.answers.given.probability


def rows_that_promise(model: FittedModel) -> int:
    """How many rows calibrate the model's intervals; 0 without a calibration."""
    found = model.calibration
    if found is None:
        return 0
    each = (round(sum(one.total for one in target.errors)) for target in found.targets)
    return min(found.n_rows, *each)


def promise_of(model: FittedModel, level: float) -> Promise:
    """What intervals or sets of a level promise.

    Raises:
        GoodfitError: if the level is none, or there are not rows enough for it.
    """
    if not 0 < level < 1:
        raise GoodfitError("model.interval_level", level=level)
    found = model.calibration
    if found is None:
        if not can_calibrate(model):
            raise GoodfitError("model.interval_without_probabilities", loss=model.settings.loss)
        raise GoodfitError("model.not_calibrated")
    n_rows = rows_that_promise(model)
    if n_rows < fewest_rows(level):
        raise GoodfitError(
            "model.interval_too_few_rows", level=level, n_rows=n_rows, least=fewest_rows(level)
        )
    guarantee: Guarantee = "approximate" if found.reasons else "exact"
    return Promise(
        level=level,
        n_rows=n_rows,
        spread=coverage_spread(level, n_rows),
        guarantee="void" if found.ordered else guarantee,
        worst=max(2 * level - 1, 0.0) if found.folds else None,
        reasons=found.reasons,
    )


def bounds_of(model: FittedModel, through: Through, level: float) -> np.ndarray:
    """Ends of intervals in the targets' units, (row, target, 2).

    Raises:
        GoodfitError: as :func:`promise_of`, and for classes.
    """
    if model.schema.target.task != "regression":
        raise GoodfitError("model.interval_of_classes", target=model.schema.target.name)
    promise_of(model, level)
    assert model.calibration is not None
    whole, each = said(model.objective, through.outputs), _each(model, through)
    columns = through.columns
    found = list[np.ndarray]()
    for place, target in enumerate(model.calibration.targets):
        inputs = np.column_stack([whole.centers[:, place], columns])
        widths = target.width.of(inputs)
        if target.floor is not None and whole.spreads is not None:
            widths = widths * np.maximum(whole.spreads[:, place], target.floor)
        centers = np.array([one.centers[:, place] for one in each])
        ends = intervals(target.errors, centers, widths, level=level)
        # The prediction is always within; so it would be but for folds that disagree much.
        center = whole.centers[:, place]
        ends = [np.minimum(ends[:, 0], center), np.maximum(ends[:, 1], center)]
        scaling = model.preprocessing.targets[place]
        found.append(np.column_stack([scaling.inverse(end) for end in ends]))
    bounds = np.stack(found, axis=1)
    if model.objective.loss.allows != "any":
        bounds = np.maximum(bounds, 0.0)  # no such target is below
    return bounds


def sets_of(model: FittedModel, through: Through, level: float) -> np.ndarray:
    """Which classes belong to each row's set, (row, level); the most probable one always does.

    Raises:
        GoodfitError: as :func:`promise_of`, and for numbers.
    """
    if model.schema.target.task == "regression":
        raise GoodfitError("model.set_of_numbers", target=model.schema.target.name)
    promise_of(model, level)
    assert model.calibration is not None
    whole = said(model.objective, through.outputs)
    misfits = 1 - np.array([one.probabilities for one in _each(model, through)])
    found = sets(model.calibration.targets[0].errors, misfits, level=level)
    found[np.arange(len(found)), whole.probabilities.argmax(axis=1)] = True
    return found


def interval_columns(model: FittedModel, through: Through, level: float) -> dict[str, np.ndarray]:
    """Ends of intervals, or which classes are in the set, (row,) each by the name of a column."""
    if model.schema.target.task != "regression":
        found = sets_of(model, through, level).T
        names = [f"in_set_{level:g}_{name}" for name in model.schema.target.levels]
        return dict(zip(names, found, strict=True))
    bounds, several = bounds_of(model, through, level), len(model.schema.targets) > 1
    columns = dict[str, np.ndarray]()
    for place, target in enumerate(model.schema.targets):
        for end, name in enumerate(("lower", "upper")):
            full = f"{name}_{level:g}" + (f"_{target.name}" if several else "")
            columns[full] = bounds[:, place, end]
    return columns


def _each(model: FittedModel, through: Through) -> list[Said]:
    """What each fold says of rows; where there are none what the model does."""
    return [said(model.objective, outputs) for outputs in through.by_fold or (through.outputs,)]


def belongs(found: Calibration, settings: Settings, schema: Schema, layout: Layout) -> bool:
    """Whether a calibration that was read is one of a model of these parts."""
    classes = bool(schema.target.levels)
    folds = (settings.bag or 1) if settings.network == "ensemble" and found.folds else 1
    most = 0 if classes else min(len(layout.dense) + 1, MOST_COLUMNS)
    return len(found.targets) == len(schema.targets) and all(
        len(target.errors) == folds and target.width.n_columns in {0, most}
        for target in found.targets
    )


def alone(network: Ensemble, fold: int) -> Ensemble:
    """One fold of an ensemble as an ensemble of its own; line and mixture stay."""
    n_codes = tuple(table.shape[1] for table in network.embeddings)
    found = Ensemble(
        network.n_dense,
        n_codes,
        network.n_outputs,
        numbers=network.numbers,
        widths=network.widths,
        members=network.members,
        folds=1,
        frequency=network.frequency,
    )
    shared = {"line", "line_bias", "share"}
    state = network.state_dict()
    kept = {name: it if name in shared else it[fold : fold + 1] for name, it in state.items()}
    found.to(network.first.dtype).load_state_dict(kept)
    for parameter in found.parameters():
        parameter.requires_grad = False
    return found.eval()


def measure(
    model: FittedModel, through: Through, values: np.ndarray, levels: Sequence[float], *, part: str
) -> tuple[Coverage, ...]:
    """What share of rows their intervals or sets cover, and how wide those are, at each level.

    Args:
        model: calibrated.
        through: the rows, by fold where the calibration is.
        values: (row,) or (row, target), their targets as the model counts them.
        levels: that are promised.
        part: what the rows are called.

    Raises:
        GoodfitError: as :func:`promise_of`.
    """
    promises = [promise_of(model, level) for level in levels]
    return tuple(_measured(model, through, values, promise, part) for promise in promises)


def _measured(
    model: FittedModel, through: Through, values: np.ndarray, promise: Promise, part: str
) -> Coverage:
    level, n_rows = promise.level, len(values)
    whole = said(model.objective, through.outputs)
    if model.schema.target.task == "regression":
        bounds, numbers = bounds_of(model, through, level), values.reshape(n_rows, -1)
        inside = (bounds[:, :, 0] <= numbers) & (numbers <= bounds[:, :, 1])
        deviation = numbers.std(axis=0)
        varying = deviation > 0
        # In deviations of each target, so that several can be compared.
        size = (bounds[:, :, 1] - bounds[:, :, 0])[:, varying] / deviation[varying]
        covered = inside.mean(axis=1)
        size = size.mean(axis=1) if varying.any() else np.full(n_rows, np.nan)
        predicted = whole.centers[:, 0] if numbers.shape[1] == 1 else np.empty(0)
    else:
        found = sets_of(model, through, level)
        covered = found[np.arange(n_rows), values.astype(np.int64)].astype(np.float64)
        size, predicted = found.sum(axis=1), whole.probabilities.max(axis=1)
    width = float(size.mean())
    return Coverage(
        level=level,
        part=part,
        n_rows=n_rows,
        covered=float(covered.mean()),
        spread=float(np.sqrt(level * (1 - level) / n_rows + promise.spread**2)),
        width=width if np.isfinite(width) else None,
        by_prediction=_by_thirds(covered, predicted),
        by_width=_by_thirds(covered, size),
    )


def _by_thirds(covered: np.ndarray, size: np.ndarray) -> tuple[float, ...]:
    """Coverage of the third of the rows that is least in size, of the middle and of the largest."""
    if len(size) < 3:
        return ()
    order = np.argsort(size, kind="stable")
    return tuple(float(covered[third].mean()) for third in np.array_split(order, 3))
