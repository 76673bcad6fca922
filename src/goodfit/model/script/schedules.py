"""Pieces that say how large a step is: the course of the learning rate."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from goodfit.core.settings import Settings, decided
from goodfit.model.script.code import literal
from goodfit.model.script.facts import Facts


def _above(least: float, factor: str) -> str:
    """A factor from 0 to 1 moved to end at ``least``."""
    return f"{literal(least)} + {literal(1 - least)} * {factor}" if least else factor


def _at_least(least: float, factor: str) -> str:
    return f"max({literal(least)}, {factor})" if least else factor


HALF_COSINE = "(1 + math.cos(math.pi * progress)) / 2"


def _constant(settings: Settings) -> list[str]:
    return ["factor = 1.0"]


def _cosine(settings: Settings) -> list[str]:
    return [f"factor = {_above(settings.least_rate, HALF_COSINE)}  # half a cosine"]


def _one_cycle(settings: Settings) -> list[str]:
    return [
        "lowest = 1 / 25 / 1e4",
        f"factor = lowest + (1 - lowest) * {HALF_COSINE}",
    ]


def _step(settings: Settings) -> list[str]:
    fall = f"{literal(decided(settings.decay_factor))} ** (after // n_batches // "
    return [
        "after = int(max(step - warmup, 0))" if settings.warmup else "after = step",
        f"factor = {_at_least(settings.least_rate, fall + literal(settings.decay_epochs) + ')')}",
    ]


def _multi_step(settings: Settings) -> list[str]:
    milestones = literal(tuple(sorted(decided(settings.milestones))))
    fall = f"{literal(decided(settings.decay_factor))}**n_falls"
    return [
        f"n_falls = sum(step // n_batches >= epoch for epoch in {milestones})",
        f"factor = {_at_least(settings.least_rate, fall)}",
    ]


def _exponential(settings: Settings) -> list[str]:
    fall = f"{literal(decided(settings.decay_factor))} ** (after // n_batches)"
    return [
        "after = int(max(step - warmup, 0))" if settings.warmup else "after = step",
        f"factor = {_at_least(settings.least_rate, fall)}",
    ]


def _polynomial(settings: Settings) -> list[str]:
    power = literal(settings.decay_power)
    return [f"factor = {_above(settings.least_rate, f'(1 - progress) ** {power}')}"]


def _linear(settings: Settings) -> list[str]:
    if not settings.least_rate:
        return ["factor = 1 - progress"]
    return [f"factor = {_above(settings.least_rate, '(1 - progress)')}"]


def _restarts(settings: Settings) -> list[str]:
    lengths = [settings.cycle_growth**number for number in range(settings.cycles)]
    return [
        f"lengths = {literal(lengths)}  # of the cycles, beside each other",
        "done = progress * sum(lengths)",
        "while len(lengths) > 1 and done >= lengths[0]:",
        "    done -= lengths.pop(0)",
        "progress = done / lengths[0]",
        f"factor = {_above(settings.least_rate, HALF_COSINE)}",
    ]


def _plateau(settings: Settings) -> list[str]:
    fall = f"{literal(decided(settings.decay_factor))}**n_falls"
    return [f"factor = {_at_least(settings.least_rate, fall)}"]


#: Every schedule: the lines that find the factor after the warm-up.
TEXTS: Mapping[str, Callable[[Settings], list[str]]] = {
    "constant": _constant,
    "cosine": _cosine,
    "one_cycle": _one_cycle,
    "step": _step,
    "multi_step": _multi_step,
    "exponential": _exponential,
    "polynomial": _polynomial,
    "linear": _linear,
    "cosine_restarts": _restarts,
    "reduce_on_plateau": _plateau,
}
#: What each does, for the docstring.
SAYS: Mapping[str, str] = {
    "constant": "always the same",
    "cosine": "down along half a cosine",
    "one_cycle": "up, then down to nearly nothing",
    "step": "down by a factor every few epochs",
    "multi_step": "down by a factor after some epochs",
    "exponential": "down by a factor after every epoch",
    "polynomial": "down as a power of what is left",
    "linear": "down in a straight line",
    "cosine_restarts": "down along half a cosine, again and again",
    "reduce_on_plateau": "down by a factor whenever the loss stands still",
}


def scheduled(facts: Facts) -> bool:
    """Whether the rate changes at all."""
    return facts.settings.schedule != "constant" or bool(facts.settings.warmup)


def rate_call(facts: Facts) -> str:
    """The call that gives the rate of a step."""
    return f"rate_at({', '.join(_arguments(facts))})"


def _arguments(facts: Facts) -> list[str]:
    """What the rate depends on."""
    text = "\n".join(_body(facts))
    return [name for name in ("step", "n_steps", "n_batches", "n_falls") if _uses(text, name)]


def _uses(text: str, name: str) -> bool:
    given = name == "n_falls" and "n_falls = " in text
    return re.search(rf"\b{name}\b", text) is not None and not given


def rate_helpers(facts: Facts) -> dict[str, str]:
    """The function that gives the rate of a step, where it changes."""
    if facts.exact or not scheduled(facts):
        return {}
    lines = [
        f"def rate_at({', '.join(_arguments(facts))}):",
        f'    """The learning rate of a step: {SAYS[facts.settings.schedule]}."""',
        *(f"    {line}" for line in _body(facts)),
    ]
    return {"rate_at": "\n".join(lines)}


def _body(facts: Facts) -> list[str]:
    settings = facts.settings
    rate, warmup = literal(decided(settings.learning_rate)), settings.warmup or 0.0
    course = TEXTS[settings.schedule](settings)
    lines = list[str]()
    if warmup:
        lines.append(f"warmup = {literal(warmup)} * n_steps  # in these first steps it rises")
    if any("progress" in line for line in course):
        done = "max(step - warmup, 0) / (n_steps - warmup)" if warmup else "step / n_steps"
        lines.append(f"progress = {done}")
    lines += course
    if warmup:
        lines += ["if step < warmup:", f"    factor *= {_rise(settings)}"]
    return [*lines, f"return {rate} * factor"]


def _rise(settings: Settings) -> str:
    if settings.schedule == "one_cycle":
        return "1 / 25 + (1 - 1 / 25) * (1 - math.cos(math.pi * step / warmup)) / 2"
    return "min(1.0, (step + 1) / warmup)"
