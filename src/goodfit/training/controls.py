"""What a person may change while a training runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Controls:
    """Read between steps by the loop, written by a signal handler or another thread.

    Args:
        stop: end after the step under way and keep the best model so far.
        learning_rate: used instead of the settings' from the next step on, if given.
    """

    stop: bool = False
    learning_rate: float | None = None
