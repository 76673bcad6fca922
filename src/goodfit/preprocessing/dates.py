"""Columns of dates and times: the parts that vary in the training rows, as inputs."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
from msgspec import Meta

from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.core.settings import DateLevelsName, DatePartName, PreprocessingName
from goodfit.data.date_words import MICROSECOND, Moments
from goodfit.data.dates import read_dates
from goodfit.data.schema import Column, DateForm
from goodfit.data.table import Table
from goodfit.preprocessing.date_parts import DATE_PARTS
from goodfit.preprocessing.levels import FIRST_LEVEL, MISSING, UNSEEN
from goodfit.preprocessing.numbers import Scale, check_finite

# Rows that a day has on average where days are levels: some dozen rows tell what was special
# about it (LOG.md, 2026-11-25).
ROWS_A_DAY = 10
# Days that are no fewer than levels worth telling apart.
FEWEST_DAYS = 3


class PartColumn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One part of a date as one or two inputs.

    Args:
        part: name of the part.
        scale: of a number; None for a cycle.
    """

    part: DatePartName
    scale: Scale | None = None

    def __post_init__(self) -> None:
        if (self.scale is None) != (DATE_PARTS[self.part].period is not None):
            raise ValueError("a number needs a scale, a cycle has none")

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the inputs."""
        return (self.part,) if self.scale else (f"{self.part} (sine)", f"{self.part} (cosine)")

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Inputs of the part's numbers, (row,) with NaN where missing -> (row, input)."""
        if self.scale:
            return self.scale.scaled(values)[:, None]
        part = DATE_PARTS[self.part]
        assert part.period
        # Looked up, not computed, so that a row's bits are the same wherever it stands. A
        # missing cell is in the middle of the circle.
        angles = 2 * np.pi / part.period * np.arange(part.n_steps)
        circle = np.vstack([np.column_stack([np.sin(angles), np.cos(angles)]), np.zeros((1, 2))])
        return circle[np.where(np.isnan(values), part.n_steps, values).astype(np.int64)]


