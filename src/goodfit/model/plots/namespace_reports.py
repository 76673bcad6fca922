"""``model.plot``: a method for each picture of quality and meaning."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class ReportPlots(ABC):
    """The pictures that rows are needed for.

    >>> ReportPlots.worst.__name__
    'worst'
    """

    @abstractmethod
    def _draw(self, name: str, table: Any, axes: Axes | None) -> Figure:
        """Draw a picture of the registry."""

    def predictions(self, table: Any, *, axes: Axes | None = None) -> Figure:
        """Predicted against actual numbers of the test rows.

        Args:
            table: the one that it was fitted to, or one like it with the target.
            axes: to draw on.

        Raises:
            GoodfitError: for classes.

        >>> import goodfit
        >>> table = {"x": list(range(60)), "y": [3.0 * x + x % 5 for x in range(60)]}
        >>> model = goodfit.fit(table, target="y", network="linear", optimizer="exact")
        >>> model.plot.predictions(table).get_label()
        'Predicted and actual'
        """
        return self._draw("predictions", table, axes)

    def residuals(self, table: Any, *, axes: Axes | None = None) -> Figure:
        """Actual less predicted over what was predicted, and how they are distributed.

        Args:
            table: the one that it was fitted to, or one like it with the target.
            axes: to draw on.

        Raises:
            GoodfitError: for classes.

        >>> import goodfit
        >>> table = {"x": list(range(60)), "y": [3.0 * x + x % 5 for x in range(60)]}
        >>> model = goodfit.fit(table, target="y", network="linear", optimizer="exact")
        >>> model.plot.residuals(table).get_label()
        'What predictions leave'
        """
        return self._draw("residuals", table, axes)

    def confusion(self, table: Any, *, axes: Axes | None = None) -> Figure:
        """Which classes were taken for which, as counts and shares.

        Args:
            table: the one that it was fitted to, or one like it with the target.
            axes: to draw on.

        Raises:
            GoodfitError: for numbers.

        >>> import goodfit
        >>> table = {"x": list(range(60)), "y": [str(x % 7 > 2) for x in range(60)]}
        >>> model = goodfit.fit(table, target="y", network="linear", optimizer="exact")
        >>> model.plot.confusion(table).get_label()
        'Which class is taken for which'
        """
        return self._draw("confusion", table, axes)

    def roc(self, table: Any, *, axes: Axes | None = None) -> Figure:
        """Right over false alarms for every threshold, of each class against the others.

        Args:
            table: the one that it was fitted to, or one like it with the target.
            axes: to draw on.

        Raises:
            GoodfitError: for numbers, and where all rows are of one class.

        >>> import goodfit
        >>> table = {"x": list(range(60)), "y": [str(x % 7 > 2) for x in range(60)]}
        >>> model = goodfit.fit(table, target="y", network="linear", optimizer="exact")
        >>> model.plot.roc(table).get_label()
        'Right and false alarms'
        """
        return self._draw("roc", table, axes)

    def precision_recall(self, table: Any, *, axes: Axes | None = None) -> Figure:
        """Precision over recall for every threshold, of each class against the others.

        Args:
            table: the one that it was fitted to, or one like it with the target.
            axes: to draw on.

        Raises:
            GoodfitError: for numbers.

        >>> import goodfit
        >>> table = {"x": list(range(60)), "y": [str(x % 7 > 2) for x in range(60)]}
        >>> model = goodfit.fit(table, target="y", network="linear", optimizer="exact")
        >>> model.plot.precision_recall(table).get_label()
        'Precision and recall'
        """
        return self._draw("precision_recall", table, axes)

    def calibration(self, table: Any = None, *, axes: Axes | None = None) -> Figure:
        """How often a class comes over how probable it was said to be.

        Args:
            table: the one that it was fitted to, or one like it; None shows what the fit's own
                test rows said.
            axes: to draw on.

        Raises:
            GoodfitError: for numbers, and without probabilities.

        >>> import goodfit
        >>> table = {"x": list(range(60)), "y": [str(x % 7 > 2) for x in range(60)]}
        >>> model = goodfit.fit(table, target="y", network="linear", optimizer="exact")
        >>> model.plot.calibration(table).get_label()
        'Are probabilities right?'
        """
        return self._draw("calibration", table, axes)

    def coverage(self, table: Any = None, *, axes: Axes | None = None) -> Figure:
        """The share of rows that intervals or sets cover, beside the promised one.

        Args:
            table: the one that it was fitted to, or one like it; None shows what the fit's own
                test rows said.
            axes: to draw on.

        Raises:
            GoodfitError: where nothing says how large errors are.

        >>> import goodfit
        >>> table = {"x": list(range(60)), "y": [3.0 * x + x % 5 for x in range(60)]}
        >>> model = goodfit.fit(table, target="y", network="linear", optimizer="exact")
        >>> model.plot.coverage(table).get_label()
        'Do intervals keep their promise?'
        """
        return self._draw("coverage", table, axes)

    def importance(self, table: Any, *, axes: Axes | None = None) -> Figure:
        """How much worse predictions get when a column's cells are dealt anew.

        Args:
            table: the one that it was fitted to, or one like it with the target.
            axes: to draw on.

        Raises:
            GoodfitError: without two rows.

        >>> import goodfit
        >>> table = {"x": list(range(60)), "y": [3.0 * x + x % 5 for x in range(60)]}
        >>> model = goodfit.fit(table, target="y", network="linear", optimizer="exact")
        >>> model.plot.importance(table).get_label()
        'What matters'
        """
        return self._draw("importance", table, axes)

    def coefficients(self, *, axes: Axes | None = None) -> Figure:
        """What a usual step of each column adds, of a linear model.

        Args:
            axes: to draw on.

        Raises:
            GoodfitError: for other networks.

        >>> import goodfit
        >>> table = {"x": list(range(60)), "y": [3.0 * x + x % 5 for x in range(60)]}
        >>> model = goodfit.fit(table, target="y", network="linear", optimizer="exact")
        >>> model.plot.coefficients().get_label()
        'What the model adds up'
        """
        return self._draw("coefficients", None, axes)

    def dependence(self, table: Any, *, axes: Axes | None = None) -> Figure:
        """Predictions along the cells of the strongest columns, on average and of single rows.

        Args:
            table: the one that it was fitted to, or one like it with the target.
            axes: to draw on.

        Raises:
            GoodfitError: where no column has two cells.

        >>> import goodfit
        >>> table = {"x": list(range(60)), "y": [3.0 * x + x % 5 for x in range(60)]}
        >>> model = goodfit.fit(table, target="y", network="linear", optimizer="exact")
        >>> model.plot.dependence(table).get_label()
        'How predictions depend on a column'
        """
        return self._draw("dependence", table, axes)

    def accumulated(self, table: Any, *, axes: Axes | None = None) -> Figure:
        """The same where columns go together: effects that add up along real rows.

        Args:
            table: the one that it was fitted to, or one like it with the target.
            axes: to draw on.

        Raises:
            GoodfitError: where no important number or date is related to another column.

        >>> import goodfit
        >>> table = {"x": list(range(60)), "also": [x + x % 3 for x in range(60)]}
        >>> table["y"] = [3.0 * x + x % 5 for x in range(60)]
        >>> model = goodfit.fit(table, target="y", network="linear", optimizer="exact")
        >>> model.plot.accumulated(table).get_label()
        'How predictions depend on columns that go together'
        """
        return self._draw("accumulated", table, axes)

    def worst(self, table: Any, *, axes: Axes | None = None) -> Figure:
        """The rows with the largest errors, and what is unusual about them.

        Args:
            table: the one that it was fitted to, or one like it with the target.
            axes: to draw on.

        Raises:
            GoodfitError: without a row.

        >>> import goodfit
        >>> table = {"x": list(range(60)), "y": [3.0 * x + x % 5 for x in range(60)]}
        >>> model = goodfit.fit(table, target="y", network="linear", optimizer="exact")
        >>> model.plot.worst(table).get_label()
        'The worst rows'
        """
        return self._draw("worst", table, axes)

    def more_data(self, table: Any, *, axes: Axes | None = None) -> Figure:
        """Scores of trainings on growing shares of the rows, and where that leads.

        It trains the model some fifteen times.

        Args:
            table: the one that it was fitted to, or one like it with the target.
            axes: to draw on.

        Raises:
            GoodfitError: for a model with objects of its own, and where no rows score.

        >>> import goodfit
        >>> table = {"x": list(range(60)), "y": [3.0 * x + x % 5 for x in range(60)]}
        >>> model = goodfit.fit(table, target="y", network="linear", optimizer="exact")
        >>> model.plot.more_data(table).get_label()
        'Would more rows help?'
        """
        return self._draw("more_data", table, axes)
