"""Findings of whole fits: kept in the model, the most severe first, errors if asked."""

from __future__ import annotations

import dataclasses
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

import goodfit
from goodfit.core.findings import FINDINGS, MEANING, Finding, as_findings, finding
from goodfit.core.remarks import SEVERITIES
from goodfit.core.settings import make_settings
from goodfit.model.fit import start
from goodfit.model.missed import missed_by
from goodfit.model.records import Scores
from goodfit.model.run import Run
from goodfit.networks.solve import solve_logistic
from helpers import has_remark, lacks_remark, raises

QUICK = {"network": "mlp", "widths": (16,), "epochs": 30, "learning_rate": 0.03}


def table(n_rows: int = 300, **more: Any) -> dict[str, Any]:
    """Three numbers and a target that they tell, but for some noise."""
    random = np.random.default_rng(0)
    cells = {name: random.normal(size=n_rows) for name in "abc"}
    y = 2 * cells["a"] - cells["b"] + cells["c"] ** 2 + 0.3 * random.normal(size=n_rows)
    return {**cells, **more, "y": y}


def begun(cells: dict[str, Any], **chosen: Any) -> Run:
    return start(cells, target="y", settings=make_settings(**chosen))


def finished(run: Run) -> goodfit.FittedModel:
    for _ in run.events():
        pass
    return run.finish()


# --- what a finding is


def test_every_code_is_given_once_and_its_letter_says_what_it_is_about() -> None:
    codes = [kind.code for kind in FINDINGS.values()]
    assert len(set(codes)) == len(codes)
    assert all(code[0] in "DT" and code[1:].isdigit() and len(code) == 4 for code in codes)
    assert set(MEANING) == set(SEVERITIES)


def test_the_most_severe_findings_come_first_else_they_keep_their_order() -> None:
    said = [
        finding("data.constant", {"column": "x"}),
        finding("data.id_number", {"column": "y"}),
        finding("model.same_table"),
        finding("data.id_counting", {"column": "z"}),
    ]
    assert [one.code for one in as_findings(said)] == ["D019", "D005", "D001", "D003"]


def test_a_finding_tells_reason_deed_and_advice() -> None:
    (one,) = as_findings([finding("data.id_counting", {"column": "customer_id"})])
    assert one == Finding(
        code="D003",
        severity="note",
        name="data.id_counting",
        params={"column": "customer_id"},
        reason="Column 'customer_id' counts the rows.",
        done="It is left out as an identifier.",
        advice="If it is a number to learn from, say so (setting 'number').",
    )
    assert one.text == f"{one.reason} {one.done} {one.advice}"


# --- of a fit


def test_a_good_fit_of_a_good_table_has_no_findings() -> None:
    model = goodfit.fit(table(), target="y")
    assert model.findings == ()


def test_the_findings_are_kept_in_the_file(tmp_path: Path) -> None:
    cells = table(row_id=np.arange(1, 301))
    model = goodfit.fit(cells | {"copy": cells["y"]}, target="y", **QUICK)
    assert [one.code for one in model.findings][:1] == ["D010"]
    assert "D003" in [one.code for one in model.findings]
    assert goodfit.load(model.save(tmp_path / "m.goodfit")).findings == model.findings


def test_estimators_have_the_same_findings() -> None:
    cells = table()
    X = pd.DataFrame({name: cells[name] for name in "abc"} | {"copy": cells["y"]})
    fitted = goodfit.Regressor(network="linear", optimizer="exact").fit(X, cells["y"])
    assert [one.code for one in fitted.findings_][:1] == ["D010"]
    assert fitted.findings_ == fitted.model_.findings
    plain = goodfit.Regressor(network="linear", optimizer="exact").fit(X[["a", "b"]], cells["y"])
    assert plain.findings_ == ()


def test_folds_are_dealt_again_and_again_with_a_note() -> None:
    chosen = {"network": "linear", "optimizer": "exact", "folds": 3}
    has_remark(begun(table(), **chosen, repeats=2).remarks, "data.folds_repeated", n_folds=6)
    lacks_remark(begun(table(), **chosen).remarks, "data.folds_repeated")


# --- strict


def test_strict_makes_errors_of_warnings_before_the_training() -> None:
    cells = table()
    with raises("settings.strict", count=1) as caught:
        begun(cells | {"copy": cells["y"]}, strict=True)
    assert "D010: Column 'copy' is the target 'y' itself" in str(caught.value)


def test_strict_lets_notes_pass() -> None:
    cells = table(row_id=np.arange(1, 301))
    model = goodfit.fit(cells, target="y", strict=True)
    assert [one.code for one in model.findings] == ["D003"]


