"""From a network's outputs to predictions in the table's terms, and to figures about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import msgspec
import numpy as np
from torch import Tensor

from goodfit.core.errors import GoodfitError
from goodfit.core.settings import Settings
from goodfit.data.schema import Schema
from goodfit.model.classes import of_levels
from goodfit.model.records import Figures, Predictions
from goodfit.preprocessing.preprocessing import Preprocessing
from goodfit.scoring.metric import plain
from goodfit.scoring.metrics import METRICS, USUAL, Given, check_fits, score
from goodfit.training.measure import Measure
from goodfit.training.objectives import Objective

# Thresholds that are tried; more would fit the chance of the validation rows.
MOST_THRESHOLDS = 200


@dataclass(frozen=True)
class Answers:
    """What a network's outputs say about the target, and how good that is.

    Args:
        schema: of the target: its task, its levels.
        preprocessing: the way back to the target's units.
        objective: the link.
        settings: resolved; ``metric`` among them.
    """

    schema: Schema
    preprocessing: Preprocessing
    objective: Objective
    settings: Settings

    @property
    def levels(self) -> np.ndarray:
        """The classes as they stand in the table, (level,); empty for regression."""
        levels = self.schema.target.levels
        if all(isinstance(level, str) for level in levels):
            return np.array(levels, dtype=object if not levels else None)
        return np.array(levels)

    @property
    def given(self) -> Given:
        """What metrics may look at."""
        task = self.schema.target.task
        classes = task != "regression"
        probability = self.objective.loss.link.probabilities
        costs = self.settings.class_cost is not None
        return Given(task, rating=classes, probability=probability, cost=costs)

    @property
    def cost(self) -> np.ndarray | None:
        """What missing a row of each class costs, (level,); None where nothing is said of it."""
        given = self.settings.class_cost
        return None if given is None else of_levels(given, self.schema.target)

    @property
    def watched(self) -> str:
        """The metric that progress shows and, if it was chosen, early stopping watches."""
        return self._asked or USUAL[self.schema.target.task][0]

    @property
    def _asked(self) -> str | None:
        """The metric that the settings ask for, if any: by its name, or by what they weigh."""
        if self.settings.metric != "auto":
            return self.settings.metric
        if self.settings.class_cost is not None:
            return "mean_cost"
        return None if self.settings.class_weight is None else "balanced_accuracy"

    @property
    def headline(self) -> str:
        """The metric that the summary speaks of: the chosen one, rmse, r2 or log_loss."""
        if self._asked:
            return self._asked
        if len(self.schema.targets) > 1:
            return "r2"  # errors of several targets have several units; shares have none
        return "log_loss" if self.given.probability else self.watched

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that a score tells: the usual ones and the headline."""
        return tuple(dict.fromkeys((*self.given.usual, self.watched, self.headline)))

    def check(self) -> None:
        """See that the settings can be followed: the metric, and how classes are decided.

        Raises:
            GoodfitError: if a metric does not fit, which lists those that do, or if there are
                no probabilities to decide by.
        """
        self.check_metric(self.watched)
        for name in ("class_cost", "threshold"):
            if getattr(self.settings, name) is not None and not self.given.probability:
                raise GoodfitError("model.no_probabilities_to_decide_by", name=name)
        found = self.settings.threshold == "best"
        if found and METRICS[self.watched].needs != "prediction":
            raise GoodfitError("model.metric_without_threshold", metric=self.watched)

    def check_metric(self, name: str) -> None:
        """See that a metric fits.

        Raises:
            GoodfitError: if it does not; it lists those that do.
        """
        check_fits(name, self.given)

    def predictions(self, outputs: np.ndarray) -> Predictions:
        """Predictions of rows from the outputs after the link, (row, output) float64."""
        task, nothing = self.schema.target.task, np.empty((len(outputs), 0))
        if task == "regression":
            points = self.preprocessing.unscale_targets(self.objective.points(outputs))
            return Predictions(points, nothing, further=self._further(outputs))
        if self.given.probability:
            if task == "binary":
                outputs = np.column_stack([1 - outputs[:, 0], outputs[:, 0]])
            return Predictions(self.levels[self.decide(outputs)], outputs)
        margins = np.column_stack([-outputs[:, 0], outputs[:, 0]]) if task == "binary" else outputs
        return Predictions(self.levels[self.decide(margins)], nothing, margins=margins)

    def _further(self, outputs: np.ndarray) -> dict[str, np.ndarray]:
        """What the loss predicts beside the numbers, in their units, by the names of columns."""
        loss, targets = self.objective.loss, self.schema.targets
        found: dict[str, np.ndarray] = {}
        for place, target in enumerate(targets):
            scaling = self.preprocessing.targets[place]
            for extra in loss.further:
                column = outputs[:, place * loss.outputs_per_target + extra.place]
                name = extra.name if len(targets) == 1 else f"{extra.name}_{target.name}"
                found[name] = scaling.spread(column) if extra.spread else scaling.inverse(column)
        return found

    def columns(self, found: Predictions) -> dict[str, np.ndarray]:
        """Predictions of some rows as columns; see :meth:`FittedModel.predict_columns`."""
        targets, levels = self.schema.targets, self.schema.target.levels
        columns = {"prediction": found.predictions}
        if len(targets) > 1:
            names = [f"prediction_{target.name}" for target in targets]
            columns = dict(zip(names, found.predictions.T, strict=True))
        kind = "probability" if found.margins is None else "margin"
        for level, column in zip(levels, found.ratings.T, strict=bool(levels)):
            columns[f"{kind}_{level}"] = column
        return columns | dict(found.further)

    def decide(self, ratings: np.ndarray) -> np.ndarray:
        """Index of the class that is predicted, (row,), from (row, level).

        The class of which the row is likeliest; with ``class_cost`` the one whose expected
        cost is least (Elkan 2001, section 1), which is that of the greatest probability times
        cost, for all classes but the predicted one are missed; with ``threshold`` the second
        from there on.
        """
        threshold = self.settings.threshold
        if isinstance(threshold, float):
            return (ratings[:, 1] >= threshold).astype(np.int64)
        cost = self.cost
        return (ratings if cost is None else ratings * cost).argmax(axis=1)

    def score(
        self,
        target: np.ndarray,
        found: Predictions,
        *,
        weight: np.ndarray | None = None,
        names: Sequence[str] | None = None,
    ) -> Figures:
        """Metrics of predictions; None where one is not defined.

        Args:
            target: (row,) numbers or indices of levels; (row, target) of several targets.
            found: predictions of these rows.
            weight: (row,) or None.
            names: of the metrics; those that a score tells if not given.
        """
        classes, prediction = bool(self.schema.target.levels), found.predictions
        if classes:
            prediction = self.decide(found.ratings) if found.classes is None else found.classes
        figures = score(
            self.schema.target.task,
            target=target.astype(np.int64) if classes else target,
            prediction=prediction,
            probability=found.probabilities if self.given.probability else None,
            rating=found.ratings if classes else None,
            weight=weight,
            cost=self.cost,
            names=self.metrics if names is None else names,
        )
        return {name: plain(value) for name, value in figures.items()}

    def score_targets(
        self, target: np.ndarray, found: Predictions, *, weight: np.ndarray | None = None
    ) -> dict[str, Figures]:
        """Metrics of each of several targets, (row, target), by its name; none of one alone."""
        if target.ndim == 1:
            return {}
        each = zip(self.schema.targets, target.T, found.predictions.T, strict=True)
        return {
            goal.name: self.score(values, Predictions(own, found.probabilities), weight=weight)
            for goal, values, own in each
        }

    def best_threshold(
        self, target: np.ndarray, found: Predictions, *, weight: np.ndarray | None = None
    ) -> float:
        """The threshold with which the watched metric is best, the one nearest to 0.5 of several.

        Tried are the middles between neighbouring probabilities, some hundred at most.

        Args:
            target: (row,) indices of levels of rows that did not train.
            found: what is predicted of them.
            weight: (row,) or None.
        """
        metric, probability = METRICS[self.watched], np.unique(found.probabilities[:, 1])
        middles = (probability[1:] + probability[:-1]) / 2
        if len(middles) > MOST_THRESHOLDS:
            middles = np.quantile(middles, np.linspace(0, 1, MOST_THRESHOLDS))

        def badness(threshold: float) -> tuple[float, float]:
            settings = msgspec.structs.replace(self.settings, threshold=threshold)
            value = replace(self, settings=settings).score(
                target, found, weight=weight, names=[self.watched]
            )[self.watched]  # fmt: skip
            away = abs(threshold - 0.5)
            return (float("inf") if value is None else metric.better(value), away)

        return min([0.5, *middles.tolist()], key=badness)

    def measure(self, target: np.ndarray, *, weight: np.ndarray | None = None) -> Measure:
        """What a training measures on its validation rows.

        Args:
            target: (row,) or (row, target), of those rows.
            weight: (row,) or None.
        """
        name = self.watched

        def of(outputs: Tensor) -> float | None:
            through = self.objective.predict(outputs).double().cpu().numpy()
            return self.score(
                target, self.predictions(through), weight=weight, names=[name]
            )[name]  # fmt: skip

        return Measure(
            name, of, larger=METRICS[name].larger, decides=self.settings.metric != "auto"
        )
