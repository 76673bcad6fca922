"""Batches of several folds: each sees its own rows, as many at a time, and none of the others'."""

from __future__ import annotations

import pytest
import torch

from goodfit.core.batch import Batch
from goodfit.training import batches as module
from goodfit.training.batches import Batches, take


def numbered(n_rows: int) -> Batch:
    dense = torch.arange(float(n_rows)).view(-1, 1)
    return Batch(dense, torch.zeros(n_rows, 0, dtype=torch.int64), dense)


def seen(folds: list[torch.Tensor], batch_size: int | str, n_epochs: int = 1) -> list[list[int]]:
    """What each fold sees in the last of some epochs, in its order."""
    generator = torch.Generator().manual_seed(0)
    batches = Batches(numbered(12), batch_size=batch_size, generator=generator, folds=folds)
    for _ in range(n_epochs):
        found = [batch.dense.view(len(folds), -1).clone() for batch in batches.epoch()]
    assert len(found) == len(batches)
    return torch.cat(found, 1).int().tolist()


@pytest.mark.parametrize("batch_size", [1, 3, 5, 8, 100, "full"])
def test_an_epoch_shows_a_fold_each_of_its_rows_once_and_no_other(batch_size: int | str) -> None:
    kept_out = [{0, 1, 2, 3}, {4, 5, 6, 7}, {8, 9, 10, 11}]
    folds = [torch.tensor(sorted(set(range(12)) - out)) for out in kept_out]
    for fold, rows in zip(folds, seen(folds, batch_size), strict=True):
        assert sorted(rows) == fold.tolist()


@pytest.mark.parametrize("batch_size", [2, 5, "full"])
def test_a_smaller_fold_sees_some_rows_twice_and_none_of_another(batch_size: int | str) -> None:
    folds = [torch.arange(7), torch.arange(7, 12)]
    larger, smaller = seen(folds, batch_size)
    assert sorted(larger) == list(range(7))
    assert set(smaller) == set(range(7, 12))
    assert len(smaller) == 7
    assert max(map(smaller.count, smaller)) == 2


def test_every_epoch_and_fold_has_its_own_order() -> None:
    folds = [torch.arange(12), torch.arange(12)]
    first, second = seen(folds, 4), seen(folds, 4, n_epochs=2)
    assert first[0] != first[1]
    assert first[0] != second[0]


def test_full_batches_keep_their_order() -> None:
    folds = [torch.tensor([3, 1, 2]), torch.tensor([0, 5, 4])]
    assert seen(folds, "full") == seen(folds, "full", n_epochs=2) == [[3, 1, 2], [0, 5, 4]]


def every_kind(n_rows: int) -> Batch:
    """Rows of several columns each, with weights."""
    random = torch.Generator().manual_seed(1)
    codes = torch.randint(5, (n_rows, 2), generator=random)
    dense, target = (torch.randn(n_rows, n, generator=random) for n in (3, 1))
    return Batch(dense, codes, target, torch.rand(n_rows, 1, generator=random))


def as_drawn(rows: Batch, folds: list[torch.Tensor], batches: Batches) -> list[Batch]:
    """The batches of the first epoch, each gathered by itself."""
    generator = torch.Generator().manual_seed(0)
    orders = [fold[torch.randperm(len(fold), generator=generator)] for fold in folds]
    order = torch.stack(orders)
    return [take(rows, order[:, start:stop].flatten()) for start, stop in batches.borders]


@pytest.mark.parametrize("gathered_rows", [1, 16, 1_000])
@pytest.mark.parametrize("n_folds", [0, 1, 3])
def test_batches_gathered_together_hold_the_rows_that_were_drawn(
    monkeypatch: pytest.MonkeyPatch, gathered_rows: int, n_folds: int
) -> None:
    monkeypatch.setattr(module, "GATHERED_ROWS", gathered_rows)
    rows = every_kind(20)
    folds = [torch.arange(first, first + 17) for first in range(n_folds)]
    generator = torch.Generator().manual_seed(0)
    batches = Batches(rows, batch_size=4, generator=generator, folds=folds)
    expected = as_drawn(rows, folds or [torch.arange(20)], batches)
    for found, wanted in zip(batches.epoch(), expected, strict=True):
        for name in ("dense", "codes", "target", "weight"):
            assert torch.equal(getattr(found, name), getattr(wanted, name)), name


def test_the_memory_of_batches_is_made_once() -> None:
    folds = [torch.arange(16), torch.arange(4, 20)]
    generator = torch.Generator().manual_seed(0)
    batches = Batches(every_kind(20), batch_size=4, generator=generator, folds=folds)
    first, second = ([batch.dense.data_ptr() for batch in batches.epoch()] for _ in "ab")
    assert first == second


def test_rows_without_columns_can_be_drawn() -> None:
    nothing = torch.zeros(6, 0)
    rows = Batch(nothing, nothing.long(), torch.arange(6))
    batches = Batches(rows, batch_size=2, generator=torch.Generator().manual_seed(0))
    found = list(map(len, batches.epoch()))
    assert found == [2, 2, 2]
