"""What is measured and kept where it is not what is stepped: averages, the best, the last."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from goodfit.core.batch import Batch
from goodfit.model.recommended import recommended
from goodfit.training.controls import Controls
from goodfit.training.events import EpochFinished
from goodfit.training.loop import evaluate, train
from goodfit.training.objectives import objective_for
from goodfit.training.state import TrainingState
from helpers import has_remark, raises
from training_harness import fresh_network, resolved, some_rows, trained

AVERAGED = [
    {"weight_average": 0.9},
    {"optimizer": "schedule_free_adamw"},
    {"optimizer": "asgd", "optimizer_options": {"t0": 0.0}},
]


def last_epoch(run) -> EpochFinished:
    return [event for event in run.events if isinstance(event, EpochFinished)][-1]


@pytest.mark.parametrize("given", AVERAGED)
def test_an_average_is_what_is_measured_and_kept(given: dict) -> None:
    rows, validation = some_rows("regression"), some_rows("regression", seed=1)
    run = trained(rows, "regression", validation=validation, epochs=5, **given)
    assert torch.equal(run.state.parameters, run.state.kept.parameters)
    loss, _ = evaluate(run.network, run.objective, validation)
    assert last_epoch(run).valid_loss == pytest.approx(loss)


@pytest.mark.parametrize("given", AVERAGED)
def test_measuring_does_not_disturb_the_steps(given: dict) -> None:
    rows, validation = some_rows("regression"), some_rows("regression", seed=1)
    losses = [
        trained(rows, "regression", validation=rows_seen, **given).state.history.train_loss
        for rows_seen in (None, validation)
    ]
    assert losses[0] == losses[1]


def test_a_moving_average_is_that_of_its_formula() -> None:
    rows, decay = some_rows("regression"), 0.7
    settings = resolved(weight_average=decay, network="linear", batch_size="full", epochs=6)
    states = []
    for n_epochs in range(1, 7):
        given = {"network": "linear", "batch_size": "full", "epochs": n_epochs}
        states.append(trained(rows, "regression", **given).state.parameters)
    total = sum((1 - decay) * decay ** (6 - t) * w for t, w in enumerate(states, 1))
    run = trained(rows, "regression", network="linear", batch_size="full", epochs=6,
                  weight_average=settings.weight_average)  # fmt: skip
    torch.testing.assert_close(run.state.parameters, total / (1 - decay**6))


def test_an_average_of_noisy_steps_is_better_than_its_last_step() -> None:
    rows = some_rows("regression", n_rows=200)
    noise = torch.randn(rows.target.shape, generator=torch.Generator().manual_seed(0))
    noisy = Batch(rows.dense, rows.codes, rows.target + noise)
    given = {"network": "linear", "optimizer": "sgd", "learning_rate": 0.1, "batch_size": 2}
    errors = []
    for decay in (0.0, 0.99):
        run = trained(noisy, "regression", weight_average=decay, **given)
        weight = run.network.weight.detach().flatten()
        errors.append(float((weight - torch.tensor([2.0, -1.0, 0.0, 0.0])).norm()))
    assert errors[1] < 0.5 * errors[0]


class Counting(nn.Module):
    """A linear network that remembers a running mean of its inputs, as batch normalisation."""

    folds = members = 1

    def __init__(self) -> None:
        super().__init__()
        self.inner = fresh_network(resolved(network="linear"))
        self.register_buffer("mean", torch.zeros(1))
        self.register_buffer("n_batches", torch.zeros((), dtype=torch.int64))

    def forward(self, dense, codes):
        if self.training:
            self.mean += 0.5 * (dense.mean() - self.mean)
            self.n_batches += 1
        return self.inner(dense, codes)

    def decayed(self):
        return self.inner.decayed()

    def matrices(self):
        return self.inner.matrices()

    def by_hand(self):
        return None

    def use_generator(self, generator) -> None:
        pass


@pytest.mark.parametrize("extra", [{"early_stopping": 3}, {"weight_average": 0.5}])
def test_running_statistics_go_with_the_parameters_that_are_kept(extra: dict) -> None:
    rows = some_rows("regression")
    validation = Batch(rows.dense, rows.codes, -rows.target)
    settings = resolved(network="linear", epochs=10, **extra)
    network = Counting()
    state = TrainingState.fresh(network, settings)
    objective = objective_for("regression", n_levels=0, settings=settings)
    events = train(state, network, objective, training=rows, validation=validation,
                   settings=settings, controls=Controls())  # fmt: skip
    seen = {}
    for event in events:
        if isinstance(event, EpochFinished):
            seen[event.epoch] = (network.mean.clone(), int(network.n_batches))
    kept = state.best_epoch or 10
    assert int(network.n_batches) == seen[kept][1]
    same = torch.equal(network.mean, seen[kept][0])
    assert same == ("early_stopping" in extra)  # an average has means of its own
    if "early_stopping" in extra:
        assert kept < 10


@pytest.mark.parametrize(
    ("given", "kept", "n_epochs"),
    [
        ({"early_stopping": 3}, "best", 4),
        ({"early_stopping": 3, "keep": "last"}, "last", 4),
        ({"early_stopping": 0, "keep": "best"}, "best", 8),
        ({"early_stopping": 0}, "last", 8),
    ],
)
def test_the_best_or_the_last_epoch_is_kept(given: dict, kept: str, n_epochs: int) -> None:
    """Validation targets are the opposite, so that the first epoch is the best."""
    rows = some_rows("regression")
    validation = Batch(rows.dense, rows.codes, -rows.target)
    run = trained(rows, "regression", validation=validation, epochs=8, **given)
    finished = run.events[-1]
    assert finished.epoch == n_epochs
    assert finished.kept_epoch == (1 if kept == "best" else n_epochs)
    losses = run.state.history.valid_loss
    expected = losses[finished.kept_epoch - 1]
    assert evaluate(run.network, run.objective, validation)[0] == pytest.approx(expected)


def test_small_improvements_do_not_count() -> None:
    rows, validation = some_rows("regression"), some_rows("regression", seed=1)
    given = {"epochs": 60, "early_stopping": 3, "learning_rate": 1e-4}
    patient = trained(rows, "regression", validation=validation, **given)
    strict = trained(rows, "regression", validation=validation, min_improvement=0.5, **given)
    assert patient.events[-1].epoch == 60
    assert strict.events[-1].epoch < 20
    assert strict.events[-1].reason == "early_stopping"


@pytest.mark.parametrize(
    ("given", "name"),
    [({"keep": "best"}, "keep"), ({"min_improvement": 0.1}, "min_improvement"),
     ({"early_stopping": 3}, "early_stopping"), ({"start_patience": 3}, "start_patience")],
)  # fmt: skip
def test_what_watches_validation_rows_needs_them(given: dict, name: str) -> None:
    from goodfit.core.settings import make_settings

    with raises("training.no_validation", name=name):
        settings = make_settings(network="mlp", **given)
        recommended(settings, task="regression", n_rows=50, n_watching=0)


def test_noise_on_the_inputs_is_that_of_its_seed_and_reaches_no_row() -> None:
    rows = some_rows("regression", n_rows=300)
    before = rows.dense.clone()
    given = {"network": "linear", "batch_size": "full", "epochs": 300, "learning_rate": 0.05}
    runs = [trained(rows, "regression", input_noise=1.0, seed=seed, **given) for seed in (0, 0, 1)]
    weights = [run.network.weight.detach().flatten() for run in runs]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
    assert torch.equal(rows.dense, before)
    # Noise of variance 1 on inputs of variance 1 halves the coefficients, as a penalty would
    # (Bishop 1995, "Training with noise is equivalent to Tikhonov regularization").
    assert weights[0].tolist() == pytest.approx([1, -0.5, 0, 0], abs=0.25)


def test_an_optimizer_of_full_batches_says_so_of_small_ones() -> None:
    rows = some_rows("regression")
    run = trained(rows, "regression", optimizer="rprop", batch_size=8, epochs=2)
    has_remark(run.state.remarks, "training.needs_full_batch", optimizer="rprop", batch_size=8)
    assert trained(rows, "regression", optimizer="rprop", batch_size="full").state.remarks == ()


@pytest.mark.parametrize("weighted", [False, True])
def test_lbfgs_reaches_the_exact_solution(weighted: bool) -> None:
    rows = some_rows("binary", n_rows=200, weighted=weighted)
    rows = Batch(rows.dense.double(), rows.codes, rows.target.double(),
                 rows.weight.double() if weighted else None)  # fmt: skip
    given = {"network": "linear", "l2": 0.01, "precision": "float64"}
    found = trained(rows, "binary", optimizer="lbfgs", learning_rate=1.0, batch_size="full",
                    epochs=100, **given)  # fmt: skip
    exact = trained(rows, "binary", optimizer="exact", **given, epochs=None, batch_size=None,
                    learning_rate=None, schedule="auto", early_stopping=None)  # fmt: skip
    for ours, theirs in zip(found.network.parameters(), exact.network.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-4)
