"""What the results of run.py say, as Markdown and as a picture.

    python benchmarks/accuracy/report.py [--label LABEL] [--write] [--picture FILE]
    python benchmarks/accuracy/report.py --compare FIRST SECOND

Prints; with ``--write`` it goes between the two marks of docs/benchmarks.md, with the picture
beside it. ``--compare`` puts two runs of ours side by side: labels, files, or FILE:LABEL.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from comparison import (
    ASIDE,
    Line,
    Lines,
    Ratio,
    geometric_mean,
    lines_of,
    paired,
    per_table,
    ratios,
)
from picture import Point, draw
from run import OURS, QUICK, RESULTS, ROOT, SLOW, read_lines

PEERS = (*(name for name in QUICK if name != "constant"), *SLOW)
PAGE = ROOT / "docs" / "benchmarks.md"
MARKS = ("<!-- accuracy -->", "<!-- /accuracy -->")
TASKS = ("regression", "classes")
# At most so much of a peer's error and CPU seconds.
ERROR_AIMS = {
    "realmlp_td": 0.95,
    "lightgbm": 0.95,
    "xgboost": 0.95,
    "hist_gradient_boosting": 0.95,
    "catboost": 0.98,
}
CPU_AIMS = {"realmlp_td": 0.1, "catboost": 1.0}
# On no table worse than a line by more than this, beyond two standard errors.
LINEAR_AIM = 1.03
METRICS = {"regression": "RMSE over the standard deviation of the target", "classes": "log-loss"}


def markdown(ours: Lines, peers: Lines) -> str:
    """The whole report."""
    parts = [_aims(ours, peers)]
    for task in TASKS:
        heading = "Numbers" if task == "regression" else "Classes"
        parts += [f"### {heading}", _summary(ours, peers, task), _errors(ours, peers, task)]
    parts += ["### CPU seconds of a fit", _seconds(ours, peers)]
    parts += [_calibration(ours)]
    parts += ["### Beside a straight line", _beside_linear(ours, peers)]
    parts += [_left_over(ours, peers)]
    return "\n\n".join(part for part in parts if part)


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _verdict(holds: bool) -> str:  # noqa: FBT001 - the one thing that it is told
    return "pass" if holds else "**not**"


def _aims(ours: Lines, peers: Lines) -> str:
    """Every aim, and whether it holds."""
    rows = list[list[str]]()
    for name, most in ERROR_AIMS.items():
        for task in TASKS:
            found = ratios(ours, peers, name, task)
            rows.append(_aim(f"error beside {name}, {task}", [r.clipped for r in found], most))
    for name, most in CPU_AIMS.items():
        found = [ratio for task in TASKS for ratio in ratios(ours, peers, name, task)]
        rows.append(_aim(f"CPU seconds of the fit beside {name}", [r.cpu for r in found], most))
    beside = [ratio for task in TASKS for ratio in ratios(ours, peers, "linear", task)]
    worse = [ratio.table for ratio in beside if ratio.mean - 2 * ratio.error > LINEAR_AIM]
    what = f"no table worse than a line by over {LINEAR_AIM - 1:.0%} and two standard errors"
    rows.append([what, _listed(worse), "none", _judged(beside, worse)])
    prior = ratios(ours, peers, "constant", "classes", aside=True)
    worse = [ratio.table for ratio in prior if ratio.mean > 1]
    what = "no log-loss above that of the class prior"
    rows.append([what, _listed(worse), "none", _judged(prior, worse)])
    return table(["aim", "found", "at most", ""], rows)


def _aim(what: str, found: Sequence[float], most: float) -> list[str]:
    if not found:
        return [what, "–", f"{most:.2f}", "no figures"]
    mean = geometric_mean(found)
    return [what, f"{mean:.3f} ({len(found)} tables)", f"{most:.2f}", _verdict(mean <= most)]


def _judged(found: Sequence[Ratio], worse: Sequence[str]) -> str:
    return _verdict(not worse) if found else "no figures"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) or "none"


def _summary(ours: Lines, peers: Lines, task: str) -> str:
    """For each peer, the means over tables."""
    rows = list[list[str]]()
    for name in PEERS:
        found = ratios(ours, peers, name, task)
        if not found:
            continue
        wins = sum(ratio.geometric < 1 for ratio in found)
        row = [name, f"{geometric_mean(r.clipped for r in found):.3f}", f"{wins} of {len(found)}"]
        row.append(f"{geometric_mean(r.cpu for r in found):.3f}")
        rows.append(row + ([_ece(ours, peers, name)] if task == "classes" else []))
    head = ["peer", "our error / its", "tables where ours is lower", "our CPU seconds / its"]
    return table([*head, *(["ECE, ours and its"] if task == "classes" else [])], rows)


def _ece(ours: Lines, peers: Lines, name: str) -> str:
    """Mean calibration errors over the tables that both have."""
    pairs = per_table(ours, peers, name, "classes").values()
    means = [
        sum(sum(pair[side]["ece"] for pair in seeds) / len(seeds) for seeds in pairs) / len(pairs)
        for side in (0, 1)
    ]
    return "{:.3f}, {:.3f}".format(*means)


def _errors(ours: Lines, peers: Lines, task: str) -> str:
    """Mean error of each learner on each table."""
    caption = f"Mean {METRICS[task]}; the lowest of a table in bold."
    rows = list[list[str]]()
    for name in _tables(ours, peers, task):
        found = [_mean(ours, peers, name, learner, "error") for learner in (OURS, *PEERS)]
        least = min((value for value in found if value is not None), default=None)
        cells = [
            "–" if value is None else f"**{value:.4f}**" if value == least else f"{value:.4f}"
            for value in found
        ]
        rows.append([name, *cells])
    return caption + "\n\n" + table(["table", OURS, *PEERS], rows)


def _calibration(ours: Lines) -> str:
    """What calibration did to ours: log-loss and calibration error before and after, by table."""
    by_table = dict[str, list[Line]]()
    for line in ours.good():
        if line.get("error_before") is not None:
            by_table.setdefault(line["table"], []).append(line)
    if not by_table:
        return ""
    names = ("error_before", "error", "ece_before", "ece")
    rows = [
        [name, *(f"{sum(line[what] for line in lines) / len(lines):.4f}" for what in names)]
        for name, lines in by_table.items()
    ]
    head = ["table", "log-loss before", "after", "ECE before", "after"]
    return "### Calibration\n\n" + table(head, rows)


def _seconds(ours: Lines, peers: Lines) -> str:
    """Mean CPU seconds and memory of each learner on each table."""
    rows = list[list[str]]()
    for name in (name for task in TASKS for name in _tables(ours, peers, task)):
        found = [_mean(ours, peers, name, learner, "cpu_fit_s") for learner in (OURS, *PEERS)]
        rows.append([name, *("–" if value is None else f"{value:.2f}" for value in found)])
    memory = list[str]()
    for learner in (OURS, *PEERS):
        mine = ours if learner == OURS else peers
        peaks = [line["peak_mb"] for line in mine.good() if line["learner"] == learner]
        memory.append(f"{max(peaks):.0f}" if peaks else "–")
    rows.append(["most memory of a fit, MB", *memory])
    return table(["table", OURS, *PEERS], rows)


def _beside_linear(ours: Lines, peers: Lines) -> str:
    """Our error over that of ridge or logistic regression, seed by seed."""
    rows = list[list[str]]()
    for task in TASKS:
        for ratio in ratios(ours, peers, "linear", task, aside=True):
            holds = ratio.mean - 2 * ratio.error <= LINEAR_AIM
            row = [ratio.table, f"{ratio.mean:.3f} ± {ratio.error:.3f}", str(ratio.n_seeds)]
            rows.append([*row, "aside" if ratio.table in ASIDE else _verdict(holds)])
    return table(["table", "our error / its, ± standard error", "seeds", ""], rows)


def _left_over(ours: Lines, peers: Lines) -> str:
    """What failed, what is missing, and the versions."""
    sentences = list[str]()
    for lines in (ours, peers):
        failed = [f"{line['learner']} on {line['table']}" for line in lines.failed()]
        counted = {what: failed.count(what) for what in failed}
        if counted:
            said = (f"{what} ({times}×)" for what, times in counted.items())
            sentences.append("Failed: " + ", ".join(said) + ".")
    for learner in PEERS:
        there = {line["table"] for line in peers.good() if line["learner"] == learner}
        names = (name for task in TASKS for name in _tables(ours, peers, task))
        if missing := [name for name in names if name not in there]:
            sentences.append(f"Without {learner}: {', '.join(missing)}.")
    versions = {line["version"] for lines in (ours, peers) for line in lines.good()}
    sentences.append("Versions: " + ", ".join(sorted(versions)) + ".")
    return "\n\n".join(sentences)


def _tables(ours: Lines, peers: Lines, task: str) -> list[str]:
    """Names of a task's tables, smallest first."""
    sizes = {
        line["table"]: line["rows"]
        for lines in (peers, ours)
        for line in lines.good()
        if (line["task"] == "regression") == (task == "regression")
    }
    return sorted(sizes, key=lambda name: (sizes[name], name))


