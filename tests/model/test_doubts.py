"""Rows to doubt: which are flagged, how often by chance, and what is done with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import goodfit
from goodfit.preprocessing.seen import FAR_SHARE
from helpers import raises, sample
from model_files import changed

EXACT: dict[str, Any] = {"network": "linear", "optimizer": "exact"}
SEEDS = sample(10, whole=100)


def rows(n_rows: int, seed: int = 0) -> dict[str, list[Any]]:
    """Numbers that go together, one with gaps; a date; categories, one of them with gaps."""
    random = np.random.default_rng(seed)
    size = random.normal(10, 2, n_rows)
    days = np.datetime64("2020-01-01") + random.integers(0, 700, n_rows)
    gaps = random.random(n_rows) < 0.1
    return {
        "size": size.tolist(),
        "weight": (3 * size + random.normal(0, 1, n_rows)).tolist(),
        "age": [None if gap else float(age) for gap, age in zip(gaps, size**2, strict=True)],
        "colour": random.choice(["red", "green", "blue"], n_rows).tolist(),
        "shape": [
            None if gap else "round" if s > 10 else "flat"
            for gap, s in zip(gaps, size, strict=True)
        ],
        "day": [str(day) for day in days],
        "price": (2 * size + random.normal(0, 1, n_rows)).tolist(),
    }


@pytest.fixture(scope="module")
def model() -> goodfit.FittedModel:
    return goodfit.fit(rows(1000), target="price", **EXACT)


#: A row like all others.
USUAL = {
    "size": 10.0, "weight": 30.0, "age": 100.0, "colour": "red", "shape": "round",
    "day": "2020-06-01",
}  # fmt: skip


def one_row(**cells: Any) -> dict[str, list[Any]]:
    return {name: [cell] for name, cell in (USUAL | cells).items()}


def flags(model: goodfit.FittedModel, **cells: Any) -> set[str]:
    return {flag for flag, found in model.doubts(one_row(**cells)).items() if found[0]}


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, set()),
        ({"colour": "violet"}, {"unseen_level"}),
        ({"size": 10_000.0}, {"outside_range", "far"}),
        ({"size": None}, {"filled_in"}),
        ({"colour": None}, {"filled_in"}),
        ({"age": None}, set()),  # as in one training row of ten
        ({"shape": None}, set()),
        ({"day": "2030-01-01"}, {"outside_range", "far"}),
        ({"size": 6.0, "weight": 42.0, "age": 36.0}, {"far"}),  # each is usual, not together
    ],
)
def test_a_row_is_doubted_for_what_is_unusual(
    model: goodfit.FittedModel, cells: dict[str, Any], expected: set[str]
) -> None:
    assert flags(model, **cells) == expected


def test_of_rows_of_the_same_table_about_the_stated_share_is_far(record_property: Any) -> None:
    shares, stated = [], []
    for seed in range(SEEDS):
        fitted = goodfit.fit(rows(700, seed), target="price", seed=seed, **EXACT)
        assert fitted.seen is not None
        assert fitted.seen.near is not None
        stated.append(fitted.seen.near.share)
        shares.append(fitted.doubts(rows(2000, 10**6))["far"].mean())
    assert FAR_SHARE / 2 < np.mean(stated) < FAR_SHARE + 1e-9
    # Of 99 rows or so that told: the share of one fit is beta distributed, its deviation like
    # its mean.
    chance = 4 * np.mean(stated) / np.sqrt(SEEDS)
    assert abs(np.mean(shares) - np.mean(stated)) < chance + 0.002
    record_property("seeds of far rows simulated", SEEDS)


def test_with_few_rows_the_share_is_larger_and_said() -> None:
    fitted = goodfit.fit(rows(60), target="price", **EXACT)
    assert fitted.seen is not None
    assert fitted.seen.near is not None
    assert fitted.seen.near.share == pytest.approx(1 / (36 // 3 + 1))


def test_a_category_alone_is_never_far() -> None:
    table = {name: cells for name, cells in rows(200).items() if name in {"colour", "price"}}
    fitted = goodfit.fit(table, target="price", **EXACT)
    assert fitted.seen is not None
    assert fitted.seen.near is None
    assert not fitted.doubts({"colour": ["violet"]})["far"][0]


def test_a_number_may_be_farther_from_the_others_than_a_float_can_count() -> None:
    """Found among generated tables: it was a warning of NumPy's."""
    random = np.random.default_rng(0)
    table = {"x": random.normal(size=40), "tiny": random.normal(size=40) * 1e-300}
    table["y"] = table["x"] + random.normal(size=40)
    model = goodfit.fit(table, target="y", preprocessing="none", split="none", **EXACT)
    found = model.predict_columns({"x": [0.0], "tiny": [1e9]}, doubt="flag")
    assert "far" in found["doubt"][0]


