"""Sources of every kind give the same table; what is no table is told why."""

from __future__ import annotations

import datetime as dt
import decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from goodfit.core.settings import make_settings
from goodfit.data.read import read_chunks, read_table
from goodfit.data.table import Table
from helpers import has_remark, raises

CELLS = {"x": [1.5, None, 3.0], "n": [1, 2, 3], "w": ["a", None, "c"], "b": [True, False, True]}


def read(source):
    return read_table(source, settings=make_settings())[0]


def cells(source):
    return {name: column.to_pylist() for name, column in read(source).columns.items()}


def frames():
    yield "mapping", CELLS
    yield "pandas with an index", pd.DataFrame(CELLS, index=[7, 8, 9])
    yield "pandas nullable", pd.DataFrame(CELLS).convert_dtypes()
    yield "pandas of arrow", pd.DataFrame(CELLS).convert_dtypes(dtype_backend="pyarrow")
    yield "polars", pl.DataFrame(CELLS)
    yield "arrow", pa.table(CELLS)
    yield "record batch", pa.record_batch(CELLS)
    yield "series", {name: pd.Series(column) for name, column in CELLS.items()}
    yield "polars series", {name: pl.Series(name, column) for name, column in CELLS.items()}
    yield (
        "arrow with views",
        pa.table(CELLS).set_column(2, "w", pa.array(CELLS["w"], pa.string_view())),
    )
    yield (
        "run ends",
        pa.table(CELLS).set_column(1, "n", pa.RunEndEncodedArray.from_arrays([1, 2, 3], [1, 2, 3])),
    )
    yield "a table that was read", read(CELLS)


@pytest.mark.parametrize("source", [pytest.param(s, id=name) for name, s in frames()])
def test_whatever_holds_a_table_it_is_the_same(source):
    assert cells(source) == CELLS


def test_parquet_is_known_by_its_content(tmp_path):
    pq.write_table(pa.table(CELLS), tmp_path / "table.data")
    assert cells(tmp_path / "table.data") == CELLS
    assert cells(str(tmp_path / "table.data")) == CELLS


def test_the_index_that_pandas_wrote_is_no_column(tmp_path):
    path = tmp_path / "table.parquet"
    pd.DataFrame({"a": [1, 2]}, index=[5, 9]).to_parquet(path)
    table, remarks = read_table(path, settings=make_settings())
    assert list(table.columns) == ["a"]
    has_remark(remarks, "data.index_left_out", table="table.parquet")


def test_arrays_have_numbered_columns():
    assert cells(np.array([[1.0, 2.0], [3.0, 4.0]])) == {"x0": [1, 3], "x1": [2, 4]}
    assert cells(np.array([1.0, 2.0])) == {"x0": [1, 2]}
    assert cells(np.array([[1, "a"], [2, "b"]], dtype=object)) == {"x0": [1, 2], "x1": ["a", "b"]}


def test_cells_of_several_types_become_words():
    assert cells({"m": [1, "b", None, 2.5]}) == {"m": ["1", "b", None, "2.5"]}
    assert cells(pd.DataFrame({"m": [10**30, pd.NA, 2]})) == {"m": [str(10**30), None, "2"]}


def test_sparse_columns_of_pandas_are_read():
    assert cells(pd.DataFrame({"s": pd.arrays.SparseArray([0, 0, 1])})) == {"s": [0, 0, 1]}


@pytest.mark.parametrize("kind", ["csv", "parquet", "mapping"])
@pytest.mark.parametrize("n_rows_per_chunk", [1, 2, 3, 7, 100])
def test_chunks_are_even_and_know_their_rows(tmp_path, kind, n_rows_per_chunk):
    whole = {"x": list(range(10)), "w": list("abcdefghij")}
    source = tmp_path / f"table.{kind}"
    if kind == "csv":
        pd.DataFrame(whole).to_csv(source, index=False)
    elif kind == "parquet":
        pq.write_table(pa.table(whole), source, row_group_size=4)
    else:
        source = whole
    chunks = list(read_chunks(source, settings=make_settings(), n_rows_per_chunk=n_rows_per_chunk))
    words = [word for chunk in chunks for word in chunk.columns["w"].to_pylist()]
    assert words == whole["w"]
    assert {chunk.n_rows for chunk in chunks[:-1]} <= {n_rows_per_chunk}
    starts = [chunk.first_row for chunk in chunks]
    assert starts == list(range(1, 11, n_rows_per_chunk))


