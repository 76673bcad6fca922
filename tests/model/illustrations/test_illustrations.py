"""Every concept has its picture, whose numbers are true and whose words are sentences."""

from __future__ import annotations

import re
from functools import cache
from xml.etree import ElementTree as ET

import msgspec
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text

import goodfit
from goodfit.core.concepts import CATALOG, facts
from goodfit.core.errors import GoodfitError
from goodfit.core.words import LANGUAGES, catalog, say
from goodfit.model import illustrations
from goodfit.model.illustrations import (
    ILLUSTRATIONS,
    alternative_of,
    caption_of,
    figure_of,
    report_of,
    report_of_walk,
    svg_of,
)
from goodfit.model.illustrations import drawn as words_of_pictures
from goodfit.model.illustrations.computed import Line, fifteen, normalized, standardized
from goodfit.model.plots import style
from goodfit.model.plots.figures import write_figure
from goodfit.model.plots.fonts import lend_fonts
from goodfit.model.plots.svg import figure_svg
from goodfit.model.walk import walk
from goodfit.networks.activations import ACTIVATIONS
from goodfit.training.losses import LOSSES
from goodfit.training.optimizers import OPTIMIZERS

EACH = pytest.mark.parametrize("name", ILLUSTRATIONS)


def test_every_concept_has_a_picture():
    assert set(ILLUSTRATIONS) == set(CATALOG)
    assert all(name == made.name for name, made in ILLUSTRATIONS.items())


@EACH
def test_a_report_is_data_and_the_same_again(name):
    report, kind = report_of(name), ILLUSTRATIONS[name].kind
    assert isinstance(report, kind)
    assert msgspec.json.decode(msgspec.json.encode(report), type=kind) == report
    assert report_of(name) is report


@pytest.mark.parametrize(
    "name", ["gradient", "batch", "vanishing-gradients", "prediction-interval"]
)
def test_what_is_computed_anew_is_the_same(name):
    assert ILLUSTRATIONS[name].report() == report_of(name)


@EACH
def test_caption_and_alternative_are_sentences(name):
    for text in (caption_of(name), alternative_of(name)):
        assert text.endswith(".")
        assert not re.search(r"[{}]|None|nan|inf\b", text), text
        assert len(text) < 300


@cache
def drawn(name):
    """Each picture once, for drawing is what takes time here, and the words that stand in it."""
    said = set()

    def listening(code, params):
        said.add(code)
        return say(code, params)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(words_of_pictures, "say", listening)
        figure = figure_of(name)
    return figure, figure_svg(figure), said


@EACH
def test_a_picture_is_drawn_small_and_sound(name):
    svg = drawn(name)[1]
    assert ET.fromstring(svg).get("aria-label") == alternative_of(name)
    assert len(svg) < 150_000


@pytest.mark.parametrize("name", ["gradient", "map"])
def test_the_same_picture_has_the_same_bytes(name, tmp_path):
    assert svg_of(name) == drawn(name)[1]
    first, second = (write_figure(figure_of(name), tmp_path / f"{n}.png") for n in "ab")
    assert first.read_bytes() == second.read_bytes()


@EACH
def test_nothing_is_drawn_beyond_the_edge(name):
    """What lies beyond would be cut off on a page."""
    check_edges(drawn(name)[0])


@pytest.mark.parametrize("name", ["map", "back-propagation", "zeroing-gradients"])
@pytest.mark.parametrize("language", [one for one in LANGUAGES if one != "en"])
def test_wide_letters_have_room(name, language):
    with goodfit.speaking(language):
        figure = figure_of(name)
        assert figure.get_label() == alternative_of(name)
        try:
            lend_fonts(figure.findobj(Text))
        except GoodfitError:
            pytest.skip("this machine has no font with Chinese letters")
    check_edges(figure)


def check_edges(figure):
    box = figure.get_tightbbox(FigureCanvasAgg(figure).get_renderer())
    width, height = figure.get_size_inches()
    assert min(box.x0, box.y0) > -0.03
    assert box.x1 < width + 0.03
    assert box.y1 < height + 0.03


@EACH
def test_colours_are_those_of_the_palette(name):
    """So that a dark page can turn every one of them."""
    used = set(re.findall(r"(?<!,)#[0-9a-f]{6}\b", drawn(name)[1]))
    assert used <= {colour.light for colour in style.PALETTE.values()}


def test_every_word_is_written_in_some_picture():
    ours = {code for code in catalog("en") if code.startswith("illustrations.word_")}
    assert set().union(*(drawn(name)[2] for name in ILLUSTRATIONS)) == ours


def test_a_falling_stone_is_as_fast_as_the_pages_say():
    report = report_of("derivative")
    assert report.speed == pytest.approx(9.81)
    assert report.speeds[-1] == pytest.approx(float(facts()["stone-speed-tenth"]), rel=1e-2)
    assert list(report.speeds) == sorted(report.speeds, reverse=True)


