"""Figures for pictures, and files of them: matplotlib without pyplot, nothing global touched."""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from goodfit.core.errors import GoodfitError
from goodfit.core.words import Choices
from goodfit.model.files import new_file
from goodfit.model.plots.fonts import lend_fonts
from goodfit.model.plots.plot import Margins, Plot
from goodfit.model.plots.style import CARD, width_of
from goodfit.model.plots.svg import figure_svg

DOTS_PER_INCH = 200
#: What a person's own settings of matplotlib do not change in a picture.
OURS: Any = {
    "font.family": ["DejaVu Sans"],
    "text.usetex": False,
    "axes.formatter.use_mathtext": False,
    "axes.unicode_minus": True,
    "pdf.fonttype": 42,
}
#: Files that a picture may be written to, by their ending.
ENDINGS = (".svg", ".png", ".pdf")
#: Those that a picture may move in.
MOVING = (".svg", ".gif")


class Picture(Figure):
    """A figure that a notebook shows at once, without pyplot."""

    def _repr_svg_(self) -> str:
        return figure_svg(self, alone=True)


def figure_of(plot: Plot, report: Any, *, title: str = "") -> Picture:
    """Draw a report into a figure of its own.

    Args:
        plot: an entry of ``PLOTS``.
        report: that it made.
        title: what one hears who does not see it.
    """
    (width, height), margins = plot.size_of(report), plot.margins_of(report)
    figure, axes = empty_figure((width, height), margins, title=title)
    with mpl.rc_context(OURS):
        plot.draw(report, axes)
        wanted = _left_of(axes)
        if margins.left and wanted > margins.left:
            axes.set_position(_place(margins._replace(left=wanted), width, height))
    return figure


def empty_figure(
    size: tuple[float, float], margins: Margins, *, title: str
) -> tuple[Picture, Axes]:
    """A figure and axes within margins."""
    with mpl.rc_context(OURS):
        figure = Picture(figsize=size, facecolor=CARD, label=title)
        FigureCanvasAgg(figure)
        return figure, figure.add_axes(_place(margins, *size))


def _place(margins: Margins, width: float, height: float) -> tuple[float, float, float, float]:
    """Where axes lie in a figure, as shares of it."""
    left, bottom, right, top = margins
    return left / width, bottom / height, 1 - (left + right) / width, 1 - (bottom + top) / height


def _left_of(axes: Axes) -> float:
    """Inches that the words left of axes take, about; to lay them out would take far longer."""
    longest = 0.0
    for one in (axes, *axes.child_axes):
        if one.get_position().x0 > axes.get_position().x0 + 0.01:
            continue  # beside them, not at their left edge
        names = one.yaxis.get_major_formatter().format_ticks(list(one.yaxis.get_major_locator()()))
        if one.yaxis.get_tick_params().get("labelleft", True) and one.axison:
            longest = max([longest, *map(width_of, names)])
    return longest + (0.34 if axes.get_ylabel() else 0.12)


def draw_on(plot: Plot, report: Any, axes: Axes) -> Figure:
    """Draw a report on axes that a person has; gives the figure they stand in."""
    with mpl.rc_context(OURS):
        plot.draw(report, axes)
    figure = axes.get_figure(root=True)
    assert isinstance(figure, Figure)
    return figure


def write_picture(plot: Plot, report: Any, path: str | Path, *, title: str = "") -> Path:
    """Draw a report into a file; a picture that moves does so as ``.svg`` and ``.gif``.

    Args:
        plot: an entry of ``PLOTS``.
        report: that it made.
        path: of the file, whose ending says how: ``.svg``, ``.png``, ``.pdf``.
        title: what one hears who does not see it.

    Raises:
        GoodfitError: as :func:`write_figure`.
    """
    path = Path(path)
    ending = check_ending(path, plot)
    if plot.moving is None or ending not in MOVING:
        return write_figure(figure_of(plot, report, title=title), path)
    with mpl.rc_context(OURS):
        if ending == ".gif":
            content = plot.moving.gif(report)
        else:
            content = plot.moving.svg(report, alone=True).encode()
    with new_file(path) as file:
        file.write(content)
    return path


def write_figure(figure: Figure, path: str | Path, *, ending: str | None = None) -> Path:
    """Write a figure to a file whose ending says how: ``.svg``, ``.png`` or ``.pdf``.

    The same figure gives the same bytes.

    Args:
        figure: of a picture.
        path: of the file.
        ending: what the file is whatever its name says.

    Raises:
        GoodfitError: for another ending, if the place cannot be written, and where no font of
            this machine has the letters of a ``.png`` or ``.pdf``.
    """
    path = Path(path)
    content = figure_bytes(figure, ending or check_ending(path))
    with new_file(path) as file:
        file.write(content)
    return path


def check_ending(path: Path, plot: Plot | None = None) -> str:
    """The ending of a picture's file.

    Raises:
        GoodfitError: for any other.
    """
    ending, known = path.suffix.lower(), ENDINGS
    if plot is not None and plot.moving is not None:
        known = tuple(dict.fromkeys((*known, *MOVING)))
    if ending not in known:
        raise GoodfitError("plots.ending", path=path, endings=Choices(known))
    return ending


def figure_bytes(figure: Figure, ending: str) -> bytes:
    """What the file of a figure holds: ``.svg``, ``.png`` or ``.pdf``."""
    if ending == ".svg":
        return figure_svg(figure, alone=True).encode()
    lend_fonts(figure.findobj(Text))
    file = io.BytesIO()
    empty = {"Software": None} if ending == ".png" else {"Creator": None, "CreationDate": None}
    with mpl.rc_context(OURS), warnings.catch_warnings():
        # A sign that no font has is drawn as a box.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from font")
        figure.savefig(file, format=ending[1:], dpi=DOTS_PER_INCH, facecolor=CARD, metadata=empty)
    return file.getvalue()
