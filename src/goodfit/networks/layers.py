"""Layers: the parts that networks are chains of.

Each layer states itself three times: ``forward``, which autograd can differentiate; ``by_hand``,
the same step and its derivative in memory that is kept; and ``rowwise``, for prediction, where
every row is computed alike. The contract tests hold the three to the same numbers.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Protocol, cast, final

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from goodfit.networks.initializations import Initialization
from goodfit.networks.rowwise import FilledDense


class LayerByHand(Protocol):
    """A layer's forward and backward pass without autograd.

    What ``forward`` gives stays as it is until ``backward``; the next layer may have written
    over it only where this layer's backward pass does not read it.
    """

    def forward(self, a: Tensor) -> Tensor:
        """(row, output) of (row, input) in a training step."""
        ...

    def backward(self, upstream: Tensor) -> Tensor:
        """Write the parameters' ``grad``; d loss / d input of d loss / d output.

        It may write over ``upstream``.
        """
        ...


class Layer(nn.Module):
    """A function of rows with parameters of its own."""

    @abstractmethod
    def forward(self, a: Tensor) -> Tensor:
        """(row, output) of (row, input)."""

    @abstractmethod
    def start(self, draw: Initialization, generator: Generator) -> None:
        """Give every parameter its start."""

    @abstractmethod
    def decayed(self) -> list[nn.Parameter]:
        """The weights among the parameters: what penalties and weight decay act on."""

    @abstractmethod
    def by_hand(self) -> LayerByHand | None:
        """The same without autograd; None where no derivative was written by hand."""

    @abstractmethod
    def rowwise(self) -> Callable[[Tensor], Tensor]:
        """The function as it is now, in evaluation, of blocks filled as ``rowwise.filled`` does.

        It may write over the block that it is given.
        """

    @abstractmethod
    def use_generator(self, generator: Generator) -> None:
        """Draw what is random in a training step from this generator."""


@final
class Dense(Layer):
    """Weighted sums of the inputs, one an output, each with a bias.

    Args:
        inputs: how many.
        outputs: how many.
        gain: of the activation that follows.
        bias: False where a normalisation that follows would take it away again.

    >>> import torch
    >>> Dense(2, 3)(torch.ones(1, 2))
    tensor([[0., 0., 0.]], grad_fn=<AddmmBackward0>)
    """

    def __init__(self, inputs: int, outputs: int, *, gain: float = 1.0, bias: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(outputs, inputs))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.gain = gain

    def forward(self, a: Tensor) -> Tensor:
        """See :class:`Layer`."""
        return functional.linear(a, self.weight, self.bias)

    def start(self, draw: Initialization, generator: Generator) -> None:
        """See :class:`Layer`."""
        draw(self.weight, self.bias, self.gain, generator)

    def decayed(self) -> list[nn.Parameter]:
        """See :class:`Layer`."""
        return [self.weight]

    def by_hand(self) -> DenseByHand:
        """See :class:`Layer`."""
        return DenseByHand(self)

    def rowwise(self) -> Callable[[Tensor], Tensor]:
        """See :class:`Layer`."""
        return FilledDense(self.weight, self.bias)

    def use_generator(self, generator: Generator) -> None:
        """Nothing is random here."""


class DenseByHand:
    """Sums and their derivatives, each one matrix product.

    Args:
        layer: laid out, so that it has its ``grad``.
        first_wanted: input from which on ``backward`` gives derivatives.
    """

    def __init__(self, layer: Dense, *, first_wanted: int = 0) -> None:
        self.weight, self.weight_t = layer.weight.data, layer.weight.data.t()
        self.bias = None if layer.bias is None else layer.bias.data
        self.weight_grad = layer.weight.grad
        self.bias_grad = None if layer.bias is None else layer.bias.grad
        self.weight_wanted = self.weight[:, first_wanted:]
        self.wanted = self.weight_wanted.shape[1] > 0
        self.memory: dict[int, tuple[Tensor, Tensor]] = {}
        self.inputs = self.delta = self.weight  # until there are any

    def _memory_for(self, a: Tensor) -> tuple[Tensor, Tensor]:
        n_rows, (outputs, wanted) = len(a), self.weight_wanted.shape
        self.memory[n_rows] = a.new_empty(n_rows, outputs), a.new_empty(n_rows, wanted)
        return self.memory[n_rows]

    def forward(self, a: Tensor) -> Tensor:
        """See :class:`LayerByHand`."""
        sums, self.delta = self.memory.get(a.shape[0]) or self._memory_for(a)
        self.inputs = a
        if self.bias is None:
            return torch.mm(a, self.weight_t, out=sums)
        return torch.addmm(self.bias, a, self.weight_t, out=sums)

    def backward(self, upstream: Tensor) -> Tensor:
        """See :class:`LayerByHand`."""
        torch.mm(upstream.t(), self.inputs, out=self.weight_grad)
        if self.bias_grad is not None:
            torch.sum(upstream, 0, out=self.bias_grad)
        if self.wanted:
            torch.mm(upstream, self.weight_wanted, out=self.delta)
        return self.delta


@final
class Dropout(Layer):
    """Switches off a share of its inputs in a training step and makes up for it with the others.

    Args:
        share: of the inputs (Srivastava et al. 2014).
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share
        self.generator: Generator | None = None

    def forward(self, a: Tensor) -> Tensor:
        """See :class:`Layer`."""
        if not self.training:
            return a
        kept = torch.empty_like(a).bernoulli_(1 - self.share, generator=self.generator)
        return a * kept / (1 - self.share)

    def start(self, draw: Initialization, generator: Generator) -> None:
        """There is nothing to start."""

    def decayed(self) -> list[nn.Parameter]:
        """See :class:`Layer`."""
        return []

    def by_hand(self) -> LayerByHand:
        """See :class:`Layer`."""
        return _DropoutByHand(self)

    def rowwise(self) -> Callable[[Tensor], Tensor]:
        """See :class:`Layer`."""
        return lambda a: a

    def use_generator(self, generator: Generator) -> None:
        """See :class:`Layer`."""
        self.generator = generator