def test_the_gradient_points_uphill():
    report, line = report_of("gradient"), Line(standardized(fifteen()[0]), fifteen()[1])

    def loss(slope, intercept):
        return float(line.losses(np.array(slope), np.array(intercept)))

    for slope, intercept, across, up in report.arrows:
        assert loss(slope + 0.01 * across, intercept + 0.01 * up) > loss(slope, intercept)
    along = [loss(*place) for place in report.path]
    assert along == sorted(along, reverse=True)
    small = 1e-6
    by_slope = (loss(report.start[0] + small, report.start[1]) - report.start_loss) / small
    assert report.gradient[0] == pytest.approx(by_slope, rel=1e-4)


def test_learning_rates_are_too_small_right_and_too_large():
    small, right, large = (heights[-1] for heights in report_of("learning-rate").heights)
    start, least = report_of("learning-rate").heights[0][0], min(report_of("learning-rate").loss)
    assert least < right < least + 0.01
    assert right < small < start < large


def test_the_passes_are_those_of_the_page():
    report = report_of("forward-pass")
    assert (report.prediction, round(report.loss, 4)) == (pytest.approx(1.51), 0.0361)
    first, last = report.layers
    assert f"{report.output:.2f}" == facts()["fp-out"]
    assert style.number(last.weight_gradient[0][1], 3) == facts()["bp-v2"]
    assert style.number(first.weight_gradient[1][0], 4) == facts()["bp-w2"]
    assert first.outputs[0] == 0


@pytest.mark.parametrize("concept", ["forward-pass", "back-propagation"])
def test_a_walk_of_a_small_model_is_drawn(concept):
    table = {"x": [1.0, 2.0, 3.0, 4.0], "z": [0.0, 1.0, 0.0, 2.0], "y": [3.0, 5.5, 7.0, 10.0]}
    model = goodfit.fit(table, target="y", network="mlp", widths=(3, 2), epochs=2, split="none")
    report = report_of_walk(concept, walk(model, table, row=2))
    assert report.prediction == pytest.approx(float(model.predict(table)[1]), rel=1e-5)
    assert [len(layer.bias) for layer in report.layers] == [3, 2, 1]
    assert alternative_of(concept, report).endswith(".")
    assert svg_of(concept, report) != svg_of(concept)


def test_a_walk_of_a_large_model_is_not_drawn():
    table = {"x": [float(n % 9) for n in range(60)], "y": [float(n % 9) ** 2 for n in range(60)]}
    model = goodfit.fit(table, target="y", network="mlp", widths=(20,), epochs=1)
    found = walk(model, table)
    assert report_of_walk("forward-pass", found) is None
    assert report_of_walk("map", found) is None
    without = walk(goodfit.fit(table, target="y", network="linear", epochs=1), {"x": [1.0]})
    assert report_of_walk("back-propagation", without) is None


def test_over_and_underfitting_are_what_they_are_called():
    over, under = report_of("overfitting"), report_of("underfitting")
    assert over.training[-1] < over.noise < min(over.validation)
    assert over.validation[-1] > 2 * min(over.validation)
    assert min(under.training) > 3 * under.noise
    assert min(under.validation) > 3 * under.noise


def test_early_stopping_waits_for_its_patience():
    report = report_of("early-stopping")
    assert report.stopped_epoch == report.best_epoch + report.patience
    assert report.best_epoch == 1 + int(np.argmin(report.validation[: report.stopped_epoch]))


def test_regularization_has_too_little_and_too_much():
    none, some, much = (fit.true_error for fit in report_of("regularization").fits)
    assert some < none
    assert some < much


def test_larger_networks_follow_a_curve_better():
    errors = [fit.true_error for fit in report_of("function-approximation").fits]
    assert errors == sorted(errors, reverse=True)


def test_the_validation_rows_choose():
    report = report_of("training-validation-test")
    assert report.validation[report.chosen] == min(report.validation)
    assert report.training[0] > report.training[-1]


def test_each_epoch_sees_every_row_once_in_another_order():
    first, second = report_of("batch").epochs
    for epoch in (first, second):
        assert sorted(row for batch in epoch for row in batch) == list(range(1, 16))
    assert first != second


def test_gradients_that_add_up_never_rest():
    report = report_of("zeroing-gradients")
    assert report.zeroed[-1] < report.least + 0.001
    assert max(report.kept[30:]) > 10 * report.least


def test_the_zeroed_descent_is_that_of_goodfit():
    report, line = report_of("zeroing-gradients"), Line(standardized(fifteen()[0]), fifteen()[1])
    path = line.descend((0.0, 0.0), n_steps=40, optimizer="sgd", learning_rate=0.1)
    losses = [float(line.losses(np.array(a), np.array(b))) for a, b in path]
    assert report.zeroed == pytest.approx(losses)


