"""What else every epoch gave: the watched metric, the learning rate, the gradient's length."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from goodfit.core.words import say
from goodfit.model.plots import style
from goodfit.model.plots.loss import FEW, WIDE, epoch_words, learns_in_epochs, mark_kept
from goodfit.model.report import Stopped, course

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from goodfit.model.fitted import FittedModel
    from goodfit.model.plots.plot import Rows


class EpochsReport(msgspec.Struct, frozen=True, kw_only=True):
    """One number an epoch.

    Args:
        what: ``metric``, ``learning_rate`` or ``gradient_length``.
        name: of the metric; what it is for the others.
        epoch: (epoch,) numbers from 1.
        values: (epoch,) None where it was not measured.
        kept_epoch: whose parameters the model has.
        n_epochs: that were planned.
        stopped: why the training ended.
    """

    what: str
    name: str
    epoch: tuple[int, ...]
    values: tuple[float | None, ...]
    kept_epoch: int
    n_epochs: int
    stopped: Stopped


def has_metric(model: FittedModel) -> bool:
    """Whether validation rows were scored after the epochs."""
    return learns_in_epochs(model) and any(v is not None for v in model.history.metric)


def has_gradients(model: FittedModel) -> bool:
    """Whether gradients were measured: a few epochs at least."""
    return sum(value is not None for value in model.history.gradient_length) > 1


def metric_report(model: FittedModel, rows: Rows | None = None) -> EpochsReport | None:
    """The metric of the validation rows after each epoch."""
    if not has_metric(model):
        return None
    return _report(model, "metric", model.answers.watched, model.history.metric)


def learning_rate_report(model: FittedModel, rows: Rows | None = None) -> EpochsReport | None:
    """The learning rate of the last step of each epoch, as it was."""
    if not learns_in_epochs(model):
        return None
    return _report(model, "learning_rate", model.settings.schedule, model.history.learning_rate)


def gradients_report(model: FittedModel, rows: Rows | None = None) -> EpochsReport | None:
    """The length of the gradient in the epochs that were looked at."""
    if not has_gradients(model):
        return None
    return _report(model, "gradient_length", "gradient_length", model.history.gradient_length)


def _report(
    model: FittedModel, what: str, name: str, values: Sequence[float | None]
) -> EpochsReport:
    went = course(model)
    return EpochsReport(
        what=what,
        name=name,
        epoch=tuple(range(1, len(values) + 1)),
        values=tuple(values),
        kept_epoch=went.kept_epoch,
        n_epochs=went.n_epochs,
        stopped=went.stopped,
    )


def draw_epochs(report: EpochsReport, axes: Axes) -> None:
    """A line through what was measured, and the epoch that is kept."""
    known = [(e, v) for e, v in zip(report.epoch, report.values, strict=True) if v is not None]
    epochs, values = zip(*known, strict=True)
    sparse = len(known) < len(report.epoch) or len(known) <= FEW
    line: dict[str, Any]
    if report.what == "metric":
        line = {**style.PART_LINES["validation"], "label": say("plots.part_validation", {})}
    else:
        line = {"color": style.INK, "linewidth": 1.8}
    axes.plot(epochs, values, marker="o" if sparse else None, markersize=3.5, **line)
    style.dress(axes)
    style.whole_numbers(axes.xaxis)
    if report.what != "learning_rate" and min(values) > 0 and max(values) / min(values) > WIDE:
        axes.set_yscale("log")
        style.plain_numbers(axes.yaxis)
    if report.what == "learning_rate":
        axes.set_ylim(bottom=0)
    mark_kept(axes, report.kept_epoch, done=len(report.epoch))
    names = {
        "metric": report.name,
        "learning_rate": say("plots.learning_rate_of", {"schedule": report.name}),
        "gradient_length": say("plots.gradient_length", {}),
    }
    style.name_axes(axes, x=epoch_words(report.stopped, report.n_epochs), y=names[report.what])
    style.legend(axes)
