"""Python as text: literals that cannot end early, calls that break as a formatter breaks them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from textwrap import dedent, indent
from typing import Any

# A line that is longer is broken. Inside a function it may stand four columns further right.
LONGEST = 96
PLACE = re.compile(r"‹(\w+)›")
#: Modules that a program may use, by the name it has for them: Python's own, then the others.
OWN: Mapping[str, str] = {
    "copy": "import copy",
    "csv": "import csv",
    "hashlib": "import hashlib",
    "math": "import math",
    "re": "import re",
    "sys": "import sys",
    "unicodedata": "import unicodedata",
    "Counter": "from collections import Counter",
    "UTC datetime": "from datetime import UTC, datetime",
    "datetime": "from datetime import datetime",
    "cache": "from functools import cache",
    "NormalDist": "from statistics import NormalDist",
}
OTHERS: Mapping[str, str] = {
    "np": "import numpy as np",
    "torch": "import torch",
    "nn": "from torch import nn",
    "functional": "from torch.nn import functional",
}


def literal(value: Any) -> str:
    r"""A value as Python writes it, on one line and in ASCII where it could be mistaken.

    >>> literal('say "no"'), literal("a\n'"), literal(0.1), literal((1, None))
    ('\'say "no"\'', '"a\\n\'"', '0.1', '(1, None)')
    """
    if isinstance(value, str):
        return _quoted(value)
    if isinstance(value, (list, tuple)):
        items = ", ".join(map(literal, value))
        if isinstance(value, list):
            return f"[{items}]"
        return f"({items},)" if len(value) == 1 else f"({items})"
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(k)}: {literal(v)}" for k, v in value.items()) + "}"
    if value is None or isinstance(value, (bool, int, float)):
        return repr(value)
    raise TypeError(type(value).__name__)


def _quoted(text: str) -> str:
    """A word in double quotes, or in single ones where that needs fewer escapes."""
    quote = "'" if text.count('"') > text.count("'") else '"'
    # Python's repr escapes whatever cannot be seen, such as the marks that turn text round.
    letters = (repr(letter)[1:-1] if letter not in "'\"" else letter for letter in text)
    return quote + "".join(f"\\{c}" if c == quote else c for c in letters) + quote


def call(head: str, items: Iterable[str], tail: str = ")", *, after: str = "") -> str:
    """Items between brackets: on one line, or one a line where that would be too long.

    >>> call("f(", ["a", "b"])
    'f(a, b)'
    """
    items = list(items)
    short = f"{head}{', '.join(items)}{tail}{after}"
    if len(short) <= LONGEST and "\n" not in short:
        return short
    inner = "".join(indent(f"{item},\n", "    ") for item in items)
    return f"{head}\n{inner}{tail}{after}"


def listed(head: str, items: Iterable[str], tail: str = ")") -> str:
    """Items one a line, however short."""
    inner = "".join(indent(f"{item},\n", "    ") for item in items)
    return f"{head}\n{inner}{tail}"


def block(text: str, **values: str) -> str:
    """A piece of program, flush left, with what stands between ‹ and › filled in.

    >>> block('''
    ...     x = ‹value›
    ... ''', value="1")
    'x = 1'
    """
    # In one go: what is filled in may hold such signs itself.
    return PLACE.sub(lambda found: values[found[1]], dedent(text).strip("\n"))


@dataclass
class Program:
    """A program as its author would write it: in pieces, each function above its first use.

    Args:
        helpers: functions and classes by name; those that nothing uses are not printed.
        constants: likewise, lines that stand above all.
    """

    helpers: Mapping[str, str]
    constants: Mapping[str, str]
    pieces: list[str] = field(default_factory=list[str])

    def add(self, *texts: str) -> None:
        """Go on with these lines, after an empty one."""
        joined = "\n".join(texts).strip("\n")
        if joined:
            self.pieces.append(joined)

    def text(self, title: str) -> str:
        """The whole program under its docstring."""
        found = list(self._with_helpers())
        used = frozenset[str]().union(*map(names_in, found))
        constants = [line for name, line in self.constants.items() if name in used]
        used |= frozenset[str]().union(*map(names_in, constants))
        imports = [_imports(part, used) for part in (OWN, OTHERS)]
        head = "\n\n".join("\n".join(lines) for lines in (*imports, constants) if lines)
        return _spaced([f'"""{title}"""', head, *found]) + "\n"

    def _with_helpers(self) -> Iterator[str]:
        """The pieces, each after those helpers that it is the first to use."""
        printed: set[str] = set()
        for piece in self.pieces:
            for name in self._needed(piece, printed):
                yield self.helpers[name]
            yield piece

    def _needed(self, text: str, printed: set[str]) -> Iterator[str]:
        """Helpers that a text needs and that were not printed, those they need first."""
        used = names_in(text)
        for name in self.helpers:
            if name in used and name not in printed:
                printed.add(name)
                yield from self._needed(self.helpers[name], printed)
                yield name


def _imports(modules: Mapping[str, str], used: frozenset[str]) -> list[str]:
    """The lines that a program needs; of a module from which several names come, one."""
    wanted = [names for names in modules if used.issuperset(names.split())]
    kept = [n for n in wanted if not any(n != m and n in m.split() for m in wanted)]
    return [modules[names] for names in kept]


def _spaced(pieces: list[str]) -> str:
    """Pieces under each other: two empty lines about a function, one elsewhere."""
    text = pieces[0]
    for before, piece in pairwise(pieces):
        wide = any(_is_function(one) for one in (before, piece))
        text += ("\n\n\n" if wide else "\n\n") + piece
    return text


def _is_function(piece: str) -> bool:
    return piece.startswith(("def ", "class ", "@"))


@cache
def names_in(text: str) -> frozenset[str]:
    """Every name that a text uses and does not give a value itself.

    >>> sorted(names_in("y = f(x)"))
    ['f', 'x']
    """
    nodes = list(ast.walk(ast.parse(text)))
    names = [node for node in nodes if isinstance(node, ast.Name)]
    given = {node.arg for node in nodes if isinstance(node, ast.arg)}
    given |= {node.id for node in names if not isinstance(node.ctx, ast.Load)}
    return frozenset(node.id for node in names) - given
