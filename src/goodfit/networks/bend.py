"""Numbers bent, so that far ones do not drown near ones and still differ."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

# A number beyond is as good as infinite; its square can still be held.
FARTHEST = 1e15


def bent(x: Tensor) -> Tensor:
    """asinh: like x around 0, like the logarithm far away; ``x`` of any shape.

    >>> import torch
    >>> bent(torch.tensor([-1e30, 0.0, 0.1, 100.0]))
    tensor([-35.2319,   0.0000,   0.0998,   5.2983])
    """
    return x.clamp(-FARTHEST, FARTHEST).asinh()


def bend_quickly(x: Tensor, memory: Tensor, *, out: Tensor) -> Tensor:
    """The same some five times as quickly, rounded as numbers near 1 are.

    Args:
        x: any shape.
        memory: of that shape, to write into.
        out: likewise, where the result goes.
    """
    size = torch.abs(x, out=memory).clamp_(max=FARTHEST)
    torch.mul(size, size, out=out).add_(1).sqrt_().add_(size).log_()
    return out.copysign_(x)


def bent_quickly(x: Tensor) -> Tensor:
    """The same into memory of its own.

    >>> import torch
    >>> bent_quickly(torch.tensor([-1e30, 0.0, 0.1, 100.0]))
    tensor([-35.2319,   0.0000,   0.0998,   5.2983])
    """
    return bend_quickly(x, torch.empty_like(x), out=torch.empty_like(x))


def cosines_quickly(angle: Tensor) -> Tensor:
    """Cosines of numbers that are needed no more, by numpy where it reaches them: twice as quick.

    >>> import torch
    >>> cosines_quickly(torch.zeros(2))
    tensor([1., 1.])
    """
    if angle.device.type != "cpu":
        return angle.cos_()
    array = angle.numpy()
    np.cos(array, out=array)
    return angle
