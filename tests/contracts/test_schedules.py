"""Every schedule is torch's of that name, where there is one, and stays within its bounds."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest
import torch

from goodfit.core.settings import make_settings
from goodfit.model.recommended import recommended
from goodfit.training.schedules import SCHEDULES, Course, Moment, Plateau
from helpers import raises
from training_harness import some_rows, trained

schedulers = torch.optim.lr_scheduler
N_EPOCHS = 40
#: Our settings and torch's scheduler, which counts epochs.
SAME = {
    "constant": ({}, lambda o: schedulers.ConstantLR(o, factor=1.0)),
    "cosine": ({"least_rate": 0.1}, lambda o: schedulers.CosineAnnealingLR(o, N_EPOCHS, 0.1)),
    "step": (
        {"decay_epochs": 7, "decay_factor": 0.3}, lambda o: schedulers.StepLR(o, 7, gamma=0.3)
    ),
    "multi_step": (
        {"milestones": [30, 5, 12], "decay_factor": 0.3},
        lambda o: schedulers.MultiStepLR(o, [5, 12, 30], gamma=0.3),
    ),
    "exponential": ({"decay_factor": 0.9}, lambda o: schedulers.ExponentialLR(o, 0.9)),
    "polynomial": (
        {"decay_power": 0.9}, lambda o: schedulers.PolynomialLR(o, N_EPOCHS, power=0.9)
    ),
    "linear": (
        {"least_rate": 0.25}, lambda o: schedulers.LinearLR(o, 1.0, 0.25, total_iters=N_EPOCHS)
    ),
    "cosine_restarts": (
        {"cycles": 3, "cycle_growth": 3},
        lambda o: schedulers.CosineAnnealingWarmRestarts(o, N_EPOCHS // 13, T_mult=3),
    ),
}  # fmt: skip


def rates(make: object, n_epochs: int = N_EPOCHS) -> list[float]:
    """The learning rate of each epoch by torch, from 1."""
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    scheduler = make(optimizer)
    found = []
    for _ in range(n_epochs):
        found.append(scheduler.get_last_lr()[0])
        optimizer.step()
        scheduler.step()
    return found


@pytest.mark.parametrize("name", SAME)
def test_a_schedule_is_that_of_torch(name: str) -> None:
    given, make = SAME[name]
    # One batch an epoch, so that torch's epochs are our steps; three cycles of 1, 3 and 9 parts.
    n_epochs = 39 if name == "cosine_restarts" else N_EPOCHS
    course = Course(make_settings(schedule=name, epochs=n_epochs, **given), n_batches=1)
    ours = [course.factor(step) for step in range(n_epochs)]
    assert ours == pytest.approx(rates(make, n_epochs))


def test_one_cycle_is_that_of_torch() -> None:
    # torch reaches the top and the end at whole steps, one before ours.
    theirs = rates(
        lambda o: schedulers.OneCycleLR(
            o, max_lr=1.0, total_steps=51, pct_start=0.3, cycle_momentum=False
        ),
        50,
    )
    course = Course(make_settings(schedule="one_cycle", warmup=0.3, epochs=50), n_batches=1)
    ours = [course.factor(step) for step in range(50)]
    assert max(abs(a - b) for a, b in zip(ours, theirs, strict=True)) < 0.08
    assert ours[0] == pytest.approx(theirs[0])
    assert max(ours) == pytest.approx(1.0)


def test_a_plateau_is_that_of_torch() -> None:
    random = torch.Generator().manual_seed(0)
    losses = (3 * 0.9 ** torch.arange(80.0) + 0.1 * torch.rand(80, generator=random)).tolist()
    optimizer = torch.optim.SGD([torch.zeros(1)], lr=1.0)
    scheduler = schedulers.ReduceLROnPlateau(optimizer, factor=0.5, patience=3, min_lr=0.01)
    settings = make_settings(schedule="reduce_on_plateau", decay_factor=0.5, least_rate=0.01)
    plateau = Plateau()
    for loss in losses:
        scheduler.step(loss)
        plateau.watch(loss, patience=3)
        factor = SCHEDULES["reduce_on_plateau"](Moment(0.0, n_falls=plateau.n_falls), settings)
        assert factor == pytest.approx(scheduler.get_last_lr()[0])
    assert plateau.n_falls > 3


def test_a_plateau_of_losses_below_zero_is_one_too() -> None:
    plateau = Plateau()
    for loss in (-1.0, -2.0, -2.0, -2.0):
        plateau.watch(loss, patience=1)
    assert plateau.n_falls == 1


def test_a_loss_that_stands_still_lowers_the_rate_of_a_training() -> None:
    """Nothing can be learnt: the validation targets are the training targets' opposite."""
    rows = some_rows("regression")
    other = type(rows)(rows.dense, rows.codes, -rows.target)
    given = {"schedule": "reduce_on_plateau", "plateau_patience": 2, "decay_factor": 0.5}
    rates = trained(rows, "regression", validation=other, **given).state.history.learning_rate
    assert rates[-1] < 0.1 * rates[0]
    unwatched = trained(rows, "regression", **given).state.history.learning_rate
    assert unwatched[-1] == unwatched[0]  # the training loss falls all the time


