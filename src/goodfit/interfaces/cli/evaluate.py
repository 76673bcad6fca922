"""``goodfit evaluate``: the metrics of a model on a table that holds the target."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from goodfit.core.settings import make_settings
from goodfit.core.words import say
from goodfit.interfaces.cli import spoken
from goodfit.interfaces.cli.imports import without_garbage
from goodfit.interfaces.cli.options import chosen_settings, json_option, with_reading
from goodfit.interfaces.cli.output import put, put_json, table, tell
from goodfit.interfaces.cli.sureness import coverage_lines, reliability_lines
from goodfit.interfaces.cli.tables import as_source, shown, tables_argument
from goodfit.interfaces.phrases import in_order, metric


@spoken.command("evaluate", "cli.help_evaluate")
@spoken.argument("model", type=click.Path(path_type=Path), metavar="cli.metavar_model")
@tables_argument
@spoken.option("--metric", "asked", metavar="cli.metavar_name", help="cli.help_metric")
@spoken.option(
    "--interval",
    type=float,
    metavar="cli.metavar_share",
    help="cli.help_interval_measured",
)
@json_option
@with_reading
def evaluate_command(
    *,
    model: Path,
    tables: tuple[str, ...],
    asked: str | None,
    interval: float | None,
    as_json: bool,
    **options: Any,
) -> int:
    """Score the model on every row of a table."""
    with without_garbage():
        from goodfit.model.artifact import load

    reading = chosen_settings(options)
    make_settings(**reading)
    first = make_settings(metric=asked).metric if asked else None
    fitted = load(model)
    found = fitted.evaluate_in_full(
        as_source(tables), metric=first, interval=interval, tell=tell, **reading
    )
    metrics = found.metrics
    if as_json:
        more = {"coverage": found.coverage, "reliability": found.reliability}
        put_json(metrics if interval is None else {**metrics, **more})
        return 0
    scores = fitted.scores
    kept = scores.metrics if scores and scores.part in {"test", "kept_out"} else None
    head = ["", shown(tables)]
    if scores and kept:
        head.append(say(f"cli.scored_when_fitted_{scores.part}", {}))
    rows = [
        [name, metric(name, metrics[name]), *([metric(name, kept.get(name))] if kept else [])]
        for name in in_order(metrics, first=first or fitted.answers.headline)
    ]
    put(table([head, *rows]))
    if found.reliability is not None:
        put(["", *reliability_lines(found.reliability, found.reliability_before)])
    if found.coverage is not None:
        put(["", *coverage_lines(found.coverage, fitted)])
    return 0
