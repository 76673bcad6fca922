"""What a model file holds of the table: everything is listed, and rare levels can be left out."""

from __future__ import annotations

import json

import numpy as np
import pytest
import torch

import goodfit
from goodfit.model.document import Document
from goodfit.model.golden import make_golden
from goodfit.model.privacy import PIECES, contents_of
from helpers import has_remark, raises
from tables_made import every_kind, for_task, mixed_table

QUICK = {"epochs": 2, "seed": 1}
RARE_NAME = "Bartholomew"


def stock_of(tmp_path, table, **how):
    """What the file of a fit holds, and the model."""
    model = goodfit.fit(table, target="price", **QUICK | how)
    return contents_of(model.save(tmp_path / "model.goodfit")), model


def singles(found, column):
    """By what it is; but for what all columns and targets share."""
    shared = {"rounded_ends", "seen_median", "errors"}
    return {
        one.what: one.values
        for one in found.singles
        if one.column == column and one.what not in shared
    }


@pytest.mark.parametrize("network", ["linear", "mlp", "resnet", "ensemble"])
def test_every_byte_of_the_file_is_accounted_for(tmp_path, network):
    found, model = stock_of(tmp_path, every_kind(), network=network)
    assert found.n_bytes == (tmp_path / "model.goodfit").stat().st_size
    assert sum(piece.n_bytes for piece in found.pieces) == found.n_bytes
    assert all(piece.n_bytes > 0 for piece in found.pieces)
    sizes = [value.numel() for value in model.network.state_dict().values()]
    assert found.pieces[0].n_values == sum(sizes)


def test_every_part_of_the_document_is_said_to_hold_something():
    """A part that is added to the file must be looked at here: what does it say of rows?"""
    assert set(PIECES) == set(Document.__struct_fields__)


TRAINING = np.arange(20.0) ** 2  # 20 rows, all of which train


@pytest.mark.parametrize(
    ("scaling", "expected"),
    [
        ("none", {}),
        ("standardize", {}),
        ("normalize", {"minimum": (0.0,), "range": (361.0,)}),
        ("max_abs", {"largest": (361.0,)}),
        ("robust", {"quartiles": (190.0,), "median": (90.5,)}),
        ("log1p", {"median": (90.5,)}),
        ("asinh", {"median": (90.5,)}),
        ("yeo_johnson", {"median": (90.5,)}),
        ("quantile_uniform", {"quantiles": tuple(TRAINING), "median": (90.5,)}),
        ("quantile_normal", {"quantiles": tuple(TRAINING), "median": (90.5,)}),
    ],
)
def test_what_a_scaling_tells_of_single_rows_is_listed(tmp_path, scaling, expected):
    table = {"x": TRAINING.tolist(), "price": TRAINING.tolist()}
    how = {"network": "mlp", "split": "none", "preprocessing": scaling}
    found = singles(stock_of(tmp_path, table, **how)[0], "x")
    assert found.keys() == expected.keys()
    for what, values in expected.items():
        assert np.allclose(found[what], values), what


def test_the_medians_of_an_ensembles_folds_are_listed_in_the_tables_units(tmp_path):
    table = {"x": TRAINING.tolist(), "price": TRAINING.tolist()}
    how = {"network": "ensemble", "bag": 2, "split": "none", "preprocessing": "standardize"}
    medians = singles(stock_of(tmp_path, table, **how)[0], "x")["fold_medians"]
    between = (TRAINING[1:] + TRAINING[:-1]) / 2
    near = np.abs(np.subtract.outer(medians, [*TRAINING, *between])).min(axis=1)
    assert len(medians) == 2
    assert (near < 1e-3).all()


def test_dates_counts_and_columns_mostly_missing_are_listed(tmp_path):
    table = every_kind()
    table["seldom"] = [7.25 if row % 40 == 3 else None for row in range(120)]
    how = {"network": "linear", "category_encoding": "count", "split": "none"}
    found, model = stock_of(tmp_path, table, **how)
    assert singles(found, "day")["earliest"][0].isoformat() == "2020-01-01T00:00:00"
    assert singles(found, "seldom") == {"few_cells": (7.25,)}
    assert set(singles(found, "colour")) == {"level_counts"}
    assert found.n_training == 120 == model.provenance.n_training


def test_days_that_are_levels_are_listed_and_golden_rows_are_of_them(tmp_path):
    table = for_task(mixed_table(), "regression")
    table["day"] = [f"2021-03-{1 + row % 6:02}" for row in range(120)]
    found, model = stock_of(tmp_path, table, date_levels="day")
    days = [f"2021-03-{day:02}" for day in range(1, 7)]
    assert list(singles(found, "day")["days"]) == days
    golden = make_golden(model)
    place = [column.name for column in model.preprocessing.columns].index("day")
    drawn = [cell and cell[:10] for cell in golden.cells[place]]
    assert drawn[:2] == [None, "2021-03-07"]
    assert {day for day in drawn[2:] if day} <= set(days)


def test_ranges_middles_and_errors_are_listed(tmp_path):
    table = every_kind(400)
    found, model = stock_of(tmp_path, table, network="mlp", epochs=3)
    shared = {(one.column, one.what): one.values for one in found.singles}
    assert shared["size", "rounded_ends"] == model.seen.ranges["size"]
    assert ("size", "seen_median") in shared
    errors = model.calibration.targets[0].errors
    assert len(shared["price", "errors"]) == sum(len(fold.values) for fold in errors)


