"""Small readings of a fitted model that explain a concept: numbers, without words."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import torch

from goodfit.model.report import Stopped, course
from goodfit.model.walk.forward import layers_of
from goodfit.networks.ensemble import Ensemble
from goodfit.preprocessing.numbers import NumberColumn
from goodfit.scoring.reliability import Reliability

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel
    from goodfit.model.records import Coverage


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """The learning rate over a training.

    Args:
        optimizer: its name.
        schedule: its name.
        learning_rate: that of the settings; None where no steps were taken.
        warmup: share of the steps in which it rose.
        by_epoch: (epoch,) that of each epoch's last step.
    """

    optimizer: str
    schedule: str
    learning_rate: float | None
    warmup: float
    by_epoch: tuple[float, ...]


def rates_of(model: FittedModel) -> Rates:
    """Schedule and learning rates of a model's training.

    >>> import goodfit
    >>> model = goodfit.fit({"x": [1, 2, 3, 4], "y": [3, 5, 7, 9]}, target="y", network="linear",
    ...                     epochs=3, learning_rate=0.1, schedule="constant", split="none")
    >>> rates_of(model).by_epoch
    (0.1, 0.1, 0.1)
    """
    settings = model.settings
    return Rates(
        optimizer=settings.optimizer,
        schedule=settings.schedule,
        learning_rate=settings.learning_rate,
        warmup=settings.warmup or 0.0,
        by_epoch=tuple(model.history.learning_rate),
    )


class PartSizes(msgspec.Struct, frozen=True, kw_only=True):
    """How many rows each part has.

    Args:
        n_rows: of the table, with a target.
        n_training: rows that the network learnt from.
        n_validation: rows that watched; of an ensemble of folds each row watches one.
        n_test: rows that scored it.
        split: what the settings said.
        folds: networks that were trained and scored on other rows each; None without.
        bag: folds of an ensemble; 1 for others.
        batch_size: rows a step, or ``full``.
    """

    n_rows: int
    n_training: int
    n_validation: int
    n_test: int
    split: str
    folds: int | None
    bag: int
    batch_size: int | str | None


def parts_of(model: FittedModel) -> PartSizes:
    """The parts that a table was divided into.

    >>> import goodfit
    >>> table = {"x": list(range(100)), "y": [3.0 * x for x in range(100)]}
    >>> found = parts_of(goodfit.fit(table, target="y", network="linear", epochs=1))
    >>> found.n_training, found.n_validation, found.n_test
    (60, 20, 20)
    """
    origin, settings = model.provenance, model.settings
    return PartSizes(
        n_rows=origin.n_rows,
        n_training=origin.n_training,
        n_validation=origin.n_validation,
        n_test=origin.n_test,
        split=settings.split,
        folds=settings.folds,
        bag=model.network.folds,
        batch_size=settings.batch_size,
    )


class Scaled(msgspec.Struct, frozen=True, kw_only=True):
    """What a scaling does to one column of numbers.

    Args:
        column: its name.
        scaling: name of the scaling.
        center: is subtracted: the mean, of a standardised column.
        scale: divides then: the standard deviation.
        fill: stands for a missing cell.
    """

    column: str
    scaling: str
    center: float
    scale: float
    fill: float


def scalings_of(model: FittedModel) -> tuple[Scaled, ...]:
    """What was done to each column of numbers.

    >>> import goodfit
    >>> model = goodfit.fit({"x": [1, 2, 3, 4], "y": [3, 5, 7, 9]}, target="y", network="linear",
    ...                     epochs=1, split="none")
    >>> scalings_of(model)[0].center
    2.5
    """
    return tuple(
        Scaled(
            column=column.name,
            scaling=column.scaling,
            center=column.center,
            scale=column.scale,
            fill=column.fill,
        )
        for column in model.preprocessing.columns
        if isinstance(column, NumberColumn)
    )


class LayerShape(msgspec.Struct, frozen=True, kw_only=True):
    """One layer's size: numbers of a row that go in and come out, and its parameters."""

    name: str
    kind: str
    n_inputs: int
    n_outputs: int
    n_parameters: int


def shapes_of(model: FittedModel) -> tuple[LayerShape, ...]:
    """The layers in the order of computing; of an ensemble those of one member.

    >>> import goodfit
    >>> model = goodfit.fit({"x": [1, 2, 3, 4], "y": [3, 5, 7, 9]}, target="y", network="mlp",
    ...                     widths=(3,), dropout=0.0, epochs=1, split="none")
    >>> [(shape.kind, shape.n_inputs, shape.n_outputs) for shape in shapes_of(model)]
    [('Dense', 1, 3), ('ReLU', 3, 3), ('Dense', 3, 1)]
    """
    network, layout = model.network, model.preprocessing.layout
    like = next(network.parameters())
    dense = torch.zeros(1, len(layout.dense), dtype=like.dtype)
    codes = torch.zeros(1, len(layout.codes), dtype=torch.int64)
    if isinstance(network, Ensemble):
        from goodfit.model.intervals import alone

        network = alone(network, 0)
    return tuple(
        LayerShape(
            name=layer.name,
            kind=layer.kind,
            n_inputs=len(layer.inputs),
            n_outputs=len(layer.outputs),
            n_parameters=layer.n_parameters,
        )
        for layer in layers_of(network, dense, codes)
    )


class Stopping(msgspec.Struct, frozen=True, kw_only=True):
    """When a training ended, and what was kept.

    Args:
        n_epochs: planned, and ``epochs`` done.
        kept_epoch: whose parameters are the model's.
        stopped: why it ended.
        patience: epochs without a better loss before stopping; 0 never stops.
        train_loss: (epoch,), and ``valid_loss`` (epoch,), None where nothing was measured.
    """

    n_epochs: int
    epochs: int
    kept_epoch: int
    stopped: Stopped
    patience: int
    train_loss: tuple[float, ...]
    valid_loss: tuple[float | None, ...]


def stopping_of(model: FittedModel) -> Stopping:
    """How a training went until it ended.

    >>> import goodfit
    >>> model = goodfit.fit({"x": [1, 2, 3, 4], "y": [3, 5, 7, 9]}, target="y", network="linear",
    ...                     epochs=3, split="none")
    >>> stopping_of(model).stopped
    'finished'
    """
    found = course(model)
    return Stopping(
        n_epochs=found.n_epochs,
        epochs=found.epochs,
        kept_epoch=found.kept_epoch,
        stopped=found.stopped,
        patience=model.settings.early_stopping or 0,
        train_loss=tuple(model.history.train_loss),
        valid_loss=tuple(model.history.valid_loss),
    )


class Sureness(msgspec.Struct, frozen=True, kw_only=True):
    """Whether probabilities and intervals kept their word on the test rows.

    Args:
        reliability: of the probabilities; None for numbers and without test rows.
        before: the same of an ensemble's networks alone; None where nothing was changed.
        coverage: of intervals or sets, at each level that was measured.
    """

    reliability: Reliability | None
    before: Reliability | None
    coverage: tuple[Coverage, ...]


def sureness_of(model: FittedModel) -> Sureness:
    """Calibration as the test rows measured it.

    >>> import goodfit
    >>> table = {"x": list(range(100)), "y": [str(x > 40) for x in range(100)]}
    >>> sureness_of(goodfit.fit(table, target="y", network="linear", epochs=2)).reliability.n_rows
    20
    """
    scores = model.scores
    return Sureness(
        reliability=scores.reliability if scores else None,
        before=scores.reliability_before if scores else None,
        coverage=scores.coverage if scores else (),
    )
