"""Columns of free text: an input for each term that enough training rows share."""

from __future__ import annotations

import msgspec
import numpy as np

from goodfit.core.findings import finding
from goodfit.core.remarks import Remark
from goodfit.data.parse import read_words
from goodfit.data.table import Table
from goodfit.data.terms import (
    frequent_terms,
    in_blocks,
    least_rows,
    single_words,
    term_places,
    terms_of,
)
from goodfit.preprocessing.layout import distinct


class TextColumn(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    tag_field="encoding",
    tag="text",
):
    """One dense input a term, which is 1 where the cell holds that term.

    Terms are the words of a cell in lower case; of scripts without spaces (Chinese, Japanese,
    Thai) every two characters that stand together; and where most cells are a single word, as
    codes are, also the beginnings of words (``c…``). Those are kept that are in at least 5
    different training rows (3 of fewer than 500) and not in all: a word that is of one
    row alone, such as a name, is never stored. There are at most one for 30 training rows (but
    5 in any table), and 256; those that divide the rows most evenly are taken.

    When: short texts whose words recur: titles, names of things, streets, free answers. Order
    and meaning of words are lost.
    Source: Salton, Wong and Yang 1975, "A vector space model for automatic indexing" (with
    weights 0 and 1).

    A word that is no term changes nothing; a missing cell is 0 in all.

    Args:
        name: of the column.
        terms: in the alphabet's order.
        beginnings: whether beginnings of words are looked for.
        indicator: one more input says whether the cell is missing; made where training rows
            had missing cells.
    """

    name: str
    terms: tuple[str, ...]
    beginnings: bool
    indicator: bool

    def __post_init__(self) -> None:
        if len(set(self.terms)) != len(self.terms):
            raise ValueError("terms must differ")

    @classmethod
    def learn(
        cls, table: Table, name: str, *, weight: np.ndarray
    ) -> tuple[TextColumn, int, tuple[Remark, ...]]:
        """Find the terms of training rows.

        Args:
            table: the training rows.
            name: of the column.
            weight: (row,) above zero; it says which terms are taken, not which rows are enough.

        Returns:
            The column, how many of its cells are missing, and what is worth saying about it.
        """
        cells = read_words(table, name)
        missing = cells.null_count
        beginnings = single_words(cells, weight)
        terms = frequent_terms(cells, weight, beginnings=beginnings)
        learnt = cls(name=name, terms=terms, beginnings=beginnings, indicator=missing > 0)
        remarks: tuple[Remark, ...] = ()
        if not terms:
            params = {"column": name, "least": least_rows(table.n_rows)}
            remarks = (finding("preprocessing.text_without_terms", params),)
        return learnt, missing, remarks

    @property
    def inputs(self) -> tuple[str, ...]:
        """Names of the dense inputs."""
        terms = (*self.terms, "(missing)") if self.indicator else self.terms
        return tuple(f"{self.name}={term}" for term in terms)

    def write(self, table: Table, dense: np.ndarray) -> None:
        """Put the inputs of every row into ``dense`` (row, input)."""
        cells = read_words(table, self.name)
        place = {term: number for number, term in enumerate(self.terms)}

        def places_of(word: str) -> list[int]:
            found = terms_of(word, beginnings=self.beginnings)
            return [place[term] for term in found if term in place]

        dense[:] = 0
        for start, words in in_blocks(cells):
            rows, places = term_places(words, places_of)
            dense[start + rows, places] = 1
        if self.indicator:
            dense[:, -1] = np.asarray(cells.is_null())

    def coefficients(self, weights: np.ndarray) -> tuple[float, dict[str, float]]:
        """What a linear function of the inputs adds to the intercept, and where a cell has a term.

        Several terms of one cell add up.
        """
        return 0.0, dict(zip(distinct(self.inputs), weights.tolist(), strict=True))
