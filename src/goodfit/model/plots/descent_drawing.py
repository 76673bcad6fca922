"""The line that finds its place, as a picture and as one that moves."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from goodfit.core.words import say
from goodfit.model.plots import style
from goodfit.model.plots.descent import DescentReport
from goodfit.model.plots.plot import Margins
from goodfit.model.plots.points import PART_MARKS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE = (5.6, 2.9)
MARGINS = Margins(left=0.6, bottom=0.5, right=0.12, top=0.32)
# Space between line and surface, as a share of both; lines of equal loss; lines on the way.
GAP, LEVELS, GHOSTS = 0.17, 9, 7
#: Milliseconds of a stage of the moving picture, and of the last one.
STAGE_MS, LAST_MS = 90, 2_500
GIF_DOTS_PER_INCH, GIF_COLORS = 110, 64


def draw_descent(report: DescentReport, axes: Axes) -> None:
    """Some lines of the way and the last one; beside them the way on the loss surface."""
    left, right = _ground(report, axes)
    x = across(report)
    ghosts = np.unique(np.linspace(0, len(report.epoch) - 1, GHOSTS).round().astype(int))[:-1]
    for place in ghosts:
        y = report.slope[place] * x + report.intercept[place]
        left.plot(x, y, color=style.MUTED, linewidth=0.9, alpha=0.45)
    slope, intercept = report.kept
    left.plot(x, slope * x + intercept, color=style.INK, linewidth=2)
    words = {"slope": style.number(slope, 3), "intercept": style.number(intercept, 3)}
    style.write(left, 0, 1.04, say("plots.fitted_line", words), transform=left.transAxes)
    right.plot(report.slope, report.intercept, color=style.ON_DARK, linewidth=3.4)
    right.plot(report.slope, report.intercept, color=style.VALIDATION, linewidth=1.8)
    right.plot(report.slope[0], report.intercept[0], "o", color=style.CARD, markersize=6,
               markeredgecolor=style.VALIDATION, markeredgewidth=1.6)  # fmt: skip
    right.plot(slope, intercept, "o", color=style.VALIDATION, markersize=7,
               label=say("plots.kept_epoch", {"epoch": report.kept_epoch}))  # fmt: skip
    style.legend(right)


def across(report: DescentReport) -> np.ndarray:
    """Both ends of the lines."""
    numbers = [number for points in report.points for number in points.features[0]]
    room = 0.04 * (max(numbers) - min(numbers))
    return np.array([min(numbers) - room, max(numbers) + room])


def _ground(report: DescentReport, axes: Axes) -> tuple[Axes, Axes]:
    """What stands still: the points, and the loss surface with lines of equal loss."""
    from matplotlib.colors import LinearSegmentedColormap, LogNorm, Normalize
    from matplotlib.ticker import MaxNLocator

    left, right = style.panels(axes, 1, 2, gap=(GAP, 0))
    for points in report.points:
        color, marker = PART_MARKS[points.part]
        left.plot(points.features[0], points.target, marker, color=color, alpha=0.8,
                  markersize=5 if points.n_rows < 60 else 3.2, markeredgewidth=0)  # fmt: skip
    style.dress(left)
    style.name_axes(left, x=report.feature, y=report.target)
    x = across(report)
    left.set_xlim(*x)
    heights = [height for points in report.points for height in points.target]
    room = 0.12 * (max(heights) - min(heights))
    left.set_ylim(min(heights) - room, max(heights) + room)
    surface = np.array(report.surface)
    positive = surface.min() > 0
    scale = (LogNorm if positive else Normalize)(surface.min(), surface.max())
    colors = LinearSegmentedColormap.from_list("goodfit", style.SEQUENTIAL[::-1][1:], N=32)
    ends = (report.slopes[0], report.slopes[-1], report.intercepts[0], report.intercepts[-1])
    right.imshow(surface, extent=ends, origin="lower", aspect="auto", cmap=colors, norm=scale,
                 interpolation="bilinear")  # fmt: skip
    space = np.geomspace if positive else np.linspace
    levels = space(surface.min(), surface.max(), LEVELS + 2)[1:-1]
    right.contour(report.slopes, report.intercepts, surface, levels=levels,
                  colors=style.ON_LIGHT, linewidths=0.6, alpha=0.6)  # fmt: skip
    style.dress(right, grid="")
    right.xaxis.set_major_locator(MaxNLocator(4))
    if report.least is not None:
        x, y = report.least
        right.plot(x, y, "x", color=style.ON_DARK, markersize=7, markeredgewidth=2)
        beyond = x > (report.slopes[0] + report.slopes[-1]) / 2
        right.annotate(
            say("plots.least_loss", {}), (x, y), (-8 if beyond else 8, -1), color=style.ON_DARK,
            textcoords="offset points", ha="right" if beyond else "left", va="center",
            fontsize=style.TICK_POINTS,
        )  # fmt: skip
    style.name_axes(right, x=say("plots.slope", {}), y=say("plots.intercept", {}))
    right.set_xlim(*ends[:2])
    right.set_ylim(*ends[2:])
    return left, right


def stage_words(report: DescentReport, place: int) -> str:
    """What is said of a stage: its epoch and its loss."""
    params = {"epoch": report.epoch[place], "loss": style.number(report.losses[place], 3)}
    return say("plots.stage_words", params)


def still_ground(report: DescentReport) -> tuple[Figure, Axes, Axes]:
    """A figure of what stands still, and its two axes."""
    from goodfit.model.plots.figures import empty_figure

    figure, axes = empty_figure(SIZE, MARGINS, title=say("plots.title_animation", {}))
    return figure, *_ground(report, axes)


def moving_gif(report: DescentReport) -> bytes:
    """The line as it moves, a GIF that repeats; the same report gives the same bytes."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text
    from PIL import Image

    from goodfit.model.plots.fonts import lend_fonts

    figure, left, right = still_ground(report)
    figure.set_dpi(GIF_DOTS_PER_INCH)
    moving = _Moving(report, left, right)
    lend_fonts(figure.findobj(Text))
    canvas = FigureCanvasAgg(figure)
    frames: list[Any] = []
    with warnings.catch_warnings():
        # A sign that no font has is drawn as a box.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from font")
        canvas.draw()
        ground = canvas.copy_from_bbox(figure.bbox)
        for place in range(len(report.epoch)):
            canvas.restore_region(ground)
            moving.show(place)
            pixels = np.asarray(canvas.buffer_rgba())[:, :, :3]
            frames.append(Image.fromarray(pixels.copy()))
    palette = frames[-1].quantize(GIF_COLORS)
    small = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame in frames]
    file = io.BytesIO()
    small[0].save(
        file, format="GIF", save_all=True, append_images=small[1:], loop=0, optimize=False,
        duration=[STAGE_MS] * (len(small) - 1) + [LAST_MS],
    )  # fmt: skip
    return file.getvalue()


