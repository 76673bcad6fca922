"""What a model predicts beside numbers and probabilities, loss by loss, and what it refuses."""

from __future__ import annotations

import csv
import math
import pickle

import numpy as np
import pyarrow.parquet as pq
import pytest

import goodfit
from goodfit.interfaces import cli
from goodfit.model.report import summarize
from goodfit.model.straight_line import line_report
from helpers import raises
from tables_made import TARGETS, features, for_task, mixed_table, write_csv

TABLE = mixed_table()
QUICK = {"epochs": 6, "widths": (8,)}
MARGINS = ("hinge", "squared_hinge", "perceptron")


def noisy(n_rows: int = 600, *, seed: int = 0) -> dict[str, np.ndarray]:
    """A number whose noise grows with x from 0.2 to 1, in units of 100 about 5000."""
    random = np.random.default_rng(seed)
    x = random.uniform(0, 1, n_rows)
    y = 3 * x + (0.2 + 0.8 * x) * random.normal(size=n_rows)
    return {"x": x, "y": 5000 + 100 * y}


def counts(n_rows: int = 400) -> dict[str, np.ndarray]:
    random = np.random.default_rng(1)
    x, z = random.uniform(-1, 1, n_rows), random.uniform(-1, 1, n_rows)
    mean = np.exp(4 + x - 0.5 * z)
    return {"x": x, "z": z, "count": random.poisson(mean).astype(float), "mean": mean}


def test_quantiles_cover_what_they_say():
    model = goodfit.fit(noisy(), target="y", loss="quantile", epochs=60, widths=(16,))
    fresh = noisy(2000, seed=5)
    columns = model.predict_columns({"x": fresh["x"]})
    assert list(columns) == ["prediction", "quantile_0.1", "quantile_0.5", "quantile_0.9"]
    assert np.array_equal(columns["prediction"], columns["quantile_0.5"])
    for level in (0.1, 0.5, 0.9):
        below = np.mean(fresh["y"] <= columns[f"quantile_{level}"])
        assert below == pytest.approx(level, abs=0.06)
    width = columns["quantile_0.9"] - columns["quantile_0.1"]
    assert (width >= 0).all()
    assert np.corrcoef(width, fresh["x"])[0, 1] > 0.8


def test_the_normal_distribution_of_each_row_is_found():
    model = goodfit.fit(noisy(2000), target="y", loss="gaussian_nll", epochs=60, widths=(16,))
    x = np.array([0.1, 0.5, 0.9])
    columns = model.predict_columns({"x": x})
    assert columns["standard_deviation"] == pytest.approx(100 * (0.2 + 0.8 * x), rel=0.2)
    assert columns["prediction"] == pytest.approx(5000 + 300 * x, abs=30)
    assert model.history.metric[-1] == pytest.approx(model.scores.metrics["rmse"], rel=0.2)


@pytest.mark.parametrize("loss", ["quantile", "gaussian_nll"])
def test_several_targets_have_columns_of_their_own(loss, tmp_path):
    table = noisy(200) | {"w": noisy(200, seed=2)["y"] / 100}
    model = goodfit.fit(table, target=["y", "w"], loss=loss, epochs=30, widths=(8,))
    loaded = goodfit.load(model.save(tmp_path / "two.goodfit"))
    columns = loaded.predict_columns({"x": table["x"]})
    assert list(columns)[:2] == ["prediction_y", "prediction_w"]
    further = [name for name in columns if not name.startswith("prediction")]
    assert len(further) == 2 * (3 if loss == "quantile" else 1)
    assert all(name.endswith(("_y", "_w")) for name in further)
    both = loaded.predict({"x": table["x"]})
    assert np.array_equal(both[:, 1], columns["prediction_w"])
    if loss == "quantile":
        assert 4000 < columns["quantile_0.9_y"].mean() < 6000
        assert 40 < columns["quantile_0.9_w"].mean() < 60
    else:
        assert 10 < columns["standard_deviation_y"].mean() < 200
        assert 0.1 < columns["standard_deviation_w"].mean() < 2


@pytest.mark.parametrize("loss", ["poisson", "gamma", "tweedie"])
@pytest.mark.parametrize("network", ["linear", "mlp"])
def test_a_logarithmic_link_finds_the_mean(loss, network):
    table = counts()
    mean = table.pop("mean")
    table["count"] += 1.0 * (loss == "gamma")
    model = goodfit.fit(table, target="count", loss=loss, network=network, epochs=60)
    assert model.settings.target_scaling == "unit_mean"
    assert model.scores.metrics["r2"] > 0.8
    assert (model.predict(table) > 0).all()
    assert np.mean(np.abs(model.predict(table) / mean - 1)) < 0.15
    if network == "linear":
        found = model.coefficients()
        assert found["x"] == pytest.approx(1, abs=0.1)
        assert found["z"] == pytest.approx(-0.5, abs=0.1)
        row = {"x": [0.3], "z": [-0.2]}
        logarithm = found["intercept"] + 0.3 * found["x"] - 0.2 * found["z"]
        assert model.predict(row)[0] == pytest.approx(math.exp(logarithm))


