"""What every scaling, encoding and part of a date promises, with every kind of column."""

from __future__ import annotations

import typing
from datetime import date, datetime, timedelta

import msgspec
import numpy as np
import pyarrow as pa
import pytest

from goodfit.core.remarks import Remark
from goodfit.core.settings import DatePartName, choices, make_settings
from goodfit.data.schema import Column, Schema, Target
from goodfit.data.table import Table
from goodfit.preprocessing.categories import ENCODINGS
from goodfit.preprocessing.date_parts import DATE_PARTS
from goodfit.preprocessing.preprocessing import Preprocessing
from goodfit.preprocessing.scalings import SCALINGS
from goodfit.preprocessing.target import TARGET_TRANSFORMS

N = 40
WHY = Remark("data.column_dropped", {"column": "?"})
random = np.random.default_rng(3)


def gaps(cells):
    """The cells with a gap at every seventh place."""
    return [None if i % 7 == 2 else cell for i, cell in enumerate(cells)]


DAYS = [date(2023, 11, 1) + timedelta(days=11 * i) for i in range(N)]
TIMES = [f"2024-03-{1 + i % 28:02} {i % 24:02}:{(7 * i) % 60:02}:00+0{i % 3}:00" for i in range(N)]
LETTERS = random.choice(list("abcdefgh"), N).tolist()
WORDS = np.array(["Head", "of", "Sales", "Straße", "設計", "2nd"])
TITLES = [" ".join(WORDS[random.random(len(WORDS)) < 0.4]) or "(none)" for _ in range(N)]

