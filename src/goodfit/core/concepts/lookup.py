"""Finding a concept by any of its names, in any language."""

from __future__ import annotations

import difflib
import json
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from goodfit.core.concepts.catalog import CATALOG
from goodfit.core.concepts.page import Concept, read_page
from goodfit.core.errors import GoodfitError
from goodfit.core.settings import aliases, choices
from goodfit.core.words import language as spoken

ENGLISH = "en"
FOLDER = files("goodfit.core.concepts")
# Names that are less alike are not what was meant.
ALIKE = 0.6


@cache
def facts() -> Mapping[str, str]:
    """The numbers that the pages name, each as text; ``docs/concept_facts.py`` computes them."""
    return MappingProxyType(json.loads((FOLDER / "facts.json").read_text("utf-8")))


@cache
def languages() -> tuple[str, ...]:
    """Languages with pages, English first.

    >>> languages()[0]
    'en'
    """
    found = [folder.name for folder in FOLDER.iterdir() if (folder / "gradient.md").is_file()]
    return tuple(sorted(found, key=lambda name: (name != ENGLISH, name)))


@cache
def page(name: str, language: str) -> Concept:
    """The page of a concept; in English where a language has none of it yet."""
    file = FOLDER / language / f"{name}.md"
    if not file.is_file():
        language, file = ENGLISH, FOLDER / ENGLISH / f"{name}.md"
    text = file.read_text("utf-8")
    return read_page(text, name=name, language=language, entry=CATALOG[name], facts=facts())


def concepts(language: str | None = None) -> tuple[Concept, ...]:
    """All pages, in the order in which a beginner needs them.

    >>> "gradient" in [found.name for found in concepts()]
    True
    """
    return tuple(page(name, language or spoken()) for name in CATALOG)


def concept(name: str, language: str | None = None) -> Concept:
    """The page that explains an idea of the training: what it is, where it acts, what changes it.

    A name is understood in any language and spelling (``learning rate``, ``Learning_Rate``,
    ``學習率``), and so are the names of single kinds (``relu``, ``adam``, ``mse``).

    Args:
        name: of the concept.
        language: of the texts; the one that is spoken if not given (``goodfit.speaking``).

    Raises:
        GoodfitError: if there is no such concept; it names the one that is spelt most alike.

    >>> import goodfit
    >>> print(goodfit.concept("Learning rate").line)
    How long the steps are that training takes.
    """
    return page(find(name), language or spoken())


def find(name: str) -> str:
    """The name of the concept that is meant.

    Raises:
        GoodfitError: if there is none.

    >>> find("step size")
    'learning-rate'
    """
    known = _names()
    key = _plain(name)
    if key in known:
        return known[key]
    near = difflib.get_close_matches(key, known, n=1, cutoff=ALIKE)
    if near:
        raise GoodfitError("concepts.near", name=name, meant=known[near[0]])
    raise GoodfitError("concepts.unknown", name=name)


def _plain(name: str) -> str:
    """A name without what people write differently.

    >>> _plain("  Learning_Rate "), _plain("one-hot")
    ('learningrate', 'onehot')
    """
    text = unicodedata.normalize("NFKC", name).casefold()
    return "".join(letter for letter in text if letter.isalnum() or letter == "²") or text.strip()


@cache
def _names() -> Mapping[str, str]:
    """Every name by which a concept is known, plain; what is its own name wins."""
    found: dict[str, str] = {}
    for name in CATALOG:
        found[_plain(name)] = name
    for other, name in _others():
        found.setdefault(_plain(other), name)
    return MappingProxyType(found)


def _others() -> Iterator[tuple[str, str]]:
    """Names beside a concept's own: titles and aliases of every language, kinds and settings."""
    for language in languages():
        for name in CATALOG:
            told = page(name, language)
            yield from ((other, name) for other in (told.title, *told.aliases))
    for name, entry in CATALOG.items():
        if entry.kinds:
            yield from ((kind, name) for kind in choices(entry.kinds) if kind != "auto")
            yield from ((alias, name) for alias in aliases(entry.kinds))
        yield from ((setting, name) for setting in entry.settings)
