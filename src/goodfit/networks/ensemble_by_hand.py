"""An ensemble's forward and backward pass without autograd, in memory that is kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor

if TYPE_CHECKING:
    from goodfit.networks.ensemble import Ensemble

_aten = torch.ops.aten
TURN = 2 * torch.pi


class _Memory:
    """Where one size of batch is computed: (fold, …, row, …) throughout."""

    def __init__(self, network: Ensemble, n_rows: int) -> None:
        folds, members = network.folds, network.members
        like = network.first.data
        self.x = like.new_empty(folds, n_rows, network.n_dense)
        self.inputs = like.new_empty(folds, n_rows, network.n_inputs)
        self.delta = like.new_empty(folds, n_rows, network.n_inputs)
        self.sums = like.new_empty(folds, n_rows, network.widths[0])
        # What each hidden layer gives, and the derivative that comes back to it.
        self.hidden = [like.new_empty(folds, members, n_rows, width) for width in network.widths]
        self.deltas = [torch.empty_like(hidden) for hidden in self.hidden]
        self.outputs = like.new_empty(folds * members, n_rows, network.n_outputs)
        self.scratch = self.deltas[-1].flatten(0, 1)  # nobody's before the backward pass


class EnsembleByHand:
    """Back-propagation written out; see :class:`goodfit.networks.contract.ByHand`."""

    def __init__(self, network: Ensemble) -> None:
        self.network, self.memory = network, dict[int, _Memory]()
        self.inputs = _InputsByHand(network)
        #: Products with a single column are slow: they are summed.
        self.single = network.n_outputs == 1
        self.first, self.lasts = network.first.data, network.lasts.data.flatten(0, 1)
        self.last_biases = network.last_biases.data.flatten(0, 1)
        self.scales, self.shifts = network.scales.data, network.shifts.data
        self.weights = [weight.data for weight in network.weights]
        self.biases = [bias.data.unsqueeze(1) for bias in network.biases]

    def forward(self, dense: Tensor, codes: Tensor) -> Tensor:
        """(fold · member · row, output) of (fold · row, column)."""
        network = self.network
        folds, n_rows = network.folds, len(dense) // network.folds
        if n_rows not in self.memory:
            self.memory[n_rows] = _Memory(network, n_rows)
        now = self.now = self.memory[n_rows]
        self.inputs.forward(network.by_fold(dense), network.by_fold(codes), now)
        torch.bmm(now.inputs, self.first, out=now.sums)
        a = now.hidden[0]
        torch.mul(now.sums.unsqueeze(1), self.scales, out=a).add_(self.shifts).relu_()
        for weight, bias, after in zip(self.weights, self.biases, now.hidden[1:], strict=True):
            # All members of a fold are rows of one product.
            torch.bmm(_rows(a, folds), weight, out=_rows(after, folds))
            a = after.add_(bias).relu_()
        a = a.flatten(0, 1)  # (fold · member, row, width)
        if self.single:
            torch.mul(a, self.lasts.transpose(1, 2), out=now.scratch)
            torch.sum(now.scratch, 2, keepdim=True, out=now.outputs).add_(self.last_biases)
        else:
            torch.baddbmm(self.last_biases, a, self.lasts, out=now.outputs)
        return now.outputs.flatten(0, 1)

    def backward(self, upstream: Tensor) -> None:
        """Write every parameter's ``grad`` from (fold · member · row, output)."""
        network, now, folds = self.network, self.now, self.network.folds
        upstream = upstream.view(now.outputs.shape)
        last, delta = now.hidden[-1].flatten(0, 1), now.deltas[-1]
        torch.sum(upstream, 1, keepdim=True, out=_grad(network.last_biases).flatten(0, 1))
        if self.single:
            torch.mul(last, upstream, out=now.scratch)
            torch.sum(now.scratch, 1, out=_grad(network.lasts).flatten(0, 1).squeeze(2))
            torch.mul(upstream, self.lasts.transpose(1, 2), out=delta.flatten(0, 1))
        else:
            torch.bmm(last.transpose(1, 2), upstream, out=_grad(network.lasts).flatten(0, 1))
            torch.bmm(upstream, self.lasts.transpose(1, 2), out=delta.flatten(0, 1))
        for place in range(len(self.weights) - 1, -1, -1):
            before = now.hidden[place]
            _through_relu(delta, now.hidden[place + 1])
            rows = _rows(delta, folds)
            torch.sum(rows, 1, keepdim=True, out=_grad(network.biases[place]))
            torch.bmm(_rows(before, folds).transpose(1, 2), rows, out=_grad(network.weights[place]))
            delta = now.deltas[place]
            torch.bmm(rows, self.weights[place].transpose(1, 2), out=_rows(delta, folds))
        self._backward_first(_through_relu(delta, now.hidden[0]), now)

    def _backward_first(self, delta: Tensor, now: _Memory) -> None:
        """From the members' sums, (fold, member, row, width), to what they have in common."""
        network = self.network
        torch.sum(delta, 2, keepdim=True, out=_grad(network.shifts))
        # The hidden values are read no more: their memory holds the products.
        product = torch.mul(delta, now.sums.unsqueeze(1), out=now.hidden[0])
        torch.sum(product, 2, keepdim=True, out=_grad(network.scales))
        torch.sum(delta.mul_(self.scales), 1, out=now.sums)
        torch.bmm(now.inputs.transpose(1, 2), now.sums, out=_grad(network.first))
        if self.inputs.learn:
            torch.bmm(now.sums, self.first.transpose(1, 2), out=now.delta)
            self.inputs.backward(now.delta)


