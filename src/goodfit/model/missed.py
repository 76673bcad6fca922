"""A network that misses what a straight line finds, by its scores and those of the baselines."""

from __future__ import annotations

from dataclasses import dataclass

from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.model.records import Scores
from goodfit.scoring.metrics import METRICS

# A line that is hardly better than a constant finds nothing to miss.
FOUND = 0.1
# Share of what the line finds beyond the constant that a network may miss, and how many standard
# errors it must be behind the line: less is a table that is straight, or chance.
MISSED, SURE = 0.5, 3.0
# A loss on new rows so many times that on the rows learnt from is one of rows learnt by heart.
BY_HEART = 2.0


@dataclass(frozen=True)
class Missed:
    """By which metric a network is worse than a straight line, and the values of both."""

    metric: str
    value: float
    line: float

    def as_remark(self, learnt: float, new: float) -> Remark:
        """The finding.

        Args:
            learnt: the loss on rows that the network learnt from.
            new: the loss on test rows.
        """
        params = {"metric": self.metric, "value": _short(self.value), "line": _short(self.line)}
        if new > BY_HEART * learnt:
            losses = {"train_loss": _short(learnt), "valid_loss": _short(new)}
            return finding("model.learnt_by_heart", params | losses)
        return finding("model.underfitted", params)


def missed_by(scores: Scores) -> Missed | None:
    """What a network misses, if it does.

    >>> baselines = {"mean": {"rmse": 10.0}, "ridge": {"rmse": 4.0}}
    >>> made = Scores(part="test", metrics={"rmse": 9.5}, baselines=baselines,
    ...               against_linear=None, headline="rmse")
    >>> missed_by(made)
    Missed(metric='rmse', value=9.5, line=4.0)
    """
    constant, line = (
        next((scores.baselines[name] for name in names if name in scores.baselines), None)
        for names in (("mean", "majority"), ("ridge", "logistic"))
    )
    name = scores.headline
    if name is None or constant is None or line is None:
        return None
    found = [figures.get(name) for figures in (scores.metrics, constant, line)]
    if any(value is None for value in found):
        return None
    better = METRICS[name].better
    network, none, straight = (better(value) for value in found if value is not None)
    usable = none - straight > FOUND * max(abs(none), abs(straight))
    difference, error = scores.against_linear or (1.0, 0.0)  # none where it has no number
    sure = difference > SURE * error
    if usable and sure and network - straight > MISSED * (none - straight):
        value, _, of_line = found
        assert value is not None
        assert of_line is not None
        return Missed(name, value, of_line)
    return None


def _short(value: float) -> float:
    return float(f"{value:.4g}")
