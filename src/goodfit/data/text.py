"""Text files of cells: encoding and delimiter are found out, cells are read as words.

pyarrow reads every cell as a word, so that nothing is guessed away here: no number is
rounded, no zip code loses its zero, no row is shortened (see ``docs/decisions/0002``).
"""

# pyarrow brings no types, and makes its functions for columns when it is imported.
# pyright: reportAttributeAccessIssue=false, reportUnknownParameterType=false

from __future__ import annotations

import codecs
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyarrow import csv

from goodfit.core.errors import GoodfitError
from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings
from goodfit.data.encoding import find_encoding, not_in

CANDIDATES = (",", ";", "\t", "|")
SAMPLE_BYTES = 1 << 18
# A sample of fewer records says too little; it is made longer, up to a wide table's header.
SAMPLE_RECORDS = 10
LONGEST_SAMPLE_BYTES = 1 << 26
# Also the longest row that can be read.
BLOCK_BYTES = 1 << 21
# A damaged line is looked for in files up to this size; beyond, pyarrow's own words are given.
SEARCHED_BYTES = 1 << 30


@dataclass(frozen=True)
class Dialect:
    """How a text file is to be read.

    Args:
        encoding: name that Python knows.
        delimiter: character between cells.
        header: cells of the first line.
        empty: whether no row follows it.
        remarks: what was found out without being told.
    """

    encoding: str
    delimiter: str
    header: tuple[str, ...]
    empty: bool
    remarks: tuple[Remark, ...]


def find_dialect(path: Path, *, settings: Settings) -> Dialect:
    """Find out encoding, delimiter and header of a text file, or take them from the settings.

    Raises:
        GoodfitError: if the file is empty, is no text, cannot be decoded, has lines above its
            header, or the delimiter does not split it.
    """
    encoding, remarks = find_encoding(path, settings.encoding)
    text, whole = _sample(path, encoding)
    if not text.strip():
        raise GoodfitError("data.file_empty", file=path.name)
    delimiter = settings.delimiter
    if delimiter is None:
        delimiter = _find_delimiter(text, whole=whole)
        if delimiter != "," and not (delimiter == "\t" and path.suffix in {".tsv", ".tab"}):
            params = {"file": path.name, "delimiter": _shown(delimiter)}
            remarks = (*remarks, Remark("data.delimiter_found", params))
    elif not delimiter.isascii() or delimiter in '"\r\n':
        raise GoodfitError("data.delimiter_unusable", delimiter=delimiter)
    counts = [count for _, count in _records(text, delimiter, whole=whole)]
    _check_counts(text, counts, delimiter, path, whole=whole)
    header, empty = _read_header(text, delimiter), whole and len(counts) == 1
    return Dialect(encoding, delimiter, header, empty, remarks)


def read_text(path: Path, dialect: Dialect) -> pa.Table:
    """Every row as words; columns are called ``f0``, ``f1``, … still.

    Raises:
        GoodfitError: if a row has more or fewer cells than the header, a quote is never
            closed, or the file cannot be decoded.
    """
    if dialect.empty:
        return _no_rows(dialect)
    try:
        table = csv.read_csv(pa.OSFile(str(path)), *_options(dialect))
    except (pa.ArrowInvalid, UnicodeError) as error:
        raise _explain(error, path, dialect) from error
    _check_end(table.slice(max(0, table.num_rows - 1)), path, dialect)
    return table.slice(1)


def stream_text(path: Path, dialect: Dialect) -> Iterator[pa.Table]:
    """The same as :func:`read_text` in pieces, so that a large file needs little memory."""
    if dialect.empty:
        yield _no_rows(dialect)
        return
    header_left = 1
    last = None
    try:
        with csv.open_csv(pa.OSFile(str(path)), *_options(dialect)) as reader:
            for batch in reader:
                piece = pa.Table.from_batches([batch]).slice(header_left)
                header_left = 0
                if piece.num_rows:
                    last = piece.slice(piece.num_rows - 1)
                    yield piece
    except (pa.ArrowInvalid, UnicodeError) as error:
        raise _explain(error, path, dialect) from error
    if last is not None:
        _check_end(last, path, dialect)


def _options(dialect: Dialect) -> tuple[csv.ReadOptions, csv.ParseOptions, csv.ConvertOptions]:
    names = [f"f{i}" for i in range(len(dialect.header))]
    return (
        # The header is read as a row: every column must be known to hold words before.
        csv.ReadOptions(
            column_names=names, block_size=BLOCK_BYTES, encoding=_arrow_name(dialect.encoding)
        ),
        csv.ParseOptions(
            delimiter=dialect.delimiter,
            newlines_in_values=True,
            # In a single column an empty line is a missing cell.
            ignore_empty_lines=len(names) > 1,
        ),
        csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
        ),
    )


def _arrow_name(encoding: str) -> str:
    """Pyarrow reads UTF-8 itself and has Python transcode the rest."""
    return "utf8" if codecs.lookup(encoding).name == "utf-8" else encoding


