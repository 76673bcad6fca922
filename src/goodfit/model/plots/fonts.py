"""Fonts for letters that matplotlib's own has not: Chinese, Japanese, Korean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from goodfit.core.errors import GoodfitError
from goodfit.core.words import language

if TYPE_CHECKING:
    from matplotlib.text import Text

OWN = "DejaVu Sans"
TRADITIONAL = ("Noto Sans CJK TC", "Noto Sans TC", "PingFang TC", "Microsoft JhengHei", "Heiti TC")
SIMPLIFIED = (
    *("Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", "Heiti SC"),
    *("SimHei", "Source Han Sans SC"),
)
#: Families that come with systems or are often installed, by what they hold.
FAMILIES = (
    *(*TRADITIONAL, *SIMPLIFIED),
    *("Noto Sans CJK JP", "Noto Sans JP", "Hiragino Sans", "Yu Gothic", "Noto Sans CJK KR"),
    *("Source Han Sans TC", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei"),
    *("Arial Unicode MS", "Droid Sans Fallback"),
)
# From the radicals on, without the private and the surrogate ranges: what takes such a font.
FIRST, LAST = 0x2E80, 0xFFEF


def lend_fonts(texts: Iterable[Text]) -> None:
    """Give texts with Chinese letters a font that has them, beside the usual one.

    Raises:
        GoodfitError: if this machine has none.
    """
    for text in texts:
        foreign = next((letter for letter in text.get_text() if FIRST <= ord(letter) <= LAST), "")
        if not foreign:
            continue
        families = fitting(language())
        family = family_with(families)
        if family is None:
            raise GoodfitError("plots.no_font", letter=foreign, families=families[0])
        text.set_fontfamily([OWN, family])


def fitting(spoken: str) -> tuple[str, ...]:
    """The families, first those whose letters have the shapes that a language gives them.

    >>> fitting("zh-Hans")[0], fitting("zh-Hant")[0]
    ('Noto Sans CJK SC', 'Noto Sans CJK TC')
    """
    first = SIMPLIFIED if spoken == "zh-Hans" else TRADITIONAL
    return tuple(sorted(FAMILIES, key=lambda family: family not in first))


@cache
def family_with(families: Sequence[str]) -> str | None:
    """The first of these font families that is installed; None where none is."""
    found = _listed(families)
    if found is None:
        _list_anew()
        found = _listed(families)
    return found


def _listed(families: Sequence[str]) -> str | None:
    from matplotlib.font_manager import fontManager

    installed = {entry.name for entry in fontManager.ttflist if Path(entry.fname).exists()}
    return next((family for family in families if family in installed), None)


def _list_anew() -> None:
    """Add fonts that came after matplotlib had made its list, which it keeps for good."""
    from matplotlib.font_manager import findSystemFonts, fontManager

    known = {entry.fname for entry in fontManager.ttflist}
    for path in sorted({*findSystemFonts()} - known):
        with suppress(OSError, RuntimeError):  # a file that is no font
            fontManager.addfont(path)
