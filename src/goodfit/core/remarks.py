"""A remark: something worth saying about the data or the training, as a code."""

from __future__ import annotations

from typing import Any, Literal, get_args

import msgspec

from goodfit.core.words import say

#: How much a remark matters, from least to most (``goodfit.core.findings`` says what is meant).
Severity = Literal["note", "warning", "serious"]
SEVERITIES: tuple[Severity, ...] = get_args(Severity)


class Remark(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A code with parameters and a severity; its words are made where it is shown.

    Args:
        code: entry of the word catalog, ``room.name``.
        params: what the entry's placeholders are filled with (JSON values).
        severity: how much it matters.

    >>> from goodfit.core.remarks import Remark
    >>> Remark("data.column_dropped", {"column": "id"}).text()
    "Column 'id' is left out, as asked."
    """

    code: str
    params: dict[str, Any] = {}
    severity: Severity = "note"

    def text(self) -> str:
        """The remark in words."""
        return say(self.code, self.params)