def test_scaled_columns_are_learnt_faster():
    for name in ("standardization", "normalization"):
        raw, scaled = report_of(name).hollows
        assert raw.least == pytest.approx(scaled.least)
        assert scaled.ends[0] - scaled.least < 0.01 < raw.ends[0] - raw.least


def test_a_descent_ends_in_a_minimum():
    report = report_of("minimum")
    for heights in report.heights:
        assert heights[-1] < heights[0]
    assert min(heights[-1] for heights in report.heights) < 1e-3
    assert max(heights[-1] for heights in report.heights) > 0.5


def test_sigmoids_lose_the_gradient():
    report = report_of("vanishing-gradients")
    shares = {n: v[0] / v[-1] for n, v in zip(report.activations, report.lengths, strict=True)}
    assert shares["sigmoid"] < 1e-3
    assert shares["relu"] > 0.1


def test_every_activation_is_there_with_its_slope():
    report = report_of("activation")
    assert {*report.names, "maxout"} == set(ACTIVATIONS)
    step = report.z[1] - report.z[0]
    sigmoid = report.names.index("sigmoid")
    slopes = np.gradient(np.array(report.values[sigmoid]), step)
    assert np.allclose(slopes, report.slopes[sigmoid], atol=1e-3)
    assert np.allclose(np.sum(report.softmax, axis=0), 1)
    assert report.maxout == tuple(np.max(report.pieces, axis=0))


def test_every_loss_is_there_with_its_slope():
    report = report_of("loss")
    assert {*report.numbers, *report.classes} == set(LOSSES)
    assert (report.squared_at_two, report.absolute_at_two) == (4, 2)
    step = report.x[1] - report.x[0]
    smooth = report.numbers.index("mean_squared_error")
    between = np.diff(report.of_numbers[smooth]) / step
    slopes = np.array(report.number_slopes[smooth])
    assert np.allclose(between, (slopes[1:] + slopes[:-1]) / 2)


def test_losses_are_least_where_the_answer_is_right():
    report = report_of("loss")
    middle = len(report.x) // 2
    assert report.x[middle] == pytest.approx(0)
    for name, values in zip(report.numbers, report.of_numbers, strict=True):
        assert values[middle] == pytest.approx(min(values)), name
    for name, values in zip(report.classes, report.of_classes, strict=True):
        assert list(values) == sorted(values, reverse=True), name
    assert set(report.wrong) == {0.0, 1.0}


def test_every_optimizer_goes_down_the_valley():
    kinds, batches = report_of("optimizer").hollows
    assert {*kinds.names, "muon"} == {*OPTIMIZERS, "momentum"}
    start = Line(normalized(fifteen()[0]), fifteen()[1])
    for name, path, end in zip(kinds.names, kinds.paths, kinds.ends, strict=True):
        first = float(start.losses(*map(np.array, path[0])))
        assert kinds.least <= end < first, name
    assert batches.ends[0] < batches.ends[-1]


def test_one_of_the_levels_is_hot():
    report = report_of("one-hot")
    places = [place for place, name in enumerate(report.inputs) if name.startswith("island=")]
    for cells, row in zip(report.cells, report.array, strict=True):
        hot = [report.inputs[place] for place in places if row[place] == 1]
        assert hot == [f"island={cells[0]}"]
        assert sum(row[place] for place in places) == 1


def test_layers_and_shapes_fit_each_other():
    report = report_of("layer")
    inputs, hidden, outputs = report.widths
    assert report.n_parameters == ((inputs + 1) * hidden, (hidden + 1) * outputs)
    assert report.shapes[0] == (report.n_rows, inputs)
    assert report.shapes[-1] == (report.n_rows, outputs)
    assert report.weight_shapes == ((hidden, inputs), (outputs, hidden))


def test_the_model_is_made_of_its_parameters():
    report = report_of("model")
    layers = report.passes.layers
    count = sum(len(layer.bias) + sum(map(len, layer.weight)) for layer in layers)
    assert count == report.n_parameters == 10


def test_the_best_line_is_best():
    report = report_of("parameter")
    assert min(*report.slope_losses, *report.intercept_losses) > report.loss
    assert f"{report.slope:.3f}" == facts()["best-slope"]
    assert f"{report.intercept:.3f}" == facts()["best-intercept"]


def test_calibration_brings_promise_and_truth_together():
    report = report_of("calibration")
    assert report.after.error < 0.03
    assert report.before.error > 0.2
    assert sum(report.before.n_rows) == report.n_rows


def test_intervals_cover_what_they_promise():
    report = report_of("prediction-interval")
    assert abs(report.covered - report.level) < 0.04
    assert all(low < high for low, high in zip(report.low, report.high, strict=True))


def test_the_map_holds_every_concept():
    named = [name for names in report_of("map").names for name in names]
    assert sorted([*named, "map"]) == sorted(CATALOG)


def test_all_rooms_are_in_the_registry():
    rooms = illustrations.ROOMS
    assert sum(len(room.ILLUSTRATIONS) for room in rooms) == len(ILLUSTRATIONS)
