"""Descents: what scaling, optimizer, batches and forgotten zeros make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import torch

from goodfit.core.randomness import torch_generator
from goodfit.core.settings import make_settings
from goodfit.model.illustrations.computed import (
    Line,
    Numbers,
    fifteen,
    normalized,
    squared,
    standardized,
)
from goodfit.model.illustrations.computed import numbers as as_numbers
from goodfit.model.illustrations.drawn import SOUGHT, contours, heading, path_on, points, star, word
from goodfit.model.illustrations.illustration import Illustration, Margins
from goodfit.model.illustrations.slopes import pairs, surface_of
from goodfit.model.plots import style
from goodfit.training.batches import Batches
from goodfit.training.optimizers import SGD
from goodfit.training.step import GradientStep

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Path = tuple[tuple[float, float], ...]


class Hollow(msgspec.Struct, frozen=True, kw_only=True):
    """One loss surface over slope and intercept, and descents on it.

    Args:
        name: of what was done to the column, or of the descents.
        slope: (column,) of the grid, and ``intercept`` (row,).
        loss: (row, column).
        best: slope and intercept of the least loss, and ``least`` that loss.
        names: (descent,) what each is.
        paths: (descent, step + 1, 2).
        ends: (descent,) loss after the last step.
        rates: (descent,) learning rates.
    """

    name: str
    slope: Numbers
    intercept: Numbers
    loss: tuple[Numbers, ...]
    best: tuple[float, float]
    least: float
    names: tuple[str, ...]
    paths: tuple[Path, ...]
    ends: Numbers
    rates: Numbers


class Hollows(msgspec.Struct, frozen=True, kw_only=True):
    """Several loss surfaces side by side, the same number of steps on each."""

    steps: int
    hollows: tuple[Hollow, ...]


def _hollow(
    name: str,
    line: Line,
    descents: dict[str, dict[str, Any]],
    *,
    start: tuple[float, float],
    reach: tuple[float, float],
    n_steps: int,
    shift: tuple[float, float] = (0.0, 0.0),
) -> Hollow:
    best = line.best()
    middle = best[0] + shift[0], best[1] + shift[1]
    slope = np.linspace(middle[0] - reach[0], middle[0] + reach[0], 61)
    intercept = np.linspace(middle[1] - reach[1], middle[1] + reach[1], 61)
    paths = [line.descend(start, n_steps=n_steps, **chosen) for chosen in descents.values()]
    return Hollow(
        name=name,
        slope=as_numbers(slope),
        intercept=as_numbers(intercept),
        loss=surface_of(line, slope, intercept),
        best=best,
        least=float(line.losses(np.array(best[0]), np.array(best[1]))),
        names=tuple(descents),
        paths=tuple(map(pairs, paths)),
        ends=tuple(float(line.losses(path[-1, 0], path[-1, 1])) for path in paths),
        rates=tuple(chosen["learning_rate"] for chosen in descents.values()),
    )


def _scaled(name: str, scaled: np.ndarray, reach: tuple[float, float], rate: float) -> Hollows:
    """Steps on the raw column at nearly the largest rate that holds, and on the scaled one."""
    x, y = fifteen()
    plain = {"optimizer": "sgd"}
    raw, other = Line(x, y), Line(scaled, y)
    a, b = raw.best()
    first = _hollow("raw", raw, {"raw": {**plain, "learning_rate": 0.022}}, n_steps=30,
                    start=(a + 0.06, b - 1.5), reach=(0.4, 2.0))  # fmt: skip
    a, b = other.best()
    second = _hollow(name, other, {name: {**plain, "learning_rate": rate}}, n_steps=30,
                     start=(a + 0.55 * reach[0], b - 0.7 * reach[1]), reach=reach)  # fmt: skip
    return Hollows(steps=30, hollows=(first, second))


def standardizing() -> Hollows:
    """Gradient descent before and after standardisation."""
    return _scaled("standardize", standardized(fifteen()[0]), (2.0, 2.0), 0.3)


def normalizing() -> Hollows:
    """Gradient descent before and after normalisation."""
    return _scaled("normalize", normalized(fifteen()[0]), (2.6, 2.0), 0.7)


def draw_scaled(report: Hollows, axes: Axes) -> None:
    """A panel for each surface, with the path of its descent."""
    made = style.panels(axes, 1, len(report.hollows), gap=(0.16, 0))
    for panel, hollow in zip(made, report.hollows, strict=True):
        _ground(panel, hollow)
        path_on(panel, hollow.paths[0])
        ends = word("loss_after", steps=report.steps, loss=style.number(hollow.ends[0], 3))
        heading(panel, word(f"column_{hollow.name}"), ends)


def _ground(axes: Axes, hollow: Hollow) -> None:
    contours(axes, hollow.loss, hollow.slope, hollow.intercept)
    star(axes, hollow.best)
    style.dress(axes, grid="")
    axes.set_xlim(hollow.slope[0], hollow.slope[-1])
    axes.set_ylim(hollow.intercept[0], hollow.intercept[-1])
    axes.locator_params(nbins=4)
    style.name_axes(axes, x=word("slope"), y=word("intercept"))


def _told_scaled(report: Hollows) -> dict[str, Any]:
    raw, scaled = report.hollows
    return {"steps": report.steps, "raw": style.number(raw.ends[0], 3),
            "scaled": style.number(scaled.ends[0], 3),
            "least": style.number(raw.least, 3)}  # fmt: skip


#: Optimizers on one valley, and batches of one optimizer.
KINDS: dict[str, dict[str, Any]] = {
    "sgd": {"optimizer": "sgd", "learning_rate": 0.65},
    "momentum": {"optimizer": "sgd", "learning_rate": 0.08, "momentum": 0.8},
    "adam": {"optimizer": "adam", "learning_rate": 0.3},
}
BATCHES: dict[str, dict[str, Any]] = {
    "full_batch": {"optimizer": "sgd", "learning_rate": 0.1, "batch_size": "full"},
    "mini_batch": {"optimizer": "sgd", "learning_rate": 0.1, "batch_size": 5},
    "stochastic": {"optimizer": "sgd", "learning_rate": 0.1, "batch_size": 1},
}


def optimizers() -> Hollows:
    """Three optimizers on the long valley of normalised points; three sizes of batches."""
    x, y = fifteen()
    valley, bowl = Line(normalized(x), y), Line(standardized(x), y)
    (a, b), (c, d) = valley.best(), bowl.best()
    kinds = _hollow("kinds", valley, KINDS, start=(a + 1.4, b - 1.5), reach=(1.7, 1.4),
                    shift=(1.0, -0.6), n_steps=20)  # fmt: skip
    batches = _hollow("batches", bowl, BATCHES, start=(c - 1.2, d - 1.2), reach=(1.6, 1.6),
                      n_steps=30)  # fmt: skip
    return Hollows(steps=20, hollows=(kinds, batches))


LINES = ("-", (0, (4, 1.6)), (0, (1, 1.2)))


def draw_optimizers(report: Hollows, axes: Axes) -> None:
    """Each path in its own colour and marker."""
    made = style.panels(axes, 1, 2, gap=(0.2, 0))
    for panel, hollow in zip(made, report.hollows, strict=True):
        _ground(panel, hollow)
        for place, (name, path) in enumerate(zip(hollow.names, hollow.paths, strict=True)):
            more = {"color": style.SERIES[place], "marker": style.MARKERS[place]}
            path_on(panel, path, linestyle=LINES[place], markersize=2.8, linewidth=1.2,
                    label=word(f"descent_{name}"), **more)  # fmt: skip
        panel.set_ylim(hollow.intercept[0], hollow.intercept[-1])
        style.legend(panel, ncols=1, bbox_to_anchor=(-0.06, 1.0))


def _told_optimizers(report: Hollows) -> dict[str, Any]:
    kinds, _ = report.hollows
    found = dict(zip(kinds.names, (style.number(end, 3) for end in kinds.ends), strict=True))
    return {**found, "steps": report.steps, "least": style.number(kinds.least, 3),
            "n_rows": 15, "mini": 5}  # fmt: skip


class Shuffled(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of some epochs in the order in which a training sees them.

    Args:
        batch_size: rows a step.
        epochs: (epoch, step, row) numbers of rows, from 1.
    """

    batch_size: int
    epochs: tuple[tuple[tuple[int, ...], ...], ...]


