"""``goodfit predict``: one row of predictions for each row of a table."""

from __future__ import annotations

import csv
import io
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from goodfit.core.errors import GoodfitError
from goodfit.core.settings import make_settings
from goodfit.core.words import printable, say
from goodfit.interfaces.cli import spoken
from goodfit.interfaces.cli.imports import without_garbage
from goodfit.interfaces.cli.options import chosen_settings, json_option, out_option, with_reading
from goodfit.interfaces.cli.output import json_text, note, put_json, refuse_same, tell
from goodfit.interfaces.cli.sureness import promise_json, promise_words
from goodfit.interfaces.cli.tables import as_source, paths_in, tables_argument
from goodfit.model.files import new_file, remove_leftovers

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel
    from goodfit.model.records import Predictions

STANDARD_OUTPUT = "-"
PARQUET_SUFFIXES = frozenset({".parquet", ".pq"})
#: Endings that promise what is not written: a reader would be misled.
OTHER_SUFFIXES = frozenset(
    {".xlsx", ".xls", ".ods", ".json", ".jsonl", ".ndjson", ".arrow", ".feather", ".db", ".sqlite"}
    | {".tsv", ".gz", ".bz2", ".xz", ".zst", ".lz4", ".zip"}
)
#: How a text begins that a spreadsheet takes for a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
#: Writes some rows, an Arrow table.
Write = Callable[[Any], None]


@spoken.command("predict", "cli.help_predict")
@spoken.argument("model", type=click.Path(path_type=Path), metavar="cli.metavar_model")
@tables_argument
@out_option("cli.metavar_file", "cli.help_out_predictions")
@spoken.option("--spreadsheet-safe", is_flag=True, help="cli.help_spreadsheet_safe")
@spoken.option(
    "--interval",
    type=float,
    metavar="cli.metavar_share",
    help="cli.help_interval",
)
@spoken.option("--doubt", default="accept", metavar="accept|flag|refuse", help="cli.help_doubt")
@json_option
@with_reading
def predict_command(
    *,
    model: Path,
    tables: tuple[str, ...],
    out: Path | None,
    spreadsheet_safe: bool,
    interval: float | None,
    doubt: str,
    as_json: bool,
    **options: Any,
) -> int:
    """Predict chunk by chunk, so that a table larger than memory goes through."""
    place = None if out is None or str(out) == STANDARD_OUTPUT else out
    if place is not None:
        refuse_same(place, model, *paths_in(tables))
        if place.suffix.lower() in OTHER_SUFFIXES:
            raise GoodfitError("cli.out_format", path=place, suffix=place.suffix)
    if spreadsheet_safe and not _is_csv(place, as_json=as_json):
        raise GoodfitError("cli.spreadsheet_is_csv")
    with without_garbage():
        from goodfit.model.artifact import load

    reading = chosen_settings(options)
    make_settings(**reading)
    fitted = load(model)
    n_rows = n_doubted = 0
    promised = None if interval is None else fitted.promise(interval)
    if spreadsheet_safe:
        change = harmless
    else:
        # A person looks at it; whatever reads the output otherwise gets it exactly.
        shown = place is None and not as_json and sys.stdout.isatty()
        change = printable if shown else None
    with writer(place, fitted, as_json=as_json, quoted=doubt == "flag") as write:
        for found in fitted.predict_chunks(
            as_source(tables), interval=interval, doubt=doubt, tell=tell, **reading
        ):
            write(with_texts(as_table(fitted, found), change))
            n_rows += len(found.predictions)
            n_doubted += sum(map(bool, found.further.get("doubt", ())))
    if promised is not None:
        note(promise_words(promised, fitted))
    if doubt == "flag":
        note(say("cli.doubted", {"count": n_doubted, "n_rows": n_rows}))
    if place is not None:
        if as_json:
            more = {} if promised is None else {"interval": promise_json(promised, fitted)}
            more |= {"doubted": n_doubted} if doubt == "flag" else {}
            put_json({"predictions": place, "rows": n_rows, **more})
        else:
            print(say("cli.predicted", {"n_rows": n_rows, "path": place}))
    return 0


