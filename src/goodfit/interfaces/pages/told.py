"""Sentences of the word catalog as markup: whole, with what they speak of set in its place."""

from __future__ import annotations

from collections.abc import Mapping
from string import Formatter
from typing import Any

from goodfit.core.words import catalog, in_words
from goodfit.interfaces.pages.elements import Html, h, joined, named


def told(code: str, params: Mapping[str, Any]) -> Html:
    """A sentence whose parameters may be elements; of any other what :func:`say` shows.

    >>> told("cli.spread", {"mean": h.b("2.5"), "spread": 0.25})
    '<b>2.5</b> ± 0.25'
    """
    parts: list[Html] = []
    for text, name, _, _ in Formatter().parse(catalog()[code]):
        parts.append(joined(text))
        if name:
            value = params[name]
            parts.append(value if isinstance(value, Html) else joined(in_words(value)))
    return joined(parts)


def quoted(name: object) -> Html:
    """The name of a column or level within a sentence, told from the words around it."""
    return h.b(named(name, 60))
