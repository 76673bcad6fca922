"""The model file: the same model comes back, the same bytes go out, damage is refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy

import goodfit
from goodfit.model import container
from goodfit.model.document import FORMAT_VERSION
from helpers import raises
from model_files import changed, parts_of
from tables_made import TARGETS, for_task, mixed_table

FORMATS = sorted((Path(__file__).parent / "formats").glob("*.goodfit"))
A_REMARK = {"params": {}, "severity": "note"}
NO_FOLDS = {"metrics": {}, "by_fold": [], "kept_epochs": []}
QUICK = {"epochs": 5, "widths": (16,), "seed": 1}


def fitted(task: str, **settings: object) -> goodfit.FittedModel:
    return goodfit.fit(for_task(mixed_table(), task), target=TARGETS[task], **(QUICK | settings))


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return fitted("multiclass").save(tmp_path_factory.mktemp("model") / "model.goodfit")


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> Path:
    model = fitted("regression", network="ensemble", bag=3, members=2)
    return model.save(tmp_path_factory.mktemp("pack") / "model.goodfit")


@pytest.mark.parametrize("task", TARGETS)
@pytest.mark.parametrize("encoding", ["one_hot", "embedding"])
@pytest.mark.parametrize("precision", ["float32", "float64"])
def test_a_loaded_model_is_the_saved_one(
    tmp_path: Path, task: str, encoding: str, precision: str
) -> None:
    model = fitted(task, category_encoding=encoding, precision=precision)
    loaded = goodfit.load(model.save(tmp_path / "model.goodfit"))
    table = mixed_table(seed=9)
    assert np.array_equal(loaded.predict(table), model.predict(table))
    if task != "regression":
        assert np.array_equal(loaded.predict_proba(table), model.predict_proba(table))
    for part in (
        "settings",
        "schema",
        "preprocessing",
        "history",
        "scores",
        "remarks",
        "provenance",
        "calibration",
        "seen",
    ):
        assert getattr(loaded, part) == getattr(model, part), part


@pytest.mark.parametrize("path", FORMATS, ids=lambda path: path.stem)
def test_a_file_of_every_format_is_read_and_predicts_what_it_did(path: Path) -> None:
    """Each was written by a Goodfit of its time; its name begins with the number of its format."""
    then = json.loads(path.with_suffix(".json").read_text())
    assert parts_of(path)[0]["version"] == int(path.stem.partition("-")[0])
    model = goodfit.load(path)
    if then["probabilities"] is None:
        assert np.allclose(model.predict(then["rows"]), then["predictions"], rtol=1e-5)
    else:
        assert model.predict(then["rows"]).tolist() == then["predictions"]
        found = model.predict_proba(then["rows"])
        assert np.allclose(found, then["probabilities"], rtol=1e-5, atol=1e-6)
    if "sure" in then:  # from format 5 on
        sure = model.predict_interval if then["probabilities"] is None else model.predict_set
        assert np.allclose(sure(then["rows"], level=0.8), then["sure"], rtol=1e-5)
        doubts = {flag: found.tolist() for flag, found in model.doubts(then["rows"]).items()}
        assert doubts == then["doubts"]


def test_a_sample_is_kept_of_every_format_that_is_read() -> None:
    kept = {int(path.stem.partition("-")[0]) for path in FORMATS}
    assert kept == set(range(1, FORMAT_VERSION + 1))


def test_a_file_of_an_older_format_is_saved_as_one_of_this(tmp_path: Path) -> None:
    model = goodfit.load(FORMATS[0])
    saved = model.save(tmp_path / "model.goodfit")
    assert parts_of(saved)[0]["version"] == FORMAT_VERSION
    rows = json.loads(FORMATS[0].with_suffix(".json").read_text())["rows"]
    assert np.array_equal(goodfit.load(saved).predict(rows), model.predict(rows))


def test_an_ensemble_of_a_format_whose_ensembles_computed_otherwise_is_refused(
    pack: Path, tmp_path: Path
) -> None:
    def older(document: dict, _: dict) -> None:
        document["version"] = 2
        del document["golden"], document["sha256"]

    with raises("model.file_of_older_ensemble", version=2):
        goodfit.load(changed(pack, tmp_path / "older", older))


def test_the_same_fit_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    here = fitted("binary").save(tmp_path / "here.goodfit").read_bytes()
    program = (
        "import sys; sys.path.insert(0, sys.argv[2])\n"
        "import test_artifact as t; t.fitted('binary').save(sys.argv[1])"
    )
    folder = Path(__file__).parent
    path = os.pathsep.join([str(folder), str(folder.parent), *sys.path])
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "there.goodfit"), str(folder)],
        check=True,
        env=os.environ | {"PYTHONPATH": path, "PYTHONHASHSEED": "7"},
    )
    assert (tmp_path / "there.goodfit").read_bytes() == here


def test_the_file_says_nothing_of_time_place_or_rows(file: Path) -> None:
    text = file.read_bytes()
    assert str(file.parent).encode() not in text
    with safetensors.safe_open(file, framework="numpy") as opened:
        metadata = opened.metadata()
    document = json.loads(metadata["goodfit"])
    assert list(metadata) == ["goodfit"]
    assert list(document) == sorted(document)
    assert not any(str(cell).encode() in text for cell in mixed_table()["size"])


def test_no_file_no_folder_no_permission(tmp_path: Path) -> None:
    with raises("model.file_missing"):
        goodfit.load(tmp_path / "none.goodfit")
    with raises("model.file_unreadable"):
        goodfit.load(tmp_path)
    with raises("model.cannot_write"):
        fitted("binary").save(tmp_path / "none" / "model.goodfit")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("length", [0, 1, 7, 8, 9, 100, -1, -1000])
def test_a_file_cut_off_is_refused(file: Path, tmp_path: Path, length: int) -> None:
    cut = tmp_path / "cut.goodfit"
    cut.write_bytes(file.read_bytes()[:length])
    with raises("model.file_unreadable"):
        goodfit.load(cut)


def test_a_newer_format_is_named(file: Path, tmp_path: Path) -> None:
    path = changed(file, tmp_path / "m", lambda document, _: document.update(version=99, novel=1))
    with raises("model.file_newer", version=99, known=FORMAT_VERSION):
        goodfit.load(path)


@pytest.mark.parametrize(
    "edit",
    [
        lambda document, _: document.pop("schema"),
        lambda document, _: document.update(unknown=1),
        lambda document, _: document["settings"].update(epochs=-1),
        lambda document, _: document["settings"].update(widths=[8]),
        lambda document, _: document["settings"].update(network="linear"),
        lambda document, _: document["schema"].update(columns="none"),
        lambda document, _: document["schema"].update(targets=[]),
        lambda document, _: document["schema"]["targets"].append(document["schema"]["targets"][0]),
        lambda document, _: document.update(version=0),
        lambda document, _: document.update(version=1),
        lambda document, _: document.update(golden=None),
        lambda document, _: document["golden"].update(predictions=[[0.5, 0.5]]),
        lambda document, _: document["golden"]["cells"].pop(),
        lambda document, _: document["golden"]["cells"][0].pop(),
        lambda document, _: document["golden"]["cells"][0].__setitem__(0, "word"),
        lambda document, _: document["settings"].update(widths=[65536] * 64),
        lambda document, _: document["schema"]["targets"][0].update(levels=["a", "b"]),
        lambda document, _: document["schema"]["targets"][0].update(task="regression", levels=[]),
        lambda document, _: document["schema"]["columns"].pop(0),
        lambda document, _: document["preprocessing"].update(outputs=2),
        lambda document, _: document["scores"]["baselines"].update(other={"rmse": 1.0}),
        lambda document, _: document["scores"]["baselines"]["majority"].update(other=1.0),
        lambda document, _: document["scores"]["metrics"].update(other=1.0),
        lambda document, _: document["scores"].update(by_target={"price": {"other": 1.0}}),
        lambda document, _: document["scores"].update(headline="other"),
        lambda document, _: document["scores"].update(folds=NO_FOLDS),
        lambda document, _: document["settings"].update(weight="no column"),
        lambda document, _: document["settings"].update(threshold=0.5),
        lambda document, _: document["settings"].update(class_cost={"no class": 2.0}),
        lambda document, _: document["preprocessing"]["targets"][0].update(scale=0.0),
        lambda document, _: document["remarks"].append({"code": "other"} | A_REMARK),
        lambda document, _: document["remarks"].append({"code": "model.goes_on"} | A_REMARK),
        lambda document, _: document["schema"]["columns"][0]["reason"].update(params={}),
        lambda document, _: document["history"].update(other=[]),
        lambda document, _: document["provenance"].update(path="/home/me"),
        lambda _, tensors: tensors.popitem(),
        lambda _, tensors: tensors.update(extra=np.zeros(3)),
        lambda _, tensors: [value.fill(np.nan) for value in tensors.values()],
    ],
)
def test_a_structure_that_does_not_hold_together_is_refused(
    file: Path, tmp_path: Path, edit: object
) -> None:
    with raises("model.file_unreadable"):
        goodfit.load(changed(file, tmp_path / "model.goodfit", edit))


@pytest.mark.parametrize(
    "edit",
    [
        lambda document, _: document["settings"].update(bag=2),
        lambda document, _: document["settings"].update(bag=0),
        lambda document, _: document["settings"].update(members=5),
        lambda document, _: document["settings"].update(members=None),
        lambda document, _: document["settings"].update(bag=None),
        lambda document, _: document["settings"].update(widths=[9]),
        lambda document, _: document["settings"].update(widths=[]),
        lambda document, _: document["settings"].update(widths=None),
        lambda document, _: document["settings"].update(widths=[65536] * 9),
        lambda document, _: document["settings"].update(network="mlp"),
        lambda document, _: document["settings"].update(network="auto"),
        lambda _, tensors: tensors.pop("share"),
        lambda _, tensors: tensors.update(share=np.ones(2, np.float32)),
        lambda _, tensors: tensors.update(first=tensors["first"][:, :, :4].copy()),
        lambda _, tensors: tensors.update(factors=tensors["factors"][:2].copy()),
        lambda _, tensors: tensors["line"].fill(np.nan),
    ],
)
def test_an_ensemble_that_does_not_hold_together_is_refused(
    pack: Path, tmp_path: Path, edit: object
) -> None:
    with raises("model.file_unreadable"):
        goodfit.load(changed(pack, tmp_path / "other.goodfit", edit))


def test_what_could_not_be_read_again_is_not_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = fitted("binary")
    monkeypatch.setattr(container, "MOST_VALUES", 100)
    with raises("model.too_much_to_store"):
        model.save(tmp_path / "model.goodfit")
    monkeypatch.undo()
    model.own["loss"] = "x" * 100_000_000  # beyond what the container takes
    with raises("model.too_much_to_store"):
        model.save(tmp_path / "model.goodfit")
    assert list(tmp_path.iterdir()) == []
