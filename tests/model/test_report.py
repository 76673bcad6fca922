"""Reports: whether a network is worth it, and where a descent leads."""

from __future__ import annotations

import math

import numpy as np
import pytest

from goodfit.core.words import say
from goodfit.interfaces.phrases import worded
from goodfit.model.records import Scores
from goodfit.model.straight_line import descent, least_squares
from goodfit.model.verdict import verdict

X = np.array(
    [3.3, 4.4, 5.5, 6.71, 6.93, 4.168, 9.779, 6.182, 7.59, 2.167, 7.042, 10.791, 5.313, 7.997, 3.1]
)
Y = np.array(
    [1.7, 2.76, 2.09, 3.19, 1.694, 1.573, 3.366, 2.596, 2.53, 1.221, 2.827, 3.465, 1.65, 2.904, 1.3]
)


def scores(*, rmse=2.0, linear=3.0, constant=5.0, difference=(-5.0, 1.0), part="test"):
    baselines = {"mean": {"rmse": constant}, "ridge": {"rmse": linear}}
    return Scores(part=part, metrics={"rmse": rmse}, baselines=baselines, against_linear=difference)


@pytest.mark.parametrize(
    ("found", "network", "n_rows", "code"),
    [
        (scores(), "mlp", 100, "report.worth_it"),
        (scores(difference=(-1.9, 1.0)), "mlp", 100, "report.linear_as_good"),
        (scores(difference=(1.9, 1.0)), "mlp", 100, "report.linear_as_good"),
        (scores(rmse=4.0, difference=(7.0, 1.0)), "mlp", 100, "report.linear_better"),
        (scores(rmse=5.0, linear=6.0), "mlp", 100, "report.worse_than_constant"),
        (scores(), "linear", 100, "report.is_linear"),
        (scores(), "mlp", 3, "report.too_few_test_rows"),
        (scores(part="kept_out"), "mlp", 15, "report.worth_it"),
        (scores(part="kept_out"), "mlp", 9, "report.too_few_test_rows"),
        (scores(part="training"), "mlp", 0, "report.not_tested"),
    ],
)
def test_the_verdict_follows_from_the_scores(found, network, n_rows, code):
    said = verdict(found, network=network, n_rows=n_rows)
    assert said.code == code
    assert say(said.code, worded(said.params)).endswith(".")


def test_the_verdict_says_how_much_is_gained():
    assert verdict(scores(), network="mlp", n_rows=100).params["percent"] == pytest.approx(100 / 3)


def test_classes_are_compared_by_log_loss():
    metrics = {"accuracy": 0.9, "log_loss": 0.3, "roc_auc": 0.9}
    baselines = {
        "majority": {"accuracy": 0.5, "log_loss": 0.7, "roc_auc": 0.5},
        "logistic": {"accuracy": 0.8, "log_loss": 0.6, "roc_auc": 0.8},
    }
    found = Scores(part="test", metrics=metrics, baselines=baselines, against_linear=(-0.3, 0.01))
    said = verdict(found, network="mlp", n_rows=50)
    assert said.code == "report.worth_it"
    assert said.params["metric"] == "log_loss"
    assert said.params["percent"] == pytest.approx(50)


def test_the_line_of_least_squares():
    line = least_squares(X, Y)
    assert (round(line.slope, 5), round(line.intercept, 5)) == (0.25999, 0.74767)
    assert round(line.mean_squared_error, 5) == 0.16892


def steps(inputs, target, start, rate, epochs):
    """Loss after some epochs of gradient descent, done step by step."""
    rows = np.column_stack([inputs, np.ones(len(inputs))])
    parameters = start.copy()
    for _ in range(epochs):
        parameters -= rate * 2 / len(rows) * rows.T @ (rows @ parameters - target)
    return np.mean((rows @ parameters - target) ** 2)


def test_a_descent_is_foreseen_as_it_happens():
    start = np.array([0.5, -0.4])
    seen = descent(X[:, None], Y, start, learning_rate=0.01)
    least = least_squares(X, Y).mean_squared_error
    assert steps(X[:, None], Y, start, 0.01, seen.epochs_needed) <= 1.001 * least
    assert steps(X[:, None], Y, start, 0.01, seen.epochs_needed - 1) > 1.001 * least
    assert round(seen.highest_rate, 4) == 0.0231
    assert 260 < seen.halving_epochs < 280


def test_above_the_highest_rate_a_descent_diverges():
    start = np.zeros(2)
    highest = descent(X[:, None], Y, start, learning_rate=0.01).highest_rate
    assert descent(X[:, None], Y, start, learning_rate=1.01 * highest).epochs_needed is None
    assert descent(X[:, None], Y, start, learning_rate=0.99 * highest).epochs_needed is not None
    assert steps(X[:, None], Y, start, 1.01 * highest, 500) > steps(X[:, None], Y, start, 0, 1)


def test_a_standardised_column_needs_few_steps():
    standardized = (X - X.mean()) / X.std()
    seen = descent(standardized[:, None], Y, np.array([0.5, -0.4]), learning_rate=0.1)
    assert seen.epochs_needed < 100
    assert math.isclose(seen.highest_rate, 1.0)
