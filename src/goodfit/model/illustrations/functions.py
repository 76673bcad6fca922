"""Functions of one number: every loss that teaches something, every activation that there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import torch

from goodfit.core.settings import make_settings
from goodfit.model.illustrations.computed import Numbers
from goodfit.model.illustrations.computed import numbers as as_numbers
from goodfit.model.illustrations.drawn import GRADIENT, word
from goodfit.model.illustrations.illustration import Illustration, Margins
from goodfit.model.plots import style
from goodfit.networks.activations import ACTIVATIONS
from goodfit.training.losses import LOSSES
from goodfit.training.objectives import objective_for

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LINES = ("-", (0, (4, 1.6)), (0, (1, 1.2)), (0, (6, 1.5, 1, 1.5)), "-")
OF_NUMBERS = ("mean_squared_error", "mean_absolute_error", "huber", "epsilon_insensitive")
OF_CLASSES = ("cross_entropy", "hinge", "exponential")


class Losses(msgspec.Struct, frozen=True, kw_only=True):
    """Losses over the error of a number, and over how surely a class is right.

    Args:
        error: (place,) prediction less truth, and ``of_error`` (loss, place).
        numbers: (loss,) names.
        margin: (place,) output for the true class; below 0 the row is wrong.
        classes: (loss,) names, and ``of_margin`` (loss, place).
        wrong: (place,) the 0-1 loss: 1 where the row is wrong.
        squared_at_two: the squared error of an error of 2, and ``absolute_at_two``.
    """

    error: Numbers
    numbers: tuple[str, ...]
    of_error: tuple[Numbers, ...]
    margin: Numbers
    classes: tuple[str, ...]
    of_margin: tuple[Numbers, ...]
    wrong: Numbers
    squared_at_two: float
    absolute_at_two: float


def losses() -> Losses:
    """Goodfit's own losses, row by row."""
    error, margin = np.linspace(-2.5, 2.5, 101), np.linspace(-2.5, 2.5, 101)
    at_two = np.array([2.0])
    return Losses(
        error=as_numbers(error),
        numbers=OF_NUMBERS,
        of_error=tuple(_rows("regression", name, error, 0.0) for name in OF_NUMBERS),
        margin=as_numbers(margin),
        classes=OF_CLASSES,
        of_margin=tuple(_rows("binary", name, margin, 1.0) for name in OF_CLASSES),
        wrong=as_numbers((margin < 0).astype(np.float64)),
        squared_at_two=_rows("regression", OF_NUMBERS[0], at_two, 0.0)[0],
        absolute_at_two=_rows("regression", OF_NUMBERS[1], at_two, 0.0)[0],
    )


def _rows(task: Any, name: str, outputs: np.ndarray, target: float) -> Numbers:
    assert name in LOSSES
    settings = make_settings(loss=name, **({"tolerance": 0.5} if "epsilon" in name else {}))
    loss = objective_for(task, n_levels=2 if task == "binary" else 0, settings=settings).loss
    given = torch.from_numpy(outputs[:, None].copy())
    return as_numbers(loss.rows(given, torch.full_like(given, target)))


def draw_losses(report: Losses, axes: Axes) -> None:
    """Left losses of numbers, right losses of classes with the 0-1 loss, flat but for one jump."""
    left, right = style.panels(axes, 1, 2, gap=(0.16, 0))
    for panel, x, names, lines in (
        (left, report.error, report.numbers, report.of_error),
        (right, report.margin, report.classes, report.of_margin),
    ):
        drawn = zip(names, lines, style.SERIES, LINES, strict=False)
        for name, values, colour, line in drawn:
            panel.plot(x, values, color=colour, linestyle=line, linewidth=1.7,
                       label=word(f"loss_{name}"))  # fmt: skip
        style.dress(panel)
        panel.set_ylim(0, 4)
        panel.set_xlim(x[0], x[-1])
    right.step(report.margin, report.wrong, color=style.INK, linewidth=2.2, where="mid",
               label=word("zero_one"))  # fmt: skip
    style.name_axes(left, x=word("error_of_number"), y=word("loss"))
    style.name_axes(right, x=word("margin_of_class"))
    style.write(right, -2.4, 0.92, word("flat"), va="top")
    for panel in (left, right):
        style.legend(panel, ncols=1, bbox_to_anchor=(-0.04, 1.0))


def _told_losses(report: Losses) -> dict[str, Any]:
    return {"squared": style.number(report.squared_at_two),
            "absolute": style.number(report.absolute_at_two)}  # fmt: skip


