"""How a text file is written: its encoding, its delimiter, the names of its columns."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice

from goodfit.core.errors import GoodfitError
from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings
from goodfit.data.encoding import find_encoding, not_in
from goodfit.data.files import File
from goodfit.data.memory import check_names

CANDIDATES = (",", ";", "\t", "|")
END_OF_LINE = re.compile(r"\r\n|\n|\r")
SAMPLE_BYTES = 1 << 18
# A sample of fewer records says too little; it is made longer, up to a wide table's header.
SAMPLE_RECORDS = 10
LONGEST_SAMPLE_BYTES = 1 << 26
#: Also the size of the blocks that are read: no row can be longer.
LONGEST_ROW_BYTES = 1 << 21


@dataclass(frozen=True)
class Dialect:
    """How a text file is to be read.

    Args:
        encoding: name that Python knows.
        delimiter: character between cells.
        names: of the columns: cells of the header, or ``x0``, ``x1``, … without one.
        n_skipped: lines above the header, or above the first row where there is none.
        n_header: 1 if the first row names the columns, else 0.
        empty: whether no row follows.
        remarks: what was found out without being told.
    """

    encoding: str
    delimiter: str
    names: tuple[str, ...]
    n_skipped: int
    n_header: int
    empty: bool
    remarks: tuple[Remark, ...]


def find_dialect(file: File, *, settings: Settings) -> Dialect:
    """Find out encoding, delimiter and header of a text file, or take them from the settings.

    Raises:
        GoodfitError: if the file is empty, is no text, cannot be decoded, has lines above its
            header, or the delimiter does not split it.
    """
    encoding, remarks = find_encoding(file, settings.encoding)
    text, whole = _sample(file, encoding, settings.skip_rows)
    if not text.strip():
        raise GoodfitError("data.file_empty", file=file.name)
    delimiter = settings.delimiter
    if delimiter is None:
        delimiter = _find_delimiter(text, whole=whole)
        if delimiter != "," and not (delimiter == "\t" and file.suffix in {".tsv", ".tab"}):
            params = {"file": file.name, "delimiter": shown(delimiter)}
            remarks = (*remarks, finding("data.delimiter_found", params))
    elif not delimiter.isascii() or delimiter in '"\r\n':
        raise GoodfitError("data.delimiter_unusable", delimiter=delimiter)
    counts = [count for _, count in records_in(text, delimiter, whole=whole)]
    _check_counts(text, counts, delimiter, file, whole=whole, settings=settings)
    names = _read_header(text, delimiter)
    if not settings.header:
        names = numbered(len(names))
    check_names(list(names), file.name)
    empty = whole and len(counts) == settings.header
    return Dialect(
        encoding, delimiter, names, settings.skip_rows, int(settings.header), empty, remarks
    )


def numbered(count: int) -> tuple[str, ...]:
    """Names of columns that have none.

    >>> numbered(2)
    ('x0', 'x1')
    """
    return tuple(f"x{place}" for place in range(count))


def _sample(file: File, encoding: str, n_skipped: int) -> tuple[str, bool]:
    """The beginning of the file as text without the lines to skip, and whether that is all."""
    size = SAMPLE_BYTES
    while True:
        head = file.head(size + 1)
        whole = len(head) <= size
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(head[:size], final=whole)
        except UnicodeError as error:
            raise not_in(encoding, file, error) from error
        text = lines_below(text.removeprefix("\ufeff"), n_skipped)
        if size > LONGEST_ROW_BYTES and not whole and not END_OF_LINE.search(text):
            raise GoodfitError("data.row_long", file=file.name)
        enough = text.count("\n") + text.count("\r") > SAMPLE_RECORDS
        if whole or enough or size >= LONGEST_SAMPLE_BYTES:
            return text, whole
        size *= 4


def lines_below(text: str, n_lines: int) -> str:
    """A text without its first lines."""
    place = 0
    for end in islice(END_OF_LINE.finditer(text), n_lines):
        place = end.end()
        n_lines -= 1
    return "" if n_lines else text[place:]


def records_in(text: str, delimiter: str, *, whole: bool) -> list[tuple[int, int]]:
    """Line number and number of cells of every row of a text that is not blank.

    A quote counts where a cell begins, as for pyarrow; what stands in quotes is skipped.
    """
    lines = END_OF_LINE.split(_without_quoted(text, delimiter, whole=whole))
    if not whole and len(lines) > 1:
        lines.pop()
    records, number = [], 1
    for line in lines:
        if line:
            records.append((number, line.count(delimiter) + 1))
        number += 1 + line.count("\0")
    return records


def _without_quoted(text: str, delimiter: str, *, whole: bool) -> str:
    """A text without what stands in quotes: a sign for each, and one for each end of line in it."""
    if '"' not in text:
        return text
    sign = re.escape(delimiter)
    quoted = re.compile(rf'(^|[\n\r]|{sign})"(?:[^"]|"")*"')
    # A row of one quoted cell is not blank.
    plain = quoted.sub(
        lambda found: found[1] + "\1" + "\0" * _n_lines(found[0][len(found[1]) :]), text
    )
    opened = None if whole else re.search(rf'(^|[\n\r]|{sign})"', plain)
    # A cell whose end lies behind the sample: what stands in it are no rows.
    return plain[: opened.end()] if opened else plain


def _n_lines(text: str) -> int:
    return len(END_OF_LINE.findall(text))


def _find_delimiter(text: str, *, whole: bool) -> str:
    """The candidate that splits all rows alike; else the one that splits most of them alike."""
    best, best_rank = ",", (False, 0.0, 0)
    for delimiter in CANDIDATES:
        counts = [count for _, count in records_in(text, delimiter, whole=whole)]
        usual, times = Counter(counts).most_common(1)[0]
        rank = (times == len(counts), times / len(counts), usual)
        if usual > 1 and rank > best_rank:
            best, best_rank = delimiter, rank
    return best


def _check_counts(
    text: str, counts: list[int], delimiter: str, file: File, *, whole: bool, settings: Settings
) -> None:
    usual = Counter(counts).most_common(1)[0][0]
    if counts[0] < usual:
        records = records_in(text, delimiter, whole=whole)
        above = next(number for number, n in records if n == usual) - 1 + settings.skip_rows
        raise GoodfitError(
            "data.header_short",
            file=file.name,
            n_header=counts[0],
            line=above + 1,
            n_cells=usual,
            n_above=above,
        )
    if usual > 1:
        return
    header = re.split(r"[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0]
    for other in CANDIDATES:
        if other != delimiter and other in header and not header.startswith('"'):
            raise GoodfitError(
                "data.one_column",
                file=file.name,
                delimiter=shown(delimiter),
                other=shown(other),
                header=header,
            )
    if counts[0] > 1:
        raise GoodfitError("data.header_long", file=file.name, n_header=counts[0], n_cells=usual)


def _read_header(text: str, delimiter: str) -> tuple[str, ...]:
    """Names of the columns, without white space around them."""
    sign = re.escape(delimiter)
    cell = re.compile(rf'(?:"((?:[^"]|"")*)")?([^{sign}\r\n]*)({sign}|\r|\n|$)')
    names: list[str] = []
    place = len(text) - len(text.lstrip("\r\n"))
    while True:
        found = cell.match(text, place)
        assert found is not None
        names.append(((found[1] or "").replace('""', '"') + found[2]).strip())
        place = found.end()
        if found[3] != delimiter:
            return tuple(names)


def shown(delimiter: str) -> str:
    """A delimiter as messages name it."""
    return {"\t": "tab", " ": "space"}.get(delimiter, delimiter)
