r"""Formulas, written once: as MathML for a page, as plain text for a terminal.

The notation is a small part of TeX's: ``x_i``, ``x^2``, ``{…}``, ``\frac{a}{b}``, ``\sqrt{a}``,
``\hat{y}``, ``\bar{x}`` and ``\op{softmax}`` for a name in upright letters. Greek letters, signs
and spaces are written as they are; spaces stay in plain text alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html import escape

import msgspec

from goodfit.core.wrapping import columns

_TOKEN = re.compile(r"\\[a-z]+|\d+(?:\.\d+)?|.", re.DOTALL)
_SUPERSCRIPTS = dict(zip("0123456789+-−()niT", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁽⁾ⁿⁱᵀ", strict=True))
_SUBSCRIPTS = dict(zip("0123456789+-−=()aeijkmnpt", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑᵢⱼₖₘₙₚₜ", strict=True))
_ACCENTS = {"hat": ("\N{COMBINING CIRCUMFLEX ACCENT}", "^"), "bar": ("\N{COMBINING MACRON}", "¯")}
# What stands below and above these, not beside them.
_BEYOND = frozenset({"∑", "∏", "max", "min", "lim"})
# Between these the parts of a fraction need brackets on one line.
_JOINING = re.compile(r"[ +−·/-]")


class Node(msgspec.Struct, frozen=True):
    """A part of a formula.

    Args:
        kind: row, symbol, number, name, frac, sqrt, hat, bar or script.
        text: of a symbol, number or name.
        parts: inside; of a script the base, what is below and what is above (None: nothing).
    """

    kind: str
    text: str = ""
    parts: tuple[Node | None, ...] = ()


def parse(source: str) -> Node:
    """A formula as a tree.

    Raises:
        ValueError: if a bracket is missing or a command is unknown; that is a bug in a page.
    """
    tokens = [*_TOKEN.findall(source)]
    row, rest = _row(tokens, 0)
    if rest != len(tokens):
        raise ValueError(f"a bracket too many: {source}")
    return row


def _row(tokens: list[str], place: int) -> tuple[Node, int]:
    parts: list[Node | None] = []
    while place < len(tokens) and tokens[place] != "}":
        node, place = _scripted(tokens, place)
        parts.append(node)
    return Node("row", parts=tuple(parts)), place


def _scripted(tokens: list[str], place: int) -> tuple[Node, int]:
    base, place = _atom(tokens, place)
    scripts: dict[str, Node] = {}
    while place < len(tokens) and tokens[place] in {"_", "^"}:
        sign = tokens[place]
        scripts[sign], place = _atom(tokens, place + 1)
    if not scripts:
        return base, place
    return Node("script", parts=(base, scripts.get("_"), scripts.get("^"))), place


def _atom(tokens: list[str], place: int) -> tuple[Node, int]:
    found = tokens[place]
    if found == "{":
        row, end = _row(tokens, place + 1)
        if end == len(tokens):
            raise ValueError(f"a bracket is missing: {''.join(tokens)}")
        return row, end + 1
    if found == "\\op":
        end = tokens.index("}", place)
        return Node("name", "".join(tokens[place + 2 : end])), end + 1
    if found.startswith("\\"):
        count = {"\\frac": 2, "\\sqrt": 1, "\\hat": 1, "\\bar": 1}.get(found)
        if count is None:
            raise ValueError(f"no such command: {found}")
        parts: list[Node | None] = []
        place += 1
        for _ in range(count):
            part, place = _atom(tokens, place)
            parts.append(part)
        return Node(found[1:], parts=tuple(parts)), place
    return Node("number" if found[0].isdigit() else "symbol", found), place + 1


def as_text(source: str) -> str:
    r"""A formula on one line.

    >>> as_text(r"w ← w − η · \frac{∂L}{∂w}"), as_text(r"\hat{y}_i = x^2")
    ('w ← w − η · ∂L/∂w', 'ŷᵢ = x²')
    """
    return unicodedata.normalize("NFC", _text(parse(source)))


def _text(node: Node | None) -> str:
    if node is None:
        return ""
    inner = [_text(part) for part in node.parts]
    if node.kind == "row":
        return "".join(inner)
    if node.kind == "frac":
        return "/".join(_bracketed(part) for part in inner)
    if node.kind == "sqrt":
        return f"√{inner[0]}" if columns(inner[0]) == 1 else f"√({inner[0]})"
    if node.kind in _ACCENTS:
        return inner[0] + _ACCENTS[node.kind][0]
    if node.kind == "script":
        base, below, above = inner
        return base + _small(below, "_", _SUBSCRIPTS) + _small(above, "^", _SUPERSCRIPTS)
    return node.text


def _bracketed(text: str) -> str:
    whole = text.startswith("(") and text.find(")") == len(text) - 1
    return f"({text})" if _JOINING.search(text.strip()) and not whole else text


def _small(text: str, sign: str, letters: dict[str, str]) -> str:
    if text not in _BEYOND and all(letter in letters for letter in text):
        return "".join(letters[letter] for letter in text)
    return f"{sign}{text}" if len(text) == 1 or text in _BEYOND else f"{sign}({text})"


def as_mathml(source: str) -> str:
    r"""A formula as a MathML element, which browsers draw without a script.

    >>> as_mathml("x^2")
    '<math display="block"><msup><mi>x</mi><mn>2</mn></msup></math>'
    """
    return f'<math display="block">{"".join(_elements(parse(source)))}</math>'


def _elements(node: Node) -> Iterator[str]:
    """The parts of a row one by one, spaces left out."""
    for part in node.parts if node.kind == "row" else (node,):
        if part is not None and part.text != " ":
            yield _element(part)


def _element(node: Node) -> str:
    if node.kind == "row":
        inner = [*_elements(node)]
        return inner[0] if len(inner) == 1 else f"<mrow>{''.join(inner)}</mrow>"
    if node.kind == "number":
        return f"<mn>{node.text}</mn>"
    if node.kind == "name":
        return f"<mi>{escape(node.text)}</mi>"
    if node.kind == "symbol":
        letter = node.text.isalpha() or node.text in "∞∂∇"
        tag = "mi" if letter and node.text not in "∑∏" else "mo"
        return f"<{tag}>{escape(node.text)}</{tag}>"
    if node.kind == "script":
        return _script(node)
    inner = "".join(_element(part) for part in node.parts if part is not None)
    if node.kind in _ACCENTS:
        return f'<mover accent="true">{inner}<mo>{_ACCENTS[node.kind][1]}</mo></mover>'
    return f"<m{node.kind}>{inner}</m{node.kind}>"


def _script(node: Node) -> str:
    base, below, above = node.parts
    assert base is not None
    words = ("under", "over") if base.text in _BEYOND else ("sub", "sup")
    kind = words[0] * (below is not None) + words[1] * (above is not None)
    inner = "".join(_element(part) for part in (base, below, above) if part is not None)
    return f"<m{kind}>{inner}</m{kind}>"
