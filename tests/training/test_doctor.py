"""What the course of a training says of it: raised by bad ones, silent about good ones."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch

from goodfit.core.remarks import Remark
from goodfit.training.doctor import diagnosed
from goodfit.training.events import Reason
from goodfit.training.state import TrainingState
from helpers import has_remark, lacks_remark
from training_harness import fresh_network, resolved, some_rows, trained


def course(
    train: list[float],
    valid: list[float] | None = None,
    *,
    first: float = 1.0,
    reason: Reason = "finished",
    kept: int | None = None,
    gradients: tuple[float, list[float | None]] = (1.0, []),
    **chosen: Any,
) -> tuple[Remark, ...]:
    """What is said of a training with these losses."""
    settings = resolved(**({"batch_size": 64} | chosen))
    state = TrainingState.fresh(fresh_network(settings), settings)
    state.first_loss, state.first_gradient = first, gradients[0]
    history = state.history
    history.train_loss = train
    history.valid_loss = list(valid or [None] * len(train))
    history.learning_rate = [0.01] * len(train)
    history.gradient_length = gradients[1]
    return tuple(diagnosed(state, settings, reason=reason, kept_epoch=kept or len(train)))


def falling(n_epochs: int = 30, *, to: float = 0.1) -> list[float]:
    """A loss that falls quickly and then settles."""
    return [to + (1 - to) * math.exp(-epoch / 3) for epoch in range(1, n_epochs + 1)]


def test_a_training_that_settles_is_in_order() -> None:
    assert course(falling()) == ()
    assert course(falling(), falling(to=0.2)) == ()
    assert course(falling(6), falling(6, to=0.3), reason="early_stopping", kept=4) == ()


# --- learning rate


def test_a_loss_that_climbs_again_and_again_had_too_long_steps() -> None:
    said = has_remark(course([2.0, 0.9, 2.4, 0.8, 1.9, 0.7]), "training.rate_too_high")
    assert (said.params["climbed"], said.params["lower"]) == (2.6, 0.001)
    noisy = [loss + 0.03 * (-1) ** epoch for epoch, loss in enumerate(falling(60))]
    lacks_remark(course(noisy), "training.rate_too_high")


def test_a_first_epoch_far_above_the_first_batch_had_too_long_steps() -> None:
    losses = [50.0, *falling()]
    has_remark(course(losses), "training.rate_too_high", first=1.0)
    lacks_remark(course(losses, batch_size=1), "training.rate_too_high")


def test_a_loss_that_hardly_moves_but_always_falls_had_too_short_steps() -> None:
    crawling = [1 - 0.001 * epoch for epoch in range(20)]
    has_remark(course(crawling, crawling), "training.rate_too_low", epochs=20, last=0.981)
    nothing_to_learn = [1 + 0.001 * (-1) ** epoch for epoch in range(20)]
    assert course(crawling, nothing_to_learn) == ()
    assert course(crawling, crawling, reason="interrupted") == ()


@pytest.mark.parametrize("rate", [1e-7, 10.0])
def test_deliberately_bad_rates_are_found(rate: float) -> None:
    rows = some_rows("regression", 64)
    done = trained(rows, "regression", validation=rows, batch_size=64, learning_rate=rate)
    code = "training.rate_too_high" if rate > 1 else "training.rate_too_low"
    has_remark(done.state.remarks, code, learning_rate=rate)
    good = trained(rows, "regression", validation=rows, batch_size=64, epochs=200)
    assert good.state.remarks == ()


# --- length of the training


def test_a_training_of_two_epochs_was_too_short() -> None:
    said = has_remark(course([0.8, 0.5], [0.7, 0.4]), "training.epochs_too_few", epochs=2)
    assert (said.params["percent"], said.params["more"]) == (60, 6)
    settled = [0.2, 0.199]
    lacks_remark(course(settled, settled), "training.epochs_too_few")


def test_that_validation_rows_are_told_no_better_is_no_reason_to_go_on() -> None:
    assert course([0.8, 0.5], [0.7, 0.75]) == ()


def test_rows_learnt_by_heart_to_the_last_epoch_are_found() -> None:
    grew = [0.8, 0.4, 0.3, 0.5, 0.7, 0.9]
    has_remark(course(falling(6), grew), "training.overfitted", best=0.3, epoch=3, last=0.9)
    assert course(falling(6), grew, kept=3, reason="early_stopping") == ()
    level = [0.8, 0.4, 0.3, 0.31, 0.32, 0.31]
    lacks_remark(course(falling(6), level), "training.overfitted")


# --- gradients


def test_a_gradient_that_grows_without_measure_has_exploded() -> None:
    losses = falling(3)
    said = course(losses, losses, gradients=(2.0, [3.0, 9000.0, None]))
    has_remark(said, "training.gradients_exploded", first=2.0, most=9000.0, epoch=2)
    lacks_remark(
        course(losses, losses, gradients=(2.0, [3.0, 900.0, 5.0])), "training.gradients_exploded"
    )


def test_the_length_of_the_gradient_is_kept_of_the_first_epochs_and_every_tenth() -> None:
    done = trained(some_rows("regression"), "regression", epochs=30, batch_size="full")
    lengths = done.state.history.gradient_length
    looked_at = [epoch for epoch, length in enumerate(lengths, 1) if length is not None]
    assert looked_at == [*range(1, 11), 20, 30]
    assert len(lengths) == 30
    assert lengths[-1] == float(torch.linalg.vector_norm(done.state.gradient))
    # Of full batches the first epoch has one step, whose gradient is the first.
    assert lengths[0] == done.state.first_gradient
    assert done.state.first_gradient > 0
