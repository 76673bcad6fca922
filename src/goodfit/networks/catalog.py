"""Networks by name, and how one is built from settings."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Generator

from goodfit.core.errors import GoodfitError
from goodfit.core.own import OWN, Own
from goodfit.core.settings import Settings
from goodfit.networks.activations.own import check_activation
from goodfit.networks.contract import Network
from goodfit.networks.ensemble import Ensemble
from goodfit.networks.initializations import INITIALIZATIONS
from goodfit.networks.linear import Linear
from goodfit.networks.mlp import MLP
from goodfit.networks.own import make_own, sketch_own
from goodfit.networks.resnet import ResNet

NOTHING_OWN = Own()
# With gradients and an optimizer's memory, 8 GB of float32.
MOST_PARAMETERS = 500_000_000

#: Every family of networks by name.
NETWORKS: Mapping[str, type[Linear | MLP | ResNet | Ensemble]] = {
    "linear": Linear,
    "mlp": MLP,
    "resnet": ResNet,
    "ensemble": Ensemble,
}


def build_network(
    n_dense: int,
    n_codes: tuple[int, ...],
    n_outputs: int,
    *,
    settings: Settings,
    own: Own = NOTHING_OWN,
    numbers: tuple[int, ...] = (),
) -> Network:
    """The structure that the settings describe, its parameters still zero.

    A person's own network starts as its class leaves it.

    Args:
        n_dense: number of dense columns.
        n_codes: number of codes of each code column.
        n_outputs: number of outputs.
        settings: resolved settings (``widths`` given for ``mlp``).
        own: objects that stand for names in the settings.
        numbers: places of the dense columns that are numbers of many values.

    Raises:
        GoodfitError: if it would have more parameters than ordinary memory holds, or a person's
            own part cannot be one.

    >>> from goodfit.core.settings import make_settings
    >>> build_network(1, (), 1, settings=make_settings(network="linear"))
    Linear(
      (tables): ParameterList()
    )
    """
    if settings.activation == OWN:
        check_activation(own.activation)
    sketch = sketch_network(
        n_dense, n_codes, n_outputs, settings=settings, own=own, numbers=numbers
    )
    n_parameters = sum(parameter.numel() for parameter in sketch.parameters())
    if n_parameters > MOST_PARAMETERS:
        raise GoodfitError("networks.too_large", n_parameters=n_parameters, most=MOST_PARAMETERS)
    if settings.network == OWN:
        return make_own(n_dense, n_codes, n_outputs, settings=settings, own=own)
    family = NETWORKS[settings.network]
    return family.chosen(n_dense, n_codes, n_outputs, settings=settings, own=own, numbers=numbers)


def sketch_network(
    n_dense: int,
    n_codes: tuple[int, ...],
    n_outputs: int,
    *,
    settings: Settings,
    own: Own = NOTHING_OWN,
    numbers: tuple[int, ...] = (),
) -> Network:
    """As :func:`build_network`, but shapes alone: it takes no memory, whatever its size.

    >>> from goodfit.core.settings import make_settings
    >>> settings = make_settings(network="mlp", widths=(65536, 65536), dropout=0.0)
    >>> sum(p.numel() for p in sketch_network(1, (), 1, settings=settings).parameters())
    4295229441
    """
    if settings.network == OWN:
        return sketch_own(n_dense, n_codes, n_outputs, settings=settings, own=own)
    with torch.device("meta"):
        family = NETWORKS[settings.network]
        return family.chosen(
            n_dense, n_codes, n_outputs, settings=settings, own=own, numbers=numbers
        )


@torch.no_grad()
def initialize(network: Network, *, settings: Settings, generator: Generator) -> None:
    """Give every parameter its start, drawn from ``generator`` in the order of the layers.

    Raises:
        GoodfitError: for zeros in a network with hidden layers.
    """
    if settings.initialization == "zeros" and settings.network != "linear":
        raise GoodfitError("networks.zeros_cannot_learn", network=settings.network)
    network.start(INITIALIZATIONS[settings.initialization], generator)
