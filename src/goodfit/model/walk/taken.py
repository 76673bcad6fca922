"""A walk: one row forward through a model, its loss, and one step back."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from goodfit.core.batch import Batch
from goodfit.core.errors import GoodfitError
from goodfit.core.own import OWN
from goodfit.core.remarks import Remark
from goodfit.data.parse import read_target
from goodfit.model.intervals import alone
from goodfit.model.walk.backward import Way, gradients_of, step_of
from goodfit.model.walk.forward import layers_of, mixture_of
from goodfit.model.walk.records import Answer, Parameter, RowLoss, Step, Value, Walk
from goodfit.model.walk.row import cells_of, encoded_of, find_row, plain
from goodfit.networks.ensemble import Ensemble
from goodfit.networks.layers import Dropout

if TYPE_CHECKING:
    from goodfit.data.table import Table
    from goodfit.model.fitted import FittedModel
    from goodfit.networks.contract import Network

# Single precision keeps seven digits; a few layers cost some of them.
ROUNDING = 1e-4


def walk(
    model: FittedModel,
    source: Any,
    *,
    row: int = 1,
    fold: int = 1,
    member: int = 1,
    **reading: Any,
) -> Walk:
    """Follow one row through a model and back, in double precision.

    Preprocessing, network, loss, backward pass and optimizer are those that the model was
    fitted with; only the differences that check the gradient are computed here. Nothing of the
    model changes.

    Args:
        model: fitted.
        source: whatever :func:`goodfit.fit` reads, with the target if a loss is wanted.
        row: its number, counted from 1.
        fold: of an ensemble: whose layers are shown and whose step is taken, counted from 1.
        member: of an ensemble: whose layers are shown, counted from 1.
        **reading: as for ``FittedModel.predict``.

    Raises:
        GoodfitError: if there is no such row, fold or member, and as ``FittedModel.predict``.

    >>> import goodfit
    >>> table = {"x": [1, 2, 3, 4], "y": [3, 5, 7, 10]}
    >>> model = goodfit.fit(table, target="y", network="linear", epochs=5, split="none")
    >>> found = walk(model, table, row=4)
    >>> [cell.value for cell in found.cells], found.answer.same, found.largest_difference < 1e-6
    ([4, 10], True, True)
    """
    table = find_row(model, source, row, reading)
    whole = _double(model.network)
    one = _one_fold(whole, fold, member)
    inputs = model.preprocessing.encode(table, dtype=np.float64)
    dense, codes = torch.from_numpy(inputs.dense), torch.from_numpy(inputs.codes)
    try:
        layers = layers_of(one, dense, codes, member=member - 1)
        answer = _answer(model, whole, table, dense, codes)
    except (RuntimeError, TypeError) as error:
        if OWN not in (model.settings.network, model.settings.activation):
            raise
        raise GoodfitError("walk.not_in_double", reason=str(error)) from error
    loss, way, remarks = _loss(model, one, table, dense, codes)
    parameters, by_hand, step = (), False, None
    if way is not None:
        parameters, by_hand = gradients_of(way)
        step, parameters, said = _step(model, way, parameters)
        remarks += said
    differences = [p.largest_difference for p in parameters if p.largest_difference is not None]
    return Walk(
        network=model.settings.network,
        row=row,
        cells=cells_of(model, table),
        encoded=encoded_of(model, table, inputs),
        layers=layers,
        mixture=mixture_of(whole, dense, codes, fold=fold - 1, member=member - 1),
        answer=answer,
        loss=loss,
        parameters=parameters,
        by_hand=by_hand,
        largest_difference=max(differences, default=None),
        n_checked=sum(len(parameter.numbers) for parameter in parameters),
        n_parameters=sum(value.numel() for value in one.parameters()),
        n_kinks=sum(parameter.n_kinks for parameter in parameters),
        step=step,
        resting=_resting(model),
        remarks=remarks,
    )


def _double(network: Network) -> Network:
    """A copy in double precision that can learn, in evaluation mode, without dropout."""
    found = copy.deepcopy(network).double().eval()
    for parameter in found.parameters():
        parameter.requires_grad = True
    for module in found.modules():
        if isinstance(module, Dropout):
            module.share = 0.0
    return found


def _one_fold(network: Network, fold: int, member: int) -> Network:
    """Of an ensemble the fold that is shown; other networks as they are.

    Raises:
        GoodfitError: if there is no such fold or member.
    """
    for name, place, count in (("fold", fold, network.folds), ("member", member, network.members)):
        if not 1 <= place <= count:
            raise GoodfitError("walk.no_such_part", name=name, place=place, count=count)
    if not isinstance(network, Ensemble):
        return network
    found = alone(network, fold - 1)
    for parameter in found.parameters():
        parameter.requires_grad = True
    return found


def _resting(model: FittedModel) -> tuple[str, ...]:
    """What a training step does and a walk does not, as names of settings."""
    settings = model.settings
    names = ("dropout", "residual_dropout", "input_noise", "weight_average")
    found = [name for name in names if getattr(settings, name)]
    found += ["normalization"] * (settings.normalization == "batch")
    return (*found, *["activation"] * (settings.activation == "rrelu"))


@torch.no_grad()
def _answer(
    model: FittedModel, network: Network, table: Table, dense: Tensor, codes: Tensor
) -> Answer:
    outputs = network(dense, codes)
    linked = model.objective.predict(outputs)
    ours, theirs = model.answers.predictions(linked.numpy()), model.predict_table(table)
    classes = bool(model.schema.target.levels)
    pairs = (ours.ratings, theirs.ratings) if classes else (ours.predictions, theirs.predictions)
    difference = float(np.abs(pairs[0] - pairs[1]).max())
    first = model.preprocessing.targets[0]
    size = max(1.0, float(np.abs(pairs[0]).max())) if classes else _size(model, pairs[0])
    return Answer(
        targets=tuple(target.name for target in model.schema.targets),
        outputs=tuple(outputs[0].tolist()),
        link=model.objective.loss.link.name,
        linked=tuple(linked[0].tolist()),
        center=None if classes else first.center,
        scale=None if classes else first.scale,
        transform=None if classes else first.transform,
        prediction=_values(ours.predictions),
        probabilities=tuple(ours.probabilities[0].tolist()),
        levels=model.schema.target.levels,
        model_says=_values(theirs.predictions),
        difference=difference,
        same=difference <= ROUNDING * size,
    )


def _size(model: FittedModel, predictions: np.ndarray) -> float:
    """What a difference of predictions is to be seen against: their size, the target's spread."""
    return max(float(np.abs(predictions).max()), model.preprocessing.targets[0].scale)


