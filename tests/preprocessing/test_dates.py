"""What becomes of a date."""

from __future__ import annotations

import datetime as dt

import msgspec
import numpy as np
import pyarrow as pa
import pytest

import goodfit
from goodfit.core.remarks import Remark
from goodfit.data.schema import Column
from goodfit.data.table import Table
from goodfit.preprocessing.date_parts import DATE_PARTS
from goodfit.preprocessing.dates import DateColumn
from helpers import has_remark, raises

WHY = Remark("data.kind_dates_typed", {"column": "x"})


def table(cells) -> Table:
    return Table({"x": pa.chunked_array([cells])}, len(cells))


def learn(cells, *, form="yyyy-mm-dd", zoned=False, scaling="standardize"):
    column = Column(name="x", kind="date", used=True, reason=WHY, date_form=form, zoned=zoned)
    return DateColumn.learn(table(cells), column, scaling=scaling, weight=np.ones(len(cells)))


def encoded(learnt, cells, dtype=np.float64) -> dict[str, list[float]]:
    dense = np.full((len(cells), len(learnt.inputs)), np.nan, dtype)
    learnt.write(table(cells), dense)
    return dict(zip(learnt.inputs, dense.T.tolist(), strict=True))


def angle(found: dict, part: str, row: int) -> float:
    """Share of the circle."""
    sine, cosine = found[f"x={part} (sine)"][row], found[f"x={part} (cosine)"][row]
    return np.arctan2(sine, cosine) / (2 * np.pi) % 1


def test_of_a_column_that_orders_the_rows_only_what_comes_round_again_is_learnt() -> None:
    column = Column(
        name="x", kind="date", used=True, reason=WHY, date_form="yyyy-mm-dd", zoned=False
    )
    days = table(["2023-12-31", "2024-01-01", "2024-02-03"])
    learnt, remarks = DateColumn.learn(
        days, column, scaling="standardize", weight=np.ones(3), recurring=True
    )
    assert remarks == ()
    names = [part.part for part in learnt.parts]
    assert names == ["month", "day_of_month", "day_of_week", "day_of_year"]
    same = table(["2024-01-01"] * 3)
    _, remarks = DateColumn.learn(
        same, column, scaling="standardize", weight=np.ones(3), recurring=True
    )
    has_remark(remarks, "preprocessing.constant", column="x")


def test_parts_are_those_of_the_calendar() -> None:
    cells = ["2024-02-29 18:45", "2023-01-01 00:00", "2023-12-31 06:30"]
    learnt, remarks = learn(cells, scaling="none")
    found = encoded(learnt, cells)
    assert remarks == ()
    assert {part.part for part in learnt.parts} == set(DATE_PARTS)
    assert found["x=elapsed"] == pytest.approx([424.78125, 0.0, 364.2708333], rel=1e-9)
    assert found["x=year"] == [2024.0, 2023.0, 2023.0]
    for part, period, places in (
        ("month", 12, (1, 0, 11)),
        ("day_of_month", 31, (28, 0, 30)),
        ("day_of_week", 7, (3, 6, 6)),
        ("day_of_year", 365.2425, (59, 0, 364)),
        ("hour", 24, (18, 0, 6)),
        ("minute", 60, (45, 0, 30)),
    ):
        for row, place in enumerate(places):
            assert angle(found, part, row) == pytest.approx(place / period, abs=1e-12)


def test_only_parts_that_vary_in_training_are_inputs() -> None:
    days = [dt.date(2024, 1, day) for day in (1, 2, 8)]
    learnt, _ = learn(days)
    assert [part.part for part in learnt.parts] == [
        *("elapsed", "day_of_month", "day_of_week", "day_of_year")
    ]
    assert [part.part for part in learn(["08:00", "09:00"], form="hh:mm")[0].parts] == [
        *("elapsed", "hour")
    ]


def test_a_date_that_is_missing_is_in_the_middle_and_told() -> None:
    cells = [dt.date(2024, 1, 1), None, dt.date(2024, 1, 3)]
    learnt, remarks = learn(cells)
    found = encoded(learnt, cells)
    has_remark(remarks, "preprocessing.date_missing", column="x", count=1, n_rows=3)
    assert [found[name][1] for name in learnt.inputs] == [*[0] * (len(learnt.inputs) - 1), 1]
    whole, _ = learn([cells[0], cells[2]])
    assert encoded(whole, cells)["x=elapsed"][1] == 0


def test_columns_without_dates_or_with_one_are_told() -> None:
    has_remark(learn(pa.nulls(3))[1], "preprocessing.empty", column="x")
    has_remark(learn([dt.date(2024, 1, 1)] * 3)[1], "preprocessing.constant", column="x")


def test_elapsed_is_true_time_and_the_hour_that_of_the_clock() -> None:
    cells = ["2024-01-01 01:00+01:00", "2024-01-01 01:00Z", "2024-01-01 01:00-01:00"]
    found = encoded(learn(cells, zoned=True, scaling="none")[0], cells)
    assert found["x=elapsed"] == pytest.approx([0, 1 / 24, 2 / 24])
    assert "x=hour (sine)" not in found


