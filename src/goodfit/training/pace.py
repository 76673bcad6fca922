"""How long the steps of a training take, found by taking some."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch

from goodfit.core.batch import Batch
from goodfit.core.settings import Settings, decided
from goodfit.training.batches import Batches, FoldRows, part
from goodfit.training.loop import descent_of, outputs_of
from goodfit.training.measure import Measure
from goodfit.training.objectives import Objective
from goodfit.training.state import TrainingState
from goodfit.training.trainable import Trainable

# The first steps also fill buffers and caches; of the others so many tell enough.
UNTIMED_STEPS, MOST_STEPS = 3, 60
# Watching rows that are tried of one network: several blocks.
WATCHED_ROWS = 16_384


@dataclass(frozen=True)
class Pace:
    """What a training takes.

    Args:
        step_s: seconds of a step.
        n_steps: of an epoch.
        watch_s: seconds of measuring the rows that watch, once an epoch.

    >>> Pace(step_s=0.01, n_steps=90, watch_s=0.1).epoch_s
    1.0
    """

    step_s: float
    n_steps: int
    watch_s: float

    @property
    def epoch_s(self) -> float:
        """Seconds of an epoch."""
        return self.step_s * self.n_steps + self.watch_s


@torch.no_grad()
def measure_pace(
    state: TrainingState,
    network: Trainable,
    objective: Objective,
    *,
    training: Batch,
    watching: Batch,
    settings: Settings,
    measure: Measure | None = None,
    folds: Sequence[FoldRows] = (),
    within_s: float,
    clock: Callable[[], float],
) -> Pace:
    """Take some steps and measure some rows against a clock.

    Args:
        state: fresh; it is spent afterwards.
        network: as it starts.
        objective: loss and link.
        training: every training row.
        watching: every row that watches; may be empty.
        settings: resolved settings.
        measure: of the watching rows beside their loss.
        folds: of a network of several (see :func:`goodfit.training.loop.train`).
        within_s: seconds that the steps may take, about.
        clock: tells the moment in seconds.
    """
    batches = Batches(
        training,
        batch_size=decided(settings.batch_size),
        generator=state.shuffling,
        folds=[fold.training for fold in folds],
    )
    descent = descent_of(state, network, objective, training=training, settings=settings)
    rate = decided(settings.learning_rate)
    network.train()
    began = first = clock()
    taken = 0
    while taken < MOST_STEPS and (clock() - began < within_s or taken <= UNTIMED_STEPS):
        for batch in batches.epoch():  # drawing the order of its rows is a part of it
            if taken == UNTIMED_STEPS:
                first = clock()
            descent(batch, rate * 1e-3)  # so small that nothing explodes
            state.step += 1
            taken += 1
            if taken >= MOST_STEPS or (taken > UNTIMED_STEPS and clock() - began > within_s):
                break
    step_s = (clock() - first) / (taken - UNTIMED_STEPS)
    network.train(mode=False)
    sizes = [fold.n_validation for fold in folds]
    watch_s = _watch_s(network, objective, watching, sizes=sizes, measure=measure, clock=clock)
    return Pace(step_s, len(batches), watch_s)


def _watch_s(
    network: Trainable,
    objective: Objective,
    watching: Batch,
    *,
    sizes: Sequence[int],
    measure: Measure | None,
    clock: Callable[[], float],
) -> float:
    """Seconds of measuring the watching rows; of many, some are tried."""
    if not len(watching):
        return 0.0
    tried = watching if sizes else part(watching, 0, min(len(watching), WATCHED_ROWS))
    began = clock()
    outputs = torch.cat(list(outputs_of(network, tried, sizes=sizes)))
    float(objective.mean_loss(outputs, tried))
    if measure and len(tried) == len(watching):
        measure.of(outputs)
    return (clock() - began) * len(watching) / len(tried)
