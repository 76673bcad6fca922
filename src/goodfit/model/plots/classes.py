"""Pictures of how good predicted classes are: confusion, ROC, precision and recall, calibration."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from goodfit.core.words import say
from goodfit.model.plots import style
from goodfit.model.plots.marks import diagonal, note_rows

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from goodfit.model.reports.classes import (
        CalibrationReport,
        ConfusionReport,
        PrecisionRecallReport,
        RocReport,
    )
    from goodfit.scoring.shares import Share

LINES = ("-", (0, (5, 1.5)), (0, (1, 1)), (0, (4, 1.2, 1, 1.2)), (0, (7, 2)), (0, (2, 1)))
# Classes up to which each cell of a confusion matrix says its share, too.
FEW_LEVELS = 6
#: More names of classes than these are turned, so that they do not meet.
FEWEST_TURNED = 3
# From this share on the ground of a cell is dark.
DARK = 0.55


def draw_confusion(report: ConfusionReport, axes: Axes) -> None:
    """A square for every pair of classes, the darker the larger its share of the actual class."""
    names = list(report.levels)
    if report.others:
        names.append(say("plots.other_classes", {"count": report.others}))
    for row, (counts, shares) in enumerate(zip(report.counts, report.shares, strict=True)):
        for column, (count, share) in enumerate(zip(counts, shares, strict=True)):
            _cell(axes, row, column, count, share, few=len(names) <= FEW_LEVELS)
    style.dress(axes, grid="")
    for spine in axes.spines.values():
        spine.set_visible(False)
    axes.set_xlim(-0.5, len(names) - 0.5)
    axes.set_ylim(len(names) - 0.5, -0.5)
    style.name_ticks(axes.yaxis, range(len(names)), names, longest=14)
    style.name_ticks(axes.xaxis, range(len(names)), names, longest=14)
    if len(names) > FEWEST_TURNED:
        axes.tick_params(axis="x", labelrotation=40)
        for text in axes.get_xticklabels():
            text.set_horizontalalignment("right")
            text.set_rotation_mode("anchor")
    axes.xaxis.set_label_position("top")
    style.name_axes(
        axes,
        x=say("plots.predicted", {"target": report.target}),
        y=say("plots.actual", {"target": report.target}),
    )
    note_rows(axes, report, below=24 if len(names) <= FEWEST_TURNED else 76)


def _cell(
    axes: Axes, row: int, column: int, count: float, share: float | None, *, few: bool
) -> None:
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patches import Rectangle

    colours = LinearSegmentedColormap.from_list("shares", list(style.SEQUENTIAL))
    corner = column - 0.47, row - 0.47
    axes.add_patch(Rectangle(corner, 0.94, 0.94, facecolor=colours(share or 0.0), linewidth=0))
    if not count:
        return
    text = style.number(round(count, 1))
    if few and share is not None:
        text = f"{text}\n{share:.0%}"
    dark = (share or 0) > DARK
    style.write(
        axes,
        column,
        row,
        text,
        ha="center",
        va="center",
        color=style.ON_DARK if dark else style.ON_LIGHT,
        fontsize=style.LABEL_POINTS if few else 6.5,
    )


def draw_roc(report: RocReport, axes: Axes) -> None:
    """True positives over false positives, for every threshold."""
    diagonal(axes, 0, 1, label=say("plots.guessing", {}))
    for place, one in enumerate(report.curves):
        axes.plot(
            one.curve.false_rate,
            one.curve.true_rate,
            label=_named(report, one.level, one.curve.area),
            **_line(place),
        )
        _deciding(axes, one.at)
    _unit_square(axes)
    style.name_axes(axes, x=say("plots.false_rate", {}), y=say("plots.true_rate", {}))
    style.legend(axes, loc="lower right", bbox_to_anchor=(1.0, 0.01), ncols=1)
    note_rows(axes, report)


def draw_precision_recall(report: PrecisionRecallReport, axes: Axes) -> None:
    """Precision over recall, for every threshold."""
    for place, one in enumerate(report.curves):
        line = _line(place)
        axes.step(
            (0.0, *one.curve.recall),
            (one.curve.precision[0], *one.curve.precision),
            where="pre",
            label=_named(report, one.level, one.curve.area),
            **line,
        )
        if len(report.curves) == 1:
            axes.axhline(
                one.curve.share,
                color=style.MUTED,
                linewidth=1.2,
                linestyle=(0, (4, 2)),
                label=say("plots.guessing", {}),
            )
        _deciding(axes, one.at)
    _unit_square(axes)
    style.name_axes(axes, x=say("plots.recall", {}), y=say("plots.precision", {}))
    style.legend(axes, loc="lower left", bbox_to_anchor=(0.01, 0.01), ncols=1)
    note_rows(axes, report)


def draw_calibration(report: CalibrationReport, axes: Axes) -> None:
    """How often a class comes, over how probable it was said to be.

    Of two classes the second; of more the most probable one of each row.
    """
    diagonal(axes, 0, 1, label=say("plots.as_probable_as_said", {}))
    x, y = say("plots.confidence", {}), say("plots.right_share", {})
    if len(report.curves) == 1:
        label = f"{style.shortened(report.target, 14)} = {report.curves[0].level}"
        _groups(axes, report.curves[0].groups, label=label)
        x, y = say("plots.said_probability", {}), say("plots.observed_share", {})
    elif report.sureness:
        _groups(axes, report.sureness, label=say("plots.every_class", {}))
    else:
        _bins(report, axes)
    _unit_square(axes)
    style.name_axes(axes, x=x, y=y)
    style.legend(axes, loc="upper left", bbox_to_anchor=(0.01, 0.99), ncols=1)
    note_rows(axes, report)


def _groups(axes: Axes, groups: Sequence[Share], *, label: str) -> None:
    """Shares of groups of rows, with what chance allows."""
    ends = [
        [group.observed - group.low for group in groups],
        [group.high - group.observed for group in groups],
    ]
    axes.errorbar(
        [group.predicted for group in groups],
        [group.observed for group in groups],
        yerr=ends,
        marker="o",
        markersize=4.5,
        elinewidth=1,
        capsize=2,
        label=label,
        color=style.TRAINING,
        linewidth=1.8,
    )


def _bins(report: CalibrationReport, axes: Axes) -> None:
    """Without rows: bins of the most probable class, before and after they were put right."""
    for found, label, place in (
        (report.before, say("plots.before_correction", {}), 1),
        (report.reliability, say("plots.as_predicted", {}), 0),
    ):
        if found is None:
            continue
        filled = [one for one in found.bins if one.confidence is not None]
        axes.plot(
            [one.confidence for one in filled if one.confidence is not None],
            [one.right for one in filled if one.right is not None],
            marker=style.MARKERS[place],
            markersize=4.5,
            label=label,
            **_line(place),
        )


def _line(place: int) -> dict[str, Any]:
    colour = style.SERIES[place % len(style.SERIES)]
    return {"color": colour, "linestyle": LINES[place % len(LINES)], "linewidth": 1.8}


def _named(report: RocReport | PrecisionRecallReport, level: str, area: float) -> str:
    """A class with the area under its curve; one alone with its column."""
    alone = f"{style.shortened(report.target, 10)} = " if len(report.curves) == 1 else ""
    params = {"level": alone + style.shortened(level, 16), "area": f"{area:.3f}"}
    return say("plots.curve_of", params)


def _deciding(axes: Axes, at: Sequence[float] | None) -> None:
    """Where the threshold lies that decides."""
    if at is not None:
        ring: dict[str, Any] = {"color": style.INK, "markersize": 7, "markerfacecolor": "none"}
        axes.plot([at[0]], [at[1]], "o", label=say("plots.deciding", {}), zorder=5, **ring)


def _unit_square(axes: Axes) -> None:
    style.dress(axes, grid="both")
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
