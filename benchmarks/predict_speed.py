"""What predicting costs beside what the processor can do, from memory and from the shell.

    python benchmarks/predict_speed.py [--rows 200000] [--csv-rows 1000000] [--turns 5] [--json]

Networks of two hidden layers (ReLU) on 20 numbers: `mlp`, and the default `ensemble` (folds ·
members · widths) as it is for 1,000, 10,000 and 300,000 rows. The limit is measured in the same
run: the rate of a square matrix product, in the same precision and on as many threads, on the
network's own operations, two for each weight that a row meets. From the shell, a file of numbers
is read with types and one of predictions is written by pyarrow, and those operations are added.
Times of both take turns; the median ratio is shown. One thread is compared by CPU seconds, which
other processes on the same cores hardly change; two threads by wall-clock seconds, for which
nothing else may run.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import torch
from pyarrow import csv

import goodfit
from goodfit.networks.ensemble import COSINES, PERIODIC

N_COLUMNS = 20
#: Networks by name: folds, members of each, width; folds of 0 are no ensemble.
NETWORKS = {
    "64-64": (0, 1, 64),
    "128-128": (0, 1, 128),
    "256-256": (0, 1, 256),
    "8 · 2 · 64-64": (8, 2, 64),
    "5 · 3 · 128-128": (5, 3, 128),
    "1 · 8 · 128-128": (1, 8, 128),
}
IN_SHELL = "128-128"
SIDE = 1024
NAMES = [f"x{place}" for place in range(N_COLUMNS)]
#: What the plainest program does with such files; it imports what it needs and no more.
PLAIN = """
import sys
import numpy as np, pyarrow as pa
from pyarrow import csv
source, target = sys.argv[1:]
with csv.open_csv(source) as reader:
    n_rows = sum(batch.num_rows for batch in reader)
found = np.random.default_rng(0).normal(size=n_rows).astype(np.float32).astype(np.float64)
csv.write_csv(pa.table({"prediction": found}), target)
"""


def model_of(name: str) -> goodfit.FittedModel:
    """A network that was hardly trained: what it predicts does not matter here."""
    random = np.random.default_rng(0)
    table: dict[str, Any] = dict(zip(NAMES, random.normal(size=(N_COLUMNS, 2_000)), strict=True))
    table["y"] = table["x0"] * table["x1"] + random.normal(size=2_000)
    folds, members, width = NETWORKS[name]
    how: dict[str, Any] = {"network": "mlp", "activation": "relu", "split": "none"}
    if folds:
        how = {"network": "ensemble", "bag": folds, "members": members}
    how |= {"widths": (width, width), "epochs": 1, "precision": "float32"}
    return goodfit.fit(table, target="y", **how)


def operations(name: str, n_rows: int) -> int:
    """Two for each row and weight of the matrix products that the row goes through."""
    folds, members, width = NETWORKS[name]
    if not folds:
        return 2 * n_rows * (N_COLUMNS * width + width * width + width)
    waves = N_COLUMNS * COSINES * PERIODIC
    inputs = N_COLUMNS * (1 + PERIODIC)
    return 2 * n_rows * folds * (waves + members * (inputs * width + width * width + width))


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Wall-clock and CPU seconds of all threads."""
    began, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - began, time.process_time() - cpu


def gemm_rate(threads: int) -> float:
    """Operations a second of a square product in float32: the best of some."""
    torch.set_num_threads(threads)
    first, second = torch.randn(SIDE, SIDE), torch.randn(SIDE, SIDE)
    product = torch.empty(SIDE, SIDE)
    times = [timed(lambda: torch.mm(first, second, out=product)) for _ in range(8)]
    return 2 * SIDE**3 / min(cpu if threads == 1 else wall for wall, cpu in times)


def from_memory(n_rows: int, turns: int) -> list[dict[str, Any]]:
    """Each width, kind of table and number of threads."""
    numbers = np.random.default_rng(1).normal(size=(n_rows, N_COLUMNS))
    sources = {
        "float32 array": numbers.astype(np.float32),
        "float64 array": numbers,
        "DataFrame": pd.DataFrame(numbers, columns=NAMES),
    }
    models = {name: model_of(name) for name in NETWORKS}
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    found = []
    for threads in sorted({1, min(2, cores or 1)}):
        for name, source in sources.items():
            for network, model in models.items():
                figures = _of_model(model, network, source, threads, turns)
                found.append({"source": name, "network": network, "threads": threads, **figures})
    return found


