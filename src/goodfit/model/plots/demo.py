"""Pictures of a report's numbers; nothing is computed here, and nothing global is touched."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from goodfit.model.files import new_file
from goodfit.model.straight_line import LineReport
from goodfit.training.finder import LearningRateCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.backends.backend_agg import FigureCanvasAgg

DOTS_PER_INCH = 150


def draw_line(report: LineReport, path: str | Path) -> Path:
    """Draw points and fit into a PNG file: red dots "Original Data", a blue "Fitted Line".

    Raises:
        GoodfitError: if the place cannot be written.
    """
    canvas, axes = _empty()
    axes.plot(report.x, report.y, "o", color="red", label="Original Data")
    axes.plot(report.curve_x, report.curve_y, color="blue", label="Fitted Line")
    axes.set_xlabel(report.x_name)
    axes.set_ylabel(report.y_name)
    axes.legend()
    return _written(canvas, path)


def draw_learning_rates(curve: LearningRateCurve, path: str | Path) -> Path:
    """Draw the loss over the learning rate into a PNG file, with the suggestion.

    Raises:
        GoodfitError: if the place cannot be written.
    """
    canvas, axes = _empty()
    axes.plot(curve.rates, curve.losses, color="lightgray", label="loss of a batch")
    axes.plot(curve.rates, curve.smoothed, color="blue", label="moving average")
    label = f"suggested: {curve.suggestion:g}"
    axes.axvline(curve.suggestion, color="red", linestyle="--", label=label)
    axes.set_xscale("log")
    axes.set_ylim(*curve.window)
    axes.set_xlabel("learning rate")
    axes.set_ylabel("training loss")
    axes.legend()
    return _written(canvas, path)


def _empty() -> tuple[FigureCanvasAgg, Axes]:
    """A figure to draw on."""
    # Without pyplot: it costs time, keeps figures alive and looks for a screen.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.8), dpi=DOTS_PER_INCH, layout="constrained")
    return FigureCanvasAgg(figure), figure.add_subplot()


def _written(canvas: FigureCanvasAgg, path: str | Path) -> Path:
    with new_file(path) as file:
        canvas.print_png(file, metadata={"Software": None})
    return Path(path)
