"""Free text: an input a term, from training rows; the file holds no word of a single row."""

from __future__ import annotations

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import goodfit
from goodfit import fit
from goodfit.data.table import Table
from goodfit.preprocessing.preprocessing import Preprocessing
from goodfit.preprocessing.text import TextColumn
from helpers import has_remark

N = 120
TITLES = ["Mr.", "Mrs.", "Master", "Dr."]
NAMES = [f"Family{i:03}, {TITLES[i % 7 % 4]} First{i:03}" for i in range(N)]


def table(cells) -> Table:
    return Table({"x": pa.chunked_array([pa.array(cells, pa.string())])}, len(cells))


def learn(cells, *, weight=None):
    weight = np.ones(len(cells)) if weight is None else weight
    return TextColumn.learn(table(cells), "x", weight=weight)


def inputs(column, cells) -> np.ndarray:
    dense = np.full((len(cells), len(column.inputs)), np.nan)
    column.write(table(cells), dense)
    return dense


def test_a_term_is_an_input_whatever_its_case_and_neighbours():
    column, missing, remarks = learn(NAMES)
    assert (column.terms, missing, remarks) == (("dr", "master", "mr", "mrs"), 0, ())
    assert column.inputs == ("x=dr", "x=master", "x=mr", "x=mrs")
    found = inputs(column, ["mr MR. Unknown", "MRS", "a Dr. and a Master", "mister", "", None])
    assert found.tolist() == [
        [0, 0, 1, 0], [0, 0, 0, 1], [1, 1, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0], [0, 0, 0, 0],
    ]  # fmt: skip


def test_a_missing_cell_has_an_input_where_training_rows_had_one():
    column, missing, _ = learn([*NAMES, None, "NA"])
    assert missing == 2
    assert inputs(column, [None, "Mr.", "nobody"])[:, -1].tolist() == [1, 0, 0]


def test_text_of_which_nothing_recurs_has_no_input_and_a_remark():
    column, _, remarks = learn([f"{i}" for i in range(9)])
    assert column.inputs == ()
    has_remark(remarks, "preprocessing.text_without_terms", column="x", least=3)


def test_weight_says_which_terms_are_taken_but_makes_none_frequent():
    heavy = np.ones(N)
    heavy[:2] = 1e9
    assert "family000" not in learn(NAMES, weight=heavy)[0].terms


@pytest.mark.parametrize(
    "cell",
    ["\x00", "\u200d\u200b", "mr\u0301", "💡" * 9, "\ufdfa", "x" * 100_000, "ﬀ" * 50, "\U000e0001"],
)
def test_odd_characters_give_zeros_and_ones(cell):
    found = inputs(learn([*NAMES, None])[0], [cell, cell + " Mr."])
    assert np.isin(found, [0, 1]).all()
    assert found[1, 2] == 1


def test_the_file_holds_no_word_of_fewer_rows_than_it_says(tmp_path):
    cells = pd.DataFrame({"name": NAMES, "y": [i % 7 % 4 + i / 999 for i in range(N)]})
    model = fit(cells, target="y", network="linear", optimizer="exact")
    path = model.save(tmp_path / "names.goodfit")
    written = path.read_bytes()
    assert b"mrs" in written
    assert b"family" not in written.lower()
    assert b"first0" not in written.lower()
    again = goodfit.load(path)
    assert again.predict(cells).tobytes() == model.predict(cells).tobytes()
    assert set(model.coefficients()) == {"intercept", "name=dr", "name=master", "name=mr",
                                         "name=mrs"}  # fmt: skip


@pytest.mark.parametrize(
    "damage", ['["a","a"]', '["a",1]', '"ab"', "null", "[null]"], ids=lambda text: text
)
def test_damaged_terms_are_refused(damage):
    column = TextColumn(name="x", terms=("a", "b"), beginnings=False, indicator=False)
    learnt = Preprocessing(columns=(column,), targets=(), outputs=1)
    text = msgspec.json.encode(learnt).decode()
    assert msgspec.json.decode(text, type=Preprocessing) == learnt
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text.replace('["a","b"]', damage), type=Preprocessing)


def test_words_that_tell_the_class_are_learnt_and_held_out_rows_are_not():
    """The rows that are kept out have a word of their own."""
    cells = pd.DataFrame({"name": NAMES, "y": ["a" if i % 7 % 4 == 2 else "b" for i in range(N)]})
    parts = ["training", "validation", "test", "training", "training", "training"] * (N // 6)
    cells["part"] = parts
    cells.loc[cells.part != "training", "name"] += " zzz"
    model = fit(cells, target="y", part="part", network="linear", epochs=60)
    assert model.preprocessing.columns[0].terms == ("dr", "master", "mr", "mrs")
    assert model.scores.metrics["accuracy"] == 1


def test_names_of_which_each_is_its_own_are_text_and_drop_leaves_them_out():
    cells = {"name": NAMES, "x": np.sqrt(np.arange(N)), "y": np.linspace(0, 1.5, N)}
    model = fit(cells, target="y", network="linear", optimizer="exact")
    has_remark(model.remarks, "data.kind_text", column="name", n_distinct=96, n_cells=96)
    without = fit(cells, target="y", network="linear", optimizer="exact", drop=("name",))
    assert list(without.coefficients()) == ["intercept", "x"]
    chosen = fit(cells, target="y", network="linear", optimizer="exact", column={"name": "text"})
    assert chosen.coefficients() == model.coefficients()
