"""A script reaches the result of the fit that it tells of, for everything that can be chosen."""

from __future__ import annotations

import contextlib
import copy
import io
import re
import subprocess
import sys
import typing
from pathlib import Path

import msgspec
import numpy as np
import pytest
import torch

import goodfit
from goodfit.core.findings import finding
from goodfit.core.settings import UNSCHEDULED, InitializationName
from goodfit.interfaces.cli.demo import PRESET
from goodfit.networks.activations import ACTIVATIONS
from goodfit.networks.normalizations import NORMALIZATIONS
from goodfit.preprocessing.categories import ENCODINGS
from goodfit.preprocessing.scalings import SCALINGS
from goodfit.scoring.metrics import METRICS
from goodfit.training.losses import LOSSES
from goodfit.training.optimizers import OPTIMIZERS
from goodfit.training.schedules import SCHEDULES
from helpers import raises
from tables_made import every_kind, mixed_table, write_csv

TABLES = Path(goodfit.__file__).parent / "data" / "tables"
# In double precision only the order of additions differs; single precision rounds 10^8 times
# as coarsely, and a training makes more of it.
DOUBLE, SINGLE = 1e-10, 1e-5
TARGETS = {"regression": "price", "binary": "kind", "multiclass": "grade"}
#: Every script of this file, for the test of how they are written.
WRITTEN: dict[str, str] = {}


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """A table of all tasks: numbers with gaps, categories, many levels, dates, text, weights."""
    n_rows = 70
    table, random = mixed_table(n_rows), np.random.default_rng(1)
    table |= {name: column for name, column in every_kind(n_rows).items() if name not in table}
    table["positive"] = np.exp(random.normal(0, 1, n_rows)).round(3).tolist()
    table["weigh"] = random.uniform(0.5, 2, n_rows).round(3).tolist()
    table["role"] = [("train", "Validation", "test")[row % 7 % 3] for row in range(n_rows)]
    table["team"] = [f"t{row // 5}" for row in range(n_rows)]
    return write_csv(table, tmp_path_factory.mktemp("script") / "table.csv")


def run(script, path):
    """What a script leaves behind, its names, and what it prints; every digit of it."""
    exact = re.sub(r":\.(4f|6g)\}", ":.17g}", script)
    names, printed, before = {"__name__": "__main__"}, io.StringIO(), sys.argv
    sys.argv = ["train.py", str(path)]
    try:
        with contextlib.redirect_stdout(printed), torch.random.fork_rng(devices=[]):
            exec(compile(exact, "train.py", "exec"), names)
    finally:
        sys.argv = before
    return names, printed.getvalue()


def found(pattern, printed):
    return np.array([float(number) for number in re.findall(pattern, printed)])


def assert_same(model, path, *, tolerance, **reading):
    """The losses of every epoch, the predictions of every row and the score on test rows."""
    script = model.script()
    WRITTEN[script] = repr(model.settings)
    names, printed = run(script, path)
    history, n_epochs = model.history, len(model.history.train_loss)
    for losses, pattern in ((history.train_loss, r"\] loss:(\S+)"),
                            (history.valid_loss, r"validation:(\S+)")):  # fmt: skip
        told = found(pattern, printed)[:n_epochs]
        if losses[0] is not None:
            np.testing.assert_allclose(told, np.array(losses), rtol=tolerance, atol=1e-12)
    columns = model.predict_columns(str(path), **reading)
    if model.levels.size:
        name = "margin" if "margin" in names else "probability"
        mine = np.column_stack([v for key, v in columns.items() if key.startswith(name)])
    else:
        name, mine = "prediction", model.predict(str(path), **reading)
    theirs = names[name]
    if len(theirs) < len(mine):  # rows without a target
        mine = mine[names["kept"]]
    np.testing.assert_allclose(theirs, mine, rtol=tolerance, atol=tolerance * np.abs(mine).max())
    if model.scores.part == "test":
        (score,) = found(rf"test {model.answers.headline}: (\S+)", printed)
        wanted = model.scores.metrics[model.answers.headline]
        np.testing.assert_allclose(score, wanted, rtol=100 * tolerance, atol=1e-9)
    return names