def test_rare_levels_that_share_a_place_are_not_told_from_new_ones() -> None:
    table = rows(200)
    table["colour"][:3] = ["pink", "gold", "grey"]
    fitted = goodfit.fit(table, target="price", min_level_count=5, **EXACT)
    assert not fitted.doubts(one_row(colour="violet"))["unseen_level"][0]


def test_of_a_date_that_only_orders_the_rows_later_ones_are_not_beyond() -> None:
    fitted = goodfit.fit(rows(300), target="price", time="day", **EXACT)
    assert not fitted.doubts(one_row(day="2031-03-01"))["outside_range"][0]


def test_ranges_are_rounded_outwards(model: goodfit.FittedModel) -> None:
    assert model.seen is not None
    cells = rows(1000)["size"]
    low, high = model.seen.ranges["size"]
    assert low not in cells
    assert high not in cells
    assert high - low < 1.06 * (max(cells) - min(cells))


def test_the_middles_are_of_many_rows(model: goodfit.FittedModel) -> None:
    """No stored middle is a row: each is the mean of ten at least."""
    assert model.seen is not None
    near = model.seen.near
    assert near is not None
    assert 1 < len(near.middles) <= 32
    sizes = np.array([middle[0] for middle in near.middles])
    scaled = np.arcsinh((np.array(rows(1000)["size"]) - 10) / 2)
    assert np.abs(sizes[:, None] - scaled).min(axis=1).max() < 1  # of the same scale
    assert sizes.std() < 0.95 * scaled.std()  # means vary less than rows


def test_a_chunk_says_of_a_row_what_the_whole_table_does(model: goodfit.FittedModel) -> None:
    table = rows(300, 3)
    whole = model.doubts(table)
    for row in (0, 7, 299):
        one = model.doubts({name: cells[row : row + 1] for name, cells in table.items()})
        assert {flag: found[0] for flag, found in one.items()} == {
            flag: found[row] for flag, found in whole.items()
        }


def test_accept_is_the_default_and_changes_nothing(model: goodfit.FittedModel) -> None:
    table = one_row(colour="violet")
    assert list(model.predict_columns(table)) == ["prediction"]
    assert np.array_equal(model.predict(table), model.predict(table, doubt="accept"))


def test_flag_says_why_in_a_column(model: goodfit.FittedModel) -> None:
    table = {name: [a, b] for (name, [a]), [b] in zip(
        one_row().items(), one_row(colour="violet", size=None).values(), strict=True)}  # fmt: skip
    found = model.predict_columns(table, doubt="flag")
    assert found["doubt"].tolist() == ["", "unseen_level: colour; filled_in: size"]


def test_refuse_names_the_rows(model: goodfit.FittedModel) -> None:
    table = {name: cells[:5] for name, cells in rows(1000).items()}
    model.predict(table, doubt="refuse")
    table["colour"][3] = "violet"
    with raises("model.rows_doubted", count=1, rows=[4], why=["unseen_level (colour)"]):
        model.predict(table, doubt="refuse")
    with raises("model.doubt_unknown", given="perhaps"):
        model.predict(table, doubt="perhaps")


def test_what_was_seen_is_kept(model: goodfit.FittedModel, tmp_path: Path) -> None:
    loaded = goodfit.load(model.save(tmp_path / "model.goodfit"))
    assert loaded.seen == model.seen


@pytest.mark.parametrize(
    "edit",
    [
        lambda seen: seen["ranges"].update(other=[0, 1]),
        lambda seen: seen["ranges"].update(size=[1, 0]),
        lambda seen: seen["complete"].append("other"),
        lambda seen: seen["near"]["centers"].pop(),
        lambda seen: seen["near"]["middles"][0].pop(),
        lambda seen: seen["near"]["spreads"].pop(),
    ],
)
def test_a_file_that_saw_another_table_is_refused(
    model: goodfit.FittedModel, tmp_path: Path, edit: Any
) -> None:
    file = model.save(tmp_path / "model.goodfit")
    bad = changed(file, tmp_path / "bad.goodfit", lambda document, _: edit(document["seen"]))
    with raises("model.file_unreadable"):
        goodfit.load(bad)


def test_who_goes_on_from_a_model_has_seen_what_it_saw(model: goodfit.FittedModel) -> None:
    table = rows(300, 5)
    table["size"] = [cell / 4 for cell in table["size"]]
    started = goodfit.fit(rows(1000), target="price", network="linear", epochs=2)
    gone_on = goodfit.fit(table, start_from=started, epochs=2)
    assert gone_on.seen is not None
    assert started.seen is not None
    low, high = gone_on.seen.ranges["size"]
    assert low < started.seen.ranges["size"][0]
    assert high == started.seen.ranges["size"][1]
