"""``goodfit concepts``: the map, a page, a page on a model's own numbers, all pages as files."""

from __future__ import annotations

import json
from html import escape

import numpy as np
import pytest

import goodfit
from goodfit.core.concepts import CATALOG
from goodfit.core.wrapping import columns
from goodfit.interfaces import cli
from goodfit.interfaces.own_numbers import own_numbers
from goodfit.interfaces.pages.concept import Picture
from goodfit.model.illustrations import caption_of, report_of_walk
from goodfit.model.walk import walk
from helpers import raises

HOSTILE = "</td><script>alert(1)</script>\x1b[31m\u202e" + "x" * 300


def table(n_rows=60):
    rng = np.random.default_rng(0)
    x, colour = rng.normal(size=n_rows), rng.choice(["red", HOSTILE, "blue"], n_rows)
    y = np.where(x + (colour == "red") + rng.normal(size=n_rows) / 3 > 0, "yes", "no")
    return {HOSTILE: x, "colour": colour, "y": y}


@pytest.fixture(scope="module")
def fitted(tmp_path_factory):
    """A small classifier with a hostile column, and its table as a file."""
    import csv

    folder = tmp_path_factory.mktemp("concepts")
    model, source = folder / "m.goodfit", folder / "t.csv"
    data = table()
    goodfit.fit(data, target="y", network="mlp", widths=(3,), epochs=4, split="6:2:2").save(model)
    with source.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(data)
        writer.writerows(zip(*data.values(), strict=True))
    return model, source


def test_the_map_names_every_concept(goodfit_):
    code, out, _ = goodfit_("concepts")
    assert code == 0
    for name in CATALOG:
        assert name == "map" or f"  {name} " in out
    assert max(map(columns, out.splitlines())) <= 80


def test_a_name_may_be_several_words(goodfit_):
    assert goodfit_("concepts", "learning", "rate")[1].startswith("Learning rate\n=====")


def test_json_is_the_page_as_data(goodfit_):
    found = json.loads(goodfit_("concepts", "gradient", "--json")[1])
    assert found["name"] == "gradient"
    assert found["answer"][0]["spans"]


@pytest.mark.parametrize("name", [name for name in CATALOG if name != "map"])
def test_a_model_shows_its_own_numbers(goodfit_, fitted, name):
    model, source = fitted
    code, out, err = goodfit_("concepts", name, "--model", model, "--table", source, "--row", 2)
    assert (code, err) == (0, "")
    assert "On your own model" in out
    lines = out.splitlines()
    assert [line for line in lines if columns(line) > 80] == []
    assert not any(letter in out for letter in "\x1b\u202e")


@pytest.mark.parametrize("language", ["zh-Hant", "zh-Hans"])
@pytest.mark.parametrize("name", ["forward-pass", "gradient", "early-stopping", "batch"])
def test_own_numbers_fit_the_terminal_in_chinese(goodfit_, fitted, language, name):
    model, source = fitted
    options = ["--model", model, "--table", source, "--lang", language]
    code, out, err = goodfit_("concepts", name, *options)
    assert (code, err) == (0, "")
    assert [line for line in out.splitlines() if columns(line) > 80] == []


@pytest.mark.parametrize("name", ["激勵函數", "激活函数", "activation function"])
def test_words_of_both_regions_find_a_concept(goodfit_, name):
    out = goodfit_("concepts", name, "--lang", "zh-Hant")[1]
    assert out.startswith("激勵函數")


def test_the_numbers_are_the_models(goodfit_, fitted):
    model, source = fitted
    loaded = goodfit.load(model)
    out = goodfit_("concepts", "training-validation-test", "--model", model)[1]
    origin = loaded.provenance
    for part, count in [
        ("training", origin.n_training),
        ("validation", origin.n_validation),
        ("test", origin.n_test),
    ]:
        assert [part, str(count)] in [line.split() for line in out.splitlines()]
    out = goodfit_("concepts", "forward-pass", "--model", model, "--table", source)[1]
    first = loaded.predict({name: values[:1] for name, values in table().items()})[0]
    assert f"The model itself predicts {first}: the same." in out


def test_an_exact_solution_has_neither_batches_nor_learning_rates():
    x = np.arange(20.0)
    model = goodfit.fit({"x": x, "y": 3 * x}, target="y", network="linear", optimizer="exact")
    for name in ("batch", "learning-rate", "gradient"):
        assert "'exact' takes no steps" in own_numbers(name, model)[0].sentences[0]


