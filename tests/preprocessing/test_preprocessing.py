"""What is learnt from training rows, and what becomes of rows by it."""

from __future__ import annotations

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from goodfit.core.remarks import Remark
from goodfit.core.settings import choices, make_settings
from goodfit.data.schema import Column, Schema, Target
from goodfit.data.table import Table
from goodfit.preprocessing.categories import ENCODINGS
from goodfit.preprocessing.layout import Layout
from goodfit.preprocessing.preprocessing import Preprocessing
from goodfit.preprocessing.scalings import SCALINGS
from helpers import has_remark, raises

WHY = Remark("data.column_dropped", {"column": "?"})
KINDS = {"size": "number", "age": "number", "colour": "category", "town": "category"}


def some_table(**changed: list) -> Table:
    """Ten rows; ``size`` and ``town`` are never missing, ``age`` and ``colour`` are."""
    cells = {
        "size": [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 1.0, 2.0, 3.0],
        "age": [None, "10", "30", "20", " 40", None, "15", "25", "5", "50"],
        "colour": ["red", "blue", None, "red", "blue", "blue", "red", "red", None, "blue"],
        "town": ["a", "b", "a", "c", "b", "a", "a", "a", "c", "b"],
        "y": [1.0, 3.0, 2.0, 5.0, 4.0, 9.0, 7.0, 8.0, 6.0, 0.0],
    }
    columns = {name: pa.chunked_array([column]) for name, column in (cells | changed).items()}
    return Table(columns, len(columns["y"]))


def learn(table: Table, rows=None, *, weight=None, kinds=KINDS, levels=(), **settings):
    rows = np.arange(table.n_rows) if rows is None else np.asarray(rows)
    task = "binary" if levels else "regression"
    return Preprocessing.learn(
        table,
        rows=rows,
        schema=Schema(
            targets=(Target(name="y", task=task, levels=levels, reason=WHY),),
            columns=tuple(
                Column(name=name, kind=kind, used=kind in {"number", "category"}, reason=WHY)
                for name, kind in kinds.items()
            ),
        ),
        settings=make_settings(
            **({"preprocessing": "standardize", "target_scaling": "standardize"} | settings)
        ),
        outputs=1,
        weight=None if weight is None else np.asarray(weight, dtype=np.float64),
    )


def dense(learnt: Preprocessing, table: Table) -> dict[str, list[float]]:
    """Dense inputs by name, in double precision."""
    columns = learnt.encode(table, dtype=np.float64).dense.T
    return {name: c.tolist() for name, c in zip(learnt.layout.dense, columns, strict=True)}


def test_registries_hold_what_the_settings_name() -> None:
    assert {"auto", *SCALINGS} == set(choices("preprocessing"))
    assert {"auto", *ENCODINGS} == set(choices("category_encoding"))


def test_the_layout_names_every_input() -> None:
    assert learn(some_table(), category_encoding="one_hot")[0].layout == Layout(
        dense=(
            *("size", "age", "age=(missing)", "colour=blue", "colour=red", "colour=(missing)"),
            *("town=a", "town=b", "town=c"),
        ),
        codes=(),
        outputs=1,
        numbers=(0, 1),
    )
    assert learn(some_table(), category_encoding="embedding")[0].layout == Layout(
        dense=("size", "age", "age=(missing)"),
        codes=(("colour", 4), ("town", 5)),
        outputs=1,
        numbers=(0, 1),
    )


def test_columns_that_are_no_features_are_left_alone() -> None:
    table = some_table(nothing=[[1]] * 10)
    learnt, _ = learn(table, kinds={"size": "number", "nothing": "id"})
    assert learnt.layout.dense == ("size",)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("scaling", SCALINGS)
def test_a_row_of_weight_two_is_that_row_twice_and_of_weight_zero_absent(
    scaling: str, encoding: str
) -> None:
    weight = np.array([2, 1, 3, 0, 1, 2, 0, 1, 1, 5])
    settings = {"preprocessing": scaling, "category_encoding": encoding}
    weighted, _ = learn(some_table(), weight=weight, **settings)
    repeated, _ = learn(some_table(), np.repeat(np.arange(10), weight), **settings)
    theirs, ours = dense(repeated, some_table()), dense(weighted, some_table())
    assert list(ours) == list(theirs)
    for name, column in ours.items():
        assert column == pytest.approx(theirs[name], rel=1e-14, abs=1e-15)
    assert weighted.targets[0].center == pytest.approx(repeated.targets[0].center, rel=1e-15)
    assert weighted.targets[0].scale == pytest.approx(repeated.targets[0].scale, rel=1e-15)


