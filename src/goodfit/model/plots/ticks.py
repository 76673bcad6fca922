"""Numbers along an axis: as many decimals as tell them apart, thousands marked, no powers aside."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

from matplotlib.axis import Axis
from matplotlib.ticker import ScalarFormatter

from goodfit.model.plots.style import number

# From here on thousands are marked: a year is not 2,014.
MARKED = 10_000
# Beyond these numbers, and between such close ones, powers of ten are shorter.
LARGEST, MOST_DECIMALS = 1e10, 5


class Plain(ScalarFormatter):
    """Numbers in full."""

    def format_ticks(self, values: Sequence[float]) -> list[str]:  # pyright: ignore[reportIncompatibleMethodOverride]
        """All ticks of an axis (called by matplotlib).

        >>> Plain().format_ticks([0.0, 0.5, 1.0]), Plain().format_ticks([2014, 2016])
        (['0.0', '0.5', '1.0'], ['2014', '2016'])
        >>> Plain().format_ticks([-2e6, 0.0, 2e6])
        ['−2,000,000', '0', '2,000,000']
        """
        decimals = _decimals(values)
        largest = max(map(abs, values), default=0.0)
        if decimals > MOST_DECIMALS or largest > LARGEST:
            return [number(value) for value in values]
        form = f",.{decimals}f" if largest >= MARKED else f".{decimals}f"
        shown = [format(round(value, decimals) + 0.0, form) for value in values]
        return [text.replace("-", "\N{MINUS SIGN}") for text in shown]


def _decimals(values: Sequence[float]) -> int:
    """Digits after the point that tell ticks apart and are right for each."""
    placed = sorted(set(values))
    steps = [after - before for before, after in pairwise(placed)]
    step = min(steps, default=max(map(abs, values), default=1.0) or 1.0)
    first = max(0, -math.floor(math.log10(step)))
    for decimals in range(first, first + 3):
        if all(abs(round(value, decimals) - value) < step / 100 for value in values):
            return decimals
    return first


def use_plain(axis: Axis) -> None:
    """Write an axis's numbers so, where nobody has said how."""
    if type(axis.get_major_formatter()) is ScalarFormatter:
        axis.set_major_formatter(Plain())
