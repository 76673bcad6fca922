"""``goodfit concepts``: every idea of a training explained, on a model's own numbers if wanted."""

from __future__ import annotations

import tempfile
import webbrowser
from pathlib import Path
from typing import TYPE_CHECKING

import click

from goodfit.core.concepts import CATALOG, Concept, concept, find
from goodfit.core.concepts.text import concept_lines, map_lines
from goodfit.core.errors import GoodfitError
from goodfit.core.words import printable, say
from goodfit.core.wrapping import columns, cut, wrapped
from goodfit.interfaces.cli import spoken
from goodfit.interfaces.cli.imports import without_garbage
from goodfit.interfaces.cli.options import json_option, out_option
from goodfit.interfaces.cli.output import put, put_json, refuse_same, table, width
from goodfit.interfaces.cli.progress import live
from goodfit.interfaces.cli.tables import as_source, paths_in
from goodfit.interfaces.pages.concept import Picture, concept_page, file_of, map_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from goodfit.model.walk import Walk
    from goodfit.model.walk.told import Section

INDENT = "  "
#: Of a table that is wider than the terminal no column is cut below this.
NARROWEST = 8


@spoken.command("concepts", "cli.help_concepts")
@spoken.argument("name", nargs=-1, metavar="cli.metavar_some_name")
@spoken.option(
    "--model",
    type=click.Path(path_type=Path),
    metavar="cli.metavar_model",
    help="cli.help_concept_model",
)
@spoken.option(
    "--table", "tables", multiple=True, metavar="cli.metavar_table", help="cli.help_concept_table"
)
@spoken.option("--row", type=int, metavar="cli.metavar_count", help="cli.help_concept_row")
@out_option("cli.metavar_file", "cli.help_out_concepts")
@spoken.option("--open", "opened", is_flag=True, help="cli.help_open")
@json_option
def concepts_command(
    *,
    name: tuple[str, ...],
    model: Path | None,
    tables: tuple[str, ...],
    row: int | None,
    out: Path | None,
    opened: bool,
    as_json: bool,
) -> int:
    """Show a concept, or the map of them all; in the terminal or as pages."""
    asked = find(" ".join(name)) if name else "map"
    _check(asked, model=model, tables=tables, row=row)
    told = concept(asked)
    own, walked = (), None
    if model is not None:
        own, walked = own_of(asked, model, tables=tables, row=row or 1)
    if out is not None or opened:
        if out is not None:
            refuse_same(out, *([model] if model else []), *paths_in(tables))
        return _write(told, own, walked, out=out, opened=opened, as_json=as_json)
    if as_json:
        put_json({"concept": told, "own": own} if model else told)
    elif asked == "map":
        put(map_lines(width=width()))
    else:
        numbers = own_lines(own, row_wanted=_row_wanted(asked, model, tables))
        put(concept_lines(told, width=width(), own=numbers))
    return 0


def own_of(
    name: str, model: Path, *, tables: Sequence[str], row: int
) -> tuple[tuple[Section, ...], Walk | None]:
    """A model's own numbers for a concept, and the walk of a row of the table if there is one."""
    with without_garbage():
        from goodfit.interfaces.own_numbers import needs_row, own_numbers
        from goodfit.model.artifact import load
        from goodfit.model.walk import walk

    fitted = load(model)
    walked = walk(fitted, as_source(tables), row=row) if tables and needs_row(name) else None
    return own_numbers(name, fitted, walked), walked


def picture_of(name: str, walked: Walk | None = None) -> Picture:
    """The picture of a concept, of a person's own row where there is such a one."""
    with without_garbage():
        from goodfit.model.illustrations import caption_of, report_of_walk, svg_of

    report = None if walked is None else report_of_walk(name, walked)
    return Picture(svg_of(name, report), caption_of(name, report))


