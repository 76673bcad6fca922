"""The prose of a concept page: paragraphs and lists of plain, strong, code and linked words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal

import msgspec

from goodfit.core.wrapping import is_wide

#: What a piece of text is.
Role = Literal["plain", "strong", "code", "link"]
# `code`, **strong**, [text](concept:name)
_MARKED = re.compile(r"`([^`]+)`|\*\*(.+?)\*\*|\[([^\]]+)\]\(concept:([a-z-]+)\)")
# {fact}: a number of facts.json.
FACT = re.compile(r"\{([a-z0-9-]+)\}")


class Span(msgspec.Struct, frozen=True):
    """A piece of text of one kind.

    Args:
        text: as it is read.
        role: what it is.
        concept: where a link leads: the name of a concept.
    """

    text: str
    role: Role = "plain"
    concept: str = ""


class Block(msgspec.Struct, frozen=True):
    """A paragraph, or an item of a list.

    Args:
        spans: its text.
        item: whether it is an item.
    """

    spans: tuple[Span, ...]
    item: bool = False

    @property
    def text(self) -> str:
        """Its words without marks; code in quotes, as a terminal shows it."""
        return "".join(f"'{s.text}'" if s.role == "code" else s.text for s in self.spans)


Prose = tuple[Block, ...]


def read_prose(lines: list[str], facts: Mapping[str, str]) -> Prose:
    """Paragraphs, parted by empty lines, and items, which begin with ``- ``.

    Raises:
        KeyError: if a fact is named that there is none of.

    >>> [block.text for block in read_prose(["One", "line.", "", "- **Two:** {n}."], {"n": "2"})]
    ['One line.', 'Two: 2.']
    """
    blocks: list[list[str]] = [[]]
    for line in lines:
        if not line.strip() or line.startswith("- "):
            blocks.append([])
        if line.strip():
            blocks[-1].append(line)
    return tuple(_block(block, facts) for block in blocks if block)


def _block(lines: list[str], facts: Mapping[str, str]) -> Block:
    item = lines[0].startswith("- ")
    text = joined([lines[0].removeprefix("- ") if item else lines[0], *lines[1:]])
    return Block(spans(FACT.sub(lambda found: facts[found[1]], text)), item)


def joined(lines: list[str]) -> str:
    """Lines as one: with a space between words, without one beside Chinese characters.

    >>> joined(["a learning", "rate"]), joined(["學習", "率"])
    ('a learning rate', '學習率')
    """
    text = ""
    for line in (line.strip() for line in lines):
        gap = " " if text and not (is_wide(text[-1]) or is_wide(line[0])) else ""
        text += gap + line
    return text


def spans(text: str) -> tuple[Span, ...]:
    """Marked text in pieces.

    >>> [span.role for span in spans("see `loss` and [it](concept:loss)")]
    ['plain', 'code', 'plain', 'link']
    """
    found: list[Span] = []
    end = 0
    for match in _MARKED.finditer(text):
        if match.start() > end:
            found.append(Span(text[end : match.start()]))
        found.append(_marked(match))
        end = match.end()
    if end < len(text):
        found.append(Span(text[end:]))
    return tuple(found)


def _marked(match: re.Match[str]) -> Span:
    code, strong, text, concept = match.groups()
    if code is not None:
        return Span(code, "code")
    if strong is not None:
        return Span(strong, "strong")
    return Span(text, "link", concept)
