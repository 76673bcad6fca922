"""The regressor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.utils import Tags
from sklearn.utils.validation import check_consistent_length, validate_data

from goodfit.interfaces.estimator.base import NetworkEstimator, store
from goodfit.interfaces.estimator.columns import read_features, read_weight, target_names
from goodfit.interfaces.estimator.rows import rows_to_fit


class Regressor(RegressorMixin, NetworkEstimator):
    """A neural network that predicts a number, as a scikit-learn regressor.

    X may be an array of numbers or a DataFrame (pandas, Polars, Arrow) whose columns hold
    numbers or categories; cells may be missing. Nothing needs to be scaled or encoded first.

    Args:
        validation_fraction: share of the rows that training does not see but watches, to
            keep the best epoch; None takes a fifth from 50 different rows on, a tenth from
            1,000 on. There is no test part: that is the user's.
        random_state: start of everything random; the default gives the same network every
            time, None another one every time.

    All other parameters are the settings of those names (``docs/settings.md``) and are
    checked by ``fit``.

    Attributes:
        model_: the :class:`goodfit.FittedModel`; ``model_.save(path)`` writes its file.
        n_features_in_: number of columns of X.
        feature_names_in_: their names, (column,), if X was a DataFrame with names of text.
        n_iter_: epochs that were trained.
        findings_: what is worth knowing about data and training (:attr:`FittedModel.findings`).

    >>> import numpy as np
    >>> from goodfit import Regressor
    >>> X = np.arange(20.0).reshape(-1, 1)
    >>> line = Regressor(network="linear", optimizer="exact").fit(X, 3 * X[:, 0] + 1)
    >>> line.predict([[100.0]]).round(6)
    array([301.])
    """

    def __init__(
        self,
        *,
        number: Sequence[str] = (),
        category: Sequence[str] = (),
        text: Sequence[str] = (),
        dates: str = "encode",
        date_order: str = "auto",
        preprocessing: str = "auto",
        category_encoding: str = "auto",
        min_level_count: int = 1,
        date_levels: str = "auto",
        column: Mapping[str, str] | None = None,
        target_transform: str = "none",
        target_scaling: str = "auto",
        network: str = "auto",
        widths: Sequence[int] | None = None,
        members: int | None = None,
        bag: int | None = None,
        wave_frequency: float | None = None,
        blocks: int = 2,
        block_width: int = 128,
        hidden_factor: float = 2.0,
        activation: str = "relu",
        negative_slope: float = 0.01,
        elu_alpha: float = 1.0,
        prelu_slopes: str = "layer",
        maxout_pieces: int = 2,
        normalization: str | None = None,
        dropout: float | None = None,
        residual_dropout: float = 0.0,
        initialization: str = "torch_default",
        loss: str = "auto",
        huber_delta: float = 1.0,
        smooth_l1_beta: float = 1.0,
        tolerance: float = 0.1,
        quantile_levels: Sequence[float] = (0.1, 0.5, 0.9),
        tweedie_power: float = 1.5,
        optimizer: str = "adamw",
        learning_rate: float | None = None,
        momentum: float | None = None,
        nesterov: bool | None = None,
        beta1: float = 0.9,
        beta2: float | None = None,
        epsilon: float | None = None,
        optimizer_options: Mapping[str, float | str] | None = None,
        weight_decay: float | None = None,
        l1: float = 0.0,
        l2: float = 0.0,
        gradient_clip: float | None = None,
        schedule: str = "auto",
        warmup: float | None = None,
        least_rate: float = 0.0,
        decay_factor: float | None = None,
        decay_epochs: int | None = None,
        milestones: Sequence[int] | None = None,
        decay_power: float = 2.0,
        cycles: int = 4,
        cycle_growth: float = 2.0,
        plateau_patience: int | None = None,
        budget: float | str | None = None,
        epochs: int | None = None,
        steps: int | None = None,
        batch_size: int | str | None = None,
        early_stopping: int | None = None,
        metric: str = "auto",
        strict: bool = False,
        start_patience: int | None = None,
        min_improvement: float = 0.0,
        keep: str = "auto",
        weight_average: float | None = None,
        input_noise: float = 0.0,
        device: str = "auto",
        precision: str = "auto",
        threads: int | None = None,
        validation_fraction: float | None = None,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None:
        store(self, locals())

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit a network.

        Args:
            X: (row, column) array-like of numbers, or a DataFrame.
            y: (row,) numbers, or (row, target) of several targets.
            sample_weight: (row,) how much each row counts, at least 0; 0 is the same as no
                row. Rows that were all multiplied (1.5 times and more, with the same target
                wherever features are equal) are fitted to as if each were one of that weight
                (but for the statistics of batch normalisation, which count every row once);
                rows of which some are there twice are different rows.

        Raises:
            GoodfitError: for data or parameters that cannot be used (a ``ValueError``).
        """
        checked = validate_data(self, y=y, y_numeric=True, multi_output=True)
        numbers = np.asarray(checked, dtype=np.float64)
        if numbers.ndim == 2 and numbers.shape[1] == 1:
            numbers = numbers[:, 0]
        columns = read_features(self, X, reset=True)
        check_consistent_length(X, numbers)
        weight = read_weight(sample_weight, n_rows=len(numbers))
        targets = numbers.reshape(len(numbers), -1).T
        rows, weight = rows_to_fit(columns.values(), targets, weight=weight)
        names = target_names(y, len(targets), columns)
        self._train(columns, numbers, names=names, rows=rows, values=numbers[rows], weight=weight)
        return self

    def predict(self, X: Any) -> np.ndarray:
        """Predicted number of each row, (row,) float64; (row, target) of several targets.

        Raises:
            GoodfitError: if a cell cannot be read (a ``ValueError``).
        """
        return self._predictions(X).predictions

    def predict_interval(self, X: Any, *, level: float = 0.9) -> np.ndarray:
        """Between which numbers the target lies, for the given share of new rows.

        See :meth:`goodfit.FittedModel.predict_interval`; ``model_.promise(level)`` says how far
        that can be relied on.

        Args:
            X: as for ``fit``.
            level: the share.

        Returns:
            (row, 2), lower and upper end; of several targets (row, target, 2).

        Raises:
            GoodfitError: if a cell cannot be read, or too few rows were kept from the training
                for the level (a ``ValueError``).
        """
        return self.model_.intervals_of_table(self._table(X), level)
