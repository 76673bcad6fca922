"""The main job from the shell: fit, predict, evaluate, inspect."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

import goodfit
from goodfit.core.settings import make_settings
from goodfit.core.words import catalog
from goodfit.interfaces import cli
from goodfit.interfaces.cli.output import refuse_same
from goodfit.interfaces.cli.progress import (
    JsonLines,
    LiveLine,
    PlainLines,
    ctrl_c_stops,
    duration,
    epoch_line,
)
from goodfit.training.controls import Controls
from goodfit.training.events import (
    EpochFinished,
    StageStarted,
    StepsFinished,
    TrainingFinished,
)
from helpers import raises
from tables_made import PENGUINS, TARGETS, for_task, mixed_table, write_csv

QUICK = ["--epochs", "8", "--widths", "8", "--seed", "1"]


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """Every test works in a folder of its own, on a terminal of 80 columns."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")


def here():
    """Names of the files in the folder of the test."""
    return sorted(path.name for path in Path.cwd().iterdir())


def table_for(task, n_rows=150):
    return write_csv(for_task(mixed_table(n_rows), task), Path("table.csv"))


def rows_of_csv(path):
    with Path(path).open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("task", TARGETS)
def test_two_commands_from_a_table_to_predictions(goodfit_, task):
    table = table_for(task)
    code, out, _ = goodfit_("fit", table, "--target", TARGETS[task], *QUICK)
    assert code == 0
    assert len(out.splitlines()) <= 24
    assert max(len(line) for line in out.splitlines()) <= 80
    assert "goodfit predict table.goodfit" in out
    assert goodfit_("predict", "table.goodfit", table, "--out", "p.csv")[0] == 0
    predicted = rows_of_csv("p.csv")
    model = goodfit.load("table.goodfit")
    expected = model.predict("table.csv")
    kind = float if task == "regression" else str
    assert [kind(row["prediction"]) for row in predicted] == expected.tolist()
    if task != "regression":
        names = [f"probability_{level}" for level in model.levels]
        assert list(predicted[0]) == ["prediction", *names]
        shown = [[float(row[name]) for name in names] for row in predicted]
        assert np.array_equal(np.array(shown), model.predict_proba("table.csv"))


def test_a_residual_network_is_described_by_its_blocks(goodfit_):
    table, shape = table_for("regression"), ("--blocks", "1", "--block-width", "8")
    code, out, _ = goodfit_("fit", table, "--target", TARGETS["regression"], "--epochs", "3",
                            "--network", "resnet", "--activation", "leakyrelu", *shape)  # fmt: skip
    assert code == 0
    assert "resnet, blocks 1 of width 8, " in out
    described = goodfit_("inspect", "table.goodfit")
    assert described[0] == 0


@pytest.mark.parametrize("task", TARGETS)
def test_json_of_a_fit(goodfit_, task):
    table = table_for(task)
    code, out, err = goodfit_("fit", table, "--target", TARGETS[task], "--json", *QUICK)
    assert code == 0
    result = json.loads(out)
    assert len(out.splitlines()) == 1
    metrics = {"rmse", "mae", "r2"} if task == "regression" else {"accuracy", "log_loss", "roc_auc"}
    baselines = {"mean", "ridge"} if task == "regression" else {"majority", "logistic"}
    assert set(result["test"]) == metrics
    assert set(result["baselines"]) == baselines
    assert all(set(scores) == metrics for scores in result["baselines"].values())
    assert result["training"] is None
    assert (result["task"], result["target"]) == (task, TARGETS[task])
    assert result["verdict"] in catalog()
    assert result["epochs"] == 8 >= result["kept_epoch"]
    assert result["settings"]["widths"] == [8]
    assert Path(result["model"]).exists()
    assert result["test"] == goodfit.load(result["model"]).scores.metrics
    events = [json.loads(line) for line in err.splitlines()]
    assert [event["event"] for event in events][-2:] == ["epoch_finished", "training_finished"]
    assert [event["epoch"] for event in events[:8]] == list(range(1, 9))


