"""A learning rate found by trying: the loss while the rate rises step by step."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from goodfit.core.batch import Batch
from goodfit.core.errors import GoodfitError
from goodfit.core.settings import UNSCHEDULED, Settings, decided
from goodfit.training.batches import Batches, FoldRows
from goodfit.training.loop import descent_of
from goodfit.training.objectives import Objective
from goodfit.training.state import TrainingState
from goodfit.training.trainable import Trainable

#: Rates that are tried: below the first nothing moves, at the last everything explodes.
FIRST_RATE, LAST_RATE = 1e-6, 100.0
# Steps from the first to the last: enough of each decade (29) for the loss to answer.
N_STEPS = 232
# Share of the smoothed loss that a step keeps: about ten steps, a third of a decade, are seen.
SMOOTHING = 0.9
# The loss has exploded when it is this many times the least (as in fast.ai's learner).
EXPLODED = 4.0
# The rate that is suggested, as a share of the one where the loss is least.
SAFE_SHARE = 0.1
# A fall of less than this share of the loss is none.
LEAST_FALL = 0.01
#: Optimizers whose rate is no length of a step, or that take none.
WITHOUT_RATE = (UNSCHEDULED - {"schedule_free_adamw"}) | {"exact"}


@dataclass(frozen=True)
class LearningRateCurve:
    """The loss of a training whose learning rate rises step by step.

    Args:
        rates: (step,) the learning rate of each step, rising exponentially.
        losses: (step,) the loss of its batch before the step.
        smoothed: (step,) their moving average.
        suggestion: the rate to train with: a tenth of the one with the least smoothed loss.

    >>> from goodfit import LearningRateCurve
    >>> curve = LearningRateCurve((0.1, 1.0, 10.0), (4.0, 2.0, 8.0), (4.0, 2.5, 6.0), 0.1)
    >>> curve.window
    (2.275, 4.45)
    """

    rates: tuple[float, ...]
    losses: tuple[float, ...]
    smoothed: tuple[float, ...]
    suggestion: float

    @property
    def window(self) -> tuple[float, float]:
        """Losses between which the fall is seen: the least, and a little above the first."""
        least, first = min(self.smoothed), self.smoothed[0]
        margin = 0.15 * (first - least)
        return least - margin, first + 2 * margin


@torch.no_grad()
def find_rate(
    state: TrainingState,
    network: Trainable,
    objective: Objective,
    *,
    training: Batch,
    settings: Settings,
    folds: Sequence[FoldRows] = (),
) -> LearningRateCurve:
    """Train with a rate that rises until the loss explodes, and see where it fell.

    The range test of Smith 2017, arXiv 1506.01186, section 3.3, with the exponential rise, the
    smoothed loss and the suggestion (a tenth of the rate with the least loss) of Gugger
    2018, "How do you find a good learning rate".

    Args:
        state: fresh; it is spent afterwards.
        network: as it starts.
        objective: loss and link.
        training: every training row.
        settings: resolved settings.
        folds: of a network of several (see :func:`goodfit.training.loop.train`).

    Raises:
        GoodfitError: if the loss falls at no rate.
    """
    descent = descent_of(state, network, objective, training=training, settings=settings)
    network.train()
    rates: list[float] = []
    losses: list[float] = []
    smoothed: list[float] = []
    for rate, batch in zip(_rising(), _batches(state, training, settings, folds), strict=False):
        errors, weight = descent(batch, rate)
        loss = float(errors) / weight
        if not math.isfinite(loss):
            break
        rates.append(rate)
        losses.append(loss)
        smoothed.append(_smooth(losses, smoothed))
        if _exploded(smoothed):
            break
    network.train(mode=False)
    return LearningRateCurve(tuple(rates), tuple(losses), tuple(smoothed), _rate(rates, smoothed))


def check_findable(settings: Settings) -> None:
    """Refuse to look for a rate where none is used, or one is given.

    Raises:
        GoodfitError: saying which.
    """
    if settings.optimizer in WITHOUT_RATE:
        raise GoodfitError("training.no_rate_to_find", optimizer=settings.optimizer)
    if settings.learning_rate is not None:
        raise GoodfitError("training.rate_given", learning_rate=settings.learning_rate)


def _rising() -> Iterator[float]:
    for step in range(N_STEPS):
        yield FIRST_RATE * (LAST_RATE / FIRST_RATE) ** (step / (N_STEPS - 1))


def _batches(
    state: TrainingState, training: Batch, settings: Settings, folds: Sequence[FoldRows]
) -> Iterator[Batch]:
    """Batches without end, epoch after epoch."""
    batches = Batches(
        training,
        batch_size=decided(settings.batch_size),
        generator=state.shuffling,
        folds=[fold.training for fold in folds],
    )
    while True:
        yield from batches.epoch()


def _smooth(losses: Sequence[float], smoothed: Sequence[float]) -> float:
    """The average of the losses, older ones counting less, each start's weight made good."""
    n = len(losses)
    if n == 1:
        return losses[0]
    # With the weights 1, s, s², … the mean of n losses follows from that of n - 1.
    before = SMOOTHING * (1 - SMOOTHING ** (n - 1)) / (1 - SMOOTHING**n)
    return before * smoothed[-1] + (1 - before) * losses[-1]


def _exploded(smoothed: Sequence[float]) -> bool:
    """Whether the last loss is far above the least; losses may be below zero."""
    least = min(smoothed)
    return smoothed[-1] > least + (EXPLODED - 1) * max(abs(least), smoothed[0] - least)


def _rate(rates: Sequence[float], smoothed: Sequence[float]) -> float:
    """A tenth of the rate with the least smoothed loss, in two digits."""
    fall = smoothed[0] - min(smoothed) if smoothed else 0.0
    if fall <= LEAST_FALL * abs(smoothed[0] if smoothed else 0.0):
        raise GoodfitError("training.no_rate_found", first=FIRST_RATE, last=LAST_RATE)
    return float(f"{SAFE_SHARE * rates[smoothed.index(min(smoothed))]:.2g}")