def _of_model(
    model: goodfit.FittedModel, network: str, source: Any, threads: int, turns: int
) -> dict[str, float]:
    torch.set_num_threads(threads)
    model.predict(source[:5_000])
    n_rows = len(source)
    rates, shares, limits, cpu = [], [], [], []
    for _ in range(turns):
        limits.append(gemm_rate(threads))
        wall, used = timed(lambda: model.predict(source))
        rates.append(n_rows / wall)
        taken = used if threads == 1 else wall
        shares.append(operations(network, n_rows) / taken / limits[-1])
        cpu.append(used / n_rows)
    return {
        "rows_s": statistics.median(rates),
        "share": statistics.median(shares),
        "gemm_gflops": statistics.median(limits) / 1e9,
        "cpu_us_row": statistics.median(cpu) * 1e6,
        "one_row_ms": 1e3 * statistics.median(
            timed(lambda: model.predict(source[:1]))[0] for _ in range(20)
        ),
    }  # fmt: skip


def cost(command: list[str], threads: int) -> tuple[float, float]:
    """CPU and wall-clock seconds of a whole process."""
    import resource

    environment = {**os.environ, "OMP_NUM_THREADS": str(threads)}
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env=environment)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return used, wall


def from_shell(n_rows: int, turns: int) -> dict[str, float]:
    """A file of numbers to a file of predictions, beside the plainest program and the operations.

    What starting costs is measured with files of one row.
    """
    figures: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        many, one, out = (str(Path(folder) / name) for name in ("many.csv", "one.csv", "out.csv"))
        numbers = np.random.default_rng(1).normal(size=(n_rows, N_COLUMNS)).round(4)
        rows = pa.table(dict(zip(NAMES, numbers.T, strict=True)))
        csv.write_csv(rows, many)
        csv.write_csv(rows.slice(0, 1), one)
        path = str(model_of(IN_SHELL).save(Path(folder) / "model.goodfit"))
        ours = [str(Path(sys.executable).with_name("goodfit")), "predict", path]
        plain = [sys.executable, "-c", PLAIN]
        for _ in range(turns):
            each = {
                "whole": cost([*ours, many, "--out", out], 1),
                "start": cost([*ours, one, "--out", out], 1),
                "plain": cost([*plain, many, out], 1),
                "plain_start": cost([*plain, one, out], 1),
                "two_threads": cost([*ours, many, "--out", out], 2),
            }
            for name, (cpu, wall) in each.items():
                figures.setdefault(f"{name}_cpu", []).append(cpu)
                figures.setdefault(f"{name}_wall", []).append(wall)
            seconds = operations(IN_SHELL, n_rows) / gemm_rate(1)
            limit = each["plain"][0] - each["plain_start"][0] + seconds
            work = each["whole"][0] - each["start"][0]
            figures.setdefault("operations", []).append(seconds)
            figures.setdefault("ratio", []).append(work / limit)
            figures.setdefault("ratio_whole", []).append(
                each["whole"][0] / (each["plain"][0] + seconds)
            )
    return {name: statistics.median(values) for name, values in figures.items()}


def main() -> None:
    """Measure, and print tables or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rows", type=int, default=200_000)
    parser.add_argument("--csv-rows", type=int, default=1_000_000)
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    memory = from_memory(given.rows, given.turns)
    shell = from_shell(given.csv_rows, given.turns)
    if given.json:
        print(json.dumps({"memory": memory, "shell": shell}))
        return
    print(
        "threads  source         network             rows/s   of GEMM  GFLOP/s"
        "  CPU us/row  one row ms"
    )
    for row in memory:
        print(
            f"{row['threads']:7}  {row['source']:13}  {row['network']:15}  {row['rows_s']:9,.0f}"
            f"  {row['share']:6.0%}  {row['gemm_gflops']:7.0f}  {row['cpu_us_row']:10.2f}"
            f"  {row['one_row_ms']:10.2f}"
        )
    print(f"\n{given.csv_rows:,} rows of a CSV file, {IN_SHELL}, seconds")
    for name in ("whole", "two_threads", "start", "plain", "plain_start"):
        print(f"{name:12} CPU {shell[f'{name}_cpu']:6.2f}   wall {shell[f'{name}_wall']:6.2f}")
    print(f"operations   CPU {shell['operations']:6.2f}")
    print(f"work beside reading, writing and operations  {shell['ratio']:.2f}")
    print(f"the same with the start of both processes    {shell['ratio_whole']:.2f}")


if __name__ == "__main__":
    main()
