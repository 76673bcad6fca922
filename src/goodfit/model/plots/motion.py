"""A moving picture as SVG: SMIL, no script, and for those who want no motion its end."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from goodfit.model.plots import style
from goodfit.model.plots.descent_drawing import (
    LAST_MS,
    STAGE_MS,
    across,
    stage_words,
    still_ground,
)
from goodfit.model.plots.svg import figure_svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from goodfit.model.plots.descent import DescentReport

_Point = tuple[float, float]
INK = f"var(--ink,{style.INK})"
ORANGE = f"var(--validation,{style.VALIDATION})"
LINE = f"fill:none;stroke:{INK};stroke-width:2"
WAY = f"fill:none;stroke:{ORANGE};stroke-width:1.8"
HALO = f"fill:none;stroke:{style.ON_DARK};stroke-width:3.4"
#: Whoever wants no motion, or prints, sees the end.
RULE = "@media (prefers-reduced-motion:reduce),print{.moving{display:none}.moved{display:inline}}"
#: Points that an SVG counts an inch in.
POINTS = 72


def moving_svg(report: DescentReport, *, alone: bool = False) -> str:
    """The line that finds its place, as an SVG element that moves.

    Its page says when its end is shown instead, by the classes ``moving`` and ``moved``.

    Args:
        report: of the way.
        alone: a whole file, as ``figure_svg`` has it.
    """
    figure, left, right = still_ground(report)
    text = figure_svg(figure, alone=alone)
    figure.set_dpi(POINTS)
    height = float(figure.get_size_inches()[1]) * POINTS
    if alone:
        text = text.replace("</style>", RULE + "</style>", 1)
    end = text.rindex("</svg>")
    return text[:end] + _motion(report, left, right, height) + text[end:]


def _motion(report: DescentReport, left: Axes, right: Axes, height: float) -> str:
    """What lies over the ground: moving, and for the others as it is at the end."""
    x = across(report)
    lines = [
        _places(left, x, slope * x + intercept, height)
        for slope, intercept in zip(report.slope, report.intercept, strict=True)
    ]
    way = _places(right, report.slope, report.intercept, height)
    corners = _places(left, left.get_xlim(), left.get_ylim(), height)
    name = "m" + hashlib.sha256(repr((lines, way)).encode()).hexdigest()[:8]
    clock = _Clock(len(way))
    words = (corners[0][0], corners[1][1] - 6)
    return (
        f"{_clip(name, corners)}"
        f'<g class="moving">{_moving(name, lines, way, clock)}'
        f"{_captions(report, words, clock)}</g>"
        f'<g class="moved" display="none">{_still(name, lines[-1], way)}'
        f"{_caption(report, len(way) - 1, words)}</g>"
    )


def _places(axes: Axes, xs: Any, ys: Any, height: float) -> list[_Point]:
    """Where points of axes lie in the SVG, which counts from above."""
    found = axes.transData.transform(np.column_stack([xs, ys]))
    return [(round(float(x), 1), round(height - float(y), 1)) for x, y in found]


class _Clock:
    """When each stage comes, as shares of the whole."""

    def __init__(self, count: int) -> None:
        self.total_ms = (count - 1) * STAGE_MS + LAST_MS
        self.times = [place * STAGE_MS / self.total_ms for place in range(count)]

    def animate(self, name: str, values: Iterable[object]) -> str:
        """An attribute from stage to stage; the last one is held."""
        shown = [str(value) for value in values]
        times = ";".join(f"{time:.4f}" for time in [*self.times, 1])
        return (
            f'<animate attributeName="{name}" dur="{self.total_ms}ms" repeatCount="indefinite" '
            f'values="{";".join([*shown, shown[-1]])}" keyTimes="{times}"/>'
        )

    def only_at(self, place: int) -> str:
        """Visible at one stage."""
        start = self.times[place]
        end = self.times[place + 1] if place + 1 < len(self.times) else 1
        values = [("hidden", 0.0)] * (start > 0) + [("visible", start)]
        values += [("hidden", end)] * (end < 1)
        return (
            f'<animate attributeName="visibility" dur="{self.total_ms}ms" calcMode="discrete" '
            f'repeatCount="indefinite" values="{";".join(value for value, _ in values)}" '
            f'keyTimes="{";".join(f"{time:.4f}" for _, time in values)}"/>'
        )


def _clip(name: str, corners: Sequence[_Point]) -> str:
    """The line ends where its axes end."""
    (left, bottom), (right, top) = corners
    return (
        f'<clipPath id="{name}"><rect x="{left}" y="{top}" width="{right - left:.1f}" '
        f'height="{bottom - top:.1f}"/></clipPath>'
    )


def _path(points: Iterable[_Point]) -> str:
    return "".join(f"{'L' if at else 'M'}{x} {y}" for at, (x, y) in enumerate(points))


def _moving(
    name: str, lines: Sequence[Sequence[_Point]], way: Sequence[_Point], clock: _Clock
) -> str:
    steps = np.hypot(*np.diff(np.array(way), axis=0).T) if len(way) > 1 else np.zeros(0)
    gone = np.concatenate([[0.0], np.cumsum(steps)])
    left = [f"{1 - share:.4f}" for share in gone / (gone[-1] or 1)]
    return (
        f'<g clip-path="url(#{name})"><path d="{_path(lines[-1])}" style="{LINE}">'
        f"{clock.animate('d', map(_path, lines))}</path></g>"
        f"{_drawing(way, HALO, left, clock)}{_drawing(way, WAY, left, clock)}"
        f'<circle r="3.5" cx="{way[-1][0]}" cy="{way[-1][1]}" style="fill:{ORANGE}">'
        f"{clock.animate('cx', (x for x, _ in way))}"
        f"{clock.animate('cy', (y for _, y in way))}</circle>"
    )


def _drawing(way: Sequence[_Point], look: str, left: Sequence[str], clock: _Clock) -> str:
    """A way that is drawn on and on."""
    return (
        f'<path d="{_path(way)}" pathLength="1" stroke-dasharray="1" style="{look}">'
        f"{clock.animate('stroke-dashoffset', left)}</path>"
    )


def _still(name: str, line: Sequence[_Point], way: Sequence[_Point]) -> str:
    return (
        f'<path d="{_path(line)}" clip-path="url(#{name})" style="{LINE}"/>'
        f'<path d="{_path(way)}" style="{HALO}"/><path d="{_path(way)}" style="{WAY}"/>'
        f'<circle r="3.5" cx="{way[-1][0]}" cy="{way[-1][1]}" style="fill:{ORANGE}"/>'
    )


def _captions(report: DescentReport, at: _Point, clock: _Clock) -> str:
    """What is said of each stage, one at a time."""
    return "".join(
        _caption(report, place, at, clock.only_at(place)) for place in range(len(report.epoch))
    )


def _caption(report: DescentReport, place: int, at: _Point, moving: str = "") -> str:
    hidden = ' visibility="hidden"' if moving else ""
    words = escape(stage_words(report, place))
    return f'<text x="{at[0]}" y="{at[1]}" style="font-size:10px"{hidden}>{words}{moving}</text>'
