"""What several illustrations are drawn with: titles of panels, points, numbers in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from goodfit.core.words import say
from goodfit.model.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: Gradients, wherever they are drawn.
GRADIENT = style.THIRD
#: What is sought: a true curve, the best place.
SOUGHT: dict[str, Any] = {"color": style.MUTED, "linestyle": (0, (4, 2)), "linewidth": 1.3}


def word(name: str, **params: Any) -> str:
    """Words of an illustration, in the language of the context."""
    return say(f"illustrations.word_{name}", params)


def heading(axes: Axes, text: str, below: str = "") -> None:
    """The title of a panel, and a quieter line under it."""
    place = 1.13 if below else 1.04
    style.write(axes, 0, place, text, transform=axes.transAxes, fontweight="bold", va="bottom")
    if below:
        style.write(axes, 0, 1.02, below, transform=axes.transAxes, color=style.MUTED, va="bottom")


def points(axes: Axes, x: Sequence[float], y: Sequence[float], **more: Any) -> None:
    """Rows of a table as dots."""
    given: dict[str, Any] = {"s": 16, "color": style.INK, "zorder": 3, "linewidths": 0, **more}
    axes.scatter(list(x), list(y), **given)


def bare(axes: Axes) -> None:
    """Axes without ticks and lines: a ground to draw a diagram on."""
    axes.set_axis_off()


def contours(
    axes: Axes, surface: Any, x: Sequence[float], y: Sequence[float], *, n_lines: int = 14
) -> None:
    """Lines of equal height over a grid (y, x): the darker the ground, the lower."""
    import numpy as np

    heights = np.sqrt(np.array(surface))  # equal steps would leave the bottom empty
    levels = np.linspace(heights.min(), heights.max(), n_lines)
    axes.contour(
        list(x), list(y), heights, levels=levels, colors=[style.MUTED], linewidths=0.8, alpha=0.35
    )


def path_on(axes: Axes, path: Sequence[Sequence[float]], **more: Any) -> None:
    """The places of a descent, joined, each with a dot."""
    given: dict[str, Any] = {"color": style.TRAINING, "linewidth": 1.3, "markersize": 3, **more}
    given = {"marker": "o", "linestyle": "-", **given}
    axes.plot([one[0] for one in path], [one[1] for one in path], **given)


def star(axes: Axes, place: Sequence[float], **more: Any) -> None:
    """The best place."""
    given: dict[str, Any] = {"color": style.VALIDATION, "markersize": 11, "zorder": 5, **more}
    axes.plot([place[0]], [place[1]], "*", markeredgecolor=style.CARD, **given)


def arrow(axes: Axes, start: Any, end: Any, **more: Any) -> None:
    """An arrow between two places of the axes."""
    given: dict[str, Any] = {
        "arrowstyle": "-|>",
        "color": style.MUTED,
        "linewidth": 1.2,
        "shrinkA": 0,
        "shrinkB": 0,
        "mutation_scale": 9,
        **more,
    }
    axes.annotate("", xy=(end[0], end[1]), xytext=(start[0], start[1]), arrowprops=given)


def listed(values: Iterable[float], digits: int = 3) -> str:
    """Numbers one after the other."""
    return ", ".join(style.number(value, digits) for value in values)
