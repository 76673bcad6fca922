"""What tests of every room share."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import pytest

from goodfit.core.errors import GoodfitError
from goodfit.core.remarks import Remark
from goodfit.core.words import LONGEST_REASON, SHOWN_CHARACTERS, in_words

#: Python's own ways of printing an object, which no reader of a sentence should meet.
LEFTOVERS = re.compile(r"[{}]|<[\w.]+ object at|<class |\bNone\b(?! of)|array\(|dtype\(")

#: Whether long tests look at their whole sample (``make stress``) or at a fixed small one.
STRESS = bool(os.environ.get("GOODFIT_STRESS"))
Case = TypeVar("Case")


def sample(few: int, *, whole: int) -> int:
    """How many cases a long test looks at: a few in ``make test``, the whole in ``make stress``.

        @settings(max_examples=sample(20, whole=2000))

    Such a test tells how many there were, for the report at the end of ``make stress``:

        record_property("damaged files read", n_files)
    """
    return whole if STRESS else few


def sampled(cases: Sequence[Case], few: int) -> Sequence[Case]:
    """A few of the cases, evenly spaced and always the same; all of them in ``make stress``."""
    if STRESS or len(cases) <= few:
        return cases
    return [cases[place * len(cases) // few] for place in range(few)]


@contextmanager
def raises(code: str, **params: Any) -> Iterator[pytest.ExceptionInfo[GoodfitError]]:
    """Expect a GoodfitError: this code, at least these parameters, and a sentence that reads.

        with raises("settings.unknown", name="epoch", meant="epochs"):
            make_settings(epoch=3)

    ``tests/house/test_errors_matched.py`` asks that every code of an error is given
    to this function somewhere, as a literal.
    """
    with pytest.raises(GoodfitError) as caught:
        yield caught
    error = caught.value
    assert error.code == code, f"{error.code}: {error}"
    for name, value in params.items():
        assert error.params[name] == value, f"{name} is {error.params[name]!r}"
    check_sentence(error.params, str(error))


def has_remark(remarks: Any, code: str, **params: Any) -> Remark:
    """The one remark among ``remarks`` with this code and these parameters; its text is checked."""
    found = [
        remark
        for remark in remarks
        if remark.code == code
        and all(name in remark.params and remark.params[name] == params[name] for name in params)
    ]
    said = [(remark.code, remark.params) for remark in remarks]
    assert len(found) == 1, f"{len(found)} remarks are {code} {params}; there are {said}"
    check_sentence(found[0].params, found[0].text())
    return found[0]


def lacks_remark(remarks: Any, code: str) -> None:
    """Assert that no remark among ``remarks`` has this code."""
    assert code not in {remark.code for remark in remarks}


def check_sentence(params: dict[str, Any], text: str) -> None:
    """Assert that a text reads as a sentence once what it quotes is taken out."""
    assert text.endswith((".", "?", "!")), text
    longest = {"reason": LONGEST_REASON}
    values = (
        in_words(value, longest=longest.get(name, SHOWN_CHARACTERS))
        for name, value in params.items()
        if value is not None
    )
    for quoted in sorted(values, key=len, reverse=True):  # a short one may be part of a longer
        text = text.replace(quoted, "…") if quoted else text
    assert not LEFTOVERS.search(text), text
