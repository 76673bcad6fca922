"""Text files as people have them: nothing that a cell says is lost or guessed away."""

from __future__ import annotations

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from goodfit.core.settings import make_settings
from goodfit.data.read import read_chunks, read_table
from helpers import has_remark, raises


@pytest.fixture
def read(tmp_path):
    """Writes a text to a file and reads it: whole, and in chunks, which must say the same."""

    def read_text(content, *, name="table.csv", **settings):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        settings = make_settings(**settings)
        table, remarks = read_table(path, settings=settings)
        cells = {name: column.to_pylist() for name, column in table.columns.items()}
        n_rows = max(2, table.n_rows // 3)
        chunks = list(read_chunks(path, settings=settings, n_rows_per_chunk=n_rows))
        assert cells == {
            name: [cell for chunk in chunks for cell in chunk.columns[name].to_pylist()]
            for name in cells
        }
        return cells, remarks

    return read_text


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(read, delimiter):
    cells, remarks = read(f"a{delimiter}b\n1{delimiter}x\n2{delimiter}y\n")
    assert cells == {"a": ["1", "2"], "b": ["x", "y"]}
    assert [r.code for r in remarks] == ["data.delimiter_found"] * (delimiter != ",")


def test_another_delimiter_can_be_said(read):
    assert read("a:b\n1:x\n", delimiter=":")[0] == {"a": ["1"], "b": ["x"]}


def test_a_tab_in_a_tsv_needs_no_word(read):
    assert read("a\tb\n1\t2\n", name="table.tsv")[1] == ()


def test_decimal_commas_do_not_divide(read):
    cells, _ = read("preis;ort\n1,5;Ulm\n2,25;Bonn\n")
    assert cells == {"preis": ["1,5", "2,25"], "ort": ["Ulm", "Bonn"]}


def test_cells_stay_as_they_are(read):
    cells, _ = read("zip,note,x\n00501, a ,1\n10001,NA,2.50\n")
    assert cells == {"zip": ["00501", "10001"], "note": [" a ", "NA"], "x": ["1", "2.50"]}


def test_a_single_column_keeps_its_empty_lines_as_missing_cells(read):
    assert read("x\n1\n\n3\n")[0] == {"x": ["1", "", "3"]}


def test_a_row_of_one_quoted_cell_is_a_row(read):
    """Found among generated files: such a file seemed to hold nothing."""
    cells, _ = read('"a,b"\r\n"x"\r\n""\r\n"y,z"\r\n')
    assert cells == {"a,b": ["x", "", "y,z"]}


def test_empty_lines_between_rows_of_several_cells_are_no_rows(read):
    assert read("a,b\n1,2\n\n3,4\n\n")[0] == {"a": ["1", "3"], "b": ["2", "4"]}


def test_a_fraction_after_many_whole_numbers_stays_a_fraction(read):
    cells, _ = read("x,y\n" + "1,2\n" * 60_000 + "1.5,2\n")
    assert cells["x"][-1] == "1.5"


def test_quotes_hold_delimiters_newlines_and_quotes(read):
    cells, _ = read('"a, b",c\n"1\n2","say ""hi"""\n"3, 4",5\n')
    assert cells == {"a, b": ["1\n2", "3, 4"], "c": ['say "hi"', "5"]}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_end_of_line_is_one(read, end):
    assert read(end.join(["a,b", "1,2", "3,4"]))[0] == {"a": ["1", "3"], "b": ["2", "4"]}


CELLS = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=6)


@given(
    rows=st.integers(2, 4).flatmap(
        lambda n: st.lists(st.lists(CELLS, min_size=n, max_size=n), min_size=1, max_size=8)
    ),
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)
def test_whatever_is_written_is_read_again(tmp_path_factory, rows, delimiter, quoting):
    path = tmp_path_factory.mktemp("written") / "table.csv"
    names = ["a", "b", "c", "d"][: len(rows[0])]
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter, quoting=quoting).writerows([names, *rows])
    table, _ = read_table(path, settings=make_settings(delimiter=delimiter))
    assert [
        list(cells) for cells in zip(*(c.to_pylist() for c in table.columns.values()), strict=True)
    ] == rows


def test_names_lose_the_white_space_around_them(read):
    assert list(read("a, b \n1,2\n")[0]) == ["a", "b"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_is_read_without_a_word(read, encoding):
    cells, remarks = read("name,城市\nJürgen,台北\n".encode(encoding))
    assert cells == {"name": ["Jürgen"], "城市": ["台北"]}
    assert remarks == ()


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("latin-1", "cp1252"), ("gb18030", "gb18030"), ("utf-16-le", "utf-16-le")],
)
def test_another_encoding_is_guessed_aloud(read, encoding, name):
    text = "name,city\n王小明,北京大学\n" if encoding == "gb18030" else "name,city\nJürgen,Köln\n"
    # The line that gives the encoding away stands far behind what a sample would see.
    cells, remarks = read((text + "a,b\n" * 100_000 + text).encode(encoding))
    assert f"name,city\n{cells['name'][0]},{cells['city'][0]}\n" == text
    has_remark(remarks, "data.encoding_guessed", encoding=name)


