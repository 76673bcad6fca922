"""What a model is: parameters that are turned, a structure, and the function that both make."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from goodfit.model.illustrations.computed import Line, Numbers, fifteen
from goodfit.model.illustrations.computed import numbers as as_numbers
from goodfit.model.illustrations.drawn import heading, points, word
from goodfit.model.illustrations.illustration import Illustration, Margins
from goodfit.model.illustrations.passes import Passes
from goodfit.model.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Knobs(msgspec.Struct, frozen=True, kw_only=True):
    """The two parameters of a line, and what each does alone.

    Args:
        x: (row,), and ``y`` (row,): the points.
        slope: of the best line, and its ``intercept``; ``loss`` of it.
        slopes: (line,) other slopes, ``slope_losses`` (line,) with the best intercept.
        intercepts: (line,) other intercepts, ``intercept_losses`` (line,) with the best slope.
    """

    x: Numbers
    y: Numbers
    slope: float
    intercept: float
    loss: float
    slopes: Numbers
    slope_losses: Numbers
    intercepts: Numbers
    intercept_losses: Numbers


def knobs() -> Knobs:
    """The fifteen points, and lines round the best one."""
    x, y = fifteen()
    line = Line(x, y)
    a, b = line.best()
    slopes, intercepts = np.array([a - 0.15, a + 0.15]), np.array([b - 0.8, b + 0.8])
    return Knobs(
        x=as_numbers(x),
        y=as_numbers(y),
        slope=a,
        intercept=b,
        loss=float(line.losses(np.array(a), np.array(b))),
        slopes=as_numbers(slopes),
        slope_losses=as_numbers(line.losses(slopes, np.array(b))),
        intercepts=as_numbers(intercepts),
        intercept_losses=as_numbers(line.losses(np.array(a), intercepts)),
    )


def draw_knobs(report: Knobs, axes: Axes) -> None:
    """Left the slope is turned, right the intercept."""
    made = style.panels(axes, 1, 2, gap=(0.14, 0))
    turned = ("turn_slope", "turn_intercept")
    others = (
        [(slope, report.intercept) for slope in report.slopes],
        [(report.slope, intercept) for intercept in report.intercepts],
    )
    losses = (report.slope_losses, report.intercept_losses)
    for panel, name, lines, off in zip(made, turned, others, losses, strict=True):
        ends = np.array([0.0, 11.5])
        for (slope, intercept), loss in zip(lines, off, strict=True):
            panel.plot(ends, slope * ends + intercept, color=style.MUTED, linewidth=1.3,
                       linestyle=(0, (4, 1.6)))  # fmt: skip
            said = word("loss_value", value=style.number(loss, 2))
            end, above = slope * 11.4 + intercept, slope * 11.4 + intercept > 3.7
            style.write(panel, 11.4, end + (0.05 if above else -0.75), said, ha="right",
                        va="bottom" if above else "top", color=style.MUTED)  # fmt: skip
        panel.plot(ends, report.slope * ends + report.intercept, **style.PART_LINES["training"])
        points(panel, report.x, report.y, s=12)
        style.dress(panel)
        panel.set_xlim(0, 11.5)
        panel.set_ylim(-0.4, 6)
        style.name_axes(panel, x="x", y="y" if panel is made[0] else "")
        best = report.slope if name == "turn_slope" else report.intercept
        heading(panel, word(name), word("best_value", value=style.number(best, 3)))


def _told_knobs(report: Knobs) -> dict[str, Any]:
    return {"slope": style.number(report.slope, 3), "intercept": style.number(report.intercept, 3),
            "loss": style.number(report.loss, 3)}  # fmt: skip


class Whole(msgspec.Struct, frozen=True, kw_only=True):
    """A model: its structure and parameters, and the function that they are together.

    Args:
        passes: one row's way through it, with every parameter.
        x: (place,), and ``says`` (place,): the function.
        points_x: (row,), and ``points_y`` (row,).
        n_parameters: of the network.
    """

    passes: Passes
    x: Numbers
    says: Numbers
    points_x: Numbers
    points_y: Numbers
    n_parameters: int


def whole() -> Whole:
    """A network of three neurons, fitted to the fifteen points for a while."""
    from goodfit.model.illustrations.passes import small_model, small_passes

    (x, y), model = fifteen(), small_model()
    grid = np.linspace(x.min(), x.max(), 120)
    return Whole(
        passes=small_passes(),
        x=as_numbers(grid),
        says=as_numbers(model.predict({"x": grid})),
        points_x=as_numbers(x),
        points_y=as_numbers(y),
        n_parameters=sum(value.numel() for value in model.network.parameters()),
    )


def draw_whole(report: Whole, axes: Axes) -> None:
    """Structure, parameters, and the function that both make."""
    first, second, third = style.panels(axes, 1, 3, gap=(0.12, 0))
    _draw_structure(report, first)
    _draw_parameters(report, second)
    third.plot(report.x, report.says, **style.PART_LINES["training"])
    points(third, report.points_x, report.points_y, s=10)
    style.dress(third)
    style.name_axes(third, x="x", y="y")
    for panel, name in ((first, "structure"), (second, "parameters"), (third, "function")):
        heading(panel, word(name, count=report.n_parameters))


def _draw_structure(report: Whole, axes: Axes) -> None:
    axes.set_axis_off()
    columns = [1, *(len(layer.bias) for layer in report.passes.layers)]
    places = [
        [(float(x), (count - 1) / 2 - place) for place in range(count)]
        for x, count in enumerate(columns)
    ]
    for before, after in pairwise(places):
        for start in before:
            for end in after:
                axes.plot(*zip(start, end, strict=True), color=style.MUTED, linewidth=1, zorder=1)
    for column in places:
        axes.plot(*zip(*column, strict=True), "o", color=style.CARD, markersize=14,
                  markeredgecolor=style.INK, markeredgewidth=1.4)  # fmt: skip
    axes.set_xlim(-0.35, len(columns) - 0.65)
    axes.set_ylim(-1.5, 1.5)


def _draw_parameters(report: Whole, axes: Axes) -> None:
    axes.set_axis_off()
    axes.set_xlim(0, 4)
    axes.set_ylim(-3.5, 0.2)
    first, last = report.passes.layers
    rows = (
        ("first_weights", [row[0] for row in first.weight]),
        ("biases", first.bias),
        ("second_weights", last.weight[0]),
        ("bias_alone", last.bias),
    )
    for line, (name, values) in enumerate(rows):
        style.write(axes, 0, -0.9 * line, word(name), va="center", color=style.MUTED)
        for place, value in enumerate(values):
            colour = style.TRAINING if value >= 0 else style.VALIDATION
            style.write(axes, 1.4 * place, -0.9 * line - 0.36, style.number(value, 2),
                        va="center", color=colour)  # fmt: skip


def _told_whole(report: Whole) -> dict[str, Any]:
    return {"count": report.n_parameters, "neurons": len(report.passes.layers[0].bias)}


ILLUSTRATIONS = (
    Illustration("parameter", knobs, draw_knobs, _told_knobs, Knobs, size=(5.6, 2.9),
                 margins=Margins(left=0.5, bottom=0.5, right=0.14, top=0.56)),
    Illustration("model", whole, draw_whole, _told_whole, Whole, size=(5.6, 2.3),
                 margins=Margins(left=0.12, bottom=0.5, right=0.14, top=0.34)),
)  # fmt: skip
