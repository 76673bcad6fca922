"""The columns of a table as places among what the network sees, and cells moved between rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from goodfit.preprocessing.categories import EmbeddingColumn
from goodfit.preprocessing.dates import DateColumn
from goodfit.preprocessing.preprocessing import Encoded, Preprocessing
from goodfit.scoring.relations import ranks, relations

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel
    from goodfit.model.reports.rows import Look

# Codes that are told apart where relations are looked for; rarer ones count as one.
MOST_CODES = 16
# Rows that say which columns are related.
RELATED_ROWS = 1000


@dataclass(frozen=True)
class Feature:
    """Where a column's cells stand in encoded rows.

    Args:
        name: of the column.
        dense: its dense columns.
        codes: its columns of codes; none or one.
    """

    name: str
    dense: slice
    codes: slice


def features_of(preprocessing: Preprocessing) -> tuple[Feature, ...]:
    """Every feature, in the table's order.

    >>> from goodfit.preprocessing.numbers import NumberColumn
    >>> from goodfit.preprocessing.target import TargetTransform
    >>> column = NumberColumn(name="x", decimal=".", scaling="standardize", center=0.0, scale=1.0,
    ...                       fill=0.0, indicator=True)
    >>> learnt = Preprocessing(columns=(column,), targets=(TargetTransform(),), outputs=1)
    >>> features_of(learnt)
    (Feature(name='x', dense=slice(0, 2, None), codes=slice(0, 0, None)),)
    """
    found, dense, codes = list[Feature](), 0, 0
    for column in preprocessing.columns:
        n_dense = 0 if isinstance(column, EmbeddingColumn) else len(column.inputs)
        coded = isinstance(column, (EmbeddingColumn, DateColumn)) and column.n_codes > 0
        places = slice(dense, dense + n_dense), slice(codes, codes + coded)
        found.append(Feature(column.name, *places))
        dense, codes = dense + n_dense, codes + coded
    return tuple(found)


def moved(
    encoded: Encoded, features: Sequence[Feature], *, rows: np.ndarray, donors: np.ndarray
) -> Encoded:
    """Rows whose cells of some columns are those of other rows.

    Args:
        encoded: every row.
        features: whose cells are moved.
        rows: (row,) places of rows, each as often as it is wanted.
        donors: (row,) places of the rows whose cells they get.
    """
    # Columns lie beside each other in memory, as they do where rows are encoded.
    dense, codes = encoded.dense.T.take(rows, axis=1).T, encoded.codes.T.take(rows, axis=1).T
    for feature in features:
        dense[:, feature.dense] = encoded.dense[:, feature.dense][donors]
        codes[:, feature.codes] = encoded.codes[:, feature.codes][donors]
    return Encoded(dense, codes)


def related(model: FittedModel, look: Look) -> np.ndarray:
    """How strongly the columns are related, (feature, feature), as some rows say.

    Numbers and dates count by their ranks, levels and terms by a mark for each.
    """
    return relations(_numbers(model, look))


def related_to_outputs(model: FittedModel, look: Look) -> np.ndarray:
    """How strongly each column is related to what the model says, (feature,)."""
    blocks = _numbers(model, look)
    said = [ranks(column)[:, None] for column in look.through.outputs[:RELATED_ROWS].T]
    return relations([*blocks, np.hstack(said)])[: len(blocks), -1]


def _numbers(model: FittedModel, look: Look) -> list[np.ndarray]:
    """(row, number) of each column: ranks of its dense columns, marks of its codes."""
    few = slice(0, RELATED_ROWS)
    dense, codes = look.through.encoded.dense[few], look.through.encoded.codes[few]
    nothing = np.empty((len(dense), 0))

    def numbers(feature: Feature) -> np.ndarray:
        by_rank = [ranks(column)[:, None] for column in dense[:, feature.dense].T]
        by_mark = [_marks(column) for column in codes[:, feature.codes].T]
        return np.hstack([nothing, *by_rank, *by_mark])

    return [numbers(feature) for feature in features_of(model.preprocessing)]


def _marks(codes: np.ndarray) -> np.ndarray:
    """A mark for each of the most frequent codes, (row, code)."""
    different, counts = np.unique(codes, return_counts=True)
    common = different[np.argsort(-counts, kind="stable")[:MOST_CODES]]
    return (codes[:, None] == common).astype(np.float64)