def test_a_fit_without_test_rows_says_so(goodfit_):
    table = table_for("regression")
    arguments = ["fit", table, "--target", "price", *QUICK, "--split", "none"]
    result = json.loads(goodfit_(*arguments, "--json")[1])
    assert result["test"] is None
    assert set(result["training"]) == {"rmse", "mae", "r2"}
    assert result["verdict"] == "report.not_tested"
    assert "No rows were kept for a test" in " ".join(goodfit_(*arguments)[1].split())


def test_the_same_fit_in_python_and_in_the_shell_is_the_same_file(goodfit_):
    goodfit_("fit", table_for("binary"), "--target", "kind", *QUICK)
    model = goodfit.fit("table.csv", target="kind", epochs=8, widths=(8,), seed=1)
    model.save("python.goodfit")
    assert Path("python.goodfit").read_bytes() == Path("table.goodfit").read_bytes()


def test_a_dry_run_writes_nothing(goodfit_):
    table = table_for("regression")
    code, out, err = goodfit_("fit", table, "--target", "price", "--dry-run", *QUICK)
    assert code == 0
    assert err == ""
    assert here() == ["table.csv"]
    for word in ("size", "colour", "category", "90 training", "widths = [8]", "parameters"):
        assert word in out
    plan = json.loads(goodfit_("fit", table, "--target", "price", "--dry-run", "--json", *QUICK)[1])
    assert plan["rows"] == {"training": 90, "validation": 30, "test": 30}
    assert [column["name"] for column in plan["columns"]] == ["size", "age", "colour"]
    assert plan["network"]["parameters"] > 8
    assert here() == ["table.csv"]


def test_the_settings_shown_by_a_dry_run_are_a_settings_file(goodfit_):
    """They can be copied, and lead to the same model."""
    table = table_for("regression")
    fit = ["fit", table, "--target", "price"]
    out = goodfit_(*fit, "--dry-run", *QUICK)[1]
    title = catalog()["cli.settings_title"]
    lines = out.split(title)[1].split("\n\n")[0].splitlines()
    Path("settings.toml").write_text("\n".join(line.strip() for line in lines))
    goodfit_(*fit, *QUICK, "--out", "a.goodfit", "--quiet")
    goodfit_(*fit, "--settings", "settings.toml", "--out", "b.goodfit", "--quiet")
    a, b = (goodfit.load(name) for name in ("a.goodfit", "b.goodfit"))
    assert a.history == b.history
    assert a.scores == b.scores


def test_quiet_shows_no_progress(goodfit_):
    table = table_for("regression")
    fit = ["fit", table, "--target", "price", *QUICK]
    assert goodfit_(*fit, "--quiet")[2] == ""
    assert "epoch 8/8" in goodfit_(*fit)[2]


def test_few_rows_are_told_where_the_test_would_be(goodfit_):
    table = table_for("regression", n_rows=40)
    code, out, _ = goodfit_("fit", table, "--target", "price", *QUICK)
    assert code == 0
    text = " ".join(out.split())
    assert "40 rows are too few to keep some as a test (fewer than 50)" in text
    assert "rows kept out  this model" in out
    assert "on 40 rows that were kept out." in text
    found = json.loads(goodfit_("fit", table, "--target", "price", *QUICK, "--json")[1])
    assert found["rows"] == {"training": 40, "validation": 0, "test": 0}
    assert found["test"] is None
    assert found["kept_out"] == found["folds"]["metrics"]
    assert "rows kept out when fitted" in goodfit_("evaluate", "table.goodfit", table)[1]
    assert "rows kept out" in goodfit_("inspect", "table.goodfit")[1]
    assert "too few to keep" in goodfit_("fit", table, "--target", "price", "--dry-run")[1]


def test_an_ensemble_of_folds_does_not_end_by_what_other_folds_kept(goodfit_):
    fit = ("fit", table_for("regression", n_rows=30), "--target", "price", "--epochs", "2")
    out = goodfit_(*fit, "--folds", "2")[1]
    assert "in 8 folds that watch each other" in out
    assert "median" not in out


