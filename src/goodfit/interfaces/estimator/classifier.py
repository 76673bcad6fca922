"""The classifier."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, validate_data

from goodfit.core.errors import GoodfitError
from goodfit.core.settings import ALIASES
from goodfit.data.schema import Level
from goodfit.interfaces.estimator.base import NetworkEstimator, store
from goodfit.interfaces.estimator.columns import read_features, read_weight, target_name
from goodfit.interfaces.estimator.rows import rows_to_fit
from goodfit.training.losses import LOSSES
from goodfit.training.objectives import losses_with_probabilities


def _gives_probabilities(estimator: NetworkEstimator) -> bool:
    """Whether the loss gives probabilities; scikit-learn hides the method where not."""
    loss = estimator.get_params(deep=False)["loss"]
    kind = LOSSES.get(ALIASES.get(loss, loss) if isinstance(loss, str) else "")
    names = losses_with_probabilities("binary")
    if kind is None or ALIASES.get(loss, loss) in names:
        return True
    raise AttributeError(
        str(GoodfitError("model.loss_without_probabilities", loss=loss, fitting=names))
    )


class Classifier(ClassifierMixin, NetworkEstimator):
    """A neural network that predicts a class, as a scikit-learn classifier.

    X may be an array of numbers or a DataFrame (pandas, Polars, Arrow) whose columns hold
    numbers or categories; cells may be missing. Nothing needs to be scaled or encoded first.

    Args:
        class_weight: how much the rows of each class count in training: ``{class: weight}``, or
            ``balanced`` for classes that count alike however many rows they have.
        class_cost: what missing a row of each class costs, ``{class: cost}``: ``predict`` gives
            the class of least expected cost.
        validation_fraction: see :class:`Regressor`.
        random_state: see :class:`Regressor`.

    All other parameters are the settings of those names (``docs/settings.md``) and are
    checked by ``fit``.

    Attributes:
        classes_: (class,) the classes, sorted, as they stand in y.
        model_: the :class:`goodfit.FittedModel`; ``model_.save(path)`` writes its file.
        n_features_in_: number of columns of X.
        feature_names_in_: their names, (column,), if X was a DataFrame with names of text.
        n_iter_: epochs that were trained.
        findings_: what is worth knowing about data and training (:attr:`FittedModel.findings`).

    >>> import numpy as np
    >>> from goodfit import Classifier
    >>> X = np.arange(20.0).reshape(-1, 1)
    >>> y = np.where(X[:, 0] < 10, "low", "high")
    >>> Classifier(epochs=50).fit(X, y).predict([[2.0], [17.0]])
    array(['low', 'high'], dtype='<U4')
    """

    classes_: np.ndarray

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
        focal_gamma: float = 2.0,
        label_smoothing: float = 0.0,
        class_weight: str | Mapping[Any, float] | None = None,
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
        class_cost: Mapping[Any, float] | None = None,
        threshold: float | str | None = None,
        device: str = "auto",
        precision: str = "auto",
        threads: int | None = None,
        validation_fraction: float | None = None,
        random_state: int | np.random.RandomState | None = 0,
    ) -> None:
        store(self, locals())

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Fit a network.

        Args:
            X: (row, column) array-like of numbers, or a DataFrame.
            y: (row,) classes: text, whole numbers or truth values.
            sample_weight: (row,) how much each row counts, at least 0; 0 is the same as no
                row. Rows that were all multiplied (1.5 times and more, with the same target
                wherever features are equal) are fitted to as if each were one of that weight
                (but for the statistics of batch normalisation, which count every row once);
                rows of which some are there twice are different rows.

        Raises:
            GoodfitError: for data or parameters that cannot be used (a ``ValueError``).
        """
        given = np.asarray(validate_data(self, y=y))
        check_classification_targets(given)
        columns = read_features(self, X, reset=True)
        check_consistent_length(X, given)
        weight = read_weight(sample_weight, n_rows=len(given))
        codes = np.unique(given, return_inverse=True)[1]
        rows, weight = rows_to_fit(columns.values(), [codes], weight=weight)
        self.classes_, classes = np.unique(given[rows], return_inverse=True)
        if len(self.classes_) == 1:
            raise GoodfitError("estimator.one_class", level=str(self.classes_[0]))
        self._train(
            columns,
            given,
            names=[target_name(y, columns)],
            rows=rows,
            values=classes,
            weight=weight,
            levels=_levels(self.classes_),
        )
        return self

    def predict(self, X: Any) -> np.ndarray:
        """The class of each row, (row,), as they stand in y.

        It is the most probable one, unless ``class_cost`` or ``threshold`` decides otherwise.

        Raises:
            GoodfitError: if a cell cannot be read (a ``ValueError``).
        """
        ratings = self._predictions(X).ratings
        return self.classes_[self.model_.answers.decide(ratings)]

    def decision_function(self, X: Any) -> np.ndarray:
        """How surely each row is of each class, (row, class), before the link.

        Of two classes, (row,): above 0 for the second; the log-odds for cross-entropy.

        Raises:
            GoodfitError: if a cell cannot be read (a ``ValueError``).
        """
        table = self._table(X)
        margins = self.model_.margins_of_table(table)
        return margins[:, 1] if len(self.classes_) == 2 else margins

    @available_if(_gives_probabilities)
    def predict_proba(self, X: Any) -> np.ndarray:
        """Probability of each class, (row, class), in the order of ``classes_``.

        There is no such method where the loss gives none (``hinge``).

        Raises:
            GoodfitError: if a cell cannot be read (a ``ValueError``).
        """
        return self._predictions(X).probabilities

    @available_if(_gives_probabilities)
    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Logarithm of each class's probability, (row, class), in the order of ``classes_``.

        Raises:
            GoodfitError: if a cell cannot be read (a ``ValueError``).
        """
        with np.errstate(divide="ignore"):  # a probability of 0 has one: minus infinity
            return np.log(self.predict_proba(X))

    @available_if(_gives_probabilities)
    def predict_set(self, X: Any, *, level: float = 0.9) -> np.ndarray:
        """Which classes to expect, so that the given share of new rows are of one of theirs.

        See :meth:`goodfit.FittedModel.predict_set`.

        Args:
            X: as for ``fit``.
            level: the share.

        Returns:
            (row, class) truth values, in the order of ``classes_``.

        Raises:
            GoodfitError: if a cell cannot be read, or too few rows were kept from the training
                for the level (a ``ValueError``).
        """
        return self.model_.sets_of_table(self._table(X), level)


def _levels(classes: np.ndarray) -> tuple[Level, ...]:
    """The classes as a model keeps them."""
    levels = tuple(classes.tolist())
    for level in levels:
        if not isinstance(level, (str, int, float)):
            raise GoodfitError("estimator.class_unusable", what=type(level).__name__)
    return levels
