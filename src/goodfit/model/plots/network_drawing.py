"""The network as a picture: neurons and their weights, or blocks where there are too many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from goodfit.core.words import say
from goodfit.model.plots import style
from goodfit.model.plots.network import NetworkReport, Stage

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Inches: of the picture, of the names beside it, of a node's row, of the words below a layer.
WIDTH, NAMES, ROW, BELOW, ABOVE = 5.6, 1.3, 0.19, 0.56, 0.34
LEAST_ROWS = 5
# A block and the way to the next one.
BLOCK, WAY = 0.46, 0.2
NAME_LETTERS = 17
# The largest weights of a layer that are drawn, in so many widths: more hide each other.
MOST_WEIGHTS, WIDTHS = 100, (0.5, 0.9, 1.3, 1.9)


def network_size(report: NetworkReport) -> tuple[float, float]:
    """Inches that a network's picture takes."""
    if report.neurons:
        rows = max(len(stage.shown) for stage in report.stages)
        return WIDTH, max(rows, LEAST_ROWS) * ROW + BELOW + ABOVE
    return WIDTH, len(report.stages) * (BLOCK + WAY) + 0.2


def draw_network(report: NetworkReport, axes: Axes) -> None:
    """Neurons as dots, weights as lines by sign and size; or a block for each stage."""
    width, height = network_size(report)
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    axes.set_axis_off()
    if report.neurons:
        _draw_neurons(report, axes, height)
    else:
        _draw_blocks(report, axes, height)


def _draw_neurons(report: NetworkReport, axes: Axes, height: float) -> None:
    columns = np.linspace(NAMES + 0.15, WIDTH - NAMES - 0.15, len(report.stages))
    heights = [_spread(len(stage.shown), height) for stage in report.stages]
    for place, stage in enumerate(report.stages):
        if place:
            before = columns[place - 1], heights[place - 1]
            _draw_weights(stage, axes, before, (columns[place], heights[place]))
    for place, stage in enumerate(report.stages):
        x, ys = float(columns[place]), heights[place]
        axes.plot(
            [x] * len(ys), ys, "o", markersize=6.5, color=style.CARD,
            markeredgecolor=style.INK, markeredgewidth=1.1, zorder=3,
        )  # fmt: skip
        _write_names(stage, axes, x, ys)
        for line, text in enumerate(_below(stage)):
            color = style.MUTED if line else style.INK
            style.write(axes, x, BELOW - 0.14 - 0.16 * line, text, ha="center", color=color)
    signs = {kind for stage in report.stages[1:] for kind in _kinds(stage)}
    most = max(len(stage.shown) * len(stage.weights[0]) for stage in report.stages[1:])
    _explain(axes, height, [name for name in ("positive", "negative", "length") if name in signs])
    if most > MOST_WEIGHTS:
        text = say("plots.largest_weights", {"count": MOST_WEIGHTS})
        style.write(
            axes, WIDTH - 0.1, height - 0.12, text, ha="right", va="center", color=style.MUTED
        )


def _spread(count: int, height: float) -> np.ndarray:
    """Heights of the nodes of a layer, from top to bottom, around the middle."""
    room = height - BELOW - ABOVE
    step = min(ROW * 1.9, room / max(count, 1))
    middle = BELOW + room / 2
    return middle + step * (np.arange(count)[::-1] - (count - 1) / 2)


def _write_names(stage: Stage, axes: Axes, x: float, ys: np.ndarray) -> None:
    """Names of inputs to the left, of outputs to the right."""
    side, ha = (-0.12, "right") if stage.kind == "inputs" else (0.12, "left")
    for name, y in zip(stage.names, ys, strict=False):
        text = style.shortened(name, NAME_LETTERS)
        style.write(axes, x + side, float(y), text, ha=ha, va="center", fontsize=8)


def _below(stage: Stage) -> Iterator[str]:
    """What stands below a layer: its size, its activation, its parameters."""
    shown = len(stage.shown)
    some = {"shown": shown, "count": stage.width}
    yield say("plots.nodes_of", some) if shown < stage.width else f"{stage.width:,}"
    yield stage.activation or say(f"plots.stage_{stage.kind}", {})
    if stage.n_parameters:
        yield say("plots.parameters", {"count": stage.n_parameters})


def _kinds(stage: Stage) -> set[str]:
    """Which kinds of weights a stage has."""
    weights = np.array(stage.weights).reshape(len(stage.shown), -1)
    with_sign = np.delete(weights, list(stage.lengths), axis=1)
    found = {"positive"} if (with_sign > 0).any() else set[str]()
    found |= {"negative"} if (with_sign < 0).any() else set[str]()
    return found | ({"length"} if stage.lengths else set[str]())


LINES = {
    "positive": (style.TRAINING, "-"),
    "negative": (style.VALIDATION, (0, (3, 1.2))),
    "length": (style.MUTED, "-"),
}


