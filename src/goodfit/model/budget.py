"""A budget of time: how much training fits into it, measured and then fixed before it begins.

What is chosen is written into the settings (epochs, sample, bag, members), so that the same run
can be repeated without a clock. The deadline is only the net below it; where it ends a training,
the settings say after how many steps.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import msgspec

from goodfit.core.errors import GoodfitError
from goodfit.core.findings import finding
from goodfit.core.settings import Settings, decided
from goodfit.data.split import Plan, draw_rows
from goodfit.model.passage import own_memory
from goodfit.model.run import Run
from goodfit.networks.ensemble import Ensemble
from goodfit.training.pace import Pace

# Share of the time left that is not planned: other programs slow steps down by about as much.
RESERVE = 0.1
# Trying steps may take this share of the time left, and so many seconds at most.
TRIED_SHARE, MOST_TRIED_S = 0.04, 2.0
# One thread is surer than several that bring less than this, and spares processor time.
SURE = 1.15
# Fewer steps leave a network at its start.
LEAST_STEPS = 50
# From so many epochs on, whole ones waste little; of fewer, a share of the rows fills the time.
WHOLE_EPOCHS = 4
# A share of an epoch that is not worth beginning anew for.
LITTLE = 0.25
# The linear baseline may take this share of the time left; it is tried on so many rows first.
LINE_SHARE, TRIED_ROWS = 0.2, (1_000, 8_000)
# Rows that tell how fast rows are predicted.
PREDICTED_ROWS = 2_000
# Scoring with a metric that is drawn again and again, and writing the file (seconds).
RESAMPLED_S, WRITTEN_S = 1.0, 0.03
# What a sample of the rows must not change, or the pace would be another.
FIXED = ("network", "bag", "members", "widths", "batch_size")
# What follows the training may take this many times what was measured: it is short, and noise
# weighs more in it.
AFTER = 1.4
# How much more than what was measured is asked for where a budget is too short: what went by
# hardly varies, what was told by a few steps does. It is rounded up to so many seconds.
ASKED_OF_SPENT, ASKED, ASKED_S = 1.1, 1.3, 0.5
# Folds and members of larger ensembles, and rows of a fold, at least.
RUNGS, FOLD_ROWS = ((4, 2), (8, 2), (16, 2), (32, 4)), 10
# As a multiple of the usual epochs: more of them bought nothing.
MOST_EPOCHS = 2


@dataclass(frozen=True)
class Allowance:
    """Where a budget is counted from, and by what.

    Args:
        began: the moment of ``clock`` that it counts from.
        ending_s: seconds that the caller takes once the model is made.
        clock: tells the moment in seconds; monotonic.
    """

    began: float
    ending_s: float = 0.0
    clock: Callable[[], float] = time.monotonic


@dataclass(frozen=True)
class Amount:
    """How much is trained.

    Args:
        epochs: over the rows that are learnt from.
        share: of the training rows that are learnt from.
    """

    epochs: int
    share: float = 1.0


def ladder(bag: int, members: int, *, most_folds: int) -> tuple[dict[str, int], ...]:
    """From the usual ensemble up to larger ones; folds are what buys accuracy, then members.

    Wider layers are no rung, nor is a second ensemble with another seed: where they were
    measured, they bought next to nothing (``docs/benchmarks.md``).

    Args:
        bag: folds of the usual ensemble.
        members: of each of its folds.
        most_folds: into which the rows can be divided.

    >>> [tuple(rung.values()) for rung in ladder(5, 3, most_folds=50)]
    [(5, 3), (8, 2), (16, 2), (32, 4)]
    >>> [tuple(rung.values()) for rung in ladder(8, 2, most_folds=20)]
    [(8, 2), (16, 2)]
    >>> [tuple(rung.values()) for rung in ladder(1, 8, most_folds=0)]
    [(1, 8), (1, 32)]
    """
    larger = [rung for rung in RUNGS if bag < rung[0] <= most_folds]
    sizes = [(bag, members), *(larger or [(bag, 4 * members)])]
    return tuple({"bag": folds, "members": each} for folds, each in sizes)


def amount_within(usable_s: float, pace: Pace, *, anew_s: float, wanted: int) -> Amount | None:
    """What can be trained in a time; None where it is too short for anything.

    Args:
        usable_s: seconds for training alone.
        pace: what a training on all rows takes.
        anew_s: seconds that beginning anew with all rows takes; with a share of them, a share.
        wanted: epochs that are usual; not more.

    >>> pace = Pace(step_s=0.01, n_steps=100, watch_s=0.0)
    >>> amount_within(20.5, pace, anew_s=1.0, wanted=30)
    Amount(epochs=20, share=1.0)
    >>> amount_within(1.5, pace, anew_s=1.0, wanted=30)
    Amount(epochs=2, share=0.5)
    >>> amount_within(0.4, pace, anew_s=1.0, wanted=30) is None
    True
    """
    fit = max(usable_s, 0.0) / pace.epoch_s
    whole = math.floor(fit)
    amount = Amount(min(whole, wanted))
    if fit < min(WHOLE_EPOCHS, wanted) and (whole == 0 or fit - whole > LITTLE):
        epochs = whole + 1
        amount = Amount(epochs, max(usable_s, 0.0) / (epochs * pace.epoch_s + anew_s))
    n_steps = amount.epochs * amount.share * pace.n_steps
    return amount if n_steps >= min(LEAST_STEPS, wanted * pace.n_steps) else None


def least_usable_s(pace: Pace, *, anew_s: float, wanted: int) -> float:
    """The shortest time that is of use for training: see :func:`amount_within`."""
    steps = min(LEAST_STEPS, wanted * pace.n_steps)
    epochs = math.ceil(steps / pace.n_steps)
    share = steps / (epochs * pace.n_steps)
    whole_s, sampled_s = epochs * pace.epoch_s, share * (epochs * pace.epoch_s + anew_s)
    return whole_s if epochs > WHOLE_EPOCHS else min(whole_s, sampled_s)


def within_budget(
    run: Run, given: Settings, resolve: Callable[..., Settings], allowance: Allowance, anew_s: float
) -> Run:
    """A run that trains as much as fits into the budget of its settings.

    Args:
        run: before its first step.
        given: the settings before anything was decided.
        resolve: :func:`goodfit.model.recommended.recommended` for this table.
        allowance: where the budget is counted from.
        anew_s: seconds that beginning took, as it would take again.

    Raises:
        GoodfitError: if the budget is too short for anything; it says what would do.
    """
    return _Planner(given, resolve, allowance, anew_s, decided(given.budget)).planned(run)


@dataclass
class _Planner:
    """What stays the same while a run is fitted into its budget."""

    given: Settings
    resolve: Callable[..., Settings]
    allowance: Allowance
    anew_s: float
    budget_s: float

    def __post_init__(self) -> None:
        self.clock = self.allowance.clock
        self.end = self.allowance.began + self.budget_s

    @property
    def left_s(self) -> float:
        return self.end - self.clock()

    def planned(self, run: Run) -> Run:
        wanted = decided(run.settings.epochs)
        run, pace, after_s = self._threaded(run, *self._measured(run))
        line_s = self._line_s(run)
        amount = self._amount(pace, after_s + (line_s or 0.0), wanted)
        if amount is None:
            raise self._too_short(pace, after_s + (line_s or 0.0), wanted)
        if amount.share < 1:
            run = self._with_line(self._sampled(run, amount, wanted), line_s)
        else:
            run = self._with_line(run, line_s)
            # What the baseline took is known now. Too little is left if it took far more.
            amount = self._amount(pace, after_s, wanted) or amount
            if amount.epochs < wanted:
                run = self._shortened(run, amount.epochs, wanted, pace)
            else:
                run, pace, after_s = self._enlarged(run, wanted, pace, after_s)
        run.use_settings(msgspec.structs.replace(run.settings, budget=None))
        run.controls.clock = self.clock
        run.controls.deadline = self.end - after_s - amount.share * pace.watch_s
        return run

    def _measured(self, run: Run) -> tuple[Pace, float]:
        """The pace of a run, and the seconds that follow its training."""
        within_s = min(TRIED_SHARE * max(self.left_s, 0.0), MOST_TRIED_S)
        pace, mixing_s = run.pace(within_s=within_s, clock=self.clock)
        n_rows = len(run.plan.test) or len(run.plan.final.training)
        if run.settings.threshold == "best":
            n_rows += len(run.watching)
        scored_s = n_rows * self._row_s(run)
        if run.settings.metric != "auto":
            scored_s += RESAMPLED_S
        return pace, AFTER * (mixing_s + scored_s + WRITTEN_S) + self.allowance.ending_s

    def _threaded(self, run: Run, pace: Pace, after_s: float) -> tuple[Run, Pace, float]:
        """With one thread where several hardly help, or wait for a core that another has."""
        if run.placement.threads == 1 or self.given.threads is not None:
            return run, pace, after_s
        alone = replace(run, placement=replace(run.placement, threads=1))
        alone_pace, alone_after_s = self._measured(alone)
        if alone_pace.epoch_s > SURE * pace.epoch_s:
            return run, pace, after_s
        self.given = msgspec.structs.replace(self.given, threads=1)
        alone.use_settings(msgspec.structs.replace(run.settings, threads=1))
        return alone, alone_pace, alone_after_s

    def _row_s(self, run: Run) -> float:
        """Seconds that predicting a row takes, told by training rows: test rows wait."""
        rows = run.plan.final.training[:PREDICTED_ROWS]
        model = replace(run, network=own_memory(deepcopy(run.network))).model()
        table = run.table.take(rows)
        model.predict_table(table)  # the first time also finds out how to
        began = self.clock()
        model.predict_table(table)
        return (self.clock() - began) / len(rows)

    def _line_s(self, run: Run) -> float | None:
        """Seconds that the linear baseline takes, told by some rows; None if too many."""
        rows = run.plan.final.training
        most_s, taken = LINE_SHARE * max(self.left_s, 0.0), list[float]()
        for n_tried in TRIED_ROWS:
            began = self.clock()
            run.solve_line(rows[:: -(-len(rows) // n_tried)])
            taken.append(self.clock() - began)
            if len(rows) <= n_tried:
                break
            if taken[-1] * TRIED_ROWS[1] / n_tried > most_s:
                return None
        more = max(len(rows) - TRIED_ROWS[1], 0)
        each_s = (taken[-1] - taken[0]) / (TRIED_ROWS[1] - TRIED_ROWS[0])
        expected_s = taken[-1] + more * max(each_s, 0.0)
        return expected_s if expected_s <= most_s else None

    def _with_line(self, run: Run, line_s: float | None) -> Run:
        """With the baseline solved before the training, so that its time is known."""
        if line_s is None:
            return replace(self._told(run, "model.budget_without_line"), line=(None,))
        return replace(run, line=(run.solve_line(run.plan.final.training),))

    def _amount(self, pace: Pace, after_s: float, wanted: int) -> Amount | None:
        usable_s = self._usable_s(after_s)
        return amount_within(usable_s, pace, anew_s=self.anew_s, wanted=wanted)

    def _usable_s(self, after_s: float) -> float:
        """Seconds that may be planned for training."""
        return (self.left_s - after_s) * (1 - RESERVE)

    def _too_short(self, pace: Pace, after_s: float, wanted: int) -> GoodfitError:
        least_s = least_usable_s(pace, anew_s=self.anew_s, wanted=wanted)
        spent_s = self.budget_s - self.left_s
        needed_s = ASKED_OF_SPENT * spent_s + ASKED * (least_s / (1 - RESERVE) + after_s)
        return GoodfitError(
            "model.budget_too_short",
            budget=self.budget_s,
            spent=round(spent_s, 1),
            least=f"{math.ceil(needed_s / ASKED_S) * ASKED_S:g}",
        )

    def _sampled(self, run: Run, amount: Amount, wanted: int) -> Run:
        """Begun anew with some of the rows."""
        n_rows = len(run.plan.final.training)
        sample = max(int(amount.share * n_rows), 1)
        plan = draw_rows(run.plan, run.classes, count=sample, seed=run.settings.seed)
        fixed = {name: getattr(run.settings, name) for name in FIXED}
        settings = self._settled(run, plan, sample=sample, epochs=amount.epochs, **fixed)
        run = replace(run, plan=plan).again(plan.final, settings)
        return self._told(
            run,
            "model.budget_sampled",
            epochs=amount.epochs,
            sample=sample,
            n_rows=n_rows,
            wanted=wanted,
        )

    def _shortened(self, run: Run, epochs: int, wanted: int, pace: Pace) -> Run:
        """With fewer epochs, over which the learning rate rises and falls as it would."""
        run.use_settings(self._settled(run, run.plan, epochs=epochs))
        more = math.ceil((wanted - epochs) * pace.epoch_s / (1 - RESERVE))
        return self._told(run, "model.budget_shortened", epochs=epochs, wanted=wanted, more=more)

    def _enlarged(
        self, run: Run, wanted: int, pace: Pace, after_s: float
    ) -> tuple[Run, Pace, float]:
        """With larger networks and more epochs, as far as nobody chose them."""
        if self.given.epochs is not None:
            return self._told(run, "model.budget_enough", epochs=wanted), pace, after_s
        sizes, top = self._sizes(run, pace, after_s)
        settings = self._settled(run, run.plan, **sizes)
        if _size(settings) != _size(run.settings):
            # As long as folds share out all rows, the statistics are the same.
            same = bool(run.bag) == (decided(settings.bag) > 1)
            run = run.again(run.fold, settings, learnt=run.preprocessing if same else None)
            pace, after_s = self._measured(run)
        most = MOST_EPOCHS * decided(settings.epochs)
        usable_s = self._usable_s(after_s)
        epochs = max(min(int(usable_s / pace.epoch_s), most), 1)
        run.use_settings(self._settled(run, run.plan, epochs=epochs, **sizes))
        if not sizes:
            code = "model.budget_longer"
            return self._told(run, code, epochs=epochs, wanted=wanted), pace, after_s
        code = "model.budget_most" if top and epochs == most else "model.budget_enlarged"
        return self._told(run, code, epochs=epochs, wanted=wanted, **sizes), pace, after_s

    def _sizes(self, run: Run, pace: Pace, after_s: float) -> tuple[dict[str, int], bool]:
        """Folds and members of the largest ensemble that fits, and whether there is no larger.

        Nothing for other networks, and where somebody chose them.
        """
        network, given = run.network, self.given
        if not isinstance(network, Ensemble) or run.earlier or given.members or given.bag:
            return {}, True
        usable_s = self._usable_s(after_s) - self.anew_s
        free = given.time is None and given.part is None and given.group is None
        most_folds = len(run.learning) // FOLD_ROWS if free else 0
        rungs = ladder(network.folds, network.members, most_folds=most_folds)
        for rung in rungs[:0:-1]:
            epochs = decided(self._settled(run, run.plan, **rung).epochs)
            if epochs * pace.epoch_s * _times(run, network, **rung) <= usable_s:
                return rung, rung == rungs[-1]
        return rungs[0], False

    def _settled(self, run: Run, plan: Plan, **chosen: Any) -> Settings:
        """The settings with what was chosen, and all that follows from it decided."""
        final = plan.final
        settings = self.resolve(
            msgspec.structs.replace(self.given, **chosen),
            n_rows=len(final.training),
            n_watching=len(final.validation),
        )
        # Known to a person's own optimizer alone.
        return msgspec.structs.replace(settings, learning_rate=run.settings.learning_rate)

    def _told(self, run: Run, code: str, **params: Any) -> Run:
        said = finding(code, {"budget": self.budget_s, **params})
        return replace(run, remarks=(*run.remarks, said))


def _size(settings: Settings) -> tuple[int | None, int | None]:
    return settings.bag, settings.members


def _times(run: Run, network: Ensemble, *, bag: int, members: int) -> float:
    """How many times the usual multiplications an epoch of a larger ensemble takes."""
    usual = _products(run, network, network.folds, network.members)
    return _products(run, network, bag, members) / usual


def _products(run: Run, network: Ensemble, bag: int, members: int) -> int:
    """Multiplications of an epoch, about: each fold sees all rows but its own part of them."""
    widths, fold = network.widths, run.plan.final
    layers = (network.n_inputs, *widths, network.n_outputs)
    own = sum(a * b for a, b in pairwise(layers))
    seen = len(fold.training)
    if bag > 1:
        seen = (len(fold.training) + len(fold.validation)) * (bag - 1)
    return seen * members * own
