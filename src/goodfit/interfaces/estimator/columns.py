"""What scikit-learn calls X, y and sample_weight, checked its way, as Goodfit's columns."""

# pyarrow brings no types.
# pyright: reportUnknownParameterType=false

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_array, validate_data

from goodfit.core.errors import GoodfitError
from goodfit.core.settings import make_settings
from goodfit.core.words import say
from goodfit.data.read import read_table

# What NumPy says of a cell that is a word; everything else it says stands as it is.
WORD_AMONG_NUMBERS = "could not convert string to float"


def read_features(estimator: BaseEstimator, X: Any, *, reset: bool) -> dict[str, pa.ChunkedArray]:
    """The columns of X by name, ``x0``, ``x1``, … where they have none.

    Args:
        estimator: where names and number of the features are kept or compared.
        X: (row, feature) array-like of numbers, or a DataFrame (pandas, Polars, Arrow).
        reset: whether this X is the one to learn from.

    Raises:
        GoodfitError: if a column cannot be read.
        ValueError: for another number of features or other names than at ``fit``.
    """
    frame = _frame(X)
    if frame is not None:
        validate_data(estimator, X, reset=reset, skip_check_array=True)
        return dict(read_table(frame, settings=make_settings())[0].columns)
    try:
        values = validate_data(
            estimator, X, reset=reset, dtype=np.float64, ensure_all_finite="allow-nan"
        )
    except ValueError as error:
        if str(error).startswith(WORD_AMONG_NUMBERS):
            raise GoodfitError("estimator.word_in_array", reason=str(error)) from error
        raise
    return {
        f"x{i}": pa.chunked_array([pa.array(column)])
        for i, column in enumerate(np.asarray(values).T)
    }


def read_weight(sample_weight: Any, *, n_rows: int) -> np.ndarray | None:
    """Weights as (row,) float64; None where all rows count alike.

    Raises:
        GoodfitError: if they are of another shape, negative, or all zero.
    """
    if sample_weight is None:
        return None
    weight = check_array(
        sample_weight, ensure_2d=False, dtype="float64", input_name="sample_weight"
    )
    problem = ""
    if weight.shape != (n_rows,):
        problem = say("estimator.weight_shape", {"shape": str(weight.shape)})
    elif (weight < 0).any():
        problem = say("estimator.weight_negative", {"value": float(weight.min())})
    elif not weight.any():
        problem = say("estimator.weight_zero", {})
    if problem:
        raise GoodfitError("estimator.weight_invalid", n_rows=n_rows, problem=problem)
    return weight


def target_name(y: Any, names: dict[str, Any]) -> str:
    """The name that y has, or ``target``; never that of a feature."""
    name = getattr(y, "name", None)
    name = name if isinstance(name, str) and name else "target"
    while name in names:
        name += "_"
    return name


def target_names(y: Any, n_targets: int, names: dict[str, Any]) -> list[str]:
    """The names that y's columns have, or numbered ones; never those of features."""
    if n_targets == 1:
        return [target_name(y, names)]
    own = [str(name) for name in getattr(y, "columns", [])]
    if len(set(own)) != n_targets:
        own = [f"target{place}" for place in range(n_targets)]
    found: list[str] = []
    for name in own:
        free = name
        while free in names or free in found:
            free += "_"
        found.append(free)
    return found


def _frame(X: Any) -> Any:
    """X with names of text if it is a DataFrame, else None."""
    if len(getattr(X, "shape", ())) != 2 or not hasattr(X, "columns"):
        return None
    names = list(getattr(X, "column_names", X.columns))
    if all(isinstance(name, str) for name in names):
        return X
    # Only pandas has names that are not text; scikit-learn goes by position then.
    return X.set_axis([f"x{i}" for i in range(len(names))], axis=1)
