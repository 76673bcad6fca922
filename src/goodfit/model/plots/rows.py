"""Pictures of single rows and of more of them: the worst ones, and what more rows would bring."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodfit.core.words import say
from goodfit.model.plots import style
from goodfit.model.plots.marks import note, note_rows, number_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from goodfit.model.reports.more_data import MoreDataReport
    from goodfit.model.reports.worst import WorstReport, WorstRow


def draw_worst(report: WorstReport, axes: Axes) -> None:
    """A bar for each row, and beside it what was actual, predicted, and unusual."""
    sizes = [abs(row.error) for row in report.rows]
    ground = {"facecolor": style.CARD, "edgecolor": "none", "pad": 0.5}
    places = list(range(len(sizes)))
    axes.barh(places, sizes, height=0.3, color=style.VALIDATION, alpha=0.85)
    label = say("plots.usual_error", {})
    axes.axvline(report.usual, color=style.INK, linewidth=1.2, linestyle=(0, (4, 2)), label=label)
    for place, row in zip(places, report.rows, strict=True):
        text = _said(row)
        style.write(axes, 0, place - 0.22, text, va="bottom", fontsize=8, bbox=ground)
    style.dress(axes, grid="x")
    number_ticks(axes.xaxis)
    names = [say("plots.row", {"row": str(row.row)}) for row in report.rows]
    style.name_ticks(axes.yaxis, places, names)
    axes.set_xlim(0, 1.04 * max(*sizes, report.usual) or 1)
    axes.set_ylim(len(sizes) - 0.5, -0.8)
    style.name_axes(axes, x=say(f"plots.error_in_{report.unit}", {"target": report.targets[0]}))
    style.legend(axes)
    note_rows(axes, report)


def _said(row: WorstRow) -> str:
    """Actual and predicted of a row, and what is unusual about it."""
    found: list[str] = []
    if len(row.actual) == 1:
        actual, predicted = (_as_text(values[0]) for values in (row.actual, row.predicted))
        params = {"actual": actual, "predicted": predicted}
        found.append(say("plots.actual_and_predicted", params))
    for cell in row.unusual[:2]:
        column = style.shortened(cell.column, 20)
        if cell.cell is None:
            found.append(say("plots.unusual_gap", {"column": column}))
        else:
            found.append(f"{column} = {style.shortened(cell.cell, 14)}")
    return style.shortened("  ·  ".join(found), 96)


def _as_text(value: float | str) -> str:
    return style.number(value) if isinstance(value, float) else style.shortened(value, 22)


def draw_more_data(report: MoreDataReport, axes: Axes) -> None:
    """Scores over rows learnt from, and where the curve leads."""
    if report.fitted:
        at = [one.n_rows for one in report.fitted]
        low, high = [one.low for one in report.fitted], [one.high for one in report.fitted]
        axes.fill_between(at, low, high, color=style.THIRD, alpha=0.16, linewidth=0)
        axes.plot(
            at,
            [one.score for one in report.fitted],
            color=style.THIRD,
            linewidth=1.6,
            linestyle=(0, (4, 1.6)),
            label=say("plots.probably", {}),
        )
    known = [one for one in report.trained if one.score is not None]
    axes.plot(
        [one.n_rows for one in known],
        [one.score for one in known if one.score is not None],
        "o",
        color=style.TRAINING,
        markersize=3.5,
        alpha=0.6,
        label=say("plots.one_training", {}),
    )
    axes.errorbar(
        [size.n_rows for size in report.sizes],
        [size.mean for size in report.sizes],
        yerr=[size.deviation or 0.0 for size in report.sizes],
        marker="o",
        markersize=5.5,
        color=style.TRAINING,
        linewidth=1.8,
        capsize=3,
        label=say("plots.mean_of_trainings", {}),
    )
    style.dress(axes)
    axes.set_xscale("log")
    style.plain_numbers(axes.xaxis)
    sizes = [size.n_rows for size in report.sizes] + [one.n_rows for one in report.ahead]
    style.name_ticks(axes.xaxis, sizes, [style.number(float(size)) for size in sizes])
    axes.tick_params(axis="x", which="minor", labelbottom=False)
    number_ticks(axes.yaxis)
    style.name_axes(
        axes,
        x=say("plots.rows_learnt_from", {}),
        y=say(f"plots.score_{report.part}", {"metric": report.metric}),
    )
    style.legend(axes)
    note(axes, say("plots.scored_on", {"n_rows": report.n_scored}))
