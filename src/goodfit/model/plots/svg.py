"""A figure as SVG for a page: text as text, colours as CSS variables, nothing of chance in it."""

from __future__ import annotations

import hashlib
import io
import re
import warnings
from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

from goodfit.core.words import language
from goodfit.model.plots.fonts import fitting
from goodfit.model.plots.style import PALETTE

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Of a file that stands alone, before those of its language; a page has its own.
FONTS = "system-ui, 'Noto Sans'"
_HEXES = {colour.light: name for name, colour in PALETTE.items()} | {"#000000": "ink"}


def figure_svg(figure: Figure, *, title: str = "", alone: bool = False) -> str:
    """Draw a figure as an SVG element that a page may hold beside others.

    It takes the width that it is given (``viewBox`` without size), its type from the page, and
    its colours from the page's variables (``--training``, ``--ink``, …; ``style.PALETTE``). The
    same figure gives the same text; identifiers within are those of no other picture.

    Args:
        figure: of a picture (``figure_of``) or any other without pyplot.
        title: what one hears who does not see it; that of the figure (its label) if not given.
        alone: a whole file: with size, ground, type and both sets of colours.

    >>> from matplotlib.figure import Figure
    >>> figure_svg(Figure(figsize=(2, 1)), title="a < b")[:60]
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 144 72"'
    """
    drawn = _drawn(figure)
    body = drawn[drawn.index("<g id=") : drawn.rindex("</svg>")]
    body = _in_tags(_with_ids(body), lambda tag: _rounded(_with_variables(_without_fonts(tag))))
    body = _grouped(re.sub(r"\n\s*", " ", body).replace("> <", "><"))
    width, height = (f"{72 * inches:g}" for inches in figure.get_size_inches())
    said = escape(title or str(figure.get_label()))
    size = f' width="{width}pt" height="{height}pt" lang="{language()}"' if alone else ""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"{size} '
        f'role="img" aria-label="{said}" style="fill:var(--ink,{PALETTE["ink"].light});'
        'stroke-linejoin:round">'
    )
    return f"{head}<title>{said}</title>{_ground() if alone else ''}{body.strip()}</svg>\n"


def _drawn(figure: Figure) -> str:
    """What matplotlib writes, whatever a person's own settings of it say."""
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    text = io.StringIO()
    chosen: Any = {"svg.fonttype": "none", "svg.hashsalt": "goodfit", "svg.image_inline": True}
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    shown = figure.patch.get_visible()
    figure.patch.set_visible(False)  # the page is the ground
    with mpl.rc_context(chosen), warnings.catch_warnings():
        # Which font shows a letter, the reader's machine decides.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from font")
        FigureCanvasSVG(figure).print_svg(text, metadata=nothing)
    figure.patch.set_visible(shown)
    return text.getvalue()


#: A tag, never what stands between two: a column may be called ``id="x"`` or ``#1f5fd0``.
_TAG = re.compile(r"<[^>]*>")
_POINTED_AT = re.compile(r'(?:(?<=href="#)|(?<=url\(#))[\w.-]+')


def _in_tags(body: str, change: Callable[[str], str]) -> str:
    return _TAG.sub(lambda found: change(found[0]), body)


def _with_ids(body: str) -> str:
    """Identifiers that are pointed at get the picture's own beginning; the others go."""
    start = "g" + hashlib.sha256(body.encode()).hexdigest()[:8]
    used = {name for tag in _TAG.findall(body) for name in _POINTED_AT.findall(tag)}
    names = {name: f"{start}-{place}" for place, name in enumerate(sorted(used))}

    def renamed(found: re.Match[str]) -> str:
        return f' id="{names[found[1]]}"' if found[1] in names else ""

    def change(tag: str) -> str:
        tag = re.sub(r' id="([^"]*)"', renamed, tag)
        return _POINTED_AT.sub(lambda found: names[found[0]], tag).replace("xlink:href", "href")

    return _in_tags(body, change)


def _without_fonts(tag: str) -> str:
    """The sizes of the type alone; its family is the page's."""
    tag = re.sub(r"font-family: [^;\"]*(?:; )?", "", tag)
    tag = re.sub(r'font: (?:[\w]+ )*?(?:([\d]+) )?([\d.]+px) [^;"]*', _sized, tag)
    return re.sub(r' transform="rotate\(-?0 [^"]*\)"', "", tag)


def _sized(found: re.Match[str]) -> str:
    """What older matplotlib says in one word, in two."""
    weight = f"font-weight: {found[1]}; " if found[1] else ""
    return f"{weight}font-size: {found[2]}"


def _with_variables(tag: str) -> str:
    """The palette's colours as variables, with what they are where nobody sets them."""

    def variable(found: re.Match[str]) -> str:
        name = _HEXES.get(found[0].lower())
        return f"var(--{name},{found[0]})" if name else found[0]

    return re.sub(r'style="[^"]*"', lambda m: re.sub(r"#[0-9a-fA-F]{6}\b", variable, m[0]), tag)


def _rounded(tag: str) -> str:
    """Places to a hundredth of a point."""

    def shorter(found: re.Match[str]) -> str:
        return re.sub(
            r"\d+\.\d{3,}", lambda n: f"{float(n[0]):.2f}".rstrip("0").rstrip("."), found[0]
        )

    return re.sub(r' (?:d|x|y|transform)="[^"]*"', shorter, tag)


def _grouped(body: str) -> str:
    """Marks that look alike, one after the other, say so once."""
    mark = r'<use (href="#[\w-]+" x="[^"]*" y="[^"]*") (style="[^"]*")/>'

    def once(found: re.Match[str]) -> str:
        marks = re.findall(mark, found[0])
        return f"<g {marks[0][1]}>" + "".join(f"<use {place}/>" for place, _ in marks) + "</g>"

    return re.sub(mark + r"(?:<use [^>]* \2/>)+", once, body)


def _ground() -> str:
    """Both sets of colours and the ground of a file that stands alone."""
    light, dark = (
        ";".join(f"--{name}:{pair[place]}" for name, pair in PALETTE.items()) for place in (0, 1)
    )
    families = ", ".join([FONTS, *(f"'{one}'" for one in fitting(language())[:4]), "sans-serif"])
    style = (
        f"svg{{{light};font-family:{families}}}@media (prefers-color-scheme:dark){{svg{{{dark}}}}}"
    )
    return f'<style>{style}</style><rect width="100%" height="100%" style="fill:var(--card)"/>'
