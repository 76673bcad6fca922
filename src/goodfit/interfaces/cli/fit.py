"""``goodfit fit``: a network fitted to a table, and its summary."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings, make_settings
from goodfit.core.words import say, together
from goodfit.interfaces.cli import spoken
from goodfit.interfaces.cli.curve import curve_json, curve_lines, curve_path
from goodfit.interfaces.cli.imports import without_garbage
from goodfit.interfaces.cli.options import (
    GroupedCommand,
    chosen_settings,
    common_options,
    out_option,
    with_settings,
)
from goodfit.interfaces.cli.output import note, put, put_json, refuse_same, tell
from goodfit.interfaces.cli.progress import live, show_nothing, train_watched, watcher
from goodfit.interfaces.cli.report import made, place_of
from goodfit.interfaces.cli.started import process_start
from goodfit.interfaces.cli.tables import (
    as_source,
    model_beside,
    paths_in,
    readable,
    shown,
    tables_argument,
)
from goodfit.model.files import check_writable, is_special, remove_leftovers

if TYPE_CHECKING:
    from goodfit.model.checkpoints import Checkpoints
    from goodfit.model.fitted import FittedModel
    from goodfit.model.run import Run

INTERRUPTED, USER_ERROR = 130, 2
# Seconds from the model to the end of the process: the summary, and Python's own end.
ENDING_S = 0.6


@spoken.command("fit", "cli.help_fit", cls=GroupedCommand)
@tables_argument
@spoken.option(
    "--target",
    multiple=True,
    metavar="cli.metavar_column",
    help="cli.help_target",
)
@spoken.option(
    "--from",
    "start_from",
    type=click.Path(path_type=Path),
    metavar="cli.metavar_model",
    help="cli.help_from",
)
@out_option("cli.metavar_model", "cli.help_out_model")
@spoken.option(
    "--find-learning-rate", "find_rate", is_flag=True, help="cli.help_find_learning_rate"
)
@spoken.option("--resume", is_flag=True, help="cli.help_resume")
@spoken.option("--dry-run", is_flag=True, help="cli.help_dry_run")
@spoken.option(
    "--report",
    "report",
    type=click.Path(path_type=Path),
    metavar="cli.metavar_file",
    help="cli.help_fit_report",
)
@spoken.option("--no-report", is_flag=True, help="cli.help_no_report")
@common_options
@with_settings({})
def fit_command(
    *,
    tables: tuple[str, ...],
    target: tuple[str, ...],
    start_from: Path | None,
    out: Path | None,
    find_rate: bool,
    resume: bool,
    dry_run: bool,
    report: Path | None,
    no_report: bool,
    quiet: bool,
    as_json: bool,
    settings_file: Path | None,
    **options: Any,
) -> int:
    """Fit, judge, save, and say how good it is."""
    given = chosen_settings(options, settings_file)
    settings, earlier = _begun(start_from, given, find_rate=find_rate)
    path, source = out or model_beside(tables), as_source(tables)
    page = None
    if readable(tables) and not dry_run:
        inputs = (*paths_in(tables), *([start_from] if start_from else []))
        refuse_same(path, *inputs)
        check_writable(path)
        page = place_of(path, report, unwanted=no_report, inputs=inputs)
    show = show_nothing if quiet or as_json or dry_run else live
    show(say("cli.reading", {"path": shown(tables)}))
    with without_garbage():
        from goodfit.interfaces.cli import summary
        from goodfit.model.budget import Allowance
        from goodfit.model.fit import start

    picture = None if dry_run else curve_path(path)
    if find_rate:
        _check_findable(settings, picture, tables)
    allowance = Allowance(process_start(), ENDING_S)
    with ExitStack() as stack:
        kept = None
        if readable(tables) and not dry_run and not is_special(path):
            kept = stack.enter_context(_kept(path, resume=resume))
        run = start(
            source,
            target=target or None,
            settings=settings,
            earlier=earlier,
            allowance=allowance,
            checkpoints=kept,
        )
        found: dict[str, Any] = {}
        if find_rate:
            show(say("cli.finding_rate", {}))
            found = _find_rate(run, picture, as_json=as_json, show=show)
        if dry_run:
            if not find_rate:
                _tell_plan(run, as_json=as_json)
            return 0
        began = time.monotonic()
        watch = watcher(quiet=quiet, as_json=as_json, metric_name=run.answers.watched)
        train_watched(run, watch)
        seconds = kept.spent_s if kept else time.monotonic() - began
        show(say("cli.judging", {}))
        model = run.finish()
        model.save(path)
    error = None
    if page is not None:
        page, error = made(run, model, page, tables=tables, saved=path, show=show)
    show("")
    if as_json:
        put_json({"model": path, "report": page, **found, **summary.summary_json(model)})
    else:
        name = run.table.name
        put(summary.summary_text(model, name=name, path=path, seconds=seconds, report=page))
    left = kept.path if kept and kept.interrupted and kept.written else None
    return ending(stopped=run.controls.stop, checkpoint=left) or _without_report(
        error, asked=report is not None
    )


def _without_report(error: BaseException | None, *, asked: bool) -> int:
    """Exit code of a fit whose model is saved, by what kept its report from being made."""
    if isinstance(error, KeyboardInterrupt):
        return INTERRUPTED
    return USER_ERROR if error and asked else 0


def _tell_plan(run: Run, *, as_json: bool) -> None:
    """Say what a fit would do."""
    from goodfit.interfaces.cli import summary

    if as_json:
        put_json(summary.plan_json(run))
    else:
        put(summary.plan_text(run))


@contextmanager
def _kept(path: Path, *, resume: bool) -> Generator[Checkpoints]:
    """Keep a fit beside the model that it will write, and clear up after one that was killed."""
    from goodfit.model.checkpoints import beside, kept_in

    def say_now(remark: Remark) -> None:
        live("")
        tell(remark)

    with kept_in(beside(path), resume=resume, tell=say_now) as kept:
        remove_leftovers(path)
        yield kept


def _check_findable(settings: Settings, picture: Path | None, tables: tuple[str, ...]) -> None:
    """See that a rate can be found, and its curve be drawn, before anything is read."""
    from goodfit.training.finder import check_findable

    check_findable(settings)
    if picture is not None and readable(tables):
        refuse_same(picture, *paths_in(tables))
        check_writable(picture)


def _find_rate(
    run: Run, picture: Path | None, *, as_json: bool, show: Callable[[str], None]
) -> dict[str, Any]:
    """Find a learning rate, show its curve, and train with it; the curve as data."""
    from goodfit.model.plots import draw_learning_rates

    curve = run.find_learning_rate()
    run.use_learning_rate(curve.suggestion)
    if picture is not None:
        draw_learning_rates(curve, picture)
    show("")
    found = {"learning_rate_curve": {**curve_json(curve), "picture": picture}}
    if not as_json:
        put([*curve_lines(curve, picture), ""])
    elif picture is None:
        put_json(found)
    return found


def _begun(
    path: Path | None, given: Mapping[str, Any], *, find_rate: bool
) -> tuple[Settings, FittedModel | None]:
    """The settings, and the model to go on from, if there is one."""
    if path is None:
        return make_settings(**given), None
    # A rate that is to be found takes the place of the model's own.
    anew = {"learning_rate": None} if find_rate else {}
    return _going_on(path, {**anew, **given})


def _going_on(path: Path, given: Mapping[str, Any]) -> tuple[Settings, FittedModel]:
    """The model to go on from, and its settings with what was given."""
    with without_garbage():
        from goodfit.model.artifact import load
        from goodfit.model.going_on import settings_to_go_on

    earlier = load(path)
    return settings_to_go_on(earlier, given), earlier


def ending(*, stopped: bool, checkpoint: Path | None = None) -> int:
    """Exit code of a training that was saved, and a word about it if it was cut short.

    Args:
        stopped: whether it was.
        checkpoint: from which it can go on.
    """
    if not stopped:
        return 0
    words = [say("cli.interrupted", {})]
    if checkpoint is not None:
        words.append(say("model.checkpoint_kept", {"path": checkpoint}))
    note(together(words))
    return INTERRUPTED