def dropping(share: float) -> list[Layer]:
    """The layer for a chain to unpack; none where nothing is switched off."""
    return [Dropout(share)] if share else []


class _DropoutByHand:
    def __init__(self, layer: Dropout) -> None:
        self.layer, self.keep = layer, 1 - layer.share
        self.masks: dict[int, Tensor] = {}

    def forward(self, a: Tensor) -> Tensor:
        mask = self.masks.get(len(a))
        if mask is None:
            mask = self.masks[len(a)] = torch.empty_like(a)
        mask.bernoulli_(self.keep, generator=self.layer.generator).div_(self.keep)
        return a * mask

    def backward(self, upstream: Tensor) -> Tensor:
        return upstream.mul_(self.masks[len(upstream)])


@final
class Residual(Layer):
    """Its input plus what a chain of layers makes of it (He et al. 2016, arXiv 1512.03385).

    Args:
        layers: the last gives as many outputs as the first takes inputs.
    """

    def __init__(self, layers: Iterable[Layer]) -> None:
        super().__init__()
        self.layers = nn.ModuleList(layers)

    @property
    def chain(self) -> list[Layer]:
        """The layers in order."""
        return cast("list[Layer]", list(self.layers))

    def forward(self, a: Tensor) -> Tensor:
        """See :class:`Layer`."""
        return a + run(self.chain, a)

    def start(self, draw: Initialization, generator: Generator) -> None:
        """See :class:`Layer`."""
        for layer in self.chain:
            layer.start(draw, generator)

    def decayed(self) -> list[nn.Parameter]:
        """See :class:`Layer`."""
        return [weight for layer in self.chain for weight in layer.decayed()]

    def by_hand(self) -> LayerByHand | None:
        """See :class:`Layer`."""
        hands = all_by_hand(self.chain)
        return None if hands is None else _ResidualByHand(hands)

    def rowwise(self) -> Callable[[Tensor], Tensor]:
        """See :class:`Layer`."""
        inner = [layer.rowwise() for layer in self.chain]
        return lambda a: run(inner, a.clone()).add_(a)

    def use_generator(self, generator: Generator) -> None:
        """See :class:`Layer`."""
        for layer in self.chain:
            layer.use_generator(generator)


class _ResidualByHand:
    def __init__(self, hands: Sequence[LayerByHand]) -> None:
        self.hands = hands

    def forward(self, a: Tensor) -> Tensor:
        inner = a
        for hand in self.hands:
            inner = hand.forward(inner)
        return a + inner

    def backward(self, upstream: Tensor) -> Tensor:
        inner = upstream.clone()  # the layers write over theirs
        for hand in reversed(self.hands):
            inner = hand.backward(inner)
        return upstream.add_(inner)


def run(layers: Sequence[Callable[[Tensor], Tensor]], a: Tensor) -> Tensor:
    """What the layers make of ``a``, one after the other."""
    for layer in layers:
        a = layer(a)
    return a


def all_by_hand(layers: Iterable[Layer]) -> list[LayerByHand] | None:
    """Every layer's pass by hand; None if one has none."""
    hands = [layer.by_hand() for layer in layers]
    return None if None in hands else cast("list[LayerByHand]", hands)
