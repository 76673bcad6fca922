"""How a training shows that it goes on: a live line, a few lines, or JSON events."""

from __future__ import annotations

import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import msgspec

from goodfit.core.words import printable, say
from goodfit.core.wrapping import cut
from goodfit.training.controls import Controls
from goodfit.training.events import (
    EpochFinished,
    Event,
    StageStarted,
    StepsFinished,
    TrainingFinished,
)

if TYPE_CHECKING:
    from goodfit.model.run import Run

#: Takes every event of a training.
Watcher = Callable[[Event], None]

# Often enough to look alive, seldom enough to cost nothing.
LIVE_EVERY_S = 0.1
SIGN_EVERY_S = 1.0
# Without a terminal: about this many lines a training, and one at least this often.
PLAIN_LINES = 5
PLAIN_EVERY_S = 60.0
#: How scripts call the events.
EVENT_NAMES: dict[type, str] = {
    StageStarted: "stage_started",
    StepsFinished: "steps_finished",
    EpochFinished: "epoch_finished",
    TrainingFinished: "training_finished",
}


def train_watched(run: Run, watch: Watcher) -> None:
    """Train to the end, or to Ctrl-C: the first stops and keeps the best, a second aborts.

    Raises:
        KeyboardInterrupt: at the second Ctrl-C; at the first while there is nothing to keep.
    """
    if run.settings.optimizer == "exact":
        # One step that cannot be stopped halfway: Ctrl-C aborts it.
        for event in run.events():
            watch(event)
        return
    told = in_fold = False
    with ctrl_c_stops(run.controls, aborts=lambda: in_fold):
        for event in run.events():
            if isinstance(event, StageStarted):
                in_fold = event.stage == "fold"
            if run.controls.stop and not told:
                told = True
                print("\n" + say("cli.stopping", {}), file=sys.stderr)
            watch(event)


