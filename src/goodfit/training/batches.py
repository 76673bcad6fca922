"""The order in which an epoch sees its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch
from torch import Generator

from goodfit.core.batch import Batch

# Rows gathered at once: few enough to stay in a processor's cache, enough to cost little each.
GATHERED_ROWS = 8_192


def batch_borders(n_rows: int, batch_size: int | str) -> list[tuple[int, int]]:
    """First and last row of each batch of an epoch: sizes that differ by one at most.

    No row is dropped and no batch is much smaller than the others; a batch larger than
    the table is the whole table.

    >>> batch_borders(10, 4)
    [(0, 4), (4, 7), (7, 10)]
    >>> batch_borders(10, "full")
    [(0, 10)]
    """
    size = n_rows if batch_size == "full" else min(int(batch_size), n_rows)
    n_batches = -(-n_rows // size)
    small, larger = divmod(n_rows, n_batches)
    borders, start = [], 0
    for number in range(n_batches):
        stop = start + small + (number < larger)
        borders.append((start, stop))
        start = stop
    return borders


@dataclass(frozen=True)
class FoldRows:
    """One fold of a network of several.

    Args:
        training: (row,) int64, places of the training rows that it learns from.
        n_validation: how many rows watch it.
    """

    training: torch.Tensor
    n_validation: int


class Batches:
    """A training part cut into batches, in a new order every epoch.

    Args:
        rows: the whole training part.
        batch_size: rows a batch, of each fold, or ``full``: then the order never changes.
        generator: where the orders come from.
        folds: for each fold the places, (row,), of those that it learns from; nothing where
            there is one network, which learns from all.
    """

    def __init__(
        self,
        rows: Batch,
        *,
        batch_size: int | str,
        generator: Generator,
        folds: Sequence[torch.Tensor] = (),
    ) -> None:
        self.rows, self.generator, self.folds = rows, generator, list(folds)
        n_rows = max(map(len, folds)) if folds else len(rows)
        self.borders = batch_borders(n_rows, batch_size)
        self.groups = _groups(self.borders)
        self.whole: Batch | None = None if folds else rows

    def __len__(self) -> int:
        return len(self.borders)

    def epoch(self) -> Iterator[Batch]:
        """Every row once, batch by batch; a batch is valid until the next is asked for.

        With folds a batch holds as many rows of each, those of the first fold first; a fold
        with fewer rows than another sees some of them twice.
        """
        if self.folds:
            yield from self._epoch_by_fold()
            return
        if len(self.borders) == 1:
            yield self.rows
            return
        order = torch.randperm(len(self.rows), generator=self.generator)
        order = order.to(self.rows.dense.device)
        for borders in self.groups:
            first = borders[0][0]
            gathered = take(self.rows, order[first : borders[-1][1]])
            for start, stop in borders:
                yield part(gathered, start - first, stop - first)

    def _epoch_by_fold(self) -> Iterator[Batch]:
        if len(self.borders) == 1:
            if self.whole is None:
                self.whole = take(self.rows, self._order(shuffled=False).flatten())
            yield self.whole
            return
        order = self._order(shuffled=True)
        for start, stop in self.borders:
            yield take(self.rows, order[:, start:stop].flatten())

    def _order(self, *, shuffled: bool) -> torch.Tensor:
        """The rows of each fold in the order of this epoch, (fold, row)."""
        longest, orders = max(map(len, self.folds)), []
        for rows in self.folds:
            chosen = rows
            if shuffled:
                chosen = rows[torch.randperm(len(rows), generator=self.generator)]
            again = -(-longest // len(rows))
            orders.append(chosen.repeat(again)[:longest])
        return torch.stack(orders).to(self.rows.dense.device)


def take(rows: Batch, index: torch.Tensor) -> Batch:
    """The rows of the given numbers, (row,) int64, copied."""
    weight = rows.weight.index_select(0, index) if rows.weight is not None else None
    return Batch(
        rows.dense.index_select(0, index),
        rows.codes.index_select(0, index),
        rows.target.index_select(0, index),
        weight,
    )


def part(rows: Batch, start: int, stop: int) -> Batch:
    """Neighbouring rows, as views."""
    weight = rows.weight[start:stop] if rows.weight is not None else None
    return Batch(rows.dense[start:stop], rows.codes[start:stop], rows.target[start:stop], weight)


def _groups(borders: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    """Neighbouring batches that are gathered together."""
    groups: list[list[tuple[int, int]]] = []
    for border in borders:
        if groups and border[1] - groups[-1][0][0] <= GATHERED_ROWS:
            groups[-1].append(border)
        else:
            groups.append([border])
    return groups
