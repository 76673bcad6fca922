"""Weights, costs and thresholds of classes: in the loss, in what is predicted, in the scores."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score

import goodfit
from goodfit.core.settings import make_settings
from goodfit.model.fit import start
from helpers import has_remark, raises
from tables_made import TARGETS, features, for_task, mixed_table

QUICK = {"widths": [8], "epochs": 15, "learning_rate": 0.02}
LINE = {"network": "linear", "optimizer": "exact", "l2": 0.1}


def unbalanced(n_rows: int = 300) -> dict[str, list]:
    """One row in ten is of the class that counts, and hard to tell."""
    random = np.random.default_rng(3)
    truth = np.arange(n_rows) % 10 == 0
    x = random.normal(size=n_rows) + 1.2 * truth
    return {"x": x.tolist(), "y": np.where(truth, "bad", "good").tolist()}


def shares(model: goodfit.FittedModel, table: dict[str, list], level: str) -> float:
    return float(np.mean(model.predict(table) == level))


# Weights


def test_balanced_classes_count_alike_in_the_loss() -> None:
    table = unbalanced()
    plain = goodfit.fit(table, target="y", **LINE)
    balanced = goodfit.fit(table, target="y", class_weight="balanced", **LINE)
    assert plain.predict_proba(table)[:, 0].mean() == pytest.approx(0.1, abs=0.03)
    assert balanced.predict_proba(table)[:, 0].mean() == pytest.approx(0.5, abs=0.1)
    said = goodfit.fit(table, target="y", class_weight={"bad": 9}, **LINE)
    assert said.predict_proba(table) == pytest.approx(balanced.predict_proba(table), abs=0.02)
    has_remark(said.remarks, "model.classes_weighted", weights=["bad 9", "good 1"])


def test_class_weights_weigh_the_validation_loss_and_not_the_scores() -> None:
    table = unbalanced()
    settings = make_settings(class_weight={"bad": 9}, **QUICK)
    run = start(table, target="y", settings=settings)
    assert set(run.loss_weight.tolist()) == {1.0, 9.0}
    list(run.events())
    model, rows = run.finish(), run.plan.folds[0].validation
    found = model.predict_table(run.table.take(rows))
    right = found.probabilities[np.arange(len(rows)), run.target_values[rows].astype(int)]
    weight = run.loss_weight[rows]
    assert min(model.history.valid_loss) == pytest.approx(
        np.average(-np.log(right), weights=weight), rel=1e-4
    )
    scored = model.evaluate(table)
    again = goodfit.fit(table, target="y", **QUICK)
    assert scored["accuracy"] == np.mean(model.predict(table) == np.array(table["y"]))
    assert scored["accuracy"] < again.evaluate(table)["accuracy"]


def test_class_weights_multiply_those_of_the_rows() -> None:
    table = unbalanced() | {"w": [1.0, 3.0] * 150}
    run = start(table, target="y", settings=make_settings(weight="w", class_weight={"bad": 2}))
    assert run.loss_weight[:3].tolist() == [1.0, 1.5, 0.5]
    assert run.weight[:3].tolist() == [0.5, 1.5, 0.5]


def test_with_class_weights_the_headline_counts_classes_alike() -> None:
    model = goodfit.fit(unbalanced(), target="y", class_weight="balanced", **QUICK)
    assert model.scores.headline == "balanced_accuracy"
    assert model.scores.baselines["majority"]["balanced_accuracy"] == 0.5
    assert model.scores.baselines["logistic"]["balanced_accuracy"] > 0.6


# Costs


def test_the_class_of_least_expected_cost_is_predicted() -> None:
    table = for_task(mixed_table(), "multiclass")
    cost = {"low": 1, "mid": 4, "top": 2.5}
    model = goodfit.fit(table, target="grade", class_cost=cost, **QUICK)
    probability = model.predict_proba(table)
    costs = np.array([cost[level] for level in model.levels])
    # The cost of predicting each class, over the classes that a row may be of.
    expected = probability @ (costs[:, None] * (1 - np.eye(3)))
    assert model.predict(table).tolist() == model.levels[expected.argmin(axis=1)].tolist()
    wrong = model.predict(table) != np.array(table["grade"])
    paid = [cost[level] * missed for level, missed in zip(table["grade"], wrong, strict=True)]
    assert model.evaluate(table)["mean_cost"] == pytest.approx(np.mean(paid))
    assert model.scores.headline == "mean_cost"


def test_a_costly_class_is_predicted_more_often() -> None:
    table = unbalanced()
    plain = goodfit.fit(table, target="y", **LINE)
    costly = goodfit.fit(table, target="y", class_cost={"bad": 20}, **LINE)
    assert shares(costly, table, "bad") > 3 * shares(plain, table, "bad")
    assert costly.predict_proba(table) == pytest.approx(plain.predict_proba(table))
    even = goodfit.fit(table, target="y", class_cost={"bad": 2, "good": 2}, **LINE)
    assert even.predict(table).tolist() == plain.predict(table).tolist()


def test_the_baselines_decide_by_the_same_costs() -> None:
    model = goodfit.fit(unbalanced(), target="y", class_cost={"bad": 20}, **QUICK)
    majority = model.scores.baselines["majority"]
    assert majority["mean_cost"] == pytest.approx(0.9)  # all are called bad
    assert majority["accuracy"] == pytest.approx(0.1)


# Thresholds


def test_a_threshold_decides_from_the_probability_of_the_second_class() -> None:
    table = unbalanced()
    for threshold in (0.0, 0.9, 0.97, 1):
        model = goodfit.fit(table, target="y", threshold=threshold, **LINE)
        second = model.predict_proba(table)[:, 1]
        assert model.predict(table).tolist() == np.where(
            second >= threshold, "good", "bad"
        ).tolist()  # fmt: skip


@pytest.mark.parametrize("metric", ["f1", "balanced_accuracy", "auto"])
def test_the_best_threshold_is_the_best_on_the_validation_rows(metric: str) -> None:
    table = unbalanced() | {"y": ["yes" if y == "bad" else "no" for y in unbalanced()["y"]]}
    settings = make_settings(threshold="best", metric=metric, **QUICK)
    run = start(table, target="y", settings=settings)
    list(run.events())
    model, rows = run.finish(), run.plan.folds[0].validation
    threshold = model.settings.threshold
    said = has_remark(model.remarks, "model.threshold_found", threshold=threshold)
    truth = run.target_values[rows].astype(int)
    second = model.predict_table(run.table.take(rows)).probabilities[:, 1]
    if metric == "f1":
        tried = [f1_score(truth, second >= one) for one in second]
        assert said.params["value"] == pytest.approx(max(tried))
        assert f1_score(truth, second >= threshold) == pytest.approx(max(tried))
    assert 0 < threshold < 1
    assert model.predict(table).tolist() == np.where(
        model.predict_proba(table)[:, 1] >= threshold, "yes", "no"
    ).tolist()  # fmt: skip


def test_folds_find_the_threshold_on_rows_that_each_network_did_not_see() -> None:
    table = unbalanced()
    table["y"] = ["spoilt" if level == "bad" else "fine" for level in table["y"]]
    chosen = {"target": "y", "folds": 3, "metric": "f1", **QUICK}
    model = goodfit.fit(table, threshold="best", **chosen)
    assert isinstance(model.settings.threshold, float)
    said = has_remark(model.remarks, "model.threshold_found", metric="f1")
    # The rows that chose the threshold do not score it: each fold's network finds its own.
    scores, plain = model.scores.folds, goodfit.fit(table, **chosen).scores.folds
    assert scores.metrics["roc_auc"] == plain.metrics["roc_auc"]
    assert said.params["value"] > scores.metrics["f1"] != plain.metrics["f1"]


def test_a_refit_keeps_the_threshold_that_was_found() -> None:
    model = goodfit.fit(unbalanced(), target="y", threshold="best", refit=True, **QUICK)
    said = has_remark(model.remarks, "model.threshold_found")
    assert model.settings.threshold == said.params["threshold"]


def test_going_on_may_weigh_and_decide_anew() -> None:
    table = unbalanced() | {"w": [1.0, 3.0] * 150}
    model = goodfit.fit(table, target="y", class_cost={"bad": 3}, drop=["w"], **QUICK)
    further = goodfit.fit(
        table, start_from=model, weight="w", class_weight="balanced", class_cost={"bad": 9}
    )
    assert further.settings.class_cost == {"bad": 9.0}
    assert shares(further, table, "bad") > shares(model, table, "bad")


# Everywhere alike


@pytest.mark.parametrize("settings", [{"class_cost": {"dear": 7}}, {"threshold": 0.2}])
def test_a_decision_is_kept_in_the_file_and_by_every_door(tmp_path, settings) -> None:
    table = for_task(mixed_table(), "binary")
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(features(table))
    model = goodfit.fit(table, target=TARGETS["binary"], **QUICK, **settings)
    loaded = goodfit.load(model.save(tmp_path / "m.goodfit"))
    plain = goodfit.fit(table, target=TARGETS["binary"], **QUICK)
    assert loaded.predict(table).tolist() == model.predict(table).tolist()
    assert loaded.predict(table).tolist() != plain.predict(table).tolist()
    estimator = goodfit.Classifier(random_state=0, **QUICK, **settings)
    estimator.fit(frame, np.array(table["kind"]))
    assert estimator.predict(frame).tolist() == estimator.model_.predict(frame).tolist()
    decided = estimator.model_.answers.decide(estimator.predict_proba(frame))
    assert estimator.predict(frame).tolist() == estimator.classes_[decided].tolist()
    with np.errstate(divide="ignore"):
        logarithms = np.log(estimator.predict_proba(frame))
    assert np.array_equal(estimator.predict_log_proba(frame), logarithms)


def test_classes_of_numbers_are_named_by_their_words_or_in_an_estimator_as_they_are() -> None:
    table = {"x": unbalanced()["x"], "y": [int(y == "bad") for y in unbalanced()["y"]]}
    for given in ({1: 9}, {"1": 9}):
        model = goodfit.fit(table, target="y", class_weight=given, **LINE)
        has_remark(model.remarks, "model.classes_weighted", weights=["0 1", "1 9"])
    X, y = np.array(table["x"])[:, None], np.array(table["y"], dtype=float)
    estimator = goodfit.Classifier(class_weight={1: 9}, class_cost={0.0: 2}, **LINE).fit(X, y)
    assert estimator.model_.settings.class_weight == {"1.0": 9.0}
    assert estimator.model_.settings.class_cost == {"0.0": 2.0}


# What cannot be


@pytest.mark.parametrize(
    "settings", [{"class_weight": "balanced"}, {"class_cost": {"a": 1}}, {"threshold": 0.3}]
)
def test_a_regression_has_no_classes(settings) -> None:
    (name,) = settings
    with raises("settings.not_of_choice", name=name, choice="task 'regression'"):
        goodfit.fit(for_task(mixed_table(), "regression"), target="price", **settings)


def test_what_is_said_of_classes_must_fit() -> None:
    table = unbalanced()
    with raises("model.class_unknown", name="class_weight", classes=["Bad"]):
        goodfit.fit(table, target="y", class_weight={"Bad": 5})
    with raises("model.class_unknown", name="class_cost", classes=["worse"]):
        goodfit.fit(table, target="y", class_cost={"worse": 5})
    with raises("settings.invalid", name="class_weight"):
        make_settings(class_weight={"bad": 0})
    with raises("settings.invalid", name="threshold"):
        make_settings(threshold=1.5)
    with raises("settings.decided_twice"):
        make_settings(threshold=0.3, class_cost={"bad": 5})
    with raises("settings.not_of_choice", name="threshold", choice="task 'multiclass'"):
        goodfit.fit(for_task(mixed_table(), "multiclass"), target="grade", threshold=0.3)


def test_the_best_threshold_needs_rows_and_a_metric_that_it_moves() -> None:
    table = unbalanced()
    with raises("training.no_validation", name="threshold"):
        goodfit.fit(table, target="y", network="mlp", threshold="best", split="8:0:2")
    with raises("model.metric_without_threshold", metric="roc_auc"):
        goodfit.fit(table, target="y", threshold="best", metric="roc_auc")


@pytest.mark.parametrize("settings", [{"class_cost": {"bad": 5}}, {"threshold": 0.3}])
def test_a_loss_without_probabilities_decides_by_none(settings) -> None:
    (name,) = settings
    with raises("model.no_probabilities_to_decide_by", name=name):
        goodfit.fit(unbalanced(), target="y", loss="hinge", **settings)
    with raises("scoring.no_probabilities", metric="log_loss"):
        goodfit.fit(unbalanced(), target="y", loss="hinge", metric="log_loss")


def test_weights_and_costs_together_are_remarked_upon() -> None:
    model = goodfit.fit(
        unbalanced(), target="y", class_weight="balanced", class_cost={"bad": 2}, **LINE
    )
    has_remark(model.remarks, "model.weighted_twice", name="class_cost")
