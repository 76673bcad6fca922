"""Elements escape whatever they are given; pages load and run nothing."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodfit.interfaces.pages.elements import KNOWN, VOID, Html, h, named
from goodfit.interfaces.pages.frame import Section, page, policy, style_sheet, table
from goodfit.interfaces.pages.told import told
from goodfit.model.plots.style import PALETTE
from markup import Parsed

HOSTILE = "</script><img src=x onerror=alert(1)>\"'&\u202e\u0000"


@given(st.text())
def test_a_text_stays_a_text(text):
    parsed = Parsed(h.p(text, title=text))
    assert [tag for tag, _ in parsed.tags] == ["p"]
    steering = {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert not steering & set(map(unicodedata.category, "".join(parsed.texts)))
    if text.isprintable():
        assert "".join(parsed.texts) == text
        assert parsed.tags[0][1]["title"] == text


def test_what_could_steer_or_reorder_is_shown():
    shown = "".join(Parsed(h.p(HOSTILE)).texts)
    assert shown == "</script><img src=x onerror=alert(1)>\"'&\\u202e\\x00"


def test_elements_stand_within_elements_and_texts_do_not():
    assert h.p(h.b("a"), ["<", None, 3]) == "<p><b>a</b>&lt;3</p>"
    assert not isinstance(h.p("a") + "<b>", Html), "a text that was put behind it is one again"


def test_attributes():
    made = h.td("x", class_="a", aria_label='"', hidden=True, title=None, data_n=0)
    assert made == '<td class="a" aria-label="&quot;" hidden data-n="0">x</td>'


@pytest.mark.parametrize("link", ["javascript:alert(1)", "data:text/html,x", "//x", "http://x"])
def test_links_lead_nowhere_else(link):
    with pytest.raises(ValueError, match="no safe link"):
        h.a("x", href=link)
    assert h.a("x", href="#there") == '<a href="#there">x</a>'


def test_what_runs_or_loads_cannot_be_made():
    assert not {"script", "iframe", "object", "embed", "form", "link", "base"} & KNOWN
    assert VOID < KNOWN
    with pytest.raises(AttributeError):
        h.script("alert(1)")


def test_long_cells_are_cut():
    assert len(Parsed(named("x" * 10_000)).texts[0]) == 200


def test_sentences_hold_elements():
    made = told("page.title", {"target": named("<y>")})
    assert made == "Predicting <bdi>&lt;y&gt;</bdi>"
    assert told("page.title", {"target": "<y>"}) == "Predicting &lt;y&gt;"


def test_a_page_has_landmarks_contents_and_a_policy():
    sections = [Section("one", "First", (h.p("a"),)), Section("two", "Second", ())]
    whole = page(title="<t>", masthead=h.h1("T"), sections=sections, language="zh-Hant").decode()
    parsed = Parsed(whole)
    names = [tag for tag, _ in parsed.tags]
    assert [names.count(tag) for tag in ("header", "nav", "main", "footer", "h1")] == [1] * 5
    assert dict(parsed.tags)["html"]["lang"] == "zh-Hant"
    ids = [attrs["id"] for _, attrs in parsed.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    links = [attrs["href"] for tag, attrs in parsed.tags if tag == "a"]
    assert links == ["#main", "#one", "#two"]
    assert {link[1:] for link in links} <= set(ids)
    (said,) = [attrs for _, attrs in parsed.tags if attrs.get("http-equiv")]
    assert said["content"] == policy()
    assert policy().startswith("default-src 'none'; style-src 'sha256-")


def test_the_style_sheet_loads_nothing_and_has_the_colours_of_the_pictures():
    text = style_sheet()
    assert not re.search(r"url\(|@import|expression|</", text)
    light, dark = text.split("prefers-color-scheme: dark", 1)
    for name, colour in PALETTE.items():
        assert f"--{name}: {short(colour.light)};" in light, name
        assert f"--{name}: {short(colour.dark)};" in dark, name


def short(colour):
    """#ffffff as #fff."""
    pairs = [colour[place : place + 2] for place in (1, 3, 5)]
    halves = {first for first, second in pairs if first == second}
    return (
        "#" + "".join(pair[0] for pair in pairs)
        if len(halves) == 1 and all(first == second for first, second in pairs)
        else colour
    )


def contrast(one, other):
    """WCAG's contrast of two colours."""

    def light(colour):
        digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
        parts = [int(digits[place : place + 2], 16) / 255 for place in (0, 2, 4)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return sum(w * p for w, p in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted((light(one), light(other)))
    return (high + 0.05) / (low + 0.05)


def test_type_has_contrast_on_every_ground():
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]+);", part))
        for part in style_sheet().split("prefers-color-scheme: dark", 1)
    )
    for colours in (light, dark):
        for ground in ("ground", "card", "soft"):
            for type_ in ("ink", "muted", "training"):
                assert contrast(colours[type_], colours[ground]) >= 4.5, (type_, ground)
        for type_, ground in (("validation", "soft-warning"), ("serious", "soft-serious")):
            assert contrast(colours[type_], colours[ground]) >= 4.5, type_


def test_a_table_has_a_caption_and_headings():
    parsed = Parsed(table("Scores", ["", "rmse"], [["ridge", 2.5]]))
    names = [tag for tag, _ in parsed.tags]
    assert names == [
        "div",
        "table",
        "caption",
        "thead",
        "tr",
        "td",
        "th",
        "tbody",
        "tr",
        "th",
        "td",
    ]
    assert parsed.tags[0][1]["aria-label"] == "Scores"
