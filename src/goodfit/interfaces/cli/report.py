"""``goodfit report``: the page that shows a fit; and the page that every fit writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from goodfit.core.errors import GoodfitError
from goodfit.core.words import say
from goodfit.interfaces.cli import spoken
from goodfit.interfaces.cli.imports import without_garbage
from goodfit.interfaces.cli.options import chosen_settings, json_option, out_option, with_reading
from goodfit.interfaces.cli.output import note, put, put_json, refuse_same, tell
from goodfit.interfaces.cli.tables import MODEL_SUFFIX, as_source, paths_in, shown
from goodfit.interfaces.typed import command
from goodfit.model.files import check_writable, is_special

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel
    from goodfit.model.run import Run

SUFFIX = ".html"
#: Whether a fit writes a report where nobody says so; tests of other things turn it off.
USUAL = True


@spoken.command("report", "cli.help_report")
@spoken.argument("model", type=click.Path(path_type=Path), metavar="cli.metavar_model")
@spoken.argument("tables", nargs=-1, metavar="cli.metavar_tables_maybe")
@out_option("cli.metavar_file", "cli.help_out_report")
@spoken.option("--more-data", is_flag=True, help="cli.help_more_data")
@json_option
@with_reading
def report_command(
    *,
    model: Path,
    tables: tuple[str, ...],
    out: Path | None,
    more_data: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Make the report of a model again."""
    with without_garbage():
        from goodfit.interfaces.pages.report import write_report
        from goodfit.model.artifact import load

    reading, path = chosen_settings(options), out or beside(model)
    refuse_same(path, model, *paths_in(tables))
    if out is None and not is_free(path):
        raise GoodfitError("cli.report_in_the_way", path=path)
    fitted = load(model)
    table = as_source(tables) if tables else None
    write_report(fitted, path, table, more_data=more_data, tell=tell, **reading)
    if as_json:
        put_json({"report": path})
    else:
        put([say("cli.report_written", {"path": path})])
    return 0


def beside(model: Path) -> Path:
    """Where the report of a model goes: beside it, named after it.

    >>> beside(Path("data/houses.goodfit")).as_posix(), beside(Path("v1.2")).as_posix()
    ('data/houses.html', 'v1.2.html')
    """
    return model.with_name(model.name.removesuffix(MODEL_SUFFIX) + SUFFIX)


def is_free(path: Path) -> bool:
    """Whether a report may be written there unasked: nothing is there, or an earlier report."""
    from goodfit.interfaces.pages.frame import is_ours

    return not path.exists() or is_ours(path)


def place_of(
    model: Path, asked: Path | None, *, unwanted: bool, inputs: Sequence[Path]
) -> Path | None:
    """Where a fit's report will go, made sure of before anything is read; None for nowhere.

    Args:
        model: file that the fit will write.
        asked: where the person wants the report; beside the model if they do not say.
        unwanted: whether they want none.
        inputs: files that must not be written over.

    Raises:
        GoodfitError: if it cannot be written where it was asked for.
    """
    if unwanted or (asked is None and (not USUAL or is_special(model))):
        return None
    path = asked or beside(model)
    if asked is None and not is_free(path):
        note(say("cli.report_not_over", {"path": path}))
        return None
    refuse_same(path, *inputs)
    check_writable(path)
    return path


def made(
    run: Run,
    model: FittedModel,
    path: Path,
    *,
    tables: Sequence[str],
    saved: Path,
    show: Callable[[str], None],
) -> tuple[Path | None, BaseException | None]:
    """Make the report of a fit whose model is saved; whatever happens, the fit goes on to its end.

    Args:
        run: that has ended.
        model: of it.
        path: file to write.
        tables: as they were typed.
        saved: file of the model.
        show: for progress.

    Returns:
        The report, and what kept it from being made.
    """
    show(say("cli.drawing", {}))
    try:
        with without_garbage():
            from goodfit.interfaces.pages.report import report_of_run, written

        written(report_of_run(run, model, source=without_folders(tables)), path)
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 (the model must not be lost)
        show("")
        again = command("report", str(saved), *tables_typed(tables))
        note(say("cli.report_failed", {"reason": reason_of(error), "command": again}))
        return None, error
    return path, None


def reason_of(error: BaseException) -> str:
    """Why there is no report, in a phrase."""
    if isinstance(error, KeyboardInterrupt):
        return say("cli.report_aborted", {})
    return str(error) if isinstance(error, GoodfitError) else f"{type(error).__name__}: {error}"


def tables_typed(tables: Sequence[str]) -> list[str]:
    """Tables as they may be shown: of an address neither user nor password."""
    return [shown([table]) for table in tables]


def without_folders(tables: Sequence[str]) -> list[str]:
    """Tables as a page names them, which may be passed on: files without the folders they are in.

    >>> without_folders(["/home/me/houses.csv", "postgresql://me:secret@host/shop"])
    ['houses.csv', 'postgresql://host/shop']
    """
    return [
        typed if "://" in typed else Path(typed).name or typed for typed in tables_typed(tables)
    ]
