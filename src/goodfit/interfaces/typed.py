"""What one types into a shell for settings and commands."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from goodfit.core.settings import field_types


def as_options(given: Mapping[str, Any]) -> list[str]:
    """Settings as the words of a command line.

    >>> as_options({"epochs": 3, "nesterov": False, "drop": ("a", "b")})
    ['--epochs', '3', '--no-nesterov', '--drop', 'a', '--drop', 'b']
    """
    words: list[str] = []
    for name, value in given.items():
        kebab = name.replace("_", "-")
        if isinstance(value, bool):
            words.append(f"--{kebab}" if value else f"--no-{kebab}")
        elif is_list_of(field_types()[name], str):
            words.extend(word for item in value for word in (f"--{kebab}", str(item)))
        elif isinstance(value, Mapping):
            pairs = (f"{key}={as_text(item)}" for key, item in value.items())
            words.extend(word for pair in pairs for word in (f"--{kebab}", pair))
        else:
            words.extend([f"--{kebab}", as_text(value)])
    return words


def as_text(value: Any) -> str:
    """A setting's value as one types it, to the last digit.

    >>> as_text(0.001), as_text((64, 64)), as_text(None)
    ('0.001', '64,64', 'auto')
    """
    if value is None:
        return "auto"
    if isinstance(value, Mapping):
        return ",".join(f"{key}={as_text(item)}" for key, item in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ",".join(str(item) for item in value)
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        text = f"{value:g}"
        return text if float(text) == value else repr(value)
    return str(value)


def command(*words: str) -> str:
    """A command to type, quoted where a shell needs it."""
    return shlex.join(["goodfit", *words])


def may_be(kind: Any, plain: type) -> bool:
    """Whether a setting of this type may be a value of a plain type."""
    return plain in alternatives(kind)


def is_list_of(kind: Any, plain: type) -> bool:
    """Whether it may be a list of a plain type."""
    return any(
        get_origin(leaf) is tuple and may_be(get_args(leaf)[0], plain)
        for leaf in alternatives(kind)
    )


def alternatives(kind: Any) -> list[Any]:
    """The types that it is one of, without their bounds."""
    if get_origin(kind) is Annotated:
        return alternatives(kind.__origin__)
    if get_origin(kind) in {Union, UnionType}:
        return [leaf for part in get_args(kind) for leaf in alternatives(part)]
    return [kind]
