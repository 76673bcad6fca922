"""A learning rate's curve in the terminal and beside the model."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goodfit.core.words import say, together
from goodfit.interfaces.cli.output import labelled

if TYPE_CHECKING:
    from goodfit.training.finder import LearningRateCurve

#: Of the terminal: as many lines as show a fall and a rise, as many columns as steps need.
N_LINES, N_COLUMNS = 8, 72
BLOCKS = " ▁▂▃▄▅▆▇█"
SUFFIX = ".learning-rate.png"


def curve_path(model: Path) -> Path:
    """Where the picture of a model's curve goes: beside it."""
    return model.with_name(model.stem + SUFFIX)


def curve_lines(curve: LearningRateCurve, path: Path | None) -> list[str]:
    """The curve, what it suggests, and where it is drawn."""
    least = curve.rates[curve.smoothed.index(min(curve.smoothed))]
    params = {"rate": f"{curve.suggestion:g}", "least": f"{least:.2g}"}
    drawn = [] if path is None else [say("cli.curve_drawn", {"path": path})]
    return [
        say("cli.curve_title", {}),
        "",
        *_chart(curve),
        "",
        *labelled("", together([say("cli.rate_found", params), *drawn])),
    ]


def curve_json(curve: LearningRateCurve) -> dict[str, Any]:
    """The curve as data."""
    return {
        "suggestion": curve.suggestion,
        "rates": curve.rates,
        "losses": curve.losses,
        "smoothed": curve.smoothed,
    }


def _chart(curve: LearningRateCurve) -> list[str]:
    """Columns of blocks as high as the loss, each a few steps, above their rates."""
    low, high = curve.window
    n_columns = min(N_COLUMNS, len(curve.rates))
    picked = [round(i * (len(curve.rates) - 1) / max(n_columns - 1, 1)) for i in range(n_columns)]
    heights = [(min(curve.smoothed[i], high) - low) / (high - low) * N_LINES for i in picked]
    lines: list[str] = []
    for line in range(N_LINES - 1, -1, -1):
        shares = [min(max(height - line, 0.0), 1.0) for height in heights]
        label = f"{low + (line + 1) / N_LINES * (high - low):.3g}" if line % 2 else ""
        bars = "".join(BLOCKS[round(share * (len(BLOCKS) - 1))] for share in shares)
        lines.append(f"{label:>9} ┤{bars}".rstrip())
    return [*lines, *_axis([curve.rates[i] for i in picked], curve.suggestion)]


def _axis(rates: list[float], suggestion: float) -> list[str]:
    """The decades below the chart, and a mark at the suggestion."""
    start = " " * 11
    ticks, names = [" "] * len(rates), [" "] * (len(rates) + 8)
    for place in range(1, len(rates)):
        decade = math.floor(math.log10(rates[place]) + 1e-9)
        if decade > math.floor(math.log10(rates[place - 1]) + 1e-9):
            ticks[place] = "|"
            name = f"{10.0**decade:g}"
            names[place : place + len(name)] = name
    nearest = min(range(len(rates)), key=lambda i: abs(math.log(rates[i] / suggestion)))
    ticks[nearest] = "▲"
    return [start + "".join(ticks).rstrip(), start + "".join(names).rstrip()]
