"""Pages in a terminal stay within its width, Chinese characters counted as two."""

from __future__ import annotations

import pytest

import goodfit
from goodfit.core.concepts import concepts, languages
from goodfit.core.concepts.text import concept_lines, map_lines
from goodfit.core.wrapping import columns


@pytest.mark.parametrize("width", [40, 80, 100])
@pytest.mark.parametrize("language", languages())
def test_pages_and_map_stay_within_the_width(language, width):
    with goodfit.speaking(language):
        lines = [line for page in concepts() for line in concept_lines(page, width=width)]
        lines += map_lines(width=width)
    commands = [line for line in lines if line.strip().startswith("goodfit ")]
    assert [line for line in lines if columns(line) > width and line not in commands] == []
    assert [line for line in commands if columns(line) > max(width, 80)] == []


def test_every_section_of_a_page_is_shown():
    for page in concepts():
        text = "\n".join(concept_lines(page))
        for kind in page.kinds:
            assert f"{kind.name}: " in text
        for name in page.related:
            assert f"goodfit concepts {name}" in text
