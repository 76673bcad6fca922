"""What a model file holds, piece by piece, and what of it may be of a single row.

No piece keeps the cells of one row together. What is stored of a column (statistics, levels,
terms) is learnt from all training rows, yet some of it is one row's cell: a median, the earliest
date, a level that stands in one row alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from goodfit.core.remarks import Remark
from goodfit.data.terms import least_rows
from goodfit.model.artifact import check_seal, opened
from goodfit.model.container import Container
from goodfit.model.document import Document, check_document
from goodfit.preprocessing.categories import CategoryColumn, CountColumn
from goodfit.preprocessing.dates import DateColumn
from goodfit.preprocessing.numbers import NumberColumn, Scale
from goodfit.preprocessing.preprocessing import Column
from goodfit.preprocessing.scalings import SCALINGS
from goodfit.preprocessing.text import TextColumn

#: Pieces of the document that hold something of the table, and what; all others hold settings,
#: counts or digests. A test holds this list complete.
PIECES: Mapping[str, str] = {
    "format": "format",
    "version": "format",
    "settings": "settings",
    "schema": "columns",
    "preprocessing": "statistics",
    "history": "history",
    "scores": "scores",
    "remarks": "remarks",
    "provenance": "provenance",
    "own": "own",
    "calibration": "calibration",
    "seen": "seen",
    "golden": "golden",
    "sha256": "seal",
}
# Of fewer cells a mean tells of single ones.
FEW_CELLS = 10
# Parameters of remarks that are names of columns and settings, or statistics that are listed
# elsewhere; whatever is neither a number of something nor one of these may quote a cell.
PLAIN = frozenset(
    {"column", "columns", "name", "setting", "kind", "form", "encoding", "delimiter", "markers",
     "metric", "loss", "fill", "center", "scale", "now", "skewness", "logarithm", "threshold"}
    # of findings: shares of rows, and what a training and its scores came to
    | {"target", "percent", "usual", "others", "correlation", "size", "value", "line"}
    | {"first", "last", "best", "most", "climbed", "train_loss", "valid_loss"}
    | {"learning_rate", "lower", "optimizer"}
)  # fmt: skip
# Of a target of numbers, the least and the greatest.
ENDS = "data.task_numbers"


@dataclass(frozen=True)
class Piece:
    """One piece of the file.

    Args:
        name: of the piece: ``parameters``, a key of the document, or ``frame`` (names and
            places of the tensors, marks of the text).
        holds: what it holds, the end of a code of the words.
        n_values: numbers, words and marks in it.
        n_bytes: of the file.
    """

    name: str
    holds: str
    n_values: int
    n_bytes: int


@dataclass(frozen=True)
class Single:
    """Something that may be the cell of a single row.

    Args:
        column: whose cell.
        what: ``minimum``, ``median``, ``earliest``, …: the end of a code of the words.
        values: the stored values, as many as there are.
    """

    column: str
    what: str
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Contents:
    """All that a model file holds.

    Args:
        n_bytes: of the file; those of the pieces add up to it.
        n_training: rows that the statistics are of.
        least_rows: training rows that a stored level has at least.
        least_term_rows: different training rows that a stored term is in at least.
        pieces: one after the other.
        singles: what may be the cell of a single row.
        classes: of a target of classes, by its name.
        levels: of each category, by the column's name.
        terms: of each column of free text.
        quoting: remarks that name rows or quote cells.
    """

    n_bytes: int
    n_training: int
    least_rows: int
    least_term_rows: int
    pieces: tuple[Piece, ...]
    singles: tuple[Single, ...]
    classes: dict[str, tuple[Any, ...]]
    levels: dict[str, tuple[str, ...]]
    terms: dict[str, tuple[str, ...]]
    quoting: tuple[Remark, ...]


def contents_of(path: str | Path) -> Contents:
    """Take stock of a model file.

    Raises:
        GoodfitError: as :func:`goodfit.load`.

    >>> import goodfit, tempfile, os
    >>> model = goodfit.fit({"x": [1, 2, 3, 4], "y": [3, 5, 7, 9]}, target="y",
    ...                     network="linear", preprocessing="normalize", split="none", epochs=1)
    >>> found = contents_of(model.save(os.path.join(tempfile.mkdtemp(), "line.goodfit")))
    >>> [(one.column, one.what, one.values) for one in found.singles[:2]]
    [('x', 'minimum', (1.0,)), ('x', 'range', (3.0,))]
    >>> sum(piece.n_bytes for piece in found.pieces) == found.n_bytes
    True
    """
    with opened(path) as (container, document):
        check_document(document)
        check_seal(container, document)
        medians = tuple(fold_medians(container, document))
    columns = document.preprocessing.columns
    reasons = [one.reason for one in document.schema.columns]
    return Contents(
        n_bytes=container.n_bytes,
        n_training=document.provenance.n_training,
        least_rows=document.settings.min_level_count,
        least_term_rows=least_rows(document.provenance.n_training),
        pieces=_pieces(container, document),
        singles=(
            *(single for column in columns for single in singles_of(column)),
            *few_cells(columns, document.remarks),
            *medians,
            *ends_of(document),
            *seen_of(document),
        ),
        classes={goal.name: goal.levels for goal in document.schema.targets if goal.levels},
        levels={c.name: c.levels for c in columns if isinstance(c, CategoryColumn)},
        terms={c.name: c.terms for c in columns if isinstance(c, TextColumn)},
        quoting=tuple(remark for remark in (*document.remarks, *reasons) if _quotes(remark)),
    )


def singles_of(column: Column) -> Iterator[Single]:
    """What a column's statistics tell of single rows."""
    if isinstance(column, NumberColumn):
        yield from _of_scale(column.name, column)
    elif isinstance(column, DateColumn):
        yield Single(column.name, "earliest", (column.earliest,))
        if column.days:
            yield Single(column.name, "days", tuple(map(_as_date, column.days)))
        for part in column.parts:
            if part.scale:
                yield from _of_scale(f"{column.name}={part.part}", part.scale)
    elif isinstance(column, CountColumn):
        yield Single(column.name, "level_counts", column.numbers)


