"""The command line's options, derived from the settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import NoneType
from typing import Any, get_origin

import click
import msgspec

from goodfit.core.errors import GoodfitError
from goodfit.core.settings import (
    BELONGS_TO,
    GROUPS,
    READING,
    Settings,
    choices,
    defaults,
    field_types,
    help_line,
    make_settings,
    names_column,
    read_settings_file,
)
from goodfit.core.words import say, together
from goodfit.interfaces.cli import spoken
from goodfit.interfaces.typed import alternatives, as_text, is_list_of, may_be

# Choices that take more room are listed in the help text.
LONGEST_CHOICE = 44
# A tab is hard to type in a shell.
TABS = frozenset({"tab", "\\t"})


class SettingOption(spoken.Option):
    """An option that sets one setting; it is passed on only where it was given."""

    def __init__(self, name: str, default: Any) -> None:
        kebab = name.replace("_", "-")
        kind = field_types()[name]
        flag, repeated = may_be(kind, bool), is_list_of(kind, str) or _is_mapping(kind)
        names = [f"--{kebab}/--no-{kebab}" if flag else f"--{kebab}"]
        if _is_mapping(kind) and kebab.endswith("s"):
            names.insert(0, f"--{kebab[:-1]}")  # one at a time
        super().__init__([*names, name], default=None, multiple=repeated)
        self.setting, self.preset = name, default

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Names and help, in words that are made now (called by click)."""
        value = metavar(self.setting)
        parts = [help_line(self.setting), _default(self.setting, self.preset)]
        if len(value) > LONGEST_CHOICE:
            parts.insert(1, "(" + ", ".join(choices(self.setting)) + ")")
            value = "cli.metavar_name"
        self.metavar = None if self.is_flag else value
        self.help = together(parts)
        return super().get_help_record(ctx)


class GroupedCommand(spoken.Command):
    """A command whose help lists its settings in groups, after its own options."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, group by group (called by click)."""
        title = say("cli.options", {})
        groups: dict[str, list[tuple[str, str]]] = {title: []}
        for option in self.get_params(ctx):
            if isinstance(option, click.Argument):
                continue
            record = option.get_help_record(ctx)
            if isinstance(option, SettingOption):
                if option.setting in GROUPS:
                    title = say(f"cli.group_{GROUPS[option.setting]}", {})
                groups.setdefault(title, [])
            else:
                title = say("cli.options", {})
            if record is not None:
                groups[title].append(record)
        for name, records in groups.items():
            with formatter.section(name):
                formatter.write_dl(records, col_max=32)


def with_settings(preset: Mapping[str, Any]) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Give a command an option for every setting; its argument ``options`` collects them.

    Args:
        preset: what the command takes instead of the defaults, for its help.
    """
    shown = {**msgspec.structs.asdict(defaults()), **preset}

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        params: list[click.Parameter] = command.__dict__.setdefault("__click_params__", [])
        # click lists parameters in the order of decorators, of which the lowest comes first.
        params.extend(SettingOption(name, shown[name]) for name in reversed(field_types()))
        return command

    return decorate


def with_reading(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command options for how its table is written; ``options`` collects them."""
    params: list[click.Parameter] = command.__dict__.setdefault("__click_params__", [])
    params.extend(
        SettingOption(name, getattr(defaults(), name)) for name in reversed((*READING, "missing"))
    )
    return command


def common_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Options of every command that trains."""
    for option in (
        spoken.option("--quiet", "-q", is_flag=True, help="cli.help_quiet"),
        json_option,
        spoken.option(
            "--settings",
            "settings_file",
            type=click.Path(path_type=Path),
            metavar="cli.metavar_toml",
            help="cli.help_settings",
        ),
    ):
        command = option(command)
    return command


def out_option(metavar: str, text: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option that says where the result goes."""
    return spoken.option("--out", "-o", type=click.Path(path_type=Path), metavar=metavar, help=text)


json_option = spoken.option("--json", "as_json", is_flag=True, help="cli.help_json")


def chosen_settings(options: Mapping[str, Any], file: Path | None = None) -> dict[str, Any]:
    """What a person chose, by name: the options over the settings file, both unchecked.

    Of a mapping, such as a choice for some columns, the option replaces what it names.
    """
    given = {} if file is None else read_settings_file(file)
    for name, value in options.items():
        if value is not None and value != ():
            chosen, before = _read(name, value), given.get(name)
            if isinstance(chosen, dict) and isinstance(before, dict):
                chosen = before | chosen
            given[name] = chosen
    return given


