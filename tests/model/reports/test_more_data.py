"""Would more rows help: trainings on parts of the rows, scored alike, and where they lead."""

from __future__ import annotations

import numpy as np
import pytest
from torch import nn

import goodfit
from goodfit.model.reports.more_data import more_data_report
from goodfit.training.controls import Controls
from helpers import raises
from reported import MLP, fitted
from tables_made import for_task, mixed_table

EXACT = {"network": "linear", "optimizer": "exact"}


@pytest.fixture(scope="module")
def line():
    return fitted(for_task(mixed_table(400, seed=1), "regression"), "price", **EXACT)


@pytest.fixture(scope="module")
def curve(line):
    return more_data_report(line.model, line.table)


def test_sizes_grow_and_every_training_is_scored_on_the_same_test_rows(line, curve):
    assert [size.n_rows for size in curve.sizes] == [30, 60, 120, 240]
    assert [size.count for size in curve.sizes] == [3] * 4
    assert (curve.part, curve.n_scored, curve.metric, curve.whole) == ("test", 80, "rmse", True)
    # On all rows it is the fit that was made: exact, so that the seed does not matter.
    for one in curve.trained[-3:]:
        assert one.score == pytest.approx(line.model.scores.metrics["rmse"])
    assert curve.sizes[-1].deviation == pytest.approx(0.0, abs=1e-9)
    assert curve.sizes[0].deviation > 0


def test_a_size_holds_the_mean_and_deviation_of_its_trainings(curve):
    for size in curve.sizes:
        scores = [one.score for one in curve.trained if one.n_rows == size.n_rows]
        assert size.mean == pytest.approx(np.mean(scores))
        assert size.deviation == pytest.approx(np.std(scores, ddof=1), abs=1e-12)


def test_what_lies_ahead_goes_on_from_what_was_seen(curve):
    assert [one.n_rows for one in curve.ahead] == [480, 960]
    twice, four_times = curve.ahead
    assert twice.low <= twice.score <= twice.high
    assert four_times.score <= twice.score <= curve.sizes[0].mean
    assert four_times.low >= 0.0
    assert curve.fitted[0].n_rows == 30
    assert curve.fitted[-1].n_rows == 960


def test_the_same_model_and_table_give_the_same_curve(line, curve):
    assert more_data_report(line.model, line.table) == curve


def test_folds_score_where_there_are_no_test_rows(few):
    found = more_data_report(few.model, few.table, shares=(0.5, 1.0), repeats=2)
    assert (found.part, found.whole) == ("kept_out", True)
    assert [size.n_rows for size in found.sizes] == [14]  # below 20 rows only the whole is left
    assert found.ahead == ()


def test_ensembles_learn_from_validation_rows_too_which_are_counted(ensemble):
    found = more_data_report(ensemble.model, ensemble.table, shares=(0.5, 1.0), repeats=1)
    assert [size.n_rows for size in found.sizes] == [120, 240]


def test_classes_are_scored_by_their_headline(two_classes):
    found = more_data_report(two_classes.model, two_classes.table, shares=(0.3, 1.0), repeats=1)
    assert (found.metric, found.unit, found.larger) == ("log_loss", "nats", False)


def test_larger_figures_are_turned_round_and_back():
    table = for_task(mixed_table(300, seed=2), "regression")
    one = fitted(table, "price", **EXACT, metric="r2")
    found = more_data_report(one.model, table)
    assert found.larger
    assert all(ahead.score <= 1.0 for ahead in found.ahead)
    assert found.ahead[1].score >= found.ahead[0].score


def test_it_can_be_stopped_between_trainings(line):
    controls = Controls()

    def stop_after_two(done, planned, one):
        assert planned == 12
        controls.stop = done == 2

    found = more_data_report(line.model, line.table, controls=controls, watch=stop_after_two)
    assert len(found.trained) == 2
    assert not found.whole
    with raises("model.more_data_stopped"):
        more_data_report(line.model, line.table, controls=controls)


def test_it_says_why_it_cannot_be_made(line):
    unscored = fitted(line.table, "price", **EXACT, split="none")
    with raises("model.more_data_no_rows"):
        more_data_report(unscored.model, line.table)
    table = {name: line.table[name] for name in ("size", "price")}
    own = goodfit.fit(table, target="price", network=nn.Linear, epochs=1)
    with raises("model.more_data_own", parts=["network"]):
        more_data_report(own, table)


def test_the_model_is_not_changed(line, curve):
    assert line.model.scores.metrics["rmse"] == pytest.approx(curve.trained[-1].score)
    assert line.model.provenance.n_training == 240


def test_a_network_of_the_same_settings_is_trained(numbers):
    found = more_data_report(numbers.model, numbers.table, shares=(1.0,), repeats=2)
    assert [one.n_rows for one in found.trained] == [180, 180]
    # Other starts give other figures.
    assert found.trained[0].score != found.trained[1].score
    assert MLP["epochs"] == numbers.model.settings.epochs
