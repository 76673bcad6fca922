"""Every picture: its words, its method, its numbers as text, its SVG."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import msgspec
import pytest
from matplotlib import font_manager
from matplotlib.figure import Figure

from goodfit.core.words import catalog
from goodfit.model.again import divided_again
from goodfit.model.plots import (
    PLOTS,
    figure_svg,
    fonts,
    numbers_of,
    picture,
    plots_of,
    title_of,
    to_csv,
    to_json,
)
from goodfit.model.plots.figures import figure_of, write_figure
from goodfit.model.plots.namespace import Plots
from goodfit.model.plots.reports import REPORTS
from goodfit.model.plots.style import PALETTE
from helpers import raises
from plotted import MODELS, TABLES


@pytest.fixture(scope="module")
def model(models):
    return models["curve"]


@pytest.fixture(scope="module")
def rows(models):
    """The rows of each model's own table."""
    return {name: divided_again(model, TABLES[MODELS[name][0]]) for name, model in models.items()}


@pytest.fixture(scope="module")
def reports(models, rows):
    """The numbers of every picture of every model."""
    return {
        (name, plot.name): report
        for name, model in models.items()
        for plot in plots_of(model)
        if not plot.on_request and (report := plot.report(model, rows[name])) is not None
    }


def few(reports, count):
    """All pictures of trainings and networks, and each picture of rows a few times."""
    of_rows = {plot.name for plot in REPORTS}
    left = dict.fromkeys(of_rows, count)
    kept = {}
    for (model, name), report in reversed(reports.items()):
        if name not in of_rows or left[name] > 0:
            kept[model, name] = report
            left[name] = left.get(name, 0) - 1
    return kept


def test_every_picture_has_words_and_a_method():
    for name, plot in PLOTS.items():
        assert plot.name == name
        for code in ("title", "about", "not"):
            assert f"plots.{code}_{name}" in catalog(), name
    methods = {name for name in dir(Plots) if not name.startswith("_")}
    assert methods == set(PLOTS)


def test_an_unknown_picture_names_those_there_are(model):
    with raises("plots.unknown", name="los"):
        picture(model, "los")


def test_a_picture_that_makes_no_sense_says_why(models):
    with raises("plots.no_sense", name="loss") as caught:
        models["solved"].plot.loss()
    assert "for this model: it was solved exactly, without epochs. It has: network" in str(
        caught.value
    )


def test_every_picture_is_of_some_model(reports):
    quick = {plot.name for plot in PLOTS.values() if not plot.on_request}
    assert {name for _, name in reports} == quick


def test_numbers_read_back_as_the_same_report(reports):
    for (_, name), report in reports.items():
        kind = PLOTS[name].kind
        assert isinstance(report, kind)
        assert msgspec.json.decode(to_json(report), type=kind) == report
        names, *lines = csv.reader(io.StringIO(to_csv(report)))
        assert {len(line) for line in lines} == {len(names)}


def test_the_table_of_the_loss_is_its_history(model):
    rows = list(csv.DictReader(io.StringIO(to_csv(numbers_of(model, "loss")))))
    assert [float(row["training"]) for row in rows] == model.history.train_loss
    assert [float(row["validation"]) for row in rows] == model.history.valid_loss


def test_every_svg_is_xml_with_unique_ids_and_the_palettes_variables(reports):
    seen, texts = set(), set()
    for (_, name), report in few(reports, 2).items():
        figure = figure_of(PLOTS[name], report, title=title_of(name))
        text = figure_svg(figure)
        root = ET.fromstring(text)
        assert root.get("role") == "img"
        assert root.get("aria-label") == figure.get_label() == root[0].text
        assert root.get("width") is None
        ids = re.findall(r' id="([^"]+)"', text)
        assert len(set(ids)) == len(ids)
        assert text in texts or not seen & set(ids)
        seen |= set(ids)
        texts.add(text)
        assert set(re.findall(r"(?:url\(|href=\")#([\w-]+)", text)) <= set(ids)
        for variable in re.findall(r"var\(--([\w-]+)", text):
            assert variable in PALETTE
        assert "<script" not in text
        assert len(text) < 150_000
        assert not re.search(r"(?:fill|stroke): #000000", text)


def test_a_picture_drawn_twice_is_the_same_text(reports):
    for (_, name), report in few(reports, 1).items():
        first, second = (figure_svg(figure_of(PLOTS[name], report)) for _ in "ab")
        assert first == second, name


@pytest.mark.parametrize(
    "name",
    [
        "#1f5fd0",
        'style="fill: #1f5fd0"',
        ' id="x" href="#y" url(#z)',
        ' d="1.23456"',
        "font-family: mine; font: 700 12px mine",
    ],
)
def test_what_looks_like_svg_in_a_columns_name_stays_a_name(name):
    figure = Figure()
    figure.add_subplot().set_xlabel(name, color="#1f5fd0")
    texts = [element.text for element in ET.fromstring(figure_svg(figure)).iter()]
    assert name.strip() in [text and text.strip() for text in texts]


def test_a_file_alone_has_both_sets_of_colors(model, tmp_path):
    path = write_figure(picture(model, "loss"), tmp_path / "loss.svg")
    text = path.read_text()
    assert "prefers-color-scheme:dark" in text
    assert PALETTE["training"].dark in text
    ET.fromstring(text)


@pytest.mark.parametrize(("ending", "start"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
def test_files_are_the_same_each_time(model, tmp_path, ending, start):
    content = {
        write_figure(picture(model, "loss"), tmp_path / f"{name}.{ending}").read_bytes()
        for name in "ab"
    }
    assert len(content) == 1
    assert content.pop().startswith(start)


def test_another_ending_is_refused(model, tmp_path):
    with raises("plots.ending"):
        write_figure(picture(model, "loss"), tmp_path / "loss.jpg")


def test_rows_are_asked_for_where_they_are_needed(model, monkeypatch):
    monkeypatch.setitem(PLOTS, "loss", replace(PLOTS["loss"], needs_rows=True))
    with raises("plots.needs_rows", name="loss"):
        model.plot.loss()


def test_chinese_letters_get_a_font_or_an_error(tmp_path, monkeypatch):
    figure = Figure(figsize=(2, 1))
    text = figure.text(0.1, 0.5, "列 = row")
    if fonts.family_with(fonts.FAMILIES):
        assert write_figure(figure, tmp_path / "row.png").exists()
        assert text.get_fontfamily()[0] == fonts.OWN
        assert text.get_fontfamily()[1] in fonts.FAMILIES
    monkeypatch.setattr(fonts, "FAMILIES", ("No Such Sans",))
    with raises("plots.no_font", letter="列"):
        write_figure(figure, tmp_path / "row.png")
    assert "列 = row" in write_figure(figure, tmp_path / "row.svg").read_text()


def test_a_font_that_came_after_matplotlibs_list_is_found(monkeypatch):
    entry = next(one for one in font_manager.fontManager.ttflist if one.name == fonts.OWN)
    monkeypatch.setattr(font_manager.fontManager, "ttflist", [])
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda: [__file__, entry.fname])
    assert fonts.family_with.__wrapped__(("No Such Sans", fonts.OWN)) == fonts.OWN


def test_a_picture_may_stand_on_given_axes(model):
    figure = Figure()
    axes = figure.subplots(1, 2)
    assert model.plot.loss(axes=axes[1]) is figure
    assert not axes[0].lines
    assert axes[1].lines
