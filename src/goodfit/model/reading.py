"""How a fitted model reads a source, and tells what is to be known of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec

from goodfit.core.errors import GoodfitError
from goodfit.core.remarks import Remark
from goodfit.core.settings import READING, Settings, make_settings


def how_read(chosen: Settings, given: Mapping[str, Any]) -> Settings:
    """How a source is read: as given, and with the markers that the model knows."""
    for name in given:
        if name not in (*READING, "missing"):
            raise GoodfitError("model.not_of_reading", name=name, known=[*READING, "missing"])
    settings = make_settings(**given)
    missing = (*chosen.missing, *settings.missing)
    return msgspec.structs.replace(settings, missing=tuple(dict.fromkeys(missing)))


def tell_all(remarks: Iterable[Remark], tell: Callable[[Remark], None] | None) -> None:
    """Tell each remark, if anybody listens."""
    if tell:
        for remark in remarks:
            tell(remark)
