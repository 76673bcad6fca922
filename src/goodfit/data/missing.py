"""Cells that stand for a missing one because the user says so, such as -999."""

# pyarrow brings no types, and makes its functions for columns when it is imported.
# pyright: reportAttributeAccessIssue=false, reportUnknownParameterType=false

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.data.cells import decoded, holds_numbers, holds_words, typed_words
from goodfit.data.table import Table

Marker = str | int | float
# A moment at midnight is the day alone in a marker.
MIDNIGHT = r" 00:00:00(\.0+)?$"


def without_missing(table: Table, markers: Sequence[Marker]) -> tuple[Table, Counter[str]]:
    """The same table with nothing where a marker stood.

    Args:
        table: as it was read.
        markers: words, compared with the whole cell without the white space around it, and
            numbers, which a cell may write with a fraction of zeros.

    Returns:
        The table, and how often each marker was found.

    >>> cells = {"x": [1, -999], "y": ["-999.0", "b"]}
    >>> table = Table({name: pa.chunked_array([column]) for name, column in cells.items()}, 2)
    >>> table, found = without_missing(table, ["-999"])
    >>> table.columns["x"].to_pylist(), table.columns["y"].to_pylist(), found["-999"]
    ([1, None], [None, 'b'], 2)
    """
    counts: Counter[str] = Counter()
    if not markers:
        return table, counts
    columns = {name: _emptied(column, markers, counts) for name, column in table.columns.items()}
    return replace(table, columns=columns), counts


def missing_remarks(counts: Counter[str], markers: Sequence[Marker]) -> tuple[Remark, ...]:
    """What was found of each marker; one that stands nowhere is likely a slip."""
    absent = [str(marker) for marker in markers if not counts[str(marker)]]
    found = [f"{marker} ({count:,})" for marker, count in counts.items() if count]
    remarks = [finding("data.missing_as_asked", {"markers": found})] if found else []
    if absent:
        remarks.append(finding("data.missing_nowhere", {"markers": absent}))
    return tuple(remarks)


def _emptied(
    column: pa.ChunkedArray, markers: Sequence[Marker], counts: Counter[str]
) -> pa.ChunkedArray:
    plain = decoded(column)
    kind = plain.type
    if holds_numbers(plain):
        cells = plain.cast(pa.float64(), safe=False)
    elif holds_words(plain):
        cells = pc.utf8_trim_whitespace(plain)
    elif pa.types.is_temporal(kind) and not pa.types.is_duration(kind):
        cells = pc.replace_substring_regex(typed_words(plain), MIDNIGHT, "")
    else:
        return column
    for marker in markers:
        found = _equal(cells, marker)
        count = 0 if found is None else pc.sum(found).as_py() or 0
        if count:
            counts[str(marker)] += count
            found = pc.fill_null(found, False)  # noqa: FBT003
            column = plain = pc.if_else(found, pa.scalar(None, kind), plain)
    return column


def _equal(cells: pa.ChunkedArray, marker: Marker) -> pa.ChunkedArray | None:
    number = _number(marker)
    if not holds_words(cells):
        return None if number is None else pc.equal(cells, number)
    word = str(marker).strip()
    if number is None:
        return pc.equal(cells, word)
    return pc.match_substring_regex(cells, _written(word))


def _number(marker: Marker) -> float | None:
    try:
        number = float(marker)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _written(word: str) -> str:
    """A number as a cell may write it: ``-999`` also as ``-999.0`` or ``-999,00``."""
    whole, point, fraction = word.partition(".")
    fraction = fraction.rstrip("0") if point else ""
    if not (whole + fraction).lstrip("+-").isdigit():
        return f"^{re.escape(word)}$"
    if fraction:
        return rf"^{re.escape(whole)}[.,]{fraction}0*$"
    return rf"^{re.escape(whole)}([.,]0*)?$"