def test_the_encoding_can_be_said(read):
    cells, remarks = read("姓名,x\n王,1\n".encode("gb18030"), encoding="gb18030")
    assert cells == {"姓名": ["王"], "x": ["1"]}
    assert remarks == ()


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_a_wrong_encoding_is_refused(read, encoding):
    text = ("a,b\n" + "1,2\n" * 100_000 + "é,3\n").encode("latin-1")
    with raises("data.encoding_wrong", encoding=encoding):
        read(text, encoding=encoding)


@pytest.mark.parametrize("encoding", ["utf-9", "hex", "rot13", "a\0b"])
def test_an_unknown_encoding_is_refused(read, encoding):
    with raises("data.encoding_unknown", encoding=encoding):
        read("a,b\n1,2\n", encoding=encoding)


def test_a_binary_file_is_refused(read):
    with raises("data.encoding_not_found"):
        read(bytes(range(256)) * 4)


@pytest.mark.parametrize(
    ("rows", "line", "n_cells"),
    [("1,2\n3\n", 3, 1), ("1,2\n3,4,5\n", 3, 3), ('"1\n",2\n\n3\n', 5, 1)],
    ids=["short", "long", "after lines in quotes"],
)
def test_a_ragged_row_is_an_error_that_names_its_line(read, rows, line, n_cells):
    with raises("data.ragged", line=line, n_cells=n_cells, n_columns=2):
        read("a,b\n" + rows)


def test_a_ragged_row_far_down_is_found_as_well(read):
    with raises("data.ragged", line=200_002, n_cells=1):
        read("a,b\n" + "1,2\n" * 200_000 + "3\n")


def test_lines_above_the_names_are_refused(read):
    with raises("data.header_short", n_header=1, line=3, n_cells=3, n_above=2):
        read("Sales report\n\na,b,c\n1,2,3\n4,5,6\n")


def test_more_names_than_cells_are_refused(read):
    with raises("data.header_long", n_header=2, n_cells=1):
        read("a,b\n1\n2\n3\n")


def test_a_delimiter_that_does_not_divide_is_refused(read):
    with raises("data.one_column", delimiter=",", other=";", header="a;b"):
        read("a;b\n1;2\n", delimiter=",")


@pytest.mark.parametrize("delimiter", ['"', "\n", "ß"])
def test_a_delimiter_must_be_a_plain_character(read, delimiter):
    with raises("data.delimiter_unusable"):
        read("a,b\n1,2\n", delimiter=delimiter)


def test_a_quote_that_is_never_closed_is_refused(read):
    with raises("data.quote_open"):
        read('a,b\n1,"2\n3,4\n5,6\n')


def test_a_row_longer_than_any_sane_one_is_refused(read):
    with raises("data.text_unreadable"):
        read('a,b\n1,"' + "x\n" * 10_000_000 + '"\n')


@pytest.mark.parametrize(
    "text",
    ["5.1,3.5,setosa\n4.9,3.0,setosa\n", "39,State-gov\n50,State-gov\n", "7,3\n8,4\n"],
    ids=["fractions", "a word that is a cell too", "numbers only"],
)
def test_a_file_without_names_is_refused(read, text):
    with raises("data.no_header"):
        read(text)


def test_a_name_that_is_a_cell_far_down_is_a_name(tmp_path, monkeypatch):
    """Only the first rows tell whether the names are names, in whatever pieces they come."""
    monkeypatch.setattr("goodfit.data.text.BLOCK_BYTES", 1 << 12)
    (tmp_path / "t.csv").write_text("c,2020\n" + "a,1\n" * 3000 + "c,2\n" * 3000)
    chunks = list(read_chunks(tmp_path / "t.csv", settings=make_settings()))
    assert sum(chunk.n_rows for chunk in chunks) == 6000


@pytest.mark.parametrize("header", ["city,2019,2020", "0,1,2", "x,y,1"])
def test_names_may_be_numbers(read, header):
    assert list(read(f"{header}\n7,8,9\n")[0]) == header.split(",")


def test_columns_of_one_name_are_refused(read):
    with raises("data.duplicate_columns", columns=["a"]):
        read("a,b,a\n1,2,3\n")


@pytest.mark.parametrize("text", ["", "\n\n", "  \n"])
def test_an_empty_file_is_refused(read, text):
    with raises("data.file_empty"):
        read(text)


@pytest.mark.parametrize("text", ["a,b\n", "a,b"])
def test_names_alone_are_a_table_to_predict_on_but_none_to_learn_from(tmp_path, text):
    path = tmp_path / "new.csv"
    path.write_text(text)
    with raises("data.no_rows", table="new.csv"):
        read_table(path, settings=make_settings())
    (chunk,) = read_chunks(path, settings=make_settings())
    assert (list(chunk.columns), chunk.n_rows) == (["a", "b"], 0)
