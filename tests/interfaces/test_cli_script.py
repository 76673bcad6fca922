"""`goodfit script` prints a program, or writes it; what is no model is refused as elsewhere."""

from __future__ import annotations

import pytest

import goodfit


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    table = {"x": [float(row) for row in range(60)], "y": [2.0 * row for row in range(60)]}
    fitted = goodfit.fit(table, target="y", network="linear", epochs=1)
    return fitted.save(tmp_path_factory.mktemp("script") / "m.goodfit"), fitted.script()


def test_a_script_is_printed(goodfit_, model):
    path, text = model
    assert goodfit_("script", path) == (0, text, "")


def test_a_script_is_written(goodfit_, model, tmp_path):
    path, text = model
    code, out, _ = goodfit_("script", path, "--out", "train.py")
    assert (code, out) == (0, "Written: train.py\n")
    assert (tmp_path / "train.py").read_text("utf-8") == text


def test_a_damaged_model_is_the_ordinary_error(goodfit_, model, tmp_path):
    damaged = tmp_path / "damaged.goodfit"
    damaged.write_bytes(model[0].read_bytes()[:-40])
    code, out, error = goodfit_("script", damaged, "--out", "train.py")
    assert (code, out) == (2, "")
    assert error.startswith("goodfit: Model file")
    assert not (tmp_path / "train.py").exists()


def test_the_model_is_not_written_over(goodfit_, model):
    before = model[0].read_bytes()
    code, _, _ = goodfit_("script", model[0], "--out", model[0])
    assert code == 2
    assert model[0].read_bytes() == before


def test_what_no_program_can_do_is_an_error(goodfit_, model, tmp_path):
    further = goodfit.fit(
        {"x": [1.0, 2.0, 3.0], "y": [2.0, 4.0, 6.0]}, start_from=model[0], split="none", epochs=1
    )
    path = further.save(tmp_path / "further.goodfit")
    code, out, error = goodfit_("script", path)
    assert (code, out) == (2, "")
    assert "went on from" in error
