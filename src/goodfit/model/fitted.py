"""A fitted model: what it takes to turn a row into a prediction."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from goodfit.core.errors import GoodfitError
from goodfit.core.findings import Finding, as_findings
from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings
from goodfit.data.kinds import check_columns, check_decimals
from goodfit.data.read import read_chunks
from goodfit.data.schema import Schema
from goodfit.data.table import Table
from goodfit.model.answers import Answers
from goodfit.model.blocks import BlockPredictor
from goodfit.model.coefficients import coefficients_of
from goodfit.model.doubts import check_policy, reasons, refuse
from goodfit.model.evaluate import evaluated
from goodfit.model.intervals import (
    Calibration,
    Promise,
    bounds_of,
    interval_columns,
    promise_of,
    sets_of,
)
from goodfit.model.passage import Passage, check_finite
from goodfit.model.reading import how_read, tell_all
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
from goodfit.preprocessing.preprocessing import Encoded, Preprocessing
from goodfit.preprocessing.seen import Doubt, Seen, flags_of
from goodfit.scoring.reliability import Reliability
from goodfit.training.objectives import Objective, losses_with_probabilities
from goodfit.training.state import History

if TYPE_CHECKING:
    from goodfit.model.plots.namespace import Plots


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
        self._passage = self._made()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "_passage"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        # It is made of the network's parameters, and is a function, which pickle cannot keep.
        self._passage = self._made()

    def _made(self) -> Passage:
        alone = bool(self.own)  # a person's own may not bear to be called by several threads
        return Passage(self.preprocessing, self.network, self.objective, one_thread=alone)

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
    def plot(self) -> Plots:
        """Pictures of this model, a method each, on matplotlib's axes.

        >>> import goodfit
        >>> table = {"x": list(range(30)), "y": [3.0 * x for x in range(30)]}
        >>> model = goodfit.fit(table, target="y", network="linear", epochs=3)
        >>> figure = model.plot.loss()
        >>> figure.savefig("loss.png")
        """
        from goodfit.model.plots.namespace import Plots

        return Plots(self)

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
            outputs = self._passage.linked(
                BlockPredictor(network, network.n_outputs), through.encoded
            )
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
        for chunk in read_chunks(source, settings=how_read(self.settings, reading), tell=tell):
            tell_all(check_columns(chunk, self.schema), tell)
            tell = None  # the next chunk has the same columns
            check_decimals(chunk, self.schema)
            yield chunk

    def through(self, table: Table, *, by_fold: bool = False) -> Through:
        """What a table that was read comes to, and by fold if asked; what intervals need."""
        return self._passage.through(table, by_fold=by_fold)

    def outputs_of(self, encoded: Encoded) -> np.ndarray:
        """Outputs after the link, (row, output), of rows as the network sees them."""
        return self._passage.linked(self._passage.predictor, encoded)

    def columns_of_table(self, table: Table) -> np.ndarray:
        """(row, dense column) as ``Through`` has them, without what the network says."""
        return self._passage.columns(table)

    @property
    def speaks_by_fold(self) -> bool:
        """Whether intervals need what each fold of an ensemble says."""
        return self.calibration is not None and self.calibration.folds

    def _sure(self, table: Table) -> Through:
        """What intervals need of a table that was read; finite, or the rows are refused."""
        found = self.through(table, by_fold=self.speaks_by_fold)
        check_finite(found.outputs, table)
        return found

    def _doubts(self, table: Table) -> list[Doubt]:
        """Which rows of a table that was read may be doubted, and why."""
        if self.seen is None:
            raise GoodfitError("model.nothing_seen")
        dense = self._passage.dense(table)
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
        return self.predictions_of(self._passage.outputs(table), table)

    def predictions_of(self, outputs: np.ndarray, table: Table) -> Predictions:
        """Predictions from the outputs after the link, (row, output), of a table that was read."""
        check_finite(outputs, table)
        found = self.answers.predictions(outputs)
        if not self.schema.target.levels:
            check_finite(found.predictions.reshape(len(outputs), len(self.schema.targets)), table)
        for column in found.further.values():
            check_finite(column[:, None], table)
        return found

    def margins_of_table(self, table: Table) -> np.ndarray:
        """How surely each row is of each class, (row, level), without a scale: before the link.

        For cross-entropy of two classes these are the log-odds, of the first with a minus.

        Raises:
            GoodfitError: for a regression.
        """
        if self.schema.target.task == "regression":
            raise GoodfitError("model.no_margins", target=self.schema.target.name)
        outputs = self._passage.outputs(table, linked=False)
        check_finite(outputs, table)
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
        return evaluated(self, source, metric=metric, interval=interval, tell=tell, reading=reading)

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
        return coefficients_of(self)

    def script(self) -> str:
        """The program that trains this network on the same table, in plain PyTorch.

        It imports PyTorch, NumPy and what Python has, never Goodfit, and reads the table as CSV
        (``python train.py TABLE.csv``). What is learnt, it learns again; what is drawn by chance,
        it draws from the same seeds: on the same machine it ends with the same network, but for
        what rounding makes of the order in which numbers are added.

        Raises:
            GoodfitError: where no program can do the same, such as with a person's own network.

        >>> import goodfit
        >>> model = goodfit.fit({"x": [1, 2, 3, 4], "y": [3, 5, 7, 9]}, target="y",
        ...                     network="linear", optimizer="sgd", split="none", epochs=5)
        >>> print(model.script().splitlines()[0])
        \"\"\"Fits a network to a table with PyTorch: python train.py TABLE.csv\"\"\"
        """
        from goodfit.model.script import script_of

        return script_of(self)

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