def test_coefficients_stand_for_each_quantile_and_for_the_mean():
    table = noisy(100)
    given = {"target": "y", "network": "linear", "epochs": 5}
    quantiles = goodfit.fit(table, loss="quantile", quantile_levels=(0.2, 0.8), **given)
    assert list(quantiles.coefficients()) == ["quantile_0.2", "quantile_0.8"]
    normal = goodfit.fit(table, loss="gaussian_nll", **given)
    found = normal.coefficients()
    assert set(found) == {"intercept", "x"}
    assert normal.predict({"x": [0.5]})[0] == pytest.approx(found["intercept"] + found["x"] / 2)


def logistic_table(task: str, n_rows: int = 4000) -> tuple[dict, np.ndarray]:
    """Classes drawn with known probabilities, (row, level)."""
    random = np.random.default_rng(3)
    x = random.normal(size=n_rows)
    logits = np.column_stack([0 * x, 2 * x, 1 - x][: 2 if task == "binary" else 3])
    probability = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    levels = np.array(["a", "b", "c"])
    drawn = [random.choice(len(p), p=p) for p in probability]
    return {"x": x, "y": levels[drawn]}, probability


@pytest.mark.parametrize(
    ("loss", "task"), [("focal", "binary"), ("focal", "multiclass"), ("exponential", "binary")]
)
def test_probabilities_of_other_losses_are_the_true_ones(loss, task):
    table, truth = logistic_table(task)
    model = goodfit.fit(table, target="y", loss=loss, network="linear", epochs=20)
    found = model.predict_proba({"x": table["x"]})
    assert np.abs(found - truth).mean() < 0.03
    assert np.abs(found - truth).max() < 0.12


@pytest.mark.parametrize("loss", MARGINS)
@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_margin_losses_give_classes_and_margins_alone(loss, task, tmp_path):
    fitted = goodfit.fit(
        for_task(TABLE, task), target=TARGETS[task], loss=loss, epochs=60, widths=(32,)
    )
    model = goodfit.load(fitted.save(tmp_path / "margins.goodfit"))
    levels = model.levels.tolist()
    columns = model.predict_columns(features(TABLE))
    assert list(columns) == ["prediction", *(f"margin_{level}" for level in levels)]
    margins = np.column_stack([columns[f"margin_{level}"] for level in levels])
    assert np.array_equal(model.levels[margins.argmax(1)], columns["prediction"])
    with raises("model.loss_without_probabilities", loss=loss):
        model.predict_proba(features(TABLE))
    scores = fitted.scores
    assert list(scores.metrics) == ["accuracy", "roc_auc"]
    assert list(scores.baselines["majority"]) == ["accuracy", "roc_auc"]
    assert scores.headline == "accuracy"
    assert scores.metrics["accuracy"] > 0.6
    assert scores.metrics["roc_auc"] > 0.7
    assert summarize(model).verdict.params["metric"] == "accuracy"


def test_margins_are_for_classes():
    model = goodfit.fit(noisy(50), target="y", **QUICK)
    table = next(iter(goodfit.data.read.read_chunks({"x": [1.0]}, settings=model.settings)))
    with raises("model.no_margins", target="y"):
        model.margins_of_table(table)


@pytest.mark.parametrize("suffix", ["csv", "parquet"])
@pytest.mark.parametrize(
    ("task", "loss"), [("regression", "quantile"), ("binary", "hinge"), ("multiclass", "focal")]
)
def test_the_shell_writes_the_same_columns(task, loss, suffix, tmp_path):
    path = write_csv(for_task(TABLE, task), tmp_path / "table.csv")
    out, model = tmp_path / f"out.{suffix}", tmp_path / "m.goodfit"
    fit = ["fit", str(path), "--target", TARGETS[task], "--loss", loss, "--out", str(model)]
    assert cli.run([*fit, "--epochs", "5", "--quiet"]) == 0
    assert cli.run(["predict", str(model), str(path), "--out", str(out)]) == 0
    expected = goodfit.load(model).predict_columns(path)
    if suffix == "csv":
        with out.open() as file:
            rows = list(csv.DictReader(file))
        found = {name: [row[name] for row in rows] for name in rows[0]}
        kinds = {name: column.dtype.type for name, column in expected.items()}
        found = {name: [kinds[name](cell) for cell in cells] for name, cells in found.items()}
    else:
        found = pq.read_table(out).to_pydict()
    assert list(found) == list(expected)
    for name, column in expected.items():
        assert np.array_equal(found[name], column), name


# What is refused


