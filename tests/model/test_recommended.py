"""Defaults that depend on the table: decided once, within bounds, overridden by what is said."""

from __future__ import annotations

import typing

import msgspec
import pytest

from goodfit.core.settings import UNSCHEDULED, OptimizerName, ScheduleName, choices, make_settings
from goodfit.model.recommended import recommended
from goodfit.model.refused import TARGET_RULES
from helpers import raises

OPEN = ("split", "device", "task", "category_encoding", "date_order", "decimal", "metric")


@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
@pytest.mark.parametrize("n_rows", [1, 2, 30, 1_000, 50_000, 3_000_000])
@pytest.mark.parametrize("validated", [True, False])
@pytest.mark.parametrize("network", ["linear", "mlp"])
def test_everything_that_training_needs_is_decided(
    task: str, n_rows: int, validated: bool, network: str
) -> None:
    found = recommended(
        make_settings(network=network), task=task, n_rows=n_rows, n_watching=25 if validated else 0
    )
    left = [name for name, value in msgspec.structs.asdict(found).items() if value == "auto"]
    assert sorted(left) == sorted(OPEN)
    assert 10 <= found.epochs <= 200
    assert 16 <= found.batch_size <= 1024
    assert bool(found.early_stopping) == validated


def test_what_is_said_stands() -> None:
    said = {
        "epochs": 3, "batch_size": 7, "learning_rate": 0.5, "widths": (9,), "dropout": 0.5,
        "weight_decay": 0.25, "schedule": "cosine", "early_stopping": 2, "loss": "huber",
        "preprocessing": "normalize", "target_scaling": "none", "precision": "float32",
    }  # fmt: skip
    found = recommended(make_settings(**said), task="regression", n_rows=100, n_watching=25)
    assert {name: getattr(found, name) for name in said} == said


def test_plain_descent_keeps_its_learning_rate() -> None:
    settings = make_settings(optimizer="sgd", learning_rate=0.3)
    found = recommended(settings, task="regression", n_rows=100, n_watching=25)
    assert (found.schedule, found.learning_rate) == ("constant", 0.3)


def test_a_target_is_scaled_only_with_the_features() -> None:
    for preprocessing, expected in (("none", "none"), ("standardize", "standardize")):
        settings = make_settings(preprocessing=preprocessing)
        found = recommended(settings, task="regression", n_rows=100, n_watching=25)
        assert found.target_scaling == expected


def test_a_device_without_double_precision_is_not_asked_for_it() -> None:
    for device, expected in (("auto", "float64"), ("cpu", "float64"), ("mps", "float32")):
        settings = make_settings(network="mlp", device=device)
        found = recommended(settings, task="regression", n_rows=100, n_watching=25)
        assert found.precision == expected


def test_classes_have_no_scale() -> None:
    with raises("settings.not_of_choice", name="target_scaling"):
        settings = make_settings(target_scaling="standardize")
        recommended(settings, task="binary", n_rows=9, n_watching=0)


def test_early_stopping_needs_rows_to_watch() -> None:
    with raises("training.no_validation"):
        recommended(make_settings(early_stopping=3), task="binary", n_rows=9, n_watching=0)


def test_a_small_table_needs_no_double_precision_where_the_device_has_none() -> None:
    found = recommended(
        make_settings(network="mlp", device="mps"), task="binary", n_rows=100, n_watching=25
    )
    assert found.precision == "float32"


@pytest.mark.parametrize("optimizer", typing.get_args(OptimizerName))
def test_what_is_decided_could_have_been_said(optimizer: str) -> None:
    """The settings of a model can be given again, for another fit like it."""
    for schedule in typing.get_args(ScheduleName):
        if optimizer == "exact":
            schedule = "auto"  # noqa: PLW2901
        elif optimizer in UNSCHEDULED:
            schedule = "constant"  # noqa: PLW2901
        network = "linear" if optimizer == "exact" else "mlp"
        given = make_settings(optimizer=optimizer, schedule=schedule, network=network)
        found = recommended(given, task="binary", n_rows=100, n_watching=25)
        assert make_settings(found) == found
        assert make_settings(**msgspec.structs.asdict(found)) == found


def test_a_line_search_meets_no_chance() -> None:
    found = recommended(make_settings(optimizer="lbfgs"), task="binary", n_rows=9, n_watching=25)
    assert (found.dropout, found.batch_size) == (0.0, "full")
    for chance in ({"dropout": 0.1}, {"activation": "rrelu"}, {"input_noise": 0.1}):
        with raises("settings.not_of_choice", name=next(iter(chance))):
            make_settings(optimizer="lbfgs", **chance)


def test_it_is_known_what_each_scaling_does_to_a_target() -> None:
    assert {"auto", *TARGET_RULES} == set(choices("target_scaling"))


def test_a_metric_is_waited_for_longer_than_a_loss() -> None:
    def patience(**settings: object) -> int:
        made = make_settings(**settings)
        found = recommended(made, task="binary", n_rows=1_000, n_watching=200).early_stopping
        assert found is not None
        return found

    assert patience(metric="balanced_accuracy") > patience()
    assert patience(metric="balanced_accuracy", early_stopping=3) == 3
