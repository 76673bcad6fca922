"""After training: the scores on rows that were not seen, beside two baselines. It looks once."""

from __future__ import annotations

import msgspec
import numpy as np

from goodfit.data.parts import read_groups
from goodfit.data.split import Plan
from goodfit.data.table import Table
from goodfit.model.baseline import Line, constant_of, predict_beside
from goodfit.model.calibrate import evenly
from goodfit.model.chance import difference_to_line, headline_interval
from goodfit.model.evaluate import reliabilities
from goodfit.model.fitted import FittedModel
from goodfit.model.intervals import LEVELS, measure, rows_that_promise
from goodfit.model.records import KeptOut, Part, Scores, Through
from goodfit.scoring.conformal import fewest_rows


def judge(
    model: FittedModel,
    table: Table,
    values: np.ndarray,
    plan: Plan,
    *,
    weight: np.ndarray | None,
    line: Line | None,
) -> Scores:
    """Score a model and its baselines on the test rows; on the training rows if there are none.

    Args:
        model: fitted, without scores.
        table: every row, of which ``plan`` says the part.
        values: (row,) numbers or indices of levels; (row, target) of several targets.
        plan: which rows trained and which test.
        weight: (row,) or None.
        line: the linear baseline (``baseline.solve_line``); None leaves it out.
    """
    training = plan.final.training
    part: Part = "test" if len(plan.test) else "training"
    rows = plan.test if len(plan.test) else training
    learnt = None if weight is None else weight[training]
    constant = constant_of(model, values[training], learnt)
    units = read_groups(table, model.settings)
    if part == "training":
        found = predict_beside(model, table, rows, constant=constant, line=line)
        return judge_predicted(model, found, values, weight=weight, part=part, units=units)
    # Of very many rows some, evenly spread, tell as much of intervals and probabilities.
    places = evenly(len(rows))
    some = table.take(rows[places])
    through = model.through(some, by_fold=model.speaks_by_fold)
    known = model.predictions_of(through.outputs, some) if len(places) == len(rows) else None
    found = predict_beside(model, table, rows, constant=constant, line=line, known=known)
    scores = judge_predicted(model, found, values, weight=weight, part=part, units=units)
    weight = None if weight is None else weight[rows[places]]
    return with_sureness(scores, model, through, values[rows[places]], weight)


def with_sureness(
    scores: Scores,
    model: FittedModel,
    through: Through,
    values: np.ndarray,
    weight: np.ndarray | None,
) -> Scores:
    """Scores with what test rows say of intervals, sets and probabilities."""
    levels = [level for level in LEVELS if rows_that_promise(model) >= fewest_rows(level)]
    probability = model.answers.predictions(through.outputs).probabilities
    after, before = reliabilities(probability, model.uncalibrated_of(through), values, weight)
    return msgspec.structs.replace(
        scores,
        coverage=measure(model, through, values, levels, part=scores.part),
        reliability=after,
        reliability_before=before,
    )


def judge_predicted(
    model: FittedModel,
    found: KeptOut,
    values: np.ndarray,
    *,
    weight: np.ndarray | None,
    part: Part,
    units: np.ndarray | None = None,
) -> Scores:
    """The scores of predictions that were made of rows, those of the baselines beside them.

    Args:
        model: says by which metrics.
        found: the predictions.
        values: (row of the table,) or (row, target).
        weight: (row of the table,) or None.
        part: what the rows are called.
        units: (row of the table,) whole numbers, alike for rows that chance takes together, such
            as those of one person; each row alone if not given.
    """
    of_row = np.unique(found.rows if units is None else units[found.rows], return_inverse=True)[1]
    answers, target = model.answers, values[found.rows]
    rows_weight = None if weight is None else weight[found.rows]
    regression = model.schema.target.task == "regression"
    guesses = {"mean" if regression else "majority": found.constant}
    if found.linear is not None:
        guesses["ridge" if regression else "logistic"] = found.linear
    return Scores(
        part=part,
        metrics=answers.score(target, found.network, weight=rows_weight),
        baselines={
            name: answers.score(target, guess, weight=rows_weight)
            for name, guess in guesses.items()
        },
        against_linear=difference_to_line(
            model, target, found, rows_weight, of_row, grouped=units is not None
        ),
        interval=None
        if part == "training"
        else headline_interval(model, target, found.network, rows_weight, of_row),
        by_target=answers.score_targets(target, found.network, weight=rows_weight),
        headline=answers.headline,
    )
