"""An ensemble as a model: its folds leak nothing, and it goes wherever every model goes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import goodfit
from goodfit.core.settings import make_settings
from goodfit.model.fit import start
from goodfit.model.folds import watched
from helpers import raises
from tables_made import TARGETS, for_task, mixed_table

QUICK = {"network": "ensemble", "epochs": 4, "widths": (8,), "members": 2, "bag": 3, "seed": 1}


def begun(table: dict, target: str, **settings: object):
    return start(table, target=target, settings=make_settings(**QUICK | settings))


@pytest.mark.parametrize("task", TARGETS)
def test_every_learning_row_is_kept_out_of_one_fold(task: str) -> None:
    run = begun(for_task(mixed_table(), task), TARGETS[task])
    kept_out = np.concatenate([fold.validation for fold in run.bag])
    learning = {*run.plan.final.training, *run.plan.final.validation}
    assert sorted(kept_out) == sorted(learning)
    for fold in run.bag:
        assert {*fold.training, *fold.validation} == learning
        assert not set(fold.training) & set(fold.validation)
    assert not learning & set(run.plan.test)


def test_no_group_stands_on_both_sides_of_a_fold() -> None:
    groups = [f"g{row % 20}" for row in range(120)]
    table = for_task(mixed_table(), "regression") | {"g": groups}
    run, cells = begun(table, "price", group="g"), np.array(groups)
    assert len(run.bag) == 3
    for fold in run.bag:
        assert not set(cells[fold.training]) & set(cells[fold.validation])


@pytest.mark.parametrize("setting", ["time", "part"])
def test_rows_that_time_or_a_column_divides_have_one_fold(setting: str) -> None:
    cells = list(range(120)) if setting == "time" else (["train"] * 4 + ["test"]) * 24
    table = for_task(mixed_table(), "regression") | {"c": cells}
    run = begun(table, "price", **{setting: "c", "bag": None})
    assert run.bag == ()
    with raises("settings.not_of_choice", name="bag"):
        begun(table, "price", **{setting: "c"})


def test_nothing_is_learnt_from_an_identity_even_over_folds() -> None:
    """A feature that is another for every row, classes by chance: a leak would know them."""
    found = []
    for seed in range(3):
        random = np.random.default_rng(seed)
        table = {
            "id": random.permutation(80).astype(float).tolist(),
            "name": [f"n{row // 2}" for row in range(80)],
            "y": random.permutation(["a", "b"] * 40).tolist(),
        }
        model = goodfit.fit(table, target="y", folds=2, split="1:0:0",
                            **QUICK | {"epochs": 20, "learning_rate": 0.03})  # fmt: skip
        found.append(model.scores.folds.metrics["accuracy"])
    # Of 240 rows that were guessed; three standard errors.
    assert abs(np.mean(found) - 0.5) < 3 * 0.5 / 240**0.5


def test_rows_kept_out_of_a_fold_reach_no_fold_within() -> None:
    run = begun(for_task(mixed_table(), "regression"), "price", folds=2)
    for fold in run.plan.folds:
        inner = run.again(watched(run, fold), run.settings).bag
        for one in inner:
            assert not {*one.training, *one.validation} & set(fold.validation)


@pytest.mark.parametrize("task", TARGETS)
@pytest.mark.parametrize("bag", [1, 3])
def test_a_loaded_ensemble_is_the_saved_one(tmp_path: Path, task: str, bag: int) -> None:
    model = goodfit.fit(for_task(mixed_table(), task), target=TARGETS[task], **QUICK | {"bag": bag})
    loaded = goodfit.load(model.save(tmp_path / "model.goodfit"))
    table = mixed_table(seed=9)
    assert np.array_equal(loaded.predict(table), model.predict(table))
    assert loaded.settings == model.settings


def test_more_folds_than_rows_are_refused() -> None:
    with pytest.raises(goodfit.GoodfitError):
        begun({"x": [1, 2, 3, 4], "y": [1.5, 2.5, 3.5, 4.5]}, "y", bag=20)


def test_it_goes_on_refits_and_decides_by_rows_it_has_not_seen() -> None:
    table = for_task(mixed_table(), "binary")
    model = goodfit.fit(table, target=TARGETS["binary"], threshold="best",
                        metric="balanced_accuracy", refit=True, **QUICK)  # fmt: skip
    assert 0 <= model.settings.threshold <= 1
    on = goodfit.fit(table, target=TARGETS["binary"], start_from=model)
    assert on.settings.bag == 3
    assert len(on.predict(table)) == 120


@pytest.mark.parametrize("how", [{"loss": "quantile", "quantile_levels": (0.1, 0.5, 0.9)},
                                 {"class_weight": "balanced"}])  # fmt: skip
def test_it_takes_quantiles_and_weights_of_classes(how: dict) -> None:
    task = "regression" if "loss" in how else "binary"
    table = for_task(mixed_table(), task)
    model = goodfit.fit(table, target=TARGETS[task], **QUICK, **how)
    assert np.isfinite(model.scores.metrics[model.scores.headline])


def test_it_predicts_several_targets() -> None:
    x = np.linspace(-1, 1, 60)
    table = {"x": x.tolist(), "a": (x**2).tolist(), "b": (2 * x).tolist()}
    model = goodfit.fit(table, target=["a", "b"], **QUICK)
    assert model.predict({"x": [0.5]}).shape == (1, 2)


@pytest.mark.parametrize("face", [goodfit.Regressor, goodfit.Classifier])
def test_the_estimators_take_weights_of_rows(face: type) -> None:
    x = np.random.default_rng(0).normal(size=(60, 2))
    y = x[:, 0] if face is goodfit.Regressor else (x[:, 0] > 0).astype(int)
    given = {"network": "ensemble", "bag": 3, "members": 2, "epochs": 4, "random_state": 0}
    plain = face(**given).fit(x, y)
    weighted = face(**given).fit(x, y, sample_weight=np.linspace(0.1, 2, 60))
    assert plain.predict(x).shape == weighted.predict(x).shape == (60,)
    assert plain.model_.history != weighted.model_.history


def test_what_only_two_columns_together_tell_is_found_though_the_start_learns_nothing() -> None:
    """The exclusive or: neither column says anything alone, and ten more are noise."""
    random = np.random.default_rng(0)
    x = random.normal(size=(650, 12))
    apart = np.where(x[:, 0] * x[:, 1] > 0, "same", "other")
    table = {f"x{place}": column for place, column in enumerate(x.T)} | {"sign": apart}
    known = {name: cells[:150] for name, cells in table.items()}
    model = goodfit.fit(known, target="sign", split="none")
    assert model.settings.start_patience == model.settings.epochs
    unseen = {name: cells[150:] for name, cells in table.items()}
    assert model.evaluate(unseen)["accuracy"] > 0.9
    hasty = goodfit.fit(known, target="sign", split="none", start_patience=0)
    assert len(hasty.history.train_loss) < 10
    assert hasty.settings.start_patience == hasty.settings.early_stopping