@pytest.mark.parametrize("scaling", SCALINGS)
def test_only_training_rows_teach(scaling: str) -> None:
    spoilt = some_table(
        size=[1.0, 2.0, 4.0, 8.0, 1e9, -1e9, 0.0, 0.0, 0.0, 0.0],
        age=[None, "10", "30", "20", *["no number"] * 6],
        colour=["red", "blue", None, "red", *["violet"] * 6],
    )
    honest, remarks = learn(some_table(), [0, 1, 2, 3], preprocessing=scaling)
    other, same_remarks = learn(spoilt, [0, 1, 2, 3], preprocessing=scaling)
    assert honest == other
    assert remarks == same_remarks


def test_scalings_do_what_their_names_say() -> None:
    values = np.array(some_table().columns["size"].to_pylist())
    found = {
        name: np.array(dense(learn(some_table(), preprocessing=name)[0], some_table())["size"])
        for name in SCALINGS
    }
    low, median, high = np.quantile(values, [0.25, 0.5, 0.75], method="averaged_inverted_cdf")
    apart = (values - median) / (high - low)
    assert found["none"].tolist() == values.tolist()
    assert found["normalize"] == pytest.approx((values - 1) / 63)
    assert found["standardize"] == pytest.approx((values - values.mean()) / values.std())
    assert found["max_abs"] == pytest.approx(values / 64)
    assert found["robust"] == pytest.approx(apart / np.sqrt(1 + (apart / 3) ** 2))


def test_robust_takes_half_the_range_where_the_quartiles_meet() -> None:
    table = some_table(size=[0.0] * 8 + [1.0, -3.0])
    found = dense(learn(table, preprocessing="robust")[0], table)["size"]
    assert found[:8] == [0.0] * 8
    assert found[8:] == pytest.approx([0.5 / np.sqrt(1 + 1 / 36), -1.5 / np.sqrt(1.25)])


@pytest.mark.parametrize("scaling", [name for name in SCALINGS if name not in {"none", "max_abs"}])
def test_a_column_that_does_not_vary_in_training_becomes_zero(scaling: str) -> None:
    """0.1 summed up and divided is not 0.1; a scale of rounding would be huge."""
    table = some_table(size=[0.1] * 9 + [7.0])
    learnt, remarks = learn(table, range(9), preprocessing=scaling)
    assert dense(learnt, table)["size"] == [0.0] * 10
    has_remark(remarks, "preprocessing.constant", column="size")


def test_an_offset_costs_no_digits() -> None:
    values = np.random.default_rng(0).normal(size=10)
    table, far = some_table(size=values.tolist()), some_table(size=(values + 1e9).tolist())
    assert dense(learn(far)[0], far)["size"] == pytest.approx(
        dense(learn(table)[0], table)["size"], abs=1e-6
    )


@pytest.mark.parametrize(
    ("scaling", "fill", "code"),
    [
        ("standardize", 195 / 8, "preprocessing.filled_by_mean"),
        ("robust", 22.5, "preprocessing.filled_by_median"),
    ],
)
def test_missing_cells_are_filled_marked_and_told(scaling: str, fill: float, code: str) -> None:
    learnt, remarks = learn(some_table(), preprocessing=scaling)
    found = dense(learnt, some_table())
    has_remark(remarks, code, column="age", count=2, n_rows=10, fill=fill)
    assert found["age"][0] == found["age"][5] == 0
    assert found["age=(missing)"] == [1, 0, 0, 0, 0, 1, 0, 0, 0, 0]


def test_a_number_missing_only_at_prediction_is_filled() -> None:
    learnt, remarks = learn(some_table(), preprocessing="none")
    fresh = some_table(size=[None] * 10)
    assert dense(learnt, fresh)["size"] == pytest.approx([13.3] * 10)
    assert "size" not in [remark.params.get("column") for remark in remarks]