def shuffled() -> Shuffled:
    """Two epochs of fifteen rows in batches of five, as a fit with seed 0 orders them."""
    rows = Line(np.arange(1, 16, dtype=np.float64), fifteen()[1]).rows
    batches = Batches(rows, batch_size=5, generator=torch_generator(0, "shuffling"))
    epochs = tuple(
        tuple(tuple(int(one) for one in batch.dense[:, 0].tolist()) for batch in batches.epoch())
        for _ in range(2)
    )
    return Shuffled(batch_size=5, epochs=epochs)


def draw_shuffled(report: Shuffled, axes: Axes) -> None:
    """A row of squares for each epoch, its batches apart, a step after each."""
    from matplotlib.patches import FancyBboxPatch

    axes.set_axis_off()
    size = report.batch_size
    for line, epoch in enumerate(report.epochs):
        top = -2.3 * line
        style.write(axes, -0.3, top + 1.0, word("epoch_number", number=line + 1), va="bottom",
                    fontweight="bold")  # fmt: skip
        for place, batch in enumerate(epoch):
            left, colour = place * (size + 0.9), style.SERIES[place]
            for step, row in enumerate(batch):
                box = FancyBboxPatch((left + step, top), 0.8, 0.8, linewidth=0, facecolor=colour,
                                     boxstyle="round,pad=0,rounding_size=0.12")  # fmt: skip
                axes.add_patch(box)
                style.write(axes, left + step + 0.4, top + 0.38, str(row), ha="center",
                            va="center", color=style.CARD)  # fmt: skip
            name = word("batch_and_step", number=line * len(epoch) + place + 1)
            style.write(axes, left + size / 2 - 0.1, top - 0.18, name, ha="center", va="top",
                        color=colour)  # fmt: skip
    axes.set_xlim(-0.4, 3 * size + 1.9)
    axes.set_ylim(-2.3 * (len(report.epochs) - 1) - 0.9, 1.7)
    axes.set_aspect("equal")


