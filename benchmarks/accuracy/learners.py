"""Goodfit and its peers, each with its defaults and as its users would call it, one thread.

A learner takes the table as it was read. What it needs to be made of that belongs to its
fit: Goodfit does so by itself, for the peers :mod:`rows` does what their users do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol

import numpy as np
import pandas as pd
from rows import Part, Typed, filled, with_missing

N_THREADS = 1
# One-hot columns of a category; what is rarer shares one.
MOST_ONE_HOT = 64
# HistGradientBoosting takes no more levels of a category.
MOST_LEVELS = 255


class Fitted(Protocol):
    """What a fit gives."""

    def predict(self, features: pd.DataFrame) -> np.ndarray:
        """(row,) numbers, or (row, class) probabilities in the order of the training classes."""
        ...


@dataclass(frozen=True)
class Task:
    """What a learner is told.

    Args:
        classes: whether classes are predicted.
        seed: for whatever it leaves to chance.
        dates: names of the columns that hold dates.
    """

    classes: bool
    seed: int
    dates: Sequence[str] = ()


@dataclass(frozen=True)
class Learner:
    """A name in the tables of results.

    Args:
        fit: from training rows to what predicts. Targets of peers are floats, or whole
            numbers from 0 for classes; Goodfit's are as given.
        package: whose version is recorded.
        slow: whether fewer seeds must do.
    """

    fit: Callable[[Part, Task], Fitted]
    package: str
    slow: bool = False

    @property
    def version(self) -> str:
        """Package and version."""
        try:
            return f"{self.package} {version(self.package)}"
        except PackageNotFoundError:
            return self.package


@dataclass(frozen=True)
class Prepared:
    """A model behind what makes its columns."""

    prepare: Callable[[pd.DataFrame], Any]
    model: Any
    classes: bool

    def predict(self, features: pd.DataFrame) -> np.ndarray:
        """See :class:`Fitted`."""
        columns = self.prepare(features)
        if self.classes:
            return np.asarray(self.model.predict_proba(columns), np.float64)
        return np.asarray(self.model.predict(columns), np.float64).ravel()


def fit_goodfit(training: Part, task: Task) -> Fitted:
    """Ours: the table as it is."""
    import goodfit

    kind = goodfit.Classifier if task.classes else goodfit.Regressor
    model = kind(random_state=task.seed).fit(training.features, training.target)
    return Prepared(lambda features: features, model, task.classes)


@dataclass(frozen=True)
class Constant:
    """The mean, or the shares of the classes, for every row."""

    answer: np.ndarray

    def predict(self, features: pd.DataFrame) -> np.ndarray:
        """See :class:`Fitted`."""
        return np.repeat(self.answer[None], len(features), axis=0)


def fit_constant(training: Part, task: Task) -> Fitted:
    """The least that must be beaten."""
    if task.classes:
        counts = np.bincount(training.target)
        return Constant(counts / counts.sum())
    return Constant(np.asarray(training.target.mean()))


def _encoded(training: Part, task: Task) -> tuple[np.ndarray, Callable[[pd.DataFrame], Any]]:
    """Standardised numbers and one-hot categories: the columns, and what makes more of them."""
    from sklearn.compose import make_column_selector, make_column_transformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    typed = Typed(task.dates)
    numbers = make_pipeline(SimpleImputer(strategy="mean", add_indicator=True), StandardScaler())
    words = OneHotEncoder(
        handle_unknown="infrequent_if_exist", max_categories=MOST_ONE_HOT, sparse_output=False
    )
    encoder = make_column_transformer(
        (numbers, make_column_selector(dtype_include="number")),
        (words, make_column_selector(dtype_include="category")),
    )
    columns = encoder.fit_transform(typed.fit_transform(training.features))
    return columns, lambda features: encoder.transform(typed.transform(features))


def fit_linear(training: Part, task: Task) -> Fitted:
    """Ridge or logistic regression."""
    from sklearn.linear_model import LogisticRegression, Ridge

    columns, prepare = _encoded(training, task)
    model = LogisticRegression(C=1.0, max_iter=2_000) if task.classes else Ridge(alpha=1.0)
    return Prepared(prepare, model.fit(columns, training.target), task.classes)


def fit_sklearn_mlp(training: Part, task: Task) -> Fitted:
    """scikit-learn's network; the target standardised, without which it fails on large numbers."""
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.neural_network import MLPClassifier, MLPRegressor
    from sklearn.preprocessing import StandardScaler

    columns, prepare = _encoded(training, task)
    if task.classes:
        model = MLPClassifier(random_state=task.seed)
    else:
        regressor = MLPRegressor(random_state=task.seed)
        model = TransformedTargetRegressor(regressor, transformer=StandardScaler())
    return Prepared(prepare, model.fit(columns, training.target), task.classes)


