"""The numbers of pictures against the same found another way."""

from __future__ import annotations

import numpy as np
import pytest

from goodfit.model.again import divided_again
from goodfit.model.plots import numbers_of
from goodfit.model.plots.network import MOST_NODES
from plotted import HOSTILE, TABLES, TARGET


def test_series_are_those_of_the_history(models):
    model = models["curve"]
    assert list(numbers_of(model, "metric").values) == model.history.metric
    assert list(numbers_of(model, "learning_rate").values) == model.history.learning_rate
    gradients = numbers_of(model, "gradients")
    assert list(gradients.values) == model.history.gradient_length
    assert gradients.kept_epoch == numbers_of(model, "loss").kept_epoch


def test_the_curve_is_what_the_model_predicts_and_the_points_are_the_tables(models):
    model = models["curve"]
    report = numbers_of(model, "fit", divided_again(model, TABLES["curve"]))
    one_by_one = [model.predict({HOSTILE: [x]})[0] for x in report.x[::40]]
    assert report.curves[0].y[::40] == pytest.approx(one_by_one)
    bounds = model.predict_interval({HOSTILE: list(report.x)}, level=0.9)
    assert report.lower == pytest.approx(bounds[:, 0])
    assert report.upper == pytest.approx(bounds[:, 1])
    points = sorted(
        pair for part in report.points for pair in zip(part.features[0], part.target, strict=True)
    )
    given = sorted(zip(TABLES["curve"][HOSTILE], TABLES["curve"][TARGET], strict=True))
    assert np.array(points) == pytest.approx(np.array(given))
    assert [part.part for part in report.points] == ["training", "validation", "test"]
    assert [part.n_rows for part in report.points] == [36, 12, 12]


def test_without_a_table_the_curve_is_drawn_over_what_was_seen(models):
    report = numbers_of(models["curve"], "fit")
    assert report.points == ()
    low, high = models["curve"].seen.ranges[HOSTILE]
    assert low - 0.05 * (high - low) <= report.x[0] < low
    assert high < report.x[-1] <= high + 0.05 * (high - low)


def test_of_classes_the_curves_are_probabilities(models):
    for name, places in (("classes", [0, 1, 2]), ("two_classes", [1])):
        report = numbers_of(models[name], "fit")
        found = models[name].predict_proba({HOSTILE: list(report.x)})
        for curve, place in zip(report.curves, places, strict=True):
            assert curve.level == str(models[name].levels[place])
            assert curve.y == pytest.approx(found[:, place])


def test_a_straight_line_knows_its_slope(models):
    surface = numbers_of(models["surface"], "map")
    found = models["surface"].coefficients()
    names = list(TABLES["surface"])
    for row, column in ((0, 0), (40, 7), (79, 79)):
        by_hand = (
            found["intercept"]
            + found[names[0]] * surface.x[column]
            + found[names[1]] * surface.y[row]
        )
        assert surface.values[row][column] == pytest.approx(by_hand, rel=1e-4, abs=1e-4)


def test_a_map_of_classes_holds_the_most_probable_one(models):
    model, names = models["map"], list(TABLES["map"])
    report = numbers_of(model, "map")
    for row, column in ((3, 70), (70, 3), (40, 40)):
        found = model.predict_proba({names[0]: [report.x[column]], names[1]: [report.y[row]]})[0]
        assert report.values[row][column] == found.argmax()
        assert report.confidence[row][column] == pytest.approx(found.max())


def test_the_stages_of_a_network_add_up_to_its_parameters(models):
    for model in models.values():
        report = numbers_of(model, "network")
        count = sum(parameter.numel() for parameter in model.network.parameters())
        assert report.n_parameters == sum(s.n_parameters for s in report.stages) == count


def test_the_weights_that_are_drawn_are_the_networks(models):
    model = models["wide"]
    inputs, hidden, narrow, outputs = numbers_of(model, "network").stages
    layers = model.network.state_dict()
    assert inputs.width == len(TABLES["mixed"]) - 1
    assert hidden.width == 40
    assert len(hidden.shown) == MOST_NODES
    weights = layers["layers.1.weight"].numpy()
    assert narrow.weights == pytest.approx(weights[:, list(hidden.shown)])
    assert outputs.weights == pytest.approx(layers["layers.2.weight"].numpy())
    first = layers["layers.0.weight"].numpy()
    n_dense = len(model.preprocessing.layout.dense)
    assert hidden.lengths == (n_dense,)  # the category, which is an embedding
    length = np.linalg.norm(first[list(hidden.shown)][:, n_dense:], axis=1)
    assert [row[n_dense] for row in hidden.weights] == pytest.approx(length)
    left_out = set(range(40)) - set(hidden.shown)
    sizes = np.linalg.norm(np.column_stack([first[:, :n_dense], np.linalg.norm(
        first[:, n_dense:], axis=1)]), axis=1)  # fmt: skip
    assert max(sizes[list(left_out)]) <= min(sizes[list(hidden.shown)])


def test_an_ensemble_and_a_resnet_are_blocks(models):
    ensemble = numbers_of(models["ensemble"], "network")
    settings = models["ensemble"].settings
    assert not ensemble.neurons
    assert (ensemble.folds, ensemble.members) == (settings.bag, settings.members)
    kinds = [stage.kind for stage in ensemble.stages]
    hidden = ["hidden"] * len(settings.widths)
    assert kinds[:-1] == ["inputs", "prepared", *hidden, "outputs", "mean"]
    assert kinds[-1] == "line"
    assert ensemble.line_share == float(models["ensemble"].network.share)
    resnet = numbers_of(models["resnet"], "network")
    assert [stage.kind for stage in resnet.stages] == ["inputs", "linear", "blocks", "outputs"]
    assert resnet.stages[2].times == settings.blocks
