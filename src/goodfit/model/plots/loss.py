"""How the loss fell, epoch by epoch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from goodfit.core.words import say
from goodfit.model.plots import style
from goodfit.model.report import Stopped, course

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from goodfit.model.fitted import FittedModel
    from goodfit.model.plots.plot import Rows

# The largest loss over the smallest, from which on equal steps would hide the small ones.
WIDE = 8.0
# Epochs that get a dot each.
FEW = 3


class LossReport(msgspec.Struct, frozen=True, kw_only=True):
    """The losses of every epoch.

    Args:
        loss: its name; that of the objective, in the target's scaled units.
        epoch: (epoch,) numbers from 1.
        training: (epoch,) mean loss of the rows, each computed before the step that used it.
        validation: (epoch,) after it; empty without validation rows, None where not measured.
        learning_rate: (epoch,) of the last step.
        n_epochs: that were planned.
        kept_epoch: whose parameters the model has.
        stopped: why the training ended.
    """

    loss: str
    epoch: tuple[int, ...]
    training: tuple[float, ...]
    validation: tuple[float | None, ...]
    learning_rate: tuple[float, ...]
    n_epochs: int
    kept_epoch: int
    stopped: Stopped

    @property
    def logarithmic(self) -> bool:
        """Whether a logarithmic scale shows more: all losses above zero and far apart."""
        found = [value for value in (*self.training, *self.validation) if value is not None]
        return bool(found) and min(found) > 0 and max(found) / min(found) > WIDE


def learns_in_epochs(model: FittedModel) -> bool:
    """Whether there were epochs: the exact solution has none."""
    return bool(model.history.train_loss) and model.settings.optimizer != "exact"


def loss_report(model: FittedModel, rows: Rows | None = None) -> LossReport | None:
    """The losses of a model's training, from its history."""
    history, settings = model.history, model.settings
    if not learns_in_epochs(model):
        return None
    went = course(model)
    measured = any(value is not None for value in history.valid_loss)
    return LossReport(
        loss=settings.loss,
        epoch=tuple(range(1, went.epochs + 1)),
        training=tuple(history.train_loss),
        validation=tuple(history.valid_loss) if measured else (),
        learning_rate=tuple(history.learning_rate),
        n_epochs=went.n_epochs,
        kept_epoch=went.kept_epoch,
        stopped=went.stopped,
    )


def draw_loss(report: LossReport, axes: Axes) -> None:
    """Training and validation loss, the epoch that is kept, and the learning rate below."""
    marker = "o" if len(report.epoch) <= FEW else None
    for values, part in ((report.training, "training"), (report.validation, "validation")):
        if values:
            label = say(f"plots.part_{part}", {})
            line = style.PART_LINES[part]
            axes.plot(
                report.epoch,
                style.with_gaps(values),
                marker=marker,
                markersize=4,
                label=label,
                **line,
            )
    style.dress(axes)
    if report.logarithmic:
        axes.set_yscale("log")
        style.plain_numbers(axes.yaxis)
    mark_kept(axes, report.kept_epoch, done=len(report.epoch))
    name = say("plots.loss_of", {"loss": report.loss})
    style.name_axes(axes, y=name)
    style.legend(axes)
    _rates_below(report, axes)


def mark_kept(axes: Axes, kept: int, *, done: int) -> None:
    """A line at the epoch that is kept, of so many."""
    said = say("plots.kept_epoch", {"epoch": kept})
    axes.axvline(kept, color=style.MUTED, linewidth=1, linestyle=(0, (1, 1.5)), label=said)
    margin = 0.02 * max(done - 1, 1)
    axes.set_xlim(1 - margin, done + margin)


def epoch_words(stopped: Stopped, n_epochs: int) -> str:
    """What stands below epochs: why they ended, if earlier than planned."""
    return say(f"plots.epoch_{stopped}", {"n_epochs": n_epochs})


def _rates_below(report: LossReport, axes: Axes) -> None:
    """A small panel under the axes."""
    axes.tick_params(labelbottom=False)
    below = axes.inset_axes((0, -0.36, 1, 0.26), sharex=axes)
    below.plot(report.epoch, report.learning_rate, color=style.MUTED, linewidth=1.4)
    style.dress(below)
    style.whole_numbers(below.xaxis)
    below.set_ylim(0, 1.08 * max(report.learning_rate) or 1)
    below.set_yticks([0, max(report.learning_rate)])
    below.yaxis.set_major_formatter(lambda value, _: style.number(value, 2))
    below.tick_params(labelbottom=True)
    style.name_axes(below, x=epoch_words(report.stopped, report.n_epochs))
    name = say("plots.learning_rate", {})
    style.write(below, 0, 1.06, name, transform=below.transAxes, color=style.MUTED)
