"""The pages keep to their format, say what is true, and say it in every language alike."""

from __future__ import annotations

import json
import re
import shlex
from importlib.resources import files
from typing import get_args

import pytest

import concept_facts
from goodfit.core import settings
from goodfit.core.concepts import CATALOG, THEMES, concept, facts, languages
from goodfit.core.concepts.formula import as_mathml, as_text, parse
from goodfit.core.concepts.page import Concept, read_page
from goodfit.core.concepts.prose import FACT, Block
from goodfit.core.findings import FINDINGS
from goodfit.interfaces import cli
from goodfit.interfaces.cli.demo import PRESET
from goodfit.interfaces.cli.options import chosen_settings, settings_over

FOLDER = files("goodfit.core.concepts")
#: Every page that there is; a language that is begun has some of them.
PAGES = [
    (language, name)
    for language in languages()
    for name in CATALOG
    if (FOLDER / language / f"{name}.md").is_file()
]
#: What may stand on a page as a number that nothing computes: counts that are meant exactly.
PLAIN_NUMBERS = frozenset({"0", "1", "2", "3", "−1"})
#: Code, facts, aliases and headings, whose digits are no numbers of the text.
LEFT_ALONE = re.compile(r"`[^`]*`|\{[a-z0-9-]+\}|^aliases: .*$|^#.*$", re.MULTILINE)
ENDS = re.compile(r"[.!?](?=\s|$)|[。！？]")


def source(language: str, name: str) -> str:
    return (FOLDER / language / f"{name}.md").read_text("utf-8")


def blocks(page: Concept) -> list[Block]:
    parts = (page.answer, page.example, page.formula, page.acts, page.settings, page.wrong)
    parts += (page.question, page.solution, *(kind.prose for kind in page.kinds))
    return [block for prose in parts for block in prose]


@pytest.mark.parametrize(("language", "name"), PAGES)
def test_a_page_can_be_read_and_its_links_lead_somewhere(language, name):
    page = concept(name, language)
    assert (page.name, page.language) == (name, language)
    linked = {s.concept for block in blocks(page) for s in block.spans if s.role == "link"}
    assert linked | set(page.related) <= set(CATALOG)
    for block in blocks(page):
        assert not re.search(r"[*`\[\]{}]|concept:", block.text), block.text


@pytest.mark.parametrize(("language", "name"), PAGES)
def test_an_answer_is_two_sentences(language, name):
    (answer,) = concept(name, language).answer
    assert len(ENDS.findall(answer.text)) == 2, answer.text


@pytest.mark.parametrize(("language", "name"), PAGES)
def test_a_page_tells_each_choice_of_its_setting(language, name):
    kinds = CATALOG[name].kinds
    wanted = [word for word in settings.choices(kinds) if word != "auto"] if kinds else []
    assert [kind.name for kind in concept(name, language).kinds] == wanted


@pytest.mark.parametrize(("language", "name"), PAGES)
def test_every_number_of_a_page_is_a_fact(language, name):
    text = LEFT_ALONE.sub("", source(language, name))
    loose = set(re.findall(r"(?<![\d-])[−-]?\d+(?:[.,]\d+)*", text)) - PLAIN_NUMBERS
    assert not loose, f"numbers that docs/concept_facts.py does not compute: {loose}"


@pytest.mark.parametrize(("language", "name"), [page for page in PAGES if page[0] != "en"])
def test_a_page_has_what_the_english_one_has(language, name):
    theirs, ours = source(language, name), source("en", name)
    headings = r"^#{2,3} .+$"
    assert re.findall(headings, theirs, re.MULTILINE) == re.findall(headings, ours, re.MULTILINE)
    assert set(FACT.findall(theirs)) == set(FACT.findall(ours))
    page, english = concept(name, language), concept(name)
    assert [len(page.wrong), len(page.kinds)] == [len(english.wrong), len(english.kinds)]
    for part in ("example", "formula", "acts", "settings", "question", "solution"):
        assert bool(getattr(page, part)) == bool(getattr(english, part)), part


