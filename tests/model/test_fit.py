"""From a table to a model: what is learnt, what is kept apart, what is said."""

from __future__ import annotations

import inspect
import pickle
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch

import goodfit
from goodfit.core.settings import field_types, make_settings
from goodfit.model.chance import difference_to_line
from goodfit.model.fit import start
from goodfit.model.passage import own_memory
from goodfit.model.records import KeptOut, Predictions
from goodfit.model.report import summarize
from goodfit.training.events import EpochFinished
from helpers import has_remark, raises
from tables_made import PENGUINS, TARGETS, features, for_task, mixed_table, rows_of, write_csv

LINE = {"network": "linear", "optimizer": "exact", "split": "none"}
QUICK = {"epochs": 30, "widths": (16,), "seed": 1}


@pytest.mark.parametrize("task", TARGETS)
def test_a_network_learns_what_a_constant_cannot(task: str) -> None:
    table = for_task(mixed_table(400), task)
    scores = goodfit.fit(table, target=TARGETS[task], widths=(32,), seed=1).scores
    better = "rmse" if task == "regression" else "log_loss"
    constant = "mean" if task == "regression" else "majority"
    assert scores.part == "test"
    assert scores.metrics[better] < 0.6 * scores.baselines[constant][better]
    assert set(scores.baselines) == {constant, "ridge" if task == "regression" else "logistic"}


