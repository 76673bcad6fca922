"""Several folds: nothing leaks between them, scores have a spread, the model learns from all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import goodfit
from goodfit.core.settings import make_settings
from goodfit.model.fit import start
from goodfit.model.folds import watched
from goodfit.model.report import spread, summarize
from goodfit.training.events import EpochFinished, StageStarted, TrainingFinished
from helpers import has_remark, raises
from tables_made import TARGETS, for_task, mixed_table, rows_of

QUICK = {"epochs": 12, "widths": (8,), "seed": 1, "folds": 3}


@pytest.mark.parametrize("task", TARGETS)
def test_every_learning_row_is_scored_by_a_network_that_did_not_see_it(task: str) -> None:
    table = for_task(mixed_table(), task)
    model = goodfit.fit(table, target=TARGETS[task], **QUICK)
    folds = model.scores.folds
    assert len(folds.by_fold) == len(folds.kept_epochs) == 3
    assert model.scores.part == "test"
    assert set(folds.metrics) == set(model.scores.metrics)
    found = model.provenance
    assert (found.n_training, found.n_validation, found.n_test) == (96, 0, 24)
    has_remark(model.remarks, "data.folds", count=3, n_rows=96)


@pytest.mark.parametrize("task", TARGETS)
def test_each_fold_s_score_is_that_of_test_rows(task: str) -> None:
    """To the last bit: the rows that a fold keeps out reach neither its statistics nor its end."""
    table = for_task(mixed_table(), task)
    run = start(table, target=TARGETS[task], settings=make_settings(**QUICK))
    kept_out, inner = run.plan.folds[1].validation, watched(run, run.plan.folds[1])
    for _ in run.events():
        pass
    assert not set(kept_out) & {*inner.training, *inner.validation}
    assert {*inner.training, *inner.validation} == set(run.plan.folds[1].training)
    words = np.full(120, "", object)
    words[kept_out], words[inner.training], words[inner.validation] = "test", "train", "valid"
    learning = run.plan.learning.tolist()
    rows = rows_of(table | {"p": words.tolist()}, learning)
    quick = {name: value for name, value in QUICK.items() if name != "folds"}
    alone = goodfit.fit(rows, target=TARGETS[task], part="p", **quick)
    assert alone.scores.metrics == run.folds.by_fold[1]


@pytest.mark.parametrize(("setting", "n_values"), [("group", 3), ("time", 4)])
def test_what_divides_the_table_divides_each_fold(setting: str, n_values: int) -> None:
    """The rows that watch are other groups, or later, than those that train, where there are."""
    values = [row % n_values for row in range(120)]
    table = for_task(mixed_table(), "regression") | {"g": values}
    chosen = make_settings(**QUICK | {"folds": 2}, **{setting: "g"}, split="1:0:0")
    run = start(table, target="price", settings=chosen)
    cells = np.array(values)
    for fold in run.plan.folds:
        inner = watched(run, fold)
        assert len(inner.validation)
        if len(np.unique(cells[fold.training])) > 1:
            assert not set(cells[inner.training]) & set(cells[inner.validation])
        if setting == "time":
            assert cells[inner.training].max() <= cells[inner.validation].min()


def test_without_anything_that_watches_all_rows_of_a_fold_train() -> None:
    table = for_task(mixed_table(), "regression")
    chosen = make_settings(**QUICK, early_stopping=0)
    run = start(table, target="price", settings=chosen)
    assert watched(run, run.plan.folds[0]) is run.plan.folds[0]


@pytest.mark.parametrize("task", TARGETS)
def test_test_rows_reach_no_fold(task: str) -> None:
    table = for_task(mixed_table(), task)
    plan = start(table, target=TARGETS[task], settings=make_settings(**QUICK)).plan
    spoilt = dict(table)
    for row in plan.test.tolist():
        cells = spoilt["size"]
        spoilt["size"] = [*cells[:row], 1e6, *cells[row + 1 :]]
    honest, other = (goodfit.fit(t, target=TARGETS[task], **QUICK) for t in (table, spoilt))
    assert honest.scores.folds == other.scores.folds
    assert honest.preprocessing == other.preprocessing
    assert honest.history == other.history
    assert honest.scores.metrics != other.scores.metrics


def test_the_model_trains_on_all_folds_as_long_as_was_usual() -> None:
    table = for_task(mixed_table(), "regression")
    model = goodfit.fit(table, target="price", early_stopping=2, **QUICK | {"epochs": 60})
    kept = sorted(model.scores.folds.kept_epochs)
    assert model.settings.epochs == len(model.history.train_loss) == kept[1]
    assert model.settings.early_stopping == 0
    assert summarize(model).course.kept_epoch == kept[1]
    again = goodfit.fit(table, target="price", early_stopping=2, **QUICK | {"epochs": 60})
    assert np.array_equal(model.predict(table), again.predict(table))
    assert model.scores == again.scores


def test_the_test_rows_are_those_of_a_plain_split() -> None:
    table = for_task(mixed_table(), "multiclass")
    folded, plain = (
        start(table, target="grade", settings=make_settings(**QUICK | {"folds": folds})).plan
        for folds in (3, None)
    )
    assert folded.test.tolist() == plain.test.tolist()


def test_mean_and_spread_are_those_of_the_folds() -> None:
    model = goodfit.fit(for_task(mixed_table(), "regression"), target="price", **QUICK)
    found = [fold["mae"] for fold in model.scores.folds.by_fold]
    mean, deviation = spread(model.scores.folds, "mae")
    assert mean == pytest.approx(np.mean(found))
    assert deviation == pytest.approx(np.std(found, ddof=1))


def test_the_watcher_hears_which_fold_it_is() -> None:
    told: list[object] = []
    table = for_task(mixed_table(), "regression")
    goodfit.fit(table, target="price", watch=told.append, **QUICK)
    stages = [event for event in told if isinstance(event, StageStarted)]
    assert [(event.stage, event.number) for event in stages] == [
        ("fold", 1), ("fold", 2), ("fold", 3), ("final", 1)
    ]  # fmt: skip
    assert sum(isinstance(event, TrainingFinished) for event in told) == 4


def test_without_test_rows_the_folds_tell() -> None:
    table = for_task(mixed_table(), "regression")
    model = goodfit.fit(table, target="price", split="none", **QUICK)
    assert model.provenance.n_training == 120
    found = summarize(model)
    assert found.part == "kept_out"
    assert found.metrics == model.scores.folds.metrics
    assert found.verdict.params["n_rows"] == 120


def test_the_exact_solution_has_folds_too() -> None:
    table = for_task(mixed_table(), "regression")
    model = goodfit.fit(table, target="price", network="linear", optimizer="exact", folds=4)
    assert model.scores.folds.kept_epochs == (1, 1, 1, 1)
    assert summarize(model).course.stopped == "solved"


def test_groups_stay_in_one_fold_and_time_goes_forward() -> None:
    table = for_task(mixed_table(), "regression")
    table |= {"g": [row // 6 for row in range(120)], "t": list(range(120))}
    grouped = goodfit.fit(table, target="price", group="g", drop=["t"], **QUICK)
    has_remark(grouped.remarks, "data.folds_by_group", n_training=16, n_test=4)
    timed = start(table, target="price", settings=make_settings(time="t", drop=["g"], **QUICK))
    has_remark(timed.remarks, "data.folds_by_time", count=3)
    has_remark(timed.remarks, "data.split_by_time_test", test="96")
    for fold in timed.plan.folds:
        assert fold.training.max() < fold.validation.min()


def test_a_class_that_a_fold_could_not_learn_is_refused() -> None:
    cells = {"x": list(range(30)), "y": ["a", "b"] * 14 + ["a", "c"]}
    with raises("model.class_without_training_rows", level="c"):
        goodfit.fit(cells, target="y", split="none", **QUICK)


def test_stopped_in_a_fold_there_is_no_model() -> None:
    table = for_task(mixed_table(), "regression")
    run = start(table, target="price", settings=make_settings(**QUICK))
    n_epochs = 0
    with raises("model.stopped_in_fold", fold=2, n_folds=3):
        for event in run.events():
            n_epochs += isinstance(event, EpochFinished)
            run.controls.stop = n_epochs > 15


def test_folds_are_kept_in_the_file(tmp_path: Path) -> None:
    model = goodfit.fit(for_task(mixed_table(), "binary"), target="kind", **QUICK)
    assert goodfit.load(model.save(tmp_path / "m.goodfit")).scores == model.scores
