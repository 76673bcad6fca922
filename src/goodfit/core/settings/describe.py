"""What a setting is and may be, in words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from msgspec import Meta

from goodfit.core.settings.fields import ColumnName, field_types
from goodfit.core.settings.names import ALIASES, ALIASES_OF
from goodfit.core.words import catalog


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
    words = ", ".join(choices(name))
    options = [leaf for leaf in (_in_words(leaf) for leaf in found) if leaf]
    return ", or ".join(options[:1] + [words] * bool(words) + options[1:])


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
        return title
    kind = leaf.__origin__ if get_origin(leaf) is Annotated else leaf
    if get_origin(kind) is tuple:
        items = [
            leaf.__origin__ if get_origin(leaf) is Annotated else leaf
            for leaf in leaves(get_args(kind)[0])
        ]
        if {str, float} <= set(items):
            return "a list of words or numbers"
        lists = {str: "a list of column names", int: "a list of whole numbers"}
        return lists.get(items[0], "a list of numbers")
    if get_origin(kind) is dict:
        values = " or ".join(word for word in map(_in_words, leaves(get_args(kind)[1])) if word)
        return f"for each name {values}"
    names = {int: "a whole number", float: "a number", bool: "true or false", str: "text"}
    if kind is type(None):
        return "nothing"
    if kind not in names:
        return ""
    limits = leaf.__metadata__[0] if kind is not leaf else Meta()
    phrases = (
        ("at least", limits.ge),
        ("above", limits.gt),
        ("below", limits.lt),
        ("at most", limits.le),
    )
    said = [f"{phrase} {bound:g}" for phrase, bound in phrases if bound is not None]
    if kind is str and limits.max_length:
        return f"text of {limits.max_length} character"
    return ", ".join([names[kind], *said])
