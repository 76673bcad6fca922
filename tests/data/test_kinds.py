"""What columns are: nothing is dropped or guessed in silence, and one setting overrides it."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from goodfit.core.settings import make_settings
from goodfit.data.kinds import check_columns, counts_rows, infer_schema, infer_target
from goodfit.data.read import read_table
from helpers import check_sentence, has_remark, raises

N = 60
LETTERS = ["red", "green", "blue"] * (N // 3)


def infer(columns, *, rows=None, **settings):
    """Schema and remarks of a table, or of a file of text; a target ``y`` is added to columns."""
    settings = make_settings(**settings)
    if isinstance(columns, dict):
        n_rows = len(next(iter(columns.values())))
        columns = columns | {"y": np.linspace(0, 1.5, n_rows)}
    table, _ = read_table(columns, settings=settings)
    target, _ = infer_target(table, name="y", settings=settings)
    return infer_schema(table, targets=(target,), settings=settings, rows=rows)


def kind_of(cells, *, name="x", **settings):
    """Kind, whether it is used, and the remarks; beside it stands a plain number."""
    schema, remarks = infer({name: cells, "other": np.sqrt(np.arange(len(cells)))}, **settings)
    column = schema.columns[0]
    check_sentence(column.reason.params, column.reason.text())
    return column, remarks


@pytest.mark.parametrize(
    ("cells", "kind", "used", "reason"),
    [
        ([1.5, 2.5, None] * 20, "number", True, "data.kind_numbers"),
        ([1, 2, 3] * 20, "number", True, "data.kind_numbers"),
        (["1", " 2.5", "NA"] * 20, "number", True, "data.kind_numbers"),
        (LETTERS, "category", True, "data.kind_words"),
        (["yes", None, None] * 20, "category", True, "data.kind_words"),
        ([True, False, None] * 20, "category", True, "data.kind_booleans"),
        (pd.Categorical([1, 2, 3] * 20), "category", True, "data.kind_words"),
        (["00501", "10001", "94016"] * 20, "category", True, "data.leading_zeros"),
        ([f"{i:05}" for i in range(N)], "id", False, "data.id_unique"),
        ([f"customer {i}" for i in range(N)], "id", False, "data.id_unique"),
        ([f"words {i}" for i in range(N - 1)] + ["words 1"], "text", False, "data.text_left_out"),
        ([f"Mr. {i}" for i in range(N - 5)] + ["Mrs. 1"] * 5, "text", True, "data.kind_text"),
        ([f"Mr. {i}" for i in range(N - 5)] + list("abcde"), "text", True, "data.kind_text"),
        (
            [f"{'ab'[i % 2]}{i}" for i in range(N - 9)] + [None] * 9,
            "text",
            False,
            "data.text_left_out",
        ),
        ([f"{'ab'[i % 2]}{i % 40}" for i in range(N)], "text", True, "data.kind_text"),
        ([f"INV-{i % 2}-{i}" for i in range(N)], "id", False, "data.id_unique"),
        ([f"order {i % 2} {i}" for i in range(N)], "id", False, "data.id_unique"),
        ([f"第{i}號產品{i % 2 * '很'}好" for i in range(N)], "text", True, "data.kind_text"),
        ([f"w {i}" for i in range(30)] + [None] * 30, "text", False, "data.text_left_out"),
        ([f"w {i}" for i in range(8)] + [None] * 52, "category", True, "data.kind_words"),
        (["same"] * N, "constant", False, "data.constant"),
        ([7] * N, "constant", False, "data.constant"),
        ([None] * N, "constant", False, "data.all_missing"),
        (["NA", ""] * 30, "constant", False, "data.all_missing"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_kind_is_found(cells, kind, used, reason):
    column, remarks = kind_of(cells)
    assert (column.kind, column.used, column.reason.code) == (kind, used, reason)
    assert used or column.reason in remarks


def test_long_texts_that_repeat_are_texts_and_many_levels_are_none():
    cells = [f"{i}" * 3 + "a" for i in range(150)]
    assert kind_of(cells * 4)[0].kind == "text"
    assert kind_of(cells * 6)[0].kind == "category"


def test_a_few_unique_words_are_no_id():
    assert kind_of(list("abcdefghij"))[0].kind == "category"


@pytest.mark.parametrize("name", ["id", "PassengerId", "row_id", "Order", "PID", "", "Unnamed: 0"])
def test_a_number_that_counts_the_rows_under_an_ids_name_is_an_id(name):
    column, remarks = kind_of(range(5, 5 + N), name=name)
    assert (column.kind, column.reason.code) == ("id", "data.id_counting")
    has_remark(remarks, "data.id_counting", column=name)


def test_neither_the_name_nor_the_counting_alone_makes_an_id():
    assert kind_of(range(N), name="day")[0].kind == "number"
    assert kind_of(range(0, 2 * N, 2), name="id")[0].kind == "number"
    assert not counts_rows("humid", np.arange(3.0), np.arange(3))
    assert not counts_rows("paid", np.arange(3.0), np.arange(3))


def test_rows_that_were_picked_still_count():
    rows = np.array([0, 2, 3, 7])
    assert infer({"id": range(9), "x": [1, 5, 2] * 3}, rows=rows)[0].columns[0].kind == "id"


def test_versions_and_fractions_are_no_dates():
    assert kind_of(["1.2.3", "99.99.2024", "1.2.3"])[0].kind == "category"
    assert kind_of(["99.99.2024", "98.98.2024", "1/2"])[0].kind == "category"


def test_a_few_words_among_numbers_are_an_error_that_names_all_rows_and_both_ways_out():
    cells = [str(i) for i in range(N)]
    cells[3] = cells[58] = "low"
    with raises("data.words_among_numbers", column="x", rows=[4, 59], words=["low"]) as caught:
        kind_of(cells, rows=np.arange(50))
    assert "Mend them, or declare it a category" in str(caught.value)
    assert kind_of(cells, category=("x",))[0].kind == "category"


def test_a_word_that_stands_for_none_again_and_again_is_found_too():
    cells = [str(i) if i % 3 else "none" for i in range(N)]
    with raises("data.words_among_numbers", count=20):
        kind_of(cells)


def test_many_words_among_numbers_are_words():
    assert kind_of(["PC 17", "3", "A5", "21"] * 15)[0].kind == "category"


def test_a_word_in_a_row_that_decides_nothing_is_met_before_training():
    cells = [str(i) for i in range(N - 1)] + ["x"]
    with raises("data.words_among_numbers", rows=[N]):
        kind_of(cells, rows=np.arange(40))


def test_only_the_given_rows_decide():
    cells = {"c": ["a"] * 40 + ["b"] * 20, "t": LETTERS[:40] + [f"text {i}" for i in range(20)]}
    columns = infer(cells | {"x": np.sqrt(np.arange(N))}, rows=np.arange(40))[0].columns
    assert [column.kind for column in columns] == ["constant", "category", "number"]


def test_infinite_numbers_name_their_rows():
    with raises("data.number_beyond", column="x", rows=[2]):
        kind_of([1.5, np.inf, 2.5])


def test_a_decimal_comma_is_found_and_said(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("preis;menge;y\n1.234,5;1;1\n2,25;2;3\n3;3;2\n")
    schema, remarks = infer(path)
    assert [(c.kind, c.decimal) for c in schema.columns] == [("number", ","), ("number", ".")]
    has_remark(remarks, "data.decimal_comma", column="preis")


@pytest.mark.parametrize(
    "text",
    [
        'x,y\n"1,234",1\n"2,500",3\n999,2\n',
        'x,y\n"1,234,567",1\n"2,500",3\n999,2\n',
        "x;p;y\n1.234;0,5;1\n2.500;1,5;3\n999;2;2\n",
    ],
    ids=["one comma", "two commas", "points beside decimal commas"],
)
def test_thousands_or_fractions_are_never_guessed(tmp_path, text):
    path = tmp_path / "t.csv"
    path.write_text(text)
    with raises("data.decimal_ambiguous", column="x"):
        infer(path)
    schema, _ = infer(path, category=("x",))
    assert schema.columns[0].kind == "category"


def test_the_decimal_mark_can_be_said(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('x,p,y\n"1,234",3.5,1\n"2,500",4.5,3\n"3,5",5,2\n')
    schema, _ = infer(path, decimal="comma")
    assert [(c.kind, c.decimal) for c in schema.columns] == [("number", ","), ("number", ".")]
    assert infer(path, decimal="point")[0].columns[0].kind == "category"


def test_an_unambiguous_comma_is_read_whatever_divides(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('x,y\n"1,5",1\n"2,500",3\n"0,25",2\n')
    assert infer(path)[0].columns[0].decimal == ","


def test_markers_of_missing_cells_are_said():
    _, remarks = kind_of(["1.5", " ", "2.5", "?", "NA"])
    has_remark(remarks, "data.markers", column="x", count=3, markers=["' '", "'?'", "'NA'"])
    assert kind_of(["1.5", "", "2.5"])[1] == ()


@pytest.mark.parametrize(
    ("cells", "setting", "kind", "used"),
    [
        ([f"c {i}" for i in range(N)], "category", "category", True),
        ([1, 2, 3] * 20, "category", "category", True),
        (["00501", "10001"] * 30, "number", "number", True),
        (range(N), "number", "number", True),
        ([True, False] * 30, "number", "number", True),
        ([7] * N, "number", "number", True),
        ([None] * N, "number", "number", True),
        (LETTERS, "text", "text", True),
        ([f"{i}" for i in range(N)], "text", "text", True),
        ([f"{i}{i}{i}x" for i in range(N)], "text", "text", True),
        ([chr(100 + i) for i in range(N)], "text", "text", False),
        ([1, 2, 3] * 20, "text", "text", True),
        (["2024-01-31", "2024-02-01"] * 30, "category", "category", True),
        (["same"] * N, "category", "constant", False),
        ([[1], [2]] * 30, "drop", "category", False),
        (["1", "2"] * 30, "drop", "number", False),
        ([dt.date(2024, 1, 1)] * N, "drop", "date", False),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_setting_overrides_the_kind(cells, setting, kind, used):
    column, _ = kind_of(cells, name="id", **{setting: ("id",)})
    assert (column.kind, column.used) == (kind, used)


def test_a_number_asked_for_must_be_one():
    with raises("data.words_among_numbers", count=N):
        kind_of(LETTERS, number=("x",))
    with raises("data.not_numbers"):
        kind_of([dt.date(2024, 1, 1)] * 3, number=("x",))


@pytest.mark.parametrize(
    ("cells", "choice", "kind"),
    [
        (LETTERS, "count", "category"),
        (LETTERS, "onehot", "category"),
        ([1, 2, 3] * 20, "ordinal", "category"),
        ([1, 2, 3] * 20, "category", "category"),
        (["00501", "10001"] * 30, "log1p", "number"),
        (range(N), "none", "number"),
        (LETTERS, "text", "text"),
        (["2024-01-31", "2024-02-01"] * 30, "embedding", "category"),
        (["2024-01-31", "2024-02-01"] * 30, "date", "date"),
    ],
)
def test_a_choice_for_one_column_makes_it_of_the_kind_that_it_needs(cells, choice, kind):
    column, _ = kind_of(cells, name="id", column={"id": choice})
    assert (column.kind, column.used) == (kind, True)
    assert not kind_of(cells, name="id", column={"id": "drop"})[0].used


def test_a_choice_that_does_not_fit_is_refused_with_those_that_do():
    with raises("data.column_choice", column="x", choice="robust") as caught:
        kind_of(LETTERS, column={"x": "robust"})
    assert "count" in caught.value.params["fitting"]
    assert "standardize" not in caught.value.params["fitting"]
    with raises("data.column_choice", column="x", choice="cubic") as caught:
        kind_of([1, 2, 3] * 20, column={"x": "cubic"})
    assert {"standardize", "count"} <= set(caught.value.params["fitting"])
    with raises("data.column_choice", column="x", choice="robust"):
        kind_of([dt.date(2024, 1, day) for day in range(1, 30)], column={"x": "robust"})
    for cells in (LETTERS, [1, 2, 3] * 20):
        with raises("data.column_choice", column="x", choice="date"):
            kind_of(cells, column={"x": "date"})
    with raises("data.column_unknown", setting="column", column="ohter", meant="other"):
        kind_of([1, 2, 3], column={"ohter": "robust"})
    with raises("data.column_named_twice", column="x", first="drop", second="column"):
        kind_of([1, 2, 3], drop=("x",), column={"x": "robust"})
    with raises("data.words_among_numbers", rows=[2]):
        kind_of(["1", "two", "3"] + ["4"] * 20, column={"x": "robust"})
    with raises("data.target_among_columns", column="y"):
        infer({"x": [1, 2, 3]}, column={"y": "robust"})


def test_a_choice_and_a_kind_that_agree_may_both_be_said():
    assert kind_of(range(N), number=("x",), column={"x": "robust"})[0].kind == "number"


def test_cells_that_are_no_numbers_and_no_words_are_refused():
    with raises("data.cells_nested", column="x"):
        kind_of([[1], [2], [3]])
    with raises("data.cells_nested", column="x"):
        kind_of([b"a", b"b", b"a"])


def test_settings_must_name_columns_once():
    with raises("data.column_unknown", setting="drop", column="ohter", meant="other"):
        kind_of([1, 2, 3], drop=("ohter",))
    with raises("data.column_named_twice", column="x", first="number", second="category"):
        kind_of([1, 2, 3], number=("x",), category=("x",))


def test_a_table_without_features_is_refused():
    with raises("data.no_features", target=["y"], columns=["x", "z"]):
        infer({"x": [1, 1, 1], "z": [1, 2, 3]}, drop=("z",))


@pytest.fixture
def schema():
    cells = {"size": [1.5, 2.5, 3.0], "colour": ["a", "b", "a"], "id": [1, 2, 3]}
    return infer(cells)[0]


def table(*names):
    return read_table({name: [1, 2] for name in names}, settings=make_settings())[0]


def test_columns_may_stand_in_any_order_and_only_features_are_needed(schema):
    assert check_columns(table("colour", "size"), schema) == ()
    assert check_columns(table("y", "id", "colour", "size"), schema, need_target=True) == ()


def test_missing_columns_are_named_all_at_once(schema):
    with raises("data.columns_missing", columns=["size (Size?)", "colour"]):
        check_columns(table("Size"), schema)
    with raises("data.columns_missing", columns=["y"]):
        check_columns(table("size", "colour"), schema, need_target=True)


def test_columns_that_the_model_does_not_know_are_ignored_aloud(schema):
    remarks = check_columns(table("size", "colour", "new"), schema)
    has_remark(remarks, "data.columns_ignored", columns=["new"])
