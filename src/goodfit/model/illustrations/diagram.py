"""The diagram of a small network, and what its passes write into it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from goodfit.model.illustrations.drawn import GRADIENT, arrow, word
from goodfit.model.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from goodfit.model.illustrations.passes import Passes

# Inches.
RADIUS = 0.27


def draw_forward(report: Passes, axes: Axes) -> None:
    """Values in the neurons, weights on the lines, from left to right."""
    places = _nodes(report, axes)
    for layer, (before, after) in zip(report.layers, pairwise(places), strict=False):
        for into, (row, end) in enumerate(zip(layer.weight, after, strict=True)):
            for out, (weight, start) in enumerate(zip(row, before, strict=True)):
                colour = style.TRAINING if weight >= 0 else style.VALIDATION
                _edge(axes, start, end, weight, colour, share=_share(out, into, before, after))
            _bias(axes, end, layer.bias[into])
    _inputs(report, axes, places[0])
    _key(axes, "key_forward")
    for layer, after in zip(report.layers, places[1:], strict=True):
        for place, value, sums in zip(after, layer.outputs, layer.sums, strict=True):
            _inside(axes, place, style.number(value, 3))
            if layer.activation:
                said = f"{layer.activation}({style.number(sums, 3)})"
                style.write(axes, place[0], place[1] - 0.32, said, ha="center", va="top",
                            color=style.MUTED)  # fmt: skip
    _ending(report, axes, places[-1][0])
    _names_of_layers(report, axes, places)


def draw_backward(report: Passes, axes: Axes) -> None:
    """The gradient of the loss by each sum in the neurons, by each weight on the lines."""
    places = _nodes(report, axes, back=True)
    for layer, (before, after) in zip(report.layers, pairwise(places), strict=False):
        assert layer.weight_gradient is not None
        assert layer.bias_gradient is not None
        for into, (row, end) in enumerate(zip(layer.weight_gradient, after, strict=True)):
            for out, (slope, start) in enumerate(zip(row, before, strict=True)):
                share = _share(out, into, before, after)
                colour = GRADIENT if slope else style.GRID
                _edge(axes, start, end, slope, colour, share=share, back=True)
            _inside(axes, end, style.number(layer.bias_gradient[into], 3), GRADIENT)
    _inputs(report, axes, places[0])
    _key(axes, "key_backward")
    _ending(report, axes, places[-1][0], back=True)
    _names_of_layers(report, axes, places)


WIDTH, HEIGHT = 5.5, 3.0


def _nodes(report: Passes, axes: Axes, *, back: bool = False) -> list[list[tuple[float, float]]]:
    """Circles in columns; their middles, in inches."""
    from matplotlib.patches import Circle

    axes.set_axis_off()
    axes.set_xlim(0, WIDTH)
    axes.set_ylim(0, HEIGHT)
    axes.set_aspect("equal")
    counts = [len(report.inputs), *(len(layer.bias) for layer in report.layers)]
    across = np.linspace(0.55, 3.75, len(counts))
    places = [
        [(float(x), _height(place, count)) for place in range(count)]
        for x, count in zip(across, counts, strict=True)
    ]
    values = [report.inputs, *(layer.outputs for layer in report.layers)]
    for column, numbers in zip(places, values, strict=True):
        for place, value in zip(column, numbers, strict=True):
            silent = value == 0 and column is not places[0]
            edge = style.GRID if silent else GRADIENT if back else style.INK
            axes.add_patch(Circle(place, RADIUS, facecolor=style.CARD, edgecolor=edge,
                                  linewidth=1.6, zorder=3))  # fmt: skip
    return places


def _height(place: int, count: int) -> float:
    gap = {2: 1.3, 3: 0.9}.get(count, 0.66)
    return 1.5 + gap * ((count - 1) / 2 - place)


def _edge(
    axes: Axes,
    start: tuple[float, float],
    end: tuple[float, float],
    value: float,
    colour: str,
    *,
    share: float,
    back: bool = False,
) -> None:
    """A line between two circles, its number on it."""
    a, b = np.array(start), np.array(end)
    along = (b - a) / np.linalg.norm(b - a)
    a, b = a + RADIUS * along, b - RADIUS * along
    width = min(0.8 + 1.6 * abs(value), 2.6)
    first, last = (b, a) if back else (a, b)
    arrow(axes, first, last, color=colour, linewidth=width, mutation_scale=8)
    middle = a + share * (b - a)
    ink = style.MUTED if colour == style.GRID else colour
    x, y = middle.tolist()
    style.write(axes, x, y, style.number(value, 3), ha="center", va="center", color=ink,
                zorder=4, bbox=_behind())  # fmt: skip


def _behind() -> dict[str, Any]:
    return {"facecolor": style.CARD, "edgecolor": "none", "pad": 0.8}


def _share(out: int, into: int, before: list[Any], after: list[Any]) -> float:
    """Where on a line its number stands, so that numbers of lines that cross do not meet."""
    if min(len(before), len(after)) == 1:
        return 0.5
    return 0.3 + 0.36 * out / max(len(before) - 1, 1)


def _bias(axes: Axes, place: tuple[float, float], bias: float) -> None:
    text = word("bias", value=style.number(bias, 3))
    style.write(axes, place[0], place[1] + 0.3, text, ha="center", color=style.MUTED, zorder=4)


def _inputs(report: Passes, axes: Axes, places: list[tuple[float, float]]) -> None:
    """The row's cells above the first circles, and in them what the network sees."""
    drawn = zip(places, report.cells, report.names, report.inputs, strict=True)
    for place, cell, name, value in drawn:
        said = f"{name} = {cell}" if cell else name
        style.write(axes, place[0], place[1] + 0.36, style.shortened(said, 16), ha="center")
        _inside(axes, place, style.number(value, 3))


def _key(axes: Axes, name: str) -> None:
    """What the numbers mean, at the foot."""
    style.write(axes, WIDTH / 2, 0.0, word(name), ha="center", va="bottom", color=style.MUTED)


def _inside(axes: Axes, place: tuple[float, float], text: str, colour: str = style.INK) -> None:
    style.write(axes, *place, text, ha="center", va="center", color=colour, zorder=4)


def _ending(report: Passes, axes: Axes, place: tuple[float, float], *, back: bool = False) -> None:
    """What stands beyond the last neuron: the prediction, the truth and the loss."""
    start, end = (place[0] + RADIUS, place[1]), (place[0] + 0.52, place[1])
    first, last = (end, start) if back else (start, end)
    arrow(axes, first, last, color=GRADIENT if back else style.INK, linewidth=1.6)
    said = [] if back else [word("predicted", value=value_of(report.prediction))]
    if report.truth is not None:
        said.append(word("true_value", value=value_of(report.truth)))
    if report.loss is not None:
        said.append(word("loss_value", value=style.number(report.loss, 3)))
    if back:
        said = said[-1:]
    for line, text in enumerate(said):
        y = place[1] + 0.22 * ((len(said) - 1) / 2 - line)
        style.write(axes, place[0] + 0.58, y, text, va="center")


def value_of(value: str | float) -> str:
    """A prediction or a cell, as it is written beside a diagram."""
    return style.number(value, 3) if isinstance(value, float) else style.shortened(value, 12)


def _names_of_layers(report: Passes, axes: Axes, places: list[list[tuple[float, float]]]) -> None:
    names = ["input_layer", *["hidden_layer"] * (len(report.layers) - 1), "output_layer"]
    for name, column in zip(names, places, strict=True):
        style.write(
            axes, column[0][0], HEIGHT - 0.02, word(name), ha="center", va="top", fontweight="bold"
        )
