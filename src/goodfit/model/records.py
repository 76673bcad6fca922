"""What a model gives and what is known of it: records without behaviour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import msgspec
import numpy as np

from goodfit.preprocessing.preprocessing import Encoded
from goodfit.scoring.reliability import Reliability

#: The rows that a score is of.
Part = Literal["test", "kept_out", "training"]
#: Metrics by name; None where one is not defined.
Figures = dict[str, float | None]


@dataclass(frozen=True)
class Predictions:
    """Predictions of some rows.

    Args:
        predictions: (row,), numbers or classes as they stand in the table; (row, target) of
            several targets.
        probabilities: (row, level); no columns for regression, and where the loss gives none.
        margins: (row, level), for classes where the loss gives no probabilities: the larger,
            the surer; of two classes one is minus the other.
        further: what else is predicted of numbers, (row,) each in the target's units, by the
            name of its column: ``quantile_0.1``, ``standard_deviation``.
        classes: (row,) indices of the classes, where another decided than the one who scores.
    """

    predictions: np.ndarray
    probabilities: np.ndarray
    margins: np.ndarray | None = None
    further: Mapping[str, np.ndarray] = field(default_factory=dict[str, np.ndarray])
    classes: np.ndarray | None = None

    @property
    def ratings(self) -> np.ndarray:
        """What the classes are ranked by, (row, level): probabilities, or else margins."""
        return self.probabilities if self.margins is None else self.margins

    def take(self, rows: np.ndarray) -> Predictions:
        """The predictions of some rows, (row,) places or truth values."""
        return Predictions(
            self.predictions[rows],
            self.probabilities[rows],
            None if self.margins is None else self.margins[rows],
            {name: column[rows] for name, column in self.further.items()},
            None if self.classes is None else self.classes[rows],
        )


def joined(chunks: Sequence[Predictions]) -> Predictions:
    """Predictions of several runs of rows as those of all."""
    margins = [chunk.margins for chunk in chunks if chunk.margins is not None]
    classes = [chunk.classes for chunk in chunks if chunk.classes is not None]
    return Predictions(
        np.concatenate([chunk.predictions for chunk in chunks]),
        np.concatenate([chunk.probabilities for chunk in chunks]),
        np.concatenate(margins) if margins else None,
        {
            name: np.concatenate([chunk.further[name] for chunk in chunks])
            for name in chunks[0].further
        },
        np.concatenate(classes) if classes else None,
    )


class Provenance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a model comes from, without time, path or host.

    Args:
        table: SHA-256 of the table's column names and cells.
        n_rows: rows of the table with a target.
        n_training: rows that trained it.
        n_validation: rows that watched the training.
        n_test: rows that scored it, seen by nothing before.
        versions: of Goodfit and of what computed.
        earlier: ``table`` of each fit whose parameters this one went on from, oldest first.
        refit_epochs: epochs of one more training on every row, after the scores were taken;
            None without one.
        test_rows: SHA-256 of the places of the test rows in the table; None in older files.
    """

    table: str
    n_rows: int
    n_training: int
    n_validation: int
    n_test: int
    versions: dict[str, str]
    earlier: tuple[str, ...] = ()
    refit_epochs: int | None = None
    test_rows: str | None = None


@dataclass(frozen=True)
class KeptOut:
    """What was predicted of rows by those who had not seen them: networks of folds, baselines.

    Args:
        rows: (prediction,) rows of the table, one after the other as the folds keep them out;
            a row that several folds keep out stands there as often.
        network: predictions of these rows, each by the network of its fold.
        constant: the mean, or the shares of the classes, of what the fold learnt from.
        linear: the same of the linear baseline; None where that would take very long.
    """

    rows: np.ndarray
    network: Predictions
    constant: Predictions
    linear: Predictions | None


@dataclass(frozen=True)
class Foretold:
    """What was predicted of rows by networks that had not seen them.

    Args:
        part: what the rows are.
        places: (prediction,) of the rows in a table; a row may come several times.
        predictions: of them.
    """

    part: Part
    places: np.ndarray
    predictions: Predictions


