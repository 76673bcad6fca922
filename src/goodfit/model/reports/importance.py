"""What matters: how much worse predictions get when a column's cells are dealt anew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from goodfit.core.randomness import derive_seed
from goodfit.data.schema import Kind
from goodfit.model.reports.features import (
    Feature,
    features_of,
    related,
    related_to_outputs,
)
from goodfit.model.reports.outputs import outputs_moved
from goodfit.model.reports.rows import Look, Part, Rows, look_at, once
from goodfit.networks.contract import Network
from goodfit.networks.ensemble import Ensemble
from goodfit.scoring.metric import Unit
from goodfit.scoring.metrics import METRICS
from goodfit.scoring.relations import groups

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel

#: Multiplications that are made in all, some tenths of a second, and predictions at most;
#: both are counted, so that no clock decides on a figure.
MOST_MULTIPLICATIONS, MOST_PREDICTIONS = 2e10, 200_000
#: Times that cells are dealt: at least, usually, at most.
FEWEST_REPEATS, USUAL_REPEATS, MOST_REPEATS = 3, 5, 10
# Rows that are predicted each time, at most; and at least, however many columns there are.
MOST_ROWS, FEWEST_ROWS = 2000, 100
# Columns that are tried at least; of more than the predictions suffice for, those that are
# related most to what is predicted.
FEWEST_TRIED = 12
#: Columns that are as strongly related as this are dealt together, too.
STRONG = 0.7


class Importance(msgspec.Struct, frozen=True, kw_only=True):
    """How much a column, or several together, matter.

    Args:
        columns: their names.
        kinds: of their cells.
        mean: by how much the metric gets worse, in its unit; below 0 where it got better.
        deviation: standard deviation over the times that cells were dealt; that of the mean is
            it over the root of their number.
    """

    columns: tuple[str, ...]
    kinds: tuple[Kind, ...]
    mean: float
    deviation: float


class ImportanceReport(msgspec.Struct, frozen=True, kw_only=True):
    """What matters to predictions.

    Args:
        part: what the rows are; on rows that trained, what is learnt by heart counts, too.
        n_rows: whose cells were dealt among them each time, of ``of_rows``.
        of_rows: that there are; each time others are taken, where these are enough.
        repeats: times that each column's cells were dealt.
        metric: by which predictions are judged: the headline, or the first that is defined.
        unit: of it.
        score: without any change.
        features: the most important first.
        not_tried: columns for which the predictions did not suffice: those that are related least
            to what is predicted.
        groups: columns that are strongly related, dealt together: alone one of them stands in
            for the other, and neither seems to matter.
        related: strength of the relations that make a group.
    """

    part: Part
    n_rows: int
    of_rows: int
    repeats: int
    metric: str
    unit: Unit
    score: float
    features: tuple[Importance, ...]
    not_tried: int
    groups: tuple[Importance, ...]
    related: float


def importance_report(model: FittedModel, rows: Rows | None) -> ImportanceReport | None:
    """Permutation importance; None without two rows, and where no metric is defined on them.

    Source: Breiman 2001, "Random forests", section 10; for any model: Fisher, Rudin and Dominici
    2019, "All models are wrong, but many are useful".

    >>> import goodfit
    >>> from goodfit.data.read import read_table
    >>> table = {"x": list(range(60)), "noise": [n * 7 % 5 for n in range(60)],
    ...          "y": [3.0 * n for n in range(60)]}
    >>> model = goodfit.fit(table, target="y", network="linear", optimizer="exact", split="none")
    >>> found = importance_report(model, Rows(read_table(table, settings=model.settings)[0]))
    >>> [one.columns for one in found.features], found.metric
    ([('x',), ('noise',)], 'rmse')
    """
    return None if rows is None else once(model, rows, _importances)


def _importances(model: FittedModel, rows: Rows) -> ImportanceReport | None:
    look, features = look_at(model, rows), features_of(model.preprocessing)
    if len(look.values) < 2 or not features:
        return None
    strengths, n_features = related(model, look), len(features)
    kept = _worth_trying(model, look, n_features)
    features, strengths = [features[place] for place in kept], strengths[np.ix_(kept, kept)]
    together = [
        [features[place] for place in group]
        for group in groups(strengths, least=STRONG)
        if len(group) < len(features)  # all together are as good as a constant
    ]
    tried = [*([feature] for feature in features), *together]
    score = model.answers.score(look.values, look.predictions, weight=look.weighed)
    names = (model.answers.headline, *model.answers.metrics)
    metric = next((name for name in names if score.get(name) is not None), None)
    if metric is None:
        return None
    n_rows, repeats = spent(
        len(look.values), n_tried=len(tried), multiplications=multiplications_of(model.network)
    )
    dealing = _Dealing(model, look, metric, n_rows, repeats)
    found = [_importance(dealing, one) for one in tried]
    known = [one for one in found if one is not None]
    singles = _sorted([one for one in known if len(one.columns) == 1])
    return ImportanceReport(
        part=look.part,
        n_rows=n_rows,
        of_rows=look.n_rows,
        repeats=repeats,
        metric=metric,
        unit=METRICS[metric].unit,
        score=score[metric] or 0.0,
        features=singles,
        not_tried=n_features - len(features),
        groups=_sorted([_in_order(one, singles) for one in known if len(one.columns) > 1]),
        related=STRONG,
    )


def _worth_trying(model: FittedModel, look: Look, n_features: int) -> list[int]:
    """Places of the columns that the predictions suffice for, in the table's order."""
    predictions = MOST_MULTIPLICATIONS / multiplications_of(model.network)
    most = max(int(predictions / (FEWEST_REPEATS * FEWEST_ROWS)), FEWEST_TRIED)
    if n_features <= most:
        return list(range(n_features))
    strengths = related_to_outputs(model, look)
    return sorted(np.argsort(-strengths, kind="stable")[:most].tolist())


