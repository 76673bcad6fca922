"""The training loop: a generator of events over a state."""

from __future__ import annotations

import math
import time
from collections.abc import Generator, Iterator, Sequence
from itertools import islice

import torch

from goodfit.core.batch import Batch
from goodfit.core.errors import GoodfitError
from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings, decided
from goodfit.training import exact
from goodfit.training.batches import Batches, FoldRows, part
from goodfit.training.controls import Controls
from goodfit.training.doctor import diagnosed
from goodfit.training.events import EpochFinished, Event, Reason, StepsFinished, TrainingFinished
from goodfit.training.measure import Measure
from goodfit.training.objectives import Objective
from goodfit.training.schedules import Course
from goodfit.training.state import TrainingState
from goodfit.training.step import Descent, GradientStep
from goodfit.training.trainable import Trainable

# A watcher hears at least this often that work goes on.
SIGN_OF_LIFE_S = 0.05
# Rows evaluated at once: large products, bounded memory.
EVALUATED_ROWS = 4_096
# The gradient's length is taken after the first epochs and every so many: of the smallest networks,
# whose epoch is a step of some 25 µs, each time would cost a sixth of it.
LOOKED_AT = 10
# Inputs beyond this size overflow float32 when a layer's sum is squared.
HUGE = 1e15


@torch.no_grad()
def train(
    state: TrainingState,
    network: Trainable,
    objective: Objective,
    *,
    training: Batch,
    validation: Batch | None,
    settings: Settings,
    controls: Controls,
    measure: Measure | None = None,
    folds: Sequence[FoldRows] = (),
    by_hand: bool = True,
) -> Iterator[Event]:
    """Step the parameters against the gradient until the settings or the controls end it.

    Between two events lie at most some 50 ms of work, in which nobody else need wait.
    At the end ``state.parameters`` (and so the network) hold what is kept: the best
    parameters if early stopping watched them, else the last.

    Args:
        state: laid out over ``network``; goes on from its epoch, and its place in it.
        network: initialised, in training mode or not.
        objective: loss and link.
        training: every training row.
        validation: every validation row; None for none.
        settings: resolved settings.
        controls: read between steps.
        measure: of the validation rows beside their loss.
        folds: of a network of several: which of the training rows each learns from, and how
            many of the validation rows, which stand fold after fold, watch it.
        by_hand: False takes autograd for every gradient.

    Raises:
        GoodfitError: when the loss is no longer finite; the message names the cause.
    """
    if settings.optimizer == "exact":
        yield from exact.solve(state, network, objective, training, settings)
        return
    if not state.step:
        state.remarks = (*state.remarks, *_said_of(state, training, settings))
    batches = Batches(
        training,
        batch_size=decided(settings.batch_size),
        generator=state.shuffling,
        folds=[fold.training for fold in folds],
    )
    sizes = [fold.n_validation for fold in folds]
    descent = descent_of(
        state, network, objective, training=training, settings=settings, by_hand=by_hand
    )
    course = Course(settings, n_batches=len(batches))
    network.train()
    while (reason := _ending(state, settings, controls, n_steps=len(batches))) is None:
        yield from _epoch(state, descent, batches, settings, controls, course=course)
        event = yield from _finish_epoch(
            state,
            network,
            objective,
            training=training,
            validation=validation,
            settings=settings,
            measure=measure,
            sizes=sizes,
            n_steps=len(batches),
        )
        yield event
    network.train(mode=False)
    keep_best = state.best is not None and settings.keep != "last"
    state.stepped.take(decided(state.best) if keep_best else state.kept)
    kept_epoch = state.best_epoch if keep_best else state.epoch
    found = diagnosed(state, settings, reason=reason, kept_epoch=kept_epoch)
    state.remarks = (*state.remarks, *found)
    yield TrainingFinished(reason, state.epoch, kept_epoch)


def _ending(
    state: TrainingState, settings: Settings, controls: Controls, *, n_steps: int
) -> Reason | None:
    """Why no other epoch follows; None where one does.

    Args:
        state: between two epochs, or within one that it goes on with.
        settings: resolved settings.
        controls: nothing in them ends a training before its first step.
        n_steps: of an epoch.
    """
    n_epochs = decided(settings.epochs)
    if state.place or not state.epoch:
        return None if n_epochs else "finished"
    if controls.stop or controls.late or _over(state, settings):
        # A deadline that comes with the last step cuts nothing short.
        done = state.step == n_steps * n_epochs or _over(state, settings)
        return "interrupted" if controls.stop else "finished" if done else "budget"
    if settings.early_stopping and _waited(state, settings):
        return "early_stopping"
    return "finished" if state.epoch >= n_epochs else None