def settings_over(preset: Mapping[str, Any], given: Mapping[str, Any]) -> Settings:
    """Settings that were given, over those of a preset that they leave a meaning."""
    merged = {**preset, **given}
    for name, (other, values) in BELONGS_TO.items():
        if name in preset and name not in given:
            choice = merged.get(other, getattr(defaults(), other))
            if choice not in values:
                del merged[name]
    if merged.get("optimizer") == "exact" and "precision" not in given:
        # The exact solution is computed in double precision, whatever training by steps uses.
        merged.pop("precision", None)
    return make_settings(**merged)


def differing(settings: Settings) -> dict[str, Any]:
    """The settings that differ from the defaults, by name."""
    return {
        name: value
        for name, value in msgspec.structs.asdict(settings).items()
        if value != getattr(defaults(), name)
    }


def metavar(name: str) -> str:
    """How help names the value of an option."""
    kind = field_types()[name]
    if _is_mapping(kind):
        return say("cli.metavar_pair", {})
    words = [word for word in choices(name) if word != "full"]
    if words:
        return "[" + "|".join(words) + "]"
    if names_column(name):
        return say("cli.metavar_column", {})
    if is_list_of(kind, str):
        return say("cli.metavar_text" if is_list_of(kind, float) else "cli.metavar_column", {})
    if is_list_of(kind, int):
        return say("cli.metavar_widths", {})
    if is_list_of(kind, float):
        return say("cli.metavar_numbers", {})
    if name == "budget":
        return say("cli.metavar_time", {})
    if name == "batch_size":
        return say("cli.metavar_batch_size", {})
    plain = "number" if may_be(kind, float) else "count" if may_be(kind, int) else "text"
    return say(f"cli.metavar_{plain}", {})


def _default(name: str, value: Any) -> str:
    """What holds where an option is not given, in brackets."""
    if value in ((), {}):
        return say("cli.repeatable", {})
    if value in (None, "auto") and help_line(name).endswith((")", "）")):
        return ""  # its brackets say it
    if value in (None, "auto"):
        return say("cli.default_chosen", {})
    if isinstance(value, bool):
        return say("cli.default_on" if value else "cli.default_off", {})
    return say("cli.default", {"value": as_text(value)})


def _read(name: str, value: Any) -> Any:
    """What was typed, as Python's value; as text where it is none, to be refused later."""
    kind = field_types()[name]
    if _is_mapping(kind) and isinstance(value, tuple):
        return _pairs(name, value)
    if not isinstance(value, str):
        return list(value) if isinstance(value, tuple) else value
    if name == "delimiter" and value in TABS:
        return "\t"
    if value == "auto" and may_be(kind, NoneType) and not names_column(name):
        return None
    numbers = is_list_of(kind, int) or is_list_of(kind, float)
    typed: Any = value.split(",") if numbers else value
    try:
        return msgspec.convert(typed, kind, strict=False)
    except msgspec.ValidationError:
        return _number(typed)


def _pairs(name: str, typed: Sequence[str]) -> Any:
    """``key=value`` as often as it was typed; a single word, for a setting that may be one."""
    if len(typed) == 1 and typed[0] in choices(name):
        return typed[0]
    found: dict[str, Any] = {}
    for pair in typed:
        # The key may be the name of a column, which may hold the sign itself.
        key, equals, value = pair.rpartition("=")
        if not equals or not key or key in found:
            raise GoodfitError("settings.pair_invalid", name=name, pair=pair)
        found[key] = _scalar(value)
    return found


def _scalar(typed: str) -> Any:
    if typed in {"true", "false"}:
        return typed == "true"
    return _number(typed)


def _number(typed: Any) -> Any:
    """A number out of its bounds as that number, so that the error is about the bounds."""
    if isinstance(typed, list):
        return [_number(item) for item in typed]
    for kind in (int, float):
        try:
            return kind(typed)
        except ValueError:
            continue
    return typed


def _is_mapping(kind: Any) -> bool:
    return any(get_origin(leaf) is dict for leaf in alternatives(kind))
