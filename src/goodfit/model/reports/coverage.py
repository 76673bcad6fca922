"""Whether intervals and sets cover the share of rows that they promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from goodfit.model.intervals import Guarantee, Reason, measure, promise_of, rows_that_promise
from goodfit.model.records import Coverage
from goodfit.model.reports.rows import Look, Rows, judged
from goodfit.scoring.conformal import fewest_rows

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel

#: Promises that are held beside what was measured; of sets, which always hold the most probable
#: class, only those above what that alone covers with most models.
LEVELS, LEVELS_OF_SETS = (0.5, 0.7, 0.8, 0.9, 0.95), (0.8, 0.9, 0.95)


class CoverageReport(msgspec.Struct, frozen=True, kw_only=True):
    """What share of rows intervals (of numbers) or sets (of classes) cover.

    Args:
        classes: whether they are sets of classes.
        levels: at each level that enough rows promise; the share in thirds of the rows by what
            was predicted, and by how wide it is, among it.
        guarantee: how far the promise can be relied on.
        reasons: why it is not exact.
        n_calibrating: rows that say how large errors are.
    """

    classes: bool
    levels: tuple[Coverage, ...]
    guarantee: Guarantee
    reasons: tuple[Reason, ...]
    n_calibrating: int


def coverage_report(model: FittedModel, rows: Rows | None) -> CoverageReport | None:
    """Promised and measured coverage.

    Without rows, and where the model has seen all of them, it is what the test rows said at the
    end of the fit, which the model file knows. None without a calibration, and where
    nothing was measured.

    >>> import goodfit
    >>> table = {"x": list(range(200)), "y": [3.0 * x for x in range(200)]}
    >>> model = goodfit.fit(table, target="y", epochs=2)
    >>> [one.level for one in coverage_report(model, None).levels]
    [0.8, 0.9]
    """
    if model.calibration is None:
        return None
    found = _measured(model, rows)
    if not found:
        return None
    promise = promise_of(model, found[0].level)
    return CoverageReport(
        classes=bool(model.schema.target.levels),
        levels=found,
        guarantee=promise.guarantee,
        reasons=promise.reasons,
        n_calibrating=promise.n_rows,
    )


def _measured(model: FittedModel, rows: Rows | None) -> tuple[Coverage, ...]:
    known = model.scores.coverage if model.scores is not None else ()
    if rows is None:
        return known
    found = judged(model, rows)
    if not isinstance(found, Look) or found.part == "training" or not len(found.values):
        return known
    through = found.through
    if model.speaks_by_fold:
        through = model.through(found.table, by_fold=True)
    levels = LEVELS_OF_SETS if model.schema.target.levels else LEVELS
    enough = [level for level in levels if rows_that_promise(model) >= fewest_rows(level)]
    return measure(model, through, found.values, enough, part=found.part)