def _no_rows(dialect: Dialect) -> pa.Table:
    return pa.table({f"f{i}": pa.array([], pa.string()) for i in range(len(dialect.header))})


def _sample(path: Path, encoding: str) -> tuple[str, bool]:
    """The beginning of the file as text, and whether that is all of it."""
    size = SAMPLE_BYTES
    while True:
        with path.open("rb") as file:
            head = file.read(size)
            whole = not file.read(1)
        try:
            text = codecs.getincrementaldecoder(encoding)().decode(head, final=whole)
        except UnicodeError as error:
            raise not_in(encoding, path, error) from error
        text = text.removeprefix("\ufeff")
        enough = text.count("\n") + text.count("\r") > SAMPLE_RECORDS
        if whole or enough or size >= LONGEST_SAMPLE_BYTES:
            return text, whole
        size *= 4


def _records(text: str, delimiter: str, *, whole: bool) -> list[tuple[int, int]]:
    """Line number and number of cells of every row of a text that is not blank.

    A quote counts where a cell begins, as for pyarrow; what stands in quotes is skipped.
    """
    sign = re.escape(delimiter)
    quoted = re.compile(rf'(^|[\n\r]|{sign})"(?:[^"]|"")*"')
    plain = quoted.sub(lambda found: found[1] + "\0" * _n_lines(found[0][len(found[1]) :]), text)
    opened = None if whole else re.search(rf'(^|[\n\r]|{sign})"', plain)
    if opened:  # a cell whose end lies behind the sample: what stands in it are no rows
        plain = plain[: opened.end()]
    lines = re.split(r"\r\n|\n|\r", plain)
    if not whole and len(lines) > 1:
        lines.pop()
    records, number = [], 1
    for line in lines:
        if line:
            records.append((number, line.count(delimiter) + 1))
        number += 1 + line.count("\0")
    return records


def _n_lines(text: str) -> int:
    return len(re.findall(r"\r\n|\n|\r", text))


def _find_delimiter(text: str, *, whole: bool) -> str:
    """The candidate that splits all rows alike; else the one that splits most of them alike."""
    best, best_rank = ",", (False, 0.0, 0)
    for delimiter in CANDIDATES:
        counts = [count for _, count in _records(text, delimiter, whole=whole)]
        usual, times = Counter(counts).most_common(1)[0]
        rank = (times == len(counts), times / len(counts), usual)
        if usual > 1 and rank > best_rank:
            best, best_rank = delimiter, rank
    return best


def _check_counts(text: str, counts: list[int], delimiter: str, path: Path, *, whole: bool) -> None:
    usual = Counter(counts).most_common(1)[0][0]
    if counts[0] < usual:
        first = next(number for number, n in _records(text, delimiter, whole=whole) if n == usual)
        raise GoodfitError(
            "data.header_short", file=path.name, n_header=counts[0], line=first, n_cells=usual
        )
    if usual > 1:
        return
    header = re.split(r"[\r\n]", text.lstrip("\r\n"), maxsplit=1)[0]
    for other in CANDIDATES:
        if other != delimiter and other in header and not header.startswith('"'):
            raise GoodfitError(
                "data.one_column",
                file=path.name,
                delimiter=_shown(delimiter),
                other=_shown(other),
                header=header,
            )
    if counts[0] > 1:
        raise GoodfitError("data.header_long", file=path.name, n_header=counts[0], n_cells=usual)


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


def _explain(error: Exception, path: Path, dialect: Dialect) -> GoodfitError:
    """Where and what is wrong with a file that pyarrow could not read."""
    if isinstance(error, UnicodeError) or "invalid UTF8" in str(error):
        return not_in(dialect.encoding, path, error)
    if "columns, got" in str(error) and path.stat().st_size <= SEARCHED_BYTES:
        text = path.read_bytes().decode(dialect.encoding, "replace").removeprefix("\ufeff")
        for line, count in _records(text, dialect.delimiter, whole=True):
            if count != len(dialect.header):
                return GoodfitError(
                    "data.ragged",
                    file=path.name,
                    line=line,
                    n_cells=count,
                    n_header=len(dialect.header),
                    delimiter=_shown(dialect.delimiter),
                )
    return GoodfitError("data.text_unreadable", file=path.name, reason=str(error))


def _check_end(last_row: pa.Table, path: Path, dialect: Dialect) -> None:
    """A quote that is never closed swallows the rest of the file into the last cell."""
    if not last_row.num_rows or "\n" not in last_row.column(last_row.num_columns - 1)[0].as_py():
        return
    with path.open("rb") as file:
        file.seek(-min(path.stat().st_size, 64), 2)
        tail = file.read().replace(b"\0", b"").rstrip()
    if not tail.endswith(b'"'):
        raise GoodfitError("data.quote_open", file=path.name)


def _shown(delimiter: str) -> str:
    return {"\t": "tab", " ": "space"}.get(delimiter, delimiter)
