"""How good predicted classes are: who is taken for whom, what a threshold does, what is right."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np

from goodfit.model.reports.rows import Judged, Part, Rows, judged
from goodfit.scoring.confusion import table_of
from goodfit.scoring.curves import PrecisionRecall, RocCurve, precision_recall, roc_curve
from goodfit.scoring.reliability import Reliability, reliability
from goodfit.scoring.shares import Share, calibration_curve

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel

#: Classes of a confusion matrix; of more, half are the most frequent and half the most confused.
MOST_LEVELS = 12
#: Curves of a picture, those of the most frequent classes.
MOST_CURVES = 6
#: Pairs of classes that are named.
MOST_PAIRS = 10


class Confused(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of one class that were taken for another.

    Args:
        actual: the one.
        predicted: the other.
        count: how many there are, by their weight.
        share: of all rows of the one.
    """

    actual: str
    predicted: str
    count: float
    share: float


class ConfusionReport(msgspec.Struct, frozen=True, kw_only=True):
    """Who was taken for whom.

    Args:
        target: the column of the classes.
        part: what the rows are.
        n_rows: of them.
        weighed: whether rows count differently; counts are sums of weights then.
        levels: classes by name; in the order of the target.
        others: classes that the last row and column stand for; 0 where they are a class.
        counts: (level, level) rows of each class (row) that were taken for each (column).
        shares: the same of all rows of the class; None of a class without a row.
        pairs: that are confused most often.
    """

    target: str
    part: Part
    n_rows: int
    weighed: bool
    levels: tuple[str, ...]
    others: int
    counts: tuple[tuple[float, ...], ...]
    shares: tuple[tuple[float | None, ...], ...]
    pairs: tuple[Confused, ...]


class ClassCurve(msgspec.Struct, frozen=True, kw_only=True):
    """A curve of one class against all others.

    Args:
        level: the class.
        curve: its points.
        at: place of the threshold that decides among the points: x and y; None for more than two
            classes, of which the likeliest wins.
    """

    level: str
    curve: RocCurve
    at: tuple[float, float] | None


class RocReport(msgspec.Struct, frozen=True, kw_only=True):
    """ROC curves: of two classes that of the second, of more each against the others.

    Args:
        target: the column of the classes.
        part: what the rows are.
        n_rows: of them.
        curves: of the most frequent classes.
        n_levels: classes that have such a curve.
        area: ``roc_auc``: of two classes the second's, of more the plain mean over all of them.
    """

    target: str
    part: Part
    n_rows: int
    curves: tuple[ClassCurve, ...]
    n_levels: int
    area: float | None


class ClassPrecision(msgspec.Struct, frozen=True, kw_only=True):
    """Precision over recall of one class.

    Args:
        level: the class.
        curve: its points.
        at: as for :class:`ClassCurve`.
    """

    level: str
    curve: PrecisionRecall
    at: tuple[float, float] | None


class PrecisionRecallReport(msgspec.Struct, frozen=True, kw_only=True):
    """Precision over recall; as :class:`RocReport`, with ``average_precision`` as area."""

    target: str
    part: Part
    n_rows: int
    curves: tuple[ClassPrecision, ...]
    n_levels: int
    area: float | None


class ClassShares(msgspec.Struct, frozen=True, kw_only=True):
    """How often a class comes, beside its probability.

    Args:
        level: the class.
        groups: rows of like probability, least first.
    """

    level: str
    groups: tuple[Share, ...]


class CalibrationReport(msgspec.Struct, frozen=True, kw_only=True):
    """Whether probabilities are right.

    Args:
        target: the column of the classes.
        part: what the rows are.
        n_rows: of them.
        reliability: of the most probable class, in bins of its probability.
        before: the same of an ensemble's networks alone; None where nothing was changed.
        curves: of two classes the second, of more the most frequent ones; none without rows.
        sureness: how often the most probable class is right, beside its probability, likewise.
    """

    target: str
    part: Part
    n_rows: int
    reliability: Reliability
    before: Reliability | None
    curves: tuple[ClassShares, ...]
    sureness: tuple[Share, ...] = ()


