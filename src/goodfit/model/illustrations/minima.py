"""A loss with several minima, and descents that end in the nearest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import torch

from goodfit.core.batch import Batch
from goodfit.core.settings import make_settings
from goodfit.model.illustrations.computed import Numbers, squared
from goodfit.model.illustrations.computed import numbers as as_numbers
from goodfit.model.illustrations.drawn import path_on, word
from goodfit.model.illustrations.illustration import Illustration, Margins
from goodfit.model.plots import style
from goodfit.training.state import TrainingState
from goodfit.training.step import Descent, GradientStep

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Minima(msgspec.Struct, frozen=True, kw_only=True):
    """A loss of one parameter with several minima, and descents from several places.

    Args:
        weight: (place,), and ``loss`` (place,).
        paths: (descent, step + 1) weights, and ``heights`` likewise their losses.
    """

    weight: Numbers
    loss: Numbers
    paths: tuple[Numbers, ...]
    heights: tuple[Numbers, ...]


class _Wave(torch.nn.Module):
    """sin(w x), a network of a single parameter."""

    def __init__(self, start: float) -> None:
        super().__init__()
        self.w = torch.nn.Parameter(torch.tensor([start], dtype=torch.float64))

    def forward(self, a: torch.Tensor) -> torch.Tensor:
        return torch.sin(self.w * a)


def minima() -> Minima:
    """Descents of sin(w x) towards points of sin(2 x)."""
    weights = np.linspace(0.2, 5.4, 200)
    starts = (0.9, 2.75, 3.6, 4.9)
    found = [_wave_path(start, n_steps=70) for start in starts]
    return Minima(
        weight=as_numbers(weights),
        loss=tuple(_wave_loss(weight) for weight in weights),
        paths=tuple(found),
        heights=tuple(tuple(_wave_loss(weight) for weight in path) for path in found),
    )


def _wave_rows() -> Batch:
    x = torch.linspace(0.2, 3.0, 15, dtype=torch.float64)[:, None]
    return Batch(x, x.new_zeros(15, 0).long(), torch.sin(2 * x))


def _wave_loss(weight: float) -> float:
    rows = _wave_rows()
    with torch.no_grad():
        return float(squared().mean_loss(_Wave(float(weight))(rows.dense), rows))


def _wave_path(start: float, *, n_steps: int) -> Numbers:
    from goodfit.networks.own import OwnNetwork

    settings = make_settings(optimizer="sgd", learning_rate=0.06)
    network = OwnNetwork(_Wave(start))
    state = TrainingState.fresh(network, settings)
    descent = Descent(state, GradientStep(network, squared(), state.gradient), settings)
    path = [start]
    with torch.no_grad():
        for _ in range(n_steps):
            descent(_wave_rows(), 0.06)
            path.append(float(next(network.parameters()).detach()))
    return tuple(path)


def draw_minima(report: Minima, axes: Axes) -> None:
    """The loss as a landscape; each descent ends in the hollow that it began in."""
    axes.plot(report.weight, report.loss, color=style.MUTED, linewidth=1.6)
    for path, heights in zip(report.paths, report.heights, strict=True):
        path_on(axes, list(zip(path, heights, strict=True)), markersize=3.5)
        axes.plot(path[:1], heights[:1], "o", color=style.CARD, markersize=7,
                  markeredgecolor=style.TRAINING, markeredgewidth=1.6, zorder=4)  # fmt: skip
    best = int(np.argmin(report.loss))
    ends = [(path[-1], heights[-1]) for path, heights in zip(report.paths, report.heights,
                                                              strict=True)]  # fmt: skip
    local = max(ends, key=lambda end: end[1])
    for place, height, name in ((report.weight[best], report.loss[best], "global_minimum"),
                                (*local, "local_minimum")):  # fmt: skip
        axes.plot([place], [height], "*", color=style.VALIDATION, markersize=12, zorder=5,
                  markeredgecolor=style.CARD)  # fmt: skip
        style.write(axes, place, height - 0.07, word(name), ha="center", va="top")
    style.dress(axes)
    axes.set_ylim(-0.25, None)
    axes.axhline(0, color=style.GRID, linewidth=1)
    axes.set_yticks([0, 0.5, 1])
    style.name_axes(axes, x=word("parameter_w"), y=word("loss"))


def _told_minima(report: Minima) -> dict[str, Any]:
    ends = [heights[-1] for heights in report.heights]
    low = sum(end < 0.05 for end in ends)
    return {"starts": len(ends), "low": low, "high": len(ends) - low,
            "least": style.number(round(min(ends), 3), 2),
            "local": style.number(max(ends), 2)}  # fmt: skip


ILLUSTRATIONS = (
    Illustration(
        "minimum", minima, draw_minima, _told_minima, Minima, size=(5.6, 2.9),
        margins=Margins(left=0.62, bottom=0.5, right=0.12, top=0.12),
    ),
)  # fmt: skip
