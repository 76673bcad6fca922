"""How sure scores and predictions are, in words and as data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from goodfit.core.words import Sentences, listed, say, together
from goodfit.interfaces.cli.output import paragraph, table
from goodfit.interfaces.phrases import covered_words, metric, percent, short

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel
    from goodfit.model.intervals import Promise
    from goodfit.model.records import Coverage
    from goodfit.model.report import Summary
    from goodfit.scoring.reliability import Reliability

#: The level that a summary speaks of.
USUAL_LEVEL = 0.9


def promise_words(promise: Promise, model: FittedModel) -> str:
    """What intervals or sets promise, in some sentences."""
    params = {
        "what": _what(model),
        "percent": percent(promise.level),
        "n_rows": promise.n_rows,
        "spread": percent(promise.spread),
    }
    if promise.guarantee == "exact":
        text = say("cli.promise_exact", params)
    elif promise.guarantee == "void":
        text = say("cli.promise_void", params)
    else:
        reasons = [say(f"cli.because_{reason}", {}) for reason in promise.reasons]
        why = Sentences([listed(reasons, "semicolon")])
        text = say("cli.promise_approximate", {**params, "why": why})
        if promise.worst is not None:
            text = together([text, say("cli.promise_worst", {"percent": percent(promise.worst)})])
    measured = measured_at(model, promise.level)
    return text if measured is None else together([text, measured_words(measured)])


def promise_json(promise: Promise, model: FittedModel) -> dict[str, Any]:
    """The same as data, with what was measured on test rows at that level."""
    measured = measured_at(model, promise.level)
    return {
        **msgspec.structs.asdict(promise),
        "measured": None if measured is None else msgspec.structs.asdict(measured),
    }


def measured_at(model: FittedModel, level: float) -> Coverage | None:
    """The coverage that was measured on test rows when the model was fitted, at a level."""
    found = model.scores.coverage if model.scores else ()
    return next((one for one in found if abs(one.level - level) < 1e-9), None)


def measured_words(found: Coverage) -> str:
    """What share of the test rows was covered."""
    return say("cli.coverage_measured", {"covered": percent(found.covered), "n_rows": found.n_rows})


def _what(model: FittedModel) -> str:
    regression = model.schema.target.task == "regression"
    return say("cli.intervals" if regression else "cli.sets", {})


def sureness_lines(found: Summary) -> list[str]:
    """How sure the headline is and whether intervals keep their promise, in two lines."""
    lines = list[str]()
    if found.interval is not None and found.headline is not None:
        low, high = (metric(found.headline, end) for end in found.interval)
        params = {"metric": found.headline, "low": low, "high": high}
        text = say("cli.headline_interval", params)
        if found.difference is not None:
            least, most = (short(number) for number in found.difference[1:])
            linear = "ridge" if "ridge" in found.baselines else "logistic"
            params |= {"linear": say(f"cli.baseline_{linear}", {}), "least": least, "most": most}
            text = say("cli.headline_and_difference", params)
        lines += paragraph(text)
    usual = [one for one in found.coverage if abs(one.level - USUAL_LEVEL) < 1e-9]
    for one in usual:
        lines += paragraph(covered_words(one, regression=found.reliability is None))
    return lines


def coverage_lines(found: Coverage, model: FittedModel) -> list[str]:
    """A measured coverage, and that of each third of the rows."""
    regression = model.schema.target.task == "regression"
    lines = paragraph(covered_words(found, regression=regression))
    rows = [["", *(say(f"cli.third_{name}", {}) for name in ("least", "middle", "most"))]]
    size = "cli.by_size" if regression else "cli.by_probability"
    for code, thirds in ((size, found.by_prediction), ("cli.by_width", found.by_width)):
        if thirds:
            rows.append([say(code, {}), *(f"{percent(third)} %" for third in thirds)])
    return [*lines, *table(rows)] if len(rows) > 1 else lines


def reliability_lines(found: Reliability, before: Reliability | None) -> list[str]:
    """Whether probabilities are right: the figure in words, then bin by bin."""
    params = {"error": f"{found.error:.4f}", "chance": f"{found.chance:.4f}"}
    text = say("cli.reliability", params | {"n_rows": found.n_rows})
    if before is not None:
        text = together([text, say("cli.reliability_before", {"error": f"{before.error:.4f}"})])
    heads = ("probability", "rows", "mean", "right")
    rows = [[say(f"cli.bin_{name}", {}) for name in heads]]
    rows += [
        [
            f"{one.low:.2f}-{one.high:.2f}",
            str(one.n_rows),
            f"{one.confidence:.3f}",
            f"{one.right:.3f}",
        ]
        for one in found.bins
        if one.n_rows
    ]
    return [*paragraph(text), *table(rows)]
