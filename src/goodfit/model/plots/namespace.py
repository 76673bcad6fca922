"""``model.plot``: a method for each picture of the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from goodfit.model.again import divided_again
from goodfit.model.plots.namespace_reports import ReportPlots
from goodfit.model.plots.registry import PLOTS, drawn, numbers_of, picture

if TYPE_CHECKING:
    from pathlib import Path

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from goodfit.model.fitted import FittedModel


class Plots(ReportPlots):
    """The pictures of a model; ``goodfit plot MODEL`` lists those that it has.

    Every method draws on ``axes`` if some are given, else into a figure of its own, and gives
    the figure: a notebook shows it, ``figure.savefig`` writes it. ``table`` is whatever
    :func:`goodfit.fit` reads; where it is the one that the model was fitted to, its rows are
    divided as they were then.

    Args:
        model: that they are of.

    >>> import goodfit
    >>> table = {"x": list(range(30)), "y": [3.0 * x for x in range(30)]}
    >>> model = goodfit.fit(table, target="y", network="linear", epochs=3)
    >>> len(model.plot.loss().axes)
    1
    """

    def __init__(self, model: FittedModel) -> None:
        self._model = model

    def _draw(self, name: str, table: Any, axes: Axes | None) -> Figure:
        rows = None if table is None else divided_again(self._model, table)
        return picture(self._model, name, rows, axes=axes)

    def loss(self, *, axes: Axes | None = None) -> Figure:
        """Training and validation loss by epoch, the learning rate, and which epoch is kept.

        Args:
            axes: to draw on.

        Raises:
            GoodfitError: for a model that was solved exactly, without epochs.

        >>> import goodfit
        >>> table = {"x": list(range(30)), "y": [3.0 * x for x in range(30)]}
        >>> model = goodfit.fit(table, target="y", network="linear", epochs=3)
        >>> model.plot.loss().get_label()
        'The loss, epoch by epoch'
        """
        return self._draw("loss", None, axes)

    def metric(self, *, axes: Axes | None = None) -> Figure:
        """The watched metric of the validation rows by epoch.

        Args:
            axes: to draw on.

        Raises:
            GoodfitError: if there were no epochs or no validation rows.

        >>> import goodfit
        >>> table = {"x": list(range(60)), "y": [3.0 * x for x in range(60)]}
        >>> model = goodfit.fit(table, target="y", network="linear", epochs=3)
        >>> model.plot.metric().axes[0].get_ylabel()
        'rmse'
        """
        return self._draw("metric", None, axes)

    def learning_rate(self, *, axes: Axes | None = None) -> Figure:
        """The learning rate by epoch, as the schedule made it.

        Args:
            axes: to draw on.

        Raises:
            GoodfitError: for a model that was solved exactly, without epochs.

        >>> import goodfit
        >>> table = {"x": list(range(30)), "y": [3.0 * x for x in range(30)]}
        >>> model = goodfit.fit(table, target="y", network="linear", epochs=3)
        >>> model.plot.learning_rate().axes[0].get_ylabel()
        'learning rate (one_cycle)'
        """
        return self._draw("learning_rate", None, axes)

    def gradients(self, *, axes: Axes | None = None) -> Figure:
        """The length of the gradient in the epochs that were looked at.

        Args:
            axes: to draw on.

        Raises:
            GoodfitError: if it was not measured.

        >>> import goodfit
        >>> table = {"x": list(range(30)), "y": [3.0 * x for x in range(30)]}
        >>> model = goodfit.fit(table, target="y", network="linear", epochs=30)
        >>> model.plot.gradients().axes[0].get_ylabel()
        'length of the gradient'
        """
        return self._draw("gradients", None, axes)

    def network(self, *, axes: Axes | None = None) -> Figure:
        """The network: its layers and their sizes, its parameters, of small ones the weights.

        Args:
            axes: to draw on.

        >>> import goodfit
        >>> table = {"x": list(range(30)), "y": [3.0 * x for x in range(30)]}
        >>> model = goodfit.fit(table, target="y", network="mlp", widths=[4], epochs=3)
        >>> model.plot.network().get_label()
        'The network'
        """
        return self._draw("network", None, axes)

    def fit(self, table: Any = None, *, axes: Axes | None = None) -> Figure:
        """The fitted line or curve of a model of one feature, over the points of a table.

        Args:
            table: whose rows are the points; None draws the curve alone.
            axes: to draw on.

        Raises:
            GoodfitError: for more features, and for one that is no number.

        >>> import goodfit
        >>> table = {"x": list(range(30)), "y": [3.0 * x for x in range(30)]}
        >>> model = goodfit.fit(table, target="y", network="linear", epochs=3)
        >>> axes = model.plot.fit(table).axes[0]
        >>> axes.get_xlabel(), axes.get_ylabel()
        ('x', 'y')
        """
        return self._draw("fit", table, axes)

    def animation(
        self, table: Any, *, axes: Axes | None = None, out: str | Path | None = None
    ) -> Figure:
        """How a straight line found its place: some lines of the way, and the way on the loss.

        The model is trained once more by its settings, on its own table. What is given back
        stands still; with ``out`` it moves, in a file.

        Args:
            table: that the model was fitted to.
            axes: to draw on.
            out: place of a file that ends in ``.gif`` or ``.svg``.

        Raises:
            GoodfitError: for anything but a line of one feature that was found step by step, and
                for another table.

        >>> import goodfit
        >>> table = {"x": [1, 2, 3, 4], "y": [3, 5, 6, 9]}
        >>> model = goodfit.fit(table, target="y", network="linear", epochs=9, split="none")
        >>> figure = model.plot.animation(table, out="line.gif")
        """
        rows = divided_again(self._model, table)
        report = numbers_of(self._model, "animation", rows)
        if out is not None:
            from goodfit.model.plots.figures import write_picture

            write_picture(PLOTS["animation"], report, out)
        return drawn("animation", report, axes)

    def map(self, table: Any = None, *, axes: Axes | None = None) -> Figure:
        """The predictions of a model of two features over both, with the points of a table.

        Args:
            table: whose rows are the points; None draws the map alone.
            axes: to draw on.

        Raises:
            GoodfitError: for fewer or more features, and for one that is no number.

        >>> import goodfit
        >>> table = {"a": list(range(30)), "b": [x % 7 for x in range(30)]}
        >>> table["y"] = [3.0 * a - b for a, b in zip(table["a"], table["b"])]
        >>> model = goodfit.fit(table, target="y", network="linear", epochs=3)
        >>> model.plot.map(table).axes[0].get_xlabel()
        'a'
        """
        return self._draw("map", table, axes)
