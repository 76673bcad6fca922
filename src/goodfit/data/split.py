"""Which rows train, which watch the training, and which test at the end."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

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
        folds: a plain split is one fold; several are trained one after the other. Rows that
            were dealt several times are in as many folds' second rows.
        test: (row,) int64, rows that reach nothing but the scores; ascending.
    """

    folds: tuple[Fold, ...]
    test: np.ndarray

    @property
    def learning(self) -> np.ndarray:
        """(row,) rows that are no test rows, ascending."""
        parts = [part for fold in self.folds for part in (fold.training, fold.validation)]
        return np.unique(np.concatenate(parts))

    @property
    def final(self) -> Fold:
        """What the model itself learns from: the one fold, or after several all their rows."""
        if len(self.folds) == 1:
            return self.folds[0]
        return Fold(self.learning, np.empty(0, np.int64))


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
    if ratios is None:
        return split_named(np.zeros(n_rows, np.int64))
    sizes = _sizes(n_rows, np.array(ratios))
    classes = np.zeros(n_rows, np.int64) if classes is None else classes
    counts = np.unique(classes, return_counts=True)[1]
    shares = _divide(counts, sizes)
    if ((shares.sum(axis=0) == 0) & (sizes > 0)).any():
        raise GoodfitError("data.too_few_rows", n_rows=n_rows, n_parts=int((sizes > 0).sum()))
    random = _random(seed, "split")
    part_of = np.empty(n_rows, np.int64)
    by_class = np.split(np.argsort(classes, kind="stable"), np.cumsum(counts)[:-1])
    for rows, share in zip(by_class, shares, strict=True):
        part_of[random.permutation(rows)] = np.repeat(np.arange(3), share)
    return split_named(part_of)


def draw_rows(plan: Plan, classes: np.ndarray | None, *, count: int, seed: int) -> Plan:
    """A plan whose folds learn from fewer rows, drawn by chance; the test rows stay.

    Args:
        plan: of every row.
        classes: (row,) indices of levels, each of which keeps a row; None without any.
        count: training rows that are left; as large a share of the validation rows is.
        seed: the same seed draws the same rows.

    >>> plan = split_rows(None, n_rows=100, ratios=(0.6, 0.2, 0.2), seed=0)
    >>> drawn = draw_rows(plan, None, count=30, seed=0)
    >>> len(drawn.final.training), len(drawn.final.validation), len(drawn.test)
    (30, 10, 20)
    """
    random, folds = _random(seed, "sample"), list[Fold]()
    for fold in plan.folds:
        share = min(count / len(fold.training), 1.0)
        parts = [_drawn(rows, classes, share, random) for rows in (fold.training, fold.validation)]
        folds.append(Fold(*parts))
    return Plan(tuple(folds), plan.test)


def _drawn(
    rows: np.ndarray, classes: np.ndarray | None, share: float, random: np.random.Generator
) -> np.ndarray:
    """A share of some rows, ascending."""
    order = random.permutation(len(rows))
    if classes is not None:  # the first row of each class before all others
        first = np.unique(classes[rows][order], return_index=True)[1]
        order = np.concatenate([order[first], np.delete(order, first)])
    return np.sort(rows[order[: math.ceil(share * len(rows))]])


def split_named(part_of: np.ndarray) -> Plan:
    """The parts that are given: 0 training, 1 validation, 2 test, (row,).

    >>> split_named(np.array([0, 2, 0])).test
    array([1])
    """
    training, validation, test = (np.flatnonzero(part_of == part) for part in range(3))
    return Plan((Fold(training, validation),), test)


def split_groups(
    groups: np.ndarray,
    classes: np.ndarray | None,
    *,
    ratios: tuple[float, float, float],
    seed: int,
) -> Plan:
    """Draw whole groups, so that sizes and classes come as near the ratios as groups allow.

    Args:
        groups: (row,) whole numbers from 0 on; rows of the same one stay together.
        classes: (row,) whole numbers from 0 on; None where there are none.
        ratios: shares of training, validation and test rows.
        seed: the same seed gives the same parts.

    Raises:
        GoodfitError: if there are fewer groups than parts.

    >>> plan = split_groups(np.array([0, 0, 1, 1, 2]), None, ratios=(0.4, 0.4, 0.2), seed=0)
    >>> plan.test
    array([4])
    """
    wanted = np.flatnonzero(ratios)
    shares = np.array(ratios)[wanted]
    place = _apart(groups, classes, shares, _random(seed, "split"))
    return split_named(wanted[place][groups])


def split_times(times: np.ndarray, *, ratios: tuple[float, float, float]) -> Plan:
    """Take the last rows to test, those before to validate, and the earliest to train.

    Rows of the same time stay together: a border moves to the nearest change of time.

    Args:
        times: (row,) whole numbers that grow with time.
        ratios: shares of training, validation and test rows.

    Raises:
        GoodfitError: if there are fewer different times than parts.

    >>> split_times(np.array([5, 4, 3, 3, 1]), ratios=(0.6, 0.2, 0.2)).test
    array([0])
    """
    wanted = np.flatnonzero(ratios)
    return split_named(wanted[_in_order(times, np.array(ratios)[wanted])])


