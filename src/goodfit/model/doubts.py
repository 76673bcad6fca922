"""Rows to doubt: what is done with rows that look otherwise than those that trained a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from goodfit.core.errors import GoodfitError

if TYPE_CHECKING:
    from goodfit.data.table import Table
    from goodfit.preprocessing.seen import Doubt

#: What is done with rows to doubt: nothing; a column says why; an error names them.
Policy = Literal["accept", "flag", "refuse"]
POLICIES: tuple[Policy, ...] = ("accept", "flag", "refuse")
# Reasons and rows that an error names.
SHOWN = 6


def check_policy(doubt: str) -> None:
    """See that there is such a policy.

    Raises:
        GoodfitError: if there is none; it lists them.
    """
    if doubt not in POLICIES:
        raise GoodfitError("model.doubt_unknown", given=doubt, known=list(POLICIES))


def reasons(doubts: Sequence[Doubt], n_rows: int) -> np.ndarray:
    """(row,) why each row may be doubted, as codes with columns; empty where nothing is amiss.

    >>> from goodfit.preprocessing.seen import Doubt
    >>> rows = np.array([True, False])
    >>> reasons([Doubt("far", None, rows), Doubt("filled_in", "age", rows)], 2).tolist()
    ['far; filled_in: age', '']
    """
    found = [list[str]() for _ in range(n_rows)]
    for doubt in doubts:
        text = doubt.flag if doubt.column is None else f"{doubt.flag}: {doubt.column}"
        for row in np.flatnonzero(doubt.rows):
            found[row].append(text)
    return np.array(["; ".join(texts) for texts in found], dtype=object)


def refuse(doubts: Sequence[Doubt], table: Table) -> None:
    """Refuse rows to doubt.

    Raises:
        GoodfitError: naming the rows, and why.
    """
    if not doubts:
        return
    every = np.logical_or.reduce([doubt.rows for doubt in doubts])
    why: list[Any] = [
        doubt.flag if doubt.column is None else f"{doubt.flag} ({doubt.column})"
        for doubt in doubts[:SHOWN]
    ]
    raise GoodfitError(
        "model.rows_doubted",
        count=int(every.sum()),
        rows=table.say_rows(np.flatnonzero(every)[:SHOWN]),
        why=why,
    )
