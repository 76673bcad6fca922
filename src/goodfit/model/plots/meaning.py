"""Pictures of what a model does: what matters, how predictions depend on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from goodfit.core.words import say
from goodfit.model.plots import style
from goodfit.model.plots.classes import LINES
from goodfit.model.plots.marks import header, note, number_ticks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from goodfit.model.reports.coefficients import CoefficientsReport, LinearOutput
    from goodfit.model.reports.dependence import (
        AccumulatedReport,
        Curve,
        DependenceReport,
        Effect,
    )
    from goodfit.model.reports.importance import ImportanceReport

#: Columns and groups of them, coefficients, and outputs of panels that a picture has room for.
MOST_BARS, MOST_GROUPS, MOST_COEFFICIENTS, MOST_OUTPUTS = 12, 3, 14, 3
# Cells that each get a tick, and levels whose names stand upright.
FEW_CELLS = 2
#: Points between panels and the note below them: under the names of levels, and without any.
NOTE_LEVELS, NOTE_NUMBERS = 64.0, 26.0


def draw_importance(report: ImportanceReport, axes: Axes) -> None:
    """A bar for each column, the longest first, and below for those that belong together."""
    singles, groups = report.features[:MOST_BARS], report.groups[:MOST_GROUPS]
    bars = [*singles, *groups]
    places = [*range(len(singles)), *(len(singles) + 0.6 + place for place in range(len(groups)))]
    names = [_together(bar.columns) for bar in bars]
    colours = [style.TRAINING] * len(singles) + [style.THIRD] * len(groups)
    axes.barh(places, [bar.mean for bar in bars], height=0.62, color=colours, alpha=0.8)
    axes.errorbar(
        [bar.mean for bar in bars],
        places,
        xerr=[bar.deviation for bar in bars],
        fmt="none",
        ecolor=style.INK,
        elinewidth=1.2,
        capsize=2.5,
    )
    axes.axvline(0, color=style.INK, linewidth=1)
    style.dress(axes, grid="x")
    number_ticks(axes.xaxis, most=6)
    style.name_ticks(axes.yaxis, places, names, longest=26)
    axes.tick_params(axis="y", labelcolor=style.INK)
    axes.set_ylim((places[-1] if places else 0) + 0.6, -0.6)
    style.name_axes(axes, x=say("plots.gets_worse_by", {"metric": report.metric}))
    if groups:
        single, together = say("plots.one_column", {}), say("plots.together", {})
        for label, colour in ((single, style.TRAINING), (together, style.THIRD)):
            axes.plot([], [], "s", color=colour, markersize=7, label=label)
        style.legend(axes)
    code = f"plots.dealt_{report.part}"
    note(axes, say(code, {"n_rows": report.n_rows, "repeats": report.repeats}))
    left = len(report.features) - len(singles) + report.not_tried
    if left:
        text, under = say("plots.more_columns", {"count": left}), len(singles) - 0.2
        across = axes.get_yaxis_transform()
        style.write(
            axes, 0.99, under, text, transform=across, ha="right", va="center", color=style.MUTED
        )


def _together(columns: Sequence[str]) -> str:
    """One column, or several as one."""
    if len(columns) == 1:
        return columns[0]
    if len(columns) == 2:
        return " + ".join(style.shortened(column, 12) for column in columns)
    return say("plots.and_others", {"column": columns[0], "count": len(columns) - 1})


def draw_coefficients(report: CoefficientsReport, axes: Axes) -> None:
    """What one usual step of a column, or its level, adds."""
    outputs = report.outputs[:MOST_OUTPUTS]
    panels = [axes]
    if len(outputs) > 1:
        panels = style.panels(axes, 1, len(outputs), gap=(0.42, 0.1))
    for output, panel in zip(outputs, panels, strict=True):
        _coefficients(output, panel)
        if output.output is not None:
            style.write(
                panel, 0, 1.03, style.shortened(output.output, 20), transform=panel.transAxes
            )
    code = "plots.step_adds" if report.link == "identity" and not report.transform else None
    text = say(code or "plots.step_adds_before_link", {"link": report.transform or report.link})
    axes.annotate(
        text,
        (0.5, 0),
        xytext=(0, -30),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="center",
        va="top",
        color=style.INK,
        fontsize=style.LABEL_POINTS,
        annotation_clip=False,
    )


def _coefficients(output: LinearOutput, axes: Axes) -> None:
    known = sorted(output.coefficients, key=lambda one: -abs(one.effect))[:MOST_COEFFICIENTS]
    places = list(range(len(known)))
    colours = [style.TRAINING if one.effect >= 0 else style.VALIDATION for one in known]
    axes.barh(places, [one.effect for one in known], height=0.62, color=colours, alpha=0.85)
    axes.axvline(0, color=style.INK, linewidth=1)
    style.dress(axes, grid="x")
    number_ticks(axes.xaxis, most=4)
    style.name_ticks(axes.yaxis, places, [one.name for one in known], longest=22)
    axes.tick_params(axis="y", labelcolor=style.INK)
    axes.set_ylim(len(known) - 0.4, -0.6)


def draw_dependence(report: DependenceReport, axes: Axes) -> None:
    """A panel for each column: the mean of the predictions at its cells, and single rows."""
    by_output = not report.probabilities and len(report.outputs) > 1
    panels = _panels(axes, report.curves, by_output=by_output)
    for curves, panel in panels:
        single = len(curves) == 1
        for place, curve in enumerate(curves):
            _curve(curve, panel, place, single=single)
        _along_cells(panel, curves[0])
    _alike(panels, by_output=by_output)
    code = "plots.chance_of" if report.probabilities else "plots.predicted"
    _named_outputs(axes, panels, report.outputs, target=report.target, code=code)
    named = any(curve.names for curve in report.curves)
    note(
        axes,
        say(f"plots.mean_of_{report.part}", {"n_rows": report.n_rows}),
        below=NOTE_LEVELS if named else NOTE_NUMBERS,
    )


def draw_accumulated(report: AccumulatedReport, axes: Axes) -> None:
    """A panel for each column: how predictions change along its cells, where others go along."""
    by_output = not report.probabilities and len(report.outputs) > 1
    panels = _panels(axes, report.effects, by_output=by_output)
    for effects, panel in panels:
        for place, effect in enumerate(effects):
            panel.plot(effect.at, effect.effect, label=effect.output, **_line(place))
        panel.axhline(0, color=style.MUTED, linewidth=1, linestyle=(0, (4, 2)))
        _along_cells(panel, effects[0])
        relation = effects[0].relation
        params = {
            "column": style.shortened(relation.column, 13),
            "strength": f"{relation.strength:.2f}",
        }
        text = say("plots.goes_along_with", params)
        style.write(panel, 0, 1.04, text, transform=panel.transAxes, color=style.MUTED, fontsize=8)
    _alike(panels, by_output=by_output)
    code = "plots.effect_on_probability" if report.probabilities else "plots.effect_on"
    _named_outputs(axes, panels, report.outputs, target=report.target, code=code, above=36)
    note(axes, say(f"plots.moved_{report.part}", {"n_rows": report.n_rows}), below=NOTE_NUMBERS)


def _panels(axes: Axes, curves: Sequence[Any], *, by_output: bool) -> list[tuple[list[Any], Axes]]:
    """The curves of each panel: one a column, or one a column and output."""
    together: dict[Any, list[Any]] = {}
    for curve in curves:
        key = (curve.output, curve.feature) if by_output else curve.feature
        together.setdefault(key, []).append(curve)
    found = list(together.values())
    if by_output:  # a row of panels for each target
        outputs = list(dict.fromkeys(curve.output for curve in curves))[:MOST_OUTPUTS]
        rows = [[one for one in found if one[0].output == output][:3] for output in outputs]
        found = [one for row in rows for one in row]
        columns = max(len(row) for row in rows)
    else:
        columns = len(found) if len(found) <= 2 else 2 if len(found) == 4 else 3
    n_rows = -(-len(found) // columns)
    levels = any(getattr(one[0], "names", ()) for one in found)
    between = (0.34 if levels else 0.24) if n_rows < 3 else 0.22
    panels = style.panels(axes, n_rows, columns, gap=(0.16, between))
    for empty in panels[len(found) :]:
        empty.set_axis_off()
    return list(zip(found, panels, strict=False))


def _curve(curve: Curve, axes: Axes, place: int, *, single: bool) -> None:
    levels = bool(curve.names)
    if single:
        for row in curve.each:
            axes.plot(curve.at, row, color=style.MUTED, linewidth=0.7, alpha=0.4)
    line = _line(place)
    if levels:
        line |= {"marker": style.MARKERS[place % len(style.MARKERS)], "markersize": 5}
        line |= {"linestyle": "none"}
    axes.plot(curve.at, curve.mean, label=curve.output, **line)
    if curve.missing is not None:
        axes.axhline(
            curve.missing, color=line["color"], linewidth=1.2, linestyle=(0, (1, 1.5)), label="_"
        )
        if single:
            end = 1.0 if not levels else 0.99
            text = say("plots.missing_cell", {})
            style.write(
                axes,
                end,
                curve.missing,
                text,
                transform=axes.get_yaxis_transform(),
                ha="right",
                va="bottom",
                color=style.MUTED,
                fontsize=7.5,
            )


def _line(place: int) -> dict[str, Any]:
    colour = style.SERIES[place % len(style.SERIES)]
    return {"color": colour, "linestyle": LINES[place % len(LINES)], "linewidth": 2.0}


def _along_cells(axes: Axes, curve: Curve | Effect) -> None:
    """The axis of a column's cells: numbers, dates, or levels; with where these are."""
    style.dress(axes)
    axes.tick_params(labelsize=8)
    names = getattr(curve, "names", ())
    number_ticks(axes.yaxis, most=4)
    if names:
        style.name_ticks(axes.xaxis, curve.at, names, longest=9)
        axes.set_xlim(-0.5, len(names) - 0.5)
        if len(names) > FEW_CELLS:
            axes.tick_params(axis="x", labelrotation=90)
    elif curve.kind == "date":
        _as_dates(axes, curve.at)
    else:
        number_ticks(axes.xaxis, most=3)
        if len(curve.at) <= FEW_CELLS:
            axes.set_xticks(curve.at)
        axes.plot(
            curve.at,
            [0.0] * len(curve.at),
            "|",
            color=style.INK,
            markersize=5,
            transform=axes.get_xaxis_transform(),
            clip_on=False,
        )
    axes.set_title(
        style.shortened(curve.feature, 24),
        fontsize=style.TICK_POINTS,
        color=style.INK,
        loc="left",
        pad=14 if not hasattr(curve, "each") else 5,
        parse_math=False,
    )


