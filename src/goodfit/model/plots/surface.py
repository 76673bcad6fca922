"""Two features: what is predicted over both, as a map with the points on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from goodfit.model.plots import style
from goodfit.model.plots.plot import Margins
from goodfit.model.plots.points import Points, only_numbers, points_of, range_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from goodfit.model.fitted import FittedModel
    from goodfit.model.plots.plot import Rows

#: Predictions along each side.
SIDE = 80
# The map goes on beyond the points by this share of their range.
BEYOND = 0.03
# Colours of the points of a target of numbers.
STEPS = 16
# How strongly a class is painted where it is only just the most probable, and where it is certain.
FAINT, STRONG = 0.12, 0.6


class MapReport(msgspec.Struct, frozen=True, kw_only=True):
    """Predictions over two features.

    Args:
        features: their names, that along x first.
        target: its name.
        x: (column,) of the map.
        y: (row,) of it.
        values: (row, column) predictions, or places of the most probable class.
        confidence: (row, column) its probability; empty for numbers.
        levels: of classes.
        points: the rows, if a table was at hand.
    """

    features: tuple[str, str]
    target: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    values: tuple[tuple[float, ...], ...]
    confidence: tuple[tuple[float, ...], ...] = ()
    levels: tuple[str, ...] = ()
    points: tuple[Points, ...] = ()


def has_two_numbers(model: FittedModel) -> bool:
    """Whether there are two features, of numbers, to draw over."""
    return only_numbers(model, 2)


def map_report(model: FittedModel, rows: Rows | None = None) -> MapReport | None:
    """What a model of two features predicts over both; ``rows`` give points."""
    if not has_two_numbers(model):
        return None
    points = points_of(model, rows)
    ends = [range_of(model, feature, points) for feature in model.schema.features]
    if not all(ends):
        return None
    x, y = (_side(*pair) for pair in ends)
    names = [feature.name for feature in model.schema.features]
    across, up = np.meshgrid(x, y)  # (row, column)
    table = {names[0]: across.ravel(), names[1]: up.ravel()}
    levels = tuple(map(str, model.levels.tolist()))
    confidence = None
    if levels:
        probability = model.predict_proba(table)
        values, confidence = probability.argmax(axis=1), probability.max(axis=1)
    else:
        values = model.predict(table)
    return MapReport(
        features=(names[0], names[1]),
        target=model.schema.target.name,
        x=tuple(x.tolist()),
        y=tuple(y.tolist()),
        values=_square(values),
        confidence=() if confidence is None else _square(confidence),
        levels=levels,
        points=points,
    )


def _side(low: float, high: float) -> np.ndarray:
    room = BEYOND * (high - low)
    return np.linspace(low - room, high + room, SIDE)


def _square(values: np.ndarray) -> tuple[tuple[float, ...], ...]:
    return tuple(map(tuple, values.astype(np.float64).reshape(SIDE, SIDE).tolist()))


def map_margins(report: MapReport) -> Margins:
    """Inches around the axes: beside numbers stands what the colours mean."""
    if not report.levels:
        return Margins(right=1.05, top=0.16)
    usual = Margins()
    room = style.legend_room(report.levels, style.SIZE[0] - usual.left - usual.right)
    return usual._replace(top=usual.top + room)


def draw_map(report: MapReport, axes: Axes) -> None:
    """Colours for what is predicted, lines of equal height, and the points."""
    style.dress(axes, grid="")
    style.name_axes(axes, x=report.features[0], y=report.features[1])
    if report.levels:
        _draw_classes(report, axes)
    else:
        _draw_numbers(report, axes)
    axes.set_xlim(report.x[0], report.x[-1])
    axes.set_ylim(report.y[0], report.y[-1])


def _extent(report: MapReport) -> tuple[float, float, float, float]:
    """Edges of the outermost cells."""
    half = [(side[1] - side[0]) / 2 for side in (report.x, report.y)]
    return (
        report.x[0] - half[0],
        report.x[-1] + half[0],
        report.y[0] - half[1],
        report.y[-1] + half[1],
    )


def _draw_numbers(report: MapReport, axes: Axes) -> None:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import LinearSegmentedColormap, Normalize

    colors = LinearSegmentedColormap.from_list("goodfit", style.SEQUENTIAL, N=2 * STEPS)
    values = np.array(report.values)
    actual = [value for points in report.points for value in points.target]
    scale = Normalize(min([values.min(), *actual]), max([values.max(), *actual]))
    axes.imshow(
        values, extent=_extent(report), origin="lower", aspect="auto", cmap=colors, norm=scale,
        interpolation="bilinear",
    )  # fmt: skip
    if values.max() > values.min():
        lines = axes.contour(report.x, report.y, values, levels=7, colors=style.ON_LIGHT,
                             linewidths=0.7)  # fmt: skip
        axes.clabel(lines, fontsize=7.5, fmt=style.number)
    places = np.concatenate([np.empty((2, 0)), *(part.features for part in report.points)], axis=1)
    steps = np.round(scale(np.array(actual)) * (STEPS - 1)).astype(int)
    for step in np.unique(steps):  # a colour at a time: a small file
        x, y = places[:, steps == step]
        axes.plot(
            x, y, "o", color=colors(step / (STEPS - 1)), markersize=3 if len(actual) > 150 else 5,
            markeredgecolor=style.ON_DARK, markeredgewidth=0.6,
        )  # fmt: skip
    bar = axes.inset_axes((1.02, 0, 0.035, 1))
    figure = axes.get_figure()
    assert figure is not None
    made = figure.colorbar(ScalarMappable(scale, colors), cax=bar)
    made.outline.set_visible(False)  # pyright: ignore[reportCallIssue]
    style.dress(bar, grid="")
    bar.spines[:].set_visible(False)
    bar.yaxis.set_label_position("right")
    style.name_axes(bar, y=report.target)


def _draw_classes(report: MapReport, axes: Axes) -> None:
    from matplotlib.colors import to_rgb

    values = np.array(report.values).astype(int)
    least = 1 / len(report.levels)
    sure = np.clip((np.array(report.confidence) - least) / (1 - least), 0, 1)
    palette = np.array([to_rgb(color) for color in style.SERIES])
    cells = np.dstack([palette[values % len(palette)], FAINT + (STRONG - FAINT) * sure])
    axes.imshow(cells, extent=_extent(report), origin="lower", aspect="auto",
                interpolation="nearest")  # fmt: skip
    many = sum(len(points.target) for points in report.points) > 150
    for place, level in enumerate(report.levels):
        at = [np.array(points.target) == place for points in report.points]
        xs = [x for points, mask in zip(report.points, at, strict=True)
              for x in np.array(points.features[0])[mask]]  # fmt: skip
        ys = [y for points, mask in zip(report.points, at, strict=True)
              for y in np.array(points.features[1])[mask]]  # fmt: skip
        axes.plot(
            xs, ys, style.MARKERS[place % len(style.MARKERS)],
            color=style.SERIES[place % len(style.SERIES)], markersize=3.5 if many else 5.5,
            markeredgecolor=style.CARD, markeredgewidth=0.5, label=level,
        )  # fmt: skip
    style.legend(axes)
