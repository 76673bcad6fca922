"""Defaults that depend on the table: one function, each rule with its reason."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import msgspec

from goodfit.core.errors import GoodfitError
from goodfit.core.settings import (
    BELONGS_TO,
    UNSCHEDULED,
    NetworkName,
    Settings,
    Task,
    decided,
    defaults,
)
from goodfit.model.refused import check_loss, check_transform, check_watched
from goodfit.training.losses import kinds
from goodfit.training.objectives import DEFAULT_LOSS
from goodfit.training.optimizer import chosen_options, setting
from goodfit.training.optimizers import optimizer_kind

# Up to this many rows double precision costs nothing one would notice and spares rounding.
DOUBLE_PRECISION_ROWS = 2_000
# The networks that are chains of layers of ours.
LAYERED = frozenset({"mlp", "resnet"})
# A training sees about this many batches in all, whatever the table's size.
STEPS = 6_000
# Without rows to watch, a network stops this many times sooner, before it knows its rows by
# heart: log-loss of titanic with 150 rows falls from 1.47 to 0.54 (LOG.md, 2026-11-24).
UNWATCHED = {"regression": 3, "binary": 8, "multiclass": 8}
#: Settings that an ensemble has no use of: who chooses one means a multilayer perceptron.
MLP_ONLY = ("widths", "activation", "normalization", "dropout", "initialization", "optimizer")
# Fewer cannot be divided among folds that learn something.
FEWEST_ENSEMBLE_ROWS = 10
# Up to this many rows more folds, of smaller networks: as good for a quarter of the time.
FEW_ROWS = 1_500
#: Folds of an ensemble by rows; one network, watched by a part of the rows, beyond.
BAGS: tuple[tuple[float, int], ...] = ((FEW_ROWS, 8), (30_000, 5), (math.inf, 1))
#: Targets of numbers have edges that slow waves take many epochs to learn; probabilities of
#: classes are smooth, and quick waves learn their noise (LOG.md, 2026-11-25).
WAVE_FREQUENCIES: Mapping[Task, float] = {"regression": 4.0, "binary": 0.2, "multiclass": 0.2}
# Learning rates of a network with hidden layers and of a linear one.
# SGD's step is in the gradient's units, Adam's in the parameters' own.
LEARNING_RATES: Mapping[str, tuple[float, float]] = {
    "sgd": (0.01, 0.01),
    "adam": (3e-3, 1e-2),
    "adamw": (3e-3, 1e-2),
    "adagrad": (0.03, 0.1),
    "adadelta": (1.0, 1.0),
    "rmsprop": (1e-3, 3e-3),
    "nadam": (3e-3, 1e-2),
    "radam": (3e-3, 1e-2),
    "adamax": (3e-3, 1e-2),
    "asgd": (0.01, 0.01),
    "rprop": (3e-3, 1e-2),
    "adafactor": (0.03, 0.03),
    "muon": (3e-3, 1e-2),
    "lbfgs": (1.0, 1.0),
    "schedule_free_adamw": (1e-2, 3e-2),
}
# The ensemble's own: its members' gradients are means over several networks.
ENSEMBLE_RATE: Mapping[str, float] = {"adamw": 6e-3}
# Planned for up to 1,000 rows, fewer for more; few rows stop after some 13 to 30 of them.
ENSEMBLE_EPOCHS = 72
# Epochs without a better one. Of folds all rows watch: what 6 finds and 4 does not is a
# thousandth of the error, for a tenth of the time. Of a single network a part of them does, which
# jumps about more: with 4 a forecast of bicycles lent lost a twentieth (LOG.md, 2026-11-25).
FOLDS_PATIENCE, ENSEMBLE_PATIENCE = 5, 6
# Rows of a batch, over the root of those that train.
ENSEMBLE_BATCH = 1.5
# Those whose decay is apart from the gradient, as AdamW's.
DECAYING = frozenset({"adamw", "muon", "schedule_free_adamw"})


def recommended(
    settings: Settings,
    *,
    task: Task,
    n_rows: int,
    n_watching: int,
    dense_only: bool = False,
    foldable: bool = True,
) -> Settings:
    """The settings with every open choice decided.

    Args:
        settings: what the person chose.
        task: what is predicted.
        n_rows: training rows. Their weights have no unit, so that they say nothing about size.
        n_watching: validation rows.
        dense_only: whether the network sees numbers alone, no codes of categories.
        foldable: whether any row may be kept out: not where time or a column parts them.

    Raises:
        GoodfitError: if early stopping is asked for without rows to watch, the scaling of a
            target of classes, an option that the optimizer does not have, or batch
            normalisation of batches of one row.

    >>> from goodfit.core.settings import make_settings
    >>> recommended(make_settings(), task="binary", n_rows=10_000, n_watching=9).network
    'ensemble'
    """
    if settings.network == "auto":
        settings = msgspec.structs.replace(
            settings, network=_network(settings, n_rows + n_watching)
        )
    linear, exact = settings.network == "linear", settings.optimizer == "exact"
    chosen: dict[str, object] = {}
    if settings.network == "ensemble":
        n_learning = n_rows + n_watching
        chosen |= _ensemble(settings, task=task, n_rows=n_learning, foldable=foldable)
        settings = msgspec.structs.replace(settings, **chosen)
        bag = decided(settings.bag)
        if bag > 1:  # each fold learns from all rows but its own part of them
            n_rows, n_watching = n_learning * (bag - 1) // bag, n_learning
    validated = n_watching > 0
    loss = DEFAULT_LOSS[task] if settings.loss == "auto" else settings.loss
    chosen["loss"] = loss
    check_loss(settings, loss=loss, task=task)
    check_transform(settings, loss=loss, task=task)
    if settings.preprocessing == "auto":
        # Coefficients in the table's units need scaling that is affine; a deeper network
        # gains from the clipped tails (arXiv 2407.04491, table B.1).
        # An ensemble bends them itself, by what each fold's own rows say.
        affine = linear or settings.network == "ensemble"
        chosen["preprocessing"] = "standardize" if affine else "robust"
    scaled = chosen.get("preprocessing", settings.preprocessing) != "none"
    if settings.target_scaling == "auto":
        chosen["target_scaling"] = _target_scaling(loss, scaled=scaled and not exact)
    if settings.precision == "auto":
        # Apple's graphics processors know no double precision.
        few = n_rows <= DOUBLE_PRECISION_ROWS and settings.network != "ensemble"
        double = exact or (few and settings.device != "mps")
        chosen["precision"] = "float64" if double else "float32"
    kind = optimizer_kind(settings)
    if kind is not None:
        chosen_options(kind, settings)  # refuses what is none
    if settings.network == "mlp":
        chosen["widths"] = settings.widths if settings.widths is not None else (128, 128)
    if dense_only and settings.category_encoding == "auto":
        chosen["category_encoding"] = "one_hot"
    if settings.date_levels == "auto":
        # An ensemble's folds say whether its embeddings learn days by heart; a line has
        # coefficients enough.
        levels = settings.network == "ensemble" and not dense_only
        chosen["date_levels"] = "day" if levels else "none"
    if settings.network in LAYERED:
        # Small tables are learnt by heart without it; a line search needs a loss that stays.
        usual = 0.0 if settings.optimizer == "lbfgs" else 0.1
        chosen["dropout"] = settings.dropout if settings.dropout is not None else usual
    course = _course(settings, task=task, n_rows=n_rows, validated=validated)
    if settings.network in LAYERED:
        single = n_rows == 1 or course.get("batch_size") == 1
        chosen["normalization"] = _normalization(settings, single=single)
    return msgspec.structs.replace(settings, **chosen, **course)


def _network(settings: Settings, n_rows: int) -> NetworkName:
    """The family, where nobody names one."""
    usual = defaults()
    of_mlp = [name for name in MLP_ONLY if getattr(settings, name) != getattr(usual, name)]
    return "mlp" if of_mlp or n_rows < FEWEST_ENSEMBLE_ROWS else "ensemble"


def _ensemble(settings: Settings, *, task: Task, n_rows: int, foldable: bool) -> dict[str, Any]:
    """Folds and members of an ensemble, and what its training takes where nobody says."""
    bag = settings.bag or (bag_of(n_rows) if foldable else 1)
    if bag > 1 and not foldable:
        raise GoodfitError(
            "settings.not_of_choice",
            name="bag",
            choice="rows that time or a column divides",
            owner="rows that are divided by chance or group",
        )
    few = n_rows <= FEW_ROWS
    found: dict[str, Any] = {"bag": bag}
    found["widths"] = settings.widths or ((64, 64) if few else (128, 128))
    # Five folds of three cost what four of four do, and err by a hundredth less (LOG.md).
    found["members"] = settings.members or (2 if few else 3 if bag > 1 else 8)
    found["wave_frequency"] = settings.wave_frequency or WAVE_FREQUENCIES[task]
    if settings.beta2 is None and settings.optimizer in BELONGS_TO["beta2"][1]:
        found["beta2"] = 0.95  # arXiv 2407.04491, table B.1
    if settings.weight_average is None and settings.optimizer in BELONGS_TO["weight_average"][1]:
        found["weight_average"] = 0.98
    return found


def bag_of(n_rows: int) -> int:
    """Folds of an ensemble: more where rows are few, and each that is kept out is missed.

    >>> bag_of(300), bag_of(10_000), bag_of(300_000)
    (8, 5, 1)
    """
    return next(folds for most, folds in BAGS if n_rows <= most)


def _normalization(settings: Settings, *, single: bool) -> str:
    """Of the sums of hidden layers; ``single`` where batches have one row."""
    if settings.normalization == "batch" and single:
        raise GoodfitError("networks.batch_of_one_row")
    if settings.normalization is None and settings.network == "resnet":
        # As its paper has it: many blocks that add up would grow without it.
        return "layer" if single else "batch"
    return settings.normalization or "none"


def _target_scaling(loss: str, *, scaled: bool) -> str:
    """How the target is scaled for a loss, where nobody says."""
    rule = kinds(loss)[0].target_rule
    if rule == "factor":
        # Steps then have the target's size; under a logarithmic link 0 predicts the mean.
        return "unit_mean"
    return "standardize" if scaled and rule != "as_is" else "none"


def _course(settings: Settings, *, task: Task, n_rows: int, validated: bool) -> dict[str, object]:
    """Batches, epochs, learning rate and when to stop."""
    kind = optimizer_kind(settings)
    if kind is None:
        return {}
    check_watched(settings, validated=validated)
    batch_size = settings.batch_size
    if batch_size is None and kind.full_batch:
        batch_size = "full"
    ensemble = settings.network == "ensemble"
    if batch_size is None and ensemble:
        root = ENSEMBLE_BATCH * math.sqrt(n_rows)
        batch_size = 2 ** round(math.log2(min(max(root, 32), 2048)))
    if batch_size is None:
        # A power of two near the root of the rows: noise that helps, products that are not tiny.
        batch_size = 2 ** round(math.log2(min(max(1.5 * math.sqrt(n_rows), 16), 1024)))
    n_batches = 1 if batch_size == "full" else max(1, round(n_rows / int(batch_size)))
    deep = settings.network != "linear"
    epochs = min(max(round(STEPS / n_batches), 10), 200)
    if ensemble:
        epochs = round(min(max(ENSEMBLE_EPOCHS * (1000 / n_rows) ** 0.45, 4), ENSEMBLE_EPOCHS))
    if deep and not validated:
        epochs = max(epochs // UNWATCHED[task], 10)
    epochs = settings.epochs or epochs
    patience, start = _patience(settings, epochs=epochs, validated=validated)
    # An own optimizer brings its rate (see ``goodfit.model.fit.start``).
    rates = LEARNING_RATES.get(settings.optimizer)
    rate = None if rates is None else rates[0 if deep else 1]
    if ensemble:
        rate = ENSEMBLE_RATE.get(settings.optimizer, rate)
    weight_decay = settings.weight_decay
    if weight_decay is None and settings.optimizer in BELONGS_TO["weight_decay"][1]:
        weight_decay = 0.02 if settings.optimizer in DECAYING and deep else 0.0
    keep = "best" if validated and patience else "last"
    return {
        "batch_size": batch_size,
        "epochs": epochs,
        "early_stopping": patience,
        "start_patience": start,
        "keep": keep if settings.keep == "auto" else settings.keep,
        "learning_rate": settings.learning_rate or rate,
        "weight_decay": weight_decay,
        **{name: setting(kind, settings, name) for name in kind.defaults},
        **_schedule(settings, epochs=epochs, patience=patience),
    }


def _patience(settings: Settings, *, epochs: int, validated: bool) -> tuple[int, int]:
    """Epochs without a better one before it stops, and the same before anything is learnt."""
    patience, start = settings.early_stopping, settings.start_patience
    if patience is None:
        ensemble, folds = settings.network == "ensemble", settings.bag or 1
        usual = FOLDS_PATIENCE if folds > 1 else ENSEMBLE_PATIENCE
        # A metric that counts right answers may stand still, or be lucky at the start.
        smooth = ensemble and settings.metric == "auto"
        patience = (usual if smooth else max(10, epochs // 4)) if validated else 0
        # What only columns together tell (the exclusive or, a chessboard) is found after epochs
        # that learn nothing (LOG.md, 2026-11-25).
        if start is None and smooth and validated:
            start = epochs
    return patience, start or patience


def _schedule(settings: Settings, *, epochs: int, patience: int) -> dict[str, object]:
    """The course of the learning rate."""
    schedule = settings.schedule
    if schedule == "auto":
        # Plain descent is what people study: it does what its learning rate says.
        plain = settings.optimizer in UNSCHEDULED | {"sgd", "asgd", "own"}
        schedule = "constant" if plain else "one_cycle"
    found: dict[str, object] = {"schedule": schedule, "warmup": settings.warmup}
    if settings.warmup is None and settings.optimizer in BELONGS_TO["warmup"][1]:
        # Schedule-free steps are as long at the start as later: a short rise spares it.
        free = settings.optimizer == "schedule_free_adamw"
        found["warmup"] = 0.1 if schedule == "one_cycle" else 0.05 if free else 0.0
    if schedule in {"step", "multi_step", "exponential", "reduce_on_plateau"}:
        # A tenth is torch's; every epoch, such as ends at a hundredth.
        usual = 0.01 ** (1 / epochs) if schedule == "exponential" else 0.1
        found["decay_factor"] = settings.decay_factor or usual
    if schedule == "step":
        found["decay_epochs"] = settings.decay_epochs or max(1, round(epochs / 3))
    if schedule == "multi_step":
        halfway = tuple(sorted({max(1, epochs // 2), max(1, 3 * epochs // 4)}))
        found["milestones"] = settings.milestones or halfway
    if schedule == "reduce_on_plateau":
        # The rate must have fallen, and shown what it does, before early stopping ends it all.
        usual_patience = max(1, (patience or epochs // 4) // 3)
        found["plateau_patience"] = settings.plateau_patience or usual_patience
    return found
