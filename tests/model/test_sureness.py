"""How sure a score is: intervals of the headline and of the difference to a straight line."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import goodfit
from goodfit.model.records import Scores
from goodfit.model.report import difference, summarize
from goodfit.model.verdict import verdict
from tables_made import TARGETS, for_task, mixed_table

EXACT: dict[str, Any] = {"network": "linear", "optimizer": "exact"}
QUICK: dict[str, Any] = {"network": "mlp", "epochs": 5, "widths": (8,)}


@pytest.mark.parametrize(
    ("task", "settings"),
    [
        ("regression", {}),
        ("binary", {}),
        ("multiclass", {}),
        ("regression", {"metric": "mae"}),
        ("binary", {"metric": "roc_auc"}),
        ("multiclass", {"metric": "f1"}),
        ("binary", {"loss": "hinge"}),
    ],
)
def test_the_headline_lies_within_its_interval(task: str, settings: dict[str, Any]) -> None:
    table = for_task(mixed_table(400), task)
    scores = goodfit.fit(table, target=TARGETS[task], **QUICK, **settings).scores
    assert scores is not None
    assert scores.interval is not None
    low, high = scores.interval
    assert low < scores.metrics[scores.headline or ""] < high


def test_a_score_of_training_rows_has_no_interval() -> None:
    table = for_task(mixed_table(), "regression")
    scores = goodfit.fit(table, target="price", split="none", **EXACT).scores
    assert scores is not None
    assert scores.interval is None
    assert scores.coverage == ()


def test_scores_of_folds_have_one() -> None:
    table = for_task(mixed_table(30), "regression")
    scores = goodfit.fit(table, target="price", **EXACT).scores
    assert scores is not None
    assert scores.part == "kept_out"
    assert scores.interval is not None


def test_the_same_seed_gives_the_same_interval() -> None:
    table = for_task(mixed_table(), "regression")
    first, again = (goodfit.fit(table, target="price", **EXACT).scores for _ in range(2))
    assert first == again


def test_groups_make_a_score_less_sure() -> None:
    """Rows of one group err alike: forty groups tell less than four hundred rows do."""
    random = np.random.default_rng(0)
    group = np.repeat(np.arange(200), 10)
    shift = random.normal(size=200)[group]
    x = random.normal(size=2000)
    table = {"x": x.tolist(), "y": (x + shift).tolist(), "who": [f"g{g}" for g in group]}
    wide = goodfit.fit(table, target="y", group="who", **EXACT).scores
    narrow = goodfit.fit(table, target="y", drop=["who"], **EXACT).scores
    assert wide is not None
    assert narrow is not None
    assert np.diff(wide.interval or ())[0] > 1.7 * np.diff(narrow.interval or ())[0]


@pytest.mark.parametrize("error", [0.5, 2.4, 2.6, 9.0])
@pytest.mark.parametrize("mean", [-5.0, 5.0])
def test_the_difference_excludes_zero_where_the_verdict_takes_sides(
    error: float, mean: float
) -> None:
    for headline, linear in (("rmse", 3.0), ("log_loss", 3.0), ("r2", 0.4)):
        regression = headline != "log_loss"
        ours = (linear**2 + mean) ** 0.5 if headline == "rmse" and mean > -9 else linear + mean
        ours = linear - mean if headline == "r2" else ours
        names = ("ridge", "mean") if regression else ("logistic", "majority")
        worst = -99.0 if headline == "r2" else 99.0
        scores = Scores(
            part="test",
            metrics={headline: ours, **({"rmse": 1.0} if headline == "r2" else {})},
            baselines={names[0]: {headline: linear}, names[1]: {headline: worst}},
            against_linear=(mean, error),
            headline=headline,
        )
        found = difference(scores)
        assert found is not None
        middle, low, high = found
        assert middle == pytest.approx(ours - linear)
        code = verdict(scores, network="mlp", n_rows=100).code
        assert (low < 0 < high) == (code == "report.linear_as_good"), (headline, code)


def test_a_difference_of_scores_without_bounds_is_no_traceback() -> None:
    """Only a forged file holds such: its squares are beyond what a float can count."""
    scores = Scores(part="test", metrics={"rmse": 1.0}, baselines={"ridge": {"rmse": 1e200}},
                    against_linear=(1.0, 1.0), headline="rmse")  # fmt: skip
    found = difference(scores)
    assert found is not None
    assert found[1] == found[2] == math.inf


def test_there_is_no_difference_without_a_line() -> None:
    scores = Scores(
        part="test", metrics={"rmse": 1.0}, baselines={"mean": {"rmse": 2.0}},
        against_linear=None, headline="rmse",
    )  # fmt: skip
    assert difference(scores) is None


def test_the_summary_holds_it_all() -> None:
    table = for_task(mixed_table(300), "binary")
    model = goodfit.fit(table, target="kind", epochs=20)
    found = summarize(model)
    assert model.scores is not None
    assert found.interval == model.scores.interval
    assert found.difference is not None
    assert found.difference[1] <= found.difference[0] <= found.difference[2]
    assert [one.level for one in found.coverage] == [0.8, 0.9]
    assert found.reliability is not None
    assert found.reliability.n_rows == 60


def test_reliability_before_is_that_of_the_networks_alone() -> None:
    random = np.random.default_rng(0)
    x = random.normal(size=(400, 6))
    chance = 1 / (1 + np.exp(-2 * x[:, 0]))
    table = {f"x{i}": column.tolist() for i, column in enumerate(x.T)}
    table["y"] = np.where(random.random(400) < chance, "yes", "no").tolist()
    model = goodfit.fit(table, target="y", network="ensemble", epochs=60, early_stopping=0,
                        keep="last", bag=4, members=2)  # fmt: skip
    scores = model.scores
    assert scores is not None
    assert scores.reliability is not None
    assert scores.reliability_before is not None
    # Trained far too long, the networks are far too sure; what was mixed in corrects them.
    assert scores.reliability_before.error > 1.3 * scores.reliability.error
    before = model.uncalibrated(table)
    assert before is not None
    assert np.abs(before - model.predict_proba(table)).max() > 0.05
    assert model.reliability(table).n_rows == 400


def test_numbers_have_no_reliability() -> None:
    model = goodfit.fit(for_task(mixed_table(), "regression"), target="price", **EXACT)
    assert model.scores is not None
    assert model.scores.reliability is None
    assert model.evaluate_in_full(mixed_table()).reliability is None
