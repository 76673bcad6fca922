"""Every code has words, all words are used, and nothing is left to fill in."""

from __future__ import annotations

from collections import Counter

from source import SOURCE, beginnings, literals, parse, uses

from goodfit.core.words import catalog, placeholders


def test_every_code_in_the_source_has_words():
    wordless = [f"{use.where} {use.code}" for use in uses() if use.code not in catalog()]
    assert not wordless, "\n".join(wordless)


def test_all_words_are_used():
    trees = [parse(path) for path in SOURCE.rglob("*.py")]
    named = {text for tree in trees for text in literals(tree)}
    begun = {text for tree in trees for text in beginnings(tree) if text.partition(".")[2]}
    unused = [code for code in catalog() if code not in named and not code.startswith(tuple(begun))]
    assert not unused, "\n".join(unused)


def test_every_placeholder_is_supplied_wherever_a_code_is_named():
    short = [
        f"{use.where} {use.code} lacks {', '.join(sorted(lacking))}"
        for use in uses()
        if use.params is not None and use.code in catalog()
        if (lacking := placeholders(catalog()[use.code]) - use.params)
    ]
    assert not short, "\n".join(short)


def test_the_search_sees_errors_and_remarks():
    found = Counter(use.maker for use in uses())
    assert found["GoodfitError"] > 10
    assert found["Remark"] > 5


def test_sentences_end_as_sentences():
    assert [code for code, text in catalog().items() if code_of_sentence(code, text)] == []


def code_of_sentence(code: str, text: str) -> bool:
    """Whether an error's or remark's text does not end in a full stop or a question mark."""
    makers = {use.maker for use in uses() if use.code == code}
    return bool(makers - {"say"}) and not text.endswith((".", "?"))
