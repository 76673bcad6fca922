"""What matters and how predictions depend on it, beside scikit-learn's ways and plain loops."""

from __future__ import annotations

import dataclasses
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.inspection import partial_dependence, permutation_importance

from goodfit.model.reports import dependence, importance
from goodfit.model.reports.dependence import accumulated_report, dependence_report
from goodfit.model.reports.features import features_of, moved, related
from goodfit.model.reports.importance import importance_report, spent
from goodfit.model.reports.rows import look_at
from reported import MLP, fitted, rows_of, shuffled
from tables_made import for_task, mixed_table


class AsTheirs(RegressorMixin, BaseEstimator):
    """A model as scikit-learn's inspection knows one."""

    def __init__(self, model=None):
        self.model = model
        self.fitted_ = True

    def fit(self, X, y):
        return self

    def predict(self, X):
        return self.model.predict(X)

    def __sklearn_is_fitted__(self):
        return True


def frame_of(one, part="test"):
    table = one.rows.of(part)
    return pd.DataFrame({name: column.to_pylist() for name, column in table.columns.items()})


def test_moved_cells_are_what_a_table_with_these_cells_is_encoded_to(every):
    look = look_at(every.model, every.rows)
    rows, donors = np.array([0, 5, 5, 9]), np.array([3, 0, 1, 9])
    for feature in features_of(every.model.preprocessing):
        found = moved(look.through.encoded, [feature], rows=rows, donors=donors)
        there, given = look.table.take(rows), look.table.take(donors)
        cells = {**there.columns, feature.name: given.columns[feature.name]}
        fresh = every.model.through(dataclasses.replace(there, columns=cells)).encoded
        np.testing.assert_array_equal(found.dense, fresh.dense)
        np.testing.assert_array_equal(found.codes, fresh.codes)


def test_importance_is_that_of_scikit_learn(numbers, monkeypatch):
    monkeypatch.setattr(importance, "MOST_REPEATS", 60)
    rows = dataclasses.replace(numbers.rows, known={})
    found = importance_report(numbers.model, rows)
    assert (found.part, found.metric, found.repeats, found.n_rows) == ("test", "rmse", 60, 60)
    test = frame_of(numbers)
    names = ["size", "age", "colour"]
    theirs = permutation_importance(
        AsTheirs(numbers.model), test[names], test["price"], n_repeats=30, random_state=0,
        scoring="neg_root_mean_squared_error",
    )  # fmt: skip
    ours = {one.columns[0]: one for one in found.features}
    for name, mean, deviation in zip(
        names, theirs.importances_mean, theirs.importances_std, strict=True
    ):
        # Both means are of draws of this deviation.
        assert ours[name].mean == pytest.approx(mean, abs=4 * deviation / 30**0.5)
        assert ours[name].deviation == pytest.approx(deviation, rel=0.6)
    assert found.score == pytest.approx(numbers.model.scores.metrics["rmse"])
    means = [one.mean for one in found.features]
    assert means == sorted(means, reverse=True)


def test_classes_are_judged_by_their_headline_and_several_targets_too(
    two_classes, three_classes, two_targets, margins
):
    for one, metric, unit in (
        (two_classes, "log_loss", "nats"),
        (three_classes, "log_loss", "nats"),
        (two_targets, "r2", "share"),
        (margins, "accuracy", "share"),
    ):
        found = importance_report(one.model, one.rows)
        assert (found.metric, found.unit) == (metric, unit)
        # The price is made of all three; what is largest in it is largest here.
        assert found.features[0].columns in {("size",), ("age",)}
        assert found.features[0].mean > 0


def test_a_column_that_does_nothing_has_no_importance():
    table = for_task(mixed_table(200), "regression")
    table["noise"] = np.random.default_rng(5).normal(size=200).tolist()
    one = fitted(table, "price", network="linear", optimizer="exact")
    found = {each.columns[0]: each for each in importance_report(one.model, one.rows).features}
    assert abs(found["noise"].mean) < 0.05 * found["size"].mean
    assert found["size"].mean > 4 * found["size"].deviation


def test_columns_that_stand_in_for_each_other_are_dealt_together():
    random = np.random.default_rng(2)
    size = random.normal(size=300)
    table = {
        "size": size.tolist(),
        "twin": (size + random.normal(0, 0.05, 300)).tolist(),
        "other": random.normal(size=300).tolist(),
    }
    table["y"] = [
        2 * a + b + c for a, b, c in zip(size, table["twin"], table["other"], strict=True)
    ]
    one = fitted(table, "y", network="linear", optimizer="exact", l2=0.1)
    found = importance_report(one.model, one.rows)
    single = {each.columns[0]: each.mean for each in found.features}
    order = tuple(sorted(("size", "twin"), key=lambda name: -single[name]))
    assert [group.columns for group in found.groups] == [order]
    assert found.groups[0].mean > max(single["size"], single["twin"])
    assert found.groups[0].mean > single["other"]


