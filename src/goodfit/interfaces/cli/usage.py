"""What is wrong with how a command was typed, in the language that is spoken."""

from __future__ import annotations

from collections.abc import Sequence

import click

from goodfit.core.words import Choices, printable, say, together


def complaint(error: click.ClickException) -> list[str]:
    """A mistake in a command line in words; of a rare one click's own, which are English."""
    if isinstance(error, click.NoSuchOption):
        said = say("cli.no_such_option", {"name": error.option_name})
        return [together([said, *_near(error.possibilities)])]
    if isinstance(error, click.MissingParameter) and error.param and error.ctx:
        hint = error.param.get_error_hint(error.ctx)
        return [say("cli.missing_argument", {"name": hint.strip("'")})]
    command = getattr(error, "command_name", None)  # of click 8.4 and later
    if isinstance(command, str):
        said = say("cli.no_such_command", {"name": command})
        return [together([said, *_near(getattr(error, "possibilities", None))])]
    return [printable(line) for line in error.format_message().splitlines()]


def _near(names: Sequence[str] | None) -> list[str]:
    """Names that may have been meant."""
    return [say("cli.did_you_mean", {"names": Choices(sorted(names))})] if names else []
