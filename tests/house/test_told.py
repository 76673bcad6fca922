"""What the documents tell their readers to type gives what they show."""

from __future__ import annotations

import pytest
import told
from source import ROOT

RECIPES = [path.relative_to(ROOT) for path in (ROOT / "docs" / "gallery").glob("*.md")]
READMES = sorted(path.name for path in ROOT.glob("README*.md"))
DOCUMENTS = [*READMES, "docs/tutorial.md", *sorted(path.as_posix() for path in RECIPES)]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_reader_who_follows_gets_what_is_shown(name, tmp_path, monkeypatch):
    """If this fails and what comes out is right: python tests/house/told.py DOCUMENT."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    # Reports are written and named as for a reader; drawing their pictures takes a second each.
    monkeypatch.setattr("goodfit.interfaces.cli.report.USUAL", True)
    monkeypatch.setattr("goodfit.interfaces.pages.report.pictures", lambda *_, **__: {})
    wrong = told.follow(ROOT / name)
    assert not wrong, "\n".join(wrong)


def test_a_measured_number_may_differ_a_little_and_a_count_may_not():
    assert told.alike("test rows 69\nrmse  2.50", "test rows 69\nrmse   2.55\n")
    assert not told.alike("test rows 69\nrmse  2.50", "test rows 69\nrmse   3.10\n")
    assert not told.alike("test rows 69", "test rows 68")
    assert told.alike("first\n...\nlast 0.10", "first\nsecond 0.3 third\nlast 0.10")
    assert told.alike("in 3 s: -0.18", "in 0.1 s: -0.18")


def test_a_command_may_have_more_lines():
    block = told.Block("console", "$ cat > a <<END\n> 1\n> END\n$ cat a\n1\n", 1)
    assert list(told.commands(block)) == [("cat > a <<END\n1\nEND", ""), ("cat a", "1")]
