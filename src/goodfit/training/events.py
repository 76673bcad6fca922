"""What a training tells those who watch it: frozen facts, in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Reason = Literal["finished", "early_stopping", "interrupted", "budget"]


Stage = Literal["fold", "final", "refit"]


@dataclass(frozen=True, slots=True)
class StageStarted:
    """One of several trainings of a fit begins; told only where there are several.

    Args:
        stage: ``fold``, on all folds but one; ``final``, on all rows to learn from; ``refit``,
            on every row.
        number: of the fold, from 1; 1 for the others.
        n_folds: how many folds there are.
    """

    stage: Stage
    number: int
    n_folds: int


@dataclass(frozen=True, slots=True)
class StepsFinished:
    """A sign of life within a long epoch: ``step`` of ``n_steps`` of this epoch are done."""

    epoch: int
    step: int
    n_steps: int


@dataclass(frozen=True, slots=True)
class EpochFinished:
    """An epoch is over.

    Args:
        epoch: its number, from 1.
        n_epochs: epochs planned.
        train_loss: mean loss of its rows, each computed before the step that used it.
        valid_loss: loss on the validation rows after it; None without any.
        metric: of the validation rows (see ``Measure``); None where there is none.
        learning_rate: of its last step.
        best: whether this is the best epoch so far.
    """

    epoch: int
    n_epochs: int
    train_loss: float
    valid_loss: float | None
    metric: float | None
    learning_rate: float
    best: bool


@dataclass(frozen=True, slots=True)
class TrainingFinished:
    """The training is over: why, and the epoch whose parameters are kept."""

    reason: Reason
    epoch: int
    kept_epoch: int


Event = StageStarted | StepsFinished | EpochFinished | TrainingFinished
