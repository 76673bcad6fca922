"""Every choice a person can make, in one place: typed, bounded, with a help line.

One flat namespace of unique names. The command line's options, the TOML file,
Python's keyword arguments, the estimators' parameters and ``docs/settings.md``
are derived from this class or tested against it. ``None`` (``auto`` in a
choice) means: decided by :func:`goodfit.model.recommended.recommended` from the
table's size and kinds; what was decided is stored in the model.
"""

from __future__ import annotations

from functools import cache
from typing import Annotated, Any, Literal, TypeVar, get_type_hints

import msgspec
from msgspec import Meta

from goodfit.core.settings.names import (
    ActivationName,
    DateLevelsName,
    EncodingName,
    InitializationName,
    LossName,
    MetricName,
    NetworkName,
    NormalizationName,
    OptimizerName,
    PreprocessingName,
    ScheduleName,
    TargetTransformName,
    Task,
)

_T = TypeVar("_T")
Share = Annotated[float, Meta(ge=0, lt=1)]
Positive = Annotated[float, Meta(gt=0)]
NotNegative = Annotated[float, Meta(ge=0)]
Count = Annotated[int, Meta(ge=1)]
ColumnName = Annotated[str, Meta(title="settings.kind_column")]
Duration = Annotated[float, Meta(gt=0, title="settings.kind_duration")]


