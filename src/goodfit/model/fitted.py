"""A fitted model: what it takes to turn a row into a prediction."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import torch

from goodfit.core.errors import GoodfitError
from goodfit.core.findings import Finding, as_findings
from goodfit.core.remarks import Remark
from goodfit.core.settings import READING, Settings, make_settings
from goodfit.data.kinds import check_columns, check_decimals
from goodfit.data.parse import read_targets
from goodfit.data.read import read_chunks
from goodfit.data.schema import Schema
from goodfit.data.table import Table
from goodfit.data.weights import read_weight
from goodfit.model.answers import Answers
from goodfit.model.blocks import BlockPredictor, shared_out
from goodfit.model.doubts import check_policy, reasons, refuse
from goodfit.model.intervals import (
    Calibration,
    Promise,
    alone,
    bounds_of,
    interval_columns,
    measure,
    promise_of,
    sets_of,
)
from goodfit.model.records import (
    Coverage,
    Evaluation,
    Figures,
    Predictions,
    Provenance,
    Scores,
    Through,
    joined,
)
from goodfit.networks.contract import Network
from goodfit.networks.ensemble import Ensemble
from goodfit.preprocessing.preprocessing import Each, Encoded, Preprocessing
from goodfit.preprocessing.seen import Doubt, Seen, flags_of
from goodfit.scoring.metrics import undefined
from goodfit.scoring.reliability import Reliability, reliability
from goodfit.training.objectives import Objective, losses_with_probabilities
from goodfit.training.state import History


class FittedModel:
    """Schema, preprocessing and network that were fitted together, with their scores.

    Made by :func:`goodfit.fit` or :func:`goodfit.load`.

    Args:
        settings: resolved settings.
        schema: columns and target.
        preprocessing: learnt on the training rows.
        objective: loss and link.
        network: parameters in memory of their own, in evaluation mode.
        history: losses of every epoch.
        scores: on rows that were kept for it; None if they were not asked for.
        remarks: what is worth knowing about data and training (see ``findings``).
        provenance: where it comes from.
        own: for each setting that is ``own``, where its object came from.
        calibration: how large errors are on rows that did not train; None without such rows.
        seen: what training rows looked like; None where nobody looked.

    >>> import goodfit
    >>> model = goodfit.fit({"x": [1, 2, 3, 4], "y": [3, 5, 7, 9]}, target="y",
    ...                     network="linear", optimizer="exact", split="none")
    >>> model.schema.target.task, model.provenance.n_training
    ('regression', 4)
    """

    def __init__(
        self,
        *,
        settings: Settings,
        schema: Schema,
        preprocessing: Preprocessing,
        objective: Objective,
        network: Network,
        history: History,
        scores: Scores | None,
        remarks: tuple[Remark, ...],
        provenance: Provenance,
        own: dict[str, str] | None = None,
        calibration: Calibration | None = None,
        seen: Seen | None = None,
    ) -> None:
        self.settings, self.schema, self.preprocessing = settings, schema, preprocessing
        self.objective, self.network, self.history = objective, network.eval(), history
        self.scores, self.remarks, self.provenance = scores, remarks, provenance
        self.own = own or {}
        self.calibration, self.seen = calibration, seen
        self._predictor = BlockPredictor(network, objective.n_outputs)
        self._by_fold: tuple[BlockPredictor, ...] = ()  # made when first asked for

    def __getstate__(self) -> dict[str, Any]:
        made = {"_predictor", "_by_fold"}
        return {name: value for name, value in vars(self).items() if name not in made}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        # It is made of the network's parameters, and is a function, which pickle cannot keep.
        self._predictor = BlockPredictor(self.network, self.objective.n_outputs)
        self._by_fold = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is worth knowing about data and training, the most severe first.

        Each has a ``code`` that stays (docs/findings.md lists them), a ``severity`` (note,
        warning, serious), its ``params``, and in words its ``reason``, what was ``done`` and
        what one can do (``advice``); ``text`` is all of these.

        >>> import goodfit
        >>> table = {"id": range(1, 51), "x": [n % 7 for n in range(50)]}
        >>> table["y"] = [3 * x + 1 for x in table["x"]]
        >>> model = goodfit.fit(table, target="y", network="linear", optimizer="exact")
        >>> [found.reason for found in model.findings if found.code == "D003"]
        ["Column 'id' counts the rows."]
        """
        return as_findings(self.remarks)

    @property
    def levels(self) -> np.ndarray:
        """The classes as they stand in the table, (level,); empty for regression."""
        return self.answers.levels

    @property
    def answers(self) -> Answers:
        """What the network's outputs say about the target."""
        return Answers(self.schema, self.preprocessing, self.objective, self.settings)

    def predict(
        self,
        source: Any,
        *,
        doubt: str = "accept",
        tell: Callable[[Remark], None] | None = None,
        **reading: Any,
    ) -> np.ndarray:
        """Prediction of each row: a number, or the most probable class.

        Args:
            source: whatever :func:`goodfit.fit` reads; columns are found by name.
            doubt: ``refuse`` to get an error where rows look otherwise than those that trained
                (see :meth:`doubts`).
            tell: called with each remark, such as on columns that are ignored.
            **reading: settings that say how it is written (``delimiter``, ``sheet``,
                ``query``, …); what the model was fitted to may have been written otherwise.
                ``missing`` holds beside the markers that the model knows.

        Returns:
            (row,) float64 in the target's units, or classes as they stand in the table; of
            several targets (row, target).

        Raises:
            GoodfitError: if feature columns are missing or a cell cannot be read.

        >>> import goodfit
        >>> model = goodfit.fit({"x": [1, 2, 3, 4], "y": [2, 4, 6, 8]}, target="y",
        ...                     network="linear", optimizer="exact", split="none")
        >>> model.predict({"x": [10.0]}).round(6)
        array([20.])
        """
        chunks = self.predict_chunks(source, doubt=doubt, tell=tell, **reading)
        return joined(list(chunks)).predictions

    def predict_proba(
        self,
        source: Any,
        *,
        doubt: str = "accept",
        tell: Callable[[Remark], None] | None = None,
        **reading: Any,
    ) -> np.ndarray:
        """Probability of each class, (row, level), in the order of ``levels``.

        Args:
            source: as for :meth:`predict`.
            doubt: as for :meth:`predict`.
            tell: as for :meth:`predict`.
            **reading: as for :meth:`predict`.

        Raises:
            GoodfitError: for a regression, for a loss without probabilities (``hinge``), and
                as :meth:`predict`.

        >>> import goodfit
        >>> table = {"x": [1, 2, 3, 4, 5, 6], "y": ["a", "a", "b", "a", "b", "b"]}
        >>> model = goodfit.fit(table, target="y", network="linear", epochs=5, split="none")
        >>> model.predict_proba(table).sum(axis=1)
        array([1., 1., 1., 1., 1., 1.])
        """
        self._check_probabilities()
        chunks = self.predict_chunks(source, doubt=doubt, tell=tell, **reading)
        return joined(list(chunks)).probabilities

    def _check_probabilities(self) -> None:
        """Refuse where there are no probabilities."""
        if self.schema.target.task == "regression":
            raise GoodfitError("model.no_probabilities", target=self.schema.target.name)
        if not self.objective.loss.link.probabilities:
            fitting = losses_with_probabilities(self.schema.target.task)
            raise GoodfitError(
                "model.loss_without_probabilities", loss=self.settings.loss, fitting=fitting
            )

    def uncalibrated(self, source: Any) -> np.ndarray | None:
        """Probabilities of each class as an ensemble's networks alone give them, (row, level).

        That is before rows that they had not seen said how sure they may be; None for other
        networks, and where nothing was said.

        Args:
            source: as for :meth:`predict`.

        >>> import goodfit
        >>> table = {"x": list(range(40)), "y": [str(x % 7 > 2) for x in range(40)]}
        >>> model = goodfit.fit(table, target="y", epochs=2)
        >>> model.uncalibrated(table).shape
        (40, 2)
        """
        chunks = self._checked(source, None, {})
        found = [self.uncalibrated_of(self.through(chunk)) for chunk in chunks]
        known = [chunk for chunk in found if chunk is not None]
        return np.concatenate(known) if known else None

    def uncalibrated_of(self, through: Through) -> np.ndarray | None:
        """As :meth:`uncalibrated`, of rows that went through the model."""
        network = self.network
        if not isinstance(network, Ensemble) or not self.levels.size:
            return None
        outputs = through.outputs
        if float(network.share) != 1 or network.line.any() or network.line_bias.any():
            network = copy.deepcopy(network)
            network.share.fill_(1.0)
            network.line.zero_()
            network.line_bias.zero_()
            outputs = self._linked(BlockPredictor(network, network.n_outputs), through.encoded)
        return self.answers.predictions(outputs).probabilities

    def predict_interval(
        self,
        source: Any,
        *,
        level: float = 0.9,
        tell: Callable[[Remark], None] | None = None,
        **reading: Any,
    ) -> np.ndarray:
        """Between which numbers the target lies, for the given share of new rows.

        Conformal prediction: rows that did not train say how large errors are, here and there.
        :meth:`promise` says what is promised and when not, :meth:`coverage` measures it.

        Args:
            source: as for :meth:`predict`.
            level: share of new rows, like those of the fitted table, whose target is within.
            tell: as for :meth:`predict`.
            **reading: as for :meth:`predict`.

        Returns:
            (row, 2), lower and upper end in the target's units; of several targets (row,
            target, 2), where the share is that of each.

        Raises:
            GoodfitError: for classes, where no rows said how large errors are, or too few for
                the level, and as :meth:`predict`.

        >>> import goodfit
        >>> table = {"x": list(range(60)), "y": [3.0 * x for x in range(60)]}
        >>> model = goodfit.fit(table, target="y", epochs=2)
        >>> model.predict_interval({"x": [10.0, 20.0]}, level=0.8).shape
        (2, 2)
        """
        chunks = self._checked(source, tell, reading)
        return np.concatenate([self.intervals_of_table(chunk, level) for chunk in chunks])

    def predict_set(
        self,
        source: Any,
        *,
        level: float = 0.9,
        tell: Callable[[Remark], None] | None = None,
        **reading: Any,
    ) -> np.ndarray:
        """Which classes to expect, so that the given share of new rows are of one of theirs.

        Args:
            source: as for :meth:`predict`.
            level: as for :meth:`predict_interval`.
            tell: as for :meth:`predict`.
            **reading: as for :meth:`predict`.

        Returns:
            (row, level) truth values, in the order of ``levels``; the most probable class always
            belongs to the set.

        Raises:
            GoodfitError: for numbers, and as :meth:`predict_interval`.

        >>> import goodfit
        >>> table = {"x": list(range(60)), "y": [str(x % 7 > 2) for x in range(60)]}
        >>> model = goodfit.fit(table, target="y", epochs=2)
        >>> model.predict_set({"x": [10.0]}, level=0.8).shape
        (1, 2)
        """
        chunks = self._checked(source, tell, reading)
        return np.concatenate([self.sets_of_table(chunk, level) for chunk in chunks])

    def promise(self, level: float = 0.9) -> Promise:
        """What intervals or sets of a level promise: how many rows calibrate it, and why not more.

        Args:
            level: share of new rows.

        Raises:
            GoodfitError: as :meth:`predict_interval`.

        >>> import goodfit
        >>> table = {"x": list(range(60)), "y": [3.0 * x for x in range(60)]}
        >>> goodfit.fit(table, target="y", epochs=2).promise(0.8).guarantee
        'approximate'
        """
        return promise_of(self, level)

    def coverage(
        self,
        source: Any,
        *,
        level: float = 0.9,
        tell: Callable[[Remark], None] | None = None,
        **reading: Any,
    ) -> Coverage:
        """What share of the rows of a table that holds the target their intervals or sets cover.

        Args:
            source: as for :meth:`predict`.
            level: that is promised.
            tell: as for :meth:`predict`.
            **reading: as for :meth:`predict`.

        Raises:
            GoodfitError: as :meth:`predict_interval`, and as :meth:`evaluate`.

        >>> import goodfit
        >>> table = {"x": list(range(60)), "y": [3.0 * x for x in range(60)]}
        >>> goodfit.fit(table, target="y", epochs=2).coverage(table, level=0.8).n_rows
        60
        """
        found = self.evaluate_in_full(source, interval=level, tell=tell, **reading).coverage
        assert found is not None
        return found

    def reliability(
        self,
        source: Any,
        *,
        tell: Callable[[Remark], None] | None = None,
        **reading: Any,
    ) -> Reliability:
        """Whether the probabilities are right, of the rows of a table that holds the target.

        Args:
            source: as for :meth:`predict`.
            tell: as for :meth:`predict`.
            **reading: as for :meth:`predict`.

        Raises:
            GoodfitError: as :meth:`predict_proba`, and as :meth:`evaluate`.

        >>> import goodfit
        >>> table = {"x": list(range(60)), "y": [str(x % 7 > 2) for x in range(60)]}
        >>> goodfit.fit(table, target="y", epochs=2).reliability(table).n_rows
        60
        """
        self._check_probabilities()
        found = self.evaluate_in_full(source, tell=tell, **reading).reliability
        assert found is not None
        return found

    def doubts(
        self,
        source: Any,
        *,
        tell: Callable[[Remark], None] | None = None,
        **reading: Any,
    ) -> dict[str, np.ndarray]:
        """Which rows look otherwise than those that trained, for each reason.

        ``unseen_level``: a category that no training row had. ``outside_range``: a number or
        date beyond those of the training rows. ``filled_in``: a missing cell in a column in which
        no training row missed one. ``far``: all numbers together are far from anything seen,
        farther than all but 1 % of rows like the training rows (``seen.near.share``).

        Args:
            source: as for :meth:`predict`.
            tell: as for :meth:`predict`.
            **reading: as for :meth:`predict`.

        Returns:
            (row,) truth values by reason.

        Raises:
            GoodfitError: as :meth:`predict`, and where the model does not know what was seen.

        >>> import goodfit
        >>> table = {"x": list(range(60)), "y": [3.0 * x for x in range(60)]}
        >>> model = goodfit.fit(table, target="y", epochs=2)
        >>> model.doubts({"x": [10.0, 1000.0]})["outside_range"]
        array([False,  True])
        """
        chunks = [
            flags_of(self._doubts(chunk), chunk.n_rows)
            for chunk in self._checked(source, tell, reading)
        ]
        return {flag: np.concatenate([chunk[flag] for chunk in chunks]) for flag in chunks[0]}

    def predict_columns(
        self,
        source: Any,
        *,
        interval: float | None = None,
        doubt: str = "accept",
        tell: Callable[[Remark], None] | None = None,
        **reading: Any,
    ) -> dict[str, np.ndarray]:
        """Everything that is predicted, (row,) each, by the names that ``goodfit predict`` writes.

        ``prediction`` first; for classes ``probability_<level>``, or ``margin_<level>`` where the
        loss gives no probabilities; what else the loss predicts of a number: ``quantile_0.1``,
        ``standard_deviation``, in the target's units. Of several targets each name ends in that
        of the target: ``prediction_<target>``. With ``interval`` the ends of intervals,
        ``lower_0.9`` and ``upper_0.9``, or which classes are in the set, ``in_set_0.9_<level>``.

        Args:
            source: as for :meth:`predict`.
            interval: level of intervals or sets (see :meth:`predict_interval`).
            doubt: ``accept`` rows whatever they look like; ``flag`` those to doubt, in a column
                ``doubt`` that says why (see :meth:`doubts`) and is empty for the others;
                ``refuse`` them with an error.
            tell: as for :meth:`predict`.
            **reading: as for :meth:`predict`.

        Raises:
            GoodfitError: as :meth:`predict`.

        >>> import goodfit
        >>> table = {"x": list(range(30)), "y": [float(x) for x in range(30)]}
        >>> model = goodfit.fit(table, target="y", network="linear", loss="gaussian_nll", epochs=5)
        >>> list(model.predict_columns(table))
        ['prediction', 'standard_deviation']
        """
        chunks = self.predict_chunks(source, interval=interval, doubt=doubt, tell=tell, **reading)
        return self.answers.columns(joined(list(chunks)))

    def predict_chunks(
        self,
        source: Any,
        *,
        interval: float | None = None,
        doubt: str = "accept",
        tell: Callable[[Remark], None] | None = None,
        **reading: Any,
    ) -> Iterator[Predictions]:
        """Predictions chunk by chunk, so that a table larger than memory goes through.

        Args:
            source: as for :meth:`predict`.
            interval: as for :meth:`predict_columns`; what it adds stands in ``further``.
            doubt: likewise.
            tell: as for :meth:`predict`.
            **reading: as for :meth:`predict`.
        """
        check_policy(doubt)
        if interval is not None:
            promise_of(self, interval)
        for chunk in self._checked(source, tell, reading):
            found = self.predict_table(chunk)
            further = dict(found.further)
            if interval is not None:
                further |= interval_columns(self, self._sure(chunk), interval)
            if doubt != "accept":
                doubts = self._doubts(chunk)
                if doubt == "refuse":
                    refuse(doubts, chunk)
                else:
                    further["doubt"] = reasons(doubts, chunk.n_rows)
            yield replace(found, further=further)

    def _checked(
        self, source: Any, tell: Callable[[Remark], None] | None, reading: Mapping[str, Any]
    ) -> Iterator[Table]:
        """A source in chunks that have the columns of the model."""
        for chunk in read_chunks(source, settings=self._reading(reading), tell=tell):
            _tell(check_columns(chunk, self.schema), tell)
            tell = None  # the next chunk has the same columns
            check_decimals(chunk, self.schema)
            yield chunk

    @property
    def speaks_by_fold(self) -> bool:
        """Whether intervals need what each fold of an ensemble says."""
        return self.calibration is not None and self.calibration.folds

    def _sure(self, table: Table) -> Through:
        """What intervals need of a table that was read; finite, or the rows are refused."""
        found = self.through(table, by_fold=self.speaks_by_fold)
        _check_finite(found.outputs, table)
        return found

    def _doubts(self, table: Table) -> list[Doubt]:
        """Which rows of a table that was read may be doubted, and why."""
        if self.seen is None:
            raise GoodfitError("model.nothing_seen")
        with shared_out(table.n_rows) as each:
            dense = self._encoded(table, np.float32, each).dense[: table.n_rows]
        return self.seen.doubts(
            table, schema=self.schema, preprocessing=self.preprocessing, dense=dense
        )

    def intervals_of_table(self, table: Table, level: float) -> np.ndarray:
        """As :meth:`predict_interval`, of a table that was read."""
        check_columns(table, self.schema)
        promise_of(self, level)
        found = bounds_of(self, self._sure(table), level)
        return found[:, 0] if len(self.schema.targets) == 1 else found

    def sets_of_table(self, table: Table, level: float) -> np.ndarray:
        """As :meth:`predict_set`, of a table that was read."""
        check_columns(table, self.schema)
        promise_of(self, level)
        return sets_of(self, self._sure(table), level)

    def predict_table(self, table: Table) -> Predictions:
        """Predictions of a table that was read."""
        check_columns(table, self.schema)
        return self.predictions_of(self._outputs(table), table)

    def predictions_of(self, outputs: np.ndarray, table: Table) -> Predictions:
        """Predictions from the outputs after the link, (row, output), of a table that was read."""
        _check_finite(outputs, table)
        found = self.answers.predictions(outputs)
        if not self.schema.target.levels:
            _check_finite(found.predictions.reshape(len(outputs), len(self.schema.targets)), table)
        for column in found.further.values():
            _check_finite(column[:, None], table)
        return found

    def margins_of_table(self, table: Table) -> np.ndarray:
        """How surely each row is of each class, (row, level), without a scale: before the link.

        For cross-entropy of two classes these are the log-odds, of the first with a minus.

        Raises:
            GoodfitError: for a regression.
        """
        if self.schema.target.task == "regression":
            raise GoodfitError("model.no_margins", target=self.schema.target.name)
        outputs = self._outputs(table, linked=False)
        _check_finite(outputs, table)
        if self.schema.target.task == "binary":
            return np.column_stack([-outputs[:, 0], outputs[:, 0]])
        return outputs

    def evaluate(
        self,
        source: Any,
        *,
        metric: str | None = None,
        tell: Callable[[Remark], None] | None = None,
        **reading: Any,
    ) -> Figures:
        """Metrics on a table that holds the target.

        Rows without a target are an error here: what cannot be scored is not skipped. Rows
        count by the column of weights of the settings, if the table has it.

        Args:
            source: as for :meth:`predict`.
            metric: name of one more metric than the usual ones and that of the settings.
            tell: called with each remark, such as why a metric is not defined.
            **reading: as for :meth:`predict`.

        Returns:
            ``rmse``, ``mae``, ``r2``; or ``accuracy``, ``log_loss``, ``roc_auc``; and the metrics
            that were chosen. None where the rows do not define one.

        Raises:
            GoodfitError: as :meth:`predict`, if the target is missing or unknown, and for a
                metric that does not fit.

        >>> import goodfit
        >>> table = {"x": [1, 2, 3, 4], "y": [2, 4, 6, 8]}
        >>> model = goodfit.fit(table, target="y", network="linear", optimizer="exact",
        ...                     split="none")
        >>> round(model.evaluate(table, metric="max_error")["max_error"], 6)
        0.0
        """
        return self.evaluate_in_full(source, metric=metric, tell=tell, **reading).metrics

    def evaluate_in_full(
        self,
        source: Any,
        *,
        metric: str | None = None,
        interval: float | None = None,
        tell: Callable[[Remark], None] | None = None,
        **reading: Any,
    ) -> Evaluation:
        """Metrics, as :meth:`evaluate`, and whether intervals and probabilities keep their word.

        Args:
            source: as for :meth:`predict`.
            metric: as for :meth:`evaluate`.
            interval: level of intervals or sets whose coverage is measured.
            tell: as for :meth:`evaluate`.
            **reading: as for :meth:`predict`.

        Raises:
            GoodfitError: as :meth:`evaluate`, and as :meth:`predict_interval`.

        >>> import goodfit
        >>> table = {"x": list(range(60)), "y": [3.0 * x for x in range(60)]}
        >>> model = goodfit.fit(table, target="y", epochs=2)
        >>> model.evaluate_in_full(table, interval=0.8).coverage.n_rows
        60
        """
        asked = make_settings(metric=metric or "auto").metric
        names = self.answers.metrics if asked == "auto" else (*self.answers.metrics, asked)
        self.answers.check_metric(names[-1])
        if interval is not None:
            promise_of(self, interval)
        targets, chunks, weights, ways = [], [], [], []
        for chunk in read_chunks(source, settings=self._reading(reading), tell=tell):
            remarks = check_columns(chunk, self.schema, need_target=True)
            _tell(remarks, tell if not chunks else None)
            check_decimals(chunk, self.schema)
            targets.append(self._complete_targets(chunk))
            weights.append(self._weight(chunk, tell if not chunks else None))
            way = self.through(chunk, by_fold=interval is not None and self.speaks_by_fold)
            chunks.append(self.predictions_of(way.outputs, chunk))
            ways.append(way)
        weight = None if any(one is None for one in weights) else np.concatenate(weights)
        values, found, way = np.concatenate(targets), joined(chunks), Through.joined(ways)
        figures = self.answers.score(values, found, weight=weight, names=names)
        _tell([undefined(name) for name, value in figures.items() if value is None], tell)
        coverage = None
        if interval is not None:
            coverage = measure(self, way, values, [interval], part="table")[0]
        return Evaluation(figures, coverage, *self.reliabilities(way, values, weight))

    def reliabilities(
        self, through: Through, values: np.ndarray, weight: np.ndarray | None
    ) -> tuple[Reliability | None, Reliability | None]:
        """How well probabilities and shares agree, as predicted and before rows corrected them.

        Args:
            through: rows that went through the model.
            values: (row,) indices of their levels.
            weight: (row,) or None.
        """
        probability = self.answers.predictions(through.outputs).probabilities
        if not probability.shape[1]:
            return None, None
        target, before = values.astype(np.int64), self.uncalibrated_of(through)
        after = reliability(target, probability, weight=weight)
        if before is None or (before == probability).all():
            return after, None
        return after, reliability(target, before, weight=weight)

    def _complete_targets(self, table: Table) -> np.ndarray:
        """The targets of a table that is to be scored: none may be missing."""
        values = read_targets(table, self.schema.targets)
        for goal, column in zip(
            self.schema.targets,
            values.reshape(len(values), len(self.schema.targets)).T,
            strict=True,
        ):
            if np.isnan(column).any():
                rows = table.say_rows(np.flatnonzero(np.isnan(column)))
                raise GoodfitError("model.target_missing", column=goal.name, rows=rows)
        return values

    def _weight(self, table: Table, tell: Callable[[Remark], None] | None) -> np.ndarray | None:
        """How much each row counts, (row,), if the table says so in the column that did."""
        name = self.settings.weight
        if name is None:
            return None
        if name not in table.columns:
            params = {"table": table.name, "column": name}
            _tell([Remark("model.scored_without_weights", params)], tell)
            return None
        column = next(column for column in self.schema.columns if column.name == name)
        return read_weight(table, name, decimal=column.decimal)

    def coefficients(self) -> dict[str, Any] | None:
        """A linear model's coefficients in the table's units; None where there are none.

        Returns:
            ``intercept``, then one number a feature (``x``, ``colour=red``); for more than
            two classes such a dictionary for each class, by its level as text, for several
            targets one for each, by its name, and for several quantiles one for each, by the
            name of its column. Where the outputs are logarithms (``poisson``, ``gamma``, a
            ``target_transform``), the sum is the logarithm of the prediction; for
            ``mean_squared_logarithmic_error`` and ``log1p`` that of 1 + the prediction.

        >>> import goodfit
        >>> model = goodfit.fit({"x": [1, 2, 3, 4], "y": [3, 5, 7, 9]}, target="y",
        ...                     network="linear", optimizer="exact", split="none")
        >>> {name: round(number, 6) for name, number in model.coefficients().items()}
        {'intercept': 1.0, 'x': 2.0}
        """
        if self.settings.network != "linear":
            return None
        parameters = self.network.state_dict()
        state = {name: value.cpu().double().numpy() for name, value in parameters.items()}
        tables = [state[f"tables.{i}"] for i in range(len(self.preprocessing.layout.codes))]
        rows = {
            name: self.preprocessing.coefficients(
                state["weight"][output],
                [table[:, output] for table in tables],
                state["bias"][output],
                place=place,
                logarithm=self.objective.loss.link.name == "log",
            )
            for name, output, place in self._linear_outputs()
        }
        first = next(iter(rows.values()))
        return first if first is None or len(rows) == 1 else rows

    def _linear_outputs(self) -> list[tuple[str, int, int]]:
        """The outputs that coefficients say something of: name, place, place of the target."""
        if self.schema.target.task != "regression":
            n_outputs, names = self.objective.n_outputs, self.levels.tolist()
            return [(str(names[output]), output, 0) for output in range(n_outputs)]
        loss = self.objective.loss
        numbers = [extra for extra in loss.further if not extra.spread]
        each = [(extra.name, extra.place) for extra in numbers] or [("prediction", loss.point)]
        found: list[tuple[str, int, int]] = []
        for place, target in enumerate(self.schema.targets):
            for name, output in each:
                several = len(self.schema.targets) > 1
                full = (
                    name
                    if not several
                    else target.name
                    if len(each) == 1
                    else f"{name}_{target.name}"
                )
                found.append((full, place * loss.outputs_per_target + output, place))
        return found

    def save(self, path: str | Path) -> Path:
        """Write the model to one file, whole or not at all.

        >>> import goodfit, tempfile, os
        >>> model = goodfit.fit({"x": [1, 2, 3, 4], "y": [3, 5, 7, 9]}, target="y",
        ...                     network="linear", optimizer="exact", split="none")
        >>> path = model.save(os.path.join(tempfile.mkdtemp(), "line.goodfit"))
        >>> goodfit.load(path).predict({"x": [5.0]}).round(6)
        array([11.])
        """
        from goodfit.model.artifact import save

        return save(self, path)

    def _reading(self, given: Mapping[str, Any]) -> Settings:
        """How a source is read: as given, and with the markers that the model knows."""
        for name in given:
            if name not in (*READING, "missing"):
                raise GoodfitError("model.not_of_reading", name=name, known=[*READING, "missing"])
        settings = make_settings(**given)
        missing = (*self.settings.missing, *settings.missing)
        return msgspec.structs.replace(settings, missing=tuple(dict.fromkeys(missing)))

    def _encoded(self, table: Table, dtype: type[np.float32 | np.float64], each: Each) -> Encoded:
        """Rows as the network sees them; a fitted model's columns can no longer be declared."""
        try:
            return self.preprocessing.encode(table, dtype=dtype, order="F", each=each)
        except GoodfitError as error:
            if error.code != "data.words_among_numbers":
                raise
            raise GoodfitError("model.words_for_numbers", **error.params) from error

    @torch.no_grad()
    def _outputs(self, table: Table, *, linked: bool = True) -> np.ndarray:
        """Outputs after the link or before it, (row, output) float64."""
        dtype = np.float64 if self._predictor.dtype == torch.float64 else np.float32
        # What is a person's own may not bear to be called by several threads.
        with shared_out(0 if self.own else table.n_rows) as each:
            encoded = self._encoded(table, dtype, each)
            # In double precision: exponentials go far, and probabilities near 1.
            outputs = self._predictor(encoded, each).double()
            if linked:
                outputs = self.objective.predict(outputs)
        return outputs[: table.n_rows].numpy()

    @torch.no_grad()
    def through(self, table: Table, *, by_fold: bool = False) -> Through:
        """Rows as the network sees them, and what it says of them; what intervals need.

        Args:
            table: that was read.
            by_fold: whether each fold of an ensemble shall speak for itself too.
        """
        if by_fold and isinstance(self.network, Ensemble) and not self._by_fold:
            each_fold = [alone(self.network, fold) for fold in range(self.network.folds)]
            self._by_fold = tuple(BlockPredictor(one, one.n_outputs) for one in each_fold)
        predictors = (self._predictor, *(self._by_fold if by_fold else ()))
        dtype = np.float64 if self._predictor.dtype == torch.float64 else np.float32
        with shared_out(0 if self.own else table.n_rows) as each:
            encoded = self._encoded(table, dtype, each)
        found = [self._linked(one, encoded) for one in predictors]
        columns = self._numbers_first(encoded.dense[: table.n_rows])
        return Through(encoded, columns, found[0], tuple(found[1:]))

    @torch.no_grad()
    def _linked(self, predictor: BlockPredictor, encoded: Encoded) -> np.ndarray:
        """Outputs after the link, (row, output) float64, of encoded rows."""
        n_rows = len(encoded.dense)
        with shared_out(0 if self.own else n_rows) as each:
            return self.objective.predict(predictor(encoded, each).double())[:n_rows].numpy()

    def columns_of_table(self, table: Table) -> np.ndarray:
        """(row, dense column) as ``Through`` has them, without what the network says."""
        with shared_out(0 if self.own else table.n_rows) as each:
            return self._numbers_first(self._encoded(table, np.float32, each).dense)

    def _numbers_first(self, dense: np.ndarray) -> np.ndarray:
        """Those that are numbers, then the others: the first of them tell most of errors."""
        numbers = self.preprocessing.layout.numbers
        others = [place for place in range(dense.shape[1]) if place not in set(numbers)]
        return dense[:, [*numbers, *others]].astype(np.float64)


def own_memory(network: Network) -> Network:
    """The same network on the processor, each tensor in memory of its own, without gradients."""
    for tensor in (*network.parameters(), *network.buffers()):
        tensor.data = tensor.detach().cpu().clone(memory_format=torch.contiguous_format)
    for parameter in network.parameters():
        parameter.grad = None
        parameter.requires_grad = False
    network.use_generator(torch.Generator())  # a graphics card's could not be unpickled elsewhere
    return network


def _tell(remarks: Iterable[Remark], tell: Callable[[Remark], None] | None) -> None:
    if tell:
        for remark in remarks:
            tell(remark)


def _check_finite(outputs: np.ndarray, table: Table) -> None:
    """Refuse rows whose cells are so large that computing with them overflowed."""
    finite = np.isfinite(outputs)
    if not finite.all():
        rows = table.say_rows(np.flatnonzero(~finite.all(axis=1)))
        raise GoodfitError("model.prediction_not_finite", rows=rows)
