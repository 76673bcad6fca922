"""An ensemble for prediction: blocks of rows, every row computed alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from goodfit.networks.bend import bend_quickly
from goodfit.networks.contract import Predictor
from goodfit.networks.rowwise import FilledDense, filled

if TYPE_CHECKING:
    from goodfit.networks.ensemble import Ensemble


def ensemble_predictor(network: Ensemble) -> Predictor:
    """The ensemble as it is now, as a function of filled blocks; it holds copies."""
    folds = [_Fold(network, fold) for fold in range(network.folds)]
    line = FilledDense(network.line.t(), network.line_bias)
    share, n_outputs = float(network.share), network.n_outputs

    def predict(dense: Tensor, codes: Tensor) -> Tensor:
        rows = filled(dense)
        total = folds[0](dense, codes)
        for fold in folds[1:]:
            total = total.add_(fold(dense, codes))
        found = total.mul_(share / len(folds)).add_(line(rows))
        return found[:, :n_outputs]

    return predict


class _Fold:
    """The mean of one fold's members."""

    def __init__(self, network: Ensemble, fold: int) -> None:
        self.center, self.factor = network.centers[fold, 0], network.factors[fold, 0]
        self.waves = _waves(network, fold) if network.numbers else None
        self.tables = [table[fold].detach().clone() for table in network.embeddings]
        firsts = network.first[fold].chunk(network.members, 1)
        biases = network.first_biases[fold, 0].chunk(network.members)
        self.firsts = [FilledDense(w.t(), b) for w, b in zip(firsts, biases, strict=True)]
        pairs = zip(network.weights, network.biases, strict=True)
        self.layers = [FilledDense(weight[fold].t(), bias[fold, 0]) for weight, bias in pairs]
        # The mean of the members' last layers, each of its own hidden values.
        last = network.lasts[fold] / network.members
        bias = network.last_biases[fold].mean(0)[0]
        self.lasts = [
            FilledDense(weight.t(), bias if member == 0 else None)
            for member, weight in enumerate(last)
        ]

    def __call__(self, dense: Tensor, codes: Tensor) -> Tensor:
        """(row, filled output) of (row, column)."""
        x = (dense - self.center) * self.factor
        x = bend_quickly(x, torch.empty_like(x), out=torch.empty_like(x))
        inputs = [x, *([self.waves(x)] if self.waves else [])]
        inputs += [table[codes[:, column]] for column, table in enumerate(self.tables)]
        row = filled(torch.cat(inputs, 1))
        total: Tensor | None = None
        for first, last in zip(self.firsts, self.lasts, strict=True):
            a = first(row).relu_()
            for layer in self.layers:
                a = layer(a).relu_()
            total = last(a) if total is None else total.add_(last(a))
        assert total is not None
        return total


def _waves(network: Ensemble, fold: int) -> Callable[[Tensor], Tensor]:
    """What is periodic in the numbers: (row, number · wave) of the scaled columns."""
    numbers = torch.tensor(network.numbers)
    frequencies, phases = network.frequencies[fold].detach(), network.phases[fold].detach()
    frequencies, phases = frequencies.clone(), phases.clone()  # (number, 1, cosine)
    mixes = [FilledDense(mix.t(), bias[0]) for mix, bias in zip(
        network.mixes[fold], network.mix_biases[fold], strict=True)]  # fmt: skip
    n_waves = network.mixes.shape[3]

    def waves(x: Tensor) -> Tensor:
        number = x[:, numbers].t().unsqueeze(2)
        cosines = (number * frequencies).add_(phases).mul_(2 * torch.pi).cos_()
        found = [mix(one)[:, :n_waves] for mix, one in zip(mixes, cosines, strict=True)]
        return torch.cat(found, 1)

    return waves
