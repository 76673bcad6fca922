"""Whatever a table holds, it is fitted and predicts finite numbers, or a sentence says why not."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import goodfit
from goodfit.core.errors import GoodfitError
from helpers import check_sentence, sample

NAMES = (
    *["x", "", " ", "a,b", 'say "x"', "two\nlines", "größe", "高さ", "\u202e", "\x00"],
    *["prediction", "probability_a", "__proto__", "intercept", "x=(missing)", "{x}", "%s", "1"],
    *["weight", "tables.0", "id", "n" * 3000],
)
EXTREMES = [0.0, -0.0, 5e-324, 1e-300, 1e-30, 1e15, 1e30, 3e38, -3e38, 1e39, 1e308, -1e308]
numbers = st.one_of(st.floats(-100, 100), st.sampled_from([*EXTREMES, float("inf"), float("nan")]))
whole = st.one_of(st.integers(0, 3), st.sampled_from([10**9, 2**63 - 1, -(2**63), 10**30]))
words = st.sampled_from(
    [
        *[
            "a",
            "b",
            "+",
            "-",
            "?",
            "",
            " ",
            "NA",
            "a,b",
            '"',
            "é",
            "\n",
            "007",
            "1,5",
            "1.234",
            "inf",
        ],
        *["1e400", "2020-01-01", "true", "(missing)", "w" * 3000],
    ]
)
CELLS = [
    st.floats(-100, 100),
    numbers,
    whole,
    st.booleans(),
    words,
    st.one_of(numbers, whole, words, st.booleans()),
]
HOW = [
    {"epochs": 2, "widths": (3,)},
    {"epochs": 2, "widths": (3,), "preprocessing": "none", "target_scaling": "none"},
    {"epochs": 2, "widths": (3,), "preprocessing": "robust", "category_encoding": "embedding"},
    {"network": "linear", "optimizer": "exact"},
]


@st.composite
def columns(draw, n_rows):
    """Cells of one column, mostly ordinary, and two more to predict from."""
    random = np.random.default_rng(draw(st.integers(0, 99)))
    ordinary = draw(st.sampled_from(["number", "category", "whole", "none at all"]))
    cell = draw(st.sampled_from(CELLS))
    if ordinary == "number":
        scale = draw(st.sampled_from([1.0, 1.0, 1e-300, 1e-20, 1e20, 1e37]))
        cells = (random.normal(size=n_rows) * scale).tolist()
    elif ordinary == "category":
        cells = random.choice(["a", "b", "+", "-", "a,b", "é"], n_rows).tolist()
    elif ordinary == "whole":
        cells = random.integers(0, draw(st.sampled_from([2, 3, 1000])), n_rows).tolist()
    else:
        cells = draw(st.lists(cell, min_size=n_rows, max_size=n_rows))
    for place in draw(st.lists(st.integers(0, n_rows - 1), max_size=2)):
        cells[place] = draw(st.one_of(st.none(), st.none(), cell))
    new = draw(st.one_of(cell, st.none())) if draw(st.booleans()) else None
    return cells, [cells[0], new]


@st.composite
def tables(draw):
    """A table to learn from, and rows of the same columns to predict."""
    n_rows = draw(st.sampled_from([1, 2, 3, 5, 8, 15, 30, 30, 30, 30]))
    names = draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=5, unique=True))
    found = {name: draw(columns(n_rows)) for name in names}
    learnt = {name: cells for name, (cells, _) in found.items()}
    return learnt, {name: new for name, (_, new) in found.items()}


def _many_columns(n_columns=150, n_rows=12):
    random = np.random.default_rng(0)
    table = {f"x{i}": random.normal(size=n_rows).tolist() for i in range(n_columns)}
    return table, {name: cells[:2] for name, cells in table.items()}


@settings(
    max_examples=sample(80, whole=30_000),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(tables(), st.sampled_from(HOW), st.sampled_from(["none", "6:2:2"]))
@example(_many_columns(), HOW[0], "6:2:2")
def test_it_predicts_finite_numbers_or_says_why_not(table, how, split):
    fitted_or_refused(table, split=split, **how)


@settings(
    max_examples=sample(8, whole=3_000),
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(tables(), st.sampled_from([{}, {"folds": 2}, {"threshold": "best"}, {"refit": True}]))
def test_so_it_does_by_default(table, how):
    """The network that nobody chose: an ensemble of folds, or of few rows folds one by one."""
    fitted_or_refused(table, epochs=2, **how)


def fitted_or_refused(table, **how):
    """A model predicts finite numbers, the same once it was saved and read; an error reads well."""
    learnt, new = table
    try:
        model = goodfit.fit(learnt, target=list(learnt)[-1], **how)
        found = model.predict_proba(new) if len(model.levels) else model.predict(new)
    except GoodfitError as error:
        check_sentence(error.params, str(error))
        return
    with tempfile.TemporaryDirectory() as folder:
        again = goodfit.load(model.save(Path(folder) / "m.goodfit"))
    assert np.array_equal(again.predict(new), model.predict(new))
    assert len(found) == 2
    assert np.isfinite(found).all()
    if len(model.levels):
        assert np.allclose(found.sum(axis=1), 1)