def test_figures_follow_from_the_seed_and_not_from_the_order_of_rows(numbers, every):
    for one in (numbers, every):
        here, again = (
            importance_report(one.model, dataclasses.replace(one.rows, known={})) for _ in range(2)
        )
        assert here == again
        there = importance_report(one.model, rows_of(one.model, one.table))
        other = importance_report(one.model, rows_of(one.model, shuffled(one.table)))
        assert there == other


def test_predictions_are_counted_so_that_no_clock_decides():
    assert spent(10**6, n_tried=10, multiplications=10) == (2000, 10)
    n_rows, repeats = spent(2000, n_tried=300, multiplications=275_000)
    assert (n_rows, repeats) == (100, 3)
    n_rows, repeats = spent(2000, n_tried=20, multiplications=275_000)
    assert n_rows * repeats * 20 * 275_000 <= importance.MOST_MULTIPLICATIONS


def test_of_many_rows_every_time_takes_others(numbers, monkeypatch):
    monkeypatch.setattr(importance, "MOST_ROWS", 40)
    found = importance_report(numbers.model, rows_of(numbers.model, numbers.table))
    assert (found.n_rows, found.of_rows) == (40, 300)
    whole = importance_report(numbers.model, numbers.rows)
    assert [one.columns for one in found.features] == [one.columns for one in whole.features]


def test_a_single_row_tells_nothing_of_what_matters(numbers):
    one = {name: column[:1] for name, column in numbers.table.items()}
    assert importance_report(numbers.model, rows_of(numbers.model, one)) is None
    assert importance_report(numbers.model, None) is None
    assert dependence_report(numbers.model, rows_of(numbers.model, one)) is None
    assert accumulated_report(numbers.model, None) is None


def test_the_headline_gives_way_to_a_metric_that_is_defined(numbers):
    alike = {name: column[:2] for name, column in numbers.table.items()} | {"price": [1.0, 1.0]}
    one = fitted(numbers.table, "price", **MLP, metric="r2")
    found = importance_report(one.model, rows_of(one.model, alike))
    assert one.model.answers.headline == "r2"
    assert found.metric == "rmse"


def test_partial_dependence_is_that_of_scikit_learn(numbers):
    found = dependence_report(numbers.model, numbers.rows)
    test = frame_of(numbers)[["size", "age", "colour"]]
    assert found.n_rows == len(test) == 60
    for curve in found.curves:
        cells = np.array(curve.names, dtype=object) if curve.names else np.array(curve.at)
        theirs = partial_dependence(
            AsTheirs(numbers.model), test, [curve.feature], kind="both", method="brute",
            custom_values={curve.feature: cells}, categorical_features=["colour"],
        )  # fmt: skip
        np.testing.assert_allclose(curve.mean, theirs["average"][0], rtol=1e-6)
        each = np.array(curve.each)
        # Single rows stand in an order of their own: each is one of theirs.
        for row in each:
            assert (
                np.abs(theirs["individual"][0] - row).max(axis=1).min() < 1e-6 * np.abs(row).max()
            )
        assert len(each) == min(dependence.SINGLE_ROWS, 60)


def test_cells_are_those_of_real_rows_from_little_to_much(numbers, every):
    for one in (numbers, every):
        table = one.rows.of("test")
        for curve in dependence_report(one.model, one.rows).curves:
            cells = table.columns[curve.feature].to_pylist()
            if curve.kind == "number":
                assert set(curve.at) <= {float(cell) for cell in cells if cell is not None}
                assert list(curve.at) == sorted(curve.at)
            elif curve.kind == "category":
                counts = [cells.count(name) for name in curve.names]
                assert counts == sorted(counts, reverse=True)
                assert curve.shares == pytest.approx([count / len(cells) for count in counts])
            gaps = sum(cell is None for cell in cells)
            assert curve.missing_share == pytest.approx(gaps / len(cells))
            assert (curve.missing is None) == (gaps == 0)


def test_dates_go_along_time_and_text_is_left_out(every):
    found = {curve.feature: curve for curve in dependence_report(every.model, every.rows).curves}
    assert "words" not in found
    dated = [curve for curve in found.values() if curve.kind == "date"]
    for curve in dated:
        assert list(curve.at) == sorted(curve.at)


def test_a_linear_model_depends_by_its_coefficients():
    table = for_task(mixed_table(300), "regression")
    one = fitted(table, "price", network="linear", optimizer="exact")
    known = one.model.coefficients()
    for curve in dependence_report(one.model, one.rows).curves:
        if curve.kind == "number":
            slopes = np.diff(curve.mean) / np.diff(curve.at)
            np.testing.assert_allclose(slopes, known[curve.feature], rtol=1e-5)
        else:
            levels = [known[f"{curve.feature}={name}"] for name in curve.names]
            np.testing.assert_allclose(np.diff(curve.mean), np.diff(levels), rtol=1e-5)


