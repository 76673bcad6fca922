"""How a report begins: what it is of, the sentence that matters, the scores beside baselines."""

from __future__ import annotations

from typing import TYPE_CHECKING

from goodfit.core.words import say, together
from goodfit.interfaces.pages.elements import Html, h, named
from goodfit.interfaces.pages.frame import table
from goodfit.interfaces.pages.told import quoted, told
from goodfit.interfaces.phrases import (
    BASELINES,
    in_order,
    metric,
    percent,
    short,
    spread_words,
    telling_folds,
    worded,
)
from goodfit.scoring.metrics import METRICS

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel
    from goodfit.model.records import Coverage
    from goodfit.model.report import Summary

#: The level of intervals or sets that a summary speaks of.
USUAL_LEVEL = 0.9


def masthead(model: FittedModel, found: Summary, name: str | None) -> Html:
    """Whose page it is, and of what.

    Args:
        model: fitted.
        found: its summary.
        name: of the table; None where none is at hand.
    """
    targets = ", ".join(target.name for target in found.targets)
    facts = {"n_rows": found.n_rows, "n_columns": found.n_columns}
    chips = [
        *([named(name)] if name else []),
        say("page.size", facts),
        say(f"page.task_{found.targets[0].task}", {}),
        say("page.n_parameters", {"count": found.structure.n_parameters}),
    ]
    return h.div(
        h.p(told("page.wordmark", {"name": h.b("Goodfit")}), class_="wordmark"),
        h.h1(told("page.title", {"target": named(targets, 80)})),
        h.ul((h.li(chip, class_="chip") for chip in chips), class_="chips"),
    )


def headline(found: Summary) -> Html:
    """The sentence that matters, its interval, and whether the network is worth it."""
    return h.div(
        [h.p(sentence, class_="sentence") for sentence in _sentences(found)],
        [h.p(sentence, class_="verdict") for sentence in _sureness(found)],
        h.p(say(found.verdict.code, worded(found.verdict.params)), class_="verdict"),
        class_="card headline",
    )


def _sentences(found: Summary) -> list[Html]:
    """How good the model is, in figures that need no explanation where there are some."""
    if found.part is None:
        return []
    n_rows = found.n_test if found.part == "test" else found.n_training
    if found.part == "kept_out" and found.folds is not None and found.folds.n_rows:
        n_rows = found.folds.n_rows
    params = {"count": n_rows, "target": quoted(found.targets[0].name)}
    constant = found.baselines.get("mean") or found.baselines.get("majority") or {}
    error, guess = found.metrics.get("mae"), constant.get("mae")
    if error is not None and guess is not None and not found.by_target:
        params |= {"score": h.b(short(error)), "constant": short(guess)}
        return [told(f"page.off_{found.part}", params)]
    right, most = found.metrics.get("accuracy"), constant.get("accuracy")
    if right is not None and most is not None:
        params |= {"score": h.b(percent(right)), "constant": percent(most)}
        return [told(f"page.right_{found.part}", params)]
    return []


def _sureness(found: Summary) -> list[str]:
    """The headline metric, and where it would lie for other rows."""
    name = found.headline
    score = found.metrics.get(name or "")
    if name is None or score is None:
        return []
    params = {"metric": name, "score": metric(name, score)}
    if found.interval is None:
        return [say("page.headline", params)]
    low, high = (metric(name, end) for end in found.interval)
    return [say("page.headline_interval", {**params, "low": low, "high": high})]


def scores(model: FittedModel, found: Summary) -> list[Html]:
    """The model beside its baselines: the headline as bars, every metric as a table."""
    if not found.metrics:
        return []
    cards = [_bars(found), _score_table(found)]
    if found.by_target:
        cards.append(_target_table(found))
    usual = [one for one in found.coverage if abs(one.level - USUAL_LEVEL) < 1e-9]
    return [
        h.div((card for card in cards if card), class_="two"),
        *(h.p(covered(one, classes=bool(found.targets[0].levels))) for one in usual),
    ]


def covered(one: Coverage, *, classes: bool) -> str:
    """What intervals or sets promise, and what was measured of it."""
    params = {
        "level": percent(one.level),
        "covered": percent(one.covered),
        "spread": percent(one.spread),
        "n_rows": one.n_rows,
    }
    return say("page.covered_sets" if classes else "page.covered_intervals", params)


def _bars(found: Summary) -> Html | None:
    """The headline metric of the model and of each baseline as bars."""
    name = found.headline
    figures = {"": found.metrics, **{one: found.baselines[one] for one in _baselines(found)}}
    values = {one: figure.get(name or "") for one, figure in figures.items()}
    known = [abs(value) for value in values.values() if value is not None]
    if name is None or not known or not max(known) or values[""] is None:
        return None
    longest = max([*known, *(abs(end) for end in found.interval or ())])
    better = "page.longer_is_better" if METRICS[name].larger else "page.shorter_is_better"
    rows = [
        [
            say(f"cli.baseline_{one}", {}) if one else say("cli.this_model", {}),
            _bar(value, longest, None if one else found.interval, ours=not one),
            metric(name, value),
        ]
        for one, value in values.items()
    ]
    heads = ("", say("page.bar", {}), name)
    caption = together([say("page.compared_on", {"metric": name}), say(better, {})])
    return h.div(
        h.h3(say("page.compared", {})),
        table(caption, heads, rows, class_="comparison", numbers=(2,)),
        class_="card",
    )


def _bar(
    value: float | None, longest: float, interval: tuple[float, float] | None, *, ours: bool
) -> Html:
    """One bar, and over that of the model where it would lie for other rows."""
    share = 100 * max(value or 0.0, 0.0) / longest
    look = "bar ours" if ours else "bar"
    whisker = None
    if interval is not None:
        low, high = (100 * max(end, 0.0) / longest for end in interval)
        place = f"left:{low:.2f}%;width:{max(high - low, 0.5):.2f}%"
        whisker = h.span(class_="whisker", style=place)
    return h.div(h.span(class_=look, style=f"width:{share:.2f}%"), whisker, class_="track")


def _baselines(found: Summary) -> list[str]:
    return [one for one in BASELINES if one in found.baselines]


def _score_table(found: Summary) -> Html:
    """Every metric of the model and the baselines."""
    heads = [
        say("page.metric", {}),
        say("cli.this_model", {}),
        *(say(f"cli.baseline_{one}", {}) for one in _baselines(found)),
    ]
    folds = telling_folds(found.folds, found.part)
    if folds:
        heads.append(say("cli.over_folds", {"count": len(folds.by_fold)}))
    rows = [
        [
            name,
            metric(name, found.metrics[name]),
            *(metric(name, found.baselines[one].get(name)) for one in _baselines(found)),
            *([spread_words(name, folds)] if folds else []),
        ]
        for name in in_order(found.metrics, first=found.headline)
    ]
    caption = say("page.scores_of", {"rows": say(f"cli.scored_{found.part}", {})})
    return h.div(
        h.h3(say("page.scores", {})), table(caption, heads, rows, class_="figures"), class_="card"
    )


def _target_table(found: Summary) -> Html:
    """The metrics of each of several targets, of which the others are means."""
    names = in_order(found.metrics, first=found.headline)
    rows = [
        [named(target), *(metric(name, figures.get(name)) for name in names)]
        for target, figures in found.by_target.items()
    ]
    heads = [say("page.target", {}), *names]
    return h.div(
        h.h3(say("page.of_each_target", {})),
        table(say("page.means_above", {}), heads, rows, class_="figures"),
        class_="card wide",
    )
