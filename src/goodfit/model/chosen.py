"""Which settings a person chose and which Goodfit did, and the fewest that fit the same again."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from goodfit.core.errors import GoodfitError
from goodfit.core.settings import USUAL_SPLIT, Settings, defaults, field_types, meaningful
from goodfit.model.few_rows import decided_by_rows
from goodfit.model.folds import UNWATCHED
from goodfit.model.recommended import recommended

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel

#: Whose choice a setting's value is: a person's, that of Goodfit for this table, or the default.
Whose = Literal["person", "goodfit", "default"]
# What others depend on, so that it is asked first whether a person chose it.
FIRST = ("network", "optimizer", "loss")
# What a budget of time decides; without the clock they fit the same again.
BY_BUDGET = ("epochs", "steps", "bag", "members", "sample", "threads")


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One setting that played a part.

    Args:
        name: of the setting.
        value: what it was.
        whose: who chose it. What a person chose just as Goodfit would have counts as Goodfit's:
            a model does not keep who said it.
    """

    name: str
    value: Any
    whose: Whose


def choices_of(model: FittedModel) -> tuple[Choice, ...]:
    """Every setting that played a part in a fit, and who chose it.

    >>> import goodfit
    >>> table = {"x": list(range(60)), "y": [3.0 * x for x in range(60)]}
    >>> found = choices_of(goodfit.fit(table, target="y", widths=(4,), epochs=2))
    >>> [choice.name for choice in found if choice.whose == "person"]
    ['widths', 'epochs']
    """
    mine, usual = settings_again(model), msgspec.structs.asdict(defaults())
    budget = BY_BUDGET if model.settings.budget is not None else ()

    def whose(name: str, value: Any) -> Whose:
        if name in mine and name not in budget:
            return "person"
        return "default" if value == usual[name] else "goodfit"

    known = meaningful(model.settings) | ({"threshold": "best"} if _best_threshold(model) else {})
    return tuple(
        Choice(name=name, value=value, whose=whose(name, value)) for name, value in known.items()
    )


def settings_again(model: FittedModel) -> dict[str, Any]:
    """The fewest settings that make the same fit of the same table, in their usual order.

    A ``budget`` is none of them, but what it decided is: the clock would decide otherwise.

    >>> import goodfit
    >>> table = {"x": list(range(60)), "y": [3.0 * x for x in range(60)]}
    >>> settings_again(goodfit.fit(table, target="y", network="mlp", widths=(4,), epochs=2))
    {'widths': (4,), 'epochs': 2}
    """
    wanted, by_goodfit = model.settings, _decided_on_the_way(model)
    given = {
        name: value
        for name, value in msgspec.structs.asdict(wanted).items()
        if name not in by_goodfit and not _open(name) and value != getattr(defaults(), name)
    }
    order = [*FIRST, *(name for name in field_types() if name not in FIRST)]
    # What is open still, in a file of an older Goodfit, nobody can ask for.
    known = [name for name in order if getattr(wanted, name) is not None]
    asked = [name for name in known if _open(name) and name not in by_goodfit]
    for name in asked:
        found = _resolved(model, given)
        if found is None or getattr(found, name) != getattr(wanted, name):
            given[name] = getattr(wanted, name)
    for name in [name for name in asked if name in given]:  # which others may imply
        fewer = {other: value for other, value in given.items() if other != name}
        if _same(_resolved(model, fewer), wanted, asked):
            given = fewer
    if _best_threshold(model):
        given["threshold"] = "best"
    return {name: given[name] for name in field_types() if name in given}


def _open(name: str) -> bool:
    """Whether a setting is left to Goodfit where nobody says."""
    return getattr(defaults(), name) in (None, "auto")


def _same(found: Settings | None, wanted: Settings, names: Iterable[str]) -> bool:
    return found is not None and all(
        getattr(found, name) == getattr(wanted, name) for name in names
    )


def _decided_on_the_way(model: FittedModel) -> frozenset[str]:
    """Settings that hold what the fit found, not what it was begun with."""
    settings, names = model.settings, {"budget"}
    if decided_by_rows(model.remarks):
        names |= {"split", "folds", "repeats"}
    if settings.split == USUAL_SPLIT:
        names.add("split")
    if settings.folds is not None and settings.network != "ensemble":
        names |= {"epochs", *UNWATCHED}
    if _best_threshold(model):
        names.add("threshold")
    return frozenset(names)


def _best_threshold(model: FittedModel) -> bool:
    """Whether the threshold was found, as asked."""
    return any(remark.code == "model.threshold_found" for remark in model.remarks)


def _resolved(model: FittedModel, given: dict[str, Any]) -> Settings | None:
    """What settings would be with so many given; None where that is not allowed."""
    settings, origin = msgspec.structs.replace(defaults(), **given), model.provenance
    n_rows, n_watching = origin.n_training, origin.n_validation
    if (model.settings.bag or 1) > 1 and model.settings.network == "ensemble":
        n_watching = 0  # its folds share out the same rows
    elif (folds := model.settings.folds) is not None:
        n_watching = n_rows // folds
        n_rows -= n_watching
    try:
        return recommended(
            settings,
            task=model.schema.target.task,
            n_rows=n_rows,
            n_watching=n_watching,
            foldable=model.settings.time is None and model.settings.part is None,
        )
    except GoodfitError:
        return None
