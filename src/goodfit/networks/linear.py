"""The linear network: one layer, no activation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import final

import numpy as np
import torch
from torch import Generator, Tensor, nn

from goodfit.core.errors import GoodfitError
from goodfit.core.own import Own
from goodfit.core.settings import Settings, Task
from goodfit.networks.contract import ByHand, Network, Predictor
from goodfit.networks.initializations import Initialization
from goodfit.networks.rowwise import FilledDense, as_inputs
from goodfit.networks.solve import Solution, solve_least_squares, solve_logistic

# Rows times squared columns that an exact solution is tried for: some minutes on two cores.
MOST_PRODUCTS = 1e12
# Rows that the exact solution looks at together.
SOLVED_ROWS = 8_192


@final
class Linear(Network):
    """A weighted sum of the inputs and a bias, w · x + b: linear or logistic regression.

    When: first, and where coefficients are to be read. With `optimizer exact` its best
    parameters are computed outright.
    Source: Legendre 1805 (least squares); Berkson 1944 (logistic).

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

    @classmethod
    def chosen(
        cls,
        n_dense: int,
        n_codes: tuple[int, ...],
        n_outputs: int,
        *,
        settings: Settings,
        own: Own,
        numbers: tuple[int, ...] = (),
    ) -> Linear:
        """The network that the settings describe."""
        return cls(n_dense, n_codes, n_outputs)

    def forward(self, dense: Tensor, codes: Tensor) -> Tensor:
        """See :class:`Network`."""
        outputs = torch.addmm(self.bias, dense, self.weight.t())
        for column, table in enumerate(self.tables):
            outputs = outputs + table[codes[:, column]]
        return outputs  # (row, output)

    def of_folds(self, dense: Tensor, codes: Tensor, folds: slice) -> Tensor:
        """See :class:`Network`."""
        return self(dense[0], codes[0])[None]

    def start(self, draw: Initialization, generator: Generator) -> None:
        """See :class:`Network`; the weights of levels start as zeros."""
        draw(self.weight, self.bias, 1.0, generator)

    def n_products(self, n_rows: int) -> int:
        """Multiplications, about, that an exact solution of so many rows takes."""
        n_columns = self.weight.shape[1] + sum(len(table) - 1 for table in self.tables)
        return n_rows * n_columns**2

    @torch.no_grad()
    def solve(
        self,
        dense: Tensor,
        codes: Tensor,
        target: Tensor,
        weight: Tensor | None,
        *,
        task: Task,
        l2: float,
    ) -> Solution:
        """Put the parameters where the mean loss plus ``l2``/2 times the squared weights is least.

        Args:
            dense: (row, dense column) float64.
            codes: (row, code column).
            target: (row, target) numbers, (row, 1) of 0 and 1, or (row,) class indices.
            weight: (row, 1) or None.
            task: mean squared error for regression (the mean over its targets), cross-entropy
                for classes.
            l2: penalty, at least 0.

        Returns:
            The solution, with its rank and whether it converged.

        Raises:
            GoodfitError: if there are so many rows and levels that it would take very long.
        """
        rows = _Design(dense, codes, [len(table) for table in self.tables])
        if self.n_products(len(dense)) > MOST_PRODUCTS:
            raise GoodfitError(
                "networks.exact_too_large", n_rows=len(dense), n_columns=rows.n_columns
            )
        values = target.cpu().numpy()
        weights = None if weight is None else weight.flatten().double().cpu().numpy()
        if task == "regression":
            found = _least_squares(rows, values, weights, l2=l2)
        else:
            found = solve_logistic(
                rows.part(0, len(values)),
                values.flatten().astype(np.int64),
                n_classes=max(2, len(self.bias)),
                weight=weights,
                l2=l2,
            )
        self._take(np.atleast_2d(found.weight), np.atleast_1d(found.bias))
        return found

    def _take(self, weight: np.ndarray, bias: np.ndarray) -> None:
        """Parameters from a solution's weight (output, design column) and bias (output,)."""
        n_dense = self.weight.shape[1]
        self.weight.copy_(torch.from_numpy(weight[:, :n_dense]))
        self.bias.copy_(torch.from_numpy(bias))
        start = n_dense
        for table in self.tables:
            stop = start + len(table) - 1
            table.zero_()
            table[1:] = torch.from_numpy(weight[:, start:stop].T)
            start = stop

    def decayed(self) -> list[nn.Parameter]:
        """See :class:`Network`."""
        return [self.weight, *self.tables]

    def matrices(self) -> list[nn.Parameter]:
        """Its one layer is the last."""
        return []

    def widest(self) -> int:
        """See :class:`Network`."""
        return 1

    def by_hand(self) -> ByHand:
        """See :class:`Network`."""
        return _LinearByHand(self)

    def predictor(self) -> Predictor:
        """See :class:`Network`."""
        layer, n_outputs = FilledDense(self.weight, self.bias), len(self.bias)
        tables = [table.detach().clone() for table in self.tables]

        def predict(dense: Tensor, codes: Tensor) -> Tensor:
            outputs = layer(as_inputs(dense))[:, :n_outputs]
            for column, table in enumerate(tables):
                outputs = outputs + table[codes[:, column]]
            return outputs

        return predict

    def use_generator(self, generator: Generator) -> None:
        """Nothing is random here."""


