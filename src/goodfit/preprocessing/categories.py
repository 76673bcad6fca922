"""Columns of categories: one input a level, one code a level, or one number a level."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

import msgspec
import numpy as np

from goodfit.core.errors import GoodfitError
from goodfit.core.remarks import Remark
from goodfit.core.settings import EncodingName
from goodfit.data.parse import read_words
from goodfit.data.table import Table
from goodfit.preprocessing.layout import distinct
from goodfit.preprocessing.levels import (
    FIRST_LEVEL,
    MISSING,
    UNSEEN,
    Levels,
    level_codes,
    levels_of,
)
from goodfit.preprocessing.statistics import deviation_of, mean_of

# Up to this many levels ``auto`` gives each an input of its own: with more, most inputs would
# be zero in nearly every row.
ONE_HOT_LEVELS = 32
# Inputs of one column times training rows that ``one_hot`` may take: one gigabyte of float32.
MOST_ONE_HOT_CELLS = 250_000_000


class CategoryColumn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the encodings of categories share.

    Args:
        name: of the column.
        levels: of the training rows, in order.
        pooled: whether the first level, ``(rare)``, stands for all that are not listed: those
            too rare in the training rows and those that were never seen.
    """

    name: str
    levels: tuple[str, ...]
    pooled: bool = False

    def __post_init__(self) -> None:
        if self.pooled and not self.levels:
            raise ValueError("rare levels need a place")
        if len(set(self.levels[self.pooled :])) != len(self.levels) - self.pooled:
            raise ValueError("levels must differ")

    def codes(self, table: Table) -> np.ndarray:
        """Code of each row, (row,) int64: 0 unseen, 1 missing, 2 and on the levels."""
        codes = level_codes(read_words(table, self.name), self.levels[self.pooled :])
        if self.pooled:
            codes[codes >= FIRST_LEVEL] += 1
            codes[codes == UNSEEN] = FIRST_LEVEL
        return codes


class OneHotColumn(CategoryColumn, frozen=True, kw_only=True, tag_field="encoding", tag="one_hot"):
    """One dense input a level, which is 1 where the cell is that level.

    When: few levels (the default up to 32). Many levels make many inputs that are nearly
    always 0.
    Source: Suits 1957, "Use of dummy variables in regression equations".

    An unseen level is 0 in all of them, and so is a missing cell if no training row had one.

    Args:
        indicator: one more input says whether the cell is missing; made where training rows
            had missing cells.
    """

    indicator: bool

    @classmethod
    def learn(cls, name: str, found: Levels) -> OneHotColumn:
        """Make one of the levels of training rows.

        Raises:
            GoodfitError: for so many levels and rows that the inputs would fill the memory.
        """
        n_cells = len(found.names) * found.n_rows
        if n_cells > MOST_ONE_HOT_CELLS:
            raise GoodfitError(
                "preprocessing.one_hot_too_large",
                column=name,
                n_levels=len(found.names),
                n_rows=found.n_rows,
                most=MOST_ONE_HOT_CELLS,
            )
        gaps = found.missing > 0
        return cls(name=name, levels=found.names, pooled=found.pooled, indicator=gaps)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the dense inputs."""
        words = (*self.levels, "(missing)") if self.indicator else self.levels
        return tuple(f"{self.name}={word}" for word in words)

    def write(self, table: Table, dense: np.ndarray) -> None:
        """Put the inputs of every row into ``dense`` (row, input)."""
        places = np.full(len(self.levels) + FIRST_LEVEL, -1)
        places[FIRST_LEVEL:] = np.arange(len(self.levels))
        if self.indicator:
            places[MISSING] = len(self.levels)
        place = places[self.codes(table)]
        known = np.flatnonzero(place >= 0)
        dense[:] = 0
        dense[known, place[known]] = 1

    def coefficients(self, weights: np.ndarray) -> tuple[float, dict[str, float]]:
        """What a linear function of the inputs adds to the intercept, and each coefficient."""
        return 0.0, dict(zip(distinct(self.inputs), weights.tolist(), strict=True))


class EmbeddingColumn(
    CategoryColumn, frozen=True, kw_only=True, tag_field="encoding", tag="embedding"
):
    """One code a row: 0 for an unseen level, 1 for a missing cell, 2 and on for the levels.

    The network learns a few numbers for each code (`linear`: one for each output).

    When: many levels (the default above 32), each with rows enough to learn from.
    Source: Guo and Berkhahn 2016, arXiv 1604.06737.
    """

    @classmethod
    def learn(cls, name: str, found: Levels) -> EmbeddingColumn:
        """Make one of the levels of training rows."""
        return cls(name=name, levels=found.names, pooled=found.pooled)

    @property
    def n_codes(self) -> int:
        """How many codes there are."""
        return len(self.levels) + FIRST_LEVEL

    @property
    def coded(self) -> str:
        """Name of the codes as one."""
        return self.name

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the codes."""
        return tuple(f"{self.name}={word}" for word in ("(other)", "(missing)", *self.levels))

    def write_codes(self, table: Table, codes: np.ndarray) -> None:
        """Put the code of every row into ``codes`` (row,)."""
        codes[:] = self.codes(table)

    def coefficients(self, weights: np.ndarray) -> tuple[float, dict[str, float]]:
        """What one weight a code adds to the intercept, and each coefficient."""
        return 0.0, dict(zip(distinct(self.inputs), weights.tolist(), strict=True))


