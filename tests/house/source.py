"""The source and the tests, read as syntax trees, for the tests of this folder."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "goodfit"
TESTS = ROOT / "tests"
#: What turns a code and parameters into something to show.
MAKERS = ("GoodfitError", "Remark", "finding", "say")


@dataclass(frozen=True)
class Use:
    """A place where a code is named.

    Args:
        where: file and line.
        maker: GoodfitError, Remark, finding or say.
        code: of the word catalog.
        params: names supplied there; None where they are not written out.
    """

    where: str
    maker: str
    code: str
    params: frozenset[str] | None


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def literals(tree: ast.AST) -> Iterator[str]:
    """Every string constant of a tree."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def beginnings(tree: ast.AST) -> Iterator[str]:
    """What the codes that are put together (``f"data.kind_{kind}"``) begin with."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
            yield str(node.values[0].value)


@cache
def uses() -> tuple[Use, ...]:
    """Every call in the source that names a code, such as ``GoodfitError("data.x", …)``."""
    return tuple(
        use
        for path in sorted(SOURCE.rglob("*.py"))
        for node in ast.walk(parse(path))
        if isinstance(node, ast.Call)
        for use in _uses_in(node, path)
    )


def _uses_in(call: ast.Call, path: Path) -> Iterator[Use]:
    maker = getattr(call.func, "id", getattr(call.func, "attr", ""))
    code = next((k.value for k in call.keywords if k.arg == "code"), None)
    code = call.args[0] if call.args else code
    if maker not in MAKERS or code is None:
        return
    params = _keywords(call) if maker == "GoodfitError" else _keys(call)
    where = f"{path.relative_to(ROOT)}:{call.lineno}"
    # A choice (`"a.b" if … else "a.c"`) names both; what it asks about is no code.
    parts = [code.body, code.orelse] if isinstance(code, ast.IfExp) else [code]
    for part in parts:
        if isinstance(part, ast.Constant):
            yield Use(where, maker, str(part.value), params)


def _keywords(call: ast.Call) -> frozenset[str] | None:
    names = [keyword.arg for keyword in call.keywords]
    return None if None in names else frozenset(name for name in names if name)


def _keys(call: ast.Call) -> frozenset[str] | None:
    given = call.args[1] if len(call.args) > 1 else None
    given = next((k.value for k in call.keywords if k.arg == "params"), given)
    if given is None:
        return frozenset()
    if isinstance(given, ast.Dict) and all(isinstance(key, ast.Constant) for key in given.keys):
        return frozenset(str(key.value) for key in given.keys if isinstance(key, ast.Constant))
    return None
