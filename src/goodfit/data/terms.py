"""The terms of free text: its words, and what stands for words where none are parted."""

# pyarrow.compute makes its functions when it is loaded, so that no type checker sees them.
# pyright: reportAttributeAccessIssue=false, reportUnknownParameterType=false

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

# Punctuation, symbols, white space and what cannot be seen part words. The same for ASCII is
# told apart because it is a hundred times quicker to set up, which one row would wait for.
BETWEEN_WORDS = r"[\p{P}\p{S}\p{Z}\p{Cc}\p{Cf}]+"
BETWEEN_ASCII_WORDS = "[^0-9a-z]+"
# Thai and Lao, Burmese, Khmer, Japanese and Chinese are written without spaces between words.
UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
)
RUNS = re.compile(f"([{UNSPACED}]+)|[^{UNSPACED}]+")
SEVERAL_WORDS = rf"\S\s+\S|[{UNSPACED}]{{3}}"
# A longer word is a key or a picture in letters, and would be the name of an input.
LONGEST_WORD = 40
#: What follows a beginning of a word; no word of a cell holds it.
AND_SO_ON = "…"
# Characters of the beginnings that are terms.
BEGINNINGS = (1, 2, 3)
# A term must be in so many different rows, so that none tells of a single one; in small tables
# in fewer, or none would be left.
LEAST_ROWS, LEAST_OF_FEW_ROWS, FEW_ROWS = 5, 3, 500
# Terms of one column: no more than a share of the training rows, for what is learnt of each
# comes from its rows (LOG.md, 2026-11-25), but for a few; and never so many that the inputs
# of a large table would fill the memory (as float32: 200 megabytes).
ROWS_OF_A_TERM, FEW_TERMS, MOST_TERMS = 30, 5, 256
MOST_CELLS = 50_000_000
# Of more training rows so many, evenly spaced, say which terms there are.
MOST_LEARNT_ROWS = 200_000
# Cells whose terms are found together.
BLOCK_ROWS = 16_384


def least_rows(n_rows: int) -> int:
    """In how many rows of a table a term must be.

    >>> least_rows(100), least_rows(1_000)
    (3, 5)
    """
    return LEAST_OF_FEW_ROWS if n_rows < FEW_ROWS else LEAST_ROWS


def split_words(cells: pa.ChunkedArray) -> pa.ListArray:
    """The words of each cell, in lower case; no list where a cell is missing.

    Unicode's compatible forms become one (NFKC), so that full-width letters are letters.

    >>> split_words(pa.chunked_array([["Allen, Miss. Elisabeth", "--", None]])).to_pylist()
    [['allen', 'miss', 'elisabeth'], [''], None]
    """
    plain = pc.utf8_lower(pc.utf8_normalize(cells.cast(pa.string()), form="NFKC"))
    ascii_only = pc.all(pc.string_is_ascii(plain)).as_py()
    between = BETWEEN_WORDS if ascii_only is False else BETWEEN_ASCII_WORDS
    plain = pc.utf8_trim_whitespace(pc.replace_substring_regex(plain, between, " "))
    return pc.split_pattern(plain, " ").combine_chunks()


def terms_of(word: str, *, beginnings: bool = False) -> list[str]:
    """The terms of a word: itself; of what is written without spaces, each two characters.

    Args:
        word: one of :func:`split_words`.
        beginnings: whether its first one, two and three characters are terms too.

    >>> terms_of("c85", beginnings=True), terms_of("學習機")
    (['c85', 'c…', 'c8…'], ['學習', '習機'])
    """
    terms = list[str]()
    for found in RUNS.finditer(word):
        run = found[0]
        if found[1] and len(run) > 1:
            terms += [run[place : place + 2] for place in range(len(run) - 1)]
        elif len(run) <= LONGEST_WORD:
            terms.append(run)
            if beginnings and not found[1]:
                terms += [run[:n] + AND_SO_ON for n in BEGINNINGS if n < len(run)]
    return terms


def term_places(
    words: pa.ListArray, places_of: Callable[[str], Sequence[int]]
) -> tuple[np.ndarray, np.ndarray]:
    """Where which term stands; a term stands in a row as often as the row has it.

    Args:
        words: from :func:`split_words`.
        places_of: the numbers of a word's terms; asked once for each different word.

    Returns:
        (occurrence,) row and (occurrence,) number of the term, in the order of the rows.

    >>> cells = split_words(pa.chunked_array([["b a", None, "a c"]]))
    >>> rows, places = term_places(cells, lambda word: {"a": [0], "b": [1]}.get(word, []))
    >>> rows.tolist(), places.tolist()
    ([0, 0, 2], [1, 0, 0])
    """
    rows = pc.list_parent_indices(words).to_numpy()
    coded = pc.list_flatten(words).dictionary_encode()
    codes = coded.indices.to_numpy()
    own = [places_of(word) for word in coded.dictionary.to_pylist()]
    count = np.array([len(places) for places in own], dtype=np.int64)
    joined = np.array([place for places in own for place in places], dtype=np.int64)
    counts, starts = count[codes], (np.cumsum(count) - count)[codes]
    ends = np.cumsum(counts)
    within = np.arange(counts.sum()) - np.repeat(ends - counts, counts)
    return np.repeat(rows, counts), joined[np.repeat(starts, counts) + within]


