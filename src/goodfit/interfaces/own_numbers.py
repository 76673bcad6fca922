"""A model's own numbers for a concept: parts of a row's walk, and readings of the model."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from goodfit.core.settings import meaningful
from goodfit.core.words import say
from goodfit.interfaces.phrases import course_words, done_words, in_order, metric, network_words
from goodfit.interfaces.phrases import percent as per_cent
from goodfit.interfaces.typed import as_text
from goodfit.model.report import structure, summarize
from goodfit.model.walk.readings import (
    parts_of,
    rates_of,
    scalings_of,
    shapes_of,
    stopping_of,
    sureness_of,
)
from goodfit.model.walk.told import KINDS, Section, sections_of, short
from goodfit.training.batches import batch_borders

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel
    from goodfit.model.walk import Walk

# Rows of a table that a reader still looks at: epochs of a long training, columns, layers.
SHOWN = 12
Reading = Callable[["FittedModel"], Section | None]


def own_numbers(name: str, model: FittedModel, walk: Walk | None = None) -> tuple[Section, ...]:
    """What a model and, if one is at hand, the walk of one of its rows say of a concept.

    Args:
        name: of the concept.
        model: fitted.
        walk: of one row through it (``goodfit.model.walk``); without it the parts that need a
            row are left out.

    >>> import goodfit
    >>> table = {"x": [1, 2, 3, 4], "y": [3, 5, 7, 10]}
    >>> model = goodfit.fit(table, target="y", network="linear", epochs=5, split="none")
    >>> [section.name for section in own_numbers("learning-rate", model)]
    ['rates']
    """
    read = [reading(model) for reading in READINGS.get(name, ())]
    wanted = WALKED.get(name, ())
    walked = [] if walk is None else [one for one in sections_of(walk) if one.name in wanted]
    more = [_by_layer(walk)] if walk is not None and name == "vanishing-gradients" else []
    return tuple(section for section in (*read, *walked, *more) if section is not None)


def needs_row(name: str) -> bool:
    """Whether a row would show more of a concept than the model alone."""
    return bool(WALKED.get(name)) or name == "vanishing-gradients"


def _made(
    name: str,
    *sentences: str,
    head: Iterable[str] = (),
    rows: Iterable[Sequence[str]] = (),
) -> Section:
    """A section with the title that belongs to its name."""
    found = tuple(tuple(row) for row in rows)
    return Section(
        name=name,
        title=say(f"concepts.own_{name}", {}),
        sentences=tuple(sentence for sentence in sentences if sentence),
        head=tuple(say(f"concepts.head_{word}", {}) if word else "" for word in head)
        if found
        else (),
        rows=found,
    )


def _columns(model: FittedModel) -> Section:
    """The table's columns and what was made of them."""
    done = done_words(model.preprocessing)
    rows = [
        (
            column.name,
            say(f"cli.kind_{column.kind}", {}),
            done.get(column.name, say("cli.dropped", {})),
        )
        for column in model.schema.columns
    ]
    return _made("columns", head=("column", "kind", "done"), rows=_some(rows, 3))


def _scales(model: FittedModel) -> Section | None:
    """Center and scale of each column of numbers."""
    found = scalings_of(model)
    if not found:
        return None
    rows = [(one.column, one.scaling, short(one.center), short(one.scale)) for one in found]
    head = ("column", "scaling", "center", "scale")
    return _made("scales", say("concepts.own_scales_said", {}), head=head, rows=_some(rows, 4))


def _levels(model: FittedModel) -> Section | None:
    """Levels of each category, and what they become."""
    rows = [
        (column.name, found["encoding"], str(len(levels)), ", ".join(map(str, levels[:6])))
        for column in model.preprocessing.columns
        if (levels := (found := _plain(column)).get("levels"))
    ]
    head = ("column", "encoding", "count", "levels")
    said = "" if rows else say("concepts.own_levels_none", {})
    return _made("levels", said, head=head, rows=_some(rows, 4))


def _plain(column: Any) -> dict[str, Any]:
    import msgspec

    return msgspec.to_builtins(column)


def _structure(model: FittedModel) -> Section:
    """The layers with their shapes and parameters."""
    rows = [
        (
            say(KINDS[one.kind], {}) if one.kind in KINDS else one.kind,
            f"{one.n_inputs} → {one.n_outputs}",
            f"{one.n_parameters:,}",
        )
        for one in shapes_of(model)
    ]
    said = network_words(structure(model.network, model.settings), model)
    head = ("layer", "shape", "parameters")
    return _made("structure", _sentence(said), head=head, rows=_some(rows, 3))


