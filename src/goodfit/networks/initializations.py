"""Initializations: how the parameters of a layer start.

Numbers are drawn in float32 from the generator that is handed in, whatever the
precision of the training, so that a start depends on the seed alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import torch
from torch import Generator, Tensor

#: ``draw(weight, bias, gain, generator)``: fills both in place.
Initialization = Callable[[Tensor, Tensor | None, float, Generator], None]


def _uniform(tensor: Tensor, bound: float, generator: Generator) -> None:
    drawn = torch.empty(tensor.shape, dtype=torch.float32).uniform_(
        -bound, bound, generator=generator
    )
    tensor.copy_(drawn)


def _normal(tensor: Tensor, deviation: float, generator: Generator) -> None:
    drawn = torch.empty(tensor.shape, dtype=torch.float32).normal_(
        0.0, deviation, generator=generator
    )
    tensor.copy_(drawn)


def _zero(tensor: Tensor | None) -> None:
    if tensor is not None:
        tensor.zero_()


def torch_default(weight: Tensor, bias: Tensor | None, gain: float, generator: Generator) -> None:
    """Weight and bias uniform within one over the root of the inputs, as ``torch.nn.Linear``."""
    bound = 1 / math.sqrt(max(weight.shape[1], 1))
    _uniform(weight, bound, generator)
    if bias is not None:
        _uniform(bias, bound, generator)


def zeros(weight: Tensor, bias: Tensor | None, gain: float, generator: Generator) -> None:
    """All zero: sensible for a linear network only."""
    _zero(weight)
    _zero(bias)


def xavier_uniform(weight: Tensor, bias: Tensor | None, gain: float, generator: Generator) -> None:
    """Keeps the variance forward and backward (Glorot and Bengio 2010, equation 16)."""
    outputs, inputs = weight.shape
    _uniform(weight, gain * math.sqrt(6 / max(inputs + outputs, 1)), generator)
    _zero(bias)


def xavier_normal(weight: Tensor, bias: Tensor | None, gain: float, generator: Generator) -> None:
    """As ``xavier_uniform`` with normal numbers (Glorot and Bengio 2010, equation 12)."""
    outputs, inputs = weight.shape
    _normal(weight, gain * math.sqrt(2 / max(inputs + outputs, 1)), generator)
    _zero(bias)


def kaiming_uniform(weight: Tensor, bias: Tensor | None, gain: float, generator: Generator) -> None:
    """Keeps the variance forward through the activation (He et al. 2015, section 2.2)."""
    _uniform(weight, gain * math.sqrt(3 / max(weight.shape[1], 1)), generator)
    _zero(bias)


def kaiming_normal(weight: Tensor, bias: Tensor | None, gain: float, generator: Generator) -> None:
    """As ``kaiming_uniform`` with normal numbers (He et al. 2015, equation 10)."""
    _normal(weight, gain / math.sqrt(max(weight.shape[1], 1)), generator)
    _zero(bias)


#: Every initialization by name.
INITIALIZATIONS: Mapping[str, Initialization] = {
    "torch_default": torch_default,
    "zeros": zeros,
    "xavier_uniform": xavier_uniform,
    "xavier_normal": xavier_normal,
    "kaiming_uniform": kaiming_uniform,
    "kaiming_normal": kaiming_normal,
}
