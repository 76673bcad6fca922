"""What a model is compared with: the best constant, and the exact linear solution."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np
import torch

from goodfit.core.settings import make_settings
from goodfit.data.schema import Schema
from goodfit.data.table import Table
from goodfit.model.fitted import FittedModel
from goodfit.model.records import KeptOut, Predictions
from goodfit.networks.linear import MOST_PRODUCTS, Linear
from goodfit.preprocessing.preprocessing import Encoded, Preprocessing
from goodfit.training.objectives import Objective, objective_for

# Levels of a column that the linear baseline tells apart; the rarer ones share its intercept.
BASELINE_LEVELS = 64


def predict_beside(
    model: FittedModel,
    table: Table,
    rows: np.ndarray,
    *,
    constant: np.ndarray,
    line: Line | None,
    known: Predictions | None = None,
) -> KeptOut:
    """What a model predicts of some rows, and what its baselines do.

    Args:
        model: fitted.
        table: every row.
        rows: (row,) those to predict.
        constant: what :func:`constant_of` says of the rows that it learnt from.
        line: the linear baseline, or None.
        known: what the model predicts of them, where that was found out already.
    """
    scored = table.take(rows)
    return KeptOut(
        rows,
        network=known or model.predict_table(scored),
        constant=_repeated(model, constant, scored.n_rows),
        linear=None if line is None else line.predict(model, scored),
    )


def constant_of(model: FittedModel, values: np.ndarray, weight: np.ndarray | None) -> np.ndarray:
    """The best prediction without features: the mean, or each class's share.

    Args:
        model: says which.
        values: (row,) or (row, target), of the rows that are learnt from.
        weight: (row,) of the same rows, or None.
    """
    if model.schema.target.task == "regression":
        return np.atleast_1d(np.average(values, weights=weight, axis=0))
    counts = np.bincount(values.astype(np.int64), weights=weight, minlength=len(model.levels))
    return counts / counts.sum()


def _repeated(model: FittedModel, constant: np.ndarray, n_rows: int) -> Predictions:
    if model.schema.target.task == "regression":
        numbers = np.tile(constant, (n_rows, 1))
        return Predictions(_one_or_more(numbers), np.empty((n_rows, 0)))
    probability = np.tile(constant, (n_rows, 1))
    return Predictions(model.levels[model.answers.decide(probability)], probability)


@dataclass(frozen=True)
class Line:
    """Ridge or logistic regression on the standardised columns, solved exactly.

    Args:
        preprocessing: learnt on the training rows.
        network: solved.
        objective: loss and link.
        common: the levels of each code column that it tells apart.
    """

    preprocessing: Preprocessing
    network: Linear
    objective: Objective
    common: list[np.ndarray]

    @torch.no_grad()
    def predict(self, model: FittedModel, scored: Table) -> Predictions:
        """Predictions of rows, whose classes the model's settings decide."""
        fresh = self.preprocessing.encode(scored, dtype=np.float64)
        codes = torch.from_numpy(_pool(fresh, self.common))
        outputs = self.network(torch.from_numpy(fresh.dense), codes)
        found = self.objective.predict(outputs).numpy()
        if self.objective.task == "regression":
            return Predictions(_one_or_more(found), np.empty((len(found), 0)))
        if self.objective.task == "binary":
            found = np.column_stack([1 - found[:, 0], found[:, 0]])
        return Predictions(model.levels[model.answers.decide(found)], found)


def solve_line(
    schema: Schema,
    table: Table,
    values: np.ndarray,
    rows: np.ndarray,
    weight: np.ndarray | None,
    *,
    time: str | None,
) -> Line | None:
    """The linear baseline of some training rows.

    None where that would take very long: what was trained is not lost for a comparison.

    Its penalty is that of scikit-learn's defaults (``Ridge(alpha=1)``,
    ``LogisticRegression(C=1)``), in terms of the mean loss.

    Args:
        schema: kinds of the columns.
        table: every row.
        values: (row,) numbers or indices of levels; (row, target) of several targets.
        rows: those to learn from.
        weight: (row of the table,) how much each counts in training, or None.
        time: the column that orders the rows, of which the line sees what the network does.
    """
    task, n_targets = schema.target.task, len(schema.targets)
    settings = make_settings(network="linear", optimizer="exact", preprocessing="standardize")
    settings = msgspec.structs.replace(settings, target_scaling="none", time=time)
    objective = objective_for(
        task, n_levels=len(schema.target.levels), n_targets=n_targets, settings=settings
    )
    preprocessing, _ = Preprocessing.learn(
        table,
        rows=rows,
        schema=schema,
        settings=settings,
        outputs=objective.n_outputs,
        weight=weight,
    )
    encoded = preprocessing.encode(table.take(rows), dtype=np.float64)
    common = _common_codes(encoded)
    n_codes = tuple(len(codes) + 1 for codes in common)
    network = Linear(len(preprocessing.layout.dense), n_codes, objective.n_outputs).double()
    target = torch.from_numpy(values[rows])
    total = len(rows) if weight is None else weight[rows].sum()
    if network.n_products(len(rows)) > MOST_PRODUCTS:
        return None
    network.solve(
        torch.from_numpy(encoded.dense),
        torch.from_numpy(_pool(encoded, common)),
        target.long() if task == "multiclass" else target.view(len(target), -1),
        None if weight is None else torch.from_numpy(weight[rows]).view(-1, 1),
        task=task,
        l2=(2.0 / n_targets if task == "regression" else 1.0) / float(total),
    )
    return Line(preprocessing, network, objective, common)


def _one_or_more(numbers: np.ndarray) -> np.ndarray:
    """(row, target) as predictions are given: (row,) of one target."""
    return numbers[:, 0] if numbers.shape[1] == 1 else numbers


def _common_codes(encoded: Encoded) -> list[np.ndarray]:
    """The most frequent codes of each code column, ascending."""
    common = []
    for column in encoded.codes.T:
        counts = np.bincount(column)
        most = np.argsort(-counts, kind="stable")[:BASELINE_LEVELS]
        common.append(np.sort(most[counts[most] > 0]))
    return common


def _pool(encoded: Encoded, common: list[np.ndarray]) -> np.ndarray:
    """Codes renumbered from 1 in the order of the common ones; 0 for all others."""
    pooled = np.zeros_like(encoded.codes)
    for column, codes in enumerate(common):
        place = np.searchsorted(codes, encoded.codes[:, column]).clip(max=len(codes) - 1)
        found = codes[place] == encoded.codes[:, column]
        pooled[:, column] = np.where(found, place + 1, 0)
    return pooled
