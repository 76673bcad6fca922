"""Which language a command line speaks: as an option, a variable or the machine says."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from itertools import zip_longest

from goodfit.core.words.languages import LANGUAGES, named, unknown
from goodfit.interfaces.cli import spoken

OPTION = "--lang"
VARIABLE = "GOODFIT_LANG"
#: What says in which language programs speak, the first that is set (POSIX, locale(7)).
LOCALE = ("LC_ALL", "LC_MESSAGES", "LANG")


def asked(arguments: Sequence[str]) -> str | None:
    """What a command line names after ``--lang``, wherever that stands; the last of several.

    It is looked for before the line is read, since help and complaints are to be in it too.

    >>> asked(["fit", "a.csv", "--lang", "zh-Hant"]), asked(["--lang=en", "fit"]), asked(["fit"])
    ('zh-Hant', 'en', None)
    """
    words = list(arguments)
    words = words[: words.index("--")] if "--" in words else words
    found = None
    for word, after in zip_longest(words, words[1:]):
        if word == OPTION:
            found = after
        elif word.startswith(OPTION + "="):
            found = word.removeprefix(OPTION + "=")
    return found


def chosen(option: str | None, environment: Mapping[str, str] = os.environ) -> str:
    """The language to speak.

    Args:
        option: what the command line names.
        environment: where the variables are.

    Raises:
        GoodfitError: if option or ``GOODFIT_LANG`` name one that Goodfit does not speak; of a
            locale that means English.

    >>> chosen(None, {"LANG": "zh_TW.UTF-8"}), chosen("en", {"LANG": "zh_TW.UTF-8"})
    ('zh-Hant', 'en')
    """
    for tag, where in ((option, OPTION), (environment.get(VARIABLE), VARIABLE)):
        if tag:
            found = named(tag)
            if found is None:
                raise unknown(tag, where)
            return found
    return named(_locale(environment)) or "en"


def _locale(environment: Mapping[str, str]) -> str:
    """The machine's own language, as a locale's name."""
    told = next((environment[name] for name in LOCALE if environment.get(name)), "")
    if not told and sys.platform == "win32":
        import ctypes
        import locale

        number = ctypes.windll.kernel32.GetUserDefaultUILanguage()
        return locale.windows_locale.get(number, "")
    return told


def option() -> spoken.Option:
    """The option as click reads and lists it; :func:`asked` has heard it by then."""
    return spoken.Option(
        [OPTION],
        expose_value=False,
        metavar="[" + "|".join(LANGUAGES) + "]",
        help="cli.help_lang",
    )
