"""The forward pass, watched: what each layer is given and what it makes of it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from goodfit.model.walk.records import Layer, Mixture
from goodfit.networks.contract import Network
from goodfit.networks.ensemble import Ensemble
from goodfit.networks.layered import LayeredNetwork
from goodfit.networks.layers import Layer as NetworkLayer
from goodfit.networks.linear import Linear

# Numbers of a weight that are shown; larger ones tell a reader nothing one by one.
SHOWN_NUMBERS = 256


@torch.no_grad()
def layers_of(
    network: Network, dense: Tensor, codes: Tensor, *, member: int = 0
) -> tuple[Layer, ...]:
    """What each layer makes of one row.

    Args:
        network: in evaluation mode; of an ensemble a single fold.
        dense: (1, dense column).
        codes: (1, code column).
        member: of an ensemble, from 0.
    """
    if isinstance(network, Linear):
        return (*_lookups("tables", network.tables, codes), _weighted_sum(network, dense, codes))
    if isinstance(network, Ensemble):
        return (
            *_lookups("embeddings", [table[0] for table in network.embeddings], codes),
            *_of_member(network, dense, codes, member),
        )
    layered = isinstance(network, LayeredNetwork)
    looked_up = _lookups("embeddings", network.embeddings, codes) if layered else ()
    return (*looked_up, *_watched(network, dense, codes, layered=layered))


def _lookups(name: str, tables: Any, codes: Tensor) -> Iterator[Layer]:
    """The row of each table of codes that this row's code names."""
    for column, table in enumerate(tables):
        code = codes[0, column]
        yield Layer(
            name=f"{name}.{column}",
            kind="Lookup",
            inputs=(float(code),),
            outputs=_numbers(table[code]),
            parameters=(f"{name}.{column}",),
            n_parameters=table.numel(),
        )


def _weighted_sum(network: Linear, dense: Tensor, codes: Tensor) -> Layer:
    return Layer(
        name="linear",
        kind="Dense",
        inputs=_numbers(dense),
        outputs=_numbers(network(dense, codes)),
        **_weights(network.weight, network.bias),
        parameters=("weight", "bias"),
        n_parameters=network.weight.numel() + network.bias.numel(),
    )


def _watched(network: Network, dense: Tensor, codes: Tensor, *, layered: bool) -> list[Layer]:
    """By a hook on every layer; of a person's own module on every part that has no parts."""
    found: list[Layer] = []
    with _hooks(network, found, layered=layered):
        outputs = network(dense, codes)
    if not found:  # a module that computes all by itself
        own = dict(network.named_parameters())
        found.append(_layer("module", network, (dense,), outputs, tuple(own)))
    return found


@contextmanager
def _hooks(network: Network, found: list[Layer], *, layered: bool) -> Generator[None]:
    def keep(name: str) -> Callable[..., None]:
        def hook(module: nn.Module, given: Any, outputs: Any) -> None:
            if isinstance(outputs, Tensor) and given and isinstance(given[0], Tensor):
                own = [key for key, _ in module.named_parameters(recurse=not layered)]
                names = tuple(f"{name}.{key}" for key in own)
                found.append(_layer(name, module, given, outputs, names))

        return hook

    handles = [
        module.register_forward_hook(keep(name))
        for name, module in network.named_modules()
        if (isinstance(module, NetworkLayer) if layered else name and not any(module.children()))
    ]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _layer(
    name: str, module: nn.Module, given: Sequence[Tensor], outputs: Tensor, names: tuple[str, ...]
) -> Layer:
    weight, bias = getattr(module, "weight", None), getattr(module, "bias", None)
    return Layer(
        name=name,
        kind=type(module).__name__,
        inputs=_numbers(given[0]),
        outputs=_numbers(outputs),
        **_weights(weight, bias),
        parameters=names,
        n_parameters=sum(module.get_parameter(_last(key, name)).numel() for key in names),
    )


def _last(key: str, name: str) -> str:
    return key.removeprefix(f"{name}.")