def test_the_spread_of_folds_without_test_rows_is_shown_where_they_are_large(goodfit_):
    fit = ("fit", table_for("regression"), "--target", "price", "--split", "none", *QUICK)
    assert "3 folds" in goodfit_(*fit, "--folds", "3")[1].split("rows kept out")[1]
    for more in (["--folds", "40"], ["--folds", "3", "--repeats", "2"]):
        assert " folds" not in goodfit_(*fit, *more)[1].split("rows kept out")[1]


def test_evaluate_tells_the_metrics(goodfit_):
    table = table_for("multiclass")
    goodfit_("fit", table, "--target", "grade", *QUICK)
    code, out, _ = goodfit_("evaluate", "table.goodfit", table, "--json")
    assert code == 0
    assert json.loads(out) == goodfit.load("table.goodfit").evaluate("table.csv")
    text = goodfit_("evaluate", "table.goodfit", table)[1]
    for name in ("accuracy", "log_loss", "roc_auc", "table.csv"):
        assert name in text


def test_inspect_shows_everything(goodfit_):
    goodfit_("fit", table_for("binary"), "--target", "kind", *QUICK)
    code, out, _ = goodfit_("inspect", "table.goodfit", "--history")
    assert code == 0
    for word in ("size", "cheap, dear", "widths = [8]", "train_loss", "log_loss", "majority"):
        assert word in out
    shown = json.loads(goodfit_("inspect", "table.goodfit", "--json", "--history")[1])
    model = goodfit.load("table.goodfit")
    assert shown["coefficients"] is None
    assert shown["history"]["train_loss"] == model.history.train_loss
    assert shown["levels"] == ["cheap", "dear"]
    assert shown["test"] == model.scores.metrics
    assert {column["name"]: column["kind"] for column in shown["columns"]} == {
        "size": "number",
        "age": "number",
        "colour": "category",
    }
    assert shown["network"]["parameters"] == sum(p.numel() for p in model.network.parameters())
    assert "history" not in json.loads(goodfit_("inspect", "table.goodfit", "--json")[1])


def test_an_estimators_model_is_shown_without_scores(goodfit_):
    X = np.arange(20.0).reshape(-1, 1)
    line = goodfit.Regressor(network="linear", optimizer="exact").fit(X, 2 * X[:, 0])
    line.model_.save("line.goodfit")
    code, out, _ = goodfit_("inspect", "line.goodfit")
    assert code == 0
    assert "No score is kept" in out
    shown = json.loads(goodfit_("inspect", "line.goodfit", "--json")[1])
    assert shown["coefficients"]["x0"] == pytest.approx(2.0)
    assert (shown["test"], shown["training"], shown["baselines"]) == (None, None, {})


@pytest.mark.parametrize("task", TARGETS)
def test_inspect_tells_a_linear_models_coefficients(goodfit_, task):
    table = table_for(task)
    exact = ["--network", "linear", "--optimizer", "exact", "--preprocessing", "none"]
    goodfit_("fit", table, "--target", TARGETS[task], *exact, "--l2", "0.01")
    found = json.loads(goodfit_("inspect", "table.goodfit", "--json")[1])["coefficients"]
    if task == "multiclass":
        assert set(found) == {"low", "mid", "top"}
        found = found["top"]
    assert next(iter(found)) == "intercept"
    assert {"size", "age", "colour=red", "colour=blue"} <= set(found)
    assert all(isinstance(number, float) for number in found.values())
    assert "colour=red" in goodfit_("inspect", "table.goodfit")[1]


