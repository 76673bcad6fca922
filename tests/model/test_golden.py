"""Golden rows: made up, never taken from the table, predicted again whenever a model is loaded."""

from __future__ import annotations

import io

import msgspec
import numpy as np
import pytest
import torch

import goodfit
from goodfit.core.errors import GoodfitError
from goodfit.model.golden import MISSING_ROW, N_ROWS, UNSEEN_ROW, differing_row, make_golden
from goodfit.model.seal import header_of, is_sealed
from helpers import raises
from model_files import changed, parts_of
from tables_made import TARGETS, every_kind, for_task, mixed_table

QUICK = {"epochs": 2, "seed": 1}


@pytest.mark.parametrize("task", TARGETS)
@pytest.mark.parametrize("network", ["linear", "mlp", "resnet", "ensemble"])
def test_the_file_holds_rows_with_gaps_and_unseen_levels(tmp_path, task, network):
    table = for_task(mixed_table(), task)
    model = goodfit.fit(table, target=TARGETS[task], network=network, **QUICK)
    golden = parts_of(model.save(tmp_path / "m.goodfit"))[0]["golden"]
    names = [column.name for column in model.preprocessing.columns]
    rows = dict(zip(names, golden["cells"], strict=True))
    assert [rows[name][MISSING_ROW] for name in names] == [None] * len(names)
    assert rows["colour"][UNSEEN_ROW] not in {*table["colour"], None}
    assert len(golden["predictions"]) == N_ROWS
    assert differing_row(goodfit.load(tmp_path / "m.goodfit"), make_golden(model)) is None


@pytest.mark.parametrize(
    "how",
    [
        {},
        {"network": "linear", "preprocessing": "quantile_normal"},
        {"network": "mlp", "preprocessing": "yeo_johnson", "category_encoding": "embedding"},
        {"network": "mlp", "preprocessing": "normalize", "category_encoding": "count"},
        {"network": "linear", "preprocessing": "asinh", "category_encoding": "ordinal"},
        {"network": "linear", "loss": "quantile"},
        {"network": "linear", "loss": "gaussian_nll", "precision": "float64"},
        {"min_level_count": 4, "text": ("words",)},
    ],
    ids=str,
)
def test_golden_rows_are_of_every_kind_of_column_and_of_no_training_row(tmp_path, how):
    table = every_kind()
    model = goodfit.fit(table, target="price", **QUICK | how)
    golden = make_golden(model)
    assert len(golden.predictions) == N_ROWS
    assert np.isfinite(golden.predictions).all()
    columns = [column.name for column in model.preprocessing.columns]
    theirs = set(zip(*(map(str, table[name]) for name in columns), strict=True))
    assert theirs.isdisjoint(zip(*(map(str, cells) for cells in golden.cells), strict=True))
    sizes = golden.cells[columns.index("size")]
    assert set(table["size"]).isdisjoint(sizes)
    again = goodfit.load(model.save(tmp_path / "m.goodfit"))
    assert make_golden(again) == golden


def test_several_targets_have_their_numbers_each(tmp_path):
    table = mixed_table()
    table = {name: table[name] for name in ("size", "age", "colour", "price")}
    table["share"] = [price / 1e6 for price in table["price"]]
    model = goodfit.fit(table, target=("price", "share"), network="linear", **QUICK)
    path = model.save(tmp_path / "m.goodfit")
    assert len(make_golden(model).predictions[0]) == 2

    def share_differs(document, _):
        document["golden"]["predictions"][3][1] += 1e-7

    with raises("model.file_predicts_otherwise", row=4):
        goodfit.load(changed(path, tmp_path / "other.goodfit", share_differs))


@pytest.mark.parametrize(
    "edit",
    [
        lambda document, _: document["preprocessing"]["columns"][0].update(center=9.0),
        lambda document, _: document["preprocessing"]["targets"][0].update(center=1.0),
        lambda document, _: document["preprocessing"]["columns"][2]["levels"].reverse(),
        lambda document, _: document["settings"].update(activation="tanh"),
        lambda _, tensors: tensors["layers.0.weight"].__imul__(1.5),
        lambda _, tensors: tensors["layers.0.bias"].__iadd__(0.5),
    ],
    ids=["scaling", "target", "levels", "activation", "weight", "bias"],
)
def test_a_model_that_computes_otherwise_is_refused(tmp_path, edit):
    """Sealed anew, so that nothing but the golden rows can tell."""
    table = for_task(mixed_table(), "regression")
    model = goodfit.fit(table, target="price", network="mlp", widths=(16,), **QUICK)
    path = model.save(tmp_path / "m.goodfit")
    with raises("model.file_predicts_otherwise"):
        goodfit.load(changed(path, tmp_path / "other.goodfit", edit))


def test_float_noise_is_no_difference(tmp_path):
    table = for_task(mixed_table(), "regression")
    path = goodfit.fit(table, target="price", network="mlp", **QUICK).save(tmp_path / "m.goodfit")

    def noisy(_, tensors):
        for tensor in tensors.values():
            np.multiply(tensor, np.float32(1 + 1e-6), out=tensor)

    goodfit.load(changed(path, tmp_path / "other.goodfit", noisy))


class Own(torch.nn.Sequential):
    def __init__(self, n_inputs: int, n_outputs: int) -> None:
        super().__init__(
            torch.nn.Linear(n_inputs, 8), self.activation(), torch.nn.Linear(8, n_outputs)
        )

    activation = torch.nn.Tanh


class Changed(Own):
    activation = torch.nn.Sigmoid


def test_another_network_of_a_persons_own_is_noticed(tmp_path):
    table = for_task(mixed_table(), "regression")
    path = goodfit.fit(table, target="price", network=Own, **QUICK).save(tmp_path / "m.goodfit")
    goodfit.load(path, network=Own)
    with raises("model.file_of_own_predicts_otherwise"):
        goodfit.load(path, network=Changed)


def test_rows_that_cannot_be_predicted_are_left_out(tmp_path):
    """Of a line so steep that it leaves all numbers beside the middle of the training rows."""
    table = {"x": [1.0, 2.0, 3.0, 4.0] * 5, "y": [1.0, 2.0, 3.0, 4.0] * 5}
    how = {"network": "linear", "optimizer": "exact", "split": "none"}
    model = goodfit.fit(table, target="y", **how)
    goal = msgspec.structs.replace(model.preprocessing.targets[0], scale=1.7e308)
    model.preprocessing = msgspec.structs.replace(model.preprocessing, targets=(goal,))
    with torch.no_grad():
        model.network.weight.fill_(2.0)
    model.__setstate__(model.__getstate__())
    golden = make_golden(model)
    assert 0 < len(golden.predictions) < N_ROWS
    assert len(golden.cells[0]) == len(golden.predictions)


def test_every_flipped_bit_breaks_the_seal(tmp_path):
    table = for_task(mixed_table(), "binary")
    path = goodfit.fit(table, target="kind", network="linear", **QUICK).save(tmp_path / "m")
    content = path.read_bytes()
    random = np.random.default_rng(0)
    header = len(header_of(content))
    # From the header on: flips of its length make a file that is no safetensors file at all.
    for place in [*random.integers(8, header, 50), *random.integers(header, len(content), 50)]:
        flipped = bytearray(content)
        flipped[place] ^= 1 << int(random.integers(8))
        path.write_bytes(flipped)
        head = header_of(bytes(flipped))
        assert not is_sealed(head, io.BytesIO(flipped[len(head) :])), place
        with pytest.raises(GoodfitError):
            goodfit.load(path)
