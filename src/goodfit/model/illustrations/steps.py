"""Steps of a training: rows in batches, epochs one after the other, gradients set to zero."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import torch

from goodfit.core.randomness import torch_generator
from goodfit.core.settings import make_settings
from goodfit.model.illustrations.computed import Line, Numbers, fifteen, squared, standardized
from goodfit.model.illustrations.computed import numbers as as_numbers
from goodfit.model.illustrations.drawn import SOUGHT, points, word
from goodfit.model.illustrations.illustration import Illustration, Margins
from goodfit.model.plots import style
from goodfit.training.batches import Batches
from goodfit.training.optimizers import SGD
from goodfit.training.step import GradientStep

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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


ILLUSTRATIONS = (
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
