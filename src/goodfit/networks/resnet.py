"""The residual network for tables: each block adds to what came before it."""

from __future__ import annotations

from typing import final

from torch import nn

from goodfit.core.errors import GoodfitError
from goodfit.core.own import Own
from goodfit.core.settings import Settings
from goodfit.networks.activations import HiddenActivation, chosen_activation
from goodfit.networks.layered import LayeredNetwork
from goodfit.networks.layers import Dense, Residual, dropping
from goodfit.networks.normalizations import normalizing


@final
class ResNet(LayeredNetwork):
    """Blocks x + dropout(linear(dropout(activation(linear(normalization(x)))))) on linear inputs.

    The outputs are a linear layer of activation(normalization(x)) of the last block.

    When: large tables whose target bends much, where `mlp` gets no better with more layers:
    blocks that add to what came before can be many. On small tables `mlp` is as good and quicker.
    Source: Gorishniy et al. 2021, arXiv 2106.11959, section 3.2.

    Args:
        n_dense: number of dense columns.
        n_codes: number of codes of each code column.
        n_outputs: number of outputs.
        blocks: how many.
        width: numbers that each block takes and gives.
        hidden: neurons within a block.
        activation: of those.
        normalization: before each block's first layer: ``none``, ``batch`` (the paper's) or
            ``layer``.
        dropout: share of the neurons within a block switched off in a training step.
        residual_dropout: share of what a block adds switched off in a training step.

    >>> import torch
    >>> from goodfit.core.own import Own
    >>> from goodfit.core.settings import defaults
    >>> from goodfit.networks.activations import chosen_activation
    >>> network = ResNet(2, (5,), 1, blocks=2, width=8, hidden=16, normalization="batch",
    ...                  activation=chosen_activation(defaults(), Own()),
    ...                  dropout=0.1, residual_dropout=0.0)
    >>> network(torch.zeros(3, 2), torch.ones(3, 1, dtype=torch.int64)).shape
    torch.Size([3, 1])
    """

    def __init__(
        self,
        n_dense: int,
        n_codes: tuple[int, ...],
        n_outputs: int,
        *,
        blocks: int,
        width: int,
        hidden: int,
        activation: HiddenActivation,
        normalization: str,
        dropout: float,
        residual_dropout: float,
    ) -> None:
        super().__init__(n_dense, n_codes, n_outputs)

        # Differs from the paper: what each batch normalisation takes away again is not there
        # to be learnt.
        bias = normalization != "batch"

        def block() -> Residual:
            active = activation(hidden)
            inner = Dense(width, hidden * active.pieces, gain=active.gain)
            added = Dense(hidden, width, bias=bias)
            return Residual(
                [
                    *normalizing(normalization, width),
                    inner,
                    active,
                    *dropping(dropout),
                    added,
                    *dropping(residual_dropout),
                ]
            )

        first = Dense(self.n_inputs, width, bias=bias)
        blocks_made = [block() for _ in range(blocks)]
        # No layer stands before the last activation: it makes do with the sums that there are.
        seen = width // activation(1).pieces
        last = [*normalizing(normalization, width), activation(seen), Dense(seen, n_outputs)]
        self.first, self.blocks, self.last = first, nn.ModuleList(blocks_made), nn.ModuleList(last)
        self.chain += [first, *blocks_made, *last]

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
    ) -> ResNet:
        """The network that the settings describe.

        Raises:
            GoodfitError: if ``maxout`` cannot share the block's width out among its pieces.
        """
        width, pieces = settings.block_width, settings.maxout_pieces
        if settings.activation == "maxout" and width % pieces:
            raise GoodfitError("networks.width_not_in_pieces", width=width, pieces=pieces)
        return cls(
            n_dense,
            n_codes,
            n_outputs,
            blocks=settings.blocks,
            width=width,
            hidden=max(round(width * settings.hidden_factor), 1),
            activation=chosen_activation(settings, own),
            normalization=settings.normalization or "none",
            dropout=settings.dropout or 0.0,
            residual_dropout=settings.residual_dropout,
        )
