"""The frame of every page: head, style sheet, contents, landmarks."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from goodfit import __version__
from goodfit.core.words import say
from goodfit.interfaces.pages.elements import Child, Html, h, joined

#: What the head of every page of ours says, so that no other file is taken for one.
GENERATOR = "Goodfit"


@dataclass(frozen=True)
class Section:
    """A part of a page with a heading of its own, which the contents name.

    Args:
        name: short word for links, unique in the page.
        title: heading.
        children: what stands below it.
        short: title in the contents, where the heading is long.
    """

    name: str
    title: str
    children: tuple[Child, ...]
    short: str = ""


def page(
    *,
    title: str,
    masthead: Child,
    sections: Sequence[Section],
    language: str,
    closing: Child = None,
) -> bytes:
    """A whole page as one file: no network, no script.

    Args:
        title: of the browser's tab.
        masthead: above all sections, with the one ``h1``.
        sections: in their order.
        language: of the texts, such as ``zh-Hant``.
        closing: at the end, below all sections.

    >>> hello = Section("first", "First", (h.p("1 < 2"),))
    >>> text = page(title="T", masthead=h.h1("T"), sections=[hello], language="en").decode()
    >>> text.startswith("<!doctype html>"), "1 &lt; 2" in text, "<script" in text
    (True, True, False)
    """
    whole = h.html(
        h.head(
            h.meta(charset="utf-8"),
            h.meta(name="viewport", content="width=device-width, initial-scale=1"),
            Html(f'<meta http-equiv="Content-Security-Policy" content="{policy()}">'),
            h.meta(name="color-scheme", content="light dark"),
            h.meta(name="generator", content=f"{GENERATOR} {__version__}"),
            h.title(title),
            Html(f"<style>{style_sheet()}</style>"),
        ),
        h.body(
            h.a(say("page.skip", {}), href="#main", class_="skip"),
            h.div(
                h.header(masthead, class_="masthead"),
                h.div(
                    _contents(sections),
                    h.main(map(_section, sections), id="main"),
                    class_="beside",
                ),
                h.footer(closing, class_="colophon"),
                class_="page",
            ),
        ),
        lang=language,
    )
    return b"<!doctype html>\n" + whole.encode()


@cache
def style_sheet() -> str:
    """The style sheet of every page."""
    return (files(__package__ or "") / "style.css").read_text("utf-8")


@cache
def policy() -> str:
    """What a browser may do for a page: show it; load nothing, run nothing.

    Of style sheets only our own is taken, by its digest; pictures carry style attributes.
    """
    digest = base64.b64encode(hashlib.sha256(style_sheet().encode()).digest()).decode()
    return "; ".join(
        (
            "default-src 'none'",
            f"style-src 'sha256-{digest}'",
            "style-src-attr 'unsafe-inline'",
            "img-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        )
    )


def is_ours(path: Path) -> bool:
    """Whether a file is a page that Goodfit wrote.

    >>> is_ours(Path("there is none"))
    False
    """
    mark = f'<meta name="generator" content="{GENERATOR} '.encode()
    try:
        with path.open("rb") as file:
            return mark in file.read(4096)
    except OSError:
        return False


def _contents(sections: Sequence[Section]) -> Html:
    return h.nav(
        h.h2(say("page.contents", {}), id="contents"),
        h.ol(h.li(h.a(one.short or one.title, href=f"#{one.name}")) for one in sections),
        class_="contents",
        aria_labelledby="contents",
    )


def _section(one: Section) -> Html:
    heading = f"{one.name}-heading"
    return h.section(
        h.h2(one.title, id=heading), one.children, id=one.name, aria_labelledby=heading
    )


def table(
    caption: str,
    heads: Sequence[Child],
    rows: Sequence[Sequence[Child]],
    *,
    class_: str = "",
    numbers: Sequence[int] | None = None,
    stacked: bool = False,
) -> Html:
    """A table with a caption; each row begins with its heading. It scrolls where it is too wide.

    Args:
        caption: what it shows.
        heads: of the columns.
        rows: cells.
        class_: of the table.
        numbers: places of the columns flush right; all but the first if not given.
        stacked: whether a narrow screen shows its rows as blocks; roles are said then, since a
            browser forgets them.

    >>> table("Scores", ["", "rmse"], [["ridge", 2.5]])[:46]
    '<div class="scroll" role="group" tabindex="0" '
    """
    right = set(range(1, len(heads)) if numbers is None else numbers)
    looks = ["number" if place in right else None for place in range(len(heads))]

    def role(name: str) -> str | None:
        return name if stacked else None

    head = [
        h.th(one, scope="col", class_=look, role=role("columnheader")) if one else h.td()
        for one, look in zip(heads, looks, strict=True)
    ]
    lines = [
        h.tr(
            (
                h.td(cell, class_=look, role=role("cell"))
                if place
                else h.th(cell, scope="row", class_=look, role=role("rowheader"))
                for place, (cell, look) in enumerate(zip(row, looks, strict=True))
            ),
            role=role("row"),
        )
        for row in rows
    ]
    inner = h.table(
        h.caption(caption),
        h.thead(h.tr(head, role=role("row")), role=role("rowgroup")),
        h.tbody(lines, role=role("rowgroup")),
        class_=class_ or None,
        role=role("table"),
    )
    return scrolling(inner, caption)


def scrolling(inner: Html, said: str) -> Html:
    """A place in which what is too wide scrolls by itself, by the keyboard too.

    Args:
        inner: what it holds.
        said: its name for who does not see it.
    """
    return h.div(inner, class_="scroll", role="group", tabindex=0, aria_label=said)


def folded(title: Child, *children: Child, class_: str | None = None) -> Html:
    """What is there for who asks: closed until then."""
    return h.details(h.summary(title), joined(children), class_=class_)
