"""Pages of concepts: one a concept, and the map that leads to them all."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from goodfit.core.concepts import CATALOG, THEMES, Concept, Prose, concept, concepts
from goodfit.core.concepts.formula import as_mathml
from goodfit.core.settings import help_line
from goodfit.core.words import language, say
from goodfit.interfaces.pages.elements import Child, Html, h, markup
from goodfit.interfaces.pages.frame import Section, folded, page, table

if TYPE_CHECKING:
    from goodfit.model.walk.told import Section as Told

MAP = "index"


class Picture(NamedTuple):
    """A concept's picture, as an SVG element, and the sentence with its numbers."""

    svg: str
    caption: str


class Links(msgspec.Struct, frozen=True):
    """Where links between concepts lead.

    Args:
        beside: whether the other pages lie beside this one; else the command is named.
    """

    beside: bool = False

    def to(self, name: str, text: str) -> Child:
        """A link to a concept; its words alone where there is nothing to link to."""
        return h.a(text, href=f"{file_of(name)}.html") if self.beside else text


def file_of(name: str) -> str:
    """Name of a concept's file without its ending; the map is what a browser opens first.

    >>> file_of("gradient"), file_of("map")
    ('gradient', 'index')
    """
    return MAP if name == "map" else name


def concept_page(
    found: Concept,
    *,
    own: Sequence[Told] = (),
    picture: Picture | None = None,
    beside: bool = False,
) -> bytes:
    """A concept's page.

    Args:
        found: the concept.
        own: a model's own numbers for it.
        picture: of it.
        beside: whether the pages of the other concepts lie beside it.

    >>> from goodfit.core.concepts import concept
    >>> b"<h1>Gradient</h1>" in concept_page(concept("gradient"))
    True
    """
    links = Links(beside)
    return page(
        title=say("concepts.page_title", {"title": found.title}),
        masthead=_masthead(found.title, _prose(found.answer, links), links),
        sections=[
            *_picture(picture),
            *_part("example", _prose(found.example, links)),
            *_own(own),
            *_part("formula", _formula(found, links)),
            *_part("acts", _prose(found.acts, links)),
            *_part("settings", [*_prose(found.settings, links), *_settings(found)]),
            *_part("wrong", _prose(found.wrong, links)),
            *_part("kinds", _kinds(found, links)),
            *_part("commands", [h.pre(h.code(command)) for command in found.commands]),
            *_part("question", _question(found, links)),
            *_part("related", _related(found, links)),
        ],
        language=language(),
        closing=h.p(say("concepts.closing", {})),
    )


def map_page(picture: Picture | None = None) -> bytes:
    """The map: every concept by theme, a line each, in the order in which one needs them."""
    links, found = Links(beside=True), concept("map")
    return page(
        title=say("concepts.page_title", {"title": found.title}),
        masthead=_masthead(found.title, _prose(found.answer, links), links, top=False),
        sections=[*_picture(picture), *(_theme(theme, links) for theme in THEMES)],
        language=language(),
        closing=h.p(say("concepts.closing", {})),
    )


def _masthead(title: str, lead: Child, links: Links, *, top: bool = True) -> Html:
    home = links.to("map", concept("map").title) if top else None
    mark = h.p(h.b("Goodfit"), [" · ", home] if home else None, class_="wordmark")
    return Html(mark + h.h1(title) + h.div(lead, class_="answer"))


def _part(name: str, children: Sequence[Child]) -> list[Section]:
    """A section in a card; none where there is nothing to say."""
    card = h.div(children, class_="card prose")
    return [Section(name, say(f"concepts.{name}", {}), (card,))] if children else []


def _prose(prose: Prose, links: Links) -> list[Html]:
    """Paragraphs, and lists of the items that follow each other."""
    found: list[Html] = []
    for items, blocks in groupby(prose, key=lambda block: block.item):
        texts = [[_span(span.role, span.text, span.concept, links) for span in block.spans]
                 for block in blocks]  # fmt: skip
        found += [h.ul(map(h.li, texts))] if items else [h.p(text) for text in texts]
    return found


def _span(role: str, text: str, name: str, links: Links) -> Child:
    if role == "link":
        return links.to(name, text)
    return {"plain": text, "strong": h.strong(text), "code": h.code(text)}[role]


def _picture(picture: Picture | None) -> list[Section]:
    if picture is None:
        return []
    figure = h.figure(
        h.figcaption(h.p(picture.caption)), markup(picture.svg), class_="card picture"
    )
    return [Section("picture", say("concepts.picture", {}), (figure,))]


def _own(own: Sequence[Told]) -> list[Section]:
    """A model's numbers: sentences, and a table each."""
    if not own:
        return []
    parts = [
        h.div(
            h.h3(told.title),
            [h.p(sentence) for sentence in told.sentences],
            table(told.title, told.head, told.rows, numbers=()) if told.rows else None,
            class_="card own",
        )
        for told in own
    ]
    return [Section("own", say("concepts.own", {}), tuple(parts))]


def _formula(found: Concept, links: Links) -> list[Child]:
    if not found.formulas:
        return []
    drawn = [h.div(markup(as_mathml(source)), class_="formula") for source in found.formulas]
    return [folded(say("concepts.formula_folded", {}), drawn, _prose(found.formula, links))]


def _settings(found: Concept) -> list[Html]:
    if not found.setting_names:
        return []
    pairs = [
        (h.dt(h.code("--" + name.replace("_", "-"))), h.dd(help_line(name)))
        for name in found.setting_names
    ]
    return [h.dl(pairs, class_="named")]


def _kinds(found: Concept, links: Links) -> list[Html]:
    if not found.kinds:
        return []
    pairs = [(h.dt(h.code(kind.name)), h.dd(_inline(kind.prose, links))) for kind in found.kinds]
    return [h.dl(pairs, class_="named")]


def _inline(prose: Prose, links: Links) -> list[Child]:
    return [_span(s.role, s.text, s.concept, links) for block in prose for s in block.spans]


def _question(found: Concept, links: Links) -> list[Child]:
    solution = folded(say("concepts.solution", {}), _prose(found.solution, links))
    return [*_prose(found.question, links), solution] if found.question else []


def _related(found: Concept, links: Links) -> list[Html]:
    if not found.related:
        return []
    return [_list([concept(name) for name in found.related], links)]


def _theme(theme: str, links: Links) -> Section:
    """A part of the map."""
    those = [one for one in concepts() if CATALOG[one.name].theme == theme]
    title = f"{THEMES.index(theme) + 1} · {say(f'concepts.theme_{theme}', {})}"
    return Section(theme, title, (h.div(_list(those, links), class_="card"),))


def _list(those: Sequence[Concept], links: Links) -> Html:
    """Concepts with a line each; where no page lies beside, with the command that shows it."""
    pairs: list[Child] = [
        (
            h.dt(links.to(one.name, one.title)),
            h.dd(one.line, None if links.beside else [" ", h.code(f"goodfit concepts {one.name}")]),
        )
        for one in those
    ]
    return h.dl(pairs, class_="named concepts")
