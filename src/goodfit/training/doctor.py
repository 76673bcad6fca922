"""What the course of a training says of it, once it is over: nothing is computed in a step."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings
from goodfit.training.events import Reason
from goodfit.training.state import History, TrainingState

# Steps are too long if the loss of the epochs climbs, all climbs together, by this share of
# where it began. Smaller climbs than ``CLIMB`` do not count: batches alone bring them.
CLIMBED, CLIMB = 0.3, 0.1
# The first batch is another than the mean of all: only a loss so many times as high tells that
# the first epoch went wrong. Smaller batches tell nothing.
FIRST_TIMES, FIRST_ROWS = 10.0, 32
# Steps are too short if the loss fell by less than this share of it, but in this share of the
# epochs, up to the end.
HARDLY, STEADY, FEWEST_EPOCHS = 0.1, 0.9, 5
# Digits of a loss that are more than rounding.
ROUNDING = 1e-6
# A training is cut short if this share of the fall came in its last third. The default's
# largest on the twenty tables is 0.053, where it ends by its schedule.
CUT_SHORT = 0.15
# A validation loss that grew again by this share of its fall, or of half of its best.
GREW_AGAIN = 0.25
# A gradient so many times as long as the first has exploded.
EXPLODED = 1_000.0


def diagnosed(
    state: TrainingState, settings: Settings, *, reason: Reason, kept_epoch: int
) -> Iterator[Remark]:
    """What there is to say of a training that is over.

    Args:
        state: after the last epoch.
        settings: resolved.
        reason: why it ended.
        kept_epoch: the epoch whose parameters are kept.
    """
    history = state.history
    if not history.train_loss:
        return
    yield from _rate_too_high(state, settings, kept_epoch)
    yield from _exploded(state, history)
    n_epochs = len(history.train_loss)
    if kept_epoch == n_epochs:
        yield from _overfitted(history)
    if reason == "finished":
        start = _start(state, settings)
        moved = start - history.train_loss[-1] >= HARDLY * _scale(start, history.train_loss)
        if moved and kept_epoch == n_epochs:
            yield from _cut_short(history, start)
        elif not moved and kept_epoch >= STEADY * n_epochs:
            yield from _rate_too_low(history, start, kept_epoch)


def _start(state: TrainingState, settings: Settings) -> float:
    """The loss before the training: of the first batch, where that is of some rows."""
    first = state.history.train_loss[0]
    return max(first, state.first_loss) if _first_batch_tells(settings) else first


def _first_batch_tells(settings: Settings) -> bool:
    size = settings.batch_size
    return size == "full" or (isinstance(size, int) and size >= FIRST_ROWS)


def _scale(start: float, losses: list[float]) -> float:
    """What a change of the loss is a share of: a loss may be negative."""
    return max(abs(start), start - min(losses))


def _rate_too_high(state: TrainingState, settings: Settings, kept_epoch: int) -> Iterator[Remark]:
    losses, first = state.history.train_loss, state.first_loss
    start = losses[0]
    if _first_batch_tells(settings) and first > 0 and losses[0] > FIRST_TIMES * first:
        losses, start = [first, *losses], first
    scale = _scale(start, losses)
    climbs = [after - before for before, after in pairwise(losses)]
    climbed = sum(climb for climb in climbs if climb >= CLIMB * scale)
    rate = max(state.history.learning_rate)
    if climbed >= CLIMBED * scale and rate > 0:
        params = {"climbed": _short(climbed), "first": _short(start), "kept": kept_epoch}
        rates = {"learning_rate": _short(rate), "lower": _short(rate / 10)}
        yield finding("training.rate_too_high", params | rates)


def _exploded(state: TrainingState, history: History) -> Iterator[Remark]:
    first, lengths = state.first_gradient, [length or 0.0 for length in history.gradient_length]
    most = max(lengths, default=0.0)
    if first > 0 and most > EXPLODED * first:
        params = {"first": _short(first), "most": _short(most), "epoch": lengths.index(most) + 1}
        yield finding("training.gradients_exploded", params)


def _overfitted(history: History) -> Iterator[Remark]:
    losses = [loss for loss in history.valid_loss if loss is not None]
    if len(losses) < len(history.valid_loss) or not losses:
        return
    best = min(losses)
    epoch = losses.index(best) + 1
    again = losses[-1] - best
    learnt = history.train_loss[-1] < history.train_loss[epoch - 1]
    if learnt and again > GREW_AGAIN * max(losses[0] - best, abs(best) / 2):
        params = {"best": _short(best), "epoch": epoch, "last": _short(losses[-1])}
        yield finding("training.overfitted", params)


def _cut_short(history: History, start: float) -> Iterator[Remark]:
    """Whether the training ended while it still learnt."""
    losses, watched = history.train_loss, history.valid_loss
    path, third = [start, *losses], max(len(losses) // 3, 1)
    fall, late = start - losses[-1], path[-1 - third] - losses[-1]
    if len(watched) > third:
        before, now = watched[-1 - third], watched[-1]
        if before is not None and now is not None and now >= before:
            return
    if late >= CUT_SHORT * fall:
        params = {"first": _short(start), "last": _short(losses[-1]), "epochs": len(losses)}
        more = {"percent": round(100 * late / fall), "more": 3 * len(losses)}
        yield finding("training.epochs_too_few", params | more)


def _rate_too_low(history: History, start: float, kept_epoch: int) -> Iterator[Remark]:
    """Whether a loss that hardly moved fell all the while: that of validation rows, if any."""
    losses = history.train_loss
    known = [loss for loss in history.valid_loss if loss is not None]
    pairs = list(pairwise(known if len(known) == len(losses) else losses))
    falls = sum(after - before <= ROUNDING * abs(before) for before, after in pairs)
    if len(losses) >= FEWEST_EPOCHS and falls >= STEADY * len(pairs):
        params = {"first": _short(start), "last": _short(losses[-1]), "epochs": len(losses)}
        rate = {"learning_rate": _short(max(history.learning_rate)), "kept": kept_epoch}
        yield finding("training.rate_too_low", params | rate)


def _short(value: float) -> float:
    return float(f"{value:.3g}")
