"""Which rows train, which watch the training, and which test at the end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from goodfit.core.errors import GoodfitError
from goodfit.core.randomness import derive_seed


@dataclass(frozen=True)
class Fold:
    """Rows that train and rows that watch it, (row,) int64, ascending, nothing in common."""

    training: np.ndarray
    validation: np.ndarray


@dataclass(frozen=True)
class Plan:
    """The parts of a table.

    Args:
        folds: a plain split is one fold.
        test: (row,) int64, rows that reach nothing but the scores; ascending.
    """

    folds: tuple[Fold, ...]
    test: np.ndarray

    @property
    def learning(self) -> np.ndarray:
        """(row,) rows that are no test rows, ascending."""
        fold = self.folds[0]
        return np.sort(np.concatenate([fold.training, fold.validation]))


def split_rows(
    classes: np.ndarray | None,
    *,
    n_rows: int,
    ratios: tuple[float, float, float] | None,
    seed: int,
) -> Plan:
    """Draw the parts at random, each class divided by the ratios as nearly as whole rows allow.

    Args:
        classes: (row,) whole numbers; None where there are none.
        n_rows: number of rows.
        ratios: shares of training, validation and test rows; None trains on every row.
        seed: the same seed gives the same parts.

    Raises:
        GoodfitError: if there are fewer rows than parts.

    >>> plan = split_rows(None, n_rows=10, ratios=(0.6, 0.2, 0.2), seed=0)
    >>> [len(rows) for rows in (plan.folds[0].training, plan.folds[0].validation, plan.test)]
    [6, 2, 2]
    """
    nothing = np.empty(0, np.int64)
    if ratios is None:
        return Plan((Fold(np.arange(n_rows, dtype=np.int64), nothing),), nothing)
    sizes = _sizes(n_rows, np.array(ratios))
    classes = np.zeros(n_rows, np.int64) if classes is None else classes
    counts = np.unique(classes, return_counts=True)[1]
    shares = _divide(counts, sizes)
    if ((shares.sum(axis=0) == 0) & (sizes > 0)).any():
        raise GoodfitError("data.too_few_rows", n_rows=n_rows, n_parts=int((sizes > 0).sum()))
    random = np.random.Generator(np.random.PCG64(derive_seed(seed, "split")))
    parts: list[list[np.ndarray]] = [[], [], []]
    by_class = np.split(np.argsort(classes, kind="stable"), np.cumsum(counts)[:-1])
    for rows, share in zip(by_class, shares, strict=True):
        drawn = np.split(random.permutation(rows), np.cumsum(share)[:-1])
        for part, chosen in zip(parts, drawn, strict=True):
            part.append(chosen)
    training, validation, test = (np.sort(np.concatenate(part)).astype(np.int64) for part in parts)
    return Plan((Fold(training, validation),), test)


def _sizes(n_rows: int, ratios: np.ndarray) -> np.ndarray:
    """Rows of each part, (3,): they add up, and a part that is wanted has a row."""
    wanted = ratios > 0
    if n_rows < wanted.sum():
        raise GoodfitError("data.too_few_rows", n_rows=n_rows, n_parts=int(wanted.sum()))
    sizes = _round(n_rows * ratios, n_rows)
    while (short := np.flatnonzero(wanted & (sizes == 0))).size:
        sizes[sizes.argmax()] -= 1
        sizes[short[0]] += 1
    return sizes


def _divide(counts: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """Rows of each class in each part, (class, part), adding up to ``counts`` and ``sizes``.

    Every class gives its first row to training, for what was never seen cannot be learnt;
    the rest follows the parts' sizes, rounded down, and then the largest remainders. Only
    where more classes than training rows exist do the parts differ from their sizes.
    """
    wish = np.outer(counts, sizes / sizes.sum())
    given = np.floor(wish + 1e-9).astype(np.int64)
    given[:, 0] = np.maximum(given[:, 0], 1)
    while given[:, 0].sum() > sizes[0] and given[:, 0].max() > 1:
        given[given[:, 0].argmax(), 0] -= 1  # first rows of rare classes come before these
    left, room = counts - given.sum(axis=1), np.maximum(sizes - given.sum(axis=0), 0)
    order = np.argsort(-(wish - given), axis=None, kind="stable")
    for at_most in (1, int(counts.max())):  # first one row each, then whatever is left
        for place in order:
            row, part = np.unravel_index(place, given.shape)
            moved = min(left[row], room[part], at_most)
            given[row, part] += moved
            left[row] -= moved
            room[part] -= moved
    return given


def _round(wish: np.ndarray, total: int) -> np.ndarray:
    """Whole numbers nearest to the wishes that add up, largest remainders first."""
    whole = np.floor(wish + 1e-9).astype(np.int64)
    order = np.argsort(-(wish - whole), kind="stable")
    whole[order[: total - whole.sum()]] += 1
    return whole
