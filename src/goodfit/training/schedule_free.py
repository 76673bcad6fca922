"""Schedule-free AdamW: averaging in the place of a falling learning rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, final

import torch
from torch import Tensor

from goodfit.training.optimizer import FlatOptimizer, Loss, beta2_of, setting


@final
class ScheduleFreeAdamW(FlatOptimizer):
    """AdamW whose gradient is taken between its steps z and their mean x, which is kept.

    y = (1 - β1) z + β1 x;  z ← z - γ g(y) / (√v + ε) - γ · decay · y;
    x ← (1 - c) x + c z, where γ = rate · √(1 - β2^t) and c = γ² / Σ γ².

    When: the number of epochs is not known beforehand: it needs no schedule, and is as good
    whenever it is stopped. A rate several times AdamW's and a short warm-up suit it.
    Source: Defazio et al. 2024, arXiv 2405.15682, algorithm 1.

    The warm-up of the paper is the setting ``warmup``.
    """

    defaults: ClassVar[Mapping[str, float]] = {"epsilon": 1e-8}

    def start(self) -> None:
        """See :class:`Optimizer`."""
        self.zeros("mean_square")
        self.memory["z"] = self.parameters.clone()
        self.memory["x"] = self.parameters.clone()
        # Scalars beside the vectors: steps taken, and the sum of their squared rates.
        self.memory["scalars"] = torch.zeros(2, dtype=torch.float64)
        self.epsilon = float(setting(ScheduleFreeAdamW, self.settings, "epsilon"))

    def step(self, gradient: Tensor, learning_rate: float, loss: Loss) -> None:
        """See :class:`Optimizer`; the parameters are y."""
        memory, beta1, beta2 = self.memory, self.settings.beta1, beta2_of(self.settings)
        n_steps, total = memory["scalars"].tolist()
        rate = learning_rate * (1 - beta2 ** (n_steps + 1)) ** 0.5
        total += rate**2
        memory["scalars"].copy_(torch.tensor([n_steps + 1, total], dtype=torch.float64))
        square, z, x, y = memory["mean_square"], memory["z"], memory["x"], self.parameters
        square.mul_(beta2).addcmul_(gradient, gradient, value=1 - beta2)
        if self.weight_decay:
            n_decayed = len(self.decayed)
            z[:n_decayed].add_(self.decayed, alpha=-rate * self.weight_decay)
        z.addcdiv_(gradient, square.sqrt().add_(self.epsilon), value=-rate)
        x.lerp_(z, rate**2 / total if total else 0.0)
        torch.lerp(z, x, beta1, out=y)

    def averaged(self) -> Tensor:
        """See :class:`Optimizer`."""
        return self.memory["x"]
