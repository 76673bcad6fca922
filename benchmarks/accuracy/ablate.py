"""What a part of the default network is worth: fits with it changed, beside fits as they are.

    python benchmarks/accuracy/ablate.py FOLDER --change members=8 --equal
    python benchmarks/accuracy/ablate.py FOLDER --constant goodfit.networks.ensemble:RARE=0

A change is one of settings, of constants of a module, or of both. The rows that the benchmark
scores are never looked at: of each table's training rows a fifth scores here. Tables are of two
kinds, so that what was chosen by some can be seen on others: those to choose by (every other one
of a task, by size) and those to see whether it holds.

With --equal the changed fit is given as many epochs as make it cost what the usual fit costs.
One thread; ratios of errors are geometric means over seeds, then over tables.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import importlib
import json
import math
import statistics
import sys
import time
import tomllib
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from comparison import ASIDE, geometric_mean
from rows import Part, Split, read, split
from scores import class_scores, regression_scores

MOST_ROWS = 15_000
# Fits of one table that cost less than a second say little each.
SEEDS = ((2_000, 8), (8_000, 3), (math.inf, 2))
# Epochs of a changed fit of equal cost are found from one that costs too much, once.
FEWEST_EPOCHS = 2


@dataclass(frozen=True)
class Change:
    """What is done otherwise.

    Args:
        settings: of the estimator.
        constants: by module and name.
    """

    settings: dict[str, Any]
    constants: dict[tuple[str, str], Any]

    @contextmanager
    def made(self) -> Iterator[None]:
        """With the constants changed."""
        before = {
            (module, name): getattr(importlib.import_module(module), name)
            for module, name in self.constants
        }
        self._set(self.constants)
        try:
            yield
        finally:
            self._set(before)

    @staticmethod
    def _set(constants: dict[tuple[str, str], Any]) -> None:
        for (module, name), value in constants.items():
            setattr(importlib.import_module(module), name, value)


@dataclass(frozen=True)
class Outcome:
    """Of one fit.

    Args:
        error: RMSE over the target's deviation, or log-loss.
        cpu_s: of the fit.
        planned: epochs that were planned.
    """

    error: float
    cpu_s: float
    planned: int


def fitted(rows: Split, seed: int, settings: dict[str, Any]) -> Outcome:
    """Fit and score."""
    import goodfit

    kind = goodfit.Classifier if rows.classes else goodfit.Regressor
    model = kind(random_state=seed, **settings)
    before = time.process_time()
    model.fit(rows.training.features, rows.training.target)
    cpu_s = time.process_time() - before
    if rows.classes:
        codes = rows.test.target.map({level: i for i, level in enumerate(model.classes_)})
        found = class_scores(codes.to_numpy(), model.predict_proba(rows.test.features))
    else:
        predicted = model.predict(rows.test.features)
        found = regression_scores(rows.test.target.to_numpy(float), predicted)
    return Outcome(found["error"], cpu_s, model.model_.settings.epochs or 0)


def within(rows: Split, entry: dict[str, Any], seed: int) -> Split:
    """The training rows alone, divided once more."""
    training: Part = rows.training
    table = pd.concat([training.features, training.target], axis=1)
    table.columns = [*training.features.columns, entry["target"]]
    return split(table.reset_index(drop=True), entry, seed=seed, most_rows=None)


def compared(
    entry: dict[str, Any], folder: Path, change: Change, seeds: int | None, *, equal: bool
) -> list[dict[str, Any]]:
    """Both fits of every seed of a table."""
    table, lines = read(entry, folder), list[dict[str, Any]]()
    n_rows = min(len(table), MOST_ROWS)
    for seed in range(seeds or next(count for most, count in SEEDS if n_rows <= most)):
        whole = split(table, entry, seed=seed, most_rows=MOST_ROWS)
        rows = within(whole, entry, seed)
        usual = fitted(rows, seed, {})
        with change.made():
            other = fitted(rows, seed, change.settings)
            if equal and other.planned:
                planned = max(round(other.planned * usual.cpu_s / other.cpu_s), FEWEST_EPOCHS)
                other = fitted(rows, seed, change.settings | {"epochs": planned})
        lines.append(
            {
                "table": entry["name"],
                "task": entry["task"],
                "seed": seed,
                "usual": usual.error,
                "changed": other.error,
                "cpu": other.cpu_s / usual.cpu_s,
            }
        )
    return lines


def told(lines: list[dict[str, Any]]) -> str:
    """The ratios of one table."""
    ratios = [line["changed"] / max(line["usual"], 1e-15) for line in lines]
    error = statistics.stdev(ratios) / len(ratios) ** 0.5 if len(ratios) > 1 else math.nan
    cpu = geometric_mean(line["cpu"] for line in lines)
    mean = geometric_mean(ratios)
    return f"{lines[0]['table']:20s} {mean:.3f} ± {error:.3f}  CPU {cpu:.2f}  {len(ratios)} seeds"


def summary(groups: dict[tuple[str, str], list[list[dict[str, Any]]]]) -> Iterator[str]:
    """Means over the tables of each task and kind."""
    for (task, kind), tables in sorted(groups.items()):
        errors = [
            geometric_mean(line["changed"] / max(line["usual"], 1e-15) for line in lines)
            for lines in tables
        ]
        clipped = [min(max(error, 0.5), 2.0) for error in errors]
        cpu = geometric_mean(line["cpu"] for lines in tables for line in lines)
        yield (
            f"{task}, tables to {kind}: error {geometric_mean(clipped):.3f}, CPU {cpu:.2f} "
            f"({len(tables)} tables, lower on {sum(error < 1 for error in errors)})"
        )


def valued(text: str) -> tuple[str, Any]:
    """``NAME=VALUE``, the value as in TOML or a word."""
    name, _, value = text.partition("=")
    try:
        return name, tomllib.loads(f"x = {value}")["x"]
    except tomllib.TOMLDecodeError:
        return name, value


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """What the command line says."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="with manifest.json")
    parser.add_argument("--change", nargs="+", default=[], metavar="SETTING=VALUE")
    parser.add_argument("--constant", nargs="+", default=[], metavar="MODULE:NAME=VALUE")
    parser.add_argument("--tables", nargs="+", help="only these")
    parser.add_argument("--seeds", type=int, help="of each table (8 to 2, by size)")
    parser.add_argument("--equal", action="store_true", help="epochs for equal CPU seconds")
    parser.add_argument("--out", type=Path, help="lines of JSON go there too")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run it."""
    given = parsed(arguments)
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    constants = dict(map(valued, given.constant))
    change = Change(
        dict(map(valued, given.change)),
        {tuple(name.split(":", 1)): value for name, value in constants.items()},
    )
    if not (change.settings or change.constants):
        sys.exit("Nothing is changed: give --change SETTING=VALUE or --constant MODULE:NAME=VALUE.")
    entries = json.loads((given.folder / "manifest.json").read_text())
    entries = sorted(
        (entry for entry in entries if entry["name"] not in ASIDE),
        key=lambda entry: (entry["task"] == "regression", entry["rows"]),
    )
    groups: dict[tuple[str, str], list[list[dict[str, Any]]]] = {}
    places = {"numbers": 0, "classes": 0}
    for entry in entries:
        task = "numbers" if entry["task"] == "regression" else "classes"
        kind = "choose by" if places[task] % 2 == 0 else "confirm it"
        places[task] += 1
        if given.tables and entry["name"] not in given.tables:
            continue
        lines = compared(entry, given.folder, change, given.seeds, equal=given.equal)
        groups.setdefault((task, kind), []).append(lines)
        print(told(lines), flush=True)
        if given.out:
            with given.out.open("a") as file:
                file.writelines(json.dumps(line) + "\n" for line in lines)
    print(*summary(groups), sep="\n")


if __name__ == "__main__":
    main()