class _Moving:
    """What moves: the line, the way so far, its head, and the words."""

    def __init__(self, report: DescentReport, left: Axes, right: Axes) -> None:
        self.report, self.x = report, across(report)
        self.line = left.plot([], [], color=style.INK, linewidth=2)[0]
        self.halo = right.plot([], [], color=style.ON_DARK, linewidth=3.4)[0]
        self.way = right.plot([], [], color=style.VALIDATION, linewidth=1.8)[0]
        self.head = right.plot([], [], "o", color=style.VALIDATION, markersize=7)[0]
        self.words = left.text(
            0.0, 1.03, "", transform=left.transAxes, color=style.INK,
            fontsize=style.LABEL_POINTS, parse_math=False,
        )  # fmt: skip
        self.all = (self.line, self.halo, self.way, self.head, self.words)
        self.words.set_text(stage_words(report, 0))  # whose letters need a font
        for artist in self.all:
            artist.set_visible(False)  # no part of what stands still

    def show(self, place: int) -> None:
        """Draw a stage over the ground."""
        report = self.report
        self.line.set_data(self.x, report.slope[place] * self.x + report.intercept[place])
        for way in (self.halo, self.way):
            way.set_data(report.slope[: place + 1], report.intercept[: place + 1])
        self.head.set_data([report.slope[place]], [report.intercept[place]])
        self.words.set_text(stage_words(report, place))
        for artist in self.all:
            artist.set_visible(True)
            assert artist.axes is not None
            artist.axes.draw_artist(artist)
