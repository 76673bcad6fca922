"""The optimizers of ``torch.optim`` beyond those of our own, imported when one is chosen."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, final

import torch
from torch import Tensor

from goodfit.core.errors import GoodfitError
from goodfit.training.optimizer import Option, beta2_of, setting
from goodfit.training.torch_adapter import (
    SHARE,
    Elementwise,
    TorchOptimizer,
    check_word,
    decay_groups,
)

if TYPE_CHECKING:
    import torch.optim

#: Ways of ``torch.optim.Muon`` to make a rate fit a matrix.
ADJUSTMENTS = ("match_rms_adamw", "original")


@final
class Adagrad(Elementwise):
    """Steps divided by the root of all squared gradients so far: w ← w - rate · g / (√Σg² + ε).

    When: columns that are seldom not zero, such as rare levels; its steps only ever shrink,
    so that a long training comes to a stand.
    Source: Duchi, Hazan and Singer 2011, JMLR 12, figure 1; options as ``torch.optim.Adagrad``.
    """

    options: ClassVar[Mapping[str, Option]] = {"lr_decay": 0.0, "initial_accumulator_value": 0.0}
    defaults: ClassVar[Mapping[str, float]] = {"epsilon": 1e-10}

    def arguments(self) -> dict[str, Any]:
        """See :class:`Elementwise`."""
        return {"eps": self.value("epsilon"), **self.chosen}


@final
class Adadelta(Elementwise):
    """Steps in the ratio of mean squared steps and gradients: Δw = -rate · √(u+ε) / √(v+ε) · g.

    When: to do without a tuned rate (1 is its own); it starts slowly, `adamw` is mostly faster.
    Source: Zeiler 2012, arXiv 1212.5701, algorithm 1; options as ``torch.optim.Adadelta``.
    """

    options: ClassVar[Mapping[str, Option]] = {"rho": 0.9}
    defaults: ClassVar[Mapping[str, float]] = {"epsilon": 1e-6}

    def arguments(self) -> dict[str, Any]:
        """See :class:`Elementwise`."""
        return {"eps": self.value("epsilon"), **self.chosen}


@final
class RMSprop(Elementwise):
    """Steps divided by the root of the mean squared gradient: w ← w - rate · g / (√v + ε).

    When: as others' results with it are to be repeated; `adam` adds a mean of the gradient and
    a correction of the first steps.
    Source: Tieleman and Hinton 2012, "Lecture 6.5 - rmsprop", Coursera; ``centered``: Graves
    2013, arXiv 1308.0850, section 4.2; options as ``torch.optim.RMSprop``.
    """

    options: ClassVar[Mapping[str, Option]] = {"alpha": 0.99, "centered": False}
    defaults: ClassVar[Mapping[str, float]] = {"epsilon": 1e-8, "momentum": 0.0}

    def arguments(self) -> dict[str, Any]:
        """See :class:`Elementwise`."""
        own = {"eps": self.value("epsilon"), "momentum": self.value("momentum")}
        return {**own, **self.chosen}


@final
class NAdam(Elementwise):
    """Adam with Nesterov's momentum: the mean gradient is taken one step ahead.

    When: instead of `adamw`, to compare; it is often a little faster at the start.
    Source: Dozat 2016, "Incorporating Nesterov momentum into Adam"; options as
    ``torch.optim.NAdam``, decay apart from the gradient as in `adamw`.
    """

    options: ClassVar[Mapping[str, Option]] = {"momentum_decay": 0.004}
    defaults: ClassVar[Mapping[str, float]] = {"epsilon": 1e-8}

    def arguments(self) -> dict[str, Any]:
        """See :class:`Elementwise`."""
        own = {"betas": self.betas(), "eps": self.value("epsilon")}
        return {**own, "decoupled_weight_decay": True, **self.chosen}


@final
class RAdam(Elementwise):
    """Adam whose first steps are plain until the mean squared gradient can be trusted.

    When: instead of `adamw` with a warm-up, where the first steps of a large rate do harm.
    Source: Liu et al. 2020, arXiv 1908.03265, algorithm 2; as ``torch.optim.RAdam``, decay
    apart from the gradient as in `adamw`.
    """

    defaults: ClassVar[Mapping[str, float]] = {"epsilon": 1e-8}

    def arguments(self) -> dict[str, Any]:
        """See :class:`Elementwise`."""
        own = {"betas": self.betas(), "eps": self.value("epsilon")}
        return {**own, "decoupled_weight_decay": True, **self.chosen}


@final
class Adamax(Elementwise):
    """Adam with the largest gradient remembered in the place of the mean square.

    When: instead of `adam` where some gradients are far larger than the others.
    Source: Kingma and Ba 2015, arXiv 1412.6980, section 7.1; as ``torch.optim.Adamax``.
    """

    defaults: ClassVar[Mapping[str, float]] = {"epsilon": 1e-8}

    def arguments(self) -> dict[str, Any]:
        """See :class:`Elementwise`."""
        return {"betas": self.betas(), "eps": self.value("epsilon"), **self.chosen}


@final
class ASGD(Elementwise):
    """Gradient descent whose kept parameters are the mean of its steps from step ``t0`` on.

    When: small noisy steps around the least loss, as plain descent with small batches takes;
    give ``t0`` as the number of steps after which to average.
    Source: Polyak and Juditsky 1992; Bottou 2012, "Stochastic gradient descent tricks";
    options as ``torch.optim.ASGD``, whose mean nobody looks at: here it is what is kept.
    """

    options: ClassVar[Mapping[str, Option]] = {"lambd": 1e-4, "alpha": 0.75, "t0": 1e6}

    def arguments(self) -> dict[str, Any]:
        """See :class:`Elementwise`."""
        return dict(self.chosen)

    def averaged(self) -> Tensor | None:
        """See :class:`Optimizer`; None before the first step."""
        state = self.inner[0].state
        return torch.cat([state[part]["ax"] for part in self.parts]) if state else None


@final
class Rprop(Elementwise):
    """Steps of a length of each parameter's own, which only the gradient's signs change.

    When: small tables in full batches; it needs no tuned rate (its rate is only the length of
    the first step). Signs of small batches are mostly noise.
    Source: Riedmiller and Braun 1993, "A direct adaptive method for faster backpropagation
    learning: the RPROP algorithm"; as ``torch.optim.Rprop``.

    Options: a step grows by ``eta_plus`` while the sign stays and shrinks by ``eta_minus``
    where it turns, between ``smallest_step`` and ``largest_step``.
    """

    options: ClassVar[Mapping[str, Option]] = {
        "eta_minus": 0.5,
        "eta_plus": 1.2,
        "smallest_step": 1e-6,
        "largest_step": 50.0,
    }
    full_batch = True

    def arguments(self) -> dict[str, Any]:
        """See :class:`Elementwise`."""
        chosen = self.chosen
        return {
            # The first step has its length from here, and no other.
            "lr": self.settings.learning_rate or 0.01,
            "etas": (chosen["eta_minus"], chosen["eta_plus"]),
            "step_sizes": (chosen["smallest_step"], chosen["largest_step"]),
        }


@final
class LBFGS(TorchOptimizer):
    """Newton's step with a curvature guessed from the last gradients, its length by line search.

    When: small tables and small networks in full batches, where it ends far lower than any
    other; not with small batches or dropout, whose losses cannot be compared.
    Source: Liu and Nocedal 1989, "On the limited memory BFGS method"; Nocedal and Wright 2006,
    algorithms 3.5, 3.6 (strong Wolfe conditions) and 7.5; options as ``torch.optim.LBFGS``.

    A step is one iteration (``max_iter``, 20 in torch), so that every epoch can be watched;
    without a line search (``line_search_fn`` none) the rate is the length of each step.
    """

    options: ClassVar[Mapping[str, Option]] = {
        "max_iter": 1,
        "max_eval": 25,
        "tolerance_grad": 1e-7,
        "tolerance_change": 1e-9,
        "history_size": 100,
        "line_search_fn": "strong_wolfe",
    }
    full_batch = True
    asks_again = True

    def make(self) -> list[torch.optim.Optimizer]:
        """See :class:`TorchOptimizer`; nothing decays."""
        import torch.optim

        check_word(self, "line_search_fn", ("strong_wolfe", "none"))
        search = None if self.chosen["line_search_fn"] == "none" else "strong_wolfe"
        arguments: dict[str, Any] = {**self.chosen, "line_search_fn": search}
        return [torch.optim.LBFGS([self.parameters], **arguments)]

    def attach(self, gradient: Tensor) -> None:
        """See :class:`TorchOptimizer`."""
        self.parameters.grad = gradient


@final
class Adafactor(TorchOptimizer):
    """Adam whose mean squared gradients are kept by row and column of each matrix alone.

    When: networks so large that a second copy of the weights counts; its rate is a share of
    the weights' own size.
    Source: Shazeer and Stern 2018, arXiv 1804.04235, algorithms 4 and 5; options as
    ``torch.optim.Adafactor``, the second of its two ``eps`` as ``epsilon2``.
    """

    options: ClassVar[Mapping[str, Option]] = {"beta2_decay": -0.8, "epsilon2": 1e-3, "d": 1.0}

    def make(self) -> list[torch.optim.Optimizer]:
        """See :class:`TorchOptimizer`."""
        import torch.optim

        chosen: dict[str, Any] = dict(self.chosen)
        eps = (None, chosen.pop("epsilon2"))
        groups = decay_groups(self.weights, self.others, self.weight_decay)
        return [torch.optim.Adafactor(groups, eps=eps, **chosen)]

    def attach(self, gradient: Tensor) -> None:
        """See :class:`TorchOptimizer`; the network's own gradients are views already."""