def test_predictions_go_to_standard_output_or_parquet(goodfit_):
    table = table_for("regression")
    goodfit_("fit", table, "--target", "price", *QUICK)
    goodfit_("predict", "table.goodfit", table, "--out", "p.csv")
    assert goodfit_("predict", "table.goodfit", table)[1] == Path("p.csv").read_text()
    assert goodfit_("predict", "table.goodfit", table, "--out", "-")[1] == Path("p.csv").read_text()
    goodfit_("predict", "table.goodfit", table, "--out", "p.parquet")
    expected = goodfit.load("table.goodfit").predict("table.csv")
    assert pq.read_table("p.parquet")["prediction"].to_pylist() == expected.tolist()
    with raises("cli.out_format", suffix=".xlsx"):
        cli.commands.main(
            ["predict", "table.goodfit", str(table), "-o", "p.xlsx"], standalone_mode=False
        )
    assert goodfit_("predict", "table.goodfit", table, "--out", "p.xlsx")[0] == 2
    told = json.loads(goodfit_("predict", "table.goodfit", table, "-o", "p.csv", "--json")[1])
    assert told == {"predictions": "p.csv", "rows": 150}


def test_levels_are_quoted_where_csv_needs_it(goodfit_):
    cells = {"x": [1, 2, 3, 4] * 10, "y": ['"a, b"', '"a, b"', '"say ""c"""', '"say ""c"""'] * 10}
    table = write_csv(cells, Path("table.csv"))
    goodfit_("fit", table, "--target", "y", *QUICK)
    goodfit_("predict", "table.goodfit", table, "--out", "p.csv")
    predicted = rows_of_csv("p.csv")
    assert list(predicted[0])[1:] == ["probability_a, b", 'probability_say "c"']
    assert {row["prediction"] for row in predicted} <= {"a, b", 'say "c"'}


def test_a_result_never_replaces_what_was_read(goodfit_):
    table = table_for("regression")
    before = table.read_bytes()
    code, _, err = goodfit_("fit", table, "--target", "price", "--out", table, *QUICK)
    assert (code, table.read_bytes()) == (2, before)
    assert "--out" in err
    goodfit_("fit", table, "--target", "price", *QUICK)
    Path("other-name.csv").symlink_to(table.resolve())
    model = Path("table.goodfit")
    for out in (table, "other-name.csv", model):
        kept = model.read_bytes()
        assert goodfit_("predict", model, table, "--out", out)[0] == 2
        assert (table.read_bytes(), model.read_bytes()) == (before, kept)
    with raises("cli.would_overwrite", path=Path("table.csv")):
        refuse_same(table, table)


def test_a_failed_prediction_leaves_nothing_behind(goodfit_):
    table = table_for("regression")
    goodfit_("fit", table, "--target", "price", *QUICK)
    Path("bad.csv").write_text("size,age\n1,2\n")
    code, _, err = goodfit_("predict", "table.goodfit", "bad.csv", "--out", "p.csv")
    assert code == 2
    assert "colour" in err
    assert here() == ["bad.csv", "table.csv", "table.goodfit"]
    assert goodfit_("predict", "table.goodfit", "bad.csv")[1] == ""


def test_columns_that_the_model_does_not_know_are_told(goodfit_):
    goodfit_("fit", table_for("regression"), "--target", "price", *QUICK)
    cells = {**mixed_table(20), "news": [1] * 20}
    code, out, err = goodfit_("predict", "table.goodfit", write_csv(cells, Path("more.csv")))
    assert code == 0
    assert len(out.splitlines()) == 21
    assert err.count("news") == 1


def test_a_closed_place_is_noticed_before_training(goodfit_):
    table = table_for("regression")
    code, out, err = goodfit_("fit", table, "--target", "price", "--out", "no/such/m.goodfit")
    assert (code, out) == (2, "")
    assert err.startswith("goodfit: File no/such/m.goodfit cannot be written")
    assert "epoch" not in err


