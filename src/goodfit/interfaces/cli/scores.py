"""The scores of a model in a table, and the words of a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodfit.core.words import printable, say
from goodfit.interfaces.cli.output import table
from goodfit.interfaces.phrases import (
    BASELINES,
    in_order,
    metric,
    spread_words,
    telling_folds,
)
from goodfit.model.report import Summary

if TYPE_CHECKING:
    from goodfit.model.records import Scores


def score_lines(found: Summary | Scores) -> list[str]:
    """The metrics beside those of the baselines; nothing for a model without scores."""
    if not found.metrics:
        return []
    baselines = [name for name in BASELINES if name in found.baselines]
    heads = [say(f"cli.baseline_{name}", {}) for name in baselines]
    rows = [[say(f"cli.scored_{found.part}", {}), say("cli.this_model", {}), *heads]]
    folds = telling_folds(found.folds, found.part)
    if folds:
        rows[0].append(say("cli.over_folds", {"count": len(folds.by_fold)}))
    for name in in_order(found.metrics, first=found.headline):
        others = [metric(name, found.baselines[baseline].get(name)) for baseline in baselines]
        rows.append([name, metric(name, found.metrics[name]), *others])
        if folds:
            rows[-1].append(spread_words(name, folds))
    return [*table(rows), *target_score_lines(found)]


def target_score_lines(found: Summary | Scores) -> list[str]:
    """The metrics of each of several targets, of which the others are means."""
    if not found.by_target:
        return []
    names = in_order(found.metrics, first=found.headline)
    rows = [["", *names]]
    rows += [
        [printable(target), *(metric(name, metrics.get(name)) for name in names)]
        for target, metrics in found.by_target.items()
    ]
    return ["", say("cli.of_each_target", {}), *table(rows)]