def chosen(number):
    """One of each registry: the next fit tries the next ones."""
    losses = [(name, kind) for name, kinds in LOSSES.items() for kind in kinds]
    loss, kind = losses[number % len(losses)]
    task = kind.task
    optimizer = list(OPTIMIZERS)[number % len(OPTIMIZERS)]
    schedule = list(SCHEDULES)[number % len(SCHEDULES)]
    activation = list(ACTIVATIONS)[number % len(ACTIVATIONS)]
    given = {
        "target": TARGETS[task],
        "task": task,
        "loss": loss,
        "optimizer": optimizer,
        "activation": activation,
        "schedule": "auto" if optimizer in UNSCHEDULED else schedule,
        "preprocessing": list(SCALINGS)[(number + 2) % len(SCALINGS)],
        "category_encoding": list(ENCODINGS)[number % len(ENCODINGS)],
        "normalization": list(NORMALIZATIONS)[number % len(NORMALIZATIONS)],
        "initialization": INITIALIZATIONS[number % len(INITIALIZATIONS)],
        "network": "resnet" if number % 3 == 1 else "mlp",
        "epochs": 3,
        "seed": number,
    }
    if kind.allows != "any":
        given["target"] = "positive"
    if given["network"] == "mlp":
        given["widths"] = (8, 6)
    else:
        given |= {"block_width": 6, "blocks": 1}
    if optimizer == "lbfgs":
        given["dropout"] = 0.0
    if number % 2:
        given["weight"] = "weigh"
    return given


INITIALIZATIONS = [name for name in typing.get_args(InitializationName) if name != "zeros"]
N_CASES = 30
#: Columns that are no features here.
ASIDE = ("price", "kind", "grade", "positive", "weigh", "team", "role", "at", "zoned")


def aside(given):
    return tuple(name for name in ASIDE if name not in given.values())


def test_the_cases_have_every_entry_of_every_registry():
    cases = [chosen(number) for number in range(N_CASES)]
    losses = {(case["loss"], case["task"]) for case in cases}
    assert losses == {(name, kind.task) for name, kinds in LOSSES.items() for kind in kinds}
    for setting, registry in (
        ("optimizer", OPTIMIZERS),
        ("activation", ACTIVATIONS),
        ("preprocessing", SCALINGS),
        ("category_encoding", ENCODINGS),
        ("normalization", NORMALIZATIONS),
        ("initialization", INITIALIZATIONS),
    ):
        assert {case[setting] for case in cases} == set(registry), setting
    assert {case["schedule"] for case in cases} == {*SCHEDULES, "auto"}


@pytest.mark.parametrize("number", range(N_CASES))
def test_whatever_is_chosen_of_the_registries(number, path):
    given = chosen(number)
    model = goodfit.fit(str(path), drop=aside(given), **given)
    assert_same(model, path, tolerance=DOUBLE)


