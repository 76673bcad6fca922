"""Batches of several folds: each sees its own rows, as many at a time, and none of the others'."""

from __future__ import annotations

import pytest
import torch

from goodfit.core.batch import Batch
from goodfit.training.batches import Batches


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
