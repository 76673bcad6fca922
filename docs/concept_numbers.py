"""What the numbers of the concept pages are computed from, by Goodfit's own parts."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
import torch

from goodfit.core.batch import Batch
from goodfit.core.randomness import torch_generator
from goodfit.core.settings import make_settings
from goodfit.interfaces.cli.demo import PRESET
from goodfit.model.fit import start
from goodfit.model.fitted import FittedModel
from goodfit.model.illustrations.structures import Vanishing, vanishing
from goodfit.model.run import Run
from goodfit.model.straight_line import Descent, Line, descent, least_squares
from goodfit.networks.activations import ACTIVATIONS
from goodfit.networks.catalog import build_network, initialize
from goodfit.networks.contract import Network
from goodfit.networks.layers import Dense
from goodfit.networks.linear import Linear
from goodfit.preprocessing.scalings import SCALINGS
from goodfit.training.losses import BinaryCrossEntropy, MeanSquaredError
from goodfit.training.losses.contract import SOFTMAX
from goodfit.training.objectives import objective_for
from goodfit.training.state import History

RATE: float = PRESET["learning_rate"]
EPOCHS: int = PRESET["epochs"]
#: An x that is not in the table, one outside it, and a small change of a parameter.
NEW_X, FAR_X, NUDGE = 9.0, 12.0, 0.001
MORE_EPOCHS, FEW_EPOCHS, MOMENTUM, RIDGE = 1000, 3, 0.9, 1.0
STOP_POWER, STOP_RATE, STOP_EPOCHS, STOP_SEED = 5, 0.2, 2000, 7
GRAVITY = 9.81
LOW, HIGH, SCORES = -2.0, 3.0, (2.0, 1.0, 0.0)
SURE, HALF, WRONG = 0.9, 0.5, 0.1
MINUS = "−"


def number(value: float, digits: int) -> str:
    """A number with so many digits behind the point and a true minus sign.

    >>> number(-31.0775, 2)
    '−31.08'
    """
    text = f"{value:.{digits}f}"
    return text.replace("-", MINUS) if float(text) else text.lstrip("-")


@cache
def points() -> tuple[np.ndarray, np.ndarray]:
    """Return x and y of the fifteen points."""
    table = (files("goodfit.data") / "tables/linear15.csv").read_text("utf-8").split()
    x, y = np.array([row.split(",") for row in table[1:]], dtype=float).T
    return x, y


@cache
def best() -> Line:
    """The line with the least mean squared error."""
    return least_squares(*points())


@cache
def slopes(slope: float = 0.0, intercept: float = 0.0) -> tuple[float, float, float]:
    """Loss of a line, and its derivatives for slope and intercept, by Goodfit's own network."""
    x, y = (torch.tensor(values)[:, None] for values in points())
    network = Linear(1, (), 1).double()
    with torch.no_grad():
        network.weight.fill_(slope)
        network.bias.fill_(intercept)
    objective = objective_for("regression", n_levels=0, settings=make_settings())
    outputs = network(x, torch.zeros(len(x), 0, dtype=torch.int64))
    loss = objective.mean_loss(outputs, Batch(x, torch.zeros(len(x), 0), y, None))
    loss.backward()
    assert network.weight.grad is not None
    assert network.bias.grad is not None
    return loss.item(), network.weight.grad.item(), network.bias.grad.item()


def after_step(rate: float) -> tuple[float, float]:
    """Slope and intercept after one step from 0 and 0."""
    _, of_slope, of_intercept = slopes()
    return -rate * of_slope, -rate * of_intercept


def path(*, rate: float, standardized: bool = False) -> Descent:
    """Where plain descent from 0 and 0 leads."""
    x, y = points()
    inputs = (x - x.mean()) / x.std() if standardized else x
    return descent(inputs[:, None], y, np.zeros(2), learning_rate=rate)


def answer(slope: float, intercept: float, x: float) -> float:
    """What a line says."""
    return slope * x + intercept


@cache
def table(power: int = 1) -> dict[str, np.ndarray]:
    """The fifteen points, x with its powers, as a table."""
    x, y = points()
    return {**{f"x{exponent}": x**exponent for exponent in range(1, power + 1)}, "y": y}