def _draw_weights(
    stage: Stage,
    axes: Axes,
    before: tuple[float, np.ndarray],
    here: tuple[float, np.ndarray],
) -> None:
    """Lines between two layers, a path for each sign and width: a small file."""
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    weights = np.array(stage.weights).reshape(len(here[1]), len(before[1]))
    size = np.abs(weights)
    largest = size.max(initial=0.0)
    if not largest:
        return
    share, least = size / largest, np.sort(size, axis=None)[-MOST_WEIGHTS:][0]
    level = np.minimum((share * len(WIDTHS)).astype(int), len(WIDTHS) - 1)
    kind = np.where(weights > 0, 0, 1)
    kind[:, list(stage.lengths)] = 2
    for sign, (color, dashes) in enumerate(LINES.values()):
        for place, width in enumerate(WIDTHS):
            chosen = np.argwhere((kind == sign) & (level == place) & (size >= least))
            if not len(chosen):
                continue
            ends = [
                end
                for to, start in chosen
                for end in ((before[0], float(before[1][start])), (here[0], float(here[1][to])))
            ]
            codes = [Path.MOVETO, Path.LINETO] * len(chosen)
            path = PathPatch(
                Path(ends, codes), facecolor="none", edgecolor=color, linestyle=dashes,
                linewidth=width, alpha=0.35 + 0.2 * place,
            )  # fmt: skip
            axes.add_patch(path)


def _explain(axes: Axes, height: float, kinds: Sequence[str]) -> None:
    """What the lines mean, in a row above."""
    x = 0.1
    for kind in kinds:
        color, dashes = LINES[kind]
        text = say(f"plots.weight_{kind}", {})
        axes.plot([x, x + 0.26], [height - 0.12] * 2, color=color, linestyle=dashes, linewidth=1.6)
        style.write(axes, x + 0.33, height - 0.12, text, va="center")
        x += 0.33 + 0.078 * sum(2 if ord(letter) > 0x2E80 else 1 for letter in text) + 0.25


def _draw_blocks(report: NetworkReport, axes: Axes, height: float) -> None:
    widest = max(stage.width for stage in report.stages)
    middle, top = 1.48, height - 0.1
    for place, stage in enumerate(report.stages):
        y = top - place * (BLOCK + WAY) - BLOCK
        half = 0.35 + 0.85 * np.log1p(stage.width) / np.log1p(widest)
        if place:
            _arrow(axes, middle, y + BLOCK + WAY, y + BLOCK)
        _block(report, stage, axes, (middle, y), half)
        title, line = _block_words(report, stage)
        style.write(axes, 2.9, y + BLOCK * 0.71, title, va="center", fontweight="bold")
        style.write(axes, 2.9, y + BLOCK * 0.27, line, va="center", color=style.MUTED, fontsize=8.5)


def _block(
    report: NetworkReport, stage: Stage, axes: Axes, place: tuple[float, float], half: float
) -> None:
    """A block, with others behind it where there are several; a way around one that adds."""
    from matplotlib.patches import FancyBboxPatch

    x, y = place
    learnt = stage.kind in {"prepared", "hidden", "outputs"} and stage.n_parameters
    several = (
        stage.times if stage.kind == "blocks" else report.members * report.folds * bool(learnt)
    )
    for behind in range(min(max(several, 1), 3) - 1, -1, -1):
        axes.add_patch(
            FancyBboxPatch(
                (x - half + 0.05 * behind, y + 0.045 * behind),
                2 * half,
                BLOCK - 0.09,
                boxstyle="round,pad=0,rounding_size=0.07",
                facecolor=style.CARD,
                edgecolor=style.TRAINING if stage.n_parameters else style.MUTED,
                linewidth=1.2,
            )
        )
    if stage.kind == "blocks":
        xs = [x - half, x - half - 0.14, x - half - 0.14, x - half]
        ys = [y + BLOCK + 0.08, y + BLOCK + 0.08, y - 0.08, y - 0.08]
        axes.plot([x, *xs, x], [ys[0], *ys, ys[-1]], color=style.MUTED, linewidth=1.2)
    style.write(axes, x, y + (BLOCK - 0.09) / 2, f"{stage.width:,}", ha="center", va="center")


def _arrow(axes: Axes, x: float, top: float, bottom: float) -> None:
    look = {"arrowstyle": "-|>", "color": style.MUTED, "shrinkA": 0, "shrinkB": 0, "linewidth": 1.2}
    axes.annotate("", (x, bottom - 0.02), (x, top), arrowprops=look)


def _block_words(report: NetworkReport, stage: Stage) -> tuple[str, str]:
    """A block's name, and what there is to know of it."""
    name = style.shortened(stage.name, 24) if stage.name else ""
    params = {
        "times": stage.times,
        "folds": report.folds,
        "members": report.members,
        "parameters": stage.n_parameters,
        "activation": stage.activation,
        "name": name,
        "percent": round(100 * (report.line_share or 0)),
    }
    line = say(f"plots.block_{stage.kind}_more", params)
    return say(f"plots.block_{stage.kind}", params), line