def test_strict_refuses_after_the_training_what_is_known_only_then() -> None:
    run = begun(table(), **QUICK | {"epochs": 2, "learning_rate": 0.001}, strict=True)
    for _ in run.events():
        pass
    with raises("settings.strict") as caught:
        run.finish()
    assert "T017: The network misses" in str(caught.value)


def test_strict_does_not_lose_a_model_that_was_stopped() -> None:
    run = begun(table(), **QUICK, strict=True)
    for event in run.events():
        run.controls.stop = bool(event)
    has_remark(run.finish().remarks, "model.stopped_early")


def test_strict_judges_the_model_not_the_folds_that_test_it() -> None:
    model = goodfit.fit(table(40), target="y", network="linear", optimizer="exact", strict=True)
    has_remark(model.remarks, "model.few_rows")


def test_an_estimator_can_be_strict() -> None:
    cells = table()
    X = np.column_stack([cells["a"], cells["b"], cells["y"]])
    with raises("settings.strict", count=1):
        goodfit.Regressor(strict=True).fit(X, cells["y"])


# --- test rows reach no choice


@pytest.mark.parametrize("task", ["regression", "binary"])
def test_other_test_rows_give_the_same_model(task: str) -> None:
    """Whatever the test rows hold, all that is learnt and chosen is equal to the bit."""
    cells = table(part=["test" if n % 5 == 0 else "training" for n in range(300)])
    if task == "binary":
        cells["y"] = np.where(cells["y"] > 0, "yes", "no")
    spoilt, tests = {name: np.array(column) for name, column in cells.items()}, np.arange(0, 300, 5)
    for name in "abc":
        spoilt[name][tests] = spoilt[name][tests + 1] * (1000 if name == "a" else 1)
    spoilt["y"][tests] = spoilt["y"][tests + 1]
    spoilt["a"][tests[:30]] = spoilt["a"][tests[:30] + 1]  # copies, and drift
    one, other = (goodfit.fit(rows, target="y", part="part") for rows in (cells, spoilt))
    for first, second in zip(
        one.network.state_dict().values(), other.network.state_dict().values(), strict=True
    ):
        assert torch.equal(first, second)
    for part in ("settings", "preprocessing", "history"):
        assert msgspec.json.encode(getattr(one, part)) == msgspec.json.encode(getattr(other, part))
    # Why a target is of its task tells of the whole column: its least and largest number.
    assert one.schema.columns == other.schema.columns
    assert one.schema.target.levels == other.schema.target.levels
    codes = {one.code for one in other.findings} - {one.code for one in one.findings}
    assert codes >= {"D017", "D070"}
    assert one.scores != other.scores


# --- what is seen once a network is trained


def with_dead_neurons(run: Run) -> Run:
    for name, parameter in run.network.named_parameters():
        if "bias" in name and not name.startswith(("last", "mix")):
            parameter.data.fill_(-100.0)
    return run


def test_rectifiers_below_zero_are_dead() -> None:
    chosen = {"network": "mlp", "widths": (16, 16), "epochs": 3}
    model = finished(with_dead_neurons(begun(table(), **chosen)))
    has_remark(model.remarks, "training.units_dead", dead=32, n_units=32, percent=100)
    lacks_remark(finished(begun(table(), **chosen)).remarks, "training.units_dead")


def test_those_of_an_ensemble_are_seen_too() -> None:
    model = finished(with_dead_neurons(begun(table(), epochs=3)))
    said = has_remark(model.remarks, "training.units_dead", percent=100)
    assert said.params["dead"] == said.params["n_units"] > 100
    lacks_remark(finished(begun(table(), epochs=3)).remarks, "training.units_dead")


@pytest.mark.parametrize("bias", [-100.0, 0.0])
def test_those_of_an_own_network_are_seen_too(bias: float) -> None:
    def make(inputs: int, outputs: int) -> nn.Module:
        hidden = nn.Linear(inputs, 8)
        nn.init.constant_(hidden.bias, bias)
        return nn.Sequential(hidden, nn.ReLU(), nn.Linear(8, outputs))

    model = goodfit.fit(table(), target="y", network=make, epochs=3)
    dead = "training.units_dead" in {remark.code for remark in model.remarks}
    assert dead == (bias < 0)


def test_a_gradient_that_is_lost_on_the_way_is_seen() -> None:
    chosen = {"network": "mlp", "widths": (16,) * 12, "epochs": 2}
    deep = finished(begun(table(), **chosen, activation="sigmoid"))
    said = has_remark(deep.remarks, "training.gradients_vanish")
    assert said.params["first"] < 1e-4 * said.params["last"]
    kept = finished(begun(table(), **chosen, activation="relu", initialization="kaiming_normal"))
    lacks_remark(kept.remarks, "training.gradients_vanish")


