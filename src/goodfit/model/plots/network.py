"""What a network is made of, as its picture shows it: layers, sizes, parameters, weights."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Literal

import msgspec
import numpy as np
from torch import Tensor, nn

from goodfit.networks.activations.contract import Activation
from goodfit.networks.activations.own import OwnActivation
from goodfit.networks.ensemble import Ensemble
from goodfit.networks.layers import Dense
from goodfit.networks.linear import Linear
from goodfit.networks.mlp import MLP
from goodfit.networks.own import OwnNetwork
from goodfit.networks.resnet import ResNet

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel
    from goodfit.model.plots.plot import Rows

#: Nodes of a layer that are drawn, and layers side by side: with more, nobody sees any.
MOST_NODES, MOST_COLUMNS = 24, 7

#: What a stage is: the table's columns; what is made of them before the first layer; a layer
#: without activation; a hidden layer; residual blocks; the last layer; the mean of several
#: networks; the exact line that it is added to; a part of a network that a person wrote.
Kind = Literal[
    "inputs", "prepared", "linear", "hidden", "blocks", "outputs", "mean", "line", "part"
]


class Stage(msgspec.Struct, frozen=True, kw_only=True):
    """One stage that a row passes.

    Args:
        kind: what it is.
        width: numbers that it gives of a row.
        n_parameters: learnt numbers in it.
        activation: of its neurons; empty for none.
        times: how many of it there are, one after the other (blocks) or averaged (mean).
        name: of a person's own part.
        shown: (node,) places of the nodes that are drawn, those with the largest weights.
        names: (node,) of inputs and outputs; empty for hidden nodes.
        weights: (node, node before) between what is drawn here and in the stage before; empty
            where nodes are not drawn.
        lengths: places among the nodes before whose weights are lengths without a sign: of a
            category, which is several numbers, and of neurons with several sums.
    """

    kind: Kind
    width: int
    n_parameters: int
    activation: str = ""
    times: int = 1
    name: str = ""
    shown: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    weights: tuple[tuple[float, ...], ...] = ()
    lengths: tuple[int, ...] = ()


class NetworkReport(msgspec.Struct, frozen=True, kw_only=True):
    """A network, stage by stage.

    Args:
        network: its family.
        n_parameters: of all stages.
        stages: in the order in which a row passes them (of a network that a person wrote: in
            which it was made).
        neurons: whether single neurons are drawn, and not blocks.
        members: networks that are averaged: in each fold, and ``folds`` how many of these.
        folds: see ``members``.
        line_share: of an ensemble mixed with the exact line, how much of the networks' mean is
            added to it; None without a line.
    """

    network: str
    n_parameters: int
    stages: tuple[Stage, ...]
    neurons: bool
    members: int = 1
    folds: int = 1
    line_share: float | None = None


def network_report(model: FittedModel, rows: Rows | None = None) -> NetworkReport:
    """The network of a model."""
    network = model.network
    line_share = None
    if isinstance(network, (Linear, MLP)):
        stages = _drawn(_single(model, network))
    elif isinstance(network, ResNet):
        stages = _of_resnet(model, network)
    elif isinstance(network, Ensemble):
        stages = _of_ensemble(model, network)
        if network.line.any() or float(network.share) != 1:
            line_share = float(network.share)
            stages.append(Stage(kind="line", width=network.n_outputs, n_parameters=0))
    else:
        stages = _of_own(model, network)
    return NetworkReport(
        network=model.settings.network,
        n_parameters=sum(stage.n_parameters for stage in stages),
        stages=tuple(stages),
        neurons=isinstance(network, (Linear, MLP)) and len(stages) <= MOST_COLUMNS,
        members=network.members,
        folds=network.folds,
        line_share=line_share,
    )


def _inputs(model: FittedModel, n_parameters: int = 0) -> Stage:
    layout = model.preprocessing.layout
    names = (*layout.dense, *(name for name, _ in layout.codes))
    return Stage(kind="inputs", width=len(names), n_parameters=n_parameters, names=names)


def output_names(model: FittedModel) -> tuple[str, ...]:
    """What each output of a network says something of."""
    schema = model.schema
    each = model.objective.n_outputs
    if schema.target.task == "multiclass":
        return tuple(map(str, model.levels.tolist()))
    if schema.target.task == "binary":
        return (f"{schema.target.name} = {schema.target.levels[1]}",)
    further = [extra.name for extra in model.objective.loss.further]
    found = [
        f"{target.name} ({name})" if name else target.name
        for target in schema.targets
        for name in (further if len(further) > 1 else [""])
    ]
    return tuple(found) if len(found) == each else tuple(map(str, range(1, each + 1)))


#: A stage, its weights (node, node before), and which of the nodes before have lengths instead.
_Found = tuple[Stage, np.ndarray, np.ndarray]


def _single(model: FittedModel, network: Linear | MLP) -> Iterator[_Found]:
    """Every stage of one network of neurons."""
    n_dense, n_codes = len(model.preprocessing.layout.dense), len(model.preprocessing.layout.codes)
    lengths = np.array([False] * n_dense + [True] * n_codes, dtype=bool)
    nothing = np.empty((0, 0)), np.empty(0, dtype=bool)
    if isinstance(network, Linear):
        codes = [np.linalg.norm(_array(table), axis=0) for table in network.tables]
        yield _inputs(model), *nothing
        weights = np.column_stack([_array(network.weight), *codes])
        yield _outputs(model, _count(network.parameters())), weights, lengths
        return
    yield _inputs(model, _count(network.embeddings)), *nothing
    sizes = [1] * n_dense + [table.shape[1] for table in network.embeddings]
    for first, *later in _groups(network.chain):
        assert isinstance(first, Dense)
        weights = _array(first.weight)
        weights = _together(weights, sizes) if sizes else weights
        active = next((a for a in later if isinstance(a, (Activation, OwnActivation))), None)
        count = _count(p for layer in (first, *later) for p in layer.parameters())
        if active is None:
            yield _outputs(model, count), weights, lengths
            continue
        if active.pieces > 1:
            lengths = np.ones(weights.shape[1], dtype=bool)
            pieces = weights.reshape(active.pieces, -1, weights.shape[1])
            weights = np.linalg.norm(pieces, axis=0)
        name = model.settings.activation
        hidden = Stage(kind="hidden", width=len(weights), n_parameters=count, activation=name)
        yield hidden, weights, lengths
        lengths, sizes = np.zeros(len(weights), dtype=bool), list[int]()


def _groups(chain: Sequence[nn.Module]) -> Iterator[list[nn.Module]]:
    """A chain of layers, each weighted sum with what follows it."""
    group: list[nn.Module] = []
    for layer in chain:
        if isinstance(layer, Dense) and group:
            yield group
            group = []
        group.append(layer)
    yield group


def _together(weights: np.ndarray, sizes: Sequence[int]) -> np.ndarray:
    """(node, column) from (node, input): of a category's several inputs the length."""
    edges = np.cumsum([0, *sizes])
    columns = [
        weights[:, start] if size == 1 else np.linalg.norm(weights[:, start : start + size], axis=1)
        for start, size in zip(edges, sizes, strict=False)
    ]
    return np.column_stack(columns) if columns else np.empty((len(weights), 0))


