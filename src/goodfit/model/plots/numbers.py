"""The numbers of a picture as text: JSON that reads back as the same report, and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

import msgspec


def to_json(report: msgspec.Struct) -> bytes:
    """A report as JSON; ``msgspec.json.decode(…, type=type(report))`` gives it back.

    >>> from goodfit.model.straight_line import Line
    >>> to_json(Line(slope=2.0, intercept=1.0, mean_squared_error=0.5))
    b'{"slope":2.0,"intercept":1.0,"mean_squared_error":0.5}'
    """
    return msgspec.json.encode(report)


def to_csv(report: msgspec.Struct) -> str:
    r"""A report as CSV: every field a column, as long as it is.

    Of what stands within another the names are joined by dots: ``curves.0.x``.

    >>> from goodfit.model.straight_line import Line
    >>> to_csv(Line(slope=2.0, intercept=1.0, mean_squared_error=0.5))
    'slope,intercept,mean_squared_error\n2.0,1.0,0.5\n'
    """
    columns = dict(_columns(report, ""))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip_longest(*columns.values(), fillvalue=None))
    return text.getvalue()


def _columns(value: Any, name: str) -> Iterator[tuple[str, list[Any]]]:
    """The columns that a value comes to, with their names."""
    if isinstance(value, msgspec.Struct):
        value = msgspec.structs.asdict(value)
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _columns(item, f"{name}.{key}" if name else str(key))
    elif isinstance(value, (tuple, list)):
        if any(isinstance(item, (msgspec.Struct, Mapping, tuple, list)) for item in value):
            yield from _columns(dict(enumerate(value)), name)
        else:
            yield name, list(value)
    else:
        yield name, [value]