class _Rectified(TorchFunctionMode):
    """Inside, the inputs that were put together are kept, and what rectifiers get and give."""

    def __init__(self) -> None:
        super().__init__()
        self.inputs: Tensor | None = None
        self.pairs: list[tuple[Tensor, Tensor]] = []

    def __torch_function__(  # (PyTorch calls it by this name)
        self, func: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        given = func(*args, **(kwargs or {}))
        if func is torch.cat:
            self.inputs = given
        if func is torch.relu:
            self.pairs.append((args[0], given))
        return given


def _of_member(network: Ensemble, dense: Tensor, codes: Tensor, member: int) -> Iterator[Layer]:
    """The layers of one member of an ensemble of one fold."""
    with _Rectified() as seen:
        outputs = network.each(dense[None], codes[None])[0, member, 0]
    assert seen.inputs is not None
    a, kept = seen.inputs[0, 0], dict(network.named_parameters())
    waves = ("frequencies", "phases", "mixes", "mix_biases") if network.numbers else ()
    yield Layer(
        name="inputs",
        kind="EnsembleInputs",
        inputs=_numbers(dense),
        outputs=_numbers(a),
        parameters=waves,
        n_parameters=sum(kept[name].numel() for name in waves),
    )
    # (fold, input, member · width): the first layers of all members stand side by side.
    width = network.widths[0]
    own = slice(member * width, (member + 1) * width)
    matrices = [network.first[0][:, own], *(weight[0] for weight in network.weights)]
    biases = [network.first_biases[0][0, own], *(bias[0, 0] for bias in network.biases)]
    names = ["first", *(f"weights.{place}" for place in range(len(network.weights)))]
    also = ["first_biases", *(f"biases.{place}" for place in range(len(network.biases)))]
    for name, bias_name, matrix, bias, (sums, active) in zip(
        names, also, matrices, biases, seen.pairs, strict=True
    ):
        z = sums[0, member, 0]
        yield _of_matrix((name, bias_name), matrix, bias, a, z)
        a = active[0, member, 0]
        yield Layer(name=f"relu.{name}", kind="ReLU", inputs=_numbers(z), outputs=_numbers(a))
    last = network.lasts[0, member], network.last_biases[0, member, 0]
    yield _of_matrix(("lasts", "last_biases"), *last, a, outputs)


def _of_matrix(
    names: tuple[str, str], matrix: Tensor, bias: Tensor, inputs: Tensor, outputs: Tensor
) -> Layer:
    """A layer whose matrix is (input, output)."""
    return Layer(
        name=names[0],
        kind="Dense",
        inputs=_numbers(inputs),
        outputs=_numbers(outputs),
        **_weights(matrix.t(), bias),
        parameters=names,
        n_parameters=matrix.numel() + bias.numel(),
    )


@torch.no_grad()
def mixture_of(
    network: Network, dense: Tensor, codes: Tensor, *, fold: int, member: int
) -> Mixture | None:
    """How the networks of an ensemble become one output; None for other families.

    Args:
        network: in evaluation mode, with all its folds.
        dense: (1, dense column).
        codes: (1, code column).
        fold: that is shown, from 0.
        member: of it, from 0.
    """
    if not isinstance(network, Ensemble):
        return None
    wide = dense.expand(network.folds, *dense.shape), codes.expand(network.folds, *codes.shape)
    each = network.each(*wide)  # (fold, member, row, output)
    line = network(dense, codes) - network.share * each.mean((0, 1))
    return Mixture(
        fold=fold + 1,
        member=member + 1,
        n_folds=network.folds,
        n_members=network.members,
        member_outputs=_numbers(each[fold, member]),
        mean=_numbers(each.mean((0, 1))),
        share=float(network.share),
        line=_numbers(line),
    )


def _weights(weight: Any, bias: Any) -> dict[str, Any]:
    """A matrix (output, input) and its bias as numbers, if they are few."""
    found: dict[str, Any] = {}
    if isinstance(weight, Tensor) and weight.ndim == 2 and weight.numel() <= SHOWN_NUMBERS:
        found["weight"] = tuple(map(_numbers, weight))
    if isinstance(bias, Tensor) and bias.numel() <= SHOWN_NUMBERS:
        found["bias"] = _numbers(bias)
    return found


def _numbers(tensor: Tensor) -> tuple[float, ...]:
    return tuple(tensor.detach().double().flatten().tolist())