@pytest.mark.parametrize(
    ("loss", "code", "bad"),
    [
        ("poisson", "training.target_negative", -1.0),
        ("tweedie", "training.target_negative", -0.5),
        ("mean_squared_logarithmic_error", "training.target_negative", -2.0),
        ("gamma", "training.target_not_positive", 0.0),
    ],
)
def test_targets_that_a_loss_does_not_know_are_named(loss, code, bad):
    table = {"x": list(range(40)), "y": [float(x + 1) for x in range(40)]}
    table["y"][7] = table["y"][21] = bad
    with raises(code, choice=loss, column="y", count=2, value=bad, rows=[8, 22]):
        goodfit.fit(table, target="y", loss=loss)


def test_dividing_by_the_mean_needs_numbers_that_are_not_negative():
    table = {"x": list(range(40)), "y": [float(x - 1) for x in range(40)]}
    with raises("training.target_negative", setting="target_scaling", rows=[1]):
        goodfit.fit(table, target="y", target_scaling="unit_mean")
    table["y"][0] = 0.0
    assert goodfit.fit(table, target="y", target_scaling="unit_mean", **QUICK).scores


@pytest.mark.parametrize("loss", ["poisson", "gamma", "tweedie", "mean_squared_logarithmic_error"])
def test_a_scaling_that_changes_a_loss_is_refused(loss):
    with raises("training.target_scaling_changes_loss", loss=loss, scaling="standardize"):
        goodfit.fit(counts(), target="count", loss=loss, target_scaling="standardize")


def test_counts_that_are_all_zero_can_be_learnt():
    table = {"x": list(range(30)), "y": [0.0] * 29 + [1.0]}
    model = goodfit.fit(table, target="y", task="regression", loss="poisson", epochs=3)
    assert np.isfinite(model.predict(table)).all()


@pytest.mark.parametrize(("target", "loss"), [("price", "auto"), ("kind", "hinge")])
def test_label_smoothing_belongs_to_cross_entropy(target, loss):
    with raises("settings.not_of_choice", name="label_smoothing"):
        goodfit.fit(TABLE, target=target, loss=loss, label_smoothing=0.1)


def test_label_smoothing_draws_probabilities_together():
    given = {"target": "kind", "epochs": 60, "early_stopping": 0, "dropout": 0.0}
    plain, smooth = (
        goodfit.fit(for_task(TABLE, "binary"), label_smoothing=share, **given).predict_proba(
            features(TABLE)
        )
        for share in (0.0, 0.4)
    )
    assert smooth.max(1).mean() < 0.85 < plain.max(1).mean()


def test_the_exact_solution_knows_no_label_smoothing():
    with raises("training.exact_needs_loss"):
        goodfit.fit(TABLE, target="kind", network="linear", optimizer="exact", label_smoothing=0.1)


def test_quantile_levels_ascend():
    with raises("settings.invalid", name="quantile_levels"):
        goodfit.fit(noisy(50), target="y", loss="quantile", quantile_levels=(0.5, 0.1))
    with raises("settings.not_of_choice", name="quantile_levels"):
        goodfit.fit(noisy(50), target="y", quantile_levels=(0.5, 0.9))


@pytest.mark.parametrize(
    ("loss", "said"),
    [
        ("poisson", "Coefficients, whose sum is the logarithm of the prediction:"),
        ("mean_squared_logarithmic_error", "the logarithm of 1 + the prediction:"),
        ("quantile", "Coefficients, in the table's units:"),
    ],
)
def test_the_shell_says_what_coefficients_make(loss, said, tmp_path, capsys):
    table = counts(60)
    del table["mean"]
    model = goodfit.fit(table, target="count", loss=loss, network="linear", epochs=5)
    path = model.save(tmp_path / "counts.goodfit")
    assert cli.run(["inspect", str(path)]) == 0
    assert said in capsys.readouterr().out
    if loss == "mean_squared_logarithmic_error":
        found = model.coefficients()
        logarithm = found["intercept"] + 0.3 * found["x"] - 0.2 * found["z"]
        assert model.predict({"x": [0.3], "z": [-0.2]})[0] == pytest.approx(math.expm1(logarithm))


@pytest.mark.parametrize(
    ("loss", "straight"), [("quantile", True), ("gaussian_nll", True), ("poisson", False)]
)
def test_a_line_is_a_line_where_the_link_is_none(loss, straight):
    table = {name: column for name, column in counts(60).items() if name in {"x", "count"}}
    model = goodfit.fit(table, target="count", loss=loss, network="linear", epochs=100)
    found = line_report(model, table["x"], table["count"])
    assert (found.slope is not None) == straight
    if straight:
        line = found.intercept + found.slope * np.array(found.curve_x)
        assert np.array(found.curve_y) == pytest.approx(line)


@pytest.mark.parametrize("loss", ["quantile", "gaussian_nll", "poisson", "hinge", "focal"])
def test_models_of_every_link_can_be_pickled(loss):
    table = counts(60) if loss not in {"hinge", "focal"} else for_task(TABLE, "multiclass")
    model = goodfit.fit(table, target=list(table)[2 if "count" in table else 3], loss=loss, **QUICK)
    again = pickle.loads(pickle.dumps(model))
    for name, column in model.predict_columns(table).items():
        assert np.array_equal(again.predict_columns(table)[name], column)
