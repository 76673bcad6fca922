"""The scores of a model in a table, and the words of a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodfit.core.words import printable, say
from goodfit.interfaces.cli.output import table
from goodfit.interfaces.phrases import in_order, metric, spread_words
from goodfit.model.report import Summary
from goodfit.model.verdict import FEWEST_TEST_ROWS

if TYPE_CHECKING:
    from goodfit.model.records import FoldScores, Scores

# Always in this order, however a file orders them.
BASELINES = ("ridge", "logistic", "mean", "majority")


def score_lines(found: Summary | Scores) -> list[str]:
    """The metrics beside those of the baselines; nothing for a model without scores."""
    if not found.metrics:
        return []
    baselines = [name for name in BASELINES if name in found.baselines]
    heads = [say(f"cli.baseline_{name}", {}) for name in baselines]
    rows = [[say(f"cli.scored_{found.part}", {}), say("cli.this_model", {}), *heads]]
    folds = _telling(found.folds, found.part)
    if folds:
        rows[0].append(say("cli.over_folds", {"count": len(folds.by_fold)}))
    for name in in_order(found.metrics, first=found.headline):
        others = [metric(name, found.baselines[baseline].get(name)) for baseline in baselines]
        rows.append([name, metric(name, found.metrics[name]), *others])
        if folds:
            rows[-1].append(spread_words(name, folds))
    return [*table(rows), *target_score_lines(found)]


def _telling(folds: FoldScores | None, part: str | None) -> FoldScores | None:
    """The folds whose spread says something.

    Folds of several dealings hold the same rows, and folds of few rows differ by chance alone.
    """
    if folds is None or part == "test":
        return folds
    rows_each = (folds.n_rows or 0) * folds.repeats / len(folds.by_fold)
    return folds if folds.repeats == 1 and rows_each >= FEWEST_TEST_ROWS else None


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
