"""CPU seconds of `goodfit fit` as a whole process with its report and without.

    python benchmarks/report_cost.py [--repeats 3] [--rows 1000 --rows 10000] [--json]

Made-up tables of numbers and categories, one to predict a number and one a class. The two take
turns, after one round that warms the file cache and does not count. Allowed is a fifth of a fit
of 10,000 rows, or three seconds.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv

ALLOWED_S, ALLOWED_SHARE = 3.0, 0.2
PROGRAM = "from goodfit.interfaces.cli import main; main()"
TARGETS = ("price", "kind")


def table(n_rows: int) -> pa.Table:
    """Ten numbers, four categories, and two targets made from them."""
    random = np.random.default_rng(0)
    numbers = random.normal(size=(n_rows, 10))
    levels = random.integers(0, 6, (n_rows, 4))
    price = numbers[:, :3].sum(axis=1) + np.sin(2 * numbers[:, 3]) + 0.5 * levels[:, 0]
    price += random.normal(0, 0.5, n_rows)
    columns = {f"number_{place}": column for place, column in enumerate(numbers.T)}
    columns |= {
        f"level_{place}": np.array(list("abcdef"))[one] for place, one in enumerate(levels.T)
    }
    return pa.table(columns | {"price": price, "kind": np.where(price > 1.2, "dear", "cheap")})


def cpu_seconds(arguments: list[str], folder: Path) -> float:
    """User and system seconds that a fit takes from its start to the end of the process."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-c", PROGRAM, "fit", "table.csv", "--quiet", *arguments]
    environment = os.environ | {"MPLBACKEND": "Agg"}
    subprocess.run(command, check=True, cwd=folder, stdout=subprocess.DEVNULL, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


def measured(n_rows: int, target: str, repeats: int) -> dict[str, float]:
    """Median CPU seconds with a report and without, and the size of the report in kilobytes."""
    other = TARGETS[1 - TARGETS.index(target)]
    ways = {"with": ["--report", "report.html"], "without": ["--no-report"]}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        pyarrow.csv.write_csv(table(n_rows), folder / "table.csv")
        for round_ in range(repeats + 1):
            for way, options in ways.items():
                taken = cpu_seconds(["--target", target, "--drop", other, *options], folder)
                if round_:
                    seconds[way].append(taken)
        size = (folder / "report.html").stat().st_size / 1000
    found = {way: statistics.median(taken) for way, taken in seconds.items()}
    return {**found, "report": found["with"] - found["without"], "kilobytes": size}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--rows", type=int, action="append")
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = {
        (n_rows, target): measured(n_rows, target, arguments.repeats)
        for n_rows in arguments.rows or (1000, 10_000)
        for target in TARGETS
    }
    if arguments.json:
        print(json.dumps([{"rows": n, "target": t, **one} for (n, t), one in found.items()]))
        return
    print("CPU seconds of a fit as a whole process (median)")
    print(f"{'rows':>7} {'target':7} {'without':>8} {'with':>8} {'report':>8} {'kB':>6}")
    for (n_rows, target), one in found.items():
        print(
            f"{n_rows:7,} {target:7} {one['without']:8.2f} {one['with']:8.2f} "
            f"{one['report']:8.2f} {one['kilobytes']:6.0f}"
        )
    allowed = max(ALLOWED_S, ALLOWED_SHARE * max(one["without"] for one in found.values()))
    print(f"allowed for the report: {allowed:.2f}")


if __name__ == "__main__":
    main()
