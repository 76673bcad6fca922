"""How the rows were divided, as one bar and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodfit.core.words import say
from goodfit.interfaces.pages.elements import Html, h
from goodfit.interfaces.phrases import DIVISIONS

if TYPE_CHECKING:
    from goodfit.core.settings import Settings
    from goodfit.model.fitted import FittedModel
    from goodfit.model.report import Summary


def split_card(model: FittedModel, found: Summary) -> Html:
    """The parts as a bar whose lengths are their shares, and how they were drawn."""
    parts = _counts(model, found)
    whole = sum(parts.values())
    bar = [
        h.span(class_=f"part-{name}", style=f"flex:{count} 1 0") for name, count in parts.items()
    ]
    legend = [
        h.li(
            h.span(class_=f"key part-{name}"),
            say(f"page.part_{name}", {"count": count, "percent": round(100 * count / whole)}),
        )
        for name, count in parts.items()
    ]
    return h.div(
        h.div(bar, class_="parts", aria_hidden="true"),
        h.ul(legend, class_="legend"),
        [h.p(sentence) for sentence in _how(model, found)],
        class_="card",
    )


def _counts(model: FittedModel, found: Summary) -> dict[str, int]:
    """Rows of each part that has some; folds that watch each other have no part of their own."""
    watching = 0 if _in_folds(model.settings) else found.n_validation
    counts = {"training": found.n_training, "validation": watching, "test": found.n_test}
    return {name: count for name, count in counts.items() if count}


def _in_folds(settings: Settings) -> bool:
    return settings.network == "ensemble" and (settings.bag or 1) > 1


def _how(model: FittedModel, found: Summary) -> list[str]:
    """How the rows were drawn, what folds do, and what happened to the rows afterwards."""
    settings = model.settings
    said = [remark.text() for remark in found.remarks if remark.code in DIVISIONS]
    by_column = settings.group or settings.time or settings.part
    if not said and found.n_test + found.n_validation and not by_column:
        classes = bool(found.targets[0].levels)
        code = "page.drawn_by_chance_in_classes" if classes else "page.drawn_by_chance"
        said.append(say(code, {"seed": settings.seed}))
    if _in_folds(settings):
        said.append(say("page.in_folds", {"folds": settings.bag or 1}))
    if found.n_test:
        said.append(say("page.test_rows_once", {}))
    if found.refit_epochs is not None:
        params = {"n_rows": found.n_rows, "epochs": found.refit_epochs}
        said.append(say("cli.refitted", params))
    return said
