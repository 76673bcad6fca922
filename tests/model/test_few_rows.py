"""Few rows: all of them train, folds score, and what cannot be folded says why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import goodfit
from goodfit.core.settings import make_settings
from goodfit.model.few_rows import FEWEST_TO_TEST, FOLDS, REPEATS
from goodfit.model.fit import start
from goodfit.model.report import summarize
from goodfit.model.run import Run
from helpers import has_remark, raises
from tables_made import TARGETS, for_task, mixed_table, rows_of

QUICK: dict[str, Any] = {"epochs": 3, "widths": (4,), "network": "mlp", "early_stopping": 2}


def few(task: str, n_rows: int = 40) -> dict[str, list[Any]]:
    """A table with so many rows."""
    return for_task(mixed_table(n_rows), task)


def begun(table: dict[str, list[Any]], target: str, **chosen: Any) -> Run:
    return start(table, target=target, settings=make_settings(**QUICK | chosen))


@pytest.mark.parametrize("task", TARGETS)
def test_under_fifty_rows_all_train_and_each_is_scored_by_folds_that_did_not_see_it(
    task: str,
) -> None:
    model = goodfit.fit(few(task), target=TARGETS[task], **QUICK)
    scores, found = model.scores, model.provenance
    assert (found.n_training, found.n_validation, found.n_test) == (40, 0, 0)
    assert (model.settings.split, model.settings.folds) == ("none", FOLDS)
    assert model.settings.repeats == scores.folds.repeats == REPEATS
    assert scores.part == "kept_out"
    assert scores.metrics == scores.folds.metrics
    assert scores.folds.n_rows == 40
    assert len(scores.folds.by_fold) == FOLDS * REPEATS
    assert len(scores.baselines) == 2
    has_remark(model.remarks, "model.few_rows", n_rows=40, n_folds=FOLDS * REPEATS)
    assert summarize(model).verdict.params["n_rows"] == 40


def test_the_default_network_too_is_scored_on_rows_that_none_of_its_folds_saw() -> None:
    """To the last bit: the same as a fit to the other rows, scored on those that were kept out."""
    table = few("regression", 22)
    run = start(table, target="price", settings=make_settings(epochs=3, seed=1))
    assert run.settings.network == "ensemble"
    fold = run.plan.folds[3]
    for _ in run.events():
        pass
    others, kept_out = (rows_of(table, rows.tolist()) for rows in (fold.training, fold.validation))
    alone = goodfit.fit(others, target="price", epochs=3, seed=1, split="none")
    assert alone.evaluate(kept_out) == run.folds.by_fold[3]


def test_fifty_rows_are_divided_as_ever() -> None:
    plan = begun(few("regression", FEWEST_TO_TEST), "price").plan
    assert [len(plan.final.training), len(plan.final.validation), len(plan.test)] == [30, 10, 10]
    assert not len(begun(few("regression", FEWEST_TO_TEST - 1), "price").plan.test)


def test_rows_without_a_target_do_not_count() -> None:
    table = few("regression", 52)
    table["price"][:4] = [None] * 4
    assert begun(table, "price").settings.split == "none"


@pytest.mark.parametrize("chosen", [{"split": "6:2:2"}, {"folds": 3}, {"split": "8:0:2"}])
def test_who_says_how_rows_are_divided_gets_that(chosen: dict[str, Any]) -> None:
    chosen = {"early_stopping": 0, **chosen}
    run = begun(few("regression"), "price", **chosen)
    assert len(run.plan.test) == 8
    assert run.settings.folds == chosen.get("folds")
    assert not [remark for remark in run.remarks if remark.code.startswith("model.few_rows")]


def test_a_column_that_names_the_parts_is_followed() -> None:
    words = ["training"] * 20 + ["validation"] * 10 + ["test"] * 10
    run = begun(few("regression") | {"p": words}, "price", part="p")
    assert len(run.plan.test) == 10
    assert run.settings.split == "auto"


def test_numbers_up_to_twenty_are_kept_out_one_by_one() -> None:
    run = begun(few("regression", 15), "price")
    assert [fold.validation.tolist() for fold in run.plan.folds if len(fold.validation) > 1] == []
    assert len(run.plan.folds) == 15
    has_remark(run.remarks, "model.few_rows_once", count=15)
    assert len(begun(few("binary", 15), "kind").plan.folds) == FOLDS * REPEATS


def test_groups_are_kept_out_whole() -> None:
    groups = [row % 6 for row in range(40)]
    run = begun(few("regression") | {"g": groups}, "price", group="g")
    assert len(run.plan.folds) == 6
    for fold in run.plan.folds:
        assert len({groups[row] for row in fold.validation}) == 1
        assert not {groups[row] for row in fold.validation} & {groups[row] for row in fold.training}
    many = begun(few("regression") | {"g": [row % 30 for row in range(40)]}, "price", group="g")
    assert len(many.plan.folds) == FOLDS * REPEATS


def test_in_time_folds_follow_each_other() -> None:
    run = begun(few("regression") | {"t": list(range(40))}, "price", time="t")
    assert len(run.plan.folds) == FOLDS
    for fold in run.plan.folds:
        assert fold.training.max() < fold.validation.min()
    model = goodfit.fit(
        few("regression") | {"t": list(range(40))}, target="price", time="t", **QUICK
    )
    assert model.scores.part == "kept_out"
    assert model.scores.folds.n_rows < model.provenance.n_training == 40


def test_the_only_row_of_a_class_always_trains() -> None:
    table = few("binary") | {"kind": ["a", "b"] * 19 + ["a", "c"]}
    run = begun(table, "kind")
    assert all(39 in fold.training and 39 not in fold.validation for fold in run.plan.folds)
    has_remark(run.remarks, "model.rows_never_kept_out", levels=["c"])
    model = goodfit.fit(table, target="kind", **QUICK)
    assert model.scores.folds.n_rows == 39


def test_what_cannot_be_folded_is_tested_and_says_why() -> None:
    """The last class comes last, so that earlier folds could not learn it."""
    table = few("binary") | {
        "kind": ["a", "b"] * 12 + ["a", "b", "c", "c"] * 4,
        "t": list(range(40)),
    }
    with raises("model.class_without_training_rows", level="c"):
        begun(table, "kind", time="t", split="5:2:3")
    table["kind"] = ["a", "b"] * 10 + ["c", "a", "b", "c"] * 5
    run = begun(table, "kind", time="t")
    assert len(run.plan.test) == 8
    assert run.settings.split == "6:2:2"
    has_remark(run.remarks, "model.few_rows_not_folded", n_rows=40)


@pytest.mark.parametrize("chosen", [{"refit": True}, {"budget": "1h"}])
def test_a_refit_and_a_budget_leave_no_room_for_folds(chosen: dict[str, Any]) -> None:
    run = begun(few("regression"), "price", **chosen)
    assert len(run.plan.test) == 8
    has_remark(run.remarks, "model.few_rows_tested", name=next(iter(chosen)))


@pytest.mark.parametrize(
    ("task", "n_rows"),
    [*(("regression", n_rows) for n_rows in (3, 4, 9)), *(("binary", n) for n in (4, 5, 9))],
)
def test_a_handful_of_rows_is_fitted(task: str, n_rows: int) -> None:
    table = for_task(mixed_table(40), task)
    first = [table[TARGETS[task]].index(level) for level in dict.fromkeys(table[TARGETS[task]])]
    rows = [*first[:2], *(row for row in range(40) if row not in first[:2])][:n_rows]
    model = goodfit.fit(rows_of(table, rows), target=TARGETS[task], epochs=2)
    assert model.provenance.n_training >= 1
    assert summarize(model).verdict.code in {
        "report.too_few_test_rows", "report.not_tested"
    }  # fmt: skip


@pytest.mark.parametrize("n_rows", [1, 2])
def test_one_or_two_rows_are_too_few(n_rows: int) -> None:
    code = "data.too_few_rows" if n_rows > 1 else "data.target_constant"
    with raises(code):
        goodfit.fit({"x": [1.5, 2.5][:n_rows], "y": [0.25, 0.5][:n_rows]}, target="y")


def test_a_threshold_is_found_without_the_rows_that_score_it() -> None:
    """Each fold finds its own: changing the answers of kept out rows changes none of them."""
    table = few("binary")
    chosen = {**QUICK, "threshold": "best", "metric": "f1", "target": "kind", "epochs": 20}
    model = goodfit.fit(table, **chosen)
    assert isinstance(model.settings.threshold, float)
    found = has_remark(model.remarks, "model.threshold_found", metric="f1")
    assert model.scores.metrics["f1"] == model.scores.folds.metrics["f1"]
    assert model.scores.metrics["f1"] <= found.params["value"]


def test_a_row_that_is_kept_out_twice_counts_once_for_chance() -> None:
    """Dealt again and again, rows get no more: the error of the difference stays as large."""
    chosen = {**QUICK, "split": "none", "folds": 5, "target": "price"}
    once, often = (
        goodfit.fit(few("regression"), repeats=repeats, **chosen).scores.against_linear[1]
        for repeats in (1, 9)
    )
    assert often > once / 2


def test_a_model_of_few_rows_goes_on_by_how_many_rows_come() -> None:
    chosen = {"target": "price", **QUICK}
    model = goodfit.fit(rows_of(few("regression", 120), range(40)), **chosen)
    more = rows_of(few("regression", 120), range(40, 120))
    on = goodfit.fit(more, start_from=model, epochs=2)
    assert on.provenance.n_test == 16
    assert on.settings.folds is None
    again = goodfit.fit(rows_of(more, range(40)), start_from=model, epochs=2)
    assert again.scores.part == "kept_out"
    same = goodfit.fit(rows_of(few("regression", 120), range(40)), start_from=model, epochs=2)
    has_remark(same.remarks, "model.same_table")


def test_scores_of_kept_out_rows_are_in_the_file(tmp_path: Path) -> None:
    model = goodfit.fit(few("multiclass"), target="grade", **QUICK)
    assert goodfit.load(model.save(tmp_path / "m.goodfit")).scores == model.scores


def test_a_seed_repeats_it() -> None:
    one, two = (goodfit.fit(few("regression"), target="price", **QUICK) for _ in range(2))
    assert one.scores == two.scores
    assert np.array_equal(one.predict(few("regression")), two.predict(few("regression")))


def test_models_that_were_scored_on_the_same_kept_out_rows_are_compared() -> None:
    table = few("regression") | {"t": list(range(40))}
    one, two, timed = (
        goodfit.fit(table, target="price", **QUICK | {"drop": ["t"], **chosen})
        for chosen in ({}, {"seed": 1}, {"drop": [], "time": "t"})
    )
    assert not goodfit.compare(one, two).remarks
    has_remark(goodfit.compare(one, timed).remarks, "model.compared_rows")
