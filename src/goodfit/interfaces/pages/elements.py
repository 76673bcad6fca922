"""Elements of HTML that cannot forget to escape: a text is a text, markup is a type of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html import escape
from typing import TypeAlias

from goodfit.core.words import printable

#: Longest text of a table's cell, name or level that a page shows; a longer one is cut.
LONGEST = 200
#: Where a link may lead: into the page, to a page beside it, to the web by a safe way.
SAFE_LINK = re.compile(r"#|https://|[\w./-]+\.html(#|$)")


class Html(str):
    """Markup: what :class:`Tag` and :func:`markup` make, and nothing else."""

    __slots__ = ()


Child: TypeAlias = "Html | str | int | float | Iterable[Child] | None"
Attribute: TypeAlias = "str | int | float | bool | None"


@dataclass(frozen=True)
class Tag:
    """A kind of element, called to make one.

    Children are texts, which are escaped, other elements, and lists of these; None is nothing.
    Attributes are keywords: ``class_`` is ``class``, ``aria_label`` is ``aria-label``; None and
    False leave one out.

    >>> p, b = Tag("p"), Tag("b")
    >>> p("1 < 2, ", b("really"), class_="so")
    '<p class="so">1 &lt; 2, <b>really</b></p>'

    Args:
        name: of the element.
        void: whether it has neither children nor an end.
    """

    name: str
    void: bool = False

    def __call__(self, *children: Child, **attributes: Attribute) -> Html:
        """Make one element."""
        start = f"<{self.name}{''.join(map(_attribute, attributes.items()))}>"
        return Html(start if self.void else f"{start}{joined(children)}</{self.name}>")


def joined(children: Child) -> Html:
    """Children as markup, one after the other, texts escaped.

    >>> joined(["a & b", None, Tag("i")("c")])
    'a &amp; b<i>c</i>'
    """
    if children is None:
        return Html()
    if isinstance(children, Html):
        return children
    if isinstance(children, str):
        return Html(escape(visible(children)))
    if isinstance(children, (int, float)):
        return Html(children)
    return Html("".join(map(joined, children)))


def markup(text: str) -> Html:
    """Take a text for markup: one that Goodfit made itself, such as a picture, never a table's."""
    return Html(text)


def visible(text: str) -> str:
    r"""A text without what could reorder, hide or steer: such characters are shown as escapes.

    >>> print(visible("a\u202eb"))
    a\u202eb
    """
    # What is printable needs no second look, letter by letter.
    return text if text.isprintable() else printable(text)


def clipped(text: str, longest: int = LONGEST) -> str:
    """A text that a table holds, cut where it would fill the page.

    >>> clipped("abcdef", 4)
    'abc…'
    """
    return text if len(text) <= longest else text[: longest - 1] + "…"


def sentence(phrase: str) -> str:
    """A phrase as it begins a line.

    >>> sentence("its cells are words")
    'Its cells are words'
    """
    return phrase[:1].upper() + phrase[1:]


def named(name: object, longest: int = LONGEST) -> Html:
    """A name, level or cell of a table, apart from the direction of the text around it."""
    return h.bdi(clipped(str(name), longest))


def _attribute(item: tuple[str, Attribute]) -> str:
    name, value = item[0].rstrip("_").replace("_", "-"), item[1]
    if value is None or value is False:
        return ""
    if value is True:
        return f" {name}"
    if name == "href" and not SAFE_LINK.match(str(value)):
        raise ValueError(f"no safe link: {value!r}")
    return f' {name}="{escape(visible(str(value)))}"'


class Elements:
    """Every kind of element that a page has, by its name.

    >>> h.h2("What & why", id="what")
    '<h2 id="what">What &amp; why</h2>'
    """

    def __getattr__(self, name: str) -> Tag:
        if name not in KNOWN:
            raise AttributeError(name)
        return Tag(name, void=name in VOID)


# Neither scripts nor frames, forms or objects: what is not here cannot be made by mistake.
_NAMES = (
    "a abbr article b bdi blockquote body br caption code col dd details div dl dt em figcaption "
    "figure footer h1 h2 h3 h4 head header html i img kbd li main meta nav ol p pre section small "
    "span strong style sub summary sup table tbody td th thead title tr ul "
    "svg g rect line path circle text "
    "math mi mn mo mrow mfrac msup msub msubsup munder mover munderover msqrt mtable mtr mtd mtext"
)
KNOWN = frozenset(_NAMES.split())
VOID = frozenset({"br", "col", "img", "meta"})
h = Elements()