@pytest.mark.parametrize(
    "arguments",
    [
        ["fit", "none.csv", "--target", "y"],
        ["fit", "table.csv", "--target", "nothing"],
        ["fit", "table.csv"],
        ["fit", "table.csv", "--target", "price", "--epochs", "0"],
        ["fit", "table.csv", "--target", "price", "--settings", "none.toml"],
        ["fit", "table.csv", "--target", "price", "--momentum", "0.9"],
        ["fit", "table.csv", "--target", "price", "--no-such-option"],
        ["predict", "none.goodfit", "table.csv"],
        ["predict", "table.csv", "table.csv"],
        ["evaluate", "none.goodfit", "table.csv"],
        ["inspect", "table.csv"],
        ["no-such-command"],
    ],
    ids=" ".join,
)
def test_what_a_person_can_mend_is_a_sentence_and_exit_code_2(goodfit_, arguments):
    table_for("regression")
    code, out, err = goodfit_(*arguments)
    assert (code, out) == (2, "")
    last = err.splitlines()[-1]
    assert last.startswith("goodfit: ")
    assert last.endswith((".", "?", ")"))
    assert "Traceback" not in err


def test_how_a_column_divides_the_rows_is_said_beside_them(goodfit_):
    cells = for_task(mixed_table(150), "regression") | {"day": list(range(150))}
    table = write_csv(cells, Path("table.csv"))
    said = " ".join(catalog()["data.split_by_time"].format(
        column="day", validation=90, percent=20, test=120).split())  # fmt: skip
    fit = ("fit", table, "--target", "price", "--time", "day", *QUICK)
    for arguments in ([*fit, "--dry-run"], fit, ("inspect", "table.goodfit")):
        out = " ".join(goodfit_(*arguments)[1].split())
        assert f"90 training, 30 validation, 30 test {said}" in out
        assert "day (time)" in out or catalog()["data.divides_times"].format(column="day") in out


def test_folds_have_a_column_beside_the_scores(goodfit_):
    table = table_for("regression")
    fit = ("fit", table, "--target", "price", "--folds", "3", *QUICK)
    _, out, err = goodfit_(*fit)
    assert "3 folds" in out
    assert out.count(" ± ") == 3
    assert "median of what the folds kept" in " ".join(out.split())
    for stage in ("fold 1/3  epoch 1/8", "fold 3/3  epoch 8/8", "on all folds  epoch 1/"):
        assert stage in err
    inspected = goodfit_("inspect", "table.goodfit")[1]
    assert inspected.count(" ± ") == 3
    found = json.loads(goodfit_(*fit, "--json")[1])["folds"]
    assert found["mean"]["rmse"] == pytest.approx(np.mean([f["rmse"] for f in found["by_fold"]]))
    assert "3 folds" in goodfit_(*fit, "--dry-run")[1]


def test_a_refit_is_said_with_what_the_scores_belong_to(goodfit_):
    table = table_for("regression")
    out = goodfit_("fit", table, "--target", "price", "--refit", *QUICK)[1]
    said = "Then trained once more on all 150 rows"
    assert said in " ".join(out.split())
    assert said in " ".join(goodfit_("inspect", "table.goodfit")[1].split())
    assert json.loads(goodfit_("inspect", "table.goodfit", "--json")[1])["refit_epochs"] > 0


def test_a_model_goes_on_with_new_rows_of_its_columns(goodfit_):
    table = table_for("regression")
    assert goodfit_("fit", table, "--target", "price", "--out", "one.goodfit", *QUICK)[0] == 0
    new = write_csv(for_task(mixed_table(90, seed=3), "regression"), Path("new.csv"))
    go_on = ("fit", new, "--from", "one.goodfit")
    code, out, _ = goodfit_(*go_on)
    assert code == 0
    assert "The training goes on from a model" in " ".join(out.split())
    assert goodfit.load("new.goodfit").provenance.earlier
    code, _, err = goodfit_(*go_on, "--widths", "9")
    assert (code, "cannot be '(9,)'" in err) == (2, True)
    assert goodfit_(*go_on, "--out", "one.goodfit")[0] == 2
    assert goodfit_("fit", new)[0] == 2


def test_a_rate_is_found_anew_for_a_model_that_goes_on(goodfit_):
    table = table_for("regression")
    assert goodfit_("fit", table, "--target", "price", "--out", "one.goodfit", *QUICK)[0] == 0
    find = ("fit", table, "--from", "one.goodfit", "--find-learning-rate", "--dry-run")
    code, out, err = goodfit_(*find)
    assert (code, err) == (0, "")
    assert "learning rate" in out.lower()
    code, _, err = goodfit_(*find, "--learning-rate", "0.1")
    assert (code, "Learning rate 0.1 is set" in err) == (2, True)


