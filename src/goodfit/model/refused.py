"""What settings may not ask of each other, given what is predicted and of which rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from goodfit.core.errors import GoodfitError
from goodfit.core.settings import Settings, Task
from goodfit.core.words import Choices
from goodfit.training.losses import LOSSES, TargetRule, kinds

#: What each scaling of the target does to it.
TARGET_RULES: Mapping[str, TargetRule] = {
    "none": "as_is",
    "unit_mean": "factor",
    "standardize": "affine",
}


def check_loss(settings: Settings, *, loss: str, task: Task) -> None:
    """Refuse settings that a loss gives no meaning, or that would change its own."""
    if settings.label_smoothing and loss != "cross_entropy":
        raise GoodfitError(
            "settings.not_of_choice",
            name="label_smoothing",
            choice=f"loss '{loss}'",
            owner="loss 'cross_entropy'",
        )
    scaling = settings.target_scaling
    if scaling not in {"auto", "none"} and task != "regression":
        raise GoodfitError(
            "settings.not_of_choice",
            name="target_scaling",
            choice=f"task '{task}'",
            owner="task 'regression'",
        )
    rules = get_args(TargetRule)
    first = rules.index(kinds(loss)[0].target_rule)
    fitting = [name for name, rule in TARGET_RULES.items() if rules.index(rule) >= first]
    if scaling not in {"auto", *fitting}:
        raise GoodfitError(
            "training.target_scaling_changes_loss",
            scaling=scaling,
            loss=loss,
            fitting=Choices(fitting),
        )


def check_transform(settings: Settings, *, loss: str, task: Task) -> None:
    """Refuse a transform of classes, and of a target that the loss must have in its own units."""
    transform = settings.target_transform
    if transform == "none":
        return
    if task != "regression":
        raise GoodfitError(
            "settings.not_of_choice",
            name="target_transform",
            choice=f"task '{task}'",
            owner="task 'regression'",
        )
    # A logarithm may be below 0, and its mean anything.
    if settings.target_scaling == "unit_mean":
        raise GoodfitError(
            "settings.not_of_choice",
            name="target_scaling 'unit_mean'",
            choice=f"target_transform '{transform}'",
            owner="target_transform 'none'",
        )
    if loss == "own":
        return  # its author knows what it may be given
    fitting = [name for name in LOSSES if kinds(name)[0].target_rule == "monotone"]
    if loss not in fitting:
        raise GoodfitError(
            "training.target_transform_changes_loss",
            transform=transform,
            loss=loss,
            fitting=Choices(fitting),
        )


def check_watched(settings: Settings, *, validated: bool) -> None:
    """Refuse settings that look at validation rows where there are none."""
    if validated:
        return
    for name, watches, instead in (
        ("early_stopping", bool(settings.early_stopping), "0"),
        ("start_patience", bool(settings.start_patience), "0"),
        ("keep", settings.keep == "best", "last"),
        ("min_improvement", settings.min_improvement > 0, "0"),
        ("threshold", settings.threshold == "best", "0.5"),
    ):
        if watches:
            raise GoodfitError("training.no_validation", name=name, instead=instead)
