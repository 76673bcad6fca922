"""Writing to standard output, and where files may go."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path, PurePath
from typing import Any

import msgspec

from goodfit.core.concepts.explained import explaining
from goodfit.core.errors import GoodfitError
from goodfit.core.remarks import Remark
from goodfit.core.words import printable, say, together
from goodfit.core.wrapping import columns, padded, wrapped
from goodfit.interfaces.typed import command

# Text that is wider is hard to read, however wide the terminal.
WIDEST = 100
LABEL_WIDTH = 11


def put(lines: Iterable[str]) -> None:
    """Write lines; what a file holds cannot steer the terminal."""
    print("\n".join(map(printable, lines)))


def put_json(value: Any) -> None:
    """Write one JSON object on one line; paths may be given as they are."""
    print(json_text(value).decode(), flush=True)


def json_text(value: Any) -> bytes:
    r"""Any value as JSON whose text cannot steer a terminal, and reads back as it was.

    >>> json_text({"level": "red\x9b31m"})
    b'{"level":"red\\u009b31m"}'
    """
    encoded = msgspec.json.encode(value, enc_hook=_path_text)
    if encoded.isascii() and b"\x7f" not in encoded:
        return encoded  # what is left of control characters JSON escapes itself
    return "".join(map(_escaped, encoded.decode())).encode()


def _escaped(letter: str) -> str:
    """A letter as it stands in JSON: control and format characters by their UTF-16 codes."""
    if printable(letter) == letter:
        return letter
    units = letter.encode("utf-16-be").hex()
    return "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4))


def _path_text(path: PurePath) -> str:
    """A path as text; of a name that is no Unicode, which JSON cannot hold, escapes."""
    return str(path).encode(errors="backslashreplace").decode()


def tell(remark: Remark) -> None:
    """Say a remark on standard error."""
    note(remark.text())


def note(text: str) -> None:
    """Say a sentence on standard error."""
    print("goodfit:", text, file=sys.stderr)


def width() -> int:
    """Columns that text may take."""
    return min(shutil.get_terminal_size().columns, WIDEST)


def labelled(label: str, text: str) -> list[str]:
    """A text beside its label, wrapped under itself."""
    first, rest = padded(label, LABEL_WIDTH - 1) + " ", " " * LABEL_WIDTH
    return wrapped(text, max(width(), 40), first=first, rest=rest) or [label]


def paragraph(text: str, indent: str = "") -> list[str]:
    """A text wrapped to the terminal."""
    return wrapped(text, max(width(), 40), rest=indent)


def table(rows: Sequence[Sequence[str]], *, left: int = 1) -> list[str]:
    """Columns of cells, the first ``left`` flush left, the others flush right.

    >>> table([["", "network", "ridge"], ["rmse", "2.4", "3.31"]])
    ['       network  ridge', 'rmse       2.4   3.31']
    """
    widths = [max(columns(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            padded(cell, width) if column < left else " " * (width - columns(cell)) + cell
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def on_one_line(names: Sequence[str]) -> str:
    """As many names as fit beside a label; how many more there are."""
    comma = say("words.by_comma", {})
    whole = comma.join(names)
    room = width() - LABEL_WIDTH
    if columns(whole) <= room:
        return whole
    for count in range(len(names) - 1, 0, -1):
        text = together([comma.join(names[:count]), say("cli.more", {"count": len(names) - count})])
        if columns(text) <= room:
            return text
    return say("cli.several", {"count": len(names)})


def refuse_same(out: Path, *inputs: Path) -> None:
    """Refuse to write over what is read.

    Raises:
        GoodfitError: if ``out`` is one of the inputs.
    """
    for read in inputs:
        # Of a name that cannot be, os.path says that it is not there; Path raises.
        if os.path.exists(out) and os.path.exists(read) and out.samefile(read):  # noqa: PTH110
            raise GoodfitError("cli.would_overwrite", path=out)


def reading_on(code: str) -> str:
    """Where an error or finding is explained, as a command to type; empty where nothing helps.

    >>> reading_on("training.diverged")
    'What that means: goodfit concepts learning-rate'
    """
    name = explaining(code)
    return say("concepts.see", {"command": command("concepts", name)}) if name else ""
