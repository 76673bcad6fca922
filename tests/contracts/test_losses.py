"""What every loss promises: its gradient, its units, its weights."""

from __future__ import annotations

import typing

import pytest
import torch
from torch.nn import functional

from goodfit.core.batch import Batch
from goodfit.core.settings import LossName
from goodfit.training.losses import LOSSES
from goodfit.training.objectives import DEFAULT_LOSS, LINKS, objective_for
from helpers import raises
from training_harness import N_LEVELS, TASKS, resolved, some_rows, trained

PAIRS = [(name, kind.task) for name, kinds in LOSSES.items() for kind in kinds]
TORCH = {
    ("mean_squared_error", "regression"): functional.mse_loss,
    ("mean_absolute_error", "regression"): functional.l1_loss,
    ("huber", "regression"): functional.huber_loss,
    ("cross_entropy", "binary"): functional.binary_cross_entropy_with_logits,
    ("cross_entropy", "multiclass"): functional.cross_entropy,
}


def case(name: str, task: str) -> tuple:
    objective = objective_for(task, n_levels=N_LEVELS, settings=resolved(loss=name))
    rows = some_rows(task, n_rows=9)
    target = rows.target.double() if rows.target.is_floating_point() else rows.target
    random = torch.Generator().manual_seed(4)
    outputs = torch.randn(9, objective.n_outputs, generator=random, dtype=torch.float64) * 3
    return objective, outputs, target


def test_registry_holds_exactly_the_names_of_the_settings() -> None:
    assert tuple(LOSSES) == typing.get_args(LossName)
    assert set(TORCH) == set(PAIRS)


@pytest.mark.parametrize(("name", "task"), PAIRS)
def test_mean_equals_torchs_loss(name: str, task: str) -> None:
    objective, outputs, target = case(name, task)
    batch = Batch(outputs, outputs, target)
    assert objective.mean_loss(outputs, batch) == pytest.approx(
        float(TORCH[name, task](outputs, target))
    )


@pytest.mark.parametrize(("name", "task"), PAIRS)
def test_gradient_by_hand_is_that_of_autograd(name: str, task: str) -> None:
    objective, outputs, target = case(name, task)
    watched = outputs.clone().requires_grad_()
    errors = objective.loss.rows(watched, target)
    (expected,) = torch.autograd.grad(errors.sum(), watched)
    by_hand = outputs.clone()
    torch.testing.assert_close(objective.loss.gradient(by_hand, target), errors.detach())
    torch.testing.assert_close(by_hand, expected)
    assert torch.autograd.gradcheck(lambda z: objective.loss.rows(z, target), watched)


@pytest.mark.parametrize(("name", "task"), PAIRS)
def test_a_row_of_weight_two_counts_as_two_rows(name: str, task: str) -> None:
    objective, outputs, target = case(name, task)
    weight = torch.ones(9, 1, dtype=torch.float64)
    weight[0] = 2
    twice = objective.mean_loss(
        torch.cat([outputs, outputs[:1]]), Batch(outputs, outputs, torch.cat([target, target[:1]]))
    )
    once = objective.mean_loss(outputs, Batch(outputs, outputs, target, weight))
    torch.testing.assert_close(once, twice)


@pytest.mark.parametrize(("name", "task"), PAIRS)
def test_far_outputs_give_finite_errors_and_gradients(name: str, task: str) -> None:
    objective, outputs, target = case(name, task)
    far = (outputs * 1e4).float()
    target = target.float() if target.is_floating_point() else target
    assert objective.loss.gradient(far, target).isfinite().all()
    assert far.isfinite().all()


@pytest.mark.parametrize("task", TASKS)
def test_links_give_what_the_task_predicts(task: str) -> None:
    objective, outputs, _ = case(DEFAULT_LOSS[task], task)
    predicted = LINKS[objective.loss.link](outputs)
    assert predicted.shape == outputs.shape
    if task != "regression":
        assert ((predicted >= 0) & (predicted <= 1)).all()
    if task == "multiclass":
        torch.testing.assert_close(predicted.sum(1), torch.ones(9, dtype=torch.float64))


@pytest.mark.parametrize(("name", "task"), PAIRS)
def test_training_with_it_makes_it_smaller(name: str, task: str) -> None:
    history = trained(some_rows(task), task, loss=name, network="linear").state.history.train_loss
    assert history[-1] < history[0]


def test_a_loss_of_another_task_is_refused() -> None:
    with raises("training.loss_of_other_task", loss="cross_entropy", task="regression"):
        objective_for("regression", n_levels=0, settings=resolved(loss="cross_entropy"))