def confusion_report(model: FittedModel, rows: Rows | None) -> ConfusionReport | None:
    """Who was taken for whom; None for numbers, and without a row.

    >>> import goodfit
    >>> from goodfit.data.read import read_table
    >>> table = {"x": [1, 2, 3, 4] * 5, "y": ["no", "no", "yes", "yes"] * 5}
    >>> model = goodfit.fit(table, target="y", network="linear", optimizer="exact", split="none")
    >>> rows = Rows(read_table(table, settings=model.settings)[0])
    >>> confusion_report(model, rows).counts
    ((10.0, 0.0), (0.0, 10.0))
    """
    found = _of_classes(model, rows)
    if found is None:
        return None
    names = [str(level) for level in model.schema.target.levels]
    predicted = _decided(model, found)
    target = found.values.astype(np.int64)
    counts = table_of(target, predicted, weight=found.weight, n_levels=len(names))
    kept = _most_telling(counts)
    others = len(names) - len(kept)
    shown = counts
    if others:
        places = np.full(len(names), len(kept))
        places[kept] = np.arange(len(kept))
        each = (places[target], places[predicted])
        shown = table_of(*each, weight=found.weight, n_levels=len(kept) + 1)
    return ConfusionReport(
        target=model.schema.target.name,
        part=found.part,
        n_rows=found.n_rows,
        weighed=found.weighed is not None,
        levels=tuple(names[level] for level in kept),
        others=others,
        counts=tuple(tuple(row) for row in shown.tolist()),
        shares=tuple(_shares(row) for row in shown),
        pairs=_pairs(counts, names),
    )


def roc_report(model: FittedModel, rows: Rows | None) -> RocReport | None:
    """ROC curves; None for numbers, and where all rows are of one class.

    >>> import goodfit
    >>> from goodfit.data.read import read_table
    >>> table = {"x": [1, 2, 3, 4] * 5, "y": ["no", "no", "yes", "yes"] * 5}
    >>> model = goodfit.fit(table, target="y", network="linear", optimizer="exact", split="none")
    >>> rows = Rows(read_table(table, settings=model.settings)[0])
    >>> [(one.level, one.curve.area) for one in roc_report(model, rows).curves]
    [('yes', 1.0)]
    """
    found = _of_classes(model, rows)
    if found is None:
        return None
    curves, areas = list[ClassCurve](), list[float]()
    for level, truth, rating in _by_frequency(model, found):
        curve = roc_curve(truth, rating, weight=found.weight)
        if curve is None:
            continue
        areas.append(curve.area)
        if len(curves) < MOST_CURVES:
            true, false = _decided_rates(model, found, truth)
            at = None if true is None or false is None else (false, true)
            curves.append(ClassCurve(level=level, curve=curve, at=at))
    if not curves:
        return None
    return RocReport(
        target=model.schema.target.name,
        part=found.part,
        n_rows=found.n_rows,
        curves=tuple(curves),
        n_levels=len(areas),
        area=sum(areas) / len(areas),
    )


def precision_recall_report(model: FittedModel, rows: Rows | None) -> PrecisionRecallReport | None:
    """Precision over recall; None for numbers, and where no row is of a class that is looked for.

    >>> import goodfit
    >>> from goodfit.data.read import read_table
    >>> table = {"x": [1, 2, 3, 4] * 5, "y": ["no", "no", "yes", "yes"] * 5}
    >>> model = goodfit.fit(table, target="y", network="linear", optimizer="exact", split="none")
    >>> rows = Rows(read_table(table, settings=model.settings)[0])
    >>> [(one.level, one.curve.area) for one in precision_recall_report(model, rows).curves]
    [('yes', 1.0)]
    """
    found = _of_classes(model, rows)
    if found is None:
        return None
    curves, areas = list[ClassPrecision](), list[float]()
    for level, truth, rating in _by_frequency(model, found):
        curve = precision_recall(truth, rating, weight=found.weight)
        if curve is None:
            continue
        areas.append(curve.area)
        if len(curves) < MOST_CURVES:
            at = _decided_precision(model, found, truth)
            curves.append(ClassPrecision(level=level, curve=curve, at=at))
    if not curves:
        return None
    return PrecisionRecallReport(
        target=model.schema.target.name,
        part=found.part,
        n_rows=found.n_rows,
        curves=tuple(curves),
        n_levels=len(areas),
        area=sum(areas) / len(areas),
    )


