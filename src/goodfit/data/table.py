"""A table in memory: named columns of equal length, cells as they were read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa


@dataclass(frozen=True)
class Table:
    """Named columns of equal length. Text files give columns of words, unread.

    Args:
        columns: Arrow arrays by name, each of ``n_rows`` cells.
        n_rows: number of rows.
        name: how messages call the table, such as the file's name.
        first_row: number of the first row in the file, counted from 1 (larger in later chunks).
        picked: (row,) places among the rows that were read, for a table made by ``take``.
        delimiter: what stands between the cells of a text file; None for other sources.
    """

    columns: Mapping[str, pa.ChunkedArray]
    n_rows: int
    name: str = "the table"
    first_row: int = 1
    picked: np.ndarray | None = None
    delimiter: str | None = None

    def take(self, rows: np.ndarray) -> Table:
        """The given rows, (row,) whole numbers, in the given order; they keep their numbers."""
        index = pa.array(np.asarray(rows, dtype=np.int64))
        columns = {name: column.take(index) for name, column in self.columns.items()}
        picked = np.asarray(rows, dtype=np.int64) if self.picked is None else self.picked[rows]
        return Table(columns, len(rows), self.name, self.first_row, picked, self.delimiter)

    def row_numbers(self, rows: np.ndarray | None = None) -> np.ndarray:
        """Numbers of rows in the file, counted from 1, (row,) int64; of all rows if not given.

        >>> import numpy as np, pyarrow as pa
        >>> table = Table({"x": pa.chunked_array([[5, 6, 7]])}, 3, first_row=11)
        >>> table.take(np.array([2, 0])).row_numbers(np.array([0])).tolist()
        [13]
        """
        rows = np.arange(self.n_rows) if rows is None else rows
        return self.first_row + (rows if self.picked is None else self.picked[rows])
