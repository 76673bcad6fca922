"""Settings: checked where they are made, described from their declaration."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from goodfit.core.errors import GoodfitError
from goodfit.core.settings import (
    ALIASES,
    ALIASES_OF,
    BELONGS_TO,
    aliases,
    allowed,
    choices,
    defaults,
    field_types,
    group_of,
    help_line,
    make_settings,
    read_settings_file,
    split_ratios,
)
from goodfit.core.words import in_words, say
from helpers import raises


def test_defaults_are_valid_and_every_setting_has_a_help_line() -> None:
    assert make_settings() == defaults()
    for name in field_types():
        assert help_line(name)
        assert allowed(name)
        value = getattr(defaults(), name)
        assert getattr(make_settings(**{name: value}), name) == value


def test_companions_are_settings_and_their_values_are_choices() -> None:
    for name, (other, values) in BELONGS_TO.items():
        assert name in field_types()
        assert values <= {*choices(other), "own"}
    every_choice = {word for name in field_types() for word in choices(name)}
    assert set(ALIASES.values()) <= every_choice
    assert set(ALIASES_OF) <= set(field_types())
    for name in field_types():
        assert not set(aliases(name)) & set(choices(name))
        assert set(ALIASES_OF.get(name, {}).values()) <= set(choices(name))


def test_an_unknown_setting_names_the_nearest() -> None:
    with raises("settings.unknown", name="learning_rat", meant="learning_rate"):
        make_settings(learning_rat=0.1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("epochs", 2.5),
        ("epochs", "many"),
        ("learning_rate", -1),
        ("learning_rate", float("nan")),
        ("learning_rate", float("inf")),
        ("class_cost", {"yes": float("inf")}),
        ("optimizer_options", {"largest_step": float("inf")}),
        ("quantile_levels", [0.5, float("nan")]),
        ("dropout", 1.0),
        ("widths", [0]),
        ("widths", [10] * 65),
        ("seed", -1),
        ("seed", 2**63),
        ("optimizer", "adamm"),
        ("batch_size", "half"),
        ("delimiter", ";;"),
        ("nesterov", "yes"),
        ("drop", "a"),
        ("split", "6:2"),
        ("split", "0:5:5"),
        ("split", "a:b:c"),
        ("split", "6:-2:2"),
        ("split", "1e308:1e308:1e308"),
        ("threads", 10**6),
    ],
)
def test_values_out_of_bounds_say_what_is_allowed(name: str, value: object) -> None:
    with raises("settings.invalid", name=name):
        make_settings(**{name: value})


def test_of_many_names_the_nearest_are_said() -> None:
    with raises("settings.invalid", name="activation") as caught:
        make_settings(activation="leaky_rulu")
    assert caught.value.params["allowed"].startswith("leaky_relu, ")
    assert "of its 21 names" in str(caught.value)
    with raises("settings.invalid", allowed="nothing, or none, batch, layer"):
        make_settings(normalization="bach")


def test_a_setting_without_its_companion_is_refused() -> None:
    with raises("settings.not_of_choice", name="momentum"):
        make_settings(optimizer="adamw", momentum=0.9)
    assert make_settings(optimizer="sgd", momentum=0.9).momentum == 0.9
    with raises("settings.not_of_choice", name="schedule"):
        make_settings(optimizer="exact", schedule="cosine")
    with raises("settings.not_of_choice", name="nesterov"):
        make_settings(optimizer="sgd", nesterov=True)


@pytest.mark.parametrize(
    ("first", "second", "given"),
    [
        ("group", "time", {"group": "a", "time": "b"}),
        ("time", "part", {"time": "a", "part": "b"}),
        ("part", "split", {"part": "a", "split": "8:1:1"}),
        ("part", "folds", {"part": "a", "folds": 5}),
    ],
)
def test_rows_are_divided_in_one_way(first: str, second: str, given: dict[str, str]) -> None:
    with raises("settings.split_twice", first=first, second=second):
        make_settings(**given)


@pytest.mark.parametrize("name", ["group", "time"])
def test_a_column_divides_nothing_where_no_part_is_kept(name: str) -> None:
    with raises("settings.nothing_to_split", name=name):
        make_settings(**{name: "a"}, split="none")


def test_folds_are_parts_too() -> None:
    assert make_settings(group="a", split="none", folds=3).folds == 3


@pytest.mark.parametrize("given", [{}, {"folds": 3, "time": "a"}])
def test_rows_are_dealt_again_only_into_folds_by_chance(given: dict[str, Any]) -> None:
    with raises("settings.not_of_choice", name="repeats"):
        make_settings(repeats=2, **given)
    assert make_settings(repeats=2, folds=3).repeats == 2


@pytest.mark.parametrize("split", ["none", "1:0:0"])
def test_there_is_nothing_to_refit_where_every_row_trains(split: str) -> None:
    with raises("settings.nothing_to_refit"):
        make_settings(refit=True, split=split)


def test_every_group_of_settings_begins_with_one() -> None:
    assert group_of("drop") == "table"
    assert group_of("threads") == "machine"


def test_a_column_may_be_called_like_an_alias() -> None:
    assert make_settings(group="mse", time=None).group == "mse"


def test_numpy_scalars_and_lists_are_taken_as_plain_values() -> None:
    settings = make_settings(epochs=np.int64(3), learning_rate=np.float32(0.5), widths=[8, 4])
    assert (settings.epochs, settings.learning_rate, settings.widths) == (3, 0.5, (8, 4))


def test_settings_come_from_toml(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('epochs = 7\nwidths = [16, 8]\nloss = "mse"\n')
    settings = make_settings(**read_settings_file(path))
    assert (settings.epochs, settings.widths, settings.loss) == (7, (16, 8), "mean_squared_error")


@pytest.mark.parametrize("content", [b"epochs 7", b"\xff\xfe"])
def test_a_settings_file_that_is_no_toml_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.toml"
    path.write_bytes(content)
    with raises("settings.file_unreadable", path=path):
        read_settings_file(path)
    with raises("settings.file_unreadable"):
        read_settings_file(tmp_path / "none.toml")


@pytest.mark.parametrize(
    ("split", "ratios"),
    [
        ("6:2:2", (0.6, 0.2, 0.2)),
        ("auto", (0.6, 0.2, 0.2)),
        ("8:0:2", (0.8, 0, 0.2)),
        ("none", None),
    ],
)
def test_split_ratios(split: str, ratios: tuple[float, ...] | None) -> None:
    assert split_ratios(split) == ratios


def test_errors_survive_pickling() -> None:
    error = pickle.loads(pickle.dumps(GoodfitError("settings.unknown", name="a", meant="b")))
    assert isinstance(error, ValueError)
    assert (error.code, error.params) == ("settings.unknown", {"name": "a", "meant": "b"})
    assert str(error) == "There is no setting 'a'. Did you mean 'b'?"


def test_what_a_sentence_quotes_cannot_steer_a_terminal() -> None:
    said = say("settings.unknown", {"name": "\x1b[31m{0}\u202e\u2028", "meant": "x" * 500})
    assert "\x1b" not in said
    assert "\u202e" not in said
    assert "\u2028" not in said
    assert len(said) < 200


def test_lists_are_cut_and_numbers_short() -> None:
    assert in_words(list(range(1, 2001))) == "1, 2, 3, 4, 5, 6 and 1,994 more"
    assert in_words(1 / 3) == "0.333333"
    assert in_words(12345) == "12,345"
    assert in_words(True) == "true"
