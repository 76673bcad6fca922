"""What is measured and kept, which need not be what is stepped."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

# Several tensors by one call, as torch.optim does it.
_lerp_all: Callable[..., None] = torch._foreach_lerp_  # pyright: ignore[reportPrivateUsage, reportPrivateImportUsage]


@dataclass(frozen=True)
class Snapshot:
    """A network's parameters at one time, with its running statistics.

    Args:
        parameters: (parameter,), flat.
        buffers: what the network remembers of its batches, such as means.
    """

    parameters: Tensor
    buffers: Sequence[Tensor] = ()

    def copy(self) -> Self:
        """The same in memory of its own."""
        return type(self)(self.parameters.clone(), [buffer.clone() for buffer in self.buffers])

    def take(self, other: Snapshot) -> None:
        """Become like another, in place."""
        self.parameters.copy_(other.parameters)
        for mine, theirs in zip(self.buffers, other.buffers, strict=True):
            mine.copy_(theirs)

    def approach(self, other: Snapshot, share: float) -> None:
        """Go this share of the way to another, in place; counts are taken as they are."""
        moved, towards = [self.parameters], [other.parameters]
        for mine, theirs in zip(self.buffers, other.buffers, strict=True):
            if mine.is_floating_point():
                moved.append(mine)
                towards.append(theirs)
            else:
                mine.copy_(theirs)
        _lerp_all(moved, towards, share)


class MovingAverage:
    """The exponential moving average of a network over its steps.

    a ← decay · a + (1 - decay) · w, from zero and divided by 1 - decay^t, so that the start
    counts no more than any other step (the correction of Kingma and Ba 2015, arXiv
    1412.6980, section 3).

    Args:
        now: the network, whose parameters and buffers change in place.
        decay: share of the average that a step keeps.

    >>> import torch
    >>> w = torch.tensor([4.0])
    >>> average = MovingAverage(Snapshot(w), decay=0.5)
    >>> for value in (1.0, 4.0):
    ...     _ = w.fill_(value)
    ...     average.step()
    >>> average.value.parameters  # (0.5 · 1 + 4) / 1.5
    tensor([3.])
    """

    def __init__(self, now: Snapshot, *, decay: float) -> None:
        self.now, self.decay, self.n_steps = now, decay, 0
        self.value = now.copy()

    def step(self) -> None:
        """Take in the parameters as they are now."""
        self.n_steps += 1
        share = (1 - self.decay) / (1 - self.decay**self.n_steps)
        self.value.approach(self.now, share)