def _waited(state: TrainingState, settings: Settings) -> bool:
    """Whether as many epochs went by without a better one as there is patience for."""
    patience = decided(settings.early_stopping)
    start = settings.start_patience or patience
    if not state.learnt_epoch:
        return state.epoch - state.best_epoch >= start
    # A longer patience for the start ends where it ends: what was learnt may not be best yet.
    since = max(state.best_epoch, state.learnt_epoch) if start > patience else state.best_epoch
    return state.epoch - since >= patience


def _over(state: TrainingState, settings: Settings) -> bool:
    """Whether as many steps were made as were asked for."""
    return settings.steps is not None and state.step >= settings.steps


def descent_of(
    state: TrainingState,
    network: Trainable,
    objective: Objective,
    *,
    training: Batch,
    settings: Settings,
    by_hand: bool = True,
) -> Descent:
    """What steps the parameters of a state, for a training of these rows."""
    mean_weight = None if training.weight is None else float(training.weight.mean())
    step = GradientStep(
        network, objective, state.gradient, by_hand=by_hand, mean_weight=mean_weight
    )
    return Descent(state, step, settings)


def _said_of(state: TrainingState, training: Batch, settings: Settings) -> Iterator[Remark]:
    """What whoever chose so should know."""
    size = decided(settings.batch_size)
    wanted = state.optimizer is not None and state.optimizer.full_batch
    if wanted and isinstance(size, int) and size < len(training):
        params = {"optimizer": settings.optimizer, "batch_size": size}
        yield finding("training.needs_full_batch", params)


def _epoch(
    state: TrainingState,
    descent: Descent,
    batches: Batches,
    settings: Settings,
    controls: Controls,
    *,
    course: Course,
) -> Iterator[Event]:
    """One pass over the rows; leaves their mean loss in ``state.running_loss``."""
    n_steps = len(batches)
    given_rate = decided(settings.learning_rate)
    if state.place:  # the same order again, without what is done
        state.shuffling.set_state(decided(state.order))
    else:
        state.order = state.shuffling.get_state() if n_steps > 1 else None
        state.total_error, state.total_weight = None, 0.0
    last_sign = time.perf_counter()
    for batch in islice(batches.epoch(), state.place, None):
        rate = controls.learning_rate or given_rate
        state.learning_rate = rate * course.factor(state.step, state.plateau.n_falls)
        error, weight = descent(batch, state.learning_rate)
        if state.step == 0:
            state.first_loss = float(error) / weight
            state.first_gradient = _length(state.gradient)
        total = state.total_error
        state.total_error = error if total is None else total.add_(error)
        state.total_weight += weight
        state.step += 1
        state.place += 1
        if controls.stop or controls.late or _over(state, settings):
            break
        if n_steps > 1 and (now := time.perf_counter()) - last_sign > SIGN_OF_LIFE_S:
            last_sign = now
            yield StepsFinished(state.epoch + 1, state.place, n_steps)
    state.running_loss = float(decided(state.total_error)) / state.total_weight


def _finish_epoch(
    state: TrainingState,
    network: Trainable,
    objective: Objective,
    *,
    training: Batch,
    validation: Batch | None,
    settings: Settings,
    n_steps: int,
    measure: Measure | None,
    sizes: Sequence[int],
) -> Generator[Event, None, EpochFinished]:
    state.epoch, state.place = state.epoch + 1, 0
    train_loss = state.running_loss
    valid_loss = metric = None
    if validation is not None:
        with state.measured():
            outputs = yield from _said(state, network, validation, n_steps=n_steps, sizes=sizes)
        valid_loss, metric = _measured(outputs, objective, validation, measure)
        if settings.early_stopping and not state.learnt_epoch:
            constant = outputs.mean(0).expand_as(outputs)
            state.compare(valid_loss, float(objective.mean_loss(constant, validation)))
    if not math.isfinite(train_loss) or (valid_loss is not None and not math.isfinite(valid_loss)):
        raise _not_finite(state, training, settings)
    if settings.schedule == "reduce_on_plateau":
        watched = train_loss if valid_loss is None else valid_loss
        state.plateau.watch(watched, patience=decided(settings.plateau_patience))
    history = state.history
    history.train_loss.append(train_loss)
    history.valid_loss.append(valid_loss)
    history.metric.append(metric)
    history.learning_rate.append(state.learning_rate)
    looked = state.epoch <= LOOKED_AT or state.epoch % LOOKED_AT == 0
    history.gradient_length.append(_length(state.gradient) if looked else None)
    best = False
    if valid_loss is not None and (settings.early_stopping or settings.keep == "best"):
        watched = measure.watched(valid_loss, metric) if measure else valid_loss
        best = state.remember_best(
            watched, loss=valid_loss, min_improvement=settings.min_improvement
        )
    return EpochFinished(
        epoch=state.epoch,
        n_epochs=decided(settings.epochs),
        train_loss=train_loss,
        valid_loss=valid_loss,
        metric=metric,
        learning_rate=state.learning_rate,
        best=best,
    )


