"""The pages of the registries, made from the docstrings of their entries.

A registry is a mapping from the names of a setting to functions and classes; each says in
its docstring what it is, when to choose it (``When:``) and where it comes from
(``Source:``). ``tests/house/test_registries.py`` holds every entry to that.
"""

from __future__ import annotations

import dataclasses
import inspect
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, get_args

from goodfit.core.settings import (
    BELONGS_TO,
    DatePartName,
    aliases,
    choices,
    field_types,
    help_line,
)
from goodfit.networks.activations import ACTIVATIONS
from goodfit.networks.catalog import NETWORKS
from goodfit.networks.initializations import INITIALIZATIONS
from goodfit.networks.normalizations import NORMALIZATIONS
from goodfit.preprocessing.categories import ENCODINGS
from goodfit.preprocessing.date_parts import DATE_PARTS
from goodfit.preprocessing.scalings import SCALINGS
from goodfit.preprocessing.target import TARGET_TRANSFORMS
from goodfit.preprocessing.text import TextColumn
from goodfit.scoring.metrics import METRICS
from goodfit.training import exact
from goodfit.training.losses import LOSSES, Loss
from goodfit.training.optimizers import OPTIMIZERS
from goodfit.training.schedules import SCHEDULES

#: Words that a setting may be beside the names of its registry.
NOT_ENTRIES = frozenset({"auto", "own"})


@dataclass(frozen=True)
class Registry:
    """One page.

    Args:
        title: of the page; its file is named after it.
        setting: that chooses an entry.
        entries: the registry.
        beside: names that the setting knows and the registry does not, with what has their
            docstring.
        names: of all entries in order, where they are not the choices of the setting.
    """

    title: str
    setting: str
    entries: Mapping[str, Any]
    beside: Mapping[str, Any] = field(default_factory=dict)
    names: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """Name of the page's file."""
        return self.title.lower().replace(" ", "-") + ".md"

    @property
    def all(self) -> dict[str, Any]:
        """Every entry by name, in the order of the setting's choices."""
        found = {**self.entries, **self.beside}
        order = self.names or choices(self.setting)
        return dict(sorted(found.items(), key=lambda entry: order.index(entry[0])))


REGISTRIES = (
    Registry("Scalings", "preprocessing", SCALINGS),
    Registry("Encodings", "category_encoding", ENCODINGS),
    Registry("Date parts", "dates", DATE_PARTS, names=get_args(DatePartName)),
    Registry("Free text", "text", {"text": TextColumn}, names=("text",)),
    Registry("Target transforms", "target_transform", TARGET_TRANSFORMS),
    Registry("Networks", "network", NETWORKS),
    Registry("Activations", "activation", ACTIVATIONS),
    Registry("Normalizations", "normalization", NORMALIZATIONS),
    Registry("Initializations", "initialization", INITIALIZATIONS),
    Registry("Losses", "loss", LOSSES),
    Registry("Optimizers", "optimizer", OPTIMIZERS, beside={"exact": exact.solve}),
    Registry("Schedules", "schedule", SCHEDULES),
    Registry("Metrics", "metric", METRICS),
)


@dataclass(frozen=True)
class Text:
    """What a docstring says, in parts; empty where it does not.

    Args:
        what: its first paragraph.
        notes: further paragraphs, but arguments and examples.
        when: when to choose it, and when not.
        source: where it comes from.
    """

    what: str
    notes: tuple[str, ...]
    when: str
    source: str


def described(entry: Any) -> tuple[Any, ...]:
    """What has the docstrings of an entry: itself, its variants, or the functions it is made of."""
    if isinstance(entry, tuple):
        return entry
    if inspect.isclass(entry) or inspect.isroutine(entry) or not dataclasses.is_dataclass(entry):
        return (entry,)
    parts = [getattr(entry, part.name) for part in dataclasses.fields(entry)]
    return tuple(part for part in parts if callable(part) and "When: " in (part.__doc__ or ""))[:1]


def text_of(thing: Any) -> Text:
    """The parts of a docstring.

    >>> text_of(SCHEDULES["constant"]).what
    'The learning rate as given, to the end.'
    """
    said: dict[str, list[str]] = {"": [], "When: ": [], "Source: ": []}
    for paragraph in inspect.cleandoc(thing.__doc__ or "").split("\n\n"):
        if re.match(r">>> |\w+:\n ", paragraph):  # an example, arguments
            continue
        label = ""
        lines: dict[str, list[str]] = {}
        for line in paragraph.splitlines():
            label = next((mark for mark in ("When: ", "Source: ") if line.startswith(mark)), label)
            lines.setdefault(label, []).append(line.removeprefix(label).strip())
        for mark, part in lines.items():
            said[mark].append(_markdown(" ".join(part)))
    what, *notes = said[""] or [""]
    return Text(what, tuple(notes), " ".join(said["When: "]), " ".join(said["Source: "]))


