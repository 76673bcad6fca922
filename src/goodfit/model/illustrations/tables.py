"""Tables: rows and columns, and the numbers that a network sees of them."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec

from goodfit.model.illustrations.computed import Numbers, shipped
from goodfit.model.illustrations.drawn import arrow, word
from goodfit.model.illustrations.illustration import Illustration, Margins
from goodfit.model.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from goodfit.preprocessing.preprocessing import Preprocessing

COLUMNS = ("island", "bill_length_mm", "body_mass_g", "species")


class Encoded(msgspec.Struct, frozen=True, kw_only=True):
    """Some rows of a table, and the array that a network sees of them.

    Args:
        columns: names, the target's last.
        cells: (row, column) as the file has them.
        inputs: names of the inputs.
        array: (row, input).
        n_rows: of the whole table, and ``n_columns``.
        target: name of the column to predict.
    """

    columns: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    inputs: tuple[str, ...]
    array: tuple[Numbers, ...]
    n_rows: int
    n_columns: int
    target: str


@cache
def encoded() -> Encoded:
    """Four penguins of three islands, as Goodfit encodes them."""
    from goodfit.core.settings import make_settings
    from goodfit.data.read import read_table

    whole = shipped("penguins")
    chosen = {name: whole[name] for name in COLUMNS}
    learnt = _preprocessing(chosen)
    places = [5, 60, 160, 300]
    cells = {name: [column[place] for place in places] for name, column in chosen.items()}
    table, _ = read_table(cells, settings=make_settings())
    dense = learnt.encode(table).dense
    gaps = [place for place, name in enumerate(learnt.layout.dense) if "(missing)" not in name]
    return Encoded(
        columns=COLUMNS,
        cells=tuple(zip(*cells.values(), strict=True)),
        inputs=tuple(learnt.layout.dense[place] for place in gaps),
        array=tuple(tuple(float(row[place]) for place in gaps) for row in dense),
        n_rows=len(whole["island"]),
        n_columns=len(whole),
        target="species",
    )


def _preprocessing(table: dict[str, list[str]]) -> Preprocessing:
    """What is learnt of all rows; nothing is predicted here, so that none is kept apart."""
    from goodfit.model.fit import fit

    return fit(table, target="species", network="linear", epochs=1, split="none").preprocessing


def draw_dataframe(report: Encoded, axes: Axes) -> None:
    """The table with a row, a column and a cell marked; below it the array."""
    _start(axes, 5.5, 4.1)
    widths = (0.95, 1.25, 1.15, 0.95)
    top = 3.75
    _table(axes, (0.75, top), widths=widths, head=report.columns, rows=report.cells,
           words=True)  # fmt: skip
    height = 0.3 * len(report.cells)
    _frame(axes, 0.75, top - 0.6, width=sum(widths), height=0.3, colour=style.TRAINING)
    style.write(axes, 0.68, top - 0.45, word("row"), ha="right", va="center", color=style.TRAINING,
                fontweight="bold")  # fmt: skip
    left = 0.75 + widths[0]
    _frame(axes, left, top - 0.3 - height, width=widths[1], height=height + 0.3,
           colour=style.THIRD)  # fmt: skip
    style.write(axes, left + widths[1] / 2, top + 0.08, word("column"), ha="center",
                color=style.THIRD, fontweight="bold")  # fmt: skip
    last = 0.75 + sum(widths[:3])
    style.write(axes, last + widths[3] / 2, top + 0.08, word("target"), ha="center",
                color=style.VALIDATION, fontweight="bold")  # fmt: skip
    middle = 0.75 + sum(widths[:3]) / 2
    arrow(axes, (middle, top - 0.42 - height), (middle, top - 0.72 - height), color=style.INK)
    style.write(axes, middle + 0.12, top - 0.57 - height, word("encoded"), va="center",
                color=style.MUTED)  # fmt: skip
    array = [[style.number(value, 2) for value in row] for row in report.array]
    names = [name.partition("=")[2] or name for name in report.inputs]
    _table(axes, (0.35, top - 0.85 - height), widths=(0.85, 0.85, 0.95, 1.25, 1.1), head=names,
           rows=array, words=False)  # fmt: skip


def _start(axes: Axes, width: float, height: float) -> None:
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    axes.set_aspect("equal")


def _table(
    axes: Axes, corner: tuple[float, float], *, widths: Any, head: Any, rows: Any, words: bool
) -> None:
    """Cells in lines of 0.3 inches, from the left upper corner on; the head is bold."""
    left, top = corner
    for line, cells in enumerate([head, *rows]):
        x, y = left, top - 0.3 * line - 0.15
        for cell, width in zip(cells, widths, strict=True):
            shown = style.shortened(cell, int(width * 12.5))
            weight = "bold" if line == 0 else "normal"
            style.write(axes, x + width / 2, y, shown, ha="center", va="center",
                        fontweight=weight,
                        color=style.INK if line or words else style.MUTED)  # fmt: skip
            x += width
        if line:
            axes.plot([left, left + sum(widths)], [y + 0.15] * 2, color=style.GRID, linewidth=1,
                      zorder=1)  # fmt: skip


def _frame(
    axes: Axes, left: float, bottom: float, *, width: float, height: float, colour: str
) -> None:
    from matplotlib.patches import FancyBboxPatch

    box = FancyBboxPatch((left + 0.02, bottom + 0.02), width - 0.04, height - 0.04, fill=False,
                         edgecolor=colour, linewidth=1.6, zorder=4,
                         boxstyle="round,pad=0,rounding_size=0.06")  # fmt: skip
    axes.add_patch(box)


def draw_one_hot(report: Encoded, axes: Axes) -> None:
    """The column of islands, and an input for each: one square of a row is filled."""
    from matplotlib.patches import FancyBboxPatch

    _start(axes, 5.5, 2.2)
    names = [name for name in report.inputs if name.startswith("island=")]
    style.write(axes, 0.7, 1.95, report.columns[0], ha="center", va="center", fontweight="bold")
    for place, name in enumerate(names):
        style.write(axes, 2.6 + 1.15 * place, 1.95, name.partition("=")[2], ha="center",
                    va="center", fontweight="bold")  # fmt: skip
    for line, (cells, row) in enumerate(zip(report.cells, report.array, strict=True)):
        y = 1.55 - 0.4 * line
        style.write(axes, 0.7, y, cells[0], ha="center", va="center")
        arrow(axes, (1.3, y), (1.75, y))
        for place, name in enumerate(names):
            value = row[report.inputs.index(name)]
            x = 2.6 + 1.15 * place
            box = FancyBboxPatch((x - 0.42, y - 0.14), 0.84, 0.28, linewidth=1,
                                 facecolor=style.TRAINING if value else "none",
                                 edgecolor=style.TRAINING if value else style.GRID,
                                 boxstyle="round,pad=0,rounding_size=0.06")  # fmt: skip
            axes.add_patch(box)
            style.write(axes, x, y, style.number(value), ha="center", va="center",
                        color=style.CARD if value else style.MUTED)  # fmt: skip


def _told(report: Encoded) -> dict[str, Any]:
    return {
        "rows": report.n_rows,
        "columns": report.n_columns,
        "shown": len(report.cells),
        "inputs": len(report.inputs),
        "levels": sum(name.startswith("island=") for name in report.inputs),
        "target": report.target,
        "cell": report.cells[0][0],
        "column": report.columns[0],
    }


TIGHT = Margins(0.05, 0.05, 0.05, 0.05)
ILLUSTRATIONS = (
    Illustration("dataframe", encoded, draw_dataframe, _told, Encoded, size=(5.6, 4.2),
                 margins=TIGHT),
    Illustration("one-hot", encoded, draw_one_hot, _told, Encoded, size=(5.6, 2.3), margins=TIGHT),
)  # fmt: skip
