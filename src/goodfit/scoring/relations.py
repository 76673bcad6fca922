"""Which columns say the same: how strongly two are related, and groups of those that are."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np


def ranks(values: np.ndarray) -> np.ndarray:
    """Places of numbers among each other, (row,); equal ones share theirs, missing ones lie midway.

    >>> ranks(np.array([5.0, np.nan, 1.0, 5.0]))
    array([2.5, 2. , 1. , 2.5])
    """
    missing = np.isnan(values)
    _, place, counts = np.unique(values[~missing], return_inverse=True, return_counts=True)
    found = np.full(len(values), (len(values) - missing.sum() + 1) / 2)
    found[~missing] = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return found


def relations(blocks: Sequence[np.ndarray]) -> np.ndarray:
    """How strongly columns are related, (column, column), from 0 to 1.

    A column is given as one or several numbers a row: its ranks, or a mark for each level. Two
    are as strongly related as the two of their numbers that are correlated most: for ranks
    that is Spearman's coefficient without its sign (Spearman 1904).

    Args:
        blocks: (row, number) of each column.

    >>> a = np.array([[1.0], [2.0], [3.0], [4.0]])
    >>> relations([a, -a, np.array([[1.0], [0.0], [0.0], [1.0]])]).round(6)
    array([[1., 1., 0.],
           [1., 1., 0.],
           [0., 0., 1.]])
    """
    sizes = [block.shape[1] for block in blocks]
    numbers = np.hstack(blocks).astype(np.float64) if blocks else np.empty((0, 0))
    numbers = numbers - numbers.mean(axis=0)
    length = np.sqrt((numbers**2).sum(axis=0))
    numbers = numbers / np.where(length > 0, length, 1.0)
    found = np.abs(numbers.T @ numbers)
    starts = np.cumsum([0, *sizes[:-1]])
    whole = np.zeros((len(blocks), len(blocks)))
    filled = np.flatnonzero(sizes)
    if len(filled):
        part = np.maximum.reduceat(found, starts[filled], axis=0)
        part = np.maximum.reduceat(part, starts[filled], axis=1)
        whole[np.ix_(filled, filled)] = part.clip(max=1.0)
    np.fill_diagonal(whole, 1.0)
    return whole


def groups(strengths: np.ndarray, *, least: float) -> tuple[tuple[int, ...], ...]:
    """Columns that hang together by relations of at least a strength; each alone is no group.

    Args:
        strengths: (column, column).
        least: strength that joins two.

    >>> groups(np.array([[1.0, 0.9, 0.0], [0.9, 1.0, 0.8], [0.0, 0.8, 1.0]]), least=0.85)
    ((0, 1),)
    """
    found = list[tuple[int, ...]]()
    left = set(range(len(strengths)))
    while left:
        joined, new = set[int](), {min(left)}
        while new:
            joined |= new
            near = (strengths[sorted(new)] >= least).any(axis=0)
            new = set(np.flatnonzero(near).tolist()) - joined
        left -= joined
        if len(joined) > 1:
            found.append(tuple(sorted(joined)))
    return tuple(found)
