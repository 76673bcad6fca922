"""Pieces about words: the levels of categories, and the terms of free text."""

from __future__ import annotations

import math

from goodfit.data.terms import FEW_TERMS, MOST_TERMS, ROWS_OF_A_TERM, least_rows
from goodfit.model.script.code import block, literal
from goodfit.model.script.facts import Facts
from goodfit.preprocessing.categories import (
    CategoryColumn,
)
from goodfit.preprocessing.text import TextColumn

LEVELS_OF = '''
    def levels_of(words, training):
        """The different words of the training rows, in order."""
        return ‹sorted›(set(words[training]) - {""})
'''


COMMON_LEVELS_OF = '''
    def levels_of(words, training):
        """The words of enough training rows, in order; the others share a level, None."""
        counts = Counter(word for word in words[training] if word)
        common = ‹sorted›(word for word, count in counts.items() if count >= ‹least›)
        return [None] * (len(common) < len(counts)) + common
'''


IN_ORDER = '''
    def by_number(words):
        """Words sorted: as numbers where all of them are, else by the alphabet."""
        words = list(words)
        try:
            return sorted(words, key=lambda word: (float(word), word))
        except ValueError:
            return sorted(words)
'''


CODES_OF = '''
    def codes_of(words, training):
        """A number for each level, from 2 on; 0 for one that no training row has, 1 for none."""
        place = {level: code for code, level in enumerate(levels_of(words, training), 2)}
        return np.array([place.get(word, ‹unseen›) if word else 1 for word in words])
'''


ONE_HOT = '''
    def one_hot(words, training):
        """A column for each level of the training rows, 1 where a cell is that level."""
        codes = codes_of(words, training)
        return codes[:, None] == np.arange(2, codes[training].max() + 1)
'''


NUMBERED = '''
    def numbered(codes, training, numbers):
        """A number for each level, of mean 0 and standard deviation 1 in the training rows."""
        taught = training[codes[training] > 1]
        found = numbers[(codes - 2).clip(min=0)]
        ‹moments›
        return (found - mean) / (deviation or 1.0)
'''


ORDINAL = '''
    def ordinal(words, training):
        """The place of a level in their order, as a number; 0 for a missing or unseen one."""
        codes = codes_of(words, training)
        places = np.arange(codes[training].max() - 1.0)
        return np.where(codes > 1, numbered(codes, training, places), 0.0)
'''


COUNTED = '''
    def counted(words, training):
        """The logarithm of how many training rows a level has; an unseen one is the rarest."""
        codes = codes_of(words, training)
        counts = np.bincount(codes[training]‹weights›)[2:]
        found = numbered(codes, training, np.log(counts / counts.sum()))
        found = np.where(codes == 0, found[training[codes[training] > 1]].min(), found)
        return np.where(codes == 1, 0.0, found)
'''


TERMS_IN = '''
    def terms_in(cell‹given›):
        """The terms of a cell: its words in lower case, without what stands between them."""
        plain = unicodedata.normalize("NFKC", cell).lower()
        kinds = [unicodedata.category(letter) for letter in plain]
        apart = [kind[0] in "PSZ" or kind in {"Cc", "Cf"} for kind in kinds]
        letters = [" " if gap else letter for letter, gap in zip(plain, apart, strict=True)]
        return {term for word in "".join(letters).split() for term in terms_of(word‹passed›)}
'''


TERMS_OF = '''
    def terms_of(word‹given›):
        """A word itself; of what is written without spaces, every two characters."""
        found = []
        for run in re.finditer(f"([{UNSPACED}]+)|[^{UNSPACED}]+", word):
            text = run[0]
            if run[1] and len(text) > 1:
                found += [text[place : place + 2] for place in range(len(text) - 1)]
            elif len(text) <= 40:
                found.append(text)
        ‹beginnings›return found
'''


BEGINNINGS = """            if beginnings and not run[1]:
                found += [text[:count] + "…" for count in (1, 2, 3) if count < len(text)]
    """.removeprefix("    ")


TERMS = '''
    def terms(name, training‹given›):
        """A column for each term that enough training rows share, 1 where a cell has it."""
        of_row = [terms_in(cell‹passed›) for cell in column(name)]
        there = ~gaps(name)[training]
        counts, weights = Counter(), Counter()
        for row in training:
            counts.update(of_row[row])
            weights.update(‹counted›)
        evenness = {}
        for term, count in counts.items():
            share = weights[term] / ‹total›
            if ‹least› <= count < there.sum():
                evenness[term] = round(share * (1 - share), 12)
        # Those that divide the rows most evenly.
        best = sorted(evenness, key=lambda term: (-evenness[term], term))[:‹most›]
        found = [[term in own for term in sorted(best)] for own in of_row]
        return np.array(found, dtype=bool)
'''


def level_helpers(facts: Facts) -> dict[str, str]:
    """The functions that make inputs of categories."""
    least = facts.settings.min_level_count
    categories = [
        column
        for column in facts.model.preprocessing.columns
        if isinstance(column, CategoryColumn) and column.levels
    ]
    ordered = any(_are_numbers(column.levels[column.pooled :]) for column in categories)
    in_order = "by_number" if ordered else "sorted"
    levels = block(LEVELS_OF, sorted=in_order)
    if least > 1:
        levels = block(COMMON_LEVELS_OF, sorted=in_order, least=literal(least))
    weighted = facts.row_weighted
    moments = "mean, deviation = found[taught].mean(), found[taught].std()"
    if weighted:
        moments = "mean = np.average(found[taught], weights=weight[taught])"
        moments += "\n    deviation = deviation_of(found[taught], weight[taught])"
    return {
        "by_number": block(IN_ORDER),
        "levels_of": levels,
        "codes_of": block(CODES_OF, unseen="place.get(None, 0)" if least > 1 else "0"),
        "one_hot": block(ONE_HOT),
        "numbered": block(NUMBERED, moments=moments),
        "ordinal": block(ORDINAL),
        "counted": block(COUNTED, weights=", weight[training]" if weighted else ""),
    }


def _are_numbers(levels: tuple[str, ...]) -> bool:
    try:
        return all(math.isfinite(float(level)) for level in levels)
    except ValueError:
        return False


def text_helpers(facts: Facts) -> dict[str, str]:
    """The functions that make inputs of free text."""
    columns = [c for c in facts.model.preprocessing.columns if isinstance(c, TextColumn)]
    begun = any(column.beginnings for column in columns)
    n_rows = facts.model.provenance.n_training
    weighted = facts.row_weighted
    return {
        "terms_of": block(
            TERMS_OF,
            given=", beginnings" if begun else "",
            beginnings=BEGINNINGS if begun else "",
        ),
        "terms_in": block(
            TERMS_IN,
            given=", *, beginnings" if begun else "",
            passed=", beginnings" if begun else "",
        ),
        "terms": block(
            TERMS,
            given=", *, beginnings=False" if begun else "",
            passed=", beginnings=beginnings" if begun else "",
            counted="dict.fromkeys(of_row[row], weight[row])" if weighted else "of_row[row]",
            total="weight[training][there].sum()" if weighted else "there.sum()",
            least=literal(least_rows(n_rows)),
            most=literal(min(max(n_rows // ROWS_OF_A_TERM, FEW_TERMS), MOST_TERMS)),
        ),
    }