def test_models_stand_side_by_side_what_differs_first(goodfit_):
    table = table_for("regression")
    fit = ("fit", table, "--target", "price", *QUICK)
    for name, more in (("a", []), ("b", ["--widths", "4,4"]), ("c", ["--folds", "2"])):
        assert goodfit_(*fit, *more, "--out", f"{name}.goodfit")[0] == 0
    code, out, _ = goodfit_("compare", "a.goodfit", "b.goodfit")
    lines = out.splitlines()
    assert code == 0
    assert lines[0].split("  ")[0] == "Settings that differ"
    assert lines[1].split() == ["widths", "8", "4,4"]
    assert "target price" in " ".join(out.split())
    assert max(len(line) for line in lines) <= 80
    names = [f"{letter}.goodfit" for letter in "abcabcabc"]
    wide = goodfit_("compare", *names)[1].splitlines()
    assert max(len(line) for line in wide) <= 80
    assert sum(line.startswith("Scores") for line in wide) > 1
    found = json.loads(goodfit_("compare", "a.goodfit", "c.goodfit", "--json")[1])
    assert found["models"] == ["a.goodfit", "c.goodfit"]
    assert "folds" in found["differing"]
    assert len(found["scores"]["rmse"]) == 2
    assert goodfit_("compare", "a.goodfit")[0] == 2


def test_ctrl_c_in_a_fold_aborts_for_there_is_nothing_to_keep(tmp_path):
    command = [sys.executable, "-c", "from goodfit.interfaces.cli import main; main()"]
    fit = ["fit", str(PENGUINS), "--target", "species", "--out", "p.goodfit", "--json"]
    endless = ["--epochs", "100000", "--early-stopping", "0", "--folds", "3"]
    with subprocess.Popen(
        [*command, *fit, *endless],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    ) as process:
        first = [json.loads(process.stderr.readline()) for _ in "ab"]
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert first[0] == {"event": "stage_started", "stage": "fold", "number": 1, "n_folds": 3}
    assert process.returncode == 130
    assert out == ""
    assert err.splitlines()[-1] == catalog()["cli.aborted"]
    assert not (tmp_path / "p.goodfit").exists()


def test_no_arguments_show_the_help(goodfit_):
    code, out, _ = goodfit_()
    assert code == 0
    assert "goodfit demo" in out


def test_a_wide_table_s_summary_fits_a_screen(goodfit_):
    random = np.random.default_rng(0)
    names = [f"a_rather_long_column_name_{number}" for number in range(60)]
    cells = {name: random.normal(size=60).round(3).tolist() for name in names}
    cells |= {f"code_{number}": [number] * 60 for number in range(20)}
    cells["y"] = random.normal(size=60).round(3).tolist()
    table = write_csv(cells, Path("table.csv"))
    out = goodfit_("fit", table, "--target", "y", *QUICK)[1]
    assert len(out.splitlines()) <= 24
    assert max(len(line) for line in out.splitlines()) <= 80


def test_ctrl_c_keeps_the_best_so_far(tmp_path):
    """The first SIGINT ends the training well; the model is judged, saved and usable."""
    command = [sys.executable, "-c", "from goodfit.interfaces.cli import main; main()"]
    fit = ["fit", str(PENGUINS), "--target", "species", "--out", "p.goodfit", "--json"]
    endless = ["--epochs", "100000", "--early-stopping", "0"]
    with subprocess.Popen(
        [*command, *fit, *endless],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    ) as process:
        first = json.loads(process.stderr.readline())
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=120)
    assert first["event"] == "epoch_finished"
    assert process.returncode == 130
    result = json.loads(out)
    assert result["stopped"] == "interrupted"
    assert err.splitlines()[-1].endswith(catalog()["cli.interrupted"])
    assert goodfit.load(tmp_path / "p.goodfit").scores.metrics == result["test"]