def _help(text: str) -> Meta:
    return Meta(description=text)


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a person chooses for one fit. Make one with :func:`make_settings`, which checks it.

    >>> from goodfit.core.settings import make_settings
    >>> make_settings(network="linear", epochs=100).epochs
    100
    """

    # The table
    drop: Annotated[tuple[str, ...], _help("columns to leave out")] = ()
    number: Annotated[tuple[str, ...], _help("columns to read as numbers")] = ()
    category: Annotated[tuple[str, ...], _help("columns to read as categories")] = ()
    text: Annotated[tuple[str, ...], _help("columns to read as free text")] = ()
    weight: Annotated[
        ColumnName | None, _help("column of numbers that say how much each row counts (all alike)")
    ] = None
    task: Annotated[Literal["auto", Task], _help("what to predict: a number or a class")] = "auto"
    dates: Annotated[
        Literal["encode", "drop", "refuse"],
        _help("what to do with columns of dates: make numbers of them, leave them out, or stop"),
    ] = "encode"
    date_order: Annotated[
        Literal["auto", "day_first", "month_first"],
        _help("order of day and month in dates such as 03/04/2024 (found out where it can be)"),
    ] = "auto"
    delimiter: Annotated[
        Annotated[str, Meta(min_length=1, max_length=1)] | None,
        _help("character between the cells of a text file (found out)"),
    ] = None
    decimal: Annotated[
        Literal["auto", "point", "comma"], _help("decimal mark of a text file (found out)")
    ] = "auto"
    encoding: Annotated[str | None, _help("encoding of a text file (found out)")] = None
    header: Annotated[bool, _help("the first line names the columns; without, x0, x1, …")] = True
    skip_rows: Annotated[
        Annotated[int, Meta(ge=0)], _help("lines above the names or the first row to skip")
    ] = 0
    sheet: Annotated[str | None, _help("sheet of a workbook (the only one)")] = None
    query: Annotated[str | None, _help("SELECT to run in a database (its only table)")] = None
    missing: Annotated[
        tuple[str | int | float, ...], _help("what else stands for a missing cell, such as -999")
    ] = ()

    # Parts of the table
    split: Annotated[
        str,
        _help(
            "training:validation:test as ratios, or none to train on every row (6:2:2; under 50 "
            "rows none, scored by folds)"
        ),
    ] = "auto"
    group: Annotated[
        ColumnName | None, _help("column whose equal cells stay together in one part (none)")
    ] = None
    time: Annotated[
        ColumnName | None, _help("column of numbers or dates: the last rows test (none)")
    ] = None
    part: Annotated[
        ColumnName | None, _help("column of the words training, validation and test (none)")
    ] = None
    folds: Annotated[
        Annotated[int, Meta(ge=2, le=1000)] | None,
        _help("networks that are trained and scored on other rows each, before the model (none)"),
    ] = None
    repeats: Annotated[
        Annotated[int, Meta(ge=1, le=1000)] | None,
        _help("times that the rows are dealt into folds, each time otherwise (once)"),
    ] = None
    sample: Annotated[
        Count | None,
        _help("training rows to learn from, drawn by chance, and as large a share to watch (all)"),
    ] = None
    refit: Annotated[bool, _help("train once more on every row, after the scores are taken")] = (
        False
    )
    seed: Annotated[
        Annotated[int, Meta(ge=0, le=2**63 - 1)], _help("start of everything random")
    ] = 0

    # Preprocessing
    preprocessing: Annotated[
        Literal["auto", PreprocessingName], _help("how columns of numbers are scaled")
    ] = "auto"
    category_encoding: Annotated[
        Literal["auto", EncodingName], _help("how categories become numbers")
    ] = "auto"
    min_level_count: Annotated[
        Count,
        _help(
            "training rows that a category's level needs, or it is not named in the model and "
            "shares a level with others"
        ),
    ] = 1
    date_levels: Annotated[
        Literal["auto", DateLevelsName],
        _help(
            "whether a column of dates is one of levels too, each day being one (those of an "
            "ensemble of which days have ten rows and more)"
        ),
    ] = "auto"
    column: Annotated[
        dict[str, str] | None,
        _help(
            "what becomes of one column: a scaling, an encoding, number, category, date, text "
            "or drop (as all others)"
        ),
    ] = None
    target_transform: Annotated[
        TargetTransformName, _help("what is done to a target of numbers before it is scaled")
    ] = "none"
    target_scaling: Annotated[
        Literal["auto", "none", "unit_mean", "standardize"],
        _help("how a target of numbers is scaled"),
    ] = "auto"

    # Network
    network: Annotated[
        Literal["auto", NetworkName, "own"],
        _help("family of networks (ensemble; mlp if a setting is chosen that only it has)"),
    ] = "auto"
    widths: Annotated[
        Annotated[tuple[Annotated[int, Meta(ge=1, le=65536)], ...], Meta(max_length=64)] | None,
        _help("neurons of each hidden layer"),
    ] = None
    members: Annotated[
        Annotated[int, Meta(ge=1, le=256)] | None,
        _help("networks of an ensemble that share their weights, in each of its folds"),
    ] = None
    bag: Annotated[
        Annotated[int, Meta(ge=1, le=100)] | None,
        _help("folds of an ensemble, each trained without a part of the rows, which watches it"),
    ] = None
    wave_frequency: Annotated[
        Positive | None,
        _help(
            "how quickly the quickest waves turn that an ensemble makes of each number, at the "
            "start; the slowest are 40 times as slow"
        ),
    ] = None
    blocks: Annotated[
        Annotated[int, Meta(ge=1, le=64)], _help("residual blocks, one after the other")
    ] = 2
    block_width: Annotated[
        Annotated[int, Meta(ge=1, le=65536)], _help("numbers that each residual block passes on")
    ] = 128
    hidden_factor: Annotated[
        Annotated[float, Meta(gt=0, le=64)],
        _help("neurons within a residual block, in block widths"),
    ] = 2.0
    activation: Annotated[
        Literal[ActivationName, "own"], _help("activation of the hidden layers")
    ] = "relu"
    negative_slope: Annotated[Share, _help("slope of leaky_relu below zero")] = 0.01
    elu_alpha: Annotated[Positive, _help("how far below zero elu and celu reach")] = 1.0
    prelu_slopes: Annotated[
        Literal["layer", "neuron"], _help("what has a slope of its own below zero with prelu")
    ] = "layer"
    maxout_pieces: Annotated[
        Annotated[int, Meta(ge=2, le=64)], _help("sums of which a maxout neuron takes the largest")
    ] = 2
    normalization: Annotated[
        NormalizationName | None, _help("what keeps a layer's sums at mean 0 and variance 1")
    ] = None
    dropout: Annotated[Share | None, _help("share of hidden neurons switched off in a step")] = None
    residual_dropout: Annotated[
        Share, _help("share of what a residual block adds switched off in a step")
    ] = 0.0
    initialization: Annotated[InitializationName, _help("how the parameters start")] = (
        "torch_default"
    )

    # Loss
    loss: Annotated[
        Literal["auto", LossName, "own"], _help("the error that training makes small")
    ] = "auto"
    huber_delta: Annotated[Positive, _help("where Huber's loss turns from squared to absolute")] = (
        1.0
    )
    smooth_l1_beta: Annotated[Positive, _help("where smooth L1 turns from squared to absolute")] = (
        1.0
    )
    tolerance: Annotated[
        NotNegative, _help("difference that the epsilon-insensitive losses forgive")
    ] = 0.1
    quantile_levels: Annotated[
        Annotated[
            tuple[Annotated[float, Meta(gt=0, lt=1)], ...], Meta(min_length=1, max_length=99)
        ],
        _help("shares of rows that shall lie below each quantile, ascending"),
    ] = (0.1, 0.5, 0.9)
    tweedie_power: Annotated[
        Annotated[float, Meta(gt=1, lt=2)],
        _help("power of the mean that tweedie's variance grows with"),
    ] = 1.5
    focal_gamma: Annotated[
        NotNegative, _help("how little rows count for focal loss that are right already")
    ] = 2.0
    label_smoothing: Annotated[
        Share, _help("share of each row's class that cross-entropy spreads over all classes")
    ] = 0.0

    class_weight: Annotated[
        Literal["balanced"] | dict[str, Positive] | None,
        _help("how much each class counts in the loss, or balanced: all alike (as their rows)"),
    ] = None

    # Optimizer
    optimizer: Annotated[Literal[OptimizerName, "own"], _help("rule that steps the parameters")] = (
        "adamw"
    )
    learning_rate: Annotated[Positive | None, _help("length of a step")] = None
    momentum: Annotated[Share | None, _help("share of the last step kept (0; 0.95 for muon)")] = (
        None
    )
    nesterov: Annotated[bool | None, _help("look ahead along the momentum (off; on for muon)")] = (
        None
    )
    beta1: Annotated[Share, _help("memory of the mean gradient")] = 0.9
    beta2: Annotated[
        Share | None, _help("memory of the mean squared gradient (0.999; 0.95 for an ensemble)")
    ] = None
    epsilon: Annotated[
        Positive | None, _help("what keeps from dividing by zero (as in the optimizer's paper)")
    ] = None
    optimizer_options: Annotated[
        dict[str, bool | int | float | str] | None,
        _help("an option that this optimizer alone has, as often as wanted (none)"),
    ] = None
    weight_decay: Annotated[
        NotNegative | None,
        _help("share of each weight taken off a step, times learning rate; elsewhere l2"),
    ] = None
    l1: Annotated[NotNegative, _help("penalty on absolute weights, added to the loss")] = 0.0
    l2: Annotated[NotNegative, _help("penalty on half the squared weights, added to the loss")] = (
        0.0
    )
    gradient_clip: Annotated[Positive | None, _help("longest gradient a step may use (none)")] = (
        None
    )

    # Schedule
    schedule: Annotated[Literal["auto", ScheduleName], _help("course of the learning rate")] = (
        "auto"
    )
    warmup: Annotated[
        Share | None,
        _help("share of the steps in which the rate rises (0.1 for one_cycle, else 0)"),
    ] = None
    least_rate: Annotated[
        Annotated[float, Meta(ge=0, le=1)],
        _help("share of the learning rate that the schedule never goes below"),
    ] = 0.0
    decay_factor: Annotated[
        Annotated[float, Meta(gt=0, lt=1)] | None,
        _help("what the rate is multiplied by when it falls (0.1; exponential: to a 100th in all)"),
    ] = None
    decay_epochs: Annotated[
        Count | None, _help("epochs from one fall of the rate to the next (a third of all)")
    ] = None
    milestones: Annotated[
        tuple[Count, ...] | None,
        _help("epochs after which the rate falls (half and three quarters of all)"),
    ] = None
    decay_power: Annotated[Positive, _help("power of the polynomial that the rate follows")] = 2.0
    cycles: Annotated[Count, _help("times that the rate starts anew, the first included")] = 4
    cycle_growth: Annotated[
        Annotated[float, Meta(ge=1)], _help("how many times longer each cycle is than the last")
    ] = 2.0
    plateau_patience: Annotated[
        Count | None, _help("epochs without a better loss before the rate falls")
    ] = None

    # Course of training
    budget: Annotated[
        Duration | None,
        _help(
            "time that a fit may take, such as 30s, 10m or 2h: decides how much is trained (any)"
        ),
    ] = None
    epochs: Annotated[Count | None, _help("times that every training row is seen")] = None
    steps: Annotated[
        Count | None,
        _help("steps after which the training ends, though its epochs are not over (all)"),
    ] = None
    batch_size: Annotated[
        Count | Literal["full"] | None,
        _help("rows a step: a number, or full"),
    ] = None
    early_stopping: Annotated[
        Annotated[int, Meta(ge=0)] | None,
        _help("epochs without a better validation loss before stopping; 0 never stops"),
    ] = None
    start_patience: Annotated[
        Annotated[int, Meta(ge=0)] | None,
        _help(
            "the same while predictions are hardly better than a constant; 0 as early_stopping "
            "(0; of an ensemble without early_stopping all epochs)"
        ),
    ] = None
    min_improvement: Annotated[
        NotNegative, _help("how much less the validation loss must be to count as better")
    ] = 0.0
    keep: Annotated[
        Literal["auto", "best", "last"],
        _help("epoch whose parameters are kept (best if validation rows are watched)"),
    ] = "auto"
    weight_average: Annotated[
        Share | None,
        _help(
            "memory of the moving average of the parameters that is kept; 0 for none "
            "(none, but for an ensemble)"
        ),
    ] = None
    input_noise: Annotated[
        NotNegative, _help("standard deviation of noise on the scaled inputs of a step")
    ] = 0.0

    metric: Annotated[
        Literal["auto", MetricName],
        _help("what early stopping watches and the summary speaks of (the loss; rmse or log_loss)"),
    ] = "auto"
    strict: Annotated[
        bool, _help("make errors of findings that are no mere notes; before training if they can")
    ] = False

    # Predicted classes
    class_cost: Annotated[
        dict[str, Positive] | None,
        _help("what missing a row of a class costs: the least expected cost decides (none)"),
    ] = None
    threshold: Annotated[
        Annotated[float, Meta(ge=0, le=1)] | Literal["best"] | None,
        _help("probability of the second class that it is predicted from; best finds it (0.5)"),
    ] = None

    # Machine
    device: Annotated[Literal["auto", "cpu", "cuda", "mps"], _help("where to compute")] = "auto"
    precision: Annotated[
        Literal["auto", "float32", "float64"], _help("digits that training computes with")
    ] = "auto"
    # Beyond some thousands OpenMP ends the whole process.
    threads: Annotated[
        Annotated[int, Meta(ge=1, le=1024)] | None, _help("processor threads to use (all)")
    ] = None


#: Settings that say how one source is written; another source may be written otherwise.
READING = ("delimiter", "encoding", "header", "skip_rows", "sheet", "query")


@cache
def defaults() -> Settings:
    """The settings when nothing is said."""
    return Settings()


def decided(value: _T | None) -> _T:
    """The value of a setting once ``recommended`` has seen to it that it has one.

    >>> decided(0.1)
    0.1
    """
    assert value is not None
    return value


@cache
def field_types() -> dict[str, Any]:
    """Type of each setting, with its bounds and help line, by name."""
    return get_type_hints(Settings, include_extras=True)
