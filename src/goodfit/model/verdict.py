"""Whether a network is worth it: what its scores say beside those of its baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from goodfit.scoring.metrics import METRICS

if TYPE_CHECKING:
    from goodfit.model.records import Scores

# A difference beyond this many standard errors is not put down to chance.
CERTAIN_ERRORS = 2.0
# With fewer rows the standard error itself is a guess.
FEWEST_TEST_ROWS = 10
# Metrics that a constant guess can make perfect, and that so say nothing against a model.
MASTERED_BY_CONSTANTS = frozenset({"expected_calibration_error"})


class Verdict(msgspec.Struct, frozen=True):
    """Whether the network is worth it: a code of the word catalog with parameters."""

    code: str
    params: dict[str, Any] = {}


def verdict(scores: Scores, *, network: str, n_rows: int) -> Verdict:
    """Whether the network beats a linear model by more than chance explains on ``n_rows`` rows.

    Compared are the rows' squared errors, minus the logarithms of the probabilities that they
    gave the right class, or another headline metric itself (``Scores.against_linear``).
    """
    regression = "rmse" in scores.metrics
    name = scores.headline or ("rmse" if regression else "log_loss")
    names = ("mean", "ridge") if regression else ("majority", "logistic")
    ours = scores.metrics.get(name)
    constant, linear = (scores.baselines.get(one, {}).get(name) for one in names)
    params: dict[str, Any] = {"metric": name, "linear": names[1], "constant": names[0]}
    params |= {"part": scores.part, "n_rows": n_rows}
    params |= {"score": ours, "linear_score": linear, "constant_score": constant}
    if scores.part == "training":
        return Verdict("report.not_tested", params)
    if n_rows < FEWEST_TEST_ROWS:
        return Verdict("report.too_few_test_rows", params)
    if ours is None or constant is None:
        return Verdict("report.not_defined", params)
    larger, better = METRICS[name].larger, METRICS[name].better
    if better(ours) >= better(constant) and name not in MASTERED_BY_CONSTANTS:
        return Verdict("report.worse_than_constant", params)
    if network == "linear":
        code = "report.is_linear_above" if larger else "report.is_linear"
        return Verdict(code, params | {"percent": _percent(ours, constant)})
    if scores.against_linear is None or linear is None:
        code = "report.not_compared_above" if larger else "report.not_compared"
        return Verdict(code, params | {"percent": _percent(ours, constant)})
    difference, error = scores.against_linear
    if difference < -CERTAIN_ERRORS * error:
        code = "report.worth_it_above" if larger else "report.worth_it"
        return Verdict(code, params | {"percent": _percent(ours, linear)})
    if difference > CERTAIN_ERRORS * error:
        code = "report.linear_better_above" if larger else "report.linear_better"
        return Verdict(code, params | {"percent": _percent(linear, ours)})
    return Verdict("report.linear_as_good", params)


def _percent(less: float, more: float) -> float:
    """How far ``less`` lies below ``more``, in per cent of it."""
    return 100 * (1 - less / more) if more else 0.0
