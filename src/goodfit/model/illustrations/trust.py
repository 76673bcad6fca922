"""Whether to trust it: probabilities that are right, intervals that cover."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from goodfit.model.illustrations.computed import Numbers
from goodfit.model.illustrations.computed import numbers as as_numbers
from goodfit.model.illustrations.drawn import SOUGHT, heading, word
from goodfit.model.illustrations.illustration import Illustration, Margins
from goodfit.model.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from goodfit.scoring.reliability import Reliability


class Bins(msgspec.Struct, frozen=True, kw_only=True):
    """Rows by how sure the model is: mean probability, share that was right, how many rows."""

    confidence: Numbers
    right: Numbers
    n_rows: tuple[int, ...]
    error: float


class Sure(msgspec.Struct, frozen=True, kw_only=True):
    """The same rows before and after calibration."""

    before: Bins
    after: Bins
    n_rows: int


def _classes(n_rows: int, seed: int) -> dict[str, Any]:
    """Two classes that four columns tell apart only in part."""
    chance = np.random.default_rng(seed)
    columns = chance.normal(size=(n_rows, 4))
    share = 1 / (1 + np.exp(-(1.2 * columns[:, 0] - 0.8 * columns[:, 1])))
    answer = np.where(chance.random(n_rows) < share, "yes", "no")
    return {**{f"x{place}": columns[:, place] for place in range(4)}, "y": answer}


def sure() -> Sure:
    """An ensemble that was trained for too long, judged on 4,000 new rows."""
    from goodfit.model.fit import fit

    model = fit(
        _classes(300, 1), target="y", network="ensemble", bag=2, members=1, widths=(64, 64),
        epochs=60, learning_rate=0.02, keep="last", early_stopping=0,
    )  # fmt: skip
    found = model.evaluate_in_full(_classes(4000, 2))
    assert found.reliability is not None
    assert found.reliability_before is not None
    before, after = _bins(found.reliability_before), _bins(found.reliability)
    return Sure(before=before, after=after, n_rows=found.reliability.n_rows)


def _bins(found: Reliability) -> Bins:
    there = [one for one in found.bins if one.n_rows]
    return Bins(
        confidence=tuple(float(one.confidence or 0) for one in there),
        right=tuple(float(one.right or 0) for one in there),
        n_rows=tuple(one.n_rows for one in there),
        error=found.error,
    )


def draw_sure(report: Sure, axes: Axes) -> None:
    """What was promised over what came true; on the dashed line both agree."""
    made = style.panels(axes, 1, 2, gap=(0.12, 0))
    parts = ((report.before, style.VALIDATION, "s"), (report.after, style.TRAINING, "o"))
    names = ("before", "after")
    for panel, (bins, colour, marker), name in zip(made, parts, names, strict=True):
        panel.plot([0.5, 1], [0.5, 1], **SOUGHT)
        for confidence, right in zip(bins.confidence, bins.right, strict=True):
            panel.plot([confidence] * 2, [confidence, right], color=style.GRID, linewidth=2,
                       zorder=1)  # fmt: skip
        sizes = [8 + 60 * count / report.n_rows for count in bins.n_rows]
        panel.scatter(bins.confidence, bins.right, s=sizes, color=colour, marker=marker, zorder=3)
        panel.plot(bins.confidence, bins.right, color=colour, linewidth=1.2)
        style.dress(panel, grid="both")
        panel.set_xlim(0.48, 1.02)
        panel.set_ylim(0.4, 1.02)
        panel.set_xticks([0.5, 0.75, 1], ["50 %", "75 %", "100 %"])
        panel.set_yticks([0.5, 0.75, 1], ["50 %", "75 %", "100 %"])
        style.name_axes(panel, x=word("says"), y=word("is_right") if panel is made[0] else "")
        heading(panel, word(name), word("apart", percent=style.number(100 * bins.error, 2)))
        if panel is not made[0]:
            panel.tick_params(labelleft=False)


def _told_sure(report: Sure) -> dict[str, Any]:
    surest = report.before.confidence[-1], report.before.right[-1]
    says, right = (style.number(100 * share, 2) for share in surest)
    before, after = (style.number(100 * bins.error, 2) for bins in (report.before, report.after))
    return {"says": says, "right": right, "before": before, "after": after,
            "rows": report.n_rows}  # fmt: skip


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """Intervals along one column, and the rows that they should hold.

    Args:
        x: (place,), with ``prediction``, ``low`` and ``high`` (place,).
        points_x: (row,) of new rows, with ``points_y``; ``inside`` (row,) whether they hold it.
        level: that was asked for, and ``covered`` the share of ``n_rows`` new rows.
        n_calibrating: rows that said how large errors are.
    """

    x: Numbers
    prediction: Numbers
    low: Numbers
    high: Numbers
    points_x: Numbers
    points_y: Numbers
    inside: tuple[bool, ...]
    level: float
    covered: float
    n_rows: int
    n_calibrating: int


LEVEL, SHOWN = 0.9, 120


def _fanning(n_rows: int, seed: int) -> dict[str, Any]:
    """A curve whose noise grows on the right."""
    chance = np.random.default_rng(seed)
    x = chance.uniform(-3, 3, n_rows)
    spread = np.where(x > 0, 0.5, 0.15)
    return {"x": x, "y": np.sin(2 * x) + 0.3 * x + chance.normal(size=n_rows) * spread}


def band() -> Band:
    """A small ensemble, its 90 % intervals, and 1,000 new rows."""
    from goodfit.model.fit import fit

    model = fit(_fanning(400, 1), target="y", network="ensemble", bag=2, members=1, widths=(32,),
                epochs=60)  # fmt: skip
    rows, grid = _fanning(1000, 2), np.linspace(-3, 3, 121)
    ends = model.predict_interval({"x": grid}, level=LEVEL)
    each = model.predict_interval({"x": rows["x"]}, level=LEVEL)
    inside = (each[:, 0] <= rows["y"]) & (rows["y"] <= each[:, 1])
    return Band(
        x=as_numbers(grid),
        prediction=as_numbers(model.predict({"x": grid})),
        low=as_numbers(ends[:, 0]),
        high=as_numbers(ends[:, 1]),
        points_x=as_numbers(rows["x"][:SHOWN]),
        points_y=as_numbers(rows["y"][:SHOWN]),
        inside=tuple(bool(one) for one in inside[:SHOWN]),
        level=LEVEL,
        covered=float(inside.mean()),
        n_rows=1000,
        n_calibrating=model.promise(LEVEL).n_rows,
    )


def draw_band(report: Band, axes: Axes) -> None:
    """The band, the prediction within it, and new rows: crosses where it misses them."""
    axes.fill_between(report.x, report.low, report.high, color=style.TRAINING, alpha=0.18,
                      linewidth=0, label=word("interval"))  # fmt: skip
    axes.plot(
        report.x, report.prediction, **style.PART_LINES["training"], label=word("predicted_line")
    )
    x, y, inside = (np.array(part) for part in (report.points_x, report.points_y, report.inside))
    axes.scatter(x[inside], y[inside], s=11, color=style.INK, linewidths=0, label=word("inside"))
    axes.scatter(x[~inside], y[~inside], s=30, color=style.VALIDATION, marker="x", linewidths=1.6,
                 label=word("outside"))  # fmt: skip
    style.dress(axes)
    style.name_axes(axes, x="x", y="y")
    style.legend(axes, columnspacing=0.9, handlelength=1.5)


def _told_band(report: Band) -> dict[str, Any]:
    widths = np.array(report.high) - np.array(report.low)
    left = np.array(report.x) < 0
    return {
        "level": style.number(100 * report.level),
        "covered": style.number(100 * report.covered, 3),
        "rows": report.n_rows,
        "narrow": style.number(float(widths[left].mean()), 2),
        "wide": style.number(float(widths[~left].mean()), 2),
        "shown": len(report.inside),
        "missed": sum(not one for one in report.inside),
    }


ILLUSTRATIONS = (
    Illustration("calibration", sure, draw_sure, _told_sure, Sure, size=(5.6, 3.0),
                 margins=Margins(left=0.75, bottom=0.5, right=0.24, top=0.56)),
    Illustration("prediction-interval", band, draw_band, _told_band, Band, size=(5.6, 3.0),
                 margins=Margins(left=0.66, bottom=0.5, right=0.14, top=0.34)),
)  # fmt: skip