#: Kind of a column, how its dates are written, and its cells.
COLUMNS: dict[str, tuple[str, dict, list]] = {
    "numbers": ("number", {}, random.normal(5, 3, N).tolist()),
    "numbers with gaps": ("number", {}, gaps(random.normal(0, 1e6, N).tolist())),
    "skewed": ("number", {}, random.lognormal(2, 2, N).tolist()),
    "negative and tied": ("number", {}, random.integers(-3, 2, N).astype(float).tolist()),
    "mostly zero": ("number", {}, [0.0] * (N - 4) + [5.0, -1.0, 1e30, 2.0]),
    "tiny": ("number", {}, (random.random(N) * 1e-30).tolist()),
    "far from zero": ("number", {}, (1e9 + random.random(N)).tolist()),
    "two values": ("number", {}, [0.0, 1.0] * (N // 2)),
    "constant": ("number", {}, [0.1] * N),
    "constant with gaps": ("number", {}, gaps([-7.5] * N)),
    "no number": ("number", {}, [None] * N),
    "words": ("category", {}, LETTERS),
    "words with gaps": ("category", {}, gaps(LETTERS)),
    "many words": ("category", {}, [f"t{i % 37}" for i in range(N)]),
    "numbers as words": ("category", {}, [str(i % 12) for i in range(N)]),
    "one word": ("category", {}, ["a"] * N),
    "no word": ("category", {}, pa.nulls(N, pa.string())),
    "days": ("date", {"date_form": "yyyy-mm-dd"}, DAYS),
    "days with gaps": ("date", {"date_form": "dd.mm.yyyy"}, gaps([f"{d:%d.%m.%Y}" for d in DAYS])),
    "moments": ("date", {"date_form": "yyyy-mm-dd", "zoned": True}, TIMES),
    "times of day": ("date", {"date_form": "hh:mm"}, [f"{i % 24}:{i:02}" for i in range(N)]),
    "one day": ("date", {"date_form": "yyyy-mm-dd"}, [DAYS[0]] * N),
    "no day": ("date", {"date_form": "yyyy-mm-dd"}, pa.nulls(N)),
    "titles": ("text", {}, TITLES),
    "titles with gaps": ("text", {}, gaps(TITLES)),
    "codes": ("text", {}, [f"{'abc'[i % 3]}{i % 2}" for i in range(N)]),
    "no term": ("text", {}, ["title"] * N),
    "no text": ("text", {}, pa.nulls(N, pa.string())),
}
HOWS = {"number": SCALINGS, "category": ENCODINGS, "date": SCALINGS, "text": ("text",)}
CASES = [
    pytest.param(name, how, id=f"{how}-{name}")
    for name, (kind, _, _) in COLUMNS.items()
    for how in HOWS[kind]
]
every_case = pytest.mark.parametrize(("name", "how"), CASES)


def table_of(name: str, rows=None) -> Table:
    cells = {"x": COLUMNS[name][2], "y": np.linspace(0, 1, N)}
    table = Table({column: pa.chunked_array([part]) for column, part in cells.items()}, N)
    return table if rows is None else table.take(np.asarray(rows))


def learn(name: str, how: str, rows, *, table=None, weight=None, **settings):
    kind, form, _ = COLUMNS[name]
    schema = Schema(
        targets=(Target(name="y", task="regression", levels=(), reason=WHY),),
        columns=(Column(name="x", kind=kind, used=True, reason=WHY, **form),),
    )
    if kind != "text":
        settings["category_encoding" if kind == "category" else "preprocessing"] = how
    return Preprocessing.learn(
        table or table_of(name),
        rows=np.asarray(rows),
        schema=schema,
        settings=make_settings(
            **{"preprocessing": "standardize", "target_scaling": "none"} | settings
        ),
        outputs=1,
        weight=weight,
    )[0]


def test_registries_hold_what_the_settings_name() -> None:
    assert ("auto", *SCALINGS) == choices("preprocessing")
    assert ("auto", *ENCODINGS) == choices("category_encoding")
    assert tuple(TARGET_TRANSFORMS) == choices("target_transform")
    assert tuple(DATE_PARTS) == typing.get_args(DatePartName)


@pytest.mark.parametrize("rows", [range(N), range(0, N, 3), [4]], ids=["all", "third", "one"])
@every_case
def test_every_input_has_a_name_and_a_finite_number(name: str, how: str, rows) -> None:
    learnt = learn(name, how, rows)
    seen = table_of(name, rows)
    for dtype in (np.float64, np.float32):
        found = learnt.encode(seen, dtype=dtype)
        assert found.dense.dtype == dtype
        assert found.dense.shape == (len(rows), len(learnt.layout.dense))
        assert found.codes.shape == (len(rows), len(learnt.layout.codes))
        assert np.isfinite(found.dense).all()
        assert all(
            (codes < n_codes).all()
            for codes, (_, n_codes) in zip(found.codes.T, learnt.layout.codes, strict=True)
        )
    assert len(set(learnt.layout.dense)) == len(learnt.layout.dense)


@every_case
def test_a_row_is_encoded_alike_wherever_it_stands(name: str, how: str) -> None:
    learnt = learn(name, how, range(25))
    whole = learnt.encode(table_of(name), dtype=np.float64)
    order = np.random.default_rng(0).permutation(N)
    for rows in (order, np.array([30]), np.arange(3, 20)):
        part = learnt.encode(table_of(name, rows), dtype=np.float64)
        assert part.dense.tobytes() == whole.dense[rows].tobytes()
        assert np.array_equal(part.codes, whole.codes[rows])


@every_case
def test_only_training_rows_teach(name: str, how: str) -> None:
    rows = np.arange(0, N, 2)
    spoilt = table_of(name).columns["x"].to_pylist()
    spoilt[1::2] = [spoilt[0]] * (N // 2)
    table = Table({"x": pa.chunked_array([spoilt]), "y": table_of(name).columns["y"]}, N)
    assert learn(name, how, rows) == learn(name, how, rows, table=table)


@every_case
def test_a_row_of_weight_two_is_that_row_twice_and_of_weight_zero_absent(
    name: str, how: str
) -> None:
    weight = np.random.default_rng(1).integers(0, 4, N)
    weighted = learn(name, how, range(N), weight=weight.astype(float))
    repeated = learn(name, how, np.repeat(np.arange(N), weight))
    ours, theirs = (one.encode(table_of(name), dtype=np.float64) for one in (weighted, repeated))
    assert weighted.layout == repeated.layout
    np.testing.assert_allclose(ours.dense, theirs.dense, rtol=1e-11, atol=1e-11)
    assert np.array_equal(ours.codes, theirs.codes)


@every_case
def test_json_keeps_every_bit(name: str, how: str) -> None:
    learnt = learn(name, how, range(0, N, 2))
    again = msgspec.json.decode(msgspec.json.encode(learnt), type=Preprocessing)
    assert again == learnt
    ours, theirs = (one.encode(table_of(name)) for one in (learnt, again))
    assert ours.dense.tobytes() == theirs.dense.tobytes()


@every_case
def test_coefficients_say_what_the_linear_network_says(name: str, how: str) -> None:
    """Of every row of the table, those that did not train included."""
    kind = COLUMNS[name][0]
    learnt = learn(name, how, range(0, N, 2), target_scaling="standardize")
    draw = np.random.default_rng(2)
    weight = draw.normal(size=len(learnt.layout.dense))
    tables = [draw.normal(size=n_codes) for _, n_codes in learnt.layout.codes]
    found = learnt.coefficients(weight, tables, 0.5)
    if kind in {"number", "date"} and not SCALINGS[how].affine:
        assert found is None
        return
    encoded = learnt.encode(table_of(name), dtype=np.float64)
    outputs = encoded.dense @ weight + 0.5
    for codes, column in zip(encoded.codes.T, tables, strict=True):
        outputs += column[codes]
    says = [found["intercept"] + added(kind, cell, found, learnt) for cell in cells_of(name)]
    scale = np.abs(outputs).max() + max(abs(number) for number in found.values())
    np.testing.assert_allclose(says, learnt.targets[0].inverse(outputs), atol=1e-9 * scale)


def cells_of(name: str) -> list:
    return table_of(name).columns["x"].to_pylist()


def added(kind: str, cell, found: dict[str, float], learnt: Preprocessing) -> float:
    """What the coefficients give one cell."""
    if cell is None:
        # Without a missing cell in training one counts as the middle, which only numbers have.
        return found.get("x=(missing)", 0.0)
    if kind == "number":
        return found["x"] * cell
    if kind == "category":
        return found.get(f"x={cell}", found.get("x=(other)", 0.0))
    named = dict(zip(learnt.layout.dense, learnt.encode(one_cell(cell), dtype=np.float64).dense[0],
                     strict=True))  # fmt: skip
    if kind == "text":
        return sum(found[term] * there for term, there in named.items())
    named["x=elapsed"], named["x=year"] = days_since(cell, learnt)
    return sum(found[input_] * named[input_] for input_ in found if input_ in named)


def one_cell(cell) -> Table:
    return Table({"x": pa.chunked_array([[cell]])}, 1)


def days_since(cell, learnt: Preprocessing) -> tuple[float, float]:
    """By Python's own dates."""
    earliest = learnt.columns[0].earliest
    if isinstance(cell, date):
        clock = datetime(cell.year, cell.month, cell.day)  # noqa: DTZ001
    elif "." in cell:
        clock = datetime.strptime(cell, "%d.%m.%Y")  # noqa: DTZ007
    elif len(cell) > 6:
        clock = datetime.fromisoformat(cell)
    else:
        hour, minute = cell.split(":")
        clock = datetime(1970, 1, 1, int(hour), int(minute))  # noqa: DTZ001
    universal = (clock - clock.utcoffset()).replace(tzinfo=None) if clock.tzinfo else clock
    return (universal - earliest) / timedelta(days=1), float(clock.year)


@pytest.mark.parametrize("how", ENCODINGS)
def test_levels_that_were_never_seen_have_a_place(how: str) -> None:
    learnt = learn("words with gaps", how, range(N))
    fresh = Table({"x": pa.chunked_array([["never seen", "neither", None, "a"]])}, 4)
    found = learnt.encode(fresh, dtype=np.float64)
    assert np.isfinite(found.dense).all()
    assert found.dense[0].tobytes() == found.dense[1].tobytes()
    assert np.array_equal(found.codes[0], found.codes[1])
    assert not np.array_equal(
        np.hstack([found.dense[0], found.codes[0]]), np.hstack([found.dense[2], found.codes[2]])
    )


@pytest.mark.parametrize("how", [name for name, how in SCALINGS.items() if name != "none"])
def test_scaled_numbers_are_about_one_in_size_and_in_order(how: str) -> None:
    cells = np.sort(np.array(COLUMNS["skewed"][2]))
    learnt = learn("skewed", how, range(N))
    table = Table({"x": pa.chunked_array([cells])}, N)
    found = learnt.encode(table, dtype=np.float64).dense[:, 0]
    assert (np.diff(found) > 0).all()
    assert np.abs(np.median(found)) <= 1
    # Most columns of a table end so; only outliers are further away.
    assert np.quantile(np.abs(found), 0.8) <= 2
