"""The summary of a fit, and what a fit would do, in words and as JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from goodfit.core.concepts.explained import explaining
from goodfit.core.findings import Finding, as_findings
from goodfit.core.remarks import SEVERITIES, Remark, Severity
from goodfit.core.settings import meaningful
from goodfit.core.words import Sentences, listed, printable, say, together
from goodfit.core.wrapping import padded
from goodfit.interfaces.cli.output import (
    LABEL_WIDTH,
    labelled,
    on_one_line,
    paragraph,
)
from goodfit.interfaces.cli.progress import duration
from goodfit.interfaces.cli.scores import score_lines
from goodfit.interfaces.cli.sureness import sureness_lines
from goodfit.interfaces.phrases import (
    DIVISIONS,
    course_words,
    left_out_because,
    network_words,
    worded,
)
from goodfit.interfaces.typed import as_text, command
from goodfit.model.classes import of_levels
from goodfit.model.report import Structure, Summary, spread, structure, summarize

if TYPE_CHECKING:
    from goodfit.core.settings import Settings
    from goodfit.data.schema import Column, Schema, Target
    from goodfit.model.fitted import FittedModel
    from goodfit.model.records import FoldScores
    from goodfit.model.run import Run

# Lines of the summary for the most severe findings; `goodfit inspect` shows all of them.
FINDING_LINES = 6
#: How findings of a severity are counted, one and several.
COUNTED: Mapping[Severity, tuple[str, str]] = {
    "note": ("cli.one_note", "cli.notes"),
    "warning": ("cli.one_warning", "cli.warnings"),
    "serious": ("cli.one_serious", "cli.several_serious"),
}
#: Those, and what stands beside the training.
SHOWN_ELSEWHERE = DIVISIONS | {"model.goes_on"}


def summary_text(
    model: FittedModel, *, name: str, path: Path, seconds: float, report: Path | None = None
) -> list[str]:
    """What was read, done and found, on one screen."""
    found = summarize(model)
    ran = say("cli.trained_for", {"time": duration(seconds)})
    predict = ("predict", str(path), say("cli.new_table", {}), "--out", "predictions.csv")
    return [
        *labelled(say("cli.label_table", {}), read_words(found, name)),
        *(line for target in found.targets for line in target_lines(target)),
        *decision_lines(model.schema, model.settings),
        *feature_lines(found.features, found.left_out),
        *part_lines(
            (found.n_training, found.n_validation, found.n_test),
            found.remarks,
            settings=model.settings,
        ),
        *labelled(say("cli.label_network", {}), network_words(found.structure, model)),
        *labelled(say("cli.label_training", {}), together([course_words(found), ran])),
        *trained_lines(found),
        *finding_lines(found.remarks, path),
        "",
        *score_lines(found),
        "",
        *sureness_lines(found),
        *paragraph(say(found.verdict.code, worded(found.verdict.params))),
        *paragraph(saved_words(path, report)),
        "  " + command(*predict),
    ]


def saved_words(path: Path, report: Path | None) -> str:
    """Where the model is, and its report, if there is one."""
    if report is None:
        return say("cli.saved", {"path": path})
    return say("cli.saved_with_report", {"path": path, "report": report})


def summary_json(model: FittedModel) -> dict[str, Any]:
    """The same as data."""
    found = summarize(model)
    return {
        **targets_json(found.targets),
        "rows": {
            "training": found.n_training,
            "validation": found.n_validation,
            "test": found.n_test,
        },
        "features": found.features,
        "left_out": {column.name: column.kind for column in found.left_out},
        "test": found.metrics if found.part == "test" else None,
        "kept_out": found.metrics if found.part == "kept_out" else None,
        "training": found.metrics if found.part == "training" else None,
        **({"targets": found.by_target} if found.by_target else {}),
        "baselines": found.baselines,
        "headline": found.headline,
        "interval": found.interval,
        "difference": found.difference,
        "coverage": [msgspec.structs.asdict(one) for one in found.coverage],
        "reliability": found.reliability and msgspec.to_builtins(found.reliability),
        "reliability_before": found.reliability_before
        and msgspec.to_builtins(found.reliability_before),
        "verdict": found.verdict.code,
        "epochs": found.course.epochs,
        "kept_epoch": found.course.kept_epoch,
        "stopped": found.course.stopped,
        "folds": folds_json(found.folds) if found.folds else None,
        "refit_epochs": found.refit_epochs,
        "earlier": model.provenance.earlier,
        "parameters": found.structure.n_parameters,
        "settings": msgspec.structs.asdict(model.settings),
        "findings": findings_json(found.remarks),
    }


def targets_json(targets: Sequence[Target]) -> dict[str, Any]:
    """Task, name and classes of the target; a list of names where there are several."""
    names = [target.name for target in targets]
    first = targets[0]
    return {
        "task": first.task,
        "target": names[0] if len(names) == 1 else names,
        "levels": first.levels,
    }


def folds_json(folds: FoldScores) -> dict[str, Any]:
    """Scores of several folds as data: mean and standard deviation, and all there is."""
    both = {name: spread(folds, name) for name in folds.metrics}
    return {
        "mean": {name: found and found[0] for name, found in both.items()},
        "standard_deviation": {name: found and found[1] for name, found in both.items()},
        **msgspec.structs.asdict(folds),
    }


def findings_json(remarks: Sequence[Remark]) -> list[dict[str, Any]]:
    """Findings with their words, the most severe first."""
    return [{**msgspec.structs.asdict(found), "text": found.text} for found in as_findings(remarks)]


def read_words(found: Summary, name: str) -> str:
    """What was read."""
    params = {"name": name, "n_rows": found.n_rows, "n_columns": found.n_columns}
    return say("cli.read", params)


def target_lines(target: Target) -> list[str]:
    """The target, its task with the reason, and its classes."""
    reason = target.reason.text()
    if target.reason.code != "data.task_set":  # which names the task itself
        params = {"task": say(f"cli.task_{target.task}", {}), "reason": Sentences([reason])}
        reason = say("cli.task_because", params)
    lines = labelled(say("cli.label_target", {}), listed([printable(target.name), reason], "pause"))
    if target.levels:
        levels = on_one_line([printable(str(level)) for level in target.levels])
        lines += labelled(say("cli.label_classes", {}), levels)
    return lines


def decision_lines(schema: Schema, settings: Settings) -> list[str]:
    """How the class is decided, where the most probable one is not simply taken."""
    levels = [printable(str(level)) for level in schema.target.levels]
    if settings.class_cost is not None:
        costs = of_levels(settings.class_cost, schema.target).tolist()
        each = [f"{level} {cost:g}" for level, cost in zip(levels, costs, strict=True)]
        text = say("cli.decides_cost", {"costs": listed(each)})
    elif isinstance(settings.threshold, float):
        params = {"level": levels[1], "threshold": f"{settings.threshold:.4g}"}
        text = say("cli.decides_threshold", params)
    elif settings.threshold is not None:
        text = say("cli.decides_best", {"level": levels[1]})
    else:
        return []
    return labelled(say("cli.label_decision", {}), text)


def feature_lines(features: Mapping[Any, Sequence[str]], left_out: Sequence[Column]) -> list[str]:
    """How many features of which kind, and which columns are none."""
    kinds = listed(
        say("cli.of_kind", {"count": len(names), "kind": say(f"cli.kind_{kind}", {})})
        for kind, names in features.items()
    )
    lines = labelled(say("cli.label_features", {}), kinds)
    if left_out:
        names = [
            say(
                "cli.left_out_why",
                {"name": Sentences([printable(c.name)]), "why": left_out_because(c)},
            )
            for c in left_out
        ]
        lines += labelled(say("cli.label_left_out", {}), on_one_line(names))
    return lines


def part_lines(
    counts: Sequence[int], remarks: Sequence[Remark], *, settings: Settings
) -> list[str]:
    """Rows of training, validation and test, and how a column divided them."""
    learning, _, test = counts
    folds = settings.bag if settings.network == "ensemble" else None
    words = _parts(counts)
    if folds and folds > 1:
        words = say("cli.parts_in_folds", {"learning": learning, "folds": folds})
        words = listed([words, *([say("cli.part_test", {"count": test})] if test else [])], "pause")
    lines = labelled(say("cli.label_parts", {}), words)
    said = [remark.text() for remark in remarks if remark.code in DIVISIONS]
    return [*lines, *(line for text in said for line in labelled("", text))]


def _parts(counts: Sequence[int]) -> str:
    names = ("training", "validation", "test")
    parts = [
        say(f"cli.part_{name}", {"count": count})
        for name, count in zip(names, counts, strict=True)
        if count
    ]
    return listed(parts)


def trained_lines(found: Summary) -> list[str]:
    """What the parameters learnt from beside the training: earlier rows, and every row again."""
    said = [remark.text() for remark in found.remarks if remark.code == "model.goes_on"]
    if found.refit_epochs is not None:
        params = {"n_rows": found.n_rows, "epochs": found.refit_epochs}
        said.append(say("cli.refitted", params))
    return [line for text in said for line in labelled("", text)]


def finding_lines(remarks: Sequence[Remark], path: Path) -> list[str]:
    """The most severe finding whole, others by their reasons; how many more there are and where.

    Where it costs no line, the first says by which command it is explained.
    """
    findings = as_findings(r for r in remarks if r.code not in SHOWN_ELSEWHERE)
    lines, longer = (_told(findings, path, explained=explained) for explained in (False, True))
    lines = longer if len(longer) == len(lines) else lines
    if lines:
        lines[0] = padded(say("cli.label_findings", {}), LABEL_WIDTH) + lines[0].lstrip()
    return lines


def _told(findings: Sequence[Finding], path: Path, *, explained: bool) -> list[str]:
    """Findings beside an empty label."""
    told, left, n_lines = list[str](), list(findings), 0
    for code in dict.fromkeys(found.code for found in findings if found.severity != "note"):
        alike = [found for found in findings if found.code == code]
        text = _first_of(alike, whole=not told)
        n_lines += len(labelled("", text))
        if told and n_lines > FINDING_LINES:
            break
        if explained and not told:
            text += explained_by(alike[0])
        told.append(text)
        left = [found for found in left if found.code != code]
    if left:
        counts = Counter(found.severity for found in left)
        words = [
            say(COUNTED[severity][counts[severity] > 1], {"count": counts[severity]})
            for severity in reversed(SEVERITIES)
            if counts[severity]
        ]
        code = "cli.findings_left" if told else "cli.findings_shown"
        text = together([say(code, {"counts": listed(words)}), command("inspect", str(path))])
        told[-1:] = [together([*told[-1:], text])]
    return [line for text in told for line in labelled("", text)]


def _first_of(alike: Sequence[Finding], *, whole: bool) -> str:
    """The first of some findings of one code, all of it or why; and how many more there are."""
    first = alike[0]
    text = finding_words(first, first.text if whole else first.reason)
    more = len(alike) - 1
    return together([text, say("cli.findings_alike", {"count": more})]) if more else text


def plan_text(run: Run) -> list[str]:
    """What a fit would do: columns, parts, settings, network."""
    found = structure(run.network, run.settings)
    counts = plan_counts(run)
    params = {
        "name": run.table.name,
        "n_rows": run.table.n_rows,
        "n_columns": len(run.schema.columns) + len(run.schema.targets),
    }
    settings = meaningful(run.settings)
    return [
        *labelled(say("cli.label_table", {}), say("cli.read", params)),
        *(line for target in run.schema.targets for line in target_lines(target)),
        *decision_lines(run.schema, run.settings),
        *part_lines(counts, run.remarks, settings=run.settings),
        *labelled(say("cli.label_network", {}), network_words(found, run)),
        "",
        *column_lines(run.schema),
        "",
        say("cli.settings_title", {}),
        *(f"  {name} = {toml(value)}" for name, value in settings.items()),
        *(["", *all_finding_lines(run.remarks)] if run.remarks else []),
        "",
        say("cli.nothing_done", {}),
    ]


def plan_json(run: Run) -> dict[str, Any]:
    """The same as data."""
    training, validation, test = plan_counts(run)
    return {
        **targets_json(run.schema.targets),
        "rows": {"training": training, "validation": validation, "test": test},
        "columns": columns_json(run.schema),
        "network": structure_json(structure(run.network, run.settings)),
        "settings": msgspec.structs.asdict(run.settings),
        "findings": findings_json(run.remarks),
    }


def plan_counts(run: Run) -> tuple[int, int, int]:
    """Rows of training, validation and test."""
    return len(run.learning), len(run.watching), len(run.plan.test)


def structure_json(found: Structure) -> dict[str, Any]:
    """A network as data."""
    return {
        "family": found.network,
        "layers": [{"name": name, "shape": shape} for name, shape in found.parameters],
        "parameters": found.n_parameters,
    }


def columns_json(schema: Schema) -> list[dict[str, Any]]:
    """Columns with kind, use and reason."""
    return [
        {"name": c.name, "kind": c.kind, "used": c.used, "reason": c.reason.text()}
        for c in schema.columns
    ]


def column_lines(schema: Schema, *, done: Mapping[str, str] | None = None) -> list[str]:
    """Every column with its kind, the reason and what is done to it, the features first."""
    lines: list[str] = []
    for used, title in ((True, "cli.features_title"), (False, "cli.left_out_title")):
        columns = [column for column in schema.columns if column.used == used]
        if not columns:
            continue
        lines.append(say(title, {"count": len(columns)}))
        for column in columns:
            kind = say(f"cli.kind_{column.kind}", {})
            text = together([column.reason.text(), (done or {}).get(column.name, "")])
            lines += paragraph(f"  {padded(kind, 8)}  {text}", indent=" " * 12)
    return lines


def explained_by(found: Finding) -> str:
    """The command that explains a finding, in brackets; empty where none does."""
    name = explaining(found.name)
    return f" ({command('concepts', name)})" if name else ""


def all_finding_lines(remarks: Sequence[Remark]) -> list[str]:
    """Every finding, the most severe first."""
    lines = [say("cli.findings_title", {"count": len(remarks)})]
    for found in as_findings(remarks):
        text = "  " + finding_words(found, found.text) + explained_by(found)
        lines += paragraph(text, indent="    ")
    return lines


def finding_words(found: Finding, text: str) -> str:
    """A finding's code and severity before a text about it."""
    severity = say(f"cli.severity_{found.severity}", {})
    params = {"code": found.code, "severity": severity, "text": Sentences([text])}
    return say("cli.finding", params)


def toml(value: Any) -> str:
    """A setting's value as it stands in a settings file."""
    if isinstance(value, tuple):
        return "[" + ", ".join(toml(item) for item in value) + "]"
    if isinstance(value, dict):
        pairs = [f"{toml(key)} = {toml(item)}" for key, item in value.items()]
        return "{ " + ", ".join(pairs) + " }" if pairs else "{}"
    if isinstance(value, str):
        return msgspec.json.encode(value).decode()
    return str(value).lower() if isinstance(value, bool) else as_text(value)