class FoldScores(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How good networks are that were trained on all folds but one, on the rows of that one.

    Args:
        metrics: of all these predictions together, by name; None where a metric is not defined.
        by_fold: the same of each fold.
        kept_epochs: epochs that each fold's network kept.
        repeats: times that the rows were dealt into folds.
        n_rows: different rows that were scored; None in files that do not say.
    """

    metrics: Figures
    by_fold: tuple[Figures, ...]
    kept_epochs: tuple[int, ...]
    repeats: int = 1
    n_rows: int | None = None


class Coverage(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What share of rows their intervals or sets covered: the measure of a promise.

    Args:
        level: the share that was promised.
        part: what the rows are called.
        n_rows: how many there are.
        covered: the share; of several targets the mean of theirs.
        spread: standard deviation that chance gives it: in these rows, and in those that
            calibrated.
        width: mean width of the intervals over the standard deviation of the target in these
            rows (of several targets the mean); of sets the mean number of classes; None where
            the target does not vary or a width is infinite.
        by_prediction: the share among the third of the rows with the smallest predictions, the
            middle third and the third with the largest (of classes: by the probability of the
            most probable one); empty for several targets and below three rows.
        by_width: the same by the width of the interval, or the size of the set.
    """

    level: float
    part: str
    n_rows: int
    covered: float
    spread: float
    width: float | None
    by_prediction: tuple[float, ...] = ()
    by_width: tuple[float, ...] = ()


class Scores(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How good a model is, and two baselines on the same rows.

    Args:
        part: the rows that were scored: ``test``; ``kept_out`` where none were kept but folds
            were trained, each of which was scored on rows that it had not seen; ``training``
            without either.
        metrics: of the model, by name; None where a metric is not defined.
        baselines: the same of ``mean`` or ``majority`` and of ``ridge`` or ``logistic``, which
            is left out where it would take very long to solve.
        against_linear: mean difference of the rows' errors, network less linear baseline,
            and its standard error (squared units of the target, or nats; of several targets the
            mean of their squared errors, each over its variance; of another headline its own
            difference, turned so that less is better); None without that one.
        by_target: of several targets the metrics of each, by its name; ``metrics`` and
            ``baselines`` are their plain means then.
        headline: the metric to speak of first; None in files that do not say.
        folds: of networks trained on other rows than those they are scored on, before the model
            itself was trained; None without several folds.
        interval: where the headline would lie for most other choices of as many rows (95 %,
            bootstrap over the rows scored); None where it is not known.
        coverage: of prediction intervals or sets on the test rows, for some levels.
        reliability: of the probabilities on the test rows; None for numbers, and without them.
        reliability_before: the same of an ensemble's networks alone, before rows that they had
            not seen said how sure they may be; None where nothing was changed.
    """

    part: Part
    metrics: Figures
    baselines: dict[str, Figures]
    against_linear: tuple[float, float] | None
    by_target: dict[str, Figures] = {}
    headline: str | None = None
    folds: FoldScores | None = None
    interval: tuple[float, float] | None = None
    coverage: tuple[Coverage, ...] = ()
    reliability: Reliability | None = None
    reliability_before: Reliability | None = None


@dataclass(frozen=True)
class Through:
    """What becomes of rows on their way through a model.

    Args:
        encoded: as the network sees them.
        columns: (row, dense column) of the same, those of numbers first.
        outputs: (row, output) float64, after the link.
        by_fold: the same of each fold of an ensemble alone, where it was asked for.
    """

    encoded: Encoded
    columns: np.ndarray
    outputs: np.ndarray
    by_fold: tuple[np.ndarray, ...] = ()

    @classmethod
    def joined(cls, chunks: Sequence[Through]) -> Through:
        """What several runs of rows became as that of all."""
        encoded = [chunk.encoded for chunk in chunks]
        return cls(
            Encoded(
                np.concatenate([one.dense for one in encoded]),
                np.concatenate([one.codes for one in encoded]),
            ),
            np.concatenate([chunk.columns for chunk in chunks]),
            np.concatenate([chunk.outputs for chunk in chunks]),
            tuple(map(np.concatenate, zip(*(chunk.by_fold for chunk in chunks), strict=True))),
        )


@dataclass(frozen=True)
class Evaluation:
    """What a table that holds the target says of a model.

    Args:
        metrics: by name.
        coverage: of intervals or sets of the level that was asked for; None without one.
        reliability: of the probabilities; None where there are none.
        reliability_before: of an ensemble's networks alone; None where nothing was changed.
    """

    metrics: Figures
    coverage: Coverage | None
    reliability: Reliability | None
    reliability_before: Reliability | None
