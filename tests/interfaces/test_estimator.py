"""The estimators: scikit-learn's own contract, and what it does not ask for."""

from __future__ import annotations

import inspect
import pickle
import sys
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
from joblib import parallel_config
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import goodfit
from goodfit import Classifier, Regressor
from goodfit.core.settings import Settings, defaults
from goodfit.interfaces.estimator.base import NOT_PARAMETERS, OWN_PARAMETERS
from goodfit.interfaces.estimator.rows import rows_to_fit
from helpers import raises
from tables_made import mixed_table

#: Settings that say something about targets of numbers alone.
OF_NUMBERS = {
    "target_scaling",
    "target_transform",
    "huber_delta",
    "smooth_l1_beta",
    "tolerance",
    "quantile_levels",
    "tweedie_power",
}
#: Settings that say something about classes alone.
OF_CLASSES = {"class_weight", "class_cost", "threshold", "focal_gamma", "label_smoothing"}
QUICK = {"epochs": 5, "widths": (8,)}


def numbers(n_rows: int = 40, *, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    X = generator.normal(size=(n_rows, 3))
    return X, 2 * X[:, 0] - X[:, 1] + 0.1 * generator.normal(size=n_rows)


def people(n_rows: int = 60) -> tuple[pd.DataFrame, np.ndarray]:
    """Numbers and categories, each with missing cells, and a class."""
    generator = np.random.default_rng(0)
    age = generator.integers(18, 80, n_rows).astype(float)
    town = generator.choice(["Lund", "Oslo", "Ystad"], n_rows).astype(object)
    happy = np.where((age > 50) ^ (town == "Oslo"), "yes", "no")
    age[::7], town[::11] = np.nan, None
    frame = pd.DataFrame({"age": age, "town": town, "tall": generator.random(n_rows) > 0.5})
    return frame, happy


# scikit-learn's contract


@parametrize_with_checks([Regressor(), Classifier()])
def test_it_passes_every_check_of_scikit_learn(estimator, check):
    check(estimator)


# What losses predict beside


def test_quantiles_stand_in_columns():
    X, y = numbers(60)
    columns = Regressor(loss="quantile", quantile_levels=[0.2, 0.8], **QUICK).fit(X, y)
    found = columns.predict_columns(X)
    assert list(found) == ["prediction", "quantile_0.2", "quantile_0.8"]
    assert np.array_equal(found["prediction"], columns.predict(X))


# Losses without probabilities


@pytest.mark.parametrize("loss", ["hinge", "categorical_hinge", "perceptron"])
@pytest.mark.parametrize("n_classes", [2, 3])
def test_margins_take_the_place_of_probabilities(loss, n_classes):
    X, _ = numbers(60)
    y = np.array(["a", "b", "c"])[np.digitize(X[:, 0], [0, 0.7][: n_classes - 1])]
    network = Classifier(loss=loss, **QUICK)
    assert not hasattr(network, "predict_proba")
    network.fit(X, y)
    margins = network.decision_function(X)
    expected = (margins > 0).astype(int) if n_classes == 2 else margins.argmax(axis=1)
    assert np.array_equal(network.predict(X), network.classes_[expected])
    with pytest.raises(AttributeError) as caught:
        network.predict_proba(X)
    assert "gives no probabilities" in str(caught.value.__cause__)


def test_the_decision_function_of_cross_entropy_is_the_log_odds():
    X, y = numbers(60)
    network = Classifier(**QUICK).fit(X, y > 0)
    probability = network.predict_proba(X)[:, 1]
    assert np.allclose(network.decision_function(X), np.log(probability / (1 - probability)))


# Parameters


@pytest.mark.parametrize("kind", [Regressor, Classifier])
def test_parameters_are_the_settings_with_their_defaults(kind):
    given = {
        name: parameter.default
        for name, parameter in inspect.signature(kind).parameters.items()
        if name not in OWN_PARAMETERS
    }
    left_out = NOT_PARAMETERS | (OF_NUMBERS if kind is Classifier else OF_CLASSES)
    assert given == {
        name: getattr(defaults(), name)
        for name in Settings.__struct_fields__
        if name not in left_out
    }


def test_parameters_are_checked_by_fit_as_the_settings_are():
    X, y = numbers()
    with raises("settings.invalid", name="epochs"):
        Regressor(epochs=0).fit(X, y)


def test_parameters_may_be_of_numpys_types():
    X, y = numbers()
    model = Regressor(epochs=np.int64(2), learning_rate=np.float32(0.01), widths=np.array([4]))
    assert model.fit(X, y).n_iter_ == 2


def test_the_validation_fraction_is_refused_if_it_is_none():
    X, y = numbers()
    for wrong in (1.0, -0.1, "some"):
        with raises("estimator.fraction_invalid", value=repr(wrong)):
            Regressor(validation_fraction=wrong).fit(X, y)


def test_validation_rows_are_taken_where_they_are_worth_it():
    def shares(model, n_rows):
        provenance = model.fit(*numbers(n_rows)).model_.provenance
        return provenance.n_training, provenance.n_validation, provenance.n_test

    assert shares(Regressor(**QUICK), 49) == (49, 0, 0)
    assert shares(Regressor(**QUICK), 50) == (40, 10, 0)
    assert shares(Regressor(**QUICK), 1000) == (900, 100, 0)
    assert shares(Regressor(**QUICK, early_stopping=0), 100) == (100, 0, 0)
    assert shares(Regressor(**QUICK, early_stopping=3), 40) == (32, 8, 0)
    assert shares(Regressor(**QUICK, validation_fraction=0.5), 50) == (25, 25, 0)
    assert shares(Regressor(network="linear", optimizer="exact"), 100) == (100, 0, 0)


def test_random_state_means_what_it_means_to_scikit_learn():
    X, y = numbers()

    def predict(state):
        return Regressor(**QUICK, random_state=state).fit(X, y).predict(X)

    assert np.array_equal(predict(7), predict(np.int64(7)))
    assert not np.array_equal(predict(7), predict(8))
    assert not np.array_equal(predict(None), predict(None))
    draws = np.random.RandomState(1)
    first, second = predict(draws), predict(draws)
    assert not np.array_equal(first, second)
    assert np.array_equal(first, predict(np.random.RandomState(1)))


# What X may be


def test_a_frame_of_any_library_gives_the_same_predictions():
    frame, y = people()
    model = Classifier(epochs=5).fit(frame, y)
    expected = model.predict_proba(frame)
    for other in (pl.from_pandas(frame), pa.Table.from_pandas(frame)):
        again = clone(model).fit(other, y)
        assert again.feature_names_in_.tolist() == ["age", "town", "tall"]
        assert np.array_equal(again.predict_proba(other), expected)


def test_categories_and_missing_cells_are_learnt():
    frame, y = people(200)
    assert Classifier().fit(frame, y).score(frame, y) > 0.8


def test_a_frame_of_numbers_is_as_its_array():
    X, y = numbers()
    expected = Regressor(**QUICK).fit(X, y).predict(X)
    for frame in (pd.DataFrame(X), pd.DataFrame(X, columns=list("abc")), pl.DataFrame(X)):
        assert np.array_equal(Regressor(**QUICK).fit(frame, y).predict(frame), expected)


def test_a_column_of_numbers_is_never_taken_for_an_id_or_left_out():
    n_rows = 30
    X = pd.DataFrame({"id": np.arange(n_rows), "always": 1.0, "never": np.nan})
    model = Regressor(**QUICK).fit(X, np.arange(n_rows) * 2.0)
    assert [column.name for column in model.model_.schema.features] == ["id", "always", "never"]
    assert np.isfinite(model.predict(X)).all()


def test_a_category_of_the_library_is_a_category():
    frame = pd.DataFrame({"code": pd.Categorical([1, 2, 3, 4] * 10)})
    y = np.tile([0.0, 5.0, -5.0, 1.0], 10)
    model = Regressor(network="linear", optimizer="exact").fit(frame, y)
    assert model.predict(frame) == pytest.approx(y)
    assert model.model_.schema.features[0].kind == "category"


def test_a_column_of_numbers_may_be_declared_a_category():
    frame = pd.DataFrame({"code": [1, 2, 3, 4] * 10})
    y = np.tile([0.0, 5.0, -5.0, 1.0], 10)
    model = Regressor(network="linear", optimizer="exact", category=["code"]).fit(frame, y)
    assert model.predict(frame) == pytest.approx(y)


def test_words_in_an_array_are_sent_to_a_frame():
    X, y = numbers()
    with raises("estimator.word_in_array"):
        Regressor().fit([["a", 1.0], ["b", 2.0]], [1.0, 2.0])
    model = Regressor(**QUICK).fit(X, y)
    with raises("estimator.word_in_array"):
        model.predict(np.array([["a", "b", "c"]]))


@pytest.mark.parametrize("make", [np.array, pd.DataFrame, pl.DataFrame])
def test_infinite_cells_are_refused(make):
    X, y = numbers()
    X[3, 1] = np.inf
    with pytest.raises(ValueError, match=r"(?i)infinit"):
        Regressor(**QUICK).fit(make(X), y)


# What y may be


def test_a_target_of_one_column_is_flattened():
    X, y = numbers()
    model = Regressor(**QUICK).fit(X, y[:, None])
    assert np.array_equal(model.predict(X), Regressor(**QUICK).fit(X, y).predict(X))


@pytest.mark.parametrize(
    "classes",
    [
        [False, True],
        [3, 10],
        [-1, 0, 7],
        [0.0, 1.0],
        ["no", "yes"],
        ["10", "9", "Ä"],
        # Marks of missing cells elsewhere; who gives y means every value of it.
        ["?", "NA", "none"],
        ["", " a"],
    ],
    ids=str,
)
def test_classes_come_back_as_they_were(classes):
    X, _ = numbers(30)
    y = np.array(classes)[np.arange(30) % len(classes)]
    model = Classifier(**QUICK).fit(X, y)
    assert model.classes_.tolist() == sorted(classes)
    assert model.classes_.dtype == y.dtype == model.predict(X).dtype
    expected = model.classes_[model.predict_proba(X).argmax(axis=1)]
    assert model.predict(X).tolist() == expected.tolist() == model.model_.predict(X).tolist()


def test_the_target_has_its_own_name_in_the_model():
    frame, _ = people()
    y = np.arange(60.0)
    assert Regressor(**QUICK).fit(frame, y).model_.schema.target.name == "target"
    y = pd.Series(y, name="age")
    assert Regressor(**QUICK).fit(frame, y).model_.schema.target.name == "age_"


def test_classes_that_are_neither_text_nor_numbers_are_refused():
    X, _ = numbers(4)
    with raises("estimator.class_unusable", what="date"):
        Classifier().fit(X, np.array(["2026-01-01", "2026-01-02"] * 2, dtype="datetime64[D]"))


def test_one_class_is_refused():
    X, y = numbers()
    with raises("estimator.one_class", level="1"):
        Classifier().fit(X, np.ones(len(y), int))
    with raises("estimator.one_class", level="1"):
        Classifier().fit(X, np.arange(len(y)) % 2, sample_weight=np.arange(len(y)) % 2)


# Weights


@pytest.mark.parametrize("kind", [Regressor, Classifier])
@pytest.mark.parametrize("n_rows", [40, 300], ids=["small", "with validation rows"])
def test_a_weight_is_as_many_rows_in_any_order(kind, n_rows):
    frame, classes = people(n_rows)
    frame["height"] = np.random.default_rng(1).random(n_rows)  # no two of them are equal
    y = classes if kind is Classifier else np.nan_to_num(frame["age"].to_numpy())
    generator = np.random.default_rng(0)
    weight = generator.integers(0, 4, n_rows)
    order = generator.permutation(np.repeat(np.arange(n_rows), weight))
    weighted = kind(**QUICK).fit(frame, y, sample_weight=weight)
    repeated = kind(**QUICK).fit(frame.iloc[order], y[order])
    predict = "predict_proba" if kind is Classifier else "predict"
    assert np.array_equal(getattr(weighted, predict)(frame), getattr(repeated, predict)(frame))


def test_weights_have_no_unit():
    X, y = numbers()
    weight = np.random.default_rng(0).random(len(y))
    one, thousand = (
        Regressor(**QUICK).fit(X, y, sample_weight=weight * unit).predict(X) for unit in (1, 1024)
    )
    assert np.array_equal(one, thousand)
    even = Regressor(**QUICK).fit(X, y, sample_weight=np.full(len(y), 0.1)).predict(X)
    assert np.array_equal(even, Regressor(**QUICK).fit(X, y).predict(X))


def test_heavy_rows_are_fitted_first():
    X, weight = np.array([[0.0], [0.0]]), np.array([3.0, 1.0])
    model = Regressor(network="linear", optimizer="exact")
    assert model.fit(X, [0.0, 4.0], sample_weight=weight).predict([[0.0]]) == pytest.approx([1.0])


def test_balanced_classes_count_alike():
    generator = np.random.default_rng(0)
    X, y = generator.normal(size=(200, 2)), (np.arange(200) % 10 == 0).astype(int)
    model = Classifier(network="linear", optimizer="exact", l2=0.01)
    balanced = clone(model).set_params(class_weight="balanced").fit(X, y)
    said = clone(model).set_params(class_weight={0: 1, 1: 9}).fit(X, y)
    weighted = clone(model).fit(X, y, sample_weight=np.where(y, 9, 1))
    assert model.fit(X, y).predict_proba(X)[:, 1].mean() == pytest.approx(0.1, abs=0.02)
    assert balanced.predict_proba(X)[:, 1].mean() == pytest.approx(0.5, abs=0.05)
    assert said.predict_proba(X) == pytest.approx(balanced.predict_proba(X))
    # Weights of rows count in the columns' means, too; those of classes in the loss alone.
    assert weighted.predict_proba(X) == pytest.approx(balanced.predict_proba(X), abs=0.01)


def test_a_rare_class_made_heavy_counts_fully_in_small_batches():
    """Most batches hold no row of it; those that do must count more."""
    X, y = np.zeros((1000, 1)), (np.arange(1000) % 50 == 0).astype(int)
    X[:, 0] = np.random.default_rng(0).normal(size=1000)
    model = Classifier(
        network="linear", class_weight="balanced", epochs=40, batch_size=16, validation_fraction=0
    )
    assert model.fit(X, y).predict_proba(X)[:, 1].mean() == pytest.approx(0.5, abs=0.1)


def test_weights_that_cannot_be_used_are_refused():
    X, y = numbers()
    for weight, problem in (
        (np.zeros(40), "all are zero"),
        (np.full(40, -1.0), "-1 is negative"),
        (np.ones(39), "their shape is (39,)"),
    ):
        with raises("estimator.weight_invalid", n_rows=40, problem=problem):
            Regressor().fit(X, y, sample_weight=weight)
    for wrong in ("even", 3.0):
        with raises("settings.invalid", name="class_weight", value=repr(wrong)):
            Classifier(class_weight=wrong).fit(X, y > 0)


def test_multiplied_rows_are_told_apart_by_their_bits():
    same = np.array([0.0, -0.0, np.nan, -np.nan, 1.0, 1.0])
    rows, weight = rows_to_fit([same], [np.zeros(6)], weight=None)
    assert weight is not None
    assert sorted(zip(same[rows].tolist(), weight.tolist(), strict=True), key=str) == [
        (0.0, 2.0),
        (1.0, 2.0),
        (pytest.approx(np.nan, nan_ok=True), 2.0),
    ]
    words = pa.chunked_array([["a", None], ["b", "a"]])
    rows, weight = rows_to_fit([words], [np.array([1.0, 1.0, 1.0, 2.0])], weight=None)
    assert (sorted(rows), weight) == ([0, 1, 2, 3], None)


def test_rows_that_were_met_again_stay_as_many_as_they_are():
    x, y = np.repeat([1.0, 2.0], 4), np.array([0, 0, 0, 1, 1, 1, 1, 0])
    rows, weight = rows_to_fit([x], [y], weight=None)  # equal features, other targets
    assert (sorted(rows), weight) == (list(range(8)), None)
    x = np.array([1.0, 1.0, 2.0, 3.0, 4.0])  # one is there twice: by chance
    rows, weight = rows_to_fit([x], [x], weight=np.array([1.0, 2.0, 3.0, 5.0, 0.0]))
    assert weight is not None
    assert (sorted(rows), sorted(weight)) == ([0, 1, 2, 3], [1.0, 2.0, 3.0, 5.0])


def test_few_combinations_of_levels_are_learnt_as_well_as_they_can_be():
    """Were equal rows one, each fold would be asked for combinations that it never saw."""
    random = np.random.default_rng(0)
    X = random.integers(0, 3, (600, 2))
    chance = np.array([[0.1, 0.9, 0.2], [0.8, 0.1, 0.9], [0.2, 0.9, 0.1]])[X[:, 0], X[:, 1]]
    y = (random.random(600) < chance).astype(int)
    frame = pd.DataFrame({"a": X[:, 0], "b": X[:, 1]}).astype(str)
    model = Classifier(random_state=0).fit(frame, y)
    assert np.abs(model.predict_proba(frame)[:, 1] - chance).mean() < 0.06


def test_multiplied_rows_let_no_row_watch_itself():
    random = np.random.default_rng(0)
    X, y = random.normal(size=(160, 4)), random.integers(0, 2, 160)  # nothing can be learnt
    model = Classifier(epochs=40, random_state=0).fit(np.repeat(X, 3, 0), np.repeat(y, 3))
    assert model.model_.provenance.n_rows == 160
    watched = min(loss for loss in model.model_.history.valid_loss if loss is not None)
    assert watched > 0.6  # chance alone: ln 2 is 0.69


@pytest.mark.parametrize("counts", [[2] * 160, [1, 3] * 80])
def test_whole_weights_let_no_row_watch_itself(counts) -> None:
    """Were they copies, one could train a fold and another say when to stop it."""
    random = np.random.default_rng(0)
    X, y = random.normal(size=(160, 4)), random.integers(0, 2, 160)  # nothing can be learnt
    model = Classifier(epochs=40, random_state=0).fit(X, y, sample_weight=counts)
    assert model.model_.provenance.n_rows == 160
    watched = min(loss for loss in model.model_.history.valid_loss if loss is not None)
    assert watched > 0.6  # chance alone: ln 2 is 0.69


# Among scikit-learn's tools


def test_it_works_in_a_pipeline_that_passes_frames_on():
    frame, y = people()
    columns = ColumnTransformer(
        [("age", StandardScaler(), ["age"])],
        remainder="passthrough",
        verbose_feature_names_out=False,
    )
    pipeline = make_pipeline(columns, Classifier(**QUICK)).set_output(transform="pandas")
    pipeline.fit(frame, y, classifier__sample_weight=np.ones(len(y)))
    assert pipeline[-1].feature_names_in_.tolist() == ["age", "town", "tall"]
    assert pipeline.predict_proba(frame).shape == (len(y), 2)


def test_it_can_be_searched_over():
    X, y = numbers(60)
    search = GridSearchCV(
        Regressor(network="linear", optimizer="exact"), {"l2": [0.0, 100.0]}, cv=3
    )
    assert search.fit(X, y).best_params_ == {"l2": 0.0}
    assert search.best_score_ > 0.9


def test_fits_in_threads_give_what_fits_in_turn_give():
    X, y = numbers(60)
    model = Regressor(**QUICK)
    with parallel_config("threading", n_jobs=2):
        together = cross_val_predict(model, X, y, cv=4)
    assert np.array_equal(together, cross_val_predict(model, X, y, cv=4))


def test_it_can_be_pickled_and_read_by_a_pickle_alone():
    frame, y = people()
    model = Classifier(**QUICK).fit(frame, y)
    again = pickle.loads(pickle.dumps(model))
    assert np.array_equal(again.predict_proba(frame), model.predict_proba(frame))
    assert len(pickle.dumps(model)) < 50_000
    larger = Classifier(**QUICK).fit(*people(600))
    assert len(pickle.dumps(larger)) < 1.2 * len(pickle.dumps(model))  # no row is in it


def test_a_row_is_predicted_alike_through_every_door(tmp_path):
    frame, y = people(300)
    model = Classifier(epochs=3).fit(frame, y)
    expected = model.predict_proba(frame)
    saved = goodfit.load(model.model_.save(tmp_path / "happy.goodfit"))
    assert np.array_equal(model.model_.predict_proba(frame), expected)
    assert np.array_equal(saved.predict_proba(pl.from_pandas(frame)), expected)
    assert saved.predict(frame).tolist() == model.predict(frame).tolist()
    order = np.random.default_rng(0).permutation(len(y))[:77]
    assert np.array_equal(model.predict_proba(frame.iloc[order]), expected[order])
    assert np.array_equal(model.predict_proba(frame.iloc[[5]]), expected[[5]])
    assert saved.scores is None


def test_nothing_global_is_touched():
    X, y = numbers()
    numpys = np.random.get_state
    before = (torch.get_num_threads(), torch.get_rng_state(), numpys()[1].copy())
    Regressor(**QUICK, threads=2).fit(X, y).predict(X)
    assert torch.get_num_threads() == before[0]
    assert torch.equal(torch.get_rng_state(), before[1])
    assert np.array_equal(numpys()[1], before[2])


def test_predicting_before_fitting_is_told():
    with pytest.raises(NotFittedError):
        Regressor().predict([[1.0]])


def test_a_fit_says_nothing_on_its_own(capsys):
    frame, y = people()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Classifier(**QUICK).fit(frame, y).predict(frame)
    assert capsys.readouterr() == ("", "")


def test_without_scikit_learn_the_estimators_say_what_to_install(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("goodfit.interfaces.estimator")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sklearn.base", None)
    with raises("estimator.sklearn_missing"):
        _ = goodfit.Regressor


@pytest.mark.parametrize("wrong", [None, "x0"])
def test_a_list_of_columns_that_is_none_is_refused(wrong):
    X, y = numbers()
    with raises("settings.invalid", name="number"):
        Regressor(number=wrong).fit(X, y)


def test_the_best_epoch_is_watched_for_even_without_stopping():
    X = np.linspace(-2, 2, 80)[:, None]
    given = {"epochs": 4, "widths": (8,), "early_stopping": 0}
    watched = Regressor(keep="best", **given).fit(X, X[:, 0] ** 2).model_
    assert watched.provenance.n_validation == 16
    assert Regressor(**given).fit(X, X[:, 0] ** 2).model_.provenance.n_validation == 0


def test_intervals_and_sets_are_those_of_the_model():
    table = mixed_table(200)
    X = np.column_stack([table["size"], [age or 0.0 for age in table["age"]]])
    quick = {"network": "ensemble", "bag": 4, "members": 2, "epochs": 8, "widths": (8,)}
    numbers = Regressor(**quick).fit(X, table["price"])
    ends = numbers.predict_interval(X, level=0.8)
    assert ends.shape == (200, 2)
    inside = (ends[:, 0] <= table["price"]) & (table["price"] <= ends[:, 1])
    assert inside.mean() > 0.75
    assert numbers.model_.promise(0.8).n_rows == 200
    exact = Regressor(network="linear", optimizer="exact", validation_fraction=0.5)
    assert exact.fit(X, table["price"]).model_.promise(0.8).guarantee == "exact"
    classes = Classifier(**quick).fit(X, table["grade"])
    found = classes.predict_set(X, level=0.8)
    right = found[np.arange(200), np.searchsorted(classes.classes_, table["grade"])]
    assert right.mean() > 0.75
    assert not hasattr(Classifier(loss="hinge"), "predict_set")
