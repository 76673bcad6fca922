"""One harness over every metric: against scikit-learn's, by hand, and at the edges."""

from __future__ import annotations

import functools

import numpy as np
import pytest
from sklearn import metrics as theirs

from goodfit.core.settings import MetricName, Task
from goodfit.scoring.metrics import METRICS, USUAL, Given, check_fits, score, undefined
from helpers import check_sentence, raises

WEIGHTS = {"alike": None, "weighted": np.random.default_rng(9).integers(0, 4, 200) / 2}
TASKS: tuple[Task, ...] = ("regression", "binary", "multiclass")
COST = {2: np.array([1.0, 5.0]), 4: np.array([1.0, 2.0, 0.5, 4.0])}
PAIRS = [(name, task) for name in METRICS for task in TASKS if task in METRICS[name].tasks]

f1 = functools.partial(theirs.f1_score, zero_division=0)


def specificity(target, guess, *, sample_weight, average):
    """Recall of the other class; for several classes, of all others together."""
    levels = [1] if average == "binary" else np.unique(target)
    return np.mean(
        [
            theirs.recall_score(target != level, guess != level, sample_weight=sample_weight)
            for level in levels
        ]
    )


def smape(target, guess, *, sample_weight):
    errors = 2 * np.abs(target - guess) / (np.abs(target) + np.abs(guess))
    return np.average(errors, weights=sample_weight)


def cost_of(target, guess, *, sample_weight):
    costs = COST[1 + target.max()][target] * (target != guess)
    return np.average(costs, weights=sample_weight)


def calibration(target, probability, *, sample_weight):
    """Bin by bin, with the formula as the paper has it."""
    weight = np.ones(len(target)) if sample_weight is None else sample_weight
    confidence, right = probability.max(axis=1), probability.argmax(axis=1) == target
    total = 0.0
    for low in range(15):
        rows = (confidence > low / 15) & (confidence <= (low + 1) / 15) & (weight > 0)
        if rows.any():
            means = (
                np.average(values[rows], weights=weight[rows]) for values in (right, confidence)
            )
            total += weight[rows].sum() * abs(np.subtract(*means))
    return total / weight.sum()


def max_error(target, guess, *, sample_weight):
    rows = slice(None) if sample_weight is None else sample_weight > 0
    return theirs.max_error(target[rows], guess[rows])


#: What each metric shall equal, of numbers.
OF_NUMBERS = {
    "rmse": theirs.root_mean_squared_error,
    "mse": theirs.mean_squared_error,
    "mae": theirs.mean_absolute_error,
    "median_absolute_error": theirs.median_absolute_error,
    "max_error": max_error,
    "pinball": theirs.mean_pinball_loss,
    "mape": theirs.mean_absolute_percentage_error,
    "smape": smape,
    "rmsle": theirs.root_mean_squared_log_error,
    "poisson_deviance": theirs.mean_poisson_deviance,
    "gamma_deviance": theirs.mean_gamma_deviance,
    "r2": theirs.r2_score,
    "explained_variance": theirs.explained_variance_score,
}
#: Of classes.
OF_CLASSES = {
    "accuracy": theirs.accuracy_score,
    "balanced_accuracy": theirs.balanced_accuracy_score,
    "f1": f1,
    "f1_weighted": functools.partial(f1, average="weighted"),
    "f1_micro": functools.partial(f1, average="micro"),
    "precision": theirs.precision_score,
    "recall": theirs.recall_score,
    "specificity": specificity,
    "matthews_correlation": theirs.matthews_corrcoef,
    "cohen_kappa": theirs.cohen_kappa_score,
    "mean_cost": cost_of,
}
#: Those that are of the second class, or the mean over several.
AVERAGED = ("f1", "precision", "recall", "specificity")
#: Of probabilities.
OF_PROBABILITIES = {
    "log_loss": theirs.log_loss,
    "brier": theirs.brier_score_loss,
    "expected_calibration_error": calibration,
    "roc_auc": functools.partial(theirs.roc_auc_score, multi_class="ovr", average="macro"),
    "average_precision": theirs.average_precision_score,
}


def some_classes(n_levels: int, n_rows: int = 200):
    """Targets and probabilities with many ties, of exactly 0 and 1 among them."""
    random = np.random.default_rng(n_levels)
    counts = random.integers(0, 3, size=(n_rows, n_levels)) + np.eye(n_levels)[0]
    return random.integers(0, n_levels, n_rows), counts / counts.sum(axis=1, keepdims=True)


def some_numbers(n_rows: int = 200):
    """Targets and predictions above 0, of a median that lies between two rows or in one."""
    random = np.random.default_rng(0)
    target = random.gamma(2.0, size=n_rows) * 10 + 0.1
    return target, target * random.uniform(0.5, 1.5, n_rows)


