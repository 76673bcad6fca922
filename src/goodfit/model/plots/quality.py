"""Pictures of how good predicted numbers are: against the actual ones, what is left, intervals."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from goodfit.core.words import say
from goodfit.model.plots import style
from goodfit.model.plots.marks import (
    diagonal,
    dots,
    ends_with_room,
    note,
    note_rows,
    number_ticks,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from goodfit.model.records import Coverage
    from goodfit.model.reports.coverage import CoverageReport
    from goodfit.model.reports.regression import (
        PredictedNumbers,
        PredictionsReport,
        ResidualNumbers,
        ResidualsReport,
    )

#: Targets that a picture has room for.
MOST_TARGETS = 6
# Deviations that chance rarely leaves.
RARELY = 2.0


def draw_predictions(report: PredictionsReport, axes: Axes) -> None:
    """Dots near a diagonal; where there are very many, lines around most of them."""
    targets = report.targets[:MOST_TARGETS]
    if len(targets) == 1:
        _predicted(targets[0], axes, named=False)
    else:
        for target, panel in zip(targets, _panels(axes, len(targets)), strict=False):
            _predicted(target, panel, named=True)
    note_rows(axes, report)


def _panels(axes: Axes, count: int) -> list[Axes]:
    columns = 2 if count <= 4 else 3
    return style.panels(axes, -(-count // columns), columns, gap=(0.24, 0.36))[:count]


def _predicted(target: PredictedNumbers, axes: Axes, *, named: bool) -> None:
    low = min(*target.actual, *target.predicted)
    high = max(*target.actual, *target.predicted)
    diagonal(axes, low, high, label=say("plots.as_good_as_can_be", {}))
    dots(axes, target.actual, target.predicted)
    if target.density is not None:
        found = target.density
        middles = [_middles(edges) for edges in (found.x_edges, found.y_edges)]
        axes.contour(
            *middles, found.shares, levels=found.levels, colors=[style.INK], linewidths=[0.8, 1.4]
        )
        axes.plot([], [], color=style.INK, linewidth=1, label=say("plots.half_and_most", {}))
    style.dress(axes, grid="both")
    axes.set_xlim(*ends_with_room(low, high))
    axes.set_ylim(*ends_with_room(low, high))
    for axis in (axes.xaxis, axes.yaxis):
        number_ticks(axis)
    style.name_axes(
        axes,
        x=say("plots.actual", {"target": target.target}),
        y="" if named else say("plots.predicted", {"target": target.target}),
    )
    if not named:
        style.legend(axes)


def draw_residuals(report: ResidualsReport, axes: Axes) -> None:
    """What is left over what was predicted, and its distribution beside the normal one."""
    targets = report.targets[:MOST_TARGETS]
    if len(targets) == 1:
        axes.set_axis_off()
        left = axes.inset_axes((0, 0, 0.66, 1))
        right = axes.inset_axes((0.71, 0, 0.29, 1), sharey=left)
        _left(targets[0], left, named=False)
        _distribution(targets[0], right)
    else:
        for target, panel in zip(targets, _panels(axes, len(targets)), strict=False):
            _left(target, panel, named=True)
    note_rows(axes, report)


def _left(target: ResidualNumbers, axes: Axes, *, named: bool) -> None:
    dots(axes, target.predicted, target.residual)
    at = [band.at for band in target.bands] if len(target.bands) > 1 else []
    for name, width in (("low", 1.2), ("middle", 2.0), ("high", 1.2)):
        values = [getattr(band, name) for band in target.bands][: len(at)]
        label = say("plots.middle_and_most", {}) if name == "middle" and at else None
        axes.plot(at, values, color=style.VALIDATION, linewidth=width, label=label)
    axes.axhline(0, color=style.INK, linewidth=1)
    style.dress(axes)
    axes.set_xlim(*ends_with_room(min(target.predicted), max(target.predicted)))
    axes.set_ylim(*ends_with_room(min(target.residual), max(target.residual)))
    for axis in (axes.xaxis, axes.yaxis):
        number_ticks(axis)
    style.name_axes(
        axes,
        x=say("plots.predicted", {"target": target.target}),
        y="" if named else say("plots.residual", {}),
    )
    if not named and at:
        style.legend(axes)


def _distribution(target: ResidualNumbers, axes: Axes) -> None:
    spread = target.spread
    axes.stairs(
        spread.heights,
        spread.edges,
        orientation="horizontal",
        fill=True,
        color=style.TRAINING,
        alpha=0.45,
    )
    if spread.normal_heights:
        axes.plot(
            spread.normal_heights,
            _middles(spread.edges),
            color=style.INK,
            linewidth=1.4,
            linestyle=(0, (4, 1.6)),
            label=say("plots.normal", {}),
        )
    style.dress(axes, grid="")
    axes.set_xticks([])
    axes.tick_params(labelleft=False)
    style.name_axes(axes, x=say("plots.how_often", {}))
    style.legend(axes)


def _middles(edges: Sequence[float]) -> list[float]:
    return [(low + high) / 2 for low, high in pairwise(edges)]


def draw_coverage(report: CoverageReport, axes: Axes) -> None:
    """Measured over promised shares, and one level by thirds of the rows."""
    axes.set_axis_off()
    left, right = axes.inset_axes((0, 0, 0.56, 1)), axes.inset_axes((0.70, 0, 0.30, 1))
    label = "plots.no_promise" if report.guarantee == "void" else "plots.as_promised"
    _promised(report.levels, left, label=say(label, {}))
    one = next((level for level in report.levels if level.level == 0.9), report.levels[-1])
    _thirds(one, right, classes=report.classes)
    shown = report.levels[0]
    note(axes, say(f"plots.rows_{shown.part}", {"n_rows": shown.n_rows}), below=46)


def _promised(levels: tuple[Coverage, ...], axes: Axes, *, label: str) -> None:
    least = min(min(one.level, one.covered - RARELY * one.spread) for one in levels)
    low = max(least - 0.03, 0.0)
    diagonal(axes, low, 1, label=label)
    axes.errorbar(
        [one.level for one in levels],
        [one.covered for one in levels],
        yerr=[RARELY * one.spread for one in levels],
        fmt="o",
        markersize=5,
        color=style.TRAINING,
        elinewidth=1.4,
        capsize=2.5,
        label=say("plots.measured", {}),
    )
    style.dress(axes, grid="both")
    axes.set_xlim(low, 1.0)
    axes.set_ylim(low, 1.01)
    _in_percent(axes)
    style.name_axes(axes, x=say("plots.promised_share", {}), y=say("plots.covered_share", {}))
    style.legend(axes)


def _thirds(one: Coverage, axes: Axes, *, classes: bool) -> None:
    values = (*one.by_prediction, *one.by_width)
    sized = "plots.by_sureness" if classes else "plots.by_size"
    wide = "plots.by_number" if classes else "plots.by_width"
    names = [say(sized, {})] * bool(one.by_prediction) + [say(wide, {})] * bool(one.by_width)
    thirds = [say("plots.least", {}), say("plots.middle", {}), say("plots.most", {})]
    places = [place + place // 3 for place in range(len(values))]
    axes.axhline(one.level, color=style.MUTED, linewidth=1.2, linestyle=(0, (4, 2)))
    axes.vlines(places, one.level, values, color=style.TRAINING, linewidth=1.4)
    axes.plot(places, values, "o", color=style.TRAINING, markersize=5)
    style.dress(axes)
    axes.set_xlim(-0.7, max(places, default=0) + 0.7)
    low = min(*values, one.level - 0.1) if values else one.level - 0.1
    axes.set_ylim(max(low - 0.03, 0), 1.01)
    style.name_ticks(axes.xaxis, places, thirds * len(names), longest=9)
    axes.tick_params(axis="x", labelrotation=90)
    for place, name in enumerate(names):
        style.write(axes, 1 + 4 * place, 1.025, name, ha="center", color=style.MUTED)
    from matplotlib.ticker import PercentFormatter

    axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))


def _in_percent(axes: Axes) -> None:
    from matplotlib.ticker import PercentFormatter

    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(PercentFormatter(1, decimals=0))
