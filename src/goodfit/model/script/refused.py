"""What cannot be written as a program, and what to do instead."""

from __future__ import annotations

import math

from goodfit.core.errors import GoodfitError
from goodfit.core.settings import decided
from goodfit.data.dates import ORDERS
from goodfit.model.script.facts import Facts
from goodfit.training.schedules import Course

# Rates that differ by less, as a share, are the same.
SAME_RATE = 1e-9


def check_scriptable(facts: Facts) -> None:
    """Refuse a model whose training a program could not repeat.

    Raises:
        GoodfitError: it says what stands in the way.
    """
    model, settings = facts.model, facts.settings
    if model.own:
        part, name = next(iter(model.own.items()))
        raise GoodfitError("script.own", part=part, name=name)
    if model.provenance.earlier:
        raise GoodfitError("script.going_on")
    if "model.stopped_early" in facts.remarks:
        raise GoodfitError("script.stopped")
    if settings.device in {"cuda", "mps"}:
        raise GoodfitError("script.device", device=settings.device)
    for name in ("sheet", "query"):
        if getattr(settings, name) is not None:
            raise GoodfitError("script.no_text_file", name=name)
    weighed = model.calibration is not None and "weights" in model.calibration.reasons
    if weighed and settings.weight is None:
        raise GoodfitError("script.weights_given")
    if facts.remarks & {"training.separable", "training.not_converged"}:
        raise GoodfitError("script.no_least_loss")
    _check_dates(facts)
    if not facts.exact and _rate_changed(facts):
        raise GoodfitError("script.rate_changed")


def _check_dates(facts: Facts) -> None:
    """Days before months in one column and after them in another cannot both be read."""
    forms = {column.date_form for column in facts.model.schema.features}
    if all(forms & names for names in ORDERS.values()):
        raise GoodfitError("script.two_date_orders")


def _rate_changed(facts: Facts) -> bool:
    """Whether somebody changed the learning rate while the training ran."""
    settings = facts.settings
    if settings.schedule == "reduce_on_plateau" or (facts.bagged and settings.group):
        return False  # the course depends on losses, or steps on the sizes of groups
    course = Course(settings, n_batches=facts.n_batches)
    for epoch, rate in enumerate(facts.model.history.learning_rate, 1):
        last = epoch * facts.n_batches
        last = last if settings.steps is None else min(last, settings.steps)
        planned = decided(settings.learning_rate) * course.factor(last - 1)
        if not math.isclose(rate, planned, rel_tol=SAME_RATE):
            return True
    return False
