"""Every picture by name, and what asks for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from goodfit.core.errors import GoodfitError
from goodfit.core.words import Choices, Sentences, say
from goodfit.model.plots.descent import DescentReport, descent_report, is_a_line
from goodfit.model.plots.descent_drawing import MARGINS as DESCENT_MARGINS
from goodfit.model.plots.descent_drawing import SIZE as DESCENT_SIZE
from goodfit.model.plots.descent_drawing import draw_descent, moving_gif
from goodfit.model.plots.epochs import (
    EpochsReport,
    draw_epochs,
    gradients_report,
    has_gradients,
    has_metric,
    learning_rate_report,
    metric_report,
)
from goodfit.model.plots.fit import (
    FitReport,
    draw_fit,
    fit_margins,
    fit_report,
    fit_size,
    has_one_number,
)
from goodfit.model.plots.loss import LossReport, draw_loss, learns_in_epochs, loss_report
from goodfit.model.plots.motion import moving_svg
from goodfit.model.plots.network import NetworkReport, network_report
from goodfit.model.plots.network_drawing import draw_network, network_size
from goodfit.model.plots.plot import Margins, Moving, Plot, Rows
from goodfit.model.plots.reports import REPORTS
from goodfit.model.plots.surface import (
    MapReport,
    draw_map,
    has_two_numbers,
    map_margins,
    map_report,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from goodfit.model.fitted import FittedModel

NONE = Margins(0, 0, 0, 0)

_ALL = (
    Plot(
        "loss",
        loss_report,
        draw_loss,
        LossReport,
        applies=learns_in_epochs,
        margins=Margins(bottom=1.22),
    ),
    Plot("metric", metric_report, draw_epochs, EpochsReport, applies=has_metric),
    Plot(
        "learning_rate", learning_rate_report, draw_epochs, EpochsReport, applies=learns_in_epochs
    ),
    Plot("gradients", gradients_report, draw_epochs, EpochsReport, applies=has_gradients),
    Plot(
        "fit",
        fit_report,
        draw_fit,
        FitReport,
        applies=has_one_number,
        size=fit_size,
        margins=fit_margins,
    ),
    Plot(
        "map",
        map_report,
        draw_map,
        MapReport,
        applies=has_two_numbers,
        margins=map_margins,
    ),
    Plot(
        "animation",
        descent_report,
        draw_descent,
        DescentReport,
        needs_rows=True,
        applies=is_a_line,
        size=DESCENT_SIZE,
        margins=DESCENT_MARGINS,
        moving=Moving(moving_svg, moving_gif),
    ),
    Plot("network", network_report, draw_network, NetworkReport, size=network_size, margins=NONE),
    *REPORTS,
)
#: Every picture by its name, in the order in which a report shows them.
PLOTS: dict[str, Plot] = {plot.name: plot for plot in _ALL}


def plots_of(model: FittedModel) -> list[Plot]:
    """The pictures that make sense for a model, those too that are drawn on request alone."""
    return [plot for plot in PLOTS.values() if plot.applies(model)]


def title_of(name: str) -> str:
    """What a picture is called."""
    return say(f"plots.title_{name}", {})


def about(name: str) -> str:
    """What a picture shows, in a phrase."""
    return say(f"plots.about_{name}", {})


def check_name(model: FittedModel, name: str) -> Plot:
    """The picture of this name.

    Raises:
        GoodfitError: if there is none.
    """
    if name not in PLOTS:
        known = Choices(plot.name for plot in plots_of(model))
        raise GoodfitError("plots.unknown", name=name, known=known)
    return PLOTS[name]


def numbers_of(model: FittedModel, name: str, rows: Rows | None = None) -> Any:
    """The numbers of a picture.

    Args:
        model: any.
        name: of the picture.
        rows: of a table like the one it was fitted to.

    Raises:
        GoodfitError: if there is no such picture, it makes no sense for this model, or it needs
            rows.
    """
    plot = check_name(model, name)
    report = None
    if plot.applies(model):
        if rows is None and plot.needs_rows:
            raise GoodfitError("plots.needs_rows", name=name)
        report = plot.report(model, rows)
    if report is None:
        others = Choices(other.name for other in plots_of(model) if other is not plot)
        why = Sentences([_why_not(model, name)])
        raise GoodfitError("plots.no_sense", name=name, why=why, others=others)
    return report


def _why_not(model: FittedModel, name: str) -> str:
    """Why a model has no such picture."""
    target, settings = model.schema.target, model.settings
    params = {"target": target.name, "network": settings.network, "loss": settings.loss}
    return say(f"plots.not_{name}", params)


def picture(
    model: FittedModel, name: str, rows: Rows | None = None, *, axes: Axes | None = None
) -> Figure:
    """Draw a picture of a model, in a figure of its own or on axes that are given.

    Raises:
        GoodfitError: as :func:`numbers_of`.
    """
    return drawn(name, numbers_of(model, name, rows), axes)


def drawn(name: str, report: Any, axes: Axes | None = None) -> Figure:
    """Draw the numbers of a picture, in a figure of its own or on axes that are given."""
    from goodfit.model.plots.figures import draw_on, figure_of

    if axes is not None:
        return draw_on(PLOTS[name], report, axes)
    return figure_of(PLOTS[name], report, title=title_of(name))
