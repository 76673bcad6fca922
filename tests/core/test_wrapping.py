"""Text in a terminal: as Python wraps English, and as Chinese is set."""

from __future__ import annotations

import textwrap

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from goodfit.core.wrapping import CLOSING, OPENING, columns, cut, padded, wrapped
from goodfit.interfaces.cli.output import table
from helpers import sample

CHINESE = st.text("損失函數是 loss 。，「」（）3.14", max_size=80)
INDENTS = st.sampled_from(["", "  ", "    "])


@settings(max_examples=sample(100, whole=5000), deadline=None)
@given(st.text("ab ,.-", max_size=80), st.integers(8, 30), INDENTS, INDENTS)
@example(" aaaaa", 9, "    ", "")
def test_english_is_wrapped_as_python_wraps_it(text, width, first, rest):
    theirs = textwrap.wrap(
        text, width, initial_indent=first, subsequent_indent=rest, break_on_hyphens=False
    )
    ours = wrapped(text, width, first=first, rest=rest)
    assert ours == [line.rstrip() for line in theirs]


@settings(max_examples=sample(100, whole=5000), deadline=None)
@given(CHINESE, st.integers(12, 40), INDENTS)
def test_chinese_fits_and_loses_nothing(text, width, rest):
    lines = wrapped(text, width, rest=rest)
    assert all(columns(line) <= width for line in lines)
    assert "".join("".join(lines).split()) == "".join(text.split())


def test_no_line_begins_with_what_closes_nor_ends_with_what_opens():
    text = "梯度（gradient）指出損失上升最快的方向，「反方向」就是下一步。" * 3
    for width in range(20, 60):
        lines = wrapped(text, width)
        assert not any(line[0] in CLOSING for line in lines)
        assert not any(line[-1] in OPENING for line in lines)


@pytest.mark.parametrize(
    ("text", "width"), [("loss", 4), ("損失", 4), ("é", 1), ("e\u0301", 1), ("，", 2), ("", 0)]
)
def test_a_letter_has_its_columns(text, width):
    assert columns(text) == width


def test_cells_are_cut_and_filled_by_columns():
    assert [cut("損失函數", width) for width in (8, 7, 2, 1)] == ["損失函數", "損失函", "損", ""]
    assert padded("列數", 6) == "列數  "
    assert table([["", "這個模型"], ["均方誤差", "2.5"]]) == [
        "          這個模型",
        "均方誤差       2.5",
    ]
