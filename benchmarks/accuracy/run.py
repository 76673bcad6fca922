"""Goodfit and its peers on every table of a folder: errors, CPU seconds, memory.

    python benchmarks/accuracy/run.py FOLDER [--tables …] [--learners …] [--seeds N] [--again]

The folder holds ``manifest.json`` and the tables it names. The same four fifths of the rows go
to each learner, the same fifth scores it; both are drawn by the seed. Goodfit runs in this
Python and is fitted each time; peers run in an environment of their own, which is made if
it is not there, and what ``results/peers.jsonl`` already holds of them is not run again.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
RESULTS = HERE.parent / "results"
PEERS_ENVIRONMENT = ROOT / ".venv-peers"
OURS = "goodfit"
QUICK = (
    "constant",
    "linear",
    "hist_gradient_boosting",
    "lightgbm",
    "xgboost",
    "sklearn_mlp",
    "catboost",
)
SLOW = ("realmlp_td", "realmlp_td_s")
MOST_ROWS = 15_000
# Seeds by the rows of a table (before any are left out): fewer than, quick learners, slow ones.
SEEDS = ((2_000, 20, 6), (15_000, 5, 2), (sys.maxsize, 3, 2))
ONE_THREAD = ("OMP", "OPENBLAS", "MKL", "NUMEXPR", "NUMBA", "VECLIB_MAXIMUM")

Key = tuple[str, str, int, int]  # table, learner, seed, rows


@dataclass(frozen=True)
class Job:
    """One process: a learner on a table.

    Args:
        entry: the table, as the manifest has it.
        learner: its name.
        seeds: one fit each.
    """

    entry: dict[str, Any]
    learner: str
    seeds: tuple[int, ...]


def n_seeds(entry: dict[str, Any], learner: str, given: int | None) -> int:
    """How many seeds a learner gets on a table."""
    if given is not None:
        return given
    _, quick, slow = next(step for step in SEEDS if entry["rows"] < step[0])
    return slow if learner in SLOW else quick


def plan(
    entries: Sequence[dict[str, Any]], learners: Sequence[str], given: int | None
) -> Iterator[Job]:
    """Quick learners table by table, then the slow ones.

    Those take one seed of all tables before the others: what is known early is known of all.
    """
    for entry in entries:
        for learner in learners:
            if learner not in SLOW:
                yield Job(entry, learner, tuple(range(n_seeds(entry, learner, given))))
    for learner in (learner for learner in SLOW if learner in learners):
        for first in (True, False):
            for entry in entries:
                seeds = range(n_seeds(entry, learner, given))
                yield Job(entry, learner, tuple(seeds[:1] if first else seeds[1:]))


def key(line: dict[str, Any]) -> Key:
    """What a line is about."""
    return line["table"], line["learner"], line["seed"], line["rows"]


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Lines of a file of results; none if there is no file."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def known_of(path: Path) -> set[Key]:
    """What a file of results has scores for."""
    return {key(line) for line in read_lines(path) if "error_text" not in line}


def run_job(job: Job, python: str, folder: Path, most_rows: int | None) -> Iterator[dict[str, Any]]:
    """The lines of a worker; for seeds that it did not get to, lines that say why."""
    sent = {
        "entry": job.entry,
        "folder": str(folder),
        "learner": job.learner,
        "seeds": job.seeds,
        "most_rows": most_rows,
    }
    environment = os.environ | {f"{name}_NUM_THREADS": "1" for name in ONE_THREAD}
    left = list(job.seeds)
    with tempfile.TemporaryFile("w+") as said:
        command = [python, str(HERE / "worker.py"), json.dumps(sent)]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=said, text=True, env=environment
        ) as process:
            for text in process.stdout or ():
                line = json.loads(text)
                left.remove(line["seed"])
                yield line
        said.seek(0)
        why = f"ended with {process.returncode}: " + said.read()[-500:]
    for seed in left:
        line = {"table": job.entry["name"], "task": job.entry["task"], "learner": job.learner}
        yield line | {"seed": seed, "rows": _rows(job.entry, most_rows), "error_text": why}


def _rows(entry: dict[str, Any], most_rows: int | None) -> int:
    return min(entry["rows"], most_rows or entry["rows"])


def make_peers_environment() -> str:
    """Python of the peers' own environment, made on first use."""
    python = PEERS_ENVIRONMENT / "bin" / "python"
    wanted = HERE.parent / "peers.txt"
    made = PEERS_ENVIRONMENT / ".installed"
    if made.exists() and made.read_text() == wanted.read_text():
        return str(python)
    print(f"Installing the peers into {PEERS_ENVIRONMENT.name} (once)", file=sys.stderr)
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", PEERS_ENVIRONMENT], check=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "-c", str(ROOT / "constraints.txt")]
    # torch first and alone: nothing that a peer asks for may bring another build of it.
    subprocess.run([*install, "torch"], check=True)
    subprocess.run([*install, "-r", str(wanted)], check=True)
    made.write_text(wanted.read_text())
    return str(python)


