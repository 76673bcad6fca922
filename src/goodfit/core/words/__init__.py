"""Codes and parameters turned into words.

The catalog is one JSON file a room (``en/data.json`` holds every ``data.*``
code), so that a language is a folder and a missing text is found by a test.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import PurePath
from typing import Any

# A sentence that lists rows, levels or columns names this many and counts the rest.
SHOWN_ITEMS = 6
# Lists within lists, as only a hostile file has them, are shown to this depth.
SHOWN_LEVELS = 3
# Longer values (a cell that holds a letter, say) are cut in sentences.
SHOWN_CHARACTERS = 60
# What another library says (the parameter ``reason``) is of no use without its end.
LONGEST_REASON = 240


class Choices(tuple[str, ...]):
    """Names to choose from: a sentence shows them all, however many.

    >>> in_words(Choices("abcdefgh"))
    'a, b, c, d, e, f, g, h'
    """

    __slots__ = ()


@cache
def catalog(language: str = "en") -> dict[str, str]:
    """Every sentence of one language, by code."""
    folder = files(__name__) / language
    sentences: dict[str, str] = {}
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".json"):
            room = file.name.removesuffix(".json")
            for name, sentence in json.loads(file.read_text("utf-8")).items():
                sentences[f"{room}.{name}"] = sentence
    return sentences


def say(code: str, params: Mapping[str, Any], language: str = "en") -> str:
    """Put a code and its parameters into words.

    Values are made safe for a terminal: control characters are shown as
    escapes, long lists and long texts are cut.

    Raises:
        KeyError: if the catalog lacks the code or the sentence a parameter;
            that is a bug, which ``tests/house`` looks for.

    >>> from goodfit.core.words import say
    >>> say("settings.unknown", {"name": "epoch", "meant": "epochs"})
    "There is no setting 'epoch'. Did you mean 'epochs'?"
    """
    sentence = catalog(language)[code]
    longest = {name: LONGEST_REASON if name == "reason" else SHOWN_CHARACTERS for name in params}
    shown = {name: in_words(value, longest=longest[name]) for name, value in params.items()}
    return sentence.format_map(shown)


def placeholders(sentence: str) -> set[str]:
    """Names of the parameters that a sentence of the catalog uses."""
    return set(re.findall(r"\{(\w+)\}", sentence))


def in_words(value: Any, *, longest: int = SHOWN_CHARACTERS, levels: int = SHOWN_LEVELS) -> str:
    """One parameter as text: lists and texts cut, paths whole, floats short, controls escaped."""
    if isinstance(value, Choices):
        return ", ".join(value)
    if isinstance(value, (list, tuple)):
        if not levels:
            return "…"
        inner = levels - 1
        items = (
            str(v) if isinstance(v, int) else in_words(v, levels=inner) for v in value[:SHOWN_ITEMS]
        )
        shown = ", ".join(items)
        left = len(value) - SHOWN_ITEMS
        return f"{shown} and {left:,} more" if left > 0 else shown
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
