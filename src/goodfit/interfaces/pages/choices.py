"""The settings of a fit, who chose them and what they are for; the command to do it again."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import TYPE_CHECKING

from goodfit.core.settings import help_line
from goodfit.core.words import say
from goodfit.interfaces.pages.elements import Html, h
from goodfit.interfaces.pages.frame import folded, table
from goodfit.interfaces.typed import as_options, as_text
from goodfit.model.chosen import Choice, choices_of, settings_again

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel


def settings_card(model: FittedModel) -> Html:
    """What the person chose, what Goodfit chose for this table; the defaults folded away."""
    found = choices_of(model)
    mine = [one for one in found if one.whose == "person"]
    ours = [one for one in found if one.whose == "goodfit"]
    usual = [one for one in found if one.whose == "default"]
    chosen = _table("page.settings_person", mine) if mine else h.p(say("page.nothing_chosen", {}))
    more = folded(
        say("page.settings_default_title", {"count": len(usual)}),
        _table("page.settings_default", usual),
    )
    return h.div(chosen, _table("page.settings_goodfit", ours), more, class_="card long")


def _table(caption: str, choices: list[Choice]) -> Html:
    heads = [say(f"page.setting_{name}", {}) for name in ("name", "value", "meaning")]
    rows = [[h.code(one.name), as_text(one.value), help_line(one.name)] for one in choices]
    return table(say(caption, {}), heads, rows, class_="settings", numbers=(), stacked=True)


def again_card(model: FittedModel, source: Sequence[str] | None) -> Html:
    """The command that makes the same fit, and what computed this one.

    Args:
        model: fitted.
        source: the table as one would type it; None where nobody knows.
    """
    origin = model.provenance
    versions = [[name, version] for name, version in origin.versions.items()]
    versions.append([say("page.fingerprint", {}), h.code(origin.table[:16])])
    heads = (say("page.what", {}), say("page.version", {}))
    return h.div(
        h.h3(say("page.again", {})),
        _again(model, source),
        h.h3(say("page.made_by", {})),
        table(say("page.versions", {}), heads, versions, class_="figures", numbers=()),
        class_="card",
    )


def _again(model: FittedModel, source: Sequence[str] | None) -> list[Html]:
    """The command, or why there is none."""
    if model.own:
        return [h.p(say("page.again_own", {}))]
    if model.provenance.earlier:
        return [h.p(say("page.again_earlier", {}))]
    targets = [word for goal in model.schema.targets for word in ("--target", goal.name)]
    words = ["goodfit", "fit", *(source or [say("page.table_word", {})]), *targets]
    line = shlex.join([*words, *as_options(settings_again(model))])
    return [h.pre(h.code(line)), h.p(say("page.again_same", {}), class_="note")]