def trained(power: int = 1, **settings: Any) -> tuple[Run, FittedModel]:
    """A fit of that table, and its run."""
    run = start(table(power), target="y", settings=make_settings(**settings))
    for _ in run.events():
        pass
    return run, run.finish()


@cache
def demo(**changed: Any) -> FittedModel:
    """The demo's fit with other settings, in double precision."""
    return trained(**{**PRESET, "precision": "float64", **changed})[1]


def loss_of(model: FittedModel) -> float:
    """Mean squared error on all fifteen points."""
    _, y = points()
    return float(np.mean((model.predict(table()) - y) ** 2))


def demo_line() -> tuple[float, float]:
    """Slope and intercept that the demo ends with."""
    found = demo().coefficients()
    assert found is not None
    return found["x1"], found["intercept"]


@cache
def powers(power: int) -> tuple[float, float]:
    """Loss on the training and the validation rows of a line through powers of x, solved."""
    run, model = trained(power, network="linear", optimizer="exact", split="6:2:2")
    _, y = points()
    errors = (model.predict(table(power)) - y) ** 2
    return float(errors[run.fold.training].mean()), float(errors[run.fold.validation].mean())


@cache
def stopped() -> History:
    """A long descent on powers of x, watched, whose validation loss rises again."""
    settings = {"network": "linear", "optimizer": "sgd", "learning_rate": STOP_RATE}
    settings |= {"epochs": STOP_EPOCHS, "batch_size": "full", "split": "6:2:2", "seed": STOP_SEED}
    settings |= {"early_stopping": 0, "preprocessing": "standardize", "target_scaling": "none"}
    return trained(STOP_POWER, **settings)[1].history


def stop_epoch() -> int:
    """Where its validation loss is least, from 0."""
    return int(np.argmin([value for value in stopped().valid_loss if value is not None]))


@cache
def ridge() -> FittedModel:
    """The line with a penalty on its squared slope, solved."""
    return demo_exact(l2=RIDGE)


def demo_exact(**changed: Any) -> FittedModel:
    """The exact solution on the points as they are."""
    kept = ("network", "loss", "preprocessing", "target_scaling", "split")
    return trained(**{name: PRESET[name] for name in kept}, optimizer="exact", **changed)[1]


@cache
def penguins() -> list[dict[str, str]]:
    """The rows of the penguins."""
    text = (files("goodfit.data") / "tables/penguins.csv").read_text("utf-8")
    return list(csv.DictReader(io.StringIO(text)))


def islands() -> list[str]:
    """Levels of their island."""
    return sorted({row["island"] for row in penguins()})


def one_hot(level: str) -> str:
    """The columns of a level."""
    return ", ".join("1" if other == level else "0" for other in islands())


def parts() -> tuple[int, int, int]:
    """Rows of each part, divided 6:2:2."""
    run, _ = trained(network="linear", optimizer="exact", split="6:2:2")
    training, validation = len(run.fold.training), len(run.fold.validation)
    return training, validation, len(points()[0]) - training - validation


def bent(name: str, value: float) -> float:
    """An activation of a number."""
    activation = ACTIVATIONS[name](1, settings=make_settings())
    return float(activation(torch.tensor([value], dtype=torch.float64)))


def steepest(name: str) -> float:
    """The slope of an S at 0, where it is steepest."""
    z = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    ACTIVATIONS[name](1, settings=make_settings())(z).sum().backward()
    assert z.grad is not None
    return float(z.grad)


def shares(values: Sequence[float]) -> str:
    """Their softmax."""
    found = SOFTMAX.function(torch.tensor([values], dtype=torch.float64))[0]
    return ", ".join(number(float(value), 2) for value in found)


def surprise(probability: float) -> float:
    """Cross-entropy of a row whose class got this probability."""
    odds = torch.tensor([[probability]], dtype=torch.float64).logit()
    return float(BinaryCrossEntropy().rows(odds, torch.ones(1, 1, dtype=torch.float64)))


def network(widths: tuple[int, ...], activation: str, *, seed: int = 0) -> Network:
    """A fresh multilayer perceptron of one input."""
    settings = make_settings(
        network="mlp", widths=widths, activation=activation, initialization="kaiming_normal"
    )
    found = build_network(1, (), 1, settings=settings)
    initialize(found, settings=settings, generator=torch_generator(seed, "initialization"))
    return found.double()


