"""Which settings belong together, and which mean something given the others."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from goodfit.core.settings.describe import choices, either
from goodfit.core.settings.fields import Settings, field_types
from goodfit.core.settings.names import OptimizerName
from goodfit.core.words import Sentences, catalog, say

_STEPPING = frozenset({*get_args(OptimizerName), "own"}) - {"exact"}
#: First setting of each group of settings; the order of the fields does the rest.
GROUPS: Mapping[str, str] = {
    "drop": "table",
    "split": "parts",
    "preprocessing": "preprocessing",
    "network": "network",
    "loss": "loss",
    "optimizer": "optimizer",
    "schedule": "schedule",
    "budget": "course",
    "class_cost": "decision",
    "device": "machine",
}
#: Settings that mean something only with some values of another: name -> (other, its values).
BELONGS_TO: Mapping[str, tuple[str, frozenset[str]]] = {
    "date_order": ("dates", frozenset({"encode"})),
    "momentum": ("optimizer", frozenset({"sgd", "rmsprop", "muon"})),
    "nesterov": ("optimizer", frozenset({"sgd", "muon"})),
    **dict.fromkeys(
        ("beta1", "beta2"),
        (
            "optimizer",
            frozenset({"adam", "adamw", "nadam", "radam", "adamax", "muon", "schedule_free_adamw"}),
        ),
    ),
    "epsilon": (
        "optimizer",
        _STEPPING - {"sgd", "asgd", "rprop", "adafactor", "lbfgs", "own"},
    ),
    "optimizer_options": ("optimizer", _STEPPING - {"own"}),
    "schedule": ("optimizer", _STEPPING),
    "warmup": ("optimizer", _STEPPING - {"rprop", "lbfgs"}),
    "least_rate": (
        "schedule",
        frozenset(
            {
                "cosine",
                "step",
                "multi_step",
                "exponential",
                "polynomial",
                "linear",
                "cosine_restarts",
                "reduce_on_plateau",
            }
        ),
    ),
    "decay_factor": (
        "schedule",
        frozenset({"step", "multi_step", "exponential", "reduce_on_plateau"}),
    ),
    "decay_epochs": ("schedule", frozenset({"step"})),
    "milestones": ("schedule", frozenset({"multi_step"})),
    "decay_power": ("schedule", frozenset({"polynomial"})),
    "cycles": ("schedule", frozenset({"cosine_restarts"})),
    "cycle_growth": ("schedule", frozenset({"cosine_restarts"})),
    "plateau_patience": ("schedule", frozenset({"reduce_on_plateau"})),
    "huber_delta": ("loss", frozenset({"huber"})),
    "smooth_l1_beta": ("loss", frozenset({"smooth_l1"})),
    "tolerance": ("loss", frozenset({"epsilon_insensitive", "squared_epsilon_insensitive"})),
    "quantile_levels": ("loss", frozenset({"quantile"})),
    "tweedie_power": ("loss", frozenset({"tweedie"})),
    "focal_gamma": ("loss", frozenset({"focal"})),
    "label_smoothing": ("loss", frozenset({"cross_entropy", "auto"})),
    "widths": ("network", frozenset({"mlp", "ensemble", "auto"})),
    "dropout": ("network", frozenset({"mlp", "resnet", "auto"})),
    "activation": ("network", frozenset({"mlp", "resnet", "auto"})),
    "normalization": ("network", frozenset({"mlp", "resnet", "auto"})),
    "members": ("network", frozenset({"ensemble", "auto"})),
    "bag": ("network", frozenset({"ensemble", "auto"})),
    "wave_frequency": ("network", frozenset({"ensemble", "auto"})),
    "blocks": ("network", frozenset({"resnet"})),
    "block_width": ("network", frozenset({"resnet"})),
    "hidden_factor": ("network", frozenset({"resnet"})),
    "residual_dropout": ("network", frozenset({"resnet"})),
    "negative_slope": ("activation", frozenset({"leaky_relu"})),
    "elu_alpha": ("activation", frozenset({"elu", "celu"})),
    "prelu_slopes": ("activation", frozenset({"prelu"})),
    "maxout_pieces": ("activation", frozenset({"maxout"})),
    "initialization": ("optimizer", _STEPPING),
    "batch_size": ("optimizer", _STEPPING),
    "budget": ("optimizer", _STEPPING),
    "epochs": ("optimizer", _STEPPING),
    "steps": ("optimizer", _STEPPING),
    "learning_rate": ("optimizer", _STEPPING),
    "gradient_clip": ("optimizer", _STEPPING - {"rprop", "lbfgs"}),
    "early_stopping": ("optimizer", _STEPPING),
    "start_patience": ("optimizer", _STEPPING),
    "min_improvement": ("optimizer", _STEPPING),
    "keep": ("optimizer", _STEPPING),
    "weight_average": ("optimizer", _STEPPING - {"asgd", "schedule_free_adamw"}),
    "input_noise": ("optimizer", _STEPPING - {"lbfgs"}),
    "weight_decay": (
        "optimizer",
        frozenset({"sgd", "adamw", "nadam", "radam", "adafactor", "muon", "schedule_free_adamw"}),
    ),
    "l1": ("optimizer", _STEPPING - {"lbfgs"}),
    "device": ("optimizer", _STEPPING),
    "threads": ("optimizer", _STEPPING),
}
# Choices that take more characters are not all named in an error; docs/settings.md has them.
LONGEST_OWNERS = 55


def some_owners(name: str) -> str:
    """The choices that a setting means something with, in few words."""
    other, values = BELONGS_TO[name]
    whole = owners(name)
    if len(whole) <= LONGEST_OWNERS:
        return whole
    first, second, *_ = [word for word in choices(other) if word in values]
    return say("settings.owner_such_as", {"setting": other, "first": first, "second": second})


def owners(name: str) -> str:
    """The choices that a setting means something with, in words; empty where it always does.

    >>> owners("huber_delta"), owners("epochs")
    ("loss 'huber'", "any optimizer but 'exact'")
    """
    if name not in BELONGS_TO:
        return ""
    other, values = BELONGS_TO[name]
    named = [word for word in choices(other) if word in values]
    others = [word for word in choices(other) if word not in values and word != "auto"]
    if len(others) < len(values):
        return any_but(other, others)
    return say("settings.owner_choice", {"setting": other, "choices": _one_of(named)})


def any_but(setting: str, words: Iterable[str]) -> str:
    """Every choice of a setting but some, in words.

    >>> any_but("optimizer", ["exact", "lbfgs"])
    "any optimizer but 'exact' or 'lbfgs'"
    """
    return say("settings.owner_any_but", {"setting": setting, "choices": _one_of(words)})


def _one_of(words: Iterable[str]) -> Sentences:
    """Words of a choice, each quoted."""
    quoted = [catalog()["settings.quoted"].format(word=word) for word in words]
    return Sentences([either(quoted)])


def meaningful(settings: Settings) -> dict[str, Any]:
    """The settings that play a part, given the others: those with a value that is used.

    >>> from goodfit.core.settings import make_settings
    >>> "beta1" in meaningful(make_settings(optimizer="sgd"))
    False
    """
    found = {name: getattr(settings, name) for name in field_types()}
    return {
        name: value
        for name, value in found.items()
        if value not in (None, (), {}) and _plays_a_part(settings, name)
    }


def _plays_a_part(settings: Settings, name: str) -> bool:
    """Whether what a setting belongs to is chosen, and what that belongs to, and so on."""
    if name not in BELONGS_TO:
        return True
    other, values = BELONGS_TO[name]
    return getattr(settings, other) in values and _plays_a_part(settings, other)


def group_of(name: str) -> str:
    """The group that a setting belongs to.

    >>> group_of("beta1")
    'optimizer'
    """
    names = list(field_types())
    first = [other for other in names[: names.index(name) + 1] if other in GROUPS]
    return GROUPS[first[-1]]
