"""Rows as single numbers, so that equal rows are found without comparing them cell by cell."""

from __future__ import annotations

import numpy as np

# Multipliers and shifts of splitmix64's last step (Steele, Lea and Flood 2014, figure 16).
GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MULTIPLIERS = (np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB))
SHIFTS = (np.uint64(30), np.uint64(27), np.uint64(31))


def mixed(keys: np.ndarray, cells: np.ndarray) -> np.ndarray:
    """Keys of rows with one more column mixed in, (row,) uint64.

    They are equal where rows are, and otherwise once in 2^64 pairs of rows: every bit depends on
    every bit of all columns so far.

    Args:
        keys: (row,) uint64, zeros before the first column.
        cells: (row,) uint64, equal where the cells are.

    >>> cells = np.array([4, 5, 4], np.uint64)
    >>> keys = mixed(np.zeros(3, np.uint64), cells)
    >>> bool(keys[0] == keys[2]), bool(keys[0] == keys[1])
    (True, False)
    """
    bits = keys + cells + GOLDEN
    for shift, multiplier in zip(SHIFTS[:2], MULTIPLIERS, strict=True):
        bits = (bits ^ (bits >> shift)) * multiplier
    return bits ^ (bits >> SHIFTS[-1])
