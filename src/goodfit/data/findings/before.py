"""Findings about the rows that are learnt from, before anything is trained."""

from __future__ import annotations

import numpy as np

from goodfit.core.errors import GoodfitError
from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings
from goodfit.data.findings.cells import Goal, read_cells
from goodfit.data.findings.columns import of_columns
from goodfit.data.findings.leaks import of_leaks
from goodfit.data.findings.rows import names_things, of_copies, of_counts, of_groups, of_times
from goodfit.data.findings.targets import of_target
from goodfit.data.schema import Schema, Target
from goodfit.data.table import Table

# Rows that are looked at; more would not change what is found, only take longer.
LOOKED_AT = 10_000


def of_learning_rows(
    table: Table, schema: Schema, values: np.ndarray, rows: np.ndarray, *, settings: Settings
) -> tuple[Remark, ...]:
    """What is strange about rows that are learnt from, their columns and their targets.

    Args:
        table: every row.
        schema: kinds of the columns.
        values: (row,) numbers or indices of levels; (row, target) of several targets.
        rows: (row,) those that are no test rows, ascending.
        settings: what was chosen.

    >>> import pyarrow as pa
    >>> from goodfit.core.settings import make_settings
    >>> from goodfit.data.kinds import infer_schema, infer_target
    >>> cells = {"x": list(range(60)), "copy": [n % 7 + 0.5 for n in range(60)]}
    >>> cells["y"] = cells["copy"]
    >>> table = Table({name: pa.chunked_array([cells[name]]) for name in cells}, 60)
    >>> target, _ = infer_target(table, name="y", settings=make_settings())
    >>> schema, _ = infer_schema(table, targets=(target,), settings=make_settings())
    >>> found = of_learning_rows(table, schema, np.array(cells["y"]), np.arange(60),
    ...                          settings=make_settings())
    >>> [remark.code for remark in found]
    ['data.target_copy']
    """
    step = -(-len(rows) // LOOKED_AT)
    looked = rows[::step]
    used = [column for column in schema.columns if _is_read(column.name, column.kind, settings)]
    names = {column.name for column in used}
    some = Table(
        {name: column for name, column in table.columns.items() if name in names},
        table.n_rows,
        table.name,
    ).take(looked)
    try:
        every = read_cells(some, used)
    except GoodfitError:
        # Cells that cannot be read are refused, with their rows, where they are learnt from.
        return ()
    features = {column.name for column in schema.features}
    columns = [cells for cells in every if cells.name in features]
    goals = goals_of(schema.targets, values[looked])
    declared = frozenset((*settings.number, *settings.category, *settings.text))
    found = [
        *of_counts(len(rows), len(columns)),
        *of_columns(columns, declared=declared | frozenset(settings.column or ())),
        *of_copies(columns, goals),
    ]
    for whole, goal in zip(goals_of(schema.targets, values[rows]), goals, strict=True):
        found += of_leaks(columns, goal, seed=settings.seed)
        found += of_target(
            whole, settings=settings, say_rows=lambda places: table.say_rows(rows[places])
        )
        found += of_times(columns, goal, settings=settings)
    things = [column for column, cells in zip(used, every, strict=True) if names_things(cells)]
    if things and step > 1:  # a sample thins groups out
        every = read_cells(table.take(rows), things)
        goals = goals_of(schema.targets, values[rows])
    found += of_groups(every, goals[0], settings=settings)
    return tuple(found)


def goals_of(targets: tuple[Target, ...], values: np.ndarray) -> list[Goal]:
    """The targets of some rows.

    Args:
        targets: one or more.
        values: (row,) or (row, target).
    """
    columns = values.reshape(len(values), len(targets)).T
    return [
        Goal(target.name, column, tuple(str(level) for level in target.levels))
        for target, column in zip(targets, columns, strict=True)
    ]


def _is_read(name: str, kind: str, settings: Settings) -> bool:
    """Whether a column may tell something: a feature, or words that were left out as such."""
    return kind != "constant" and name not in (
        *settings.drop,
        settings.group,
        settings.part,
        settings.time,
        settings.weight,
    )
