"""The inputs that users of other tools stumbled over, one test each: what is right is done.

Many have tests in depth in the rooms; here each kind stands once, by the door that people use.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import goodfit
from helpers import check_sentence, has_remark, raises, sampled
from tables_made import TARGETS, features, for_task, mixed_table, write_csv

QUICK = {"epochs": 2, "widths": (4,), "network": "mlp"}
RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=60).round(3)
TABLE = {"x": X, "z": RANDOM.normal(size=60).round(3), "c": ["a", "b", "c"] * 20, "y": 2 * X + 1}
NEW = {name: cells[:5] for name, cells in TABLE.items() if name != "y"}


@pytest.fixture(scope="module")
def model():
    return goodfit.fit(TABLE, target="y", **QUICK)


def test_a_gap_only_at_prediction_is_filled(model):
    found = model.predict({**NEW, "z": [None] * 5, "c": [None] * 5})
    assert np.isfinite(found).all()
    assert found.tolist() != model.predict(NEW).tolist()


def test_an_unseen_level_is_predicted_as_one_that_is_unknown(model):
    found = model.predict({**NEW, "c": ["new", "newer", "a", "b", "c"]})
    assert np.isfinite(found).all()
    assert found[2:].tolist() == model.predict({**NEW, "c": ["a", "b", "a", "b", "c"]})[2:].tolist()


def test_columns_are_matched_by_name(model):
    told = []
    other = {"more": [1] * 5, **dict(reversed(NEW.items()))}
    chunks = list(model.predict_chunks(other, tell=told.append))
    assert chunks[0].predictions.tolist() == model.predict(NEW).tolist()
    assert any("more" in remark.text() for remark in told)
    with raises("data.columns_missing", columns=["z"]):
        model.predict({"x": [1.0], "c": ["a"]})
    with raises("data.duplicate_columns"):
        model.predict(pd.DataFrame([[1.0, 2.0, 3.0, "a"]], columns=["x", "x", "z", "c"]))


def test_the_target_may_be_absent_or_there_at_prediction(model):
    assert model.predict({**NEW, "y": [9.0] * 5}).tolist() == model.predict(NEW).tolist()
    assert "y" not in [column.name for column in model.schema.columns]


def test_rows_without_a_target_are_left_out_and_counted():
    found = goodfit.fit({**TABLE, "y": [None, *TABLE["y"][1:]]}, target="y", **QUICK)
    has_remark(found.remarks, "model.rows_without_target", count=1, rows=[1])
    assert found.provenance.n_rows == 59


@pytest.mark.parametrize("cell", [float("inf"), float("-inf"), 1e39, 1e308])
@pytest.mark.parametrize("column", ["x", "y"])
def test_numbers_that_no_network_can_hold_are_named_with_their_rows(cell, column):
    cells = [*TABLE[column][:7], cell, *TABLE[column][8:]]
    with raises("data.number_beyond", column=column, rows=[8]):
        goodfit.fit({**TABLE, column: cells}, target="y", **QUICK)
    table = {**TABLE, "x": [*X[:7], 1e308, *X[8:]]}
    assert goodfit.fit({**TABLE, "x": X * 1e30}, target="y", **QUICK)  # sums go far beyond float32
    with raises("data.number_beyond"):
        goodfit.fit(table, target="y", **QUICK)


def test_columns_that_say_nothing_are_left_out_aloud():
    found = goodfit.fit({**TABLE, "one": [3] * 60, "none": [None] * 60}, target="y", **QUICK)
    kinds = {column.name: column.kind for column in found.schema.columns if not column.used}
    assert kinds == {"one": "constant", "none": "constant"}
    assert found.scores.metrics["rmse"] is not None


@pytest.mark.parametrize("backend", ["numpy", "nullable", "pyarrow"])
@pytest.mark.parametrize("gaps", [False, True])
def test_every_type_of_pandas_gives_the_same_model(backend, gaps):
    whole, yes = RANDOM.integers(0, 50, 60), np.random.default_rng(1).integers(0, 2, 60) > 0
    frame = pd.DataFrame({"x": X, "n": whole, "yes": yes, "c": TABLE["c"], "y": TABLE["y"]})
    typed = frame.astype(
        {
            "numpy": {},
            "nullable": {"n": "Int64", "yes": "boolean", "c": "string", "x": "Float64"},
            "pyarrow": {"n": "int64[pyarrow]", "yes": "bool[pyarrow]", "c": "string[pyarrow]"},
        }[backend]
    )
    wanted = frame
    if gaps:
        wanted = frame.astype({"n": "object", "yes": "object"})
        wanted.loc[3, ["n", "c", "yes"]] = None
        typed = wanted.copy() if backend == "numpy" else typed
        typed.loc[3, ["n", "c", "yes"]] = pd.NA
    one, two = (goodfit.fit(each, target="y", **QUICK) for each in (wanted, typed))
    assert one.schema.columns == two.schema.columns
    assert one.predict(wanted).tolist() == two.predict(typed).tolist()


def test_a_single_class_is_refused_and_a_class_of_one_row_trains():
    with raises("data.target_one_class", column="y"):
        goodfit.fit({"x": X, "y": ["a"] * 60}, target="y", **QUICK)
    found = goodfit.fit({"x": X, "y": ["rare", *["a", "b"] * 29, "a"]}, target="y", **QUICK)
    assert found.levels.tolist() == ["a", "b", "rare"]


@pytest.mark.parametrize(("n_rows", "batch_size"), [(20, 1000), (21, 12), (33, 18), (60, 59)])
def test_batches_larger_than_the_table_or_with_a_tail_of_one_learn(n_rows, batch_size):
    """A batch of one row normalised by itself would be nothing at all."""
    table = {name: cells[:n_rows] for name, cells in TABLE.items()}
    how = {**QUICK, "normalization": "batch", "batch_size": batch_size, "split": "none"}
    losses = goodfit.fit(table, target="y", **{**how, "epochs": 60}).history.train_loss
    assert 0 < losses[-1] < losses[0]


def test_of_fifteen_rows_folds_decide():
    table = {name: cells[:15] for name, cells in TABLE.items()}
    found = goodfit.fit(table, target="y", network="linear", optimizer="exact")
    assert found.scores.part == "kept_out"
    assert found.scores.folds.n_rows == 15


def test_guesses_are_shown_with_the_reason_and_overridden(goodfit_):
    zips = [10_000 + int(n) for n in RANDOM.integers(0, 9, 60)]
    write_csv(
        {"customer_id": range(1, 61), "zip": zips, "x": X, "y": [1, 2, 3] * 20}, Path("t.csv")
    )
    _, said, _ = goodfit_("fit", "t.csv", "--target", "y", "--dry-run")
    assert "multiclass: its cells are whole numbers that count the classes" in said
    assert "'customer_id'" in said
    assert "setting 'number'" in said
    fit = ["fit", "t.csv", "--target", "y", "--epochs", "2", "--task", "regression"]
    assert goodfit_(*fit, "--category", "zip", "--number", "customer_id")[0] == 0
    found = goodfit.load("t.goodfit")
    assert found.schema.target.task == "regression"
    kinds = {column.name: column.kind for column in found.schema.columns}
    assert kinds == {"customer_id": "number", "zip": "category", "x": "number"}


WRITTEN = "größe;preis;y\n" + "".join(
    f"{x:.3f};{x + 9:.2f};{'ja' if x > 0 else 'nein'}\n".replace(".", ",") for x in X
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_what_a_spreadsheet_writes_is_read_and_said(goodfit_, encoding):
    Path("t.csv").write_bytes(WRITTEN.encode(encoding))
    code, said, err = goodfit_("fit", "t.csv", "--target", "y", "--dry-run")
    assert code == 0, err
    assert "größe" in said
    assert "60 rows, 3 columns" in said
    assert "comma" in said


def test_cells_that_spoil_a_column_are_named_with_line_and_column(goodfit_):
    write_csv({**TABLE, "x": [*X[:9], "<1.0", *X[10:]]}, Path("t.csv"))
    code, _, said = goodfit_("fit", "t.csv", "--target", "y")
    assert code == 2
    assert "'x'" in said
    assert "<1.0" in said
    assert "10" in said
    write_csv(TABLE, Path("t.csv"))
    lines = Path("t.csv").read_text().splitlines()
    Path("t.csv").write_text("\n".join([*lines[:31], lines[0], *lines[31:]]))
    code, _, said = goodfit_("fit", "t.csv", "--target", "y")
    assert (code, "31" in said) == (2, True), said


@pytest.mark.parametrize("scale", [1e-12, 1e-3, 1e9, 1e25])
def test_a_target_of_any_scale_is_learnt_alike(scale):
    one = goodfit.fit(TABLE, target="y", **{**QUICK, "epochs": 40})
    two = goodfit.fit(
        {**TABLE, "y": TABLE["y"] * scale + 7 * scale}, target="y", **QUICK | {"epochs": 40}
    )
    assert two.scores.metrics["r2"] == pytest.approx(one.scores.metrics["r2"], abs=0.02)


def test_a_loss_that_is_no_number_stops_the_training_and_names_the_cause(goodfit_):
    write_csv(TABLE, Path("t.csv"))
    how = ["--network", "mlp", "--optimizer", "sgd", "--learning-rate", "1e6", "--quiet"]
    code, _, said = goodfit_("fit", "t.csv", "--target", "y", *how)
    assert code == 2
    assert "learning rate" in said
    assert [path.name for path in Path().iterdir()] == ["t.csv"]


@pytest.mark.parametrize("task", sampled(list(TARGETS)[::-1], 1))
def test_a_model_of_another_process_predicts_the_same(tmp_path, task):
    table = for_task(mixed_table(60), task)
    one = goodfit.fit(table, target=TARGETS[task], **QUICK)
    one.save(tmp_path / "m.goodfit")
    write_csv(features(mixed_table(20, seed=1)), tmp_path / "new.csv")
    code = "import sys, goodfit; print(goodfit.load(sys.argv[1]).predict(sys.argv[2]).tolist())"
    command = [sys.executable, "-c", code, tmp_path / "m.goodfit", tmp_path / "new.csv"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(one.predict(tmp_path / "new.csv").tolist())


NO_TABLES = [
    *({}, {"y": []}, {"x": [], "y": []}, {"y": [1.0, 2.0]}, [[1.0, 2.0], [3.0, 4.0]], []),
    *(np.zeros((0, 0)), np.zeros((3, 2, 2)), None, 7, object),
]


@pytest.mark.parametrize("table", NO_TABLES, ids=str)
def test_what_is_no_table_is_refused_with_a_sentence(table):
    with pytest.raises(goodfit.GoodfitError) as caught:
        goodfit.fit(table, target="y", **QUICK)
    check_sentence(caught.value.params, str(caught.value))


@pytest.mark.parametrize("content", ["", "\n", "x,y", "x,y\n", "\ufeff", ",\n,\n", "y\n1\n2\n"])
def test_files_that_hold_nothing_are_refused_with_a_sentence(goodfit_, content):
    Path("t.csv").write_text(content)
    code, out, said = goodfit_("fit", "t.csv", "--target", "y")
    assert (code, out, "Traceback" in said) == (2, "", False)
