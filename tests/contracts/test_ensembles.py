"""What a network of several promises: all that every network does, and that folds share nothing."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from goodfit.core.batch import Batch
from goodfit.core.randomness import torch_generator
from goodfit.core.settings import make_settings
from goodfit.model.blocks import BLOCK_ROWS
from goodfit.networks.catalog import initialize
from goodfit.networks.ensemble import Ensemble
from goodfit.training.batches import FoldRows, part, take
from goodfit.training.controls import Controls
from goodfit.training.loop import outputs_of, train
from goodfit.training.losses import LOSSES
from goodfit.training.objectives import Objective, objective_for
from goodfit.training.state import TrainingState
from goodfit.training.step import GradientStep
from training_harness import N_CODES, N_DENSE, N_LEVELS, TASKS, resolved, some_rows

#: (folds, members, places of numbers, whether there are codes): one and several of each.
SHAPES = [
    (1, 1, (), False),
    (1, 3, (0, 1, 2, 3), True),
    (3, 1, (0, 2), True),
    (3, 2, (1,), False),
    (2, 2, (), True),
]
SOME = (3, 2, (0, 2), True)
MEETINGS = [
    (task, loss)
    for task in TASKS
    for loss, kinds in LOSSES.items()
    if any(kind.task == task for kind in kinds)
]
PLAIN = make_settings(network="linear")  # an ensemble starts as it does, whatever is said
EVERY = pytest.mark.parametrize("shape", SHAPES, ids=str)


def ensemble(
    shape: tuple = SOME, *, n_outputs: int = 1, seed: int = 0, widths: tuple[int, ...] = (8, 6)
) -> Ensemble:
    """A started network for the rows of ``some_rows``, its inputs scaled apart in every fold."""
    folds, members, numbers, codes = shape
    network = Ensemble(
        N_DENSE, N_CODES if codes else (), n_outputs,
        numbers=numbers, widths=widths, members=members, folds=folds,
    )  # fmt: skip
    initialize(network, settings=PLAIN, generator=torch_generator(seed, "initialization"))
    random = np.random.default_rng(seed)
    for fold in range(folds):
        network.learn_inputs(random.normal(size=(40, N_DENSE)) * (1 + fold), fold)
    return network


def in_double(rows: Batch) -> Batch:
    target = rows.target.double() if rows.target.is_floating_point() else rows.target
    weight = None if rows.weight is None else rows.weight.double()
    return Batch(rows.dense.double(), rows.codes, target, weight)


def learnt(
    network: Ensemble, objective: Objective, rows: Batch, folds: list[torch.Tensor], **how: object
) -> TrainingState:
    """Train an ensemble as ``fit`` does, each fold on its rows."""
    settings = resolved(network="ensemble", **how)
    state = TrainingState.fresh(network, settings)
    told = [FoldRows(fold, 0) for fold in folds]
    for _ in train(state, network, objective, training=rows, validation=None, settings=settings,
                   controls=Controls(), folds=told):  # fmt: skip
        pass
    return state


def mean_squares() -> Objective:
    return objective_for("regression", n_levels=0, settings=make_settings())


@EVERY
@pytest.mark.parametrize(("task", "loss"), MEETINGS)
@torch.no_grad()
def test_backward_pass_by_hand_equals_autograd(shape: tuple, task: str, loss: str) -> None:
    rows = in_double(some_rows(task, n_rows=12, weighted=True, loss=loss))
    settings = resolved(network="ensemble", loss=loss)
    objective = objective_for(task, n_levels=N_LEVELS, settings=settings)
    found = []
    for by_hand in (True, False):
        network = ensemble(shape, n_outputs=objective.n_outputs).double().train()
        state = TrainingState.fresh(network, settings)
        step = GradientStep(network, objective, state.gradient, by_hand=by_hand)
        for _ in range(2):  # the second meets what the first left in memory
            error, weight = step(rows)
        found.append((error / weight, state.gradient.clone()))
    torch.testing.assert_close(found[0], found[1], rtol=1e-10, atol=1e-12)


@EVERY
def test_gradient_reaches_every_parameter(shape: tuple) -> None:
    rows, network = some_rows("regression", n_rows=36), ensemble(shape).train()
    network(rows.dense, rows.codes).square().sum().backward()
    silent = [
        name for name, p in network.named_parameters() if p.numel() and not p.grad.abs().sum() > 0
    ]
    assert silent == []


@pytest.mark.parametrize("task", TASKS)
def test_overfits_32_rows(task: str) -> None:
    rows, settings = some_rows(task), resolved(network="ensemble")
    objective = objective_for(task, n_levels=N_LEVELS, settings=settings)
    network = ensemble((2, 2, (0, 1, 2, 3), True), n_outputs=objective.n_outputs, widths=(16, 8))
    state = learnt(network, objective, rows, [torch.arange(32)] * 2, epochs=200,
                   batch_size="full", learning_rate=0.02)  # fmt: skip
    losses = state.history.train_loss
    assert losses[-1] < 0.15 * losses[0]


@EVERY
def test_no_row_affects_another(shape: tuple) -> None:
    rows, network = some_rows("regression", n_rows=16), ensemble(shape).eval()
    whole, changed = network(rows.dense, rows.codes), rows.dense.clone()
    changed[1:] = 1e3
    assert torch.equal(network(changed, rows.codes)[0], whole[0])


@EVERY
@pytest.mark.parametrize("size", [BLOCK_ROWS, 4 * BLOCK_ROWS])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@torch.no_grad()
def test_a_prediction_is_bit_equal_wherever_its_row_stands(
    shape: tuple, size: int, dtype: torch.dtype
) -> None:
    """Of inputs that lie column by column, as those of a model do; with a line beside it."""
    network = ensemble(shape, n_outputs=3, widths=(33, 7)).to(dtype).eval()
    network.share.fill_(0.7)
    network.line.normal_(generator=torch.Generator().manual_seed(1))
    network.line_bias.fill_(0.5)
    rows = some_rows("regression", n_rows=size)
    dense, codes = rows.dense.to(dtype).t().contiguous().t(), rows.codes.t().contiguous().t()
    predict = network.predictor()
    first = predict(dense, codes).clone()
    near = {} if dtype == torch.float64 else {"rtol": 1e-4, "atol": 1e-5}
    torch.testing.assert_close(first, network(dense, codes), **near)
    for shift in (1, 3, size - 1):
        there = (part.roll(shift, 0).t().contiguous().t() for part in (dense, codes))
        assert torch.equal(predict(*there), first.roll(shift, 0))
    network.first.zero_()  # what predicts holds copies
    assert torch.equal(predict(dense, codes), first)


@EVERY
def test_saved_and_loaded_parameters_give_the_same_bits(shape: tuple) -> None:
    rows, network = some_rows("regression"), ensemble(shape).eval()
    twin = ensemble(shape, seed=9).eval()
    assert not torch.equal(twin(rows.dense, rows.codes), network(rows.dense, rows.codes))
    twin.load_state_dict(copy.deepcopy(network.state_dict()))
    assert torch.equal(twin(rows.dense, rows.codes), network(rows.dense, rows.codes))


def test_same_seed_gives_the_same_training_and_another_seed_another() -> None:
    rows, folds = some_rows("regression"), [torch.arange(0, 20), torch.arange(12, 32)]
    first, again, other = (
        learnt(ensemble((2, 2, (0,), True), seed=seed), mean_squares(), rows, folds,
               epochs=3, seed=seed).parameters for seed in (5, 5, 6)
    )  # fmt: skip
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def of_fold(network: Ensemble, rows: Batch, fold: int) -> torch.Tensor:
    """What one fold says of rows, (row, output)."""
    return network.of_folds(rows.dense[None], rows.codes[None], slice(fold, fold + 1))[0]


@torch.no_grad()
def test_a_fold_is_the_mean_of_its_members_and_the_whole_that_of_its_folds() -> None:
    rows, network = in_double(some_rows("regression")), ensemble().double()
    each = network.each(rows.dense.expand(3, -1, -1), rows.codes.expand(3, -1, -1))
    network.eval()
    folds = [of_fold(network, rows, fold) for fold in range(3)]
    for fold, found in enumerate(folds):
        torch.testing.assert_close(found, each[fold].mean(0))
    torch.testing.assert_close(network(rows.dense, rows.codes), torch.stack(folds).mean(0))


@pytest.mark.parametrize("together", [True, False])
def test_outputs_by_fold_are_those_of_each_folds_own_rows(
    together: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, network = in_double(some_rows("regression", n_rows=10)), ensemble().double().eval()
    if not together:  # 3 · 5 rows would be: each fold's are asked for in one block
        monkeypatch.setattr("goodfit.training.loop.EVALUATED_ROWS", 14)
    found = torch.cat(list(outputs_of(network, rows, sizes=(5, 0, 5))))
    for fold, place in ((0, slice(0, 5)), (2, slice(5, 10))):
        expected = of_fold(network, part(rows, place.start, place.stop), fold)
        if together:  # products of several folds may differ in their last bits
            torch.testing.assert_close(found[place], expected, rtol=1e-12, atol=1e-12)
        else:
            assert torch.equal(found[place], expected)


def test_the_rows_of_a_fold_reach_no_other_fold() -> None:
    rows, network = some_rows("regression", n_rows=12), ensemble().train()
    outputs = network(rows.dense, rows.codes).view(3, 2, 4, 1)
    outputs[1].square().sum().backward()
    for name, parameter in network.named_parameters():
        assert not parameter.grad[[0, 2]].any(), name
        assert parameter.grad[1].any(), name


@pytest.mark.parametrize("optimizer", ["sgd", "adamw"])
def test_a_fold_in_a_pack_learns_as_it_does_alone(optimizer: str) -> None:
    rows = in_double(some_rows("regression", n_rows=30))
    folds = [torch.arange(0, 20), torch.arange(10, 30), torch.arange(5, 25)]
    pack = ensemble().double()
    alone = ensemble((1, *SOME[1:])).double()
    alone.load_state_dict(
        {name: value if name.startswith(("line", "share")) else value[1:2].clone()
         for name, value in pack.state_dict().items()}
    )  # fmt: skip
    how = {"optimizer": optimizer, "epochs": 8, "batch_size": "full", "precision": "float64"}
    learnt(pack, mean_squares(), rows, folds, **how)
    learnt(alone, mean_squares(), rows, [folds[1]], **how)
    mine = of_fold(pack.eval(), rows, 1)
    torch.testing.assert_close(mine, alone.eval()(rows.dense, rows.codes).detach(), rtol=1e-9,
                               atol=1e-11)  # fmt: skip


@torch.no_grad()
def test_a_row_of_weight_two_counts_as_that_row_twice() -> None:
    rows = in_double(some_rows("regression", n_rows=12))
    twice = [0, 0, 1, 2, 3, 4, 4, 5, 6, 7, 8, 8, 9, 10, 11]  # the first of each fold
    repeated = take(rows, torch.tensor(twice))
    weight = torch.ones(12, 1, dtype=torch.float64)
    weight[::4] = 2
    weighted = Batch(rows.dense, rows.codes, rows.target, weight)
    found = []
    for batch in (weighted, repeated):
        network = ensemble().double().train()
        state = TrainingState.fresh(network, resolved(network="ensemble"))
        error, total = GradientStep(network, mean_squares(), state.gradient)(batch)
        found.append((error, torch.tensor(total), state.gradient.clone()))
    torch.testing.assert_close(found[0], found[1])