def _as_dates(axes: Axes, at: Sequence[float]) -> None:
    """Ticks of days since 1970 as dates; of a time within one day as hours."""
    import numpy as np

    unit = "D" if max(at) - min(at) > 3 else "m"
    ticks = [at[0], at[-1]]
    moments = (np.array(ticks) * 86400).astype("datetime64[s]").astype(f"datetime64[{unit}]")
    names = [str(moment).replace("T", " ") for moment in moments]
    style.name_ticks(axes.xaxis, ticks, [name[-5:] if unit == "m" else name for name in names])
    for text, side in zip(axes.get_xticklabels(), ("left", "right"), strict=True):
        text.set_horizontalalignment(side)


def _alike(panels: Sequence[tuple[list[Any], Axes]], *, by_output: bool) -> None:
    """The same heights in all panels of an output, so that they can be compared."""
    groups: dict[str, list[Axes]] = {}
    for curves, panel in panels:
        groups.setdefault(curves[0].output if by_output else "", []).append(panel)
    for group in groups.values():
        low = min(panel.get_ylim()[0] for panel in group)
        high = max(panel.get_ylim()[1] for panel in group)
        for panel in group:
            panel.set_ylim(low, high)


def _named_outputs(
    axes: Axes,
    panels: Sequence[tuple[list[Any], Axes]],
    outputs: Sequence[str],
    *,
    target: str | None,
    code: str,
    above: float = 24.0,
) -> None:
    """What the heights are, above all panels; of several classes a legend, of targets each."""
    classes = len(panels[0][0]) > 1
    if len(outputs) == 1:
        name = outputs[0] if target is None else f"{style.shortened(target, 20)} = {outputs[0]}"
        header(axes, say(code, {"target": name}), above=above)
    elif classes:
        header(axes, say(code, {"target": say("plots.each_class", {})}), above=above)
        handles, names = panels[0][1].get_legend_handles_labels()
        for handle, name in zip(handles, names, strict=True):
            axes.plot([], [], label=name).pop().update_from(handle)
        style.legend(axes, loc="lower right", bbox_to_anchor=(1, 1), borderaxespad=above / 9)
    else:
        seen = set[str]()
        for curves, panel in panels:
            name = curves[0].output
            if name not in seen:
                panel.set_ylabel("")
                header(panel, say(code, {"target": name}), above=above)
            seen.add(name)