def _parts(model: FittedModel) -> Section:
    """Rows of each part, and of a step."""
    found = parts_of(model)
    names = ("training", "validation", "test")
    counts = (found.n_training, found.n_validation, found.n_test)
    rows = [
        (say(f"concepts.part_{name}", {}), f"{count:,}")
        for name, count in zip(names, counts, strict=True)
        if count
    ]
    folds = max(found.bag, found.folds or 1)
    said = say("concepts.own_folds", {"count": folds}) if folds > 1 else ""
    return _made("parts", said, head=("part", "rows"), rows=rows)


def _batches(model: FittedModel) -> Section:
    """Rows a step, and steps an epoch."""
    found, size = parts_of(model), model.settings.batch_size
    if size is None:
        return _no_steps("batches", model)
    learning = found.n_training
    if found.bag > 1:  # each fold learns from all rows but its own part of them
        learning = learning * (found.bag - 1) // found.bag
    borders = batch_borders(learning, size)
    params = {"size": borders[0][1], "steps": len(borders), "count": learning}
    return _made("batches", say("concepts.own_batches_said", params))


def _no_steps(name: str, model: FittedModel) -> Section:
    """What an exact solution has instead of steps."""
    return _made(name, say("concepts.own_no_steps", {"optimizer": model.settings.optimizer}))


def _scores(model: FittedModel) -> Section | None:
    """The scores beside those of the baselines."""
    scores = model.scores
    if scores is None:
        return None
    figures = {"cli.this_model": scores.metrics}
    figures |= {f"cli.baseline_{name}": found for name, found in scores.baselines.items()}
    rows = tuple(
        (name, *(metric(name, those.get(name)) for those in figures.values()))
        for name in in_order(scores.metrics, first=scores.headline)
    )
    return Section(
        name="scores",
        title=say("concepts.own_scores", {}),
        sentences=(say(f"concepts.scored_{scores.part}", {}),),
        head=("", *(say(code, {}) for code in figures)),
        rows=rows,
    )


def _rates(model: FittedModel) -> Section:
    """The learning rate over the training."""
    found = rates_of(model)
    if found.learning_rate is None or not found.by_epoch:
        return _no_steps("rates", model)
    params = {"rate": short(found.learning_rate), "schedule": found.schedule}
    rows = [(str(i + 1), short(found.by_epoch[i])) for i in _spread(len(found.by_epoch))]
    said = say("concepts.own_rates_said", params)
    return _made("rates", said, head=("epoch", "rate"), rows=rows)


def _course(model: FittedModel) -> Section:
    """Losses over the epochs, and when it ended."""
    found = stopping_of(model)
    rows = [
        (
            say("concepts.kept", {"epoch": i + 1}) if i + 1 == found.kept_epoch else str(i + 1),
            short(found.train_loss[i]),
            short(found.valid_loss[i]),
        )
        for i in sorted({*_spread(len(found.train_loss)), found.kept_epoch - 1})
        if 0 <= i < len(found.train_loss)
    ]
    said = _sentence(course_words(summarize(model)))
    patience = say("concepts.own_patience", {"count": found.patience}) if found.patience else ""
    head = ("epoch", "training_loss", "validation_loss")
    return _made("course", said, patience, head=head, rows=rows)


def _choices(name: str, settings: Sequence[str]) -> Reading:
    """A reading of what was chosen, or decided, for some settings."""

    def read(model: FittedModel) -> Section:
        used = meaningful(model.settings)
        rows = [(one, as_text(used[one])) for one in settings if one in used]
        return _made(name, head=("setting", "value"), rows=rows)

    return read


def _gradients(model: FittedModel) -> Section | None:
    """How long the gradient was at some epochs."""
    lengths = model.history.gradient_length
    rows = [(str(i + 1), short(value)) for i, value in enumerate(lengths) if value is not None]
    if not rows:
        return _no_steps("gradients", model) if model.settings.learning_rate is None else None
    picked = [rows[i] for i in _spread(len(rows))]
    said = say("concepts.own_gradients_said", {})
    return _made("gradients", said, head=("epoch", "length"), rows=picked)


def _bins(model: FittedModel) -> Section:
    """Probabilities beside the shares that came true."""
    found = sureness_of(model).reliability
    if found is None:
        return _made("bins", say("concepts.own_bins_none", {}))
    rows = [
        (
            f"{one.low:.2g} – {one.high:.2g}",
            f"{one.n_rows:,}",
            short(one.confidence),
            short(one.right),
        )
        for one in found.bins
        if one.n_rows
    ]
    params = {"error": f"{found.error:.3f}", "chance": f"{found.chance:.3f}"}
    said = say("concepts.own_bins_said", params)
    return _made("bins", said, head=("bin", "rows", "probability", "came_true"), rows=rows)


