"""Every finding is raised in a test that names it, and has words."""

from __future__ import annotations

from source import TESTS, literals, parse, uses

from goodfit.core.findings import ENDING, FINDINGS
from goodfit.core.words import PARTS, parts_of


def test_every_finding_is_raised_in_a_test() -> None:
    named = {
        text
        for path in TESTS.rglob("test_*.py")
        if path.parent.name != "house"
        for text in literals(parse(path))
    }
    prefixes = {name.rsplit("_", 1)[0] + "_" for name in FINDINGS}
    begun = {text for text in named if text in prefixes}  # f"data.split_by_{setting}"
    missing = [name for name in FINDINGS if name not in named and not name.startswith(tuple(begun))]
    assert missing == []


def test_every_finding_is_raised_in_the_source_as_a_finding() -> None:
    raised = {use.code for use in uses() if use.maker == "finding"}
    as_remarks = {use.code for use in uses() if use.maker == "Remark"}
    assert not as_remarks & set(FINDINGS)
    assert raised <= set(FINDINGS)
    assert {use.code for use in uses() if use.maker == "GoodfitError"} >= ENDING


def test_findings_have_words_for_their_reason() -> None:
    assert [name for name in FINDINGS if not parts_of(name)["reason"]] == []
    assert PARTS == ("reason", "done", "advice")
