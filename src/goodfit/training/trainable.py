"""What training asks of a network; it knows no family."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np
from torch import Generator, Tensor, nn

from goodfit.core.settings import Task


class ByHand(Protocol):
    """Forward and backward pass without autograd."""

    def forward(self, dense: Tensor, codes: Tensor) -> Tensor:
        """Outputs (row, output) of a training step; overwritten by the next."""
        ...

    def backward(self, upstream: Tensor) -> None:
        """Write every parameter's gradient from d loss / d outputs (row, output)."""
        ...


class Trainable(Protocol):
    """A network that can be trained: a ``goodfit.networks.contract.Network`` is one."""

    @property
    def folds(self) -> int:
        """Networks in it that learn from other rows each."""
        ...

    @property
    def members(self) -> int:
        """Networks in each fold, which give outputs of their own."""
        ...

    def of_folds(self, dense: Tensor, codes: Tensor, folds: slice) -> Tensor:
        """Outputs (fold, row, output) of some folds, each of rows of its own, in evaluation."""
        ...

    def __call__(self, dense: Tensor, codes: Tensor) -> Tensor:
        """Outputs (row, output) before the link."""
        ...

    def parameters(self) -> Iterator[nn.Parameter]:
        """Every parameter."""
        ...

    def buffers(self) -> Iterator[Tensor]:
        """What it remembers of its batches, such as running means."""
        ...

    def decayed(self) -> list[nn.Parameter]:
        """Those that penalties act on."""
        ...

    def matrices(self) -> list[nn.Parameter]:
        """The weights of every linear layer but the last that are no single row or column."""
        ...

    def by_hand(self) -> ByHand | None:
        """The same network without autograd, if it has that."""
        ...

    def use_generator(self, generator: Generator) -> None:
        """Where a step's randomness comes from."""
        ...

    def train(self, mode: bool = True) -> Any:  # noqa: FBT001, FBT002 (nn.Module has it so)
        """Into training mode, or out of it."""
        ...


class Solution(Protocol):
    """What a network says of the parameters that it computed outright."""

    @property
    def weight(self) -> np.ndarray:
        """(column,) or (output, column)."""
        ...

    @property
    def rank(self) -> int:
        """Of the columns."""
        ...

    @property
    def loss(self) -> float:
        """At the solution, penalty included."""
        ...

    @property
    def converged(self) -> bool:
        """Whether the least loss was reached."""
        ...

    @property
    def separable(self) -> bool:
        """Whether classes can be told without error, so that there is no least loss."""
        ...

    @property
    def iterations(self) -> int:
        """Steps that were taken."""
        ...


class Solvable(Trainable, Protocol):
    """A network whose best parameters can be computed outright."""

    def solve(
        self,
        dense: Tensor,
        codes: Tensor,
        target: Tensor,
        weight: Tensor | None,
        *,
        task: Task,
        l2: float,
    ) -> Solution:
        """Put the parameters where the mean loss, with its penalty, is least."""
        ...
