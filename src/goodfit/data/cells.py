"""Cells of one column: words trimmed, markers of missing cells, numbers in words.

Everything here runs over whole Arrow columns, for a table has millions of cells.
"""

# pyarrow brings no types, and makes its functions for columns when it is imported.
# pyright: reportAttributeAccessIssue=false, reportUnknownParameterType=false

from __future__ import annotations

from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Decimal = Literal[".", ","]

#: Words that say "nothing here", beside the empty cell.
MARKERS = ("NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "?", "-", "#N/A")
EXPONENT = r"([eE][+-]?\d+)?"
POINT_NUMBER = rf"^[+-]?(\d+\.?\d*|\.\d+){EXPONENT}$|^[+-]?(?i:inf|infinity)$"
COMMA_NUMBER = rf"^[+-]?((\d+|\d{{1,3}}(\.\d{{3}})+)(,\d*)?|,\d+){EXPONENT}$"


def holds_words(column: pa.ChunkedArray) -> bool:
    """Whether the cells are text, as all of a text file are."""
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    return pa.types.is_string(kind) or pa.types.is_large_string(kind)


def holds_numbers(column: pa.ChunkedArray) -> bool:
    """Whether the cells are typed numbers."""
    kind = column.type
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The same cells without a dictionary."""
    if not pa.types.is_dictionary(column.type):
        return column
    chunks = [chunk.dictionary_decode() for chunk in column.chunks]
    return pa.chunked_array(chunks, column.type.value_type)


def trimmed(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Words without white space around them, as ``string``."""
    return pc.utf8_trim_whitespace(decoded(column)).cast(pa.string())


def without_markers(words: pa.ChunkedArray, *, keep: tuple[str, ...] = ()) -> pa.ChunkedArray:
    """Trimmed words, null where they say that nothing is there.

    Args:
        words: trimmed.
        keep: markers that are meant as words here, such as classes called ``+`` and ``-``.
    """
    markers = ["", *(marker for marker in MARKERS if marker not in keep)]
    missing = pc.is_in(words, value_set=pa.array(markers, pa.string()))
    if not pc.any(missing).as_py():
        return words
    return pc.if_else(missing, pa.scalar(None, pa.string()), words)


def found_markers(column: pa.ChunkedArray, *, keep: tuple[str, ...] = ()) -> tuple[list[str], int]:
    """Which markers a column of words holds, white space as a blank, and in how many cells."""
    raw = decoded(column).cast(pa.string())
    words = pc.utf8_trim_whitespace(raw)
    markers = [marker for marker in MARKERS if marker not in keep]
    marked = pc.filter(words, pc.is_in(words, value_set=pa.array(markers, pa.string())))
    blank = pc.and_(pc.equal(words, ""), pc.greater(pc.binary_length(raw), 0))
    n_blank = pc.sum(blank).as_py() or 0
    found = sorted(pc.unique(marked).to_pylist())
    return [" "] * (n_blank > 0) + found, len(marked) + n_blank


def numbers_in(
    words: pa.ChunkedArray, *, decimal: Decimal = "."
) -> tuple[np.ndarray, np.ndarray | None]:
    """Read trimmed words, null where missing, as numbers.

    Args:
        words: from :func:`without_markers`.
        decimal: mark of the fraction; a comma allows points between thousands.

    Returns:
        (row,) float64, NaN where missing or no number, and (row,) bool that is true where a
        word is no number; None instead if there is none.
    """
    if decimal == ".":
        numbers = _cast(words)
        if numbers is not None:
            return numbers, None
    matching = pc.match_substring_regex(words, POINT_NUMBER if decimal == "." else COMMA_NUMBER)
    usable = pc.if_else(matching, words, pa.scalar(None, pa.string()))
    if decimal == ",":
        usable = pc.replace_substring(pc.replace_substring(usable, ".", ""), ",", ".")
    numbers = to_numpy(usable.cast(pa.float64()))
    strange = np.asarray(pc.fill_null(pc.invert(matching), False))  # noqa: FBT003
    return numbers, strange if strange.any() else None


def plain_numbers(words: pa.ChunkedArray) -> np.ndarray | None:
    """Words as they were read as (row,) float64, if each is a number or missing as it stands.

    A quick look before the thorough one: white space and words that are no numbers need
    :func:`trimmed` and :func:`numbers_in`, which read what this reads as the same numbers.

    >>> plain_numbers(pa.chunked_array([["1", "NA"]])), plain_numbers(pa.chunked_array([[" 1"]]))
    (array([ 1., nan]), None)
    """
    numbers = _cast(words)
    return _cast(without_markers(words)) if numbers is None else numbers


def _cast(words: pa.ChunkedArray) -> np.ndarray | None:
    """Words as numbers where Arrow takes each for one, NaN where null; else None."""
    try:
        numbers = to_numpy(words.cast(pa.float64()))
    except pa.ArrowInvalid:
        return None
    return numbers if np.isnan(numbers).sum() == words.null_count else None


def typed_numbers(column: pa.ChunkedArray) -> np.ndarray:
    """Typed numbers or booleans as (row,) float64, NaN where missing."""
    if pa.types.is_floating(column.type) and not column.null_count:
        return to_numpy(column)
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.uint8())
    return to_numpy(column.cast(pa.float64(), safe=False))


def to_numpy(column: pa.ChunkedArray) -> np.ndarray:
    """Floats as (row,) float64, NaN where null."""
    return np.asarray(column.to_numpy(), dtype=np.float64)


def typed_words(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Typed cells as the words that a text file would hold; whole numbers without a point."""
    kind = column.type
    if pa.types.is_boolean(kind):
        return pc.if_else(column, "True", "False")
    if pa.types.is_decimal(kind) or pa.types.is_floating(kind):
        return _float_words(column.cast(pa.float64()), column)
    return column.cast(pa.string())


def _float_words(wide: pa.ChunkedArray, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Floats as their shortest words; a float32 is not made longer by way of a float64."""
    whole = pc.and_(pc.equal(pc.trunc(wide), wide), pc.less(pc.abs(wide), 1e15))
    whole_words = pc.if_else(whole, wide, None).cast(pa.int64()).cast(pa.string())
    short = column if pa.types.is_float32(column.type) else wide
    words = pc.if_else(whole, whole_words, short.cast(pa.string()))
    return pc.if_else(pc.is_nan(wide), pa.scalar(None, pa.string()), words)
