"""How long the steps of a training take, found by taking some."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

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
UNTIMED_STEPS, MOST_STEPS = 3, 150
# Of the timed ones the slowest tenth is left out: another program had the processor then.
USUAL_STEPS = 0.9
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
    moments = [clock()]
    while not _enough(moments, within_s):
        for batch in batches.epoch():  # drawing the order of its rows is a part of it
            descent(batch, rate * 1e-3)  # so small that nothing explodes
            state.step += 1
            moments.append(clock())
            if _enough(moments, within_s):
                break
    step_s = _usual(moments)
    network.train(mode=False)
    sizes = [fold.n_validation for fold in folds]
    watch_s = _watch_s(network, objective, watching, sizes=sizes, measure=measure, clock=clock)
    return Pace(step_s, len(batches), watch_s)


def _enough(moments: Sequence[float], within_s: float) -> bool:
    """Whether steps that ended at these moments tell enough."""
    taken = len(moments) - 1
    late = moments[-1] - moments[0] > within_s
    return taken >= MOST_STEPS or (late and taken > UNTIMED_STEPS)


def _usual(moments: Sequence[float]) -> float:
    """Seconds of a step, the mean of all but the first and the slowest."""
    each = sorted(b - a for a, b in pairwise(moments[UNTIMED_STEPS:]))
    usual = each[: math.ceil(USUAL_STEPS * len(each))]
    return sum(usual) / len(usual)


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
