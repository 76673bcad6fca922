"""Write the pages that are made from the code; ``tests/house`` holds them up to date.

They are docs/settings.md, docs/api.md, docs/findings.md and docs/registries. Run
``python docs/generate.py`` after a change of settings, of findings or their words, of public
docstrings or of those of a registry's entries.
"""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import goodfit
import registries
from goodfit.core.findings import ENDING, FINDINGS, MEANING
from goodfit.core.settings import (
    aliases,
    allowed,
    defaults,
    field_types,
    help_line,
    owners,
)
from goodfit.core.words import parts_of
from goodfit.model.plots import PLOTS
from goodfit.model.plots.namespace import Plots

FOLDER = Path(__file__).parent
FINDINGS_SAID = """# Findings

What Goodfit notices about a table and about a training is told as findings. Each has a
code that stays, so that one can search for it, and a severity:

{severities}

The summary of `goodfit fit` shows the most severe; `goodfit inspect MODEL` shows all,
which the model file keeps, and `--json` gives them as data. In Python they are
`model.findings`, of an estimator `findings_`. With `--strict` (in Python `strict=True`)
warnings and serious ones are errors (exit code 2): before the training if they are known
then, else before the model is saved.

What looks at test rows (D017, D070, D071, T017, T018) is found after everything was
chosen, and reaches no choice.

"""
SECTIONS = ("Args:", "Returns:", "Raises:", "Attributes:")


def settings_page() -> str:
    """Every setting with its default, what it may be and what it belongs to."""
    lines = [
        "# Settings",
        "",
        "One flat namespace: `learning_rate` is `--learning-rate` in the shell, a line of a TOML",
        "file given by `--settings`, a keyword of `goodfit.fit` and a parameter of the estimators.",
        "A default of *decided* is chosen from the table and stored in the model",
        "(`src/goodfit/model/recommended.py`), or found out anew from each file, column or machine",
        "(`delimiter`, `decimal`, `date_order`, `encoding`, `task`, `category_encoding`, `device`,",
        "`threads`).",
        "",
        "| setting | what it is | may be | default | only with |",
        "|---|---|---|---|---|",
    ]
    for name in field_types():
        default = getattr(defaults(), name)
        shown = "*decided*" if default is None or default == "auto" else f"`{_plain(default)}`"
        owner = owners(name).replace("'", "").replace(" or ", ", ")
        lines.append(f"| `{name}` | {help_line(name)} | {allowed(name)} | {shown} | {owner} |")
    names = ", ".join(
        f"`{alias}` for `{word}`"
        for alias, word in sorted(
            {pair for name in field_types() for pair in aliases(name).items()}
        )
    )
    return "\n".join([*lines, "", f"Other names that are understood: {names}.", ""])


def _plain(value: object) -> str:
    return "none" if value == () else str(value).lower() if isinstance(value, bool) else str(value)


def api_page() -> str:
    """The public names with their signatures and docstrings."""
    lines = ["# Python", "", "Everything public is a name of `goodfit`.", ""]
    for name in goodfit.__all__:
        thing = getattr(goodfit, name)
        lines += [f"## `goodfit.{name}`", "", *_described(thing, name)]
        if inspect.isclass(thing) and name not in {"Settings", "GoodfitError"}:
            for member, method in inspect.getmembers(thing, inspect.isfunction):
                if not member.startswith("_") and method.__module__.startswith("goodfit"):
                    lines += [f"### `{name}.{member}`", "", *_described(method, member)]
    lines += ["## `goodfit.FittedModel.plot`", "", *_described(Plots, "plot")]
    for member in PLOTS:
        method = getattr(Plots, member)
        lines += [f"### `FittedModel.plot.{member}`", "", *_described(method, member)]
    return "\n".join(lines)


def _described(thing: object, name: str) -> list[str]:
    text = inspect.cleandoc(thing.__doc__ or "")
    signature = ""
    if inspect.isfunction(thing):
        signature = f"{name}{_short(inspect.signature(thing))}"
    shown = [f"```python\n{signature}\n```", ""] if signature else []
    return [*shown, *_markdown(text).splitlines(), ""]


def _short(signature: inspect.Signature) -> inspect.Signature:
    """A signature without the settings, which have a page of their own, and their quotes."""
    kept = [
        parameter.replace(annotation=_unquoted(parameter.annotation))
        for name, parameter in signature.parameters.items()
        if name not in field_types()
    ]
    if len(kept) < len(signature.parameters):
        kept.append(inspect.Parameter("settings", inspect.Parameter.VAR_KEYWORD))
    answer = _unquoted(signature.return_annotation)
    return signature.replace(parameters=kept, return_annotation=answer)


def _unquoted(annotation: object) -> object:
    """An annotation that shows as it is written."""
    if not isinstance(annotation, str):
        return annotation
    return type("Written", (), {"__repr__": lambda _: annotation})()


def _markdown(text: str) -> str:
    """A docstring as Markdown: sections bold, parameters as a list, examples as code."""
    text = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text.replace("``", "`"))
    lines: list[str] = []
    example = listing = False
    for line in [*text.splitlines(), ""]:
        starts = line.startswith(">>>")
        if example and not line.strip():
            # Doctest reads up to an empty line.
            lines += ["", "```"]
            example = False
        elif starts and not example:
            lines.append("```pycon")
            example = True
        if example:
            lines.append(line)
        elif line in SECTIONS:
            lines += [f"**{line[:-1]}**", ""]
            listing = line != "Returns:"
        elif listing and line.startswith("    ") and not line.startswith("     "):
            lines.append(f"- {line.strip()}")
        else:
            lines.append(("  " if listing and line.strip() else "") + line.strip())
    return "\n".join(lines)


def findings_page() -> str:
    """Every finding by its code, with its severity and its words."""
    lines = [
        *FINDINGS_SAID.format(
            severities="\n".join(f"- **{name}**: {means}." for name, means in MEANING.items())
        ).splitlines(),
        "| code | severity | what is found | what Goodfit does | what you can do |",
        "|---|---|---|---|---|",
    ]
    for name, (code, severity) in FINDINGS.items():
        words = {part: text.replace("|", "\\|") for part, text in parts_of(name).items()}
        done = "The training ends with this error." if name in ENDING else words["done"]
        lines.append(f"| {code} | {severity} | {words['reason']} | {done} | {words['advice']} |")
    return "\n".join([*lines, ""])


def pages() -> dict[str, str]:
    """Every made page by its path below ``docs``."""
    found = {f"registries/{name}": text for name, text in registries.pages().items()}
    made = {"settings.md": settings_page(), "api.md": api_page(), "findings.md": findings_page()}
    return {**made, **found}


if __name__ == "__main__":
    for old in (FOLDER / "registries").glob("*.md"):
        old.unlink()
    for name, text in pages().items():
        path = FOLDER / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, "utf-8")
