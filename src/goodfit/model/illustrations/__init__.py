"""The picture of each concept, computed by Goodfit itself.

``ILLUSTRATIONS`` holds every one by the name of its concept. Numbers are computed once in a
process; words are made in the language of the context.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from goodfit.core.words import say
from goodfit.model.illustrations import (
    courses,
    curves,
    descents,
    functions,
    minima,
    models,
    overview,
    passes,
    slopes,
    steps,
    structures,
    tables,
    trust,
)
from goodfit.model.illustrations.illustration import Illustration

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from goodfit.model.walk import Walk

ROOMS = (
    overview, curves, structures, models, tables, functions, passes, slopes, minima, descents,
    steps, courses, trust,
)  # fmt: skip

#: Every illustration by the name of its concept.
ILLUSTRATIONS: Mapping[str, Illustration] = {
    made.name: made for room in ROOMS for made in room.ILLUSTRATIONS
}


@cache
def report_of(name: str) -> Any:
    """The numbers of an illustration, computed once in a process.

    >>> report_of("derivative").at
    1.0
    """
    return ILLUSTRATIONS[name].report()


def caption_of(name: str, report: Any = None) -> str:
    """One sentence with the picture's true numbers, in the language of the context.

    Args:
        name: of the concept.
        report: that is drawn, if not the illustration's own.

    >>> caption_of("derivative").endswith(".")
    True
    """
    report = report_of(name) if report is None else report
    return say(f"illustrations.caption_{_key(name)}", ILLUSTRATIONS[name].told(report))


def alternative_of(name: str, report: Any = None) -> str:
    """What one hears who does not see the picture, in the language of the context.

    Args:
        name: of the concept.
        report: that is drawn, if not the illustration's own.

    >>> alternative_of("derivative").endswith(".")
    True
    """
    report = report_of(name) if report is None else report
    return say(f"illustrations.alt_{_key(name)}", ILLUSTRATIONS[name].told(report))


def report_of_walk(name: str, walk: Walk) -> Any | None:
    """The numbers of the same picture of a model of one's own; None where there is none of it.

    Args:
        name: of the concept.
        walk: of one of its rows.

    >>> import goodfit
    >>> from goodfit.model.walk import walk
    >>> table = {"x": [1, 2, 3, 4], "y": [3, 5, 7, 10]}
    >>> model = goodfit.fit(table, target="y", network="linear", epochs=5, split="none")
    >>> report_of_walk("forward-pass", walk(model, table)).names
    ('x',)
    >>> report_of_walk("derivative", walk(model, table)) is None
    True
    """
    of_walk = ILLUSTRATIONS[name].of_walk
    return None if of_walk is None else of_walk(walk)


def figure_of(name: str, report: Any = None) -> Figure:
    """The picture as a figure of matplotlib; its label is the alternative text.

    Args:
        name: of the concept.
        report: to draw, if not the illustration's own (see :func:`report_of_walk`).

    >>> figure_of("derivative").get_label() == alternative_of("derivative")
    True
    """
    from goodfit.model.plots import figures

    report = report_of(name) if report is None else report
    return figures.figure_of(ILLUSTRATIONS[name].plot, report, title=alternative_of(name, report))


def svg_of(name: str, report: Any = None) -> str:
    """The picture as an SVG element for a page (see ``goodfit.model.plots.figure_svg``).

    Args:
        name: of the concept.
        report: to draw, if not the illustration's own.

    >>> svg_of("derivative").startswith("<svg")
    True
    """
    from goodfit.model.plots.svg import figure_svg

    return figure_svg(figure_of(name, report))


def _key(name: str) -> str:
    return name.replace("-", "_")
