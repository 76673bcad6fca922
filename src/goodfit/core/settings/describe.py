"""What a setting is and may be, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from msgspec import Meta

from goodfit.core.settings.fields import ColumnName, field_types
from goodfit.core.settings.names import ALIASES, ALIASES_OF
from goodfit.core.words import Sentences, catalog, listed, say

#: How a plain type is called.
PLAIN = {
    int: "settings.kind_integer",
    float: "settings.kind_number",
    bool: "settings.kind_boolean",
    str: "settings.kind_text",
}


def help_line(name: str) -> str:
    """What a setting is for, in one line; in English as it stands beside its field.

    >>> help_line("seed")
    'start of everything random'
    """
    english: str = next(m.description for m in field_types()[name].__metadata__ if m.description)
    return catalog().get(f"help.{name}", english)


def names_column(name: str) -> bool:
    """Whether a setting is the name of one column.

    >>> names_column("group"), names_column("encoding")
    (True, False)
    """
    return any(_title(leaf) == _title(ColumnName) for leaf in leaves(field_types()[name]))


def choices(name: str) -> tuple[str, ...]:
    """The words that a setting may be; empty where it is not a choice among words.

    ``own`` is none: it says that an object was given (``goodfit.core.own``).

    >>> choices("keep")
    ('auto', 'best', 'last')
    """
    return tuple(
        dict.fromkeys(
            word for word in leaves(field_types()[name]) if isinstance(word, str) and word != "own"
        )
    )


@cache
def aliases(name: str) -> Mapping[str, str]:
    """Other names of the words that a setting may be.

    >>> aliases("loss")["mse"], aliases("metric")["mean_squared_error"]
    ('mean_squared_error', 'mse')
    """
    words = choices(name)
    known = {**ALIASES, **ALIASES_OF.get(name, {})}
    return {alias: word for alias, word in known.items() if word in words and alias not in words}


def allowed(name: str) -> str:
    """What a setting accepts, in words, for messages and documents.

    >>> allowed("dropout")
    'a number, at least 0, below 1, or nothing'
    """
    found = leaves(field_types()[name])
    words = listed(choices(name))
    options = [leaf for leaf in (_in_words(leaf) for leaf in found) if leaf]
    return any_of(options[:1] + [words] * bool(words) + options[1:])


def any_of(phrases: Iterable[str]) -> str:
    """Phrases of which one may be chosen.

    >>> any_of(["a number", "nothing"])
    'a number, or nothing'
    """
    return catalog()["settings.or"].join(phrases)


def either(words: Iterable[str]) -> str:
    """Words of which one is meant.

    >>> either(["a", "b"])
    'a or b'
    """
    return catalog()["settings.either"].join(words)


def leaves(kind: Any) -> list[Any]:
    """A type's alternatives: words of a choice, plain types, types with bounds."""
    if get_origin(kind) is Annotated:
        inner = leaves(kind.__origin__)
        bounds = [m for m in kind.__metadata__ if not m.description]
        return [Annotated[leaf, bounds[0]] for leaf in inner] if bounds else inner
    if get_origin(kind) in {Literal, TypeVar, Union, UnionType}:
        return [leaf for part in get_args(kind) for leaf in leaves(part)]
    return [kind]


def _title(leaf: Any) -> str | None:
    return leaf.__metadata__[0].title if get_origin(leaf) is Annotated else None


def _in_words(leaf: Any) -> str:
    if title := _title(leaf):
        return say(title, {})
    kind = leaf.__origin__ if get_origin(leaf) is Annotated else leaf
    if get_origin(kind) is tuple:
        return say(_list_code(kind), {})
    if get_origin(kind) is dict:
        values = [word for word in map(_in_words, leaves(get_args(kind)[1])) if word]
        return say("settings.kind_mapping", {"values": Sentences([either(values)])})
    if kind is type(None):
        return say("settings.kind_nothing", {})
    if kind not in PLAIN:
        return ""
    limits = leaf.__metadata__[0] if kind is not leaf else Meta()
    if kind is str and limits.max_length:
        return say("settings.kind_letters", {"count": limits.max_length})
    bounds = (("least", limits.ge), ("above", limits.gt), ("below", limits.lt), ("most", limits.le))
    said = [
        say(f"settings.bound_{name}", {"bound": f"{bound:g}"})
        for name, bound in bounds
        if bound is not None
    ]
    return listed([say(PLAIN[kind], {}), *said], "pause")


def _list_code(kind: Any) -> str:
    items = {
        leaf.__origin__ if get_origin(leaf) is Annotated else leaf
        for leaf in leaves(get_args(kind)[0])
    }
    if {str, float} <= items:
        return "settings.kind_list"
    if str in items:
        return "settings.kind_columns"
    return "settings.kind_integers" if int in items else "settings.kind_numbers"
