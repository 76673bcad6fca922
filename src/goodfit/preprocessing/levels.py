"""The levels of a column of categories: their order, their codes, the rare ones as one."""

# pyarrow.compute makes its functions when it is loaded, so that no type checker sees them.
# pyright: reportAttributeAccessIssue=false, reportUnknownParameterType=false

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.data.cells import numbers_in

UNSEEN, MISSING, FIRST_LEVEL = 0, 1, 2
#: How the level is called that rare ones share; it stands first.
RARE = "(rare)"


def level_codes(words: pa.ChunkedArray, levels: tuple[str, ...]) -> np.ndarray:
    """Code of each word, (row,) int64: 0 unseen, 1 missing, 2 and on the levels.

    >>> level_codes(pa.chunked_array([["red", None, "pink"]]), ("blue", "red")).tolist()
    [3, 1, 0]
    """
    place = pc.index_in(words, value_set=pa.array(levels, pa.string()))
    codes = place.fill_null(-FIRST_LEVEL).to_numpy().astype(np.int64) + FIRST_LEVEL
    codes[np.asarray(words.is_null())] = MISSING
    return codes


@dataclass(frozen=True)
class Levels:
    """The levels of a column's training rows.

    Args:
        names: of the levels, in order.
        share: (level,) of the training rows' weight that has a cell.
        pooled: whether rare levels share the first, ``(rare)``.
        n_rows: how many training rows there are.
        missing: how many of them have no cell.
    """

    names: tuple[str, ...]
    share: np.ndarray
    pooled: bool
    n_rows: int
    missing: int


def levels_of(
    words: pa.ChunkedArray, name: str, *, weight: np.ndarray, least_rows: int
) -> tuple[Levels, tuple[Remark, ...]]:
    """The different words in order, those of fewer than ``least_rows`` rows as one.

    Their names are kept nowhere, be it only one: what few rows say is then not in the model.
    """
    names = in_order([word for word in pc.unique(words).to_pylist() if word is not None])
    codes = level_codes(words, names)
    filled = codes >= FIRST_LEVEL
    places = codes[filled] - FIRST_LEVEL
    total = np.bincount(places, weights=weight[filled], minlength=len(names))
    rare = np.bincount(places, minlength=len(names)) < least_rows
    remarks: tuple[Remark, ...] = ()
    pooled = bool(rare.any())
    if pooled:
        n_rows = int(rare[places].sum())
        params = {"column": name, "n_levels": int(rare.sum()), "n_rows": n_rows}
        remarks = (finding("preprocessing.levels_pooled", params | {"least": least_rows}),)
        total = np.array([total[rare].sum(), *total[~rare]])
        names = (RARE, *(word for word, few in zip(names, rare, strict=True) if not few))
    share = total / total.sum() if len(total) else total
    return Levels(names, share, pooled, len(codes), int((~filled).sum())), remarks


def in_order(words: list[str]) -> tuple[str, ...]:
    """Words sorted: as numbers where all of them are, else by the alphabet.

    >>> in_order(["10", "9"]), in_order(["10", "9", "b"])
    (('9', '10'), ('10', '9', 'b'))
    """
    numbers, strange = numbers_in(pa.chunked_array([words], pa.string()))
    by_number = strange is None and bool(np.isfinite(numbers).all())
    places = dict(zip(words, numbers.tolist(), strict=True)) if by_number else {}
    return tuple(sorted(words, key=lambda word: (places.get(word, 0.0), word)))
