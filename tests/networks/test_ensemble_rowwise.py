"""An ensemble's rows have the same bits wherever they stand, whatever shape it has."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from goodfit.core.randomness import torch_generator
from goodfit.core.settings import make_settings
from goodfit.model.blocks import BLOCK_ROWS, BlockPredictor
from goodfit.networks import ensemble_rowwise
from goodfit.networks.catalog import initialize
from goodfit.networks.ensemble import Ensemble

N_SHAPES = 40


@dataclass
class Made:
    """A started ensemble of some shape and rows for it."""

    network: Ensemble
    dense: torch.Tensor
    codes: torch.Tensor


def made(seed: int) -> Made:
    """Drawn by chance: folds, members, widths, outputs, columns, which are numbers, codes."""
    random = np.random.default_rng(seed)
    n_dense = int(random.integers(1, 24))
    numbers = np.flatnonzero(random.random(n_dense) < random.choice([0.0, 0.5, 1.0]))
    n_codes = tuple(random.integers(3, 40, size=random.integers(0, 3)).tolist())
    network = Ensemble(
        n_dense, n_codes, int(random.choice([1, 1, 1, 2, 3, 17])),
        numbers=tuple(numbers.tolist()), members=int(random.integers(1, 6)),
        folds=int(random.integers(1, 5)), frequency=float(random.choice([0.2, 2.0, 500.0])),
        widths=tuple(random.integers(1, 140, size=random.integers(1, 4)).tolist()),
    )  # fmt: skip
    initialize(
        network,
        settings=make_settings(network="linear"),
        generator=torch_generator(seed, "initialization"),
    )
    with torch.no_grad():
        network.share.fill_(0.7)
        network.line.normal_(generator=torch.Generator().manual_seed(seed))
        for bias in (network.last_biases, *network.biases):
            bias.normal_(generator=torch.Generator().manual_seed(seed))
    dtype = torch.float64 if seed % 4 == 0 else torch.float32
    rows = random.normal(size=(n_dense, 2 * BLOCK_ROWS))
    rows[:, 5] *= 1e6  # a row far from the others
    rows[0, 300] = 1e30
    codes = [random.integers(0, levels, size=2 * BLOCK_ROWS) for levels in n_codes]
    codes = np.array(codes, dtype=np.int64).reshape(len(n_codes), 2 * BLOCK_ROWS)
    return Made(network.to(dtype).eval(), torch.from_numpy(rows).to(dtype).t(),
                torch.from_numpy(codes).t())  # fmt: skip


def in_columns(rows: torch.Tensor) -> torch.Tensor:
    """The same rows, each column in one piece, as the blocks of a model are."""
    return rows.t().contiguous().t()


@pytest.mark.parametrize("seed", range(N_SHAPES))
@torch.no_grad()
def test_a_row_has_the_same_bits_whatever_stands_beside_it(seed: int) -> None:
    case = made(seed)
    predict, dense, codes = case.network.predictor(), case.dense, case.codes
    first = in_columns(dense[:BLOCK_ROWS]), in_columns(codes[:BLOCK_ROWS])
    found = predict(*first)
    for shift in (1, 7, 16, 100, BLOCK_ROWS - 1):
        there = (in_columns(part.roll(shift, 0)) for part in first)
        assert torch.equal(predict(*there), found.roll(shift, 0))
    alone = torch.zeros_like(first[0]), torch.zeros_like(first[1])
    for place, row in ((0, 77), (255, 5), (130, 0)):
        alone[0][place], alone[1][place] = dense[row], codes[row]
        assert torch.equal(predict(*alone)[place], found[row])
    assert torch.equal(case.network.predictor()(*first), found)


@torch.no_grad()
def test_where_columns_differ_by_their_place_rows_are_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As in double precision on some machines, or in single precision on others."""
    case, asked = made(1), list[torch.Size]()
    predict = case.network.predictor()
    found = predict(case.dense, case.codes)

    def differ(first: torch.Tensor, second: torch.Tensor) -> bool:
        asked.append(second.shape)
        return False

    monkeypatch.setattr(ensemble_rowwise, "columns_alike", differ)
    there = case.network.predictor()(case.dense, case.codes)
    assert [shape[2] for shape in asked] == [len(case.dense)]
    torch.testing.assert_close(there, found, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("seed", range(N_SHAPES))
@torch.no_grad()
def test_blocks_give_what_the_network_itself_computes(seed: int) -> None:
    """But for far rows, whose waves turn too often for single precision."""
    case = made(seed)
    case.network.frequencies.clamp_(-2, 2)
    near = torch.arange(len(case.dense))[(case.dense.abs() < 100).all(1)]
    dense, codes = case.dense[near], case.codes[near]
    found = case.network.predictor()(dense, codes).double()
    exact = case.network.double()(dense.double(), codes)
    close = 1e-5 if dense.dtype == torch.float32 else 1e-12
    torch.testing.assert_close(found, exact, rtol=0, atol=close * exact.abs().max().item())


@torch.no_grad()
def test_blocks_of_two_sizes_do_not_meet_in_memory() -> None:
    """What is computed in is kept from block to block; results are not."""
    case = made(1)
    predict = case.network.predictor()
    few = predict(case.dense[:16], case.codes[:16])
    kept = few.clone()
    predict(case.dense, case.codes)
    predict(case.dense[16:32], case.codes[16:32])
    assert torch.equal(few, kept)
    assert torch.equal(predict(case.dense[:16], case.codes[:16]), few)


def test_all_members_count_where_the_size_of_a_block_is_chosen() -> None:
    """Their first layers stand side by side."""
    one, many = (
        BlockPredictor(Ensemble(4, (), 1, numbers=(), widths=(128, 128), members=n, folds=1), 1)
        for n in (1, 8)
    )
    assert (one.widest, many.widest) == (128, 1024)