def test_looking_into_a_network_changes_nothing() -> None:
    run = begun(table(), **QUICK)
    for _ in run.events():
        pass
    model, again = run.finish(), begun(table(), **QUICK)
    for _ in again.train(looked_into=False):
        pass
    for mine, other in zip(model.network.parameters(), again.network.parameters(), strict=True):
        assert torch.equal(mine, other)


# --- by the scores


def test_a_network_that_misses_what_a_line_finds_is_serious() -> None:
    cells = table()
    cells["y"] = 5 * cells["a"] - 3 * cells["b"]
    model = goodfit.fit(cells, target="y", **QUICK | {"learning_rate": 1e-6})
    said = has_remark(model.remarks, "model.underfitted", metric="rmse")
    assert said.params["value"] > 2 * said.params["line"]
    lacks_remark(goodfit.fit(cells, target="y", **QUICK).remarks, "model.underfitted")


def test_a_network_that_knows_its_rows_by_heart_alone_is_serious() -> None:
    random = np.random.default_rng(1)
    X = random.normal(size=(600, 20))
    cells = {f"x{k}": column for k, column in enumerate(X.T)}
    cells["y"] = np.where(2 * X[:, 0] + random.normal(size=600) > 0, "yes", "no")
    wide = {"network": "mlp", "widths": (256, 256), "learning_rate": 0.01}
    model = goodfit.fit(cells, target="y", **wide, epochs=60, early_stopping=0, keep="last")
    said = has_remark(model.remarks, "model.learnt_by_heart", metric="log_loss")
    assert said.params["train_loss"] < 0.1 < said.params["valid_loss"]
    has_remark(model.remarks, "training.overfitted")
    lacks_remark(goodfit.fit(cells, target="y", **wide).remarks, "model.learnt_by_heart")


def test_a_line_that_finds_nothing_is_not_missed() -> None:
    made = Scores(
        part="test",
        metrics={"rmse": 12.0},
        baselines={"mean": {"rmse": 10.0}, "ridge": {"rmse": 9.9}},
        against_linear=None,
        headline="rmse",
    )
    assert missed_by(made) is None
    assert missed_by(msgspec.structs.replace(made, baselines={"mean": {"rmse": 10.0}})) is None
    line = {"mean": {"rmse": 10.0}, "ridge": {"rmse": 2.0}}
    missing = msgspec.structs.replace(made, baselines=line)
    assert missed_by(missing) is not None
    assert missed_by(msgspec.structs.replace(missing, against_linear=(9.0, 2.0))) is not None
    assert missed_by(msgspec.structs.replace(missing, against_linear=(9.0, 4.0))) is None  # chance
    near = {"rmse": 5.9}
    assert missed_by(msgspec.structs.replace(missing, metrics=near)) is None


def test_an_exact_solution_that_is_not_reached_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    cells = table()
    cells["y"] = np.where(cells["y"] > 0, "yes", "no")
    exact = {"network": "linear", "optimizer": "exact"}
    lacks_remark(goodfit.fit(cells, target="y", **exact).remarks, "training.not_converged")
    hurried = partial(solve_logistic, max_iterations=1)
    monkeypatch.setattr("goodfit.networks.linear.solve_logistic", hurried)
    model = goodfit.fit(cells, target="y", **exact)
    has_remark(model.remarks, "training.not_converged", iterations=1)


# --- cells that no training can compute with


def test_cells_too_large_to_compute_with_are_named() -> None:
    cells = table()
    cells["b"][[40, 41]] = 1e30
    chosen = {**QUICK, "preprocessing": "none", "precision": "float32"}
    run = begun(cells, **chosen)
    with raises("training.cells_too_large", column="b", epoch=1) as caught:
        finished(run)
    assert set(caught.value.params["rows"]) <= {41, 42}
    cells["b"][[40, 41]] = 3.0
    assert finished(begun(cells, **chosen)).scores is not None


def test_a_loss_that_is_no_number_without_such_cells_is_told_as_it_is() -> None:
    def broken(outputs: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        return (outputs - target).square().flatten() * float("nan")

    with raises("training.not_finite"):
        goodfit.fit(table(), target="y", loss=broken, **QUICK)


def test_findings_are_plain_records() -> None:
    (one,) = as_findings([finding("model.same_table")])
    assert not dataclasses.is_dataclass(one)
    assert msgspec.to_builtins(one)["code"] == "D019"
