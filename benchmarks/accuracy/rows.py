"""Which rows train and which score, and what a peer's user makes of them.

The same rows go to every learner, whatever environment it lives in: nothing but NumPy's
generator decides, which draws alike in all its versions.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

TEST_SHARE = 5  # every fifth row scores
# A column of words is one of numbers spoilt by a few cells if at least this share are numbers.
LEAST_NUMBERS = 0.95
# A column of words is left out if more than this share of its cells are different.
MOST_DIFFERENT = 0.5
# What stands for an empty cell where a learner takes words alone.
MISSING = "(missing)"
MONTHS_AND_THE_LIKE = ("year", "month", "day", "dayofweek", "dayofyear", "hour", "minute")


@dataclass(frozen=True)
class Part:
    """Some rows: the features as they are in the file, and the target.

    Args:
        features: (row, column) cells as a user would have them.
        target: (row,) numbers, or classes as given.
    """

    features: pd.DataFrame
    target: pd.Series


@dataclass(frozen=True)
class Split:
    """One table, divided.

    Args:
        training: the rows to fit to.
        test: the rows that score.
        classes: every class of both, sorted; none for regression.
        drawn: a checksum of which rows these are; equal wherever the split is.
    """

    training: Part
    test: Part
    classes: tuple[Any, ...]
    drawn: int

    @property
    def n_rows(self) -> int:
        """Rows of both parts."""
        return len(self.training.target) + len(self.test.target)


def read(entry: dict[str, Any], folder: Path) -> pd.DataFrame:
    """The table of an entry of the manifest, without what it says is to be dropped."""
    path = folder / entry["file"]
    table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    return table.drop(columns=entry.get("drop", []))


def split(table: pd.DataFrame, entry: dict[str, Any], *, seed: int, most_rows: int | None) -> Split:
    """At most so many rows, four fifths to train, one fifth to score, each class alike."""
    order = np.random.default_rng(seed).permutation(len(table))[:most_rows]
    target = table[entry["target"]]
    classes: tuple[Any, ...] = ()
    if entry["task"] != "regression":
        classes = tuple(sorted(target.iloc[order].unique().tolist()))
        codes = target.iloc[order].map({level: i for i, level in enumerate(classes)})
        order = order[np.argsort(codes.to_numpy(), kind="stable")]
    scores = np.arange(len(order)) % TEST_SHARE == TEST_SHARE - 1
    # In the order of the file: sorted by class they would help no learner, and harm some.
    chosen = [np.sort(order[which]) for which in (~scores, scores)]
    parts = [table.iloc[which].reset_index(drop=True) for which in chosen]
    training, test = (
        Part(part.drop(columns=entry["target"]), part[entry["target"]]) for part in parts
    )
    drawn = zlib.crc32(np.concatenate(chosen).astype("<i8").tobytes())
    return Split(training, test, classes, drawn)


@dataclass
class Typed:
    """Columns of a file as a peer's user would give them, learnt on training rows.

    Numbers are floats; dates become several of them; words become categories, but for those
    whose cells are mostly different (names, tickets), which are left out. Columns are called
    ``c0``, ``c1`` …, since not every peer takes every name.

    Args:
        dates: names of the columns that hold dates.
    """

    dates: Sequence[str] = ()
    kinds: dict[str, str] = field(default_factory=dict)
    levels: dict[str, pd.Index] = field(default_factory=dict)
    first_day: dict[str, pd.Timestamp] = field(default_factory=dict)

    def fit_transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """Learn what the columns are, and give them."""
        for name in table:
            self.kinds[name] = self._kind(name, table[name])
            if self.kinds[name] == "words":
                self.levels[name] = pd.Index(sorted(table[name].dropna().astype(str).unique()))
            elif self.kinds[name] == "date":
                self.first_day[name] = pd.to_datetime(table[name]).min()
        return self.transform(table)

    def transform(self, table: pd.DataFrame) -> pd.DataFrame:
        """Columns of floats and of categories; a category not seen in training is missing."""
        columns = list[pd.Series]()
        for name, kind in self.kinds.items():
            if kind == "number":
                columns.append(pd.to_numeric(table[name], errors="coerce").astype(np.float64))
            elif kind == "words":
                words = table[name].astype(object).where(table[name].notna(), None)
                words = [None if word is None else str(word) for word in words]
                columns.append(pd.Series(pd.Categorical(words, categories=self.levels[name])))
            elif kind == "date":
                columns += self._from_date(name, table[name])
        return pd.DataFrame({f"c{i}": column for i, column in enumerate(columns)})

    def _kind(self, name: str, cells: pd.Series) -> str:
        if name in self.dates:
            return "date"
        if pd.api.types.is_numeric_dtype(cells):
            return "number"
        given = cells.dropna()
        if len(given) and pd.to_numeric(given, errors="coerce").notna().mean() >= LEAST_NUMBERS:
            return "number"
        return "left out" if given.nunique() > MOST_DIFFERENT * len(cells) else "words"

    def _from_date(self, name: str, cells: pd.Series) -> list[pd.Series]:
        moments = pd.to_datetime(cells)
        elapsed = (moments - self.first_day[name]).dt.total_seconds() / 86_400
        parts = [getattr(moments.dt, part).astype(np.float64) for part in MONTHS_AND_THE_LIKE]
        return [elapsed, *parts]


def filled(table: pd.DataFrame, centers: pd.Series | None = None) -> tuple[pd.DataFrame, pd.Series]:
    """The table for those that refuse empty cells, and the means of its numbers.

    The means, learnt here unless given, stand in place of empty cells; a column each says where.
    """
    numbers = table.select_dtypes("number")
    centers = numbers.mean().fillna(0.0) if centers is None else centers
    flags = numbers.isna().astype(np.float64).add_suffix("_empty")
    words = table.select_dtypes("category")
    return pd.concat([numbers.fillna(centers), flags, with_missing(words)], axis=1), centers


def with_missing(words: pd.DataFrame) -> pd.DataFrame:
    """Categories, one of which says that the cell is empty."""
    return words.apply(lambda column: column.cat.add_categories(MISSING).fillna(MISSING))
