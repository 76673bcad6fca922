"""Intervals and sets of fitted models: what they promise, when not, and what they cover."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

import goodfit
from goodfit.model.calibrate import MOST_ERRORS
from goodfit.scoring.conformal import coverage_spread
from helpers import raises, sample
from model_files import changed, parts_of
from tables_made import TARGETS, features, for_task, mixed_table

QUICK: dict[str, Any] = {"epochs": 5, "widths": (16,), "seed": 1}
PACK: dict[str, Any] = {"network": "ensemble", "bag": 4, "members": 2, "epochs": 8, "widths": (8,)}
EXACT: dict[str, Any] = {"network": "linear", "optimizer": "exact"}
N_EXACT, N_PACKS = sample(15, whole=200), sample(2, whole=40)


def fitted(task: str = "regression", n_rows: int = 120, **settings: Any) -> goodfit.FittedModel:
    table = for_task(mixed_table(n_rows), task)
    return goodfit.fit(table, target=TARGETS[task], **settings)


@pytest.fixture(scope="module")
def numbers() -> goodfit.FittedModel:
    return fitted(**PACK)


@pytest.fixture(scope="module")
def classes() -> goodfit.FittedModel:
    return fitted("multiclass", **PACK)


def noisy(n_rows: int, seed: int) -> dict[str, list[float]]:
    random = np.random.default_rng(seed)
    x, z = random.normal(size=(2, n_rows))
    y = 2 * x + random.normal(size=n_rows) * np.exp(0.8 * z)
    return {"x": x.tolist(), "z": z.tolist(), "y": y.tolist()}


def test_exact_intervals_cover_what_they_promise_over_many_fits(record_property: Any) -> None:
    """Validation rows that decide nothing: split conformal, here with widths learnt apart."""
    found, new = [], noisy(2000, 10**6)
    for seed in range(N_EXACT):
        model = goodfit.fit(noisy(500, seed), target="y", split="2:8:0", seed=seed, **EXACT)
        promise = model.promise(0.9)
        assert promise.guarantee == "exact"
        assert promise.n_rows == 266  # of 400 a third learns the widths
        found.append(model.coverage(new, level=0.9).covered)
    promised = math.ceil(0.9 * 267) / 267
    band = 4 * math.hypot(coverage_spread(0.9, 266), math.sqrt(0.09 / 2000)) / math.sqrt(N_EXACT)
    assert abs(np.mean(found) - promised) < band
    record_property("seeds of true fits with exact intervals", N_EXACT)


def test_default_intervals_cover_about_what_they_promise(record_property: Any) -> None:
    found, new = [], noisy(2000, 10**6)
    for seed in range(N_PACKS):
        model = goodfit.fit(noisy(300, seed), target="y", seed=seed)
        assert model.promise(0.9).worst == pytest.approx(0.8)
        found.append(model.coverage(new, level=0.9).covered)
    band = 4 * coverage_spread(0.9, 240) / math.sqrt(N_PACKS)
    assert 0.9 - band < np.mean(found) < 0.95 + band  # folds lean to the safe side
    record_property("seeds of true fits with intervals over folds", N_PACKS)


def test_intervals_are_wide_where_noise_is() -> None:
    model = goodfit.fit(noisy(1000, 0), target="y", split="2:8:0", **EXACT)
    quiet, loud = model.predict_interval({"x": [0.0, 0.0], "z": [-1.5, 1.5]})
    assert np.diff(loud)[0] > 3 * np.diff(quiet)[0]


def test_the_prediction_is_within_and_a_larger_level_is_wider(numbers: goodfit.FittedModel) -> None:
    table = mixed_table(seed=5)
    predicted = numbers.predict(table)
    before = None
    for level in (0.5, 0.8, 0.9, 0.95):
        found = numbers.predict_interval(table, level=level)
        assert found.shape == (120, 2)
        assert (found[:, 0] <= predicted).all()
        assert (predicted <= found[:, 1]).all()
        assert before is None or (np.diff(found) >= np.diff(before) * (1 - 1e-9)).all()
        before = found


def test_a_set_holds_the_most_probable_class_and_grows_with_the_level(
    classes: goodfit.FittedModel,
) -> None:
    table = mixed_table(seed=5)
    likeliest = classes.predict_proba(table).argmax(axis=1)
    found = [classes.predict_set(table, level=level) for level in (0.5, 0.8, 0.95)]
    for one in found:
        assert one.shape == (120, 3)
        assert one.dtype == bool
        assert one[np.arange(120), likeliest].all()
    assert (found[0] <= found[1]).all()
    assert (found[1] <= found[2]).all()


def test_a_row_has_the_same_interval_wherever_it_stands_and_after_loading(
    numbers: goodfit.FittedModel, classes: goodfit.FittedModel, tmp_path: Path
) -> None:
    table = mixed_table(300, seed=6)
    turned = {name: cells[::-1] for name, cells in table.items()}
    one = {name: cells[7:8] for name, cells in table.items()}
    whole = numbers.predict_interval(table)
    loaded = goodfit.load(numbers.save(tmp_path / "numbers.goodfit"))
    assert np.array_equal(numbers.predict_interval(turned), whole[::-1])
    assert np.array_equal(numbers.predict_interval(one), whole[7:8])
    assert np.array_equal(loaded.predict_interval(table), whole)
    assert loaded.calibration == numbers.calibration
    loaded = goodfit.load(classes.save(tmp_path / "classes.goodfit"))
    assert np.array_equal(loaded.predict_set(table), classes.predict_set(table))


@pytest.mark.parametrize(
    ("settings", "guarantee", "reasons"),
    [
        (EXACT, "exact", set()),
        ({**QUICK, "network": "mlp", "early_stopping": 0, "keep": "last"}, "exact", set()),
        ({**QUICK, "network": "mlp"}, "approximate", {"stopping"}),
        (PACK, "approximate", {"stopping", "mixing", "scaling"}),
        ({**PACK, "early_stopping": 0, "keep": "last"}, "approximate", {"mixing", "scaling"}),
        ({**EXACT, "group": "colour"}, "approximate", {"groups"}),
        ({**EXACT, "weight": "age"}, "approximate", {"weights"}),
        ({**EXACT, "refit": True}, "approximate", {"refit"}),
        ({**EXACT, "split": "none", "folds": 4}, "approximate", {"folds"}),
        ({**EXACT, "time": "age"}, "void", set()),
    ],
)
def test_a_promise_says_how_far_it_can_be_relied_on(
    settings: dict[str, Any], guarantee: str, reasons: set[str]
) -> None:
    table = for_task(mixed_table(), "regression")
    table["age"] = [1.0 if cell is None else cell + 1 for cell in table["age"]]
    table["colour"] = [cell or "red" for cell in table["colour"]]
    promise = goodfit.fit(table, target="price", **settings).promise(0.8)
    assert promise.guarantee == guarantee
    assert set(promise.reasons) - {"widths"} == reasons
    assert promise.spread == pytest.approx(coverage_spread(0.8, promise.n_rows))
    assert (promise.worst is None) == (settings.get("network") != "ensemble")


def test_an_ensemble_that_was_refitted_is_calibrated_by_its_new_folds() -> None:
    model = fitted(refit=True, **PACK)
    assert model.promise().n_rows == 120
    assert "stopping" in model.promise().reasons
    once = fitted(**PACK)
    assert once.promise().n_rows == 96
    assert "refit" not in model.promise().reasons


def test_few_rows_are_calibrated_by_all_of_them() -> None:
    model = fitted(n_rows=40, **PACK)
    assert model.promise().n_rows == 40
    assert model.scores is not None
    assert model.scores.part == "kept_out"
    assert model.scores.coverage == ()  # these rows calibrate, and cannot measure


def test_rows_that_several_dealings_kept_out_count_once() -> None:
    model = fitted(split="none", folds=4, repeats=3, **EXACT)
    assert model.promise().n_rows == 120
    assert model.calibration is not None
    assert model.calibration.targets[0].errors[0].total == pytest.approx(120)


def test_a_level_that_too_few_rows_allow_is_refused_with_the_least_number() -> None:
    model = fitted(n_rows=60, **EXACT)
    assert model.promise(0.9).n_rows == 12
    with raises("model.interval_too_few_rows", level=0.95, n_rows=12, least=19):
        model.predict_interval(mixed_table(), level=0.95)
    with raises("model.interval_too_few_rows", level=0.99, least=99):
        model.predict_columns(mixed_table(), interval=0.99)


@pytest.mark.parametrize("level", [0.0, 1.0, -1.0, 90.0, float("nan")])
def test_a_level_that_is_no_share_is_refused(numbers: goodfit.FittedModel, level: float) -> None:
    with raises("model.interval_level"):
        numbers.predict_interval(mixed_table(), level=level)


def test_what_there_is_not_is_refused(
    numbers: goodfit.FittedModel, classes: goodfit.FittedModel
) -> None:
    table = mixed_table()
    with raises("model.interval_of_classes", target="grade"):
        classes.predict_interval(table)
    with raises("model.set_of_numbers", target="price"):
        numbers.predict_set(table)
    with raises("model.not_calibrated"):
        fitted(split="none", **EXACT).predict_interval(table)
    with raises("model.interval_without_probabilities", loss="hinge"):
        fitted("binary", loss="hinge", **QUICK).predict_set(table)


def test_columns_are_named_by_the_level(
    numbers: goodfit.FittedModel, classes: goodfit.FittedModel
) -> None:
    table = mixed_table(seed=5)
    found = numbers.predict_columns(table, interval=0.8)
    assert list(found) == ["prediction", "lower_0.8", "upper_0.8"]
    ends = np.column_stack([found["lower_0.8"], found["upper_0.8"]])
    assert np.array_equal(ends, numbers.predict_interval(table, level=0.8))
    found = classes.predict_columns(table, interval=0.8)
    names = [f"in_set_0.8_{level}" for level in classes.levels]
    assert list(found)[-3:] == names
    inside = np.column_stack([found[name] for name in names])
    assert np.array_equal(inside, classes.predict_set(table, level=0.8))


def test_several_targets_have_intervals_each() -> None:
    table = mixed_table()
    table["twice"] = [2 * price + 100 for price in table["price"]]
    model = goodfit.fit(
        features(table) | {name: table[name] for name in ("price", "twice")},
        target=["price", "twice"], **PACK,
    )  # fmt: skip
    found = model.predict_interval(table)
    assert found.shape == (120, 2, 2)
    columns = model.predict_columns(table, interval=0.9)
    assert np.array_equal(columns["upper_0.9_twice"], found[:, 1, 1])
    coverage = model.coverage(table)
    assert coverage.by_prediction == ()
    assert 0.5 < coverage.covered <= 1


def test_a_transformed_target_has_intervals_in_its_own_units() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=600)
    table = {"x": x.tolist(), "y": np.exp(x + random.normal(0, 0.3, 600)).tolist()}
    model = goodfit.fit(table, target="y", target_transform="log", **EXACT)
    low, high = model.predict_interval({"x": [-2.0, 2.0]}).T
    assert (low > 0).all()
    assert high[1] - low[1] > 20 * (high[0] - low[0])
    assert 0.8 < model.coverage(table).covered < 0.98


def test_counts_have_no_intervals_below_zero() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=400)
    table = {"x": x.tolist(), "y": random.poisson(np.exp(x)).tolist()}
    model = goodfit.fit(table, target="y", loss="poisson", task="regression", **QUICK)
    assert (model.predict_interval(table) >= 0).all()


@pytest.mark.parametrize("loss", ["gaussian_nll", "quantile"])
def test_a_loss_that_knows_the_spread_gives_widths(loss: str) -> None:
    table = noisy(800, 0)
    model = goodfit.fit(table, target="y", network="mlp", loss=loss, seed=0)
    assert model.calibration is not None
    assert model.calibration.targets[0].floor is not None
    quiet, loud = np.diff(model.predict_interval({"x": [0.0, 0.0], "z": [-1.5, 1.5]}))[:, 0]
    assert loud > 2 * quiet
    assert 0.8 < model.coverage(noisy(1000, 1)).covered < 0.98


def test_the_coverage_of_the_test_rows_stands_in_the_scores(numbers: goodfit.FittedModel) -> None:
    assert numbers.scores is not None
    for one, level in zip(numbers.scores.coverage, (0.8, 0.9), strict=True):
        assert (one.level, one.part, one.n_rows) == (level, "test", 24)
        assert one.spread > math.sqrt(level * (1 - level) / 24)
        assert len(one.by_prediction) == len(one.by_width) == 3
        assert np.mean(one.by_width) == pytest.approx(one.covered)


def test_a_measured_coverage_is_the_share_within() -> None:
    model, table = fitted(**EXACT), mixed_table(200, seed=8)
    bounds, target = model.predict_interval(table, level=0.8), np.array(table["price"])
    inside = (bounds[:, 0] <= target) & (target <= bounds[:, 1])
    found = model.coverage(table, level=0.8)
    assert found.covered == pytest.approx(inside.mean())
    assert found.width == pytest.approx(np.diff(bounds).mean() / target.std())
    order = np.argsort(model.predict(table), kind="stable")
    thirds = [inside[third].mean() for third in np.array_split(order, 3)]
    assert found.by_prediction == pytest.approx(thirds)


def test_many_rows_leave_few_numbers_in_the_file_and_none_of_a_cell(tmp_path: Path) -> None:
    table = noisy(6000, 0)
    model = goodfit.fit(table, target="y", split="2:8:0", **EXACT)
    assert model.calibration is not None
    assert model.promise().n_rows == 3200
    assert len(model.calibration.targets[0].errors[0].values) == MOST_ERRORS
    document = parts_of(model.save(tmp_path / "model.goodfit"))[0]
    stored = set(document["calibration"]["targets"][0]["errors"][0]["values"])
    assert not stored & {abs(cell) for cells in table.values() for cell in cells}


@pytest.mark.parametrize(
    "edit",
    [
        lambda found: found["targets"].append(found["targets"][0]),
        lambda found: found["targets"][0]["errors"].pop(),
        lambda found: found["targets"][0]["errors"][0]["values"].reverse(),
        lambda found: found["targets"][0]["width"].update(
            centers=[0.0], scales=[1.0], slopes=[1, 1]
        ),
        lambda found: found["targets"].clear(),
        lambda found: found.update(reasons=["luck"]),
    ],
)
def test_a_file_whose_calibration_does_not_belong_to_it_is_refused(
    numbers: goodfit.FittedModel, tmp_path: Path, edit: Any
) -> None:
    file = numbers.save(tmp_path / "model.goodfit")
    bad = changed(file, tmp_path / "bad.goodfit", lambda document, _: edit(document["calibration"]))
    with raises("model.file_unreadable"):
        goodfit.load(bad)


def test_a_model_of_an_older_goodfit_says_that_it_knows_no_errors(
    numbers: goodfit.FittedModel, tmp_path: Path
) -> None:
    def older(document: dict[str, Any], _: Any) -> None:
        document["calibration"] = document["seen"] = None

    file = changed(numbers.save(tmp_path / "new.goodfit"), tmp_path / "old.goodfit", older)
    model = goodfit.load(file)
    with raises("model.not_calibrated"):
        model.predict_interval(mixed_table())
    with raises("model.nothing_seen"):
        model.doubts(mixed_table())


def test_a_record_is_what_a_file_can_hold(numbers: goodfit.FittedModel) -> None:
    text = msgspec.json.encode(numbers.scores)
    assert json.loads(text)["coverage"][0]["level"] == 0.8
    assert msgspec.json.decode(text, type=type(numbers.scores)) == numbers.scores
