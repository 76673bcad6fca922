"""What a network is made of: layers, parameters, shapes, and how gradients reach them."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec
import torch

from goodfit.core.own import Own
from goodfit.core.randomness import torch_generator
from goodfit.core.settings import make_settings
from goodfit.model.illustrations.computed import (
    Line,
    Numbers,
    fifteen,
    shipped,
    squared,
    standardized,
)
from goodfit.model.illustrations.drawn import word
from goodfit.model.illustrations.illustration import Illustration, Margins
from goodfit.model.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from goodfit.model.fitted import FittedModel

MEASURES = ("bill_length_mm", "bill_depth_mm", "flipper_length_mm", "body_mass_g")


class Stack(msgspec.Struct, frozen=True, kw_only=True):
    """The layers of a small network, and what they do to some rows at once.

    Args:
        names: (input,), and ``levels`` (output,) of the classes.
        widths: (layer,) numbers of a row before the first layer and after each.
        n_parameters: (layer,) of each layer of weights.
        n_rows: that go through at once.
        shapes: (place,) of the tensors on the way, as PyTorch says them.
        weight_shapes: (layer,) of the weights.
        activation: its name.
    """

    names: tuple[str, ...]
    levels: tuple[str, ...]
    widths: tuple[int, ...]
    n_parameters: tuple[int, ...]
    n_rows: int
    shapes: tuple[tuple[int, ...], ...]
    weight_shapes: tuple[tuple[int, ...], ...]
    activation: str


@cache
def penguins() -> FittedModel:
    """Species by four measures, through five neurons."""
    from goodfit.model.fit import fit

    table = shipped("penguins")
    whole = [row for row in zip(*(table[name] for name in MEASURES), table["species"], strict=True)
             if "" not in row and "NA" not in row]  # fmt: skip
    cells = list(zip(*whole, strict=True))
    chosen = {name: list(cells[place]) for place, name in enumerate((*MEASURES, "species"))}
    return fit(chosen, target="species", network="mlp", widths=(5,), dropout=0.0, epochs=5,
               preprocessing="standardize")  # fmt: skip


@cache
def stack() -> Stack:
    """The layers of that network, and eight penguins on their way through them."""
    from goodfit.networks.mlp import MLP

    model = penguins()
    network = model.network
    assert isinstance(network, MLP)
    rows = torch.zeros(8, network.n_inputs, dtype=next(network.parameters()).dtype)
    shapes = [tuple(rows.shape)]
    with torch.no_grad():
        for layer in network.chain:
            rows = layer(rows)
            shapes.append(tuple(rows.shape))
    dense = list(network.layers)
    sizes = [sum(value.numel() for value in layer.parameters()) for layer in dense]
    return Stack(
        names=model.preprocessing.layout.dense,
        levels=tuple(str(level) for level in model.levels.tolist()),
        widths=(network.n_inputs, 5, network.n_outputs),
        n_parameters=tuple(sizes),
        n_rows=8,
        shapes=tuple(shapes),
        weight_shapes=tuple(tuple(layer.get_parameter("weight").shape) for layer in dense),
        activation="ReLU",
    )


def draw_layers(report: Stack, axes: Axes) -> None:
    """Three columns of neurons, every one of a column joined with every one of the next."""
    axes.set_axis_off()
    axes.set_xlim(0, 5.5)
    axes.set_ylim(0, 3.1)
    across = (1.75, 3.1, 4.35)
    places = [
        [(x, 1.4 + gap * ((count - 1) / 2 - place)) for place in range(count)]
        for x, count, gap in zip(across, report.widths, _gaps(report), strict=True)
    ]
    for before, after in pairwise(places):
        for start in before:
            for end in after:
                axes.plot(*zip(start, end, strict=True), color=style.GRID, linewidth=0.9, zorder=1)
    colours = (style.MUTED, style.TRAINING, style.VALIDATION)
    names = ("input_layer", "hidden_layer", "output_layer")
    for column, colour, name, x in zip(places, colours, names, across, strict=True):
        axes.plot(*zip(*column, strict=True), "o", color=colour, markersize=13, zorder=3)
        style.write(axes, x, 3.08, word(name), ha="center", va="top", fontweight="bold")
        count = word("numbers", count=len(column))
        style.write(axes, x, 0.02, count, ha="center", va="bottom", color=style.MUTED)
    for texts, column, side in ((report.names, places[0], -1), (report.levels, places[2], 1)):
        for text, (x, y) in zip(texts, column, strict=True):
            style.write(axes, x + side * 0.17, y, style.shortened(text, 18), va="center",
                        ha="right" if side < 0 else "left")  # fmt: skip
    for count, (left, right) in zip(report.n_parameters, pairwise(across), strict=True):
        said = word("weights_between", count=count)
        style.write(axes, (left + right) / 2, 2.86, said, ha="center", va="top",
                    color=style.MUTED)  # fmt: skip


def _gaps(report: Stack) -> list[float]:
    return [min(0.46, 2.3 / max(count - 1, 1)) for count in report.widths]


def _told_stack(report: Stack) -> dict[str, Any]:
    inputs, hidden, outputs = report.widths
    return {"inputs": inputs, "hidden": hidden, "outputs": outputs, "rows": report.n_rows,
            "first": report.n_parameters[0], "last": report.n_parameters[1],
            "total": sum(report.n_parameters), "activation": report.activation}  # fmt: skip


def draw_shapes(report: Stack, axes: Axes) -> None:
    """Each tensor as a block of squares: rows downwards, numbers of a row across."""
    axes.set_axis_off()
    inputs, hidden, outputs = report.widths
    rows = report.n_rows
    blocks = (
        ("rows_in", rows, inputs, style.MUTED, ""),
        ("weights_1", inputs, hidden, style.THIRD, "×"),
        ("hidden_values", rows, hidden, style.TRAINING, "="),
        ("weights_2", hidden, outputs, style.THIRD, "×"),
        ("outputs_out", rows, outputs, style.VALIDATION, "="),
    )
    x = 0.0
    for name, down, across, colour, sign in blocks:
        if sign:
            style.write(axes, x + 0.75, rows / 2, sign, ha="center", va="center", fontsize=13)
            x += 1.5
        _block(axes, x, (rows - down) / 2, rows=down, columns=across, colour=colour)
        middle = x + across / 2
        style.write(axes, middle, -0.5, f"({down}, {across})", ha="center", fontweight="bold",
                    color=colour)  # fmt: skip
        style.write(axes, middle, rows + 0.35, word(name), ha="center", va="top")
        x += across
    axes.set_xlim(-0.2, x + 0.2)
    axes.set_ylim(rows + 2.0, -2.0)
    axes.set_aspect("equal")


def _block(axes: Axes, left: float, top: float, *, rows: int, columns: int, colour: str) -> None:
    from matplotlib.patches import Rectangle

    for row in range(rows):
        for column in range(columns):
            box = Rectangle((left + column + 0.06, top + row + 0.06), 0.88, 0.88, linewidth=0,
                            facecolor=colour, alpha=0.9 if row == 0 else 0.5)  # fmt: skip
            axes.add_patch(box)


class Vanishing(msgspec.Struct, frozen=True, kw_only=True):
    """How long the gradient of each layer's weights is, for several activations.

    Args:
        activations: (network,) names.
        lengths: (network, layer) root mean square of the gradient, from the first layer on.
        n_rows: that gave them.
        width: neurons of each layer.
    """

    activations: tuple[str, ...]
    lengths: tuple[Numbers, ...]
    n_rows: int
    width: int


DEPTH, WIDTH = 10, 32


def vanishing() -> Vanishing:
    """Deep networks at their start, on the fifteen points."""
    names = ("relu", "tanh", "sigmoid")
    lengths = tuple(_lengths(name) for name in names)
    return Vanishing(activations=names, lengths=lengths, n_rows=15, width=WIDTH)


def _lengths(activation: str) -> Numbers:
    from goodfit.networks.catalog import build_network, initialize
    from goodfit.networks.mlp import MLP
    from goodfit.training.state import TrainingState
    from goodfit.training.step import GradientStep

    settings = make_settings(network="mlp", activation=activation, widths=(WIDTH,) * DEPTH,
                             initialization="kaiming_normal", dropout=0.0)  # fmt: skip
    network = build_network(1, (), 1, settings=settings, own=Own())
    initialize(network, settings=settings, generator=torch_generator(0, "initialization"))
    assert isinstance(network, MLP)
    network.double()
    state = TrainingState.fresh(network, make_settings(optimizer="sgd"))
    x, y = fifteen()
    with torch.no_grad():
        GradientStep(network, squared(), state.gradient)(
            Line(standardized(x), standardized(y)).rows
        )
    grads = [layer.get_parameter("weight").grad for layer in network.layers]
    return tuple(float(grad.square().mean().sqrt()) for grad in grads[1:-1] if grad is not None)


def draw_vanishing(report: Vanishing, axes: Axes) -> None:
    """A line for each activation, from the first hidden layer to the last."""
    lines = ("-", (0, (4, 1.6)), (0, (1, 1.2)))
    drawn = zip(
        report.activations, report.lengths, lines, style.SERIES, style.MARKERS, strict=False
    )
    for name, lengths, line, colour, marker in drawn:
        axes.plot(range(2, len(lengths) + 2), lengths, color=colour, linestyle=line, marker=marker,
                  markersize=4, linewidth=1.8, label=name)  # fmt: skip
    axes.set_yscale("log")
    style.dress(axes)
    style.plain_numbers(axes.yaxis)
    axes.set_xticks(range(2, len(report.lengths[0]) + 2))
    style.name_axes(axes, x=word("layer_number"), y=word("gradient_length"))
    style.legend(axes)


def _told_vanishing(report: Vanishing) -> dict[str, Any]:
    ratios = {
        name: style.number(lengths[-1] / lengths[0], 2)
        for name, lengths in zip(report.activations, report.lengths, strict=True)
    }
    return {**ratios, "first": 2, "last": len(report.lengths[0]) + 1}


ILLUSTRATIONS = (
    Illustration("layer", stack, draw_layers, _told_stack, Stack, size=(5.6, 3.2),
                 margins=Margins(0.05, 0.05, 0.05, 0.05)),
    Illustration("shape", stack, draw_shapes, _told_stack, Stack, size=(5.6, 2.2),
                 margins=Margins(0.05, 0.05, 0.05, 0.05)),
    Illustration("vanishing-gradients", vanishing, draw_vanishing, _told_vanishing, Vanishing,
                 size=(5.6, 3.0), margins=Margins(left=0.75, bottom=0.5, right=0.14, top=0.34)),
)  # fmt: skip