def test_classes_depend_by_their_probabilities(two_classes, three_classes, margins):
    found = dependence_report(two_classes.model, two_classes.rows)
    assert (found.outputs, found.probabilities) == (("dear",), True)
    assert all(0 <= value <= 1 for curve in found.curves for value in curve.mean)
    found = dependence_report(three_classes.model, three_classes.rows)
    assert found.outputs == ("low", "mid", "top")
    by_feature = {}
    for curve in found.curves:
        by_feature.setdefault(curve.feature, []).append(curve.mean)
    for means in by_feature.values():
        np.testing.assert_allclose(np.sum(means, axis=0), 1.0)
    assert not dependence_report(margins.model, margins.rows).probabilities


def together(n_rows=400, **settings):
    """Two columns that go along, one of which bends, and a model of them."""
    random = np.random.default_rng(7)
    x = random.uniform(-1, 1, n_rows)
    table = {"x": x.tolist(), "also": (x + random.normal(0, 0.2, n_rows)).tolist()}
    table["y"] = (x**2 + 0.5 * np.array(table["also"])).tolist()
    return fitted(table, "y", **settings)


def test_accumulated_effects_are_those_of_a_loop_over_rows():
    one = together(**MLP)
    found = accumulated_report(one.model, one.rows)
    assert {effect.feature for effect in found.effects} == {"x", "also"}
    test = frame_of(one)
    assert found.n_rows == len(test)
    for effect in found.effects:
        at, cells = np.array(effect.at), test[effect.feature].to_numpy()
        steps, counts = [], []
        for number, (low, high) in enumerate(pairwise(at)):
            within = test[(cells <= high) & ((cells >= low) if number == 0 else (cells > low))]
            ends = [
                one.model.predict(within.assign(**{effect.feature: end})) for end in (low, high)
            ]
            steps.append(np.mean(ends[1] - ends[0]))
            counts.append(len(within))
        curve = np.concatenate([[0.0], np.cumsum(steps)])
        middle = np.average((curve[1:] + curve[:-1]) / 2, weights=counts)
        np.testing.assert_allclose(effect.effect, curve - middle, atol=1e-6)


def test_only_related_numbers_and_dates_are_accumulated(numbers, every):
    assert accumulated_report(numbers.model, numbers.rows) is None
    found = accumulated_report(every.model, every.rows)
    if found is not None:
        assert all(effect.relation.strength >= found.least for effect in found.effects)
        assert all(effect.kind in {"number", "date"} for effect in found.effects)


def test_a_linear_models_accumulated_effect_is_its_slope():
    one = together(network="linear", optimizer="exact")
    for effect in accumulated_report(one.model, one.rows).effects:
        slopes = np.diff(effect.effect) / np.diff(effect.at)
        np.testing.assert_allclose(slopes, one.model.coefficients()[effect.feature], rtol=1e-4)


def test_what_columns_are_related_to_is_found(every):
    look = look_at(every.model, every.rows)
    strengths = related(every.model, look)
    names = [feature.name for feature in features_of(every.model.preprocessing)]
    assert strengths.shape == (len(names), len(names))
    assert strengths[names.index("day"), names.index("zoned")] > 0.9
    assert strengths[names.index("size"), names.index("age")] < 0.4


def test_several_targets_depend_each_for_itself(two_targets):
    found = dependence_report(two_targets.model, two_targets.rows)
    assert found.outputs == ("price", "cost")
    price, cost = (
        next(one for one in found.curves if (one.feature, one.output) == ("size", name))
        for name in found.outputs
    )
    assert np.ptp(cost.mean) > 2 * np.ptp(price.mean)


def test_levels_that_were_never_seen_are_cells_like_others(numbers):
    table = {name: column[:40] for name, column in numbers.table.items()}
    table["colour"] = ["black", "red"] * 20
    found = dependence_report(numbers.model, rows_of(numbers.model, table))
    colours = next(curve for curve in found.curves if curve.feature == "colour")
    assert set(colours.names) == {"black", "red"}


def test_of_too_many_columns_those_most_related_to_the_prediction_are_tried(monkeypatch):
    random = np.random.default_rng(4)
    table = {f"x{place}": random.normal(size=200).tolist() for place in range(30)}
    table["y"] = [3 * a + b for a, b in zip(table["x7"], table["x21"], strict=True)]
    one = fitted(table, "y", network="linear", optimizer="exact")
    monkeypatch.setattr(importance, "MOST_MULTIPLICATIONS", 1.0)
    found = importance_report(one.model, one.rows)
    assert len(found.features) == importance.FEWEST_TRIED
    assert found.not_tried == 30 - importance.FEWEST_TRIED
    assert [each.columns for each in found.features[:2]] == [("x7",), ("x21",)]