class _InputsByHand:
    """What goes into the first product: scaled columns, waves, embeddings."""

    def __init__(self, network: Ensemble) -> None:
        self.network = network
        self.numbers = torch.tensor(network.numbers, device=network.first.device)
        self.every = len(network.numbers) == network.n_dense
        self.learn = len(network.numbers) + len(network.embeddings) > 0
        self.bend = 1 / network.bend**2

    def forward(self, dense: Tensor, codes: Tensor, now: _Memory) -> None:
        """Write ``now.inputs`` from (fold, row, column)."""
        network, n_dense = self.network, self.network.n_dense
        x = torch.sub(dense, network.centers, out=now.x).mul_(network.factors)
        bent = now.inputs[:, :, :n_dense]
        torch.mul(x, x.square().mul_(self.bend).add_(1).rsqrt_(), out=bent)
        stop = n_dense
        if network.numbers:
            start, stop = stop, stop + self._waves(bent, now.inputs)
        self.codes = codes
        for column, table in enumerate(network.embeddings):
            start, stop = stop, stop + table.shape[2]
            place = codes[:, :, column, None].expand(-1, -1, table.shape[2])
            now.inputs[:, :, start:stop] = table.data.gather(1, place)

    def _waves(self, x: Tensor, inputs: Tensor) -> int:
        """Write the waves of the numbers behind the columns; how many they are."""
        network, n_dense = self.network, self.network.n_dense
        folds, n_rows, _ = x.shape
        numbers = x if self.every else x.index_select(2, self.numbers)
        self.x = numbers.transpose(1, 2).unsqueeze(3).contiguous()  # (fold, number, row, 1)
        angle = torch.addcmul(network.phases.data, self.x, network.frequencies.data).mul_(TURN)
        self.sines, cosines = torch.sin(angle), angle.cos_()
        self.cosines = cosines.flatten(0, 1)  # (fold · number, row, cosine)
        mixed = torch.baddbmm(
            network.mix_biases.data.flatten(0, 1),
            self.cosines,
            network.mixes.data.flatten(0, 1),
        )
        n_waves = mixed.shape[2]
        count = len(network.numbers) * n_waves
        beside = inputs[:, :, n_dense : n_dense + count].view(folds, n_rows, -1, n_waves)
        beside.copy_(mixed.view(folds, -1, n_rows, n_waves).transpose(1, 2))
        return count

    def backward(self, delta: Tensor) -> None:
        """Write the gradients of waves and embeddings from (fold, row, input)."""
        network, stop = self.network, self.network.n_dense
        if network.numbers:
            count = len(network.numbers) * network.mixes.shape[3]
            start, stop = stop, stop + count
            self._backward_waves(delta[:, :, start:stop])
        for column, table in enumerate(network.embeddings):
            start, stop = stop, stop + table.shape[2]
            place = self.codes[:, :, column, None].expand(-1, -1, table.shape[2])
            _grad(table).zero_().scatter_add_(1, place, delta[:, :, start:stop])

    def _backward_waves(self, delta: Tensor) -> None:
        network = self.network
        folds, n_rows, _ = delta.shape
        shape = folds, n_rows, len(network.numbers), network.mixes.shape[3]
        of_mixed = delta.reshape(shape).transpose(1, 2).reshape(-1, n_rows, shape[3])
        torch.bmm(self.cosines.transpose(1, 2), of_mixed, out=_grad(network.mixes).flatten(0, 1))
        torch.sum(of_mixed, 1, keepdim=True, out=_grad(network.mix_biases).flatten(0, 1))
        of_angle = torch.bmm(of_mixed, network.mixes.data.flatten(0, 1).transpose(1, 2))
        of_angle = of_angle.view(self.sines.shape).mul_(self.sines).mul_(-TURN)
        torch.sum(of_angle, 2, keepdim=True, out=_grad(network.phases))
        # The sum over rows of each angle's derivative times its number: one small product.
        torch.bmm(
            self.x.flatten(0, 1).transpose(1, 2),
            of_angle.flatten(0, 1),
            out=_grad(network.frequencies).flatten(0, 1),
        )


def _rows(tensor: Tensor, folds: int) -> Tensor:
    """(fold, member, row, width) -> (fold, member · row, width), the same memory."""
    return tensor.view(folds, -1, tensor.shape[-1])


def _through_relu(delta: Tensor, result: Tensor) -> Tensor:
    """The derivative in place: it passes where the result is above zero."""
    return _aten.threshold_backward.grad_input(delta, result, 0, grad_input=delta)


def _grad(parameter: Tensor) -> Tensor:
    return cast("Tensor", parameter.grad)