def _coverage(model: FittedModel) -> Section:
    """What intervals promised, and what they covered."""
    found = sureness_of(model).coverage
    if not found:
        return _made("coverage", say("concepts.own_coverage_none", {}))
    rows = [
        (f"{one.level:g}", f"{per_cent(one.covered)} %", f"{one.n_rows:,}", short(one.width))
        for one in found
    ]
    return _made("coverage", head=("promised", "covered", "rows", "width"), rows=rows)


def _by_layer(walk: Walk) -> Section | None:
    """The gradient of a weight, on average, parameter by parameter from the first layer on."""
    rows = [
        (one.name, f"{one.gradient_length / math.sqrt(one.n_numbers):.2g}")
        for one in walk.parameters
        if len(one.shape) > 1
    ]
    if not rows:
        return None
    said = say("concepts.own_by_layer_said", {})
    return _made("by_layer", said, head=("parameter", "length"), rows=_some(rows, 2))


def _spread(count: int) -> list[int]:
    """Places of a long list that are shown: the first, the last, and some evenly between.

    >>> _spread(3), len(_spread(1000))
    ([0, 1, 2], 12)
    """
    if count <= SHOWN:
        return list(range(count))
    return sorted({round(i * (count - 1) / (SHOWN - 1)) for i in range(SHOWN)})


def _some(rows: Sequence[Sequence[str]], width: int) -> list[Sequence[str]]:
    """As many rows as one reads, and how many more there are."""
    if len(rows) <= SHOWN:
        return list(rows)
    more = say("walk.more", {"count": len(rows) - SHOWN + 1})
    return [*rows[: SHOWN - 1], (more, *[""] * (width - 1))]


def _sentence(phrase: str) -> str:
    """A phrase as a sentence of its own."""
    text = phrase.strip().rstrip(",，")
    if text.endswith((".", "。")):
        return text
    return text[:1].upper() + text[1:] + ("." if text.isascii() else say("concepts.stop", {}))


_optimizer = _choices(
    "optimizer", ("optimizer", "learning_rate", "momentum", "nesterov", "beta1", "beta2", "epsilon")
)
_held_back = _choices(
    "held_back",
    ("weight_decay", "l1", "l2", "dropout", "residual_dropout", "input_noise", "label_smoothing"),
)
_loss = _choices("loss", ("loss", "metric", "class_weight"))
_bend = _choices("bend", ("activation", "negative_slope", "maxout_pieces", "normalization"))
_start = _choices("start", ("initialization", "seed"))

#: What a model says of a concept, whatever the row.
READINGS: Mapping[str, tuple[Reading, ...]] = {
    "function-approximation": (_scores,),
    "model": (_structure,),
    "parameter": (_structure, _start),
    "dataframe": (_columns,),
    "shape": (_structure,),
    "training-validation-test": (_parts,),
    "normalization": (_scales,),
    "standardization": (_scales,),
    "one-hot": (_levels,),
    "layer": (_structure,),
    "activation": (_bend,),
    "loss": (_loss, _scores),
    "gradient": (_gradients,),
    "minimum": (_course, _gradients),
    "optimizer": (_optimizer,),
    "learning-rate": (_rates,),
    "batch": (_batches,),
    "epoch": (_course,),
    "vanishing-gradients": (_bend,),
    "underfitting": (_course, _scores),
    "overfitting": (_course, _scores),
    "regularization": (_held_back,),
    "early-stopping": (_course,),
    "calibration": (_bins,),
    "prediction-interval": (_coverage,),
}
#: Parts of a row's walk that show a concept.
WALKED: Mapping[str, tuple[str, ...]] = {
    "function-approximation": ("row", "answer"),
    "model": ("row", "answer"),
    "dataframe": ("row", "inputs"),
    "normalization": ("inputs",),
    "standardization": ("inputs",),
    "one-hot": ("inputs",),
    "shape": ("forward",),
    "layer": ("forward",),
    "activation": ("forward", "answer"),
    "forward-pass": ("row", "inputs", "forward", "answer", "missing"),
    "loss": ("answer", "loss", "missing"),
    "derivative": ("loss", "gradient", "missing"),
    "gradient": ("loss", "gradient", "missing"),
    "back-propagation": ("forward", "loss", "gradient", "missing"),
    "zeroing-gradients": ("gradient", "step", "missing"),
    "optimizer": ("loss", "gradient", "step", "missing"),
    "learning-rate": ("gradient", "step", "missing"),
}