class NumberedColumn(CategoryColumn, frozen=True, kw_only=True):
    """One dense input: a number for each level, of mean 0 and deviation 1 in the training rows.

    A missing cell is 0, and so is a level that was never seen, unless it has a place of its own.

    Args:
        numbers: (level,) the input of each level.
        unseen: the input of a level that is none of them.
        indicator: a second input says whether the cell is missing; made where training rows
            had missing cells.
    """

    numbers: tuple[float, ...]
    unseen: float
    indicator: bool

    def __post_init__(self) -> None:
        super().__post_init__()
        if len(self.numbers) != len(self.levels):
            raise ValueError("each level needs a number")

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the dense inputs."""
        return (self.name, f"{self.name}=(missing)") if self.indicator else (self.name,)

    def write(self, table: Table, dense: np.ndarray) -> None:
        """Put the inputs of every row into ``dense`` (row, input)."""
        codes = self.codes(table)
        dense[:, 0] = np.array([self.unseen, 0.0, *self.numbers])[codes]
        if self.indicator:
            dense[:, 1] = codes == MISSING

    def coefficients(self, weights: np.ndarray) -> tuple[float, dict[str, float]]:
        """What a linear function of the inputs adds to the intercept where the cell is a level."""
        slope, missing = float(weights[0]), float(weights[1]) if self.indicator else 0.0
        words = ("(other)", "(missing)", *self.levels)
        added = (slope * self.unseen, missing, *(slope * number for number in self.numbers))
        names = distinct(f"{self.name}={word}" for word in words)
        return 0.0, dict(zip(names, added, strict=True))


class OrdinalColumn(NumberedColumn, frozen=True, kw_only=True, tag_field="encoding", tag="ordinal"):
    """The place of a level in their order, as one number of mean 0 and deviation 1.

    The order is that of their numbers where all levels are numbers, else of the alphabet.
    Rare levels that share a place stand before all others.

    When: levels that rise in that order (1 to 5; a, b, c), or far too many for an input each. A
    network reads meaning into any order.
    Source: Stevens 1946, "On the theory of scales of measurement" (ordinal scales).
    """

    @classmethod
    def learn(cls, name: str, found: Levels) -> OrdinalColumn:
        """Make one of the levels of training rows."""
        numbers = _standardized(np.arange(float(len(found.names))), found.share)
        return cls(
            name=name,
            levels=found.names,
            pooled=found.pooled,
            numbers=numbers,
            unseen=0.0,
            indicator=found.missing > 0,
        )


class CountColumn(NumberedColumn, frozen=True, kw_only=True, tag_field="encoding", tag="count"):
    """The logarithm of the number of training rows of a level, with mean 0 and deviation 1.

    A level that was never seen counts as the rarest.

    When: very many levels (postcodes, products) whose being common or rare tells something.
    Levels of equal count become one.
    Source: Micci-Barreca 2001, "A preprocessing scheme for high-cardinality categorical
    attributes" (which replaces a level by a statistic of its rows); Pargent et al. 2022,
    arXiv 2104.00629 (frequency encoding).
    """

    @classmethod
    def learn(cls, name: str, found: Levels) -> CountColumn:
        """Make one of the levels of training rows."""
        numbers = _standardized(np.log(found.share), found.share)
        return cls(
            name=name,
            levels=found.names,
            pooled=found.pooled,
            numbers=numbers,
            unseen=min(numbers, default=0.0),
            indicator=found.missing > 0,
        )


AnyCategory = OneHotColumn | EmbeddingColumn | OrdinalColumn | CountColumn

#: The encodings of categories, by the names that the setting has for them.
ENCODINGS: Mapping[EncodingName, type[AnyCategory]] = {
    "one_hot": OneHotColumn,
    "embedding": EmbeddingColumn,
    "ordinal": OrdinalColumn,
    "count": CountColumn,
}


def learn_category(
    table: Table, name: str, *, encoding: str, weight: np.ndarray, least_rows: int = 1
) -> tuple[AnyCategory, int, tuple[Remark, ...]]:
    """Levels from training rows.

    Args:
        table: the training rows.
        name: of the column.
        encoding: a name in ``ENCODINGS``, or ``auto``.
        weight: (row,) above zero.
        least_rows: levels of fewer rows share one.

    Returns:
        The column, how many of its cells are missing, and what is worth saying about it.
    """
    found, remarks = levels_of(read_words(table, name), name, weight=weight, least_rows=least_rows)
    if encoding == "auto":
        encoding = "one_hot" if len(found.names) <= ONE_HOT_LEVELS else "embedding"
    kind = ENCODINGS[cast("EncodingName", encoding)]
    return kind.learn(name, found), found.missing, remarks


def _standardized(numbers: np.ndarray, share: np.ndarray) -> tuple[float, ...]:
    """Numbers of levels with mean 0 and deviation 1 in the training rows; all 0 if they are one."""
    if not len(numbers):
        return ()
    scale = deviation_of(numbers, share) or 1.0
    return tuple(((numbers - mean_of(numbers, share)) / scale).tolist())
