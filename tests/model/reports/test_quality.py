"""Reports of quality beside scikit-learn's figures of the same rows, and their edges."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from sklearn import metrics

from goodfit.model.intervals import measure
from goodfit.model.plots.reports import REPORTS
from goodfit.model.records import Foretold
from goodfit.model.reports.classes import (
    MOST_LEVELS,
    calibration_report,
    confusion_report,
    precision_recall_report,
    roc_report,
)
from goodfit.model.reports.coefficients import coefficients_report
from goodfit.model.reports.coverage import LEVELS, coverage_report
from goodfit.model.reports.regression import (
    MOST_POINTS,
    predictions_report,
    residuals_report,
)
from goodfit.model.reports.rows import judged, look_at
from goodfit.model.reports.worst import worst_report
from reported import MLP, fitted, rows_of, shuffled
from tables_made import TARGETS, for_task, mixed_table

OF_ROWS = (
    predictions_report,
    residuals_report,
    confusion_report,
    roc_report,
    precision_recall_report,
    worst_report,
)


def targets_of(one, name):
    return np.array(one.rows.of("test").columns[name].to_pylist())


def test_predictions_and_residuals_are_those_of_the_test_rows(numbers):
    actual = targets_of(numbers, "price")
    predicted = numbers.model.predict(numbers.rows.of("test").columns)
    found = predictions_report(numbers.model, numbers.rows)
    assert (found.part, found.n_rows) == ("test", 60)
    order = np.lexsort((predicted, actual))
    np.testing.assert_array_equal(found.targets[0].actual, actual[order])
    np.testing.assert_array_equal(found.targets[0].predicted, predicted[order])
    root = metrics.root_mean_squared_error(actual, predicted)
    assert found.targets[0].metrics["rmse"] == pytest.approx(root)
    left = residuals_report(numbers.model, numbers.rows).targets[0]
    assert left.spread.mean == pytest.approx(np.mean(actual - predicted))
    assert sum(band.n_rows for band in left.bands) == 60
    np.testing.assert_allclose(sorted(left.residual), sorted(actual - predicted))


def test_of_many_rows_points_stand_for_all_and_the_density_holds_them(numbers):
    table = for_task(mixed_table(5000, seed=8), "regression")
    rows = rows_of(numbers.model, table)
    found = predictions_report(numbers.model, rows)
    one = found.targets[0]
    assert (found.part, found.n_rows, len(one.actual)) == ("table", 5000, MOST_POINTS)
    assert one.actual[0] == min(table["price"])
    assert one.actual[-1] == max(table["price"])
    shares = np.array(one.density.shares)
    assert shares.sum() == pytest.approx(1.0)
    assert shares[shares >= one.density.levels[1]].sum() == pytest.approx(0.5, abs=0.02)
    assert shares[shares >= one.density.levels[0]].sum() == pytest.approx(0.9, abs=0.02)


def test_confusion_is_that_of_scikit_learn(three_classes):
    actual = targets_of(three_classes, "grade")
    predicted = three_classes.model.predict(three_classes.rows.of("test").columns)
    found = confusion_report(three_classes.model, three_classes.rows)
    counts = metrics.confusion_matrix(actual, predicted, labels=["low", "mid", "top"])
    assert found.levels == ("low", "mid", "top")
    np.testing.assert_array_equal(found.counts, counts)
    np.testing.assert_allclose(found.shares, counts / counts.sum(axis=1, keepdims=True))
    wrong = sorted(counts[~np.eye(3, dtype=bool)])[::-1]
    assert [pair.count for pair in found.pairs] == [count for count in wrong if count]


def test_curves_are_those_of_scikit_learn(two_classes, three_classes):
    table = two_classes.rows.of("test").columns
    truth = targets_of(two_classes, "kind") == "dear"
    probability = two_classes.model.predict_proba(table)[:, 1]
    found = roc_report(two_classes.model, two_classes.rows)
    assert found.area == pytest.approx(metrics.roc_auc_score(truth, probability))
    taken = two_classes.model.predict(table) == "dear"
    at = (taken[~truth].mean(), taken[truth].mean())
    assert found.curves[0].at == pytest.approx(at)
    precise = precision_recall_report(two_classes.model, two_classes.rows)
    assert precise.area == pytest.approx(metrics.average_precision_score(truth, probability))
    at = metrics.recall_score(truth, taken), metrics.precision_score(truth, taken)
    assert precise.curves[0].at == pytest.approx(at)

    actual = targets_of(three_classes, "grade")
    probability = three_classes.model.predict_proba(three_classes.rows.of("test").columns)
    found = roc_report(three_classes.model, three_classes.rows)
    area = metrics.roc_auc_score(actual, probability, multi_class="ovr", average="macro")
    assert (found.area, found.n_levels) == (pytest.approx(area), 3)
    assert [one.at for one in found.curves] == [None] * 3
    counts = [(actual == one.level).sum() for one in found.curves]
    assert counts == sorted(counts, reverse=True)


def test_calibration_says_how_often_classes_come(two_classes):
    truth = targets_of(two_classes, "kind") == "dear"
    found = calibration_report(two_classes.model, two_classes.rows)
    total = sum(one.n_rows * one.observed for one in found.curves[0].groups)
    assert total == pytest.approx(truth.sum())
    assert sum(one.n_rows for one in found.sureness) == 60
    known = calibration_report(two_classes.model, None)
    assert known.reliability == two_classes.model.scores.reliability
    assert known.curves == ()
    assert known.reliability.error == pytest.approx(found.reliability.error)


def test_coverage_is_measured_at_each_level(ensemble, two_classes):
    found = coverage_report(ensemble.model, ensemble.rows)
    assert [one.level for one in found.levels] == list(LEVELS)
    table = ensemble.rows.of("test").columns
    actual = targets_of(ensemble, "price")
    for one in found.levels:
        low, high = ensemble.model.predict_interval(table, level=one.level).T
        assert one.covered == pytest.approx(((low <= actual) & (actual <= high)).mean())
    sets = coverage_report(two_classes.model, two_classes.rows)
    assert sets.classes
    right = two_classes.model.predict_set(two_classes.rows.of("test").columns, level=0.8)
    truth = targets_of(two_classes, "kind") == "dear"
    assert sets.levels[0].covered == pytest.approx(right[np.arange(60), truth.astype(int)].mean())


def test_without_rows_coverage_is_what_the_model_knows(ensemble, numbers):
    known = coverage_report(ensemble.model, None)
    assert known.levels == ensemble.model.scores.coverage
    through = ensemble.model.through(ensemble.rows.of("test"), by_fold=True)
    values = targets_of(ensemble, "price")
    assert known.levels == measure(ensemble.model, through, values, (0.8, 0.9), part="test")
    uncalibrated = fitted(numbers.table, "price", **MLP, split="none").model
    assert coverage_report(uncalibrated, None) is None


def test_several_targets_are_told_apart(two_targets):
    found = predictions_report(two_targets.model, two_targets.rows)
    assert [one.target for one in found.targets] == ["price", "cost"]
    for one in found.targets:
        actual, predicted = np.array(one.actual), np.array(one.predicted)
        assert one.metrics["r2"] == pytest.approx(metrics.r2_score(actual, predicted))
    left = residuals_report(two_targets.model, two_targets.rows)
    assert len(left.targets) == 2
    worst = worst_report(two_targets.model, two_targets.rows)
    assert worst.unit == "deviations"
    assert len(worst.rows[0].actual) == 2


def test_rows_of_weight_two_count_as_that_row_twice(two_classes, numbers):
    half = for_task(mixed_table(200, seed=4), "binary")
    again = {name: column + column[:100] for name, column in half.items()}
    weight = np.where(np.arange(200) < 100, 2.0, 1.0)
    weighed = dataclasses.replace(rows_of(two_classes.model, half), weight=weight)
    repeated = rows_of(two_classes.model, again)
    one, other = (roc_report(two_classes.model, rows) for rows in (weighed, repeated))
    assert one.area == pytest.approx(other.area)
    one, other = (precision_recall_report(two_classes.model, rows) for rows in (weighed, repeated))
    assert one.area == pytest.approx(other.area)
    one, other = (confusion_report(two_classes.model, rows) for rows in (weighed, repeated))
    assert one.counts == other.counts
    assert one.weighed
    assert not other.weighed


def test_a_columns_weights_are_found_in_the_table(numbers):
    table = numbers.table | {"w": [0.0, 1.0] * 150}
    one = fitted(table, "price", **MLP, weight="w")
    rows = rows_of(one.model, table)
    assert predictions_report(one.model, rows).n_rows == 150


def test_the_order_of_rows_changes_nothing(numbers, two_classes):
    for one, reports in ((numbers, OF_ROWS[:2]), (two_classes, OF_ROWS[2:5])):
        there = rows_of(one.model, one.table)
        other = rows_of(one.model, shuffled(one.table))
        for report in reports:
            assert report(one.model, there) == report(one.model, other), report.__name__


def test_folds_speak_of_few_rows(few):
    found = predictions_report(few.model, few.rows)
    assert (found.part, found.n_rows) == ("kept_out", 15)
    known = few.model.scores.metrics["rmse"]
    assert found.targets[0].metrics["rmse"] == pytest.approx(known)
    # The model itself knows all of them: what it says of them would be too good.
    alone = dataclasses.replace(few.rows, foretold=None, known={})
    assert judged(few.model, alone).part == "training"
    assert predictions_report(few.model, alone).targets[0].metrics["rmse"] < known
    assert residuals_report(few.model, few.rows).part == "kept_out"
    assert coverage_report(few.model, few.rows) is None


def test_a_refitted_model_is_judged_by_what_was_predicted_before():
    one = fitted(for_task(mixed_table(200), "regression"), "price", **MLP, refit=True)
    found = predictions_report(one.model, one.rows)
    assert (found.part, found.n_rows) == ("test", 40)
    assert found.targets[0].metrics["rmse"] == pytest.approx(one.model.scores.metrics["rmse"])
    assert look_at(one.model, one.rows).part == "training"


def test_one_row_is_enough_and_none_is_nothing(numbers, two_classes):
    one = rows_of(numbers.model, {name: column[:1] for name, column in numbers.table.items()})
    assert predictions_report(numbers.model, one).n_rows == 1
    assert residuals_report(numbers.model, one).targets[0].spread.deviation == 0.0
    assert len(worst_report(numbers.model, one).rows) == 1
    single = {name: column[:1] for name, column in two_classes.table.items()}
    rows = rows_of(two_classes.model, single)
    assert roc_report(two_classes.model, rows) is None
    assert confusion_report(two_classes.model, rows).n_rows == 1
    gone = numbers.table | {"price": [None] * 300}
    nothing = rows_of(numbers.model, gone)
    for report in (predictions_report, residuals_report, worst_report):
        assert report(numbers.model, nothing) is None


def test_rows_of_one_class_have_no_roc_curve_but_others(two_classes):
    dear = [row for row, kind in enumerate(two_classes.table["kind"]) if kind == "dear"]
    table = {name: [column[row] for row in dear] for name, column in two_classes.table.items()}
    rows = rows_of(two_classes.model, table)
    assert roc_report(two_classes.model, rows) is None
    assert precision_recall_report(two_classes.model, rows).area == 1.0
    assert confusion_report(two_classes.model, rows).shares[0] == (None, None)
    assert len(calibration_report(two_classes.model, rows).curves) == 1


def test_a_constant_model_is_drawn_like_any_other(numbers):
    found = fitted(
        {"x": [1.0, 2.0] * 30, "y": [n // 2 % 3 + 0.5 for n in range(60)]},
        "y",
        network="linear",
        optimizer="exact",
        l2=1e9,
        split="none",
    )
    one = predictions_report(found.model, rows_of(found.model, found.table)).targets[0]
    assert np.ptp(one.predicted) < 1e-6
    left = residuals_report(found.model, rows_of(found.model, found.table)).targets[0]
    assert left.spread.deviation > 0


def test_margins_rank_but_are_no_probabilities(margins):
    assert calibration_report(margins.model, margins.rows) is None
    truth = targets_of(margins, "kind") == "dear"
    rating = margins.model.margins_of_table(margins.rows.of("test"))[:, 1]
    area = metrics.roc_auc_score(truth, rating)
    assert roc_report(margins.model, margins.rows).area == pytest.approx(area)
    worst = worst_report(margins.model, margins.rows)
    assert worst.unit == "margin"
    assert worst.rows[0].probability is None


def test_numbers_have_no_classes_and_classes_no_numbers(numbers, two_classes):
    for report in (confusion_report, roc_report, precision_recall_report, calibration_report):
        assert report(numbers.model, numbers.rows) is None
    for report in (predictions_report, residuals_report):
        assert report(two_classes.model, two_classes.rows) is None
    for report in OF_ROWS:
        assert report(numbers.model, None) is None


def test_of_many_classes_the_most_telling_are_shown():
    random = np.random.default_rng(0)
    place = random.integers(0, 20, 800)
    table = {
        "x": (place + random.normal(0, 0.6, 800)).tolist(),
        "y": [f"c{one:02}" for one in place],
    }
    one = fitted(table, "y", network="mlp", widths=[16], epochs=5, split="none")
    found = confusion_report(one.model, rows_of(one.model, table))
    assert len(found.levels) == MOST_LEVELS
    assert found.others == 8
    assert np.array(found.counts).shape == (13, 13)
    assert np.array(found.counts).sum() == 800
    predicted = one.model.predict(table)
    counts = metrics.confusion_matrix(table["y"], predicted, labels=one.model.levels)
    kept = [int(name[1:]) for name in found.levels]
    np.testing.assert_array_equal(np.array(found.counts)[:12, :12], counts[np.ix_(kept, kept)])
    assert found.pairs[0].count == (counts - np.diag(np.diag(counts))).max()


def test_the_worst_rows_are_those_with_the_largest_errors(numbers, two_classes):
    found = worst_report(numbers.model, numbers.rows)
    test = numbers.rows.of("test")
    left = targets_of(numbers, "price") - numbers.model.predict(test.columns)
    order = np.argsort(-np.abs(left))[: len(found.rows)]
    assert [row.row for row in found.rows] == test.row_numbers(order).tolist()
    np.testing.assert_allclose([row.error for row in found.rows], left[order])
    assert found.usual == pytest.approx(np.median(np.abs(left)))
    found = worst_report(two_classes.model, two_classes.rows)
    for row in found.rows:
        assert row.error == pytest.approx(-np.log(row.probability))


def test_what_is_unusual_about_a_bad_row_is_said(numbers):
    odd = {"size": [60.0, 10.0], "age": [25.0, 20.0], "colour": ["black", "red"]}
    table = odd | {"price": [0.0, -2.0]}
    rows = rows_of(numbers.model, table)
    whole = dataclasses.replace(
        rows_of(numbers.model, {name: numbers.table[name] + table[name] for name in table}),
        places={"training": np.arange(300), "test": np.arange(300, 302)},
    )
    assert judged(numbers.model, rows).part == "table"
    first = worst_report(numbers.model, whole).rows[0]
    assert first.row == 301
    assert {(cell.column, cell.cell, cell.share) for cell in first.unusual} == {
        ("size", "60", 0.0),
        ("colour", "black", 0.0),
    }
    assert ("unseen_level", "colour") in first.doubts
    assert ("outside_range", "size") in first.doubts


def test_a_row_that_several_folds_predicted_is_named_once(numbers):
    places = np.array([3, 3, 4, 4, 5, 5, 6, 6, 7, 7])
    told = numbers.model.predict_table(numbers.rows.table.take(places))
    rows = dataclasses.replace(numbers.rows, foretold=Foretold("kept_out", places, told), known={})
    named = [row.row for row in worst_report(numbers.model, rows).rows]
    assert len(named) == len(set(named)) == 3
    assert set(named) <= {4, 5, 6, 7, 8}


def test_coefficients_are_those_of_the_table_and_their_steps_compare(numbers):
    one = fitted(
        numbers.table, "price", network="linear", optimizer="exact", preprocessing="standardize"
    )
    found = coefficients_report(one.model)
    known = one.model.coefficients()
    assert found.outputs[0].intercept == known["intercept"]
    assert {each.name: each.value for each in found.outputs[0].coefficients} == {
        name: value for name, value in known.items() if name != "intercept"
    }
    training = np.array(one.rows.of("training").columns["size"].to_pylist())
    size = next(each for each in found.outputs[0].coefficients if each.name == "size")
    assert size.effect == pytest.approx(known["size"] * training.std())
    red = next(each for each in found.outputs[0].coefficients if each.name == "colour=red")
    assert (red.step, red.effect) == (None, red.value)
    assert coefficients_report(numbers.model) is None


def test_coefficients_of_several_outputs_stand_apart(three_classes, every):
    one = fitted(three_classes.table, "grade", network="linear", epochs=3)
    assert [each.output for each in coefficients_report(one.model).outputs] == ["low", "mid", "top"]
    dates = fitted(every.table, "price", network="linear", epochs=2, loss="poisson", drop=["words"]
                   ) if min(every.table["price"]) >= 0 else None  # fmt: skip
    assert dates is None or coefficients_report(dates.model).link == "log"
    timed = fitted(every.table, "price", network="linear", optimizer="exact", split="none")
    names = {
        each.name: each.step for each in coefficients_report(timed.model).outputs[0].coefficients
    }
    assert names["day=elapsed"] > 0


OF_TASK = {
    "regression": ("gaussian_nll", "quantile", "huber", "poisson", "gamma",
                   "mean_squared_logarithmic_error"),
    "binary": ("hinge", "focal", "exponential"),
    "multiclass": ("squared_hinge", "focal"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("task", "loss"), [(task, loss) for task, losses in OF_TASK.items() for loss in losses]
)
def test_every_kind_of_loss_has_its_reports(task, loss):
    table = for_task(mixed_table(120), task)
    if task == "regression":
        table["price"] = [abs(price) + 0.1 for price in table["price"]]
    one = fitted(table, TARGETS[task], network="mlp", widths=[4], epochs=2, loss=loss)
    made = {
        plot.name
        for plot in REPORTS
        if not plot.on_request and plot.applies(one.model)
        if plot.report(one.model, one.rows) is not None
    }
    expected = {"importance", "dependence", "worst"}
    if task == "regression":
        expected |= {"predictions", "residuals", "coverage"}
    else:
        expected |= {"confusion", "roc", "precision_recall"}
    if one.model.answers.given.probability:
        expected |= {"calibration", "coverage"}
    assert made - {"accumulated"} == expected


def test_rows_in_time_are_judged_by_the_last_ones_and_promised_nothing():
    table = for_task(mixed_table(200), "regression")
    table["day"] = [f"2024-{1 + n // 28:02}-{1 + n % 28:02}" for n in range(200)]
    one = fitted(table, "price", **MLP, time="day")
    assert predictions_report(one.model, one.rows).n_rows == 40
    assert coverage_report(one.model, one.rows).guarantee == "void"
