"""Text in columns of a terminal, where a letter of Chinese is as wide as two of English."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# No line begins with one of these, and none ends with one of those.
CLOSING = frozenset("。，、；：？！）」』》〉】％…—,.;:?!)]}%'\"’”")
QUOTES = frozenset("'\"")  # which open after what closes, and else may close
OPENING = frozenset("（「『《〈【([{'\"‘“$#")


def columns(text: str) -> int:
    """How many columns of a terminal a text fills.

    >>> columns("loss"), columns("損失"), columns("é")
    (4, 4, 1)
    """
    return len(text) if text.isascii() else sum(map(_width, text))


def is_wide(letter: str) -> bool:
    """Whether a letter fills two columns, as those of Chinese do."""
    return unicodedata.east_asian_width(letter) in "WF"


def _width(letter: str) -> int:
    if unicodedata.category(letter) in {"Mn", "Me"}:
        return 0  # stands on the letter before it
    return 2 if is_wide(letter) else 1


def padded(text: str, width: int) -> str:
    """A text filled up with spaces to so many columns.

    >>> padded("損失", 6) + "|"
    '損失  |'
    """
    return text + " " * (width - columns(text))


def cut(text: str, width: int) -> str:
    """The beginning of a text that fits into so many columns.

    >>> cut("損失函數", 5)
    '損失'
    """
    if len(text) * 2 <= width:
        return text
    filled = 0
    for place, letter in enumerate(text):
        filled += _width(letter)
        if filled > width:
            return text[:place]
    return text


def wrapped(text: str, width: int, *, first: str = "", rest: str = "") -> list[str]:
    """A text in lines of so many columns, broken at spaces and between wide letters.

    Args:
        text: to be broken; it may begin with spaces, which stay.
        width: of a line with its indent, in columns.
        first: what the first line begins with.
        rest: what every other line begins with.

    >>> wrapped("每一步之後，損失都變小。", 12)
    ['每一步之後，', '損失都變小。']
    """
    lines, line, indent = list[str](), "", first
    for chunk in _chunks(text):
        room = width - columns(indent)
        while columns(line) + columns(chunk) > room:
            if columns(chunk) > room:  # longer than any line: fills what is left of this one
                head = cut(chunk, room - columns(line)) or ("" if line else chunk[:1])
                line, chunk = line + head, chunk[len(head) :]  # noqa: PLW2901
            if line.strip():
                lines.append(indent + line.rstrip())
            line, indent = "", rest if lines else first
            room = width - columns(indent)
            if chunk.isspace():
                break
        if not (chunk.isspace() and not line and lines):
            line += chunk
    return [*lines, indent + line.rstrip()] if line.strip() else lines


def _chunks(text: str) -> Iterator[str]:
    """What stays together: runs of spaces, words, and wide letters with their punctuation."""
    for part in re.findall(r"\s+|\S+", text):
        if part.isspace():
            yield " " * len(part)
        elif part.isascii():
            yield part
        else:
            yield from _letters(part)


def _letters(word: str) -> Iterator[str]:
    start = 0
    for place in range(1, len(word)):
        before, after = word[place - 1], word[place]
        wide = _width(before) == 2 or _width(after) == 2
        closes = after in CLOSING and not (after in QUOTES and before in CLOSING - QUOTES)
        if wide and before not in OPENING and not closes:
            yield word[start:place]
            start = place
    yield word[start:]
