"""An ensemble for prediction: blocks of rows, every row computed alike."""

from __future__ import annotations

import math
from threading import local
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from goodfit.networks.bend import bend_quickly
from goodfit.networks.contract import Predictor
from goodfit.networks.rowwise import filled

if TYPE_CHECKING:
    from goodfit.networks.ensemble import Ensemble


@torch.no_grad()
def ensemble_predictor(network: Ensemble) -> Predictor:
    """The ensemble as it is now, as a function of blocks of rows; it holds copies."""
    return _Predictor(network)


class _Predictor:
    """Fold after fold, so that what one needs stays in a core's own cache.

    Inputs have their rows last, as in training: (input, row).
    """

    def __init__(self, network: Ensemble) -> None:
        self.centers = _turned(network.centers)  # (fold, column, 1)
        self.factors = _turned(network.factors)
        self.numbers = torch.tensor(network.numbers, dtype=torch.int64)
        self.every = len(network.numbers) == network.n_dense
        self.folds = [_Fold(network, fold) for fold in range(network.folds)]
        self.n_outputs = network.n_outputs
        self.line = _side_by_side(network.line)
        # What no row changes, of the folds and of the line.
        constant = network.share * network.last_biases.mean((0, 1, 2)) + network.line_bias
        self.constant = _side_by_side(constant[None])[0]
        self.kept = local()  # threads work at once, each in memory of its own

    def __call__(self, dense: Tensor, codes: Tensor) -> Tensor:
        """(row, output) of (row, column)."""
        memory: _Memory | None = getattr(self.kept, "memory", None)
        if memory is None or memory.n_rows != len(dense):
            memory = self.kept.memory = _Memory(self, len(dense))
        x = torch.sub(dense.t(), self.centers, out=memory.scaled).mul_(self.factors)
        x = bend_quickly(x, memory.sizes, out=memory.bent)
        numbers = x if self.every else x.index_select(1, self.numbers)
        total = _added(self.constant.expand(len(dense), *self.constant.shape), dense, self.line)
        for fold, bent, number in zip(self.folds, x, numbers, strict=True):
            fold.add_to(total, bent, number, codes, memory)
        return total.view(len(dense), -1)[:, : self.n_outputs]


class _Memory:
    """What a block of rows is computed in."""

    def __init__(self, predictor: _Predictor, n_rows: int) -> None:
        fold, n_folds = predictor.folds[0], len(predictor.folds)
        new = fold.first.new_empty
        self.n_rows = n_rows
        self.scaled, self.sizes, self.bent = (
            new(n_folds, predictor.centers.shape[1], n_rows) for _ in "abc"
        )
        self.inputs = new(len(fold.first), n_rows)
        self.cosines = new(*fold.frequencies.shape[:2], n_rows)
        self.as_array = self.cosines.numpy()
        self.columns_alike = columns_alike(fold.mixes, self.cosines)
        self.sums = new(n_rows, fold.first.shape[1])
        self.hidden = [new(n_rows * fold.members, len(bias)) for _, bias in fold.layers]


class _Fold:
    """What is learnt of one fold, its widths filled up to multiples of sixteen."""

    def __init__(self, network: Ensemble, fold: int) -> None:
        self.members, self.n_dense = network.members, network.n_dense
        self.frequencies = _turned(network.frequencies[fold] * math.tau)  # (number, cosine, 1)
        self.phases = _turned(network.phases[fold] * math.tau)
        self.mixes = _turned(network.mixes[fold])  # (number, wave, cosine)
        self.mixes_t = filled(network.mixes[fold])
        self.waves = slice(self.n_dense, self.n_dense + len(self.mixes) * self.mixes.shape[1])
        self.tables = [_turned(table[fold]) for table in network.embeddings]  # (width, code)
        # Those of all members side by side; what the waves always add goes into the biases.
        first = network.first[fold]
        biases = network.mix_biases[fold].flatten() @ first[self.waves]
        biases = (network.first_biases[fold, 0] + biases).view(network.members, -1)
        self.first_bias = filled(biases).flatten()
        self.first = filled(first.view(len(first), *biases.shape)).flatten(1)
        self.layers = [
            (_filled(weight[fold]), filled(bias[fold, 0]))
            for weight, bias in zip(network.weights, network.biases, strict=True)
        ]
        # To take the mean of all members and folds is part of the last weights.
        part = network.share / (network.members * network.folds)
        lasts = [_filled(last)[:, : network.n_outputs] * part for last in network.lasts[fold]]
        self.last = _side_by_side(torch.cat(lasts))

    def add_to(
        self, total: Tensor, bent: Tensor, numbers: Tensor, codes: Tensor, memory: _Memory
    ) -> None:
        """Add what this fold says of some rows.

        Args:
            total: (row,) or (row, filled output).
            bent: (column, row) scaled and bent.
            numbers: (number, row), those of them that have waves.
            codes: (row, code column).
            memory: to compute in.
        """
        inputs, stop = memory.inputs, self.waves.stop
        inputs[: self.n_dense] = bent
        if len(numbers):
            angle = torch.mul(numbers.unsqueeze(1), self.frequencies, out=memory.cosines)
            angle.add_(self.phases)
            np.cos(memory.as_array, out=memory.as_array)  # twice as quick as PyTorch's
            waves = inputs[self.waves].view(*self.mixes.shape[:2], -1)
            if memory.columns_alike:
                torch.bmm(self.mixes, memory.cosines, out=waves)
            else:
                by_row = torch.bmm(memory.cosines.transpose(1, 2), self.mixes_t)
                waves.copy_(by_row[:, :, : waves.shape[1]].transpose(1, 2))
        for column, table in enumerate(self.tables):
            start, stop = stop, stop + len(table)
            torch.index_select(table, 1, codes[:, column], out=inputs[start:stop])
        a = torch.addmm(self.first_bias, inputs.t(), self.first, out=memory.sums).relu_()
        for (weight, bias), sums in zip(self.layers, memory.hidden, strict=True):
            # To layers that members share all members are rows.
            a = torch.addmm(bias, a.view(len(sums), -1), weight, out=sums).relu_()
        _added(total, a.view(memory.n_rows, -1), self.last, out=total)


def columns_alike(first: Tensor, second: Tensor) -> bool:
    """Whether the columns of a stack of such products are computed alike, on this machine.

    Where the number of columns is no multiple of those that are computed at a time, what is
    left over may be summed in another order: seen in double precision, not in single.
    """
    chance = torch.Generator().manual_seed(0)
    first = torch.randn(first.shape, dtype=first.dtype, generator=chance)
    column = torch.randn(*second.shape[:2], 1, dtype=first.dtype, generator=chance)
    found = torch.bmm(first, column.expand(second.shape).contiguous())
    return torch.equal(found, found[:, :, :1].expand(found.shape))


def _turned(tensor: Tensor) -> Tensor:
    """A copy whose last two dimensions have changed places."""
    return tensor.transpose(-1, -2).clone(memory_format=torch.contiguous_format)


def _filled(weight: Tensor) -> Tensor:
    """A matrix with zeros up to multiples of sixteen rows and columns."""
    return filled(filled(weight).t()).t()


def _side_by_side(weight: Tensor) -> Tensor:
    """(input, output) as ``_added`` takes it: a single output is a vector."""
    return weight[:, 0].clone() if weight.shape[1] == 1 else filled(weight)


def _added(sums: Tensor, a: Tensor, weight: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Sums and a product, (row,) or (row, filled output)."""
    if weight.dim() == 1:
        return torch.addmv(sums, a, weight, out=out)
    return torch.addmm(sums, a, weight, out=out)
