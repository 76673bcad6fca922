"""The target's way to training and back."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from goodfit.core.remarks import Remark
from goodfit.core.settings import make_settings
from goodfit.data.schema import Target
from goodfit.data.table import Table
from goodfit.model.recommended import recommended
from goodfit.preprocessing.target import (
    TARGET_TRANSFORMS,
    TargetTransform,
    check_target,
    skewed_remark,
)
from helpers import has_remark, raises

WHY = Remark("data.task_numbers", {"low": 0, "high": 1})
TARGET = Target(name="y", task="regression", levels=(), reason=WHY)


@pytest.mark.parametrize("scaling", ["none", "standardize"])
@pytest.mark.parametrize("transform", TARGET_TRANSFORMS)
def test_there_and_back_is_the_same_to_the_last_digits(transform: str, scaling: str) -> None:
    random = np.random.default_rng(0)
    values = random.lognormal(0, 5, 1_000)
    learnt = TargetTransform.learn(
        values, weight=random.random(1_000) + 0.1, transform=transform, scaling=scaling
    )
    back = learnt.inverse(learnt.apply(values))
    # Rounding of a number of size 30 before the exponential is 30 times as large after it;
    # without one it is that of the largest number.
    absolute = {"none": 1e-15 * values.max(), "log": 0.0, "log1p": 1e-13}[transform]
    np.testing.assert_allclose(back, values, rtol=1e-13, atol=absolute)


@pytest.mark.parametrize(("transform", "least"), [("log", 0.0), ("log1p", -1.0)])
def test_predictions_stay_where_the_target_can_be(transform: str, least: float) -> None:
    values = np.array([1.0, 10.0, 1e6])
    learnt = TargetTransform.learn(values, weight=np.ones(3), transform=transform)
    found = learnt.inverse(np.linspace(-30, 30, 100))
    assert (found >= least).all()
    assert learnt.inverse(np.array([1e9])) == np.inf


def test_the_logarithm_is_standardized() -> None:
    values = np.array([1.0, np.e**2, np.e**4])
    learnt = TargetTransform.learn(values, weight=np.ones(3), transform="log")
    assert (learnt.center, learnt.scale) == (pytest.approx(2), pytest.approx((8 / 3) ** 0.5))


def table(cells) -> Table:
    return Table({"y": pa.chunked_array([cells])}, len(cells))


def test_a_target_that_has_no_logarithm_is_refused_by_its_rows() -> None:
    cells = table([3.0, 0.0, None, -1.0])
    with raises("preprocessing.target_not_allowed", column="y", transform="log", rows=[2, 4]):
        check_target(cells, TARGET, transform="log")
    with raises("preprocessing.target_not_allowed", transform="log1p", rows=[4], count=1):
        check_target(cells, TARGET, transform="log1p")
    check_target(cells, TARGET, transform="none")


def test_the_logarithm_is_offered_where_it_straightens_a_tail() -> None:
    weight = np.ones(6)
    tail = np.array([1.0, 2, 4, 9, 15, 200])
    found = has_remark(
        skewed_remark(TARGET, tail, weight=weight), "preprocessing.target_skewed", column="y"
    )
    assert "target_transform" in found.text()
    assert skewed_remark(TARGET, tail - 1, weight=weight) == ()
    assert skewed_remark(TARGET, np.arange(1.0, 7), weight=weight) == ()
    assert skewed_remark(TARGET, 1e6 + tail, weight=weight) == ()
    # A row of weight nought point nothing is no tail.
    assert skewed_remark(TARGET, tail, weight=np.array([1, 1, 1, 1, 1, 1e-9])) == ()


def test_a_transform_is_refused_for_classes_and_losses_that_forbid_it() -> None:
    settings = make_settings(target_transform="log")
    with raises("settings.not_of_choice", name="target_transform"):
        recommended(settings, task="binary", n_rows=10, n_watching=25)
    with raises("training.target_transform_changes_loss", transform="log", loss="cross_entropy"):
        recommended(
            make_settings(target_transform="log", loss="cross_entropy"),
            task="regression",
            n_rows=10,
            n_watching=25,
        )