def test_a_column_without_any_number_in_training_says_only_where_it_is_missing() -> None:
    table = some_table(age=[None] * 9 + ["3"])
    learnt, remarks = learn(table, range(9))
    found = dense(learnt, table)
    has_remark(remarks, "preprocessing.empty", column="age")
    assert found["age"] == [0.0] * 10
    assert found["age=(missing)"] == [1.0] * 9 + [0.0]


def test_one_hot_has_an_input_a_level_and_none_for_the_unseen() -> None:
    learnt, remarks = learn(some_table(), category_encoding="one_hot")
    fresh = some_table(
        colour=["red", "blue", None, "violet", *["red"] * 6],
        town=["a", "d", None, *["c"] * 7],
    )
    rows = list(zip(*dense(learnt, fresh).values(), strict=True))
    # blue, red, missing; a, b, c
    assert [row[3:] for row in rows[:4]] == [
        (0, 1, 0, 1, 0, 0),
        (1, 0, 0, 0, 0, 0),
        (0, 0, 1, 0, 0, 0),
        (0, 0, 0, 0, 0, 1),
    ]
    has_remark(remarks, "preprocessing.missing_is_level", columns=["colour"], count=2)


def test_embedding_has_codes_for_the_unseen_and_the_missing() -> None:
    learnt, _ = learn(some_table(), category_encoding="embedding")
    fresh = some_table(colour=["red", "blue", None, "violet"] + ["red"] * 6, town=[None] * 10)
    codes = learnt.encode(fresh).codes
    assert codes[:4].tolist() == [[3, 1], [2, 1], [1, 1], [0, 1]]
    assert codes.dtype == np.int64


def test_many_levels_are_embedded_by_themselves() -> None:
    cells = {"size": [1.0] * 40, "age": ["1"] * 40, "colour": ["red"] * 40, "y": [0.0, 1.0] * 20}
    table = some_table(**cells, town=[f"t{i}" for i in range(40)])
    assert learn(table)[0].layout.codes == (("town", 42),)
    assert learn(table, range(32))[0].layout.codes == ()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scaling", SCALINGS)
def test_a_row_is_encoded_alike_wherever_it_stands(scaling: str, dtype: type) -> None:
    random = np.random.default_rng(0)
    cells = {
        "size": random.normal(size=1_000).tolist(),
        "age": [None if r < 0.2 else str(r) for r in random.random(1_000)],
        "colour": random.choice(["red", "blue", None], 1_000).tolist(),
        "town": random.choice([f"t{i}" for i in range(50)], 1_000).tolist(),
        "y": random.normal(size=1_000).tolist(),
    }
    table = some_table(**cells)
    learnt, _ = learn(table, preprocessing=scaling)
    whole, exact = learnt.encode(table, dtype=dtype), learnt.encode(table, dtype=np.float64)
    assert whole.dense.flags.c_contiguous
    assert np.array_equal(whole.dense, exact.dense.astype(dtype))
    for rows in (random.permutation(1_000), np.array([998]), np.arange(3, 20)):
        part = learnt.encode(table.take(rows), dtype=dtype)
        assert np.array_equal(part.dense, whole.dense[rows])
        assert np.array_equal(part.codes, whole.codes[rows])


def test_a_number_that_single_precision_cannot_hold_once_scaled_is_refused() -> None:
    tiny = some_table(size=[1e-20 * i for i in range(10)])
    learnt, _ = learn(tiny)
    far = some_table(size=[1e-20, 1e30] + [0.0] * 8)
    assert np.isfinite(learnt.encode(far, dtype=np.float64).dense).all()
    with raises("preprocessing.too_far", column="size", rows=[2], precision="float32"):
        learnt.encode(far)


def test_the_target_goes_there_and_back() -> None:
    target = learn(some_table())[0].targets[0]
    values = np.array(some_table().columns["y"].to_pylist())
    scaled = target.apply(values)
    assert (scaled.mean(), scaled.std()) == (pytest.approx(0, abs=1e-15), pytest.approx(1))
    assert target.inverse(scaled) == pytest.approx(values, rel=1e-15, abs=1e-15)


@pytest.mark.parametrize("how", [{"target_scaling": "none"}, {"levels": (0.0, 1.0)}])
def test_an_unscaled_target_and_classes_stay_as_they_are(how: dict) -> None:
    values = np.array([0.1, 1e300, 3.0])
    target = learn(some_table(y=[0.0, 1.0] * 5), **how)[0].targets[0]
    assert target.apply(values).tolist() == target.inverse(values).tolist() == values.tolist()


