"""Compute the numbers that the concept pages name, with Goodfit itself.

``python docs/concept_facts.py`` writes src/goodfit/core/concepts/facts.json after a page names a
new one; ``tests/core/concepts`` holds them equal to what is computed here. Every number is about
the fifteen points (linear15) unless its name says otherwise.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import torch

from goodfit.core.batch import Batch
from goodfit.core.settings import make_settings
from goodfit.interfaces.cli.demo import PRESET
from goodfit.interfaces.cli.lesson import BOLD_RATE
from goodfit.model.straight_line import Descent, Line, descent, least_squares
from goodfit.networks.linear import Linear
from goodfit.training.objectives import objective_for

FILE = Path(__file__).parents[1] / "src/goodfit/core/concepts/facts.json"
MINUS = "−"


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


RATE: float = PRESET["learning_rate"]

FACTS: dict[str, Callable[[], str]] = {
    "best-slope": lambda: number(best().slope, 3),
    "best-intercept": lambda: number(best().intercept, 3),
    "zero-loss": lambda: number(slopes()[0], 4),
    "zero-gradient-slope": lambda: number(slopes()[1], 2),
    "zero-gradient-intercept": lambda: number(slopes()[2], 2),
    "demo-rate": lambda: f"{RATE:g}",
    "zero-step-slope": lambda: number(after_step(RATE)[0], 3),
    "zero-step-intercept": lambda: number(after_step(RATE)[1], 3),
    "zero-step-loss": lambda: number(slopes(*after_step(RATE))[0], 4),
    "zero-half-step-slope": lambda: number(after_step(RATE / 2)[0], 3),
    "highest-rate": lambda: number(path(rate=RATE).highest_rate, 4),
    "bold-rate": lambda: f"{BOLD_RATE:g}",
    "highest-rate-standardized": lambda: number(path(rate=1, standardized=True).highest_rate, 0),
    "epochs-standardized": lambda: str(path(rate=BOLD_RATE, standardized=True).epochs_needed),
    "epochs-raw": lambda: f"{path(rate=RATE).epochs_needed:,}",
}


def number(value: float, digits: int) -> str:
    """A number with so many digits behind the point and a true minus sign.

    >>> number(-31.0775, 2)
    '−31.08'
    """
    text = f"{value:.{digits}f}"
    return text.replace("-", MINUS) if float(text) else text.lstrip("-")


def computed() -> dict[str, str]:
    """Every fact by name."""
    return {name: fact() for name, fact in FACTS.items()}


if __name__ == "__main__":
    FILE.write_text(json.dumps(computed(), indent=2, ensure_ascii=False) + "\n", "utf-8")
