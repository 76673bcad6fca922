"""The loop: what it tells, when it stops, what it keeps."""

from __future__ import annotations

import pytest
import torch

from goodfit.core.batch import Batch
from goodfit.training.batches import Batches, batch_borders
from goodfit.training.controls import Controls
from goodfit.training.events import EpochFinished, StepsFinished, TrainingFinished
from goodfit.training.loop import evaluate, train
from goodfit.training.objectives import objective_for
from goodfit.training.placement import place, torch_threads
from goodfit.training.state import TrainingState
from helpers import raises
from training_harness import N_LEVELS, fresh_network, resolved, some_rows, trained


def epochs(events: list) -> list[EpochFinished]:
    return [event for event in events if isinstance(event, EpochFinished)]


def test_losses_are_those_of_a_plain_pytorch_loop() -> None:
    """Full batches of the same start, with torch's own optimizer and autograd."""
    rows = some_rows("regression")
    ours = trained(rows, "regression", optimizer="sgd", learning_rate=0.05, batch_size="full")
    plain = fresh_network(resolved())
    optimizer = torch.optim.SGD(plain.parameters(), lr=0.05)
    losses = []
    for _ in range(20):
        optimizer.zero_grad()
        loss = torch.nn.functional.mse_loss(plain(rows.dense, rows.codes), rows.target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert ours.state.history.train_loss == pytest.approx(losses, rel=1e-5)


def test_an_epoch_tells_its_losses_metric_and_learning_rate() -> None:
    rows, validation = some_rows("binary"), some_rows("binary", seed=1)
    run = trained(rows, "binary", validation=validation, epochs=3)
    told = epochs(run.events)
    assert [event.epoch for event in told] == [1, 2, 3]
    loss, accuracy = evaluate(run.network, run.objective, validation)
    assert (told[-1].valid_loss, told[-1].metric) == (pytest.approx(loss), pytest.approx(accuracy))
    assert told[-1].learning_rate == 0.01
    assert run.events[-1] == TrainingFinished("finished", 3, 3)


def test_early_stopping_keeps_the_best_parameters() -> None:
    """Validation targets are noise, so learning the training rows makes them worse."""
    noise = some_rows("regression", seed=1)
    noise = Batch(noise.dense, noise.codes, torch.randn(32, 1) * 0 + noise.target.flip(0))
    run = trained(
        some_rows("regression"), "regression", validation=noise, early_stopping=5, epochs=300
    )
    told, last = epochs(run.events), run.events[-1]
    assert last.reason == "early_stopping"
    assert last.epoch - last.kept_epoch == 5
    best = min(told, key=lambda event: event.valid_loss)
    assert best.epoch == last.kept_epoch
    assert evaluate(run.network, run.objective, noise)[0] == pytest.approx(best.valid_loss)


def test_patience_is_longer_until_something_is_learnt() -> None:
    """Validation targets are the opposite: whatever is learnt is worse than their mean."""
    rows = some_rows("regression")
    opposite = Batch(rows.dense, rows.codes, -rows.target)
    given = {"early_stopping": 3, "start_patience": 7, "epochs": 30, "learning_rate": 0.05}
    nothing = trained(rows, "regression", validation=opposite, **given)
    assert (nothing.events[-1].epoch, nothing.state.learnt_epoch) == (8, 0)
    something = trained(rows, "regression", validation=rows, **given)
    assert something.state.learnt_epoch > 0
    losses = something.state.history.valid_loss
    variance = float(rows.target.var(correction=0))
    first = next(place for place, loss in enumerate(losses, 1) if loss < 0.98 * variance)
    assert something.state.learnt_epoch == first


def test_what_was_learnt_counts_against_the_best_constant_so_far() -> None:
    state = trained(some_rows("regression"), "regression", epochs=1).state
    for epoch, (loss, of_constant, learnt) in enumerate(
        [(0.8, 0.7, 0), (0.695, 0.9, 0), (0.68, 0.9, 3), (-1.0, -0.99, 3)], 1
    ):
        state.epoch = epoch
        if not state.learnt_epoch:
            state.compare(loss, of_constant)
        assert state.learnt_epoch == learnt


class StopAfter(Controls):
    """Says stop once it was asked ``n_reads`` times, as a signal within an epoch would."""

    def __init__(self, n_reads: int) -> None:
        super().__init__()
        self.n_reads = n_reads

    def __getattribute__(self, name: str) -> object:
        if name == "stop":
            self.n_reads -= 1
            return self.n_reads < 0
        return super().__getattribute__(name)


@pytest.mark.parametrize(("n_reads", "n_steps"), [(0, 1), (2, 3), (6, 6)])
def test_stop_ends_between_two_steps_and_keeps_what_there_is(n_reads: int, n_steps: int) -> None:
    rows, settings = some_rows("regression"), resolved(epochs=1000)
    objective = objective_for("regression", n_levels=N_LEVELS, settings=settings)
    network = fresh_network(settings)
    state = TrainingState.fresh(network, settings)
    events = train(state, network, objective, training=rows, validation=None, settings=settings,
                   controls=StopAfter(n_reads))  # fmt: skip
    last = list(events)[-1]
    assert last.reason == "interrupted"
    assert last.epoch == last.kept_epoch == -(-n_steps // 4)
    assert state.step == n_steps


def test_a_learning_rate_set_while_it_runs_holds_from_the_next_step() -> None:
    rows, settings = some_rows("regression"), resolved(epochs=3)
    objective = objective_for("regression", n_levels=N_LEVELS, settings=settings)
    network, controls = fresh_network(settings), Controls()
    state = TrainingState.fresh(network, settings)
    events = train(state, network, objective, training=rows, validation=None, settings=settings,
                   controls=controls)  # fmt: skip
    first = next(event for event in events if isinstance(event, EpochFinished))
    controls.learning_rate = 0.002
    assert [first.learning_rate, *(event.learning_rate for event in epochs(list(events)))] == [
        0.01, 0.002, 0.002
    ]  # fmt: skip


def test_a_learning_rate_too_high_is_named_as_the_cause() -> None:
    with raises("training.diverged", learning_rate=30.0, lower=3.0) as caught:
        trained(some_rows("regression"), "regression", network="linear", optimizer="sgd",
                learning_rate=30.0, epochs=100)  # fmt: skip
    assert caught.value.params["epoch"] < 100


def test_a_learning_rate_too_high_is_named_even_within_the_first_epoch() -> None:
    for batch_size, epoch in ((1, 1), ("full", 2)):
        with raises("training.diverged", epoch=epoch, learning_rate=1e30):
            trained(some_rows("regression"), "regression", network="linear", optimizer="sgd",
                    learning_rate=1e30, batch_size=batch_size)  # fmt: skip


def test_numbers_too_large_for_the_precision_are_named_as_the_cause() -> None:
    rows = some_rows("regression")
    huge = Batch(rows.dense * 1e30, rows.codes, rows.target)
    with raises("training.not_finite", epoch=1, precision="float32"):
        trained(huge, "regression", network="linear", epochs=3)


def test_l1_makes_weights_zero_and_l2_makes_them_small() -> None:
    """The target is 2 x0 - x1 beside two columns of nothing; the pull is computed by hand."""
    rows = some_rows("regression", n_rows=400)
    found = {}
    for penalty in ("l1", "l2", None):
        extra = {penalty: 0.5} if penalty else {}
        run = trained(rows, "regression", network="linear", epochs=100, schedule="cosine", **extra)
        found[penalty] = run.network.weight.detach().flatten().tolist()
    assert found[None] == pytest.approx([2, -1, 0, 0], abs=0.02)
    assert found["l1"] == pytest.approx([1.75, -0.75, 0, 0], abs=0.1)
    assert found["l2"] == pytest.approx([1.6, -0.8, 0, 0], abs=0.15)


def test_clipping_bounds_the_step() -> None:
    rows = some_rows("regression")
    run = trained(rows, "regression", network="linear", optimizer="sgd", gradient_clip=1e-3,
                  learning_rate=1.0, epochs=1, batch_size="full")  # fmt: skip
    start = fresh_network(resolved(network="linear"))
    moved = [a - b for a, b in zip(run.network.parameters(), start.parameters(), strict=True)]
    length = torch.cat([part.detach().flatten() for part in moved]).norm()
    assert float(length) == pytest.approx(1e-3, rel=1e-3)


@pytest.mark.parametrize("n_rows", [1, 2, 7, 32, 33])
@pytest.mark.parametrize("batch_size", [1, 2, 5, 32, 1000, "full"])
def test_an_epoch_sees_every_row_once_in_batches_of_nearly_one_size(
    n_rows: int, batch_size: int | str
) -> None:
    dense = torch.arange(float(n_rows)).view(-1, 1)
    rows = Batch(dense, torch.zeros(n_rows, 0, dtype=torch.int64), dense)
    batches = Batches(rows, batch_size=batch_size, generator=torch.Generator().manual_seed(0))
    seen = [batch.dense.flatten().clone() for batch in batches.epoch()]
    assert torch.cat(seen).sort().values.tolist() == list(range(n_rows))
    sizes = [len(batch) for batch in seen]
    assert max(sizes) - min(sizes) <= 1
    assert batch_size == "full" or max(sizes) <= batch_size
    assert len(batches) == len(batch_borders(n_rows, batch_size)) == len(seen)


def test_every_epoch_has_its_own_order() -> None:
    rows = some_rows("regression")
    batches = Batches(rows, batch_size=8, generator=torch.Generator().manual_seed(0))
    first, second = (torch.cat([b.dense.clone() for b in batches.epoch()]) for _ in "ab")
    assert not torch.equal(first, second)


def test_a_device_that_is_not_there_is_refused() -> None:
    if torch.cuda.is_available():
        pytest.skip("this machine has it")
    with raises("training.device_missing", device="cuda"):
        place(resolved(device="cuda"), multiplications=1)


def test_mps_cannot_compute_in_double_precision(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    with raises("training.precision_of_device", device="mps", precision="float64"):
        place(resolved(device="mps", precision="float64"), multiplications=1)


def test_threads_are_as_before_afterwards() -> None:
    before = torch.get_num_threads()
    with torch_threads(1):
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == before


def test_zeros_are_refused_where_they_cannot_learn() -> None:
    with raises("networks.zeros_cannot_learn", network="mlp"):
        fresh_network(resolved(initialization="zeros"))


def test_a_long_validation_gives_signs_of_life(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("goodfit.training.loop.SIGN_OF_LIFE_S", -1.0)
    monkeypatch.setattr("goodfit.training.loop.EVALUATED_ROWS", 8)
    rows = some_rows("regression")
    run = trained(rows, "regression", validation=rows, batch_size="full", epochs=1)
    signs = [event for event in run.events if isinstance(event, StepsFinished)]
    assert signs == [StepsFinished(1, 1, 1)] * 4


def test_so_many_steps_are_made_and_no_more() -> None:
    run = trained(some_rows("regression"), "regression", batch_size=8, epochs=9, steps=6)
    assert run.state.step == 6
    assert run.events[-1] == TrainingFinished("finished", 2, 2)


# Which epoch is the best

LINEAR = resolved(network="linear")


def test_the_loss_decides_among_epochs_that_are_as_good() -> None:
    state = TrainingState.fresh(fresh_network(LINEAR), LINEAR)
    seen = [(0.5, 0.9), (0.5, 0.7), (0.5, 0.8), (0.4, 0.95), (0.4, 0.95), (0.45, 0.1)]
    found = [state.remember_best(watched, loss=loss) for watched, loss in seen]
    assert found == [True, True, False, True, False, False]


def test_without_another_loss_an_equal_epoch_is_no_better() -> None:
    state = TrainingState.fresh(fresh_network(LINEAR), LINEAR)
    assert [state.remember_best(watched) for watched in (0.5, 0.5, 0.4)] == [True, False, True]
