"""The languages that Goodfit speaks, and which one is spoken now."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

#: Every language with its own name, as one chooses it in a menu.
LANGUAGES = {"en": "English", "zh-Hant": "繁體中文", "zh-Hans": "简体中文"}
#: Where Chinese without a word about its characters is written in traditional ones.
TRADITIONAL = frozenset({"tw", "hk", "mo"})

_spoken: ContextVar[str] = ContextVar("spoken", default="en")


def language() -> str:
    """The language that is spoken here: English, or what :func:`speaking` says.

    >>> language()
    'en'
    """
    return _spoken.get()


@contextmanager
def speaking(name: str) -> Generator[None]:
    """Inside, everything that Goodfit says is said in a language.

    Errors, remarks, summaries, reports and pictures are codes that become words when they
    are shown; so it matters where they are shown, not where they were made. Threads and
    tasks may speak different languages at the same time.

    Args:
        name: ``en``, ``zh-Hant`` or ``zh-Hans``, or another usual name of one (``zh-TW``).

    Raises:
        GoodfitError: if that is no language that Goodfit speaks.

    >>> import goodfit
    >>> with goodfit.speaking("zh-Hant"):
    ...     goodfit.core.words.language()
    'zh-Hant'
    """
    found = named(name)
    if found is None:
        raise unknown(name, "speaking")
    token = _spoken.set(found)
    try:
        yield
    finally:
        _spoken.reset(token)


def unknown(name: str, where: str) -> ValueError:
    """The error of a language that is none of Goodfit's.

    Args:
        name: what was given.
        where: by which option, variable or function.
    """
    # Errors are made of words, so these cannot load them before they are loaded themselves.
    from goodfit.core.errors import GoodfitError
    from goodfit.core.words import Choices

    known = Choices(LANGUAGES)
    return GoodfitError("words.language_unknown", name=name, where=where, known=known)


def named(tag: str) -> str | None:
    """The language that a usual name means, a locale's included; None where it means none.

    Of Chinese the characters decide where they are named, else the region; Taiwan, Hong Kong
    and Macau write traditional ones.

    >>> [named(tag) for tag in ("zh_TW.UTF-8", "zh-Hans-HK", "zh", "en_GB", "de_DE")]
    ['zh-Hant', 'zh-Hans', 'zh-Hans', 'en', None]
    """
    first, *others = re.split(r"[-_]", re.split(r"[.@]", tag.strip().lower())[0])
    if first == "zh":
        scripts = {"hant": "zh-Hant", "hans": "zh-Hans"}
        asked = next((scripts[part] for part in others if part in scripts), None)
        return asked or ("zh-Hant" if TRADITIONAL & set(others) else "zh-Hans")
    return "en" if first == "en" else None
