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
        self.n_folds = max(len(folds), 1)
        self.groups = _groups(self.borders, GATHERED_ROWS // self.n_folds)
        self.whole: Batch | None = None if folds else rows
        self.gathered: _Gathered | None = None

    def __len__(self) -> int:
        return len(self.borders)

    def epoch(self) -> Iterator[Batch]:
        """Every row once, batch by batch; a batch is valid until the next is asked for.

        With folds a batch holds as many rows of each, those of the first fold first; a fold
        with fewer rows than another sees some of them twice.
        """
        if len(self.borders) == 1:
            if self.whole is None:
                self.whole = take(self.rows, self._by_fold(shuffled=False).flatten())
            yield self.whole
            return
        if self.gathered is None:
            most = max(group[-1][1] - group[0][0] for group in self.groups)
            self.gathered = _Gathered(self.rows, most * self.n_folds)
        order = self._order()
        for borders in self.groups:
            first, last = borders[0][0] * self.n_folds, borders[-1][1] * self.n_folds
            gathered = self.gathered.take(order[first:last])
            yield from _split(gathered, [(stop - start) * self.n_folds for start, stop in borders])

    def _order(self) -> torch.Tensor:
        """The rows of this epoch, batch after batch, (batch · fold · row)."""
        if not self.folds:
            order = torch.randperm(len(self.rows), generator=self.generator)
            return order.to(self.rows.dense.device)
        sizes = [stop - start for start, stop in self.borders]
        by_batch = self._by_fold(shuffled=True).split(sizes, dim=1)
        return torch.cat([order.flatten() for order in by_batch])

    def _by_fold(self, *, shuffled: bool) -> torch.Tensor:
        """The rows of each fold in the order of this epoch, (fold, row)."""
        longest, orders = max(map(len, self.folds)), []
        for rows in self.folds:
            chosen = rows
            if shuffled:
                chosen = rows[torch.randperm(len(rows), generator=self.generator)]
            again = -(-longest // len(rows))
            orders.append(chosen.repeat(again)[:longest])
        return torch.stack(orders).to(self.rows.dense.device)


class _Gathered:
    """Memory, made once, for the rows of some batches.

    Args:
        rows: from which they are taken.
        most: how many there may be.
    """

    def __init__(self, rows: Batch, most: int) -> None:
        index = torch.zeros(most, dtype=torch.int64, device=rows.dense.device)
        self.memory = memory = take(rows, index)
        pairs = [(rows.dense, memory.dense), (rows.codes, memory.codes)]
        pairs.append((rows.target, memory.target))
        if rows.weight is not None and memory.weight is not None:
            pairs.append((rows.weight, memory.weight))
        # A vector is gathered several times as quickly as a matrix of one column.
        self.pairs = [
            (a.flatten(), b.flatten()) if a.shape[1:] == (1,) else (a, b)
            for a, b in pairs
            if b.numel() > 0
        ]

    def take(self, index: torch.Tensor) -> Batch:
        """The rows of the given numbers, (row,) int64, until others are taken."""
        n_rows = len(index)
        for rows, memory in self.pairs:
            torch.index_select(rows, 0, index, out=memory[:n_rows])
        return part(self.memory, 0, n_rows)


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


def _split(rows: Batch, sizes: list[int]) -> Iterator[Batch]:
    """Neighbouring batches of these sizes, as views."""
    dense, codes, target = (c.split(sizes) for c in (rows.dense, rows.codes, rows.target))
    if rows.weight is None:
        yield from map(Batch, dense, codes, target)
    else:
        yield from map(Batch, dense, codes, target, rows.weight.split(sizes))


def _groups(borders: list[tuple[int, int]], most: int) -> list[list[tuple[int, int]]]:
    """Neighbouring batches that are gathered together, of at most so many rows if they can."""
    groups: list[list[tuple[int, int]]] = []
    for border in borders:
        if groups and border[1] - groups[-1][0][0] <= most:
            groups[-1].append(border)
        else:
            groups.append([border])
    return groups
