"""Small tables that the tests make for themselves."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np

import goodfit

PENGUINS = Path(goodfit.__file__).parent / "data" / "tables" / "penguins.csv"


def mixed_table(n_rows: int = 120, *, seed: int = 0) -> dict[str, list[Any]]:
    """Two numbers (one with gaps), a category (with gaps), and three targets made from them."""
    random = np.random.default_rng(seed)
    size, age = random.normal(10, 3, n_rows), random.uniform(0, 50, n_rows)
    colour = random.choice(["red", "green", "blue"], n_rows)
    price = 2 * size - 0.3 * age + 4 * (colour == "red") + random.normal(0, 0.3, n_rows)
    kind = np.where(price > np.median(price), "dear", "cheap")
    grade = np.array(["low", "mid", "top"])[np.digitize(price, np.quantile(price, [0.3, 0.7]))]
    gap = random.random(n_rows)
    return {
        "size": size.tolist(),
        "age": [None if g < 0.1 else float(a) for a, g in zip(age, gap, strict=True)],
        "colour": [None if g > 0.95 else str(c) for c, g in zip(colour, gap, strict=True)],
        "price": price.tolist(),
        "kind": kind.tolist(),
        "grade": grade.tolist(),
    }


TARGETS = {"regression": "price", "binary": "kind", "multiclass": "grade"}


def features(table: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The columns that are no target."""
    return {name: table[name] for name in ("size", "age", "colour")}


def for_task(table: dict[str, list[Any]], task: str) -> dict[str, list[Any]]:
    """The features and the target of one task."""
    return features(table) | {TARGETS[task]: table[TARGETS[task]]}


def every_kind(n_rows: int = 120) -> dict[str, list[Any]]:
    """A target of numbers beside columns of every kind: numbers, categories, dates, text."""
    table = for_task(mixed_table(n_rows), "regression")
    day = [dt.date(2020, 1, 1) + dt.timedelta(days=3 * row) for row in range(n_rows)]
    words = ["old barn", "new barn", "red house", "sea view", "old house"]
    return table | {
        "day": [one.strftime("%d.%m.%Y") for one in day],
        "at": [f"{row % 24:02}:{row % 60:02}" for row in range(n_rows)],
        "zoned": [f"{one}T10:{row % 60:02}:00+02:00" for row, one in enumerate(day)],
        "words": [f"{words[row % 5]} {words[row * 7 % 5]} no {row}" for row in range(n_rows)],
        "code": [f"c{row % 40}" for row in range(n_rows)],
        "count": [float(row % 7 + 1) for row in range(n_rows)],
    }


def rows_of(table: dict[str, list[Any]], rows: Any) -> dict[str, list[Any]]:
    """The given rows, in the given order."""
    return {name: [cells[row] for row in rows] for name, cells in table.items()}


def write_csv(table: dict[str, list[Any]], path: Path, *, missing: str = "") -> Path:
    """A table as a comma-separated file."""
    rows = [list(table), *(list(cells) for cells in zip(*table.values(), strict=True))]
    lines = [",".join(missing if cell is None else str(cell) for cell in row) for row in rows]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path
