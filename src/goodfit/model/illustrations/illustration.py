"""What an illustration is: numbers that Goodfit computes, how they are drawn, what they say."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from goodfit.model.plots.plot import Margins, Plot
from goodfit.model.plots.style import SIZE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from goodfit.model.walk import Walk

#: Room for panels that have titles of their own above them.
MARGINS = Margins(left=0.5, bottom=0.5, right=0.14, top=0.36)
#: Of diagrams, which have no axes.
NO_AXES = Margins(left=0.1, bottom=0.1, right=0.1, top=0.1)


@dataclass(frozen=True)
class Illustration:
    """The picture of one concept.

    Args:
        name: of the concept.
        report: computes its numbers, a frozen ``msgspec.Struct``.
        draw: ``draw(report, axes)``, which computes nothing and speaks the language of the
            context.
        told: the numbers that its caption names.
        kind: class of the report.
        of_walk: the same numbers of a model of one's own, from a walk of one of its rows; None
            where that would be too large to draw. None where there is no such picture.
        size: inches.
        margins: inches around the axes.
    """

    name: str
    report: Callable[[], Any]
    draw: Callable[[Any, Axes], None]
    told: Callable[[Any], Mapping[str, Any]]
    kind: type[msgspec.Struct]
    of_walk: Callable[[Walk], Any | None] | None = None
    size: tuple[float, float] = SIZE
    margins: Margins = MARGINS

    @property
    def plot(self) -> Plot:
        """The same as a picture of the registry has it."""
        return Plot(
            name=self.name,
            report=lambda _model, _rows: self.report(),
            draw=self.draw,
            kind=self.kind,
            size=self.size,
            margins=self.margins,
        )
