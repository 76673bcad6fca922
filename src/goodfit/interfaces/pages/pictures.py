"""The pictures of a report: whatever the registry has that makes sense, each with its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from goodfit.core.errors import GoodfitError
from goodfit.core.words import say
from goodfit.interfaces.pages.elements import Html, h, markup, sentence
from goodfit.interfaces.pages.ideas import ideas
from goodfit.interfaces.pages.numbers import numbers_of_picture
from goodfit.model.plots import Plot, Rows, about, figure_svg, plots_of, title_of
from goodfit.model.plots.style import SIZE

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel

#: The part of the report that a picture stands in; ``further`` for those that none names.
PLACES: Mapping[str, tuple[str, ...]] = {
    "network": ("network",),
    "training": ("loss", "metric", "learning_rate", "gradients", "animation"),
    "quality": (
        "fit",
        "surface",
        "map",
        "predictions",
        "residuals",
        "coverage",
        "confusion",
        "roc",
        "precision_recall",
        "calibration",
    ),
    "meaning": ("importance", "coefficients"),
    "dependence": ("dependence", "accumulated"),
    "worst": ("worst",),
    "more_data": ("more_data",),
}
FURTHER = "further"
#: Pictures that others on the page show as well.
SHOWN_ELSEWHERE = frozenset({"learning_rate"})
# A picture that is wider than so many inches takes a line of its own.
WIDE = 6.0
# Inches of a picture that has the usual size elsewhere: its type is as large as that around it.
SIZE_ON_PAGE = (4.8, 3.3)


def pictures(
    model: FittedModel, rows: Rows | None, *, more_data: bool = False
) -> dict[str, list[Html]]:
    """Every picture that makes sense for a model, by the part of the report.

    Args:
        model: fitted.
        rows: of its table; None where none is at hand.
        more_data: whether those that take long are wanted.
    """
    found: dict[str, list[Html]] = {}
    for plot in plots_of(model):
        if plot.name in SHOWN_ELSEWHERE or (plot.on_request and not more_data):
            continue
        if picture := _picture(plot, model, rows):
            found.setdefault(place_of(plot.name), []).append(picture)
    return found


def place_of(name: str) -> str:
    """The part of the report that a picture stands in.

    >>> place_of("loss"), place_of("one that is new")
    ('training', 'further')
    """
    return next((place for place, names in PLACES.items() if name in names), FURTHER)


def _picture(plot: Plot, model: FittedModel, rows: Rows | None) -> Html | None:
    """One picture with its numbers and ideas; None where there is nothing to show."""
    if plot.needs_rows and rows is None:
        return _card(plot, drawn=h.p(say("page.picture_needs_rows", {}), class_="absent"))
    try:
        report = plot.report(model, rows)
        if report is None:
            return None
        drawn = markup(_drawn(plot, report))
    except Exception as error:  # noqa: BLE001 (one picture must not cost all others)
        reason = (
            str(error) if isinstance(error, GoodfitError) else f"{type(error).__name__}: {error}"
        )
        failed = h.p(say("page.picture_failed", {"reason": reason}), class_="failed")
        return _card(plot, drawn=failed)
    numbers = numbers_of_picture(plot.name, report)
    return _card(plot, numbers, ideas(plot.name), drawn=drawn, report=report)


def _drawn(plot: Plot, report: Any) -> str:
    """A picture as an element of the page, where its type must be legible on a phone too."""
    from goodfit.model.plots.figures import figure_of

    if plot.moving is not None:
        return plot.moving.svg(report)
    if plot.size == SIZE:
        plot = replace(plot, size=SIZE_ON_PAGE)
    return figure_svg(figure_of(plot, report, title=title_of(plot.name)))


def _card(plot: Plot, *children: Html | None, drawn: Html, report: Any = None) -> Html:
    """A picture beside what it is called, shows and is made of."""
    title = title_of(plot.name)
    wide = report is not None and plot.size_of(report)[0] > WIDE
    # A wide one keeps its width on a phone, and scrolls.
    place = {"role": "group", "tabindex": 0, "aria_label": title} if wide else {}
    heading = say(f"page.section_{place_of(plot.name)}", {})
    return h.figure(
        h.figcaption(None if title == heading else h.h3(title), h.p(sentence(about(plot.name)))),
        h.div(drawn, class_="drawn", **place),
        h.div(children, class_="more") if any(children) else None,
        class_="card picture wide" if wide else "card picture",
    )