def spent(n_rows: int, *, n_tried: int, multiplications: int) -> tuple[int, int]:
    """Rows each time, and times, that the predictions suffice for.

    Args:
        n_rows: that there are.
        n_tried: columns and groups of them.
        multiplications: that one prediction takes.

    >>> spent(2000, n_tried=20, multiplications=275_000), spent(50, n_tried=20, multiplications=20)
    ((727, 5), (50, 10))
    """
    predictions = min(MOST_MULTIPLICATIONS / multiplications, MOST_PREDICTIONS) / n_tried
    each = min(n_rows, MOST_ROWS, max(int(predictions / USUAL_REPEATS), FEWEST_ROWS))
    return each, int(np.clip(predictions / each, FEWEST_REPEATS, MOST_REPEATS))


def multiplications_of(network: Network) -> int:
    """Multiplications of one prediction, about: one a weight, and member of an ensemble."""
    members = network.members if isinstance(network, Ensemble) else 1
    return members * sum(weight.numel() for weight in network.decayed()) or 1


@dataclass(frozen=True)
class _Dealing:
    """By what, on which rows and how often importance is measured.

    Rows stand as if by chance, so that each time takes the next ones: the deviation then
    holds what chance does to rows, too, where there are enough of them.
    """

    model: FittedModel
    look: Look
    metric: str
    n_rows: int
    repeats: int

    def rows(self, repeat: int) -> np.ndarray:
        """(row,) places of the rows of one time."""
        return (repeat * self.n_rows + np.arange(self.n_rows)) % len(self.look.values)

    def worse(self, repeat: int, outputs: np.ndarray) -> float | None:
        """By how much the metric gets worse by other outputs of the rows of one time."""
        few = self.look.take(self.rows(repeat))
        found = self.model.answers.predictions(outputs)
        before, after = (
            self.model.answers.score(few.values, one, weight=few.weighed, names=[self.metric])[
                self.metric
            ]
            for one in (few.predictions, found)
        )
        if before is None or after is None:
            return None
        return METRICS[self.metric].better(after) - METRICS[self.metric].better(before)


def _importance(dealing: _Dealing, features: Sequence[Feature]) -> Importance | None:
    """Of one column, or of several that are dealt together; None where it is never defined."""
    model, names = dealing.model, tuple(feature.name for feature in features)
    # A generator of its own, so that other columns do not change a column's figure.
    seed = derive_seed(model.settings.seed, "importance " + "\n".join(names))
    random = np.random.Generator(np.random.PCG64(seed))
    each = [dealing.rows(repeat) for repeat in range(dealing.repeats)]
    outputs = outputs_moved(
        model,
        dealing.look,
        features,
        rows=np.concatenate(each),
        donors=np.concatenate([random.permutation(rows) for rows in each]),
    )
    found = [
        dealing.worse(repeat, dealt)
        for repeat, dealt in enumerate(np.split(outputs, dealing.repeats))
    ]
    worse = [value for value in found if value is not None]
    if len(worse) < 2:
        return None
    kinds: dict[str, Kind] = {column.name: column.kind for column in model.schema.features}
    return Importance(
        columns=names,
        kinds=tuple(kinds[name] for name in names),
        mean=float(np.mean(worse)),
        deviation=float(np.std(worse, ddof=1)),
    )


def _sorted(found: Sequence[Importance]) -> tuple[Importance, ...]:
    """The most important first."""
    return tuple(sorted(found, key=lambda one: -one.mean))


def _in_order(group: Importance, singles: Sequence[Importance]) -> Importance:
    """A group whose columns stand in the order of their own importance."""
    place = {one.columns[0]: number for number, one in enumerate(singles)}
    pairs = sorted(
        zip(group.columns, group.kinds, strict=True),
        key=lambda pair: place.get(pair[0], len(place)),
    )
    return msgspec.structs.replace(
        group,
        columns=tuple(name for name, _ in pairs),
        kinds=tuple(kind for _, kind in pairs),
    )
