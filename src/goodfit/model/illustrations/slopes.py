"""Slopes: of a curve, of the loss, and where steps along them lead."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import torch

from goodfit.model.illustrations.computed import Line, Numbers, fifteen, standardized
from goodfit.model.illustrations.computed import numbers as as_numbers
from goodfit.model.illustrations.drawn import (
    GRADIENT,
    arrow,
    contours,
    heading,
    path_on,
    star,
    word,
)
from goodfit.model.illustrations.illustration import Illustration, Margins
from goodfit.model.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Half the acceleration of a falling stone, in metres a second squared.
HALF_GRAVITY = 9.81 / 2


class Falling(msgspec.Struct, frozen=True, kw_only=True):
    """A stone that falls, and how fast it is after a second.

    Args:
        time: (place,) in seconds, and ``depth`` in metres.
        at: the time that is asked about, and ``depth_at``.
        spans: (secant,) seconds until the second point of each secant.
        speeds: (secant,) metres a second along each.
        speed: the derivative, by PyTorch's own differentiation.
    """

    time: Numbers
    depth: Numbers
    at: float
    depth_at: float
    spans: Numbers
    speeds: Numbers
    speed: float


def falling() -> Falling:
    """Secants of one, a half and a tenth of a second, and the derivative."""
    time, at, spans = np.linspace(0, 2.2, 90), 1.0, (1.0, 0.5, 0.1)

    def depth(moment: Any) -> Any:
        return HALF_GRAVITY * moment**2

    moment = torch.tensor(at, dtype=torch.float64, requires_grad=True)
    (speed,) = torch.autograd.grad(depth(moment), moment)
    return Falling(
        time=as_numbers(time),
        depth=as_numbers(depth(time)),
        at=at,
        depth_at=depth(at),
        spans=spans,
        speeds=tuple((depth(at + span) - depth(at)) / span for span in spans),
        speed=float(speed),
    )


def draw_falling(report: Falling, axes: Axes) -> None:
    """The curve, its secants ever nearer, and the tangent."""
    axes.plot(report.time, report.depth, color=style.INK, linewidth=2)
    lines = ((0, (1, 1.2)), (0, (3, 1.5)), (0, (6, 1.5)))
    for span, speed, line in zip(report.spans, report.speeds, lines, strict=True):
        _through(report, axes, speed, color=style.MUTED, linestyle=line, linewidth=1.3,
                 label=word("in_seconds", span=style.number(span),
                            speed=style.number(speed, 3)))  # fmt: skip
        end = report.at + span
        axes.plot([end], [report.depth_at + speed * span], "o", color=style.MUTED, markersize=4)
    label = word("at_once", speed=style.number(report.speed, 3))
    _through(report, axes, report.speed, color=GRADIENT, linewidth=2.2, label=label)
    axes.plot([report.at], [report.depth_at], "o", color=GRADIENT, markersize=7, zorder=5)
    style.dress(axes)
    axes.set_xlim(0, 2.2)
    axes.set_xticks([0, 0.5, 1, 1.5, 2], ["0", "0.5", "1", "1.5", "2"])
    axes.set_ylim(0, 24)
    style.name_axes(axes, x=word("seconds"), y=word("metres_fallen"))
    style.legend(axes, loc="upper left", bbox_to_anchor=(0.02, 0.98), ncols=1)


def _through(report: Falling, axes: Axes, slope: float, **more: Any) -> None:
    """A line of this slope through the point that is asked about."""
    ends = np.array([0.5, 2.2])
    axes.plot(ends, report.depth_at + slope * (ends - report.at), **more)


def _told_falling(report: Falling) -> dict[str, Any]:
    first, last = style.number(report.speeds[0], 3), style.number(report.speeds[-1], 3)
    return {"first": first, "last": last, "speed": style.number(report.speed, 3)}


class Surface(msgspec.Struct, frozen=True, kw_only=True):
    """The loss over slope and intercept, and a descent on it.

    Args:
        slope: (column,) of the grid, and ``intercept`` (row,).
        loss: (row, column).
        start: slope and intercept before the first step, and the loss and gradient there.
        path: (step + 1, 2) of the descent.
        best: slope and intercept of least squares.
        learning_rate: of the descent.
        steps: (place,) of the path that are marked.
        end_loss: after the last step.
    """

    slope: Numbers
    intercept: Numbers
    loss: tuple[Numbers, ...]
    start: tuple[float, float]
    start_loss: float
    gradient: tuple[float, float]
    arrows: tuple[tuple[float, float, float, float], ...]
    path: tuple[tuple[float, float], ...]
    best: tuple[float, float]
    learning_rate: float
    end_loss: float


def surface_of(line: Line, slope: np.ndarray, intercept: np.ndarray) -> tuple[Numbers, ...]:
    """The loss over a grid, (row, column)."""
    across, up = np.meshgrid(slope, intercept)
    return tuple(map(as_numbers, line.losses(across, up)))


def pairs(path: np.ndarray) -> tuple[tuple[float, float], ...]:
    """A path as a report holds it."""
    return tuple((float(one[0]), float(one[1])) for one in path)


def gradient_surface() -> Surface:
    """Gradient descent on the standardised fifteen points, whose hollow is round enough to see."""
    line = Line(standardized(fifteen()[0]), fifteen()[1])
    slope, intercept = np.linspace(-2.2, 3.4, 57), np.linspace(0.7, 3.7, 31)
    start, rate = (-1.8, 1.0), 0.1
    path = line.descend(start, n_steps=25, optimizer="sgd", learning_rate=rate)
    places = [(a, b) for a in (-1.2, 0.0, 1.2, 2.4) for b in (1.3, 2.2, 3.1)]
    ends = [line.losses(np.array(path[-1, 0]), np.array(path[-1, 1]))]
    return Surface(
        slope=as_numbers(slope),
        intercept=as_numbers(intercept),
        loss=surface_of(line, slope, intercept),
        start=start,
        start_loss=float(line.losses(np.array(start[0]), np.array(start[1]))),
        gradient=line.gradient(*start),
        arrows=tuple((float(a), float(b), *line.gradient(a, b)) for a, b in places),
        path=pairs(path),
        best=line.best(),
        learning_rate=rate,
        end_loss=float(ends[0]),
    )


def draw_gradient(report: Surface, axes: Axes) -> None:
    """Lines of equal loss, the gradient at many places, and a descent against it."""
    contours(axes, report.loss, report.slope, report.intercept)
    for a, b, across, up in report.arrows:
        arrow(axes, (a, b), (a + 0.1 * across, b + 0.1 * up), color=GRADIENT, linewidth=1)
    path_on(axes, report.path)
    star(axes, report.best)
    axes.plot([], [], color=GRADIENT, marker=">", label=word("gradient"))
    axes.plot([], [], "o-", color=style.TRAINING, markersize=3, label=word("descent"))
    axes.plot([], [], "*", color=style.VALIDATION, markersize=9, label=word("best_line"))
    style.dress(axes, grid="")
    axes.set_xlim(report.slope[0], report.slope[-1])
    axes.set_ylim(report.intercept[0], report.intercept[-1])
    axes.set_aspect("equal")
    style.name_axes(axes, x=word("slope"), y=word("intercept"))
    style.legend(axes)


def _told_gradient(report: Surface) -> dict[str, Any]:
    return {
        "slope": style.number(report.gradient[0], 3),
        "intercept": style.number(report.gradient[1], 3),
        "loss": style.number(report.start_loss, 3),
        "steps": len(report.path) - 1,
        "end": style.number(report.end_loss, 3),
    }


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """The loss over one parameter, and descents of several rates.

    Args:
        slope: (place,), and ``loss`` (place,).
        rates: (descent,) their learning rates.
        paths: (descent, step + 1) slopes, and ``heights`` likewise their losses.
        best: slope of the least loss.
    """

    slope: Numbers
    loss: Numbers
    rates: Numbers
    paths: tuple[Numbers, ...]
    heights: tuple[Numbers, ...]
    best: float


def rates() -> Rates:
    """Ten steps of three learning rates, the intercept at its best."""
    line = Line(standardized(fifteen()[0]), fifteen()[1])
    best, level = line.best()
    slope, chosen = np.linspace(best - 2.1, best + 2.1, 81), (0.03, 0.3, 1.03)
    paths = [
        line.descend((best - 1.5, level), n_steps=8, optimizer="sgd", learning_rate=rate)[:, 0]
        for rate in chosen
    ]
    return Rates(
        slope=as_numbers(slope),
        loss=as_numbers(line.losses(slope, np.array(level))),
        rates=chosen,
        paths=tuple(map(as_numbers, paths)),
        heights=tuple(as_numbers(line.losses(path, np.array(level))) for path in paths),
        best=best,
    )


def draw_rates(report: Rates, axes: Axes) -> None:
    """A panel for each rate: steps down, or up, the sides of the loss."""
    made = style.panels(axes, 1, 3, gap=(0.08, 0))
    names = ("too_small", "right", "too_large")
    drawn = zip(made, report.rates, report.paths, report.heights, names, strict=True)
    for panel, rate, path, heights, name in drawn:
        panel.plot(report.slope, report.loss, color=style.MUTED, linewidth=1.4)
        path_on(panel, list(zip(path, heights, strict=True)), markersize=4)
        panel.plot(path[:1], heights[:1], "o", color=style.VALIDATION, markersize=6, zorder=5)
        style.dress(panel)
        panel.set_ylim(0, max(report.loss))
        panel.set_xticks([])
        style.name_axes(panel, x=word("slope"))
        heading(panel, word(name), word("rate", rate=style.number(rate)))
        if panel is not made[0]:
            panel.tick_params(labelleft=False)
    style.name_axes(made[0], x=word("slope"), y=word("loss"))


def _told_rates(report: Rates) -> dict[str, Any]:
    small, right, large = (style.number(heights[-1], 3) for heights in report.heights)
    slow, good, bold = (style.number(rate) for rate in report.rates)
    found = {"small": small, "right": right, "large": large, "steps": len(report.paths[0]) - 1}
    return {**found, "start": style.number(report.heights[0][0], 3),
            "slow": slow, "good": good, "bold": bold}  # fmt: skip


ILLUSTRATIONS = (
    Illustration("derivative", falling, draw_falling, _told_falling, Falling, size=(5.6, 3.2)),
    Illustration("gradient", gradient_surface, draw_gradient, _told_gradient, Surface),
    Illustration(
        "learning-rate", rates, draw_rates, _told_rates, Rates, size=(5.6, 2.5),
        margins=Margins(left=0.55, bottom=0.36, right=0.12, top=0.56),
    ),
)  # fmt: skip
