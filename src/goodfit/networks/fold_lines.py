"""Exact lines of several folds of one table: its columns are made orthonormal once for all.

Each fold is then a small problem in the same few directions, near the one before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from goodfit.networks.newton import Logistic, minimize
from goodfit.networks.solve import Directions

# A direction that a fold's rows hardly know is not learnt from them.
UNKNOWN = 1e-12
STEPS = 100


def fold_lines(
    design: np.ndarray,
    target: np.ndarray,
    folds: Sequence[np.ndarray],
    *,
    weight: np.ndarray | None = None,
    n_classes: int | None = None,
    penalty: float,
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Weight (output, column) and bias (output,) of each fold's best line.

    Args:
        design: (row, column) float64.
        target: (row, target) numbers, or (row,) class indices from 0.
        folds: the rows that each fold learns from.
        weight: (row,) or None.
        n_classes: of a target of classes: mean cross-entropy is least; None: mean squared error.
        penalty: half of it times the squared weights is added to the sum of the rows' losses.

    >>> import numpy as np
    >>> x = np.array([[0.0], [1.0], [2.0], [9.0]])
    >>> rows = [np.array([0, 1, 2]), np.array([1, 2, 3])]
    >>> [weight.round(6) for weight, _ in fold_lines(x, 2 * x, rows, penalty=0.0)]
    [array([[2.]]), array([[2.]])]
    """
    directions = Directions.of(design, weight)
    lengths, near = penalty * directions.lengths(), None
    for fold in folds:
        rows, share = directions.rows[fold], np.ones(len(fold)) if weight is None else weight[fold]
        if n_classes is None:
            yield directions.as_weights(_least_squares(rows, target[fold], share, lengths))
            continue
        problem = Logistic(
            rows=rows,
            share=share / share.sum(),
            classes=target[fold],
            n_outputs=1 if n_classes == 2 else n_classes,
            penalty=lengths / share.sum(),
        )
        near = minimize(problem, max_iterations=STEPS, start=near).parameters
        yield directions.as_weights(near)


def _least_squares(
    rows: np.ndarray, targets: np.ndarray, share: np.ndarray, lengths: np.ndarray
) -> np.ndarray:
    """Parameters (direction + 1, target) with the least squared error and penalty."""
    weighted = rows * share[:, None]
    # The loss is a mean over the targets, the penalty is not.
    sizes, axes = np.linalg.eigh(weighted.T @ rows + targets.shape[1] / 2 * lengths)
    known = sizes > UNKNOWN * sizes[-1]
    axes = axes[:, known]
    return axes @ ((axes.T @ (weighted.T @ targets)) / sizes[known, None])
