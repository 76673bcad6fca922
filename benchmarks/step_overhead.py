"""CPU microseconds a training step, beside a bare eager PyTorch loop.

    python benchmarks/step_overhead.py [--repeats 9] [--json]

The bare loop is the leanest that people write: fused AdamW, autograd, tensors in memory,
batches cut once and never shuffled, the loss not even read. Goodfit's figure holds all
that a training does: shuffling, gathering, summing the loss, its events and its history.
One thread, float32, mean squared error; the two take turns, so that a busy machine slows
both, and the ratio is the median of the ratios of the turns.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from dataclasses import asdict, dataclass

# Before torch is loaded: one thread from the first operation on.
os.environ["OMP_NUM_THREADS"] = "1"

import torch
from torch import Tensor, nn

LEARNING_RATE = 1e-3
# One turn takes about this long: enough to forget the clock, short enough to take turns often.
TURN_S = 0.4


@dataclass(frozen=True)
class Case:
    """A network and a table of random numbers.

    Args:
        name: as printed.
        sizes: inputs, hidden layers, outputs.
        n_rows: rows of the table.
        batch_size: rows a step.
        most: the ratio to the bare loop that Goodfit promises.
    """

    name: str
    sizes: tuple[int, ...]
    n_rows: int
    batch_size: int
    most: float


CASES = (
    Case("1-1, 15 rows, full batch", (1, 1), 15, 15, 0.3),
    Case("10-64-64-1, batch 32", (10, 64, 64, 1), 3_200, 32, 0.4),
    Case("30-256-256-1, batch 256", (30, 256, 256, 1), 10_240, 256, 0.85),
)


def table(case: Case) -> tuple[Tensor, Tensor]:
    """Features (row, input) and target (row, 1), standard normal, the same every time."""
    generator = torch.Generator().manual_seed(0)
    features = torch.randn(case.n_rows, case.sizes[0], generator=generator)
    return features, torch.randn(case.n_rows, 1, generator=generator)


def bare_us_per_step(case: Case, n_steps: int) -> float:
    """Microseconds a step of the bare loop."""
    torch.manual_seed(0)
    layers: list[nn.Module] = []
    for n_in, n_out in zip(case.sizes, case.sizes[1:], strict=False):
        layers += [nn.Linear(n_in, n_out), nn.ReLU()]
    network = nn.Sequential(*layers[:-1])
    optimizer = torch.optim.AdamW(network.parameters(), lr=LEARNING_RATE, fused=True)
    criterion = nn.MSELoss()
    features, target = table(case)
    batches = list(zip(features.split(case.batch_size), target.split(case.batch_size), strict=True))
    start = time.process_time()
    for _ in range(n_steps // len(batches)):
        for inputs, wanted in batches:
            optimizer.zero_grad()
            criterion(network(inputs), wanted).backward()
            optimizer.step()
    return (time.process_time() - start) / n_steps * 1e6


def goodfit_us_per_step(case: Case, n_steps: int) -> float:
    """Microseconds a step of Goodfit's own loop, everything included, same network and table."""
    from goodfit.core.batch import Batch
    from goodfit.core.randomness import torch_generator
    from goodfit.core.settings import make_settings
    from goodfit.networks.catalog import build_network, initialize
    from goodfit.training.controls import Controls
    from goodfit.training.loop import train
    from goodfit.training.objectives import objective_for
    from goodfit.training.state import TrainingState

    hidden = {"widths": case.sizes[1:-1], "dropout": 0.0} if len(case.sizes) > 2 else {}
    settings = make_settings(
        network="mlp" if hidden else "linear",
        **hidden,
        preprocessing="none",
        loss="mean_squared_error",
        optimizer="adamw",
        learning_rate=LEARNING_RATE,
        weight_decay=0.01,
        schedule="constant",
        batch_size=case.batch_size,
        epochs=n_steps * case.batch_size // case.n_rows,
        early_stopping=0,
        precision="float32",
    )
    features, target = table(case)
    rows = Batch(features, torch.zeros(case.n_rows, 0, dtype=torch.int64), target)
    network = build_network(case.sizes[0], (), 1, settings=settings)
    initialize(network, settings=settings, generator=torch_generator(0, "initialization"))
    objective = objective_for("regression", n_levels=0, settings=settings)
    state = TrainingState.fresh(network, settings)
    events = train(
        state,
        network,
        objective,
        training=rows,
        validation=None,
        settings=settings,
        controls=Controls(),
    )
    start = time.process_time()
    for _ in events:
        pass
    return (time.process_time() - start) / state.step * 1e6


def measure(case: Case, repeats: int) -> dict[str, object]:
    """Both loops, turn by turn."""
    n_batches = case.n_rows // case.batch_size
    once = bare_us_per_step(case, 10 * n_batches)  # also warms up
    n_steps = max(1, round(TURN_S * 1e6 / once / n_batches)) * n_batches
    goodfit_us_per_step(case, n_batches)
    turns = [
        (bare_us_per_step(case, n_steps), goodfit_us_per_step(case, n_steps))
        for _ in range(repeats)
    ]
    bare, ours = zip(*turns, strict=True)
    return asdict(case) | {
        "bare_us": round(statistics.median(bare), 1),
        "goodfit_us": round(statistics.median(ours), 1),
        "ratio": round(statistics.median(b / a for a, b in turns), 3),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--json", action="store_true", help="one object a case")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    if not arguments.json:
        print(f"{'case':26} {'bare µs':>8} {'goodfit µs':>11} {'ratio':>6}  at most")
    for case in CASES:
        found = measure(case, arguments.repeats)
        line = "{name:26} {bare_us:8.1f} {goodfit_us:11.1f} {ratio:6.2f}  {most:.2f}"
        print(json.dumps(found) if arguments.json else line.format(**found), flush=True)


if __name__ == "__main__":
    main()