def _least_squares(
    rows: _Design, targets: np.ndarray, weight: np.ndarray | None, *, l2: float
) -> Solution:
    """Each target of (row, target) by itself: they share no parameter, only a mean loss."""
    found = [
        solve_least_squares(
            lambda values=values: rows.blocks(values, weight),
            n_columns=rows.n_columns,
            l2=l2 * targets.shape[1],
        )
        for values in targets.T
    ]
    if len(found) == 1:
        return found[0]
    return replace(
        found[0],
        weight=np.stack([one.weight for one in found]),
        bias=np.concatenate([one.bias for one in found]),
        loss=float(np.mean([one.loss for one in found])),
    )


class _Design:
    """Rows of dense and of code columns, the codes spelled out as one-hot columns block by block.

    An unseen level (code 0) has no column.
    """

    def __init__(self, dense: Tensor, codes: Tensor, n_codes: list[int]) -> None:
        self.dense, self.codes = dense.double().cpu().numpy(), codes.cpu().numpy()
        self.n_codes = n_codes
        self.n_columns = self.dense.shape[1] + sum(n_codes) - len(n_codes)

    def part(self, start: int, stop: int) -> np.ndarray:
        """(row, design column) of neighbouring rows."""
        one_hot = [
            codes[start:stop, None] == np.arange(1, count)
            for codes, count in zip(self.codes.T, self.n_codes, strict=True)
        ]
        return np.hstack([self.dense[start:stop], *one_hot]).astype(np.float64)

    def blocks(
        self, target: np.ndarray, weight: np.ndarray | None
    ) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray | None]]:
        """Blocks of design, target and weight, small enough for memory."""
        for start in range(0, len(target), SOLVED_ROWS):
            rows = slice(start, start + SOLVED_ROWS)
            part = self.part(start, start + SOLVED_ROWS)
            yield part, target[rows].astype(np.float64), None if weight is None else weight[rows]


class _LinearByHand:
    def __init__(self, network: Linear) -> None:
        self.weight_t = network.weight.data.t()
        self.bias = network.bias.data
        self.tables = [(table.data, table.grad) for table in network.tables]
        self.weight_grad, self.bias_grad = network.weight.grad, network.bias.grad
        self.outputs: dict[int, Tensor] = {}
        self.batch: tuple[Tensor, Tensor] | None = None

    def forward(self, dense: Tensor, codes: Tensor) -> Tensor:
        n_rows = dense.shape[0]
        outputs = self.outputs.get(n_rows)
        if outputs is None:
            outputs = self.outputs[n_rows] = dense.new_empty(n_rows, len(self.bias))
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
