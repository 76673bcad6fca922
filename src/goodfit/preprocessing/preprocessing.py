"""From a table to what a network sees; everything is learnt from training rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise
from typing import Annotated, Any, Literal, cast

import msgspec
import numpy as np
from msgspec import Meta

from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.core.settings import PreprocessingName, Settings
from goodfit.data.parse import read_target
from goodfit.data.schema import Schema
from goodfit.data.table import Table
from goodfit.preprocessing.categories import (
    ENCODINGS,
    CountColumn,
    EmbeddingColumn,
    OneHotColumn,
    OrdinalColumn,
    learn_category,
)
from goodfit.preprocessing.dates import DateColumn
from goodfit.preprocessing.layout import Layout, distinct
from goodfit.preprocessing.numbers import NumberColumn
from goodfit.preprocessing.scalings import SCALINGS
from goodfit.preprocessing.target import TargetTransform, check_target, skewed_remark
from goodfit.preprocessing.text import TextColumn

DenseColumn = NumberColumn | OneHotColumn | OrdinalColumn | CountColumn | DateColumn | TextColumn
Column = DenseColumn | EmbeddingColumn
INTERCEPT = "intercept"
#: Calls a function on each item, in any order; the results, and the first error, are in order.
Each = Callable[[Callable[[Any], Any], Iterable[Any]], Iterator[Any]]


@dataclass(frozen=True)
class Encoded:
    """Rows as a network sees them.

    Args:
        dense: (row, dense column), contiguous.
        codes: (row, code column) int64, contiguous.
    """

    dense: np.ndarray
    codes: np.ndarray


class Preprocessing(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was learnt about each feature and the target.

    Args:
        columns: one entry a feature, in the table's order.
        targets: scaling of each target.
        outputs: how many the network must have.
    """

    columns: tuple[Column, ...]
    targets: tuple[TargetTransform, ...]
    outputs: Annotated[int, Meta(ge=1)]

    @classmethod
    def learn(
        cls,
        table: Table,
        *,
        rows: np.ndarray,
        schema: Schema,
        settings: Settings,
        outputs: int,
        weight: np.ndarray | None,
    ) -> tuple[Preprocessing, tuple[Remark, ...]]:
        """Statistics and levels of the training rows; no other row is looked at.

        Args:
            table: all rows.
            rows: (row,) the places of the training rows.
            schema: which columns are features, and of what kind.
            settings: resolved.
            outputs: how many the network must have.
            weight: of every row of ``table``, (row,), or None. A row of weight two counts as
                that row twice, one of weight zero not at all.

        Returns:
            What was learnt, and what is worth saying about it.

        >>> import pyarrow as pa
        >>> from goodfit.core.settings import make_settings
        >>> from goodfit.data.schema import Column, Target
        >>> table = Table({"x": pa.chunked_array([[2.0, 4.0, 60.0]]),
        ...                "y": pa.chunked_array([[1.0, 2.0, 3.0]])}, 3)
        >>> why = Remark("data.kind_numbers", {"column": "x"})
        >>> schema = Schema(targets=(Target(name="y", task="regression", levels=(), reason=why),),
        ...                 columns=(Column(name="x", kind="number", used=True, reason=why),))
        >>> learnt, remarks = Preprocessing.learn(
        ...     table, rows=np.array([0, 1]), schema=schema, outputs=1, weight=None,
        ...     settings=make_settings(preprocessing="standardize", target_scaling="none"))
        >>> learnt.encode(table).dense
        array([[-1.],
               [ 1.],
               [57.]], dtype=float32)
        """
        if weight is not None:
            rows = rows[weight[rows] > 0]
        weight = np.ones(len(rows)) if weight is None else weight[rows].astype(np.float64)
        names = [column.name for column in (*schema.features, *schema.targets)]
        cells = {name: table.columns[name] for name in names}
        training = replace(table, columns=cells).take(rows)
        choices = settings.column or {}
        columns, remarks, gaps = list[Column](), list[Remark](), dict[str, int]()
        for feature in schema.features:
            asked = choices.get(feature.name, "")
            scaling = asked if asked in SCALINGS else settings.preprocessing
            scaling = cast("PreprocessingName", scaling)
            if feature.kind == "number":
                column, said = NumberColumn.of(training, feature, scaling=scaling, weight=weight)
            elif feature.kind == "date":
                column, said = DateColumn.learn(
                    training,
                    feature,
                    scaling=scaling,
                    weight=weight,
                    recurring=feature.name == settings.time and asked != "date",
                    levels=settings.date_levels,
                    least_rows=settings.min_level_count,
                )
            elif feature.kind == "text":
                column, gaps[feature.name], said = TextColumn.learn(
                    training, feature.name, weight=weight
                )
            else:
                column, gaps[feature.name], said = learn_category(
                    training,
                    feature.name,
                    encoding=asked if asked in ENCODINGS else settings.category_encoding,
                    weight=weight,
                    least_rows=settings.min_level_count,
                )
            remarks += said
            columns.append(column)
        targets = list[TargetTransform]()
        for target in schema.targets:
            if target.levels:
                targets.append(TargetTransform())
                continue
            check_target(table, target, transform=settings.target_transform)
            values = read_target(training, target)
            transform = TargetTransform.learn(
                values,
                weight=weight,
                transform=settings.target_transform,
                scaling=settings.target_scaling,
            )
            targets.append(transform)
            if settings.target_transform == "none":
                remarks += skewed_remark(target, values, weight=weight)
        with_gaps = [name for name, count in gaps.items() if count]
        if with_gaps:
            params = {"columns": with_gaps, "count": sum(gaps.values())}
            remarks.append(finding("preprocessing.missing_is_level", params))
        return cls(columns=tuple(columns), targets=tuple(targets), outputs=outputs), tuple(remarks)

    @property
    def layout(self) -> Layout:
        """The names and numbers of the inputs."""
        dense = [name for column in self._dense for name in column.inputs]
        coded = [(column.coded, column.n_codes) for column in self._coded]
        kinds = [_of_numbers(column, name) for column in self._dense for name in column.inputs]
        numbers = tuple(place for place, number in enumerate(kinds) if number)
        return Layout(distinct(dense), tuple(coded), self.outputs, numbers)

    @property
    def _dense(self) -> list[DenseColumn]:
        return [column for column in self.columns if not isinstance(column, EmbeddingColumn)]

    @property
    def _coded(self) -> list[EmbeddingColumn | DateColumn]:
        kinds = (EmbeddingColumn, DateColumn)
        return [column for column in self.columns if isinstance(column, kinds) and column.n_codes]

    def encode(
        self,
        table: Table,
        *,
        dtype: type[np.float32 | np.float64] = np.float32,
        order: Literal["C", "F"] = "C",
        each: Each = map,
    ) -> Encoded:
        """Rows as the network sees them, each from its own cells alone.

        Every number is computed in double precision and rounded once.

        Args:
            table: its columns are found by name.
            dtype: of the dense inputs.
            order: whether rows (C) or columns (F) lie beside each other in memory; columns are
                quicker to write.
            each: ``map``, or what does the same on several threads.

        Raises:
            GoodfitError: if a cell cannot be read, or is too far from the training rows for
                ``dtype``.
        """
        ends = list(accumulate((len(column.inputs) for column in self._dense), initial=0))
        dense = np.zeros((table.n_rows, ends[-1]), dtype=dtype, order=order)
        codes = np.zeros((table.n_rows, len(self._coded)), dtype=np.int64, order=order)
        places = [dense[:, start:stop] for start, stop in pairwise(ends)]
        writing = [
            *((column.write, place) for column, place in zip(self._dense, places, strict=True)),
            *((column.write_codes, own) for column, own in zip(self._coded, codes.T, strict=True)),
        ]
        for _ in each(lambda pair: pair[0](table, pair[1]), writing):
            pass  # the first error, in the order of the columns, is met here
        return Encoded(dense, codes)

    def scale_targets(self, values: np.ndarray) -> np.ndarray:
        """Targets as they are trained on: (row,) or (row, target) -> (row, target) float64."""
        columns = values.reshape(len(values), len(self.targets)).T
        pairs = zip(self.targets, columns, strict=True)
        return np.column_stack([target.apply(column) for target, column in pairs])

    def unscale_targets(self, outputs: np.ndarray) -> np.ndarray:
        """The way back, (row, target) float64: (row,) of one target, (row, target) of several."""
        pairs = zip(self.targets, outputs.T, strict=True)
        columns = [target.inverse(column) for target, column in pairs]
        return columns[0] if len(columns) == 1 else np.column_stack(columns)

    def coefficients(
        self,
        dense_weight: np.ndarray,
        code_weights: Sequence[np.ndarray],
        bias: float,
        *,
        place: int = 0,
        logarithm: bool = False,
    ) -> dict[str, float] | None:
        """One output of a linear network as a function of the table's cells.

        A number's cell is multiplied by its coefficient. Where a category is the named level
        (``colour=red``), or a cell is missing (``x=(missing)``, in place of the product),
        the coefficient is added; so is ``intercept``, always. A date gives several numbers
        (``day=elapsed``, in days since the earliest training row), which are multiplied. For
        numbers the sum is the prediction, or its logarithm if ``target_transform`` takes that;
        for classes it is what goes through the link.

        Args:
            dense_weight: (dense column,)
            code_weights: (code,) for each code column.
            bias: of the output.
            place: of the target that it predicts.
            logarithm: whether the output is the prediction's logarithm; the sum is then the
                logarithm of the prediction in the table's units.

        Returns:
            Coefficients by name; None where a scaling is not affine.

        >>> column = NumberColumn(name="x", decimal=".", scaling="standardize", center=4.0,
        ...                       scale=2.0, fill=4.0, indicator=False)
        >>> target = TargetTransform(center=10.0, scale=5.0)
        >>> learnt = Preprocessing(columns=(column,), targets=(target,), outputs=1)
        >>> learnt.coefficients(np.array([1.0]), [], 0.0)
        {'intercept': 0.0, 'x': 2.5}
        """
        ends = list(accumulate((len(column.inputs) for column in self._dense), initial=0))
        pieces = iter([dense_weight[start:stop] for start, stop in pairwise(ends)])
        tables = iter(code_weights)
        offsets, names, found = [float(bias)], list[str](), list[float]()
        for column in self.columns:
            if isinstance(column, EmbeddingColumn):
                own = column.coefficients(next(tables))
            elif isinstance(column, DateColumn) and column.days:
                own = column.coefficients(next(pieces), next(tables))
            else:
                own = column.coefficients(next(pieces))
            if own is None:
                return None
            offsets.append(own[0])
            names += own[1]
            found += own[1].values()
        scale, center = self.targets[place].scale, self.targets[place].center
        if logarithm:
            scale, center = 1.0, math.log(scale)
        intercept = math.fsum(offset * scale for offset in offsets) + center
        scaled = (coefficient * scale for coefficient in found)
        by_name = zip(distinct(names, taken=[INTERCEPT]), scaled, strict=True)
        return {INTERCEPT: intercept, **dict(by_name)}


def _of_numbers(column: DenseColumn, name: str) -> bool:
    """Whether an input of a column is a number of many values; marks of levels are none."""
    if isinstance(column, NumberColumn):
        return name == column.name
    return isinstance(column, (OrdinalColumn, CountColumn, DateColumn))
