"""A person's own activation: a function of a tensor, or what makes a module."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from functools import partial
from typing import Any, final

import torch
from torch import Generator, Tensor, nn

from goodfit.core.errors import GoodfitError
from goodfit.core.words import say
from goodfit.networks.initializations import Initialization
from goodfit.networks.layers import Layer, LayerByHand
from goodfit.networks.strangers import drawn_seed, seeded, weights_of


@final
class OwnActivation(Layer):
    """What a person's own function or module does with each number, differentiated by autograd.

    Args:
        width: neurons of the layer, which it need not know.
        thing: a function of a tensor; a module, of which each layer gets a copy; or a class or
            function without arguments that makes one.

    >>> import torch
    >>> OwnActivation(2, thing=torch.sin)(torch.zeros(2))
    tensor([0., 0.])
    """

    gain = 1.0
    pieces = 1

    def __init__(self, width: int, *, thing: Any) -> None:
        super().__init__()
        made = thing() if _makes(thing) else thing
        # Only a module has parameters, a mode, and perhaps chance.
        self.module = copy.deepcopy(made) if isinstance(made, nn.Module) else None
        self.function: Callable[[Tensor], Tensor] | None = made if self.module is None else None
        self.generator: Generator | None = None

    def forward(self, a: Tensor) -> Tensor:
        """See :class:`Layer`."""
        if self.function is not None:
            return self.function(a)
        assert self.module is not None
        if not self.training:
            return self.module(a)
        with seeded(drawn_seed(self.generator), device=a.device):
            return self.module(a)

    def start(self, draw: Initialization, generator: Generator) -> None:
        """Parameters start as they were made."""

    def decayed(self) -> list[nn.Parameter]:
        """See :class:`Layer`."""
        return [] if self.module is None else weights_of(self.module)

    def by_hand(self) -> LayerByHand | None:
        """Nobody wrote its derivative by hand."""
        return None

    def rowwise(self) -> Callable[[Tensor], Tensor]:
        """See :class:`Layer`."""
        return copy.deepcopy(self).eval().requires_grad_(requires_grad=False)

    def use_generator(self, generator: Generator) -> None:
        """See :class:`Layer`."""
        self.generator = generator


def check_activation(thing: Any) -> None:
    """See that an object can be an activation: element by element, differentiable.

    Raises:
        GoodfitError: naming what is wrong.
    """
    z = torch.linspace(-2, 2, 15).view(3, 5).requires_grad_()
    try:
        with seeded(0), torch.enable_grad():
            activation = OwnActivation(5, thing=thing).eval()
            whole = activation(z)
            part = activation(z[1:, :2].contiguous())
    except Exception as error:
        raise _unfit(say("networks.fails", {"reason": str(error)})) from error
    if not isinstance(whole, torch.Tensor) or whole.shape != z.shape or whole.dtype != z.dtype:
        raise _unfit(say("networks.other_tensor", {}))
    if not whole.requires_grad:
        raise _unfit(say("networks.flat", {}))
    if not torch.allclose(whole[1:, :2], part, equal_nan=True):
        raise _unfit(say("networks.neighbours", {}))


def _makes(thing: Any) -> bool:
    """Whether it makes a module, and is none."""
    made = thing.func if isinstance(thing, partial) else thing
    if inspect.isclass(made):
        return True
    return inspect.isfunction(thing) and not inspect.signature(thing).parameters


def _unfit(problem: str) -> GoodfitError:
    return GoodfitError("networks.own_activation_unfit", problem=problem)