@contextmanager
def ctrl_c_stops(
    controls: Controls, *, aborts: Callable[[], bool] = lambda: False
) -> Generator[None]:
    """Inside, Ctrl-C asks the training to stop; a second one aborts as usual.

    Args:
        controls: of the training.
        aborts: whether the first one aborts, too.
    """
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread hears signals
        return

    def stop(number: int, frame: Any) -> None:
        if controls.stop or aborts():
            raise KeyboardInterrupt
        controls.stop = True

    before = signal.signal(signal.SIGINT, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def watcher(*, quiet: bool, as_json: bool, metric_name: str) -> Watcher:
    """What shows the progress on standard error, as asked and as the terminal can."""
    if quiet:
        return show_nothing
    if as_json:
        return JsonLines()
    return (LiveLine if sys.stderr.isatty() else PlainLines)(metric_name)


def show_nothing(shown: object) -> None:
    """Show no progress."""


class JsonLines:
    """One JSON object a line: every epoch and the end, and a sign of life in long epochs."""

    def __init__(self) -> None:
        self.last = time.monotonic()

    def __call__(self, event: Event) -> None:
        """Write an event."""
        if isinstance(event, StepsFinished) and time.monotonic() - self.last < SIGN_EVERY_S:
            return
        self.last = time.monotonic()
        record = {"event": EVENT_NAMES[type(event)], **asdict(event)}
        print(msgspec.json.encode(record).decode(), file=sys.stderr, flush=True)


class PlainLines:
    """A handful of lines, for logs; one for each fold where there are many."""

    def __init__(self, metric_name: str) -> None:
        self.metric_name, self.clock, self.stage = metric_name, _Clock(), ""
        self.last, self.brief = time.monotonic(), False

    def __call__(self, event: Event) -> None:
        """Write a line if it is time for one."""
        if isinstance(event, StageStarted):
            self.clock, self.stage = _Clock(), stage_words(event)
            self.brief = event.stage == "fold" and event.n_folds > PLAIN_LINES
        if not isinstance(event, EpochFinished):
            return
        left = self.clock.left(event)
        part = -(-event.n_epochs // PLAIN_LINES)
        due = event.epoch == 1 or (event.epoch % part == 0 and not self.brief)
        now = time.monotonic()
        if due or now - self.last > PLAIN_EVERY_S:
            self.last = now
            line = self.stage + epoch_line(event, self.metric_name, left)
            print(line, file=sys.stderr, flush=True)


class LiveLine:
    """One line of the terminal, written over again and again, and cleared at the end."""

    def __init__(self, metric_name: str) -> None:
        self.metric_name, self.clock, self.stage = metric_name, _Clock(), ""
        self.last, self.n_epochs, self.figures = 0.0, 0, ""

    def __call__(self, event: Event) -> None:
        """Show the latest epoch; within a long one, how far it is."""
        now = time.monotonic()
        if isinstance(event, StageStarted):
            self.clock, self.stage = _Clock(), stage_words(event)
        elif isinstance(event, TrainingFinished):
            live("")
        elif isinstance(event, EpochFinished):
            left = self.clock.left(event)
            if now - self.last > LIVE_EVERY_S:
                self.last, self.n_epochs = now, event.n_epochs
                self.figures = figures(event, self.metric_name, left)
                live(self.stage + epoch_line(event, self.metric_name, left))
        elif now - self.last > LIVE_EVERY_S:
            self.last = now
            of = f"/{self.n_epochs}" if self.n_epochs else ""
            percent = 100 * event.step // event.n_steps
            head = say("cli.progress_within", {"epoch": f"{event.epoch}{of}", "percent": percent})
            live(f"{self.stage}{head}  {self.figures}")


def stage_words(event: StageStarted) -> str:
    """Which of several trainings it is, to stand before the epoch."""
    params = {"number": event.number, "n_folds": event.n_folds}
    return say(f"cli.stage_{event.stage}", params) + "  "


def live(text: str) -> None:
    """Write the terminal's one live line anew; nothing where there is no terminal."""
    if sys.stderr.isatty():
        width = shutil.get_terminal_size().columns - 1
        print("\r" + cut(printable(text), width) + "\x1b[K", end="", file=sys.stderr, flush=True)


def epoch_line(event: EpochFinished, metric_name: str, left_s: float) -> str:
    """An epoch in one line: its number, and its figures."""
    head = say("cli.progress_epoch", {"epoch": event.epoch, "n_epochs": event.n_epochs})
    return f"{head}  {figures(event, metric_name, left_s)}"


def figures(event: EpochFinished, metric_name: str, left_s: float) -> str:
    """Losses, metric, learning rate, time left."""
    parts = [say("cli.progress_loss", {"loss": f"{event.train_loss:.4g}"})]
    if event.valid_loss is not None:
        parts.append(say("cli.progress_validation", {"loss": f"{event.valid_loss:.4g}"}))
    if event.metric is not None:
        parts.append(f"{metric_name} {event.metric:.4g}")
    parts.append(say("cli.progress_rate", {"rate": f"{event.learning_rate:.2g}"}))
    if event.epoch < event.n_epochs:
        parts.append(say("cli.progress_left", {"left": duration(left_s)}))
    return "  ".join(parts)


def duration(seconds: float) -> str:
    """A time as people write it.

    >>> duration(4.21), duration(75), duration(7300)
    ('4.2 s', '1:15 min', '2:01 h')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes}:{rest:02} min"
    return f"{minutes // 60}:{minutes % 60:02} h"


class _Clock:
    """Tells the time left if every epoch takes as long as those before."""

    def __init__(self) -> None:
        self.start, self.before = time.monotonic(), -1

    def left(self, event: EpochFinished) -> float:
        if self.before < 0:  # those before a kill took their time in another process
            self.before = event.epoch - 1
        each = (time.monotonic() - self.start) / (event.epoch - self.before)
        return each * (event.n_epochs - event.epoch)
