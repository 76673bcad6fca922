"""Text broken into lines that fit a terminal, in which a Chinese character takes two columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# What may not begin a line, and what may not end one (W3C, "Requirements for Chinese Text
# Layout", section 3.1.5).
_NOT_FIRST = frozenset("，。、；：？！」』）》〉】”’…—％·,.;:?!)]}%")
_NOT_LAST = frozenset("「『（《〈【“‘([{")
_TOKEN = re.compile(r"\s+|\S")


def is_wide(letter: str) -> bool:
    """Whether a terminal gives a letter two columns.

    >>> is_wide("學"), is_wide("a")
    (True, False)
    """
    return unicodedata.east_asian_width(letter) in {"W", "F"}


def columns(text: str) -> int:
    """Columns that a text takes in a terminal.

    >>> columns("學習率 0.01")
    11
    """
    return sum(0 if unicodedata.combining(letter) else 1 + is_wide(letter) for letter in text)


def filled(text: str, width: int) -> str:
    """A text with spaces behind it, so that it takes as many columns.

    >>> filled("學習", 6) + "|"
    '學習  |'
    """
    return text + " " * (width - columns(text))


def wrapped(text: str, width: int, *, first: str = "", later: str = "") -> list[str]:
    """A text in lines of at most ``width`` columns.

    Broken between words and between Chinese characters, but never before a closing mark nor after
    an opening one; a word that is longer than a line stands on one of its own, and is longer.

    Args:
        text: what is to be broken.
        width: columns of a line.
        first: what the first line begins with.
        later: what the others begin with.

    >>> wrapped("學習率太大，損失會上升。", 12)
    ['學習率太大，', '損失會上升。']
    >>> wrapped("a learning rate", 12, first="- ", later="  ")
    ['- a learning', '  rate']
    """
    lines, line, start = list[str](), first, len(first)
    for piece in _pieces(text):
        if len(line) > start and columns(line + piece.rstrip()) > width:
            lines.append(line.rstrip())
            line, start, piece = later, len(later), piece.lstrip()  # noqa: PLW2901
        line += piece
    return [*lines, line.rstrip()]


def _pieces(text: str) -> Iterator[str]:
    """What may not be broken, with the spaces before it."""
    piece = ""
    for token in _TOKEN.findall(text):
        if piece.strip() and _may_break(piece[-1], token):
            yield piece
            piece = ""
        piece += " " if token.isspace() else token
    if piece:
        yield piece


def _may_break(before: str, after: str) -> bool:
    """Whether a line may end between two letters."""
    if after.isspace():
        return True
    if before.isspace() or before in _NOT_LAST or after in _NOT_FIRST:
        return False
    return is_wide(before) or is_wide(after)
