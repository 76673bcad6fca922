"""Fit, predict and evaluate every table of a folder from the shell, nothing tuned.

    python benchmarks/every_table.py FOLDER [--json] [TABLE …]

The folder holds ``manifest.json``: a list of objects with ``name``, ``file``, ``target``,
``task``, ``rows`` and ``drop``. For each table: whether every command ended well and every row
was predicted, the lines and columns of the summary, the test error beside the constant's and
the linear baseline's, CPU seconds of the fit. The exit code is 1 if a table fails or does not
beat the constant.
"""

from __future__ import annotations

import argparse
import csv
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

GOODFIT = str(Path(sys.executable).with_name("goodfit"))


def goodfit(*arguments: str) -> tuple[str, float]:
    """Output and CPU seconds of one command.

    Raises:
        RuntimeError: with what it said, if it did not end well.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([GOODFIT, *arguments], capture_output=True, text=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        raise RuntimeError(done.stderr)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return done.stdout, spent


def measure(entry: dict[str, Any], data: Path, work: Path) -> dict[str, Any]:
    """One table through the shell."""
    table, model = str(data / entry["file"]), str(work / "model.goodfit")
    out = work / "predictions.csv"
    options = [part for column in entry.get("drop", ()) for part in ("--drop", column)]
    summary, cpu_s = goodfit("fit", table, "--target", entry["target"], "--out", model, *options)
    goodfit("predict", model, table, "--out", str(out))
    goodfit("evaluate", model, table, "--json")
    with out.open(newline="") as file:
        n_predicted = sum(1 for _ in csv.reader(file)) - 1
    found = json.loads(goodfit("inspect", model, "--json")[0])
    metric = "rmse" if entry["task"] == "regression" else "log_loss"
    baselines = {name: scores[metric] for name, scores in found["baselines"].items()}
    return {
        "table": entry["name"],
        "task": found["task"],
        "task_found": found["task"] == entry["task"],
        "every_row": n_predicted == entry["rows"],
        "summary_lines": len(summary.splitlines()),
        "summary_columns": max(map(len, summary.splitlines())),
        "metric": metric,
        "network": (found["test"] or found["kept_out"])[metric],  # of few rows none is a test
        "linear": baselines.get("ridge", baselines.get("logistic")),
        "constant": baselines.get("mean", baselines.get("majority")),
        "cpu_s": round(cpu_s, 1),
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("tables", nargs="*", help="only these")
    parser.add_argument("--json", action="store_true", help="one object a table")
    arguments = parser.parse_args()
    failed = 0
    for entry in json.loads((arguments.folder / "manifest.json").read_text()):
        if arguments.tables and entry["name"] not in arguments.tables:
            continue
        with tempfile.TemporaryDirectory() as work:
            try:
                found = measure(entry, arguments.folder, Path(work))
            except RuntimeError as error:
                failed += 1
                print(f"{entry['name']:20} {str(error).strip()}", flush=True)
                continue
        good = found["every_row"] and found["network"] < found["constant"]
        failed += not good
        line = (
            "{table:20} {task:10} {metric:8} network {network:<10.4g} linear {linear:<10.4g} "
            "constant {constant:<10.4g} {summary_lines} lines {cpu_s:6.1f} CPU s"
        )
        text = json.dumps(found) if arguments.json else line.format(**found)
        print(text + ("" if good else "  FAILED"), flush=True)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
