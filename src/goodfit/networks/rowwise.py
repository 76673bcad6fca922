"""Dense layers whose every row is computed alike, to the last bit."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

# The last bits of a matrix product may depend on where in memory a row begins and on how many
# columns are left over when the vector instructions are done. With every side a multiple of
# sixteen numbers (64 bytes of float32) nothing is left over and every row begins alike:
# measured bit-equal at every place of a block for 60 random shapes, where unpadded products
# were not for an output of one column.
SIDE = 16


def filled(tensor: Tensor) -> Tensor:
    """The same with zeros after the last column (a matrix's rows stay) up to a multiple of 16.

    >>> import torch
    >>> filled(torch.ones(2, 3)).shape
    torch.Size([2, 16])
    """
    width = tensor.shape[-1]
    full = tensor.new_zeros(*tensor.shape[:-1], _side(width))
    full[..., :width] = tensor.detach()
    return full


def as_inputs(block: Tensor) -> Tensor:
    """A block as the first ``FilledDense`` takes it.

    Where each column lies together in memory, and not each row, nothing need be filled: a
    block has a multiple of sixteen rows, and they begin alike however many columns there are.
    """
    return block if block.stride(0) == 1 else filled(block)


class FilledDense:
    """A fully connected layer for prediction, from a filled block to a filled block.

    Give it blocks of one number of rows, always; then a row's result depends neither
    on its place nor on the other rows.

    Args:
        weight: (output, input); copied.
        bias: (output,) or None; copied.

    >>> import torch
    >>> dense = FilledDense(torch.ones(1, 3), torch.ones(1))
    >>> dense(filled(torch.ones(2, 3)))[:, :1]
    tensor([[4.],
            [4.]])
    """

    def __init__(self, weight: Tensor, bias: Tensor | None) -> None:
        outputs, inputs = weight.shape
        full = weight.new_zeros(_side(outputs), _side(inputs))
        full[:outputs, :inputs] = weight.detach()
        self.weight_t = full.t()
        self.bias = filled(weight.new_zeros(outputs) if bias is None else bias)
        self.single = outputs == 1

    def __call__(self, a: Tensor) -> Tensor:
        """(row, filled output) of (row, filled input); what fills the input meets zeros.

        A new tensor, which the next layer may write over.
        """
        weight_t = self.weight_t[: a.shape[1]]
        if not self.single:
            return torch.addmm(self.bias, a, weight_t)
        sums = a.new_zeros(len(a), SIDE)
        sums[:, 0] = torch.mv(a, weight_t[:, 0]).add_(self.bias[0])
        return sums


def on_real_columns(function: Callable[[Tensor], Tensor], width: int) -> Callable[[Tensor], Tensor]:
    """A function of ``width`` columns as one of filled blocks.

    It must compute its rows one by one, so that no row's place can matter.
    """
    return lambda a: filled(function(a[:, :width].contiguous()))


def _side(width: int) -> int:
    return max(-(-width // SIDE), 1) * SIDE
