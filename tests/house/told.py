"""Documents as a reader follows them: commands and Python, block by block, in one folder.

``python tests/house/told.py DOCUMENT …`` writes into a document what its commands print now,
where that is not what it shows; read the difference before it is committed.
"""

from __future__ import annotations

import contextlib
import doctest
import io
import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from goodfit.interfaces import cli

BLOCK = re.compile(r"^```(console|pycon)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# With a point, or after one: what training gives differs from machine to machine.
MEASURED = re.compile(r"-?\d+\.\d+(?:e[+-]?\d+)?")
CLOSE = 0.05
# Numbers without a point that are measured too.
VARYING = re.compile(
    r"in [\d.]+ (?:s|min)\b|\d+ of(?= \d+ epochs)|epoch \d+|\d+ epochs(?=, the median)"
    r"|\(\d+ to \d+\)|\d+ %|± \d+\b(?!\.)|(?<=┤).*|^[ |▲]+$",
    re.MULTILINE,
)
FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL


@dataclass(frozen=True)
class Block:
    """One block of a document.

    Args:
        language: console or pycon.
        text: as written.
        line: of the document, from 1.
    """

    language: str
    text: str
    line: int


def blocks(text: str) -> list[Block]:
    """What a document tells its reader to type, in order."""
    return [
        Block(found[1], found[2], text.count("\n", 0, found.start(2)) + 1)
        for found in BLOCK.finditer(text)
    ]


def commands(block: Block) -> Iterator[tuple[str, str]]:
    """Each command of a console block, and what the document shows after it.

    A command follows ``$ ``, its further lines ``> ``.
    """
    command, shown = "", list[str]()
    for line in block.text.splitlines():
        if line.startswith("$ "):
            if command:
                yield command, "\n".join(shown)
            command, shown = line[2:], []
        elif line.startswith("> ") and not shown:
            command += "\n" + line[2:]
        else:
            shown.append(line)
    assert command, f"line {block.line}: no command"
    yield command, "\n".join(shown)


def alike(shown: str, got: str) -> bool:
    """Whether output is what was shown: ``...`` is anything, measured numbers may differ a little.

    >>> alike("rmse  2.50 in 3 s", "rmse  2.51 in 0.1 s"), alike("12 rows", "13 rows")
    (True, False)
    """
    shown, got = (VARYING.sub("(varies)", text) for text in (shown, got))
    wanted = [float(number) for number in MEASURED.findall(shown)]
    parts = re.split(rf"(\s+|\.\.\.|{MEASURED.pattern})", shown.strip())
    found = re.fullmatch("".join(map(_pattern, parts)), got.strip(), re.DOTALL)
    if not found:
        return False
    numbers = [float(group) for group in found.groups()]
    return all(
        abs(a - b) <= CLOSE * max(abs(a), abs(b), 0.01)
        for a, b in zip(wanted, numbers, strict=True)
    )


def _pattern(part: str) -> str:
    if MEASURED.fullmatch(part):
        return f"({MEASURED.pattern})"
    return ".*?" if part == "..." else r"\s+" if part.isspace() else re.escape(part)


class Checker(doctest.OutputChecker):
    """Doctest's, which also takes measured numbers that differ a little."""

    def check_output(self, want: str, got: str, optionflags: int) -> bool:
        """Called by doctest."""
        return super().check_output(want, got, optionflags) or alike(want, got)


def output_of(command: str) -> str:
    """What a command prints; a failing one with its complaint, as a terminal shows it."""
    if not command.startswith("goodfit"):
        # The Python that runs the tests, wherever the shell would find another.
        command = re.sub(r"^python(?= )", shlex.quote(sys.executable), command)
        done = subprocess.run(["sh", "-c", command], capture_output=True, text=True)
        return done.stdout + done.stderr
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8") for _ in "ab")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = cli.run(shlex.split(command.replace("\\\n", " "))[1:])
    texts = []
    for stream in (out, err) if code else (out,):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode())
    return "".join(texts)


def follow(path: Path) -> list[str]:
    """Do all that a document says, in the current folder; what came out otherwise."""
    wrong: list[str] = []
    names: dict[str, object] = {}
    for block in blocks(path.read_text("utf-8")):
        if block.language == "console":
            for command, shown in commands(block):
                got = output_of(command)
                if not alike(shown, got):
                    wrong.append(f"{path.name}, line {block.line}: $ {command}\n{got}")
        else:
            wrong += _python(block, names, path)
    return wrong


def _python(block: Block, names: dict[str, object], path: Path) -> list[str]:
    said: list[str] = []
    test = doctest.DocTestParser().get_doctest(block.text, {}, path.name, str(path), block.line - 1)
    test.globs = names
    runner = doctest.DocTestRunner(Checker(), optionflags=FLAGS, verbose=False)
    runner.run(test, out=said.append, clear_globs=False)
    return ["".join(said)] if said else []


def renew(path: Path) -> None:
    """Write what the commands of a document print now, where it shows something else."""

    def renewed(found: re.Match[str]) -> str:
        if found[1] != "console":
            _python(Block(found[1], found[2], 1), names, path)
            return found[0]
        parts: list[str] = []
        for command, shown in commands(Block(found[1], found[2], 0)):
            got = output_of(command)
            parts.append("$ " + command.replace("\n", "\n> "))
            parts += [shown if alike(shown, got) else got.rstrip("\n")]
        return "\n".join(["```console", *(part for part in parts if part), "```"])

    names: dict[str, object] = {}
    path.write_text(BLOCK.sub(renewed, path.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    os.environ |= {"COLUMNS": "80", "GOODFIT_LANG": "en"}
    for document in [Path(name).resolve() for name in sys.argv[1:]]:
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            renew(document)
