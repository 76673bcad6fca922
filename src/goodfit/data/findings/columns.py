"""Findings about the cells of single columns."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np

from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.data.findings.cells import Cells, percent
from goodfit.data.kinds import ID_ENDING, ID_NAMES

# A column of which more is missing is mostly what stands in for it.
MOSTLY = 0.5
# Levels of a category that are many, if each has fewer rows than this on average.
MANY_LEVELS, ROWS_A_LEVEL = 50, 20
# Of words and numbers in one column, either is more than a slip from this share on.
MIXED = 0.05
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
# Of fewer rows, numbers that all differ say little.
FEWEST_ROWS = 20


def of_columns(columns: Sequence[Cells], *, declared: frozenset[str]) -> Iterator[Remark]:
    """What is strange about single columns.

    Args:
        columns: the features.
        declared: names of those whose kind a person has chosen.
    """
    yield from _id_numbers(columns, declared)
    yield from _listed("data.mostly_missing", _mostly_missing(columns))
    yield from _listed("data.high_cardinality", _many_levels(columns))
    mixed = [cells for cells in columns if cells.name not in declared]
    yield from _listed("data.mixed_types", _mixed(mixed))


def _listed(code: str, found: Iterator[tuple[float, str]]) -> Iterator[Remark]:
    """One finding of several columns, the one with the largest number first."""
    columns = [text for _, text in sorted(found, key=lambda one: -one[0])]
    if columns:
        yield finding(code, {"columns": columns})


def _mostly_missing(columns: Sequence[Cells]) -> Iterator[tuple[float, str]]:
    for cells in columns:
        share = float(cells.missing.mean())
        if share > MOSTLY:
            yield share, f"{cells.name} ({percent(share):g} %)"


def _many_levels(columns: Sequence[Cells]) -> Iterator[tuple[float, str]]:
    for cells in columns:
        if cells.kind != "category" or cells.codes is None:
            continue
        n_levels = len(np.unique(cells.codes[cells.codes >= 0]))
        if n_levels > MANY_LEVELS and len(cells.codes) < ROWS_A_LEVEL * n_levels:
            yield n_levels, f"{cells.name} ({n_levels:,})"


def _mixed(columns: Sequence[Cells]) -> Iterator[tuple[float, str]]:
    for cells in columns:
        if cells.codes is None or not cells.words:
            continue
        numeric = np.array([bool(NUMBER.fullmatch(word)) for word in cells.words])
        share = float(numeric[cells.codes[cells.codes >= 0]].mean())
        if MIXED <= share <= 1 - MIXED:
            yield share, f"{cells.name} ({percent(share):g} %)"


def _id_numbers(columns: Sequence[Cells], declared: frozenset[str]) -> Iterator[Remark]:
    for cells in columns:
        numbers = cells.numbers
        if numbers is None or cells.kind != "number" or cells.name in declared:
            continue
        if len(numbers) < FEWEST_ROWS or not names_id(cells.name) or cells.missing.any():
            continue
        whole = bool((numbers == np.trunc(numbers)).all())
        if whole and len(np.unique(numbers)) == len(numbers):
            yield finding("data.id_number", {"column": cells.name})


def names_id(name: str) -> bool:
    """Whether a column is called as one that identifies things.

    >>> names_id("customer_id"), names_id("RespondentID"), names_id("paid"), names_id("liquid")
    (True, True, False, False)
    """
    return bool(ID_ENDING.search(name.strip())) or name.strip().lower() in ID_NAMES
