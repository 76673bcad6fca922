"""Forward and back through a small network: every number of a walk at its place."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import torch

from goodfit.model.illustrations.computed import Numbers, shipped
from goodfit.model.illustrations.diagram import draw_backward, draw_forward, value_of
from goodfit.model.illustrations.illustration import Illustration, Margins
from goodfit.model.plots import style
from goodfit.model.walk import Walk, walk

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel
    from goodfit.model.walk.records import Layer, Parameter

# Inputs, neurons beside each other, and layers, that a picture still shows number by number.
MOST_INPUTS, MOST_NEURONS, MOST_LAYERS = 4, 3, 3


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
    widths, n_inputs = [len(layer.outputs) for layer in dense], len(chain[0].inputs)
    if not plain or len(dense) > MOST_LAYERS or n_inputs > MOST_INPUTS:
        return None
    if max(widths) > MOST_NEURONS or widths[-1] != 1:
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


def _told(report: Passes) -> dict[str, Any]:
    gradients = [
        value for layer in report.layers for row in layer.weight_gradient or () for value in row
    ]
    steepest = max(gradients, key=abs, default=0.0)
    difference = report.largest_difference
    return {
        "row": report.row,
        "target": report.target,
        "prediction": value_of(report.prediction),
        "truth": "–" if report.truth is None else value_of(report.truth),
        "loss": "–" if report.loss is None else style.number(report.loss, 3),
        "steepest": style.number(steepest, 3),
        "difference": "–" if difference is None else style.number(difference, 1),
        "neurons": len(report.layers[0].bias),
    }


def _with_loss(found: Walk) -> Passes | None:
    """For the way back there must be a loss."""
    report = passes_of(found)
    return None if report is None or report.loss is None else report


DIAGRAM: dict[str, Any] = {"size": (5.6, 3.1), "margins": Margins(0.05, 0.05, 0.05, 0.05)}
ILLUSTRATIONS = (
    Illustration(
        "forward-pass", passes, draw_forward, _told, Passes, of_walk=passes_of, **DIAGRAM
    ),
    Illustration(
        "back-propagation", passes, draw_backward, _told, Passes, of_walk=_with_loss, **DIAGRAM
    ),
)  # fmt: skip
