"""Every name finds its concept, whatever the language and spelling; the others are told so."""

from __future__ import annotations

from collections import defaultdict

import pytest

import goodfit
from goodfit.core import words
from goodfit.core.concepts import CATALOG, EXPLAINED, concept, concepts, explaining, find, languages
from goodfit.core.concepts.lookup import _plain
from helpers import raises


@pytest.mark.parametrize(
    "name",
    ["learning-rate", "learning_rate", "Learning Rate", "LEARNINGRATE", "lr", " step  size ",
     "ｌｅａｒｎｉｎｇ－ｒａｔｅ"],
)  # fmt: skip
def test_spelling_does_not_matter(name):
    assert find(name) == "learning-rate"


@pytest.mark.parametrize("language", languages())
def test_every_title_and_alias_finds_its_page(language):
    for page in concepts(language):
        for name in (page.name, page.title, *page.aliases):
            assert find(name) == page.name, name


def test_no_name_means_two_concepts():
    meant = defaultdict(set)
    for language in languages():
        for page in concepts(language):
            for name in (page.name, page.title, *page.aliases):
                meant[_plain(name)].add(page.name)
    assert {name: both for name, both in meant.items() if len(both) > 1} == {}


def test_a_near_miss_is_put_right():
    with raises("concepts.near", name="gradeint", meant="gradient"):
        goodfit.concept("gradeint")


@pytest.mark.parametrize(
    "name", ["zzzz", "", "<script>alert(1)</script>", "\x1b[31m", "../../etc/passwd", "{0}", "?"]
)
def test_what_is_no_concept_is_refused(name):
    with raises("concepts.unknown", name=name) as error:
        concept(name)
    assert "\x1b" not in str(error.value)


def test_a_language_without_the_page_speaks_english():
    assert goodfit.concept("gradient", language="xx").language == "en"


def test_the_map_comes_last_and_has_no_theme():
    assert list(CATALOG)[-1] == "map"
    assert [name for name, entry in CATALOG.items() if not entry.theme] == ["map"]


def test_every_concept_that_explains_something_exists_and_so_does_what_it_explains():
    assert set(EXPLAINED.values()) <= set(CATALOG)
    assert set(EXPLAINED) <= set(words.catalog())
    assert explaining("training.diverged") == "learning-rate"