def test_a_target_that_does_not_vary_in_training_is_only_shifted() -> None:
    target = learn(some_table(y=[0.1] * 9 + [3.0]), range(9))[0].targets[0]
    assert (target.center, target.scale) == (pytest.approx(0.1), 1.0)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("scaling", ["none", "normalize", "standardize"])
def test_coefficients_say_what_the_linear_network_says(scaling: str, encoding: str) -> None:
    """Of every row, missing cells and unseen levels included."""
    random = np.random.default_rng(1)
    table = some_table()
    learnt, _ = learn(table, preprocessing=scaling, category_encoding=encoding)
    weight, bias = random.normal(size=len(learnt.layout.dense)), random.normal()
    tables = [random.normal(size=n_codes) for _, n_codes in learnt.layout.codes]
    fresh = some_table(town=["a", "b", "z"] + ["c"] * 7)
    encoded = learnt.encode(fresh, dtype=np.float64)
    outputs = encoded.dense @ weight + bias
    for codes, column in zip(encoded.codes.T, tables, strict=True):
        outputs += column[codes]
    found = learnt.coefficients(weight, tables, bias)
    rows = zip(*(fresh.columns[name].to_pylist() for name in KINDS), strict=True)
    for row, output in zip(rows, learnt.targets[0].inverse(outputs).tolist(), strict=True):
        says = found["intercept"]
        for name, cell in zip(KINDS, row, strict=True):
            if cell is None:
                says += found[f"{name}=(missing)"]
            elif KINDS[name] == "number":
                says += found[name] * float(cell)
            else:
                says += found.get(f"{name}={cell}", found.get(f"{name}=(other)", 0.0))
        assert says == pytest.approx(output, rel=1e-12)


def test_a_bent_scaling_has_no_coefficients() -> None:
    learnt, _ = learn(some_table(), preprocessing="robust")
    assert learnt.coefficients(np.zeros(len(learnt.layout.dense)), [], 0.0) is None


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_level_named_as_what_stands_beside_it_keeps_its_coefficient(encoding: str) -> None:
    town = ["(missing)", None, "(other)", "c", "(rare)", "(rare)", "d", "d", "d", "e"]
    learnt, _ = learn(some_table(town=town), category_encoding=encoding, min_level_count=2)
    dense = np.arange(1.0, len(learnt.layout.dense) + 1)
    tables = [np.arange(1.0, n_codes + 1) for _, n_codes in learnt.layout.codes]
    names = [name for name in learnt.coefficients(dense, tables, 0.0) if name.startswith("town=")]
    column = next(column for column in learnt.columns if column.name == "town")
    others = {"one_hot": 1, "embedding": 2, "ordinal": 2, "count": 2}[encoding]
    assert len(names) == len(column.levels) + others
    assert {"town=(rare)", "town=(rare) (2)"} <= set(names)


def test_names_that_would_meet_are_told_apart() -> None:
    kinds = {"intercept": "number", "town=a": "number", "town": "category"}
    table = some_table(**{"intercept": [1.0, 2.0] * 5, "town=a": [2.0, 1.0] * 5})
    learnt, _ = learn(table, kinds=kinds)
    assert learnt.layout.dense == ("intercept", "town=a", "town=a (2)", "town=b", "town=c")
    assert list(learnt.coefficients(np.ones(5), [], 0.0)) == [
        *("intercept", "intercept (2)", "town=a", "town=a (2)", "town=b", "town=c")
    ]


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("scaling", SCALINGS)
def test_json_keeps_every_bit(scaling: str, encoding: str) -> None:
    learnt, _ = learn(some_table(), preprocessing=scaling, category_encoding=encoding)
    assert msgspec.json.decode(msgspec.json.encode(learnt), type=Preprocessing) == learnt


@pytest.mark.parametrize(
    ("old", "new"),
    [("standardize", "cubic"), ("one_hot", "ordinal"), ('"outputs":1', '"outputs":0')],
)
def test_json_of_another_form_is_refused(old: str, new: str) -> None:
    learnt, _ = learn(some_table(), category_encoding="one_hot")
    text = msgspec.json.encode(learnt).decode()
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text.replace(old, new), type=Preprocessing)
