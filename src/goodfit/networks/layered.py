"""What networks of layers have in common: embeddings before, a chain of layers after."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Generator, Tensor, nn

from goodfit.networks.contract import ByHand, Network, Predictor
from goodfit.networks.initializations import Initialization
from goodfit.networks.layers import Dense, DenseByHand, Layer, LayerByHand, all_by_hand, run
from goodfit.networks.rowwise import as_inputs


class LayeredNetwork(Network):
    """A network that is a chain of layers; a family says only which.

    Columns of codes go through an embedding each; an unseen level (code 0) is the
    zero vector, the middle of the embeddings at their start.

    Args:
        n_dense: number of dense columns.
        n_codes: number of codes of each code column.
        n_outputs: number of outputs.
    """

    def __init__(self, n_dense: int, n_codes: tuple[int, ...], n_outputs: int) -> None:
        super().__init__()
        self.embeddings = nn.ParameterList(
            torch.zeros(codes, embedding_width(codes)) for codes in n_codes
        )
        self.n_dense, self.n_outputs = n_dense, n_outputs
        self.n_inputs = n_dense + sum(table.shape[1] for table in self.embeddings)
        #: In the order of computing: a ``Dense`` first and last. The family registers them.
        self.chain: list[Layer] = []

    def forward(self, dense: Tensor, codes: Tensor) -> Tensor:
        """See :class:`Network`."""
        return run(self.chain, _inputs(dense, codes, self.embeddings))

    def of_folds(self, dense: Tensor, codes: Tensor, folds: slice) -> Tensor:
        """See :class:`Network`."""
        return self(dense[0], codes[0])[None]

    def start(self, draw: Initialization, generator: Generator) -> None:
        """See :class:`Network`.

        Embeddings start as standard normal numbers (as RealMLP's, arXiv 2407.04491),
        but for the zero vectors of an unseen and a missing level.
        """
        for table in self.embeddings:
            drawn = torch.empty(table.shape[0] - 2, table.shape[1]).normal_(generator=generator)
            table[2:].copy_(drawn)
        for layer in self.chain:
            layer.start(draw, generator)

    def decayed(self) -> list[nn.Parameter]:
        """See :class:`Network`."""
        weights = [weight for layer in self.chain for weight in layer.decayed()]
        return [*self.embeddings, *weights]

    def matrices(self) -> list[nn.Parameter]:
        """See :class:`Network`."""
        weights = [layer.weight for layer in self.modules() if isinstance(layer, Dense)]
        last = self.chain[-1]
        assert isinstance(last, Dense)
        return [w for w in weights if w is not last.weight and min(w.shape) > 1]

    def widest(self) -> int:
        """See :class:`Network`."""
        return max((max(weight.shape) for weight in self.matrices()), default=1)

    def by_hand(self) -> ByHand | None:
        """See :class:`Network`."""
        first, *later = self.chain
        assert isinstance(first, Dense)
        hands = all_by_hand(later)
        # What reached the table itself is nobody's gradient, only what reached the embeddings.
        inputs = DenseByHand(first, first_wanted=self.n_dense)
        return None if hands is None else _LayeredByHand(self, [inputs, *hands])

    def predictor(self) -> Predictor:
        """See :class:`Network`."""
        layers = [layer.rowwise() for layer in self.chain]
        tables = [table.detach().clone() for table in self.embeddings]
        n_outputs = self.n_outputs

        def predict(dense: Tensor, codes: Tensor) -> Tensor:
            return run(layers, as_inputs(_inputs(dense, codes, tables)))[:, :n_outputs]

        return predict

    def use_generator(self, generator: Generator) -> None:
        """See :class:`Network`."""
        for layer in self.chain:
            layer.use_generator(generator)


def _inputs(dense: Tensor, codes: Tensor, tables: Iterable[Tensor]) -> Tensor:
    """Dense columns and, beside them, each code's embedding: (row, input)."""
    embedded = [table[codes[:, column]] for column, table in enumerate(tables)]
    return torch.cat([dense, *embedded], dim=1) if embedded else dense


def embedding_width(n_codes: int) -> int:
    """Numbers that stand for one level of a category.

    Grows slowly with the levels up to 8, the width of RealMLP's embeddings
    (arXiv 2407.04491, table A.1); 1.6 c^0.56 is fastai's rule.
    """
    return int(min(8, round(1.6 * n_codes**0.56)))


class _LayeredByHand:
    """Back-propagation written out: the layers forward, then backward."""

    def __init__(self, network: LayeredNetwork, hands: Sequence[LayerByHand]) -> None:
        self.hands = hands
        self.tables = [(table.data, table.grad) for table in network.embeddings]
        self.n_dense, self.n_inputs = network.n_dense, network.n_inputs
        self.inputs: dict[int, Tensor] = {}
        self.codes: Tensor | None = None

    def forward(self, dense: Tensor, codes: Tensor) -> Tensor:
        self.codes = codes
        a = self._embedded(dense, codes) if self.tables else dense
        for hand in self.hands:
            a = hand.forward(a)
        return a

    def _embedded(self, dense: Tensor, codes: Tensor) -> Tensor:
        inputs = self.inputs.get(len(dense))
        if inputs is None:
            inputs = self.inputs[len(dense)] = dense.new_empty(len(dense), self.n_inputs)
        inputs[:, : self.n_dense] = dense
        start = self.n_dense
        for column, (table, _) in enumerate(self.tables):
            stop = start + table.shape[1]
            inputs[:, start:stop] = table[codes[:, column]]
            start = stop
        return inputs

    def backward(self, upstream: Tensor) -> None:
        for hand in reversed(self.hands):
            upstream = hand.backward(upstream)
        assert self.codes is not None
        start = 0
        for column, (table, grad) in enumerate(self.tables):
            stop = start + table.shape[1]
            assert grad is not None
            grad.zero_().index_add_(0, self.codes[:, column], upstream[:, start:stop])
            start = stop
