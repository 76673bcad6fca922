"""CPU seconds of `goodfit demo` as a whole process, beside the plain script's.

    python benchmarks/demo_cost.py [--repeats 5] [--json]

The two take turns, after one round that warms the file cache and does not count.
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

COMMANDS = {
    "plain": [sys.executable, str(Path(__file__).with_name("plain_demo.py").resolve())],
    "goodfit": [str(Path(sys.executable).with_name("goodfit")), "demo"],
}


def cpu_seconds(command: list[str]) -> float:
    """User and system seconds that a command and its children take, in a folder of its own."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            command, check=True, cwd=folder, stdout=subprocess.DEVNULL, env=os.environ | AGG
        )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime


AGG = {"MPLBACKEND": "Agg"}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    seconds: dict[str, list[float]] = {name: [] for name in COMMANDS}
    for round_ in range(arguments.repeats + 1):
        for name, command in COMMANDS.items():
            taken = cpu_seconds(command)
            if round_:
                seconds[name].append(taken)
    result = {name: statistics.median(taken) for name, taken in seconds.items()}
    result["ratio"] = result["goodfit"] / result["plain"]
    if arguments.json:
        print(json.dumps(result))
        return
    print("the fifteen-point job, CPU seconds of the whole process (median)")
    for name in COMMANDS:
        print(f"{name:8} {result[name]:5.2f}")
    print(f"{'ratio':8} {result['ratio']:5.2f}  (at most 1.00)")


if __name__ == "__main__":
    main()
