"""The state of a training: all that must survive an exception, a pause or a kill."""

from __future__ import annotations

import math
from collections import abc
from contextlib import contextmanager
from dataclasses import dataclass, field

import msgspec
import torch
from torch import Generator, Tensor

from goodfit.core.own import Own
from goodfit.core.randomness import torch_generator
from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings
from goodfit.training.kept import MovingAverage, Snapshot
from goodfit.training.optimizer import Optimizer
from goodfit.training.optimizers import optimizer_kind
from goodfit.training.schedules import Plateau
from goodfit.training.trainable import Trainable

# A vector instruction reads at most 64 bytes, whole if they start on such a border.
ALIGNMENT_BYTES = 64
# Who errs by less than this share of what a constant errs by has learnt something: the outputs of
# a network that has not err by more.
LEARNT = 0.98

NOTHING_OWN = Own()


class History(msgspec.Struct, forbid_unknown_fields=True):
    """What every epoch gave, as columns of equal length; None where nothing was measured."""

    train_loss: list[float] = []
    valid_loss: list[float | None] = []
    metric: list[float | None] = []
    learning_rate: list[float] = []
    #: Of the last step of the epochs that are looked at (``loop.LOOKED_AT``); none in older files.
    gradient_length: list[float | None] = []


@dataclass
class TrainingState:
    """Parameters, optimizer, best so far, random states, progress.

    Args:
        parameters: (parameter,), all parameters in one flat vector, weights first, each
            aligned; the network's own are views of it.
        gradient: (parameter,), their gradients, likewise viewed by each ``grad``.
        n_decayed: length of the part that holds the weights.
        optimizer: the rule and its memory; None for the exact solution.
        shuffling: generator of the order of the rows.
        noise: generator of the noise on the inputs.
        dropout: generator of the network's own chance.
        buffers: the network's own, such as running means.
        average: the moving average that is kept instead of the parameters, if there is one.
        plateau: the loss that a schedule may watch.
        epoch: epochs that are over.
        step: steps that were made.
        place: batches of the epoch under way that are done.
        order: state of ``shuffling`` before the rows of this epoch were ordered; None before
            any, and where an epoch is one step.
        total_error: sum of the errors of the rows of this epoch so far.
        total_weight: of these rows.
        first_loss: of the first batch, before any step.
        first_gradient: length of its gradient.
        running_loss: mean loss of the rows of the epoch under way.
        learning_rate: of the last step.
        best: copy of what the best epoch so far would keep, if one is watched for.
        constant_loss: the least validation loss of a constant, each epoch's mean output, so far.
        learnt_epoch: the first that was better than it; 0 before any.
        remarks: what was noticed on the way.
    """

    parameters: Tensor
    gradient: Tensor
    n_decayed: int
    optimizer: Optimizer | None
    shuffling: Generator
    noise: Generator
    dropout: Generator
    buffers: list[Tensor] = field(default_factory=list[Tensor])
    average: MovingAverage | None = None
    plateau: Plateau = field(default_factory=Plateau)
    epoch: int = 0
    step: int = 0
    place: int = 0
    order: Tensor | None = None
    total_error: Tensor | None = None
    total_weight: float = 0.0
    first_loss: float = float("nan")
    first_gradient: float = float("nan")
    running_loss: float = float("nan")
    learning_rate: float = 0.0
    best: Snapshot | None = None
    best_watched: float = float("inf")
    best_loss: float = float("inf")
    best_epoch: int = 0
    constant_loss: float = float("inf")
    learnt_epoch: int = 0
    history: History = field(default_factory=History)
    remarks: tuple[Remark, ...] = ()

    @classmethod
    def fresh(
        cls, network: Trainable, settings: Settings, *, own: Own = NOTHING_OWN
    ) -> TrainingState:
        """The state before the first step: lays the network's parameters out flat.

        Args:
            network: initialised, on its device and in its precision.
            settings: resolved settings.
            own: the person's own optimizer, if the settings say so.
        """
        decayed = network.decayed()
        # What a person's own network holds fixed is no optimizer's to shrink.
        learnt = [p for p in network.parameters() if p.requires_grad]
        others = [p for p in learnt if not any(p is weight for weight in decayed)]
        like = next(network.parameters())
        n_decayed = sum(_padded(p) for p in decayed)
        total = n_decayed + sum(_padded(p) for p in others)
        flat, gradient = (torch.zeros(total, dtype=like.dtype, device=like.device) for _ in "ab")
        start = 0
        for parameter in [*decayed, *others]:
            part = slice(start, start + parameter.numel())
            flat[part] = parameter.detach().flatten()
            parameter.data = flat[part].view(parameter.shape)
            parameter.grad = gradient[part].view(parameter.shape)
            start += _padded(parameter)
        dropout = torch_generator(settings.seed, "dropout", device=like.device)
        network.use_generator(dropout)
        kind = optimizer_kind(settings)
        state = cls(
            parameters=flat,
            gradient=gradient,
            n_decayed=n_decayed,
            optimizer=kind(
                flat,
                n_decayed,
                settings,
                weights=decayed,
                others=others,
                matrices=network.matrices(),
                own=own.optimizer,
            )
            if kind
            else None,
            shuffling=torch_generator(settings.seed, "shuffling"),
            noise=torch_generator(settings.seed, "input_noise", device=like.device),
            dropout=dropout,
            buffers=list(network.buffers()),
        )
        if settings.weight_average:
            state.average = MovingAverage(state.stepped, decay=settings.weight_average)
        return state

    @property
    def stepped(self) -> Snapshot:
        """The network itself: what the optimizer steps."""
        return Snapshot(self.parameters, self.buffers)

    @property
    def kept(self) -> Snapshot:
        """What is measured and kept: an average where there is one, else what is stepped."""
        if self.average is not None:
            return self.average.value
        averaged = self.optimizer.averaged() if self.optimizer else None
        # Running statistics are then those of the steps, of which the average is near.
        return self.stepped if averaged is None else Snapshot(averaged, self.buffers)

    @contextmanager
    def measured(self) -> abc.Generator[None]:
        """Inside, the network is what is kept; outside, what is stepped."""
        kept = self.kept
        if kept.parameters is self.parameters:
            yield
            return
        stepped = self.stepped.copy()
        self.stepped.take(kept)
        try:
            yield
        finally:
            self.stepped.take(stepped)

    def compare(self, loss: float, of_constant: float) -> None:
        """See whether the network has learnt anything.

        Args:
            loss: of the validation rows.
            of_constant: the same if each of them is given the mean of the outputs.
        """
        self.constant_loss = min(self.constant_loss, of_constant)
        gain = self.constant_loss - loss
        if gain > (1 - LEARNT) * abs(self.constant_loss):
            self.learnt_epoch = self.epoch

    def remember_best(
        self, watched: float, *, loss: float | None = None, min_improvement: float = 0.0
    ) -> bool:
        """Copy what is kept if what early stopping makes small is the least so far, by so much.

        Args:
            watched: this epoch's.
            loss: decides where an epoch is as good as the best: a share of right answers stands
                still for epochs in which probabilities become better.
            min_improvement: by how much the best must be undercut.
        """
        loss = watched if loss is None else loss
        best = self.best_watched, self.best_loss
        if not improves((watched, loss), best, min_improvement=min_improvement):
            return False
        self.best_loss = loss
        self.best_watched, self.best_epoch = watched, self.epoch
        if self.best is None:
            self.best = self.kept.copy()
        else:
            self.best.take(self.kept)
        return True


def improves(
    found: tuple[float, float], best: tuple[float, float], *, min_improvement: float = 0.0
) -> bool:
    """Whether an epoch is better than the best so far.

    Args:
        found: what early stopping makes small, and the loss, of the epoch.
        best: of the best so far; infinite before any.
        min_improvement: by how much either must be undercut.

    >>> improves((0.4, 0.9), (0.5, 0.7)), improves((0.5, 0.6), (0.5, 0.7))
    (True, True)
    >>> improves((0.5, 0.8), (0.5, 0.7)), improves((float("inf"), 0.1), (float("inf"), 0.7))
    (False, False)
    """
    (watched, loss), (least, least_loss) = found, best
    if watched == least and math.isfinite(watched):
        return loss < least_loss - min_improvement
    return watched < least - min_improvement


def _padded(parameter: Tensor) -> int:
    """Numbers that a parameter takes in the flat vector, filled up to the next border."""
    unit = ALIGNMENT_BYTES // parameter.element_size()
    return -(-parameter.numel() // unit) * unit