def scored(name: str, task: Task, n_rows: int = 200, rows: np.ndarray | None = None, weight=None):
    """One metric of the rows above, or of some of them."""
    rows = np.arange(n_rows) if rows is None else rows
    if task == "regression":
        target, guess = some_numbers(n_rows)
        return score(task, target=target[rows], prediction=guess[rows], weight=weight,
                     names=[name])[name]  # fmt: skip
    n_levels = 2 if task == "binary" else 4
    target, probability = some_classes(n_levels, n_rows)
    return score(
        task,
        target=target[rows],
        prediction=probability[rows].argmax(axis=1),
        probability=probability[rows],
        weight=weight,
        cost=COST[n_levels],
        names=[name],
    )[name]


def test_every_metric_is_a_name_of_the_setting():
    assert set(METRICS) == set(MetricName.__args__)


def test_every_metric_is_compared_with_another_source():
    assert [*OF_NUMBERS, *OF_CLASSES, *OF_PROBABILITIES] == sorted(
        METRICS, key=[*OF_NUMBERS, *OF_CLASSES, *OF_PROBABILITIES].index
    )


@pytest.mark.parametrize("name", METRICS)
def test_an_entry_says_what_it_is_when_to_choose_it_and_whence(name):
    text = METRICS[name].__doc__
    assert text.splitlines()[0].endswith((".", "%."))
    assert "\n    When: " in text
    assert "\n    Source: " in text


@pytest.mark.parametrize("weight", WEIGHTS.values(), ids=WEIGHTS)
@pytest.mark.parametrize("name", OF_NUMBERS)
def test_numbers_are_scored_as_elsewhere(name, weight):
    target, guess = some_numbers()
    assert scored(name, "regression", weight=weight) == pytest.approx(
        OF_NUMBERS[name](target, guess, sample_weight=weight)
    )


@pytest.mark.parametrize("weight", WEIGHTS.values(), ids=WEIGHTS)
@pytest.mark.parametrize("n_levels", [2, 4])
@pytest.mark.parametrize("name", OF_CLASSES)
def test_classes_are_scored_as_elsewhere(name, n_levels, weight):
    target, probability = some_classes(n_levels)
    average = {"average": "binary" if n_levels == 2 else "macro"} if name in AVERAGED else {}
    theirs_found = OF_CLASSES[name](
        target, probability.argmax(axis=1), sample_weight=weight, **average
    )
    task = "binary" if n_levels == 2 else "multiclass"
    assert scored(name, task, weight=weight) == pytest.approx(theirs_found)


@pytest.mark.parametrize("weight", WEIGHTS.values(), ids=WEIGHTS)
@pytest.mark.parametrize("n_levels", [2, 4])
@pytest.mark.parametrize("name", OF_PROBABILITIES)
def test_probabilities_are_scored_as_elsewhere(name, n_levels, weight):
    target, probability = some_classes(n_levels)
    two = n_levels == 2 and name in {"brier", "roc_auc", "average_precision"}
    theirs_found = OF_PROBABILITIES[name](
        target, probability[:, 1] if two else probability, sample_weight=weight
    )
    task = "binary" if n_levels == 2 else "multiclass"
    assert scored(name, task, weight=weight) == pytest.approx(theirs_found)


@pytest.mark.parametrize(("name", "task"), PAIRS)
def test_a_row_of_weight_two_is_that_row_twice_and_of_weight_zero_absent(name, task):
    weight = np.random.default_rng(3).integers(0, 3, 40)
    repeated = np.repeat(np.arange(40), weight)
    found = scored(name, task, 40, weight=weight)
    assert found == pytest.approx(scored(name, task, 40, rows=repeated))
    assert found == pytest.approx(scored(name, task, 40, weight=weight * 1e-30))


@pytest.mark.parametrize(("name", "task"), PAIRS)
def test_nothing_is_better_than_the_truth(name, task):
    target = some_numbers()[0] if task == "regression" else some_classes(2)[0]
    if task == "multiclass":
        target = some_classes(4)[0]
    probability = None if task == "regression" else np.eye(target.max() + 1)[target]
    cost = None if task == "regression" else COST[1 + target.max()]
    best = score(task, target=target, prediction=target, probability=probability, cost=cost,
                 names=[name])[name]  # fmt: skip
    metric = METRICS[name]
    assert best == pytest.approx(1.0 if metric.larger else 0.0, abs=1e-12)
    assert metric.better(best) <= metric.better(scored(name, task))


@pytest.mark.parametrize(("name", "task"), PAIRS)
def test_without_a_row_that_counts_nothing_is_defined(name, task):
    assert np.isnan(scored(name, task, weight=np.zeros(200)))


@pytest.mark.parametrize(
    ("name", "target", "guess"),
    [
        ("mape", [0.0, 1.0], [1.0, 1.0]),
        ("rmsle", [-1.0, 1.0], [1.0, 1.0]),
        ("rmsle", [1.0, 1.0], [-2.0, 1.0]),
        ("poisson_deviance", [-1.0, 1.0], [1.0, 1.0]),
        ("poisson_deviance", [1.0, 1.0], [0.0, 1.0]),
        ("gamma_deviance", [0.0, 1.0], [1.0, 1.0]),
        ("gamma_deviance", [1.0, 1.0], [1.0, -1.0]),
        ("r2", [0.1, 0.1], [0.1, 0.2]),
        ("explained_variance", [0.1, 0.1], [0.1, 0.2]),
    ],
)
def test_what_numbers_do_not_define_is_nan_and_says_why(name, target, guess):
    found = score("regression", target=np.array(target), prediction=np.array(guess), names=[name])
    assert np.isnan(found[name])
    check_sentence({"metric": name}, undefined(name).text())


