"""One training step: loss and gradient, penalties, and what the optimizer makes of them."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from goodfit.core.batch import Batch
from goodfit.core.settings import Settings, decided
from goodfit.training.objectives import Objective
from goodfit.training.state import TrainingState
from goodfit.training.trainable import Trainable


class GradientStep:
    """Computes the loss of a batch and writes the gradient of every parameter.

    A network that offers its backward pass by hand spares autograd's bookkeeping,
    which costs more than the arithmetic for small networks; ``tests/contracts`` holds
    both ways to the same numbers.

    Args:
        network: laid out flat by ``TrainingState.fresh``.
        objective: gives the loss.
        gradient: (parameter,), where autograd adds up.
        by_hand: False takes autograd in any case.
        mean_weight: of the rows that batches are drawn from; a batch's own if not given.
    """

    def __init__(
        self,
        network: Trainable,
        objective: Objective,
        gradient: Tensor,
        *,
        by_hand: bool = True,
        mean_weight: float | None = None,
    ) -> None:
        self.network, self.loss, self.total = network, objective.loss, gradient
        self.mean_weight = mean_weight
        self.hand = network.by_hand() if by_hand else None
        #: A row's share of the mean by the number of rows, made a tensor once.
        self.shares: dict[int, Tensor] = {}

    def __call__(self, batch: Batch) -> tuple[Tensor, float]:
        """Write the gradient of the mean error.

        Returns:
            The sum of the rows' weighted errors and the sum of their weights.
        """
        if self.hand is not None:
            backward, upstream = self.hand.backward, self.hand.forward(batch.dense, batch.codes)
        else:
            self.total.zero_()
            with torch.enable_grad():
                outputs = self.network(batch.dense, batch.codes)
            backward, upstream = outputs.backward, outputs.detach().clone()
        target, row_weight = self._for_each(batch.target), batch.weight
        errors = self.loss.gradient(upstream, target)
        if row_weight is None:
            n_rows = upstream.shape[0]
            weight, share = float(n_rows), self.shares.get(n_rows)
            if share is None:
                share = self.shares[n_rows] = upstream.new_tensor(self.network.folds / n_rows)
            upstream.mul_(share)
        else:
            row_weight = self._for_each(row_weight)
            weight = float(row_weight.sum())
            # Were each batch divided by its own weight, a batch without heavy rows would pull
            # as strongly as one with them, and rare classes made heavy would count too little.
            mean = self.mean_weight
            whole = weight if mean is None else mean * len(upstream)
            upstream.mul_(row_weight * (self.network.folds / whole))
            errors = errors.mul_(row_weight)
        backward(upstream)
        return errors.sum(), weight

    def _for_each(self, values: Tensor) -> Tensor:
        """What stands for each row once for each member.

        (fold · row, …) -> (fold · row · member, …), as the outputs of a training step.
        """
        members = self.network.members
        if members == 1:
            return values
        return values.unsqueeze(1).expand(-1, members, *values.shape[1:]).flatten(0, 1)

    def share(self, batch: Batch, weight: float) -> float:
        """What the sum of a batch's weighted errors is divided by, ``weight`` that of its rows."""
        if batch.weight is None or self.mean_weight is None:
            return weight
        return self.mean_weight * len(batch.dense) * self.network.members


class Descent:
    """Steps a state against the gradient of a batch, penalties, noise and averages included.

    For an optimizer that compares losses it is that loss (``training.optimizer.Loss``).

    Args:
        state: whose parameters are stepped.
        gradient_step: writes their gradient.
        settings: resolved settings.
    """

    def __init__(
        self, state: TrainingState, gradient_step: GradientStep, settings: Settings
    ) -> None:
        self.state, self.gradient_step, self.settings = state, gradient_step, settings
        self.optimizer = decided(state.optimizer)
        self.penalised = settings.l1 > 0 or settings.l2 > 0

    def __call__(self, batch: Batch, learning_rate: float) -> tuple[Tensor, float]:
        """One step.

        Returns:
            The sum of the rows' weighted errors before it, penalties left out, and of their
            weights.
        """
        if self.settings.input_noise:
            batch = self._noisy(batch)
        self.batch = batch
        self.errors, self.weight = self.gradient_step(batch)
        if self.penalised:
            self._penalise()
        if self.settings.gradient_clip:
            _clip(self.state.gradient, self.settings.gradient_clip)
        errors = self.errors
        self.optimizer.step(self.state.gradient, learning_rate, self)
        if self.state.average is not None:
            self.state.average.step()
        return errors, self.weight

    def now(self) -> float:
        """See :class:`goodfit.training.optimizer.Loss`."""
        weights = self.state.parameters[: self.state.n_decayed]
        penalty = float(weights.square().sum()) * self.settings.l2 / 2 if self.settings.l2 else 0.0
        return float(self.errors) / self.gradient_step.share(self.batch, self.weight) + penalty

    @torch.no_grad()
    def again(self) -> float:
        """See :class:`goodfit.training.optimizer.Loss`."""
        self.errors, self.weight = self.gradient_step(self.batch)
        if self.penalised:
            self._penalise()
        return self.now()

    def _noisy(self, batch: Batch) -> Batch:
        """The rows with noise on their dense inputs, in memory of their own."""
        noise = torch.empty_like(batch.dense).normal_(generator=self.state.noise)
        return replace(batch, dense=torch.add(batch.dense, noise, alpha=self.settings.input_noise))

    def _penalise(self) -> None:
        """Add the gradients of ``l1`` |w| and ``l2`` w²/2, over weights only."""
        state, settings = self.state, self.settings
        weights, gradient = state.parameters[: state.n_decayed], state.gradient[: state.n_decayed]
        if settings.l2:
            gradient.add_(weights, alpha=settings.l2)
        if settings.l1:
            gradient.add_(weights.sign(), alpha=settings.l1)


def _clip(gradient: Tensor, longest: float) -> None:
    """Shorten the gradient to a length, as ``torch.nn.utils.clip_grad_norm_``."""
    length = float(torch.linalg.vector_norm(gradient))
    gradient.mul_(min(1.0, longest / (length + 1e-6)))
