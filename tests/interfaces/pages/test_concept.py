"""Pages of concepts: whole, safe, linked with each other, in every language."""

from __future__ import annotations

import re
from html import unescape
from html.parser import HTMLParser

import pytest

import goodfit
from goodfit.core.concepts import CATALOG, concept, concepts, languages
from goodfit.core.findings import finding
from goodfit.interfaces.pages.concept import concept_page, map_page
from goodfit.interfaces.pages.findings import finding_list
from goodfit.model.walk.told import Section

VOID = {"meta", "br", "img", "col"}


class Reader(HTMLParser):
    """Reads a page strictly: each element is closed by its own end."""

    def __init__(self, page):
        super().__init__()
        self.open, self.links, self.ids, self.names = [], [], [], []
        self.feed(page.decode())
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.names.append(tag)
        self.links += [value for name, value in attrs if name == "href"]
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module", params=languages())
def pages(request):
    """Every page of a language by its file."""
    with goodfit.speaking(request.param):
        made = {f"{one.name}.html": concept_page(one, beside=True)
                for one in concepts() if one.theme}  # fmt: skip
        return request.param, {**made, "index.html": map_page()}


def test_pages_are_whole_and_need_nothing_else(pages):
    language, made = pages
    assert len(made) == len(CATALOG)
    for page in made.values():
        read = Reader(page)
        assert f'<html lang="{language}">' in page.decode()
        assert read.names.count("h1") == 1
        assert not {"script", "link", "iframe", "img"} & set(read.names)
        assert len(read.ids) == len(set(read.ids))
        assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page.decode())
        assert len(page) < 2_000_000


def test_every_link_leads_to_a_page_or_a_place(pages):
    _, made = pages
    for page in made.values():
        read = Reader(page)
        for link in read.links:
            assert link in made or link.removeprefix("#") in read.ids, link


def test_the_map_leads_to_every_page(pages):
    _, made = pages
    assert set(made) - {"index.html"} <= set(Reader(made["index.html"]).links)
    for name, page in made.items():
        assert name == "index.html" or "index.html" in Reader(page).links


@pytest.mark.parametrize("name", [name for name in CATALOG if name != "map"])
def test_a_page_alone_links_to_no_file(name):
    read = Reader(concept_page(concept(name)))
    assert all(link.startswith("#") for link in read.links)


def test_every_formula_is_mathml():
    for one in concepts():
        page = concept_page(one).decode()
        assert page.count("<math ") == len(one.formulas)


def test_each_command_can_be_copied():
    for one in concepts():
        page = unescape(concept_page(one).decode())
        assert "\\n" not in page
        assert all(f"<code>{command}</code>" in page for command in one.commands)


def test_own_numbers_are_escaped():
    hostile = "<script>alert(1)</script>\u202e"
    told = Section(name="x", title="T", sentences=(hostile,), head=("a",), rows=((hostile,),))
    page = concept_page(concept("gradient"), own=[told])
    assert "script" not in Reader(page).names
    assert "\u202e" not in page.decode()
    assert page.count(b"&lt;script&gt;alert(1)") == 2


def test_a_finding_of_a_report_says_where_it_is_explained():
    params = {"first": 2.0, "last": 1.9, "epochs": 5, "learning_rate": 1e-5, "kept": 5}
    (told,) = finding_list([finding("training.rate_too_low", params)])
    assert "goodfit concepts learning-rate" in told