def as_table(model: FittedModel, found: Predictions) -> Any:
    """Predictions as columns (see ``FittedModel.predict_columns``)."""
    import pyarrow as pa

    columns = model.answers.columns(found)
    return pa.table(list(columns.values()), names=list(columns))


def _is_csv(place: Path | None, *, as_json: bool) -> bool:
    """Whether predictions are written as CSV; beside a file, JSON only tells of it."""
    return not as_json if place is None else place.suffix.lower() not in PARQUET_SUFFIXES


def harmless(text: str) -> str:
    """A text that is no formula to a spreadsheet (OWASP, "CSV Injection").

    >>> harmless("=1+1"), harmless("1-1")
    ("'=1+1", '1-1')
    """
    return "'" + text if text.startswith(FORMULA_STARTS) else text


def with_texts(rows: Any, change: Callable[[str], str] | None) -> Any:
    """Rows with every text changed, also the names of columns; numbers stay."""
    import pyarrow as pa

    if change is None:
        return rows
    columns = [
        pa.array([text and change(text) for text in column.to_pylist()], column.type)
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type)
        else column
        for column in rows.columns
    ]
    return pa.table(columns, names=[change(name) for name in rows.column_names])


@contextmanager
def writer(
    path: Path | None, model: FittedModel, *, as_json: bool = False, quoted: bool = False
) -> Generator[Write]:
    """Open a file for predictions, whole or not at all; None is standard output.

    Args:
        path: of a CSV or Parquet file.
        model: that predicts.
        as_json: one JSON object a row on standard output, not CSV.
        quoted: whether there are texts beside the levels, which may need it.
    """
    # Arrow quotes every text or none; few levels need it.
    levels = model.schema.target.levels
    quoted = quoted or any(csv_line([str(level)]) != f"{level}\n" for level in levels)
    style = "needed" if quoted else "none"
    if path is None:
        kind = _json_lines if as_json else _csv
        with kind(sys.stdout.buffer, style) as write:
            yield write
        sys.stdout.buffer.flush()
        return
    kind = _parquet if path.suffix.lower() in PARQUET_SUFFIXES else _csv
    remove_leftovers(path)  # of one that was killed
    with new_file(path) as file, kind(file, style) as write:
        yield write


@contextmanager
def _csv(file: BinaryIO, style: str) -> Generator[Write]:
    from pyarrow import csv as arrow_csv

    options = arrow_csv.WriteOptions(include_header=False, quoting_style=style)
    header = True

    def write(rows: Any) -> None:
        nonlocal header
        # With the first rows, not before: a table that cannot be predicted gives no output.
        if header:
            file.write(csv_line(rows.column_names).encode())
        header = False
        arrow_csv.write_csv(rows, file, options)

    yield write


@contextmanager
def _json_lines(file: BinaryIO, _: str) -> Generator[Write]:
    def write(rows: Any) -> None:
        file.writelines(json_text(row) + b"\n" for row in rows.to_pylist())

    yield write


@contextmanager
def _parquet(file: BinaryIO, _: str) -> Generator[Write]:
    from pyarrow import parquet

    opened: list[Any] = []

    def write(rows: Any) -> None:
        if not opened:
            opened.append(parquet.ParquetWriter(file, rows.schema))
        opened[0].write_table(rows)

    yield write
    for each in opened:
        each.close()


def csv_line(cells: list[str]) -> str:
    r"""One line of CSV.

    >>> csv_line(["prediction", "probability_a,b"])
    'prediction,"probability_a,b"\n'
    """
    line = io.StringIO()
    # Python quotes only what is in the line's end: a carriage return inside a cell is one, too.
    csv.writer(line, lineterminator="\r\n").writerow(cells)
    return line.getvalue().removesuffix("\r\n") + "\n"
