"""How good predicted numbers are: beside the actual ones, and what is left between them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from goodfit.model.records import Figures
from goodfit.model.reports.rows import Judged, Part, Rows, as_columns, judged
from goodfit.scoring.spread import Band, Spread, bands, spread_of

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel

#: Points that a picture shows; of more rows the density is given, too.
MOST_POINTS = 2000
# Cells of the density along each side.
CELLS = 48


class Density(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows lie where, where points would cover each other.

    Args:
        x_edges: (column + 1,).
        y_edges: (row + 1,).
        shares: (row, column) share of the rows in each cell, by their weight, smoothed over
            neighbouring cells.
        levels: the shares of cells that the fewest cells with nine tenths, and with half, of the
            rows have at least.
    """

    x_edges: tuple[float, ...]
    y_edges: tuple[float, ...]
    shares: tuple[tuple[float, ...], ...]
    levels: tuple[float, float]


class PredictedNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """One target: predicted against actual.

    Args:
        target: its name.
        actual: (point,) in the target's units.
        predicted: (point,) likewise.
        density: of all rows; None where every row is a point.
        metrics: of all rows, by name.
    """

    target: str
    actual: tuple[float, ...]
    predicted: tuple[float, ...]
    density: Density | None
    metrics: Figures


class PredictionsReport(msgspec.Struct, frozen=True, kw_only=True):
    """Predicted against actual numbers.

    Args:
        part: what the rows are.
        n_rows: of them; points are evenly spread over these.
        targets: each of one or several.
    """

    part: Part
    n_rows: int
    targets: tuple[PredictedNumbers, ...]


class ResidualNumbers(msgspec.Struct, frozen=True, kw_only=True):
    """What is left of one target: actual less predicted.

    Args:
        target: its name.
        predicted: (point,) in the target's units.
        residual: (point,) likewise.
        bands: how residuals lie, from the rows of which least was predicted to those of most.
        spread: of all residuals, with the normal distribution beside it.
    """

    target: str
    predicted: tuple[float, ...]
    residual: tuple[float, ...]
    bands: tuple[Band, ...]
    spread: Spread


class ResidualsReport(msgspec.Struct, frozen=True, kw_only=True):
    """What predictions leave of the targets.

    Args:
        part: what the rows are.
        n_rows: of them.
        targets: each of one or several.
    """

    part: Part
    n_rows: int
    targets: tuple[ResidualNumbers, ...]


def predictions_report(model: FittedModel, rows: Rows | None) -> PredictionsReport | None:
    """Predicted against actual; None for classes, and without a row.

    >>> import goodfit, pyarrow as pa
    >>> from goodfit.data.table import Table
    >>> model = goodfit.fit({"x": [1, 2, 3, 4], "y": [3, 5, 7, 9]}, target="y",
    ...                     network="linear", optimizer="exact", split="none")
    >>> rows = Rows(Table({"x": pa.chunked_array([[9.0]]), "y": pa.chunked_array([[18.0]])}, 1))
    >>> found = predictions_report(model, rows).targets[0]
    >>> [round(number, 3) for number in (*found.actual, *found.predicted)]
    [18.0, 19.0]
    """
    found = _of_numbers(model, rows)
    if found is None:
        return None
    targets = list[PredictedNumbers]()
    for goal, actual, predicted in _each(model, found):
        some = spaced(actual, predicted)
        many = len(some) < len(actual)
        targets.append(
            PredictedNumbers(
                target=goal,
                actual=tuple(actual[some].tolist()),
                predicted=tuple(predicted[some].tolist()),
                density=_density(actual, predicted, found.weight) if many else None,
                metrics=_metrics(model, found, len(targets)),
            )
        )
    return PredictionsReport(part=found.part, n_rows=found.n_rows, targets=tuple(targets))


def residuals_report(model: FittedModel, rows: Rows | None) -> ResidualsReport | None:
    """What predictions leave; None for classes, and without a row.

    >>> import goodfit, pyarrow as pa
    >>> from goodfit.data.table import Table
    >>> model = goodfit.fit({"x": [1, 2, 3, 4], "y": [3, 5, 7, 9]}, target="y",
    ...                     network="linear", optimizer="exact", split="none")
    >>> rows = Rows(Table({"x": pa.chunked_array([[9.0]]), "y": pa.chunked_array([[18.0]])}, 1))
    >>> round(residuals_report(model, rows).targets[0].residual[0], 3)
    -1.0
    """
    found = _of_numbers(model, rows)
    if found is None:
        return None
    targets = list[ResidualNumbers]()
    for goal, actual, predicted in _each(model, found):
        left = actual - predicted
        some, spread = spaced(predicted, left), spread_of(left, weight=found.weight)
        assert spread is not None
        targets.append(
            ResidualNumbers(
                target=goal,
                predicted=tuple(predicted[some].tolist()),
                residual=tuple(left[some].tolist()),
                bands=bands(predicted, left, weight=found.weight),
                spread=spread,
            )
        )
    return ResidualsReport(part=found.part, n_rows=found.n_rows, targets=tuple(targets))


def spaced(first: np.ndarray, second: np.ndarray, *, most: int = MOST_POINTS) -> np.ndarray:
    """Places of points that stand for all: every so many of them, in the order of their numbers.

    Which they are depends on the numbers alone, not on the order of the rows.

    >>> spaced(np.array([3.0, 1.0, 2.0]), np.zeros(3), most=2)
    array([1, 0])
    """
    order = np.lexsort((second, first))
    if len(order) <= most:
        return order
    return order[np.linspace(0, len(order) - 1, most).round().astype(np.int64)]


def _of_numbers(model: FittedModel, rows: Rows | None) -> Judged | None:
    if rows is None or model.schema.target.task != "regression":
        return None
    found = judged(model, rows)
    return found if len(found.values) else None


def _each(model: FittedModel, found: Judged) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Name, actual and predicted numbers of each target."""
    names = [target.name for target in model.schema.targets]
    predicted = as_columns(found.predictions.predictions).astype(np.float64)
    return list(zip(names, found.columns.T, predicted.T, strict=True))


def _metrics(model: FittedModel, found: Judged, place: int) -> Figures:
    """Metrics of one target."""
    if len(model.schema.targets) == 1:
        return model.answers.score(found.values, found.predictions, weight=found.weighed)
    each = model.answers.score_targets(found.values, found.predictions, weight=found.weighed)
    return each[model.schema.targets[place].name]


def _density(x: np.ndarray, y: np.ndarray, weight: np.ndarray) -> Density:
    ends = [[min(x.min(), y.min()), max(x.max(), y.max())]] * 2
    sums, x_edges, y_edges = np.histogram2d(x, y, bins=CELLS, range=ends, weights=weight)
    shares = _smoothed(sums.T / weight.sum())
    falling = np.sort(shares, axis=None)[::-1]
    most, half = (falling[np.searchsorted(np.cumsum(falling), part)] for part in (0.9, 0.5))
    return Density(
        x_edges=tuple(x_edges.tolist()),
        y_edges=tuple(y_edges.tolist()),
        shares=tuple(tuple(row) for row in shares.tolist()),
        levels=(float(most), float(half)),
    )


def _smoothed(shares: np.ndarray) -> np.ndarray:
    """Each cell a mean of itself and its neighbours, whose sum stays; twice."""
    for _ in range(2):
        for axis in (0, 1):
            shares = np.moveaxis(shares, axis, 0)
            padded = np.concatenate([shares[:1], shares, shares[-1:]])
            shares = np.moveaxis((padded[:-2] + 2 * shares + padded[2:]) / 4, 0, axis)
    return shares
