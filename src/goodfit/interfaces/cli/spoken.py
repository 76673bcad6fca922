"""Commands and options whose help is a code of the words, said when someone asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import click

from goodfit.core.words import catalog, say, together
from goodfit.core.wrapping import columns, wrapped


class _Said:
    """An attribute of click's that is given a code, and is what that says in words now."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.place = f"_{name}_said"

    def __set__(self, thing: object, text: str | None) -> None:
        thing.__dict__[self.place] = text

    def __get__(self, thing: object, owner: type | None = None) -> str | None:
        text = thing.__dict__[self.place]
        return say(text, {}) if text in catalog() else text


def _said() -> Any:
    """One of them, which type checkers take for the text that it gives."""
    return _Said()


class Option(click.Option):
    """An option whose help and metavar may be codes."""

    help = _said()
    metavar = _said()


class Argument(click.Argument):
    """An argument whose metavar may be a code."""

    metavar = _said()


class Formatter(click.HelpFormatter):
    """Help for a terminal, where a letter of Chinese is as wide as two of English."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """How a command is written (called by click)."""
        head = together([say("cli.usage", {}), prog]) + " "
        lines = wrapped(args, self.width, first=head, rest=" " * columns(head))
        self.write("\n".join(lines or [head.rstrip()]) + "\n")

    def write_heading(self, heading: str) -> None:
        """What stands above a list (called by click)."""
        self.write(heading + (":" if heading.isascii() else "：") + "\n")

    def write_text(self, text: str) -> None:
        """A paragraph (called by click)."""
        indent = " " * self.current_indent
        self.write("\n".join(wrapped(text, self.width, first=indent, rest=indent)) + "\n")

    def write_dl(
        self, rows: Iterable[tuple[str, str]], col_max: int = 30, col_spacing: int = 2
    ) -> None:
        """Names with what they mean beside them (called by click)."""
        rows, indent = list(rows), " " * self.current_indent
        widest = min(max(columns(name) for name, _ in rows), col_max) + col_spacing
        rest = indent + " " * widest
        for name, text in rows:
            beside = columns(name) + col_spacing <= widest
            first = indent + name + " " * (widest - columns(name)) if beside else rest
            lines = wrapped(text, self.width, first=first, rest=rest)
            self.write("\n".join([*([] if beside and text else [indent + name]), *lines]) + "\n")


class Context(click.Context):
    """What a command runs in."""

    formatter_class = Formatter


class Command(click.Command):
    """A command whose help is a code."""

    context_class = Context
    help = _said()
    epilog = _said()

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """The option ``--help``, in words (called by click)."""
        option = super().get_help_option(ctx)
        if option is not None:
            option.help = say("cli.help_help", {})
        return option

    def get_short_help_str(self, limit: int = 45) -> str:
        """Its first sentence (called by click for the list of commands)."""
        text = self.help or ""
        return text.partition("。")[0] if "。" in text else super().get_short_help_str(limit)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options (called by click)."""
        options = [param for param in self.get_params(ctx) if isinstance(param, click.Option)]
        records = [option.get_help_record(ctx) for option in options]
        with formatter.section(say("cli.options", {})):
            formatter.write_dl([record for record in records if record is not None])


class Group(Command, click.Group):
    """The commands, in the order in which one uses them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names (called by click)."""
        return list(self.commands)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write options and commands (called by click)."""
        Command.format_options(self, ctx, formatter)
        told = [(name, self.commands[name].get_short_help_str(100)) for name in self.commands]
        with formatter.section(say("cli.commands", {})):
            formatter.write_dl(told)


_Function = Callable[..., Any]


def command(
    name: str, code: str, *, cls: type[Command] = Command
) -> Callable[[_Function], Command]:
    """A command and the code of its help."""
    return click.command(name, cls=cls, help=code)


def option(*names: str, **attributes: Any) -> Callable[[_Function], _Function]:
    """An option; its help and metavar are codes."""
    return click.option(*names, cls=Option, **attributes)


def argument(*names: str, **attributes: Any) -> Callable[[_Function], _Function]:
    """An argument; its metavar is a code."""
    return click.argument(*names, cls=Argument, **attributes)
