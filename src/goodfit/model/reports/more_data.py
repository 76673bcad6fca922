"""Would more rows help: trainings on growing shares of the rows, and where that leads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from goodfit.core.errors import GoodfitError
from goodfit.core.randomness import derive_seed
from goodfit.data.split import Fold, Plan, draw_rows
from goodfit.model.fit import start
from goodfit.model.folds import watched
from goodfit.scoring.metric import Unit
from goodfit.scoring.metrics import METRICS
from goodfit.scoring.power_law import PowerLaw, fit_power_law
from goodfit.training.controls import Controls

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel
    from goodfit.model.reports.rows import Rows
    from goodfit.model.run import Run

#: Shares of the training rows that are learnt from, and how often rows are drawn for each.
SHARES = (1 / 16, 1 / 8, 1 / 4, 1 / 2, 1.0)
REPEATS = 3
#: Fewer rows than this are not learnt from.
FEWEST_ROWS = 20
#: Times as many rows that are looked ahead to: beyond, a curve of these sizes tells nothing.
AHEAD = (2.0, 4.0)
# Share of the possible curves that lie within an interval.
LEVEL = 0.9


class Trained(msgspec.Struct, frozen=True, kw_only=True):
    """A training on some of the rows.

    Args:
        n_rows: that it learnt from; validation rows, which only watch, are not counted.
        score: on the rows that score; None where the metric is not defined.
    """

    n_rows: int
    score: float | None


class Size(msgspec.Struct, frozen=True, kw_only=True):
    """All trainings on as many rows.

    Args:
        n_rows: that each learnt from.
        mean: of the scores.
        deviation: of them; None of a single one.
        count: trainings.
    """

    n_rows: int
    mean: float
    deviation: float | None
    count: int


class Ahead(msgspec.Struct, frozen=True, kw_only=True):
    """What more rows would probably bring.

    Args:
        n_rows: so many.
        score: the middle of the curves that fit the trainings.
        low: 90 % of them lie between this ...
        high: ... and this.
    """

    n_rows: int
    score: float
    low: float
    high: float


class MoreDataReport(msgspec.Struct, frozen=True, kw_only=True):
    """A learning curve.

    Args:
        metric: what is scored by.
        unit: of it.
        larger: whether more of it is better.
        part: rows that every training is scored on: ``test``, or ``kept_out`` of folds.
        n_scored: how many there are.
        trained: every training, in the order in which they were made.
        sizes: of trainings on as many rows, fewest first.
        fitted: the middle of the curves between and beyond them; none where too few sizes tell.
        ahead: with twice and four times as many rows.
        whole: False where it was stopped before all trainings were made.
    """

    metric: str
    unit: Unit
    larger: bool
    part: str
    n_scored: int
    trained: tuple[Trained, ...]
    sizes: tuple[Size, ...]
    fitted: tuple[Ahead, ...]
    ahead: tuple[Ahead, ...]
    whole: bool


def more_data_report(
    model: FittedModel,
    source: Any,
    *,
    weight: Any = None,
    shares: Sequence[float] = SHARES,
    repeats: int = REPEATS,
    controls: Controls | None = None,
    watch: Callable[[int, int, Trained], None] | None = None,
) -> MoreDataReport:
    """Train on growing shares of the rows, by the model's settings, and score each alike.

    Every training learns statistics and levels anew from its own rows. Test rows are the same
    for all and choose nothing; without test rows each training is scored on a fold
    that it did not learn from.

    Args:
        model: whose settings and target are used; it is not changed.
        source: the table that it was fitted to, or one like it with more rows.
        weight: as for :func:`goodfit.fit`.
        shares: of the training rows, ascending.
        repeats: draws of each share; of the whole, where nothing is drawn, other starts.
        controls: ``stop`` ends it after the training under way, which does not count.
        watch: called after each training with how many are done, how many there are, and it.

    Raises:
        GoodfitError: for a model with objects of its own, which no file holds; where no rows
            score; if it is stopped before the first training is done; and as
            :func:`goodfit.fit`.

    >>> import goodfit
    >>> table = {"x": list(range(200)), "y": [n % 9 + n / 50 for n in range(200)]}
    >>> model = goodfit.fit(table, target="y", network="linear", optimizer="exact")
    >>> found = more_data_report(model, table, repeats=2)
    >>> [one.n_rows for one in found.sizes], found.metric
    ([30, 60, 120], 'rmse')
    """
    if model.own:
        raise GoodfitError("model.more_data_own", parts=sorted(model.own))
    controls = controls or Controls()
    names = [target.name for target in model.schema.targets]
    run = start(source, target=names, settings=_settings(model), weight=weight, controls=controls)
    planned, part = _planned(run, shares, repeats)
    trained = list[Trained]()
    for number, (fold, scoring) in enumerate(planned):
        one = _trained(run, fold, scoring, seed=derive_seed(model.settings.seed, f"draw {number}"))
        if controls.stop or one is None:
            break
        trained.append(one)
        if watch is not None:
            watch(len(trained), len(planned), one)
    if not trained:
        raise GoodfitError("model.more_data_stopped")
    n_scored = len(run.plan.test) or len(np.unique(np.concatenate([s for _, s in planned])))
    return _report(model, trained, part, n_scored=n_scored, whole=len(trained) == len(planned))


def more_data_of(model: FittedModel, rows: Rows | None) -> MoreDataReport | None:
    """As :func:`more_data_report`, of rows that were read; None without them.

    >>> import goodfit
    >>> more_data_of(goodfit.fit({"x": [1, 2, 3, 4], "y": [3, 5, 7, 9]}, target="y",
    ...                          network="linear", optimizer="exact", split="none"), None)
    """
    if rows is None:
        return None
    # A column of weights is named by the settings, and read again.
    weight = rows.weight if model.settings.weight is None else None
    return more_data_report(model, rows.table, weight=weight)


def _settings(model: FittedModel) -> Any:
    """Those of the model, without what it did beside a training."""
    return msgspec.structs.replace(
        model.settings, refit=False, budget=None, sample=None, strict=False
    )


def _planned(
    run: Run, shares: Sequence[float], repeats: int
) -> tuple[list[tuple[Fold, np.ndarray]], str]:
    """The rows that each training learns from, and those that score it."""
    plan = run.plan
    if len(plan.test):
        fold = plan.final if len(plan.final.validation) else watched(run, plan.final)
        pairs, part = [(fold, plan.test)], "test"
    elif len(plan.folds) > 1:
        pairs = [(watched(run, fold), fold.validation) for fold in plan.folds]
        # Where nothing is chosen by rows that watch, those that are kept out may be shown.
        pairs = [(_unwatched(fold, scoring), scoring) for fold, scoring in pairs]
        part = "kept_out"
    else:
        raise GoodfitError("model.more_data_no_rows")
    planned, number = list[tuple[Fold, np.ndarray]](), 0
    for share in shares:
        for _ in range(repeats):
            fold, scoring = pairs[number % len(pairs)]
            count = round(share * len(fold.training))
            number += 1
            if count < FEWEST_ROWS and share < max(shares):
                continue
            seed = derive_seed(run.settings.seed, f"more data {number}")
            drawn = draw_rows(Plan((fold,), scoring), run.classes, count=count, seed=seed)
            planned.append((drawn.final, scoring))
    return planned, part


def _unwatched(fold: Fold, scoring: np.ndarray) -> Fold:
    """A fold whose watching rows do not score."""
    return Fold(fold.training, np.setdiff1d(fold.validation, scoring))


def _trained(run: Run, fold: Fold, scoring: np.ndarray, *, seed: int) -> Trained | None:
    """One training; None if it was stopped."""
    settings = msgspec.structs.replace(run.settings, seed=seed % 2**31)
    one = run.again(fold, settings)
    for _ in one.train():
        if run.controls.stop:
            return None
    model = one.bare_model()
    found = model.predict_table(run.table.take(scoring))
    weight = None if run.weight is None else run.weight[scoring]
    name = model.answers.headline
    scores = model.answers.score(run.target_values[scoring], found, weight=weight, names=[name])
    return Trained(n_rows=len(one.learning), score=scores[name])


def _report(
    model: FittedModel, trained: Sequence[Trained], part: str, *, n_scored: int, whole: bool
) -> MoreDataReport:
    name = model.answers.headline
    metric = METRICS[name]
    known = [(one.n_rows, one.score) for one in trained if one.score is not None]
    n_rows = np.array([rows for rows, _ in known], dtype=np.int64)
    scores = np.array([score for _, score in known], dtype=np.float64)
    law = fit_power_law(
        n_rows,
        -scores if metric.larger else scores,
        floor=_floor(name),
        seed=derive_seed(model.settings.seed, "more data"),
    )
    sizes = [_size(int(rows), scores[n_rows == rows]) for rows in np.unique(n_rows)]
    fitted, ahead = list[Ahead](), list[Ahead]()
    if law is not None:
        most = sizes[-1].n_rows
        ahead = [_ahead(law, int(most * times), metric.larger) for times in AHEAD]
        between = np.geomspace(sizes[0].n_rows, ahead[-1].n_rows, 40).round().astype(int).tolist()
        fitted = [_ahead(law, rows, metric.larger) for rows in dict.fromkeys(between)]
    return MoreDataReport(
        metric=name,
        unit=metric.unit,
        larger=metric.larger,
        part=part,
        n_scored=n_scored,
        trained=tuple(trained),
        sizes=tuple(sizes),
        fitted=tuple(fitted),
        ahead=tuple(ahead),
        whole=whole,
    )


def _floor(name: str) -> float | None:
    """The least error there can be, where less is better; of shares that are turned round -1."""
    metric = METRICS[name]
    if metric.larger:
        return -1.0 if metric.unit == "share" else None
    return 0.0


def _size(n_rows: int, scores: np.ndarray) -> Size:
    deviation = float(scores.std(ddof=1)) if len(scores) > 1 else None
    return Size(n_rows=n_rows, mean=float(scores.mean()), deviation=deviation, count=len(scores))


def _ahead(law: PowerLaw, n_rows: int, larger: bool) -> Ahead:  # noqa: FBT001
    ends = [(1 - LEVEL) / 2, 0.5, (1 + LEVEL) / 2]
    low, middle, high = np.quantile(law.at(n_rows), ends).tolist()
    if larger:
        low, middle, high = -high, -middle, -low
    return Ahead(n_rows=n_rows, score=middle, low=low, high=high)
