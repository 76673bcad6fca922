"""Models side by side: their settings and their scores, from the models alone."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec

from goodfit.core.errors import GoodfitError
from goodfit.core.remarks import Remark
from goodfit.core.settings import field_types, meaningful
from goodfit.model.artifact import as_model
from goodfit.model.fitted import FittedModel
from goodfit.model.records import Scores
from goodfit.model.report import course, spread, structure


class Row(msgspec.Struct, frozen=True):
    """One thing that is compared: its name, and what it is in each model (None where it is not)."""

    name: str
    values: tuple[Any, ...]

    @property
    def differs(self) -> bool:
        """Whether it is not the same in all models."""
        return any(value != self.values[0] for value in self.values[1:])


class Comparison(msgspec.Struct, frozen=True, kw_only=True):
    """Models side by side. Made by :func:`goodfit.compare`.

    Args:
        models: their names, in the order that they were given in; so are all values.
        facts: what they were fitted to, and what came of it.
        settings: those that play a part in any; None in a model where they play none.
        scores: the metrics, those of the baselines (``ridge rmse``) and of folds (``folds rmse``,
            the mean over them).
        headline: the metric to speak of first, if it is the same in all.
        remarks: why the scores cannot be compared, if they cannot.

    >>> import goodfit
    >>> table = {"x": list(range(20)), "y": [2 * x for x in range(20)]}
    >>> models = [goodfit.fit(table, target="y", epochs=1, widths=(w,)) for w in (4, 8)]
    >>> [(row.name, row.values) for row in goodfit.compare(*models).differences]
    [('widths', ((4,), (8,)))]
    """

    models: tuple[str, ...]
    facts: tuple[Row, ...]
    settings: tuple[Row, ...]
    scores: tuple[Row, ...]
    headline: str | None
    remarks: tuple[Remark, ...]

    @property
    def differences(self) -> tuple[Row, ...]:
        """The settings that are not the same in all models."""
        return tuple(row for row in self.settings if row.differs)


def compare(*models: FittedModel | str | Path) -> Comparison:
    """Put models side by side: what differs in their settings, and how good each is.

    Nothing is computed anew: the scores are those that were taken when they were fitted.

    Args:
        *models: two or more, or their files.

    Raises:
        GoodfitError: for fewer than two, for what is no model, and as :func:`goodfit.load`.

    >>> import goodfit
    >>> table = {"x": list(range(60)), "y": [x % 2 for x in range(60)]}
    >>> plain = goodfit.fit(table, target="y", epochs=2, widths=(4,))
    >>> other = goodfit.fit(table, target="y", epochs=2, widths=(4,), seed=1)
    >>> found = goodfit.compare(plain, other)
    >>> found.remarks[0].code
    'model.compared_rows'
    """
    loaded = [as_model(model) for model in models]
    if len(models) < 2:
        raise GoodfitError("model.compare_two")
    headlines = {model.scores.headline for model in loaded if model.scores}
    return Comparison(
        models=tuple(_names(models)),
        facts=_rows([_facts(model) for model in loaded]),
        settings=_rows([_settings(model) for model in loaded]),
        scores=_rows([_figures(model.scores) for model in loaded]),
        headline=headlines.pop() if len(headlines) == 1 else None,
        remarks=tuple(_remarks(loaded)),
    )


def _names(models: tuple[FittedModel | str | Path, ...]) -> list[str]:
    """A name for each: that of its file, the whole path where two are called alike, a number."""
    files = [Path(model) if isinstance(model, (str, Path)) else None for model in models]
    count = Counter(path.name for path in files if path)
    names = list[str]()
    for place, path in enumerate(files, 1):
        name = f"model {place}"
        if path is not None:
            name = path.name if count[path.name] == 1 else str(path)
        names.append(name if name not in names else f"{name} ({place})")
    return names


def _rows(columns: list[dict[str, Any]]) -> tuple[Row, ...]:
    """A row for each name, in the order of the first model that has it."""
    names = dict.fromkeys(name for column in columns for name in column)
    rows = (Row(name, tuple(column.get(name) for column in columns)) for name in names)
    return tuple(row for row in rows if any(value is not None for value in row.values))


def _settings(model: FittedModel) -> dict[str, Any]:
    """Every setting in its place, None where it plays no part."""
    return {**dict.fromkeys(field_types()), **meaningful(model.settings)}


def _facts(model: FittedModel) -> dict[str, Any]:
    origin, way = model.provenance, course(model)
    return {
        "table": origin.table[:8],
        "target": ", ".join(target.name for target in model.schema.targets),
        "task": model.schema.target.task,
        "features": len(model.schema.features),
        "training": origin.n_training,
        "validation": origin.n_validation,
        "test": origin.n_test,
        "scored_on": model.scores.part if model.scores else None,
        "parameters": structure(model.network, model.settings).n_parameters,
        "epochs": way.epochs,
        "kept_epoch": way.kept_epoch,
        "refit_epochs": origin.refit_epochs,
        "earlier_fits": len(origin.earlier),
        "goodfit": origin.versions.get("goodfit"),
    }


def _figures(scores: Scores | None) -> dict[str, Any]:
    if scores is None:
        return {}
    found = dict(scores.metrics)
    for baseline, metrics in scores.baselines.items():
        found |= {f"{baseline} {name}": value for name, value in metrics.items()}
    if scores.folds:
        both = {name: spread(scores.folds, name) for name in scores.folds.metrics}
        found |= {f"folds {name}": pair[0] if pair else None for name, pair in both.items()}
    return found


def _remarks(models: list[FittedModel]) -> list[Remark]:
    """Why the scores cannot be compared, most weighty first."""
    goals = {tuple(target.name for target in model.schema.targets) for model in models}
    if len(goals) > 1:
        return [Remark("model.compared_targets", {}, "warning")]
    if any(model.scores is None for model in models):
        return [Remark("model.compared_unscored", {}, "warning")]
    if len({model.provenance.table for model in models}) > 1:
        return [Remark("model.compared_tables", {}, "warning")]
    if len({_scored_rows(model) for model in models}) > 1:
        return [Remark("model.compared_rows", {}, "warning")]
    refitted = any(model.provenance.refit_epochs is not None for model in models)
    return [Remark("model.compared_refit")] if refitted else []


def _scored_rows(model: FittedModel) -> tuple[Any, ...]:
    """What tells which rows of the same table were scored."""
    part = model.scores.part if model.scores else None
    if model.scores and model.scores.folds and part == "kept_out":
        return part, model.scores.folds.n_rows  # all, or in time all but the earliest
    if model.provenance.test_rows is not None:
        return part, model.provenance.test_rows
    # Older files do not hold it, but all that it follows from.
    names = ("split", "seed", "group", "time", "part")
    return part, *(getattr(model.settings, name) for name in names if name in field_types())
