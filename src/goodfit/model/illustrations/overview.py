"""How the concepts hang together: the way of a table through a training, and its loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from goodfit.core.concepts import CATALOG, THEMES, concept
from goodfit.core.wrapping import columns
from goodfit.model.illustrations.drawn import arrow, word
from goodfit.model.illustrations.illustration import Illustration, Margins
from goodfit.model.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Overview(msgspec.Struct, frozen=True, kw_only=True):
    """The concepts by theme.

    Args:
        themes: in the order in which a beginner needs them.
        names: (theme, concept) names.
    """

    themes: tuple[str, ...]
    names: tuple[tuple[str, ...], ...]


def overview() -> Overview:
    """Every concept but the map, under its theme."""
    names = [
        tuple(name for name, entry in CATALOG.items() if entry.theme == theme) for theme in THEMES
    ]
    return Overview(themes=THEMES, names=tuple(names))


#: Where the card of each theme stands: column and line.
WIDTH, LINE, GAP, RIGHT = 2.4, 0.2, 0.32, 3.08
#: Columns of a card, of which a letter of Chinese fills two.
WIDEST = 36
PLACES = {
    "idea": (0.02, 0),
    "table": (RIGHT, 0),
    "network": (0.02, 1),
    "error": (RIGHT, 1),
    "trust": (0.02, 2),
    "search": (RIGHT, 2),
}


def draw_overview(report: Overview, axes: Axes) -> None:
    """A card for each theme; arrows go the way of a training, and round its loop."""
    axes.set_axis_off()
    heights = {
        theme: 0.42 + LINE * len(names)
        for theme, names in zip(report.themes, report.names, strict=True)
    }
    tops = [0.0]
    for line in range(3):
        tallest = max(heights[theme] for theme, place in PLACES.items() if place[1] == line)
        tops.append(tops[-1] - tallest - GAP)
    axes.set_xlim(0, 5.5)
    axes.set_ylim(tops[-1] + GAP - 0.02, 0.02)
    for place, (theme, names) in enumerate(zip(report.themes, report.names, strict=True)):
        top, colour = tops[PLACES[theme][1]], style.SERIES[place]
        _card(axes, theme, names, top=top, height=heights[theme], colour=colour)
    _arrows(axes, tops, heights)


def _card(
    axes: Axes, theme: str, names: tuple[str, ...], *, top: float, height: float, colour: str
) -> None:
    from matplotlib.patches import FancyBboxPatch

    left = PLACES[theme][0]
    box = FancyBboxPatch((left, top - height), WIDTH, height, facecolor="none", edgecolor=colour,
                         linewidth=1.4, boxstyle="round,pad=0,rounding_size=0.08")  # fmt: skip
    axes.add_patch(box)
    style.write(axes, left + 0.12, top - 0.17, word(f"theme_{theme}"), va="center", color=colour,
                fontweight="bold")  # fmt: skip
    for line, name in enumerate(names):
        text = style.shortened(_called(concept(name).title), 32)
        style.write(axes, left + 0.12, top - 0.41 - LINE * line, text, va="center")


def _called(title: str) -> str:
    """A concept's name; without the English one beside it where there is no room for both."""
    return title if columns(title) <= WIDEST else title.partition(" (")[0]


def _arrows(axes: Axes, tops: list[float], heights: dict[str, float]) -> None:
    """Idea to table, and on; from the search back to the network, which is the loop."""
    strong: dict[str, Any] = {"color": style.INK, "linewidth": 1.6}
    loop = {**strong, "color": style.TRAINING, "linewidth": 2.2}
    inner, outer = 0.02 + WIDTH, RIGHT
    arrow(axes, (inner, tops[0] - 0.4), (outer, tops[0] - 0.4), **strong)
    arrow(axes, (outer, tops[0] - 1.2), (inner, tops[1] - 0.15), **strong)
    arrow(axes, (inner, tops[1] - 0.55), (outer, tops[1] - 0.55), **loop)
    down = RIGHT + WIDTH / 2
    arrow(axes, (down, tops[1] - heights["error"]), (down, tops[2]), **loop)
    arrow(axes, (outer, tops[2] - 0.15), (inner, tops[1] - 0.85), **loop)
    arrow(axes, (outer, tops[2] - 0.9), (inner, tops[2] - 0.9), **strong)
    style.write(axes, inner - 0.05, tops[2] + 0.14, word("again"), ha="right", va="center",
                color=style.TRAINING)  # fmt: skip


def _told(report: Overview) -> dict[str, Any]:
    return {"count": sum(map(len, report.names)), "themes": len(report.themes)}


ILLUSTRATIONS = (
    Illustration("map", overview, draw_overview, _told, Overview, size=(5.6, 5.6),
                 margins=Margins(0.05, 0.05, 0.05, 0.05)),
)  # fmt: skip
