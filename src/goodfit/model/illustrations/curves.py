"""Curves through points: too simple, right, too bold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from goodfit.model.illustrations.computed import Noisy, Numbers, along, bumpy, curve_of, noisy, rms
from goodfit.model.illustrations.computed import numbers as as_numbers
from goodfit.model.illustrations.drawn import SOUGHT, heading, points, word
from goodfit.model.illustrations.illustration import Illustration, Margins
from goodfit.model.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from goodfit.model.fitted import FittedModel

GRID = np.linspace(-3, 3, 161)
# What stands above and below the curve is cut off.
HEIGHT = (-2.6, 2.6)
LOW = Margins(left=0.42, bottom=0.42, right=0.12, top=0.56)


class Fitted(msgspec.Struct, frozen=True, kw_only=True):
    """One fitted curve: what was chosen, what it says along x, how far it is off."""

    chosen: float
    says: Numbers
    training_error: float
    true_error: float


class Curves(msgspec.Struct, frozen=True, kw_only=True):
    """Points of a curve, and several fits of them."""

    x: Numbers
    true: Numbers
    points_x: Numbers
    points_y: Numbers
    fits: tuple[Fitted, ...]


def _fitted(chosen: float, model: FittedModel, rows: Noisy) -> Fitted:
    says = along(model, GRID)
    return Fitted(
        chosen=chosen,
        says=as_numbers(says),
        training_error=rms(along(model, rows.x) - rows.y),
        true_error=rms(says - bumpy(GRID)),
    )


def _curves(rows: Noisy, fits: list[Fitted]) -> Curves:
    return Curves(
        x=as_numbers(GRID),
        true=as_numbers(bumpy(GRID)),
        points_x=as_numbers(rows.x),
        points_y=as_numbers(rows.y),
        fits=tuple(fits),
    )


def approximation() -> Curves:
    """The same curve by 2, 8 and 32 neurons."""
    rows = Noisy(GRID, bumpy(GRID))
    sizes = (2, 4, 16)
    fits = [_fitted(n, curve_of(rows, neurons=n, epochs=150), rows) for n in sizes]
    return _curves(rows, fits)


def regularized() -> Curves:
    """The same network with no, some and much penalty on its weights."""
    rows = noisy(24, seed=3)
    fits = [
        _fitted(l2, curve_of(rows, neurons=32, epochs=150, l2=l2), rows) for l2 in (0.0, 0.003, 1.0)
    ]
    return _curves(rows, fits)


def draw_approximation(report: Curves, axes: Axes) -> None:
    """A panel for each size of the network."""
    for panel, fit in zip(_panels(report, axes), report.fits, strict=True):
        heading(panel, word("neurons", count=int(fit.chosen)), word("error", value=_short(fit)))


def draw_regularized(report: Curves, axes: Axes) -> None:
    """A panel for each strength, with the points."""
    names = ("penalty_none", "penalty_some", "penalty_much")
    for panel, fit, name in zip(_panels(report, axes), report.fits, names, strict=True):
        points(panel, report.points_x, report.points_y, s=10)
        heading(panel, word(name, l2=style.number(fit.chosen)), word("error", value=_short(fit)))


def _short(fit: Fitted) -> str:
    return style.number(fit.true_error, 2)


def _panels(report: Curves, axes: Axes) -> list[Axes]:
    made = style.panels(axes, 1, len(report.fits), gap=(0.07, 0))
    for place, (panel, fit) in enumerate(zip(made, report.fits, strict=True)):
        panel.plot(report.x, report.true, **SOUGHT)
        panel.plot(report.x, fit.says, **style.PART_LINES["training"])
        style.dress(panel)
        panel.set_ylim(*HEIGHT)
        panel.set_yticks([-2, 0, 2])
        panel.set_xticks([-3, 0, 3])
        if place:
            panel.tick_params(labelleft=False)
    return made


class Capacity(msgspec.Struct, frozen=True, kw_only=True):
    """Networks of growing size on the same rows.

    Args:
        neurons: (network,) of the one hidden layer.
        training: (network,) root mean squared error of the training rows, and ``validation`` and
            ``test`` likewise.
        n_rows: of each part.
        chosen: place of the network with the least validation error.
    """

    neurons: tuple[int, ...]
    training: Numbers
    validation: Numbers
    test: Numbers
    n_rows: tuple[int, int, int]
    chosen: int


PARTS = ("training", "validation", "test")


def capacity() -> Capacity:
    """Networks of 1 to 64 neurons, each learning from the training rows alone."""
    rows, sizes = noisy(100, seed=8), (1, 2, 4, 8, 64)
    order = np.random.default_rng(0).permutation(100)
    parts = [Noisy(rows.x[places], rows.y[places]) for places in np.split(order, [60, 80])]
    errors: list[list[float]] = []
    for size in sizes:
        model = curve_of(parts[0], neurons=size, epochs=150)
        errors.append([rms(along(model, part.x) - part.y) for part in parts])
    by_part = np.array(errors).T
    return Capacity(
        neurons=sizes,
        training=as_numbers(by_part[0]),
        validation=as_numbers(by_part[1]),
        test=as_numbers(by_part[2]),
        n_rows=(60, 20, 20),
        chosen=int(by_part[1].argmin()),
    )


def draw_capacity(report: Capacity, axes: Axes) -> None:
    """The rows as squares on the left, the errors of the three parts on the right."""
    left, right = style.panels(axes, 1, 2, gap=(0.22, 0))
    _draw_parts(report, left)
    places = range(len(report.neurons))
    for part in PARTS:
        right.plot(
            places,
            getattr(report, part),
            marker="o",
            markersize=3.5,
            label=word(part),
            **style.PART_LINES[part],
        )
    right.axvline(report.chosen, color=style.MUTED, linewidth=1, linestyle=(0, (1, 1.5)))
    style.write(right, report.chosen - 0.08, 0.02, word("chosen"), ha="right", color=style.MUTED)
    style.dress(right)
    right.set_xticks(list(places), [str(size) for size in report.neurons])
    right.set_ylim(0, None)
    style.name_axes(right, x=word("neurons_axis"), y=word("error_axis"))
    heading(right, word("errors_of_parts"))


def _draw_parts(report: Capacity, axes: Axes) -> None:
    """Each row a mark, ten beside each other, in the colour of its part."""
    start = 0
    for part, count, marker in zip(PARTS, report.n_rows, ("s", "D", "^"), strict=True):
        places = np.arange(start, start + count)
        colour = style.PART_LINES[part]["color"]
        axes.scatter(places % 10, -(places // 10), s=30, marker=marker, linewidths=0, color=colour)
        text = word("rows_of_part", part=word(part), count=count)
        style.write(axes, 10.0, 0.5 - (start + count / 2) / 10, text, va="center", color=colour)
        start += count
    axes.set_xlim(-0.6, 15.5)
    axes.set_ylim(-start / 10 + 0.2, 0.8)
    axes.set_axis_off()
    heading(axes, word("rows_divided", count=start))


def _told_capacity(report: Capacity) -> dict[str, Any]:
    errors = {f"last_{part}": style.number(getattr(report, part)[-1], 2) for part in PARTS}
    best = style.number(report.test[report.chosen], 2)
    return {"best": report.neurons[report.chosen], "test": best, **errors}


def _told_approximation(report: Curves) -> dict[str, Any]:
    few, *_, many = report.fits
    sizes = {"few": int(few.chosen), "many": int(many.chosen)}
    return {**sizes, "few_error": _short(few), "many_error": _short(many)}


def _told_regularized(report: Curves) -> dict[str, Any]:
    names = ("none", "some", "much")
    return {name: _short(fit) for name, fit in zip(names, report.fits, strict=True)}


ILLUSTRATIONS = (
    Illustration(
        "function-approximation", approximation, draw_approximation, _told_approximation,
        Curves, size=(5.6, 2.2), margins=LOW,
    ),
    Illustration(
        "regularization", regularized, draw_regularized, _told_regularized, Curves,
        size=(5.6, 2.2), margins=LOW,
    ),
    Illustration(
        "training-validation-test", capacity, draw_capacity, _told_capacity, Capacity,
        size=(5.6, 2.9), margins=Margins(left=0.1, bottom=0.5, right=0.14, top=0.34),
    ),
)  # fmt: skip
