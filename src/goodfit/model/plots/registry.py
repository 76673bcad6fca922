"""Every picture by name, and what asks for one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from goodfit.core.errors import GoodfitError
from goodfit.core.words import Choices, Sentences, say
from goodfit.model.plots.loss import LossReport, draw_loss, learns_in_epochs, loss_report
from goodfit.model.plots.plot import Margins, Plot, Rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from goodfit.model.fitted import FittedModel

_ALL = (
    Plot(
        "loss",
        loss_report,
        draw_loss,
        LossReport,
        applies=learns_in_epochs,
        margins=Margins(bottom=1.22),
    ),
)
#: Every picture by its name, in the order in which a report shows them.
PLOTS: dict[str, Plot] = {plot.name: plot for plot in _ALL}


def plots_of(model: FittedModel) -> list[Plot]:
    """The pictures that make sense for a model."""
    return [plot for plot in PLOTS.values() if plot.applies(model)]


def title_of(name: str) -> str:
    """What a picture is called."""
    return say(f"plots.title_{name}", {})


def about(name: str) -> str:
    """What a picture shows, in a phrase."""
    return say(f"plots.about_{name}", {})


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
    plot = PLOTS.get(name)
    if plot is None:
        raise GoodfitError("plots.unknown", name=name, known=Choices(PLOTS))
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
    report = numbers_of(model, name, rows)
    from goodfit.model.plots.figures import draw_on, figure_of

    if axes is not None:
        return draw_on(PLOTS[name], report, axes)
    return figure_of(PLOTS[name], report, title=title_of(name))