class Tiny(NamedTuple):
    """A network of two neurons on its way forward and back."""

    forward: dict[str, float]
    back: dict[str, float]


TINY = {"w1": 1.0, "b1": -4.0, "w2": 0.5, "b2": 0.2, "v1": 0.3, "v2": 0.6, "c": 0.4}


@cache
def tiny(w2: float = TINY["w2"]) -> Tiny:
    """The first point through it, and its derivatives."""
    given = {**TINY, "w2": w2}
    net = network((2,), "relu")
    hidden, last = (layer for layer in net.modules() if isinstance(layer, Dense))
    with torch.no_grad():
        hidden.weight.copy_(torch.tensor([[given["w1"]], [given["w2"]]]))
        hidden.bias.copy_(torch.tensor([given["b1"], given["b2"]]))
        last.weight.copy_(torch.tensor([[given["v1"], given["v2"]]]))
        last.bias.copy_(torch.tensor([given["c"]]))
    x, y = (torch.tensor(values[:1])[:, None] for values in points())
    z = hidden(x)
    h = torch.relu(z)
    h.retain_grad()
    out = last(h)
    out.retain_grad()
    assert torch.equal(out, net(x, torch.zeros(1, 0, dtype=torch.int64)))
    loss = MeanSquaredError().rows(out, y).sum()
    loss.backward()
    forward = {"z1": z[0, 0], "z2": z[0, 1], "h1": h[0, 0], "h2": h[0, 1]}
    forward |= {"out": out[0, 0], "error": (out - y)[0, 0], "loss": loss}
    back = {"out": out.grad[0, 0], "v2": last.weight.grad[0, 1], "h2": h.grad[0, 1]}
    back |= {"w2": hidden.weight.grad[1, 0], "w1": hidden.weight.grad[0, 0]}
    return Tiny(
        {name: value.item() for name, value in forward.items()},
        {name: value.item() for name, value in back.items()},
    )


@cache
def fresh() -> Vanishing:
    """The deep networks of the picture, at their start."""
    return vanishing()


def vanished(activation: str) -> float:
    """Gradient of a weight in the second hidden layer as a share of that in the last one."""
    second, *_, last = fresh().lengths[fresh().activations.index(activation)]
    return second / last


def fallen(seconds: float) -> float:
    """Metres that a stone falls in so many seconds."""
    return GRAVITY / 2 * seconds**2


def mean_speed(seconds: float) -> float:
    """Metres a second, on average over so many seconds after the first."""
    return (fallen(1 + seconds) - fallen(1)) / seconds


def two_steps(*, zeroed: bool) -> tuple[float, float]:
    """Slope and intercept after two steps from 0 and 0, the gradient wiped away between or not."""
    place, kept = np.zeros(2), np.zeros(2)
    for _ in range(2):
        found = np.array(slopes(*place)[1:])
        kept = found if zeroed else kept + found
        place = place - RATE * kept
    return float(place[0]), float(place[1])


@cache
def folded() -> FittedModel:
    """The line of least squares with errors of its folds."""
    return trained(network="linear", optimizer="exact")[1]


def interval(level: float) -> tuple[float, float]:
    """Its range at the new x."""
    low, high = folded().predict_interval({"x1": np.array([NEW_X])}, level=level)[0]
    return float(low), float(high)


def scaled(name: str, value: float) -> float:
    """A number as a scaling learnt from x makes it."""
    x, _ = points()
    learnt = SCALINGS[name].learn(x, np.ones(len(x)))
    return (value - learnt.center) / learnt.scale


def n_parameters(found: Network) -> int:
    """How many numbers a network learns."""
    return sum(parameter.numel() for parameter in found.parameters())


def shape(values: np.ndarray) -> str:
    """A shape as one writes it."""
    return "(" + ", ".join(map(str, values.shape)) + ")"


def valid(place: int) -> float:
    """The validation loss of the long descent after an epoch."""
    found = stopped().valid_loss[place]
    assert found is not None
    return found


def share_of(value: float) -> str:
    """A share in words that a beginner reads: one in so many."""
    return (
        f"1/{round(1 / value, 1 - len(str(int(1 / value)))):,.0f}"
        if value < 0.1
        else f"{value:.1f}"
    )
