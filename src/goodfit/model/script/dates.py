"""Pieces that turn dates into numbers: days that passed, the year, and what comes round again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from goodfit.model.script.code import block, literal
from goodfit.preprocessing.date_parts import DATE_PARTS
from goodfit.preprocessing.dates import DateColumn

SINCE = '''
    def since(moments, unit, larger):
        """How many units have passed since the start of a larger one; nan where missing."""
        whole = moments.astype(f"datetime64[{unit}]")
        return whole_numbers(whole - whole.astype(f"datetime64[{larger}]"))
'''
WHOLE_NUMBERS = '''
    def whole_numbers(units):
        """Units of a calendar as numbers; nan where missing."""
        return np.where(np.isnat(units), np.nan, units.astype(np.int64))
'''
ELAPSED = '''
    def elapsed(moments, training):
        """Days since the earliest training row; nan where missing."""
        seen = moments[training]
        apart = (moments - seen[~np.isnat(seen)].min()).astype(np.int64) / 86_400_000_000
        return np.where(np.isnat(moments), np.nan, apart)
'''
YEAR = '''
    def year(moments):
        """The year; nan where missing."""
        return whole_numbers(moments.astype("datetime64[Y]")) + 1970
'''
DAY_OF_WEEK = '''
    def day_of_week(moments):
        """The day of the week from Monday on, which is 0; 1970-01-01 was a Thursday."""
        return (whole_numbers(moments.astype("datetime64[D]")) + 3) % 7
'''
CIRCLE = '''
    def circle(values, period):
        """Sine and cosine of the place on a circle, (row, 2); the middle where missing."""
        angles = 2 * np.pi / period * values[:, None]
        return np.nan_to_num(np.hstack([np.sin(angles), np.cos(angles)]))
'''
DAYS = '''
    def day_codes(moments, training):
        """A number for each day of the training rows, from 2 on; 0 for others, 1 for none."""
        days = moments.astype("datetime64[D]")
        levels = np.unique(days[training][~np.isnat(days[training])])
        place = {day: code for code, day in enumerate(levels.tolist(), 2)}
        return np.array([place.get(day, 0) if day else 1 for day in days.tolist()])
'''
#: Of which units `since` gives the cycles.
UNITS: Mapping[str, tuple[str, str]] = {
    "month": ("M", "Y"),
    "day_of_month": ("D", "M"),
    "day_of_year": ("D", "Y"),
    "hour": ("h", "D"),
    "minute": ("m", "h"),
}


def date_helpers() -> dict[str, str]:
    """Functions of moments."""
    return {
        "whole_numbers": block(WHOLE_NUMBERS),
        "since": block(SINCE),
        "elapsed": block(ELAPSED),
        "year": block(YEAR),
        "day_of_week": block(DAY_OF_WEEK),
        "circle": block(CIRCLE),
        "day_codes": block(DAYS),
    }


def date_calls(column: DateColumn, scaling: Mapping[str, str], *, as_number: bool) -> Iterator[str]:
    """The expressions that give the inputs of a column of dates.

    Args:
        column: what was learnt of it.
        scaling: the function of each scaling.
        as_number: whether the mark of a missing cell counts as a number.
    """
    name = literal(column.name)
    clock = f"moments({name})"
    for part in column.parts:
        if part.part == "elapsed":
            values = f"elapsed({'universal_' if column.zoned else ''}{clock}, training)"
        elif part.part == "year":
            values = f"year({clock})"
        elif part.part == "day_of_week":
            values = f"day_of_week({clock})"
        else:
            unit, larger = UNITS[part.part]
            values = f'since({clock}, "{unit}", "{larger}")'
        if part.scale is None:
            yield f"circle({values}, {literal(DATE_PARTS[part.part].period)})"
        elif part.scale.scale:
            yield f"{scaling[part.scale.scaling]}({values}, training)"
        else:
            yield "np.zeros(n_rows)"
    if column.indicator:
        yield f"gaps({name}){'.astype(float)' * as_number}"
