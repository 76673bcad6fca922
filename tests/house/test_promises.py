"""Every promise of docs/promises.md names tests that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from source import ROOT, parse

DOCUMENT = ROOT / "docs" / "promises.md"
NAMED = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def promises() -> list[str]:
    """Each promise with all that belongs to it, on one line."""
    lines: list[str] = []
    for line in DOCUMENT.read_text("utf-8").splitlines():
        if line.startswith("- "):
            lines.append(line)
        elif line.startswith("  ") and lines:
            lines[-1] += " " + line.strip()
    return lines


def names_in(path: Path) -> set[str]:
    """The tests of a file, by their names."""
    return {node.name for node in ast.walk(parse(path)) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("promise", promises(), ids=lambda text: text[2:60])
def test_a_promise_names_tests_that_exist(promise):
    named = NAMED.findall(promise)
    assert named, "a promise ends with `tests/….py::test_…`"
    assert NAMED.sub("", promise).strip(" -").endswith(".")
    for file, test in named:
        assert (ROOT / file).is_file(), file
        assert test in names_in(ROOT / file), f"{file} has no {test}"


def test_no_promise_is_made_twice():
    said = [NAMED.sub("", promise) for promise in promises()]
    assert len(set(said)) == len(said) > 0
