"""Findings about the rows: how many there are, which are alike, and which belong together."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings
from goodfit.data.findings.cells import Cells, Goal, percent, ranks
from goodfit.data.findings.columns import names_id
from goodfit.data.mixing import mixed

# Fewer rows for each column, and chance finds columns that fit.
ROWS_A_COLUMN = 5
# Copies are spoken of from this share of the rows on, and this many.
COPIES, FEWEST_COPIES = 0.01, 3
# How much more often than independent columns would have it rows are equal, before that is
# more than chance: columns that go together are equal together.
BEYOND_CHANCE = 10.0
# Rows that follow each other in time have like targets from this correlation of ranks on, ...
CORRELATED = 0.2
# ... groups from this share of the spread on; both if chance would not bring it once in a million.
EXPLAINED, SURE = 0.2, 5.0
# Fewer groups are classes of things, not things; larger ones have many new rows to come.
FEWEST_GROUPS, LARGEST_GROUP, SMALLEST_GROUP = 10, 100, 1.5
# Of fewer rows no correlation is sure.
FEWEST_ROWS = 50
#: A code of something: letters and digits, or digits that begin with a zero.
CODE = re.compile(r"(?=.*\d)[\w\-./ ]*[^\W\d][\w\-./ ]*|0\d+")


def of_counts(n_rows: int, n_columns: int) -> Iterator[Remark]:
    """Whether there are few rows for so many columns."""
    if n_rows < ROWS_A_COLUMN * n_columns and n_columns > 1:
        params = {"n_rows": n_rows, "n_columns": n_columns, "least": ROWS_A_COLUMN}
        yield finding("data.few_rows_for_columns", params)


def of_copies(columns: Sequence[Cells], goals: Sequence[Goal]) -> Iterator[Remark]:
    """Rows that are equal in every column and target."""
    codes = codes_of(columns, goals)
    n_rows = len(goals[0].values)
    count = n_rows - len(np.unique(row_keys(codes)))
    enough = count >= max(FEWEST_COPIES, COPIES * n_rows)
    if enough and not by_chance(codes, count / n_rows, n_rows):
        params = {"count": count, "n_rows": n_rows, "percent": percent(count / n_rows)}
        yield finding("data.copies", params)


def codes_of(columns: Sequence[Cells], goals: Sequence[Goal]) -> list[np.ndarray]:
    """Codes of every column and target, (row,) each: equal where the cells are."""
    found = [cells.as_codes() for cells in columns]
    return found + [np.unique(goal.values, return_inverse=True)[1] for goal in goals]


def row_keys(codes: Sequence[np.ndarray]) -> np.ndarray:
    """(row,) uint64 that are equal where rows are, and otherwise hardly ever.

    >>> keys = row_keys([np.array([0, 1, 0]), np.array([5, 5, 5])])
    >>> bool(keys[0] == keys[2]), bool(keys[0] == keys[1])
    (True, False)
    """
    keys = np.zeros(len(codes[0]), np.uint64)
    for column in codes:
        keys = mixed(keys, column.astype(np.uint64))
    return keys


def by_chance(codes: Sequence[np.ndarray], share: float, n_rows: int) -> bool:
    """Whether so many equal rows are no more than columns of few values bring.

    Args:
        codes: of every column.
        share: of the rows, that have an equal one.
        n_rows: among which they have it.
    """
    alike = 0.0
    for column in codes:
        counts = np.unique(column, return_counts=True)[1]
        alike += float(np.log(((counts / len(column)) ** 2).sum()))
    return share <= BEYOND_CHANCE * n_rows * float(np.exp(alike))


def of_times(columns: Sequence[Cells], goal: Goal, *, settings: Settings) -> Iterator[Remark]:
    """Dates whose order says something of the target, where the rows are divided by chance."""
    if _divided(settings) or len(goal.values) < FEWEST_ROWS:
        return
    for cells in columns:
        if cells.kind != "date" or cells.numbers is None or cells.missing.mean() > 0.5:
            continue
        there = np.flatnonzero(~cells.missing)
        order = there[np.argsort(cells.numbers[there], kind="stable")]
        likeness = _correlation(goal, order)
        if likeness >= CORRELATED and likeness * len(order) ** 0.5 > SURE:
            params = {"column": cells.name, "correlation": round(likeness, 2)}
            yield finding("data.dates_suggest_time", params)


def _correlation(goal: Goal, order: np.ndarray) -> float:
    """Of the targets of rows that follow each other: of their ranks, or of their classes."""
    if goal.task == "numbers":
        values = ranks(goal.values[order])
        centered = values - values.mean()
        return _share(float((centered[1:] * centered[:-1]).sum()), float((centered**2).sum()))
    values = goal.values[order].astype(np.int64)
    chance = float(((np.bincount(values) / len(values)) ** 2).sum())
    return _share(float((values[1:] == values[:-1]).mean()) - chance, 1 - chance)


def of_groups(columns: Sequence[Cells], goal: Goal, *, settings: Settings) -> Iterator[Remark]:
    """Columns of things that have several rows with like targets, where chance divides them."""
    if _divided(settings) or len(goal.values) < FEWEST_ROWS:
        return
    for cells in columns:
        if not names_things(cells):
            continue
        there = np.flatnonzero(~cells.missing)
        groups = np.unique(cells.as_codes()[there], return_inverse=True)[1]
        n_groups = int(groups.max()) + 1 if len(groups) else 0
        size = len(there) / max(n_groups, 1)
        if n_groups < FEWEST_GROUPS or not SMALLEST_GROUP <= size <= LARGEST_GROUP:
            continue
        explained = _explained(goal, there, groups, n_groups)
        # The deviation that the share has where groups are drawn by chance (Kelley 1935).
        noise = (2 * n_groups) ** 0.5 / len(there)
        if explained >= EXPLAINED and explained > SURE * noise:
            params = {"column": cells.name, "n_groups": n_groups, "size": round(size, 1)}
            yield finding("data.groups_suggest_group", params | {"percent": percent(explained)})


def names_things(cells: Cells) -> bool:
    """Whether a column holds names of things: called so, or codes of letters and digits."""
    if cells.kind in {"category", "text", "id"}:
        some = cells.words[:100]
        return names_id(cells.name) or (bool(some) and all(CODE.fullmatch(word) for word in some))
    numbers = cells.numbers
    if cells.kind != "number" or numbers is None or not names_id(cells.name):
        return False
    there = numbers[~cells.missing]
    return bool((there == np.trunc(there)).all())


def _explained(goal: Goal, there: np.ndarray, groups: np.ndarray, n_groups: int) -> float:
    """Share of the target's spread that lies between groups, less what chance puts there.

    Kelley's epsilon squared; of classes that of the columns of 0 and 1 together.
    """
    values = goal.values[there]
    if goal.task == "numbers":
        values = ranks(values)[:, None]
    else:
        values = np.eye(len(goal.levels))[values.astype(np.int64)]
    counts = np.bincount(groups)
    total = float(((values - values.mean(axis=0)) ** 2).sum())
    between = 0.0
    for column in (values - values.mean(axis=0)).T:
        sums = np.bincount(groups, weights=column, minlength=n_groups)
        between += float((sums**2 / counts).sum())
    free = len(values) - n_groups
    if free <= 0 or not total:
        return 0.0
    return 1 - (total - between) / free / (total / (len(values) - 1))


def _divided(settings: Settings) -> bool:
    """Whether a column divides the rows, not chance."""
    return any(name is not None for name in (settings.group, settings.time, settings.part))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
