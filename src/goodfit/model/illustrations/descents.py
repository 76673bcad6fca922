"""Descents: what scaling, optimizer, batches and forgotten zeros make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from goodfit.model.illustrations.computed import (
    Line,
    Numbers,
    fifteen,
    normalized,
    standardized,
)
from goodfit.model.illustrations.computed import numbers as as_numbers
from goodfit.model.illustrations.drawn import contours, heading, path_on, star, word
from goodfit.model.illustrations.illustration import Illustration, Margins
from goodfit.model.illustrations.slopes import pairs, surface_of
from goodfit.model.plots import style

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
    n_places: int = 41,
) -> Hollow:
    best = line.best()
    middle = best[0] + shift[0], best[1] + shift[1]
    slope = np.linspace(middle[0] - reach[0], middle[0] + reach[0], n_places)
    intercept = np.linspace(middle[1] - reach[1], middle[1] + reach[1], n_places)
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


#: The learning rate at which each optimizer shows what it does in one valley. Left out is what
#: needs hidden layers (muon).
RATES = {
    "sgd": 0.65,
    "adagrad": 0.8,
    "rmsprop": 0.1,
    "adam": 0.3,
    "adamw": 0.3,
    "nadam": 0.3,
    "radam": 0.6,
    "adamax": 0.4,
    "adadelta": 1.0,
    "adafactor": 0.1,
    "asgd": 0.5,
    "rprop": 0.2,
    "schedule_free_adamw": 0.6,
    "lbfgs": 1.0,
}
KINDS: dict[str, dict[str, Any]] = {
    "sgd": {"optimizer": "sgd", "learning_rate": RATES["sgd"]},
    "momentum": {"optimizer": "sgd", "learning_rate": 0.08, "momentum": 0.8},
    **{
        name: {"optimizer": name, "learning_rate": rate}
        for name, rate in RATES.items()
        if name != "sgd"
    },
}
BATCHES: dict[str, dict[str, Any]] = {
    "full_batch": {"optimizer": "sgd", "learning_rate": 0.1, "batch_size": "full"},
    "mini_batch": {"optimizer": "sgd", "learning_rate": 0.1, "batch_size": 5},
    "stochastic": {"optimizer": "sgd", "learning_rate": 0.1, "batch_size": 1},
}


def optimizers() -> Hollows:
    """Each optimizer on the long valley of normalised points; three sizes of batches."""
    x, y = fifteen()
    valley, bowl = Line(normalized(x), y), Line(standardized(x), y)
    (a, b), (c, d) = valley.best(), bowl.best()
    kinds = _hollow(
        "kinds", valley, KINDS, start=(a + 1.4, b - 1.5), reach=(1.8, 1.5), shift=(0.8, -0.5),
        n_steps=20, n_places=21,
    )  # fmt: skip
    batches = _hollow(
        "batches", bowl, BATCHES, start=(c - 1.2, d - 1.2), reach=(1.6, 1.6), n_steps=30,
        n_places=25,
    )  # fmt: skip
    return Hollows(steps=20, hollows=(kinds, batches))


COLUMNS, LINES = 5, 4


def draw_optimizers(report: Hollows, axes: Axes) -> None:
    """A small map for each kind, and below one for each size of batches."""
    panels = style.panels(axes, LINES, COLUMNS, gap=(0.035, 0.07))
    kinds, batches = report.hollows
    shown = [(kinds, place) for place in range(len(kinds.names))]
    shown += [(batches, place) for place in range(len(batches.names))]
    for panel, (hollow, place) in zip(panels, shown, strict=False):
        name, below = hollow.names[place], hollow is batches
        _small(panel, hollow)
        colour = style.VALIDATION if below else style.TRAINING
        path_on(panel, hollow.paths[place], markersize=2, linewidth=1.1, color=colour)
        own = below or name == "momentum"
        said = word(f"descent_{name}") if own else style.shortened(name, 15)
        style.write(panel, 0, 1.04, said, transform=panel.transAxes)
    for panel in panels[len(shown) :]:
        panel.set_axis_off()


def _small(axes: Axes, hollow: Hollow) -> None:
    """A map without numbers: the lines of equal loss, and the best place."""
    contours(axes, hollow.loss, hollow.slope, hollow.intercept, n_lines=7)
    star(axes, hollow.best, markersize=8, color=style.INK)
    style.dress(axes, grid="")
    axes.set_xticks([])
    axes.set_yticks([])
    axes.set_xlim(hollow.slope[0], hollow.slope[-1])
    axes.set_ylim(hollow.intercept[0], hollow.intercept[-1])


def _told_optimizers(report: Hollows) -> dict[str, Any]:
    kinds, _ = report.hollows
    found = dict(zip(kinds.names, (style.number(end, 3) for end in kinds.ends), strict=True))
    shown = {name: found[name] for name in ("sgd", "momentum", "adam", "lbfgs")}
    return {**shown, "steps": report.steps, "least": style.number(kinds.least, 3),
            "n_rows": 15, "mini": 5}  # fmt: skip


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
        "optimizer", optimizers, draw_optimizers, _told_optimizers, Hollows, size=(5.6, 4.6),
        margins=Margins(left=0.08, bottom=0.08, right=0.08, top=0.28),
    ),
)  # fmt: skip