@pytest.mark.parametrize("name", [name for name in SCHEDULES if name != "one_cycle"])
def test_a_warm_up_rises_in_a_straight_line_before_any(name: str) -> None:
    settings = recommended(
        make_settings(schedule=name, warmup=0.25, epochs=20, batch_size=25, decay_factor=None),
        task="regression", n_rows=100, n_watching=0,
    )  # fmt: skip
    course = Course(settings, n_batches=4)
    factors = [course.factor(step) for step in range(80)]
    assert all(0 <= factor <= 1 for factor in factors)
    assert factors[0] > 0
    assert factors[:20] == pytest.approx([(step + 1) / 20 for step in range(20)])


@pytest.mark.parametrize("name", SCHEDULES)
def test_without_a_warm_up_a_schedule_starts_at_the_rate(name: str) -> None:
    settings = recommended(
        make_settings(schedule=name, warmup=0.0), task="regression", n_rows=500, n_watching=25
    )
    course = Course(settings, n_batches=8)
    factors = [course.factor(step) for step in range(8 * settings.epochs)]
    assert factors[0] == pytest.approx(1.0)
    if name not in {"constant", "reduce_on_plateau"}:
        assert factors[-1] < 0.11
    if name != "cosine_restarts":
        assert all(later <= earlier + 1e-12 for earlier, later in pairwise(factors))
    assert all(math.isfinite(factor) and factor >= 0 for factor in factors)


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ({"optimizer": "exact", "network": "linear", "warmup": 0.2}, "warmup"),
        ({"optimizer": "rprop", "warmup": 0.2}, "warmup"),
        ({"optimizer": "lbfgs", "schedule": "cosine"}, "schedule"),
        ({"optimizer": "schedule_free_adamw", "schedule": "cosine"}, "schedule"),
        ({"optimizer": "lbfgs", "dropout": 0.1}, "dropout"),
        (
            {"optimizer": "lbfgs", "network": "resnet", "residual_dropout": 0.1},
            "residual_dropout",
        ),
        ({"schedule": "cosine", "decay_factor": 0.5}, "decay_factor"),
        ({"schedule": "one_cycle", "least_rate": 0.1}, "least_rate"),
        ({"schedule": "constant", "milestones": [3]}, "milestones"),
        ({"optimizer": "exact", "network": "linear", "initialization": "zeros"}, "initialization"),
        ({"optimizer": "exact", "network": "linear", "threads": 1}, "threads"),
        ({"optimizer": "exact", "network": "linear", "device": "cpu"}, "device"),
        ({"optimizer": "schedule_free_adamw", "weight_average": 0.9}, "weight_average"),
    ],
)
def test_what_has_no_effect_is_refused(given: dict, name: str) -> None:
    with raises("settings.not_of_choice", name=name):
        make_settings(**given)
