"""The beginning of one training: what is learnt from its rows before the first step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from goodfit.core.own import Own
from goodfit.core.randomness import torch_generator
from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings
from goodfit.data.parts import bag_folds
from goodfit.data.schema import Schema
from goodfit.data.split import Fold
from goodfit.data.table import Table
from goodfit.model.answers import Answers
from goodfit.networks.catalog import build_network, initialize
from goodfit.networks.contract import Network
from goodfit.networks.ensemble import Ensemble
from goodfit.preprocessing.layout import Layout
from goodfit.preprocessing.preprocessing import Preprocessing
from goodfit.training.exact import check_exact
from goodfit.training.objectives import Objective
from goodfit.training.placement import Placement, place
from goodfit.training.state import TrainingState
from goodfit.training.torch_optimizers import OwnOptimizer

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel

# Rows that the quartiles of an ensemble's inputs are taken from.
SCALED_ROWS = 100_000


@dataclass(frozen=True)
class Beginning:
    """What a training starts with.

    Args:
        settings: the last open choice decided: the learning rate of a person's own optimizer.
        preprocessing: learnt on the training rows.
        network: its parameters at their start, on their device.
        placement: where it computes.
        state: laid out over the network.
        bag: the folds of an ensemble, rows of the table; none where one network learns from all.
    """

    settings: Settings
    preprocessing: Preprocessing
    network: Network
    placement: Placement
    state: TrainingState
    bag: tuple[Fold, ...] = ()


def begin(
    table: Table,
    *,
    fold: Fold,
    classes: np.ndarray | None,
    weight: np.ndarray | None,
    schema: Schema,
    objective: Objective,
    settings: Settings,
    own: Own,
    earlier: FittedModel | None,
    learnt: Preprocessing | None = None,
) -> tuple[Beginning, tuple[Remark, ...]]:
    """Learn statistics and levels from training rows, and build the network that they need.

    Args:
        table: every row.
        fold: the training rows, and those that watch them. Folds of an ensemble share out both.
        classes: (row,) indices of levels, or None.
        weight: (row of the table,) or None.
        schema: kinds of the columns.
        objective: loss and link.
        settings: resolved.
        own: objects that stand for names in the settings.
        earlier: a model to go on from: its statistics stay, its parameters are the start.
        learnt: statistics that these rows gave with the same settings of preprocessing.

    Returns:
        The beginning, and what was noticed.

    Raises:
        GoodfitError: if there is no such network, or the chosen metric does not fit.
    """
    bag, rows = _bag(table, fold, classes, settings)
    if learnt is not None:
        preprocessing, remarks = learnt, ()
    elif earlier is None:
        preprocessing, remarks = Preprocessing.learn(
            table,
            rows=rows,
            schema=schema,
            settings=settings,
            outputs=objective.n_outputs,
            weight=weight,
        )
    else:
        preprocessing, remarks = earlier.preprocessing, ()
    Answers(schema, preprocessing, objective, settings).check()
    network = _started(preprocessing.layout, objective, settings, own)
    placement = place(settings, multiplications=_multiplications(network, settings, len(rows)))
    network.to(placement.device, placement.dtype)
    if earlier is not None:
        network.load_state_dict(earlier.network.state_dict())
    elif isinstance(network, Ensemble):
        _learn_inputs(network, preprocessing, table, fold.training, bag)
    state = TrainingState.fresh(network, settings, own=own)
    if isinstance(state.optimizer, OwnOptimizer) and settings.learning_rate is None:
        settings = msgspec.structs.replace(settings, learning_rate=state.optimizer.rate)
    return Beginning(settings, preprocessing, network, placement, state, bag), remarks


def _bag(
    table: Table, fold: Fold, classes: np.ndarray | None, settings: Settings
) -> tuple[tuple[Fold, ...], np.ndarray]:
    """The folds of an ensemble, and all rows that are learnt from."""
    if settings.network != "ensemble" or (settings.bag or 1) == 1:
        return (), fold.training
    rows = np.union1d(fold.training, fold.validation)
    return bag_folds(table, rows, classes, settings=settings), rows


def _learn_inputs(
    network: Ensemble,
    preprocessing: Preprocessing,
    table: Table,
    training: np.ndarray,
    bag: tuple[Fold, ...],
) -> None:
    """Let each fold scale its inputs by the rows that it learns from."""
    folds = [one.training for one in bag] or [training]
    every = np.unique(np.concatenate(folds))
    step = -(-len(every) // SCALED_ROWS)
    every = every[::step]  # more would not move the quartiles
    dense = preprocessing.encode(table.take(every), dtype=np.float64).dense
    for number, rows in enumerate(folds):
        network.learn_inputs(dense[np.isin(every, rows)], number, rows_each=step)


def _started(layout: Layout, objective: Objective, settings: Settings, own: Own) -> Network:
    """The network that the settings describe, its parameters at their start."""
    n_codes = tuple(count for _, count in layout.codes)
    network = build_network(
        len(layout.dense),
        n_codes,
        layout.outputs,
        settings=settings,
        own=own,
        numbers=layout.numbers,
    )
    if settings.optimizer == "exact":
        check_exact(network, objective, settings)
    generator = torch_generator(settings.seed, "initialization")
    initialize(network, settings=settings, generator=generator)
    return network


def _multiplications(network: Network, settings: Settings, n_rows: int) -> int:
    """Of one forward pass over a batch: one a weight and row."""
    batch = n_rows if not isinstance(settings.batch_size, int) else min(settings.batch_size, n_rows)
    return batch * sum(weight.numel() for weight in network.decayed())
