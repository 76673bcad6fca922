"""What a person may change while a training runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass
class Controls:
    """Read between steps by the loop, written by a signal handler or another thread.

    Args:
        stop: end after the step under way and keep the best model so far.
        learning_rate: used instead of the settings' from the next step on, if given.
        deadline: the moment of ``clock``, in seconds, from which on the training ends as if
            it was stopped; none if not given.
        clock: tells the moment; monotonic.
    """

    stop: bool = False
    learning_rate: float | None = None
    deadline: float | None = None
    clock: Callable[[], float] = time.monotonic

    @property
    def late(self) -> bool:
        """Whether the deadline has come."""
        return self.deadline is not None and self.clock() >= self.deadline
