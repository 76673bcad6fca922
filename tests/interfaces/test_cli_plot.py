"""``goodfit plot``: pictures and their numbers from the command line."""

from __future__ import annotations

import csv
import io
import json

import pytest

import goodfit


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The path of a model, and that of its table beside it."""
    folder = tmp_path_factory.mktemp("plotted")
    rows = "".join(f"{x},{3 * x + x % 3}\n" for x in range(40))
    table = folder / "table.csv"
    table.write_text("x,y\n" + rows)
    fitted = goodfit.fit(table, target="y", network="linear", epochs=5)
    return fitted.save(folder / "line.goodfit")


def test_a_model_alone_lists_its_pictures(goodfit_, model):
    code, out, _ = goodfit_("plot", model)
    assert code == 0
    assert "  loss " in out
    assert "  map " not in out
    assert f"goodfit plot {model} loss" in out
    code, out, _ = goodfit_("plot", model, "--json")
    listed = {entry["name"]: entry for entry in json.loads(out)}
    assert listed["fit"]["needs_table"] is False
    assert "map" not in listed


def test_a_picture_goes_beside_the_model(goodfit_, model):
    code, out, _ = goodfit_("plot", model, "loss")
    picture = model.with_name("line.loss.svg")
    assert (code, out) == (0, f"Drawn: {picture}.\n")
    assert picture.read_text().startswith("<svg ")


@pytest.mark.parametrize(("name", "start"), [("fit.PNG", b"\x89PNG"), ("fit.pdf", b"%PDF")])
def test_the_ending_says_what_kind_of_file(goodfit_, model, tmp_path, name, start):
    code, _, _ = goodfit_("plot", model, "fit", model.with_name("table.csv"), "--out", name)
    assert code == 0
    assert (tmp_path / name).read_bytes().startswith(start)


def test_numbers_instead_of_a_picture(goodfit_, model, tmp_path):
    table = model.with_name("table.csv")
    _, out, _ = goodfit_("plot", model, "fit", table, "--json")
    found = json.loads(out)
    assert found["slope"] == goodfit.load(model).coefficients()["x"]
    assert sum(part["n_rows"] for part in found["points"]) == 40
    _, out, _ = goodfit_("plot", model, "loss", "--csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert [float(row["training"]) for row in rows] == goodfit.load(model).history.train_loss
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lost"], "There is no picture 'lost'. This model has: loss"),
        (["map"], "Picture 'map' makes no sense for this model: a map needs exactly two"),
        (["loss", "--out", "loss.gif"], "must end in one of .svg, .png, .pdf"),
        (["loss", "--out", "missing/loss.svg"], "missing/loss.svg"),
        (["fit", "absent.csv"], "absent.csv"),
    ],
)
def test_what_cannot_be_drawn_is_said(goodfit_, model, tmp_path, arguments, said):
    code, out, err = goodfit_("plot", model, *arguments)
    assert code == 2
    assert said in err
    assert out == ""
    assert not list(tmp_path.iterdir())


def test_the_line_of_the_demo_moves(goodfit_, tmp_path):
    goodfit_("demo", "--epochs", "5", "--quiet")
    goodfit_("example", "linear15")
    code, _, err = goodfit_(
        "plot", "linear15.goodfit", "animation", "linear15.csv", "--out", "fit.gif"
    )
    assert (code, err) == (0, "")
    assert (tmp_path / "fit.gif").read_bytes().startswith(b"GIF89a")
    code, _, err = goodfit_("plot", "linear15.goodfit", "animation")
    assert code == 2
    assert "'animation' needs rows, which no model holds. Name the table" in err


def test_a_picture_takes_no_models_place(goodfit_, model):
    code, _, err = goodfit_("plot", model, "loss", "--out", model)
    assert code == 2
    assert str(model) in err
