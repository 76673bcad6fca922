"""``goodfit compare``: models side by side, what differs first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from goodfit.core.words import Choices, printable, say
from goodfit.core.wrapping import columns, cut
from goodfit.interfaces.cli import spoken
from goodfit.interfaces.cli.imports import without_garbage
from goodfit.interfaces.cli.options import json_option
from goodfit.interfaces.cli.output import paragraph, put, put_json, table, width
from goodfit.interfaces.phrases import in_order, metric
from goodfit.interfaces.typed import as_text

if TYPE_CHECKING:
    from goodfit.model.compare import Comparison, Row

# A longer name or value is cut, so that two models fit beside each other.
LONGEST = 22
# What stands between two columns of a table.
GAP = 2


@spoken.command("compare", "cli.help_compare")
@spoken.argument("models", type=click.Path(path_type=Path), nargs=-1, metavar="cli.metavar_models")
@json_option
def compare_command(*, models: tuple[Path, ...], as_json: bool) -> int:
    """Show settings and scores of models beside each other."""
    with without_garbage():
        from goodfit.model.compare import compare

    found = compare(*models)
    if as_json:
        put_json(as_data(found))
    else:
        put(as_lines(found))
    return 0


def as_data(found: Comparison) -> dict[str, Any]:
    """A comparison as data."""
    return {
        "models": found.models,
        "differing": [row.name for row in found.differences],
        "settings": {row.name: row.values for row in found.settings},
        "facts": {row.name: row.values for row in found.facts},
        "scores": {row.name: row.values for row in found.scores},
        "remarks": [{"code": r.code, "text": r.text()} for r in found.remarks],
    }


def as_lines(found: Comparison) -> list[str]:
    """A comparison in tables, as many models beside each other as the terminal holds."""
    lines: list[str] = []
    for title, rows in (
        ("cli.compare_settings", [row for row in found.differences if _says(row)]),
        ("cli.compare_facts", [row for row in found.facts if row.differs]),
        ("cli.compare_scores", _scores(found)),
    ):
        if rows:
            cells = [[row.name, *_cells(row)] for row in rows]
            lines += [*_blocks([say(title, {}), *map(printable, found.models)], cells), ""]
    alike = [row for row in (*found.facts, *found.settings) if not row.differs]
    shown = [f"{row.name} {as_text(row.values[0])}" for row in alike if _says(row)]
    lines += paragraph(say("cli.compare_alike", {"shown": Choices(map(printable, shown))}))
    for remark in found.remarks:
        lines += ["", *paragraph(remark.text())]
    return lines


def _scores(found: Comparison) -> list[Row]:
    """The metrics of the models; of baselines and folds the first of them alone."""
    by_name = {row.name: row for row in found.scores}
    own = in_order([name for name in by_name if " " not in name], first=found.headline)
    first = found.headline or next(iter(own), "")
    others = [name for name in by_name if name.endswith(f" {first}")]
    return [by_name[name] for name in (*own, *others)]


def _says(row: Row) -> bool:
    """Whether something is chosen in any model."""
    return any(value not in EMPTY for value in row.values)


#: Values of settings that choose nothing.
EMPTY = (None, "auto", "none", (), {}, False, 0)


def _cells(row: Row) -> Iterator[str]:
    """A row's values as text."""
    for value in row.values:
        if value is None:
            yield "-"
        elif isinstance(value, float):
            yield metric(row.name.split(" ")[-1], value)
        else:
            yield printable(as_text(value))


def _blocks(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[str]:
    """A table; where it is too wide, several, each with some of the models."""
    cut = [[_cut(cell) for cell in row] for row in (head, *rows)]
    widths = [max(columns(row[place]) for row in cut) for place in range(len(head))]
    lines, places = list[str](), list[int]()
    for place in range(1, len(head)):
        taken = widths[0] + sum(widths[other] + GAP for other in (*places, place))
        if places and taken > width():
            lines += [*table([[row[p] for p in (0, *places)] for row in cut]), ""]
            places = []
        places.append(place)
    return [*lines, *table([[row[p] for p in (0, *places)] for row in cut])]


def _cut(text: str) -> str:
    return text if columns(text) <= LONGEST else cut(text, LONGEST - 1) + "…"
