"""Trainings that are watched: too little, too much, and stopped in time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from goodfit.model.illustrations.computed import Numbers, along, bumpy, noisy
from goodfit.model.illustrations.computed import numbers as as_numbers
from goodfit.model.illustrations.drawn import SOUGHT, points, word
from goodfit.model.illustrations.illustration import Illustration, Margins
from goodfit.model.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

GRID = np.linspace(-3, 3, 161)
HEIGHT = (-2.6, 2.6)


class Course(msgspec.Struct, frozen=True, kw_only=True):
    """A training that is watched: its curves and its losses.

    Args:
        x: places, and ``true`` the curve there.
        points_x: training rows, and ``points_y``; ``watch_x`` and ``watch_y`` validation rows.
        last: what the network says after the last epoch; ``kept`` after the best one.
        training: (epoch,) loss, and ``validation`` (epoch,).
        best_epoch: that of the least validation loss, from 1.
        stopped_epoch: where early stopping ends the training; the number of epochs without it.
        patience: epochs that it waits; 0 without it.
        noise: mean squared noise of the rows, in the loss's units: no curve comes below it for
            long.
    """

    x: Numbers
    true: Numbers
    points_x: Numbers
    points_y: Numbers
    watch_x: Numbers
    watch_y: Numbers
    last: Numbers
    kept: Numbers
    training: Numbers
    validation: Numbers
    best_epoch: int
    stopped_epoch: int
    patience: int
    noise: float


ROWS, SEED, PATIENCE = 24, 4, 50


def _course(*, epochs: int, patience: int = 0, **settings: Any) -> Course:
    """A training on some points, watched on as many others."""
    from goodfit.model.fit import fit

    rows, watch = noisy(ROWS, seed=SEED), noisy(ROWS, seed=SEED + 100)
    table = {
        "x": np.concatenate([rows.x, watch.x]),
        "y": np.concatenate([rows.y, watch.y]),
        "part": ["training"] * ROWS + ["validation"] * ROWS,
    }
    chosen: dict[str, Any] = {
        "network": "mlp", "widths": (64, 64), "activation": "tanh", "dropout": 0.0,
        "optimizer": "adamw", "weight_decay": 0.0, "learning_rate": 0.01, "schedule": "constant",
        "batch_size": "full", "preprocessing": "standardize", "task": "regression", **settings,
    }  # fmt: skip
    chosen = {**chosen, "part": "part", "early_stopping": 0}
    last = fit(table, target="y", keep="last", epochs=epochs, **chosen)
    valid = [float(value or 0) for value in last.history.valid_loss]
    best = int(np.argmin(valid)) + 1
    kept = fit(table, target="y", keep="last", epochs=best, **chosen)
    stopped = epochs
    if patience:
        chosen["early_stopping"] = patience
        ended = fit(table, target="y", epochs=epochs, **chosen)
        stopped = len(ended.history.train_loss)
    scale = last.preprocessing.targets[0].scale
    return Course(
        x=as_numbers(GRID),
        true=as_numbers(bumpy(GRID)),
        points_x=as_numbers(rows.x),
        points_y=as_numbers(rows.y),
        watch_x=as_numbers(watch.x),
        watch_y=as_numbers(watch.y),
        last=as_numbers(along(last, GRID)),
        kept=as_numbers(along(kept, GRID)),
        training=tuple(last.history.train_loss),
        validation=tuple(valid),
        best_epoch=best,
        stopped_epoch=stopped,
        patience=patience,
        noise=float(np.mean((watch.y - bumpy(watch.x)) ** 2)) / scale**2,
    )


def overfitted() -> Course:
    """A network of 64 and 64 neurons, trained until it knows 24 rows by heart."""
    return _course(epochs=400)


def underfitted() -> Course:
    """A network of one neuron on the same rows."""
    return _course(epochs=400, widths=(1,))


def early_stopped() -> Course:
    """The first of them, and where early stopping ends it."""
    return _course(epochs=200, patience=PATIENCE)


def draw_underfitted(report: Course, axes: Axes) -> None:
    """The curve after the last epoch beside the losses of all."""
    _fit_and_losses(report, axes)


def _fit_and_losses(report: Course, axes: Axes) -> Axes:
    left, right = style.panels(axes, 1, 2, gap=(0.2, 0))
    left.plot(report.x, report.true, **SOUGHT, label=word("true_curve"))
    left.plot(report.x, report.last, **style.PART_LINES["training"], label=word("network"))
    points(left, report.points_x, report.points_y, s=12)
    style.dress(left)
    left.set_ylim(*HEIGHT)
    style.name_axes(left, x="x", y="y")
    style.legend(left, ncols=2, bbox_to_anchor=(-0.02, 1.0))
    _losses(report, right)
    return right


def _losses(report: Course, axes: Axes) -> None:
    epochs = np.arange(1, len(report.training) + 1)
    for part in ("training", "validation"):
        axes.plot(epochs, getattr(report, part), **style.PART_LINES[part], label=word(part))
    style.dress(axes)
    axes.set_ylim(0, 1.05 * max(*report.validation, *report.training))
    style.name_axes(axes, x=word("epoch"), y=word("loss"))
    style.legend(axes, ncols=2, bbox_to_anchor=(-0.02, 1.0))


def draw_overfitted(report: Course, axes: Axes) -> None:
    """Also where the validation loss was least."""
    right = _fit_and_losses(report, axes)
    best, colour = report.validation[report.best_epoch - 1], style.VALIDATION
    right.plot([report.best_epoch], [best], "o", color=colour, markersize=6)
    said = word("least", epoch=report.best_epoch)
    style.write(right, report.best_epoch, best + 0.4, said, color=colour)


def draw_early_stopped(report: Course, axes: Axes) -> None:
    """Both losses, where the training stops and what it keeps; what would follow is faint."""
    done, epochs = report.stopped_epoch, np.arange(1, len(report.training) + 1)
    for part in ("training", "validation"):
        losses, line = getattr(report, part), style.PART_LINES[part]
        axes.plot(epochs[:done], losses[:done], **line, label=word(part))
        faint: dict[str, Any] = {**line, "linewidth": 1}
        axes.plot(epochs[done - 1 :], losses[done - 1 :], alpha=0.4, **faint)
    style.dress(axes)
    best, top = report.best_epoch, 1.05 * max(*report.validation, *report.training)
    axes.set_ylim(0, top)
    axes.axvspan(best, done, color=style.GRID, alpha=0.5, linewidth=0)
    axes.plot([best], [report.validation[best - 1]], "o", color=style.VALIDATION, markersize=7)
    for place, name, side in ((best, "kept_here", "right"), (done, "stopped_here", "left")):
        axes.axvline(place, color=style.MUTED, linewidth=1, linestyle=(0, (1, 1.5)))
        shift = 3 if side == "left" else -3
        style.write(axes, place + shift, 0.93 * top, word(name, epoch=place), ha=side, va="top")
    said = word("waits", count=report.patience)
    quiet: dict[str, Any] = {"ha": "center", "va": "top", "color": style.MUTED}
    style.write(axes, (best + done) / 2, 0.72 * top, said, **quiet)
    style.name_axes(axes, x=word("epoch"), y=word("loss"))
    style.legend(axes)


def _told(report: Course) -> dict[str, Any]:
    return {
        "training": style.number(report.training[-1], 2),
        "validation": style.number(report.validation[-1], 2),
        "least": style.number(min(report.validation), 2),
        "best": report.best_epoch,
        "epochs": len(report.training),
        "stopped": report.stopped_epoch,
        "patience": report.patience,
        "noise": style.number(report.noise, 2),
    }


TWO = Margins(left=0.6, bottom=0.5, right=0.12, top=0.34)
ILLUSTRATIONS = (
    Illustration(
        "overfitting", overfitted, draw_overfitted, _told, Course, size=(5.6, 2.7), margins=TWO
    ),
    Illustration(
        "underfitting", underfitted, draw_underfitted, _told, Course, size=(5.6, 2.7),
        margins=TWO,
    ),
    Illustration(
        "early-stopping", early_stopped, draw_early_stopped, _told, Course, size=(5.6, 2.9),
        margins=TWO,
    ),
)  # fmt: skip
