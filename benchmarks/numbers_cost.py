"""What the numbers and pictures of a report cost after a fit, in CPU seconds.

    python benchmarks/numbers_cost.py [--rows 10000] [--columns 20] [--turns 3] [--json]

The table is made up: four fifths of its columns are numbers, the others categories of eight
levels. The default network is fitted to it for two epochs (what it has learnt does not change
what its predictions cost); then every report is made on the test rows as `fit` does it, one
after the other, on one thread, and drawn as for a page. Shown is the least of the turns, each
with nothing known beforehand.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch

from goodfit.core.settings import make_settings
from goodfit.model.fit import start
from goodfit.model.fitted import FittedModel
from goodfit.model.plots.figures import figure_of
from goodfit.model.plots.reports import REPORTS
from goodfit.model.plots.svg import figure_svg
from goodfit.model.reports.rows import look_at, rows_of_run
from goodfit.model.run import Run


def table_of(n_rows: int, n_columns: int) -> dict[str, Any]:
    """A target of numbers beside numbers and categories."""
    random = np.random.default_rng(0)
    numbers = random.normal(size=(n_rows, max(n_columns * 4 // 5, 2)))
    table: dict[str, Any] = {f"number {place}": column for place, column in enumerate(numbers.T)}
    codes = random.integers(0, 8, (n_rows, n_columns - numbers.shape[1]))
    for place, column in enumerate(codes.T):
        table[f"category {place}"] = [f"level {code}" for code in column]
    target = 2 * numbers[:, 0] + np.sin(2 * numbers[:, 1]) + random.normal(0, 0.5, n_rows)
    return table | {"y": target}


def fitted(n_rows: int, n_columns: int) -> tuple[Run, FittedModel]:
    """The default network, barely trained."""
    settings = make_settings(epochs=2)
    run = start(table_of(n_rows, n_columns), target="y", settings=settings)
    for _ in run.events():
        pass
    return run, run.finish()


def costs(run: Run, model: FittedModel) -> dict[str, tuple[float, float]]:
    """CPU seconds of the numbers and of the picture of each report, by its name."""
    rows, found = rows_of_run(run), dict[str, tuple[float, float]]()
    began = time.process_time()
    look_at(model, rows)
    found["(rows)"] = time.process_time() - began, 0.0
    for plot in REPORTS:
        if plot.on_request or not plot.applies(model):
            continue
        began = time.process_time()
        report = plot.report(model, rows)
        made = time.process_time()
        if report is not None:
            figure_svg(figure_of(plot, report))
        found[plot.name] = made - began, time.process_time() - made
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--columns", type=int, default=20)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    torch.set_num_threads(1)
    run, model = fitted(given.rows, given.columns)
    turns = [costs(run, model) for _ in range(given.turns)]
    least = {
        name: [min(turn[name][part] for turn in turns) for part in (0, 1)] for name in turns[0]
    }
    least["all"] = [sum(one[part] for one in least.values()) for part in (0, 1)]
    if given.json:
        print(json.dumps(least))
        return
    print(f"{given.rows:,} rows, {given.columns} columns: CPU seconds, least of {given.turns}")
    print(f"{'':<18}{'numbers':>9}{'picture':>9}")
    for name, (numbers, drawn) in least.items():
        print(f"{name:<18}{numbers:>9.3f}{drawn:>9.3f}")


if __name__ == "__main__":
    main()