@pytest.mark.parametrize("language", languages())
def test_a_finished_language_has_every_page(language):
    if not (FOLDER / language / "map.md").is_file():
        pytest.skip(f"{language} is not finished: it has no map yet")
    have = {file.name for file in (FOLDER / language).iterdir()}
    assert have == {f"{name}.md" for name in CATALOG}


def test_settings_and_themes_of_the_catalog_exist():
    for name, entry in CATALOG.items():
        assert set(entry.settings) <= set(settings.field_types()), name
        assert not entry.kinds or entry.kinds in entry.settings, name
        assert entry.theme in THEMES or name == "map"
        assert name not in entry.related
    assert list(dict.fromkeys(entry.theme for entry in CATALOG.values())) == [*THEMES, ""]


@pytest.mark.parametrize(("language", "name"), PAGES)
def test_settings_that_a_page_names_exist(language, name):
    page = concept(name, language)
    named = {s.text for block in blocks(page) for s in block.spans if s.role == "code"}
    words = {word for setting in settings.field_types() for word in settings.choices(setting)}
    words |= set(settings.aliases("loss")) | set(get_args(settings.MetricName))
    for text in named:
        if re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)+", text):
            assert text in words | set(settings.field_types()), text
    codes = {kind.code for kind in FINDINGS.values()}
    assert {text for text in named if re.fullmatch(r"[A-Z]\d{3}", text)} <= codes
    told = {s.text for block in page.settings for s in block.spans if s.role == "code"}
    assert set(page.setting_names) <= told, "a setting of the catalog is not spoken of"


def test_facts_are_what_goodfit_computes():
    assert concept_facts.computed() == dict(facts())
    pairs = json.loads((FOLDER / "facts.json").read_text("utf-8"), object_pairs_hook=list)
    assert [name for name, _ in pairs] == list(concept_facts.FACTS)


def test_every_fact_is_used():
    used = {fact for page in PAGES for fact in FACT.findall(source(*page))}
    assert used == set(facts())


@pytest.mark.parametrize("formula", [f for entry in CATALOG.values() for f in entry.formulas])
def test_a_formula_can_be_drawn_and_read(formula):
    drawn = as_mathml(formula)
    for tag in ("msub", "msup", "mfrac", "munderover", "mrow", "math"):
        assert drawn.count(f"<{tag}>") + drawn.count(f"<{tag} ") == drawn.count(f"</{tag}>")
    assert "\\" not in as_text(formula)
    assert not re.search(r"[{}]", as_text(formula).replace("{", "", 0))


@pytest.mark.parametrize(("formula", "text"), [
    (r"\frac{a + b}{2}", "(a + b)/2"),
    (r"∑_{i=1}^n x_i", "∑ᵢ₌₁ⁿ xᵢ"),
    (r"\sqrt{\bar{x}}", "√x̄"),
    (r"x^{a+b}", "x^(a+b)"),
])  # fmt: skip
def test_a_formula_on_one_line(formula, text):
    assert as_text(formula) == text


@pytest.mark.parametrize("formula", ["{x", "x}", r"\unknown{x}"])
def test_a_broken_formula_is_refused(formula):
    with pytest.raises(ValueError, match=r"bracket|command"):
        parse(formula)


GOOD = source("en", "gradient")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("# Gradient", "Gradient"),
        ("line: ", "lines: "),
        ("## wrong", "## wrongs"),
        ("## question", "## solution"),
        ("## formula", "## kinds"),
    ],
)
def test_a_page_that_does_not_keep_to_the_format_is_refused(before, after):
    with pytest.raises(ValueError, match=r"title|sections"):
        read_page(
            GOOD.replace(before, after, 1),
            name="gradient",
            language="en",
            entry=CATALOG["gradient"],
            facts=facts(),
        )


@pytest.mark.parametrize("command", sorted({c for e in CATALOG.values() for c in e.commands}))
def test_a_command_to_try_is_understood(command):
    program, name, *arguments = shlex.split(command)
    assert program == "goodfit"
    given = cli.commands.commands[name].make_context(name, arguments).params
    if name == "demo":
        chosen = {k: v for k, v in given.items() if k in settings.field_types()}
        assert settings_over(PRESET, chosen_settings(chosen))
