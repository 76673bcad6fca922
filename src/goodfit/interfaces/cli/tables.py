"""The tables that a command is given: files, patterns, folders, the standard input, databases."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from goodfit.interfaces.cli import spoken

MODEL_SUFFIX = ".goodfit"
COMPRESSED = frozenset({".gz", ".bz2", ".zst", ".lz4", ".xz", ".zip"})
STANDARD_INPUT = "-"


def tables_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command its argument ``tables``: one or several, which are read as one table."""
    return spoken.argument("tables", nargs=-1, required=True, metavar="cli.metavar_tables")(command)


def as_source(tables: Sequence[str]) -> str | list[str]:
    """What :func:`goodfit.fit` takes for them."""
    return tables[0] if len(tables) == 1 else list(tables)


def shown(tables: Sequence[str]) -> str:
    """How progress names them; of an address neither user nor password.

    >>> shown(["postgresql://me:secret@host/shop"])
    'postgresql://host/shop'
    """
    return ", ".join(_without_secret(table) for table in tables)


def _without_secret(table: str) -> str:
    scheme, sign, rest = table.partition("://")
    return f"{scheme}{sign}{rest.rpartition('@')[2]}" if sign else table


def paths_in(tables: Sequence[str]) -> list[Path]:
    """The files that are there among them, which nothing must be written over."""
    files = [table for table in tables if table != STANDARD_INPUT and "://" not in table]
    found = [Path(name) for table in files for name in (table, *_matching(table))]
    return [*found, *(part for path in found for part in _parts(path))]


def readable(tables: Sequence[str]) -> bool:
    """Whether all of them may be there, so that a place for the result is worth a look."""
    return all(
        table == STANDARD_INPUT or "://" in table or _matching(table) or os.path.exists(table)  # noqa: PTH110 (of a name that cannot be, Path raises)
        for table in tables
    )


def _matching(table: str) -> list[str]:
    return glob.glob(table, recursive=True) if glob.has_magic(table) else []  # noqa: PTH207 (of any root)


def _parts(path: Path) -> list[Path]:
    try:
        return list(path.iterdir()) if path.is_dir() else []
    except (OSError, ValueError):
        return []


def model_beside(tables: Sequence[str]) -> Path:
    """Where the model goes that is fitted to them: beside a file, named after it.

    >>> str(model_beside(["data/houses.csv.gz"])), str(model_beside(["a.csv", "b.csv"]))
    ('data/houses.goodfit', 'model.goodfit')
    """
    (table, *others) = tables
    if others or table == STANDARD_INPUT or "://" in table or _matching(table):
        return Path("model" + MODEL_SUFFIX)
    path = Path(table)
    name = path.stem if path.suffix.lower() in COMPRESSED else path.name
    return path.parent / (Path(name).stem + MODEL_SUFFIX)