def fit_hist_gradient_boosting(training: Part, task: Task) -> Fitted:
    """scikit-learn's boosted trees."""
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    typed = Typed(task.dates)
    columns = typed.fit_transform(training.features)
    for name, levels in typed.levels.items():  # too many: the rare ones together
        if len(levels) > MOST_LEVELS:
            common = training.features[name].astype(str).value_counts().index
            typed.levels[name] = pd.Index(sorted(set(common[: MOST_LEVELS - 1]) & set(levels)))
    columns = typed.transform(training.features)
    kind = HistGradientBoostingClassifier if task.classes else HistGradientBoostingRegressor
    model = kind(categorical_features="from_dtype", random_state=task.seed)
    return Prepared(typed.transform, model.fit(columns, training.target), task.classes)


def fit_lightgbm(training: Part, task: Task) -> Fitted:
    """LightGBM."""
    from lightgbm import LGBMClassifier, LGBMRegressor

    kind = LGBMClassifier if task.classes else LGBMRegressor
    model = kind(random_state=task.seed, n_jobs=N_THREADS, verbosity=-1)
    return _on_typed(model, training, task)


def fit_xgboost(training: Part, task: Task) -> Fitted:
    """XGBoost."""
    from xgboost import XGBClassifier, XGBRegressor

    kind = XGBClassifier if task.classes else XGBRegressor
    model = kind(random_state=task.seed, n_jobs=N_THREADS, enable_categorical=True)
    return _on_typed(model, training, task)


def _on_typed(model: Any, training: Part, task: Task) -> Fitted:
    typed = Typed(task.dates)
    columns = typed.fit_transform(training.features)
    return Prepared(typed.transform, model.fit(columns, training.target), task.classes)


def fit_catboost(training: Part, task: Task) -> Fitted:
    """CatBoost; its categories are words, empty ones too."""
    from catboost import CatBoostClassifier, CatBoostRegressor

    typed = Typed(task.dates)

    def prepare(columns: pd.DataFrame) -> pd.DataFrame:
        words = with_missing(columns.select_dtypes("category")).astype(object)
        return columns.assign(**{name: words[name] for name in words})

    columns = typed.fit_transform(training.features)
    words = list(columns.select_dtypes("category"))
    kind = CatBoostClassifier if task.classes else CatBoostRegressor
    model = kind(
        random_seed=task.seed, thread_count=N_THREADS, verbose=False, allow_writing_files=False
    )
    model.fit(prepare(columns), training.target, cat_features=words)
    return Prepared(lambda features: prepare(typed.transform(features)), model, task.classes)


def fit_realmlp_td(training: Part, task: Task) -> Fitted:
    """RealMLP with its tuned defaults."""
    from pytabkit import RealMLP_TD_Classifier, RealMLP_TD_Regressor

    return _realmlp(RealMLP_TD_Classifier if task.classes else RealMLP_TD_Regressor, training, task)


def fit_realmlp_td_s(training: Part, task: Task) -> Fitted:
    """RealMLP's smaller sister."""
    from pytabkit import RealMLP_TD_S_Classifier, RealMLP_TD_S_Regressor

    kind = RealMLP_TD_S_Classifier if task.classes else RealMLP_TD_S_Regressor
    return _realmlp(kind, training, task)


def _realmlp(kind: type, training: Part, task: Task) -> Fitted:
    # For classes what its documentation recommends where probabilities matter.
    options = {"use_ls": False, "val_metric_name": "cross_entropy"} if task.classes else {}
    model = kind(device="cpu", random_state=task.seed, n_threads=N_THREADS, verbosity=0, **options)
    typed = Typed(task.dates)
    columns, centers = filled(typed.fit_transform(training.features))
    flags = [name for name in columns if name.endswith("_empty") and not columns[name].any()]

    def prepare(features: pd.DataFrame) -> pd.DataFrame:
        return filled(typed.transform(features), centers)[0].drop(columns=flags)

    model.fit(columns.drop(columns=flags), training.target)
    return Prepared(prepare, model, task.classes)


LEARNERS: dict[str, Learner] = {
    "goodfit": Learner(fit_goodfit, "goodfit"),
    "constant": Learner(fit_constant, "numpy"),
    "linear": Learner(fit_linear, "scikit-learn"),
    "sklearn_mlp": Learner(fit_sklearn_mlp, "scikit-learn"),
    "hist_gradient_boosting": Learner(fit_hist_gradient_boosting, "scikit-learn"),
    "lightgbm": Learner(fit_lightgbm, "lightgbm"),
    "xgboost": Learner(fit_xgboost, "xgboost"),
    "catboost": Learner(fit_catboost, "catboost"),
    "realmlp_td": Learner(fit_realmlp_td, "pytabkit", slow=True),
    "realmlp_td_s": Learner(fit_realmlp_td_s, "pytabkit", slow=True),
}
