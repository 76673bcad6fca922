"""What a network may expect of an activation."""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar

from torch import Generator, Tensor, nn

from goodfit.core.settings import Settings
from goodfit.networks.initializations import Initialization
from goodfit.networks.layers import Layer, LayerByHand
from goodfit.networks.rowwise import on_real_columns

# Rectifiers let half of the squares through; weights wider by this factor make up for it
# (He et al. 2015, arXiv 1502.01852, section 2.2).
GAIN_OF_RELU = 2**0.5


class Activation(Layer):
    """What the neurons of one hidden layer do with their weighted sums.

    It states its function, which autograd can differentiate, and by hand its derivative.

    Args:
        width: neurons of the layer.
        settings: resolved; some activations have options among them.
    """

    #: Factor by which Kaiming's and Xavier's rules widen the weights before it.
    gain: float = 1.0
    #: Weighted sums that each neuron gets.
    pieces: int = 1
    #: Whether each number is treated alike, apart from all others.
    elementwise: ClassVar[bool] = True
    #: The function written over its input, where ``gradient`` needs only the result.
    in_place: ClassVar[Callable[[Tensor], Tensor] | None] = None

    def __init__(self, width: int, settings: Settings) -> None:
        super().__init__()
        self.width = width
        self.generator: Generator | None = None

    @abstractmethod
    def gradient(self, upstream: Tensor, z: Tensor, a: Tensor) -> Tensor:
        """Of d loss / d a: d loss / d z, and the ``grad`` of parameters if there are any.

        Args:
            upstream: (row, neuron), d loss / d a; may be written over.
            z: (row, pieces times neuron), the sums; where ``in_place`` is given, do not read them.
            a: (row, neuron), what the function made of them in a training step.
        """

    def start(self, draw: Initialization, generator: Generator) -> None:
        """Parameters start as they were made."""

    def decayed(self) -> list[nn.Parameter]:
        """See :class:`Layer`; an activation's parameters are no weights."""
        return []

    def by_hand(self) -> LayerByHand | None:
        """See :class:`Layer`."""
        return _ActivationByHand(self)

    def rowwise(self) -> Callable[[Tensor], Tensor]:
        """See :class:`Layer`."""
        function = type(self).in_place
        if function is not None:
            return function
        frozen = copy.deepcopy(self).eval().requires_grad_(requires_grad=False)
        if self.elementwise:
            return frozen
        return on_real_columns(frozen, self.width * self.pieces)

    def use_generator(self, generator: Generator) -> None:
        """See :class:`Layer`."""
        self.generator = generator


class _ActivationByHand:
    def __init__(self, activation: Activation) -> None:
        self.gradient = activation.gradient
        self.function: Callable[[Tensor], Tensor] = type(activation).in_place or activation.forward
        self.z: Tensor | None = None
        self.a: Tensor | None = None

    def forward(self, a: Tensor) -> Tensor:
        self.z = a
        self.a = self.function(a)
        return self.a

    def backward(self, upstream: Tensor) -> Tensor:
        assert self.z is not None
        assert self.a is not None
        return self.gradient(upstream, self.z, self.a)