ENSEMBLE = {"network": "ensemble", "widths": (8, 6), "epochs": 2}
LINEAR = {"network": "linear", "epochs": 3}
EXACT = {"network": "linear", "optimizer": "exact"}
SMALL = {"network": "mlp", "widths": (6,), "epochs": 3}
#: Fits by what they try: the target, and what is chosen.
SINGLE_NETWORKS = {
    "linear": ("price", LINEAR),
    "linear-zeros": ("price", LINEAR | {"initialization": "zeros"}),
    "no-hidden-layer": ("price", SMALL | {"widths": ()}),
    "single-rows": ("kind", SMALL | {"batch_size": 1, "epochs": 1}),
    "all-rows": ("price", SMALL | {"batch_size": "full"}),
    "penalties": ("price", SMALL | {"l1": 0.01, "l2": 0.1, "gradient_clip": 0.5}),
    "noise": ("price", SMALL | {"input_noise": 0.1}),
    "search-penalty": ("price", SMALL | {"optimizer": "lbfgs", "l2": 0.1, "weight": "weigh"}),
    "average": ("price", SMALL | {"weight_average": 0.9, "normalization": "batch"}),
    "momentum": ("price", SMALL | {"optimizer": "sgd", "momentum": 0.9, "nesterov": True}),
    "decay": ("price", SMALL | {"optimizer": "sgd", "weight_decay": 0.1}),
    "early": ("price", SMALL | {"epochs": 20, "early_stopping": 1, "min_improvement": 0.1}),
    "slow-start": ("price", SMALL | {"epochs": 20, "early_stopping": 1, "start_patience": 4}),
    "last": ("price", SMALL | {"keep": "last"}),
    "steps": ("price", SMALL | {"steps": 4}),
    "metric": ("kind", SMALL | {"metric": "roc_auc"}),
    "neuron-slopes": ("price", SMALL | {"activation": "prelu", "prelu_slopes": "neuron"}),
    "smoothing": ("kind", SMALL | {"label_smoothing": 0.1}),
    "balanced": ("grade", SMALL | {"class_weight": "balanced", "weight": "weigh"}),
    "class-weight": ("kind", SMALL | {"class_weight": {"dear": 3.0}}),
    "class-cost": ("kind", SMALL | {"class_cost": {"dear": 3.0}}),
    "threshold": ("kind", SMALL | {"threshold": "best", "metric": "f1"}),
    "log": ("positive", SMALL | {"target_transform": "log"}),
    "log1p": ("positive", SMALL | {"target_transform": "log1p", "target_scaling": "none"}),
    "unit-mean": ("positive", SMALL | {"target_scaling": "unit_mean"}),
    "rare-levels": ("price", SMALL | {"min_level_count": 3, "column": {"code": "ordinal"}}),
    "dates": ("price", SMALL | {"drop": ("kind", "grade", "positive", "team", "weigh", "role")}),
    "several": (["price", "positive"], SMALL | {"metric": "mae"}),
    "exact": ("price", EXACT),
    "exact-weighted": ("price", EXACT | {"l2": 0.1, "weight": "weigh"}),
    "exact-classes": ("grade", EXACT | {"l2": 0.1, "class_weight": "balanced"}),
    "exact-binary": ("kind", EXACT | {"l2": 0.1}),
    "two-parts": ("price", SMALL | {"split": "8:0:2"}),
    "no-parts": ("kind", SMALL | {"split": "none"}),
    "groups": ("grade", SMALL | {"group": "team"}),
    "times": ("price", SMALL | {"time": "day"}),
    "named-parts": ("price", SMALL | {"part": "role"}),
    "sample": ("kind", SMALL | {"sample": 30}),
    "folds": ("price", SMALL | {"folds": 3}),
    "refit": ("price", SMALL | {"refit": True}),
}
ENSEMBLES = {
    "numbers": ("price", {}),
    "two": ("kind", {"category_encoding": "ordinal"}),
    "more": ("grade", {"category_encoding": "embedding"}),
    "weighted": ("price", {"weight": "weigh"}),
    "weighted-classes": ("grade", {"weight": "weigh", "class_weight": "balanced"}),
    "one-layer": ("price", {"widths": (8,)}),
    "three-layers": ("price", {"widths": (8, 6, 4), "batch_size": "full"}),
    "other-loss": ("positive", {"loss": "poisson"}),
    "quantiles": ("price", {"loss": "quantile"}),
    "smoothing": ("kind", {"label_smoothing": 0.1}),
    "groups": ("grade", {"group": "team"}),
    "times": ("price", {"time": "day"}),
    "one-fold": ("price", {"bag": 1, "metric": "r2"}),
    "no-parts": ("price", {"split": "none"}),
    "refit": ("kind", {"refit": True}),
    "several": (["price", "positive"], {"loss": "huber"}),
}


