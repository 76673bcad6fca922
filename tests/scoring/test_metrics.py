"""Metrics, against scikit-learn's and against what they mean."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as theirs

from goodfit.scoring.metrics import score

WEIGHTS = {"alike": None, "weighted": np.random.default_rng(9).integers(0, 4, 200) / 2}


@pytest.mark.parametrize("weight", WEIGHTS.values(), ids=WEIGHTS)
def test_numbers_are_scored_as_scikit_learn_does(weight) -> None:
    random = np.random.default_rng(0)
    target = random.normal(size=200) + 1e6
    guess = target + random.normal(size=200)
    found = score("regression", target=target, prediction=guess, weight=weight)
    assert found == {
        "rmse": pytest.approx(theirs.root_mean_squared_error(target, guess, sample_weight=weight)),
        "mae": pytest.approx(theirs.mean_absolute_error(target, guess, sample_weight=weight)),
        "r2": pytest.approx(theirs.r2_score(target, guess, sample_weight=weight)),
    }


@pytest.mark.parametrize("weight", WEIGHTS.values(), ids=WEIGHTS)
@pytest.mark.parametrize("n_levels", [2, 4])
def test_classes_are_scored_as_scikit_learn_does(n_levels: int, weight) -> None:
    """With many ties, and probabilities of exactly 0 and 1 among them."""
    random = np.random.default_rng(n_levels)
    counts = random.integers(0, 3, size=(200, n_levels)) + np.eye(n_levels)[0]
    probability = counts / counts.sum(axis=1, keepdims=True)
    target, guess = random.integers(0, n_levels, 200), probability.argmax(axis=1)
    found = score("binary", target=target, prediction=guess, probability=probability, weight=weight)
    ratings = probability[:, 1] if n_levels == 2 else probability
    assert (probability == 0).any()
    assert found == {
        "accuracy": pytest.approx(theirs.accuracy_score(target, guess, sample_weight=weight)),
        "log_loss": pytest.approx(theirs.log_loss(target, probability, sample_weight=weight)),
        "roc_auc": pytest.approx(
            theirs.roc_auc_score(
                target, ratings, sample_weight=weight, multi_class="ovr", average="macro"
            )
        ),
    }


def test_a_row_of_weight_two_is_that_row_twice_and_of_weight_zero_absent() -> None:
    random = np.random.default_rng(1)
    probability = random.dirichlet(np.ones(3), 40).round(1)
    target, weight = random.integers(0, 3, 40), random.integers(0, 3, 40)
    guess, rows = probability.argmax(axis=1), np.repeat(np.arange(40), weight)
    assert score(
        "multiclass", target=target, prediction=guess, probability=probability, weight=weight
    ) == pytest.approx(
        score(
            "multiclass",
            target=target[rows],
            prediction=guess[rows],
            probability=probability[rows],
        )
    )


def test_a_target_that_does_not_vary_has_no_r2() -> None:
    found = score("regression", target=np.full(3, 0.1), prediction=np.array([0.1, 0.1, 0.2]))
    assert np.isnan(found["r2"])
    assert found["mae"] == pytest.approx(0.1 / 3)


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


def test_without_rows_nothing_is_defined() -> None:
    empty = np.zeros(0)
    assert np.isnan(list(score("regression", target=empty, prediction=empty).values())).all()