def test_the_first_ctrl_c_asks_and_the_second_aborts():
    """To this thread, for a signal to the process may reach another first, and be heard later."""
    before, controls = signal.getsignal(signal.SIGINT), Controls()
    with ctrl_c_stops(controls):
        signal.raise_signal(signal.SIGINT)
        assert controls.stop
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)
    assert signal.getsignal(signal.SIGINT) is before


def test_an_abort_is_exit_code_130_and_leaves_no_file(goodfit_, monkeypatch):
    def abort(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr("goodfit.model.artifact.load", abort)
    assert goodfit_("inspect", "m.goodfit")[0] == 130


EPOCHS = [EpochFinished(n, 20, 1 / n, 2 / n, 3 / n, 0.01, True) for n in range(1, 21)]
END = TrainingFinished("finished", 20, 20)


def test_progress_without_a_terminal_is_a_handful_of_lines(capsys):
    watch = PlainLines("rmse")
    for event in [*EPOCHS, StepsFinished(1, 1, 2), END]:
        watch(event)
    lines = capsys.readouterr().err.splitlines()
    assert [line.split("  ")[0] for line in lines] == [
        f"epoch {n}/20" for n in (1, 4, 8, 12, 16, 20)
    ]


@pytest.mark.parametrize(("n_folds", "lines_each"), [(2, 6), (20, 1)])
def test_each_of_many_folds_has_one_line_of_progress_without_a_terminal(
    capsys, n_folds, lines_each
):
    watch = PlainLines("rmse")
    stages = [StageStarted("fold", n, n_folds) for n in range(1, n_folds + 1)]
    for stage in [*stages, StageStarted("final", 1, n_folds)]:
        for event in [stage, *EPOCHS]:
            watch(event)
    lines = capsys.readouterr().err.splitlines()
    assert sum(line.startswith("fold ") for line in lines) == n_folds * lines_each
    assert sum(line.startswith("on all folds") for line in lines) == 6


def test_progress_on_a_terminal_is_one_line_cleared_at_the_end(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setattr("goodfit.interfaces.cli.progress.LIVE_EVERY_S", -1.0)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    watch = LiveLine("rmse")
    for event in [EPOCHS[0], StepsFinished(2, 5, 10), EPOCHS[1], END]:
        watch(event)
    written = capsys.readouterr().err
    assert "\n" not in written
    shown = [part.removesuffix("\x1b[K") for part in written.split("\r")[1:]]
    assert shown[0].startswith("epoch 1/20  loss 1")
    assert shown[1].startswith("epoch 2/20 (50 %)  loss 1")
    assert shown[-1] == ""
    assert max(len(line) for line in shown) < 40


def test_progress_as_json_is_an_event_a_line(capsys):
    watch = JsonLines()
    for event in [EPOCHS[0], StepsFinished(2, 5, 10), END]:
        watch(event)
    first, last = (json.loads(line) for line in capsys.readouterr().err.splitlines())
    assert first["event"] == "epoch_finished"
    assert (first["epoch"], first["train_loss"], first["valid_loss"]) == (1, 1.0, 2.0)
    assert last == {
        "event": "training_finished",
        "reason": "finished",
        "epoch": 20,
        "kept_epoch": 20,
    }


def test_an_epoch_in_one_line():
    assert epoch_line(EPOCHS[9], "rmse", 75) == (
        "epoch 10/20  loss 0.1  valid 0.2  rmse 0.3  rate 0.01  1:15 min left"
    )
    alone = EpochFinished(20, 20, 0.5, None, None, 0.001, False)
    assert epoch_line(alone, "rmse", 0) == "epoch 20/20  loss 0.5  rate 0.001"
    assert duration(7300) == "2:01 h"


def test_settings_of_the_model_are_those_typed(goodfit_):
    goodfit_("fit", table_for("regression"), "--target", "price", *QUICK, "--drop", "age")
    settings = goodfit.load("table.goodfit").settings
    assert settings.drop == ("age",)
    assert settings == make_settings(settings)
