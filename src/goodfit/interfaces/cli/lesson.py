"""What the demo teaches: sentences that are true of what was chosen and found."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from goodfit.core.errors import GoodfitError
from goodfit.core.words import say, together
from goodfit.interfaces.cli.output import paragraph, table
from goodfit.interfaces.typed import as_options, command
from goodfit.model.straight_line import CLOSE, Descent, LineReport, descent, line_report

if TYPE_CHECKING:
    from goodfit.core.settings import Settings
    from goodfit.model.fitted import FittedModel
    from goodfit.model.run import Run

# What the lesson proposes beside standardised columns.
BOLD_RATE = 0.1
LESSON_EPOCHS = 100
# An excess above this is told as a multiple, not in per cent.
HUGE = 9.0
# Directions whose speeds differ less than this are called equally quick.
LOPSIDED = 4.0


class Begun:
    """What is known before the first step.

    Args:
        here: where plain gradient descent will lead; None if something else was chosen.
        scaled: the same on a standardised column with a bolder learning rate.
    """

    def __init__(self, here: Descent | None, scaled: Descent | None) -> None:
        self.here, self.scaled = here, scaled


def begin(run: Run) -> Begun:
    """Foresee the descent, if it is the plain one."""
    if not is_plain_descent(run.settings):
        return Begun(None, None)
    rows = run.fold.training
    inputs = run.preprocessing.encode(run.table.take(rows), dtype=np.float64).dense
    if inputs.shape[1] != 1:
        return Begun(None, None)
    target = run.preprocessing.scale_targets(run.target_values[rows])[:, 0]
    parameters = run.network.state_dict()
    weight, bias = (parameters[name].cpu().double().numpy() for name in ("weight", "bias"))
    start = np.append(weight, bias)
    rate = run.settings.learning_rate
    assert rate is not None
    standardized = (inputs - inputs.mean()) / inputs.std()
    return Begun(
        descent(inputs, target, start, learning_rate=rate),
        descent(standardized, target, start, learning_rate=BOLD_RATE),
    )


def is_plain_descent(settings: Settings) -> bool:
    """Whether every epoch is one plain step against the mean squared error's gradient."""
    s = settings
    named = (s.network, s.loss, s.optimizer, s.schedule, s.batch_size, s.split)
    extras = (s.momentum, s.l1, s.l2, s.weight_decay, s.gradient_clip, s.early_stopping)
    extras += (s.warmup, s.weight_average, s.input_noise)
    plain = ("linear", "mean_squared_error", "sgd", "constant", "full", "none")
    return named == plain and not any(extras)


def report(run: Run, model: FittedModel) -> LineReport:
    """The fit on all points, beside the line of least squares."""
    from goodfit.data.parse import read_numbers

    (feature,) = model.schema.features
    x = read_numbers(run.table, feature.name, decimal=feature.decimal)
    return line_report(model, x, run.target_values)


def sentences(found: LineReport, begun: Begun, *, run: Run, given: dict[str, Any]) -> list[str]:
    """What happened, how far it is from the best line, and what closes the gap."""
    lines = _lines(found)
    if found.slope is None:
        return [*lines, "", *paragraph(_curve(found))]
    if found.excess <= CLOSE:
        solved = run.settings.optimizer == "exact" and not run.settings.l2
        text = say("cli.demo_solved" if solved else "cli.demo_reached", {})
        return [*lines, "", *paragraph(text)]
    why = [_gap(found.excess), *_why(begun.here, run)]
    lines += ["", *paragraph(together(why))]
    return [*lines, "", say("cli.demo_closes", {}), *_remedies(begun, run.settings, given)]


def after_error(error: GoodfitError, begun: Begun) -> list[str]:
    """What the lesson adds to the error of a training that diverged."""
    if error.code != "training.diverged" or begun.here is None:
        return []
    return [say("cli.demo_limit", {"rate": _three(begun.here.highest_rate)})]


