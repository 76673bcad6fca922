"""A look into a trained network, once, on training rows: idle neurons, lost gradients."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from goodfit.core.batch import Batch
from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.networks.activations.contract import Activation
from goodfit.networks.contract import Network
from goodfit.networks.ensemble import Ensemble
from goodfit.training.objectives import Objective

# Rows that the network is shown.
SHOWN = 200
# Neurons that give the same for every row are usual among rectifiers, and harm little while they
# are fewer than this share of all, or this share of one layer.
DEAD, DEAD_OF_LAYER = 0.5, 0.9
# Outputs that differ by less than this share of their size are the same, but for rounding.
SAME = 1e-6
# A gradient so many times as short, for each weight, reaches a layer no more.
VANISHED = 1e-4
# Of fewer hidden layers no gradient is lost on the way.
DEEP = 3


def look_into(network: Network, objective: Objective, rows: Batch) -> tuple[Remark, ...]:
    """What is wrong inside a network.

    Args:
        network: trained.
        objective: its loss.
        rows: training rows, of which some are shown to it.
    """
    some = _thinned(rows, -(-len(rows) // SHOWN))
    was = network.training
    network.eval()
    try:
        return (*_dead(network, some), *_vanished(network, objective, some))
    finally:
        network.train(was)


def _thinned(rows: Batch, step: int) -> Batch:
    """Every so many-th row."""
    weight = None if rows.weight is None else rows.weight[::step]
    return Batch(rows.dense[::step], rows.codes[::step], rows.target[::step], weight)


def _dead(network: Network, rows: Batch) -> Iterator[Remark]:
    layers = [_same_for_all(outputs) for outputs in hidden_outputs(network, rows)]
    n_units, dead = sum(len(layer) for layer in layers), sum(int(layer.sum()) for layer in layers)
    worst = max((float(layer.float().mean()) for layer in layers), default=0.0)
    if n_units and len(rows) > 1 and (dead >= DEAD * n_units or worst >= DEAD_OF_LAYER):
        params = {"dead": dead, "n_units": n_units, "n_rows": len(rows)}
        shares = {"percent": round(100 * dead / n_units), "worst": round(100 * worst)}
        yield finding("training.units_dead", params | shares)


@torch.no_grad()
def hidden_outputs(network: Network, rows: Batch) -> list[Tensor]:
    """What the neurons of each hidden layer give, (row, neuron) or (fold, member, row, neuron)."""
    found: list[Tensor] = []
    if isinstance(network, Ensemble):
        folds = (network.folds, -1, -1)
        with _Rectified(found):
            network.of_folds(rows.dense.expand(folds), rows.codes.expand(folds), slice(None))
        return found

    def keep(module: nn.Module, given: Any, outputs: Any) -> None:
        if isinstance(outputs, Tensor) and outputs.ndim >= 2:
            found.append(outputs)

    hooks = [
        module.register_forward_hook(keep)
        for module in network.modules()
        if isinstance(module, Activation) or module.__module__ == "torch.nn.modules.activation"
    ]
    try:
        network(rows.dense, rows.codes)
    finally:
        for hook in hooks:
            hook.remove()
    return found


class _Rectified(TorchFunctionMode):
    """Inside, what every rectifier gives is kept."""

    def __init__(self, found: list[Tensor]) -> None:
        super().__init__()
        self.found = found

    def __torch_function__(  # (PyTorch calls it by this name)
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        given = func(*args, **(kwargs or {}))
        if func is torch.relu:
            self.found.append(given)
        return given


def _same_for_all(outputs: Tensor) -> Tensor:
    """Whether a neuron gives the same for all rows, (neuron of any fold and member,)."""
    least, most = outputs.amin(dim=-2), outputs.amax(dim=-2)
    size = torch.maximum(least.abs(), most.abs())
    return (most - least <= SAME * size).flatten()


@torch.enable_grad()
def _vanished(network: Network, objective: Objective, rows: Batch) -> Iterator[Remark]:
    weights = network.matrices()
    if len(weights) < DEEP:
        return
    loss = objective.mean_loss(network(rows.dense, rows.codes), rows)
    found = torch.autograd.grad(loss, weights, materialize_grads=True)
    first, last = (float(g.square().mean().sqrt()) for g in (found[0], found[-1]))
    if last > 0 and first < VANISHED * last:
        yield finding(
            "training.gradients_vanish",
            {"first": float(f"{first:.2g}"), "last": float(f"{last:.2g}")},
        )