def calibration_report(model: FittedModel, rows: Rows | None) -> CalibrationReport | None:
    """Whether probabilities are right.

    Without rows it is what the test rows said at the end of the fit. None for numbers, without
    probabilities, and where nothing was measured.

    >>> import goodfit
    >>> table = {"x": list(range(200)), "y": [str(x % 7 > 2) for x in range(200)]}
    >>> model = goodfit.fit(table, target="y", epochs=2)
    >>> calibration_report(model, None).n_rows
    40
    """
    if not model.answers.given.probability:
        return None
    found = _of_classes(model, rows)
    scores = model.scores
    if found is None:
        if scores is None or scores.reliability is None:
            return None
        return CalibrationReport(
            target=model.schema.target.name,
            part=scores.part,
            n_rows=scores.reliability.n_rows,
            reliability=scores.reliability,
            before=scores.reliability_before,
            curves=(),
        )
    target, probability = found.values.astype(np.int64), found.predictions.probabilities
    return CalibrationReport(
        target=model.schema.target.name,
        part=found.part,
        n_rows=found.n_rows,
        reliability=reliability(target, probability, weight=found.weighed),
        before=scores.reliability_before if scores is not None and found.part == "test" else None,
        curves=tuple(
            ClassShares(level=level, groups=groups)
            for level, truth, rating in _by_frequency(model, found)[:MOST_CURVES]
            if (groups := calibration_curve(truth, rating, weight=found.weight))
        ),
        sureness=calibration_curve(
            probability.argmax(axis=1) == target, probability.max(axis=1), weight=found.weight
        ),
    )


def _of_classes(model: FittedModel, rows: Rows | None) -> Judged | None:
    if rows is None or not model.schema.target.levels:
        return None
    found = judged(model, rows)
    return found if len(found.values) else None


def _decided(model: FittedModel, found: Judged) -> np.ndarray:
    """(row,) indices of the classes that are predicted."""
    known = found.predictions.classes
    return model.answers.decide(found.predictions.ratings) if known is None else known


def _by_frequency(model: FittedModel, found: Judged) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Name, truth and rating of each class, the most frequent first; of two only the second."""
    levels = model.schema.target.levels
    counts = np.bincount(found.values.astype(np.int64), found.weight, len(levels))
    order = [1] if len(levels) == 2 else np.argsort(-counts, kind="stable").tolist()
    ratings = found.predictions.ratings
    return [(str(levels[level]), found.values == level, ratings[:, level]) for level in order]


def _decided_rates(
    model: FittedModel, found: Judged, truth: np.ndarray
) -> tuple[float | None, float | None]:
    """Share of the rows of the second of two classes, and of the first, that are taken for it."""
    if len(model.schema.target.levels) != 2:
        return None, None
    taken = _decided(model, found) == 1
    sums = [float(found.weight[part].sum()) for part in (truth, ~truth)]
    hits = [float(found.weight[part & taken].sum()) for part in (truth, ~truth)]
    true, false = (hit / total if total else None for hit, total in zip(hits, sums, strict=True))
    return true, false


def _decided_precision(
    model: FittedModel, found: Judged, truth: np.ndarray
) -> tuple[float, float] | None:
    """Recall and precision of the second of two classes as it is predicted."""
    true, _ = _decided_rates(model, found, truth)
    taken = float(found.weight[_decided(model, found) == 1].sum())
    if true is None or not taken or len(model.schema.target.levels) != 2:
        return None
    return true, true * float(found.weight[truth].sum()) / taken


def _most_telling(counts: np.ndarray) -> list[int]:
    """Classes that a matrix has room for, in their order."""
    if len(counts) <= MOST_LEVELS:
        return list(range(len(counts)))
    wrong = counts - np.diag(np.diag(counts))
    frequent = np.argsort(-counts.sum(axis=1), kind="stable").tolist()
    confused = np.argsort(-(wrong.sum(axis=0) + wrong.sum(axis=1)), kind="stable").tolist()
    kept = frequent[: MOST_LEVELS // 2]
    kept += [level for level in confused if level not in kept][: MOST_LEVELS - len(kept)]
    return sorted(kept)


def _shares(row: np.ndarray) -> tuple[float | None, ...]:
    total = float(row.sum())
    return tuple((row / total).tolist()) if total > 0 else (None,) * len(row)


def _pairs(counts: np.ndarray, names: list[str]) -> tuple[Confused, ...]:
    """The pairs that are confused most often, the most frequent first."""
    wrong = counts - np.diag(np.diag(counts))
    most = np.argsort(-wrong, axis=None, kind="stable")[:MOST_PAIRS].tolist()
    places = [divmod(place, len(names)) for place in most]
    return tuple(
        Confused(
            actual=names[actual],
            predicted=names[predicted],
            count=float(wrong[actual, predicted]),
            share=float(wrong[actual, predicted] / counts[actual].sum()),
        )
        for actual, predicted in places
        if wrong[actual, predicted] > 0
    )
