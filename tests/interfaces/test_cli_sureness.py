"""Intervals, sets, doubts and reliability at the command line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

import goodfit
from tables_made import TARGETS, for_task, mixed_table, write_csv

PACK: dict[str, Any] = {"network": "ensemble", "bag": 4, "members": 2, "epochs": 8, "widths": (8,)}


@pytest.fixture
def model(request: pytest.FixtureRequest, tmp_path: Path) -> goodfit.FittedModel:
    task = getattr(request, "param", "regression")
    table = for_task(mixed_table(200), task)
    fitted = goodfit.fit(table, target=TARGETS[task], **PACK)
    fitted.save(tmp_path / "model.goodfit")
    write_csv(for_task(mixed_table(30, seed=4), task), tmp_path / "new.csv")
    return fitted


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_intervals_stand_beside_predictions_and_their_promise_is_said(
    goodfit_: Any, model: goodfit.FittedModel
) -> None:
    code, out, err = goodfit_("predict", "model.goodfit", "new.csv", "--interval", "0.8")
    assert code == 0
    found = read(out)
    expected = model.predict_columns(mixed_table(30, seed=4), interval=0.8)
    assert list(found[0]) == list(expected) == ["prediction", "lower_0.8", "upper_0.8"]
    assert [float(row["upper_0.8"]) for row in found] == expected["upper_0.8"].tolist()
    assert "80 %" in err
    assert "160 rows" in err
    assert "not exact" in err
    assert "60 %" in err  # what CV+ is sure of
    assert "test rows" in err


@pytest.mark.parametrize("model", ["multiclass"], indirect=True)
def test_sets_are_truth_values_of_each_class(goodfit_: Any, model: goodfit.FittedModel) -> None:
    code, out, err = goodfit_("predict", "model.goodfit", "new.csv", "--interval", "0.9")
    assert code == 0
    found, expected = read(out), model.predict_set(mixed_table(30, seed=4))
    names = [f"in_set_0.9_{level}" for level in model.levels]
    assert [[row[name] == "true" for name in names] for row in found] == expected.tolist()
    assert err.startswith("goodfit: Sets cover about 90 %")


def test_as_json_the_promise_is_data(goodfit_: Any, model: goodfit.FittedModel) -> None:
    code, out, _ = goodfit_(
        "predict", "model.goodfit", "new.csv", "--interval", "0.9", "--out", "p.parquet", "--json"
    )  # fmt: skip
    assert code == 0
    told = json.loads(out)["interval"]
    assert (told["level"], told["guarantee"], told["n_rows"]) == (0.9, "approximate", 160)
    assert told["worst"] == pytest.approx(0.8)
    assert "stopping" in told["reasons"]
    assert model.scores is not None
    assert told["measured"]["covered"] == model.scores.coverage[1].covered


@pytest.mark.parametrize(("level", "said"), [("0.999", "at least 999"), ("90", "between 0 and 1")])
def test_a_level_that_cannot_be_kept_is_refused(
    goodfit_: Any, model: goodfit.FittedModel, level: str, said: str
) -> None:
    assert model.promise(0.9)
    code, out, err = goodfit_("predict", "model.goodfit", "new.csv", "--interval", level)
    assert (code, out) == (2, "")
    assert said in err


def test_rows_to_doubt_are_flagged_or_refused(
    goodfit_: Any, model: goodfit.FittedModel, tmp_path: Path
) -> None:
    assert model.seen is not None
    table = mixed_table(30, seed=4)
    table["colour"][3], table["size"][5] = 'vi"olet', 9999.0
    write_csv(for_task(table, "regression"), tmp_path / "odd.csv")
    code, out, err = goodfit_("predict", "model.goodfit", "odd.csv", "--doubt", "flag")
    assert code == 0
    doubts = [row["doubt"] for row in read(out)]
    assert doubts[3] == "unseen_level: colour"
    assert doubts[5] == "outside_range: size; far"
    assert f"{sum(map(bool, doubts))} of 30 rows" in err
    code, out, err = goodfit_("predict", "model.goodfit", "odd.csv", "--doubt", "refuse")
    assert (code, out) == (2, "")
    assert "unseen_level (colour)" in err
    code, out, err = goodfit_("predict", "model.goodfit", "odd.csv", "--doubt", "accept")
    assert (code, err) == (0, "")
    assert out.startswith("prediction\n")


def test_a_refused_file_is_not_written(
    goodfit_: Any, model: goodfit.FittedModel, tmp_path: Path
) -> None:
    assert model.seen is not None
    table = mixed_table(30, seed=4)
    table["size"][5] = 9999.0
    write_csv(for_task(table, "regression"), tmp_path / "odd.csv")
    code, _, _ = goodfit_(
        "predict", "model.goodfit", "odd.csv", "--doubt", "refuse", "--out", "p.csv"
    )
    assert code == 2
    assert not (tmp_path / "p.csv").exists()


def test_evaluate_measures_coverage(goodfit_: Any, model: goodfit.FittedModel) -> None:
    code, out, _ = goodfit_("evaluate", "model.goodfit", "new.csv", "--interval", "0.8", "--json")
    assert code == 0
    found = model.coverage(mixed_table(30, seed=4), level=0.8)
    assert json.loads(out)["coverage"]["covered"] == found.covered
    code, out, _ = goodfit_("evaluate", "model.goodfit", "new.csv", "--interval", "0.8")
    assert code == 0
    assert "--interval 0.8 covers" in out
    assert "by prediction" in out


@pytest.mark.parametrize("model", ["binary"], indirect=True)
def test_evaluate_and_inspect_show_reliability(goodfit_: Any, model: goodfit.FittedModel) -> None:
    code, out, _ = goodfit_("evaluate", "model.goodfit", "new.csv")
    assert code == 0
    assert "expected calibration error" in out
    assert f"{model.reliability(mixed_table(30, seed=4)).error:.4f}" in out
    code, out, _ = goodfit_("inspect", "model.goodfit")
    assert code == 0
    assert model.scores is not None
    assert model.scores.reliability is not None
    assert f"{model.scores.reliability.error:.4f}" in out
    data = json.loads(goodfit_("inspect", "model.goodfit", "--json")[1])
    assert data["reliability"]["n_rows"] == 40
    assert [one["level"] for one in data["coverage"]] == [0.8, 0.9]
    assert data["calibration"]["n_rows"] == 160
    assert data["seen"]["complete"] == ["size"]


def test_the_summary_says_how_sure_the_score_is(goodfit_: Any, tmp_path: Path) -> None:
    write_csv(for_task(mixed_table(300), "regression"), tmp_path / "t.csv")
    code, out, _ = goodfit_("fit", "t.csv", "--target", "price", "--epochs", "20", "--quiet")
    assert code == 0
    text = " ".join(out.split())
    assert "95 % range: rmse " in text
    assert ", less that of ridge " in text
    assert "--interval 0.9 covers" in text


def test_rows_in_time_are_promised_nothing(goodfit_: Any, tmp_path: Path) -> None:
    table = for_task(mixed_table(200), "regression")
    table["age"] = list(range(200))
    write_csv(table, tmp_path / "t.csv")
    fit = ("fit", "t.csv", "--target", "price", "--time", "age", "--network", "linear",
           "--optimizer", "exact", "--out", "m.goodfit", "--quiet")  # fmt: skip
    assert goodfit_(*fit)[0] == 0
    code, _, err = goodfit_("predict", "m.goodfit", "t.csv", "--interval", "0.8")
    assert code == 0
    assert "nothing is promised" in err
