"""After training an ensemble of folds: how far its networks are to be trusted beside a line.

Every row was kept out of one fold. What that fold's networks and that fold's exact linear
solution say of it, they say without having seen it; so these rows decide how both are mixed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from threadpoolctl import threadpool_limits
from torch import Tensor

from goodfit.core.batch import Batch
from goodfit.networks.ensemble import Ensemble
from goodfit.networks.fold_lines import fold_lines
from goodfit.training.batches import FoldRows
from goodfit.training.loop import outputs_of
from goodfit.training.objectives import Objective

# Multiplications that the exact solutions of all folds may take: some seconds.
MOST_PRODUCTS = 2e10
# Parameters of a line for classes, whose solution takes the cube of them, several times.
MOST_CLASS_PARAMETERS = 600
# Standard errors by which the mixture must be better than one of the two alone.
CERTAIN_ERRORS = 1.0
# Smallest and largest factor of outputs that are tried, and how many.
FACTORS = np.geomspace(0.1, 2.0, 40)
# Losses whose outputs may be mixed: the others' outputs mean something else.
MIXED = frozenset({"mean_squared_error", "cross_entropy"})


@dataclass(frozen=True)
class Held:
    """What was said of rows by those who had not seen them.

    Args:
        outputs: (row, output), before the link, of the watching rows fold after fold.
        before: the mean loss of the networks alone.
        after: the mean loss of the mixture.
    """

    outputs: Tensor
    before: float
    after: float


@torch.no_grad()
def blend(
    network: Ensemble,
    objective: Objective,
    *,
    training: Batch,
    watching: Batch,
    folds: tuple[FoldRows, ...],
    mixed: bool,
) -> Held:
    """Find the mixture of networks and line, and put it into the network.

    Args:
        network: trained, in evaluation mode.
        objective: loss and link.
        training: the rows that any fold learns from.
        watching: the same rows, those that each fold did not see one after the other.
        folds: which of the training rows each fold learns from.
        mixed: whether the loss is one whose outputs may be mixed.
    """
    # What it goes on from may have had another mixture.
    network.share.fill_(1.0)
    network.line.zero_()
    network.line_bias.zero_()
    sizes = [fold.n_validation for fold in folds]
    outputs = torch.cat(list(outputs_of(network, watching, sizes=sizes))).double()
    rows = _double(watching)
    before = float(objective.mean_loss(outputs, rows))
    if not mixed:
        return Held(outputs, before, before)
    # Small solutions, one after the other: a second thread would mostly wait for the first.
    with threadpool_limits(1, user_api="blas"):
        lines = _lines(network, objective, training, folds)
    if lines is None:
        found, share, part = _scaled(objective, outputs, rows)
    else:
        starts = np.cumsum([0, *sizes])
        pieces = zip(lines, starts, starts[1:], strict=False)
        straight = torch.cat(
            [torch.addmm(bias, rows.dense[a:b], weight.t()) for (weight, bias), a, b in pieces]
        )
        found, share, part = _mixed(objective, outputs, straight, rows)
    network.share.fill_(share)
    if lines is not None and part:
        network.line.copy_(part * torch.stack([weight.t() for weight, _ in lines]).mean(0))
        network.line_bias.copy_(part * torch.stack([bias for _, bias in lines]).mean(0))
    after = float(objective.mean_loss(found, rows))
    return Held(found, before, after)


def _double(rows: Batch) -> Batch:
    """The same rows in double precision, the columns of codes left out."""
    weight = None if rows.weight is None else rows.weight.double()
    target = rows.target if rows.target.dtype == torch.int64 else rows.target.double()
    return Batch(rows.dense.double(), rows.codes[:, :0], target, weight)


def _lines(
    network: Ensemble, objective: Objective, training: Batch, folds: tuple[FoldRows, ...]
) -> list[tuple[Tensor, Tensor]] | None:
    """Each fold's exact line, (output, column) and (output,); None where it would take long."""
    n_columns, n_outputs, rows = network.n_dense, network.n_outputs, _double(training)
    classes = objective.task != "regression"
    if classes and n_columns * n_outputs > MOST_CLASS_PARAMETERS:
        return None
    products = len(rows) * (n_columns * (n_outputs if classes else 1)) ** 2
    if products * len(folds) * (10 if classes else 1) > MOST_PRODUCTS:
        return None
    target = rows.target.cpu().numpy()
    # For classes as the linear baseline's. Numbers need less to stay finite, and a line
    # through fifteen points should be the line.
    found = fold_lines(
        rows.dense.cpu().numpy(),
        target.astype(np.int64).ravel() if classes else target,
        [fold.training.cpu().numpy() for fold in folds],
        weight=None if rows.weight is None else rows.weight.cpu().numpy().ravel(),
        n_classes=max(2, n_outputs) if classes else None,
        penalty=1.0 if classes else 0.2,
    )
    return [(rows.dense.new_tensor(weight), rows.dense.new_tensor(bias)) for weight, bias in found]


def _scaled(objective: Objective, outputs: Tensor, rows: Batch) -> tuple[Tensor, float, float]:
    """Outputs of classes by the factor that makes their probabilities best."""
    if objective.task == "regression":
        return outputs, 1.0, 0.0
    factor = min(FACTORS, key=lambda one: float(objective.mean_loss(outputs * one, rows)))
    if not _certain(objective, outputs * factor, outputs, rows):
        return outputs, 1.0, 0.0
    return outputs * factor, float(factor), 0.0


def _mixed(
    objective: Objective, outputs: Tensor, straight: Tensor, rows: Batch
) -> tuple[Tensor, float, float]:
    """The best mixture, or the simpler one that is as good within a standard error."""
    if objective.task == "regression":
        difference, weight = outputs - straight, rows.weight
        weight = torch.ones(()) if weight is None else weight
        top = float((weight * difference * (rows.target - straight)).sum())
        bottom = float((weight * difference.square()).sum())
        share = min(max(top / bottom, 0.0), 1.0) if bottom > 0 else 1.0
        mixture = straight + share * difference
        if not _certain(objective, mixture, straight, rows):
            return straight, 0.0, 1.0
        return mixture, share, 1 - share
    candidates = [
        (float(objective.mean_loss(found, rows)), share * factor, (1 - share) * factor, found)
        for share in np.linspace(0, 1, 11)
        for factor in FACTORS[::2]
        for found in [factor * (share * outputs + (1 - share) * straight)]
    ]
    _, share, part, mixture = min(candidates, key=lambda one: one[0])
    # Where classes are nearly told apart, few rows like the boldest factor best: the training
    # stopped where probabilities were best as they are, and so they stay unless it is certain.
    good = float(objective.mean_loss(outputs, rows)) <= float(objective.mean_loss(straight, rows))
    if good and not _certain(objective, mixture, outputs, rows):
        return outputs, 1.0, 0.0
    if share and not _certain(objective, mixture, straight, rows):
        return straight, 0.0, 1.0
    return mixture, float(share), float(part)


def _certain(objective: Objective, better: Tensor, simpler: Tensor, rows: Batch) -> bool:
    """Whether the rows' losses are less by more than chance explains."""
    difference = objective.loss.rows(simpler, rows.target) - objective.loss.rows(
        better, rows.target
    )
    if rows.weight is not None:
        difference = difference * rows.weight / rows.weight.mean()
    error = float(difference.std()) / len(difference) ** 0.5
    return float(difference.mean()) > CERTAIN_ERRORS * error
