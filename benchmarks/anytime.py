"""What a budget buys: the test error of fits with budgets from seconds to a minute.

    python benchmarks/anytime.py FOLDER [--budgets 3,10,30,60] [--picture docs/anytime.png] TABLE …

The folder holds ``manifest.json``: a list of objects with ``name``, ``file``, ``target``,
``drop``. For each table and budget: the headline metric on the same test rows, the seconds from
the call of ``goodfit.fit`` to the model, and what was chosen. One fit each, so that differences of
a per cent are chance. The exit code is 1 if a fit took longer than its budget by more than a
second and 5 %.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

import goodfit

# What a fit may take beyond its budget: whichever is more.
BEYOND_S, BEYOND_SHARE = 1.0, 0.05


def measure(entry: dict[str, Any], data: Path, budget_s: float) -> dict[str, Any]:
    """One fit; without figures where the budget was refused."""
    began = time.monotonic()
    found = {"table": entry["name"], "budget": budget_s}
    try:
        model = goodfit.fit(
            data / entry["file"], target=entry["target"], drop=entry["drop"], budget=budget_s
        )
    except goodfit.GoodfitError as error:
        return {**found, "seconds": time.monotonic() - began, "refused": str(error)}
    names = ("epochs", "bag", "members", "sample")
    return {
        **found,
        "seconds": time.monotonic() - began,
        "metric": model.scores.headline,
        "error": model.scores.metrics[model.scores.headline],
        **{name: getattr(model.settings, name) for name in names},
    }


def draw(rows: list[dict[str, Any]], path: Path) -> None:
    """A curve a table: the error as a share of that of its shortest budget."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6, 3.6), layout="constrained")
    axes = figure.add_subplot(
        xscale="log", xlabel="budget (s)", ylabel="test error, of that of the shortest"
    )
    for table in dict.fromkeys(row["table"] for row in rows):
        curve = [row for row in rows if row["table"] == table and "error" in row]
        if curve:
            errors = [row["error"] / curve[0]["error"] for row in curve]
            axes.plot([row["budget"] for row in curve], errors, marker="o", label=table)
    budgets = sorted({row["budget"] for row in rows})
    axes.set_xticks(budgets, [f"{budget:g}" for budget in budgets])
    axes.minorticks_off()
    axes.legend()
    figure.savefig(path, dpi=120)


def main() -> int:
    """Print a table, and draw it if asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("tables", nargs="+")
    parser.add_argument("--budgets", default="3,10,30,60")
    parser.add_argument("--picture", type=Path)
    given = parser.parse_args()
    known = {
        entry["name"]: entry for entry in json.loads((given.folder / "manifest.json").read_text())
    }
    budgets = [float(budget) for budget in given.budgets.split(",")]
    measure(known[given.tables[0]], given.folder, budgets[0])  # loads the libraries
    rows: list[dict[str, Any]] = []
    print(
        "| table | budget | took | error | epochs | folds × members | rows |\n" + "|---" * 7 + "|"
    )
    for name in given.tables:
        for budget_s in budgets:
            row = measure(known[name], given.folder, budget_s)
            rows.append(row)
            print(line(row), flush=True)
    if given.picture:
        draw(rows, given.picture)
    return int(any(late(row) for row in rows))


def line(row: dict[str, Any]) -> str:
    """A fit as a row of a table in Markdown."""
    head = f"| {row['table']} | {row['budget']:g} s | {row['seconds']:.1f} s | "
    if "refused" in row:
        return head + f"refused: {row['refused']} | | | |"
    size = f"{row['bag'] or 1} × {row['members'] or 1}"
    sample = row["sample"] or "all"
    return head + f"{row['metric']} {row['error']:.4g} | {row['epochs']} | {size} | {sample} |"


def late(row: dict[str, Any]) -> bool:
    """Whether a fit took more than it may."""
    most_s = row["budget"] + max(BEYOND_S, BEYOND_SHARE * row["budget"])
    return "error" in row and row["seconds"] > most_s


if __name__ == "__main__":
    sys.exit(main())
