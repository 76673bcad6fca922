"""Pictures of a report's numbers; nothing is computed here, and nothing global is touched."""

from __future__ import annotations

from pathlib import Path

from goodfit.model.files import new_file
from goodfit.model.report import LineReport

DOTS_PER_INCH = 150


def draw_line(report: LineReport, path: str | Path) -> Path:
    """Draw points and fit into a PNG file: red dots "Original Data", a blue "Fitted Line".

    Raises:
        GoodfitError: if the place cannot be written.
    """
    # Without pyplot: it costs time, keeps figures alive and looks for a screen.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.8), dpi=DOTS_PER_INCH, layout="constrained")
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.plot(report.x, report.y, "o", color="red", label="Original Data")
    axes.plot(report.curve_x, report.curve_y, color="blue", label="Fitted Line")
    axes.set_xlabel(report.x_name)
    axes.set_ylabel(report.y_name)
    axes.legend()
    with new_file(path) as file:
        canvas.print_png(file, metadata={"Software": None})
    return Path(path)
