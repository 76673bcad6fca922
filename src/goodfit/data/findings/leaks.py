"""Columns that give the target away: copies, the same in other words, and near-perfect ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from goodfit.core.findings import finding
from goodfit.core.randomness import derive_seed
from goodfit.core.remarks import Remark
from goodfit.data.findings.cells import Cells, Goal, percent, ranks

# Of fewer rows a copy, or whatever fits nearly, may be chance.
FEWEST_TO_COPY, FEWEST_ROWS = 20, 50
# What a column alone leaves open, as a share of the spread of the target's ranks or of the
# errors without it. What is measured twice, or written afterwards, leaves next to nothing;
# on twenty well-known tables the best honest column leaves 0.07 (carats of a diamond for its
# price), and that one is known for it. So a column that leaves less than ``SERIOUS`` is hardly
# ever an honest one; one that leaves less than ``SUSPICIOUS`` may be, and is only spoken of
# where it stands out: the others leave ``OUTSTANDING`` times as much, in the middle.
SERIOUS = {"numbers": 0.001, "classes": 0.02}
SUSPICIOUS = {"numbers": 0.01, "classes": 0.1}
OUTSTANDING = 5.0
# With fewer others there is nothing to stand out from.
FEWEST_OTHERS = 2
# Errors that are made without the column, at least: fewer say nothing of it.
FEWEST_ERRORS = 20
# Bins of a column of numbers, and rows in each, at least.
MOST_BINS, ROWS_A_BIN = 64, 5
# Residue of a straight line from one column to another that is rounding only.
EXACT = 1e-6


def of_leaks(columns: Sequence[Cells], goal: Goal, *, seed: int) -> Iterator[Remark]:
    """What gives the target away.

    A single feature is what the target is to be predicted from, however well it does so;
    only a copy of the target is spoken of then.

    Args:
        columns: the features.
        goal: the target of the same rows.
        seed: of the halves, of which each is predicted from the other.
    """
    if len(goal.values) < FEWEST_TO_COPY:
        return
    known = {cells.name: code for cells in columns if (code := _same(cells, goal))}
    alone = len(columns) == 1
    for cells in columns:
        code = known.get(cells.name)
        if code and not (alone and code != "data.target_copy"):
            params = {"column": cells.name, "target": goal.name, "count": len(goal.values)}
            n_values = len(np.unique(goal.values))
            yield finding(code, params | ({"n_values": n_values} if "recoded" in code else {}))
    judged = [cells for cells in columns if cells.name not in known and cells.kind != "text"]
    if len(columns) > 1 and len(goal.values) >= FEWEST_ROWS:
        yield from _near_perfect(judged, goal, seed=seed)


def _near_perfect(columns: Sequence[Cells], goal: Goal, *, seed: int) -> Iterator[Remark]:
    """Columns that tell nearly all by themselves, in rows that they were not learnt from."""
    usual = _usual_error(goal)
    if usual * len(goal.values) < FEWEST_ERRORS and goal.task == "classes":
        return
    random = np.random.Generator(np.random.PCG64(derive_seed(seed, "findings")))
    half = random.permutation(len(goal.values)) % 2 == 0
    open_shares = {cells.name: left_open(cells, goal, half) for cells in columns}
    for name, left in open_shares.items():
        others = [share for other, share in open_shares.items() if other != name]
        params = {"column": name, "target": goal.name, "count": len(goal.values)}
        params |= {"percent": percent(left * usual)}
        if goal.task == "classes":
            params |= {"usual": percent(usual)}
        if left < SERIOUS[goal.task]:
            code = "data.gives_class_away" if goal.levels else "data.gives_number_away"
            yield finding(code, params)
        elif left < SUSPICIOUS[goal.task] and len(others) >= FEWEST_OTHERS:
            middle = float(np.median(others))
            if middle >= OUTSTANDING * left:
                code = "data.tells_class_alone" if goal.levels else "data.tells_number_alone"
                yield finding(code, params | {"others": percent(middle * usual)})


def _usual_error(goal: Goal) -> float:
    """Share of wrong rows if the most frequent class is always said; 1 for numbers."""
    if goal.task == "numbers":
        return 1.0
    counts = np.bincount(goal.values.astype(np.int64))
    return 1 - float(counts.max() / counts.sum())


def left_open(cells: Cells, goal: Goal, half: np.ndarray) -> float:
    """What a column alone leaves open of the target, each half predicted from the other.

    Args:
        cells: the column.
        goal: the target.
        half: (row,) which rows are the first half.

    Returns:
        The share of the spread of the target's ranks, or of the errors without the column.
    """
    values = ranks(goal.values) if goal.task == "numbers" else goal.values.astype(np.int64)
    wrong = without = 0.0
    for learnt in (half, ~half):
        place, n_places = _places(cells, learnt)
        seen, other = place[learnt], place[~learnt]
        if goal.task == "numbers":
            counts = np.bincount(seen, minlength=n_places)
            sums = np.bincount(seen, weights=values[learnt], minlength=n_places)
            mean = values[learnt].mean()
            told = np.where(counts, sums / np.maximum(counts, 1), mean)[other]
            wrong += float(((values[~learnt] - told) ** 2).sum())
            without += float(((values[~learnt] - mean) ** 2).sum())
            continue
        n_levels = len(goal.levels)
        counts = np.bincount(seen * n_levels + values[learnt], minlength=n_places * n_levels)
        counts = counts.reshape(n_places, n_levels)
        usual = counts.sum(axis=0).argmax()
        said = np.where(counts.any(axis=1), counts.argmax(axis=1), usual)[other]
        wrong += int((said != values[~learnt]).sum())
        without += int((values[~learnt] != usual).sum())
    return wrong / without if without else 1.0


def _places(cells: Cells, learnt: np.ndarray) -> tuple[np.ndarray, int]:
    """Level, value or bin of each row, (row,), 0 where the cell is missing; how many there are."""
    if cells.codes is not None:
        return cells.codes + 1, len(cells.words) + 1
    assert cells.numbers is not None
    seen = cells.numbers[learnt & ~cells.missing]
    edges = np.unique(seen)
    if len(edges) > MOST_BINS:
        n_bins = min(MOST_BINS, max(len(seen) // ROWS_A_BIN, 2))
        edges = np.unique(np.quantile(seen, np.arange(1, n_bins) / n_bins))
    place = np.searchsorted(edges, cells.numbers, side="left") + 1
    return np.where(cells.missing, 0, place), len(edges) + 2


def _same(cells: Cells, goal: Goal) -> str | None:
    """Which kind of copy of the target a column is; None if it is none."""
    if cells.missing.any():
        return None
    if cells.numbers is not None and goal.task == "numbers":
        if bool((cells.numbers == goal.values).all()):
            return "data.target_copy"
        return "data.target_rescaled" if _on_a_line(cells.numbers, goal.values) else None
    if goal.task == "numbers":
        return None
    codes, levels = cells.as_codes(), goal.values.astype(np.int64)
    n_codes, n_levels = len(np.unique(codes)), len(np.unique(levels))
    if not n_codes == n_levels > 1:
        return None
    pairs = np.unique(codes * len(goal.levels) + levels)
    if len(pairs) != n_levels:
        return None
    paired = np.column_stack(np.divmod(pairs, len(goal.levels))).tolist()
    words = cells.words
    equal = bool(words) and all(words[code] == goal.levels[level] for code, level in paired)
    return "data.target_copy" if equal or _as_levels(cells, goal) else "data.target_recoded"


def _as_levels(cells: Cells, goal: Goal) -> bool:
    """Whether numbers are the words of the classes that they stand beside."""
    if cells.numbers is None:
        return False
    try:
        levels = np.array([float(level) for level in goal.levels])
    except ValueError:
        return False
    return bool((levels[goal.values.astype(np.int64)] == cells.numbers).all())


def _on_a_line(x: np.ndarray, y: np.ndarray) -> bool:
    """Whether a straight line leads from one column of numbers to another, but for rounding."""
    dx, dy = x - x.mean(), y - y.mean()
    spread, product = float(dx @ dx), float(dx @ dy)
    if not spread or not np.isfinite(spread) or not np.isfinite(product):
        return False
    residue = dy - product / spread * dx
    return bool(np.abs(residue).max() <= EXACT * np.abs(dy).max())