def ends_of(document: Document) -> Iterator[Single]:
    """The least and the greatest of each target of numbers, which its description tells."""
    for goal in document.schema.targets:
        if goal.reason.code == ENDS:
            ends = goal.reason.params["low"], goal.reason.params["high"]
            yield Single(goal.name, "ends", ends)


def fold_medians(container: Container, document: Document) -> Iterator[Single]:
    """The medians about which each fold of an ensemble scales a number, in the table's units.

    Behind a curve they are in those of the curve.

    Raises:
        ValueError: if the tensor that holds them is of another shape.
    """
    layout = document.preprocessing.layout
    if document.settings.network != "ensemble" or "centers" not in container.entries:
        return
    centers = container.tensor("centers").double().numpy().reshape(-1, len(layout.dense))
    for place in layout.numbers:
        values = _in_units(document, layout.dense[place], centers[:, place])
        yield Single(layout.dense[place], "fold_medians", values)


def seen_of(document: Document) -> Iterator[Single]:
    """What training rows looked like, and how large errors were of rows that did not train."""
    if document.seen:
        for name, ends in document.seen.ranges.items():
            yield Single(name, "rounded_ends", ends)
    if document.seen and document.seen.near:
        layout = document.preprocessing.layout
        names = [layout.dense[place] for place in layout.numbers]
        for name, center in zip(names, document.seen.near.centers, strict=False):
            yield Single(name, "seen_median", _in_units(document, name, np.array([center])))
    if document.calibration:
        for goal, own in zip(document.schema.targets, document.calibration.targets, strict=False):
            errors = tuple(error for fold in own.errors for error in fold.values)
            yield Single(goal.name, "errors", errors)


def _in_units(document: Document, name: str, inputs: np.ndarray) -> tuple[float, ...]:
    """Inputs of a number in the table's units, to six digits of its scale.

    Behind a curve they stay as they are.
    """
    column = next((c for c in document.preprocessing.columns if c.name == name), None)
    affine = column.affine() if isinstance(column, NumberColumn) else None
    if not affine or not affine[1]:
        return tuple(inputs.tolist())
    digits = 6 + math.floor(math.log10(abs(affine[1])))
    return tuple(np.round(inputs / affine[1] + affine[0], max(digits, 0)).tolist())


def few_cells(columns: Sequence[Column], remarks: Sequence[Remark]) -> Iterator[Single]:
    """Means and medians of few cells, which tell of single ones: of columns mostly missing."""
    fills = {column.name: column.fill for column in columns if isinstance(column, NumberColumn)}
    for remark in remarks:
        if remark.code.startswith("preprocessing.filled_by"):
            column = remark.params["column"]
            if remark.params["n_rows"] - remark.params["count"] < FEW_CELLS and column in fills:
                yield Single(column, "few_cells", (fills[column],))


def _as_date(day: int) -> str:
    return str(np.datetime64(day, "D"))


def _quotes(remark: Remark) -> bool:
    """Whether a remark may name rows or quote cells."""
    return any(
        name == "rows" or not isinstance(value, int)
        for name, value in remark.params.items()
        if name not in PLAIN
    )


def _of_scale(name: str, scale: Scale) -> Iterator[Single]:
    """What a scale tells of single rows; means and deviations tell nothing of one alone."""
    if scale.knots:
        yield Single(name, "quantiles", tuple(cell for cell, _ in scale.knots))
    elif scale.scaling == "normalize":
        yield Single(name, "minimum", (scale.center,))
        yield Single(name, "range", (scale.scale,))
    elif scale.scaling == "max_abs":
        yield Single(name, "largest", (scale.scale,))
    elif scale.scaling == "robust":
        yield Single(name, "quartiles", (scale.scale,))
    if SCALINGS[scale.scaling].fill == "median":
        yield Single(name, "median", (scale.fill,))


def _pieces(container: Container, document: Document) -> tuple[Piece, ...]:
    """Each piece with its size; what is left of the file is its frame."""
    texts = {
        name: msgspec.json.encode(value) for name, value in msgspec.structs.asdict(document).items()
    }
    n_parameters = sum(math.prod(shape) for _, shape in container.shapes.values())
    n_bytes = container.n_bytes - len(container.header)
    pieces = [Piece("parameters", "parameters", n_parameters, n_bytes)]
    for name, text in texts.items():
        n_values = _n_values(msgspec.json.decode(text))
        pieces.append(Piece(name, PIECES[name], n_values, len(text)))
    rest = len(container.header) - sum(map(len, texts.values()))
    return (*pieces, Piece("frame", "frame", 3 * len(container.shapes), rest))


def _n_values(tree: Any) -> int:
    """Numbers, words and marks of a tree of JSON values; what is missing is none."""
    if isinstance(tree, Mapping):
        return sum(map(_n_values, tree.values()))
    if isinstance(tree, list):
        return sum(map(_n_values, tree))
    return tree is not None
