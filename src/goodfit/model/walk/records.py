"""What a walk finds: numbers with their names, without words."""

from __future__ import annotations

from typing import Literal

import msgspec

from goodfit.core.remarks import Remark

#: A cell as the table has it; a date as its text.
Value = str | int | float | bool | None
Role = Literal["feature", "target", "left_out", "unknown"]
Shape = tuple[int, ...]


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """One cell of the row.

    Args:
        column: its name.
        value: as the table has it; None where it is missing.
        role: what the model makes of the column; ``unknown`` where it does not know it.
        kind: of the column: number, category, …; None where it is unknown.
    """

    column: str
    value: Value
    role: Role
    kind: str | None


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """One number that the network sees, and its name: ``x``, ``colour=red``."""

    name: str
    value: float


class Encoded(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of one column's cell.

    Args:
        column: its name.
        encoding: number, one_hot, embedding, ordinal, count, date or text.
        raw: the cell as it was read: a number, a word; None where it is missing.
        fill: the number that stands for a missing one; None where none was needed.
        scaling: name of the scaling of numbers; None without one.
        center: what is subtracted (the mean, of a standardised column).
        scale: what divides then (the standard deviation); 0 where all inputs are 0.
        inputs: dense inputs, each with its number.
        code: the code of the cell, for columns of codes.
        n_codes: how many there are.
        known: whether training rows had the cell's level; True for numbers.
    """

    column: str
    encoding: str
    raw: Value
    fill: float | None = None
    scaling: str | None = None
    center: float | None = None
    scale: float | None = None
    inputs: tuple[Input, ...] = ()
    code: int | None = None
    n_codes: int | None = None
    known: bool = True


class Layer(msgspec.Struct, frozen=True, kw_only=True):
    """One layer that the row went through.

    Args:
        name: of the part of the network: ``layers.0``.
        kind: what it is: ``Dense``, ``ReLU``, ``Lookup``.
        inputs: (input,) what it was given; ``outputs`` (output,) what it made of it.
        weight: (output, input), of small layers; ``bias`` (output,) likewise.
        parameters: names of its parameters.
        n_parameters: numbers in them.
    """

    name: str
    kind: str
    inputs: tuple[float, ...]
    outputs: tuple[float, ...]
    weight: tuple[tuple[float, ...], ...] | None = None
    bias: tuple[float, ...] | None = None
    parameters: tuple[str, ...] = ()
    n_parameters: int = 0


class Mixture(msgspec.Struct, frozen=True, kw_only=True):
    """How an ensemble's networks become one output, (output,) each.

    Args:
        fold: whose layers are shown, and ``member``, both counted from 1.
        n_folds: how many there are, and ``n_members`` in each.
        member_outputs: of the member that is shown.
        mean: of all members of all folds.
        share: what the mean is multiplied by.
        line: what the straight line beside the networks adds.
    """

    fold: int
    member: int
    n_folds: int
    n_members: int
    member_outputs: tuple[float, ...]
    mean: tuple[float, ...]
    share: float
    line: tuple[float, ...]


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """From outputs to the prediction.

    Args:
        targets: names of the columns to predict.
        outputs: (output,) of the network, before the link.
        link: its name: identity, sigmoid, softmax, …
        linked: (output,) after the link.
        center: of a target of numbers, what is added last; ``scale`` what multiplies first
            (that of the first target, of several).
        transform: what the target was before it was scaled: none, log or log1p.
        prediction: in the table's terms; of several targets one each.
        probabilities: of each class in the order of ``levels``; empty without them.
        levels: the classes as the table has them.
        model_says: ``model.predict`` of the row, in the model's own precision.
        difference: of both: absolute; of classes the largest of the probabilities (or margins).
        same: whether that is within rounding.
    """

    targets: tuple[str, ...]
    outputs: tuple[float, ...]
    link: str
    linked: tuple[float, ...]
    center: float | None
    scale: float | None
    transform: str | None
    prediction: tuple[Value, ...]
    probabilities: tuple[float, ...]
    levels: tuple[Value, ...]
    model_says: tuple[Value, ...]
    difference: float
    same: bool


class RowLoss(msgspec.Struct, frozen=True, kw_only=True):
    """The loss of the row alone.

    Args:
        loss: its name.
        target: the cell to predict; of several targets one each.
        trained_on: the same as the network is trained on: scaled, or 0 and 1, or the number
            of the class from 0.
        value: of the loss, without penalties; of an ensemble the mean of the fold's members.
    """

    loss: str
    target: tuple[Value, ...]
    trained_on: tuple[float, ...]
    value: float


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """One number of a parameter, and how the loss depends on it.

    Args:
        place: in the parameter, from 0.
        value: before the step; ``after`` it, None without one.
        back: its gradient by back-propagation.
        finite: by central differences of the loss.
        difference: of both, over the larger of them (or over a thousandth of the largest
            gradient of all, where both are smaller).
        kink: whether the loss has a corner here, so that its slope left and right of it differs.
    """

    place: Shape
    value: float
    back: float
    finite: float
    difference: float
    kink: bool
    after: float | None = None


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """One parameter: its gradient, checked, and its step.

    Args:
        name: as the network has it; ``shape`` likewise.
        n_numbers: in it.
        numbers: those that were checked; all of small parameters.
        gradient_length: of the whole gradient; ``step_length`` of the whole step, None without.
        largest_difference: of the numbers checked, kinks left out; None where none is left.
        n_kinks: of the numbers checked.
    """

    name: str
    shape: Shape
    n_numbers: int
    numbers: tuple[Number, ...]
    gradient_length: float
    step_length: float | None
    largest_difference: float | None
    n_kinks: int


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """The step that the model's optimizer takes from here, its memory empty.

    Args:
        optimizer: its name.
        learning_rate: that of the settings, before any schedule.
        schedule: the schedule that a training multiplies it by.
        also: settings that act on the step beside the gradient of the loss: weight_decay, l1, …
        loss_before: of the row, and ``loss_after`` the step.
    """

    optimizer: str
    learning_rate: float
    schedule: str
    also: dict[str, float]
    loss_before: float
    loss_after: float


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """A row's way through a model and back.

    Args:
        network: its family.
        row: its number, counted from 1.
        cells: as the table has them, in its order.
        encoded: what becomes of each feature.
        layers: the forward pass, in the order of computing.
        mixture: of an ensemble; None for others.
        answer: from outputs to prediction.
        loss: None where there is nothing to compare with.
        parameters: with gradients; empty without a loss.
        by_hand: whether the gradient is that of Goodfit's own backward pass, else autograd's.
        largest_difference: between the two gradients, kinks left out; None without a loss.
        n_checked: numbers whose gradient was checked, of ``n_parameters`` (of an ensemble those of
            the fold).
        n_kinks: of them, with a corner in the loss.
        step: None where none can be taken.
        resting: what a training step does and this walk does not: dropout, …
        remarks: why a part is missing.
    """

    network: str
    row: int
    cells: tuple[Cell, ...]
    encoded: tuple[Encoded, ...]
    layers: tuple[Layer, ...]
    mixture: Mixture | None
    answer: Answer
    loss: RowLoss | None
    parameters: tuple[Parameter, ...]
    by_hand: bool
    largest_difference: float | None
    n_checked: int
    n_parameters: int
    n_kinks: int
    step: Step | None
    resting: tuple[str, ...]
    remarks: tuple[Remark, ...]
