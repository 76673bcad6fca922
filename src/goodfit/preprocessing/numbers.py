"""Columns of numbers: missing cells filled, then scaled."""

from __future__ import annotations

from typing import Literal

import msgspec
import numpy as np

from goodfit.core.errors import GoodfitError
from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.core.settings import PreprocessingName
from goodfit.data.parse import read_numbers
from goodfit.data.schema import Column
from goodfit.data.table import Table
from goodfit.preprocessing.scalings import SCALINGS, Knots
from goodfit.preprocessing.statistics import mean_of, quantiles_of

# Points that a straight line needs.
FEWEST_KNOTS = 2
# Rows that are scaled together: what is computed on the way stays in the cache.
SCALED_ROWS = 32_768


class Scale(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was learnt to scale numbers.

    Args:
        scaling: name of the scaling.
        center: is subtracted.
        scale: divides; 0 for numbers that did not vary, which become 0.
        fill: stands for a missing number, in the table's units.
        power: of a scaling by powers.
        knots: points (cell, input) of a scaling by quantiles, ascending.
    """

    scaling: PreprocessingName
    center: float
    scale: float
    fill: float
    power: float = 1.0
    knots: Knots = ()

    def __post_init__(self) -> None:
        ascending = all(a[0] < b[0] for a, b in zip(self.knots, self.knots[1:], strict=False))
        bent = self.scaling.startswith("quantile") and self.scale != 0
        if not ascending or (bent and len(self.knots) < FEWEST_KNOTS):
            raise ValueError("knots must ascend")

    @classmethod
    def learn(cls, cells: np.ndarray, weight: np.ndarray, *, scaling: PreprocessingName) -> Scale:
        """Learn from training rows.

        Args:
            cells: (row,) numbers, NaN where missing.
            weight: (row,) above zero.
            scaling: name of the scaling.
        """
        present = ~np.isnan(cells)
        values, weight = cells[present], weight[present]
        if not len(values):
            return cls(scaling=scaling, center=0.0, scale=0.0, fill=0.0)
        how = SCALINGS[scaling]
        learnt = how.learn(values, weight)
        median = how.fill == "median"
        fill = quantiles_of(values, weight, (0.5,))[0] if median else mean_of(values, weight)
        return cls(scaling=scaling, fill=fill, **learnt._asdict())

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """Inputs of numbers, (row,) float64 with NaN where missing -> (row,) float64.

        >>> Scale(scaling="standardize", center=4.0, scale=2.0, fill=4.0).scaled(np.array([6.0]))
        array([1.])
        """
        if not self.scale:
            return np.zeros(len(values))
        how = SCALINGS[self.scaling]
        gaps = np.isnan(values.max(initial=-np.inf))
        found = np.where(np.isnan(values), self.fill, values) if gaps else values
        if how.curve:
            found = how.curve(found, self.power, self.knots)
        found = found - self.center
        found /= self.scale
        return how.bend(found) if how.bend else found

    def affine(self) -> tuple[float, float] | None:
        """(offset, factor) so that the input is (x - offset) · factor; None if it is not so."""
        if not SCALINGS[self.scaling].affine:
            return None
        return self.center, 1 / self.scale if self.scale else 0.0


class NumberColumn(Scale, frozen=True, kw_only=True, tag_field="encoding", tag="number"):
    """How one column of numbers becomes one or two dense inputs.

    Args:
        name: of the column.
        decimal: mark that words are read with.
        indicator: a second input says whether the cell is missing; made where training rows
            had missing cells.
    """

    name: str
    decimal: Literal[".", ","]
    indicator: bool

    @classmethod
    def of(
        cls,
        table: Table,
        column: Column,
        *,
        scaling: PreprocessingName,
        weight: np.ndarray,
    ) -> tuple[NumberColumn, tuple[Remark, ...]]:
        """Learn from training rows.

        Args:
            table: the training rows.
            column: which column, and how its words are read.
            scaling: name of the scaling.
            weight: (row,) above zero.
        """
        cells = read_numbers(table, column.name, decimal=column.decimal)
        n_missing = int(np.isnan(cells).sum())
        learnt = cls(
            name=column.name,
            decimal=column.decimal,
            indicator=n_missing > 0,
            **msgspec.structs.asdict(Scale.learn(cells, weight, scaling=scaling)),
        )
        return learnt, learnt._remarks(n_missing=n_missing, n_rows=len(cells))

    def _remarks(self, *, n_missing: int, n_rows: int) -> tuple[Remark, ...]:
        if n_missing == n_rows:
            return (finding("preprocessing.empty", {"column": self.name}),)
        remarks = list[Remark]()
        if self.scale == 0:
            remarks.append(finding("preprocessing.constant", {"column": self.name}))
        if n_missing:
            params = {"column": self.name, "count": n_missing, "n_rows": n_rows, "fill": self.fill}
            code = "preprocessing.filled_by_mean"
            if SCALINGS[self.scaling].fill == "median":
                code = "preprocessing.filled_by_median"
            remarks.append(finding(code, params))
        return tuple(remarks)

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the dense inputs."""
        return (self.name, f"{self.name}=(missing)") if self.indicator else (self.name,)

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Dense inputs from numbers: (row,) float64 with NaN -> (row, input) float64.

        >>> column = NumberColumn(name="x", decimal=".", scaling="standardize", center=4.0,
        ...                       scale=2.0, fill=4.0, indicator=True)
        >>> column.apply(np.array([6.0, np.nan]))
        array([[1., 0.],
               [0., 1.]])
        """
        inputs = [self.scaled(values), np.isnan(values).astype(np.float64)]
        return np.column_stack(inputs[: len(self.inputs)])

    def write(self, table: Table, dense: np.ndarray) -> None:
        """Put the inputs of every row into ``dense`` (row, input).

        Raises:
            GoodfitError: for a number too far from the training rows for the type of ``dense``.
        """
        numbers = read_numbers(table, self.name, decimal=self.decimal)
        with np.errstate(over="ignore", invalid="ignore"):
            for start in range(0, len(numbers), SCALED_ROWS):
                rows = slice(start, start + SCALED_ROWS)
                dense[rows, 0] = self.scaled(numbers[rows])
                if self.indicator:
                    dense[rows, 1] = np.isnan(numbers[rows])
        check_finite(dense, table, name=self.name, scale=self)

    def coefficients(self, weights: np.ndarray) -> tuple[float, dict[str, float]] | None:
        """A linear function of the inputs as one of the cells, in the table's units.

        A missing cell has no number to multiply: the coefficient of ``x=(missing)`` then
        stands in place of ``x`` times its coefficient, and holds the filled-in value's share.

        Args:
            weights: (input,)

        Returns:
            What it adds to the intercept, and the coefficient of each input by its name; None
            where the scaling is not affine.
        """
        affine = self.affine()
        if affine is None:
            return None
        slope = float(weights[0]) * affine[1]
        beside = [float(weight) + slope * self.fill for weight in weights[1:]]
        return -slope * affine[0], dict(zip(self.inputs, (slope, *beside), strict=True))


def check_finite(dense: np.ndarray, table: Table, *, name: str, scale: Scale) -> None:
    """Refuse rows whose scaled cells the type of ``dense`` (row, input) cannot hold."""
    finite = np.isfinite(dense)
    if not finite.all():
        far = ~finite.all(axis=1)
        raise GoodfitError(
            "preprocessing.too_far",
            column=name,
            rows=table.say_rows(np.flatnonzero(far)),
            center=scale.center,
            scale=scale.scale,
            precision=str(dense.dtype),
        )
