"""The pictures of reports: of quality and meaning, each with its numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from goodfit.model.intervals import can_calibrate
from goodfit.model.plots.classes import (
    FEWEST_TURNED,
    draw_calibration,
    draw_confusion,
    draw_precision_recall,
    draw_roc,
)
from goodfit.model.plots.meaning import (
    MOST_BARS,
    MOST_COEFFICIENTS,
    MOST_GROUPS,
    MOST_OUTPUTS,
    NOTE_LEVELS,
    NOTE_NUMBERS,
    draw_accumulated,
    draw_coefficients,
    draw_dependence,
    draw_importance,
)
from goodfit.model.plots.plot import Margins, Plot
from goodfit.model.plots.quality import draw_coverage, draw_predictions, draw_residuals
from goodfit.model.plots.rows import draw_more_data, draw_worst
from goodfit.model.plots.style import SIZE
from goodfit.model.reports.classes import (
    CalibrationReport,
    ConfusionReport,
    PrecisionRecallReport,
    RocReport,
    calibration_report,
    confusion_report,
    precision_recall_report,
    roc_report,
)
from goodfit.model.reports.coefficients import CoefficientsReport, coefficients_report
from goodfit.model.reports.coverage import CoverageReport, coverage_report
from goodfit.model.reports.dependence import (
    AccumulatedReport,
    DependenceReport,
    accumulated_report,
    dependence_report,
)
from goodfit.model.reports.importance import ImportanceReport, importance_report
from goodfit.model.reports.more_data import MoreDataReport, more_data_of
from goodfit.model.reports.regression import (
    PredictionsReport,
    ResidualsReport,
    predictions_report,
    residuals_report,
)
from goodfit.model.reports.worst import WorstReport, worst_report

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel

SQUARE = (4.5, 4.3)


def of_numbers(model: FittedModel) -> bool:
    """Whether it predicts numbers."""
    return not model.schema.target.levels


def of_classes(model: FittedModel) -> bool:
    """Whether it predicts classes."""
    return bool(model.schema.target.levels)


def of_probabilities(model: FittedModel) -> bool:
    """Whether it predicts how probable classes are."""
    return model.answers.given.probability


def is_sum(model: FittedModel) -> bool:
    """Whether it has coefficients."""
    return model.settings.network == "linear"


def has_several_columns(model: FittedModel) -> bool:
    """Whether columns can be related."""
    return len(model.schema.features) > 1


def is_known_whole(model: FittedModel) -> bool:
    """Whether its settings are all that it takes to train it again."""
    return not model.own


def _by_targets(report: Any) -> tuple[float, float]:
    count = len(report.targets)
    return SQUARE if count == 1 else (6.4, 2.6 * -(-count // (2 if count <= 4 else 3)) + 1.0)


def _by_levels(report: Any) -> tuple[float, float]:
    side = 2.6 + 0.24 * max(len(report.levels) - 2, 0)
    around = _around_levels(report)
    return side + around.left + around.right, side + around.top + around.bottom


def _around_levels(report: Any) -> Margins:
    few = len(report.levels) + bool(report.others) <= FEWEST_TURNED
    return Margins(left=1.4, bottom=0.62 if few else 1.25, top=0.3, right=0.2)


def _by_bars(report: Any) -> tuple[float, float]:
    n_bars = min(len(report.features), MOST_BARS) + min(len(report.groups), MOST_GROUPS)
    return SIZE[0], 1.3 + 0.24 * max(n_bars, 3)


def _by_coefficients(report: Any) -> tuple[float, float]:
    most = max(len(output.coefficients) for output in report.outputs)
    wide = SIZE[0] if len(report.outputs) == 1 else 7.2
    return wide, 1.2 + 0.24 * max(min(most, MOST_COEFFICIENTS), 3)


def _by_panels(report: Any) -> tuple[float, float]:
    curves = getattr(report, "curves", None) or report.effects
    count = len({curve.feature for curve in curves})
    if not report.probabilities and len(report.outputs) > 1:
        return 6.6, 1.0 + 2.0 * min(len(report.outputs), MOST_OUTPUTS)
    if count <= 2:
        return (4.4 if count == 1 else 5.8), 3.2
    return 6.6, 1.2 + 2.0 * (1 if count == 3 else 2)


def _below_panels(top: float) -> Callable[[Any], Margins]:
    """Room for the names of levels below panels, where there are any."""

    def margins(report: Any) -> Margins:
        named = any(getattr(curve, "names", ()) for curve in getattr(report, "curves", ()))
        return Margins(
            left=0.7, bottom=(NOTE_LEVELS if named else NOTE_NUMBERS) / 72 + 0.24, top=top
        )

    return margins


def _by_rows(report: Any) -> tuple[float, float]:
    return 6.4, 1.2 + 0.36 * len(report.rows)


#: In the order in which a page shows them.
REPORTS = (
    Plot(
        "predictions",
        predictions_report,
        draw_predictions,
        PredictionsReport,
        needs_rows=True,
        applies=of_numbers,
        size=_by_targets,
        margins=Margins(left=0.92, bottom=0.86),
    ),
    Plot(
        "residuals",
        residuals_report,
        draw_residuals,
        ResidualsReport,
        needs_rows=True,
        applies=of_numbers,
        size=lambda report: (6.2, 3.6) if len(report.targets) == 1 else _by_targets(report),
        margins=Margins(left=0.92, bottom=0.86),
    ),
    Plot(
        "confusion",
        confusion_report,
        draw_confusion,
        ConfusionReport,
        needs_rows=True,
        applies=of_classes,
        size=_by_levels,
        margins=_around_levels,
    ),
    Plot(
        "roc",
        roc_report,
        draw_roc,
        RocReport,
        needs_rows=True,
        applies=of_classes,
        size=SQUARE,
        margins=Margins(bottom=0.86),
    ),
    Plot(
        "precision_recall",
        precision_recall_report,
        draw_precision_recall,
        PrecisionRecallReport,
        needs_rows=True,
        applies=of_classes,
        size=SQUARE,
        margins=Margins(bottom=0.86),
    ),
    Plot(
        "calibration",
        calibration_report,
        draw_calibration,
        CalibrationReport,
        applies=of_probabilities,
        size=SQUARE,
        margins=Margins(bottom=0.86),
    ),
    Plot(
        "coverage",
        coverage_report,
        draw_coverage,
        CoverageReport,
        applies=can_calibrate,
        size=(6.2, 3.5),
        margins=Margins(bottom=1.0),
    ),
    Plot(
        "importance",
        importance_report,
        draw_importance,
        ImportanceReport,
        needs_rows=True,
        size=_by_bars,
        margins=Margins(left=1.9, bottom=0.82),
    ),
    Plot(
        "coefficients",
        coefficients_report,
        draw_coefficients,
        CoefficientsReport,
        applies=is_sum,
        size=_by_coefficients,
        margins=Margins(left=1.7, bottom=0.7),
    ),
    Plot(
        "dependence",
        dependence_report,
        draw_dependence,
        DependenceReport,
        needs_rows=True,
        size=_by_panels,
        margins=_below_panels(0.62),
    ),
    Plot(
        "accumulated",
        accumulated_report,
        draw_accumulated,
        AccumulatedReport,
        needs_rows=True,
        applies=has_several_columns,
        size=_by_panels,
        margins=_below_panels(0.78),
    ),
    Plot(
        "worst",
        worst_report,
        draw_worst,
        WorstReport,
        needs_rows=True,
        size=_by_rows,
        margins=Margins(left=0.92, bottom=0.86),
    ),
    Plot(
        "more_data",
        more_data_of,
        draw_more_data,
        MoreDataReport,
        needs_rows=True,
        applies=is_known_whole,
        margins=Margins(left=0.82, bottom=0.86),
        on_request=True,
    ),
)
