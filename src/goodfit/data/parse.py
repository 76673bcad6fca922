"""Columns read as numbers, as words, or as what is to be predicted."""

# pyarrow brings no types, and makes its functions for columns when it is imported.
# pyright: reportAttributeAccessIssue=false, reportUnknownParameterType=false

from __future__ import annotations

from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodfit.core.errors import GoodfitError
from goodfit.data.cells import (
    Decimal,
    decoded,
    holds_numbers,
    holds_words,
    numbers_in,
    plain_numbers,
    trimmed,
    typed_numbers,
    typed_words,
    without_markers,
)
from goodfit.data.schema import Level, Target
from goodfit.data.table import Table

# Networks compute with float32.
LARGEST_NUMBER = float(np.finfo(np.float32).max)
# A whole number as tables write it that keep whole numbers as floats; codes such as 007.0 stay.
WHOLE_WITH_POINT = r"^([+-]?(?:0|[1-9]\d*))\.0+$"
TRUTHS = {"true": 1.0, "false": 0.0, "1": 1.0, "0": 0.0}


def read_numbers(table: Table, name: str, *, decimal: Decimal = ".") -> np.ndarray:
    """One column as numbers, whatever holds them.

    Args:
        table: where the column is.
        name: of the column.
        decimal: mark that words are read with; a comma allows points between thousands.

    Returns:
        (row,) float64, NaN where a cell is missing.

    Raises:
        GoodfitError: if words stand among the numbers, or a number is infinite or beyond what
            float32 holds; it names the rows.

    >>> import pyarrow as pa
    >>> table = Table({"x": pa.chunked_array([["1", " 2.5", "NA"]])}, 3)
    >>> read_numbers(table, "x")
    array([1. , 2.5, nan])
    """
    column = decoded(table.columns[name])
    if holds_words(column):
        numbers = _numbers_of_words(table, name, column, decimal=decimal)
    elif holds_numbers(column) or pa.types.is_boolean(column.type):
        numbers = typed_numbers(column)
    elif pa.types.is_null(column.type):
        numbers = np.full(table.n_rows, np.nan)
    else:
        raise GoodfitError("data.not_numbers", column=name, what=str(column.type))
    check_range(table, name, numbers)
    return numbers


def _numbers_of_words(
    table: Table, name: str, column: pa.ChunkedArray, *, decimal: Decimal
) -> np.ndarray:
    plain = plain_numbers(column) if decimal == "." else None
    if plain is not None:
        return plain
    words = without_markers(trimmed(column))
    numbers, strange = numbers_in(words, decimal=decimal)
    if strange is not None:
        raise words_among_numbers(table, name, words, strange)
    return numbers


def read_words(table: Table, name: str) -> pa.ChunkedArray:
    """One column as words: trimmed, null where missing, whole numbers without ``.0``.

    The same cell gives the same word, whether it stands in a text file or in a typed column.

    Raises:
        GoodfitError: if the cells are lists or the like.

    >>> import pyarrow as pa
    >>> cells = {"x": pa.chunked_array([[3.0, 2.5]]), "y": pa.chunked_array([["3", "3.0"]])}
    >>> [read_words(Table(cells, 2), name).to_pylist() for name in cells]
    [['3', '2.5'], ['3', '3']]
    """
    column = decoded(table.columns[name])
    if holds_words(column):
        words = without_markers(trimmed(column))
        return pc.replace_substring_regex(words, WHOLE_WITH_POINT, r"\1")
    plain = pa.types.is_primitive(column.type) or pa.types.is_null(column.type)
    if not (plain or holds_numbers(column)):
        raise GoodfitError("data.cells_nested", column=name, what=str(column.type))
    return typed_words(column)


