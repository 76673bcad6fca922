"""Each language says all that English says, in its own characters."""

from __future__ import annotations

import json
import re
from collections import Counter

import pytest
from source import ROOT, SOURCE

from goodfit.core import words
from goodfit.core.concepts import CATALOG, concept
from goodfit.core.settings import field_types, help_line
from goodfit.core.words import LANGUAGES, entries, placeholders

WORDS = SOURCE / "core" / "words"
PAGES = SOURCE / "core" / "concepts"
OTHERS = [name for name in LANGUAGES if name != "en"]
#: The encoding that was made for a language's characters; and letters that it holds, but that
#: stand in its texts only by mistake: old or rare words that the other kind writes for others
#: (据 for 據, 后 for 後).
CHARACTERS = {
    "zh-Hant": ("big5", frozenset("据机与优么体几云范征余胜万于后里复并采准丰价儿划厂吨听")),
    "zh-Hans": ("gb2312", frozenset("乾徵於夥藉著後")),
}

#: Words that the other region says for what docs/glossary.md calls otherwise.
ELSEWHERE = {
    "zh-Hant": [
        *("默認", "數據", "信息", "網絡", "變量", "字符", "文件夾", "單元格", "內存", "打印"),
        *("概率", "方差", "均值", "回歸", "激活函數"),
    ],
    "zh-Hans": [
        *("预设", "资料夹", "档案", "网路", "储存格", "栏位", "字元", "列印", "机率", "变异数"),
        *("迴归", "激励函数"),
    ],
}


def rooms(language):
    return sorted(path.stem for path in (WORDS / language).glob("*.json"))


def texts_of(language):
    """Every single text: sentences, and the parts of findings one by one."""
    for code, entry in entries(language).items():
        if isinstance(entry, str):
            yield code, entry
        else:
            for part, text in entry.items():
                yield f"{code}.{part}", text


def english_texts():
    """What is to be said in each language; help of settings stands beside their fields."""
    return {**dict(texts_of("en")), **{f"help.{name}": help_line(name) for name in field_types()}}


def test_the_folders_are_the_languages():
    assert {path.name for path in WORDS.iterdir() if path.is_dir()} - {"__pycache__"} == {
        *LANGUAGES
    }


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("room", [*rooms("en"), "help"])
def test_a_language_says_all_that_english_says(language, room):
    theirs, english = dict(texts_of(language)), english_texts()
    begins = room + "."
    missing = [code for code in english if code.startswith(begins) and code not in theirs]
    assert missing == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_language_says_nothing_that_english_does_not(language):
    assert rooms(language) == sorted([*rooms("en"), "help"])
    english = english_texts()
    assert [code for code, _ in texts_of(language) if code not in english] == []


@pytest.mark.parametrize("language", OTHERS)
def test_a_sentence_has_the_same_placeholders_in_each_language(language):
    english = english_texts()
    other = [
        f"{code}: {text}"
        for code, text in texts_of(language)
        if placeholders(text) != placeholders(english[code])
    ]
    assert other == [], "\n".join(other)


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty(language):
    assert [code for code, text in texts_of(language) if not text.strip()] == []


@pytest.mark.parametrize("language", OTHERS)
def test_sentences_end_as_sentences(language):
    ends = {".": "。", "?": "？", ":": "：", "…": "…"}
    english = {code: text.removesuffix("...") for code, text in english_texts().items()}
    wrong = [
        f"{code}: {text}"
        for code, text in texts_of(language)
        if english[code].count(" ") > 2  # others are no sentences but words cut short
        if (end := ends.get(english[code][-1])) and not text.endswith((end, "。"))
    ]
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("language", OTHERS)
def test_characters_are_those_of_the_language(language):
    wrong = [
        f"{code}: {''.join(sorted(strange))} in {text}"
        for code, text in texts_of(language)
        if (strange := foreign(text, language))
    ]
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("language", OTHERS)
def test_characters_of_concept_pages_are_those_of_the_language(language):
    """Aliases are not looked at: a page is found by the other kind's name, too."""
    wrong = [
        f"{path.name}: {''.join(sorted(strange))} in {line}"
        for path in sorted((PAGES / language).glob("*.md"))
        for line in path.read_text("utf-8").splitlines()
        if not line.startswith("aliases:") and (strange := foreign(line, language))
    ]
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize("language", OTHERS)
def test_words_are_those_of_the_region(language):
    """An idea is called otherwise in Taipei and in Beijing, whatever the characters."""
    pages = sorted((PAGES / language).glob("*.md"))
    lines = [line for path in pages for line in path.read_text("utf-8").splitlines()]
    texts = [line for line in lines if not line.startswith("aliases:")]
    texts += [text for _, text in texts_of(language)]
    wrong = [f"{word}: {text}" for text in texts for word in ELSEWHERE[language] if word in text]
    assert wrong == [], "\n".join(wrong)


def foreign(text, language):
    """The Chinese characters of a text that are those of the other kind."""
    encoding, mistaken = CHARACTERS[language]
    letters = {letter for letter in text if "\u3400" <= letter <= "\u9fff"}
    return {one for one in letters if one in mistaken or not one.encode(encoding, "ignore")}


@pytest.mark.parametrize(
    ("text", "language", "strange"),
    [
        ("訓練资料", "zh-Hant", {"资"}),
        ("訓練数据", "zh-Hant", {"数", "据"}),
        ("訓練資料", "zh-Hant", set()),
        ("训練數据", "zh-Hans", {"練", "數"}),
        ("训练数据", "zh-Hans", set()),
    ],
)
def test_the_search_finds_the_characters_of_the_other_kind(text, language, strange):
    assert foreign(text, language) == strange


@pytest.mark.parametrize(
    "path", sorted(WORDS.rglob("*.json")), ids=lambda p: f"{p.parent.name}-{p.stem}"
)
def test_no_code_stands_twice_in_a_file(path):
    pairs = json.loads(path.read_text("utf-8"), object_pairs_hook=list)
    assert [name for name, count in Counter(name for name, _ in pairs).items() if count > 1] == []


def test_what_a_language_lacks_is_said_in_english(monkeypatch):
    monkeypatch.delitem(words.entries("zh-Hant"), "words.by_comma")
    words._catalog.cache_clear()
    with words.speaking("zh-Hant"):
        assert words.in_words(["a", "b"]) == "a, b"
    words._catalog.cache_clear()


def test_the_glossary_calls_concepts_as_their_pages_do():
    lines = (ROOT / "docs" / "glossary.md").read_text("utf-8").splitlines()
    for name in CATALOG:
        titles = [concept(name, language).title for language in LANGUAGES]
        bare = [titles[0], *(re.sub(r" \([^)]*\)$", "", title) for title in titles[1:])]
        assert f"| {' | '.join(bare)} |" in lines, name
