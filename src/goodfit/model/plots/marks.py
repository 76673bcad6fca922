"""Marks that several pictures share: many dots, a note below, bars of uncertainty, a diagonal."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from goodfit.core.words import say
from goodfit.model.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Paths that dots are dealt to: where several lie upon each other it gets darker.
PATHS = 4
#: Points of space below the axes for the note on the rows.
NOTE_BELOW = 34.0


def dots(
    axes: Axes,
    x: Sequence[float],
    y: Sequence[float],
    *,
    colour: str = style.TRAINING,
    size: float = 3.4,
    label: str | None = None,
) -> None:
    """Many dots in little room: as a file each takes a few letters of one path."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    alpha = 0.85 if len(x) < 100 else 0.5 if len(x) < 600 else 0.3
    # A line of no length at all would not be drawn.
    short = 1e-3 * ((max(x) - min(x)) or 1.0)
    for first in range(min(PATHS, len(x))):
        dealt = zip(x[first::PATHS], y[first::PATHS], strict=True)
        places = [place for here, high in dealt for place in ((here, high), (here + short, high))]
        path = Path(places, [Path.MOVETO, Path.LINETO] * (len(places) // 2))
        path.should_simplify = False
        patch = PathPatch(path, fill=False, edgecolor=colour, alpha=alpha, linewidth=size)
        patch.set_capstyle("round")
        patch.set_snap(False)
        axes.add_patch(patch)
    axes.update_datalim(list(zip(x, y, strict=True)))
    axes.autoscale_view()
    if label is not None:
        axes.plot([], [], "o", color=colour, markersize=size + 0.8, label=label)


def note_rows(axes: Axes, report: Any, *, below: float = NOTE_BELOW) -> None:
    """Say below the axes, on the right, which rows a picture is of and how many."""
    note(axes, say(f"plots.rows_{report.part}", {"n_rows": report.n_rows}), below=below)


def note(axes: Axes, text: str, *, below: float = NOTE_BELOW) -> None:
    """Write something small below the axes, on the right."""
    axes.annotate(
        text,
        (1, 0),
        xytext=(0, -below),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        va="top",
        color=style.MUTED,
        fontsize=style.TICK_POINTS,
        annotation_clip=False,
        parse_math=False,
    )


def diagonal(axes: Axes, low: float, high: float, *, label: str | None = None) -> None:
    """The line on which both axes agree."""
    axes.plot(
        [low, high],
        [low, high],
        color=style.MUTED,
        linewidth=1.2,
        linestyle=(0, (4, 2)),
        label=label,
    )


def ends_with_room(low: float, high: float, *, room: float = 0.04) -> tuple[float, float]:
    """Ends of an axis, with a little room."""
    width = (high - low) or abs(high) or 1.0
    return low - room * width, high + room * width


def number_ticks(axis: Any, *, most: int = 5) -> None:
    """Few ticks, as numbers that read: 500,000 and not 5e5."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(most, steps=[1, 2, 2.5, 5, 10]))

    def written(value: float, _: int | None) -> str:
        return style.number(value)

    axis.set_major_formatter(FuncFormatter(written))


def header(axes: Axes, text: str, *, left: float = 40.0, above: float = 24.0) -> None:
    """Write above panels what they are of."""
    axes.annotate(
        style.shortened(text),
        (0, 1),
        xytext=(-left, above),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="left",
        va="bottom",
        color=style.INK,
        fontsize=style.LABEL_POINTS,
        annotation_clip=False,
        parse_math=False,
    )
