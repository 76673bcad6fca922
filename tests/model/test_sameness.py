"""Same seed, same machine: same bytes and same predictions, whatever the process around them."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import goodfit
from helpers import sample, sampled
from tables_made import every_kind

TESTS = Path(__file__).parents[1]
FITS = {
    "ensemble": {},
    "linear": {"network": "linear", "text": ("words",)},
    "mlp": {"network": "mlp", "category_encoding": "embedding", "dropout": 0.1},
    "resnet": {"network": "resnet", "blocks": 1, "block_width": 8, "normalization": "batch"},
    "folds": {"network": "linear", "folds": 3, "preprocessing": "quantile_normal"},
}
# What a process may have been through before, and how it was started.
PROCESSES = {
    "a hash seed": ({"PYTHONHASHSEED": "4242"}, ""),
    "no hash seed": ({"PYTHONHASHSEED": "0"}, ""),
    "another place, time zone and language": (
        {"TZ": "Asia/Taipei", "LC_ALL": "C", "HOME": "/"},
        "",
    ),
    "random numbers drawn": ({}, "import random, numpy, torch; random.random(); torch.rand(9)"),
    "optimized Python": ({"PYTHONOPTIMIZE": "1"}, ""),
    "memory in disorder": ({}, "kept = [bytearray(n * 7) for n in range(9999)]; del kept[::2]"),
}
PROGRAM = """
import sys
{first}
import json
sys.path.insert(0, sys.argv[1])
import goodfit
from tables_made import every_kind
for name, how in json.loads(sys.argv[2]).items():
    how = {{key: tuple(value) if isinstance(value, list) else value for key, value in how.items()}}
    goodfit.fit(every_kind(), target="price", epochs=2, seed=3, **how).save(f"{{name}}.goodfit")
"""


def files_of(process: str, folder: Path) -> dict[str, bytes]:
    """The model files of all fits, each fitted in one process of its own."""
    environment, first = PROCESSES[process]
    folder = folder / process
    folder.mkdir()
    subprocess.run(
        [sys.executable, "-c", PROGRAM.format(first=first), str(TESTS), json.dumps(FITS)],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)} | environment,
        check=True,
    )
    return {fit: (folder / f"{fit}.goodfit").read_bytes() for fit in FITS}


@pytest.mark.parametrize("process", sampled([*PROCESSES], 2))
def test_the_same_fits_give_the_same_bytes_whatever_the_process(tmp_path, process, record_property):
    for fit, content in files_of(process, tmp_path).items():
        here = goodfit.fit(every_kind(), target="price", epochs=2, seed=3, **FITS[fit])
        assert here.save(tmp_path / fit).read_bytes() == content, fit
    record_property("fits repeated in other processes", len(FITS))


def test_a_model_that_was_loaded_is_saved_as_the_same_bytes(tmp_path):
    for fit, how in FITS.items():
        model = goodfit.fit(every_kind(), target="price", epochs=2, **how)
        first = model.save(tmp_path / fit).read_bytes()
        assert goodfit.load(tmp_path / fit).save(tmp_path / "again").read_bytes() == first, fit


def test_the_order_of_settings_and_columns_of_choices_means_nothing(tmp_path):
    choices = {"size": "robust", "age": "max_abs", "colour": "ordinal"}
    how = {"network": "linear", "epochs": 2, "column": choices}
    again = dict(reversed(how.items())) | {"column": dict(reversed(choices.items()))}
    one = goodfit.fit(every_kind(), target="price", **how).save(tmp_path / "one").read_bytes()
    two = goodfit.fit(every_kind(), target="price", **again).save(tmp_path / "two").read_bytes()
    assert one == two


def test_the_bytes_are_in_one_order(tmp_path):
    """One metadata key, since several come out of a hash table in any order; keys sorted within."""
    path = goodfit.fit(every_kind(), target="price", epochs=2).save(tmp_path / "m.goodfit")
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    assert list(header["__metadata__"]) == ["goodfit"]

    def is_sorted(tree: object) -> bool:
        if isinstance(tree, list):
            return all(map(is_sorted, tree))
        if not isinstance(tree, dict):
            return True
        return list(tree) == sorted(tree) and all(map(is_sorted, tree.values()))

    assert is_sorted(json.loads(header["__metadata__"]["goodfit"]))


@pytest.mark.parametrize("fit", [*FITS])
def test_loaded_parameters_lie_in_memory_of_pytorchs_own(tmp_path, fit):
    """Aligned, and no view of the file or of another: the bits of a product may depend on it."""
    model = goodfit.fit(every_kind(), target="price", epochs=2, **FITS[fit])
    loaded = goodfit.load(model.save(tmp_path / "m.goodfit"))
    (tmp_path / "m.goodfit").write_bytes(b"gone")
    for network in (model.network, loaded.network):
        tensors = [*network.parameters(), *network.buffers()]
        assert all(tensor.is_contiguous() and tensor.device.type == "cpu" for tensor in tensors)
        assert all(tensor.storage_offset() == 0 for tensor in tensors)
        assert all(tensor.data_ptr() % 64 == 0 for tensor in tensors)
        places = {tensor.untyped_storage().data_ptr() for tensor in tensors if tensor.numel()}
        assert len(places) == sum(tensor.numel() > 0 for tensor in tensors)
        assert not any(tensor.requires_grad for tensor in tensors)
    rows = every_kind(40)
    assert np.array_equal(loaded.predict(rows), model.predict(rows))


@pytest.mark.parametrize("fit", [*FITS])
def test_predictions_depend_on_no_neighbour_no_order_and_no_door(tmp_path, fit, record_property):
    """Of any rows in any order, from the model, from its file and from a copy, bit by bit."""
    table = every_kind(90)
    model = goodfit.fit(every_kind(), target="price", epochs=2, **FITS[fit])
    loaded = goodfit.load(model.save(tmp_path / "m.goodfit"))
    whole = model.predict(table)
    n_draws = sample(6, whole=300)
    for seed in range(n_draws):
        draw = random.Random(seed)
        rows = [draw.randrange(90) for _ in range(draw.choice([1, 2, 31, 90, 257, 600]))]
        some = {name: [cells[row] for row in rows] for name, cells in table.items()}
        found = draw.choice([model, loaded]).predict(some)
        assert np.array_equal(found, whole[rows]), seed
    record_property("draws of rows predicted alike", n_draws)


def test_the_number_of_threads_changes_no_bit_of_few_rows(tmp_path):
    table = every_kind(90)
    model = goodfit.fit(every_kind(), target="price", epochs=2)
    alone, n_threads = model.predict(table), torch.get_num_threads()
    try:
        torch.set_num_threads(2)
        assert np.array_equal(model.predict(table), alone)
    finally:
        torch.set_num_threads(n_threads)
