"""``goodfit inspect``: everything that a model file holds, without the numbers of its tensors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from goodfit.core.words import printable, say
from goodfit.interfaces.cli import spoken
from goodfit.interfaces.cli.imports import without_garbage
from goodfit.interfaces.cli.options import differing, json_option
from goodfit.interfaces.cli.output import labelled, paragraph, put, put_json, table
from goodfit.interfaces.cli.privacy import privacy_json, privacy_lines
from goodfit.interfaces.phrases import course_words, done_words, network_words, short, worded

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel
    from goodfit.model.report import Summary


@spoken.command("inspect", "cli.help_inspect")
@spoken.argument("model", type=click.Path(path_type=Path), metavar="cli.metavar_model")
@spoken.option("--history", is_flag=True, help="cli.help_history")
@spoken.option("--privacy", is_flag=True, help="cli.help_privacy")
@json_option
def inspect_command(*, model: Path, history: bool, privacy: bool, as_json: bool) -> int:
    """Show what is in a model file."""
    with without_garbage():
        from goodfit.model.artifact import load
        from goodfit.model.privacy import contents_of

    if privacy:
        found = contents_of(model)
        if as_json:
            put_json({"model": model, **privacy_json(found)})
        else:
            put(privacy_lines(found, path=model))
        return 0
    fitted = load(model)
    if as_json:
        put_json({"model": model, **as_data(fitted, history=history)})
    else:
        put(as_text(fitted, path=model, history=history))
    return 0


def as_data(model: FittedModel, *, history: bool = False) -> dict[str, Any]:
    """A model's description as data; with every epoch, if asked."""
    from goodfit.interfaces.cli import summary
    from goodfit.model.report import structure

    found = summary.summary_json(model)
    del found["features"], found["left_out"], found["parameters"]
    return {
        **found,
        "columns": summary.columns_json(model.schema),
        "preprocessing": msgspec.to_builtins(model.preprocessing.columns),
        "network": summary.structure_json(structure(model.network, model.settings)),
        "coefficients": model.coefficients(),
        "provenance": msgspec.to_builtins(model.provenance),
        "calibration": model.calibration and msgspec.to_builtins(model.calibration),
        "seen": model.seen and msgspec.to_builtins(model.seen),
        **({"history": msgspec.structs.asdict(model.history)} if history else {}),
    }


def as_text(model: FittedModel, *, path: Path, history: bool = False) -> list[str]:
    """A model's description in words."""
    from goodfit.interfaces.cli import scores, summary, sureness
    from goodfit.model.report import summarize

    found = summarize(model)
    origin = model.provenance
    versions = ", ".join(f"{name} {version}" for name, version in origin.versions.items())
    lines = [
        *(line for target in found.targets for line in summary.target_lines(target)),
        *summary.decision_lines(model.schema, model.settings),
        *summary.feature_lines(found.features, found.left_out),
        *summary.part_lines(
            (found.n_training, found.n_validation, found.n_test),
            found.remarks,
            settings=model.settings,
        ),
        *labelled(say("cli.label_network", {}), network_words(found.structure, model)),
        *labelled(say("cli.label_training", {}), course_words(found)),
        *summary.trained_lines(found),
        *labelled(say("cli.label_table", {}), say("cli.fingerprint", {"hash": origin.table[:16]})),
        *labelled(say("cli.label_made_by", {}), versions),
        "",
        *([*scores.score_lines(found), ""] if found.metrics else []),
        *sureness.sureness_lines(found),
        *paragraph(say(found.verdict.code, worded(found.verdict.params))),
        "",
        *summary.column_lines(model.schema, done=done_words(model.preprocessing)),
        "",
        say("cli.layers_title", {}),
        *table(
            [[f"  {name}", _shape(sizes)] for name, sizes in found.structure.parameters], left=2
        ),
        "",
        say("cli.differing_title", {}),
        *(f"  {name} = {summary.toml(value)}" for name, value in differing(model.settings).items()),
        *coefficient_lines(model.coefficients(), link=link_of(model)),
        *reliability_lines(found),
        *(["", *summary.all_finding_lines(found.remarks)] if found.remarks else []),
    ]
    return [*lines, *(["", *history_lines(model)] if history else [])]


def reliability_lines(found: Summary) -> list[str]:
    """Whether probabilities were right on the test rows."""
    from goodfit.interfaces.cli import sureness

    if found.reliability is None:
        return []
    return ["", *sureness.reliability_lines(found.reliability, found.reliability_before)]


def link_of(model: FittedModel) -> str:
    """What stands between the outputs and the prediction: the target's transform, or the loss's."""
    transform = model.settings.target_transform
    return model.objective.loss.link.name if transform == "none" else transform


def coefficient_lines(coefficients: Mapping[str, Any] | None, *, link: str) -> list[str]:
    """A linear model's coefficients, in the table's units or as parts of a logarithm."""
    if coefficients is None:
        return []
    nested = any(isinstance(value, Mapping) for value in coefficients.values())
    rows = coefficients if nested else {"": coefficients}
    names = list(next(iter(rows.values())))
    cells = [["", *(printable(level) for level in rows)] if nested else []]
    cells += [
        [f"  {printable(name)}", *(f"{row[name]:.6g}" for row in rows.values())] for name in names
    ]
    title = f"cli.coefficients_{link}" if link in {"log", "log1p"} else "cli.coefficients_title"
    return ["", say(title, {}), *table([row for row in cells if row])]


def history_lines(model: FittedModel) -> list[str]:
    """Every epoch of the training."""
    history = model.history
    heads = ("epoch", "train_loss", "valid_loss", model.answers.watched, "learning_rate")
    columns = zip(
        history.train_loss, history.valid_loss, history.metric, history.learning_rate, strict=True
    )
    rows = [
        [str(epoch), *(short(value) for value in values)] for epoch, values in enumerate(columns, 1)
    ]
    return table([list(heads), *rows], left=0)


def _shape(shape: tuple[int, ...]) -> str:
    return " x ".join(str(size) for size in shape)
