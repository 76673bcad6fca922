"""What a linear model adds up, in the table's units."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from goodfit.preprocessing.dates import DateColumn
from goodfit.preprocessing.layout import distinct
from goodfit.preprocessing.numbers import NumberColumn
from goodfit.preprocessing.preprocessing import INTERCEPT, Preprocessing

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel
    from goodfit.model.reports.rows import Rows


class Coefficient(msgspec.Struct, frozen=True, kw_only=True):
    """One number of a linear model.

    Args:
        name: of the column, or of its level (``colour=red``).
        value: what a cell is multiplied by, or what a level adds.
        step: of a number: the usual distance of a cell from the middle, as it was scaled by (one
            standard deviation with ``standardize``); None of levels, which are there or not.
        effect: of one such step, or of the level: these can be compared.
    """

    name: str
    value: float
    step: float | None
    effect: float


class LinearOutput(msgspec.Struct, frozen=True, kw_only=True):
    """The coefficients of one output.

    Args:
        output: the target, the class or the quantile; None where there is only one.
        intercept: where all else is 0.
        coefficients: in the table's order.
    """

    output: str | None
    intercept: float
    coefficients: tuple[Coefficient, ...]


class CoefficientsReport(msgspec.Struct, frozen=True, kw_only=True):
    """A linear model in the table's units.

    Args:
        link: what the sum goes through: ``identity``, ``log``, ``sigmoid`` and so on.
        transform: of the target, which the sum is then of; None where it is as in the table.
        outputs: each of them.
    """

    link: str
    transform: str | None
    outputs: tuple[LinearOutput, ...]


def coefficients_report(model: FittedModel, rows: Rows | None = None) -> CoefficientsReport | None:
    """The coefficients; None of other networks, and where a scaling is not affine.

    >>> import goodfit
    >>> model = goodfit.fit({"x": [1, 2, 3, 4], "y": [3, 5, 7, 9]}, target="y",
    ...                     network="linear", optimizer="exact", split="none")
    >>> found = coefficients_report(model).outputs[0]
    >>> round(found.intercept, 6), found.coefficients[0].name, round(found.coefficients[0].value, 6)
    (1.0, 'x', 2.0)
    """
    known = model.coefficients()
    if known is None:
        return None
    several = any(not isinstance(value, float) for value in known.values())
    by_output: dict[Any, Any] = known if several else {None: known}
    steps = steps_of(model.preprocessing)
    outputs = [
        LinearOutput(
            output=output,
            intercept=of[INTERCEPT],
            coefficients=tuple(
                _coefficient(name, value, steps.get(name))
                for name, value in of.items()
                if name != INTERCEPT
            ),
        )
        for output, of in by_output.items()
        if of is not None
    ]
    if not outputs:
        return None
    transform = model.preprocessing.targets[0].transform
    return CoefficientsReport(
        link=model.objective.loss.link.name,
        transform=None if transform == "none" else transform,
        outputs=tuple(outputs),
    )


def steps_of(preprocessing: Preprocessing) -> dict[str, float]:
    """What cells of numbers were divided by, by the names of coefficients.

    >>> steps_of(Preprocessing(columns=(), targets=(), outputs=1))
    {}
    """
    names, steps = list[str](), list[float | None]()
    for column in preprocessing.columns:
        own: list[float | None] = [None] * len(column.inputs)
        if isinstance(column, NumberColumn):
            own[0] = column.scale
        elif isinstance(column, DateColumn):
            place = 0
            for part in column.parts:
                if part.scale is not None:
                    own[place] = part.scale.scale
                place += len(part.inputs)
            own += [None] * column.n_codes
        names += [*column.inputs, *_days(column)]
        steps += own
    named = zip(distinct(names, taken=[INTERCEPT]), steps, strict=True)
    return {name: step for name, step in named if step is not None}


def _days(column: object) -> list[str]:
    """Names that stand for the days of a column that are levels, each another."""
    if not isinstance(column, DateColumn):
        return []
    return [f"{column.coded}={code}" for code in range(column.n_codes)]


def _coefficient(name: str, value: float, step: float | None) -> Coefficient:
    effect = value if step is None else value * step
    return Coefficient(name=name, value=value, step=step, effect=effect)
