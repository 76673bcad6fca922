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

#: Settings of the losses that have options, so that one sees what they do; the quantile is one
#: of which nine in ten rows shall lie below.
OPTIONS: dict[str, dict[str, Any]] = {
    "epsilon_insensitive": {"tolerance": 0.5},
    "squared_epsilon_insensitive": {"tolerance": 0.5},
    "quantile": {"quantile_levels": [0.9]},
}


class Losses(msgspec.Struct, frozen=True, kw_only=True):
    """Losses of numbers over the error, losses of classes over the output for the true class.

    Args:
        x: (place,) output less the one that would be right; for classes the output for the
            true class, below 0 where the row is wrong.
        numbers: (loss,) names, with ``of_numbers`` and ``number_slopes`` (loss, place).
        classes: (loss,) names, with ``of_classes`` and ``class_slopes`` (loss, place).
        wrong: (place,) the 0-1 loss: 1 where the row is wrong.
        squared_at_two: the squared error of an error of 2, and ``absolute_at_two``.
    """

    x: Numbers
    numbers: tuple[str, ...]
    of_numbers: tuple[Numbers, ...]
    number_slopes: tuple[Numbers, ...]
    classes: tuple[str, ...]
    of_classes: tuple[Numbers, ...]
    class_slopes: tuple[Numbers, ...]
    wrong: Numbers
    squared_at_two: float
    absolute_at_two: float


def losses() -> Losses:
    """Every loss of Goodfit's with its slope, both its own code."""
    x, two = np.linspace(-2.5, 2.5, 51), np.array([2.0])
    tasks = {name: [kind.task for kind in kinds] for name, kinds in LOSSES.items()}
    numbers = tuple(name for name, served in tasks.items() if "regression" in served)
    classes = tuple(name for name, served in tasks.items() if "binary" in served)
    found = {name: _with_its_slope("regression", name, x) for name in numbers}
    others = {name: _with_its_slope("binary", name, x) for name in classes}
    return Losses(
        x=as_numbers(x),
        numbers=numbers,
        of_numbers=tuple(values for values, _ in found.values()),
        number_slopes=tuple(slopes for _, slopes in found.values()),
        classes=classes,
        of_classes=tuple(values for values, _ in others.values()),
        class_slopes=tuple(slopes for _, slopes in others.values()),
        wrong=as_numbers((x < 0).astype(np.float64)),
        squared_at_two=_with_its_slope("regression", "mean_squared_error", two)[0][0],
        absolute_at_two=_with_its_slope("regression", "mean_absolute_error", two)[0][0],
    )


def _with_its_slope(task: Any, name: str, x: np.ndarray) -> tuple[Numbers, Numbers]:
    """A loss and its derivative by the first output, about a target of 1."""
    settings = make_settings(loss=name, **OPTIONS.get(name, {}))
    objective = objective_for(task, n_levels=2 if task == "binary" else 0, settings=settings)
    # Where outputs are logarithms, that of 1 (or of 1 + 1) is right.
    right = {"identity": 1.0, "log1p": float(np.log(2))}.get(objective.loss.link.name, 0.0)
    outputs = torch.zeros(len(x), objective.n_outputs, dtype=torch.float64)
    outputs[:, 0] = torch.from_numpy(x + right)
    target = torch.ones(len(x), 1, dtype=torch.float64)
    errors = objective.loss.rows(outputs, target)
    objective.loss.gradient(outputs, target)  # writes the slopes over the outputs
    return as_numbers(errors), as_numbers(outputs[:, 0])


LOSS_COLUMNS, LOSS_ROWS = 4, 6


def draw_losses(report: Losses, axes: Axes) -> None:
    """A small panel for each loss; last the 0-1 loss, flat but for one jump."""
    panels = style.panels(axes, LOSS_ROWS, LOSS_COLUMNS, gap=(0.05, 0.05))
    drawn = [
        *zip(report.numbers, report.of_numbers, report.number_slopes, strict=True),
        *zip(report.classes, report.of_classes, report.class_slopes, strict=True),
    ]
    for panel, (name, values, slopes) in zip(panels, drawn, strict=False):
        colour = style.TRAINING if name in report.numbers else style.VALIDATION
        _small(panel, word(f"loss_{name}"))
        panel.plot(report.x, slopes, color=GRADIENT, linestyle=(0, (2, 1.2)), linewidth=1.2)
        panel.plot(report.x, values, color=colour, linewidth=1.8)
    last, key, *rest = panels[len(drawn) :]
    _small(last, word("zero_one"))
    last.plot(report.x, np.zeros(len(report.x)), color=GRADIENT, linestyle=(0, (2, 1.2)))
    last.step(report.x, report.wrong, color=style.INK, linewidth=2.2, where="mid")
    style.write(last, 2.4, 1.2, word("flat"), ha="right")
    _key_of_losses(key)
    for panel in rest:
        panel.set_axis_off()


def _small(axes: Axes, name: str) -> None:
    _ground(axes, name)
    axes.set_xlim(-2.5, 2.5)
    axes.set_ylim(-1.6, 2.9)


def _key_of_losses(axes: Axes) -> None:
    """What colours and lines are."""
    axes.set_axis_off()
    lines = (
        ("loss_of_number", style.TRAINING, "-"),
        ("loss_of_class", style.VALIDATION, "-"),
        ("its_slope", GRADIENT, (0, (2, 1.2))),
    )
    for line, (name, colour, dashes) in enumerate(lines):
        y = 0.85 - 0.33 * line
        axes.plot([0.02, 0.16], [y, y], color=colour, linestyle=dashes, linewidth=1.8)
        style.write(axes, 0.22, y, word(name), va="center")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)


def _told_losses(report: Losses) -> dict[str, Any]:
    return {"squared": style.number(report.squared_at_two),
            "absolute": style.number(report.absolute_at_two),
            "count": len(report.numbers) + len(report.classes)}  # fmt: skip


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
    Illustration("loss", losses, draw_losses, _told_losses, Losses, size=(5.6, 5.4),
                 margins=Margins(left=0.1, bottom=0.08, right=0.1, top=0.26)),
    Illustration("activation", activations, draw_activations, _told_activations, Activations,
                 size=(5.6, 4.9), margins=Margins(left=0.1, bottom=0.08, right=0.1, top=0.24)),
)  # fmt: skip
