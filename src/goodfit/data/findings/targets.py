"""Findings about the target."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings
from goodfit.data.findings.cells import Goal, percent

# A class with fewer rows is learnt from examples that can be counted on two hands.
RARE = 10
# From this share of one class on, its share is what an accuracy mostly tells.
ONE_CLASS = 0.9
#: Settings that say that classes do not count alike, or that accuracy is not asked for.
DEALS_WITH_CLASSES = ("class_weight", "class_cost", "threshold")
# Numbers so many times the distance of the quartiles from the median lie far out, and matter if
# they make up this share of the spread that a squared error is a share of.
FAR, SHARE = 10.0, 0.2
#: Losses that square the error, so that few rows can outweigh all others.
SQUARED = frozenset({"auto", "mean_squared_error"})


def of_target(
    goal: Goal, *, settings: Settings, say_rows: Callable[[np.ndarray], list[int | str]]
) -> Iterator[Remark]:
    """What is strange about the target.

    Args:
        goal: the target of the rows that are learnt from.
        settings: what was chosen for it.
        say_rows: numbers of rows as people know them.
    """
    if goal.task == "classes":
        yield from _of_classes(goal, settings)
    elif settings.loss in SQUARED and settings.target_transform == "none":
        yield from _of_outliers(goal, say_rows)


def _of_classes(goal: Goal, settings: Settings) -> Iterator[Remark]:
    counts = np.bincount(goal.values.astype(np.int64), minlength=len(goal.levels))
    rare = [
        f"{level} ({count})"
        for level, count in zip(goal.levels, counts.tolist(), strict=True)
        if count < RARE
    ]
    if rare and len(goal.values) >= RARE * len(goal.levels):
        yield finding("data.rare_classes", {"least": RARE, "levels": rare})
    share = float(counts.max() / counts.sum())
    dealt = any(getattr(settings, name) is not None for name in DEALS_WITH_CLASSES)
    if share >= ONE_CLASS and settings.metric == "auto" and not dealt:
        level = goal.levels[int(counts.argmax())]
        yield finding("data.imbalanced", {"percent": percent(share), "level": level})


def _far(values: np.ndarray) -> tuple[np.ndarray, float, float, float]:
    """Rows of numbers that lie far out, and the quartiles."""
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75)).tolist()
    if high == low:
        return np.empty(0, np.int64), low, middle, high
    return np.flatnonzero(np.abs(values - middle) > FAR * (high - low)), low, middle, high


def _of_outliers(goal: Goal, say_rows: Callable[[np.ndarray], list[int | str]]) -> Iterator[Remark]:
    far, low, middle, high = _far(goal.values)
    distance = np.abs(goal.values - middle)
    if not len(far):
        return
    if goal.values.min() >= 0 and not len(_far(np.log1p(goal.values))[0]):
        return  # a long tail, which is told of as one
    with np.errstate(over="ignore", invalid="ignore"):
        share = float((distance[far] ** 2).sum() / (distance**2).sum())
    if share >= SHARE:
        yield finding(
            "data.target_outliers",
            {
                "column": goal.name,
                "count": len(far),
                "n_rows": len(goal.values),
                "rows": say_rows(far)[:6],
                "low": float(f"{middle - FAR * (high - low):.6g}"),
                "high": float(f"{middle + FAR * (high - low):.6g}"),
                "percent": percent(share),
            },
        )
