"""One training step's loss and gradient, by hand where it can be, else by autograd."""

from __future__ import annotations

import torch
from torch import Tensor

from goodfit.core.batch import Batch
from goodfit.training.objectives import Objective
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
        errors = self.loss.gradient(upstream, batch.target)
        if batch.weight is None:
            weight = float(len(batch.dense))
            upstream.mul_(1 / weight)
        else:
            weight = float(batch.weight.sum())
            # Were each batch divided by its own weight, a batch without heavy rows would pull
            # as strongly as one with them, and rare classes made heavy would count too little.
            mean = self.mean_weight
            upstream.mul_(batch.weight / (weight if mean is None else mean * len(batch.dense)))
            errors = errors.mul_(batch.weight)
        backward(upstream)
        return errors.sum(), weight
