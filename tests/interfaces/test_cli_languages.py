"""The command line in each language: asked for, or as the machine is set."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

import goodfit
from goodfit.core.words import LANGUAGES, language, named, say, speaking
from goodfit.interfaces.cli.languages import asked, chosen
from helpers import raises


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
