"""What a picture is: numbers that a model gives, and how they are drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from goodfit.model.again import Divided as Rows
from goodfit.model.plots.style import SIZE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from goodfit.model.fitted import FittedModel


__all__ = ["MARGINS", "Margins", "Moving", "Plot", "Rows"]


class Margins(NamedTuple):
    """Inches around the axes, for ticks, names and the legend."""

    left: float = 0.72
    bottom: float = 0.56
    right: float = 0.16
    top: float = 0.34


MARGINS = Margins()


@dataclass(frozen=True)
class Moving:
    """How a picture moves.

    Args:
        svg: ``svg(report, alone=False)``, an element for a page, or a whole file.
        gif: ``gif(report)``, a file that repeats.
    """

    svg: Callable[..., str]
    gif: Callable[[Any], bytes]


@dataclass(frozen=True)
class Plot:
    """A picture: its numbers first, then how they are drawn.

    Args:
        name: in the registry, of the method of ``model.plot`` and in ``goodfit plot``.
        report: ``report(model, rows)``, the numbers as a frozen ``msgspec.Struct``; ``rows`` are
            None where no table is at hand. None where the model has no such numbers.
        draw: ``draw(report, axes)``, which computes nothing and speaks the language of the
            context.
        kind: the class of the report, which reads its JSON again.
        needs_rows: whether there is no report without rows.
        applies: whether it makes sense for a model; the words ``plots.not_<name>`` say why not.
        size: inches, where it stands alone; or ``size(report)``.
        margins: inches around the axes there, the left one at least; or ``margins(report)``.
        moving: the same as it moves; None for pictures that stand still.
        on_request: whether it takes so long that it is drawn only where it is asked for by name.
    """

    name: str
    report: Callable[[FittedModel, Rows | None], Any]
    draw: Callable[[Any, Axes], None]
    kind: type[msgspec.Struct]
    needs_rows: bool = False
    applies: Callable[[FittedModel], bool] = lambda _: True
    size: tuple[float, float] | Callable[[Any], tuple[float, float]] = SIZE
    margins: Margins | Callable[[Any], Margins] = MARGINS
    moving: Moving | None = None
    on_request: bool = False

    def size_of(self, report: Any) -> tuple[float, float]:
        """Inches of its figure, where it stands alone."""
        return self.size(report) if callable(self.size) else self.size

    def margins_of(self, report: Any) -> Margins:
        """Inches around the axes there."""
        return self.margins(report) if callable(self.margins) else self.margins
