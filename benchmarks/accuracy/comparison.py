"""Two learners on the same rows: ratios of errors and of CPU seconds, over seeds and tables."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

Line = dict[str, Any]
Pairs = list[tuple[Line, Line]]

# Run, but outside the means: fifteen rows, three of which score.
ASIDE = frozenset({"linear15"})
# One table weighs at most as much as twice the error on it, either way.
MOST_RATIO = 2.0
LEAST_ERROR = 1e-15
LEAST_S = 1e-4


@dataclass(frozen=True)
class Lines:
    """Results, the last of each fit.

    Args:
        lines: as run.py wrote them.
    """

    lines: tuple[Line, ...]

    def good(self) -> list[Line]:
        """Those with scores."""
        return [line for line in self.lines if "error_text" not in line]

    def failed(self) -> list[Line]:
        """The others."""
        return [line for line in self.lines if "error_text" in line]


def lines_of(lines: Iterable[Line], *, label: str | None = None) -> Lines:
    """The last line of each fit, of one label if any is given."""
    last = {
        (line["table"], line["learner"], line["seed"], line["rows"]): line
        for line in lines
        if label is None or line.get("label") == label
    }
    return Lines(tuple(last.values()))


@dataclass(frozen=True)
class Ratio:
    """One table.

    Args:
        table: its name.
        geometric: geometric mean over seeds of the first's error over the second's.
        mean: their mean.
        error: standard error of the mean; infinite of one seed.
        cpu: of the mean CPU seconds of the fits.
        n_seeds: that both have.
    """

    table: str
    geometric: float
    mean: float
    error: float
    cpu: float
    n_seeds: int

    @property
    def clipped(self) -> float:
        """What goes into means over tables."""
        return min(max(self.geometric, 1 / MOST_RATIO), MOST_RATIO)

    @classmethod
    def of(cls, table: str, pairs: Pairs) -> Ratio:
        """From the seeds of a table."""
        values = [_error(first) / _error(second) for first, second in pairs]
        n = len(values)
        error = statistics.stdev(values) / math.sqrt(n) if n > 1 else math.inf
        seconds = [statistics.fmean(pair[side]["cpu_fit_s"] for pair in pairs) for side in (0, 1)]
        cpu = max(seconds[0], LEAST_S) / max(seconds[1], LEAST_S)
        return cls(table, geometric_mean(values), statistics.fmean(values), error, cpu, n)


def _error(line: Line) -> float:
    return max(line["error"], LEAST_ERROR)


def geometric_mean(values: Iterable[float]) -> float:
    """Of positive numbers."""
    return math.exp(statistics.fmean(map(math.log, values)))


def paired(first: Lines, second: Lines, task: str) -> dict[str, Pairs]:
    """Lines of the same table and seed, fitted to and scored by the same rows, by table."""
    others = {_rows(line): line for line in second.good()}
    found = dict[str, Pairs]()
    for line in sorted(first.good(), key=lambda line: (line["rows"], line["table"], line["seed"])):
        if (line["task"] == "regression") == (task == "regression") and _rows(line) in others:
            found.setdefault(line["table"], []).append((line, others[_rows(line)]))
    return found


def _rows(line: Line) -> tuple[str, int, int]:
    return line["table"], line["seed"], line["drawn"]


def per_table(
    ours: Lines, peers: Lines, name: str, task: str, *, aside: bool = False
) -> dict[str, Pairs]:
    """Pairs of ours with one peer's, by table; with those outside the means, if asked."""
    one = Lines(tuple(line for line in peers.lines if line["learner"] == name))
    found = paired(ours, one, task)
    return {table: pairs for table, pairs in found.items() if aside or table not in ASIDE}


def ratios(
    ours: Lines, peers: Lines, name: str, task: str, *, aside: bool = False
) -> Sequence[Ratio]:
    """Ours over one peer's, table by table."""
    found = per_table(ours, peers, name, task, aside=aside)
    return [Ratio.of(table, pairs) for table, pairs in found.items()]
