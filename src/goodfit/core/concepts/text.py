"""A concept's page as lines of a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from goodfit.core.concepts.catalog import THEMES
from goodfit.core.concepts.formula import as_text
from goodfit.core.concepts.lookup import ENGLISH, concept, concepts
from goodfit.core.concepts.page import Concept
from goodfit.core.concepts.prose import Prose
from goodfit.core.words import say
from goodfit.core.wrapping import columns, padded, wrapped

WIDTH = 80
INDENT = "  "


def concept_lines(found: Concept, *, width: int = WIDTH, own: Sequence[str] = ()) -> list[str]:
    """The page, section by section, in lines of at most ``width`` columns.

    Args:
        found: the concept.
        width: of the terminal.
        own: what a person's own model says of it, as lines.

    >>> from goodfit.core.concepts import concept
    >>> concept_lines(concept("gradient"))[0]
    'Gradient'
    """
    parts = [
        (say("concepts.example", {}), _prose(found.example, width)),
        (say("concepts.own", {}), own),
        (say("concepts.formula", {}), _formulas(found, width)),
        (say("concepts.acts", {}), _prose(found.acts, width)),
        (say("concepts.settings", {}), _settings(found, width)),
        (say("concepts.wrong", {}), _prose(found.wrong, width)),
        (say("concepts.kinds", {}), _kinds(found, width)),
        (say("concepts.commands", {}), [INDENT + command for command in found.commands]),
        (say("concepts.question", {}), _prose(found.question, width)),
        (say("concepts.solution", {}), _prose(found.solution, width)),
        (say("concepts.related", {}), _related(found, width)),
    ]
    told = [line for title, lines in parts if lines for line in ("", title, *lines)]
    title = wrapped(found.title, width)
    rule = "=" * max(map(columns, title))
    return [*title, rule, *_prose(found.answer, width, ""), *told]


def map_lines(*, width: int = WIDTH) -> list[str]:
    """All concepts by theme, a line each: its name, and what it is."""
    every = [one for one in concepts() if one.theme]
    room = max(columns(one.name) for one in every) + len(INDENT)
    lines = [*_prose(concept("map").answer, width, "")]
    for theme in THEMES:
        lines += ["", say(f"concepts.theme_{theme}", {})]
        for one in (one for one in every if one.theme == theme):
            lines += wrapped(
                _in_a_line(one),
                width,
                first=padded(INDENT + one.name, room) + INDENT,
                rest=" " * (room + len(INDENT)),
            )
    return [*lines, "", *wrapped(say("concepts.read_one", {}), width)]


def _in_a_line(found: Concept) -> str:
    """What it is, and what it is called where its name is that of another language."""
    called = found.title.partition(" (")[0]
    return found.line if found.language == ENGLISH else f"{called}：{found.line}"


def _prose(prose: Prose, width: int, indent: str = INDENT) -> list[str]:
    """Paragraphs parted by empty lines; items follow each other."""
    lines: list[str] = []
    for place, block in enumerate(prose):
        if place and not (block.item and prose[place - 1].item):
            lines.append("")
        first, rest = (f"{indent}- ", f"{indent}  ") if block.item else (indent, indent)
        lines += wrapped(block.text, width, first=first, rest=rest)
    return lines


def _formulas(found: Concept, width: int) -> list[str]:
    told = [line for source in found.formulas for line in _indented(as_text(source), width)]
    return [*told, *([""] if told and found.formula else []), *_prose(found.formula, width)]


def _indented(text: str, width: int) -> list[str]:
    return wrapped(text, width, first=INDENT * 2, rest=INDENT * 4)


def _settings(found: Concept, width: int) -> list[str]:
    names = ", ".join(f"--{name.replace('_', '-')}" for name in found.setting_names)
    named = wrapped(names, width, first=INDENT, rest=INDENT) if names else []
    return [*_prose(found.settings, width), *named]


def _kinds(found: Concept, width: int) -> list[str]:
    if not found.kinds:
        return []
    lines: list[str] = []
    for kind in found.kinds:
        text = " ".join(block.text for block in kind.prose)
        lines += wrapped(f"{kind.name}: {text}", width, first=INDENT, rest=INDENT * 2)
    return lines


def _related(found: Concept, width: int) -> list[str]:
    return _listed([f"goodfit concepts {name}" for name in found.related], width)


def _listed(texts: Iterable[str], width: int) -> list[str]:
    """Texts in columns beside each other."""
    cells: Sequence[str] = [*texts]
    if not cells:
        return []
    room = max(map(columns, cells)) + 2
    beside = max(1, (width - len(INDENT)) // room)
    rows = [cells[place : place + beside] for place in range(0, len(cells), beside)]
    return [(INDENT + "".join(padded(cell, room) for cell in row)).rstrip() for row in rows]
