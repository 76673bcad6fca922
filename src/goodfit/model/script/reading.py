"""Pieces that read a table: its cells as words, and columns of them as numbers or moments."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from goodfit.data.cells import MARKERS
from goodfit.data.parse import WHOLE_WITH_POINT
from goodfit.model.script.code import block, call, literal
from goodfit.model.script.facts import Facts
from goodfit.preprocessing.categories import CategoryColumn

WHOLE = re.compile(r"[+-]?(?:0|[1-9]\d*)")

#: What `datetime.strptime` calls the forms of dates; the first alone Python reads by itself.
DATE_FORMATS: Mapping[str, tuple[str, ...]] = {
    "yyyy-mm-dd": ("%Y-%m-%d",),
    "yyyy/mm/dd": ("%Y/%m/%d",),
    "yyyy.mm.dd": ("%Y.%m.%d",),
    "dd.mm.yyyy": ("%d.%m.%Y", "%d.%m.%y"),
    "dd/mm/yyyy": ("%d/%m/%Y", "%d/%m/%y"),
    "mm/dd/yyyy": ("%m/%d/%Y", "%m/%d/%y"),
    "dd-mm-yyyy": ("%d-%m-%Y", "%d-%m-%y"),
    "mm-dd-yyyy": ("%m-%d-%Y", "%m-%d-%y"),
    "dd month yyyy": ("%d %B %Y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y"),
    "month dd, yyyy": ("%B %d, %Y", "%b %d, %Y"),
}
CLOCKS = ("", " %H:%M", " %H:%M:%S", "T%H:%M", "T%H:%M:%S")
TIMES = ("%H:%M", "%H:%M:%S", "%I:%M %p")

READ_TABLE = '''
    def read_table(path):
        """The cells of every column as words, by the column's name."""
        with open(path, newline="", encoding=‹encoding›) as file:
            rows = [row for row in csv.reader(‹lines›) if row]
        names = ‹names›
        if any(len(row) != len(names) for row in rows):
            sys.exit(f"{path}: every row needs {len(names)} cells, one a column.")
        return {name: [row[place].strip() for row in rows] for place, name in enumerate(names)}
'''
COLUMN = '''
    def column(name):
        """The cells of one column; an empty word where nothing is there."""
        if name not in table:
            sys.exit(f"The table has no column {name!r}.")
        return ["" if ‹gap› else cell for cell in table[name]]
'''
IS_GAP = '''
    def is_gap(cell):
        """Whether a cell says that nothing is there, by a word or by a number such as -999.0."""
        try:
            return cell in GAPS or float(cell.replace(",", ".")) in GAP_NUMBERS
        except ValueError:
            return False
'''
NUMBERS = '''
    def ‹name›(name):
        """A column of numbers, (row,); nan where a cell is missing."""
        cells = ‹cells›
        try:
            return np.array([float(cell or "nan") for cell in cells])
        except ValueError as error:
            sys.exit(f"Column {name!r}: {error}.")
'''
WORDS = '''
    def words(name):
        """A column of words, (row,); empty where a cell is missing."""
        return np.array(column(name), dtype=object)
'''
WHOLE_WORDS = '''
    def words(name):
        """A column of words, (row,), empty where a cell is missing; 3.0 is the same word as 3."""
        cells = [re.sub(WHOLE, r"\\1", cell) for cell in column(name)]
        return np.array(cells, dtype=object)
'''
TRUTHS = '''
    def truths(name):
        """A column of true and false as 1 and 0, (row,)."""
        known = {"true": 1, "1": 1, "false": 0, "0": 0}
        return np.array([known[cell.lower()] for cell in column(name)])
'''
MOMENTS = '''
    @cache
    def moments(name):
        """A column of dates by the clock, (row,); NaT where a cell is missing."""
        return np.array([moment_of(cell, name) for cell in column(name)], dtype="datetime64[us]")
'''
ZONED_MOMENTS = '''
    @cache
    def moments(name):
        """A column of dates by the clock where they were written, (row,); NaT where missing."""
        found = [moment_of(cell, name) for cell in column(name)]
        clock = [moment and moment.replace(tzinfo=None) for moment in found]
        return np.array(clock, dtype="datetime64[us]")
'''
UNIVERSAL = '''
    @cache
    def universal_moments(name):
        """The same in universal time, so that what lies between two of them is known."""
        found = [moment_of(cell, name) for cell in column(name)]
        clock = [moment and moment.astimezone(UTC).replace(tzinfo=None) for moment in found]
        return np.array(clock, dtype="datetime64[us]")
'''
ISO_MOMENT = '''
    def moment_of(cell, name):
        """One cell as a moment; None if it is empty."""
        try:
            return datetime.fromisoformat(cell) if cell else None
        except ValueError:
            sys.exit(f"Column {name!r}: {cell!r} is no date such as 2024-12-31 18:30.")
'''
MOMENT_OF = '''
    def moment_of(cell, name):
        """One cell as a moment; None if it is empty."""
        for form in DATE_FORMS if cell else ():
            try:
                return datetime.strptime(cell, form)
            except ValueError:
                continue
        return sys.exit(f"Column {name!r}: {cell!r} is no date like the others.") if cell else None
