"""Pictures of quality and meaning: what each shows is what its numbers say."""

from __future__ import annotations

import datetime as dt
import re

import msgspec
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure

from goodfit.core.words import say
from goodfit.model.plots import PLOTS, figure_svg, numbers_of, picture, style, to_json
from goodfit.model.plots.figures import figure_of
from goodfit.model.plots.marks import dots
from goodfit.model.reports.more_data import more_data_report
from goodfit.training.controls import Controls
from helpers import raises
from reported import MLP, fitted, rows_of
from tables_made import every_kind, for_task, mixed_table


@pytest.fixture(scope="module")
def one():
    """A regression with several columns, two of which go together."""
    table = for_task(mixed_table(200), "regression")
    table["also"] = [size + n % 3 for n, size in enumerate(table["size"])]
    return fitted(table, "price", **MLP)


@pytest.fixture(scope="module")
def three():
    return fitted(for_task(mixed_table(200), "multiclass"), "grade", **MLP)


@pytest.fixture(scope="module")
def several():
    table = for_task(mixed_table(200), "regression")
    table["cost"] = [3 * price for price in table["price"]]
    return fitted(table, ["price", "cost"], **MLP)


def drawn(found, name):
    return picture(found.model, name, found.rows), numbers_of(found.model, name, found.rows)


def texts(figure):
    return re.findall(r"<text[^>]*>([^<]+)</text>", figure_svg(figure))


def all_axes(figure):
    return [axes for top in figure.axes for axes in (top, *top.child_axes)]


def test_every_dot_is_drawn_where_its_numbers_say():
    axes = Figure().add_subplot()
    x, y = np.arange(10.0), np.arange(10.0) ** 2
    dots(axes, x.tolist(), y.tolist())
    found = np.concatenate([patch.get_path().vertices[::2] for patch in axes.patches])
    np.testing.assert_allclose(found[np.argsort(found[:, 0])], np.column_stack([x, y]))


def test_pictures_say_which_rows_they_are_of(one, three):
    for found, name in ((one, "predictions"), (one, "residuals"), (one, "worst"), (three, "roc")):
        assert "40 test rows" in texts(drawn(found, name)[0]), name


def test_bars_of_importance_are_as_long_as_the_figures(one):
    figure, report = drawn(one, "importance")
    widths = [bar.get_width() for bar in figure.axes[0].patches]
    means = [found.mean for found in (*report.features, *report.groups)]
    np.testing.assert_allclose(widths, means)
    labels = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert labels[: len(report.features)] == [found.columns[0] for found in report.features]
    assert labels[-1] == " + ".join(report.groups[0].columns)


def test_dependence_has_a_panel_a_column_with_its_mean(one, three):
    figure, report = drawn(one, "dependence")
    panels = [axes for axes in all_axes(figure) if axes.get_title(loc="left")]
    assert [axes.get_title(loc="left") for axes in panels] == [
        curve.feature for curve in report.curves
    ]
    for axes, curve in zip(panels, report.curves, strict=True):
        means = [line for line in axes.lines if to_hex(line.get_color()) == style.TRAINING]
        np.testing.assert_allclose(means[0].get_ydata(), curve.mean)
        single = [line for line in axes.lines if line.get_linewidth() == 0.7]
        assert len(single) == len(curve.each)
    assert len({axes.get_ylim() for axes in panels}) == 1
    figure, report = drawn(three, "dependence")
    assert {"low", "mid", "top"} <= set(texts(figure))


def test_dates_are_written_as_dates():
    table = every_kind(150)
    found = fitted({name: table[name] for name in ("day", "at", "price")}, "price", **MLP)
    figure, report = drawn(found, "dependence")
    by_feature = {curve.feature: curve for curve in report.curves}
    first = dt.date(1970, 1, 1) + dt.timedelta(days=by_feature["day"].at[0])
    assert first.isoformat() in texts(figure)
    assert any(re.fullmatch(r"\d\d:\d\d", text) for text in texts(figure))


def test_targets_have_panels_of_their_own(several):
    for name, count in (("predictions", 2), ("residuals", 2)):
        figure, _ = drawn(several, name)
        named = [axes.get_xlabel() for axes in all_axes(figure) if axes.get_xlabel()]
        assert len(named) == count
    figure, report = drawn(several, "dependence")
    panels = [axes for axes in all_axes(figure) if axes.get_title(loc="left")]
    assert len(panels) == len(report.curves) == 6


def test_cells_of_the_confusion_hold_counts(three):
    figure, report = drawn(three, "confusion")
    shown = [text.get_text().split("\n")[0] for text in figure.axes[0].texts]
    counts = [f"{count:g}" for row in report.counts for count in row if count]
    assert shown[: len(counts)] == counts


def test_a_regression_without_columns_to_compare_still_has_its_pictures():
    table = {"x": list(range(60)), "y": [3.0 * n + n % 5 for n in range(60)]}
    found = fitted(table, "y", network="linear", optimizer="exact")
    for name in ("predictions", "residuals", "coverage", "importance", "dependence", "worst"):
        assert texts(drawn(found, name)[0])
    with raises("plots.no_sense", name="accumulated"):
        drawn(found, "accumulated")
    with raises("plots.no_sense", name="roc"):
        drawn(found, "roc")


@pytest.mark.parametrize("n_rows", [1, 2, 5])
def test_few_rows_are_drawn_as_well(one, three, n_rows):
    for found in (one, three):
        table = {name: column[:n_rows] for name, column in found.table.items()}
        rows = rows_of(found.model, table)
        for plot in PLOTS.values():
            if plot.needs_rows and not plot.on_request and plot.applies(found.model):
                report = plot.report(found.model, rows)
                assert report is None or texts(figure_of(plot, report))


def test_more_data_is_drawn_on_request_with_what_lies_ahead():
    found = fitted(
        for_task(mixed_table(400), "regression"), "price", network="linear", optimizer="exact"
    )
    report = numbers_of(found.model, "more_data", found.rows)
    figure = figure_of(PLOTS["more_data"], report)
    assert {"30", "240", "480", "960", "rmse on test rows", "probably"} <= set(texts(figure))
    assert msgspec.json.decode(to_json(report), type=type(report)) == report
    controls = Controls()

    def stop(done, planned, trained):
        controls.stop = True

    short = more_data_report(found.model, found.table, controls=controls, watch=stop)
    assert texts(figure_of(PLOTS["more_data"], short))


def test_every_level_of_more_than_a_few_is_named_beside_its_cell(one):
    figure, report = drawn(one, "dependence")
    colours = next(curve for curve in report.curves if curve.feature == "colour")
    assert set(colours.names) <= set(texts(figure))
    assert say("plots.chance_of", {"target": "x"}) not in texts(figure)