def test_chunks_tell_what_was_found_out(tmp_path):
    (tmp_path / "table.csv").write_text("a;b\n1;2\n")
    told = []
    list(read_chunks(tmp_path / "table.csv", settings=make_settings(), tell=told.append))
    has_remark(told, "data.delimiter_found", delimiter=";")


def test_empty_parquet_gives_one_empty_chunk(tmp_path):
    pq.write_table(pa.table({"a": pa.array([], pa.int64())}), tmp_path / "t.parquet")
    (chunk,) = read_chunks(tmp_path / "t.parquet", settings=make_settings())
    assert (list(chunk.columns), chunk.n_rows) == (["a"], 0)
    with raises("data.no_rows"):
        read(tmp_path / "t.parquet")


def test_picked_rows_keep_their_numbers():
    table = read({"x": [5, 6, 7, 8]}).take(np.array([3, 1])).take(np.array([1]))
    assert table.columns["x"].to_pylist() == [6]
    assert table.row_numbers().tolist() == [2]


@pytest.mark.parametrize(
    ("source", "code"),
    [
        ([[1, 2], [3, 4]], "data.list"),
        (42, "data.source_unknown"),
        (pd.Series([1, 2]), "data.source_unknown"),
        (pl.Series("x", [1, 2]), "data.source_unknown"),
        (pl.DataFrame({"x": [1]}).lazy(), "data.source_unknown"),
        (np.zeros((2, 2, 2)), "data.array_shape"),
        ({}, "data.no_columns"),
        (pd.DataFrame([[1, 2]], columns=["a", "a"]), "data.duplicate_columns"),
        ({"a": [1], "b": [1, 2]}, "data.lengths_differ"),
        ({"a": "abc"}, "data.column_not_list"),
        ({"a": np.zeros((2, 2))}, "data.column_not_flat"),
        ({"a": [{1}, 2]}, "data.cells_unknown"),
        ({"a": [1 + 2j]}, "data.cells_unknown"),
        ({"a": []}, "data.no_rows"),
        ("https://example.org/table.csv", "data.address"),
        ("nowhere.csv", "data.file_missing"),
        ("a\0b.csv", "data.file_unreadable"),
    ],
    ids=lambda value: value if isinstance(value, str) and "data." in value else None,
)
def test_what_is_no_table_is_told_why(source, code):
    with raises(code):
        read(source)


def test_a_sparse_matrix_is_refused():
    sparse = pytest.importorskip("scipy.sparse")
    with raises("data.sparse"):
        read(sparse.eye(3, format="csr"))


def test_a_folder_is_refused(tmp_path):
    with raises("data.is_directory"):
        read(tmp_path)


@pytest.mark.parametrize("content", [b"PAR1 and no more", b"a,b\n1,2\n"])
def test_damaged_parquet_is_refused(tmp_path, content):
    (tmp_path / "t.parquet").write_bytes(content)
    with raises("data.file_damaged", file="t.parquet", format="Parquet"):
        read(tmp_path / "t.parquet")
    with raises("data.file_damaged", file="t.parquet", format="Parquet"):
        list(read_chunks(tmp_path / "t.parquet", settings=make_settings()))


def test_types_that_are_not_for_networks_can_still_be_read():
    """They are refused where they would be used, so that they can be dropped."""
    table = read({"d": [dt.date(2020, 1, 1)], "l": [[1]], "e": [decimal.Decimal("1.5")]})
    assert isinstance(table, Table)


@pytest.mark.parametrize("kind", ["<f4", "<f8", ">f8", "<f2", "<i8", "u1", "bool", "object"])
def test_an_array_is_read_alike_however_it_lies_in_memory(kind: str) -> None:
    numbers = (np.arange(6_000).reshape(2_000, 3) % 90).astype(kind)
    whole, _ = read_table(numbers, settings=make_settings())
    columns = {f"x{place}": cells.copy() for place, cells in enumerate(numbers.T)}
    for other in (np.asfortranarray(numbers), columns, pd.DataFrame(columns)):
        found, _ = read_table(other, settings=make_settings())
        assert found.columns == whole.columns


def test_not_a_number_and_what_is_masked_are_gaps_in_an_array() -> None:
    numbers = np.array([[1.0, np.nan], [np.nan, 2.0]])
    masked = np.ma.masked_array([[1.0, 5.0], [5.0, 2.0]], mask=np.isnan(numbers))
    for array in (numbers, np.asfortranarray(numbers), masked, pd.DataFrame(numbers)):
        table, _ = read_table(array, settings=make_settings())
        assert [c.to_pylist() for c in table.columns.values()] == [[1.0, None], [None, 2.0]]