def _values(predictions: np.ndarray) -> tuple[Value, ...]:
    return tuple(plain(value) for value in np.atleast_1d(predictions[0]))


def _loss(
    model: FittedModel, network: Network, table: Table, dense: Tensor, codes: Tensor
) -> tuple[RowLoss | None, Way | None, tuple[Remark, ...]]:
    """The loss of the row, and what its gradient is computed with; or why there is none."""
    targets = model.schema.targets
    lacking = [target.name for target in targets if target.name not in table.columns]
    if lacking:
        return None, None, (Remark("walk.no_target_column", {"columns": lacking}),)
    values = np.column_stack([read_target(table, target) for target in targets])
    if np.isnan(values).any():
        return None, None, (Remark("walk.no_target_cell", {}),)
    if model.settings.loss == OWN and getattr(model.objective.loss, "function", None) is None:
        return None, None, (Remark("walk.own_loss", {}),)
    scaled = torch.from_numpy(model.preprocessing.scale_targets(values))
    trained_on = scaled[:, 0].long() if model.objective.task == "multiclass" else scaled
    way = Way(network, model.objective, Batch(dense, codes, trained_on))
    found = RowLoss(
        loss=model.settings.loss,
        target=tuple(plain(table.columns[target.name][0].as_py()) for target in targets),
        trained_on=tuple(scaled[0].tolist()),
        value=way.loss(),
    )
    return found, way, ()


def _step(
    model: FittedModel, way: Way, parameters: tuple[Parameter, ...]
) -> tuple[Step | None, tuple[Parameter, ...], tuple[Remark, ...]]:
    """One step of the model's optimizer; or why there is none."""
    if model.settings.optimizer == "exact":
        return None, parameters, (Remark("walk.exact_takes_no_step", {}),)
    if model.settings.optimizer == OWN:
        return None, parameters, (Remark("walk.own_optimizer", {}),)
    return *step_of(way, parameters, model.settings), ()