def _drawn(found: Iterable[_Found]) -> list[Stage]:
    """The stages with the nodes that are drawn, those with the largest weights."""
    stages, matrices, lengths = (list(column) for column in zip(*found, strict=True))
    around = [matrices[1].T, *matrices[1:]]
    shown = [
        np.sort(np.argsort(-np.linalg.norm(matrix, axis=1), kind="stable")[:MOST_NODES])
        for matrix in around
    ]
    drawn = [_with_nodes(stages[0], shown[0])]
    for place in range(1, len(stages)):
        here, before = shown[place], shown[place - 1]
        weights = matrices[place][np.ix_(here, before)].astype(float)
        drawn.append(
            msgspec.structs.replace(
                _with_nodes(stages[place], here),
                weights=tuple(map(tuple, weights.tolist())),
                lengths=tuple(np.flatnonzero(lengths[place][before]).tolist()),
            )
        )
    return drawn


def _with_nodes(stage: Stage, shown: np.ndarray) -> Stage:
    names = tuple(stage.names[node] for node in shown) if stage.names else ()
    return msgspec.structs.replace(stage, shown=tuple(shown.tolist()), names=names)


def _of_resnet(model: FittedModel, network: ResNet) -> list[Stage]:
    """The first layer, the blocks, and what follows the last."""
    settings = model.settings
    width = network.first.weight.shape[0]
    prepared = _count([*network.embeddings, *network.first.parameters()])
    return [
        _inputs(model),
        Stage(kind="linear", width=width, n_parameters=prepared),
        Stage(
            kind="blocks",
            width=width,
            n_parameters=_count(network.blocks.parameters()),
            activation=settings.activation,
            times=len(network.blocks),
        ),
        _outputs(model, _count(network.last.parameters())),
    ]


def _of_ensemble(model: FittedModel, network: Ensemble) -> list[Stage]:
    """What each of its networks is, and their mean; parameters are those of all together."""
    before = [network.frequencies, network.phases, network.mixes, network.mix_biases]
    sums = [(network.first, network.first_biases)]
    sums += list(zip(network.weights, network.biases, strict=True))
    return [
        _inputs(model),
        Stage(
            kind="prepared",
            width=network.n_inputs,
            n_parameters=_count([*before, *network.embeddings]),
        ),
        *(
            Stage(kind="hidden", width=width, n_parameters=_count(pair), activation="relu")
            for width, pair in zip(network.widths, sums, strict=True)
        ),
        _outputs(model, _count([network.lasts, network.last_biases])),
        Stage(
            kind="mean",
            width=network.n_outputs,
            n_parameters=0,
            times=network.folds * network.members,
        ),
    ]


def _of_own(model: FittedModel, network: nn.Module) -> list[Stage]:
    """The parts with parameters of a network that a person wrote, in the order of making."""
    module = network.module if isinstance(network, OwnNetwork) else network
    parts = [
        Stage(
            kind="part",
            width=next(own).shape[0] if (own := part.parameters(recurse=False)) else 0,
            n_parameters=_count(part.parameters(recurse=False)),
            name=type(part).__name__,
        )
        for part in module.modules()
        if next(part.parameters(recurse=False), None) is not None
    ]
    return [_inputs(model), *parts, _outputs(model, 0)]


def _outputs(model: FittedModel, n_parameters: int) -> Stage:
    names = output_names(model)
    return Stage(kind="outputs", width=len(names), n_parameters=n_parameters, names=names)


def _array(parameter: Tensor) -> np.ndarray:
    return parameter.detach().double().numpy()


def _count(parameters: Iterable[Tensor]) -> int:
    return sum(parameter.numel() for parameter in parameters)