def _lines(found: LineReport) -> list[str]:
    """The line found beside the best one."""
    heads = ["", say("cli.demo_slope", {}), say("cli.demo_intercept", {}), say("cli.demo_mse", {})]
    ours = [found.slope, found.intercept, found.mean_squared_error]
    best = [found.best.slope, found.best.intercept, found.best.mean_squared_error]
    return table(
        [
            heads,
            [say("cli.demo_found", {}), *(_five(value) for value in ours)],
            [say("cli.demo_exact", {}), *(_five(value) for value in best)],
        ]
    )


def _curve(found: LineReport) -> str:
    percent = f"{100 * abs(found.excess):.0f}"
    return say("cli.demo_closer" if found.excess < 0 else "cli.demo_farther", {"percent": percent})


def _gap(excess: float) -> str:
    if excess < HUGE:
        return say("cli.demo_gap", {"percent": f"{100 * excess:.0f}"})
    return say("cli.demo_gap_times", {"times": f"{1 + excess:,.0f}"})


def _why(here: Descent | None, run: Run) -> list[str]:
    """Why the best line was not reached."""
    settings, n_training = run.settings, len(run.fold.training)
    if n_training < run.table.n_rows:
        return [say("cli.demo_part", {"n_training": n_training, "n_rows": run.table.n_rows})]
    if settings.loss != "mean_squared_error":
        return [say("cli.demo_other_loss", {"loss": settings.loss})]
    if settings.l1 or settings.l2 or settings.weight_decay:
        return [say("cli.demo_penalty", {})]
    if here is None:
        return [say("cli.demo_unforeseen", {})]
    rates = {"rate": _three(here.learning_rate), "highest": _three(here.highest_rate)}
    if here.learning_rate >= here.highest_rate:
        return [say("cli.demo_diverging", rates)]
    epochs = here.halving_epochs
    params = {**rates, "epochs": _two(epochs) if epochs > 10 else f"{epochs:.1f}"}
    pace = say("cli.demo_slow" if here.stretch > LOPSIDED else "cli.demo_pace", params)
    return [pace, say("cli.demo_limit", {"rate": rates["highest"]})]


def _remedies(begun: Begun, settings: Settings, given: dict[str, Any]) -> list[str]:
    """What would come within a thousandth of the least error, each as a command to type."""
    rows: list[tuple[str, str]] = []
    here, scaled = begun.here, begun.scaled
    if here and here.epochs_needed:
        epochs = _up(here.epochs_needed)
        params = {"epochs": epochs}
        rows.append((say("cli.demo_more_epochs", params), _demo({**given, "epochs": epochs})))
    start = {name: value for name, value in given.items() if name in {"seed", "initialization"}}
    if scaled and scaled.epochs_needed and scaled.epochs_needed <= LESSON_EPOCHS:
        better = {**start, "preprocessing": "standardize", "learning_rate": BOLD_RATE}
        params = {"epochs": scaled.epochs_needed}
        is_scaled = settings.preprocessing == "standardize"
        text = say("cli.demo_larger_steps" if is_scaled else "cli.demo_scaled", params)
        rows.append((text, _demo(better)))
    rows.append((say("cli.demo_one_step", {}), _demo({"optimizer": "exact"})))
    return [line for what, typed in rows for line in (f"  {what}", f"      {typed}")]


def _demo(settings: dict[str, Any]) -> str:
    return command("demo", *as_options(settings))


def _up(count: int) -> int:
    """The next number of two digits and zeros: what a person would type."""
    unit = 10 ** max(len(str(count)) - 2, 0)
    return -(-count // unit) * unit


def _two(value: float) -> str:
    """Two digits, then zeros, with thousands marked."""
    digits = 1 - math.floor(math.log10(value))
    return f"{round(value, digits):,.0f}"


def _three(value: float) -> str:
    return f"{value:.3g}"


def _five(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.5f}" if abs(value) < 1e6 else f"{value:.4e}"
