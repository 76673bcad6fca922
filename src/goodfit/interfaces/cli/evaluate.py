"""``goodfit evaluate``: the metrics of a model on a table that holds the target."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from goodfit.core.settings import make_settings
from goodfit.core.words import say
from goodfit.interfaces.cli.options import chosen_settings, json_option, with_reading
from goodfit.interfaces.cli.output import metric, put, put_json, table


@click.command("evaluate", help=say("cli.help_evaluate", {}))
@click.argument("model", type=click.Path(path_type=Path))
@click.argument("source", type=click.Path(path_type=Path), metavar="TABLE")
@json_option
@with_reading
def evaluate_command(*, model: Path, source: Path, as_json: bool, **options: Any) -> int:
    """Score the model on every row of a table."""
    from goodfit.model.artifact import load

    reading = make_settings(**chosen_settings(options))
    fitted = load(model)
    metrics = fitted.evaluate(source, reading=reading)
    if as_json:
        put_json(metrics)
        return 0
    kept = fitted.scores.metrics if fitted.scores and fitted.scores.part == "test" else None
    head = ["", source.name, *([say("cli.scored_when_fitted", {})] if kept else [])]
    rows = [
        [name, metric(name, value), *([metric(name, kept.get(name))] if kept else [])]
        for name, value in metrics.items()
    ]
    put(table([head, *rows]))
    return 0