def test_levels_and_terms_are_listed(tmp_path):
    table = every_kind() | {"words": every_kind()["words"]}
    found = stock_of(tmp_path, table, text=("words",))[0]
    assert found.levels["colour"] == ("blue", "green", "red")
    assert found.levels["code"] == tuple(sorted({*table["code"]}))
    assert {"barn", "sea"} <= {*found.terms["words"]}
    assert (found.least_rows, found.least_term_rows) == (1, 3)
    table = for_task(mixed_table(), "multiclass")
    path = goodfit.fit(table, target="grade", **QUICK).save(tmp_path / "classes.goodfit")
    assert contents_of(path).classes == {"grade": ("low", "mid", "top")}


@pytest.mark.parametrize("encoding", ["one_hot", "embedding", "ordinal", "count"])
@pytest.mark.parametrize("n_rare", [1, 2])
def test_rare_levels_can_be_left_out_of_the_file(tmp_path, encoding, n_rare):
    table = for_task(mixed_table(), "regression")
    table["colour"][3] = RARE_NAME
    if n_rare == 2:
        table["colour"][5] = "Ermintrude"
    how = {"category_encoding": encoding, "network": "linear", "split": "none"}
    content = {}
    for least in (1, 2):
        found, model = stock_of(tmp_path, table, min_level_count=least, **how)
        content[least] = (tmp_path / "model.goodfit").read_bytes()
        assert (RARE_NAME in found.levels["colour"]) == (least == 1)
    assert RARE_NAME.encode() in content[1]
    assert RARE_NAME.encode() not in content[2]
    assert b"Ermintrude" not in content[2]
    has_remark(model.remarks, "preprocessing.levels_pooled", n_levels=n_rare, n_rows=n_rare)
    row = {name: [cells[3]] for name, cells in table.items()}
    unknown = row | {"colour": ["never seen"]}
    assert np.array_equal(model.predict(row), model.predict(unknown))


def test_going_on_names_no_rare_level_either(tmp_path):
    table = for_task(mixed_table(), "regression")
    model = goodfit.fit(table, target="price", min_level_count=2, **QUICK)
    table["colour"][:4] = [RARE_NAME, "pink", "pink", "pink"]
    again = goodfit.fit(table, start_from=model, split="none")
    assert RARE_NAME.encode() not in again.save(tmp_path / "m").read_bytes()
    has_remark(again.remarks, "model.levels_unseen", levels=["pink"], n_levels=2)
    table["colour"][1:4] = ["blue"] * 3
    again = goodfit.fit(table, start_from=model, split="none")
    has_remark(again.remarks, "model.levels_unseen_rare", n_levels=1)


def test_no_cell_of_numbers_dates_or_text_is_in_the_file(tmp_path):
    """But for those that are listed: a median, the ends of the target."""
    table = every_kind()
    for network in ("linear", "mlp", "ensemble"):
        found = stock_of(tmp_path, table, network=network)[0]
        content = (tmp_path / "model.goodfit").read_bytes()
        for name in ("size", "age", "price", "words"):
            cells = {str(cell) for cell in table[name] if cell is not None}
            listed = [one.values for one in found.singles if one.column == name]
            cells -= {str(value) for values in listed for value in values}
            assert not [cell for cell in cells if cell.encode() in content], name
        assert sum(day.encode() in content for day in table["day"]) == 0


def test_remarks_that_quote_cells_are_shown(tmp_path, goodfit_):
    table = every_kind()
    model = goodfit.fit(table, target="price", time="day", **QUICK)
    found = contents_of(model.save(tmp_path / "m.goodfit"))
    assert [remark.code for remark in found.quoting] == ["data.split_by_time"]
    code, out, _ = goodfit_("inspect", "m.goodfit", "--privacy")
    assert code == 0
    assert found.quoting[0].params["test"] in out


class Own(torch.nn.Linear):
    """A network of a person's own."""


def test_the_command_shows_all_of_it(tmp_path, goodfit_):
    table = every_kind()
    table["colour"][0] = "\x1b[31mred"
    how = {"preprocessing": "quantile_normal", "text": ("words",), "network": "mlp"}
    found, _ = stock_of(tmp_path, table, **how)
    code, out, _ = goodfit_("inspect", "model.goodfit", "--privacy")
    assert code == 0
    said = " ".join(out.split())
    assert f"{found.n_bytes:,} bytes" in said
    assert "None keeps the cells of a row together" in said
    assert "--min-level-count 10" in said
    assert "blue, green, red" in said
    assert "\x1b" not in out
    shown = json.loads(goodfit_("inspect", "model.goodfit", "--privacy", "--json")[1])
    assert sum(piece["bytes"] for piece in shown["pieces"].values()) == shown["bytes"]
    assert shown["levels"] == {name: list(levels) for name, levels in found.levels.items()}
    assert len(shown["of_single_rows"]) == len(found.singles)


def test_little_is_said_where_there_is_little(tmp_path, goodfit_):
    table = {"x": ["p", "q", "q", "p"] * 2, "kind": ["a", "b", "b", "a"] * 2}
    how = {"network": "linear", "split": "none", "min_level_count": 2} | QUICK
    goodfit.fit(table, target="kind", **how).save(tmp_path / "model.goodfit")
    said = " ".join(goodfit_("inspect", "model.goodfit", "--privacy")[1].split())
    assert "No statistic of a feature or a target is the cell of a single row" in said
    assert "Of 8 training rows even means" in said
    assert "--min-level-count" not in said
    assert "Levels (x, 2), each in 2 training rows at least: p, q" in said


def test_a_network_of_a_persons_own_need_not_be_given(tmp_path):
    table = for_task(mixed_table(), "regression")
    found = stock_of(tmp_path, table, network=Own)[0]
    assert found.pieces[0].n_values > 0


def test_a_damaged_file_is_not_described(tmp_path):
    stock_of(tmp_path, for_task(mixed_table(), "regression"))
    path = tmp_path / "model.goodfit"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    with raises("model.file_unreadable"):
        contents_of(path)
