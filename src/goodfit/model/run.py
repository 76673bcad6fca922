"""A fit under way: everything that was decided, and the training that is to come."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import msgspec
import numpy as np
import torch

from goodfit.core.batch import Batch
from goodfit.core.errors import GoodfitError
from goodfit.core.findings import finding, refuse_warnings
from goodfit.core.own import Own
from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings
from goodfit.data.findings import of_test_rows
from goodfit.data.parts import read_groups
from goodfit.data.schema import Schema
from goodfit.data.split import Fold, Plan
from goodfit.data.table import Table
from goodfit.model.answers import Answers
from goodfit.model.baseline import Line, solve_line
from goodfit.model.begin import begin
from goodfit.model.blend import MIXED, Held, blend
from goodfit.model.calibrate import calibrate
from goodfit.model.checkpoints import Checkpoints
from goodfit.model.checkup import look_into
from goodfit.model.classes import class_weights
from goodfit.model.fitted import FittedModel
from goodfit.model.folds import for_epochs, train_folds, usual_epochs
from goodfit.model.intervals import Calibration
from goodfit.model.judge import judge, judge_predicted
from goodfit.model.missed import missed_by
from goodfit.model.origin import ending_of, origin_of
from goodfit.model.passage import own_memory
from goodfit.model.records import FoldScores, KeptOut, Predictions, Scores
from goodfit.networks.contract import Network
from goodfit.networks.ensemble import Ensemble
from goodfit.preprocessing.preprocessing import Preprocessing
from goodfit.preprocessing.seen import Seen
from goodfit.training.batches import FoldRows, take
from goodfit.training.controls import Controls
from goodfit.training.events import Event, StageStarted, TrainingFinished
from goodfit.training.finder import LearningRateCurve, find_rate
from goodfit.training.loop import HUGE, evaluate, train
from goodfit.training.measure import Measure
from goodfit.training.objectives import Objective
from goodfit.training.pace import Pace, measure_pace
from goodfit.training.placement import Placement
from goodfit.training.state import TrainingState


@dataclass
class Run:
    """One fit under way: everything that was decided, and the training that is to come.

    Args:
        table: rows that have a target, as they were read.
        weight: (row,) weight of each of them; None where all count alike.
        target_values: (row,) numbers or indices of levels; (row, target) of several.
        plan: which rows train, validate and test.
        fold: of these rows, those that train this network and those that watch it.
        schema: kinds of the columns.
        settings: resolved.
        remarks: what was noticed on the way.
        own: objects that stand for names in the settings.
        earlier: the model that this one goes on from, if it does.
        folds: scores of the networks of several folds, once they are trained.
        kept_out: what these networks predict of the rows that were kept from them.
        scores: on the test rows; without any, on those that were kept out of folds.
        bag: the folds of an ensemble, which share out the rows of ``fold``.
        looked: whether the test rows were looked at.
        refit: the training on every row, once it is done.
        held: what the folds of an ensemble say of the rows that they had not seen.
        line: the linear baseline that a budget had solved beforehand, as its first entry; None
            there if it had no time for it. Nothing where it is solved at the end.
        last_event: the latest that the training told.
        checkpoints: where it is kept while it runs, if it is.
        calibration: how large errors are on rows that did not train, once it is over.
        seen: what training rows look like, likewise.
    """

    table: Table
    weight: np.ndarray | None
    target_values: np.ndarray
    plan: Plan
    fold: Fold
    schema: Schema
    settings: Settings
    objective: Objective
    preprocessing: Preprocessing
    network: Network
    state: TrainingState
    placement: Placement
    bag: tuple[Fold, ...]
    controls: Controls
    remarks: tuple[Remark, ...]
    own: Own = field(default_factory=Own)
    earlier: FittedModel | None = None
    folds: FoldScores | None = None
    kept_out: KeptOut | None = None
    scores: Scores | None = None
    looked: bool = False
    refit: Run | None = None
    held: Held | None = None
    line: tuple[Line | None, ...] = ()
    last_event: Event | None = None
    checkpoints: Checkpoints | None = None
    calibration: Calibration | None = None
    seen: Seen | None = None

    def events(self) -> Iterator[Event]:
        """Train, telling of every epoch; stop it by ``controls.stop``.

        Several folds are trained first: they tell how many epochs are enough. A refit comes
        last, once the network was scored.
        """
        if len(self.plan.folds) > 1:
            self.folds, self.kept_out = yield from train_folds(self)
            if not self.bag:  # whose folds watch each other once more
                self.use_settings(for_epochs(self.settings, usual_epochs(self.folds)))
            yield StageStarted("final", 1, len(self.plan.folds))
        yield from self.train(looked_into=True)
        if self.settings.refit:
            yield from self._train_again()

    def train(self, *, looked_into: bool = False) -> Iterator[Event]:
        """Train this one network; afterwards it may be looked into."""
        training, validation = self._batches()
        with self.placement.threads_set():
            try:
                for event in self._trained(training, validation):
                    self.last_event = event
                    yield event
                    if self.checkpoints:
                        self.checkpoints.after(self, event)
            except GoodfitError as error:
                if error.code != "training.not_finite":
                    raise
                raise self._named(error, training, validation) from None
            if looked_into:
                found = look_into(self.network, self.objective, training)
                self.state.remarks = (*self.state.remarks, *found)
            self._blend(training, validation)
        last = self.last_event
        if isinstance(last, TrainingFinished) and last.reason == "budget":
            # With these the same parameters are found without a clock.
            self.settings = msgspec.structs.replace(self.settings, steps=self.state.step)

    def _trained(self, training: Batch, validation: Batch) -> Iterator[Event]:
        """Train from the start, or from where a checkpoint left it."""
        ending = self.checkpoints.enter(self) if self.checkpoints else None
        if ending is not None:
            yield ending
            return
        yield from train(
            self.state,
            self.network,
            self.objective,
            training=training,
            validation=validation if len(validation) else None,
            settings=self.settings,
            controls=self.controls,
            measure=self._measure(),
            folds=self._fold_rows(),
        )

    def _named(self, error: GoodfitError, training: Batch, validation: Batch) -> GoodfitError:
        """The error of a loss that is no number, with the cells that are to blame if there are."""
        for batch, rows in ((training, self.learning), (validation, self.watching)):
            huge = batch.dense.abs() > HUGE
            if bool(huge.any()):
                place = int(huge.any(dim=0).nonzero()[0, 0])
                cells = huge[:, place].nonzero()[:, 0].cpu().numpy()
                return GoodfitError(
                    "training.cells_too_large",
                    column=self.preprocessing.layout.dense[place],
                    rows=self.table.say_rows(rows[cells]),
                    precision=error.params["precision"],
                    epoch=error.params["epoch"],
                )
        return error

    def _blend(self, training: Batch, watching: Batch) -> None:
        """Let the rows that each fold did not see say how far its networks are to be trusted."""
        if self.bag and isinstance(self.network, Ensemble):
            self.held = blend(
                self.network,
                self.objective,
                training=training,
                watching=watching,
                folds=self._fold_rows(),
                mixed=self.settings.loss in MIXED,
            )

    def find_learning_rate(self) -> LearningRateCurve:
        """Find a learning rate by trying; afterwards nothing is trained, as before.

        Raises:
            GoodfitError: if the loss falls at no rate.
        """
        with self._trying():
            return find_rate(
                self.state,
                self.network,
                self.objective,
                training=self._batch(self.learning),
                settings=self.settings,
                folds=self._fold_rows(),
            )

    def pace(self, *, within_s: float, clock: Callable[[], float]) -> tuple[Pace, float]:
        """Try some steps and what follows them; afterwards nothing is trained, as before.

        Args:
            within_s: seconds that the steps may take, about.
            clock: tells the moment in seconds.

        Returns:
            The pace of the training, and the seconds of mixing an ensemble with its line.
        """
        training, watching = self._batches()
        with self._trying():
            pace = measure_pace(
                self.state,
                self.network,
                self.objective,
                training=training,
                watching=watching,
                settings=self.settings,
                measure=self._measure(),
                folds=self._fold_rows(),
                within_s=within_s,
                clock=clock,
            )
            began = clock()
            self._blend(training, watching)
            return pace, clock() - began

    @contextmanager
    def _trying(self) -> Generator[None]:
        """While it lasts steps may be made; afterwards nothing is trained, as before."""
        begun = self.state.stepped.copy()
        with self.placement.threads_set():
            try:
                yield
            finally:
                self.held = None
                self.state.stepped.take(begun)
                self.use_settings(self.settings)

    def use_settings(self, settings: Settings) -> None:
        """Train by other settings, of the course of training alone; before the first step only.

        Optimizer, generators and history are as they were before the first step.
        """
        self.settings = settings
        self.state = TrainingState.fresh(self.network, settings, own=self.own)

    def use_learning_rate(self, rate: float) -> None:
        """Train with this rate; before the first step only."""
        self.use_settings(msgspec.structs.replace(self.settings, learning_rate=rate))

    def again(self, fold: Fold, settings: Settings, *, learnt: Preprocessing | None = None) -> Run:
        """A run on other rows of the same table, which learns everything anew from them.

        Args:
            fold: the rows.
            settings: resolved.
            learnt: statistics that need not be learnt once more (see :func:`begin`).
        """
        begun, _ = begin(
            self.table,
            fold=fold,
            classes=self.classes,
            weight=self.weight,
            schema=self.schema,
            objective=self.objective,
            settings=settings,
            own=self.own,
            earlier=self.earlier,
            learnt=learnt,
        )
        return replace(
            self, fold=fold, **vars(begun),
            folds=None, kept_out=None, scores=None, looked=False, refit=None, held=None,
            last_event=None, calibration=None, seen=None,
        )  # fmt: skip

    def _train_again(self) -> Iterator[Event]:
        """Train on every row as long as was best, after the scores were taken."""
        if not self.controls.stop:
            self._judge()
            every = Fold(np.arange(self.table.n_rows), np.empty(0, np.int64))
            refit = self.again(every, for_epochs(self.settings, self.kept_epoch))
            yield StageStarted("refit", 1, len(self.plan.folds))
            yield from refit.train()
            self.refit = None if self.controls.stop else refit
            self._look_again()
        if self.refit is None:
            self.remarks = (*self.remarks, finding("model.not_refitted"))

    @property
    def kept_epoch(self) -> int:
        """The epoch whose parameters are kept, once the training is over."""
        assert isinstance(self.last_event, TrainingFinished)
        return self.last_event.kept_epoch

    def finish(self, *, judged: bool = True) -> FittedModel:
        """The model as it is now, judged on the test rows, which were not looked at before.

        Args:
            judged: False leaves the scores out, for those who judge it themselves.

        Raises:
            GoodfitError: for findings that are no mere notes, if the settings are strict.
        """
        if judged and not self.looked:
            self._judge()
        else:
            self._settle()
            if not self.looked:
                self.learn_sureness()
        model = self.model()
        if self.settings.strict and not self.controls.stop:
            refuse_warnings(model.remarks)
        return model

    def bare_model(self) -> FittedModel:
        """What predicts, and nothing that is known of it: for one of several folds."""
        self._settle()
        return self.model()

    def _settle(self) -> None:
        """Bring the network to the processor, and find by which threshold it decides."""
        own_memory((self.refit or self).network)  # first: a model predicts with copies
        self._decide()

    def _judge(self) -> None:
        """Look at the test rows, once."""
        self.looked = True
        self._settle()
        self.learn_sureness()
        try:
            scores = self._scored()
        except GoodfitError as error:
            # A test row that cannot be predicted must not cost the trained network.
            said = finding("model.not_judged", {"reason": str(error)})
            self.remarks = (*self.remarks, said)
        else:
            self.scores = msgspec.structs.replace(scores, folds=self.folds)
            self.remarks = (*self.remarks, *self._of_scores(scores), *self._of_test_rows())

    def _of_test_rows(self) -> tuple[Remark, ...]:
        """What the test rows say of the scores, now that nothing can depend on it."""
        return of_test_rows(
            self.table,
            self.schema,
            self.target_values,
            learning=self.plan.learning,
            test=self.plan.test,
            time=self.settings.time,
        )

    def _of_scores(self, scores: Scores) -> tuple[Remark, ...]:
        """Whether the network misses what a straight line finds, and which way it does."""
        missed = missed_by(scores)
        if missed is None or not len(self.plan.test) or self.settings.optimizer == "exact":
            return ()
        self.network.eval()
        learnt, new = (
            evaluate(self.network, self.objective, self._batch(rows))[0]
            for rows in (self.learning, self.plan.test)
        )
        return (missed.as_remark(learnt, new),)

    def learn_sureness(self) -> None:
        """See how large errors are on rows that did not train, and what training rows look like."""
        self.calibration = calibrate(self, self.model())
        self.seen = Seen.learn(
            self.table,
            rows=self.learning,
            schema=self.schema,
            preprocessing=self.preprocessing,
            seed=self.settings.seed,
            earlier=None if self.earlier is None else self.earlier.seen,
        )

    def _look_again(self) -> None:
        """After a training on every row: its own folds say how large errors are, if it has any."""
        if self.refit is None:
            return
        own_memory(self.refit.network)
        before = self.calibration
        self.refit.learn_sureness()
        found = self.refit.calibration or before
        if found is not None and before is not None:
            # Rows that calibrate now may have chosen how long to train before.
            why = [*before.reasons, *found.reasons]
            if found is before:
                why.append("refit")
            found = msgspec.structs.replace(found, reasons=tuple(dict.fromkeys(why)))
        self.seen, self.calibration = self.refit.seen, found

    def _scored(self) -> Scores:
        """The scores on the test rows, or else on those that were kept out of folds."""
        values, weight = self.target_values, self.weight
        if self.kept_out is not None and not len(self.plan.test):
            part = "kept_out"
            units = read_groups(self.table, self.settings)
            return judge_predicted(
                self.model(), self.kept_out, values, weight=weight, part=part, units=units
            )
        line = self.line[0] if self.line else self.solve_line(self.plan.final.training)
        return judge(self.model(), self.table, values, self.plan, weight=weight, line=line)

    def solve_line(self, rows: np.ndarray) -> Line | None:
        """The linear baseline of some training rows."""
        table, values, weight = self.table, self.target_values, self.loss_weight
        return solve_line(self.schema, table, values, rows, weight, time=self.settings.time)

    def decide_by(self, rows: np.ndarray, found: Predictions) -> None:
        """Let rows that did not train say from which probability on the second class is predicted.

        Args:
            rows: (row,) their places in the table.
            found: what is predicted of them.
        """
        weight = None if self.weight is None else self.weight[rows]
        target, name = self.target_values[rows], self.answers.watched
        found = replace(found, classes=None)
        threshold = self.answers.best_threshold(target, found, weight=weight)
        self.settings = msgspec.structs.replace(self.settings, threshold=threshold)
        value = self.answers.score(target, found, weight=weight, names=[name])[name]
        params = {"threshold": threshold, "metric": name, "value": value}
        self.remarks = (*self.remarks, finding("model.threshold_found", params))

    def _decide(self) -> None:
        """Find the best threshold if it was asked for and is not known yet."""
        if self.settings.threshold == "best":
            rows = self.watching
            found = self.held_out() or self.model().predict_table(self.table.take(rows))
            self.decide_by(rows, found)

    def held_out(self) -> Predictions | None:
        """What an ensemble's folds predict of ``watching``, which they had not seen."""
        if self.held is None:
            return None
        return self.answers.predictions(self.objective.predict(self.held.outputs).numpy())

    def model(self) -> FittedModel:
        """The model as it is now; its network is the one that is trained, or was refitted."""
        last = self.refit or self
        return FittedModel(
            settings=self.settings,
            schema=self.schema,
            preprocessing=last.preprocessing,
            objective=self.objective,
            network=last.network,
            history=self.state.history,
            scores=self.scores,
            remarks=(
                *self.remarks,
                *self.state.remarks,
                *ending_of(self.last_event),
                *self._never_defined(),
            ),
            own=self.own.names,
            provenance=origin_of(self),
            calibration=self.calibration,
            seen=self.seen,
        )

    def training_loss(self) -> float:
        """Loss of the training rows with the parameters as they are now."""
        self.network.eval()
        return evaluate(self.network, self.objective, self._batch(self.learning))[0]

    @property
    def classes(self) -> np.ndarray | None:
        """(row,) indices of levels; None for numbers."""
        levels = self.schema.target.levels
        return self.target_values.astype(np.int64) if levels else None

    @property
    def learning(self) -> np.ndarray:
        """(row,) the rows that train: of an ensemble of folds those that any fold learns from."""
        if not self.bag:
            return self.fold.training
        return np.union1d(self.fold.training, self.fold.validation)

    @property
    def watching(self) -> np.ndarray:
        """(row,) the rows that watch, those of an ensemble's folds one after the other."""
        if not self.bag:
            return self.fold.validation
        return np.concatenate([fold.validation for fold in self.bag])

    def _fold_rows(self) -> tuple[FoldRows, ...]:
        """Which of the learning rows each fold of an ensemble learns from."""
        rows = self.learning
        return tuple(
            FoldRows(torch.from_numpy(np.searchsorted(rows, fold.training)), len(fold.validation))
            for fold in self.bag
        )

    @property
    def answers(self) -> Answers:
        """What the network's outputs say."""
        return Answers(self.schema, self.preprocessing, self.objective, self.settings)

    @property
    def of_classes(self) -> np.ndarray | None:
        """(level,) how much a row of each class counts in the loss; None where all alike."""
        rows = self.learning
        weight = None if self.weight is None else self.weight[rows]
        return class_weights(self.settings, self.schema.target, self.target_values[rows], weight)

    @property
    def loss_weight(self) -> np.ndarray | None:
        """(row,) how much each row counts in the loss, its class and itself; None for all alike."""
        of_classes = self.of_classes
        if of_classes is None:
            return self.weight
        of_rows = of_classes[self.target_values.astype(np.int64)]
        return of_rows if self.weight is None else of_rows * self.weight

    def _never_defined(self) -> tuple[Remark, ...]:
        """What there is to say if the chosen metric could not be watched."""
        measured, name = self.state.history.metric, self.settings.metric
        watched = name != "auto" and self.settings.early_stopping and measured
        if not watched or any(value is not None for value in measured):
            return ()
        return (finding("model.metric_never_defined", {"metric": name}),)

    def _measure(self) -> Measure:
        """What the validation rows are measured by, in the table's units."""
        rows = self.watching
        weight = None if self.weight is None else self.weight[rows]
        return self.answers.measure(self.target_values[rows], weight=weight)

    def _batches(self) -> tuple[Batch, Batch]:
        """The rows that train and those that watch."""
        training = self._batch(self.learning)
        if not self.bag:
            return training, self._batch(self.watching)
        # The folds watch by the rows that they train by: those are encoded once.
        places = np.searchsorted(self.learning, self.watching)
        return training, take(training, torch.from_numpy(places).to(self.placement.device))

    def _batch(self, rows: np.ndarray) -> Batch:
        """Some rows as tensors, on the device and in the precision of the training."""
        table, device, dtype = self.table.take(rows), self.placement.device, self.placement.dtype
        numpy_dtype = np.float64 if dtype == torch.float64 else np.float32
        encoded = self.preprocessing.encode(table, dtype=numpy_dtype)
        target = torch.from_numpy(self.preprocessing.scale_targets(self.target_values[rows]))
        multiclass = self.objective.task == "multiclass"
        target = target[:, 0].long() if multiclass else target.to(dtype)
        weight = self.loss_weight
        if weight is not None:
            weight = torch.from_numpy(weight[rows]).to(device, dtype).view(-1, 1)
        return Batch(
            torch.from_numpy(encoded.dense).to(device),
            torch.from_numpy(encoded.codes).to(device),
            target.to(device),
            weight,
        )
