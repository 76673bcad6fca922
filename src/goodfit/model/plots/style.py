"""How every picture looks: one palette, legible type, a name cut where it would not fit.

Colours are given as on a light ground; ``svg`` turns them into CSS variables, so that the same
picture stands on a dark page too. A colour never speaks alone: what is told apart by it differs
in line, marker or place as well.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from goodfit.core.words import printable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.legend import Legend


class Colour(NamedTuple):
    """A colour of the palette: on a light ground and on a dark one."""

    light: str
    dark: str


#: By the name of its CSS variable. All but ``line`` keep a contrast of 4.5 to 1 on ``card``
#: (WCAG 2.2, 1.4.3), and the six of data stay apart in the common kinds of colour blindness.
PALETTE: Mapping[str, Colour] = {
    "training": Colour("#1f5fd0", "#82adff"),
    "validation": Colour("#b4500a", "#ffae66"),
    "third": Colour("#7a3fb0", "#c79bf2"),
    "fourth": Colour("#0f766e", "#5cd2c2"),
    "fifth": Colour("#a8205f", "#ff9ec4"),
    "sixth": Colour("#66610a", "#d6cf5e"),
    "ink": Colour("#18202f", "#eaeef6"),
    "muted": Colour("#566076", "#a5afc2"),
    "line": Colour("#dedbd2", "#303848"),
    "card": Colour("#ffffff", "#181d27"),
}
TRAINING, VALIDATION, THIRD = (PALETTE[name].light for name in ("training", "validation", "third"))
INK, MUTED, GRID, CARD = (PALETTE[name].light for name in ("ink", "muted", "line", "card"))
#: Test rows, wherever they are told from the others.
TEST = THIRD
#: Classes, one after the other; more than these start again with another marker or line.
SERIES = tuple(
    PALETTE[name].light for name in ("training", "validation", "third", "fourth", "fifth", "sixth")
)
SERIES_LINES = ("-", (0, (4, 1.6)), (0, (1, 1.2)), (0, (5, 1.2, 1, 1.2)))
MARKERS = ("o", "s", "^", "D", "v", "P")
#: On a coloured area, which is the same in light and dark, type does not change either.
ON_DARK, ON_LIGHT = "#fefefe", "#10131a"
#: Below zero, zero, above zero; from little to much.
DIVERGING = (VALIDATION, "#f3f2ee", TRAINING)
SEQUENTIAL = ("#f1f5fd", "#8fb1ec", TRAINING, "#0b2a66")

#: Lines of the parts of the rows: the same in every picture.
PART_LINES: Mapping[str, dict[str, Any]] = {
    "training": {"color": TRAINING, "linestyle": "-", "linewidth": 1.8},
    "validation": {"color": VALIDATION, "linestyle": (0, (4, 1.6)), "linewidth": 1.8},
    "test": {"color": TEST, "linestyle": (0, (1, 1.2)), "linewidth": 1.8},
}

#: Inches of a picture, and its type in points: on a page 400 points wide, or a phone, readable.
SIZE = (5.6, 3.5)
LABEL_POINTS, TICK_POINTS = 10.0, 9.0
#: Letters that fit along an axis, and beside a tick.
AXIS_LETTERS, TICK_LETTERS = 48, 18
#: Of a legend: letters of a name, names, and inches of a row.
LEGEND_LETTERS, LEGEND_NAMES, LEGEND_ROW = 30, 12, 0.17


def shortened(text: object, longest: int = AXIS_LETTERS) -> str:
    r"""A name from a table as a picture shows it: on one line, cut with an ellipsis.

    >>> shortened("a\nb"), shortened("temperature of the water", 12)
    ('a\\nb', 'temperature…')
    """
    shown = printable(str(text)[: longest + 1])
    return shown if len(shown) <= longest else shown[: longest - 1].rstrip() + "…"


def width_of(text: str, points: float = TICK_POINTS) -> float:
    """Inches that a text takes, about.

    >>> width_of("0.25") < width_of("1,000,000") < width_of("一二三四五六七")
    True
    """
    letters = sum(2 if ord(letter) >= 0x2E80 else 1 for letter in text)
    return 0.62 * letters * points / 72


def dress(axes: Axes, *, grid: str = "y") -> None:
    """Quiet axes: two spines, no tick marks, thin lines across, numbers in full.

    Args:
        axes: to draw on.
        grid: lines across ``y``, ``x``, ``both``, or ``""`` for none.
    """
    from goodfit.model.plots.ticks import use_plain

    use_plain(axes.xaxis)
    use_plain(axes.yaxis)
    for side, spine in axes.spines.items():
        spine.set_visible(side in {"left", "bottom"})
        spine.set_color(GRID)
    axes.set_facecolor("none")
    axes.tick_params(which="both", length=0, labelsize=TICK_POINTS, labelcolor=MUTED, pad=4)
    axes.set_axisbelow(True)
    axes.grid(visible=False)
    if grid:
        axes.grid(visible=True, axis=grid, color=GRID, linewidth=0.8)  # pyright: ignore[reportArgumentType] (one of its words)


def name_axes(axes: Axes, *, x: str = "", y: str = "") -> None:
    """Write what the axes mean; names of a table's columns may be given as they are."""
    for text, write in ((x, axes.set_xlabel), (y, axes.set_ylabel)):
        write(shortened(text), color=INK, fontsize=LABEL_POINTS, parse_math=False)


