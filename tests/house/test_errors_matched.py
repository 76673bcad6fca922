"""Every error is provoked in a test, which names its code.

Tests expect an error through ``helpers.raises``, which also reads its sentence. A code
may reach it as a literal or through a parametrised test; either way it stands in a test
file as a string of its own.
"""

from __future__ import annotations

from source import TESTS, literals, parse, uses


def test_every_error_is_provoked_in_a_test():
    errors = {use.code for use in uses() if use.maker == "GoodfitError"}
    missing = sorted(errors - codes_in_tests())
    assert not missing, "\n".join(missing)


def codes_in_tests() -> set[str]:
    """Strings of the test files that use ``raises``; those of this folder do not count."""
    return {
        text
        for path in TESTS.rglob("test_*.py")
        if path.parent.name != "house" and "raises" in names(path)
        for text in literals(parse(path))
    }


def names(path) -> set[str]:
    """What a test file imports from the helpers."""
    return {
        alias.name
        for node in parse(path).body
        if getattr(node, "module", None) == "helpers"
        for alias in node.names
    }
