"""Every optimizer equals ``torch.optim``'s step by step, and every schedule torch's."""

from __future__ import annotations

import typing

import pytest
import torch

from goodfit.core.settings import OptimizerName, ScheduleName
from goodfit.training.optimizers import OPTIMIZERS
from goodfit.training.schedules import SCHEDULES
from training_harness import resolved, some_rows, trained

SGD, ADAM, ADAMW = torch.optim.SGD, torch.optim.Adam, torch.optim.AdamW
#: Our settings, torch's class and its options. Weights decay, biases do not.
CASES = {
    "sgd": ({"optimizer": "sgd"}, SGD, {}),
    "sgd-decay": ({"optimizer": "sgd", "weight_decay": 0.1}, SGD, {"weight_decay": 0.1}),
    "sgd-momentum": ({"optimizer": "sgd", "momentum": 0.9}, SGD, {"momentum": 0.9}),
    "sgd-nesterov": (
        {"optimizer": "sgd", "momentum": 0.8, "nesterov": True, "weight_decay": 0.05},
        SGD,
        {"momentum": 0.8, "nesterov": True, "weight_decay": 0.05},
    ),
    "sgd-l2": ({"optimizer": "sgd", "l2": 0.1}, SGD, {"weight_decay": 0.1}),
    "adam": (
        {"optimizer": "adam", "beta1": 0.8, "beta2": 0.95, "epsilon": 1e-6},
        ADAM,
        {"betas": (0.8, 0.95), "eps": 1e-6},
    ),
    "adam-l2": ({"optimizer": "adam", "l2": 0.1}, ADAM, {"weight_decay": 0.1}),
    "adamw": ({"optimizer": "adamw", "weight_decay": 0.0}, ADAMW, {"weight_decay": 0.0}),
    "adamw-decay": ({"optimizer": "adamw", "weight_decay": 0.2}, ADAMW, {"weight_decay": 0.2}),
}
N_STEPS = 25


def test_registries_hold_exactly_the_names_of_the_settings() -> None:
    assert (*OPTIMIZERS, "exact") == typing.get_args(OptimizerName)
    assert tuple(SCHEDULES) == typing.get_args(ScheduleName)
    assert {case[0]["optimizer"] for case in CASES.values()} == set(OPTIMIZERS)


@pytest.mark.parametrize("case", CASES)
def test_steps_equal_those_of_torch(case: str) -> None:
    ours, kind, options = CASES[case]
    random = torch.Generator().manual_seed(1)
    start = torch.randn(10, generator=random, dtype=torch.float64)
    settings = resolved(**ours)
    flat = start.clone()
    optimizer = OPTIMIZERS[settings.optimizer](flat, 6, settings)
    weights, biases = start[:6].clone(), start[6:].clone()
    groups = [{"params": [weights]}, {"params": [biases], "weight_decay": 0.0}]
    theirs = kind(groups, lr=0.05, **options)
    for _ in range(N_STEPS):
        gradient = torch.randn(10, generator=random, dtype=torch.float64)
        weights.grad, biases.grad = gradient[:6].clone(), gradient[6:].clone()
        if settings.l2:
            gradient[:6] += settings.l2 * flat[:6]
        optimizer.step(gradient, 0.05)
        theirs.step()
        torch.testing.assert_close(flat, torch.cat([weights, biases]), rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("schedule", SCHEDULES)
def test_every_optimizer_learns_under_every_schedule(name: str, schedule: str) -> None:
    rate = {"sgd": 0.1}.get(name, 0.03)
    history = trained(
        some_rows("regression"), "regression", network="linear", optimizer=name,
        schedule=schedule, learning_rate=rate, epochs=60,
    ).state.history  # fmt: skip
    assert history.train_loss[-1] < 0.2 * history.train_loss[0]
    assert all(0 <= used <= rate for used in history.learning_rate)


def test_one_cycle_is_that_of_torch() -> None:
    n_steps = 50
    optimizer = SGD([torch.zeros(1)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, max_lr=1.0, total_steps=n_steps, pct_start=0.3, cycle_momentum=False
    )
    # torch reaches the top and the end at whole steps, one before ours.
    theirs = []
    for _ in range(n_steps):
        theirs.append(scheduler.get_last_lr()[0])
        optimizer.step()
        if len(theirs) < n_steps:
            scheduler.step()
    ours = [SCHEDULES["one_cycle"](step / n_steps, 0.3) for step in range(n_steps)]
    assert max(abs(a - b) for a, b in zip(ours, theirs, strict=True)) < 0.08
    assert ours[0] == pytest.approx(theirs[0])
    assert max(ours) == pytest.approx(1.0)


def test_cosine_is_that_of_torch() -> None:
    optimizer = SGD([torch.zeros(1)], lr=1.0)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=40)
    for step in range(40):
        assert SCHEDULES["cosine"](step / 40, 0) == pytest.approx(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
