"""Generated tables, typed, written, hostile: a model or a sentence, never a traceback."""

from __future__ import annotations

import csv
import datetime as dt
import decimal
import io
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import goodfit
from goodfit.core.errors import GoodfitError
from goodfit.interfaces import cli
from helpers import check_sentence, sample

CALM = {
    "deadline": None,
    "derandomize": True,
    "database": None,
    "suppress_health_check": list(HealthCheck),
}
#: What may steer a terminal: all but a line's end and what text has.
STEERING = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
TINY = {"network": "mlp", "widths": (3,), "epochs": 2}

# ------------------------------------------------------------------ frames of pandas, typed

DAY = dt.date(2020, 1, 1)
WHEN = st.datetimes(pd.Timestamp("1700-01-01"), pd.Timestamp("2200-01-01"))
AGES = st.timedeltas(dt.timedelta(-9), dt.timedelta(9))
STRANGE = [
    decimal.Decimal("1.5"), decimal.Decimal("1e400"), DAY, dt.time(1, 2), b"bytes", [1, 2],
    {"a": 1}, (1, 2), 1 + 2j, {1}, float("nan"), None, pd.NA, pd.NaT, True, 7, "word",
    np.float32(2), np.int8(3), dt.timedelta(1), range(3), object(), 10**30, "", "\ud800",
]  # fmt: skip
KINDS = {
    "Int64": st.one_of(st.none(), st.integers(-5, 5), st.integers(-(2**63), 2**63 - 1)),
    "Int8": st.one_of(st.none(), st.integers(-128, 127)),
    "uint64": st.integers(0, 2**64 - 1),
    "boolean": st.one_of(st.none(), st.booleans()),
    "bool": st.booleans(),
    "string": st.one_of(st.none(), st.sampled_from("abc"), st.text(max_size=4)),
    "category": st.one_of(st.none(), st.sampled_from(["a", "b", "c d"])),
    "float32": st.floats(width=32),
    "float64": st.one_of(st.floats(-10, 10), st.floats()),
    "Float64": st.one_of(st.none(), st.floats(-10, 10)),
    "datetime64[ns]": st.one_of(st.none(), WHEN),
    "timedelta64[ns]": st.one_of(st.none(), AGES),
    "object": st.one_of(st.sampled_from(STRANGE), st.floats(-5, 5), st.sampled_from("ab")),
    "period[D]": st.just("2020-01-01"),
    "int64[pyarrow]": st.one_of(st.none(), st.integers(-5, 5)),
    "string[pyarrow]": st.one_of(st.none(), st.sampled_from("abc")),
    "complex128": st.just(1 + 1j),
}


@st.composite
def frames(draw):
    n_rows = draw(st.sampled_from([0, 1, 2, 4, 9, 24, 24, 24, 60]))
    kinds = draw(st.lists(st.sampled_from(list(KINDS)), min_size=1, max_size=4))
    names = draw(
        st.lists(
            st.one_of(
                st.sampled_from(["x", "y", "a b", "", "größe", 0, 1.5, None, ("a", "b"), "x"]),
                st.text(max_size=3),
            ),
            min_size=len(kinds),
            max_size=len(kinds),
        )
    )
    columns = []
    for kind in kinds:
        cells = draw(st.lists(KINDS[kind], min_size=min(n_rows, 9), max_size=min(n_rows, 9)))
        cells = [cells[i % len(cells)] for i in range(n_rows)] if cells else []
        columns.append(pd.Series(cells, dtype=kind))
    frame = pd.concat(columns, axis=1) if columns else pd.DataFrame()
    frame.columns = names
    return frame


def check_harmless(text):
    found = STEERING.search(text)
    assert not found, f"{found!r} in {text!r}"


def fitted_or_refused(frame, target, **how):
    """All that is said is a sentence, all that is predicted finite."""
    try:
        model = goodfit.fit(frame, target=target, **how)
        found = model.predict_proba(frame) if len(model.levels) else model.predict(frame)
    except GoodfitError as error:
        check_sentence(error.params, str(error))
        check_harmless(str(error))
        return
    assert len(found) == len(frame)
    assert np.isfinite(found).all()
    for remark in model.remarks:
        check_harmless(remark.text())


@settings(max_examples=sample(60, whole=20_000), **CALM)
@given(frames(), st.integers(0, 3))
def test_frames_of_every_type(frame, place):
    fitted_or_refused(frame, frame.columns[place % len(frame.columns)], **TINY)


@settings(max_examples=sample(6, whole=1_000), **CALM)
@given(frames(), st.integers(0, 3))
def test_frames_of_every_type_by_default(frame, place):
    fitted_or_refused(frame, frame.columns[place % len(frame.columns)], epochs=2)


# ------------------------------------------------------------------ text files, by the shell