def tell(line: dict[str, Any]) -> str:
    """A line for those who watch."""
    head = f"{line['table']:20} {line['learner']:22} seed {line['seed']:<3}"
    if "error_text" in line:
        return f"{head} FAILED {line['error_text']}"
    return f"{head} error {line['error']:<8.4f} {line['cpu_fit_s']:8.2f} CPU s"


def compact(path: Path) -> None:
    """Keep the last line of each fit of each label."""
    last = {(line["label"], *key(line)): line for line in read_lines(path)}
    new = path.with_suffix(".new")
    new.write_text("".join(json.dumps(line) + "\n" for line in last.values()))
    new.replace(path)


def main() -> int:
    """Run what is not there yet."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tables", nargs="+", help="only these")
    parser.add_argument("--learners", nargs="+", choices=(OURS, *QUICK, *SLOW), help="only these")
    parser.add_argument("--seeds", type=int, help="as many for each learner and table")
    parser.add_argument("--all-rows", action="store_true", help=f"not at most {MOST_ROWS:,}")
    parser.add_argument("--again", action="store_true", help="peers too")
    parser.add_argument("--label", default=OURS, help="what this run of ours is called")
    parser.add_argument("--ours", type=Path, default=RESULTS / "goodfit.jsonl")
    parser.add_argument("--peers", type=Path, default=RESULTS / "peers.jsonl")
    parser.add_argument("--peers-python", help="of a ready environment")
    arguments = parser.parse_args()

    most_rows = None if arguments.all_rows else MOST_ROWS
    entries = json.loads((arguments.folder / "manifest.json").read_text())
    entries = [e for e in entries if not arguments.tables or e["name"] in arguments.tables]
    entries.sort(key=lambda entry: entry["rows"])
    learners = arguments.learners or (OURS, *QUICK, *SLOW)
    peers_python = arguments.peers_python
    failed = 0
    for job in plan(entries, learners, arguments.seeds):
        ours = job.learner == OURS
        # Read each time: another run may have got there first.
        known = set[Key]() if ours or arguments.again else known_of(arguments.peers)
        about = job.entry["name"], job.learner
        rows = _rows(job.entry, most_rows)
        wanted = tuple(seed for seed in job.seeds if (*about, seed, rows) not in known)
        if not wanted:
            continue
        if not ours and not peers_python:
            peers_python = make_peers_environment()
        path = arguments.ours if ours else arguments.peers
        path.parent.mkdir(parents=True, exist_ok=True)
        python = sys.executable if ours else peers_python
        for line in run_job(
            Job(job.entry, job.learner, wanted), python, arguments.folder, most_rows
        ):
            labelled = {"label": arguments.label} | line if ours else line
            with path.open("a") as file:
                file.write(json.dumps(labelled) + "\n")
            print(tell(line), flush=True)
            failed += "error_text" in line
    if OURS in learners:
        compact(arguments.ours)
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
