"""The command line in each language: asked for, or as the machine is set."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from source import SOURCE

import goodfit
from goodfit.core.settings import allowed, field_types, help_line
from goodfit.core.words import LANGUAGES, catalog, language, named, say, speaking
from goodfit.core.wrapping import columns
from goodfit.interfaces import cli
from goodfit.interfaces.cli.languages import asked, chosen
from helpers import raises

EXAMPLE = SOURCE / "data" / "tables" / "linear15.csv"


@pytest.mark.parametrize(
    ("variables", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_TW.UTF-8"}, "zh-Hant"),
        ({"LANG": "zh_HK"}, "zh-Hant"),
        ({"LANG": "zh_CN.UTF-8"}, "zh-Hans"),
        ({"LANG": "zh_SG"}, "zh-Hans"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "zh_TW", "LC_MESSAGES": "zh_CN"}, "zh-Hans"),
        ({"LANG": "zh_TW", "LC_ALL": "C"}, "en"),
        ({"LANG": "zh_TW", "LC_ALL": ""}, "zh-Hant"),
        ({"LANG": "zh_TW", "GOODFIT_LANG": "en"}, "en"),
        ({"GOODFIT_LANG": "zh-hant"}, "zh-Hant"),
    ],
)
def test_the_machine_says_which_language(variables, language):
    assert chosen(None, variables) == language


@pytest.mark.parametrize("tag", ["zh-Hant", "zh-hant-TW", "zh_MO", "zh_Hant_SG@x"])
def test_a_language_has_many_names(tag):
    assert named(tag) == "zh-Hant"


@pytest.mark.parametrize(
    "line",
    [
        ["--lang", "zh-Hant", "fit", "a.csv"],
        ["fit", "a.csv", "--lang=zh-Hant"],
        ["fit", "--lang", "en", "a.csv", "--lang", "zh-Hant", "--", "--lang", "en"],
    ],
)
def test_the_option_stands_anywhere(line):
    assert asked(line) == "zh-Hant"


def test_a_language_that_there_is_not_is_an_error_with_the_choices(goodfit_, monkeypatch):
    code, _, err = goodfit_("fit", "a.csv", "--lang", "klingon")
    assert (code, "'klingon' (--lang)" in err) == (2, True)
    assert all(name in err for name in LANGUAGES)
    monkeypatch.setenv("GOODFIT_LANG", "xx")
    code, _, err = goodfit_("fit", "a.csv")
    assert (code, "'xx' (GOODFIT_LANG)" in err) == (2, True)
    with raises("words.language_unknown", name="fr"), speaking("fr"):
        pass


def test_a_language_is_spoken_inside_and_no_longer(goodfit_):
    assert language() == "en"
    with goodfit.speaking("zh-TW"):
        assert language() == "zh-Hant"
        with speaking("zh-Hans"):
            assert language() == "zh-Hans"
        assert language() == "zh-Hant"
    goodfit_("--lang", "zh-Hant", "--version")
    assert language() == "en"


def test_lists_are_those_of_the_language():
    params = {"name": "x", "where": "y", "known": list("abcdefgh")}
    assert say("words.language_unknown", params).endswith(": a, b, c, d, e, f and 2 more.")
    assert say("words.language_unknown", params, "zh-Hant").endswith(
        "：a、b、c、d、e、f 及另外 2 個。"
    )


def test_what_a_program_says_follows_the_locale():
    environment = {name: value for name, value in os.environ.items() if name[:3] != "LC_"}
    environment |= {"LANG": "zh_TW.UTF-8", "GOODFIT_LANG": "", "PYTHONUTF8": "1"}
    program = (
        "import sys; from goodfit.interfaces.cli import main; sys.argv[1:] = ['fit'] + %r; main()"
    )
    for more, its in (([], "zh-Hant"), (["--lang", "zh-Hans"], "zh-Hans")):
        line = [sys.executable, "-c", program % [*more, "no.csv", "--target", "y"]]
        done = subprocess.run(
            line, env=environment, capture_output=True, text=True, encoding="utf-8"
        )
        said = say("data.file_missing", {"path": "no.csv"}, its)
        assert (done.returncode, done.stderr) == (2, f"goodfit: {said}\n")


@pytest.mark.parametrize("spoken", LANGUAGES)
def test_help_is_said_in_each_language(goodfit_, spoken):
    for line in ([], *([name] for name in cli.commands.commands)):
        code, out, _ = goodfit_(*line, "--help", "--lang", spoken)
        assert code == 0
        assert not re.search(r"\b(cli|help|settings)\.\w", out), "a code without words"
        assert all(columns(text) <= 80 for text in out.splitlines())
        assert bool(re.search("[\u4e00-\u9fff]", out)) == (spoken != "en")


@pytest.mark.parametrize("spoken", LANGUAGES)
def test_help_is_said_in_a_language_alone(goodfit_, spoken):
    """No option is left in English: each help line is the one of the catalog."""
    _, out, _ = goodfit_("fit", "--help", "--lang", spoken)
    shown = "".join(out.split())
    with speaking(spoken):
        lines = {name: help_line(name) for name in field_types()}
    assert [name for name, text in lines.items() if "".join(text.split()) not in shown] == []


@pytest.mark.parametrize("spoken", LANGUAGES)
def test_a_fit_is_told_in_each_language(goodfit_, spoken):
    rows = "".join(f"{x},{'ab'[x % 2]},{2 * x + x % 3}\n" for x in range(60))
    Path("t.csv").write_text("x,kind,y\n" + rows, "utf-8")
    fit = ("fit", "t.csv", "--target", "y", "--network", "linear", "--optimizer", "exact")
    code, out, _ = goodfit_("--lang", spoken, *fit)
    assert code == 0
    words = dict(catalog(spoken))
    for name in ("table", "target", "features", "parts", "network", "training"):
        assert words[f"cli.label_{name}"] in out
    read = say("cli.read", {"name": "t.csv", "n_rows": 60, "n_columns": 3}, spoken)
    saved = say("cli.saved", {"path": Path("t.goodfit")}, spoken)
    assert read in out
    assert saved in out
    code, out, _ = goodfit_("inspect", "t.goodfit", "--lang", spoken)
    assert say("data.kind_words", {"column": "kind", "n_distinct": 2}, spoken) in out
    assert all(columns(line) <= 80 for line in out.splitlines())


@pytest.mark.parametrize("spoken", LANGUAGES)
def test_what_programs_read_is_the_same_in_each_language(goodfit_, spoken):
    """JSON and CSV keep their English names and numbers; only texts are in the language."""
    _, out, _ = goodfit_("demo", "--json", "--epochs", "2", "--lang", spoken)
    assert set(json.loads(out.splitlines()[-1])) == {"slope", "intercept", "loss"}
    _, out, _ = goodfit_("predict", "linear15.goodfit", EXAMPLE, "--lang", spoken)
    assert out.splitlines()[0] == "prediction"


@pytest.mark.parametrize("spoken", LANGUAGES)
@pytest.mark.parametrize(
    ("line", "code", "params"),
    [
        (["fit", "--epoch", "3"], "cli.no_such_option", {"name": "--epoch"}),
        (["fti"], "cli.no_such_command", {"name": "fti"}),
        (["fit", "no.csv", "--target", "y"], "data.file_missing", {"path": "no.csv"}),
        (["fit", "a.csv", "--dropout", "3"], "settings.invalid", None),
    ],
)
def test_a_mistake_is_told_in_each_language(goodfit_, spoken, line, code, params):
    status, _, err = goodfit_(*line, "--lang", spoken)
    assert status == 2
    if params is None:
        with speaking(spoken):
            params = {"name": "dropout", "value": "3", "allowed": allowed("dropout")}
    assert say(code, params, spoken) in err
