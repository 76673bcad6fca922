"""Fonts for letters that matplotlib's own has not: Chinese, Japanese, Korean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from goodfit.core.errors import GoodfitError

if TYPE_CHECKING:
    from matplotlib.text import Text

OWN = "DejaVu Sans"
#: Families that come with systems or are often installed, by what they hold.
FAMILIES = (
    *("Noto Sans CJK TC", "Noto Sans TC", "PingFang TC", "Microsoft JhengHei", "Heiti TC"),
    *("Noto Sans CJK SC", "Noto Sans SC", "PingFang SC", "Microsoft YaHei", "Heiti SC", "SimHei"),
    *("Noto Sans CJK JP", "Noto Sans JP", "Hiragino Sans", "Yu Gothic", "Noto Sans CJK KR"),
    *("Source Han Sans TC", "Source Han Sans SC", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei"),
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
        family = family_with(tuple(FAMILIES))
        if family is None:
            raise GoodfitError("plots.no_font", letter=foreign, families=FAMILIES[0])
        text.set_fontfamily([OWN, family])


@cache
def family_with(families: Sequence[str]) -> str | None:
    """The first of these font families that is installed; None where none is."""
    from matplotlib.font_manager import fontManager

    installed = {entry.name for entry in fontManager.ttflist if Path(entry.fname).exists()}
    return next((family for family in families if family in installed), None)