'''


def reading_helpers(facts: Facts) -> dict[str, str]:
    """The functions that read columns of this model's table."""
    zoned = any(column.zoned for column in facts.model.schema.features)
    iso = _forms(facts) == ["yyyy-mm-dd"]
    whole = any(WHOLE.fullmatch(level) for level in _levels(facts))
    return {
        "read_table": _read_table(facts),
        "is_gap": block(IS_GAP),
        "column": block(COLUMN, gap="is_gap(cell)" if _gap_numbers(facts) else "cell in GAPS"),
        "numbers": block(NUMBERS, name="numbers", cells="column(name)"),
        "comma_numbers": block(
            NUMBERS,
            name="comma_numbers",
            cells='[cell.replace(".", "").replace(",", ".") for cell in column(name)]',
        ),
        "words": block(WHOLE_WORDS if whole else WORDS),
        "truths": block(TRUTHS),
        "moment_of": block(ISO_MOMENT if iso else MOMENT_OF),
        "moments": block(ZONED_MOMENTS if zoned else MOMENTS),
        "universal_moments": block(UNIVERSAL),
    }


def reading_constants(facts: Facts) -> dict[str, str]:
    """The lines above all that reading needs."""
    gaps = [gap for gap in ("", *MARKERS, *_gap_words(facts)) if gap not in _kept(facts)]
    zones = ["", "%z"] if any(column.zoned for column in facts.model.schema.features) else [""]
    forms = [
        day + clock + zone
        for form in _forms(facts)
        for day in DATE_FORMATS.get(form, ())
        for clock in CLOCKS
        for zone in (zones if clock else [""])
    ]
    if "hh:mm" in _forms(facts):
        forms += TIMES
    gap_line = call("GAPS = {", map(literal, dict.fromkeys(gaps)), "}")
    return {
        "GAPS": f"# Words that say that nothing is there.\n{gap_line}",
        "GAP_NUMBERS": call("GAP_NUMBERS = {", map(literal, _gap_numbers(facts)), "}"),
        "DATE_FORMS": call("DATE_FORMS = (", map(literal, forms), ")"),
        "WHOLE": f'WHOLE = r"{WHOLE_WITH_POINT}"',
    }


def read_lines(facts: Facts) -> list[str]:
    """The main lines that read the table."""
    return [
        "if len(sys.argv) != 2:",
        '    sys.exit("Give the table: python train.py TABLE.csv")',
        "table = read_table(sys.argv[1])",
    ]


def _read_table(facts: Facts) -> str:
    settings = facts.settings
    delimiter = delimiter_of(facts)
    lines = f"file.readlines()[{settings.skip_rows}:]" if settings.skip_rows else "file"
    if delimiter != ",":
        lines += f", delimiter={literal(delimiter)}"
    names = "[name.strip() for name in rows.pop(0)]"
    return block(
        READ_TABLE,
        encoding=literal(encoding_of(facts)),
        lines=lines,
        names=names if settings.header else 'f"x{place}" for place in range(len(rows[0]))',
    )


def delimiter_of(facts: Facts) -> str:
    """What stands between cells, as it was said or found out."""
    if facts.settings.delimiter is not None:
        return facts.settings.delimiter
    found = _param(facts, "data.delimiter_found", "delimiter")
    return {"tab": "\t", "space": " "}.get(str(found), str(found)) if found else ","


def encoding_of(facts: Facts) -> str:
    """How letters are written, likewise; with its mark or without it."""
    found = facts.settings.encoding or _param(facts, "data.encoding_guessed", "encoding")
    return found or "utf-8-sig"


def _param(facts: Facts, code: str, name: str) -> Any:
    """What a remark says; None where it was not made."""
    return next((one.params.get(name) for one in facts.model.remarks if one.code == code), None)


def _gap_words(facts: Facts) -> list[str]:
    """Words that a person said stand for a missing cell."""
    return [str(marker).strip() for marker in facts.settings.missing]


def _gap_numbers(facts: Facts) -> list[float]:
    """Numbers that a person said stand for a missing cell."""
    found = list[float]()
    for marker in facts.settings.missing:
        try:
            number = float(marker)
        except ValueError:
            continue
        if math.isfinite(number):
            found.append(number)
    return found


def _kept(facts: Facts) -> tuple[str, ...]:
    """Words that usually say that nothing is there, and are classes here."""
    return tuple(str(level) for level in facts.model.schema.target.levels)


def _levels(facts: Facts) -> Iterator[str]:
    for column in facts.model.preprocessing.columns:
        if isinstance(column, CategoryColumn):
            yield from column.levels
    yield from (level for level in facts.model.schema.target.levels if isinstance(level, str))


def _forms(facts: Facts) -> list[str]:
    """Forms in which dates of the table are written."""
    forms = {column.date_form for column in facts.model.schema.features}
    return sorted(form for form in forms if form is not None)