@pytest.mark.parametrize("name", SINGLE_NETWORKS)
def test_what_a_single_network_can_be_asked_for(name, path):
    target, given = SINGLE_NETWORKS[name]
    drop = given.get("drop") or aside({**given, "": target} if isinstance(target, str) else given)
    drop = tuple(column for column in drop if column not in target)
    model = goodfit.fit(str(path), target=target, **{**given, "drop": drop})
    # Newton's method and L-BFGS stop at slightly other places.
    assert_same(model, path, tolerance=1e-7 if name.startswith("exact") else DOUBLE)


@pytest.mark.parametrize("name", ENSEMBLES)
def test_what_an_ensemble_can_be_asked_for(name, path):
    target, given = ENSEMBLES[name]
    drop = tuple(column for column in aside(given) if column not in target)
    given = {**ENSEMBLE, "precision": "float64", "drop": drop, **given}
    model = goodfit.fit(str(path), target=target, **given)
    # The lines of classes are solved by Newton's method there, by L-BFGS here.
    assert_same(model, path, tolerance=1e-7 if model.levels.size else DOUBLE)


@pytest.mark.parametrize("target", ["price", "grade"])
def test_the_default_in_single_precision(target, path):
    model = goodfit.fit(str(path), target=target, drop=aside({"": target}), epochs=2)
    assert model.settings.network == "ensemble"
    assert_same(model, path, tolerance=SINGLE)


@pytest.mark.parametrize("name", METRICS)
def test_every_metric(name, path):
    metric = METRICS[name]
    for task in sorted(metric.tasks):
        target = "positive" if task == "regression" else TARGETS[task]
        given = {"class_cost": {"dear": 2.0, "low": 2.0}} if name == "mean_cost" else {}
        if name == "mean_cost":
            given = {"class_cost": {"dear" if task == "binary" else "low": 2.0}}
        model = goodfit.fit(str(path), target=target, drop=aside({"": target}), network="mlp",
                            widths=(4,), epochs=2, metric=name, **given)  # fmt: skip
        assert model.answers.headline == name
        assert_same(model, path, tolerance=DOUBLE)


def test_the_lesson_ends_at_the_same_bits():
    path = TABLES / "linear15.csv"
    model = goodfit.fit(str(path), target="y", **PRESET)
    script = model.script()
    WRITTEN[script] = "demo"
    names, printed = run(script, path)
    ours = [parameter.flatten().tolist() for parameter in model.network.parameters()]
    assert [p.flatten().tolist() for p in names["model"].parameters()] == ours
    np.testing.assert_allclose(found(r"loss:(\S+)", printed), model.history.train_loss, rtol=1e-6)
    assert len([line for line in script.splitlines() if line]) <= 28


@pytest.mark.parametrize("given", [
    {"preprocessing": "standardize", "target_scaling": "standardize"},
    {"network": "mlp", "widths": (4,), "activation": "tanh", "dropout": 0.0, "optimizer": "adam"},
])  # fmt: skip
def test_the_plain_program_with_more(given):
    path = TABLES / "linear15.csv"
    model = goodfit.fit(str(path), target="y", **PRESET | given)
    script = model.script()
    WRITTEN[script] = repr(given)
    _, printed = run(script, path)
    losses = found(r"\] loss:(\S+)", printed)
    np.testing.assert_allclose(losses, model.history.train_loss, rtol=1e-5)
    if model.coefficients():
        told = [float(number) for number in re.findall(r"(?:slope|intercept):(\S+)", printed)]
        wanted = [model.coefficients()[name] for name in ("x", "intercept")]
        np.testing.assert_allclose(told, wanted, atol=1e-5)


def test_gaps_marks_commas_and_lines_above(tmp_path):
    rows = ["made by hand", "a;b;c;y"]
    rows += [f"{i % 5},{i % 7};{'-999' if i % 9 == 0 else i};{'no' if i % 3 else 'Ja'};{i},5"
             for i in range(60)]  # fmt: skip
    rows[12] = "1,5;3;no;"
    path = tmp_path / "table.csv"
    path.write_text("\n".join(rows), "cp1252")
    reading = {"skip_rows": 1, "encoding": "cp1252"}
    model = goodfit.fit(str(path), target="y", missing=[-999], **reading, **SMALL)
    assert_same(model, path, tolerance=DOUBLE, **reading)


