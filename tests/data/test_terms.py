"""Terms of free text: words of any script, those that enough rows share."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from goodfit.data import terms
from goodfit.data.terms import frequent_terms, is_prose, single_words, split_words, terms_of


def chunked(cells) -> pa.ChunkedArray:
    return pa.chunked_array([cells], pa.string())


def frequent(cells, **options):
    return frequent_terms(chunked(cells), np.ones(len(cells)), **{"beginnings": False} | options)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("Allen, Miss. Elisabeth", ["allen", "miss", "elisabeth"]),
        ("ＦＵＬＬ　width", ["full", "width"]),
        ("cafe\u0301 — CAFÉ", ["café", "café"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("St. Louis/MO", ["st", "louis", "mo"]),
        ("ﬁne ½", ["fine", "1", "2"]),
        ("💡!?", [""]),
    ],
)
def test_words_of_any_script_are_found_in_lower_case(cell, words):
    assert split_words(chunked([cell])).to_pylist() == [words]


def test_words_are_the_same_beside_cells_of_other_scripts():
    cells = ["".join(map(chr, range(128))), "a_b-c\x00d\x7fe\tf~9"]
    alone, beside = split_words(chunked(cells)), split_words(chunked([*cells, "é"]))
    assert alone.to_pylist() == beside.to_pylist()[:2]


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("機器學習", ["機器", "器學", "學習"]),
        ("好", ["好"]),
        ("iphone手機", ["iphone", "手機"]),
        ("กรุงเทพ", ["กร", "รุ", "ุง", "งเ", "เท", "ทพ"]),
        ("서울시", ["서울시"]),
        ("", []),
        ("x" * 41, []),
    ],
)
def test_scripts_without_spaces_are_taken_by_twos(word, found):
    assert terms_of(word) == found


def test_beginnings_are_of_words_that_are_longer():
    assert terms_of("pc", beginnings=True) == ["pc", "p…"]
    assert terms_of("機器", beginnings=True) == ["機器"]


def test_a_term_is_in_enough_rows_and_not_in_all():
    cells = ["all common"] * 3 + ["all rare rare rare"] * 2 + ["all"]
    assert frequent(cells) == ("common",)
    assert frequent(cells * 100) == ("common", "rare")
    assert frequent([None, "", "--"] * 9) == ()
    assert frequent([]) == ()


def test_terms_are_one_for_thirty_rows_the_most_even_ones():
    draw = np.random.default_rng(0).random((600, 100)) < np.linspace(0.01, 0.99, 100)
    cells = [" ".join(f"w{place}" for place in np.flatnonzero(row)) for row in draw]
    found = frequent(cells)
    assert len(found) == 20
    assert set(found) <= {f"w{place}" for place in range(25, 75)}


def test_of_a_long_table_evenly_spaced_rows_teach(monkeypatch):
    monkeypatch.setattr(terms, "MOST_LEARNT_ROWS", 100)
    monkeypatch.setattr(terms, "BLOCK_ROWS", 7)
    cells = [f"{'ab'[i % 2]} z" if i % 3 else "z y" for i in range(1000)]
    assert frequent(cells) == ("a", "b", "y")


def test_codes_are_single_words():
    assert single_words(chunked(["c85", "b5", "c22 c26", None]), np.ones(4))
    assert not single_words(chunked(["c85", "b5", "c22 c26"]), np.array([1.0, 1.0, 3.0]))


@pytest.mark.parametrize(
    ("cells", "prose"),
    [
        ([f"Mr. {i}" for i in "abcdef"] + ["Mrs. g"] * 3, True),
        ([f"user{i}@{'ab'[i % 2]}.com" for i in range(60)], False),
        ([f"{i} 2024 {i % 2}" for i in range(60)], False),
        ([f"{'ab'[i % 2]} street {i}" for i in range(60)] + [None] * 60, True),
        ([f"{'abcdefghijklmno'[i % 15]} {i}" for i in range(60)], True),
        ([f"{i} lonely" if i < 9 else f"{i} {i}x" for i in range(60)], False),
    ],
)
def test_prose_is_of_several_words_that_recur(cells, prose):
    assert is_prose(chunked(cells)) == prose
