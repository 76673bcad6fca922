"""What a network sees of a table: the names and numbers of its inputs."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec


class Layout(msgspec.Struct, frozen=True):
    """The shape that the table gives a network.

    Args:
        dense: name of each dense input: ``x``, ``x=(missing)``, ``colour=red``.
        codes: each column of codes: its name and how many codes it has.
        outputs: how many the network must have.
        numbers: places of the dense inputs that are numbers of many values, not marks of levels.
    """

    dense: tuple[str, ...]
    codes: tuple[tuple[str, int], ...]
    outputs: int
    numbers: tuple[int, ...] = ()


def distinct(names: Iterable[str], *, taken: Iterable[str] = ()) -> tuple[str, ...]:
    """The names, numbered where one has come before or is taken.

    A column may be called what another column's level is called here.

    >>> distinct(["x", "colour=red", "colour=red", "intercept"], taken=["intercept"])
    ('x', 'colour=red', 'colour=red (2)', 'intercept (2)')
    """
    seen, found, numbers = set(taken), list[str](), dict[str, int]()
    for name in names:
        new, number = name, numbers.get(name, 1)
        while new in seen:
            number += 1
            new = f"{name} ({number})"
        numbers[name] = number
        seen.add(new)
        found.append(new)
    return tuple(found)
