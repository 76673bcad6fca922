"""One concept's page in one language: a strict small format, read into a frozen struct.

    # Learning rate
    aliases: step size, eta
    line: How long a step is.

    Two sentences that answer: what is it?

    ## example
    The fifteen points, with numbers: {fact} of facts.json.

    ## formula
    What its letters mean (the formula itself stands in catalog.py, once for all languages).

    ## acts
    ## settings
    ## wrong
    ## kinds
    ### relu
    ## question
    ## solution

The headings stay English in every language; what a reader sees in their place are words of
``core/words/<language>/concepts.json``. ``formula`` stands where the catalog has a formula,
``kinds`` where it names a setting whose choices are told one by one, ``example`` where there is
something to show. Lines may be broken anywhere; beside Chinese characters no space is put.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import msgspec

from goodfit.core.concepts.catalog import Entry
from goodfit.core.concepts.prose import Prose, joined, read_prose

#: Sections in their order; those of ``OPTIONAL`` only where there is something to say.
SECTIONS = ("example", "formula", "acts", "settings", "wrong", "kinds", "question", "solution")
OPTIONAL = frozenset({"example", "formula", "kinds"})
_HEADING = re.compile(r"(#{1,3}) (.+)")


class Kind(msgspec.Struct, frozen=True):
    """One choice of a setting: ``relu`` among the activations."""

    name: str
    prose: Prose


class Concept(msgspec.Struct, frozen=True, kw_only=True):
    """What one idea is, where it acts in a fit, and what is chosen about it.

    Args:
        name: by which it is known in every language: ``learning-rate``.
        language: of its texts.
        title: as a reader knows it.
        aliases: other names of it in this language.
        line: what it is in one line, for the map.
        theme: part of the map that it belongs to.
        answer: what it is, in two sentences.
        example: the same on the fifteen points.
        formulas: in the notation of :mod:`goodfit.core.concepts.formula`.
        formula: what their letters mean.
        acts: where it acts in a fit.
        setting_names: settings that change it, and ``settings``: how.
        wrong: what goes wrong with too little or too much of it.
        kinds: the choices there are, one by one.
        question: to try oneself, and its ``solution``.
        related: names of concepts that belong to it.
        commands: to type, to see it at work.
    """

    name: str
    language: str
    title: str
    aliases: tuple[str, ...]
    line: str
    theme: str
    answer: Prose
    example: Prose
    formulas: tuple[str, ...]
    formula: Prose
    acts: Prose
    setting_names: tuple[str, ...]
    settings: Prose
    wrong: Prose
    kinds: tuple[Kind, ...]
    question: Prose
    solution: Prose
    related: tuple[str, ...]
    commands: tuple[str, ...]

    def __str__(self) -> str:
        from goodfit.core.concepts.text import concept_lines

        return "\n".join(concept_lines(self))


def read_page(
    text: str, *, name: str, language: str, entry: Entry, facts: Mapping[str, str]
) -> Concept:
    """Read a page.

    Raises:
        ValueError: if it does not keep to the format; that is a bug in the page.
    """
    head, *parts = _divided(text)
    title, told, answer = _head(head, f"{language}/{name}.md")
    sections = {heading: lines for level, heading, *lines in parts if level == "##"}
    kinds = [(heading, lines) for level, heading, *lines in parts if level == "###"]
    _check([*sections], kinds, entry, f"{language}/{name}.md")

    def prose(section: str) -> Prose:
        return read_prose(sections.get(section, []), facts)

    return Concept(
        name=name,
        language=language,
        title=title,
        aliases=tuple(alias.strip() for alias in re.split("[,、，]", told["aliases"])),
        line=told["line"],
        theme=entry.theme,
        answer=read_prose(answer, facts),
        example=prose("example"),
        formulas=entry.formulas,
        formula=prose("formula"),
        acts=prose("acts"),
        setting_names=entry.settings,
        settings=prose("settings"),
        wrong=prose("wrong"),
        kinds=tuple(Kind(heading, read_prose(lines, facts)) for heading, lines in kinds),
        question=prose("question"),
        solution=prose("solution"),
        related=entry.related,
        commands=entry.commands,
    )


def _divided(text: str) -> list[list[str]]:
    """Parts as lists: the heading's marks, the heading, and the lines below it."""
    parts: list[list[str]] = []
    for line in text.splitlines():
        heading = _HEADING.fullmatch(line)
        if heading:
            parts.append([heading[1], heading[2]])
        elif parts:
            parts[-1].append(line)
        elif line.strip():
            raise ValueError(f"text before the title: {line}")
    return parts


def _head(part: list[str], where: str) -> tuple[str, dict[str, str], list[str]]:
    """Title, what is told of it, and the answer."""
    marks, title, *lines = part
    end = lines.index("") if "" in lines else len(lines)
    told: dict[str, str] = {}
    for line in lines[:end]:
        key, colon, value = line.partition(": ")
        if colon and key in {"aliases", "line"}:
            told[key] = value.strip()
        elif told:  # a line that goes on
            key = [*told][-1]
            told[key] = joined([told[key], line])
    if marks != "#" or set(told) != {"aliases", "line"}:
        raise ValueError(f"{where}: a title, then aliases and line, are wanted")
    return title, told, lines[end:]


def _check(
    sections: list[str], kinds: list[tuple[str, list[str]]], entry: Entry, where: str
) -> None:
    if not entry.theme:  # the map is a page without sections
        wanted: list[str] = []
    else:
        optional = {"formula": bool(entry.formulas), "kinds": bool(entry.kinds)}
        optional["example"] = "example" in sections
        wanted = [name for name in SECTIONS if optional.get(name, True)]
    if sections != wanted:
        raise ValueError(f"{where}: the sections are {sections}, but {wanted} are wanted")
    if bool(kinds) != bool(entry.kinds):
        raise ValueError(f"{where}: kinds are told where the catalog names their setting")
