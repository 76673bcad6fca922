"""``goodfit plot``: the pictures of a model, as files or as the numbers that they draw."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from goodfit.core.settings import make_settings
from goodfit.core.words import say, together
from goodfit.interfaces.cli import spoken
from goodfit.interfaces.cli.imports import without_garbage
from goodfit.interfaces.cli.options import chosen_settings, json_option, out_option, with_reading
from goodfit.interfaces.cli.output import put, put_json, refuse_same, table, tell
from goodfit.interfaces.cli.tables import as_source, paths_in
from goodfit.interfaces.typed import command
from goodfit.model.files import check_writable

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel
    from goodfit.model.plots import Plot, Rows


@spoken.command("plot", "cli.help_plot")
@spoken.argument("model", type=click.Path(path_type=Path), metavar="cli.metavar_model")
@spoken.argument("name", required=False, metavar="cli.metavar_name_maybe")
@spoken.argument("tables", nargs=-1, metavar="cli.metavar_tables_maybe")
@out_option("cli.metavar_file", "cli.help_out_plot")
@spoken.option("--csv", "as_csv", is_flag=True, help="cli.help_csv")
@json_option
@with_reading
def plot_command(
    *,
    model: Path,
    name: str | None,
    tables: tuple[str, ...],
    out: Path | None,
    as_csv: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Draw one picture, or list those that there are."""
    if name and not (as_csv or as_json or out):
        out = model.with_name(f"{model.stem}.{name.replace('/', '_')}.svg")
    if out:
        refuse_same(out, model, *paths_in(tables))
    with without_garbage():
        from goodfit.model.artifact import load
        from goodfit.model.plots import check_name, numbers_of, to_csv

    reading = chosen_settings(options)
    make_settings(**reading)
    fitted = load(model)
    if not name:
        _list(fitted, model, as_json=as_json)
        return 0
    plot = check_name(fitted, name)
    if out:
        check_place(out, plot)
    report = numbers_of(fitted, name, _rows(fitted, tables, reading))
    if as_json:
        put_json(report)
    elif as_csv:
        print(to_csv(report), end="")
    if out:
        _draw(name, report, out, quiet=as_json or as_csv)
    return 0


def check_place(out: Path, plot: Plot) -> None:
    """See that a picture can be written there before anything is computed.

    Raises:
        GoodfitError: for an ending that is no picture's, and a place that cannot be written.
    """
    from goodfit.model.plots.figures import check_ending

    check_ending(out, plot)
    check_writable(out)


def _rows(fitted: FittedModel, tables: tuple[str, ...], reading: dict[str, Any]) -> Rows | None:
    """The table's rows, divided as the fit did where they are its own; None without a table."""
    from goodfit.model.again import divided_again

    return divided_again(fitted, as_source(tables), tell=tell, **reading) if tables else None


def _draw(name: str, report: Any, out: Path, *, quiet: bool) -> None:
    from goodfit.model.plots import PLOTS, title_of
    from goodfit.model.plots.figures import write_picture

    write_picture(PLOTS[name], report, out, title=title_of(name))
    if not quiet:
        put([say("cli.plotted", {"path": out})])


def _list(fitted: FittedModel, path: Path, *, as_json: bool) -> None:
    """The pictures that make sense for a model."""
    from goodfit.model.plots import about, plots_of

    found = plots_of(fitted)
    if as_json:
        put_json(
            [
                {"name": plot.name, "shows": about(plot.name), "needs_table": plot.needs_rows}
                for plot in found
            ]
        )
        return
    marks = {True: say("cli.metavar_table", {}), False: ""}
    rows = [[f"  {plot.name}", marks[plot.needs_rows], about(plot.name)] for plot in found]
    put([say("cli.plots_title", {"path": path}), *table(rows, left=3), ""])
    put([together([say("cli.plots_how", {}), command("plot", str(path), found[0].name)])])
