"""The numbers of pictures against the same found another way."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import goodfit
from goodfit.model.again import divided_again
from goodfit.model.plots import numbers_of
from goodfit.model.plots.network import MOST_NODES
from helpers import raises
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


def test_a_network_that_a_person_wrote_shows_its_parts():
    class Bent(torch.nn.Module):
        def __init__(self, n_inputs, n_outputs):
            super().__init__()
            self.first = torch.nn.Linear(n_inputs, 5)
            self.last = torch.nn.Linear(5, n_outputs)

        def forward(self, x):
            return self.last(torch.sin(self.first(x)))

    model = goodfit.fit(TABLES["curve"], target=TARGET, network=Bent, epochs=2)
    report = numbers_of(model, "network")
    parts = [(stage.kind, stage.name, stage.width) for stage in report.stages]
    assert parts[1:-1] == [("part", "Linear", 5), ("part", "Linear", 1)]
    assert not report.neurons
    assert report.n_parameters == 16


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


@pytest.fixture(scope="module")
def line():
    """A line found step by step, and its table."""
    table = {HOSTILE: [float(i % 9) for i in range(30)]}
    table[TARGET] = [2 * x + 1 + (i % 4) for i, x in enumerate(table[HOSTILE])]
    settings = {"network": "linear", "optimizer": "sgd", "learning_rate": 0.1, "split": "none"}
    model = goodfit.fit(table, target=TARGET, epochs=20, batch_size="full", **settings)
    return model, table


def test_the_way_of_a_line_begins_at_the_start_and_ends_at_the_model(line):
    model, table = line
    report = numbers_of(model, "animation", divided_again(model, table))
    found = model.coefficients()
    assert report.kept == (found[HOSTILE], found["intercept"])
    assert (report.slope[-1], report.intercept[-1]) == report.kept
    assert report.epoch == tuple(range(21))
    # An epoch's loss is computed before its step: it is that of the stage before.
    assert report.losses[:-1] == pytest.approx(model.history.train_loss, rel=1e-5)


def test_the_loss_surface_is_the_mean_squared_error_of_the_scaled_target(line):
    model, table = line
    report = numbers_of(model, "animation", divided_again(model, table))
    x, y = (np.array(column) for column in table.values())
    scale = model.preprocessing.targets[0].scale
    for row, column in ((0, 0), (20, 31), (47, 47)):
        errors = report.slopes[column] * x + report.intercepts[row] - y
        assert report.surface[row][column] == pytest.approx(np.mean(errors**2) / scale**2)
    slope, intercept = np.polyfit(x, y, 1)
    assert report.least == pytest.approx((slope, intercept))
    assert report.slopes[0] < slope < report.slopes[-1]


def test_a_line_of_other_rows_has_another_way(line):
    model, table = line
    other = {**table, TARGET: [value + 1 for value in table[TARGET][:-1]] + [0.0]}
    with raises("plots.other_way"):
        numbers_of(model, "animation", divided_again(model, other))


def test_folds_come_before_the_way():
    table = {"x": [float(i) for i in range(12)], "y": [2.0 * i + i % 3 for i in range(12)]}
    model = goodfit.fit(table, target="y", network="linear", folds=3, split="none", epochs=4)
    report = numbers_of(model, "animation", divided_again(model, table))
    assert len(report.epoch) == len(model.history.train_loss) + 1
    assert report.kept == tuple(reversed(model.coefficients().values()))