def frequent_terms(
    cells: pa.ChunkedArray, weight: np.ndarray, *, beginnings: bool
) -> tuple[str, ...]:
    """Terms that enough rows have and some have not, those first that divide them evenly.

    Args:
        cells: (row,) words as they stand in the table.
        weight: (row,) above zero.
        beginnings: whether beginnings of words are terms.

    >>> cells = pa.chunked_array([["Mr. Smith", "Mr. Jones", "Mr. Brown", "Mrs. Brown"]])
    >>> frequent_terms(cells, np.ones(4), beginnings=False)
    ('mr',)
    """
    n_rows = len(cells)
    most = min(max(n_rows // ROWS_OF_A_TERM, FEW_TERMS), MOST_TERMS, MOST_CELLS // max(n_rows, 1))
    evenness = _recurring(cells, weight, beginnings=beginnings)
    best = sorted(evenness, key=lambda term: (-evenness[term], term))[:most]
    return tuple(sorted(best))


def _recurring(cells: pa.ChunkedArray, weight: np.ndarray, *, beginnings: bool) -> dict[str, float]:
    """Each term that enough rows have and some have not: the variance of its having."""
    least = least_rows(len(cells))
    if len(cells) > MOST_LEARNT_ROWS:
        taught = np.linspace(0, len(cells) - 1, MOST_LEARNT_ROWS).astype(np.int64)
        cells, weight = cells.take(pa.array(taught)), weight[taught]
    names, count, total = _counted(cells, weight, beginnings=beginnings)
    filled = np.asarray(cells.is_valid())
    share = total / max(weight[filled].sum(), np.finfo(np.float64).tiny)
    # Rounded, so that equal shares are equal however they were added up.
    variance = (share * (1 - share)).round(12).tolist()
    kept = np.flatnonzero((count >= least) & (count < filled.sum())).tolist()
    return {names[place]: variance[place] for place in kept}


def _counted(
    cells: pa.ChunkedArray, weight: np.ndarray, *, beginnings: bool
) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Every term, in how many rows it is, and their weight."""
    numbers: dict[str, int] = {}

    def places_of(word: str) -> list[int]:
        found = terms_of(word, beginnings=beginnings)
        return [numbers.setdefault(term, len(numbers)) for term in found]

    count, total = np.zeros(0, np.int64), np.zeros(0)
    for start, words in in_blocks(cells):
        rows, places = term_places(words, places_of)
        known = len(numbers)
        once, place = np.divmod(np.unique(rows * known + places), max(known, 1))
        own = weight[start + once]
        count, total = (np.pad(one, (0, known - len(one))) for one in (count, total))
        count += np.bincount(place, minlength=known)
        total += np.bincount(place, weights=own, minlength=known)
    return list(numbers), count, total


def in_blocks(cells: pa.ChunkedArray) -> Iterator[tuple[int, pa.ListArray]]:
    """The words of some cells at a time, each with the place of the first."""
    for start in range(0, len(cells), BLOCK_ROWS):
        yield start, split_words(cells.slice(start, BLOCK_ROWS))


def single_words(cells: pa.ChunkedArray, weight: np.ndarray) -> bool:
    """Whether most cells are one word, as codes are."""
    single, filled = 0.0, 0.0
    for start, words in in_blocks(cells):
        count = pc.fill_null(pc.list_value_length(words), 0).to_numpy()
        own = weight[start : start + len(count)]
        single, filled = single + own[count == 1].sum(), filled + own[count > 0].sum()
    return bool(2 * single > filled)


def is_prose(cells: pa.ChunkedArray) -> bool:
    """Whether most cells are several words, some of which enough other cells hold too.

    So are the names of people with their titles, where every row has its own; ids are not.

    >>> is_prose(pa.chunked_array([[f"Mr. {i}" for i in "abcdef"] + ["Mrs. g"]]))
    True
    >>> is_prose(pa.chunked_array([[f"customer {i}" for i in range(60)]]))
    False
    """
    n_filled = len(cells) - cells.null_count
    several = pc.sum(pc.match_substring_regex(cells, SEVERAL_WORDS)).as_py() or 0
    if 2 * several < n_filled:
        return False
    terms = _recurring(cells, np.ones(len(cells)), beginnings=False)
    letters = {term for term in terms if not term.isdigit()}
    n_known = 0
    for _, words in in_blocks(cells):
        rows, _ = term_places(words, lambda word: [0] * (not letters.isdisjoint(terms_of(word))))
        n_known += len(np.unique(rows))
    return 2 * n_known >= n_filled
