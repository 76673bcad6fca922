"""The rows of a table as points of a picture, part by part."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from goodfit.data.parse import read_numbers, read_targets
from goodfit.model.plots import style

if TYPE_CHECKING:
    from goodfit.data.schema import Column
    from goodfit.model.fitted import FittedModel
    from goodfit.model.plots.plot import Rows

#: Points of a picture; more hide each other and make a large file.
MOST_POINTS = 1000
#: How the points of a part look; ``all`` where nobody knows the parts.
PART_MARKS = {
    "training": (style.TRAINING, "o"),
    "validation": (style.VALIDATION, "s"),
    "test": (style.TEST, "^"),
    "all": (style.MUTED, "o"),
}


class Points(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one part.

    Args:
        part: ``training``, ``validation``, ``test``, or ``all`` where nobody knows which.
        n_rows: rows of it that have all numbers.
        features: (feature, point) their numbers.
        target: (point,) numbers, or places of the levels.
    """

    part: str
    n_rows: int
    features: tuple[tuple[float, ...], ...]
    target: tuple[float, ...]


def points_of(model: FittedModel, rows: Rows | None) -> tuple[Points, ...]:
    """The rows of each part, evenly thinned out where there are very many."""
    if rows is None:
        return ()
    places = rows.places or {"all": np.arange(rows.table.n_rows)}
    total = sum(len(found) for found in places.values())
    return tuple(
        _points(model, rows, part, found, share=min(1.0, MOST_POINTS / total))
        for part, found in places.items()
    )


def _points(
    model: FittedModel, rows: Rows, part: str, places: np.ndarray, *, share: float
) -> Points:
    table = rows.table.take(places)
    features = np.array(
        [read_numbers(table, c.name, decimal=c.decimal) for c in model.schema.features]
    )
    target = read_targets(table, model.schema.targets).astype(np.float64)
    whole = np.flatnonzero(np.isfinite(features).all(axis=0) & np.isfinite(target))
    count = round(len(whole) * share)
    shown = whole[np.linspace(0, len(whole) - 1, count).round().astype(int)] if count else whole[:0]
    return Points(
        part=part,
        n_rows=len(whole),
        features=tuple(tuple(row) for row in features[:, shown].tolist()),
        target=tuple(target[shown].tolist()),
    )


def only_numbers(model: FittedModel, count: int) -> bool:
    """Whether a model has so many features, all of numbers, and one target that can be drawn."""
    features = model.schema.features
    classes = bool(model.schema.target.levels)
    return (
        len(features) == count
        and all(feature.kind == "number" for feature in features)
        and len(model.schema.targets) == 1
        and (not classes or model.objective.loss.link.probabilities)
    )


def range_of(model: FittedModel, feature: Column, points: tuple[Points, ...]) -> tuple[float, ...]:
    """From where to where a feature is drawn; empty where nobody knows."""
    place = [column.name for column in model.schema.features].index(feature.name)
    numbers = [number for part in points for number in part.features[place]]
    if not numbers and model.seen is not None:
        numbers = list(model.seen.ranges.get(feature.name, ()))
    if not numbers or not min(numbers) < max(numbers):
        return ()
    return min(numbers), max(numbers)
