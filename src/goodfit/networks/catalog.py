"""Networks by name, and how one is built from settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import torch
from torch import Generator

from goodfit.core.errors import GoodfitError
from goodfit.core.settings import Settings
from goodfit.networks.activations import ACTIVATIONS
from goodfit.networks.contract import Network
from goodfit.networks.initializations import INITIALIZATIONS
from goodfit.networks.linear import Linear
from goodfit.networks.mlp import MLP

#: ``family(n_dense, n_codes, n_outputs, settings)``
Family = Callable[[int, tuple[int, ...], int, Settings], Network]


def _linear(n_dense: int, n_codes: tuple[int, ...], n_outputs: int, settings: Settings) -> Network:
    return Linear(n_dense, n_codes, n_outputs)


def _mlp(n_dense: int, n_codes: tuple[int, ...], n_outputs: int, settings: Settings) -> Network:
    return MLP(
        n_dense,
        n_codes,
        n_outputs,
        widths=settings.widths or (),
        activation=ACTIVATIONS[settings.activation],
        dropout=settings.dropout or 0.0,
    )


#: Every family of networks by name.
NETWORKS: Mapping[str, Family] = {"linear": _linear, "mlp": _mlp}


def build_network(
    n_dense: int, n_codes: tuple[int, ...], n_outputs: int, *, settings: Settings
) -> Network:
    """The structure that the settings describe, its parameters still zero.

    Args:
        n_dense: number of dense columns.
        n_codes: number of codes of each code column.
        n_outputs: number of outputs.
        settings: resolved settings (``widths`` and ``dropout`` given for ``mlp``).

    >>> from goodfit.core.settings import make_settings
    >>> build_network(1, (), 1, settings=make_settings(network="linear"))
    Linear(
      (tables): ParameterList()
    )
    """
    return NETWORKS[settings.network](n_dense, n_codes, n_outputs, settings)


@torch.no_grad()
def initialize(network: Network, *, settings: Settings, generator: Generator) -> None:
    """Give every parameter its start, drawn from ``generator`` in the order of the layers.

    Raises:
        GoodfitError: for zeros in a network with hidden layers.
    """
    if settings.initialization == "zeros" and settings.network != "linear":
        raise GoodfitError("networks.zeros_cannot_learn", network=settings.network)
    network.start(INITIALIZATIONS[settings.initialization], generator)
