"""Forward and back through a small network: every number of a walk at its place."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import torch

from goodfit.model.illustrations.computed import Numbers, shipped
from goodfit.model.illustrations.drawn import GRADIENT, arrow, word
from goodfit.model.illustrations.illustration import Illustration, Margins
from goodfit.model.plots import style
from goodfit.model.walk import Walk, walk

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from goodfit.model.fitted import FittedModel
    from goodfit.model.walk.records import Layer, Parameter

# Neurons beside each other, and layers of weights, that a picture still shows number by number.
MOST_NEURONS, MOST_LAYERS = 4, 3
RADIUS = 0.24


class Sums(msgspec.Struct, frozen=True, kw_only=True):
    """One layer of weighted sums, and what follows it.

    Args:
        weight: (output, input), and ``bias`` (output,).
        sums: (output,), and ``outputs`` (output,) after the activation.
        activation: its name; empty after the last layer.
        weight_gradient: (output, input), and ``bias_gradient`` (output,), which is also that of
            the sums; None without a loss.
    """

    weight: tuple[Numbers, ...]
    bias: Numbers
    sums: Numbers
    outputs: Numbers
    activation: str
    weight_gradient: tuple[Numbers, ...] | None
    bias_gradient: Numbers | None


class Passes(msgspec.Struct, frozen=True, kw_only=True):
    """A row's way through a small network.

    Args:
        row: its number, from 1.
        names: (input,), and ``inputs`` (input,) as the network sees them.
        cells: (input,) of the table; empty where an input is no plain number.
        layers: of weighted sums, in order.
        output: of the network.
        prediction: in the table's terms.
        target: name of the column to predict.
        truth: what the table says; None if it does not.
        loss: of the row; None without one.
        largest_difference: of the gradients by back-propagation and by differences.
        loss_after: the loss after the optimizer's step; None without one.
    """

    row: int
    names: tuple[str, ...]
    inputs: Numbers
    cells: tuple[str, ...]
    layers: tuple[Sums, ...]
    output: float
    prediction: str | float
    target: str
    truth: str | float | None
    loss: float | None
    largest_difference: float | None
    loss_after: float | None


def passes_of(found: Walk) -> Passes | None:
    """A walk as the diagram shows it; None where its network is too large or no plain chain."""
    chain = [layer for layer in found.layers if layer.kind != "Dropout"]
    dense = [layer for layer in chain if layer.kind == "Dense"]
    plain = found.network in ("linear", "mlp") and not any(
        one.code is not None for one in found.encoded
    )
    widths = [len(layer.outputs) for layer in dense] + [len(chain[0].inputs)]
    if not plain or len(dense) > MOST_LAYERS or max(widths) > MOST_NEURONS or widths[-2] != 1:
        return None
    if any(layer.weight is None or layer.bias is None for layer in dense):
        return None
    names = [(one, given) for one in found.encoded for given in one.inputs]
    parameters = {parameter.name: parameter for parameter in found.parameters}
    prediction = found.answer.prediction[0]
    truth = found.loss.target[0] if found.loss else None
    return Passes(
        row=found.row,
        names=tuple(given.name for _, given in names),
        inputs=tuple(given.value for _, given in names),
        cells=tuple(
            f"{one.raw:g}" if isinstance(one.raw, float) and given.name == one.column else ""
            for one, given in names
        ),
        layers=tuple(_sums(layer, chain, parameters) for layer in dense),
        output=found.answer.outputs[0],
        prediction=prediction if isinstance(prediction, float) else str(prediction),
        target=found.answer.targets[0],
        truth=_truth(truth),
        loss=found.loss.value if found.loss else None,
        largest_difference=found.largest_difference,
        loss_after=found.step.loss_after if found.step else None,
    )


def _truth(value: Any) -> str | float | None:
    if value is None:
        return None
    try:
        return float(value)
    except ValueError:
        return str(value)


def _sums(layer: Layer, chain: list[Layer], parameters: dict[str, Parameter]) -> Sums:
    place = chain.index(layer)
    after = chain[place + 1] if place + 1 < len(chain) else None
    weight, bias = (parameters.get(name) for name in layer.parameters[:2])
    assert layer.weight is not None
    assert layer.bias is not None
    shape = np.array(layer.weight).shape
    rows = None if weight is None else np.array([n.back for n in weight.numbers]).reshape(shape)
    return Sums(
        weight=layer.weight,
        bias=layer.bias,
        sums=layer.outputs,
        outputs=after.outputs if after else layer.outputs,
        activation=after.kind if after else "",
        weight_gradient=None if rows is None else tuple(map(tuple, rows.tolist())),
        bias_gradient=None if bias is None else tuple(number.back for number in bias.numbers),
    )


def _points() -> dict[str, list[float]]:
    return {name: [float(cell) for cell in cells] for name, cells in shipped("linear15").items()}


@cache
def small_model() -> FittedModel:
    """Three neurons, fitted to the fifteen points for a while."""
    from goodfit.model.fit import fit

    return fit(
        _points(), target="y", network="mlp", widths=(3,), dropout=0.0, epochs=60, split="none",
        optimizer="sgd", learning_rate=0.05, schedule="constant", batch_size="full",
        preprocessing="standardize", seed=SEED,
    )  # fmt: skip


@cache
def small_passes() -> Passes:
    """The fourth of the points through it."""
    found = passes_of(walk(small_model(), _points(), row=4))
    assert found is not None
    return found


#: Two neurons that one can follow by hand: those of the pages on both passes.
WEIGHTS = ([[1.0], [0.5]], [-4.0, 0.2], [[0.3, 0.6]], [0.4])


@cache
def passes() -> Passes:
    """The first of the fifteen points through two neurons whose parameters are given."""
    from goodfit.model.fit import fit

    model = fit(
        _points(), target="y", network="mlp", widths=(2,), dropout=0.0, epochs=1, split="none",
        optimizer="sgd", learning_rate=0.1, schedule="constant", preprocessing="none",
        target_scaling="none", precision="float64",
    )  # fmt: skip
    for parameter, given in zip(_in_order(model), WEIGHTS, strict=True):
        parameter.copy_(torch.tensor(given))
    model.__setstate__(model.__getstate__())  # what predicts holds copies of the parameters
    found = passes_of(walk(model, _points(), row=1))
    assert found is not None
    return found


def _in_order(model: FittedModel) -> list[torch.Tensor]:
    """Weight and bias of each layer, one after the other."""
    named = dict(model.network.named_parameters())
    return [named[f"layers.{place}.{kind}"] for place in (0, 1) for kind in ("weight", "bias")]


# Of a start with which some neurons speak for this row and some are silent.
SEED = 1


def draw_forward(report: Passes, axes: Axes) -> None:
    """Values in the neurons, weights on the lines, from left to right."""
    places = _nodes(report, axes)
    for layer, (before, after) in zip(report.layers, pairwise(places), strict=False):
        for into, (row, end) in enumerate(zip(layer.weight, after, strict=True)):
            for out, (weight, start) in enumerate(zip(row, before, strict=True)):
                colour = style.TRAINING if weight >= 0 else style.VALIDATION
                _edge(axes, start, end, weight, colour, share=_share(out, into, before, after))
            _bias(axes, end, layer.bias[into])
    for place, cell, name, value in zip(
        places[0], report.cells, report.names, report.inputs, strict=True
    ):
        said = f"{name} = {cell}" if cell else name
        style.write(axes, place[0], place[1] + 0.34, style.shortened(said, 16), ha="center")
        _inside(axes, place, style.number(value, 3))
    for layer, after in zip(report.layers, places[1:], strict=True):
        for place, value, sums in zip(after, layer.outputs, layer.sums, strict=True):
            _inside(axes, place, style.number(value, 3))
            if layer.activation:
                said = f"{layer.activation}({style.number(sums, 3)})"
                style.write(axes, place[0], place[1] - 0.3, said, ha="center", va="top",
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
    for place, value in zip(places[0], report.inputs, strict=True):
        _inside(axes, place, style.number(value, 3))
        style.write(axes, place[0], place[1] + 0.34, word("input"), ha="center")
    _ending(report, axes, places[-1][0], back=True)
    _names_of_layers(report, axes, places)


WIDTH, HEIGHT = 5.5, 3.1


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
    gap = {2: 1.3, 3: 0.92}.get(count, 0.8)
    return 1.42 + gap * ((count - 1) / 2 - place)


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
    style.write(axes, place[0], place[1] + 0.27, text, ha="center", color=style.MUTED, zorder=4)


def _inside(axes: Axes, place: tuple[float, float], text: str, colour: str = style.INK) -> None:
    style.write(axes, *place, text, ha="center", va="center", color=colour, zorder=4)


def _ending(report: Passes, axes: Axes, place: tuple[float, float], *, back: bool = False) -> None:
    """What stands beyond the last neuron: the prediction, the truth and the loss."""
    start, end = (place[0] + RADIUS, place[1]), (place[0] + 0.52, place[1])
    first, last = (end, start) if back else (start, end)
    arrow(axes, first, last, color=GRADIENT if back else style.INK, linewidth=1.6)
    said = [] if back else [word("predicted", value=_value(report.prediction))]
    if report.truth is not None:
        said.append(word("true_value", value=_value(report.truth)))
    if report.loss is not None:
        said.append(word("loss_value", value=style.number(report.loss, 3)))
    if back:
        said = said[-1:]
    for line, text in enumerate(said):
        y = place[1] + 0.22 * ((len(said) - 1) / 2 - line)
        style.write(axes, place[0] + 0.58, y, text, va="center")


def _value(value: str | float) -> str:
    return style.number(value, 3) if isinstance(value, float) else style.shortened(value, 12)


def _names_of_layers(report: Passes, axes: Axes, places: list[list[tuple[float, float]]]) -> None:
    names = ["input_layer", *["hidden_layer"] * (len(report.layers) - 1), "output_layer"]
    for name, column in zip(names, places, strict=True):
        style.write(
            axes, column[0][0], HEIGHT - 0.02, word(name), ha="center", va="top", fontweight="bold"
        )


def _told(report: Passes) -> dict[str, Any]:
    gradients = [
        value for layer in report.layers for row in layer.weight_gradient or () for value in row
    ]
    steepest = max(gradients, key=abs, default=0.0)
    difference = report.largest_difference
    return {
        "row": report.row,
        "target": report.target,
        "prediction": _value(report.prediction),
        "truth": "–" if report.truth is None else _value(report.truth),
        "loss": "–" if report.loss is None else style.number(report.loss, 3),
        "steepest": style.number(steepest, 3),
        "difference": "–" if difference is None else style.number(difference, 1),
        "neurons": len(report.layers[0].bias),
    }


def _with_loss(found: Walk) -> Passes | None:
    """For the way back there must be a loss."""
    report = passes_of(found)
    return None if report is None or report.loss is None else report


DIAGRAM: dict[str, Any] = {"size": (5.6, 3.2), "margins": Margins(0.05, 0.05, 0.05, 0.05)}
ILLUSTRATIONS = (
    Illustration(
        "forward-pass", passes, draw_forward, _told, Passes, of_walk=passes_of, **DIAGRAM
    ),
    Illustration(
        "back-propagation", passes, draw_backward, _told, Passes, of_walk=_with_loss, **DIAGRAM
    ),
)  # fmt: skip
