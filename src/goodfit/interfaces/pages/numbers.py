"""The numbers of a picture as tables, whatever its report is made of."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec

from goodfit.core.words import say
from goodfit.interfaces.pages.elements import Child, Html, h, named
from goodfit.interfaces.pages.frame import folded, table
from goodfit.interfaces.phrases import short
from goodfit.interfaces.typed import command

#: Of a picture's numbers a page shows so many lines and columns of a table, and so many tables;
#: a command gives all.
MOST_LINES, MOST_COLUMNS, MOST_TABLES = 60, 12, 12


class Lines(NamedTuple):
    """A table without words around it.

    Args:
        name: of the field that it is of.
        heads: of its columns.
        lines: cells.
    """

    name: str
    heads: tuple[str, ...]
    lines: tuple[tuple[Any, ...], ...]


def numbers_of_picture(name: str, report: Any) -> Html:
    """The numbers of a picture, folded away.

    Args:
        name: of the picture.
        report: its numbers.
    """
    found = tables_of(report)
    parts: list[Child] = [_shown(one) for one in found[:MOST_TABLES]]
    if len(found) > MOST_TABLES or any(map(_is_cut, found)):
        params = {"command": command("plot", "MODEL", name, "--csv")}
        parts.append(h.p(say("page.numbers_cut", params), class_="note"))
    return folded(say("page.numbers", {}), parts, class_="numbers")


def tables_of(report: Any, name: str = "") -> list[Lines]:
    """A report as tables: its single values, its columns of equal length, and what lies within.

    >>> from goodfit.model.straight_line import Line
    >>> [found.lines for found in tables_of(Line(slope=2.0, intercept=1.0, mean_squared_error=0.5))]
    [(('slope', 2.0), ('intercept', 1.0), ('mean_squared_error', 0.5))]
    """
    fields = report if isinstance(report, Mapping) else msgspec.structs.asdict(report)
    single = tuple((key, value) for key, value in fields.items() if _is_single(value))
    found = [Lines(name, ("", ""), single)] if single else []
    found += _columns(name, {key: list(value) for key, value in fields.items() if _is_list(value)})
    for key, value in fields.items():
        inner = f"{name} {key}".strip()
        if isinstance(value, (msgspec.Struct, Mapping)):
            found += tables_of(value, inner)
        elif isinstance(value, (tuple, list)) and value and not _is_list(value):
            found += _of_items(inner, value)
    return found


def _of_items(name: str, items: Sequence[Any]) -> list[Lines]:
    """Structures one below the other; a matrix line by line; what lies deeper on its own."""
    if all(isinstance(item, (tuple, list)) for item in items):
        if all(map(_is_list, items)):
            return [Lines(name, (), tuple(tuple(item) for item in items))]
        return []
    records = [_fields(item) for item in items if isinstance(item, (msgspec.Struct, Mapping))]
    heads = tuple(key for key, value in records[0].items() if _is_single(value)) if records else ()
    lines = tuple(tuple(record.get(key) for key in heads) for record in records)
    found = [Lines(name, heads, lines)] if heads else []
    for place, record in enumerate(records, 1):
        rest = {key: value for key, value in record.items() if not _is_single(value)}
        found += tables_of(rest, f"{name} {place}") if rest else []
    return found


def _columns(name: str, columns: Mapping[str, list[Any]]) -> list[Lines]:
    """Columns of one length beside each other."""
    by_length: dict[int, dict[str, list[Any]]] = {}
    for key, cells in columns.items():
        if cells:
            by_length.setdefault(len(cells), {})[key] = cells
    return [
        Lines(name, tuple(found), tuple(zip(*found.values(), strict=True)))
        for found in by_length.values()
    ]


def _fields(item: Any) -> Mapping[str, Any]:
    return item if isinstance(item, Mapping) else msgspec.structs.asdict(item)


def _is_single(value: Any) -> bool:
    return value is None or isinstance(value, (str, int, float))


def _is_list(value: Any) -> bool:
    return isinstance(value, (tuple, list)) and all(map(_is_single, value))


def _is_cut(one: Lines) -> bool:
    return len(one.lines) > MOST_LINES or any(len(line) > MOST_COLUMNS for line in one.lines)


def _shown(one: Lines) -> Html:
    heads = [_words(head) for head in one.heads[:MOST_COLUMNS]]
    lines = [[_cell(value) for value in line[:MOST_COLUMNS]] for line in one.lines[:MOST_LINES]]
    heads = heads or [""] * len(lines[0])
    caption = _words(one.name) or say("page.numbers", {})
    return table(caption, heads, lines, class_="figures")


def _words(name: str) -> str:
    """The name of a field as words."""
    return re.sub(r"_", " ", name)


def _cell(value: Any) -> Child:
    """A value with about four digits; a text as what a table may hold."""
    if isinstance(value, bool):
        return say("page.yes" if value else "page.no", {})
    if isinstance(value, int):
        return f"{value:,}"
    return short(value) if isinstance(value, float) or value is None else named(value, 60)
