"""A fingerprint tells tables apart by what they say, not by how they lie in memory."""

from __future__ import annotations

import pyarrow as pa
import pytest

from goodfit.core.settings import make_settings
from goodfit.data.fingerprint import fingerprint
from goodfit.data.read import read_table

CELLS = {
    "x": [1.5, None, 3.0],
    "w": ["ab", None, "c"],
    "b": [True, None, False],
    "l": [[1], None, [2]],
}


def mark(cells):
    return fingerprint(read_table(cells, settings=make_settings())[0])


def test_it_is_a_sha_256():
    assert len(mark(CELLS)) == 64


def test_chunks_slices_and_dictionaries_change_nothing():
    table = pa.table(CELLS)
    chunked = pa.concat_tables([table.slice(0, 1), table.slice(1, 0), table.slice(1)])
    coded = table.set_column(1, "w", table["w"].dictionary_encode())
    large = table.set_column(1, "w", table["w"].cast(pa.large_string()))
    assert {mark(other) for other in (table, chunked, coded, large)} == {mark(CELLS)}


@pytest.mark.parametrize(
    "change",
    [
        {"x": [1.5, 0.0, 3.0]},
        {"w": ["a", None, "bc"]},
        {"w": ["ab", "", "c"]},
        {"b": [True, False, False]},
        {"l": [[1], None, [3]]},
        {"new": [1, 2, 3]},
    ],
    ids=str,
)
def test_any_cell_changes_it(change):
    assert mark(CELLS | change) != mark(CELLS)


def test_names_and_order_change_it():
    assert (
        len({mark({"a": [1], "b": [2]}), mark({"b": [2], "a": [1]}), mark({"a": [2], "b": [1]})})
        == 3
    )
