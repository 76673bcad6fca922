"""Checkpoints of a fit: while it runs they are written at intervals, and one goes on from them.

A fit that was killed goes on and ends with the bytes that it would have ended with. All that
comes before the first step is done again, for it is certain; a budget's plan, which a clock made,
is not, and stands in the checkpoint.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from dataclasses import astuple, replace
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from torch import Tensor

from goodfit.core.errors import GoodfitError
from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings
from goodfit.core.words import say
from goodfit.data.split import draw_rows
from goodfit.model.begun import begun_with, differences, with_columns
from goodfit.model.checkpoint_file import (
    Document,
    Ending,
    Planned,
    Stage,
    is_checkpoint,
    read_checkpoint,
    write_checkpoint,
)
from goodfit.model.files import alone, check_writable, remove_leftovers
from goodfit.training.events import EpochFinished, Event, StepsFinished, TrainingFinished
from goodfit.training.remembered import (
    kept_alone,
    progress_of,
    recall,
    recall_kept,
    remembered,
)

if TYPE_CHECKING:
    from goodfit.model.run import Run

# A shorter training is quicker done again than kept; between two checkpoints lie so many seconds.
FIRST_S, GAP_S = 10.0, 10.0
# Writing checkpoints may take this share of the time: what one took says when the next is due.
SHARE = 0.01
#: The ending of their name, after that of the model.
SUFFIX = ".checkpoint"


def beside(path: Path) -> Path:
    """Where the checkpoint of a fit is whose model goes there.

    >>> print(beside(Path("houses.goodfit")))
    houses.goodfit.checkpoint
    """
    return path.with_name(path.name + SUFFIX)


def _warn(remark: Remark) -> None:
    warnings.warn(remark.text(), stacklevel=2)


@contextmanager
def kept_in(
    path: Path, *, resume: bool, tell: Callable[[Remark], None] = _warn
) -> Generator[Checkpoints]:
    """Keep a fit in a file while the block runs; at its end the file goes.

    It stays where the block ends before its time (Ctrl-C, a full disk), for then it is of use:
    a note on the exception says so.

    Args:
        path: of the file.
        resume: whether to go on from the checkpoint that is there.
        tell: told what is to be known at once.

    Raises:
        GoodfitError: if the place cannot be written, another process is at work on it, or the
            checkpoint cannot be read.
    """
    check_writable(path)
    with alone(path):
        remove_leftovers(path)
        kept = Checkpoints(path, resume=resume, tell=tell)
        try:
            yield kept
        except BaseException as error:
            if _fails_again(error) or (kept.began and _is_refused(error)):
                kept.remove()
            elif kept.began and kept.written:
                error.add_note(say("model.checkpoint_kept", {"path": path}))
            raise
        if not kept.interrupted:
            kept.remove()


def _is_refused(error: BaseException) -> bool:
    """Whether a training that is over is refused for what was found (setting ``strict``)."""
    return isinstance(error, GoodfitError) and error.code == "settings.strict"


def _fails_again(error: BaseException) -> bool:
    """Whether going on would end the same way, as of a training that diverges."""
    return isinstance(error, GoodfitError) and error.code.startswith("training.")


class Checkpoints:
    """Those of one fit, one after the other under one name.

    Args:
        path: of the file.
        resume: whether to go on from the one that is there.
        tell: told what is to be known at once.
        clock: tells the moment in seconds; monotonic.

    Raises:
        GoodfitError: if the one to go on from cannot be read.
    """

    def __init__(
        self,
        path: Path,
        *,
        resume: bool,
        tell: Callable[[Remark], None] = _warn,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.path, self.tell, self.clock = path, tell, clock
        self.earlier: Document | None = None
        self.tensors: dict[str, Tensor] = {}
        #: The trainings that are over, each with its network.
        self.over: list[tuple[Stage, dict[str, Tensor]]] = []
        self.under_way = self.failed = self.interrupted = False
        self.planned: Planned | None = None
        self.began = self.last = self.cost_s = 0.0
        if resume and path.exists():
            self.earlier, self.tensors = read_checkpoint(path)
        elif resume:
            tell(Remark("model.no_checkpoint", {"path": str(path)}, "warning"))
        elif is_checkpoint(path):
            tell(Remark("model.checkpoint_unused", {"path": str(path)}, "warning"))
        elif path.exists():
            raise GoodfitError("model.not_a_checkpoint", path=path)

    @property
    def spent_s(self) -> float:
        """Seconds since the first step, without those between a kill and going on."""
        before = self.earlier.spent_s if self.earlier else 0.0
        return before + self.clock() - self.began

    @property
    def written(self) -> bool:
        """Whether there is a checkpoint to go on from."""
        return self.path.exists()

    def remove(self) -> None:
        """Put the checkpoint away: the fit is done, or would fail again."""
        with suppress(OSError):
            self.path.unlink()

    def join(self, run: Run, chosen: Settings) -> Run:
        """A run that is kept here, and goes on from the checkpoint if it is of the same fit.

        Args:
            run: before its first step, and before a budget was looked at.
            chosen: the settings before anything was decided.

        Raises:
            GoodfitError: if the checkpoint is of another fit; it says what differs.
        """
        run.checkpoints, self.begun = self, begun_with(run, chosen)
        if self.earlier is None:
            return run
        self.begun, before = with_columns(self.begun, run.table), self.earlier.begun
        if what := differences(before, self.begun):
            raise GoodfitError("model.checkpoint_of_other", path=self.path, what=what)
        if self.earlier.planned is not None:
            self.planned = self.earlier.planned
            run = _as_planned(run, self.planned)
        now = self.begun.machine
        other = [f"{name} {now[name]}" for name in now if now[name] != before.machine.get(name)]
        if other:
            run.remarks += (finding("model.resumed_elsewhere", {"what": other}),)
        return run

    def plan(self, run: Run) -> Run:
        """Take in what a budget was found to be enough for; the run, as it is."""
        self.planned = Planned(
            settings=run.settings,
            remarks=run.remarks,
            with_line=any(line is not None for line in run.line),
            left_s=_left_s(run),
        )
        return run

    def enter(self, run: Run) -> TrainingFinished | None:
        """Where a training begins: take it to where the checkpoint left it.

        Returns:
            How it ended, if it was over.

        Raises:
            GoodfitError: if what is in the checkpoint does not fit the network.
        """
        if not self.began:
            self.began = self.clock()
            self.last = self.began + FIRST_S - GAP_S
        self.under_way = True
        number = len(self.over)
        if self.earlier is None or number >= len(self.earlier.stages):
            return None
        stage, prefix = self.earlier.stages[number], f"{number}/"
        tensors = {
            name.removeprefix(prefix): tensor
            for name, tensor in self.tensors.items()
            if name.startswith(prefix)
        }
        try:
            if stage.ending is None:
                recall(run.state, stage.progress, tensors)
                return None
            recall_kept(run.state, stage.progress, tensors)
        except (KeyError, RuntimeError, ValueError) as error:
            reason = say("model.why_unfit", {"reason": str(error)})
            raise GoodfitError(
                "model.checkpoint_unreadable", path=self.path, reason=reason
            ) from error
        run.network.train(mode=False)
        self.under_way = False
        self.over.append((stage, tensors))
        return TrainingFinished(*msgspec.structs.astuple(stage.ending))

    def after(self, run: Run, event: Event) -> None:
        """After an event of a training: write a checkpoint if it is time for one."""
        if run.controls.stop:
            # An epoch that was broken off is no place to go on from: the one before is.
            self.interrupted = True
            return
        if self.under_way and isinstance(event, TrainingFinished):
            stage = Stage(progress_of(run.state), Ending(*astuple(event)))
            self.over.append((stage, kept_alone(run.state)))
            self.under_way = False
        elif not _between_steps(run, event):
            return
        if self.clock() - self.last >= max(GAP_S, self.cost_s / SHARE):
            self.write(run)

    def write(self, run: Run) -> None:
        """Write a checkpoint of the fit as it is now; where that fails, the fit goes on.

        Args:
            run: whose training is under way, or was over last.
        """
        began, stages = self.clock(), list(self.over)
        if self.under_way:
            progress, tensors = remembered(run.state)
            stages.append((Stage(progress), tensors))
        if not self.begun.columns:
            self.begun = with_columns(self.begun, run.table)
        planned = self.planned and msgspec.structs.replace(self.planned, left_s=_left_s(run))
        document = Document(
            begun=self.begun,
            planned=planned,
            spent_s=self.spent_s,
            stages=tuple(stage for stage, _ in stages),
        )
        named = {
            f"{i}/{name}": one for i, (_, each) in enumerate(stages) for name, one in each.items()
        }
        try:
            write_checkpoint(self.path, document, named)
        except GoodfitError as error:
            if not self.failed:
                self.tell(Remark("model.checkpoint_failed", {"reason": str(error)}, "warning"))
            self.failed = True
        self.last = self.clock()
        self.cost_s = self.last - began


def _between_steps(run: Run, event: Event) -> bool:
    """Whether the state is one that a training can go on from."""
    if run.settings.optimizer == "exact":
        return False
    # While the watching rows are measured, all steps of the epoch are done.
    within = isinstance(event, StepsFinished) and event.step < event.n_steps
    return within or isinstance(event, EpochFinished)


def _left_s(run: Run) -> float | None:
    """Seconds until a budget ends the training."""
    controls = run.controls
    return None if controls.deadline is None else controls.deadline - controls.clock()


def _as_planned(run: Run, planned: Planned) -> Run:
    """A run as a budget made it, without its clock."""
    settings, classes = planned.settings, run.classes
    if settings.sample is not None and settings.sample != run.settings.sample:
        plan = draw_rows(run.plan, classes, count=settings.sample, seed=settings.seed)
        run = replace(run, plan=plan)
    run = run.again(run.plan.final, settings)
    run.remarks = planned.remarks
    run.line = (run.solve_line(run.plan.final.training) if planned.with_line else None,)
    if planned.left_s is not None:
        run.controls.deadline = run.controls.clock() + planned.left_s
    return run
