"""The picture of ``goodfit demo``, and that of a search for a learning rate."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from goodfit.core.words import say
from goodfit.model.plots import style
from goodfit.model.plots.plot import Margins
from goodfit.model.straight_line import LineReport
from goodfit.training.finder import LearningRateCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE, MARGINS = (5.6, 3.9), Margins()


def draw_line(report: LineReport, path: str | Path) -> Path:
    """Draw points and fit into a PNG file: red dots "Original Data", a blue "Fitted Line".

    Raises:
        GoodfitError: if the place cannot be written.
    """
    figure, axes = _empty()
    axes.plot(report.x, report.y, "o", color="red", label="Original Data")
    axes.plot(report.curve_x, report.curve_y, color="blue", linewidth=1.8, label="Fitted Line")
    style.dress(axes)
    style.name_axes(axes, x=report.x_name, y=report.y_name)
    style.legend(axes)
    return _written(figure, path)


def draw_learning_rates(curve: LearningRateCurve, path: str | Path) -> Path:
    """Draw the loss over the learning rate into a PNG file, with the suggestion.

    Raises:
        GoodfitError: if the place cannot be written.
    """
    figure, axes = _empty()
    faint: dict[str, Any] = {"color": style.MUTED, "alpha": 0.4, "linewidth": 1.0}
    axes.plot(curve.rates, curve.losses, label=say("plots.batch_loss", {}), **faint)
    average = say("plots.moving_average", {})
    axes.plot(curve.rates, curve.smoothed, color=style.TRAINING, linewidth=1.8, label=average)
    label = say("plots.suggested", {"rate": f"{curve.suggestion:g}"})
    axes.axvline(curve.suggestion, color=style.VALIDATION, linestyle=(0, (4, 1.6)), label=label)
    axes.set_xscale("log")
    style.plain_numbers(axes.xaxis)
    axes.set_ylim(*curve.window)
    style.dress(axes)
    rate, loss = say("plots.learning_rate", {}), say("plots.training_loss", {})
    style.name_axes(axes, x=rate, y=loss)
    style.legend(axes)
    return _written(figure, path)


def _empty() -> tuple[Figure, Axes]:
    """A figure to draw on."""
    from goodfit.model.plots.figures import empty_figure

    return empty_figure(SIZE, MARGINS, title="")


def _written(figure: Figure, path: str | Path) -> Path:
    """A PNG file, whatever it is called."""
    from goodfit.model.plots.figures import write_figure

    return write_figure(figure, path, ending=".png")
