"""What share of a training step of the default network its matrix products would need.

    python benchmarks/step_share.py [--repeats 5]

The products of a step are counted, forward and backward, and timed as one thread's GEMM rate
says that they would take: the rate is measured in the same run, on products of the hidden
layers' own shape. The rest is what activations, waves, gathering, the optimizer, the moving
average and Python cost. One thread, float32; CPU seconds, median of the repeats.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time

os.environ["OMP_NUM_THREADS"] = "1"

import numpy as np
import torch

from goodfit.core.batch import Batch
from goodfit.core.randomness import torch_generator
from goodfit.core.settings import Settings, make_settings
from goodfit.model.recommended import recommended
from goodfit.networks.catalog import build_network, initialize
from goodfit.networks.ensemble import Ensemble
from goodfit.training.batches import Batches
from goodfit.training.loop import descent_of
from goodfit.training.objectives import objective_for
from goodfit.training.state import TrainingState

SECONDS = 1.5
#: Rows, columns of numbers, further columns.
CASES = ((1_000, 8, 0), (10_000, 10, 0), (10_000, 10, 60), (30_000, 20, 0), (300_000, 15, 25))


def gemm_rate(rows: int, width: int) -> float:
    """Multiplications and additions a CPU second, of (rows, width) by (width, width)."""
    a, b = torch.randn(rows, width), torch.randn(width, width)
    out, best = torch.empty(rows, width), 0.0
    for _ in range(5):
        start, count = time.process_time(), 0
        while time.process_time() - start < SECONDS / 10:
            for _ in range(20):
                torch.mm(a, b, out=out)
            count += 20
        best = max(best, 2 * rows * width * width * count / (time.process_time() - start))
    return best


def operations(network: Ensemble, n_rows: int) -> float:
    """Of the products of one step with so many rows of each fold, both passes."""
    first, dense = network.first[0].numel(), network.n_dense * network.first.shape[2]
    later = network.members * sum(weight[0].numel() for weight in network.weights)
    later += network.lasts[0].numel()
    mixes = network.mixes[0].numel()
    # Forward, backward to the weights, and to the inputs where something is learnt there.
    return 2.0 * network.folds * n_rows * (3 * (first + mixes + later) - dense)


def training(
    n_rows: int, numbers: int, others: int
) -> tuple[Ensemble, Settings, TrainingState, Batch]:
    """The default network for such a table, and the table."""
    settings = recommended(
        make_settings(), task="regression", n_rows=n_rows, n_watching=0, foldable=True
    )
    if settings.bag == 1:
        settings = recommended(make_settings(), task="regression", n_rows=n_rows, n_watching=1)
    network = build_network(
        numbers + others, (), 1, settings=settings, numbers=tuple(range(numbers))
    )
    assert isinstance(network, Ensemble)
    initialize(network, settings=settings, generator=torch_generator(0, "initialization"))
    random = np.random.default_rng(0)
    dense = random.standard_normal((n_rows, numbers + others)).astype(np.float32)
    codes = torch.zeros(n_rows, 0, dtype=torch.int64)
    target = torch.from_numpy(dense[:, :1] ** 2)
    state = TrainingState.fresh(network, settings)
    return network, settings, state, Batch(torch.from_numpy(dense), codes, target)


@torch.no_grad()
def measure(n_rows: int, numbers: int, others: int) -> tuple[float, float, float]:
    """CPU microseconds a step, those that its products would need, and GFLOP/s of a GEMM."""
    network, settings, state, rows = training(n_rows, numbers, others)
    objective = objective_for("regression", n_levels=0, settings=settings)
    folds = []
    if network.folds > 1:
        kept = n_rows * (network.folds - 1) // network.folds
        folds = [torch.randperm(n_rows)[:kept] for _ in range(network.folds)]
    assert isinstance(settings.batch_size, int)
    batches = Batches(rows, batch_size=settings.batch_size, generator=state.shuffling, folds=folds)
    descent = descent_of(state, network, objective, training=rows, settings=settings)
    network.train()
    count, begun = 0, 0.0
    while time.process_time() - begun < SECONDS or not count:
        for batch in batches.epoch():
            if begun == 0.0 and count == 20:  # warm
                count, begun = 0, time.process_time()
            descent(batch, 1e-4)
            count += 1
            if begun and time.process_time() - begun >= SECONDS:
                break
    step_s = (time.process_time() - begun) / count
    batch_rows = len(batch) // network.folds
    rate = gemm_rate(batch_rows * network.members, network.widths[-1])
    return step_s * 1e6, operations(network, batch_rows) / rate * 1e6, rate / 1e9


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    for case in CASES:
        found = [measure(*case) for _ in range(arguments.repeats)]
        step, products, rate = (statistics.median(column) for column in zip(*found, strict=True))
        shares = [one[1] / one[0] for one in found]
        n_rows, numbers, others = case
        print(
            f"{n_rows:8,} rows {numbers:3} numbers {others:3} others: step {step:.0f} us, products "
            f"{products:8.0f} us at {rate:4.0f} GFLOP/s: {statistics.median(shares):.0%}",
            flush=True,
        )


if __name__ == "__main__":
    main()
