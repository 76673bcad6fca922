"""Strings from files meet terminals, spreadsheets and other programs: none of them is steered."""

from __future__ import annotations

import csv
import json
import sys
import unicodedata
from pathlib import Path

import numpy as np
import pytest

import goodfit
from goodfit.interfaces.cli.output import json_text, put
from helpers import raises

QUICK = ["--epochs", "2", "--network", "mlp", "--widths", "4", "--quiet"]
ANSI = "\x1b[31mred\x1b]0;title\x07"
HOSTILE = [ANSI, "\x9b31mred", "\u202etxt.exe", "a\rb", "\x08\x08gone", "=cmd|' /C calc'!A0"]
FORMULAS = ["=1+1", "+1 a", "-x", "@SUM(A1)", "\t=1", "\r=1", "plain", "a=b"]


def steers(text):
    """Whether text holds what a terminal obeys; lines end as lines do."""
    kinds = {unicodedata.category(letter) for letter in text if letter != "\n"}
    return bool(kinds & {"Cc", "Cf", "Zl", "Zp"})


def fitted(goodfit_, levels, *, names=("x", "y")):
    random = np.random.default_rng(0)
    with Path("t.csv").open("w", newline="", encoding="utf-8") as file:
        rows = [
            [x, levels[i % len(levels)]] for i, x in enumerate(random.normal(size=120).round(3))
        ]
        csv.writer(file).writerows([names, *rows])
    return goodfit_("fit", "t.csv", "--target", names[1], *QUICK)


@pytest.mark.parametrize("names", [("x", "y"), (ANSI, "y"), ("x", ANSI), (HOSTILE[2], HOSTILE[1])])
def test_no_command_lets_a_string_of_a_file_steer_the_terminal(goodfit_, names):
    code, *said = fitted(goodfit_, HOSTILE, names=names)
    assert code == 0, said
    commands = [
        ["inspect", "t.goodfit"],
        ["inspect", "t.goodfit", "--json"],
        ["evaluate", "t.goodfit", "t.csv"],
        ["evaluate", "t.goodfit", "t.csv", "--json"],
        ["compare", "t.goodfit", "t.goodfit"],
        ["fit", "t.csv", "--target", names[1], "--dry-run"],
        ["fit", "t.csv", "--target", names[1], *QUICK, "--json"],
        ["fit", "t.csv", "--target", "\x1b[31m", *QUICK],
        ["fit", "t.csv", "--\x1b[31m"],
        ["\x1b[31m"],
        ["fit", "\x1b[31m.csv", "--target", "y"],
        ["fit", "t.csv", "--target", names[1], "--task", "regression", *QUICK],
        ["predict", "t.goodfit", "t.csv", "--json"],
    ]
    for command in commands:
        code, out, err = goodfit_(*command)
        assert code in {0, 2}
        assert not steers(out + err), command


def test_predictions_are_exact_but_to_a_terminal(goodfit_, monkeypatch):
    fitted(goodfit_, HOSTILE)
    wanted = goodfit.load("t.goodfit").predict("t.csv").tolist()
    goodfit_("predict", "t.goodfit", "t.csv", "--out", "p.csv")
    with Path("p.csv").open(newline="", encoding="utf-8") as file:
        assert [row["prediction"] for row in csv.DictReader(file)] == wanted
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    shown = goodfit_("predict", "t.goodfit", "t.csv")[1]
    assert not steers(shown)
    assert len(shown.splitlines()) == 121


def test_json_is_harmless_and_reads_back_as_it_was():
    texts = [*HOSTILE, "\x7f", "\U000e0041", "高さ", "é", "\u2028"]
    encoded = json_text(texts)
    assert json.loads(encoded) == texts
    assert not steers(encoded.decode())
    assert "高さ".encode() in encoded


def test_every_line_that_is_put_is_harmless(capsys):
    put([ANSI, "two\nlines"])
    assert capsys.readouterr().out == "\\x1b[31mred\\x1b]0;title\\x07\ntwo\\nlines\n"


def test_formulas_get_an_apostrophe_if_asked(goodfit_):
    assert fitted(goodfit_, FORMULAS)[0] == 0
    goodfit_("predict", "t.goodfit", "t.csv", "--out", "exact.csv")
    goodfit_("predict", "t.goodfit", "t.csv", "--out", "safe.csv", "--spreadsheet-safe")
    rows = {}
    for name in ("exact", "safe"):
        with Path(f"{name}.csv").open(newline="", encoding="utf-8") as file:
            rows[name] = list(csv.DictReader(file))
    dangerous = 0
    for exact, safe in zip(rows["exact"], rows["safe"], strict=True):
        text = exact.pop("prediction")
        dangerous += text[0] in "=+-@\t\r"
        assert safe.pop("prediction") == ("'" + text if text[0] in "=+-@\t\r" else text)
        assert exact == safe  # numbers, negative ones too, are numbers
    assert dangerous > 10
    for how in (["--json"], ["--out", "p.parquet"]):
        code, _, said = goodfit_("predict", "t.goodfit", "t.csv", "--spreadsheet-safe", *how)
        assert (code, "is for CSV" in said) == (2, True)


def test_only_csv_needs_to_be_safe(goodfit_):
    from goodfit.interfaces.cli import commands

    fitted(goodfit_, FORMULAS)
    with raises("cli.spreadsheet_is_csv"):
        commands.main(
            ["predict", "t.goodfit", "t.csv", "--spreadsheet-safe", "--json"], standalone_mode=False
        )