def _told_shuffled(report: Shuffled) -> dict[str, Any]:
    steps = len(report.epochs[0])
    return {"size": report.batch_size, "n_rows": steps * report.batch_size, "steps": steps}


class Lines(msgspec.Struct, frozen=True, kw_only=True):
    """The fitted line after some epochs.

    Args:
        x: (row,), and ``y`` (row,): the points.
        epochs: (line,) after which it stood so.
        slopes: (line,), ``intercepts`` (line,) and ``losses`` (line,).
    """

    x: Numbers
    y: Numbers
    epochs: tuple[int, ...]
    slopes: Numbers
    intercepts: Numbers
    losses: Numbers


def epochs() -> Lines:
    """Fifteen standardised points, from a flat line at 0 on."""
    x, y = fifteen()
    line, shown = Line(standardized(x), y), (0, 1, 3, 8, 24)
    path = line.descend((0.0, 0.0), n_steps=max(shown), optimizer="sgd", learning_rate=0.1)
    slopes, intercepts = path[list(shown)].T
    return Lines(
        x=as_numbers(line.x),
        y=as_numbers(y),
        epochs=shown,
        slopes=as_numbers(slopes),
        intercepts=as_numbers(intercepts),
        losses=as_numbers(line.losses(slopes, intercepts)),
    )


def draw_epochs(report: Lines, axes: Axes) -> None:
    """Each line a little darker than the one before, its epoch beside it."""
    ends = np.array([min(report.x), max(report.x)])
    points(axes, report.x, report.y)
    drawn = zip(report.epochs, report.slopes, report.intercepts, report.losses, strict=True)
    for place, (epoch, slope, intercept, loss) in enumerate(drawn):
        strength = 0.3 + 0.7 * place / (len(report.epochs) - 1)
        heights = slope * ends + intercept
        axes.plot(ends, heights, color=style.TRAINING, linewidth=2, alpha=strength)
        text = word("epoch_loss", epoch=epoch, loss=style.number(loss, 2))
        style.write(axes, ends[1] + 0.08, heights[1], text, va="center", color=style.TRAINING)
    style.dress(axes)
    axes.set_xlim(ends[0] - 0.1, ends[1] + 1.5)
    style.name_axes(axes, x=word("x_standardized"), y="y")


