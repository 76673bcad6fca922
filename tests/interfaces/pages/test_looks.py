"""Reports and concept pages in a browser: nothing sticks out or is loaded, axe-core finds nothing.

Needs Chromium, the package playwright, and axe-core: ``npm pack axe-core`` and ``tar xf`` fetch
it, and ``GOODFIT_AXE`` names its ``axe.min.js`` (``GOODFIT_CHROMIUM`` a browser elsewhere).
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

import goodfit
from goodfit.core.concepts import concept
from goodfit.core.words import LANGUAGES
from goodfit.interfaces.pages.concept import Picture, concept_page, map_page
from goodfit.model.illustrations import caption_of, svg_of
from goodfit.model.walk.told import Section
from tables_made import PENGUINS, for_task, mixed_table

AXE = os.environ.get("GOODFIT_AXE", "")
CHROMIUM = os.environ.get("GOODFIT_CHROMIUM") or shutil.which("chromium") or ""
SCREENS = {"desktop": (1440, 900), "phone": (390, 844)}
#: WCAG 2.2, levels A and AA, and what axe-core's makers think best.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not CHROMIUM, reason="there is no Chromium (GOODFIT_CHROMIUM)"),
    pytest.mark.skipif(
        not Path(AXE or "nowhere").is_file(), reason="axe-core is not at hand (GOODFIT_AXE)"
    ),
]


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as started:
        options = ["--no-sandbox", "--disable-gpu"]
        with started.chromium.launch(executable_path=CHROMIUM, args=options) as found:
            yield found


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """Reports of a line, of numbers with gaps, of classes; one with the model alone."""
    folder = tmp_path_factory.mktemp("pages")
    line = {"x": list(range(60)), "y": [3.0 * x + x % 5 for x in range(60)]}
    mixed = for_task(mixed_table(150), "regression")
    found = {}
    for name, table, target in (
        ("line", line, "y"),
        ("numbers", mixed, "price"),
        ("classes", str(PENGUINS), "species"),
    ):
        model = goodfit.fit(table, target=target, epochs=3)
        found[name] = goodfit.write_report(model, folder / f"{name}.html", table)
    found["alone"] = goodfit.write_report(model, folder / "alone.html")
    return found


@pytest.fixture(params=["line", "numbers", "classes", "alone"])
def page(pages, request):
    return pages[request.param]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("screen", SCREENS)
def test_a_report_in_a_browser(page, browser, screen, scheme):
    look_at(page, browser, screen, scheme)


@pytest.mark.parametrize("screen", SCREENS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_concept_pages_in_a_browser(browser, tmp_path, language, screen):
    told = Section(name="x", title="T", head=("a", "b"), rows=(("1", "long " * 40),))
    with goodfit.speaking(language):
        derivative = Picture(svg_of("derivative"), caption_of("derivative"))
        made = {
            "index": map_page(Picture(svg_of("map"), caption_of("map"))),
            "derivative": concept_page(concept("derivative"), picture=derivative, own=[told]),
            "loss": concept_page(concept("loss"), beside=True),
        }
    for name, content in made.items():
        (tmp_path / f"{name}.html").write_bytes(content)
        look_at(tmp_path / f"{name}.html", browser, screen, "dark")


def look_at(page, browser, screen, scheme):
    """Nothing sticks out, nothing is loaded, and axe-core finds nothing, folded or not."""
    width, height = SCREENS[screen]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, offline=True
    )
    said, asked = [], []
    shown = context.new_page()
    shown.on("console", lambda message: said.append(message.text))
    shown.on("request", lambda request: asked.append(request.url))
    shown.goto(page.as_uri())
    assert (said, asked) == ([], [page.as_uri()])
    for opened in (False, True):
        if opened:  # what is folded away
            shown.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert shown.evaluate("document.documentElement.scrollWidth") <= width, opened
    shown.evaluate(Path(AXE).read_text("utf-8"))
    found = shown.evaluate("rules => axe.run({runOnly: rules})", RULES)
    context.close()
    wrong = [f"{one['id']}: {one['nodes'][0]['html'][:200]}" for one in found["violations"]]
    assert not wrong, "\n".join(wrong)
    assert len(found["passes"]) > 20


def test_a_report_without_script_is_the_same(pages, browser):
    context = browser.new_context(java_script_enabled=False)
    shown = context.new_page()
    shown.goto(pages["classes"].as_uri())
    assert shown.locator("main > section").count() >= 6
    shown.get_by_text("The numbers of these histograms").click()
    assert shown.get_by_text("lower quartile").is_visible(), "it unfolds without script"
    context.close()


def test_a_report_is_read_by_the_keyboard(pages, browser):
    context = browser.new_context()
    shown = context.new_page()
    shown.goto(pages["classes"].as_uri())
    shown.keyboard.press("Tab")
    assert shown.evaluate("document.activeElement.className") == "skip"
    focused = set()
    for _ in range(200):
        shown.keyboard.press("Tab")
        focused.add(shown.evaluate("document.activeElement.tagName"))
    assert {"A", "SUMMARY"} <= focused
    context.close()


def test_a_report_prints(pages, browser):
    context = browser.new_context(color_scheme="dark")
    shown = context.new_page()
    shown.goto(pages["numbers"].as_uri())
    shown.emulate_media(media="print")
    ground = shown.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)", "paper is white whatever the screen"
    assert not shown.locator(".contents").is_visible()
    assert shown.pdf()[:5] == b"%PDF-"
    context.close()
