"""Findings about data and training as a list, the most severe first."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from goodfit.core.concepts import explaining
from goodfit.core.findings import Finding, as_findings
from goodfit.core.remarks import Remark
from goodfit.core.words import say
from goodfit.interfaces.pages.elements import Html, h
from goodfit.interfaces.pages.frame import folded
from goodfit.interfaces.typed import command

#: Findings that are shown at once: all that are no mere notes, and as many notes.
SHOWN_NOTES = 4


def finding_list(remarks: Iterable[Remark]) -> list[Html]:
    """Findings with what was found, done, and can be done; many notes are folded away."""
    found = as_findings(remarks)
    if not found:
        return [h.p(say("page.no_findings", {}), class_="note")]
    severe = [one for one in found if one.severity != "note"]
    notes = [one for one in found if one.severity == "note"]
    parts = [_list([*severe, *notes[:SHOWN_NOTES]])]
    if more := notes[SHOWN_NOTES:]:
        parts.append(folded(say("page.more_notes", {"count": len(more)}), _list(more)))
    return parts


def _list(found: Sequence[Finding]) -> Html:
    return h.ul((_item(one) for one in found), class_="findings")


def _item(one: Finding) -> Html:
    return h.li(
        h.span(say(f"cli.severity_{one.severity}", {}), class_=f"badge {one.severity}"),
        h.code(one.code),
        h.p(one.reason),
        h.p(one.done, class_="done") if one.done else None,
        h.p(one.advice) if one.advice else None,
        _explained(one),
        class_="finding",
    )


def _explained(one: Finding) -> Html | None:
    """Where a finding is explained; None where no concept does."""
    name = explaining(one.name)
    if name is None:
        return None
    return h.p(say("page.read_on", {"command": command("concepts", name)}), class_="note")
