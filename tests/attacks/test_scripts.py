"""No name, level or marker of a table can become code of the script that tells of its fit."""

from __future__ import annotations

import ast
import contextlib
import csv
import io
import sys

import pytest
import torch

import goodfit

#: Names of columns and cells that would do harm if they stood in a program as they are.
HOSTILE = [
    '"); open("harm", "w").close(); ("',
    "'); open('harm', 'w').close(); ('",
    '"""\nopen("harm", "w").close()\n"""',
    "\\",
    '\\"',
    "a\nopen('harm', 'w').close()",
    "a\r\nb",
    "{open('harm', 'w').close()}",
    "‹name›",
    "turned \u202e round",
    "# comment",
    "\x1b[31mred",
    "%s %(x)s {0}",
    "a\x00b",
    "😀",
]


def fitted(path, names, *, target, **given):
    """A model of a table whose columns have these names, and the table as a file."""
    levels = HOSTILE[:3]
    cells = {name: [float((row * (place + 3)) % 67) for row in range(60)]
             for place, name in enumerate(names)}  # fmt: skip
    cells["level of harm"] = [levels[row % 3].replace("\n", " ") for row in range(60)]
    cells[target] = [levels[(row // 2) % 2].replace("\n", " ") for row in range(60)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(cells)
        writer.writerows(zip(*cells.values(), strict=True))
    return goodfit.fit(cells, target=target, epochs=1, **given)


def run(script, path):
    names, before = {"__name__": "__main__"}, sys.argv
    sys.argv = ["train.py", str(path)]
    try:
        with contextlib.redirect_stdout(io.StringIO()), torch.random.fork_rng(devices=[]):
            exec(compile(script, "train.py", "exec"), names)
    finally:
        sys.argv = before
    return names


@pytest.mark.parametrize("network", ["ensemble", "mlp", "linear"])
def test_hostile_names_stay_names(network, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = [name for name in HOSTILE if "\x00" not in name]
    level = HOSTILE[0].replace("\n", " ")
    model = fitted(tmp_path / "table.csv", names, target='y"""', network=network,
                   class_weight={level: 2.0})  # fmt: skip
    script = model.script()
    constants = {node.value for node in ast.walk(ast.parse(script))
                 if isinstance(node, ast.Constant) and isinstance(node.value, str)}  # fmt: skip
    assert {*names, 'y"""', level} <= constants
    opened = [node for node in ast.walk(ast.parse(script))
              if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "open"]  # fmt: skip
    assert len(opened) == 1  # the table
    assert script.isprintable() or not any(
        not letter.isprintable() and letter != "\n" for letter in script
    )
    run(script, tmp_path / "table.csv")
    assert not (tmp_path / "harm").exists()


def test_hostile_names_in_the_plain_program(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in HOSTILE[:8]:
        path = tmp_path / "table.csv"
        cells = {name: [float(row % 7) for row in range(60)], f"{name}y": [2.0] * 59 + [3.5]}
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([list(cells), *zip(*cells.values(), strict=True)])
        model = goodfit.fit(cells, target=f"{name}y", network="linear", optimizer="sgd",
                            split="none", epochs=1, early_stopping=0, batch_size="full",
                            preprocessing="none", schedule="constant")  # fmt: skip
        script = model.script()
        assert script.startswith('"""Fits a network')
        run(script, path)
        assert not (tmp_path / "harm").exists()


def test_hostile_settings_stay_words(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = ["a", "b"]
    model = fitted(tmp_path / "table.csv", names, target="y", missing=HOSTILE[5:9],
                   group="a", network="mlp", widths=(4,), delimiter=None)  # fmt: skip
    script = model.script()
    constants = {node.value for node in ast.walk(ast.parse(script))
                 if isinstance(node, ast.Constant) and isinstance(node.value, str)}  # fmt: skip
    assert {marker.strip() for marker in HOSTILE[5:9]} <= constants
    run(script, tmp_path / "table.csv")
    assert not (tmp_path / "harm").exists()
