"""One feature: the fitted line or curve over the points, with the interval around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from goodfit.core.errors import GoodfitError
from goodfit.core.words import say
from goodfit.model.plots import style
from goodfit.model.plots.plot import Margins
from goodfit.model.plots.points import PART_MARKS, Points, only_numbers, points_of, range_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from goodfit.model.fitted import FittedModel
    from goodfit.model.plots.plot import Rows

CURVE_POINTS = 200
#: Share of new rows that the interval is drawn for.
LEVEL = 0.9
# The curve goes on beyond the points by this share of their range.
BEYOND = 0.03
# Classes that get a curve each: of many those that are the most probable.
MOST_CURVES = 8


class Curve(msgspec.Struct, frozen=True, kw_only=True):
    """What is predicted along the feature.

    Args:
        level: the class whose probability it is; None for a target of numbers.
        y: (point,) predictions, or probabilities.
    """

    level: str | None
    y: tuple[float, ...]


class FitReport(msgspec.Struct, frozen=True, kw_only=True):
    """A fit over its only feature.

    Args:
        feature: its name.
        target: its name.
        x: (point,) where the curves are known.
        curves: the prediction; of classes the probability of each (of many those that are the
            most probable), of two classes of the second.
        lower: (point,) lower end of the interval; empty without one.
        upper: (point,) upper end.
        interval: share of new rows that it is for; None without one.
        slope: of a straight line, in the table's units; None where it is none.
        intercept: likewise.
        points: the rows, if a table was at hand; their target is a place among ``levels``.
        levels: of classes.
    """

    feature: str
    target: str
    x: tuple[float, ...]
    curves: tuple[Curve, ...]
    lower: tuple[float, ...] = ()
    upper: tuple[float, ...] = ()
    interval: float | None = None
    slope: float | None = None
    intercept: float | None = None
    points: tuple[Points, ...] = ()
    levels: tuple[str, ...] = ()


def has_one_number(model: FittedModel) -> bool:
    """Whether there is one feature, of numbers, to draw over."""
    return only_numbers(model, 1)


def fit_report(model: FittedModel, rows: Rows | None = None) -> FitReport | None:
    """What a model of one feature predicts along it; ``rows`` give points."""
    if not has_one_number(model):
        return None
    (feature,) = model.schema.features
    points = points_of(model, rows)
    ends = range_of(model, feature, points)
    if not ends:
        return None
    room = BEYOND * (ends[1] - ends[0])
    x = np.linspace(ends[0] - room, ends[1] + room, CURVE_POINTS)
    table = {feature.name: x}
    levels = tuple(map(str, model.levels.tolist()))
    line = model.coefficients() if model.objective.loss.link.name == "identity" else None
    line = line or {}
    straight = isinstance(line.get(feature.name), float) and not levels
    bounds = None if levels else _interval(model, table)
    return FitReport(
        feature=feature.name,
        target=model.schema.target.name,
        x=tuple(x.tolist()),
        curves=_curves(model, table, levels),
        lower=() if bounds is None else tuple(bounds[:, 0].tolist()),
        upper=() if bounds is None else tuple(bounds[:, 1].tolist()),
        interval=None if bounds is None else LEVEL,
        slope=line[feature.name] if straight else None,
        intercept=line["intercept"] if straight else None,
        points=points,
        levels=levels,
    )


def _curves(
    model: FittedModel, table: dict[str, np.ndarray], levels: tuple[str, ...]
) -> tuple[Curve, ...]:
    if not levels:
        return (Curve(level=None, y=tuple(model.predict(table).tolist())),)
    found = model.predict_proba(table)
    places = [1] if len(levels) == 2 else np.sort(np.argsort(-found.mean(axis=0))[:MOST_CURVES])
    return tuple(Curve(level=levels[at], y=tuple(found[:, at].tolist())) for at in places)


def _interval(model: FittedModel, table: dict[str, np.ndarray]) -> np.ndarray | None:
    """(point, 2) ends of the interval; None where the model promises none."""
    try:
        found = model.predict_interval(table, level=LEVEL)
    except GoodfitError:
        return None
    return found if np.isfinite(found).all() else None


def draw_fit(report: FitReport, axes: Axes) -> None:
    """Points, the curve, and the band of the interval."""
    style.dress(axes)
    if report.levels:
        _draw_classes(report, axes)
        return
    if report.interval is not None:
        label = _interval_words(report.interval)
        axes.fill_between(
            report.x, report.lower, report.upper, color=style.MUTED, alpha=0.18, linewidth=0,
            label=label,
        )  # fmt: skip
    for points in report.points:
        _scatter(axes, report, points, points.target)
    axes.plot(report.x, report.curves[0].y, color=style.INK, linewidth=2, label=_line_words(report))
    style.name_axes(axes, x=report.feature, y=report.target)
    style.legend(axes)


def _scatter(axes: Axes, report: FitReport, points: Points, heights: Any) -> None:
    color, marker = PART_MARKS[points.part]
    many = sum(part.n_rows for part in report.points) > 60
    axes.plot(
        points.features[0], heights, marker, color=color, markersize=3.6 if many else 5.5,
        alpha=0.6 if many else 0.9, markeredgewidth=0, label=say(f"plots.part_{points.part}", {}),
    )  # fmt: skip


def _interval_words(level: float) -> str:
    return say("plots.interval", {"percent": round(100 * level)})


def _line_words(report: FitReport) -> str:
    if report.slope is None or report.intercept is None:
        return say("plots.fitted", {})
    params = {"slope": style.number(report.slope), "intercept": style.number(report.intercept)}
    return say("plots.fitted_line", params)


def _draw_classes(report: FitReport, axes: Axes) -> None:
    """Probabilities above, the rows of each class below."""
    for place, curve in enumerate(report.curves):
        axes.plot(
            report.x, curve.y, color=style.SERIES[place % 6],
            linestyle=style.SERIES_LINES[place % len(style.SERIES_LINES)],
            linewidth=2, label=curve.level,
        )  # fmt: skip
    axes.set_ylim(-0.02, 1.02)
    only = report.curves[0].level if len(report.curves) == 1 else None
    level = style.shortened(only, 24) if only is not None else ""
    probability = (
        say("plots.probability_of", {"level": level}) if level else say("plots.probability", {})
    )
    if not report.points:
        style.name_axes(axes, x=report.feature, y=probability)
    style.legend(axes)
    if not report.points:
        return
    style.name_axes(axes, y=probability)
    axes.tick_params(labelbottom=False)
    below = axes.inset_axes((0, -0.44, 1, 0.38), sharex=axes)
    style.dress(below)
    levels = [curve.level for curve in report.curves if len(report.curves) > 1] or report.levels
    rank = {report.levels.index(str(level)): height for height, level in enumerate(levels)}
    for points in report.points:
        beside = {"training": 0.2, "validation": 0.0, "test": -0.2}.get(points.part, 0.0)
        # Where the rows of a class without a curve would lie, nothing is drawn.
        heights = [rank.get(int(place), np.nan) for place in points.target]
        _scatter(below, report, points, np.array(heights) + beside)
    below.set_ylim(-0.6, len(levels) - 0.4)
    style.name_ticks(below.yaxis, range(len(levels)), levels, longest=10)
    style.name_axes(below, x=report.feature)
    style.legend(below, bbox_to_anchor=(0, -0.5), loc="upper left")


def fit_margins(report: FitReport) -> Margins:
    """Inches around the axes: below those of classes lie their rows."""
    usual = Margins(bottom=1.86) if report.levels and report.points else Margins()
    if report.levels:
        names = [curve.level or "" for curve in report.curves]
    else:
        names = [say(f"plots.part_{points.part}", {}) for points in report.points]
        names += [_line_words(report)]
        if report.interval is not None:
            names.append(_interval_words(report.interval))
    room = style.legend_room(names, style.SIZE[0] - usual.left - usual.right)
    return usual._replace(top=usual.top + room)


def fit_size(report: FitReport) -> tuple[float, float]:
    """Inches: with the rows of classes a second panel."""
    return (style.SIZE[0], 4.4) if report.levels and report.points else style.SIZE