HOSTILE = [
    "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "a\x9b31m", "\u202egnirts", "\x08\x08", "=1+1",
    "@SUM(A1)", "-", "+", "a,b", 'say "x"', "two\nlines", "tab\there", "", " ", "NA", "高さ",
    "{x}", "%s", "\x7f", "\ufeff", "<script>", "None", "é", "1", "x" * 300,
]  # fmt: skip
cells = st.one_of(
    st.floats(-9, 9).map(lambda number: f"{number:.2f}"),
    st.floats(-9, 9).map(lambda number: f"{number:.2f}"),
    st.integers(0, 3).map(str),
    st.sampled_from(HOSTILE),
    st.sampled_from(["1,5", "1.234,5", "<1.0", "1e400", "2020-02-30", "31.12.2020", "inf", "007"]),
)


@st.composite
def files(draw):
    """The text of a table, mostly in order, and its column names."""
    n_columns = draw(st.integers(1, 5))
    names = draw(
        st.lists(
            st.one_of(st.sampled_from([*"abcdef", "y"]), st.sampled_from(HOSTILE)),
            min_size=n_columns,
            max_size=n_columns,
        )
    )
    kinds = draw(st.lists(st.sampled_from(["any", "number", "level"]), min_size=5, max_size=5))
    random = np.random.default_rng(draw(st.integers(0, 999)))
    levels = draw(st.lists(st.sampled_from(HOSTILE), min_size=2, max_size=3))
    n_rows = draw(st.sampled_from([0, 1, 3, 8, 30, 30, 70]))
    columns = []
    for kind in kinds[:n_columns]:
        if kind == "number":
            columns.append([f"{number:.3f}" for number in random.normal(size=n_rows)])
        elif kind == "level":
            columns.append([levels[i] for i in random.integers(0, len(levels), n_rows)])
        else:
            drawn = draw(st.lists(cells, min_size=1, max_size=6))
            columns.append([drawn[i] for i in random.integers(0, len(drawn), n_rows)])
    rows = [names, *map(list, zip(*columns, strict=True))]
    if draw(st.integers(0, 9)) == 0:  # ragged
        rows[draw(st.integers(0, len(rows) - 1))].append("more")
    text = io.StringIO()
    csv.writer(text, delimiter=draw(st.sampled_from(",,,;\t|"))).writerows(rows)
    content = text.getvalue().encode(
        draw(st.sampled_from(["utf-8", "utf-8", "utf-8-sig", "utf-16"]))
    )
    if draw(st.integers(0, 9)) == 0:
        place = draw(st.integers(0, len(content)))
        content = content[:place] + draw(st.binary(max_size=5)) + content[place:]
    return content, names


def check_shown(captured):
    check_harmless(captured.out + captured.err)
    assert "Traceback" not in captured.err


@pytest.mark.parametrize(
    ("how", "n"),
    [
        (["--network", "mlp", "--widths", "3"], sample(30, whole=10_000)),
        ([], sample(4, whole=1_000)),
    ],
    ids=["tiny", "default"],
)
def test_files_by_the_shell(tmp_path, monkeypatch, capsys, how, n):
    """From reading to predicting, evaluating and inspecting."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        code = cli.run([*arguments])
        captured = capsys.readouterr()
        if arguments[0] != "predict":
            check_shown(captured)
        assert code in {0, 2}, captured.err
        return code, captured

    @settings(max_examples=n, **CALM)
    @given(files(), st.integers(0, 4))
    def check(file, place):
        content, names = file
        for path in Path().iterdir():
            path.unlink()
        Path("t.csv").write_bytes(content)
        target = names[place % len(names)]
        code, captured = run("fit", "t.csv", "--target", target, "--epochs", "2", "--quiet", *how)
        if code == 2:
            said = captured.err.splitlines()[-1]
            assert said.startswith("goodfit: ")
            assert said.endswith((".", "?"))
            assert [path.name for path in Path().iterdir()] == ["t.csv"]
            return
        for command in (["inspect"], ["inspect", "--json"], ["compare", "t.goodfit"]):
            assert run(*command, "t.goodfit")[0] == 0
        run("evaluate", "t.goodfit", "t.csv")  # which needs the target of every row
        assert run("predict", "t.goodfit", "t.csv", "--out", "p.csv")[0] == 0
        check_exact()

    def check_exact():
        """What stands in the file is what the model predicts, to Python's own reader."""
        model = goodfit.load("t.goodfit")
        wanted = model.predict_columns("t.csv")
        with Path("p.csv").open(newline="", encoding="utf-8") as file:
            header, *rows = csv.reader(file)
        assert header == list(wanted)
        for name, found in zip(header, zip(*rows, strict=True), strict=True):
            if wanted[name].dtype.kind == "f":
                assert [float(cell) for cell in found] == wanted[name].tolist()
            else:
                assert list(found) == [str(value) for value in wanted[name].tolist()]

    check()
