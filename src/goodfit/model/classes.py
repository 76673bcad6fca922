"""What the settings say of single classes: how much their rows count, what missing them costs."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from goodfit.core.errors import GoodfitError
from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings
from goodfit.data.schema import Target


def check_classes(settings: Settings, target: Target) -> None:
    """See that what is said of classes is said of this target's.

    Raises:
        GoodfitError: if the target has none, more than two where two are needed, or others.
    """
    for name, tasks in (
        ("class_weight", ("binary", "multiclass")),
        ("class_cost", ("binary", "multiclass")),
        ("threshold", ("binary",)),
    ):
        if getattr(settings, name) is not None and target.task not in tasks:
            owner = "task " + " or ".join(repr(task) for task in tasks)
            raise GoodfitError(
                "settings.not_of_choice", name=name, choice=f"task '{target.task}'", owner=owner
            )
    levels = [str(level) for level in target.levels]
    for name in ("class_weight", "class_cost"):
        given = getattr(settings, name)
        strange = [level for level in given or () if level not in levels]
        if isinstance(given, Mapping) and strange:
            raise GoodfitError(
                "model.class_unknown", name=name, classes=strange, column=target.name, levels=levels
            )


def of_levels(given: Mapping[str, float], target: Target) -> np.ndarray:
    """A number for each level, (level,): 1 for those that nothing is said of."""
    return np.array([given.get(str(level), 1.0) for level in target.levels], dtype=np.float64)


def class_weights(
    settings: Settings, target: Target, classes: np.ndarray, weight: np.ndarray | None
) -> np.ndarray | None:
    """How much a row of each class counts in the loss, (level,); None where all count alike.

    ``balanced`` lets classes count alike however many rows they have (King and Zeng 2001,
    "Logistic regression in rare events data", section 4): the weight of all training rows
    over that of the class and the number of classes.

    Args:
        settings: ``class_weight``.
        target: its levels.
        classes: (row,) index of the level of each training row (whole numbers).
        weight: (row,) of these rows, or None.
    """
    if settings.class_weight is None:
        return None
    if settings.class_weight == "balanced":
        n_levels = len(target.levels)
        of_class = np.bincount(classes.astype(np.int64), weights=weight, minlength=n_levels)
        return of_class.sum() / (n_levels * of_class)
    return of_levels(settings.class_weight, target)


def class_remarks(
    settings: Settings, target: Target, weights: np.ndarray | None
) -> tuple[Remark, ...]:
    """What class weights do that one may not expect."""
    if weights is None:
        return ()
    each = [f"{level} {weight:.3g}" for level, weight in zip(target.levels, weights, strict=True)]
    said = (finding("model.classes_weighted", {"weights": each}),)
    decides = next((n for n in ("class_cost", "threshold") if getattr(settings, n) is not None), "")
    if not decides:
        return said
    return (*said, finding("model.weighted_twice", {"name": decides}))
