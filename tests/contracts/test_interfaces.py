"""Whatever the door, the same model gives the same rows the same predictions, to the last bit."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

import goodfit
from goodfit.interfaces.cli import run
from tables_made import TARGETS, features, for_task, mixed_table, write_csv


@pytest.mark.parametrize("task", TARGETS)
def test_every_door_gives_the_same_predictions(tmp_path: Path, task: str) -> None:
    pandas = pytest.importorskip("pandas")
    table = for_task(mixed_table(), task)
    kind = goodfit.Regressor if task == "regression" else goodfit.Classifier
    estimator = kind(epochs=10, random_state=0)
    frame = pandas.DataFrame(features(table))
    estimator.fit(frame, table[TARGETS[task]])
    model = estimator.model_
    path = model.save(tmp_path / "model.goodfit")
    loaded, rows = goodfit.load(path), write_csv(features(table), tmp_path / "rows.csv")

    out = tmp_path / "predictions.csv"
    assert run(["predict", str(path), str(rows), "--out", str(out)]) == 0
    with out.open(newline="") as file:
        told = list(csv.DictReader(file))
    levels = [str(level) for level in model.levels]
    if task == "regression":
        found = {
            "python": model.predict(features(table)),
            "loaded": loaded.predict(frame),
            "estimator": estimator.predict(frame),
            "shell": np.array([float(row["prediction"]) for row in told]),
        }
    else:
        assert [row["prediction"] for row in told] == model.predict(frame).tolist()
        found = {
            "python": model.predict_proba(features(table)),
            "loaded": loaded.predict_proba(frame),
            "estimator": estimator.predict_proba(frame),
            "shell": np.array(
                [[float(row[f"probability_{level}"]) for level in levels] for row in told]
            ),
        }
    assert [door for door in found if not np.array_equal(found[door], found["python"])] == []
