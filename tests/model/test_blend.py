"""How far an ensemble is trusted beside a straight line: as rows that it has not seen say."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from goodfit.core.batch import Batch
from goodfit.core.settings import make_settings
from goodfit.model.blend import Held, blend
from goodfit.networks.ensemble import Ensemble
from goodfit.training.batches import FoldRows, take
from goodfit.training.objectives import Objective, objective_for

N_FOLDS = 3


def objective(task: str, loss: str = "auto") -> Objective:
    return objective_for(task, n_levels=2, settings=make_settings(loss=loss))


def constant(value: float = 0.0) -> Ensemble:
    """An ensemble whose every network says the same of every row."""
    network = Ensemble(1, (), 1, numbers=(), widths=(4,), members=2, folds=N_FOLDS).double()
    with torch.no_grad():
        network.last_biases.fill_(value)
    return network.eval()


def bent(factor: float = 1.0) -> Ensemble:
    """An ensemble that says |x| of every row, times a factor; x is bent far from 0."""
    network = constant()
    with torch.no_grad():
        network.first[:, 0, ::4], network.first[:, 0, 1::4] = 1.0, -1.0  # of both members
        network.lasts[:, :, :2] = factor
    return network


def blended(
    network: Ensemble, goal: Objective, x: torch.Tensor, y: torch.Tensor,
    weight: torch.Tensor | None = None, *, mixed: bool = True,
) -> Held:  # fmt: skip
    rows = Batch(x, torch.zeros(len(x), 0, dtype=torch.int64), y, weight)
    kept_out = [torch.arange(fold, len(x), N_FOLDS) for fold in range(N_FOLDS)]
    every = set(range(len(x)))
    folds = tuple(
        FoldRows(torch.tensor(sorted(every - set(out.tolist()))), len(out)) for out in kept_out
    )
    watching = take(rows, torch.cat(kept_out))
    return blend(network, goal, training=rows, watching=watching, folds=folds, mixed=mixed)


def some_x(n_rows: int = 60) -> torch.Tensor:
    generator = torch.Generator().manual_seed(0)
    return torch.randn(n_rows, 1, generator=generator, dtype=torch.float64)


def test_a_straight_target_is_left_to_the_line() -> None:
    x, network = some_x(15), constant()
    held = blended(network, objective("regression"), x, 3 * x + 1)
    assert float(network.share) == 0
    assert held.after < 0.1 * held.before
    found = network(torch.tensor([[2.0]], dtype=torch.float64), torch.zeros(1, 0).long())
    assert found.item() == pytest.approx(7, abs=1)  # shrunk by its penalty


def test_what_no_line_knows_is_left_to_the_networks() -> None:
    x, network = some_x().clamp(-1.5, 1.5), bent()
    target = network(x, torch.zeros(len(x), 0).long()).detach()
    blended(network, objective("regression"), x, target)
    assert float(network.share) == pytest.approx(1, abs=0.01)


def test_classes_that_were_too_certain_become_less_so() -> None:
    """Which of two classes it is, is chance; the networks are as sure of one as can be."""
    x, network = some_x(90), bent(30.0)
    y = (torch.arange(90) % 2).double().view(-1, 1)
    held = blended(network, objective("binary"), x, y)
    assert held.after < 0.5 * held.before
    assert held.outputs.abs().max() < 3
    assert held.after == pytest.approx(np.log(2), abs=0.1)


@pytest.mark.parametrize("task", ["regression", "binary"])
@pytest.mark.parametrize("seed", range(5))
def test_no_mixture_is_worse_than_the_networks_alone(task: str, seed: int) -> None:
    """Of the rows that chose it, but for what the simpler of two costs within its error."""
    random = torch.Generator().manual_seed(seed)
    x = some_x()
    y = x.abs() + torch.randn(60, 1, generator=random, dtype=torch.float64)
    y = y if task == "regression" else (y > 1).double()
    held = blended(bent(3.0 if task == "binary" else 1.0), objective(task), x, y)
    error = 2 * held.before / 60**0.5
    assert held.after <= held.before + error


@pytest.mark.parametrize(("task", "loss"), [("regression", "mean_absolute_error"),
                                            ("binary", "hinge")])  # fmt: skip
def test_outputs_that_mean_something_else_are_not_mixed(task: str, loss: str) -> None:
    x, network = some_x(), bent()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    y = x if task == "regression" else (x > 0).double()
    held = blended(network, objective(task, loss), x, y, mixed=False)
    assert held.after == held.before
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


@pytest.mark.parametrize("task", ["regression", "binary"])
def test_the_network_predicts_the_mixture_that_was_found(task: str) -> None:
    """Its networks say the same in every fold; the line is the mean of the folds' lines."""
    x, network = some_x(), bent()
    plain = bent()(x, torch.zeros(60, 0).long()).detach()
    y = x + x.abs()
    y = y if task == "regression" else (y + some_x(120)[60:] > 1).double()
    held = blended(network, objective(task), x, y)
    found = network(x, torch.zeros(60, 0).long()).detach()
    line = x @ network.line + network.line_bias
    torch.testing.assert_close(found, float(network.share) * plain + line)
    order = torch.cat([torch.arange(fold, 60, N_FOLDS) for fold in range(N_FOLDS)])
    assert torch.corrcoef(torch.cat([found[order], held.outputs], 1).t())[0, 1] > 0.95


@pytest.mark.parametrize("task", ["regression", "binary"])
def test_a_row_of_weight_zero_says_nothing(task: str) -> None:
    x, weight = some_x(), torch.ones(60, 1, dtype=torch.float64)
    weight[::4] = 0
    y = x + x.abs() if task == "regression" else (x + some_x(120)[60:] > 0).double()
    spoilt = torch.where(weight > 0, y, 1e3 if task == "regression" else 1 - y)
    networks = [bent(), bent()]
    for network, target in zip(networks, (y, spoilt), strict=True):
        blended(network, objective(task), x, target, weight)
    for one, other in zip(*(n.state_dict().values() for n in networks), strict=True):
        torch.testing.assert_close(one, other)
