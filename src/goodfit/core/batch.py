"""Rows as tensors, ready for a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows: what the network sees, what it should say, and how much each row counts.

    Args:
        dense: (row, dense column), floating.
        codes: (row, code column), int64.
        target: (row, 1) floating for regression and two classes, (row,) int64 for more.
        weight: (row, 1) floating, or None where every row counts alike.
    """

    dense: Tensor
    codes: Tensor
    target: Tensor
    weight: Tensor | None = None

    def __len__(self) -> int:
        return len(self.dense)
