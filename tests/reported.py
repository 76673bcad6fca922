"""Models with the rows of their fit, for tests of reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from goodfit.core.settings import make_settings
from goodfit.data.read import read_table
from goodfit.model.fit import start
from goodfit.model.fitted import FittedModel
from goodfit.model.reports.rows import Rows, rows_of_run

MLP: dict[str, Any] = {"network": "mlp", "widths": [8], "epochs": 15}


@dataclass(frozen=True)
class Fitted:
    """A model, the rows of its fit, and the table as a mapping."""

    model: FittedModel
    rows: Rows
    table: dict[str, Any]


def fitted(table, target, **settings) -> Fitted:
    weight = settings.pop("weights", None)
    run = start(table, target=target, settings=make_settings(**settings), weight=weight)
    for _ in run.events():
        pass
    return Fitted(run.finish(), rows_of_run(run), table)


def rows_of(model: FittedModel, table: dict[str, Any]) -> Rows:
    """Rows of a table that nobody divided."""
    return Rows(read_table(table, settings=model.settings)[0])


def shuffled(table: dict[str, Any], *, seed: int = 0) -> dict[str, Any]:
    order = np.random.default_rng(seed).permutation(len(next(iter(table.values()))))
    return {name: [column[row] for row in order] for name, column in table.items()}
