"""``goodfit script``: a model's training as a program of plain PyTorch."""

from __future__ import annotations

from pathlib import Path

import click

from goodfit.core.words import say
from goodfit.interfaces.cli import spoken
from goodfit.interfaces.cli.imports import without_garbage
from goodfit.interfaces.cli.options import out_option
from goodfit.interfaces.cli.output import put, refuse_same
from goodfit.model.files import check_writable, new_file


@spoken.command("script", "cli.help_script")
@spoken.argument("model", type=click.Path(path_type=Path), metavar="cli.metavar_model")
@out_option("cli.metavar_file", "cli.help_out_script")
def script_command(*, model: Path, out: Path | None) -> int:
    """Print the program, or write it to a file."""
    if out is not None:
        refuse_same(out, model)
        check_writable(out)
    with without_garbage():
        from goodfit.model.artifact import load

    text = load(model).script()
    if out is None:
        print(text, end="")  # what could steer a terminal stands as an escape in it
        return 0
    with new_file(out) as file:
        file.write(text.encode())
    put([say("cli.script_written", {"path": out})])
    return 0
