"""The exact solution, for networks that have one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeGuard

import torch

from goodfit.core.batch import Batch
from goodfit.core.errors import GoodfitError
from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings
from goodfit.training.events import EpochFinished, Event, TrainingFinished
from goodfit.training.losses import BinaryCrossEntropy, CrossEntropy, Loss, MeanSquaredError
from goodfit.training.objectives import Objective
from goodfit.training.state import TrainingState
from goodfit.training.trainable import Solution, Solvable, Trainable


def check_exact(network: Trainable, objective: Objective, settings: Settings) -> None:
    """Refuse what has no exact solution, before anything is computed.

    Raises:
        GoodfitError: if the network offers no ``solve``, or the loss has no solver.
    """
    if not _solvable(network):
        raise GoodfitError("training.exact_needs_linear", network=settings.network)
    if not _has_solver(objective.loss):
        raise GoodfitError("training.exact_needs_loss", loss=settings.loss)


def _has_solver(loss: Loss) -> bool:
    if isinstance(loss, (BinaryCrossEntropy, CrossEntropy)):
        return not loss.smoothing
    return isinstance(loss, MeanSquaredError)


def _said_of(solution: Solution, settings: Settings) -> Iterator[Remark]:
    """What whoever reads the coefficients should know of how they were found."""
    n_columns = solution.weight.shape[-1]
    if solution.separable:
        yield finding("training.separable", {"loss": solution.loss})
    elif not solution.converged:
        params = {"iterations": solution.iterations, "loss": solution.loss}
        yield finding("training.not_converged", params)
    if solution.rank < n_columns and not settings.l2:
        yield finding("training.rank_deficient", {"rank": solution.rank, "n_columns": n_columns})


def _solvable(network: Trainable) -> TypeGuard[Solvable]:
    return hasattr(network, "solve")


@torch.no_grad()
def solve(
    state: TrainingState,
    network: Trainable,
    objective: Objective,
    training: Batch,
    settings: Settings,
) -> Iterator[Event]:
    """No steps: the parameters are computed where the loss is least.

    Orthogonal (QR) least squares for numbers, Newton's steps for classes, in double precision.

    When: network `linear` with squared error or cross-entropy: nothing is left to tune. Not
    with many thousands of columns, whose squares it takes.
    Source: Golub 1965, "Numerical methods for solving linear least squares problems"; for
    classes McCullagh and Nelder 1989, "Generalized Linear Models", section 2.5.

    Args:
        state: laid out over ``network``.
        network: offers ``solve(dense, codes, target, weight, task, l2)``.
        objective: mean squared error or cross-entropy.
        training: every training row, in float64.
        settings: resolved settings.
    """
    assert _solvable(network)
    solution = network.solve(
        training.dense,
        training.codes,
        training.target,
        training.weight,
        task=objective.task,
        l2=settings.l2,
    )
    state.remarks = (*state.remarks, *_said_of(solution, settings))
    state.epoch = state.step = state.best_epoch = 1
    loss = float(objective.mean_loss(network(training.dense, training.codes), training))
    history = state.history
    history.train_loss.append(loss)
    history.valid_loss.append(None)
    history.metric.append(None)
    history.learning_rate.append(0.0)
    history.gradient_length.append(None)
    yield EpochFinished(1, 1, loss, None, None, 0.0, best=True)
    yield TrainingFinished("finished", 1, 1)