@pytest.mark.parametrize("name", ["f1", "recall", "roc_auc", "average_precision"])
def test_what_one_class_does_not_define_is_nan_and_says_why(name):
    first, none = np.zeros(5, np.int64), np.tile([1.0, 0.0], (5, 1))
    found = score("binary", target=first, prediction=first, probability=none, names=[name])
    assert np.isnan(found[name])
    check_sentence({"metric": name}, undefined(name).text())


@pytest.mark.parametrize("name", ["cohen_kappa", "specificity"])
def test_where_all_rows_are_of_one_class_and_taken_for_it_some_are_nan(name):
    second = np.ones(5, np.int64)
    assert np.isnan(score("binary", target=second, prediction=second, names=[name])[name])
    check_sentence({"metric": name}, undefined(name).text())


def test_a_class_that_is_never_predicted_has_precision_zero():
    target = np.array([0, 0, 1])
    found = score("binary", target=target, prediction=np.zeros(3, np.int64),
                  names=["precision", "recall", "f1", "matthews_correlation"])  # fmt: skip
    assert found == {"precision": 0, "recall": 0, "f1": 0, "matthews_correlation": 0}


def test_several_targets_are_scored_by_their_mean():
    target = np.array([[1.0, 10.0], [2.0, 30.0], [3.0, 20.0]])
    guess = target + np.array([1.0, 0.0])
    found = score("regression", target=target, prediction=guess, names=["rmse", "r2"])
    assert found == pytest.approx({"rmse": 0.5, "r2": (1 - 1 / (2 / 3) + 1) / 2})


def test_a_metric_of_another_task_is_refused_with_those_that_fit():
    with raises("scoring.other_task", metric="rmse", task="binary") as caught:
        check_fits("rmse", Given("binary", rating=True, probability=True))
    assert "expected_calibration_error" in str(caught.value)
    assert "mean_cost" not in str(caught.value)


def test_a_metric_that_needs_more_than_there_is_is_refused():
    with raises("scoring.no_probabilities", metric="log_loss") as caught:
        check_fits("log_loss", Given("binary", rating=True))
    assert "roc_auc" in str(caught.value)
    with raises("scoring.no_cost", metric="mean_cost"):
        check_fits("mean_cost", Given("binary", rating=True, probability=True))


@pytest.mark.parametrize("task", TASKS)
def test_the_usual_metrics_are_those_that_fit(task):
    assert Given(task, rating=True, probability=True).usual == USUAL[task]
    assert Given(task).usual == (USUAL[task] if task == "regression" else ("accuracy",))


@pytest.mark.parametrize("n_levels", [2, 3])
def test_one_class_has_no_roc_auc(n_levels: int) -> None:
    found = score(
        "multiclass",
        target=np.zeros(5, dtype=np.int64),
        prediction=np.zeros(5, dtype=np.int64),
        probability=np.full((5, n_levels), 1 / n_levels),
    )
    assert np.isnan(found["roc_auc"])
    assert found["accuracy"] == 1
    assert found["log_loss"] == pytest.approx(np.log(n_levels))


def test_a_class_without_rows_is_left_out_of_the_mean() -> None:
    probability = np.array([[0.6, 0.3, 0.1], [0.2, 0.7, 0.1], [0.5, 0.4, 0.1], [0.3, 0.4, 0.3]])
    found = score(
        "multiclass",
        target=np.array([0, 1, 1, 0]),
        prediction=probability.argmax(axis=1),
        probability=probability,
    )
    of_first, of_second = 3 / 4, 3.5 / 4  # pairs in the right order; a tie counts half
    assert found["roc_auc"] == pytest.approx((of_first + of_second) / 2)


def test_errors_whose_squares_overflow_are_scored() -> None:
    found = score("regression", target=np.array([0.0, 1e200]), prediction=np.array([1e200, 0.0]))
    assert found == pytest.approx({"rmse": 1e200, "mae": 1e200, "r2": -3})


def test_without_probabilities_there_is_accuracy_alone() -> None:
    target, guess = np.array([0, 1, 1]), np.array([0, 1, 0])
    assert score("binary", target=target, prediction=guess) == {"accuracy": pytest.approx(2 / 3)}


def test_a_target_whose_spread_is_the_least_number_has_no_share() -> None:
    """Found among generated tables: the error of its mean is rounded to nothing."""
    target = np.append(np.zeros(29), 5e-324)
    found = score("regression", target=target, prediction=np.zeros(30), names=["r2"])
    assert np.isnan(found["r2"])