@final
class Muon(TorchOptimizer):
    """Momentum whose matrix is made orthogonal, for hidden layers; AdamW for all the rest.

    When: wide hidden layers and a short training; a step costs more than AdamW's.
    Source: Jordan et al. 2024, "Muon: An optimizer for hidden layers in neural networks";
    the rate that suits AdamW as well (``adjust_lr_fn`` match_rms_adamw): Liu et al. 2025,
    arXiv 2502.16982, section 2.2; options as ``torch.optim.Muon``.

    ``beta1``, ``beta2`` and ``epsilon`` are those of AdamW. Embeddings, biases and the last
    layer are no hidden matrices.
    """

    options: ClassVar[Mapping[str, Option]] = {"ns_steps": 5, "adjust_lr_fn": "match_rms_adamw"}
    defaults: ClassVar[Mapping[str, float]] = {"momentum": 0.95, "nesterov": True, "epsilon": 1e-8}

    def make(self) -> list[torch.optim.Optimizer]:
        """See :class:`TorchOptimizer`."""
        import torch.optim

        if not hasattr(torch.optim, "Muon"):
            raise GoodfitError("training.no_muon", version=torch.__version__)
        if not self.matrices:
            raise GoodfitError("training.muon_needs_matrices", network=self.settings.network)
        check_word(self, "adjust_lr_fn", ADJUSTMENTS)
        arguments: dict[str, Any] = dict(self.chosen)
        muon = torch.optim.Muon(
            self.matrices,
            momentum=float(setting(Muon, self.settings, "momentum")),
            nesterov=bool(setting(Muon, self.settings, "nesterov")),
            weight_decay=self.weight_decay,
            **arguments,
        )
        weights = [w for w in self.weights if not any(w is matrix for matrix in self.matrices)]
        adamw = torch.optim.AdamW(
            decay_groups(weights, self.others, self.weight_decay),
            betas=(self.settings.beta1, beta2_of(self.settings)),
            eps=float(setting(Muon, self.settings, "epsilon")),
        )
        return [muon, adamw]

    def attach(self, gradient: Tensor) -> None:
        """See :class:`TorchOptimizer`; the network's own gradients are views already."""


@final
class OwnOptimizer(TorchOptimizer):
    """A person's own: what a class or function makes of the network's parameters.

    Where a learning rate is set, its groups' rates are changed in its proportion; else they
    are as it was made with, times the schedule.
    """

    def make(self) -> list[torch.optim.Optimizer]:
        """See :class:`TorchOptimizer`."""
        import torch.optim

        assert self.own is not None
        made = self.own([*self.weights, *self.others])
        if not isinstance(made, torch.optim.Optimizer):
            raise GoodfitError("training.own_no_optimizer", kind=type(made).__name__)
        self.rate = float(made.param_groups[0]["lr"])
        for group in made.param_groups:
            group[SHARE] = float(group["lr"]) / self.rate if self.rate else 1.0
        closure = inspect.signature(made.step).parameters.get("closure")
        self.asks_again = closure is not None and closure.default is inspect.Parameter.empty
        return [made]

    def attach(self, gradient: Tensor) -> None:
        """See :class:`TorchOptimizer`; the network's own gradients are views already."""