def test_batches_are_counted_as_they_are_made():
    x = np.arange(50.0)
    settings = {"network": "linear", "epochs": 1, "batch_size": 20, "split": "none"}
    (told,) = own_numbers("batch", goodfit.fit({"x": x, "y": x}, target="y", **settings))
    assert told.sentences == (
        "A step takes 17 rows at most, and a network learns from 50. Steps in an epoch: 3.",
    )


def test_without_a_table_it_says_what_a_row_would_show(goodfit_, fitted):
    out = goodfit_("concepts", "gradient", "--model", fitted[0])[1]
    assert "--table TABLE --row N" in out
    assert "--table TABLE" not in goodfit_("concepts", "epoch", "--model", fitted[0])[1]


@pytest.fixture
def quick_pictures(monkeypatch):
    """Pictures that cost nothing: what is on them is the business of tests/model."""
    made = Picture("<svg></svg>", "A caption.")
    monkeypatch.setattr("goodfit.interfaces.cli.concepts.picture_of", lambda *_: made)


def test_a_page_has_its_picture(goodfit_, tmp_path):
    goodfit_("concepts", "derivative", "--out", "d.html")
    page = (tmp_path / "d.html").read_text("utf-8")
    assert "<svg" in page
    assert escape(caption_of("derivative")) in page


def test_a_picture_is_of_the_person_s_own_row(goodfit_, fitted, tmp_path):
    model, source = fitted
    options = ["--model", model, "--table", source, "--row", 3, "--out", "f.html"]
    goodfit_("concepts", "forward-pass", *options)
    page = (tmp_path / "f.html").read_text("utf-8")
    own = report_of_walk("forward-pass", walk(goodfit.load(model), source, row=3))
    assert escape(caption_of("forward-pass", own)) in page
    assert "<script" not in page


@pytest.mark.usefixtures("quick_pictures")
def test_pages_are_written_and_written_again(goodfit_, tmp_path):
    code, out, _ = goodfit_("concepts", "--out", "pages")
    assert code == 0
    assert f"{len(CATALOG)} pages" in out
    names = {path.name for path in (tmp_path / "pages").iterdir()}
    assert names == {"index.html", *(f"{name}.html" for name in CATALOG if name != "map")}
    assert goodfit_("concepts", "--out", "pages")[0] == 0
    assert goodfit_("concepts", "gradient", "--out", "pages")[1] == "Written: pages/gradient.html\n"


@pytest.mark.usefixtures("quick_pictures")
def test_a_page_is_opened(goodfit_, monkeypatch, tmp_path):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    goodfit_("concepts", "gradient", "--open")
    goodfit_("concepts", "--open")
    assert [address.rpartition("/")[2] for address in opened] == ["gradient.html", "index.html"]
    assert len(list(tmp_path.glob("goodfit-*/*.html"))) == 1 + len(CATALOG)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--model", "m.goodfit"], "concepts.needs_one"),
        (["gradient", "--row", "2"], "concepts.needs_model"),
        (["gradient", "--table", "t.csv"], "concepts.needs_model"),
        (["gradient", "--model", "m.goodfit", "--row", "2"], "concepts.needs_table"),
        (["gradiant"], "concepts.near"),
        (["--out", "there"], "concepts.in_the_way"),
    ],
)
def test_what_cannot_be_done_is_refused(tmp_path, monkeypatch, arguments, code):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "index.html").write_text("<p>mine</p>")
    with raises(code):
        cli.commands.main(["concepts", *arguments], "goodfit", standalone_mode=False)
    assert (tmp_path / "there" / "index.html").read_text() == "<p>mine</p>"


def test_an_error_says_where_it_is_explained(goodfit_):
    code, _, err = goodfit_("demo", "--learning-rate", "1")
    assert code == 2
    assert err.endswith("What that means: goodfit concepts learning-rate\n")


def test_a_finding_says_where_it_is_explained(goodfit_, tmp_path):
    rows = "".join(f"{x},{3 * x + x % 7}\n" for x in range(60))
    (tmp_path / "t.csv").write_text("x,y\n" + rows)
    slow = ["--network", "linear", "--optimizer", "sgd", "--learning-rate", "1e-5", "--epochs", "5"]
    code, out, _ = goodfit_("fit", "t.csv", "--target", "y", "--quiet", *slow)
    assert code == 0
    assert len(out.splitlines()) <= 24
    _, out, _ = goodfit_("inspect", "t.goodfit")
    assert "T011" in out
    assert "(goodfit concepts learning-rate)" in " ".join(out.split())
