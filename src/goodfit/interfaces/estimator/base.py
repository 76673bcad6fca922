"""What the regressor and the classifier share: from X and y to a fitted model, and back."""

# pyarrow brings no types.
# pyright: reportUnknownParameterType=false

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from sklearn.base import BaseEstimator
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import check_is_fitted

from goodfit.core.errors import GoodfitError
from goodfit.core.findings import Finding
from goodfit.core.own import split_own
from goodfit.core.remarks import Remark
from goodfit.core.settings import READING, Settings, Task, make_settings
from goodfit.data.cells import holds_numbers
from goodfit.data.schema import Level, Target
from goodfit.data.table import Table
from goodfit.interfaces.estimator.columns import read_features
from goodfit.model.fit import start
from goodfit.model.fitted import FittedModel
from goodfit.model.records import Predictions

#: Settings that an estimator has another way for, or no use of: what to read is given as X
#: and y, what to predict by the class, and the user keeps the test rows (scikit-learn's own
#: splitters divide by ``groups``, by time and into folds, and its searches refit).
NOT_PARAMETERS = frozenset(
    {"drop", "task", "decimal", *READING, "missing", "split", "group", "time", "part", "folds"}
    | {"repeats", "refit", "seed", "weight", "sample"}
)
#: Parameters that are no settings.
OWN_PARAMETERS = frozenset({"validation_fraction", "random_state"})

#: Settings that may say something of each class.
BY_CLASS = frozenset({"class_weight", "class_cost"})

# Rows that watch the training, not train, by the number of rows. Measured on seven tables at
# 60 to 3,000 rows: without them classes are learnt by heart (log loss up to four times as
# high), and numbers are predicted as well or a little worse; of fewer rows too few would be left.
WATCHING = ((1_000, 0.1), (50, 0.2))
# Exclusive end of what NumPy's RandomState draws from on every platform.
LARGEST_SEED = 2**31 - 1

TARGET_GIVEN = Remark("estimator.target_given")


class NetworkEstimator(BaseEstimator):
    """A network that scikit-learn can fit; see :class:`Regressor` and :class:`Classifier`."""

    model_: FittedModel
    n_iter_: int

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        # ``string`` stays off: words are read in DataFrames, not in arrays of whatever.
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = True
        return tags

    def _train(
        self,
        columns: dict[str, pa.ChunkedArray],
        y: np.ndarray,
        *,
        names: Sequence[str],
        rows: np.ndarray,
        values: np.ndarray,
        weight: np.ndarray | None,
        levels: tuple[Level, ...] = (),
    ) -> None:
        """Fit a model to the rows that :func:`rows_to_fit` kept.

        Args:
            columns: the features by name, (row,) each.
            y: (row,) numbers or classes as given; (row, target) of several targets.
            names: of the targets.
            rows: (kept row,) which rows to fit to, in order.
            values: (kept row,) or (kept row, target), their numbers or indices of classes.
            weight: (kept row,) how much each of them counts; None where all count 1.
            levels: the classes; none for regression.
        """
        given = zip(names, y.reshape(len(y), len(names)).T, strict=True)
        predicted = {name: pa.chunked_array([pa.array(column)]) for name, column in given}
        table = Table({**columns, **predicted}, len(y), "X").take(rows)
        goals = tuple(
            Target(name=name, task=_task(levels), levels=levels, reason=TARGET_GIVEN)
            for name in names
        )
        run = start(
            table,
            target=list(names),
            settings=self._settings(table, goals),
            own=split_own(self.get_params(deep=False))[1],
            weight=weight,
            known=(goals, values.astype(np.float64)),
        )
        for _ in run.events():
            pass
        self.model_ = run.finish(judged=False)
        self.n_iter_ = len(self.model_.history.train_loss)

    def _settings(self, table: Table, goals: tuple[Target, ...]) -> Settings:
        """The parameters as settings: columns of numbers are numbers, whatever they look like."""
        given = split_own(self.get_params(deep=False))[0]
        kinds: dict[str, tuple[str, ...]] = {
            kind: getattr(make_settings(**{kind: given[kind]}), kind)
            for kind in ("number", "category", "text")
        }
        said = {
            *(make_settings(column=given["column"]).column or ()),
            *(goal.name for goal in goals),
            *(name for names in kinds.values() for name in names),
        }
        for name, column in table.columns.items():
            if name not in said and holds_numbers(column):
                kinds["number"] += (name,)
            elif name not in said and pa.types.is_dictionary(column.type):
                kinds["category"] += (name,)
        own = {name: value for name, value in given.items() if name not in OWN_PARAMETERS}
        own |= {name: _by_level(own[name], goals[0].levels) for name in BY_CLASS & own.keys()}
        settings = make_settings(
            **{**own, **kinds}, task=goals[0].task, seed=_seed(given["random_state"])
        )
        fraction = _fraction(given["validation_fraction"], settings, table.n_rows)
        split = f"{1 - fraction}:{fraction}:0" if fraction else "none"
        return make_settings(settings, split=split)

    @property
    def findings_(self) -> tuple[Finding, ...]:
        """What is worth knowing about data and training; see :attr:`FittedModel.findings`."""
        check_is_fitted(self)
        return self.model_.findings

    def predict_columns(self, X: Any) -> dict[str, np.ndarray]:
        """Everything that is predicted, by name; see :meth:`goodfit.FittedModel.predict_columns`.

        Quantiles and standard deviations stand here, where the loss learns them.

        Raises:
            GoodfitError: if a cell cannot be read (a ``ValueError``).
        """
        return self.model_.answers.columns(self._predictions(X))

    def _predictions(self, X: Any) -> Predictions:
        """Predictions for X."""
        table = self._table(X)
        return self.model_.predict_table(table)

    def _table(self, X: Any) -> Table:
        """X as a table, its columns taken by position once scikit-learn compared names."""
        check_is_fitted(self)
        columns = read_features(self, X, reset=False).values()
        names = (column.name for column in self.model_.schema.columns)
        return Table(dict(zip(names, columns, strict=True)), len(next(iter(columns))), "X")


def _by_level(given: Any, levels: tuple[Level, ...]) -> Any:
    """A mapping by class as one by the words of the levels: 1 and 1.0 are one class."""
    if not isinstance(given, Mapping):
        return given
    words = {level: str(level) for level in levels}
    return {words.get(key, str(key)): value for key, value in given.items()}


def store(estimator: NetworkEstimator, given: dict[str, Any]) -> None:
    """Store what ``__init__`` was given (its ``locals()``), unchanged and unchecked."""
    del given["self"]
    vars(estimator).update(given)


def _task(levels: tuple[Level, ...]) -> Task:
    if not levels:
        return "regression"
    return "binary" if len(levels) == 2 else "multiclass"


def _seed(random_state: Any) -> int:
    """A whole number as it is, so that a fit equals ``goodfit.fit``'s; else the next draw."""
    if isinstance(random_state, (int, np.integer)):
        return int(random_state)
    return int(check_random_state(random_state).randint(LARGEST_SEED))


def _fraction(given: Any, settings: Settings, n_rows: int) -> float:
    """Share of the rows that watch the training instead of taking part."""
    if given is None:
        unwatched = settings.early_stopping == 0 and settings.keep != "best"
        if settings.optimizer == "exact" or unwatched:
            return 0.0
        for least, fraction in WATCHING:
            if n_rows >= least:
                return fraction
        return 0.0 if settings.early_stopping is None else WATCHING[-1][1]
    if not isinstance(given, (int, float, np.number)) or not 0 <= given < 1:
        raise GoodfitError("estimator.fraction_invalid", value=repr(given))
    return float(given)
