"""Phrases about a fit that command line and pages both say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from goodfit.core.words import say

if TYPE_CHECKING:
    from goodfit.data.schema import Column
    from goodfit.model.records import Coverage, FoldScores
    from goodfit.model.report import Structure, Summary
    from goodfit.preprocessing.preprocessing import Preprocessing

# Always in this order, however a file orders them.
BASELINES = ("ridge", "logistic", "mean", "majority")


def short(value: float | None) -> str:
    """A number of a table: about four digits.

    >>> short(52345.12), short(0.123456), short(None)
    ('52,345', '0.1235', '-')
    """
    if value is None:
        return "-"
    return f"{value:,.0f}" if 1000 <= abs(value) < 1e12 else f"{value:.4g}"


def metric(name: str, value: float | None) -> str:
    """A metric as a table shows it: shares with four decimals, other numbers with four digits.

    >>> metric("accuracy", 1.0), metric("r2", -8.8e-6), metric("rmse", 0.00123456)
    ('1.0000', '0.0000', '0.001235')
    """
    from goodfit.scoring.metrics import METRICS

    share = name in METRICS and METRICS[name].unit == "share"
    if share and value is not None and abs(value) < 1000:
        return f"{round(value, 4) + 0.0:.4f}"
    return short(value)


def in_order(names: Iterable[str], *, first: str | None) -> list[str]:
    """Metrics as tables show them: one that was asked for first, the usual ones in their order.

    >>> in_order(["roc_auc", "f1", "accuracy"], first="f1")
    ['f1', 'accuracy', 'roc_auc']
    >>> in_order(["roc_auc", "log_loss", "accuracy"], first="log_loss")
    ['accuracy', 'log_loss', 'roc_auc']
    """
    from goodfit.scoring.metrics import METRICS, USUAL

    usual = {name for names in USUAL.values() for name in names}
    places = list(METRICS)
    return sorted(names, key=lambda name: (name != first or name in usual, places.index(name)))


def telling_folds(folds: FoldScores | None, part: str | None) -> FoldScores | None:
    """The folds whose spread says something.

    Folds of several dealings hold the same rows, and folds of few rows differ by chance alone.
    """
    from goodfit.model.verdict import FEWEST_TEST_ROWS

    if folds is None or part == "test":
        return folds
    rows_each = (folds.n_rows or 0) * folds.repeats / len(folds.by_fold)
    return folds if folds.repeats == 1 and rows_each >= FEWEST_TEST_ROWS else None


def spread_words(name: str, folds: FoldScores) -> str:
    """Mean and spread of a metric over the folds."""
    from goodfit.model.report import spread

    both = spread(folds, name)
    if both is None:
        return short(None)
    mean, deviation = both
    return say("cli.spread", {"mean": metric(name, mean), "spread": f"{deviation:.2g}"})


def worded(params: Mapping[str, Any]) -> dict[str, Any]:
    """A verdict's parameters as they read in a sentence."""
    found = dict(params)
    if "n_rows" in params and params["part"] != "training":
        found["rows"] = say(f"report.rows_{params['part']}", {"count": params["n_rows"]})
    for name in params.keys() & {"linear", "constant"}:
        found[name] = say(f"cli.a_{params[name]}", {})
    for name in params.keys() & {"score", "linear_score", "constant_score"}:
        found[name] = short(params[name])
    if "percent" in params:
        percent = params["percent"]
        found["percent"] = f"{percent:.0f}" if percent >= 10 else f"{percent:.2g}"
    return found


#: Remarks that stand beside the number of rows of each part.
DIVISIONS = frozenset(
    {"data.split_by_group", "data.split_by_part", "data.split_by_time"}
    | {"data.folds", "data.folds_repeated", "data.folds_by_group", "data.folds_by_time"}
    | {"model.few_rows", "model.few_rows_once", "model.few_rows_tested"}
    | {"data.split_by_time_test", "data.split_by_time_validation"}
)


#: What a column that divides the rows is called among those left out.
DIVIDES = {
    "data.divides_groups": "cli.divides_groups",
    "data.divides_times": "cli.divides_times",
    "data.divides_parts": "cli.divides_parts",
    "data.weighs_rows": "cli.weighs",
}


def left_out_because(column: Column) -> str:
    """Why a column is no feature, in a word."""
    if column.reason.code in DIVIDES:
        return say(DIVIDES[column.reason.code], {})
    if column.kind in {"number", "category"} or column.reason.code == "data.column_dropped":
        return say("cli.dropped", {})
    return say(f"cli.kind_{column.kind}", {})


def network_words(found: Structure, model: Any) -> str:
    """The network in a phrase."""
    widths, settings = model.settings.widths, model.settings
    if found.network == "ensemble":
        hidden = "-".join(map(str, widths))
        count = settings.bag * settings.members
        params = {"networks": count, "widths": hidden, "count": found.n_parameters}
        return say("cli.network_ensemble", params)
    if widths and found.network != "linear":
        hidden = "-".join(str(width) for width in widths)
        params = {"network": found.network, "widths": hidden, "count": found.n_parameters}
        return say("cli.network_hidden", params)
    if found.network == "resnet":
        params = {"blocks": model.settings.blocks, "width": model.settings.block_width}
        return say("cli.network_blocks", {"count": found.n_parameters, **params})
    return say("cli.network", {"network": found.network, "count": found.n_parameters})


def course_words(found: Summary) -> str:
    """How the training went, in a phrase."""
    course = found.course
    params = {"epochs": course.epochs, "n_epochs": course.n_epochs, "kept": course.kept_epoch}
    # An ensemble that is watched by its own folds ends by what they say.
    if found.folds and course.stopped == "finished" and not found.n_validation:
        kept = found.folds.kept_epochs
        return say("cli.course_folds", {**params, "least": min(kept), "most": max(kept)})
    return say(f"cli.course_{course.stopped}", params)


def done_words(preprocessing: Preprocessing) -> dict[str, str]:
    """What is done to each feature, in words."""
    words: dict[str, str] = {}
    for column in preprocessing.columns:
        found = msgspec.to_builtins(column)
        if found["encoding"] == "number":
            code = f"cli.scaled_{found['scaling']}"
            words[column.name] = say(code, found | {"n_knots": len(found["knots"])})
        elif found["encoding"] == "date":
            parts = [part["part"] for part in found["parts"]]
            code = "cli.encoded_date_days" if found["days"] else "cli.encoded_date"
            params = found | {"parts": parts, "n_days": len(found["days"])}
            words[column.name] = say(code, params)
        else:
            words[column.name] = say(f"cli.encoded_{found['encoding']}", found)
    return words


def covered_words(found: Coverage, *, regression: bool) -> str:
    """A promise, what was measured of it, and how wide intervals or sets are."""
    params = {
        "level": f"{found.level:g}",
        "covered": percent(found.covered),
        "n_rows": found.n_rows,
        "spread": percent(found.spread),
        "width": "–" if found.width is None else f"{found.width:.2g}",
    }
    return say("cli.covered_intervals" if regression else "cli.covered_sets", params)


def percent(share: float) -> str:
    """A share in per cent, with up to one decimal.

    >>> percent(0.9), percent(0.9155)
    ('90', '91.5')
    """
    return f"{100 * share:.1f}".removesuffix(".0")
