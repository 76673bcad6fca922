"""Intervals and sets on a folder of tables: covered shares, widths, doubts, and what they cost.

    python benchmarks/coverage.py FOLDER [--tables penguins,concrete] [--seeds 3] [--rows 5000]

The folder holds ``manifest.json``, which names each table's file, target and columns to drop. So
many rows of a table train and score, at most four fifths; others say how often rows of the same
table are doubted. Time is that of the process,
on one thread: of the fit, and of what it does for intervals, doubts and probabilities.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

import goodfit
from goodfit.data.read import read_table
from goodfit.model import judge, run


def main() -> None:
    """Print one line a table, then the means."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tables", default="")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=5000)
    given = parser.parse_args()
    wanted = set(filter(None, given.tables.split(",")))
    entries = json.loads((given.folder / "manifest.json").read_text())
    clock = Clock()
    print(HEAD)
    means = []
    for entry in entries:
        if (wanted and entry["name"] not in wanted) or entry["rows"] < 100:
            continue
        table = read_table(given.folder / entry["file"], settings=goodfit.Settings())[0]
        order = np.random.default_rng(0).permutation(table.n_rows)
        rows, others = np.split(order, [min(given.rows, int(0.8 * len(order)))])
        fitted, unseen = table.take(np.sort(rows)), table.take(np.sort(others[: given.rows]))
        found = [one_fit(entry, fitted, unseen, seed, clock) for seed in range(given.seeds)]
        line = np.nanmean(found, axis=0)
        means.append(line)
        print(f"{entry['name']:20} {words(line)}", flush=True)
    print(f"{'mean':20} {words(np.mean(means, axis=0))}")


HEAD = f"{'':20} " + " ".join(
    f"{name:>9}"
    for name in ("at 0.8", "width", "at 0.9", "width", "+- 0.9", "ECE", "before", "chance", "doubt",
                 "far", "fit s", "+ ms")
)  # fmt: skip


def words(line: np.ndarray) -> str:
    """Figures in columns."""
    return " ".join(f"{figure:9.4f}" for figure in line)


class Clock:
    """Seconds that a fit spends on what this is about."""

    def __init__(self) -> None:
        self.seconds = 0.0
        run.Run.learn_sureness = self.timed(run.Run.learn_sureness)  # type: ignore[method-assign]
        judge.with_sureness = self.timed(judge.with_sureness)
        judge.headline_interval = self.timed(judge.headline_interval)

    def timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The same function, its seconds added."""

        def call(*args: Any, **kwargs: Any) -> Any:
            began = time.process_time()
            try:
                return function(*args, **kwargs)
            finally:
                self.seconds += time.process_time() - began

        return call


def one_fit(entry: dict[str, Any], table: Any, unseen: Any, seed: int, clock: Clock) -> list[float]:
    """Figures of one fit, on its test rows; doubts of rows that were not given to it."""
    clock.seconds, began = 0.0, time.process_time()
    model = goodfit.fit(table, target=entry["target"], seed=seed, drop=entry["drop"], threads=1)
    seconds, scores = time.process_time() - began, model.scores
    figures = [number for one in scores.coverage for number in (one.covered, one.width or np.nan)]
    after, before = scores.reliability, scores.reliability_before
    doubts = model.doubts(unseen)
    any_doubt = np.logical_or.reduce(list(doubts.values()))
    return [
        *figures,
        scores.coverage[1].spread,
        after.error if after else np.nan,
        before.error if before else np.nan,
        after.chance if after else np.nan,
        float(any_doubt.mean()),
        float(doubts["far"].mean()),
        seconds,
        1000 * clock.seconds,
    ]


if __name__ == "__main__":
    main()