def fold_rows(
    plan: Plan,
    classes: np.ndarray | None,
    *,
    groups: np.ndarray | None,
    count: int,
    seed: int,
    repeats: int = 1,
) -> Plan:
    """Divide the rows that are no test rows anew, so that each is kept out of training once a time.

    Args:
        plan: whose test rows stay.
        classes: (row,) whole numbers from 0 on, of which each fold has its share, or None.
        groups: (row,) whole numbers; rows of the same one stay in one fold; or None.
        count: how many folds.
        seed: the same seed gives the same folds.
        repeats: times that they are dealt, each time otherwise: there are so many times more
            folds, and each row is kept out so often.

    Raises:
        GoodfitError: if there are fewer rows, or groups, than folds.

    >>> plan = split_rows(None, n_rows=10, ratios=(0.6, 0.2, 0.2), seed=0)
    >>> folds = fold_rows(plan, None, groups=None, count=4, seed=0).folds
    >>> [(len(fold.training), len(fold.validation)) for fold in folds]
    [(6, 2), (6, 2), (6, 2), (6, 2)]
    """
    rows, random = plan.learning, _random(seed, "folds")
    of_rows = None if classes is None else classes[rows]
    if groups is not None:
        _, codes = np.unique(groups[rows], return_inverse=True)
        shares = np.full(count, 1 / count)
        places = [_apart(codes, of_rows, shares, random)[codes] for _ in range(repeats)]
    elif len(rows) < count:
        raise GoodfitError("data.too_few_rows_to_fold", n_rows=len(rows), count=count)
    else:
        places = [_dealt(len(rows), of_rows, count, random) for _ in range(repeats)]
    folds = tuple(
        Fold(rows[place != number], rows[place == number])
        for place in places
        for number in range(count)
    )
    return replace(plan, folds=folds)


def _dealt(
    n_rows: int, classes: np.ndarray | None, count: int, random: np.random.Generator
) -> np.ndarray:
    """Fold of each row, (row,), dealt like cards: sizes and shares of classes differ by one row."""
    drawn = random.permutation(n_rows)
    dealt = drawn if classes is None else drawn[np.argsort(classes[drawn], kind="stable")]
    place = np.empty(n_rows, np.int64)
    place[dealt] = np.arange(n_rows) % count
    return place


def fold_times(plan: Plan, times: np.ndarray, *, count: int) -> Plan:
    """Folds in the order of time: each trains on all rows before those that are kept out.

    The learning rows are cut into one block more than folds; the first is only trained on.

    Args:
        plan: whose test rows stay.
        times: (row,) whole numbers that grow with time.
        count: how many folds.

    Raises:
        GoodfitError: if there are not more different times than folds.

    >>> plan = split_times(np.arange(8), ratios=(0.5, 0.25, 0.25))
    >>> [fold.validation.tolist() for fold in fold_times(plan, np.arange(8), count=2).folds]
    [[2, 3], [4, 5]]
    """
    rows = plan.learning
    place = _in_order(times[rows], np.full(count + 1, 1 / (count + 1)))
    folds = (Fold(rows[place < number], rows[place == number]) for number in range(1, count + 1))
    return replace(plan, folds=tuple(folds))


def _random(seed: int, purpose: str) -> np.random.Generator:
    return np.random.Generator(np.random.PCG64(derive_seed(seed, purpose)))


def _apart(
    groups: np.ndarray, classes: np.ndarray | None, shares: np.ndarray, random: np.random.Generator
) -> np.ndarray:
    """Part of each group, (group,), each part with a group at least.

    The largest come first, each into the part that lacks most of what it brings.
    """
    n_groups, n_parts = int(groups.max()) + 1, len(shares)
    if n_groups < n_parts:
        raise GoodfitError("data.too_few_groups", n_groups=n_groups, n_parts=n_parts)
    classes = np.zeros(len(groups), np.int64) if classes is None else classes
    n_classes = int(classes.max()) + 1
    counts = np.bincount(groups * n_classes + classes, minlength=n_groups * n_classes)
    counts = counts.reshape(n_groups, n_classes)
    # What a group brings, (group, 1 + class): its share of all rows, and of those of each class.
    brought = np.column_stack([counts.sum(axis=1), counts]).astype(np.float64)
    brought /= np.maximum(brought.sum(axis=0), 1)
    lacking = np.ones((n_classes + 1, n_parts))  # as a share of what the part shall have
    place, empty = np.empty(n_groups, np.int64), set(range(n_parts))
    order = np.lexsort((random.permutation(n_groups), -brought.max(axis=1)))
    for done, group in enumerate(order):
        # Least squares, in the terms of chi-square: (is - shall be)^2 / shall be.
        gain = brought[group] @ lacking - brought[group] @ brought[group] / (2 * shares)
        if n_groups - done <= len(empty):  # the last groups go where none is yet
            gain[[part for part in range(n_parts) if part not in empty]] = -np.inf
        part = int(gain.argmax())
        place[group] = part
        lacking[:, part] -= brought[group] / shares[part]
        empty.discard(part)
    return place


def _in_order(times: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Part of each row, (row,): in the order of time, each part with a time at least."""
    _, inverse, counts = np.unique(times, return_inverse=True, return_counts=True)
    n_times, n_parts = len(counts), len(shares)
    if n_times < n_parts:
        raise GoodfitError("data.too_few_times", n_times=n_times, n_parts=n_parts)
    before, wish = np.cumsum(counts), np.cumsum(shares) * len(times)
    cuts, end = list[int](), n_times
    for part in reversed(range(n_parts - 1)):  # the cut after this part, as a number of times
        end = part + 1 + int(np.abs(before[part : end - 1] - wish[part]).argmin())
        cuts.append(end)
    return np.searchsorted(cuts[::-1], np.arange(n_times), side="right")[inverse]


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
