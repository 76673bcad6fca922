"""Options are the settings, read from what a person types."""

from __future__ import annotations

import tomllib

import click
import pytest

from goodfit.core.settings import choices, defaults, field_types, make_settings, meaningful
from goodfit.interfaces.cli import commands, options
from goodfit.interfaces.cli.demo import PRESET
from goodfit.interfaces.cli.options import (
    GROUPS,
    SettingOption,
    chosen_settings,
    differing,
    settings_over,
)
from goodfit.interfaces.cli.summary import toml
from goodfit.interfaces.typed import as_options
from helpers import raises

#: Something to type for each kind of setting, and what it means.
TYPED = {
    "drop": (["--drop", "a", "--drop", "b c"], ("a", "b c")),
    "widths": (["--widths", "128,64"], (128, 64)),
    "nesterov": (["--nesterov", "--momentum", "0.9", "--optimizer", "sgd"], True),
    "epochs": (["--epochs", "12"], 12),
    "batch_size": (["--batch-size", "full"], "full"),
    "learning_rate": (["--learning-rate", "1e-2"], 0.01),
    "dropout": (["--dropout", "auto"], None),
    "delimiter": (["--delimiter", "tab"], "\t"),
    "split": (["--split", "none"], "none"),
    "group": (["--group", "auto"], "auto"),
    "time": (["--time", "swish"], "swish"),
    "loss": (["--loss", "mse"], "mean_squared_error"),
    "activation": (["--activation", "swish"], "silu"),
}


def parse(arguments, *, command="fit"):
    """The settings that a command would use."""
    first = ["table.csv", "--target", "y"] if command == "fit" else []
    context = commands.commands[command].make_context(command, [*first, *arguments])
    options = {name: context.params[name] for name in field_types()}
    return chosen_settings(options, context.params["settings_file"])


@pytest.mark.parametrize("name", TYPED)
def test_what_is_typed_becomes_the_setting(name):
    arguments, value = TYPED[name]
    assert getattr(make_settings(**parse(arguments)), name) == value


def test_nothing_typed_is_nothing_chosen():
    assert parse([]) == {}


@pytest.mark.parametrize("command", ["fit", "demo"])
def test_every_setting_is_an_option_with_its_help(command):
    options = [p for p in commands.commands[command].params if isinstance(p, SettingOption)]
    assert [option.setting for option in options] == list(field_types())
    for option in options:
        assert option.opts[-1] == "--" + option.setting.replace("_", "-")


def test_groups_begin_at_settings():
    assert set(GROUPS) <= set(field_types())
    assert next(iter(field_types())) in GROUPS


def help_of(command):
    return commands.commands[command].get_help(click.Context(commands.commands[command]))


def test_help_lists_choices_and_defaults():
    text = " ".join(help_of("fit").split())
    for name in field_types():
        for word in choices(name):
            assert word in text, f"{name}: {word}"
    assert "memory of the mean gradient [0.9]" in text
    assert "times that every training row is seen [chosen from the table]" in text
    assert "encoding of a text file (found out) --header" in text


def test_help_of_the_demo_shows_its_own_defaults():
    text = " ".join(help_of("demo").split())
    assert "length of a step [0.01]" in text
    assert "start of everything random [1]" in text


def test_help_fits_eighty_columns():
    for command in commands.commands:
        context = click.Context(commands.commands[command], terminal_width=80)
        text = commands.commands[command].get_help(context)
        assert max(len(line) for line in text.splitlines()) <= 80


def test_options_come_before_the_settings_file(tmp_path):
    file = tmp_path / "settings.toml"
    file.write_text('epochs = 5\nwidths = [8, 4]\noptimizer = "adam"\n')
    given = parse(["--settings", str(file), "--epochs", "7"])
    assert given == {"epochs": 7, "widths": [8, 4], "optimizer": "adam"}


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (["--epochs", "0"], "epochs"),
        (["--epochs", "many"], "epochs"),
        (["--dropout", "1"], "dropout"),
        (["--widths", "64,x"], "widths"),
        (["--optimizer", "rocket"], "optimizer"),
        (["--learning-rate", "nan"], "learning_rate"),
        (["--delimiter", ";;"], "delimiter"),
    ],
)
def test_what_cannot_be_is_refused_by_the_settings(arguments, name):
    with raises("settings.invalid", name=name):
        make_settings(**parse(arguments))


def test_settings_survive_being_typed():
    chosen = {
        "drop": ("a", "b"),
        "widths": (32, 16),
        "learning_rate": 0.025,
        "nesterov": True,
        "momentum": 0.9,
        "optimizer": "sgd",
        "batch_size": "full",
        "encoding": "latin-1",
    }
    assert make_settings(**parse(as_options(chosen))) == make_settings(**chosen)


def test_a_preset_gives_way_to_what_is_typed():
    assert settings_over(PRESET, {"epochs": 7}).epochs == 7
    assert settings_over(PRESET, {}).learning_rate == 0.01


def test_a_preset_leaves_out_what_no_longer_means_anything():
    exact = settings_over(PRESET, {"optimizer": "exact"})
    assert exact.learning_rate is None
    assert exact.epochs is None
    assert exact.precision == "auto"
    assert settings_over(PRESET, {"optimizer": "adam"}).learning_rate == 0.01
    assert settings_over(PRESET, {"network": "mlp", "widths": [8]}).widths == (8,)


def test_a_preset_does_not_hide_a_contradiction():
    with raises("settings.not_of_choice", name="momentum"):
        settings_over(PRESET, {"optimizer": "adam", "momentum": 0.9})


def test_what_differs_and_what_matters():
    settings = make_settings(network="linear", optimizer="sgd", momentum=0.5)
    assert differing(settings) == {"network": "linear", "optimizer": "sgd", "momentum": 0.5}
    assert differing(defaults()) == {}
    assert "beta1" not in meaningful(settings)
    assert "activation" not in meaningful(settings)
    assert meaningful(settings)["momentum"] == 0.5


def test_pairs_become_a_mapping():
    typed = ("rate=0.5", "a=b=3", "on=true", "kind=slow")
    assert options._pairs("seed", typed) == {"rate": 0.5, "a=b": 3, "on": True, "kind": "slow"}


@pytest.mark.parametrize("pair", ["rate", "=3", "rate=2"])
def test_a_pair_needs_a_name_of_its_own(pair):
    with raises("settings.pair_invalid", name="seed", pair=pair):
        options._pairs("seed", ("rate=1", pair))


def test_a_mapping_is_shown_as_it_is_typed_and_as_toml():
    assert options.as_text({"rate": 0.5, "on": True}) == "rate=0.5,on=true"
    assert tomllib.loads("x = " + toml({"a b": 1.5, "c": "d"})) == {"x": {"a b": 1.5, "c": "d"}}


def test_a_mapping_that_is_typed_replaces_only_what_it_names(tmp_path):
    file = tmp_path / "s.toml"
    file.write_text('column = { a = "none", b = "robust" }', "utf-8")
    typed = parse(["--settings", str(file), "--column", "b=log1p"])
    assert typed["column"] == {"a": "none", "b": "log1p"}


def test_the_target_is_no_setting():
    with raises("settings.target_is_none"):
        make_settings(target="y")
