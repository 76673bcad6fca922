"""Exact solutions of linear networks, in double precision.

Both solvers first bring the table into one triangle by blockwise QR (Demmel, Grigori,
Hoemmen & Langou, "Communication-optimal parallel and sequential QR", 2012), with a
column of ones in front, so that neither an offset nor a column's unit costs digits.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from goodfit.networks.newton import Logistic, minimize

Block = tuple[np.ndarray, np.ndarray, np.ndarray | None]

EPS = float(np.finfo(np.float64).eps)
# Rows that are brought into the triangle together.
BLOCK_ROWS = 8_192
# What is left of a column of length one that depends on the others is less than this, times
# the number of columns or the root of that of rows, whichever is more: measured on one-hot
# groups, sums and constants, a tenth of it.
RANK_TOLERANCE = 16 * EPS
# Times that a weight is freed of what changes no prediction.
PROJECTIONS = 4


@dataclass(frozen=True)
class Solution:
    """Parameters at the least loss, and how sure they are.

    Args:
        weight: (column,) of least squares, (output, column) of logistic regression, in the
            units of the columns as given.
        bias: (output,); one number for least squares.
        rank: of the centred columns, each scaled to length one.
        condition: largest singular value of these over the smallest that counts.
        loss: mean loss at the solution, penalty included.
        converged: whether the least loss was reached.
        separable: some rows' classes can be told without error, so that the loss has no
            minimum: it falls for ever as weights grow. The weights are those of the stop.
        iterations: steps that were taken.
    """

    weight: np.ndarray
    bias: np.ndarray
    rank: int
    condition: float
    loss: float
    converged: bool = True
    separable: bool = False
    iterations: int = 1


def solve_least_squares(
    blocks: Callable[[], Iterable[Block]], *, n_columns: int, l2: float = 0.0
) -> Solution:
    """The linear function with the least mean squared error, from a table of any length.

    Where columns depend on each other the shortest weight that reaches the minimum is
    taken. The table is gone through twice, block by block; memory grows with the columns.

    Args:
        blocks: gives a fresh iterator over the same blocks each time: design
            (row, column) float64, target (row,), weight (row,) or None.
        n_columns: columns of the design.
        l2: the loss is mean((y - Xw - b)²) + ``l2``/2 · |w|²; the bias is free.

    >>> import numpy as np
    >>> x, y = np.array([[1e9], [1e9 + 1], [1e9 + 2]]), np.array([1.0, 3.0, 5.0])
    >>> solve_least_squares(lambda: [(x, y, None)], n_columns=1).weight
    array([2.])
    """
    triangle = _Triangle.of(blocks, n_columns=n_columns)
    basis = _Basis.of(triangle)
    reached = basis.left.T @ triangle.target
    if l2:
        # |reached - t|² + l2/2 · total · |map t|², stacked so that no square is ever formed.
        pull = math.sqrt(l2 / 2 * triangle.total) * basis.to_weight
        stacked = np.vstack([np.eye(basis.rank), pull])
        padded = np.concatenate([reached, np.zeros(n_columns)])
        orthogonal, upper = np.linalg.qr(stacked)
        reached = np.linalg.solve(upper, orthogonal.T @ padded)
    weight = basis.to_weight @ reached
    errors = triangle.target - triangle.columns @ weight
    squares = float(errors @ errors) + triangle.rest
    return Solution(
        weight=weight,
        bias=np.array([triangle.bias(weight)]),
        rank=basis.rank,
        condition=basis.condition,
        loss=squares / triangle.total + l2 / 2 * float(weight @ weight),
    )


@dataclass(frozen=True)
class _Triangle:
    """All rows of [1, X - center, y - center], brought to as many rows as columns by QR.

    Args:
        center: (column,) about the weighted means, taken off before anything else.
        target_center: the same of the target.
        total: sum of the weights.
        corner: what the ones left, ``ones`` (column,) and ``ones_target`` beside it.
        columns: (row, column), the centred columns; products equal those of the rows.
        target: (row,) the centred target in the same rows.
        rest: sum of squares of the target outside the columns.
        lengths: (column,) lengths of the columns before the ones were taken out.
        n_rows: rows of the table.
    """

    center: np.ndarray
    target_center: float
    total: float
    corner: float
    ones: np.ndarray
    ones_target: float
    columns: np.ndarray
    target: np.ndarray
    rest: float
    lengths: np.ndarray
    n_rows: int

    @classmethod
    def of(cls, blocks: Callable[[], Iterable[Block]], *, n_columns: int) -> _Triangle:
        center, total, n_rows = _means(blocks, n_columns=n_columns)
        upper = np.zeros((0, n_columns + 2))
        for design, target, weight in blocks():
            rows = np.empty((len(design), n_columns + 2))
            rows[:, 0] = 1.0
            np.subtract(design, center[:-1], out=rows[:, 1:-1])
            np.subtract(target, center[-1], out=rows[:, -1])
            if weight is not None:
                rows *= np.sqrt(weight)[:, None]
            upper = np.asarray(np.linalg.qr(np.vstack([upper, rows]), mode="r"))
        last = upper[:, -1]
        return cls(
            center=center[:-1],
            target_center=float(center[-1]),
            total=total,
            corner=float(upper[0, 0]),
            ones=upper[0, 1:-1],
            ones_target=float(last[0]),
            columns=upper[1 : n_columns + 1, 1:-1],
            target=last[1 : n_columns + 1],
            rest=float(last[n_columns + 1 :] @ last[n_columns + 1 :]),
            lengths=np.linalg.norm(upper[:, 1:-1], axis=0),
            n_rows=n_rows,
        )

    def bias(self, weight: np.ndarray) -> float:
        """The best bias beside a weight, for columns that are not centred."""
        free = (self.ones_target - self.ones @ weight) / self.corner
        return math.fsum([self.target_center, free, *(-self.center * weight)])


def _means(
    blocks: Callable[[], Iterable[Block]], *, n_columns: int
) -> tuple[np.ndarray, float, int]:
    """About the weighted means of columns and target (last), total weight, and rows."""
    sums, total, n_rows = np.zeros(n_columns + 1), 0.0, 0
    for design, target, weight in blocks():
        if weight is None:
            sums += [*design.sum(axis=0), target.sum()]
            total += len(design)
        else:
            sums += [*(weight @ design), weight @ target]
            total += float(weight.sum())
        n_rows += len(design)
    return sums / total, total, n_rows


@dataclass(frozen=True)
class _Basis:
    """Directions of the columns' space in which the rows are orthonormal.

    Args:
        left: (triangle row, rank), orthonormal.
        to_weight: (column, rank) the shortest weight whose predictions are each direction.
        rank: directions that are more than rounding.
        condition: of the columns scaled to length one.
    """

    left: np.ndarray
    to_weight: np.ndarray
    rank: int
    condition: float

    @classmethod
    def of(cls, triangle: _Triangle) -> _Basis:
        norms = np.linalg.norm(triangle.columns, axis=0)
        rounding = RANK_TOLERANCE * max(len(norms), math.sqrt(triangle.n_rows))
        varied = norms > rounding * triangle.lengths
        norms = norms[varied]
        to_weight = np.zeros((len(varied), 0))
        if not varied.any():
            return cls(np.zeros((len(triangle.target), 0)), to_weight, 0, 1.0)
        left, sizes, right = np.linalg.svd(triangle.columns[:, varied] / norms, full_matrices=True)
        rank = int((sizes > rounding * sizes[0]).sum())
        sizes = sizes[:rank]
        # (column, rank), in the columns' own units
        plain = right[:rank].T / sizes / norms[:, None]
        short = plain
        if rank < len(norms):
            null, _ = np.linalg.qr(right[rank:].T / norms[:, None])
            # Units far apart cost the projection digits, which doing it again gives back;
            # what it rounded into the fit is then taken out within its own span.
            for _ in range(PROJECTIONS):
                short = short - null @ (null.T @ short)
            for _ in range(2):
                fit = (right[:rank] * sizes[:, None]) @ (norms[:, None] * short)
                short = short @ (2 * np.eye(rank) - fit)
        to_weight = np.zeros((len(varied), rank))
        to_weight[varied] = short
        return cls(left[:, :rank], to_weight, rank, float(sizes[0] / sizes[-1]))


def solve_logistic(
    design: np.ndarray,
    classes: np.ndarray,
    *,
    n_classes: int,
    weight: np.ndarray | None = None,
    l2: float = 0.0,
    max_iterations: int = 100,
) -> Solution:
    """Logistic regression: the linear function with the least mean cross-entropy.

    Two classes have one output (through a sigmoid: the probability of the second), more
    have one each (softmax), whose weights and biases sum to zero. Where columns depend on
    each other the shortest weight that reaches the minimum is taken.

    Args:
        design: (row, column) float64.
        classes: (row,) from 0 to ``n_classes`` - 1.
        n_classes: at least 2.
        weight: (row,) or None.
        l2: the loss has ``l2``/2 · |w|² on top; the biases are free.
        max_iterations: Newton steps at most.

    >>> import numpy as np
    >>> x, classes = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0, 1, 0, 1])
    >>> found = solve_logistic(x, classes, n_classes=2)
    >>> found.weight.round(4), found.converged
    (array([[0.9082]]), True)
    """
    directions = Directions.of(design, weight)
    share = np.ones(len(design)) if weight is None else weight
    found = minimize(
        Logistic(
            rows=directions.rows,
            share=share / directions.total,
            classes=classes,
            n_outputs=1 if n_classes == 2 else n_classes,
            penalty=l2 * directions.lengths(),
        ),
        max_iterations=max_iterations,
    )
    weights, bias = directions.as_weights(found.parameters)
    return Solution(
        weight=weights,
        bias=bias,
        rank=directions.to_weight.shape[1],
        condition=directions.condition,
        loss=found.loss,
        converged=found.converged,
        separable=found.separable,
        iterations=found.iterations,
    )


@dataclass(frozen=True)
class Directions:
    """A table's columns brought to directions that are orthonormal over its rows, and ones.

    Args:
        rows: (row, direction + 1), each direction of mean square 1; the last column of ones.
        to_weight: (column, direction) the shortest weight that makes each.
        center: (column,) what is taken off the columns before.
        total: sum of the weights.
        condition: of the columns scaled to length one.
    """

    rows: np.ndarray
    to_weight: np.ndarray
    center: np.ndarray
    total: float
    condition: float

    @classmethod
    def of(cls, design: np.ndarray, weight: np.ndarray | None) -> Directions:
        """Those of the columns of ``design`` (row, column), its rows of such weights (row,)."""
        parts = [slice(at, at + BLOCK_ROWS) for at in range(0, len(design), BLOCK_ROWS)]

        def blocks() -> Iterable[Block]:
            for part in parts:
                some = None if weight is None else weight[part]
                yield design[part], np.zeros(len(design[part])), some

        triangle = _Triangle.of(blocks, n_columns=design.shape[1])
        basis = _Basis.of(triangle)
        to_weight = basis.to_weight * math.sqrt(triangle.total)
        rows = np.ones((len(design), basis.rank + 1))
        for part in parts:
            np.matmul(design[part] - triangle.center, to_weight, out=rows[part, :-1])
        return cls(rows, to_weight, triangle.center, triangle.total, basis.condition)

    def lengths(self) -> np.ndarray:
        """(direction + 1, the same), of which p' lengths p is the square of the weight of p."""
        found = np.zeros((self.rows.shape[1],) * 2)
        found[:-1, :-1] = self.to_weight.T @ self.to_weight
        return found

    def as_weights(self, parameters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Weight (output, column) and bias (output,) of parameters (direction + 1, output)."""
        weight = (self.to_weight @ parameters[:-1]).T
        return weight, parameters[-1] - weight @ self.center