def _mean(ours: Lines, peers: Lines, name: str, learner: str, what: str) -> float | None:
    found = [
        line[what]
        for line in (ours if learner == OURS else peers).good()
        if line["table"] == name and line["learner"] == learner
    ]
    return sum(found) / len(found) if found else None


def points(ours: Lines, peers: Lines, task: str) -> list[Point]:
    """Error relative to ours and CPU seconds of each learner, over the tables that both have."""
    found = list[Point]()
    seconds = [
        seeds[0][0]["cpu_fit_s"] for seeds in per_table(ours, peers, "linear", task).values()
    ]
    if not seconds:
        return []
    ours_s = geometric_mean(seconds)
    found.append(Point(OURS, 1.0, ours_s))
    for name in PEERS:
        if beside := ratios(ours, peers, name, task):
            error = 1 / geometric_mean(ratio.clipped for ratio in beside)
            found.append(Point(name, error, ours_s / geometric_mean(r.cpu for r in beside)))
    return found


def compared(first: Lines, second: Lines) -> str:
    """The second run over the first, table by table."""
    rows = list[list[str]]()
    parts = list[str]()
    for task in TASKS:
        found = [Ratio.of(name, pairs) for name, pairs in paired(second, first, task).items()]
        for ratio in found:
            row = [ratio.table, f"{ratio.geometric:.4f}", f"{ratio.error:.4f}"]
            rows.append([*row, f"{ratio.cpu:.2f}", str(ratio.n_seeds)])
        counted = [ratio for ratio in found if ratio.table not in ASIDE]
        if counted:
            error = geometric_mean(ratio.clipped for ratio in counted)
            cpu = geometric_mean(ratio.cpu for ratio in counted)
            parts.append(f"{task}: error × {error:.4f}, CPU seconds × {cpu:.2f}")
    head = ["table", "error, second / first", "±", "CPU seconds", "seeds"]
    return "\n".join([table(head, rows), "", *parts])