def own_lines(own: Sequence[Section], *, row_wanted: bool) -> list[str]:
    """Sections of numbers for a terminal, no line wider than it."""
    lines: list[str] = []
    for told in own:
        lines += ["", f"{INDENT}{told.title}"]
        for sentence in told.sentences:
            lines += wrapped(sentence, width(), first=INDENT * 2, rest=INDENT * 2)
        if told.rows:
            cells = [[printable(cell) for cell in row] for row in (told.head, *told.rows)]
            rows = fitting(cells, width() - 2 * len(INDENT))
            lines += [INDENT * 2 + line for line in table(rows, left=len(rows[0]))]
    if row_wanted:
        lines += ["", *wrapped(say("concepts.own_more", {}), width(), first=INDENT, rest=INDENT)]
    return lines[1:]


def fitting(rows: Sequence[Sequence[str]], room: int) -> list[list[str]]:
    """Cells cut, the widest column first, until the rows of a table fit.

    >>> fitting([["a", "x" * 30], ["b", "y"]], 20)
    [['a', 'xxxxxxxxxxxxxxxx…'], ['b', 'y']]
    """
    widths = [max(columns(row[place]) for row in rows) for place in range(len(rows[0]))]
    while sum(widths) + 2 * (len(widths) - 1) > room and max(widths) > NARROWEST:
        widths[widths.index(max(widths))] -= 1
    return [[_cut(cell, most) for cell, most in zip(row, widths, strict=True)] for row in rows]


def _cut(text: str, most: int) -> str:
    return text if columns(text) <= most else cut(text, most - 1) + "…"


def _row_wanted(name: str, model: Path | None, tables: Sequence[str]) -> bool:
    """Whether a row of a table would show more."""
    if model is None or tables:
        return False
    from goodfit.interfaces.own_numbers import needs_row

    return needs_row(name)


def _check(name: str, *, model: Path | None, tables: Sequence[str], row: int | None) -> None:
    """Refuse options that would do nothing."""
    if model is not None and name == "map":
        raise GoodfitError("concepts.needs_one")
    if model is None and (tables or row is not None):
        raise GoodfitError("concepts.needs_model", option="--table" if tables else "--row")
    if row is not None and not tables:
        raise GoodfitError("concepts.needs_table")


def _write(
    told: Concept,
    own: Sequence[Section],
    walked: Walk | None,
    *,
    out: Path | None,
    opened: bool,
    as_json: bool,
) -> int:
    """One page, or all of them; the first is opened if wanted."""
    out = out or Path(tempfile.mkdtemp(prefix="goodfit-"))
    everything = told.name == "map"
    if everything:
        count, first = write_folder(out), out / f"{file_of('map')}.html"
    else:
        count, first = 1, out / f"{file_of(told.name)}.html" if out.is_dir() else out
        _make_way(first)
        _put_page(first, concept_page(told, own=own, picture=picture_of(told.name, walked)))
    if opened:
        webbrowser.open(first.resolve().as_uri())
    if as_json:
        put_json({"page": first, "pages": count})
    else:
        code = "concepts.several_written" if everything else "concepts.written"
        put([say(code, {"count": count, "path": first})])
    return 0


def write_folder(folder: Path) -> int:
    """Write every page into a folder, which is made if need be; the map is its first page.

    Returns:
        How many pages there are.
    """
    places = {name: folder / f"{file_of(name)}.html" for name in CATALOG}
    for path in places.values():
        _make_way(path)
    folder.mkdir(parents=True, exist_ok=True)
    for number, (name, path) in enumerate(places.items(), 1):
        live(say("concepts.drawing", {"number": number, "count": len(places)}))
        picture = picture_of(name)
        page = map_page(picture) if name == "map" else None
        _put_page(path, page or concept_page(concept(name), picture=picture, beside=True))
    live("")
    return len(places)


def _put_page(path: Path, page: bytes) -> None:
    from goodfit.model.files import new_file

    with new_file(path) as file:
        file.write(page)


def _make_way(path: Path) -> None:
    """Refuse to write over what is no page of ours."""
    from goodfit.interfaces.pages.frame import is_ours

    if path.is_file() and not is_ours(path):
        raise GoodfitError("concepts.in_the_way", path=path)