def _told_epochs(report: Lines) -> dict[str, Any]:
    return {"first": style.number(report.losses[0], 3), "last": style.number(report.losses[-1], 3),
            "one": style.number(report.losses[1], 3), "epochs": report.epochs[-1]}  # fmt: skip


class Zeroing(msgspec.Struct, frozen=True, kw_only=True):
    """Losses of two descents: the gradient set to zero before each step, and never.

    Args:
        zeroed: (step + 1,) loss, and ``kept`` (step + 1,) without zeroing.
        learning_rate: of both.
        least: the least loss that a line can have.
    """

    zeroed: Numbers
    kept: Numbers
    learning_rate: float
    least: float


def zeroing(n_steps: int = 40, rate: float = 0.1) -> Zeroing:
    """Goodfit's own steps, and the same with gradients that add up."""
    line = Line(standardized(fifteen()[0]), fifteen()[1])
    found = [_losses(line, n_steps, rate, zeroed=zeroed) for zeroed in (True, False)]
    least = float(line.losses(*map(np.array, line.best())))
    return Zeroing(zeroed=found[0], kept=found[1], learning_rate=rate, least=least)


def _losses(line: Line, n_steps: int, rate: float, *, zeroed: bool) -> Numbers:
    from goodfit.networks.linear import Linear
    from goodfit.training.state import TrainingState

    settings = make_settings(optimizer="sgd", learning_rate=rate)
    network = Linear(1, (), 1).double()
    state = TrainingState.fresh(network, settings)
    step, total = GradientStep(network, squared(), state.gradient), torch.zeros_like(state.gradient)
    assert isinstance(state.optimizer, SGD)
    losses: list[float] = []
    with torch.no_grad():
        for _ in range(n_steps + 1):
            errors, count = step(line.rows)
            losses.append(float(errors) / count)
            total = state.gradient.clone() if zeroed else total + state.gradient
            state.optimizer.parameters.add_(total, alpha=-rate)
    return tuple(losses)


def draw_zeroing(report: Zeroing, axes: Axes) -> None:
    """Both losses over the steps."""
    steps = range(len(report.zeroed))
    axes.plot(steps, report.kept, label=word("not_zeroed"), **style.PART_LINES["validation"])
    axes.plot(steps, report.zeroed, label=word("zeroed"), **style.PART_LINES["training"])
    axes.axhline(report.least, **SOUGHT)
    style.dress(axes)
    axes.set_ylim(0, None)
    style.name_axes(axes, x=word("step"), y=word("loss"))
    style.legend(axes)


def _told_zeroing(report: Zeroing) -> dict[str, Any]:
    return {"zeroed": style.number(report.zeroed[-1], 3),
            "highest": style.number(max(report.kept[10:]), 3),
            "steps": len(report.zeroed) - 1}  # fmt: skip


TWO = Margins(left=0.6, bottom=0.5, right=0.14, top=0.56)
ILLUSTRATIONS = (
    Illustration(
        "standardization", standardizing, draw_scaled, _told_scaled, Hollows, size=(5.6, 3.0),
        margins=TWO,
    ),
    Illustration(
        "normalization", normalizing, draw_scaled, _told_scaled, Hollows, size=(5.6, 3.0),
        margins=TWO,
    ),
    Illustration(
        "optimizer", optimizers, draw_optimizers, _told_optimizers, Hollows, size=(5.6, 3.4),
        margins=Margins(left=0.6, bottom=0.5, right=0.14, top=0.66),
    ),
    Illustration(
        "batch", shuffled, draw_shuffled, _told_shuffled, Shuffled, size=(5.6, 1.75),
        margins=Margins(0.05, 0.05, 0.05, 0.05),
    ),
    Illustration("epoch", epochs, draw_epochs, _told_epochs, Lines, size=(5.6, 3.0)),
    Illustration(
        "zeroing-gradients", zeroing, draw_zeroing, _told_zeroing, Zeroing, size=(5.6, 2.7),
        margins=Margins(left=0.6, bottom=0.5, right=0.14, top=0.34),
    ),
)  # fmt: skip
