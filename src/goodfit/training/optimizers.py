"""Optimizers: how the parameters are stepped against the gradient.

Those of this file step one flat vector that holds every parameter, weights first, so that a
step is a few operations however many layers there are. Each equals ``torch.optim``'s
of the same name step by step (``tests/contracts``), without its import of some two CPU
seconds; the others of ``torch.optim`` are imported when they are chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import ClassVar, final

import torch
from torch import Tensor

from goodfit.core.errors import GoodfitError
from goodfit.core.own import OWN
from goodfit.core.settings import Settings
from goodfit.training.optimizer import (
    FlatOptimizer,
    Loss,
    Optimizer,
    Option,
    beta2_of,
    setting,
)
from goodfit.training.schedule_free import ScheduleFreeAdamW
from goodfit.training.torch_optimizers import (
    ASGD,
    LBFGS,
    Adadelta,
    Adafactor,
    Adagrad,
    Adamax,
    Muon,
    NAdam,
    OwnOptimizer,
    RAdam,
    RMSprop,
    Rprop,
)

# What torch.optim.Adam(fused=True) calls, without its imports; a test compares them. As
# ``torch.ops.aten._fused_adam_`` it costs a small step three times as much.
_fused_adam: Callable[..., None] = torch._fused_adam_  # pyright: ignore[reportPrivateUsage, reportPrivateImportUsage]


@final
class SGD(FlatOptimizer):
    """Gradient descent: w ← w - rate · v, where v ← momentum · v + (1 - dampening) · gradient.

    When: to see plain descent at work, or with momentum and a tuned rate. Its rate is in the
    gradient's units and must be found for each table: `adamw` needs less of that.
    Source: Robbins and Monro 1951; momentum: Polyak 1964; Nesterov's: Sutskever et al. 2013,
    "On the importance of initialization and momentum in deep learning".
    """

    options: ClassVar[Mapping[str, Option]] = {"dampening": 0.0}
    defaults: ClassVar[Mapping[str, float]] = {"momentum": 0.0, "nesterov": False}

    def start(self) -> None:
        """See :class:`Optimizer`."""
        self.momentum = float(setting(SGD, self.settings, "momentum"))
        self.nesterov = bool(setting(SGD, self.settings, "nesterov"))
        self.dampening = float(self.chosen["dampening"])
        if self.dampening and (self.nesterov or not self.momentum):
            # Nesterov's formula has no place for it (torch.optim.SGD refuses it too).
            raise GoodfitError(
                "settings.not_of_choice",
                name="dampening",
                choice="nesterov" if self.nesterov else "momentum 0",
                owner="momentum above 0 without nesterov",
            )
        if self.momentum:
            self.zeros("velocity")
            self.memory["steps"] = torch.zeros(())

    def step(self, gradient: Tensor, learning_rate: float, loss: Loss) -> None:
        """See :class:`Optimizer`."""
        if self.weight_decay:
            gradient[: len(self.decayed)].add_(self.decayed, alpha=self.weight_decay)
        if self.momentum:
            gradient = self._along_velocity(gradient)
        self.parameters.add_(gradient, alpha=-learning_rate)

    def _along_velocity(self, gradient: Tensor) -> Tensor:
        velocity = self.memory["velocity"].mul_(self.momentum)
        # As in torch.optim.SGD, the first velocity is the whole gradient.
        first = self.dampening and not self.memory["steps"]
        velocity.add_(gradient, alpha=1.0 if first else 1 - self.dampening)
        if first:
            self.memory["steps"].fill_(1)
        return gradient.add_(velocity, alpha=self.momentum) if self.nesterov else velocity

    def averaged(self) -> None:
        """See :class:`Optimizer`."""


class _Adaptive(FlatOptimizer):
    """Means of the gradient and of its square, as Adam keeps them."""

    options: ClassVar[Mapping[str, Option]] = {"amsgrad": False}
    defaults: ClassVar[Mapping[str, float]] = {"epsilon": 1e-8}

    def start(self) -> None:
        """See :class:`Optimizer`."""
        self.zeros("mean", "mean_square")
        self.amsgrad = bool(self.chosen["amsgrad"])
        if self.amsgrad:
            self.zeros("largest_mean_square")
        device = self.parameters.device
        self.memory["steps"] = torch.zeros((), dtype=torch.float32, device=device)
        self.one = torch.ones_like(self.memory["steps"])  # made once, not in every step
        self.betas = self.settings.beta1, beta2_of(self.settings)
        self.epsilon = float(setting(_Adaptive, self.settings, "epsilon"))

    def _step(self, gradient: Tensor, learning_rate: float) -> None:
        memory, (beta1, beta2) = self.memory, self.betas
        _fused_adam(
            [self.parameters],
            [gradient],
            [memory["mean"]],
            [memory["mean_square"]],
            [memory["largest_mean_square"]] if self.amsgrad else [],
            [memory["steps"].add_(self.one)],
            lr=learning_rate,
            beta1=beta1,
            beta2=beta2,
            weight_decay=0.0,
            eps=self.epsilon,
            amsgrad=self.amsgrad,
            maximize=False,
        )

    def averaged(self) -> None:
        """See :class:`Optimizer`."""


@final
class Adam(_Adaptive):
    """Steps scaled by the root of the mean squared gradient: w ← w - rate · m̂ / (√v̂ + ε).

    When: as others' results with it are to be repeated; with a penalty on the weights rather
    `adamw`. Its option ``amsgrad`` never lets v̂ fall.
    Source: Kingma and Ba 2015, arXiv 1412.6980, algorithm 1; ``amsgrad``: Reddi et al. 2018,
    arXiv 1904.09237, algorithm 2.

    What ``torch.optim.Adam`` calls ``weight_decay`` is the setting ``l2`` here.
    """

    def step(self, gradient: Tensor, learning_rate: float, loss: Loss) -> None:
        """See :class:`Optimizer`."""
        self._step(gradient, learning_rate)


@final
class AdamW(_Adaptive):
    """Adam with decay apart from the gradient: w ← (1 - rate · decay) w, then Adam's step.

    When: the default; works over a wide range of rates.
    Source: Loshchilov and Hutter 2019, arXiv 1711.05101, algorithm 2.
    """

    def step(self, gradient: Tensor, learning_rate: float, loss: Loss) -> None:
        """See :class:`Optimizer`."""
        if self.weight_decay:
            self.decayed.mul_(1 - learning_rate * self.weight_decay)
        self._step(gradient, learning_rate)


#: Every optimizer by its standard name; ``exact`` takes no steps (see ``training.exact``).
OPTIMIZERS: Mapping[str, type[Optimizer]] = {
    "sgd": SGD,
    "adam": Adam,
    "adamw": AdamW,
    "adagrad": Adagrad,
    "adadelta": Adadelta,
    "rmsprop": RMSprop,
    "nadam": NAdam,
    "radam": RAdam,
    "adamax": Adamax,
    "asgd": ASGD,
    "rprop": Rprop,
    "adafactor": Adafactor,
    "muon": Muon,
    "lbfgs": LBFGS,
    "schedule_free_adamw": ScheduleFreeAdamW,
}


def optimizer_kind(settings: Settings) -> type[Optimizer] | None:
    """The class of the chosen optimizer; None for the exact solution."""
    return OwnOptimizer if settings.optimizer == OWN else OPTIMIZERS.get(settings.optimizer)
