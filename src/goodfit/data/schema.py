"""What the columns of a table are: kinds, target and task, with the reasons."""

from __future__ import annotations

from typing import Literal

import msgspec

from goodfit.core.remarks import Remark
from goodfit.core.settings import Task

Kind = Literal["number", "category", "date", "text", "id", "constant"]
#: How the words of a column of dates are written; a time of day may follow a date.
DateForm = Literal[
    "yyyy-mm-dd",
    "yyyy/mm/dd",
    "yyyy.mm.dd",
    "dd.mm.yyyy",
    "dd/mm/yyyy",
    "mm/dd/yyyy",
    "dd-mm-yyyy",
    "mm-dd-yyyy",
    "dd month yyyy",
    "month dd, yyyy",
    "hh:mm",
]
#: A class as it stands in the table.
Level = str | int | float | bool


class Column(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One column of the table: its kind, why, and how its cells are read.

    Args:
        name: as it stands in the table.
        kind: what its cells are.
        used: whether it is a feature; ids, constants and dropped columns are not.
        reason: why it is of that kind, or why it is left out.
        decimal: mark that words are read with as numbers.
        date_form: how words are read as dates; ``yyyy-mm-dd`` or ``hh:mm`` for typed cells.
        zoned: whether dates have time zones.
    """

    name: str
    kind: Kind
    used: bool
    reason: Remark
    decimal: Literal[".", ","] = "."
    date_form: DateForm | None = None
    zoned: bool = False


class Target(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The column to predict.

    Args:
        name: as it stands in the table.
        task: what predicting it is.
        levels: the classes in their order, as they stand in the table; empty for regression.
        reason: why this task.
        decimal: mark that words are read with as numbers.
    """

    name: str
    task: Task
    levels: tuple[Level, ...]
    reason: Remark
    decimal: Literal[".", ","] = "."


class Schema(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The understood table: its targets and every other column, in the table's order.

    Args:
        targets: one column of classes, or one or more of numbers.
        columns: all others.
    """

    targets: tuple[Target, ...]
    columns: tuple[Column, ...]

    @property
    def target(self) -> Target:
        """The first target, which decides on the task; for classes it is the only one."""
        return self.targets[0]

    @property
    def features(self) -> tuple[Column, ...]:
        """The columns that the network sees."""
        return tuple(column for column in self.columns if column.used)
