"""What is predicted: found out from the cells, said with its reason, overridden by one setting."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from goodfit.core.settings import make_settings
from goodfit.data.kinds import infer_target
from goodfit.data.parse import read_target
from goodfit.data.read import read_table
from helpers import check_sentence, has_remark, raises

CLASSES_1_TO_7 = [1, 2, 3, 4, 5, 6, 7] * 10
QUALITY_3_TO_9 = [3, 4, 5, 6, 7, 8, 9] * 100


def infer(cells, **settings):
    settings = make_settings(**settings)
    table, _ = read_table({"y": cells, "x": range(len(cells))}, settings=settings)
    return infer_target(table, name="y", settings=settings)


@pytest.mark.parametrize(
    ("cells", "task", "levels", "reason"),
    [
        (["no", "yes", "no", None], "binary", ("no", "yes"), "data.task_words"),
        (["b", "a", "C", "a", "b", "C"], "multiclass", ("C", "a", "b"), "data.task_words"),
        ([True, False, None], "binary", (False, True), "data.task_booleans"),
        ([0, 1, 1, 0], "binary", (0, 1), "data.task_two_numbers"),
        ([5.0, None, 2.0], "binary", (2, 5), "data.task_two_numbers"),
        (["2", "1", "2"], "binary", (1, 2), "data.task_two_numbers"),
        (CLASSES_1_TO_7, "multiclass", (1, 2, 3, 4, 5, 6, 7), "data.task_numbered"),
        ([0, 1, 2] * 10, "multiclass", (0, 1, 2), "data.task_numbered"),
        ([0, 1, 2] * 9, "regression", (), "data.task_whole_numbers"),
        (QUALITY_3_TO_9, "regression", (), "data.task_whole_numbers"),
        ([1, 2, 4] * 50, "regression", (), "data.task_whole_numbers"),
        (list(range(21)) * 10, "regression", (), "data.task_whole_numbers"),
        ([1.5, 2.5, 1.5], "regression", (), "data.task_numbers"),
        (["1,5", "2", "3,25"], "regression", (), "data.task_numbers"),
        (["01", "02", "01", "02"], "binary", ("01", "02"), "data.task_words"),
        (pd.Categorical(["1", "2", "1", "2"]), "binary", ("1", "2"), "data.task_words"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_task_is_found(cells, task, levels, reason):
    target, _ = infer(cells)
    assert (target.task, target.levels, target.reason.code) == (task, levels, reason)
    assert [type(level) for level in target.levels] == [type(level) for level in levels]
    check_sentence(target.reason.params, target.reason.text())


def test_what_is_found_can_be_read():
    for cells in (["b", "a", None], [True, False, None], [5.0, 2.0, None], ["2", "1", "NA"]):
        table, _ = read_table({"y": cells}, settings=make_settings())
        target, _ = infer_target(table, name="y", settings=make_settings())
        np.testing.assert_array_equal(read_target(table, target), [1, 0, np.nan])


@pytest.mark.parametrize(
    ("cells", "task", "levels"),
    [
        (QUALITY_3_TO_9, "multiclass", (3, 4, 5, 6, 7, 8, 9)),
        (CLASSES_1_TO_7, "regression", ()),
        ([0, 1, 0, 1], "regression", ()),
        ([0, 1, 0, 1], "multiclass", (0, 1)),
        ([0.5, 1.5, 0.5, 1.5], "binary", (0.5, 1.5)),
        ([True, False], "regression", ()),
        (["1", "2", "x", "1", "2", "x"], "multiclass", ("1", "2", "x")),
    ],
    ids=str,
)
def test_the_task_can_be_said(cells, task, levels):
    target, _ = infer(cells, task=task)
    assert (target.task, target.levels, target.reason.code) == (task, levels, "data.task_set")


def test_a_dash_is_a_class_where_too_few_would_be_left():
    assert infer(["+", "-", "+", "-"])[0].levels == ("+", "-")
    target, remarks = infer(["+", "-", "?", "+", "-"])
    assert target.levels == ("+", "-")
    has_remark(remarks, "data.markers", column="y", count=1, markers=["'?'"])


def test_markers_of_missing_cells_are_said():
    target, remarks = infer(["1.5", "NA", " ", "2.5", "NA", ""])
    assert target.task == "regression"
    has_remark(remarks, "data.markers", column="y", count=3, markers=["' '", "'NA'"])


def test_a_decimal_comma_is_said():
    target, remarks = infer(["1,5", "2", "3,25"])
    assert target.decimal == ","
    has_remark(remarks, "data.decimal_comma", column="y")


@pytest.mark.parametrize(
    ("cells", "code", "settings"),
    [
        ([None, None], "data.target_missing", {}),
        (["", "NA"], "data.target_missing", {}),
        (["a", "a", None], "data.target_one_class", {}),
        ([True, True], "data.target_one_class", {}),
        ([2.5, 2.5], "data.target_constant", {}),
        ([1, 1], "data.target_constant", {"task": "binary"}),
        (["a", "b", "c", "d"], "data.target_many_classes", {}),
        (["a", "b"], "data.target_words", {"task": "regression"}),
        (["a", "b", "c"] * 3, "data.target_not_binary", {"task": "binary"}),
        ([0, 1, 2] * 3, "data.target_not_binary", {"task": "binary"}),
        ([dt.date(2020, 1, 1)] * 3, "data.target_dates", {}),
        (["2020-01-01", "2020-01-02"], "data.target_dates", {}),
        ([[1], [2]], "data.cells_nested", {}),
        ([1.0, np.inf, 2.0], "data.number_beyond", {}),
        (["a", "b"], "data.target_among_columns", {"drop": ("y",)}),
    ],
)
def test_what_cannot_be_predicted_is_told_why(cells, code, settings):
    with raises(code, column="y"):
        infer(cells, **settings)


def test_words_among_the_targets_numbers_name_their_rows():
    with raises("data.words_in_target", column="y", rows=[3], words=["x"]) as caught:
        infer(["1.5", "2.5", "x", "3.5"])
    assert "setting 'task'" in str(caught.value)


def test_an_unknown_target_names_the_nearest_column():
    table, _ = read_table({"Species": [1, 2], "island": [3, 4]}, settings=make_settings())
    with raises("data.column_unknown", meant="Species", columns=["Species", "island"]):
        infer_target(table, name="speces", settings=make_settings())
