"""Columns as numbers, as words, as the target: the same whatever holds the cells."""

from __future__ import annotations

import decimal
import itertools

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from goodfit.core.remarks import Remark
from goodfit.core.settings import make_settings
from goodfit.data.cells import numbers_in, plain_numbers, trimmed, without_markers
from goodfit.data.parse import read_numbers, read_target, read_words
from goodfit.data.read import read_table
from goodfit.data.schema import Target
from helpers import raises

NAN = float("nan")


def column(cells):
    return read_table({"x": cells}, settings=make_settings())[0]


def target(task="multiclass", levels=(), **more):
    return Target(name="x", task=task, levels=levels, reason=Remark("data.task_words"), **more)


NUMBERS = [
    ([1, None, 3], [1, NAN, 3], ["1", None, "3"]),
    ([1.0, None, 2.5], [1, NAN, 2.5], ["1", None, "2.5"]),
    ([True, None, False], [1, NAN, 0], ["True", None, "False"]),
    (np.array([1, 2], np.float16), [1, 2], ["1", "2"]),
    (np.array([0.1], np.float32), [np.float32(0.1)], ["0.1"]),
    (np.array([2**63], np.uint64), [2.0**63], [str(2**63)]),
    ([decimal.Decimal("3.00"), decimal.Decimal("1.50")], [3, 1.5], ["3", "1.5"]),
    (pd.array([1, None], dtype="Int8"), [1, NAN], ["1", None]),
    (pd.array([1.5, None], dtype="Float32"), [1.5, NAN], ["1.5", None]),
    (pd.array([True, None], dtype="boolean"), [1, NAN], ["True", None]),
    (pd.Series([1, None], dtype="int64[pyarrow]"), [1, NAN], ["1", None]),
    (pd.Categorical([3.0, 1.5, 3.0]), [3, 1.5, 3], ["3", "1.5", "3"]),
    ([None, None], [NAN, NAN], [None, None]),
    ([" 1", "+2", "3.50", "-4e2", ".5", ""], [1, 2, 3.5, -400, 0.5, NAN],
     ["1", "+2", "3.50", "-4e2", ".5", None]),
    (pd.Categorical(["1", "-", "1"]), [1, NAN, 1], ["1", None, "1"]),
]  # fmt: skip


@pytest.mark.parametrize(("cells", "numbers", "words"), NUMBERS, ids=str)
def test_cells_are_read_as_numbers_and_as_words(cells, numbers, words):
    np.testing.assert_array_equal(read_numbers(column(cells), "x"), numbers)
    found = read_words(column(cells), "x")
    assert found.to_pylist() == words
    assert found.type in {pa.string(), pa.null()} or found.null_count == len(found)


def test_the_usual_markers_are_missing():
    markers = ["", "  ", "NA", "N/A", "n/a", "NaN", "nan", "null", "NULL", "?", "-", "#N/A", " NA "]
    assert np.isnan(read_numbers(column(["1", *markers]), "x")[1:]).all()
    assert read_words(column(["1", *markers]), "x").null_count == len(markers)


def test_a_decimal_comma_lets_points_stand_between_thousands():
    table = column(["1.234,5", "3", "-,5", "12.345.678", "1,5e3"])
    np.testing.assert_array_equal(
        read_numbers(table, "x", decimal=","), [1234.5, 3, -0.5, 12345678, 1500]
    )
    with raises("data.words_among_numbers", rows=[1], words=["1.5"]):
        read_numbers(column(["1.5", "2"]), "x", decimal=",")


@pytest.mark.parametrize(
    "word", ["x", "1 000", "0x10", "1_0", "NAN", "1,5", "5%", "١", "1e", "--1"]
)
def test_a_word_among_numbers_is_an_error_that_names_its_rows(word):
    table = column(["1", word, "3", word])
    with raises("data.words_among_numbers", column="x", count=2, rows=[2, 4], words=[word]) as e:
        read_numbers(table, "x")
    assert "declare it a category" in str(e.value)


def test_rows_are_those_of_the_file_in_later_chunks_and_picked_rows():
    table = column(["1", "x", "3", "y"])
    with raises("data.words_among_numbers", rows=[4, 2]):
        read_numbers(table.take(np.array([3, 0, 1])), "x")


@pytest.mark.parametrize("cells", [[1, np.inf], ["1", "-inf"], [1, 1e39], ["1", "1e400"]])
def test_a_number_beyond_float32_is_an_error_that_names_its_rows(cells):
    with raises("data.number_beyond", column="x", count=1, rows=[2]):
        read_numbers(column(cells), "x")


def test_what_is_neither_number_nor_word_is_refused():
    with raises("data.not_numbers", column="x"):
        read_numbers(column(pd.to_datetime(["2020-01-01"])), "x")
    with raises("data.cells_nested", column="x"):
        read_words(column([[1], [2]]), "x")


@pytest.mark.parametrize(
    ("levels", "cells", "indices"),
    [
        (("a", "b"), ["b", " a", None, ""], [1, 0, NAN, NAN]),
        (("+", "-"), ["-", "+", "?"], [1, 0, NAN]),
        ((0, 1), [1, 0, None], [1, 0, NAN]),
        ((0, 1), ["1", "0.0", "NA"], [1, 0, NAN]),
        ((0.5, 1.5), [1.5, 0.5], [1, 0]),
        ((False, True), [True, False, None], [1, 0, NAN]),
        ((False, True), ["true", "False", "1", "?"], [1, 0, 1, NAN]),
        (("1", "2"), [2, 1], [1, 0]),
    ],
    ids=str,
)
def test_classes_become_the_indices_of_their_levels(levels, cells, indices):
    np.testing.assert_array_equal(read_target(column(cells), target(levels=levels)), indices)


def test_a_target_of_numbers_is_read_as_the_model_remembers_it():
    found = read_target(column(["1,5", "2"]), target("regression", decimal=","))
    np.testing.assert_array_equal(found, [1.5, 2])


@pytest.mark.parametrize(
    ("levels", "cells"),
    [(("a", "b"), ["a", "c", "b", "c"]), ((0, 1), [0, 2, 1, 2]), ((0, 1), ["0", "x", "1", "x"])],
)
def test_a_class_that_is_no_level_is_an_error_that_names_its_rows(levels, cells):
    with raises("data.level_unknown", column="x", count=2, rows=[2, 4], levels=[*map(str, levels)]):
        read_target(column(cells), target(levels=levels))
    found = read_target(column(cells), target(levels=levels), unknown="missing")
    np.testing.assert_array_equal(found, [0, NAN, 1, NAN])


def test_what_the_quick_look_reads_is_what_the_thorough_one_reads() -> None:
    """Every word of up to four of the characters that numbers and their like are made of."""
    some = [
        *"01.-+eExnaN_\t",
        "9",
        "inf",
        "nan",
        "infinity",
        "INF",
        "NA",
        "(1)",
        "308",
        "\uff11",
        ",",
    ]
    words = {"".join(parts) for n in range(5) for parts in itertools.combinations(some, n)}
    words |= {"".join(parts) for n in range(4) for parts in itertools.product(some[:6], repeat=n)}
    n_plain = 0
    for word in sorted(words):
        column = pa.chunked_array([["7", word, "0.1", "", None]])
        numbers = plain_numbers(column)
        if numbers is not None:
            n_plain += 1
            thorough, strange = numbers_in(without_markers(trimmed(column)))
            assert strange is None, word
            assert numbers.tobytes() == thorough.tobytes(), word
    assert n_plain > 100
