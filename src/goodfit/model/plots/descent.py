"""How a straight line found its place: the training again, step by step, on the loss surface."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import torch

from goodfit.core.batch import Batch
from goodfit.core.errors import GoodfitError
from goodfit.model.plots.loss import learns_in_epochs
from goodfit.model.plots.points import Points, only_numbers, points_of
from goodfit.model.straight_line import least_squares
from goodfit.training.events import EpochFinished, StageStarted

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel
    from goodfit.model.plots.plot import Rows
    from goodfit.model.run import Run

#: Epochs of the way that are kept; the early ones, in which most happens, stand closer.
MOST_STAGES = 64
#: Places of the loss surface along each side.
SIDE = 48
#: Rows times epochs that are trained once more for a picture: a second or two.
MOST_VISITS = 1_000_000
# How far the surface reaches beyond the way, and rows that it is computed from at a time.
BEYOND, MOST_OUTPUTS = 0.2, 2_000_000


class DescentReport(msgspec.Struct, frozen=True, kw_only=True):
    """The way of slope and intercept over the loss surface, in the table's units.

    Args:
        feature: its name.
        target: its name.
        loss: its name.
        points: the rows of each part.
        epoch: (stage,) epochs after which the line was looked at, 0 before the first step.
        slope: (stage,) of the line then.
        intercept: (stage,)
        losses: (stage,) of the training rows.
        kept_epoch: whose line the model has.
        kept: its slope and intercept.
        least: slope and intercept of the line of least squares; None for another loss, and
            where rows count differently.
        slopes: (column,) of the surface.
        intercepts: (row,) of it.
        surface: (row, column) loss of the training rows.
    """

    feature: str
    target: str
    loss: str
    points: tuple[Points, ...]
    epoch: tuple[int, ...]
    slope: tuple[float, ...]
    intercept: tuple[float, ...]
    losses: tuple[float, ...]
    kept_epoch: int
    kept: tuple[float, float]
    least: tuple[float, float] | None
    slopes: tuple[float, ...]
    intercepts: tuple[float, ...]
    surface: tuple[tuple[float, ...], ...]


def is_a_line(model: FittedModel) -> bool:
    """Whether a model is a straight line of one feature that was found step by step."""
    layout, loss = model.preprocessing.layout, model.objective.loss
    return (
        only_numbers(model, 1)
        and model.settings.network == "linear"
        and (len(layout.dense), len(layout.codes), layout.outputs) == (1, 0, 1)
        and not model.schema.target.levels
        and model.settings.target_transform == "none"
        and loss.link.name == "identity"
        and not model.settings.refit
        and not model.own
        and learns_in_epochs(model)
        and model.provenance.n_training * len(model.history.train_loss) <= MOST_VISITS
        and model.coefficients() is not None
    )


def descent_report(model: FittedModel, rows: Rows | None) -> DescentReport | None:
    """Train once more as the model was, on its own table, and watch the line.

    Raises:
        GoodfitError: if that does not end at the model's own line: the rows are not those that
            trained it.
    """
    if rows is None or not is_a_line(model):
        return None
    run, stages = _trained_again(model, rows)
    kept = _line(model, *_parameters(run))
    if kept != _line(model, *_parameters(model)):
        raise GoodfitError("plots.other_way", table=rows.table.name)
    chosen = _closer_at_first(len(stages))
    way = np.array([_line(model, *stages[place]) for place in chosen])
    batch = _batch(run)
    least = _least(model, run, batch)
    slopes, intercepts = _ends(way if least is None else np.vstack([way, least]))
    return DescentReport(
        feature=model.schema.features[0].name,
        target=model.schema.target.name,
        loss=model.settings.loss,
        points=points_of(model, rows),
        epoch=tuple(chosen),
        slope=tuple(way[:, 0].tolist()),
        intercept=tuple(way[:, 1].tolist()),
        losses=tuple(_losses(run, batch, np.array([stages[place] for place in chosen])).tolist()),
        kept_epoch=run.kept_epoch,
        kept=kept,
        least=least,
        slopes=tuple(slopes.tolist()),
        intercepts=tuple(intercepts.tolist()),
        surface=_surface(model, run, batch, slopes, intercepts),
    )


def _trained_again(model: FittedModel, rows: Rows) -> tuple[Run, list[tuple[float, float]]]:
    """The run at its end, and weight and bias before the first step and after each epoch."""
    from goodfit.model.fit import start

    # Without its clock: the settings keep what a budget decided.
    settings = msgspec.structs.replace(model.settings, budget=None)
    run = start(rows.table, target=model.schema.target.name, settings=settings)
    return run, list(_stages(run))


def _stages(run: Run) -> Iterator[tuple[float, float]]:
    last = len(run.plan.folds) == 1  # else the networks of the folds come first
    if last:
        yield _parameters(run)
    for event in run.events():
        if isinstance(event, StageStarted) and event.stage == "final":
            last = True
            yield _parameters(run)
        elif last and isinstance(event, EpochFinished):
            yield _parameters(run)


def _parameters(owner: Run | FittedModel) -> tuple[float, float]:
    """Weight and bias of a linear network of one input."""
    state = owner.network.state_dict()
    return float(state["weight"]), float(state["bias"])


def _line(model: FittedModel, weight: float, bias: float) -> tuple[float, float]:
    """Slope and intercept in the table's units."""
    found = model.preprocessing.coefficients(np.array([weight]), [], bias)
    assert found is not None
    return found[model.schema.features[0].name], found["intercept"]


