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
    with mpl.rc_context(OURS):
        width, height = plot.size_of(report)
        figure = Picture(figsize=(width, height), facecolor=CARD, label=title)
        FigureCanvasAgg(figure)
        margins = plot.margins_of(report)
        axes = figure.add_axes(_place(margins, width, height))
        plot.draw(report, axes)
        wanted = _left_of(axes)
        if margins.left and wanted > margins.left:
            axes.set_position(_place(margins._replace(left=wanted), width, height))
    return figure


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


def write_figure(figure: Figure, path: str | Path) -> Path:
    """Write a figure to a file whose ending says how: ``.svg``, ``.png`` or ``.pdf``.

    The same figure gives the same bytes.

    Raises:
        GoodfitError: for another ending, if the place cannot be written, and where no font of
            this machine has the letters of a ``.png`` or ``.pdf``.
    """
    path = Path(path)
    content = figure_bytes(figure, path)
    with new_file(path) as file:
        file.write(content)
    return path


def check_ending(path: Path) -> str:
    """The ending of a picture's file.

    Raises:
        GoodfitError: for any other.
    """
    ending = path.suffix.lower()
    if ending not in ENDINGS:
        raise GoodfitError("plots.ending", path=path, endings=Choices(ENDINGS))
    return ending


def figure_bytes(figure: Figure, path: Path) -> bytes:
    """What the file of a figure holds."""
    ending = check_ending(path)
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
