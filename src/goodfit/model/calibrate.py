"""How large errors are on rows that did not train: what intervals and sets are made from.

Rows that an ensemble's folds did not see, or else validation rows, or those kept out of folds,
say so; what is kept of them are errors, not rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from goodfit.core.settings import Settings
from goodfit.model.intervals import Calibration, OfTarget, Reason, Said, can_calibrate, said
from goodfit.scoring.conformal import Errors
from goodfit.scoring.width import GROUPS, learn_width

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel
    from goodfit.model.run import Run

# Rows that calibrate; more would move a coverage by less than a fifth of a point.
MOST_ROWS = 20_000
# Errors that are kept of them: as many make a coverage at most a tenth of a point too large.
MOST_ERRORS = 1000
# From so many validation rows on that chose nothing, a third of them learns where errors are
# large; with fewer all of them calibrate, and every interval is as wide.
FEWEST_TO_DIVIDE = 300
# A spread that the network itself predicts counts as at least this share of its median.
LEAST_SPREAD = 0.05


def calibrate(run: Run, model: FittedModel) -> Calibration | None:
    """See how large errors are on rows that did not train; None where there are none.

    Args:
        run: trained; its network in memory of its own.
        model: made of it.
    """
    if not can_calibrate(model):
        return None
    if run.held is not None:
        outputs = run.objective.predict(run.held.outputs).numpy()
        sizes = [len(fold.validation) for fold in run.bag]
        fold_of = np.repeat(np.arange(len(sizes)), sizes)
        places = evenly(len(outputs))
        return _calibrated(
            run,
            model,
            run.watching[places],
            said(run.objective, outputs[places]),
            folds=fold_of[places],
            reasons=reasons_of(run.settings, "folds", weighed=_weighed(run)),
        )
    rows = run.watching
    if len(rows):
        rows = rows[evenly(len(rows))]
        outputs = model.through(run.table.take(rows)).outputs
        reasons = reasons_of(run.settings, "split", weighed=_weighed(run))
        return _calibrated(run, model, rows, said(run.objective, outputs), reasons=reasons)
    if run.kept_out is None:
        return None
    places = evenly(len(run.kept_out.rows))
    found, rows = run.kept_out.network, run.kept_out.rows[places]
    centers = np.empty((len(rows), 0))
    if model.schema.target.task == "regression":
        centers = model.preprocessing.scale_targets(found.predictions[places])
    once = Said(centers, None, found.probabilities[places])
    return _calibrated(run, model, rows, once, reasons=("folds",))


def reasons_of(
    settings: Settings, kind: Literal["folds", "split"], *, weighed: bool = False
) -> tuple[Reason, ...]:
    """Why the promise of a training with these settings is not exact.

    >>> from goodfit.core.settings import make_settings
    >>> reasons_of(make_settings(network="mlp", early_stopping=0, keep="last"), "split")
    ()
    >>> reasons_of(make_settings(network="mlp", early_stopping=9), "split")
    ('stopping',)
    """
    chosen = settings.early_stopping != 0 or settings.keep == "best"
    chosen = chosen or settings.schedule == "reduce_on_plateau"
    found = list[Reason]()
    if chosen and settings.optimizer != "exact":
        found.append("stopping")
    if kind == "folds":
        found.append("mixing")
        found.append("scaling")
    if settings.group is not None:
        found.append("groups")
    if settings.part is not None:
        found.append("parts")
    if weighed:
        found.append("weights")
    return tuple(found)


def _weighed(run: Run) -> bool:
    """Whether some rows count more than others."""
    return run.weight is not None and bool((run.weight != run.weight[0]).any())


def evenly(n_rows: int) -> np.ndarray:
    """Places of as many rows as calibrate, evenly spread over all.

    >>> evenly(3), len(evenly(10**6))
    (array([0, 1, 2]), 20000)
    """
    if n_rows <= MOST_ROWS:
        return np.arange(n_rows)
    return np.linspace(0, n_rows - 1, MOST_ROWS).round().astype(np.int64)


def _calibrated(
    run: Run,
    model: FittedModel,
    rows: np.ndarray,
    found: Said,
    *,
    folds: np.ndarray | None = None,
    reasons: tuple[Reason, ...],
) -> Calibration | None:
    """Errors of rows, divided by their widths; None where they are beyond any number."""
    if not all(np.isfinite(part).all() for part in (found.centers, found.probabilities)):
        return None
    weight = None if run.weight is None else run.weight[rows]
    different, of_row = np.unique(rows, return_inverse=True)
    if len(different) < len(rows):  # what is said of a row several times is one row's
        weight = (np.ones(len(rows)) if weight is None else weight) / np.bincount(of_row)[of_row]
    if run.earlier is not None:
        reasons = (*reasons, "earlier")
    values, targets = run.target_values[rows], list[OfTarget]()
    if found.probabilities.shape[1]:
        right = found.probabilities[np.arange(len(rows)), values.astype(np.int64)]
        targets.append(OfTarget(errors=_errors(1 - right, weight, folds)))
    else:
        off = np.abs(model.preprocessing.scale_targets(values) - found.centers)
        columns = model.columns_of_table(run.table.take(rows))
        for place in range(off.shape[1]):
            inputs = np.column_stack([found.centers[:, place], columns])
            own = None if found.spreads is None else found.spreads[:, place]
            kept_out = KeptOutErrors(off[:, place], own, inputs, weight, folds)
            targets.append(kept_out.learnt() if reasons else kept_out.learnt_apart())
    if reasons and any(target.width.slopes for target in targets):
        reasons = (*reasons, "widths")
    return Calibration(
        targets=tuple(targets),
        n_rows=len(different),
        folds=folds is not None,
        reasons=reasons,
        ordered=run.settings.time is not None,
    )


@dataclass(frozen=True)
class KeptOutErrors:
    """Errors of rows that were kept out, of one target of numbers.

    Args:
        off: (row,) absolute errors, scaled as the target is.
        own: (row,) how large the network expected them to be, or None.
        inputs: (row, column) what may tell where they are large.
        weight: (row,) or None.
        folds: (row,) which fold kept them out, or None.
    """

    off: np.ndarray
    own: np.ndarray | None
    inputs: np.ndarray
    weight: np.ndarray | None
    folds: np.ndarray | None

    @property
    def floor(self) -> float | None:
        """The least that the network's own spread is taken for; None where it has none."""
        if self.own is None:
            return None
        return LEAST_SPREAD * float(np.median(self.own)) or LEAST_SPREAD

    @property
    def relative(self) -> np.ndarray:
        """(row,) errors over the network's own spread."""
        return self.off if self.own is None else self.off / np.maximum(self.own, self.floor or 0.0)

    def learnt(self) -> OfTarget:
        """The same rows say where errors are large, each group of them to the others."""
        groups = np.arange(len(self.off)) % GROUPS if self.folds is None else self.folds
        learnt = learn_width(self.relative, self.inputs, groups=groups, weight=self.weight)
        errors = _errors(self.relative / learnt.apart, self.weight, self.folds)
        return OfTarget(errors=errors, width=learnt.width, floor=self.floor)

    def learnt_apart(self) -> OfTarget:
        """A third of the rows says where errors are large, the others how large: exact."""
        if len(self.off) < FEWEST_TO_DIVIDE:
            return OfTarget(errors=_errors(self.relative, None, None), floor=self.floor)
        learning = np.arange(len(self.off)) % 3 == 0
        groups = np.arange(int(learning.sum())) % GROUPS
        width = learn_width(self.relative[learning], self.inputs[learning], groups=groups).width
        errors = (self.relative / width.of(self.inputs))[~learning]
        return OfTarget(errors=_errors(errors, None, None), width=width, floor=self.floor)


def _errors(
    values: np.ndarray, weight: np.ndarray | None, folds: np.ndarray | None
) -> tuple[Errors, ...]:
    if folds is None:
        return (Errors.of(values, weight=weight, most=MOST_ERRORS),)
    each = [folds == fold for fold in range(int(folds.max()) + 1)]
    most = max(MOST_ERRORS // len(each), 50)
    return tuple(
        Errors.of(values[mine], weight=None if weight is None else weight[mine], most=most)
        for mine in each
    )
