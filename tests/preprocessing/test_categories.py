"""Levels: in order, pooled where they are rare, and bounded where each takes an input."""

from __future__ import annotations

import msgspec
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from goodfit import fit
from goodfit.data.table import Table
from goodfit.preprocessing.categories import ENCODINGS, OneHotColumn, learn_category
from goodfit.preprocessing.levels import Levels
from helpers import has_remark, raises


def table(cells) -> Table:
    return Table({"x": pa.chunked_array([cells])}, len(cells))


def learn(cells, encoding, *, weight=None, least_rows=1):
    weight = np.ones(len(cells)) if weight is None else np.asarray(weight, float)
    return learn_category(table(cells), "x", encoding=encoding, weight=weight,
                          least_rows=least_rows)  # fmt: skip


def inputs(column, cells) -> np.ndarray:
    if column.inputs[0].endswith("=(other)"):
        codes = np.empty(len(cells), np.int64)
        column.write_codes(table(cells), codes)
        return codes[:, None]
    dense = np.full((len(cells), len(column.inputs)), np.nan)
    column.write(table(cells), dense)
    return dense


CELLS = ["10", "9", "9", "2", "10", "9", None]


def test_places_are_those_of_the_numbers_or_of_the_alphabet():
    column, missing, _ = learn(CELLS, "ordinal")
    assert (column.levels, missing) == (("2", "9", "10"), 1)
    places = np.array([2, 1, 1, 0, 2, 1])
    found = inputs(column, CELLS)
    assert found[:6, 0] == pytest.approx((places - places.mean()) / places.std())
    assert found[6].tolist() == [0, 1]
    assert learn(["10", "9", "b"], "ordinal")[0].levels == ("10", "9", "b")
    assert learn(["1", "NAN", "inf"], "ordinal")[0].levels == ("1", "NAN", "inf")


def test_counts_are_logarithms_of_the_rows_and_the_unseen_count_as_the_rarest():
    column, _, _ = learn(CELLS, "count")
    logs = np.log([2, 3, 3, 1, 2, 3])
    found = inputs(column, [*CELLS[:6], "7"])[:, 0]
    assert found[:6] == pytest.approx((logs - logs.mean()) / logs.std())
    assert found[6] == found[3]
    by_weight, _, _ = learn(["a", "b"], "count", weight=[3, 1])
    assert inputs(by_weight, ["a"])[0, 0] > 0 > inputs(by_weight, ["b"])[0, 0]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_rare_levels_share_one_with_the_unseen_but_not_with_the_missing(encoding):
    cells = ["a"] * 5 + ["b"] * 3 + ["c"] * 2 + ["d"] + [None]
    column, _, remarks = learn(cells, encoding, least_rows=3)
    assert column.levels == ("(rare)", "a", "b")
    params = {"column": "x", "n_levels": 2, "n_rows": 3, "least": 3}
    has_remark(remarks, "preprocessing.levels_pooled", **params)
    a, c, d, unseen, missing = inputs(column, ["a", "c", "d", "never", None]).tolist()
    assert c == d == unseen
    assert len({tuple(row) for row in (a, c, missing)}) == 3


def test_one_rare_level_loses_its_name_too_and_nothing_is_pooled_unasked():
    cells = ["a"] * 5 + ["b"]
    assert learn(cells, "one_hot", least_rows=3)[0].levels == ("(rare)", "a")
    column, _, remarks = learn(["a", "b", "c"], "one_hot")
    assert (column.levels, column.pooled, remarks) == (("a", "b", "c"), False, ())


def test_a_level_that_is_called_rare_is_one_of_its_own():
    cells = ["(rare)"] * 3 + ["a", "b"]
    column, _, _ = learn(cells, "one_hot", least_rows=2)
    assert inputs(column, ["(rare)", "a", "z"]).tolist() == [[0, 1], [1, 0], [1, 0]]


def test_levels_and_rows_that_would_fill_the_memory_are_refused():
    names = tuple(map(str, range(1000)))
    levels = Levels(names, np.ones(1000), pooled=False, n_rows=1_000_000, missing=0)
    with raises("preprocessing.one_hot_too_large", column="x", n_levels=1000, n_rows=1_000_000):
        OneHotColumn.learn("x", levels)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_category_of_numbers_is_the_same_typed_or_written(encoding, tmp_path):
    """As floats, where a table has gaps, and as a text file of such floats or of integers."""
    numbers, y = [1.0, 2.0, 3.0, 10.0] * 10, list(range(40))
    model = fit(pd.DataFrame({"x": numbers, "y": y}), target="y", column={"x": encoding},
                network="linear", optimizer="exact", split="none")  # fmt: skip
    expected = model.predict({"x": numbers})
    assert len(set(expected.tolist())) > 1 or encoding == "count"
    for word in (str, lambda number: str(int(number)), lambda number: f"{number:.2f}"):
        path = tmp_path / "new.csv"
        path.write_text("\n".join(["x", *map(word, numbers)]) + "\n")
        assert model.predict(path).tolist() == expected.tolist()


def test_each_column_can_have_its_own_choice():
    random = np.random.default_rng(0)
    cells = {
        "age": random.normal(40, 9, 60),
        "zip": random.choice([10115, 80331, 20095], 60),
        "size": random.lognormal(size=60),
        "town": random.choice(["a", "b"], 60),
    }
    choice = {"age": "z_score", "zip": "count", "town": "embedding", "size": "quantile_normal"}
    model = fit(cells | {"y": random.normal(size=60)}, target="y", column=choice, epochs=2)
    found = {column.name: column for column in model.preprocessing.columns}
    assert found["age"].scaling == "standardize"
    assert found["size"].scaling == "quantile_normal"
    assert type(found["zip"]) is ENCODINGS["count"]
    assert type(found["town"]) is ENCODINGS["embedding"]
    assert model.settings.column == choice | {"age": "standardize"}


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_file_s_pooled_levels_have_a_place(encoding):
    column, _, _ = learn(["a", "b", "c", "c"], encoding, least_rows=2)
    text = msgspec.json.decode(msgspec.json.encode(column))
    text["levels"] = text["numbers"] = []
    text = {name: value for name, value in text.items() if name in column.__struct_fields__}
    with pytest.raises(msgspec.ValidationError, match="place"):
        msgspec.convert(text | {"encoding": encoding}, type(column))
