"""What a picture is: numbers that a model gives, and how they are drawn."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import numpy as np

from goodfit.model.plots.style import SIZE

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from goodfit.data.table import Table
    from goodfit.model.fitted import FittedModel


class Margins(NamedTuple):
    """Inches around the axes, for ticks, names and the legend."""

    left: float = 0.72
    bottom: float = 0.56
    right: float = 0.16
    top: float = 0.34


MARGINS = Margins()


@dataclass(frozen=True)
class Rows:
    """Rows of a table that holds what a model was fitted to, for pictures that need rows.

    Args:
        table: as it was read.
        places: by part (``training``, ``validation``, ``test``) the places of its rows in the
            table, (row,) whole numbers; empty where nobody knows which rows are which.
    """

    table: Table
    places: Mapping[str, np.ndarray] = field(default_factory=dict[str, np.ndarray])

    def of(self, part: str) -> Table | None:
        """The rows of a part; None where it has none or nobody knows."""
        found = self.places.get(part)
        return None if found is None or not len(found) else self.table.take(found)


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
        size: inches, where it stands alone.
        margins: inches around the axes there.
    """

    name: str
    report: Callable[[FittedModel, Rows | None], Any]
    draw: Callable[[Any, Axes], None]
    kind: type[msgspec.Struct]
    needs_rows: bool = False
    applies: Callable[[FittedModel], bool] = lambda _: True
    size: tuple[float, float] = SIZE
    margins: Margins = MARGINS
