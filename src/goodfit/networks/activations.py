"""Activations: what a hidden neuron does with its weighted sum.

Each states its function, which autograd can differentiate, and by hand its
derivative, so that a training step needs no autograd. A new activation is a new
entry; one without a derivative is trained through autograd.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

#: ``gradient(upstream, z, a)``: turns d loss / d a into d loss / d z, in place.
Gradient = Callable[[Tensor, Tensor, Tensor], None]


@dataclass(frozen=True)
class Activation:
    """One activation, applied element by element.

    Args:
        name: its standard name.
        function: ``a = function(z)``, any shape to the same shape.
        gradient: overwrites d loss / d a with d loss / d z, given z and a; None where
            no derivative was written by hand.
        in_place: the function written over z, for those whose ``gradient`` needs only a.
        gain: factor by which Kaiming's and Xavier's rules widen the weights before it.

    >>> import torch
    >>> ACTIVATIONS["relu"].function(torch.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """

    name: str
    function: Callable[[Tensor], Tensor]
    gradient: Gradient | None = None
    in_place: Callable[[Tensor], Tensor] | None = None
    gain: float = 1.0


_aten = torch.ops.aten


def _itself(z: Tensor) -> Tensor:
    return z


def _keep(upstream: Tensor, z: Tensor, a: Tensor) -> None:
    del upstream, z, a


def _sigmoid(upstream: Tensor, z: Tensor, a: Tensor) -> None:
    _aten.sigmoid_backward.grad_input(upstream, a, grad_input=upstream)


def _tanh(upstream: Tensor, z: Tensor, a: Tensor) -> None:
    _aten.tanh_backward.grad_input(upstream, a, grad_input=upstream)


def _relu(upstream: Tensor, z: Tensor, a: Tensor) -> None:
    _aten.threshold_backward.grad_input(upstream, a, 0, grad_input=upstream)


def _gelu(upstream: Tensor, z: Tensor, a: Tensor) -> None:
    _aten.gelu_backward.grad_input(upstream, z, approximate="none", grad_input=upstream)


def _silu(upstream: Tensor, z: Tensor, a: Tensor) -> None:
    _aten.silu_backward.grad_input(upstream, z, grad_input=upstream)


_GAIN_OF_RELU = 2**0.5  # He et al. 2015, arXiv 1502.01852, section 2.2
_GAIN_OF_TANH = 5 / 3  # torch.nn.init.calculate_gain

_ALL = (
    Activation("identity", _itself, _keep, _itself),
    Activation("sigmoid", torch.sigmoid, _sigmoid, torch.sigmoid_),
    Activation("tanh", torch.tanh, _tanh, torch.tanh_, gain=_GAIN_OF_TANH),
    Activation("relu", torch.relu, _relu, torch.relu_, gain=_GAIN_OF_RELU),
    Activation("gelu", functional.gelu, _gelu, gain=_GAIN_OF_RELU),
    Activation("silu", functional.silu, _silu, gain=_GAIN_OF_RELU),
)

#: Every activation by its standard name. GELU: arXiv 1606.08415; SiLU (Swish): arXiv 1702.03118.
ACTIVATIONS: Mapping[str, Activation] = {activation.name: activation for activation in _ALL}
