"""What illustrations are computed with: tables that Goodfit ships, its descents, its fits."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from goodfit.core.batch import Batch
from goodfit.core.settings import make_settings
from goodfit.networks.linear import Linear
from goodfit.training.batches import Batches
from goodfit.training.objectives import Objective, objective_for
from goodfit.training.state import TrainingState
from goodfit.training.step import Descent, GradientStep

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel

#: A row of numbers in a report.
Numbers = tuple[float, ...]


@cache
def shipped(name: str) -> dict[str, list[str]]:
    """A table that Goodfit ships, its cells as they stand in the file, by column."""
    text = (files("goodfit.data") / "tables" / f"{name}.csv").read_text("utf-8")
    head, *rows = csv.reader(text.splitlines())
    return {
        column: list(cells) for column, cells in zip(head, zip(*rows, strict=True), strict=True)
    }


@cache
def fifteen() -> tuple[np.ndarray, np.ndarray]:
    """The fifteen points of the first lesson: (row,) each."""
    table = shipped("linear15")
    return np.array(table["x"], dtype=np.float64), np.array(table["y"], dtype=np.float64)


def standardized(values: np.ndarray) -> np.ndarray:
    """Mean 0 and deviation 1, as Goodfit's scaling does it."""
    from goodfit.preprocessing.numbers import Scale

    scale = Scale.learn(values, np.ones(len(values)), scaling="standardize")
    return scale.scaled(values)


def normalized(values: np.ndarray) -> np.ndarray:
    """From 0 to 1, as Goodfit's scaling does it."""
    from goodfit.preprocessing.numbers import Scale

    scale = Scale.learn(values, np.ones(len(values)), scaling="normalize")
    return scale.scaled(values)


@dataclass(frozen=True)
class Line:
    """A straight line that is to be found: Goodfit's linear network on one column.

    Args:
        x: (row,), as the network sees it; ``y`` (row,) likewise.
    """

    x: np.ndarray
    y: np.ndarray

    @property
    def rows(self) -> Batch:
        """The rows as a training sees them."""
        dense = torch.from_numpy(self.x[:, None].copy())
        return Batch(
            dense, dense.new_zeros(len(dense), 0).long(), torch.from_numpy(self.y[:, None])
        )

    def losses(self, slope: np.ndarray, intercept: np.ndarray) -> np.ndarray:
        """Mean squared error of every line, of any shape: that of ``slope`` and ``intercept``."""
        slope, intercept = np.broadcast_arrays(slope, intercept)
        says = slope.ravel()[:, None] * self.x + intercept.ravel()[:, None]  # (line, row)
        outputs = torch.from_numpy(says.reshape(-1, 1))
        target = torch.from_numpy(np.tile(self.y, slope.size)[:, None])
        errors = squared().loss.rows(outputs, target).view(slope.size, len(self.x))
        return errors.mean(1).numpy().reshape(slope.shape)

    def best(self) -> tuple[float, float]:
        """Slope and intercept of least squares."""
        network = Linear(1, (), 1).double()
        rows = self.rows
        network.solve(rows.dense, rows.codes, rows.target, None, task="regression", l2=0.0)
        return _numbers_of(network)

    def gradient(self, slope: float, intercept: float) -> tuple[float, float]:
        """Derivatives of the loss by slope and intercept, by back-propagation."""
        network = _network(slope, intercept)
        state = TrainingState.fresh(network, make_settings(optimizer="sgd"))
        with torch.no_grad():
            GradientStep(network, squared(), state.gradient)(self.rows)
        assert network.weight.grad is not None
        assert network.bias.grad is not None
        return float(network.weight.grad), float(network.bias.grad)

    def descend(
        self,
        start: tuple[float, float],
        *,
        n_steps: int,
        batch_size: int | str = "full",
        **settings: Any,
    ) -> np.ndarray:
        """Where a training goes, (step + 1, 2): slope and intercept.

        Args:
            start: slope and intercept.
            n_steps: that are made.
            batch_size: rows a step.
            **settings: of the optimizer.
        """
        chosen = make_settings(**settings)
        network = _network(*start)
        state = TrainingState.fresh(network, chosen)
        descent = Descent(state, GradientStep(network, squared(), state.gradient), chosen)
        batches = Batches(self.rows, batch_size=batch_size, generator=state.shuffling)
        path = [start]
        with torch.no_grad():
            while len(path) <= n_steps:
                for batch in batches.epoch():
                    descent(batch, chosen.learning_rate or 0.0)
                    path.append(_numbers_of(network))
        return np.array(path[: n_steps + 1])


def _network(slope: float, intercept: float) -> Linear:
    network = Linear(1, (), 1).double()
    with torch.no_grad():
        network.weight.fill_(slope)
        network.bias.fill_(intercept)
    return network


def _numbers_of(network: Linear) -> tuple[float, float]:
    return float(network.weight.detach()), float(network.bias.detach())


@cache
def squared() -> Objective:
    """The mean squared error of one target."""
    return objective_for("regression", n_levels=0, settings=make_settings())


def numbers(values: Any) -> Numbers:
    """An array or tensor, flat, as a report holds it."""
    if isinstance(values, Tensor):
        values = values.detach().double().numpy()
    return tuple(float(value) for value in np.asarray(values).ravel())


def bumpy(x: np.ndarray) -> np.ndarray:
    """A curve that no straight line follows."""
    return np.sin(2 * x) + 0.3 * x


@dataclass(frozen=True)
class Noisy:
    """Points of the curve with noise, by part, (row,) each."""

    x: np.ndarray
    y: np.ndarray


def noisy(n_rows: int, *, seed: int, spread: float = 0.35) -> Noisy:
    """Points of the curve with normal noise, x drawn evenly; the same for the same seed."""
    chance = np.random.default_rng(seed)
    x = np.sort(chance.uniform(-3, 3, n_rows))
    return Noisy(x, bumpy(x) + chance.normal(0, spread, n_rows))


def curve_of(points: Noisy, *, neurons: int, epochs: int = 60, **settings: Any) -> FittedModel:
    """A network of one hidden layer, fitted to all of the points."""
    from goodfit.model.fit import fit

    chosen: dict[str, Any] = {
        "network": "mlp",
        "widths": (neurons,),
        "activation": "tanh",
        "optimizer": "lbfgs",
        "learning_rate": 1.0,
        "epochs": epochs,
        "batch_size": "full",
        "schedule": "constant",
        "dropout": 0.0,
        "preprocessing": "standardize",
        "split": "none",
        "task": "regression",
        **settings,
    }
    return fit({"x": points.x, "y": points.y}, target="y", **chosen)


def along(model: FittedModel, x: np.ndarray) -> np.ndarray:
    """What a model of one column says at places, (place,)."""
    return model.predict({"x": x})


def rms(errors: np.ndarray | Sequence[float]) -> float:
    """Root of the mean square."""
    return float(np.sqrt(np.mean(np.square(errors))))