def name_ticks(axis: Axis, places: Any, names: Any, *, longest: int = TICK_LETTERS) -> None:
    """Write names at places of an axis; they may come from a table."""
    axis.set_ticks(list(places))
    shown = [shortened(name, longest) for name in names]
    axis.set_ticklabels(shown, parse_math=False)


def plain_numbers(axis: Axis) -> None:
    """Ticks of a logarithmic axis as numbers, such as 0.01."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = axis.get_data_interval()
    subs = (1.0,) if high > 30 * low else (1.0, 2.0, 5.0)
    axis.set_major_locator(LogLocator(subs=subs, numticks=6))
    axis.set_major_formatter(FuncFormatter(tick_number))
    axis.set_minor_formatter(NullFormatter())


def number(value: float, digits: int = 4) -> str:
    """A number of a picture: about four digits, a true minus.

    >>> number(-0.25), number(1234567.0), number(1e-5)
    ('−0.25', '1,234,567', '1e−05')
    """
    large = 1000 <= abs(value) < 1e7
    return (f"{value:,.0f}" if large else f"{value:.{digits}g}").replace("-", "\N{MINUS SIGN}")


def whole_numbers(axis: Axis) -> None:
    """Ticks at whole numbers only, such as epochs."""
    from matplotlib.ticker import MaxNLocator

    axis.set_major_locator(MaxNLocator(8, integer=True, min_n_ticks=1))


def tick_number(value: float, place: float | None = None) -> str:
    """The same as matplotlib asks for it."""
    return number(value)


def with_gaps(values: Sequence[float | None]) -> np.ndarray:
    """Numbers as a line is drawn through them, which breaks where there is none."""
    return np.array(values, dtype=np.float64)


def write(axes: Axes, x: float, y: float, text: str, **more: Any) -> None:
    """Write a text, which may come from a table, at a place (see ``Axes.text``)."""
    given: dict[str, Any] = {"color": INK, "fontsize": TICK_POINTS, "parse_math": False, **more}
    axes.text(x, y, text, **given)


def legend(axes: Axes, **more: Any) -> Legend:
    """The legend in a row above the axes, where it covers nothing; names may come from a table."""
    handles, names = axes.get_legend_handles_labels()
    names = legend_names(names)
    handles = handles[: len(names)]
    columns = _columns(names, width_in(axes))
    given: dict[str, Any] = {
        "loc": "lower left",
        "bbox_to_anchor": (0.0, 1.0),
        "ncols": columns,
        "frameon": False,
        "borderaxespad": 0.2,
        "borderpad": 0.0,
        "handlelength": 1.9,
        "markerscale": 1.3,
        "columnspacing": 1.4,
        "fontsize": TICK_POINTS,
        "labelcolor": INK,
        **more,
    }
    made = axes.legend(handles, names, **given)
    for text in made.get_texts():
        text.set_parse_math(False)
    return made


def legend_names(names: Sequence[str]) -> list[str]:
    """Names as a legend shows them: short, and the last of many stands for the others.

    >>> legend_names([str(n) for n in range(30)])[-2:]
    ['10', '… 19']
    """
    shown = [shortened(name, LEGEND_LETTERS) for name in names]
    if len(shown) <= LEGEND_NAMES:
        return shown
    return [*shown[: LEGEND_NAMES - 1], f"… {len(shown) - LEGEND_NAMES + 1}"]


def legend_room(names: Sequence[str], width: float) -> float:
    """Inches above axes of a width that the rows of a legend take, beyond those of one row."""
    shown = legend_names(names)
    columns = _columns(shown, width) if shown else 1
    return LEGEND_ROW * (-(-len(shown) // columns) - 1)


def width_in(axes: Axes) -> float:
    """Inches that axes are wide."""
    figure = axes.get_figure(root=True)
    assert figure is not None
    return axes.get_position().width * figure.get_size_inches()[0]


def _columns(names: Sequence[str], width: float) -> int:
    """In how many columns a legend is no wider than its axes, with room for signs."""
    for columns in range(len(names), 1, -1):
        parts = [names[at::columns] for at in range(columns)]
        if sum(max(map(width_of, part)) + 0.42 for part in parts) <= width + 0.2:
            n_rows = -(-len(names) // columns)
            return -(-len(names) // n_rows)  # no row much shorter than the others
    return 1


def panels(axes: Axes, rows: int, columns: int, *, gap: tuple[float, float]) -> list[Axes]:
    """Divide axes into smaller ones, row after row; they themselves become an empty frame.

    Args:
        axes: of any figure, a person's own too.
        rows: of panels.
        columns: of panels.
        gap: between columns and between rows, as shares of the axes.
    """
    axes.set_axis_off()
    width = (1 - gap[0] * (columns - 1)) / columns
    height = (1 - gap[1] * (rows - 1)) / rows
    return [
        axes.inset_axes(
            (
                column * (width + gap[0]),
                1 - height - row * (height + gap[1]),
                width,
                height,
            )
        )
        for row in range(rows)
        for column in range(columns)
    ]