def _length(gradient: torch.Tensor) -> float:
    return float(torch.linalg.vector_norm(gradient))


def _said(
    state: TrainingState, network: Trainable, rows: Batch, *, n_steps: int, sizes: Sequence[int]
) -> Generator[Event, None, torch.Tensor]:
    """What is said of the validation rows, (row, output), with signs of life on the way."""
    network.train(mode=False)
    found: list[torch.Tensor] = []
    last_sign = time.perf_counter()
    for outputs in outputs_of(network, rows, sizes=sizes):
        found.append(outputs)
        if (now := time.perf_counter()) - last_sign > SIGN_OF_LIFE_S:
            last_sign = now
            yield StepsFinished(state.epoch, n_steps, n_steps)
    network.train()
    return torch.cat(found)


def _not_finite(state: TrainingState, training: Batch, settings: Settings) -> GoodfitError:
    rate = float(f"{state.learning_rate:.3g}")
    # Once an epoch was finite, no cell is too large: only the steps can have done it.
    seen = bool(state.history.train_loss)
    moderate = float(training.dense.abs().amax()) < HUGE if training.dense.numel() else True
    if seen or (math.isfinite(state.first_loss) and moderate):
        return GoodfitError(
            "training.diverged",
            epoch=state.epoch,
            first=state.first_loss,
            learning_rate=rate,
            lower=rate / 10,
        )
    return GoodfitError(
        "training.not_finite",
        epoch=state.epoch,
        learning_rate=rate,
        precision=settings.precision,
    )


@torch.no_grad()
def evaluate(
    network: Trainable, objective: Objective, rows: Batch, *, measure: Measure | None = None
) -> tuple[float, float | None]:
    """Mean loss and measure of some rows, the network in evaluation mode."""
    return _measured(torch.cat(list(outputs_of(network, rows))), objective, rows, measure)


def _measured(
    outputs: torch.Tensor, objective: Objective, rows: Batch, measure: Measure | None
) -> tuple[float, float | None]:
    loss = float(objective.mean_loss(outputs, rows))
    return loss, measure.of(outputs) if measure and math.isfinite(loss) else None


def outputs_of(
    network: Trainable, rows: Batch, *, sizes: Sequence[int] = ()
) -> Iterator[torch.Tensor]:
    """Outputs (row, output) in evaluation mode, block by block.

    Args:
        network: in evaluation mode.
        rows: any rows; fold after fold if ``sizes`` are given.
        sizes: how many rows each fold of the network shall say something of; without any all
            folds do of all rows.
    """
    if len(sizes) > 1 and len(sizes) * max(sizes) <= EVALUATED_ROWS:
        yield _together(network, rows, sizes)
        return
    start = 0
    for fold, size in enumerate(sizes or [len(rows)]):
        end = start + size
        while start < end:
            block = part(rows, start, min(start + EVALUATED_ROWS, end))
            start += len(block)
            if sizes:
                dense, codes = block.dense[None], block.codes[None]
                yield network.of_folds(dense, codes, slice(fold, fold + 1))[0]
            else:
                yield network(block.dense, block.codes)


def _together(network: Trainable, rows: Batch, sizes: Sequence[int]) -> torch.Tensor:
    """What each fold says of its few rows, (row, output), at once: calls would cost more."""
    most, device = max(sizes), rows.dense.device
    ends = torch.tensor(sizes, device=device).cumsum(0)
    starts = ends - torch.tensor(sizes, device=device)
    # A fold with fewer rows is asked of its last one several times.
    places = starts[:, None] + torch.arange(most, device=device)
    places = torch.minimum(places, ends[:, None] - 1)
    found = network.of_folds(rows.dense[places], rows.codes[places], slice(None))
    return torch.cat([one[:size] for one, size in zip(found, sizes, strict=True)])