class Activations(msgspec.Struct, frozen=True, kw_only=True):
    """Every activation of one number, with its derivative, and two of several numbers.

    Args:
        z: (place,) the sum.
        names: (activation,), values (activation, place) and slopes (activation, place).
        softmax: (output, place) of z, 0 and -1: shares that add up to 1.
        pieces: (piece, place) two sums, of which ``maxout`` (place,) is the larger.
        steepest: largest derivative of sigmoid, and of tanh.
    """

    z: Numbers
    names: tuple[str, ...]
    values: tuple[Numbers, ...]
    slopes: tuple[Numbers, ...]
    softmax: tuple[Numbers, ...]
    pieces: tuple[Numbers, ...]
    maxout: Numbers
    steepest: dict[str, float]


def activations() -> Activations:
    """Goodfit's own, differentiated by PyTorch."""
    z = torch.linspace(-4, 4, 81, dtype=torch.float64)
    names = tuple(name for name in ACTIVATIONS if name != "maxout")
    pairs = [_with_slope(name, z) for name in names]
    three = torch.stack([z, torch.zeros_like(z), -torch.ones_like(z)], 1)
    pieces = torch.stack([-0.6 * z - 1, 0.9 * z], 1)
    softmax = objective_for("multiclass", n_levels=3, settings=make_settings()).predict(three)
    maxout = ACTIVATIONS["maxout"](1, make_settings(network="mlp", activation="maxout"))
    return Activations(
        z=as_numbers(z),
        names=names,
        values=tuple(value for value, _ in pairs),
        slopes=tuple(slope for _, slope in pairs),
        softmax=tuple(as_numbers(column) for column in softmax.T),
        pieces=tuple(as_numbers(column) for column in pieces.T),
        maxout=as_numbers(maxout(pieces)),
        steepest={n: max(s) for n, (_, s) in zip(names, pairs, strict=True)},
    )


def _with_slope(name: str, z: torch.Tensor) -> tuple[Numbers, Numbers]:
    layer = ACTIVATIONS[name](1, make_settings(network="mlp", activation=name)).double().eval()
    given = z.clone()[:, None].requires_grad_()
    values = layer(given)
    (slopes,) = torch.autograd.grad(values.sum(), given)
    return as_numbers(values), as_numbers(slopes)


COLUMNS, ROWS = 5, 5


def draw_activations(report: Activations, axes: Axes) -> None:
    """A small panel for each; softmax and maxout last."""
    panels = style.panels(axes, ROWS, COLUMNS, gap=(0.04, 0.06))
    drawn = zip(panels, report.names, report.values, report.slopes, strict=False)
    for panel, name, values, slopes in drawn:
        _ground(panel, name)
        panel.plot(report.z, slopes, color=GRADIENT, linestyle=(0, (2, 1.2)), linewidth=1.3)
        panel.plot(report.z, values, color=style.TRAINING, linewidth=1.8)
        panel.set_ylim(-1.6, 2.2)
    several = panels[len(report.names) :]
    _ground(several[0], "softmax")
    several[0].stackplot(report.z, report.softmax, colors=list(style.SERIES[:3]), alpha=0.75)
    several[0].set_ylim(0, 1)
    _ground(several[1], "maxout")
    for piece in report.pieces:
        several[1].plot(report.z, piece, color=style.MUTED, linewidth=1, linestyle=(0, (2, 1.2)))
    several[1].plot(report.z, report.maxout, color=style.TRAINING, linewidth=1.8)
    several[1].set_ylim(-1.6, 2.6)
    for panel in several[2:]:
        panel.set_axis_off()
    _key(several[2])


def _ground(axes: Axes, name: str) -> None:
    style.dress(axes, grid="")
    axes.axhline(0, color=style.GRID, linewidth=0.8, zorder=0)
    axes.axvline(0, color=style.GRID, linewidth=0.8, zorder=0)
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlim(-4, 4)
    style.write(axes, 0, 1.04, name, transform=axes.transAxes)


def _key(axes: Axes) -> None:
    """What the two lines are, where a panel is free."""
    lines = (("activation", style.TRAINING, "-"), ("its_derivative", GRADIENT, (0, (2, 1.2))))
    for line, (name, colour, dashes) in enumerate(lines):
        y = 0.75 - 0.4 * line
        axes.plot([0.02, 0.22], [y, y], color=colour, linestyle=dashes, linewidth=1.8)
        style.write(axes, 0.3, y, word(name), va="center")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)


def _told_activations(report: Activations) -> dict[str, Any]:
    return {
        "count": len(report.names),
        "sigmoid": style.number(report.steepest["sigmoid"], 2),
        "tanh": style.number(report.steepest["tanh"], 2),
        "relu": style.number(report.steepest["relu"], 2),
    }


ILLUSTRATIONS = (
    Illustration("loss", losses, draw_losses, _told_losses, Losses, size=(5.6, 3.3),
                 margins=Margins(left=0.5, bottom=0.5, right=0.14, top=0.86)),
    Illustration("activation", activations, draw_activations, _told_activations, Activations,
                 size=(5.6, 4.9), margins=Margins(left=0.1, bottom=0.08, right=0.1, top=0.24)),
)  # fmt: skip
