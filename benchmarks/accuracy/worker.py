"""One learner on one table, seed by seed, in a process of its own.

    python worker.py JOB

JOB is JSON: an entry of the manifest (``entry``), ``folder``, ``learner``, ``seeds`` and
``most_rows``. A line of JSON on stdout for each seed: scores and costs, or an ``error``.
"""

from __future__ import annotations

import ctypes
import gc
import json
import os
import resource
import sys
import traceback
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
from learners import LEARNERS, Fitted, Task
from rows import Part, Split, read, split
from scores import class_scores, regression_scores

Result = TypeVar("Result")
N_WARM_UP_ROWS = 80
LONGEST_ERROR = 500


@dataclass(frozen=True)
class Cost:
    """What a call took.

    Args:
        cpu_s: of all threads and children, user and system.
        peak_mb: above what the process held before, at most.
    """

    cpu_s: float
    peak_mb: float


def measured(call: Callable[[], Result]) -> tuple[Result, Cost]:
    """What a call gives, and what it took."""
    gc.collect()
    _give_back_memory()
    held, cpu_s = _held_mb(), _cpu_s()
    result = call()
    spent = _cpu_s() - cpu_s
    return result, Cost(spent, max(0.0, _peak_mb() - held))


def _cpu_s() -> float:
    of = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in of)


def _give_back_memory() -> None:
    """Let the system have what earlier fits freed, so that the next one's peak is its own."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError):
        return


def _held_mb() -> float:
    """Memory held now; from here on the peak is counted anew where the system can."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
        return _status_mb("VmRSS")
    except OSError:
        return _peak_mb()


def _peak_mb() -> float:
    try:
        return _status_mb("VmHWM")
    except OSError:
        unit = 1 if sys.platform == "darwin" else 1024
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**20


def _status_mb(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name)) / 1024


def run(job: dict[str, Any], say: Callable[[dict[str, Any]], None]) -> None:
    """All seeds of a job."""
    entry, learner = job["entry"], job["learner"]
    table = read(entry, Path(job["folder"]))
    warm_up(learner, classes=entry["task"] != "regression")
    for seed in job["seeds"]:
        rows = split(table, entry, seed=seed, most_rows=job["most_rows"])
        line = {"table": entry["name"], "task": entry["task"], "learner": learner, "seed": seed}
        line |= {"rows": rows.n_rows, "drawn": rows.drawn, "version": LEARNERS[learner].version}
        try:
            found = measure(rows, learner, Task(bool(rows.classes), seed, _dates(entry)))
        except Exception as error:  # noqa: BLE001 - whatever a peer raises is its result
            traceback.print_exc()
            found = {"error_text": f"{type(error).__name__}: {error}"[:LONGEST_ERROR]}
        say(line | found)


def _dates(entry: dict[str, Any]) -> tuple[str, ...]:
    return tuple(entry.get("date_columns") or ())


def warm_up(learner: str, *, classes: bool) -> None:
    """A fit to a few rows of noise: what is loaded or compiled the first time is not the fit's."""
    noise = np.random.default_rng(0)
    numbers = noise.normal(size=N_WARM_UP_ROWS)
    words = noise.choice(["a", "b", "c"], N_WARM_UP_ROWS)
    target = noise.permutation(np.arange(N_WARM_UP_ROWS) % 2) if classes else numbers**2
    part = Part(pd.DataFrame({"number": numbers, "word": words}), pd.Series(target, name="y"))
    try:
        LEARNERS[learner].fit(part, Task(classes, 0)).predict(part.features)
    except Exception:  # noqa: BLE001 - the seeds will tell
        traceback.print_exc()


def measure(rows: Split, learner: str, task: Task) -> dict[str, Any]:
    """Fit, predict, score."""
    training = rows.training if learner == "goodfit" else _coded(rows)
    fitted, fit = measured(lambda: LEARNERS[learner].fit(training, task))
    predicted, predict = measured(lambda: fitted.predict(rows.test.features))
    costs = {
        "cpu_fit_s": round(fit.cpu_s, 4),
        "cpu_predict_s": round(predict.cpu_s, 4),
        "peak_mb": round(fit.peak_mb, 1),
    }
    return _scores(rows, predicted) | _before_calibration(rows, fitted) | costs


def _seen(rows: Split) -> list[Any]:
    """The classes that training rows have, sorted."""
    return sorted(rows.training.target.unique().tolist())


def _coded(rows: Split) -> Part:
    """Training rows for a peer: floats, or whole numbers from 0 for classes."""
    target = rows.training.target
    if rows.classes:
        codes = {level: code for code, level in enumerate(_seen(rows))}
        return Part(rows.training.features, target.map(codes).astype(np.int64))
    return Part(rows.training.features, target.astype(np.float64))


def _scores(rows: Split, predicted: np.ndarray) -> dict[str, Any]:
    if not np.isfinite(predicted).all():
        raise ValueError("predictions that are no numbers")
    if not rows.classes:
        return regression_scores(rows.test.target.to_numpy(np.float64), predicted)
    places = {level: place for place, level in enumerate(rows.classes)}
    probabilities = np.zeros((len(predicted), len(places)))
    probabilities[:, [places[level] for level in _seen(rows)]] = predicted
    probabilities /= probabilities.sum(1, keepdims=True)
    return class_scores(rows.test.target.map(places).to_numpy(), probabilities)


def _before_calibration(rows: Split, fitted: Fitted) -> dict[str, Any]:
    """Of a model that says what it would have answered uncalibrated, log-loss and ECE of that."""
    model = getattr(getattr(fitted, "model", None), "model_", None)
    answer = getattr(model, "uncalibrated", None)
    if answer is None or not rows.classes:
        return {}
    found = _scores(rows, np.asarray(answer(rows.test.features), np.float64))
    return {f"{name}_before": found[name] for name in ("error", "ece")}


def main() -> None:
    """Run the job, and keep whatever else prints away from the lines."""
    lines = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    warnings.simplefilter("ignore")

    def say(line: dict[str, Any]) -> None:
        lines.write(json.dumps(line) + "\n")
        lines.flush()

    run(json.loads(sys.argv[1]), say)


if __name__ == "__main__":
    main()