def write(page: Path, text: str) -> None:
    """Put text between the marks of a page."""
    before, _, rest = page.read_text().partition(MARKS[0])
    _, found, after = rest.partition(MARKS[1])
    if not found:
        raise SystemExit(f"{page} has no {MARKS[0]} … {MARKS[1]}")
    page.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{after}")


def _named(what: str, kept: Path) -> Lines:
    """Lines of a label, a file, or FILE:LABEL."""
    path, _, label = (
        what.rpartition(":") if Path(what.rpartition(":")[0]).is_file() else (what, "", "")
    )
    if Path(path).is_file():
        return lines_of(read_lines(Path(path)), label=label or None)
    return lines_of(read_lines(kept), label=what)


def main() -> int:
    """Print, or write and draw."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--label", default=OURS, help="which run of ours")
    parser.add_argument("--ours", type=Path, default=RESULTS / "goodfit.jsonl")
    parser.add_argument("--peers", type=Path, default=RESULTS / "peers.jsonl")
    parser.add_argument("--compare", nargs=2, metavar=("FIRST", "SECOND"))
    parser.add_argument("--write", action="store_true", help=f"into {PAGE.relative_to(ROOT)}")
    parser.add_argument("--picture", type=Path, help="draw it there (with --write: in docs)")
    arguments = parser.parse_args()
    if arguments.compare:
        print(compared(*(_named(what, arguments.ours) for what in arguments.compare)))
        return 0
    ours = lines_of(read_lines(arguments.ours), label=arguments.label)
    peers = lines_of(read_lines(arguments.peers))
    text = markdown(ours, peers)
    picture = arguments.picture or (PAGE.with_name("accuracy.png") if arguments.write else None)
    if picture:
        draw({task: points(ours, peers, task) for task in TASKS}, picture)
    if arguments.write:
        write(PAGE, f"![Error against CPU seconds of each learner](accuracy.png)\n\n{text}")
    else:
        print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