def test_a_moment_too_far_for_single_precision_is_refused() -> None:
    cells = pa.array([0, 1, 2], pa.timestamp("us"))
    learnt, _ = learn(cells, scaling="none")
    tiny = msgspec.structs.replace(learnt.parts[0].scale, scale=1e-36)
    learnt = msgspec.structs.replace(
        learnt, parts=(msgspec.structs.replace(learnt.parts[0], scale=tiny),)
    )
    with raises("preprocessing.too_far", column="x", rows=[2], precision="float32"):
        encoded(learnt, [dt.date(1970, 1, 1), dt.date(2024, 1, 1)], np.float32)


def test_a_part_of_a_file_must_have_a_scale_where_it_is_a_number() -> None:
    learnt, _ = learn([dt.date(2024, 1, 1), dt.date(2024, 2, 1)])
    text = msgspec.json.encode(learnt).decode()
    with pytest.raises(msgspec.ValidationError, match="scale"):
        msgspec.json.decode(text.replace('"part":"month"', '"part":"year"'), type=DateColumn)


def test_days_that_recur_are_levels_too() -> None:
    column = Column(
        name="x", kind="date", used=True, reason=WHY, date_form="yyyy-mm-dd", zoned=False
    )

    def of(cells: list[str | None], levels: str = "day", **further: int) -> DateColumn:
        ones = np.ones(len(cells))
        return DateColumn.learn(
            table(cells), column, scaling="standardize", weight=ones, levels=levels, **further
        )[0]

    days = [f"1969-12-{day}" for day in (29, 30, 31)] * 10
    learnt = of([*days, None])
    assert learnt.days == (-3, -2, -1)
    assert (learnt.coded, learnt.n_codes) == ("x=(day)", 5)
    codes = np.full(5, -1)
    learnt.write_codes(table(["1969-12-31", "1969-12-29", None, "1970-01-01", "1969-12-28"]), codes)
    assert codes.tolist() == [4, 2, 1, 0, 0]
    again = msgspec.json.decode(msgspec.json.encode(learnt), type=DateColumn)
    assert again == learnt
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(
            msgspec.json.encode(learnt).replace(b"[-3,-2,-1]", b"[-2,-3,-1]"), type=DateColumn
        )
    for rare in (
        of(days[:29]),
        of([*days[:20], *(f"1969-01-{day}" for day in range(10, 20))]),
        of(days, "none"),
    ):
        assert (rare.days, rare.n_codes) == ((), 0)
    assert of(days, recurring=True).days == ()
    few = of([*days, *days, "1970-01-02"], least_rows=2)
    assert few.days == (-3, -2, -1)
    few.write_codes(table(["1970-01-02"]), codes[:1])
    assert codes[0] == 0
    assert of(days, least_rows=11).days == ()
    assert of(["1969-12-29", "1969-12-30"] * 20).days == ()


def test_days_are_those_of_the_clock() -> None:
    column = Column(
        name="x", kind="date", used=True, reason=WHY, date_form="yyyy-mm-dd", zoned=True
    )
    evening, night = "2024-05-01 23:30+02:00", "2024-05-02 00:30+02:00"  # one day in UTC
    cells = [evening, night, "2024-05-03 12:00+02:00"] * 10
    learnt, _ = DateColumn.learn(
        table(cells), column, scaling="none", weight=np.ones(30), levels="day"
    )
    first = np.datetime64("2024-05-01").astype(int)
    assert learnt.days == (first, first + 1, first + 2)


def test_a_line_may_have_days_and_an_ensemble_has_them() -> None:
    random = np.random.default_rng(0)
    day = np.repeat(np.arange(20), 12)
    special = random.normal(size=20)[day]
    made = {
        "when": [str(np.datetime64("2024-03-01") + number) for number in day],
        "x": random.normal(size=240).tolist(),
    }
    made["y"] = (special + np.array(made["x"])).tolist()
    line = {"network": "linear", "optimizer": "exact", "split": "none"}
    plain = goodfit.fit(made, target="y", **line)
    told = goodfit.fit(made, target="y", date_levels="day", **line)
    coefficients = told.coefficients()
    assert coefficients is not None
    assert "when=(day)=2024-03-01" in coefficients
    assert plain.settings.date_levels == "none"
    errors = [np.abs(model.predict(made) - made["y"]).mean() for model in (plain, told)]
    assert errors[1] < 0.01 < errors[0]
    by_hand = sum(
        [
            coefficients["intercept"],
            coefficients["x"] * made["x"][0],
            coefficients["when=(day)=2024-03-01"],
            *(coefficients[name] * value for name, value in dense_of(told, made, 0).items()),
        ]
    )
    assert by_hand == pytest.approx(told.predict(made)[0])
    assert goodfit.fit(made, target="y", epochs=1).settings.date_levels == "day"


def dense_of(model: goodfit.FittedModel, made: dict, row: int) -> dict[str, float]:
    """What the parts of a row's date are multiplied by."""
    column = model.preprocessing.columns[0]
    assert isinstance(column, DateColumn)
    inputs = np.zeros((1, len(column.inputs)))
    column.write(Table({"when": pa.chunked_array([[made["when"][row]]])}, 1), inputs)
    found = dict(zip(column.inputs, inputs[0], strict=True))
    for part in column.parts:
        if part.scale:
            moment = np.datetime64(made["when"][row])
            found[f"when={part.part}"] = float(
                (moment - np.datetime64(column.earliest, "D")).astype(int)
            )
    return found