class DateColumn(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="encoding",
    tag="date",
):
    """How one column of dates becomes dense inputs.

    Args:
        name: of the column.
        form: how its words are written.
        zoned: whether its cells have time zones.
        earliest: of the training rows, in UTC where there are zones.
        parts: what becomes of a cell: ``elapsed`` (but of a column that orders the rows), and
            the parts that vary in training rows.
        indicator: one more input says whether the cell is missing; made where training rows
            had missing cells.
        days: of the training rows by the clock, counted from 1970, in order, where each is a
            level too.
    """

    name: str
    form: DateForm
    zoned: bool
    earliest: Annotated[datetime, Meta(tz=False)]
    parts: tuple[PartColumn, ...]
    indicator: bool
    days: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if any(a >= b for a, b in pairwise(self.days)):
            raise ValueError("days need an order")

    @classmethod
    def learn(
        cls,
        table: Table,
        column: Column,
        *,
        scaling: PreprocessingName,
        weight: np.ndarray,
        recurring: bool = False,
        levels: DateLevelsName | Literal["auto"] = "none",
        least_rows: int = 1,
    ) -> tuple[DateColumn, tuple[Remark, ...]]:
        """Earliest moment, parts and scales from training rows.

        Args:
            table: the training rows.
            column: which column, and how its words are read.
            scaling: of the parts that are numbers.
            weight: (row,) above zero.
            recurring: only the parts that come round again, for a column that orders the rows.
            levels: ``day`` where each day is a level too, if they recur often.
            least_rows: that a day of its own has.
        """
        form = column.date_form
        assert form is not None
        moments = read_dates(table, column.name, form=form, zoned=column.zoned)
        missing = np.isnat(moments.universal)
        there = moments.universal[~missing]
        earliest = there.min() if len(there) else np.datetime64(0, "us")
        parts = [
            PartColumn(
                part=name,
                scale=None if part.period else Scale.learn(values, weight, scaling=scaling),
            )
            for name, part in DATE_PARTS.items()
            if not (recurring and part.period is None)
            and (_varies(values := part.read(moments, earliest)) or name == "elapsed")
        ]
        learnt = cls(
            name=column.name,
            form=form,
            zoned=column.zoned,
            earliest=earliest.astype(MICROSECOND).item(),
            parts=tuple(parts),
            indicator=bool(missing.any()),
            days=_recurring_days(moments, least_rows) if levels == "day" and not recurring else (),
        )
        remarks: tuple[Remark, ...] = ()
        if missing.all():
            remarks = (finding("preprocessing.empty", {"column": column.name}),)
        elif not parts or (len(parts) == 1 and not _varies(there.astype(np.float64))):
            remarks = (finding("preprocessing.constant", {"column": column.name}),)
        if learnt.indicator and not missing.all():
            params = {"column": column.name, "count": int(missing.sum()), "n_rows": len(missing)}
            remarks = (*remarks, finding("preprocessing.date_missing", params))
        return learnt, remarks

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the dense inputs."""
        parts = [name for part in self.parts for name in part.inputs]
        return tuple(f"{self.name}={part}" for part in (*parts, *["(missing)"] * self.indicator))

    def write(self, table: Table, dense: np.ndarray) -> None:
        """Put the inputs of every row into ``dense`` (row, input).

        Raises:
            GoodfitError: for cells that are no dates of the form, or too far away.
        """
        moments = read_dates(table, self.name, form=self.form, zoned=self.zoned)
        earliest = np.datetime64(self.earliest, "us")
        start = 0
        with np.errstate(over="ignore", invalid="ignore"):
            for part in self.parts:
                values = part.apply(DATE_PARTS[part.part].read(moments, earliest))
                stop = start + values.shape[1]
                dense[:, start:stop] = values
                if part.scale:
                    check_finite(dense[:, start:stop], table, name=self.name, scale=part.scale)
                start = stop
        if self.indicator:
            dense[:, start] = np.isnat(moments.universal)

    @property
    def n_codes(self) -> int:
        """How many codes there are: none where days are no levels."""
        return len(self.days) + FIRST_LEVEL if self.days else 0

    @property
    def coded(self) -> str:
        """Name of the codes as one."""
        return f"{self.name}=(day)"

    def write_codes(self, table: Table, codes: np.ndarray) -> None:
        """Put the code of every row's day into ``codes`` (row,)."""
        moments = read_dates(table, self.name, form=self.form, zoned=self.zoned)
        day, known = _days(moments), np.array(self.days)
        place = np.minimum(np.searchsorted(known, day), len(known) - 1)
        codes[:] = np.where(known[place] == day, place + FIRST_LEVEL, UNSEEN)
        codes[np.isnat(moments.clock)] = MISSING

    def coefficients(
        self, weights: np.ndarray, of_codes: np.ndarray | None = None
    ) -> tuple[float, dict[str, float]] | None:
        """A linear function of the inputs: of days since ``earliest``, the year, sines, cosines.

        Where a cell is missing, the coefficient of ``day=(missing)`` stands in place of all
        others.

        Args:
            weights: (input,)
            of_codes: (code,) where days are levels.

        Returns:
            What it adds to the intercept, and the coefficient of each input by its name; None
            where the scaling is not affine.
        """
        added, filled = 0.0, 0.0
        found, rest = list[float](), weights.tolist()
        for part in self.parts:
            own, rest = rest[: len(part.inputs)], rest[len(part.inputs) :]
            if part.scale:
                affine = part.scale.affine()
                if affine is None:
                    return None
                own = [own[0] * affine[1]]
                added -= own[0] * affine[0]
                filled += own[0] * part.scale.fill
            found += own
        found += [missing + filled for missing in rest]
        names = self.inputs
        if of_codes is not None:
            days = np.array(self.days, "datetime64[D]").astype(str)
            names += tuple(f"{self.coded}={word}" for word in ("(other)", "(missing)", *days))
            found += of_codes.tolist()
        return added, dict(zip(names, found, strict=True))


def _days(moments: Moments) -> np.ndarray:
    """The day of each moment by its clock, counted from 1970, (row,) int64."""
    return moments.clock.astype("datetime64[D]").astype(np.int64)


def _recurring_days(moments: Moments, least_rows: int) -> tuple[int, ...]:
    """The days of training rows, if each has rows enough to learn what it is like.

    One that has fewer than ``least_rows`` is not told from a day that was never seen.
    """
    there = _days(moments)[~np.isnat(moments.clock)]
    days, counts = np.unique(there, return_counts=True)
    often = len(days) >= FEWEST_DAYS and len(there) >= ROWS_A_DAY * len(days)
    return tuple(days[counts >= least_rows].tolist()) if often else ()


def _varies(values: np.ndarray[Any, Any]) -> bool:
    """Whether there are two different numbers beside the missing ones."""
    there = values[~np.isnan(values)]
    return bool(len(there) and (there != there[0]).any())
