"""The exact solution, for networks that have one."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import nn

from goodfit.core.batch import Batch
from goodfit.core.errors import GoodfitError
from goodfit.core.settings import Settings
from goodfit.training.events import EpochFinished, Event, TrainingFinished
from goodfit.training.losses import BinaryCrossEntropy, CrossEntropy, MeanSquaredError
from goodfit.training.objectives import Objective
from goodfit.training.state import TrainingState


def check_exact(network: nn.Module, objective: Objective, settings: Settings) -> None:
    """Refuse what has no exact solution, before anything is computed.

    Raises:
        GoodfitError: if the network offers no ``solve``, or the loss has no solver.
    """
    if not hasattr(network, "solve"):
        raise GoodfitError("training.exact_needs_linear", network=settings.network)
    if not isinstance(objective.loss, (MeanSquaredError, BinaryCrossEntropy, CrossEntropy)):
        raise GoodfitError("training.exact_needs_loss", loss=settings.loss)


@torch.no_grad()
def solve(
    state: TrainingState,
    network: nn.Module,
    objective: Objective,
    training: Batch,
    settings: Settings,
) -> Iterator[Event]:
    """Put the parameters where the loss is least, in one step.

    Args:
        state: laid out over ``network``.
        network: offers ``solve(dense, codes, target, weight, task, l2)``.
        objective: mean squared error or cross-entropy.
        training: every training row, in float64.
        settings: resolved settings.
    """
    network.solve(
        training.dense,
        training.codes,
        training.target,
        training.weight,
        task=objective.task,
        l2=settings.l2,
    )
    state.epoch = state.step = state.best_epoch = 1
    loss = float(objective.mean_loss(network(training.dense, training.codes), training))
    history = state.history
    history.train_loss.append(loss)
    history.valid_loss.append(None)
    history.metric.append(None)
    history.learning_rate.append(0.0)
    yield EpochFinished(1, 1, loss, None, None, 0.0, True)
    yield TrainingFinished("finished", 1, 1)
