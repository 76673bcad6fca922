"""The linear network: one layer, no activation."""

from __future__ import annotations

from typing import final

import torch
from torch import Generator, Tensor, nn

from goodfit.networks.contract import ByHand, Network
from goodfit.networks.initializations import Initialization


@final
class Linear(Network):
    """A weighted sum of the inputs and a bias: linear or logistic regression.

    A column of codes is a one-hot column that was never spelled out: each of its
    codes has one weight an output, and an unseen level (code 0) adds nothing.

    Args:
        n_dense: number of dense columns.
        n_codes: number of codes of each code column.
        n_outputs: number of outputs.

    >>> import torch
    >>> network = Linear(2, (), 1)
    >>> network(torch.zeros(3, 2), torch.zeros(3, 0, dtype=torch.int64)).shape
    torch.Size([3, 1])
    """

    def __init__(self, n_dense: int, n_codes: tuple[int, ...], n_outputs: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(n_outputs, n_dense))
        self.bias = nn.Parameter(torch.zeros(n_outputs))
        self.tables = nn.ParameterList(torch.zeros(codes, n_outputs) for codes in n_codes)

    def forward(self, dense: Tensor, codes: Tensor) -> Tensor:
        """See :class:`Network`."""
        outputs = torch.addmm(self.bias, dense, self.weight.t())
        for column, table in enumerate(self.tables):
            outputs = outputs + table[codes[:, column]]
        return outputs  # (row, output)

    def start(self, draw: Initialization, generator: Generator) -> None:
        """See :class:`Network`; the weights of levels start as zeros."""
        draw(self.weight, self.bias, 1.0, generator)

    def decayed(self) -> list[nn.Parameter]:
        """See :class:`Network`."""
        return [self.weight, *self.tables]

    def by_hand(self) -> ByHand:
        """See :class:`Network`."""
        return _LinearByHand(self)

    def use_generator(self, generator: Generator) -> None:
        """Nothing is random here."""


class _LinearByHand:
    def __init__(self, network: Linear) -> None:
        self.weight_t = network.weight.data.t()
        self.bias = network.bias.data
        self.tables = [(table.data, table.grad) for table in network.tables]
        self.weight_grad, self.bias_grad = network.weight.grad, network.bias.grad
        self.outputs: dict[int, Tensor] = {}
        self.batch: tuple[Tensor, Tensor] | None = None

    def forward(self, dense: Tensor, codes: Tensor) -> Tensor:
        outputs = self.outputs.get(len(dense))
        if outputs is None:
            outputs = self.outputs[len(dense)] = dense.new_empty(len(dense), len(self.bias))
        torch.addmm(self.bias, dense, self.weight_t, out=outputs)
        for column, (table, _) in enumerate(self.tables):
            outputs += table[codes[:, column]]
        self.batch = dense, codes
        return outputs

    def backward(self, upstream: Tensor) -> None:
        assert self.batch is not None
        dense, codes = self.batch
        torch.mm(upstream.t(), dense, out=self.weight_grad)
        torch.sum(upstream, 0, out=self.bias_grad)
        for column, (_, grad) in enumerate(self.tables):
            grad.zero_().index_add_(0, codes[:, column], upstream)
