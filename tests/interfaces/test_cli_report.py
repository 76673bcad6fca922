"""``goodfit report``, and the report that every fit writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from goodfit.core.errors import GoodfitError
from goodfit.interfaces.cli import report as reporting
from goodfit.interfaces.pages import report as pages
from goodfit.interfaces.pages.frame import is_ours
from helpers import raises
from tables_made import for_task, mixed_table, write_csv

QUICK = ["--epochs", "2", "--widths", "4", "--quiet"]
FIT = ("fit", "table.csv", "--target", "price", *QUICK)


@pytest.fixture
def fit_(goodfit_, monkeypatch):
    """Fit a table in a folder of its own, with a report where one is usual."""
    monkeypatch.setattr(reporting, "USUAL", True)
    monkeypatch.setattr(pages, "pictures", lambda *_, **__: {})  # which take a second
    write_csv(for_task(mixed_table(60), "regression"), Path("table.csv"))
    return lambda *words: goodfit_(*FIT, *words)


def test_a_fit_writes_a_report_beside_its_model_and_says_so(fit_):
    code, out, _ = fit_()
    assert code == 0
    assert "what there is to see is in table.html" in " ".join(out.split())
    text = Path("table.html").read_text()
    assert "Predicting <bdi>price</bdi>" in text
    assert "goodfit fit table.csv --target price --widths 4 --epochs 2" in text
    assert is_ours(Path("table.html"))


def test_json_names_the_report(fit_):
    assert json.loads(fit_("--json")[1])["report"] == "table.html"
    assert json.loads(fit_("--json", "--no-report")[1])["report"] is None


@pytest.mark.parametrize(
    ("words", "there"),
    [
        (("--no-report",), []),
        (("--report", "see.html"), ["see.html"]),
        (("--out", "m.v1"), ["m.v1.html"]),
        (("--out", "m.html"), ["m.html", "m.html.html"]),
        (("--out", "/dev/null"), []),
        (("--dry-run",), []),
    ],
)
def test_where_the_report_goes(fit_, words, there):
    assert fit_(*words)[0] == 0
    assert sorted(path.name for path in Path.cwd().glob("*.html")) == there


def test_a_page_that_is_no_report_is_not_written_over_unasked(fit_):
    Path("table.html").write_text("mine")
    code, _, err = fit_()
    assert (code, Path("table.html").read_text()) == (0, "mine")
    assert "not written over" in err
    assert fit_("--report", "table.html")[0] == 0
    assert is_ours(Path("table.html"))
    assert fit_()[0] == 0  # over an earlier report
    assert is_ours(Path("table.html"))


def test_a_report_is_not_written_over_the_table(fit_):
    before = Path("table.csv").read_text()
    code, _, err = fit_("--report", "table.csv")
    assert (code, Path("table.csv").read_text()) == (2, before)
    assert "--out" in err
    assert not Path("table.goodfit").exists(), "it is refused before anything is trained"


@pytest.mark.parametrize(
    "case",
    [
        (KeyboardInterrupt(), 130, "it was interrupted."),
        (ZeroDivisionError("by 0"), 0, "ZeroDivisionError: by 0"),
        (GoodfitError("model.cannot_write", path=Path("x"), reason="full"), 0, "File x cannot"),
    ],
    ids=["ctrl_c", "bug", "disk"],
)
def test_what_goes_wrong_with_the_report_does_not_cost_the_model(fit_, goodfit_, monkeypatch, case):
    error, code, said = case

    def fail(*_, **__):
        raise error

    monkeypatch.setattr(pages, "report_page", fail)
    got, out, err = fit_()
    assert got == code
    assert "Saved as table.goodfit. Next:" in out
    assert said in err
    assert "goodfit report table.goodfit table.csv" in err
    assert not list(Path.cwd().glob("*.html*"))
    assert not list(Path.cwd().glob(".*"))
    assert goodfit_("inspect", "table.goodfit")[0] == 0
    if code == 0:
        assert fit_("--report", "asked.html")[0] == 2, "a report that was asked for is missed"


def test_a_report_is_made_again_with_the_table_and_without(fit_, goodfit_):
    assert fit_("--no-report")[0] == 0
    code, out, _ = goodfit_("report", "table.goodfit", "table.csv", "--out", "with.html")
    assert (code, out) == (0, "Written: with.html\n")
    assert json.loads(goodfit_("report", "table.goodfit", "--json")[1]) == {"report": "table.html"}
    with_table, without = Path("with.html").read_text(), Path("table.html").read_text()
    assert "holds no row of the table" in without
    assert "holds no row of the table" not in with_table
    assert with_table.count('class="histogram"') > without.count('class="histogram"') == 0


def test_the_report_of_a_fit_is_that_which_is_made_again(fit_, goodfit_):
    assert fit_()[0] == 0
    assert goodfit_("report", "table.goodfit", "table.csv", "--out", "again.html")[0] == 0
    assert Path("again.html").read_bytes() == Path("table.html").read_bytes()


def test_report_is_refused_where_something_else_is_in_the_way(fit_, goodfit_):
    assert fit_("--no-report")[0] == 0
    Path("table.html").write_text("mine")
    with raises("cli.report_in_the_way"):
        reporting.report_command.callback(
            model=Path("table.goodfit"), tables=(), out=None, more_data=False, as_json=False
        )
    assert Path("table.html").read_text() == "mine"
    code, _, err = goodfit_("report", "table.goodfit", "none.csv")
    assert code == 2
    assert "Traceback" not in err


def test_no_password_and_no_folder_is_on_the_page():
    typed = ["postgresql://me:secret@host/shop", "/home/me/houses.csv"]
    assert reporting.without_folders(typed) == ["postgresql://host/shop", "houses.csv"]
    assert reporting.tables_typed(typed)[0] == "postgresql://host/shop"
