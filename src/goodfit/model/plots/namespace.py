"""``model.plot``: a method for each picture of the registry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodfit.model.plots.registry import picture

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from goodfit.model.fitted import FittedModel


class Plots:
    """The pictures of a model; ``goodfit plot MODEL`` lists those that it has.

    Every method draws on ``axes`` if some are given, else into a figure of its own, and gives
    the figure: a notebook shows it, ``figure.savefig`` writes it.

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
        return picture(self._model, "loss", axes=axes)