def _closer_at_first(count: int) -> list[int]:
    """Places among so many stages: the first, the last, and between them ever farther apart.

    >>> _closer_at_first(5), _closer_at_first(1000)[:3], _closer_at_first(1000)[-1]
    ([0, 1, 2, 3, 4], [0, 1, 2], 999)
    """
    places = np.geomspace(1, count, min(MOST_STAGES, count)).round().astype(int) - 1
    if count <= MOST_STAGES:
        places = np.arange(count)
    return sorted(set(places.tolist()))


def _ends(way: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slopes and intercepts of a surface on which the whole way lies."""
    sides: list[np.ndarray] = []
    for values in way.T:
        low, high = float(values.min()), float(values.max())
        room = BEYOND * (high - low) or max(abs(high), 1.0) * BEYOND
        sides.append(np.linspace(low - room, high + room, SIDE))
    return sides[0], sides[1]


def _batch(run: Run) -> Batch:
    """The training rows as tensors, in double precision."""
    rows = run.learning
    encoded = run.preprocessing.encode(run.table.take(rows), dtype=np.float64)
    target = run.preprocessing.scale_targets(run.target_values[rows])
    weight = run.loss_weight
    return Batch(
        torch.from_numpy(encoded.dense),
        torch.from_numpy(encoded.codes),
        torch.from_numpy(target),
        None if weight is None else torch.from_numpy(weight[rows]).double().view(-1, 1),
    )


def _least(model: FittedModel, run: Run, batch: Batch) -> tuple[float, float] | None:
    """The line with the least loss, where that is the mean squared error of equal rows."""
    if model.settings.loss != "mean_squared_error" or batch.weight is not None:
        return None
    best = least_squares(batch.dense[:, 0].numpy(), batch.target[:, 0].numpy())
    return _line(model, best.slope, best.intercept)


def _losses(run: Run, batch: Batch, lines: np.ndarray) -> np.ndarray:
    """Mean loss of the training rows, (line,), for weights and biases (line, 2)."""
    found: list[float] = []
    for part in np.array_split(lines, -(-len(lines) * len(batch) // MOST_OUTPUTS)):
        weight, bias = torch.from_numpy(part.astype(np.float64)).T
        outputs = batch.dense * weight + bias  # (row, line)
        target = batch.target.expand(outputs.shape)
        errors = run.objective.loss.rows(outputs.T.reshape(-1, 1), target.T.reshape(-1, 1))
        errors = errors.view(len(part), len(batch))
        row_weight = torch.ones(len(batch), 1).double() if batch.weight is None else batch.weight
        found += (errors @ row_weight / row_weight.sum())[:, 0].tolist()
    return np.array(found)


def _surface(
    model: FittedModel, run: Run, batch: Batch, slopes: np.ndarray, intercepts: np.ndarray
) -> tuple[tuple[float, ...], ...]:
    """(row, column) loss of the lines with these slopes and intercepts."""
    # Slope and intercept are affine in weight and bias: three lines tell the way back.
    origin, one, other = (np.array(_line(model, *at)) for at in ((0, 0), (1, 0), (0, 1)))
    turn = np.column_stack([one - origin, other - origin])
    across, up = np.meshgrid(slopes, intercepts)
    lines = np.column_stack([across.ravel(), up.ravel()]) - origin
    losses = _losses(run, batch, np.linalg.solve(turn, lines.T).T)
    return tuple(map(tuple, losses.reshape(SIDE, SIDE).tolist()))
