"""What a model says of rows as plain numbers, a column for each thing that is said."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from goodfit.model.reports.features import Feature, moved
from goodfit.model.reports.rows import Look, as_columns

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel

#: Classes that curves are drawn of, the most frequent ones.
MOST_LEVELS = 4
# Numbers of encoded rows that are in memory at once: 16 MB.
MOST_NUMBERS = 4_000_000


def names_of_outputs(model: FittedModel, look: Look) -> list[str]:
    """What is said: the targets; of two classes the second, of more the most frequent ones."""
    levels = model.schema.target.levels
    if not levels:
        return [target.name for target in model.schema.targets]
    return [str(levels[level]) for level in _shown_levels(model, look)]


def outputs_by_name(model: FittedModel, look: Look, outputs: np.ndarray) -> np.ndarray:
    """(row, output) predicted numbers, or how probable the classes are (or their margins).

    Args:
        model: that gave the outputs.
        look: rows that say which classes are frequent.
        outputs: (row, output) after the link.
    """
    found = model.answers.predictions(outputs)
    if not model.schema.target.levels:
        return as_columns(found.predictions).astype(np.float64)
    return found.ratings[:, _shown_levels(model, look)]


def outputs_moved(
    model: FittedModel,
    look: Look,
    features: Sequence[Feature],
    *,
    rows: np.ndarray,
    donors: np.ndarray,
) -> np.ndarray:
    """Outputs after the link, (row, output), of rows that got other rows' cells.

    Args:
        model: that sees them.
        look: every row.
        features: as for :func:`moved`.
        rows: likewise.
        donors: likewise.
    """
    encoded = look.through.encoded
    at_once = max(MOST_NUMBERS // max(encoded.dense.shape[1] + encoded.codes.shape[1], 1), 1)
    found = [
        model.outputs_of(moved(encoded, features, rows=rows[part], donors=donors[part]))
        for part in _parts(len(rows), at_once)
    ]
    return np.concatenate(found) if found else np.empty((0, model.objective.n_outputs))


def _parts(n_rows: int, at_once: int) -> Iterator[slice]:
    for start in range(0, n_rows, at_once):
        yield slice(start, start + at_once)


def _shown_levels(model: FittedModel, look: Look) -> list[int]:
    n_levels = len(model.schema.target.levels)
    if n_levels == 2:
        return [1]
    counts = np.bincount(look.values.astype(np.int64), look.weight, n_levels)
    return sorted(np.argsort(-counts, kind="stable")[:MOST_LEVELS].tolist())
