"""An ensemble's forward and backward pass without autograd, in memory that is kept."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise
from typing import TYPE_CHECKING, cast

import numpy as np
import torch
from torch import Tensor

from goodfit.networks.bend import bend_quickly

if TYPE_CHECKING:
    from goodfit.networks.ensemble import Ensemble

_aten = torch.ops.aten


class EnsembleByHand:
    """Back-propagation written out; see :class:`goodfit.networks.contract.ByHand`."""

    def __init__(self, network: Ensemble) -> None:
        self.network = network
        self.passes = dict[int, _Pass]()

    def forward(self, dense: Tensor, codes: Tensor) -> Tensor:
        """(fold · row · member, output) of (fold · row, column)."""
        network = self.network
        n_rows = len(dense) // network.folds
        if n_rows not in self.passes:
            self.passes[n_rows] = _Pass(network, n_rows)
        self.now = self.passes[n_rows]
        return self.now.forward(network.by_fold(dense), network.by_fold(codes))

    def backward(self, upstream: Tensor) -> None:
        """Write every parameter's ``grad`` from (fold · row · member, output)."""
        self.now.backward(upstream)


class _Pass:
    """Both passes of one size of batch.

    Hidden values stand (fold, row, member, width): the first product gives those of all members
    side by side, and to the next ones all members are rows.
    """

    def __init__(self, network: Ensemble, n_rows: int) -> None:
        #: Products with a single column are slow: they are summed.
        self.single = network.n_outputs == 1
        folds, members, like = network.folds, network.members, network.first.data
        self.inputs = _InputsByHand(network, n_rows)
        self.first, self.first_grad = _both(network.first)
        self.first_biases, self.first_biases_grad = _both(network.first_biases)
        self.weights = [_both(weight) for weight in network.weights]
        self.biases = [_both(bias) for bias in network.biases]  # (fold, 1, width)
        self.lasts, self.lasts_grad = _both(network.lasts)
        last_biases, last_biases_grad = _both(network.last_biases)
        self.last_biases = last_biases.transpose(1, 2)  # (fold, 1, member, output)
        self.last_biases_grad = last_biases_grad.transpose(1, 2)
        # What each hidden layer gives, and the derivative that comes back to it.
        self.hidden = [like.new_empty(folds, n_rows, members, width) for width in network.widths]
        # What a layer gave is read no more once the derivative has come back through it: its
        # memory holds the derivative of the layer before, where that is as wide.
        self.deltas = [
            after if after.shape == hidden.shape else torch.empty_like(hidden)
            for hidden, after in pairwise([*self.hidden, torch.empty_like(self.hidden[-1])])
        ]
        self.rows = [hidden.flatten(1, 2) for hidden in self.hidden]
        self.delta_rows = [delta.flatten(1, 2) for delta in self.deltas]
        self.side_by_side = self.hidden[0].flatten(2)
        self.last, self.last_delta = self.hidden[-1], self.deltas[-1]
        self.outputs = like.new_empty(folds, n_rows, members, network.n_outputs)
        if self.single:
            self.last_row = self.lasts.transpose(2, 3).transpose(1, 2)  # (fold, 1, member, width)
            self.last_row_grad = self.lasts_grad.transpose(2, 3).transpose(1, 2)

    def forward(self, dense: Tensor, codes: Tensor) -> Tensor:
        """(fold · row · member, output) of (fold, row, column)."""
        inputs = self.inputs.forward(dense, codes).transpose(1, 2)
        torch.baddbmm(self.first_biases, inputs, self.first, out=self.side_by_side).relu_()
        before = self.rows[0]
        for (weight, _), (bias, _), after in zip(
            self.weights, self.biases, self.rows[1:], strict=True
        ):
            before = torch.baddbmm(bias, before, weight, out=after).relu_()
        if self.single:
            # The derivative's memory is nobody's before the backward pass.
            product = torch.mul(self.last, self.last_row, out=self.last_delta)
            torch.sum(product, 3, keepdim=True, out=self.outputs)
        else:
            for one, (last, weight, _, _) in zip(
                self.outputs.unbind(2), self._by_member(), strict=True
            ):
                one.copy_(torch.bmm(last, weight))
        self.outputs.add_(self.last_biases)
        return self.outputs.flatten(0, 2)

    def _by_member(self) -> Iterator[tuple[Tensor, Tensor, Tensor, Tensor]]:
        """Last hidden values, last weights, and the gradients of both: (fold, …) of each member."""
        return zip(
            self.last.unbind(2),
            self.lasts.unbind(1),
            self.last_delta.unbind(2),
            self.lasts_grad.unbind(1),
            strict=True,
        )

    def backward(self, upstream: Tensor) -> None:
        """Write every parameter's ``grad`` from (fold · row · member, output)."""
        upstream = upstream.view(self.outputs.shape)
        torch.sum(upstream, 1, keepdim=True, out=self.last_biases_grad)
        if self.single:
            product = torch.mul(self.last, upstream, out=self.last_delta)
            torch.sum(product, 1, keepdim=True, out=self.last_row_grad)
            torch.mul(upstream, self.last_row, out=self.last_delta)
        else:
            for one, (last, weight, delta, grad) in zip(
                upstream.unbind(2), self._by_member(), strict=True
            ):
                grad.copy_(torch.bmm(last.transpose(1, 2), one))
                delta.copy_(torch.bmm(one, weight.transpose(1, 2)))
        for place in range(len(self.weights) - 1, -1, -1):
            weight, weight_grad = self.weights[place]
            delta = _through_relu(self.delta_rows[place + 1], self.rows[place + 1])
            torch.sum(delta, 1, keepdim=True, out=self.biases[place][1])
            torch.bmm(self.rows[place].transpose(1, 2), delta, out=weight_grad)
            torch.bmm(delta, weight.transpose(1, 2), out=self.delta_rows[place])
        delta = _through_relu(self.deltas[0].flatten(2), self.side_by_side)
        torch.sum(delta, 1, keepdim=True, out=self.first_biases_grad)
        torch.bmm(self.inputs.values, delta, out=self.first_grad)
        self.inputs.backward(self.first, delta)


