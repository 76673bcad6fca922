"""Model files that are damaged, foreign, too large, or made to do harm.

Whatever a file holds: it is a model that can be described and predicts, or a sentence of ours
says why not.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

import goodfit
from damage import ACCIDENTS, forged
from goodfit.core.errors import GoodfitError
from goodfit.interfaces.cli.inspect import as_data, as_text
from helpers import check_sentence, raises, sample
from model_files import changed

FORMATS = Path(__file__).parents[1] / "model" / "formats"
MODELS = sorted(FORMATS.glob("*.goodfit"))
SEALED = [path for path in MODELS if path.stem[0] in "45"]
CORPUS = sorted((Path(__file__).parent / "corpus").glob("*.goodfit"))


def survives(path: Path, rows: dict) -> bool:
    """Whether a file is a model; if not, a sentence has said why not."""
    try:
        model = goodfit.load(path)
    except GoodfitError as error:
        check_sentence(error.params, str(error))
        return False
    assert as_text(model, path=path, history=True)
    json.dumps(as_data(model, history=True))
    try:
        model.predict(rows)
        assert model.predict_columns(rows)
    except GoodfitError as error:  # cells of a kind that it says it does not read
        check_sentence(error.params, str(error))
    return True


def rows_of(path: Path) -> dict:
    return json.loads(path.with_suffix(".json").read_text())["rows"]


@pytest.mark.parametrize("accident", ACCIDENTS, ids=lambda accident: accident.__name__)
def test_a_file_that_met_with_an_accident_is_refused(tmp_path, accident, record_property):
    n_files, path = sample(60, whole=4000), tmp_path / "model.goodfit"
    for seed in range(n_files):
        draw = random.Random(f"{accident.__name__} {seed}")
        model = draw.choice(SEALED)
        content = model.read_bytes()
        damaged = accident(content, draw)
        path.write_bytes(damaged)
        assert not survives(path, rows_of(model)) or damaged == content, seed
    record_property("damaged model files read", n_files)


@pytest.mark.parametrize("model", MODELS, ids=lambda path: path.stem)
def test_a_file_that_was_edited_and_sealed_anew_does_no_harm(tmp_path, model, record_property):
    n_files, n_models = sample(40, whole=4000), 0
    for seed in range(n_files):
        draw = random.Random(f"{model.stem} {seed}")
        n_models += survives(forged(model, tmp_path / "m.goodfit", draw), rows_of(model))
    record_property("forged model files read", n_files)
    assert n_models < n_files


def container_of(header: bytes, rest: bytes = b"") -> bytes:
    return len(header).to_bytes(8, "little") + header + rest


def with_text(text: str) -> bytes:
    return container_of(json.dumps({"__metadata__": {"goodfit": text}}).encode())


def entry(**changes: object) -> bytes:
    tensor = {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]} | changes
    return container_of(json.dumps({"weight": tensor}).encode(), bytes(4))


FOREIGN = {
    "a zip archive": b"PK\x03\x04" + bytes(100),
    "a picture": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(100),
    "a pickle that runs a program": b"cos\nsystem\n(S'touch was_run'\ntR.",
    "a PyTorch checkpoint": b"\x80\x02}q\0ctorch._utils\n_rebuild_tensor_v2\n",
    "a table": b"x,y\n1,2\n",
    "a parquet file": b"PAR1" + bytes(100) + b"PAR1",
    "HTML": b"<!doctype html><script>alert(1)</script>",
    "nothing": b"",
    "another project's safetensors": entry(),
    "no JSON": with_text("[[["),
    "no object": with_text("null"),
    "a number without end": with_text('{"version": 1' + "0" * 100_000 + "}"),
    "a version of no kind": with_text('{"version": "4"}'),
    "a version below all": with_text('{"version": -1}'),
    "nested without end": with_text('{"version": 4, "own": ' + '{"a":' * 100_000),
    "nested but closed": with_text('{"version": 3, "own": ' + "[" * 90_000 + "]" * 90_000 + "}"),
    "a header nested without end": container_of(b'{"weight":' * 50_000),
    "a header of 9 million tensors": container_of(b'{"a":' + b"{}," * 4_500_000 + b"{}}"),
    "a header of half the world": (2**62).to_bytes(8, "little") + b"{}" + bytes(100),
    "a header as long as the file": container_of(b"{" + b" " * 1000 + b"}"),
    "a shape beyond memory": entry(shape=[2**40, 2**40]),
    "a shape below nothing": entry(shape=[-1]),
    "a shape of no size and all": entry(shape=[0, 2**40], data_offsets=[0, 0]),
    "a hundred dimensions": entry(shape=[1] * 100),
    "places beyond the file": entry(data_offsets=[0, 2**40]),
    "places backwards": entry(data_offsets=[4, 0]),
    "a type that is none": entry(dtype="F4"),
    "a field too many": entry(path="../../etc/passwd"),
    "metadata that are no text": container_of(b'{"__metadata__":{"goodfit":7}}'),
    "letters that are none": container_of(b'{"__metadata__":{"goodfit":"\xff\xfe"}}'),
}  # fmt: skip


@pytest.mark.parametrize("content", FOREIGN.values(), ids=FOREIGN)
def test_a_foreign_file_is_refused(tmp_path, monkeypatch, content):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "model.goodfit").write_bytes(content)
    with raises("model.file_unreadable"):
        goodfit.load("model.goodfit")
    assert [path.name for path in tmp_path.iterdir()] == ["model.goodfit"]


def test_a_newer_file_is_named_whatever_else_it_holds(tmp_path):
    (tmp_path / "m").write_bytes(with_text('{"version": 99, "settings": [[1, {}]]}'))
    with raises("model.file_newer", version=99):
        goodfit.load(tmp_path / "m")


def test_what_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for place in (tmp_path, tmp_path / "pipe", Path(os.devnull), "a\0b"):
        with raises("model.file_unreadable"):
            goodfit.load(place)


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_a_file_that_once_did_harm_is_refused(path):
    with raises("model.file_unreadable"):
        goodfit.load(path)


def _feature(document: dict, name: str, column: dict) -> None:
    why = {"code": "data.kind_numbers", "params": {"column": "x"}, "severity": "note"}
    document["schema"]["columns"].append(
        {"name": name, "kind": "category", "used": True, "reason": why}
    )
    document["preprocessing"]["columns"].append({"name": name} | column)


def long_names(document: dict, size: int) -> None:
    """Inputs' names are a column's with a level's: one long, the other many."""
    levels = [str(level) for level in range(size // 10)]
    category = {"encoding": "one_hot", "levels": levels, "pooled": False, "indicator": False}
    _feature(document, "n" * size, category)


def equal_names(document: dict, size: int) -> None:
    number = {"encoding": "number", "decimal": ".", "scaling": "none", "center": 0.0, "scale": 1.0}
    for _ in range(size // 300):
        _feature(document, "x", number | {"fill": 0.0, "indicator": False})


def many_levels(document: dict, size: int) -> None:
    document["schema"]["targets"][0]["levels"] = [str(level) for level in range(size // 9)]


def many_knots(document: dict, size: int) -> None:
    knots = [[knot, knot] for knot in range(size // 14)]
    document["preprocessing"]["columns"][0].update(scaling="quantile_normal", knots=knots)


def long_remark(document: dict, size: int) -> None:
    remark = {"code": "data.column_dropped", "severity": "note"}
    document["remarks"].append(remark | {"params": {"column": "x" * size}})


def nested_remark(document: dict, size: int) -> None:
    nested: list = []
    for _ in range(400):
        nested = [nested, nested] if len(str(nested)) < 200 else [nested]
    remark = {"code": "data.column_dropped", "severity": "note"}
    document["remarks"].append(remark | {"params": {"column": nested}})


def long_history(document: dict, size: int) -> None:
    document["history"]["train_loss"] = [0.0] * (size // 5)


def long_golden(document: dict, size: int) -> None:
    document["golden"]["cells"][0] = ["x" * size]


def wide_network(document: dict, size: int) -> None:
    document["settings"]["widths"] = [65536] * 64


LARGE = (
    long_names, equal_names, many_levels, many_knots, long_remark, nested_remark, long_history,
    long_golden, wide_network,
)  # fmt: skip


@pytest.mark.skipif(sys.platform != "linux", reason="other systems measure memory otherwise")
def test_what_claims_to_be_large_takes_little_time_and_memory(tmp_path, record_property):
    """Seconds of the processor are limited, so that a file which takes minutes ends the test."""
    size = sample(1_000_000, whole=20_000_000)
    for edit in LARGE:
        changed(
            FORMATS / "4-grade.goodfit",
            tmp_path / f"{edit.__name__}.goodfit",
            lambda document, _, edit=edit: edit(document, size),
        )
    sparse = tmp_path / "sparse.goodfit"
    sparse.write_bytes(entry(dtype="U8", shape=[10**12], data_offsets=[0, 10**12])[:-4])
    with sparse.open("r+b") as file:
        file.truncate(sparse.stat().st_size + 10**12)
    code = """
import re, resource, sys
from pathlib import Path
import goodfit
from goodfit.interfaces.cli.inspect import as_data, as_text
def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024
goodfit.load(sys.argv[1])
resource.setrlimit(resource.RLIMIT_CPU, (int(sys.argv[2]), int(sys.argv[2])))
before = peak()
for path in sys.argv[3:]:
    try:
        model = goodfit.load(path)
        as_text(model, path=Path(path), history=True), as_data(model)
        print(Path(path).stem, "is a model", peak() - before)
    except goodfit.GoodfitError as error:
        assert len(str(error)) < 2000
        print(Path(path).stem, error.code, peak() - before)
"""
    paths = sorted(map(str, tmp_path.glob("*.goodfit")))
    limit_s = sample(60, whole=900)
    done = subprocess.run(
        [sys.executable, "-c", code, FORMATS / "4-grade.goodfit", str(limit_s), *paths],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    told = [line.split() for line in done.stdout.splitlines()]
    assert len(told) == len(LARGE) + 1
    assert int(told[-1][-1]) < 50 + 25 * size / 1e6, done.stdout
    record_property("large model files read", len(told))
