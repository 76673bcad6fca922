"""Workbooks: sheets of Excel (.xlsx, .xlsm, .xlsb, .xls) and of OpenDocument (.ods).

python-calamine gives the cells as the sheet has them: numbers, words, truths, days and
moments, and of a formula the value that was last computed.
"""

# pyright: reportUnknownParameterType=false

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import nullcontext
from itertools import compress
from typing import Any
from xml.etree import ElementTree as ET

from goodfit.core.errors import GoodfitError
from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings
from goodfit.data.dialect import numbered
from goodfit.data.extras import needed
from goodfit.data.files import BROKEN_ZIP, File, damaged
from goodfit.data.join import from_cells
from goodfit.data.memory import check_names
from goodfit.data.table import Table

WORKBOOK = "Excel"
# A workbook is held in memory; a bomb of a few megabytes would fill it.
LARGEST_WORKBOOK = 4 << 30
# Rows that tell how wide most are.
HEADER_ROWS = 1000
BLOCK_BYTES = 1 << 20
LONGEST_CELL = 1 << 16

Rows = list[list[Any]]
# A formula without a value: its cell ends after it, or its value is empty.
UNCOMPUTED = re.compile(rb"</f>\s*(<v></v>|<v\s*/>)?\s*</c>")
ERROR_CELL = re.compile(rb'<c\s[^>]*\bt="e"[^>]*>')
CELL_NAME = re.compile(rb'\br="([A-Z]+[0-9]+)"')


def read(file: File, *, settings: Settings) -> tuple[Table, tuple[Remark, ...]]:
    """One sheet of a workbook, its first row that is not empty as names.

    Raises:
        GoodfitError: if it is damaged or locked, no sheet or several could be meant, or lines
            stand above the names.
    """
    book = _opened(file)
    name, sheet = _sheet(book, file, settings.sheet)
    filled = [(number, row) for number, row in enumerate(sheet, 1) if _any_cell(row)]
    filled = [(number, row) for number, row in filled if number > settings.skip_rows]
    if not filled:
        raise GoodfitError("data.file_empty", file=file.name)
    remarks = _looked_through(file, name)
    rows = _without_gaps([row for _, row in filled])
    if settings.header:
        _check_header(rows, [number for number, _ in filled], file)
    names = tuple(map(_name, rows[0])) if settings.header else numbered(len(rows[0]))
    check_names(list(names), file.name)
    cells = rows[int(settings.header) :]
    turned = zip(*cells, strict=True) if cells else ([] for _ in names)
    columns = dict(zip(names, map(_cells, turned), strict=True))
    return from_cells(columns, name=file.name, n_rows=len(cells)), remarks


def stream(
    file: File, *, settings: Settings, n_rows: int
) -> tuple[Iterator[Table], tuple[Remark, ...]]:
    """The same; a sheet has at most a million rows, and is read as a whole."""
    table, remarks = read(file, settings=settings)
    return iter([table]), remarks


def _opened(file: File) -> Any:
    calamine = needed("python_calamine", extra="excel")
    if zipfile.is_zipfile(file.path):
        try:
            with zipfile.ZipFile(file.path) as archive:
                size = sum(member.file_size for member in archive.infolist())
        except BROKEN_ZIP as error:
            raise damaged(file, WORKBOOK, error) from error
        if size > LARGEST_WORKBOOK:
            raise GoodfitError("data.workbook_too_large", file=file.name, n_bytes=size)
    try:
        return calamine.CalamineWorkbook.from_path(str(file.path))
    except calamine.PasswordError as error:
        raise GoodfitError("data.file_locked", file=file.name) from error
    except (calamine.CalamineError, OSError, ValueError) as error:
        raise damaged(file, WORKBOOK, error) from error


