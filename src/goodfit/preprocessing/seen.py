"""What training rows looked like, so that rows which look otherwise can be told at prediction.

Kept are ranges, rounded outwards, and middles of many rows each; no row.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import msgspec
import numpy as np

from goodfit.core.randomness import derive_seed
from goodfit.data.date_words import DAY_US
from goodfit.data.dates import read_dates
from goodfit.data.parse import read_numbers, read_words
from goodfit.data.schema import Column, Schema
from goodfit.data.table import Table
from goodfit.preprocessing.categories import (
    CategoryColumn,
    CountColumn,
    EmbeddingColumn,
    OrdinalColumn,
)
from goodfit.preprocessing.dates import DateColumn
from goodfit.preprocessing.levels import UNSEEN, level_codes
from goodfit.preprocessing.numbers import NumberColumn
from goodfit.preprocessing.preprocessing import Preprocessing

#: Why a row may be doubted: a level that no training row had; a number or date beyond theirs; a
#: missing cell in a column where they had none; numbers that together are far from all of theirs.
Flag = Literal["unseen_level", "outside_range", "filled_in", "far"]
FLAGS: tuple[Flag, ...] = ("unseen_level", "outside_range", "filled_in", "far")
# Share of rows like the training rows that shall be called far.
FAR_SHARE = 0.01
# Rows for that: the fewest that can tell so small a share, and the share of all that is taken.
TELLING_ROWS, TELLING_SHARE = 99, 0.2
# Rows that the middles are found from, and rows that each stands for.
MOST_ROWS, ROWS_EACH, FEWEST_EACH = 5000, 30, 10
MOST_MIDDLES, ROUNDS = 32, 8
# The spread of a middle is at least this share of the usual one.
LEAST_SPREAD = 0.5
# Beyond so many spreads a number is as far as one can be, and its square can still be held.
FARTHEST = 1e150
# Ranges are rounded outwards to a step of at least this share of them.
ROUNDED_SHARE = 0.01


class Near(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where training rows lie, by all numbers together.

    Args:
        centers: (number,) median of each input that is a number.
        scales: (number,) what it is divided by.
        middles: (middle, number) of bent, scaled inputs; each the mean of many rows.
        spreads: (middle,) usual distance of its rows.
        farthest: a row whose every distance, over the spread, is larger is far.
        share: of rows like the training rows that are called far, at most, on average.
    """

    centers: tuple[float, ...]
    scales: tuple[float, ...]
    middles: tuple[tuple[float, ...], ...]
    spreads: tuple[float, ...]
    farthest: float
    share: float

    def __post_init__(self) -> None:
        sizes = {len(self.centers), len(self.scales), *map(len, self.middles)}
        positive = all(number > 0 for number in (*self.scales, *self.spreads))
        if len(sizes) != 1 or len(self.middles) != len(self.spreads) or not positive:
            raise ValueError("the numbers of middles must fit each other")

    @classmethod
    def learn(cls, numbers: np.ndarray, *, seed: int) -> Near | None:
        """Find middles on most rows, and on the others how far rows lie from them.

        Args:
            numbers: (row, number).
            seed: of what is drawn.

        >>> random = np.random.default_rng(0)
        >>> near = Near.learn(random.normal(size=(1000, 2)), seed=0)
        >>> near.distances(np.array([[0.0, 0.0], [9.0, -9.0]])) > near.farthest
        array([False,  True])
        """
        n_rows = len(numbers)
        random = np.random.Generator(np.random.PCG64(derive_seed(seed, "seen")))
        order = random.permutation(n_rows)[:MOST_ROWS]
        telling = max(int(len(order) * TELLING_SHARE), min(TELLING_ROWS, len(order) // 3))
        if not numbers.shape[1] or telling < 2 or not np.isfinite(numbers).all():
            return None
        told, learning = order[:telling], order[telling:]
        low, centers, high = np.quantile(numbers[learning], [0.25, 0.5, 0.75], axis=0)
        scales = np.where(high > low, high - low, numbers[learning].std(axis=0))
        centers, scales = short(centers), short(np.where(scales > 0, scales, 1.0))
        middles, spreads = _middles(_bent(numbers[learning], centers, scales), random)
        middles, spreads = short(middles), short(spreads)
        near = cls(
            centers=tuple(centers.tolist()),
            scales=tuple(scales.tolist()),
            middles=tuple(tuple(middle) for middle in middles.tolist()),
            spreads=tuple(spreads.tolist()),
            farthest=math.inf,
            share=0.0,
        )
        distances = np.sort(near.distances(numbers[told]))
        # As for conformal prediction: among so many rows and a new one each is equally likely
        # to be the farthest.
        rank = min(math.ceil((1 - FAR_SHARE) * (telling + 1) - 1e-9), telling)
        return msgspec.structs.replace(
            near, farthest=float(distances[rank - 1]), share=1 - rank / (telling + 1)
        )

    def distances(self, numbers: np.ndarray) -> np.ndarray:
        """(row,) distance to the nearest middle, over its spread, of (row, number)."""
        bent = _bent(numbers, np.array(self.centers), np.array(self.scales))
        nearest = np.full(len(bent), np.inf)
        for middle, spread in zip(self.middles, self.spreads, strict=True):
            squares = np.zeros(len(bent))
            for column, number in zip(bent.T, middle, strict=True):
                squares += (column - number) ** 2  # one by one: each row's bits are its own
            nearest = np.minimum(nearest, np.sqrt(squares) / spread)
        return nearest


def short(numbers: np.ndarray) -> np.ndarray:
    """The same numbers with four digits each: a file need not hold more.

    >>> short(np.array([[0.123456, 1234567.0]])).tolist()
    [[0.1235, 1235000.0]]
    """
    words = [float(f"{number:.4g}") for number in numbers.ravel().tolist()]
    return np.array(words).reshape(numbers.shape)


def _bent(numbers: np.ndarray, centers: np.ndarray, scales: np.ndarray) -> np.ndarray:
    """Scaled numbers, far ones drawn nearer, so that no column decides alone."""
    with np.errstate(over="ignore"):
        distances = (numbers - centers) / scales
    return np.arcsinh(np.clip(distances, -FARTHEST, FARTHEST))


def _middles(points: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Means of rows that lie together (Lloyd 1982), each of at least ten, and their spreads."""
    count = min(max(len(points) // ROWS_EACH, 1), MOST_MIDDLES)
    middles = points[random.permutation(len(points))[:count]]
    for _ in range(ROUNDS):
        places = _nearest(points, middles)
        sizes = np.bincount(places, minlength=len(middles))
        kept = sizes >= min(FEWEST_EACH, len(points))
        if not kept.any():
            middles = points.mean(axis=0, keepdims=True)
            continue
        sums = np.array([np.bincount(places, column, len(middles)) for column in points.T]).T
        middles = sums[kept] / sizes[kept, None]
    places = _nearest(points, middles)
    sizes = np.bincount(places, minlength=len(middles))
    squares = ((points - middles[places]) ** 2).sum(axis=1)
    spreads = np.sqrt(np.bincount(places, squares, len(middles)) / np.maximum(sizes, 1))
    usual = float(np.median(spreads)) or 1.0
    return middles, np.maximum(spreads, LEAST_SPREAD * usual)


def _nearest(points: np.ndarray, middles: np.ndarray) -> np.ndarray:
    distances = (middles**2).sum(axis=1) - 2 * points @ middles.T
    return distances.argmin(axis=1)


@dataclass(frozen=True)
class Doubt:
    """Rows that may be doubted for one reason.

    Args:
        flag: the reason.
        column: whose cells they are; None where it is several columns together.
        rows: (row,) truth values.
    """

    flag: Flag
    column: str | None
    rows: np.ndarray


class Seen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What training rows looked like.

    Args:
        ranges: least and greatest number of a column (days since 1970 of dates), rounded
            outwards by up to a few hundredths of what lies between.
        complete: columns in which no training row missed a cell.
        near: where rows lie by all their numbers; None without numbers, or with few rows.
    """

    ranges: dict[str, tuple[float, float]]
    complete: tuple[str, ...]
    near: Near | None

    @classmethod
    def learn(
        cls,
        table: Table,
        *,
        rows: np.ndarray,
        schema: Schema,
        preprocessing: Preprocessing,
        seed: int,
        earlier: Seen | None = None,
    ) -> Seen:
        """Look at training rows.

        Args:
            table: every row.
            rows: (row,) those that trained.
            schema: which columns are features.
            preprocessing: of the same rows.
            seed: of what is drawn.
            earlier: of a model that went before and saw other rows.
        """
        features = {column.name: table.columns[column.name] for column in schema.features}
        training = replace(table, columns=features).take(rows)
        ranges, complete = dict[str, tuple[float, float]](), list[str]()
        inputs = list[np.ndarray]()
        for column, encoding in zip(schema.features, preprocessing.columns, strict=True):
            numbers = numbers_of(training, column)
            if numbers is not None and not np.isnan(numbers).all():
                ranges[column.name] = outwards(float(np.nanmin(numbers)), float(np.nanmax(numbers)))
            if isinstance(encoding, EmbeddingColumn):  # which has a place for missing cells always
                gaps = read_words(training, column.name).null_count > 0
            else:
                gaps = encoding.indicator
            if not gaps:
                complete.append(column.name)
            if isinstance(encoding, NumberColumn) and numbers is not None:
                inputs.append(encoding.scaled(numbers)[:, None])
            elif isinstance(encoding, (OrdinalColumn, CountColumn, DateColumn)):
                dense = np.empty((training.n_rows, len(encoding.inputs)))
                encoding.write(training, dense)
                inputs.append(dense)
        if earlier is not None:
            complete = [name for name in complete if name in earlier.complete]
            ranges = {
                name: _both(found, earlier.ranges.get(name)) for name, found in ranges.items()
            }
        near = Near.learn(np.column_stack(inputs), seed=seed) if inputs else None
        return cls(ranges=ranges, complete=tuple(complete), near=near)

    def fits(self, preprocessing: Preprocessing) -> bool:
        """Whether it is of the columns that a preprocessing knows."""
        known = {column.name for column in preprocessing.columns}
        n_numbers = len(preprocessing.layout.numbers)
        return (
            known >= {*self.ranges, *self.complete}
            and all(low <= high for low, high in self.ranges.values())
            and (self.near is None or len(self.near.centers) == n_numbers)
        )

    def doubts(
        self, table: Table, *, schema: Schema, preprocessing: Preprocessing, dense: np.ndarray
    ) -> list[Doubt]:
        """Which rows look otherwise than training rows did; reasons without a row are left out.

        Args:
            table: rows to be predicted.
            schema: which columns are features.
            preprocessing: knows the levels.
            dense: (row, dense column) of these rows.
        """
        found = list[Doubt]()
        by_name = {column.name: column for column in preprocessing.columns}
        for column in schema.features:
            numbers, encoding = numbers_of(table, column), by_name[column.name]
            if numbers is not None:
                missing = np.isnan(numbers)
                # A date of which only what comes round again is seen is never beyond.
                if not isinstance(encoding, DateColumn) or any(it.scale for it in encoding.parts):
                    low, high = self.ranges.get(column.name, (-math.inf, math.inf))
                    beyond = (numbers < low) | (numbers > high)
                    found.append(Doubt("outside_range", column.name, beyond))
            else:
                words = read_words(table, column.name)
                missing = np.asarray(words.is_null())
                # Rare levels that share a place cannot be told from new ones, and mean the same.
                if isinstance(encoding, CategoryColumn) and not encoding.pooled:
                    unseen = level_codes(words, encoding.levels) == UNSEEN
                    found.append(Doubt("unseen_level", column.name, unseen))
            if column.name in self.complete:
                found.append(Doubt("filled_in", column.name, missing))
        if self.near is not None:
            distances = self.near.distances(_of_numbers(dense, preprocessing))
            found.append(Doubt("far", None, distances > self.near.farthest))
        found = [doubt for doubt in found if doubt.rows.any()]
        return sorted(found, key=lambda doubt: FLAGS.index(doubt.flag))


def flags_of(doubts: Sequence[Doubt], n_rows: int) -> dict[Flag, np.ndarray]:
    """(row,) truth values for each reason, whatever the column.

    >>> doubts = [Doubt("far", None, np.array([False, True]))]
    >>> {flag: rows.tolist() for flag, rows in flags_of(doubts, 2).items() if rows.any()}
    {'far': [False, True]}
    """
    found: dict[Flag, np.ndarray] = {flag: np.zeros(n_rows, bool) for flag in FLAGS}
    for doubt in doubts:
        found[doubt.flag] |= doubt.rows
    return found


def outwards(low: float, high: float) -> tuple[float, float]:
    """A range whose ends are round numbers, a little wider; of one number that number.

    >>> outwards(18.3, 80.21), outwards(3.0, 3.0)
    ((18.0, 81.0), (3.0, 3.0))
    """
    if not low < high:
        return low, high
    least = (high - low) * ROUNDED_SHARE
    power = 10.0 ** math.floor(math.log10(least)) if least > 0 else 1.0
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= least * (1 - 1e-9))
    ends = math.floor(low / step) * step, math.ceil(high / step) * step
    short = tuple(float(f"{end:.12g}") for end in ends)
    return min(short[0], low), max(short[1], high)


def _both(found: tuple[float, float], other: tuple[float, float] | None) -> tuple[float, float]:
    return found if other is None else (min(found[0], other[0]), max(found[1], other[1]))


def numbers_of(table: Table, column: Column) -> np.ndarray | None:
    """Cells as numbers, (row,) with NaN where missing; None of categories and text."""
    if column.kind == "number":
        return read_numbers(table, column.name, decimal=column.decimal)
    if column.kind != "date" or column.date_form is None:
        return None
    moments = read_dates(table, column.name, form=column.date_form, zoned=column.zoned).universal
    days = moments.astype("datetime64[us]").astype(np.int64) / DAY_US
    return np.where(np.isnat(moments), np.nan, days)


def _of_numbers(dense: np.ndarray, preprocessing: Preprocessing) -> np.ndarray:
    return dense[:, list(preprocessing.layout.numbers)].astype(np.float64)
