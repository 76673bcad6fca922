"""Settings as they are given, checked."""

from __future__ import annotations

import difflib
import math
import tomllib
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

from goodfit.core.errors import GoodfitError
from goodfit.core.settings.describe import aliases, allowed, choices
from goodfit.core.settings.fields import Settings, defaults, field_types
from goodfit.core.settings.meaning import BELONGS_TO, any_but, some_owners
from goodfit.core.words import Choices, say

# More names than these are not listed in a sentence.
FEW_NAMES = 8
#: Units of a time, in seconds.
UNITS = {"s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}
#: How rows are divided where nobody says, and there are enough of them.
USUAL_SPLIT = "6:2:2"
#: Optimizers whose course is their own: a schedule would change nothing, or harm.
UNSCHEDULED = frozenset({"rprop", "lbfgs", "schedule_free_adamw"})


def make_settings(base: Settings | None = None, /, **given: Any) -> Settings:
    """Check what was given and put it over ``base`` (the defaults, if none).

    Lists may be given for tuples and the aliases of names for the names.

    Raises:
        GoodfitError: for an unknown name (with the nearest known one), a value
            out of its bounds, or a setting that its companion makes meaningless.

    >>> make_settings(loss="mse").loss
    'mean_squared_error'
    >>> make_settings(epochs=0)
    Traceback (most recent call last):
    ...
    goodfit.core.errors.GoodfitError: Setting 'epochs' cannot be 0. Give a whole number, ...
    """
    checked = {name: checked_value(name, value) for name, value in given.items()}
    settings = msgspec.structs.replace(base or defaults(), **checked)
    _check_companions(settings)
    _check_split(settings)
    return settings


def read_settings_file(path: str | Path) -> dict[str, Any]:
    """Settings from a TOML file, by name; :func:`make_settings` checks them.

    Raises:
        GoodfitError: if the file cannot be read or is not TOML.
    """
    try:
        return tomllib.loads(Path(path).read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise GoodfitError("settings.file_unreadable", path=path, reason=str(error)) from error


def split_ratios(split: str) -> tuple[float, float, float] | None:
    """Shares of training, validation and test rows; None where every row trains.

    What ``auto`` says is meant for enough rows: of few, :mod:`goodfit.model.few_rows` decides.

    >>> split_ratios("6:2:2") == split_ratios("auto")
    True

    Raises:
        GoodfitError: if the text is not ``none`` or three ratios of which the first is positive.
    """
    if split == "none":
        return None
    split = USUAL_SPLIT if split == "auto" else split
    try:
        parts = [float(part) for part in split.split(":")]
    except ValueError:
        parts = []
    possible = len(parts) == 3 and all(part >= 0 for part in parts) and parts[0] > 0
    if not possible or not math.isfinite(sum(parts)):
        raise GoodfitError(
            "settings.invalid",
            name="split",
            value=split,
            allowed=say("settings.allowed_split", {}),
        )
    total = sum(parts)
    return parts[0] / total, parts[1] / total, parts[2] / total


def checked_value(name: str, value: Any) -> Any:
    """A setting's value, if it may be that.

    Raises:
        GoodfitError: as :func:`make_settings`, which also looks at the other settings.

    >>> checked_value("widths", [8, 4])
    (8, 4)
    """
    kinds = field_types()
    if name == "target":
        raise GoodfitError("settings.target_is_none")
    if name not in kinds:
        near = difflib.get_close_matches(name, kinds, n=1, cutoff=0.0)[0]
        raise GoodfitError("settings.unknown", name=name, meant=near)
    if isinstance(value, str):
        value = aliases(name).get(value, value)
    elif name == "column" and isinstance(value, Mapping):
        known = {**aliases("preprocessing"), **aliases("category_encoding")}
        value = {column: known.get(choice, choice) for column, choice in value.items()}
    try:
        plain = _plain(value)
        if name == "budget" and isinstance(plain, str):
            plain = seconds_of(plain)
        if not _finite(plain):
            raise msgspec.ValidationError("not a finite number")
        return msgspec.convert(plain, kinds[name])
    except msgspec.ValidationError as error:
        raise GoodfitError(
            "settings.invalid", name=name, value=repr(value), allowed=_allowed_near(name, value)
        ) from error


def seconds_of(text: str) -> Any:
    """A time as people write it, in seconds; the text itself where it is none.

    >>> seconds_of("30s"), seconds_of("1.5 h"), seconds_of("90"), seconds_of("soon")
    (30.0, 5400.0, 90.0, 'soon')
    """
    number = text.strip().rstrip("hmins").strip()
    unit = text.strip().removeprefix(number).strip() or "s"
    try:
        return float(number) * UNITS[unit]
    except (KeyError, ValueError):
        return text


def _allowed_near(name: str, value: Any) -> str:
    """What a setting accepts; of many names those nearest to the one that was given."""
    words = choices(name)
    if not isinstance(value, str) or len(words) <= FEW_NAMES:
        return allowed(name)
    near = difflib.get_close_matches(value, words, n=3, cutoff=0.0)
    return say("settings.allowed_near", {"near": Choices(near), "count": len(words)})


def _plain(value: Any) -> Any:
    """Numbers and arrays of other libraries (NumPy's) as Python's own."""
    if hasattr(value, "tolist"):
        return value.tolist()
    if isinstance(value, Mapping):
        # Classes may be numbers; the settings know them by their words.
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, (list, tuple)) else value


def _finite(plain: Any) -> bool:
    """Whether no number is infinite or none: a model file, which is JSON, could not hold it."""
    if isinstance(plain, Mapping):
        return all(map(_finite, plain.values()))
    if isinstance(plain, list):
        return all(map(_finite, plain))
    return not isinstance(plain, float) or math.isfinite(plain)


def _check_companions(settings: Settings) -> None:
    for name, (other, values) in BELONGS_TO.items():
        chosen = getattr(settings, other)
        if getattr(settings, name) != getattr(defaults(), name) and chosen not in values:
            raise _without_effect(name, f"{other} '{chosen}'", some_owners(name))
    if settings.class_cost is not None and settings.threshold is not None:
        raise GoodfitError("settings.decided_twice")
    if settings.nesterov and settings.optimizer == "sgd" and not settings.momentum:
        raise _without_effect("nesterov", "momentum 0", say("settings.owner_momentum", {}))
    if settings.optimizer in UNSCHEDULED and settings.schedule not in {"auto", "constant"}:
        choice = f"optimizer '{settings.optimizer}'"
        raise _without_effect("schedule", choice, any_but("optimizer", sorted(UNSCHEDULED)))
    # A line search compares losses, which must not change by themselves.
    random = {
        "dropout": bool(settings.dropout),
        "residual_dropout": bool(settings.residual_dropout),
        "activation": settings.activation == "rrelu",
    }
    if settings.optimizer == "lbfgs" and any(random.values()):
        name = next(name for name, on in random.items() if on)
        raise _without_effect(name, "optimizer 'lbfgs'", any_but("optimizer", ["lbfgs"]))
    levels = settings.quantile_levels
    if any(high <= low for low, high in pairwise(levels)):
        raise GoodfitError(
            "settings.invalid",
            name="quantile_levels",
            value=levels,
            allowed=say("settings.allowed_quantiles", {}),
        )


def _without_effect(name: str, choice: str, owner: str) -> GoodfitError:
    return GoodfitError("settings.not_of_choice", name=name, choice=choice, owner=owner)


def _check_split(settings: Settings) -> None:
    """See that one way to divide the rows is chosen, and that it has parts to fill."""
    ratios = split_ratios(settings.split)
    columns = [name for name in ("group", "time", "part") if getattr(settings, name) is not None]
    if len(columns) > 1:
        raise GoodfitError("settings.split_twice", first=columns[0], second=columns[1])
    if settings.part is not None and settings.split != defaults().split:
        raise GoodfitError("settings.split_twice", first="part", second="split")
    if settings.part is not None and settings.folds is not None:
        raise GoodfitError("settings.split_twice", first="part", second="folds")
    if columns and ratios is None and settings.folds is None:
        raise GoodfitError("settings.nothing_to_split", name=columns[0])
    if settings.repeats is not None and settings.folds is None:
        raise _without_effect(
            "repeats", say("settings.choice_no_folds", {}), say("settings.owner_folds", {})
        )
    if settings.repeats is not None and settings.time is not None:
        raise _without_effect(
            "repeats", say("settings.choice_time", {}), say("settings.owner_dealt", {})
        )
    _check_budget(settings)
    if settings.refit and (ratios is None or ratios[0] == 1):
        raise GoodfitError("settings.nothing_to_refit")


def _check_budget(settings: Settings) -> None:
    """A budget plans one training; several of them would each need a plan."""
    if settings.budget is None:
        return
    if settings.folds is not None:
        raise _without_effect(
            "budget", f"folds {settings.folds}", say("settings.owner_single", {"without": "folds"})
        )
    if settings.refit:
        raise _without_effect("budget", "refit", say("settings.owner_single", {"without": "refit"}))