def test_a_script_runs_by_itself_and_knows_no_goodfit(path, tmp_path):
    model = goodfit.fit(str(path), target="kind", drop=aside({"": "kind"}), epochs=1)
    file = tmp_path / "train.py"
    file.write_text(model.script(), "utf-8")
    done = subprocess.run(
        [sys.executable, "-I", file, path], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("[1/1] loss:")
    assert "goodfit" not in file.read_text("utf-8")


def test_another_table_is_refused_with_a_sentence(path, tmp_path):
    other = tmp_path / "other.csv"
    other.write_text("x,y\n1,2\n", "utf-8")
    for model in (
        goodfit.fit(str(path), target="kind", drop=aside({"": "kind"}), epochs=1),
        goodfit.fit(str(TABLES / "linear15.csv"), target="y", **PRESET),
    ):
        script = model.script()
        table = other if model.levels.size else path
        file = tmp_path / "train.py"
        file.write_text(script, "utf-8")
        done = subprocess.run([sys.executable, file, table], capture_output=True, text=True)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert "column" in done.stderr


def test_what_no_program_can_do_is_refused():
    table = {"x": [float(i) for i in range(60)], "y": [2.0 * i for i in range(60)]}
    own = goodfit.fit(table, target="y", network="mlp", activation=torch.sin, epochs=1)
    with raises("script.own", part="activation"):
        own.script()
    model = goodfit.fit(table, target="y", **SMALL)
    further = goodfit.fit(table, start_from=model, epochs=1)
    with raises("script.going_on"):
        further.script()
    for code, changed in (("script.device", {"device": "cuda"}),
                          ("script.no_text_file", {"sheet": "first"}),
                          ("script.rate_changed", {"learning_rate": 0.5})):  # fmt: skip
        other = copy.copy(model)
        other.settings = msgspec.structs.replace(model.settings, **changed)
        with raises(code):
            other.script()
    weighed = goodfit.fit(table, target="y", weight=[1.0 + i % 2 for i in range(60)], **SMALL)
    with raises("script.weights_given"):
        weighed.script()
    apart = {"x": list(range(60)), "y": ["a"] * 30 + ["b"] * 30}
    with raises("script.no_least_loss"):
        goodfit.fit(apart, target="y", **EXACT).script()
    days = {"d": [f"{1 + i % 28}/12/2024" for i in range(60)],
            "m": [f"12/{1 + i % 28}/2024" for i in range(60)], "y": table["y"]}  # fmt: skip
    with raises("script.two_date_orders"):
        goodfit.fit(days, target="y", **SMALL).script()
    other = copy.copy(model)
    stopped = finding("model.stopped_early", {"epoch": 1, "kept": 1})
    other.remarks = (*model.remarks, stopped)
    with raises("script.stopped"):
        other.script()


def test_scripts_are_written_as_a_formatter_would(tmp_path):
    ruff = Path(sys.executable).with_name("ruff")
    if not ruff.exists():
        pytest.skip("ruff is not installed")
    for number, script in enumerate(WRITTEN):
        (tmp_path / f"script_{number}.py").write_text(script, "utf-8")
    shared = ["--isolated", "--no-cache", "--line-length", "100", str(tmp_path)]
    rules = "E,F,W,I,UP,B,C4,ARG,RET,PIE,PERF"
    formatted = subprocess.run([ruff, "format", "--diff", *shared], capture_output=True, text=True)
    assert formatted.returncode == 0, formatted.stdout
    checked = subprocess.run(
        [ruff, "check", "--select", rules, *shared], capture_output=True, text=True
    )
    assert checked.returncode == 0, checked.stdout
