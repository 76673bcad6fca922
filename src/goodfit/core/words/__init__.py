"""Codes and parameters turned into words.

The catalog is one JSON file a room (``en/data.json`` holds every ``data.*``
code), so that a language is a folder and a missing text is found by a test. A finding's
text has up to three parts there (``PARTS``); everything else is one sentence or more. What
a language lacks all the same is said in English. Where no language is named, it is the one
that is spoken (:func:`speaking`).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import PurePath
from typing import Any, Literal

from goodfit.core.words.languages import LANGUAGES, language, named, speaking

__all__ = [
    "LANGUAGES",
    "PARTS",
    "SHOWN_ITEMS",
    "Choices",
    "Sentences",
    "catalog",
    "entries",
    "in_words",
    "language",
    "listed",
    "named",
    "parts_of",
    "placeholders",
    "printable",
    "say",
    "say_parts",
    "speaking",
    "together",
]

# A sentence that lists rows, levels or columns names this many and counts the rest.
SHOWN_ITEMS = 6
# Lists within lists, as only a hostile file has them, are shown to this depth.
SHOWN_LEVELS = 3
# Longer values (a cell that holds a letter, say) are cut in sentences.
SHOWN_CHARACTERS = 60
# What another library says (the parameter ``reason``) is of no use without its end.
LONGEST_REASON = 240
#: Punctuation as wide as a letter of Chinese, with its space in it.
WIDE_STOPS = frozenset("。，、；：？！）」』")
WIDE_STARTS = frozenset("，（「『")


class Sentences(tuple[str, ...]):
    """Sentences that were put into words already: they are shown whole, one after the other.

    >>> in_words(Sentences(["This is so.", "And that."]))
    'This is so. And that.'
    """

    __slots__ = ()


class Choices(tuple[str, ...]):
    """Names to choose from: a sentence shows them all, however many.

    >>> in_words(Choices("abcdefgh"))
    'a, b, c, d, e, f, g, h'
    """

    __slots__ = ()


#: The parts of a finding's text: what was found and in numbers, what Goodfit did, what to do.
PARTS = ("reason", "done", "advice")


def catalog(spoken: str | None = None) -> dict[str, str]:
    """Every sentence of one language, by code; a finding's parts as one text."""
    return _catalog(spoken or language())


@cache
def _catalog(spoken: str) -> dict[str, str]:
    return {
        code: entry if isinstance(entry, str) else together(entry.values())
        for code, entry in {**entries("en"), **entries(spoken)}.items()
    }


@cache
def entries(spoken: str) -> dict[str, str | dict[str, str]]:
    """What the files of a language hold: a sentence, or a finding's text in ``PARTS``."""
    folder = files(__name__) / spoken
    found: dict[str, str | dict[str, str]] = {}
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".json"):
            room = file.name.removesuffix(".json")
            for name, entry in json.loads(file.read_text("utf-8")).items():
                found[f"{room}.{name}"] = entry
    return found


def parts_of(code: str, spoken: str | None = None) -> dict[str, str]:
    """The parts of a finding's text, unfilled; those that it lacks are empty.

    >>> parts_of("data.id_counting")["done"]
    'It is left out as an identifier.'
    """
    spoken = spoken or language()
    entry = entries(spoken if code in entries(spoken) else "en")[code]
    given = {"reason": entry} if isinstance(entry, str) else entry
    return {part: given.get(part, "") for part in PARTS}


def say_parts(code: str, params: Mapping[str, Any], spoken: str | None = None) -> dict[str, str]:
    """The same filled in, as :func:`say` does."""
    shown = _shown(params)
    return {part: text.format_map(shown) for part, text in parts_of(code, spoken).items()}


def say(code: str, params: Mapping[str, Any], spoken: str | None = None) -> str:
    """Put a code and its parameters into words.

    Values are made safe for a terminal: control characters are shown as
    escapes, long lists and long texts are cut.

    Args:
        code: entry of the word catalog, ``room.name``.
        params: what its placeholders are filled with.
        spoken: the language; the one that is spoken, if none is given.

    Raises:
        KeyError: if the catalog lacks the code or the sentence a parameter;
            that is a bug, which ``tests/house`` looks for.

    >>> from goodfit.core.words import say
    >>> say("settings.unknown", {"name": "epoch", "meant": "epochs"})
    "There is no setting 'epoch'. Did you mean 'epochs'?"
    """
    if spoken is not None and spoken != language():
        with speaking(spoken):
            return say(code, params)
    return catalog()[code].format_map(_shown(params))


def listed(items: Iterable[str], by: Literal["comma", "pause", "semicolon"] = "comma") -> str:
    """Phrases with what the language puts between them.

    Args:
        items: to be listed.
        by: a comma between things, another between clauses (which Chinese tells apart), or more.

    >>> listed(["a", "b"]), listed(["a", "b"], "semicolon")
    ('a, b', 'a; b')
    """
    return catalog()[f"words.by_{by}"].join(items)


def together(texts: Iterable[str]) -> str:
    """Sentences and phrases one after the other, with a space between them.

    There is none beside a wide full stop, comma, colon or bracket, which brings its own.

    >>> together(["This is so.", "", "And that."]), together(["是這樣。", "也是那樣。"])
    ('This is so. And that.', '是這樣。也是那樣。')
    """
    whole = ""
    for text in texts:
        wide = whole[-1:] in WIDE_STOPS or text[:1] in WIDE_STARTS
        space = " " if whole and text and not wide else ""
        whole += space + text
    return whole


def _shown(params: Mapping[str, Any]) -> dict[str, str]:
    """Each parameter as text."""
    longest = {name: LONGEST_REASON if name == "reason" else SHOWN_CHARACTERS for name in params}
    return {name: in_words(value, longest=longest[name]) for name, value in params.items()}


def placeholders(sentence: str) -> set[str]:
    """Names of the parameters that a sentence of the catalog uses."""
    return set(re.findall(r"\{(\w+)\}", sentence))


def in_words(value: Any, *, longest: int = SHOWN_CHARACTERS, levels: int = SHOWN_LEVELS) -> str:
    """One parameter as text: lists and texts cut, paths whole, floats short, controls escaped."""
    if isinstance(value, Choices):
        return listed(value)
    if isinstance(value, Sentences):
        return together(value)
    if isinstance(value, (list, tuple)):
        if not levels:
            return "…"
        inner = levels - 1
        items = (
            str(v) if isinstance(v, int) else in_words(v, levels=inner) for v in value[:SHOWN_ITEMS]
        )
        shown, left = listed(items), len(value) - SHOWN_ITEMS
        more = catalog()["words.more"]
        return more.format(shown=shown, left=f"{left:,}") if left > 0 else shown
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, PurePath):
        return printable(str(value))  # of no use if cut
    # Cut before it is made printable: a hostile file may hold a text of a hundred megabytes.
    text = printable(str(value)[: longest + 1])
    return text if len(text) <= longest else text[: longest - 1] + "…"


def printable(text: str) -> str:
    r"""Text that cannot steer a terminal: control and format characters as escapes.

    >>> from goodfit.core.words import printable
    >>> print(printable("red\x1b[31m"))
    red\x1b[31m
    """
    return "".join(
        repr(letter)[1:-1]
        if unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        else letter
        for letter in text
    )