def read_target(
    table: Table, target: Target, *, unknown: Literal["error", "missing"] = "error"
) -> np.ndarray:
    """What is to be predicted: the number, or the index of the class.

    Args:
        table: where the target's column is.
        target: its name, task and levels.
        unknown: what to do with a class that is no level: refuse it, or call it missing.

    Returns:
        (row,) float64, NaN where missing.

    Raises:
        GoodfitError: for a class that is no level, and as :func:`read_numbers`.

    >>> import pyarrow as pa
    >>> from goodfit.core.remarks import Remark
    >>> reason = Remark("data.task_words")
    >>> target = Target(name="y", task="binary", levels=("no", "yes"), reason=reason)
    >>> read_target(Table({"y": pa.chunked_array([["yes", "no", ""]])}, 3), target)
    array([ 1.,  0., nan])
    """
    if not target.levels:
        return read_numbers(table, target.name, decimal=target.decimal)
    indices, strange = _levels_in(decoded(table.columns[target.name]), table, target)
    if strange.any() and unknown == "error":
        words = read_words(table, target.name).filter(pa.array(strange))
        raise GoodfitError(
            "data.level_unknown",
            column=target.name,
            count=int(strange.sum()),
            rows=table.say_rows(np.flatnonzero(strange)),
            words=pc.unique(words).to_pylist(),
            levels=[str(level) for level in target.levels],
        )
    return indices


def read_targets(table: Table, targets: tuple[Target, ...]) -> np.ndarray:
    """What is to be predicted: (row,) of one target, (row, target) of several.

    Raises:
        GoodfitError: as :func:`read_target`.
    """
    columns = [read_target(table, target) for target in targets]
    return columns[0] if len(columns) == 1 else np.column_stack(columns)


def _levels_in(
    column: pa.ChunkedArray, table: Table, target: Target
) -> tuple[np.ndarray, np.ndarray]:
    """Index of each cell's level, NaN where it has none; and where a filled cell has none."""
    levels = target.levels
    if isinstance(levels[0], str):
        words = read_words(table, target.name)
        if holds_words(column):
            words = without_markers(trimmed(column), keep=tuple(map(str, levels)))
        return _index(words, [str(level) for level in levels])
    if isinstance(levels[0], bool) and holds_words(column):
        words = pc.utf8_lower(without_markers(trimmed(column)))
        found, strange = _index(words, list(TRUTHS))
        truths = np.array([*TRUTHS.values(), np.nan])
        numbers = truths[np.where(np.isnan(found), len(TRUTHS), found).astype(int)]
    elif holds_words(column):
        numbers, words_found = numbers_in(without_markers(trimmed(column)), decimal=target.decimal)
        strange = np.zeros(len(numbers), bool) if words_found is None else words_found
    else:
        numbers = read_numbers(table, target.name)
        strange = np.zeros(len(numbers), bool)
    return _nearest(numbers, levels, strange)


def _index(words: pa.ChunkedArray, levels: list[str]) -> tuple[np.ndarray, np.ndarray]:
    index = pc.index_in(words, value_set=pa.array(levels, pa.string()))
    indices = np.asarray(index.cast(pa.float64()).to_numpy())
    return indices, np.isnan(indices) & np.asarray(pc.is_valid(words))


def _nearest(
    numbers: np.ndarray, levels: tuple[Level, ...], strange: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    known = np.array(levels, dtype=np.float64)
    place = np.searchsorted(known, numbers).clip(max=len(known) - 1)
    equal = known[place] == numbers
    indices = np.where(equal, place, np.nan)
    return indices, strange | (~equal & ~np.isnan(numbers))


def check_range(table: Table, name: str, numbers: np.ndarray) -> None:
    """Refuse numbers that are infinite or that float32 cannot hold, by their rows."""
    least, most = numbers.min(initial=0.0), numbers.max(initial=0.0)
    if least >= -LARGEST_NUMBER and most <= LARGEST_NUMBER:  # neither is so where one is missing
        return
    with np.errstate(invalid="ignore"):
        beyond = np.abs(numbers) > LARGEST_NUMBER
    if beyond.any():
        rows = table.say_rows(np.flatnonzero(beyond))
        raise GoodfitError("data.number_beyond", column=name, count=len(rows), rows=rows)


def words_among_numbers(
    table: Table, name: str, words: pa.ChunkedArray, strange: np.ndarray
) -> GoodfitError:
    """The error that names words among numbers, their rows and the two ways out.

    Args:
        table: where the column is.
        name: of the column.
        words: trimmed, null where missing.
        strange: (row,) true where a word is no number.
    """
    rows = table.say_rows(np.flatnonzero(strange))
    found = pc.unique(words.filter(pa.array(strange))).to_pylist()
    return GoodfitError(
        "data.words_among_numbers", column=name, count=len(rows), rows=rows, words=found
    )
