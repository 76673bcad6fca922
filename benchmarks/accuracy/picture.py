"""Error against CPU seconds, a panel a task. Draws numbers, computes none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

# Okabe and Ito's colours, which people tell apart however they see colours; a shape for each too.
KINDS = {
    "goodfit": ("#d55e00", "*", "Goodfit"),
    "network": ("#0072b2", "o", "networks"),
    "trees": ("#009e73", "s", "boosted trees"),
    "linear": ("#555555", "D", "linear"),
}
KIND = {
    "goodfit": "goodfit",
    "linear": "linear",
    "sklearn_mlp": "network",
    "realmlp_td": "network",
    "realmlp_td_s": "network",
}
TITLES = {"regression": "Numbers", "classes": "Classes"}
# In shares of a panel: half a point, a name's height, a letter's width.
GAP, NAME_HEIGHT, LETTER_WIDTH = 0.018, 0.045, 0.0155


@dataclass(frozen=True)
class Point:
    """One learner.

    Args:
        name: as in the results.
        error: geometric mean over tables, ours being 1.
        cpu_s: geometric mean of a fit.
    """

    name: str
    error: float
    cpu_s: float


def draw(panels: Mapping[str, Sequence[Point]], path: Path) -> None:
    """A panel a task, side by side, as PNG."""
    figure = Figure(figsize=(11, 5), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, len(panels))
    for axis, (task, points) in zip(axes, panels.items(), strict=True):
        _panel(axis, TITLES[task], points)
    kinds = [axes[0].plot([], [], shape, color=color, label=said, ls="")[0]
             for color, shape, said in KINDS.values()]  # fmt: skip
    figure.legend(handles=kinds, loc="outside lower center", ncols=len(kinds), frameon=False)
    figure.savefig(path)


def _panel(axis: Axes, title: str, points: Sequence[Point]) -> None:
    axis.set_title(title, loc="left", fontweight="bold")
    axis.set_xscale("log")
    axis.set_yscale("log")
    axis.set_xlabel("CPU seconds of a fit, geometric mean")
    axis.set_ylabel("error, Goodfit = 1 (lower is better)")
    axis.axhline(1, color="#d55e00", lw=1, ls=":")
    axis.grid(alpha=0.25)
    axis.spines[["top", "right"]].set_visible(False)
    if not points:
        return
    for point in points:
        color, shape, _ = KINDS[KIND.get(point.name, "trees")]
        axis.plot(point.cpu_s, point.error, shape, color=color, ms=14 if shape == "*" else 8)
    low, high = (f(point.error for point in points) for f in (min, max))
    axis.set_ylim(low / 1.06, high * 1.06)
    cpu_low, cpu_high = (f(point.cpu_s for point in points) for f in (min, max))
    axis.set_xlim(cpu_low / 1.6, cpu_high * 8)  # names stand on the right
    axis.yaxis.set_minor_locator(NullLocator())
    axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ticks = [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.75, 2]
    axis.set_yticks([tick for tick in ticks if low / 1.06 <= tick <= high * 1.06])
    _names(axis, points)


def _names(axis: Axes, points: Sequence[Point]) -> None:
    """Each name beside its point, where it lies on no other point or name."""
    to_share = axis.transData + axis.transAxes.inverted()
    places = {point.name: to_share.transform((point.cpu_s, point.error)) for point in points}
    taken = [_Box(x - GAP, y - GAP, x + GAP, y + GAP) for x, y in places.values()]
    for name, (x, y) in places.items():
        width = len(name) * LETTER_WIDTH
        corners = [
            (x + 1.2 * GAP, y - NAME_HEIGHT / 2),  # right
            (x + 1.2 * GAP, y + NAME_HEIGHT / 2),  # and a little higher or lower
            (x + 1.2 * GAP, y - 1.5 * NAME_HEIGHT),
            (x - width / 2, y + 1.5 * GAP),  # above
            (x - width / 2, y - 1.5 * GAP - NAME_HEIGHT),  # below
            (x - width - 1.2 * GAP, y - NAME_HEIGHT / 2),  # left
        ]
        if name == "goodfit":  # its line runs to the right
            corners = corners[3:]
        boxes = [_Box(left, low, left + width, low + NAME_HEIGHT) for left, low in corners]
        best = min(boxes, key=lambda box: (box.outside(), sum(map(box.meets, taken))))
        taken.append(best)
        weight = "bold" if name == "goodfit" else "normal"
        where = {"transform": axis.transAxes, "va": "bottom", "fontsize": 9, "fontweight": weight}
        axis.text(best.left, best.low, name, **where)


@dataclass(frozen=True)
class _Box:
    """In shares of the panel."""

    left: float
    low: float
    right: float
    high: float

    def meets(self, other: _Box) -> bool:
        """Whether the two share some of the panel."""
        beside = self.right <= other.left or other.right <= self.left
        return not (beside or self.high <= other.low or other.high <= self.low)

    def outside(self) -> bool:
        """Whether some of it lies outside the panel."""
        return min(self.left, self.low) < 0 or max(self.right, self.high) > 1
