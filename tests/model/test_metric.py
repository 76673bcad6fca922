"""The chosen metric: what early stopping watches, the headline, and what evaluating gives."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import f1_score, mean_absolute_error, roc_auc_score

import goodfit
from goodfit.core.settings import MetricName, make_settings
from goodfit.interfaces.phrases import worded
from goodfit.model.answers import Answers
from goodfit.model.fit import start
from goodfit.model.records import Scores
from goodfit.model.report import course
from goodfit.model.verdict import verdict
from goodfit.scoring.metrics import METRICS
from goodfit.training.events import EpochFinished
from helpers import check_sentence, has_remark, raises
from tables_made import TARGETS, for_task, mixed_table

QUICK = {"network": "mlp", "widths": [8], "epochs": 8, "learning_rate": 0.02}
PAIRS = [(name, task) for name in MetricName.__args__ for task in sorted(METRICS[name].tasks)]


def table_of(task: str) -> dict[str, list]:
    return for_task(mixed_table(), task)


def fitted(task: str, **settings) -> goodfit.FittedModel:
    return goodfit.fit(table_of(task), target=TARGETS[task], **(QUICK | settings))


@pytest.mark.parametrize(
    ("name", "task"), [pair for pair in PAIRS if pair[0] not in {"mean_cost", "rmsle"}]
)
def test_every_metric_can_be_watched_and_is_the_headline(name: str, task: str) -> None:
    model = fitted(task, metric=name)
    assert name in model.scores.metrics
    assert model.scores.headline == name
    assert all(name in baseline for baseline in model.scores.baselines.values())
    seen = zip(model.history.metric, model.history.valid_loss, strict=True)
    sign = -1 if METRICS[name].larger else 1
    known = {
        epoch: (sign * value, loss)
        for epoch, (value, loss) in enumerate(seen, 1)
        if value is not None
    }
    if known:  # of epochs that are as good, the one of the least loss
        assert course(model).kept_epoch == min(known, key=lambda epoch: known[epoch])


@pytest.mark.parametrize(
    ("task", "name", "theirs"),
    [
        ("regression", "mae", mean_absolute_error),
        ("binary", "roc_auc", roc_auc_score),
        ("multiclass", "f1", None),
    ],
)
def test_what_is_watched_is_the_metric_of_the_validation_rows(task, name, theirs) -> None:
    """Of the kept epoch, in the table's units, with the target's scaling undone."""
    table, target = table_of(task), TARGETS[task]
    run = start(table, target=target, settings=make_settings(**QUICK, metric=name))
    events = list(run.events())
    model, rows = run.finish(), run.plan.folds[0].validation
    found = model.predict_table(run.table.take(rows))
    truth = run.target_values[rows]
    if task == "regression":
        expected = theirs(truth, found.predictions)
    elif task == "binary":
        expected = theirs(truth, found.probabilities[:, 1])
    else:
        expected = f1_score(truth, found.probabilities.argmax(axis=1), average="macro")
    kept = events[-1].kept_epoch
    assert model.history.metric[kept - 1] == pytest.approx(expected, rel=1e-5)
    told = [event.metric for event in events if isinstance(event, EpochFinished)]
    assert told == model.history.metric


def test_by_default_the_loss_is_watched_and_the_usual_metric_shown() -> None:
    model = fitted("binary")
    kept = course(model).kept_epoch
    assert kept == 1 + int(np.argmin(model.history.valid_loss))
    assert (model.answers.watched, model.answers.headline) == ("accuracy", "log_loss")
    assert (fitted("regression").answers.watched, model.scores.headline) == ("rmse", "log_loss")


def test_evaluating_gives_the_usual_metrics_the_chosen_one_and_one_more() -> None:
    model, table = fitted("binary", metric="mcc"), table_of("binary")
    found = model.evaluate(table, metric="auc")
    assert list(found) == ["accuracy", "log_loss", "roc_auc", "matthews_correlation"]
    assert list(model.evaluate(table, metric="f1"))[-1] == "f1"


def test_evaluating_says_why_a_metric_is_not_defined_and_what_is_ignored() -> None:
    model = fitted("regression")
    table = table_of("regression")
    table["price"][3] = 0.0
    table["extra"] = [1] * len(table["price"])
    said = []
    assert model.evaluate(table, metric="mape", tell=said.append)["mape"] is None
    has_remark(said, "scoring.undefined_zero", metric="mape")
    has_remark(said, "data.columns_ignored", columns=["extra"])
    said.clear()
    model.predict(table, tell=said.append)
    has_remark(said, "data.columns_ignored", columns=["extra"])


def test_a_metric_that_does_not_fit_is_refused_before_anything_is_trained() -> None:
    with raises("scoring.other_task", metric="roc_auc", task="regression"):
        fitted("regression", metric="auc")
    with raises("scoring.no_cost", metric="mean_cost"):
        fitted("binary", metric="mean_cost")
    with raises("settings.invalid", name="metric"):
        fitted("binary", metric="goodness")
    with raises("scoring.other_task", metric="mae", task="binary"):
        fitted("binary").evaluate(table_of("binary"), metric="mae")


def test_a_metric_that_is_never_defined_stops_after_the_patience_and_keeps_the_last_epoch() -> None:
    table = table_of("regression")
    table["price"] = [price - 40 for price in table["price"]]  # logarithms of none of them
    model = goodfit.fit(table, target="price", metric="rmsle", early_stopping=3, **QUICK)
    assert model.history.metric == [None] * 3
    assert course(model).kept_epoch == 3
    has_remark(model.remarks, "model.metric_never_defined", metric="rmsle")


@pytest.mark.parametrize(
    "settings", [{"keep": "last"}, {"min_improvement": 0.02}, {"keep": "best"}]
)
def test_the_report_names_the_epoch_that_was_kept(settings) -> None:
    chosen = make_settings(**(QUICK | {"epochs": 20} | settings), metric="accuracy")
    run = start(table_of("binary"), target="kind", settings=chosen)
    *_, last = run.events()
    assert course(run.finish()).kept_epoch == last.kept_epoch


def scores(name: str, *, ours: float, linear: float, constant: float, difference):
    baselines = {"majority": {name: constant}, "logistic": {name: linear}}
    return Scores(part="test", metrics={name: ours}, baselines=baselines, headline=name,
                  against_linear=difference)  # fmt: skip


@pytest.mark.parametrize(
    ("found", "network", "code"),
    [
        ({"ours": 0.9, "linear": 0.8, "difference": (-0.1, 0.01)}, "mlp", "worth_it_above"),
        ({"ours": 0.8, "linear": 0.9, "difference": (0.1, 0.01)}, "mlp", "linear_better_above"),
        ({"ours": 0.9, "linear": 0.8, "difference": (-0.1, 0.2)}, "mlp", "linear_as_good"),
        ({"ours": 0.9, "linear": 0.8, "difference": None}, "mlp", "not_compared_above"),
        ({"ours": 0.9, "linear": 0.8, "difference": (-0.1, 0.2)}, "linear", "is_linear_above"),
        ({"ours": 0.4, "linear": 0.8, "difference": (0.4, 0.2)}, "mlp", "worse_than_constant"),
    ],
)
def test_the_verdict_of_a_metric_of_which_more_is_better(found, network, code) -> None:
    said = verdict(scores("roc_auc", constant=0.5, **found), network=network, n_rows=100)
    assert said.code == f"report.{code}"
    check_sentence({}, goodfit.core.words.say(said.code, worded(said.params)))


def test_a_headline_that_the_test_rows_do_not_define_is_no_verdict() -> None:
    found = Scores(part="test", metrics={"mape": None, "rmse": 1.0}, headline="mape",
                   baselines={"mean": {"mape": None}}, against_linear=None)  # fmt: skip
    assert verdict(found, network="mlp", n_rows=100).code == "report.not_defined"


def test_perfect_calibration_by_a_constant_says_nothing_against_a_model() -> None:
    found = scores("expected_calibration_error", ours=0.03, linear=0.05, constant=0.0,
                   difference=(-0.02, 0.001))  # fmt: skip
    assert verdict(found, network="mlp", n_rows=100).code == "report.worth_it"


def test_the_difference_to_the_linear_model_is_that_of_the_metric() -> None:
    model = fitted("binary", metric="roc_auc", epochs=2)  # later both are perfect
    mean, error = model.scores.against_linear
    ours, theirs = (found["roc_auc"] for found in (model.scores.metrics,
                    model.scores.baselines["logistic"]))  # fmt: skip
    assert mean == pytest.approx(theirs - ours)
    assert 0 < error < 0.2
    assert isinstance(model.answers, Answers)
