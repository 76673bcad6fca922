"""``goodfit example``: a small table to practise on."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from goodfit.core.errors import GoodfitError
from goodfit.core.words import say
from goodfit.interfaces.cli import spoken
from goodfit.interfaces.cli.options import json_option, out_option
from goodfit.interfaces.cli.output import paragraph, put, put_json
from goodfit.model.files import new_file

#: The tables that come along; ``src/goodfit/data/tables/README.md`` says where they are from.
EXAMPLES = ("linear15", "penguins", "museum", "harvest", "defects")
NAME_WIDTH = 10


@spoken.command("example", "cli.help_example")
@spoken.argument("name", required=False, metavar="[NAME]")
@out_option("cli.metavar_file", "cli.help_out_example")
@json_option
def example_command(*, name: str | None, out: Path | None, as_json: bool) -> int:
    """Write one table, or tell which there are."""
    if name is None:
        told = {known: say(f"cli.table_{known}", {}) for known in EXAMPLES}
        if as_json:
            put_json(told)
        else:
            indent = " " * NAME_WIDTH
            put(line for pair in told.items() for line in paragraph(_beside(*pair), indent))
        return 0
    if name not in EXAMPLES:
        raise GoodfitError("cli.example_unknown", name=name, known=EXAMPLES)
    path = out or Path(f"{name}.csv")
    content = (files("goodfit.data") / "tables" / f"{name}.csv").read_bytes()
    if path.is_file() and path.read_bytes() != content:
        raise GoodfitError("cli.example_exists", path=path)
    with new_file(path) as file:
        file.write(content)
    put_json({"table": path}) if as_json else put([say("cli.example_written", {"path": path})])
    return 0


def _beside(name: str, text: str) -> str:
    return f"{name:{NAME_WIDTH - 1}} {text}"
