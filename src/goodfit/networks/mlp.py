"""The multilayer perceptron: hidden layers of neurons, one after the other."""

from __future__ import annotations

from typing import final

from torch import nn

from goodfit.core.own import Own
from goodfit.core.settings import Settings
from goodfit.networks.activations import HiddenActivation, chosen_activation
from goodfit.networks.layered import LayeredNetwork
from goodfit.networks.layers import Dense, dropping
from goodfit.networks.normalizations import normalizing


@final
class MLP(LayeredNetwork):
    """Fully connected hidden layers, each with an activation and dropout, then a linear one.

    When: one network, whose every part can be chosen; the target bends, or columns matter
    together. `ensemble` errs less with nothing chosen; on a table whose straight line is as
    good, `linear` is smaller and can be read.
    Source: Rumelhart, Hinton and Williams 1986; dropout: Srivastava et al. 2014.

    Args:
        n_dense: number of dense columns.
        n_codes: number of codes of each code column.
        n_outputs: number of outputs.
        widths: neurons of each hidden layer.
        activation: what the neurons of a hidden layer do with their weighted sums.
        normalization: of the weighted sums before it: ``none``, ``batch`` or ``layer``.
        dropout: share of hidden neurons switched off in a training step.

    >>> import torch
    >>> from goodfit.core.own import Own
    >>> from goodfit.core.settings import defaults
    >>> from goodfit.networks.activations import chosen_activation
    >>> network = MLP(2, (5,), 1, widths=(8, 4), activation=chosen_activation(defaults(), Own()),
    ...               normalization="batch", dropout=0.0)
    >>> network(torch.zeros(3, 2), torch.ones(3, 1, dtype=torch.int64)).shape
    torch.Size([3, 1])
    """

    def __init__(
        self,
        n_dense: int,
        n_codes: tuple[int, ...],
        n_outputs: int,
        *,
        widths: tuple[int, ...],
        activation: HiddenActivation,
        normalization: str,
        dropout: float,
    ) -> None:
        super().__init__(n_dense, n_codes, n_outputs)
        self.layers, self.normalizations = nn.ModuleList(), nn.ModuleList()
        self.activations, self.dropouts = nn.ModuleList(), nn.ModuleList()
        inputs = self.n_inputs
        for width in widths:
            active = activation(width)
            sums = width * active.pieces
            normal = normalizing(normalization, sums)
            bias = not any(layer.removes_bias for layer in normal)
            dense = Dense(inputs, sums, gain=active.gain, bias=bias)
            dropped = dropping(dropout)
            self.layers.append(dense)
            self.normalizations.extend(normal)
            self.activations.append(active)
            self.dropouts.extend(dropped)
            self.chain += [dense, *normal, active, *dropped]
            inputs = width
        last = Dense(inputs, n_outputs)
        self.layers.append(last)
        self.chain.append(last)

    @classmethod
    def chosen(
        cls,
        n_dense: int,
        n_codes: tuple[int, ...],
        n_outputs: int,
        *,
        settings: Settings,
        own: Own,
        numbers: tuple[int, ...] = (),
    ) -> MLP:
        """The network that the settings describe."""
        return cls(
            n_dense,
            n_codes,
            n_outputs,
            widths=settings.widths or (),
            activation=chosen_activation(settings, own),
            normalization=settings.normalization or "none",
            dropout=settings.dropout or 0.0,
        )