@pytest.mark.parametrize("task", TARGETS)
def test_test_rows_reach_nothing_but_the_scores(task: str) -> None:
    """Whatever the features of the test rows hold, the model is the same to the last bit."""
    table = for_task(mixed_table(), task)
    plan = start(table, target=TARGETS[task], settings=make_settings(**QUICK)).plan
    spoilt = {name: list(cells) for name, cells in table.items()}
    for row in plan.test.tolist():
        spoilt |= {"size": _with(spoilt["size"], row, 1e6 * row)}
        spoilt |= {"age": _with(spoilt["age"], row, None)}
        spoilt |= {"colour": _with(spoilt["colour"], row, f"colour {row}")}
    honest, other = (goodfit.fit(t, target=TARGETS[task], **QUICK) for t in (table, spoilt))
    assert honest.preprocessing == other.preprocessing
    assert honest.schema == other.schema
    assert honest.history == other.history
    for ours, theirs in zip(honest.network.parameters(), other.network.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert honest.scores != other.scores


def test_validation_rows_reach_no_statistic() -> None:
    table = for_task(mixed_table(), "regression")
    plan = start(table, target="price", settings=make_settings(**QUICK)).plan
    spoilt = dict(table)
    for row in plan.folds[0].validation.tolist():
        spoilt["size"] = _with(spoilt["size"], row, 1e6)
    honest, other = (goodfit.fit(t, target="price", **QUICK) for t in (table, spoilt))
    assert honest.preprocessing == other.preprocessing


def test_a_shuffled_target_scores_like_chance() -> None:
    table = for_task(mixed_table(600), "binary")
    random = np.random.default_rng(5)
    table["kind"] = random.permutation(table["kind"]).tolist()
    model = goodfit.fit(table, target="kind", **QUICK)
    assert model.scores.metrics["roc_auc"] == pytest.approx(0.5, abs=0.12)


def test_parts_are_six_two_two_and_stratified() -> None:
    model = goodfit.fit(PENGUINS, target="species", **QUICK)
    found = model.provenance
    assert (found.n_training, found.n_validation, found.n_test) == (206, 69, 69)


@pytest.mark.parametrize("setting", ["group", "time", "part"])
def test_a_column_divides_the_rows_and_new_rows_need_it_not(setting: str) -> None:
    table = for_task(mixed_table(), "binary")
    words = ["train", "train", "valid", "test"]
    table["by"] = {
        "group": [f"customer {row // 5}" for row in range(120)],
        "time": list(range(120)),
        "part": [words[row % 4] for row in range(120)],
    }[setting]
    run = start(table, target="kind", settings=make_settings(**QUICK, **{setting: "by"}))
    fold, test = run.plan.folds[0], run.plan.test
    if setting == "group":
        assert not {row // 5 for row in test} & {row // 5 for row in run.plan.learning}
        assert not {row // 5 for row in fold.training} & {row // 5 for row in fold.validation}
    elif setting == "time":
        assert fold.training.max() < fold.validation.min() <= fold.validation.max() < test.min()
    else:
        assert test.tolist() == list(range(3, 120, 4))
    for _ in run.events():
        pass
    model = run.finish()
    has_remark(model.remarks, f"data.split_by_{setting}", column="by")
    assert "by" not in [column.name for column in model.schema.features]
    assert len(model.predict(features(table))) == 120


def test_a_class_that_only_comes_after_the_training_rows_is_refused() -> None:
    cells = {"x": list(range(30)), "t": list(range(30)), "y": ["a", "b"] * 10 + ["c"] * 10}
    with raises("model.class_without_training_rows", level="c"):
        goodfit.fit(cells, target="y", time="t", **QUICK)


def test_without_a_split_every_row_trains_and_scores_say_so() -> None:
    table = for_task(mixed_table(50), "regression")
    model = goodfit.fit(table, target="price", split="none", **QUICK)
    assert model.provenance.n_training == 50
    assert model.scores.part == "training"


def test_same_seed_same_bits_other_seed_other_model() -> None:
    table = for_task(mixed_table(), "multiclass")
    one, again, other = (
        goodfit.fit(table, target="grade", **(QUICK | {"seed": seed})).predict_proba(table)
        for seed in (3, 3, 4)
    )
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize("task", TARGETS)
def test_a_prediction_depends_on_its_row_alone(task: str) -> None:
    """Bit-equal in another order, alone, beside others, and with the columns turned round."""
    table = for_task(mixed_table(300), task)
    model = goodfit.fit(table, target=TARGETS[task], **QUICK)
    predict = model.predict if task == "regression" else model.predict_proba
    whole, rows = predict(table), features(table)
    order = np.random.default_rng(0).permutation(300)
    assert np.array_equal(predict(rows_of(rows, order)), whole[order])
    assert np.array_equal(predict(dict(reversed(rows.items()))), whole)
    for row in (0, 7, 255, 256, 299):
        assert np.array_equal(predict(rows_of(rows, [row])), whole[[row]])


def test_the_same_table_gives_the_same_whatever_holds_it(tmp_path: Path) -> None:
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    table = for_task(mixed_table(), "regression")
    path = write_csv(table, tmp_path / "table.csv")
    sources = {
        "mapping": table,
        "csv": path,
        "csv with a marker": write_csv(table, tmp_path / "marked.csv", missing="?"),
        "arrow": pa.table(table),
        "pandas": pandas.DataFrame(table),
        "pandas of arrow": pandas.DataFrame(table).convert_dtypes(dtype_backend="pyarrow"),
        "polars": polars.DataFrame(table),
    }
    pandas.DataFrame(table).to_parquet(tmp_path / "table.parquet")
    sources["parquet"] = tmp_path / "table.parquet"
    found = {n: goodfit.fit(s, target="price", **QUICK).predict(table) for n, s in sources.items()}
    assert [name for name in found if not np.array_equal(found[name], found["mapping"])] == []


def test_a_new_file_may_be_written_otherwise_than_the_one_fitted(tmp_path: Path) -> None:
    """The delimiter and encoding that were given for the one say nothing about the other."""
    table = for_task(mixed_table(), "regression")
    path = write_csv(table, tmp_path / "table.csv")
    swiss = tmp_path / "swiss.csv"
    swiss.write_text(path.read_text().replace(",", ";").replace("red", "röt"), "latin-1")
    model = goodfit.fit(swiss, target="price", delimiter=";", encoding="latin-1", **QUICK)
    other = tmp_path / "other.csv"
    other.write_text(path.read_text().replace("red", "röt"), "utf-8")
    assert np.array_equal(model.predict(other), model.predict(swiss))


def test_numpy_columns_are_numbered() -> None:
    random = np.random.default_rng(0)
    table = random.normal(size=(80, 3))
    table[:, 2] = table[:, 0] - 2 * table[:, 1]
    model = goodfit.fit(table, target="x2", network="linear", optimizer="exact")
    found = model.coefficients()
    assert found == pytest.approx({"intercept": 0, "x0": 1, "x1": -2}, abs=1e-9)


def test_rows_without_a_target_are_left_out_and_counted() -> None:
    table = for_task(mixed_table(), "regression")
    table["price"][3] = table["price"][8] = None
    model = goodfit.fit(table, target="price", **QUICK)
    has_remark(model.remarks, "model.rows_without_target", column="price", count=2, rows=[4, 9])
    assert model.provenance.n_rows == 118


def test_weights_count_rows() -> None:
    """A row of weight two is that row twice; of weight zero, absent."""
    table = for_task(mixed_table(60), "regression")
    twice = rows_of(table, [*range(60), *range(10)])
    exact = {"network": "linear", "optimizer": "exact", "split": "none"}
    weight = np.r_[np.full(10, 2.0), np.ones(50)]
    weighted = goodfit.fit(table, target="price", weight=weight, **exact)
    repeated = goodfit.fit(twice, target="price", **exact)
    assert weighted.coefficients() == pytest.approx(repeated.coefficients(), rel=1e-9)
    without = goodfit.fit(table, target="price", weight=np.r_[np.zeros(10), np.ones(50)], **exact)
    rest = goodfit.fit(rows_of(table, range(10, 60)), target="price", **exact)
    assert without.coefficients() == pytest.approx(rest.coefficients(), rel=1e-9)


def test_every_setting_is_a_keyword_that_python_can_name() -> None:
    named = inspect.signature(goodfit.fit).parameters
    settings = [name for name in field_types() if name != "weight"]
    given = ["source", "target", "weight", "start_from", "watch", "checkpoint", "resume"]
    assert list(named) == [*given, *settings]
    assert named["epochs"].default is None
    with raises("settings.unknown", name="epoch", meant="epochs"):
        goodfit.fit({}, target="y", epoch=3)


def test_watchers_are_told_of_every_epoch() -> None:
    told: list[object] = []
    table = for_task(mixed_table(), "regression")
    model = goodfit.fit(table, target="price", watch=told.append, **(QUICK | {"early_stopping": 0}))
    losses = [event.train_loss for event in told if isinstance(event, EpochFinished)]
    assert losses == model.history.train_loss
    assert len(losses) == 30


def test_watching_validation_without_any_is_refused() -> None:
    table = for_task(mixed_table(), "regression")
    with raises("training.no_validation"):
        goodfit.fit(table, target="price", network="mlp", split="none", early_stopping=5)


def test_exact_refuses_what_has_no_exact_solution() -> None:
    table = for_task(mixed_table(), "regression")
    with raises("training.exact_needs_linear", network="mlp"):
        goodfit.fit(table, target="price", optimizer="exact")
    with raises("training.exact_needs_loss", loss="huber"):
        goodfit.fit(table, target="price", optimizer="exact", network="linear", loss="huber")


def test_the_exact_solution_says_what_its_coefficients_hide() -> None:
    exact = {"network": "linear", "optimizer": "exact", "split": "none"}
    apart = {"x": [1, 2, 3, 4, 5, 6], "y": list("aaabbb")}
    model = goodfit.fit(apart, target="y", **exact)
    has_remark(model.remarks, "training.separable")
    assert model.evaluate(apart)["accuracy"] == 1
    assert not goodfit.fit(apart, target="y", l2=0.1, **exact).remarks
    twice = {"x": [1, 2, 3, 5], "z": [2, 4, 6, 10], "y": [5, 10, 15, 25]}
    model = goodfit.fit(twice, target="y", preprocessing="none", **exact)
    has_remark(model.remarks, "training.rank_deficient", rank=1, n_columns=2)
    assert model.coefficients() == pytest.approx({"intercept": 0, "x": 1, "z": 2}, abs=1e-9)


def test_a_class_of_one_row_can_be_learnt_or_is_refused() -> None:
    """The one row trains; it is never copied to score itself."""
    table = for_task(mixed_table(), "multiclass")
    table["grade"][5] = "rare"
    run = start(table, target="grade", settings=make_settings(**QUICK))
    assert 5 in run.plan.folds[0].training


def test_a_class_that_no_row_can_teach_is_refused() -> None:
    table = for_task(mixed_table(), "multiclass")
    weight = np.array([0.0 if grade == "mid" else 1.0 for grade in table["grade"]])
    with raises("model.class_without_training_rows", level="mid", column="grade"):
        goodfit.fit(table, target="grade", weight=weight, **QUICK)


def test_probabilities_of_numbers_are_refused() -> None:
    model = goodfit.fit(for_task(mixed_table(), "regression"), target="price", **QUICK)
    with raises("model.no_probabilities", target="price"):
        model.predict_proba(features(mixed_table()))


def test_scoring_needs_the_target_of_every_row() -> None:
    table = for_task(mixed_table(), "regression")
    model = goodfit.fit(table, target="price", **QUICK)
    assert model.evaluate(table)["r2"] > 0.5
    table["price"][6] = None
    with raises("model.target_missing", column="price", rows=[7]):
        model.evaluate(table)


def test_missing_cells_only_at_prediction_and_unseen_levels_give_finite_predictions() -> None:
    table = for_task(mixed_table(), "regression")
    model = goodfit.fit(table, target="price", **QUICK)
    odd = {"size": [None, 1e30], "age": [3.0, None], "colour": ["violet", None]}
    assert np.isfinite(model.predict(odd)).all()


def test_words_where_the_model_knows_numbers_are_refused() -> None:
    model = goodfit.fit(for_task(mixed_table(), "regression"), target="price", **QUICK)
    odd = {"size": ["3.5", "big", "?"], "age": [1, 2, 3], "colour": ["red"] * 3}
    with raises("model.words_for_numbers", column="size", count=1, rows=[2], words=["big"]):
        model.predict(odd)


def test_a_test_row_that_cannot_be_predicted_costs_the_scores_not_the_model(
    tmp_path: Path,
) -> None:
    """Cells beyond single precision once scaled, in test rows alone."""
    table = for_task(mixed_table(), "regression")
    settings = QUICK | {"precision": "float32"}
    plan = start(table, target="price", settings=make_settings(**settings)).plan
    for row in plan.test.tolist():
        table["size"] = _with(table["size"], row, 3e38)
    table["size"] = [cell if cell == 3e38 else cell * 1e-6 for cell in table["size"]]
    model = goodfit.fit(table, target="price", preprocessing="standardize", **settings)
    has_remark(model.remarks, "model.not_judged")
    assert model.scores is None
    assert goodfit.load(model.save(tmp_path / "m.goodfit")).scores is None


@pytest.mark.parametrize("preprocessing", ["none", "normalize", "standardize"])
@pytest.mark.parametrize("task", TARGETS)
def test_coefficients_are_in_the_tables_own_units(task: str, preprocessing: str) -> None:
    """What they say of a row is what the model predicts."""
    table = for_task(mixed_table(), task)
    model = goodfit.fit(
        table, target=TARGETS[task], network="linear", preprocessing=preprocessing, epochs=20
    )
    row = {"size": [7.0], "age": [20.0], "colour": ["red"]}

    def says(named: dict[str, float]) -> float:
        return named["intercept"] + 7 * named["size"] + 20 * named["age"] + named["colour=red"]

    found = model.coefficients()
    if task == "regression":
        assert says(found) == pytest.approx(model.predict(row)[0], rel=1e-6)
    elif task == "binary":
        assert 1 / (1 + np.exp(-says(found))) == pytest.approx(
            model.predict_proba(row)[0, 1], rel=1e-6
        )
    else:
        odds = np.exp([says(found[level]) for level in ("low", "mid", "top")])
        assert odds / odds.sum() == pytest.approx(model.predict_proba(row)[0], rel=1e-5)


def _with(cells: list, row: int, value: object) -> list:
    return [*cells[:row], value, *cells[row + 1 :]]


def test_a_model_predicts_with_the_parameters_that_came_back_to_the_processor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The copies that it predicts with are made of these, not of those on a graphics card."""

    def brought_back(network):
        with torch.no_grad():
            own_memory(network).bias += 1  # tells them apart from those that were trained
        return network

    monkeypatch.setattr("goodfit.model.run.own_memory", brought_back)
    table = {"x": [1.0, 2.0, 3.0, 4.0], "y": [3.0, 5.0, 7.0, 9.0]}
    model = goodfit.fit(table, target="y", network="linear", optimizer="exact", split="none")
    assert model.predict({"x": [5.0]}) == pytest.approx(12.0)


@pytest.mark.parametrize("device", ["cuda", "mps"])
def test_a_graphics_card_trains_a_model_that_lives_on_the_processor(device: str) -> None:
    if not getattr(torch, device).is_available():
        pytest.skip(f"there is no {device}")
    table = for_task(mixed_table(), "multiclass")
    fitted = [
        goodfit.fit(table, target=TARGETS["multiclass"], device=device, **QUICK) for _ in "ab"
    ]
    one, other = (pickle.loads(pickle.dumps(model)).predict_proba(table) for model in fitted)
    assert np.allclose(one, other, atol=1e-3)
    assert {parameter.device.type for parameter in fitted[0].network.parameters()} == {"cpu"}


def test_a_baseline_that_would_take_very_long_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that was trained is not lost for a comparison."""
    monkeypatch.setattr("goodfit.model.baseline.MOST_PRODUCTS", 10)
    model = goodfit.fit(for_task(mixed_table(), "regression"), target="price", widths=(32,), seed=1)
    assert set(model.scores.baselines) == {"mean"}
    assert model.scores.against_linear is None
    assert summarize(model).verdict.code == "report.not_compared"


def test_a_network_that_errs_beyond_measure_is_not_compared() -> None:
    """Squares that overflow are no warning of NumPy's, and no number that a file cannot hold."""
    target = np.array([1.0, 2.0, 3.0])
    model = goodfit.fit({"x": [1.0, 2, 3, 4], "y": [1.0, 2, 3, 4]}, target="y", **LINE)
    far, near = (Predictions(numbers, np.empty((3, 0))) for numbers in (target * 1e200, target))
    rows = np.arange(3)
    assert difference_to_line(model, target, KeptOut(rows, far, near, near), None, rows) is None
    assert difference_to_line(model, target, KeptOut(rows, near, near, near), None, rows) == (
        0.0,
        0.0,
    )