def registry_page(registry: Registry) -> str:
    """What there is, when to choose it and where it comes from."""
    name = registry.setting
    lines = [
        f"# {registry.title}",
        "",
        f"Setting `{name}`: {help_line(name)}. `--{name.replace('_', '-')}` in the shell,",
        f"`{name}=` in Python.",
        "",
        ", ".join(f"[`{entry}`](#{entry})" for entry in registry.all) + ".",
        "",
    ]
    for entry, thing in registry.all.items():
        lines += [f"## `{entry}`", ""]
        texts = [text_of(part) for part in described(thing)]
        for text in texts:
            lines += [line for note in (text.what, *text.notes) for line in (note, "")]
        for label, said in (
            ("When", [t.when for t in texts]),
            ("Source", [t.source for t in texts]),
        ):
            lines += [f"**{label}:** {' '.join(dict.fromkeys(said))}", ""]
        if registry.entries is LOSSES:
            lines += [*(_of_loss(kind()) for kind in thing), ""]
        lines += _beside(registry, entry)
    return "\n".join(lines).rstrip() + "\n"


#: What may be done to a target, and what it may be.
RULES = {
    "monotone": "may be scaled and transformed",
    "affine": "may be shifted and scaled",
    "factor": "is divided by its mean",
    "as_is": "stays as it is",
}
ALLOWED = {
    "any": "",
    "not_negative": "must be at least 0 and ",
    "positive": "must be above 0 and ",
}


def _of_loss(loss: Loss) -> str:
    """What a loss states of itself, as an item of a list."""
    said = [f"link {loss.link.name}"]
    if loss.task == "regression":
        count = loss.outputs_per_target
        said.insert(0, f"{count} output{'s' * (count > 1)} a target")
        said.append(f"the target {ALLOWED[loss.allows]}{RULES[loss.target_rule]}")
        if loss.further:
            columns = ", ".join(f"`{extra.name}`" for extra in loss.further)
            said.append(f"predicts {columns} too")
    else:
        said.insert(0, "1 output" if loss.task == "binary" else "1 output a class")
        said.append("gives probabilities" if loss.link.probabilities else "gives no probabilities")
    return f"- {loss.task}: {'; '.join(said)}."


def index_page(registries: Sequence[Registry] = REGISTRIES) -> str:
    """The pages, with the setting that chooses and all names."""
    lines = [
        "# What there is to choose from",
        "",
        "One page a registry, made from the docstrings: what each entry is, when to choose it",
        "and where it comes from. [All settings](../settings.md) stand on a page of their own.",
        "",
        "| page | setting | names |",
        "|---|---|---|",
    ]
    for registry in registries:
        names = ", ".join(f"`{name}`" for name in registry.all)
        page = f"[{registry.title}]({registry.file})"
        lines.append(f"| {page} | `{registry.setting}` | {names} |")
    return "\n".join([*lines, ""])


def pages() -> dict[str, str]:
    """Every page by the name of its file."""
    return {"README.md": index_page()} | {each.file: registry_page(each) for each in REGISTRIES}


def _beside(registry: Registry, entry: str) -> list[str]:
    """Other names of an entry, and the settings that mean something with it and few others."""
    lines: list[str] = []
    known = sorted(aliases(registry.setting).items())
    others = [f"`{alias}`" for alias, name in known if name == entry]
    if others:
        lines += [f"**Other names:** {', '.join(others)}.", ""]
    own: list[str] = []
    for name in field_types():
        other, owners = BELONGS_TO.get(name, ("", frozenset[str]()))
        few = len(owners) <= max(1, len(registry.all) // 2)
        if other == registry.setting and entry in owners and few:
            own.append(f"`{name}`, {help_line(name)}")
    if own:
        lines += [f"**Settings that go with it:** {'; '.join(own)}.", ""]
    return lines


def _markdown(text: str) -> str:
    """A line of a docstring as Markdown: references as code, stars kept from being emphasis."""
    return re.sub(r":\w+:`~?([^`]+)`", r"`\1`", text.replace("``", "`")).replace(" * ", " \\* ")
