"""What the other rooms may expect of a network."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import Protocol

from torch import Generator, Tensor, nn

from goodfit.networks.initializations import Initialization

#: Outputs (row, output) of dense (row, dense column) and codes (row, code column).
Predictor = Callable[[Tensor, Tensor], Tensor]


class ByHand(Protocol):
    """A network's forward and backward pass without autograd, in buffers made once.

    The buffers hold the last batch of each size: one object serves one training.
    """

    def forward(self, dense: Tensor, codes: Tensor) -> Tensor:
        """Outputs (row, output) of a training step, dropout included; overwritten by the next."""
        ...

    def backward(self, upstream: Tensor) -> None:
        """Write each parameter's ``grad`` from d loss / d outputs (row, output)."""
        ...


class Network(nn.Module):
    """A function from encoded rows to outputs; it knows no table and no loss.

    Final families derive from it once: nothing concrete is overridden.

    A family may be several networks in one: ``folds`` that learn from other rows each, and in
    each of them ``members``. In training mode it then takes the rows of all folds, those of the
    first fold first, and gives the outputs of each member: (fold · row · member, output).
    """

    folds: int = 1
    members: int = 1

    @abstractmethod
    def forward(self, dense: Tensor, codes: Tensor) -> Tensor:
        """Outputs of each row.

        Args:
            dense: (row, dense column), numbers.
            codes: (row, code column), int64; 0 is an unseen level.

        Returns:
            (row, output), before the link (no sigmoid or softmax).
        """

    @abstractmethod
    def of_folds(self, dense: Tensor, codes: Tensor, folds: slice) -> Tensor:
        """Outputs (fold, row, output) of some folds, each of rows of its own, in evaluation.

        A network without folds is its own only one.
        """

    @abstractmethod
    def start(self, draw: Initialization, generator: Generator) -> None:
        """Give every parameter its start, drawn in the order of the layers."""

    @abstractmethod
    def decayed(self) -> list[nn.Parameter]:
        """The parameters that penalties and weight decay act on: weights, not biases."""

    @abstractmethod
    def matrices(self) -> list[nn.Parameter]:
        """Those of them that turn one hidden layer into the next, and are no single row or column.

        An optimizer may step them as matrices, such as ``muon``; the last layer is none.
        """

    @abstractmethod
    def widest(self) -> int:
        """Numbers that its widest layer holds of a row, about: more rows at a time fit less."""

    @abstractmethod
    def by_hand(self) -> ByHand | None:
        """The same network without autograd; None where a part has no derivative by hand."""

    @abstractmethod
    def predictor(self) -> Predictor:
        """The function as it is now, for blocks of one size, every row computed alike.

        It holds copies: training on does not change it.
        """

    @abstractmethod
    def use_generator(self, generator: Generator) -> None:
        """Draw what is random in a training step, such as dropout, from this generator."""
