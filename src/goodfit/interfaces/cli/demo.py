"""``goodfit demo``: simple linear regression on fifteen points, by the ordinary machinery."""

from __future__ import annotations

from importlib.resources import as_file, files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from goodfit.core.errors import GoodfitError
from goodfit.core.words import say
from goodfit.interfaces.cli import spoken
from goodfit.interfaces.cli.fit import ending
from goodfit.interfaces.cli.imports import without_garbage
from goodfit.interfaces.cli.options import (
    GroupedCommand,
    chosen_settings,
    common_options,
    out_option,
    settings_over,
    with_settings,
)
from goodfit.interfaces.cli.output import put, put_json
from goodfit.interfaces.cli.progress import show_nothing, train_watched
from goodfit.interfaces.cli.tables import MODEL_SUFFIX
from goodfit.model.files import check_writable
from goodfit.training.events import EpochFinished, Event

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel

TABLE = "linear15"
TARGET = "y"
#: Plain gradient descent, which the lesson is about; seed 1 starts far from the best line.
PRESET: dict[str, Any] = {
    "network": "linear",
    "loss": "mean_squared_error",
    "optimizer": "sgd",
    "learning_rate": 0.01,
    "epochs": 100,
    "batch_size": "full",
    "schedule": "constant",
    "preprocessing": "none",
    "target_scaling": "none",
    "split": "none",
    "early_stopping": 0,
    "seed": 1,
    "precision": "float32",
}


@spoken.command("demo", "cli.help_demo", cls=GroupedCommand)
@out_option("cli.metavar_model", "cli.help_out_demo")
@common_options
@with_settings(PRESET)
def demo_command(
    *,
    out: Path | None,
    quiet: bool,
    as_json: bool,
    settings_file: Path | None,
    **options: Any,
) -> int:
    """Fit the fifteen points, draw them, and say what happened."""
    given = chosen_settings(options, settings_file)
    settings = settings_over(PRESET, given)
    path = out or Path(TABLE + MODEL_SUFFIX)
    picture = path.with_suffix(".png")
    for place in (path, picture):
        check_writable(place)
    with without_garbage():
        from goodfit.interfaces.cli import lesson
        from goodfit.model.fit import start

    with as_file(files("goodfit.data") / "tables" / f"{TABLE}.csv") as table:
        run = start(table, target=TARGET, settings=settings)
    begun = lesson.begin(run)
    if as_json:
        put_json(line_of(run.model()))
    try:
        train_watched(run, show_nothing if quiet else _json_epochs if as_json else print_epoch)
    except GoodfitError as error:
        for sentence in lesson.after_error(error, begun):
            error.add_note(sentence)
        raise
    loss = run.training_loss()
    model = run.finish()
    model.save(path)
    from goodfit.model.plots import draw_line

    report = lesson.report(run, model)
    draw_line(report, picture)
    if as_json:
        put_json({**line_of(model), "loss": loss})
    else:
        put(["", *lesson.sentences(report, begun, run=run, given=given)])
        put(["", say("cli.demo_saved", {"picture": picture, "path": path})])
    return ending(stopped=run.controls.stop)


def print_epoch(event: Event) -> None:
    """One epoch's loss, computed before its step."""
    if isinstance(event, EpochFinished):
        loss = event.train_loss
        # A diverging loss has too many digits to be read.
        shown = f"{loss:.4f}" if loss < 1e6 else f"{loss:.4e}"
        print(f"[{event.epoch}/{event.n_epochs}] loss:{shown}")


def line_of(model: FittedModel) -> dict[str, float | None]:
    """Slope and intercept in the table's units; None where the model is no straight line."""
    found = model.coefficients() or {}
    (feature,) = model.schema.features
    return {"slope": found.get(feature.name), "intercept": found.get("intercept")}


def _json_epochs(event: Event) -> None:
    if isinstance(event, EpochFinished):
        put_json({"epoch": event.epoch, "loss": event.train_loss})