class _InputsByHand:
    """What goes into the first product: scaled columns, waves, embeddings.

    Its rows are last, (fold, input, row): a wave is then one long stretch of numbers, and the
    small products of the waves are quick.
    """

    def __init__(self, network: Ensemble, n_rows: int) -> None:
        folds, n_dense, n_numbers = network.folds, network.n_dense, len(network.numbers)
        # Python's numbers would become tensors in every step, which costs more than it looks.
        number = network.first.data.new_tensor
        self.turn, self.turn_back = number(math.tau), number(-math.tau)
        self.centers, self.factors = (
            buffer.transpose(1, 2) for buffer in (network.centers, network.factors)
        )
        self.embeddings = [_both(table) for table in network.embeddings]
        new = network.first.data.new_empty
        self.values = new(folds, network.n_inputs, n_rows)
        self.dense, self.sizes = (new(folds, n_dense, n_rows) for _ in "ab")
        self.bent = self.values[:, :n_dense]
        self.codes = torch.empty(0)
        n_cosines, n_waves = network.mixes.shape[2:]
        #: Where the waves stand among the inputs; embeddings follow.
        self.waves = slice(n_dense, n_dense + n_numbers * n_waves)
        self.numbers = new(folds, n_numbers, 1, n_rows)
        self.places = torch.tensor(network.numbers, device=self.values.device)
        self.every = n_numbers == n_dense
        self.frequencies, self.frequencies_grad = _rows_last(network.frequencies)
        self.phases, self.phases_grad = _rows_last(network.phases)
        self.mix_biases, self.mix_biases_grad = _rows_last(network.mix_biases)
        self.mixes, self.mixes_grad = (tensor.flatten(0, 1) for tensor in _both(network.mixes))
        shape = folds, n_numbers, n_cosines, n_rows
        self.cosines, self.sines, self.of_angle = (new(shape) for _ in "abc")
        self.of_cosines, self.of_sines = (_written(tensor) for tensor in (self.cosines, self.sines))
        self.mixed = new(folds, n_numbers, n_waves, n_rows)
        self.beside = self.values[:, self.waves].view(self.mixed.shape)

    def forward(self, dense: Tensor, codes: Tensor) -> Tensor:
        """(fold, input, row) of (fold, row, column)."""
        x = torch.sub(dense.transpose(1, 2), self.centers, out=self.dense).mul_(self.factors)
        bend_quickly(x, self.sizes, out=self.bent)
        if self.numbers.numel():
            self._waves()
        self.codes, stop = codes, self.waves.stop
        for column, (table, _) in enumerate(self.embeddings):
            start, stop = stop, stop + table.shape[2]
            place = codes[:, :, column, None].expand(-1, -1, table.shape[2])
            self.values[:, start:stop] = table.gather(1, place).transpose(1, 2)
        return self.values

    def _waves(self) -> None:
        """Write the waves of the numbers behind the columns."""
        numbers = self.numbers.squeeze(2)
        if self.every:
            numbers.copy_(self.bent)
        else:
            torch.index_select(self.values, 1, self.places, out=numbers)
        angle = torch.mul(self.numbers, self.frequencies * self.turn, out=self.cosines)
        angle.add_(self.phases * self.turn)
        if self.of_cosines is None:
            torch.sin(angle, out=self.sines)
            angle.cos_()
        else:  # more than twice as quick
            np.sin(self.of_cosines, out=self.of_sines)
            np.cos(self.of_cosines, out=self.of_cosines)
        cosines = angle.flatten(0, 1)  # (fold · number, cosine, row)
        torch.bmm(self.mixes.transpose(1, 2), cosines, out=self.mixed.flatten(0, 1))
        torch.add(self.mixed, self.mix_biases, out=self.beside)

    def backward(self, first: Tensor, sums: Tensor) -> None:
        """Write the gradients of waves and embeddings from those of the first product.

        Args:
            first: (fold, input, member · width), its weights.
            sums: (fold, row, member · width), the derivatives of what it gives.
        """
        if self.numbers.numel():
            torch.bmm(first[:, self.waves], sums.transpose(1, 2), out=self.mixed.flatten(1, 2))
            self._backward_waves()
        if not self.embeddings:
            return
        delta = torch.bmm(sums, first[:, self.waves.stop :].transpose(1, 2))
        stop = 0
        for column, (table, grad) in enumerate(self.embeddings):
            start, stop = stop, stop + table.shape[2]
            place = self.codes[:, :, column, None].expand(-1, -1, table.shape[2])
            grad.zero_().scatter_add_(1, place, delta[:, :, start:stop])

    def _backward_waves(self) -> None:
        of_mixed = self.mixed.flatten(0, 1)  # (fold · number, wave, row)
        cosines, of_angle = self.cosines.flatten(0, 1), self.of_angle
        torch.bmm(cosines, of_mixed.transpose(1, 2), out=self.mixes_grad)
        torch.sum(self.mixed, 3, keepdim=True, out=self.mix_biases_grad)
        torch.bmm(self.mixes, of_mixed, out=of_angle.flatten(0, 1))
        of_angle.mul_(self.sines)
        torch.sum(of_angle, 3, keepdim=True, out=self.phases_grad).mul_(self.turn_back)
        of_angle.mul_(self.numbers)
        torch.sum(of_angle, 3, keepdim=True, out=self.frequencies_grad).mul_(self.turn_back)


def _written(tensor: Tensor) -> np.ndarray | None:
    """The same memory as an array; None where numpy cannot reach it."""
    return tensor.numpy() if tensor.device.type == "cpu" else None


def _through_relu(delta: Tensor, result: Tensor) -> Tensor:
    """The derivative in place: it passes where the result is above zero."""
    return _aten.threshold_backward.grad_input(delta, result, 0, grad_input=delta)


def _both(parameter: Tensor) -> tuple[Tensor, Tensor]:
    """A parameter's numbers and its ``grad``."""
    return parameter.data, cast("Tensor", parameter.grad)


def _rows_last(parameter: Tensor) -> tuple[Tensor, Tensor]:
    """The same of (fold, number, 1, wave) as (fold, number, wave, 1)."""
    numbers, gradient = _both(parameter)
    return numbers.transpose(2, 3), gradient.transpose(2, 3)