def _sheet(book: Any, file: File, asked: str | None) -> tuple[str, Rows]:
    """Name and rows of the sheet that is meant."""
    kind = needed("python_calamine", extra="excel").SheetTypeEnum.WorkSheet  # no sheet of charts
    names = [sheet.name for sheet in book.sheets_metadata if sheet.typ == kind]
    if asked is not None:
        if asked not in names:
            raise GoodfitError("data.sheet_unknown", file=file.name, sheet=asked, sheets=names)
        return asked, _rows(book, asked, file)
    full = {name: rows for name in names if (rows := _rows(book, name, file))}
    if len(full) > 1:
        raise GoodfitError("data.sheets_several", file=file.name, sheets=list(full))
    return next(iter(full.items()), ("", []))


def _rows(book: Any, name: str, file: File) -> Rows:
    try:
        rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "python_calamine":
            raise
        raise damaged(file, WORKBOOK, error) from error
    return rows if any(map(_any_cell, rows)) else []


def _any_cell(row: Sequence[Any]) -> bool:
    return any(cell != "" for cell in row)


def _without_gaps(rows: Rows) -> Rows:
    """The same rows without columns that hold no cell."""
    filled = [any(cell != "" for cell in column) for column in zip(*rows, strict=True)]
    return [list(compress(row, filled)) for row in rows]


def _check_header(rows: Rows, numbers: list[int], file: File) -> None:
    """Refuse a title above the names: its row is shorter than most."""
    widths = [_width(row) for row in rows[:HEADER_ROWS]]
    usual = Counter(widths).most_common(1)[0][0]
    if widths[0] < usual:
        line = numbers[widths.index(usual)]
        raise GoodfitError(
            "data.header_short",
            file=file.name,
            n_header=widths[0],
            line=line,
            n_cells=usual,
            n_above=line - 1,
        )


def _width(row: Sequence[Any]) -> int:
    return max((place for place, cell in enumerate(row, 1) if cell != ""), default=0)


def _name(cell: Any) -> str:
    """A header's cell as a name; whole numbers, such as years, without their point."""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _cells(column: Iterable[Any]) -> list[Any]:
    """Cells as Python holds them: nothing for an empty one; durations in days."""
    cells = [None if cell == "" else cell for cell in column]
    if dt.timedelta not in set(map(type, cells)):
        return cells
    day = dt.timedelta(days=1)
    return [cell / day if isinstance(cell, dt.timedelta) else cell for cell in cells]


def _looked_through(file: File, sheet: str) -> tuple[Remark, ...]:
    """What python-calamine does not tell: formulas without a value, and cells that hold errors.

    Both would be missing cells without a word. Only the XML of .xlsx can be searched.
    """
    errors: dict[str, None] = {}
    with zipfile.ZipFile(file.path) if zipfile.is_zipfile(file.path) else nullcontext() as archive:
        part = _part(archive, sheet) if archive else None
        if archive is None or part is None:
            return ()
        held = b""
        with archive.open(part) as xml:
            while block := xml.read(BLOCK_BYTES):
                held = held[-LONGEST_CELL:] + block
                if UNCOMPUTED.search(held):
                    raise GoodfitError("data.formulas_uncomputed", file=file.name, sheet=sheet)
                for cell in ERROR_CELL.findall(held):
                    errors.update((name.decode(), None) for name in CELL_NAME.findall(cell))
    params = {"file": file.name, "sheet": sheet, "count": len(errors), "cells": list(errors)}
    return (finding("data.error_cells", params),) if errors else ()


def _part(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """Where an .xlsx file keeps a sheet."""
    try:
        book = ET.fromstring(archive.read("xl/workbook.xml"))  # noqa: S314 (expat is bounded)
        links = ET.fromstring(archive.read("xl/_rels/workbook.xml.rels"))  # noqa: S314
    except (KeyError, ET.ParseError):
        return None
    targets = {link.get("Id"): link.get("Target", "") for link in links}
    for entry in book.iter():
        if entry.tag.endswith("}sheet") and entry.get("name") == sheet:
            link = next((v for k, v in entry.attrib.items() if k.endswith("}id")), None)
            target = targets.get(link, "").lstrip("/")
            path = target if target.startswith("xl/") else "xl/" + target
            return path if path in archive.namelist() else None
    return None
