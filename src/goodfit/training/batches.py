"""The order in which an epoch sees its rows."""

from __future__ import annotations

from collections.abc import Iterator

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


class Batches:
    """A training part cut into batches, in a new order every epoch.

    Args:
        rows: the whole training part.
        batch_size: rows a batch, or ``full``: then the order never changes.
        generator: where the orders come from.
    """

    def __init__(self, rows: Batch, *, batch_size: int | str, generator: Generator) -> None:
        self.rows, self.generator = rows, generator
        self.borders = batch_borders(len(rows), batch_size)
        self.groups = _groups(self.borders)

    def __len__(self) -> int:
        return len(self.borders)

    def epoch(self) -> Iterator[Batch]:
        """Every row once, batch by batch; a batch is valid until the next is asked for."""
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
