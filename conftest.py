"""Set up for every test and for the examples in the source and the documents."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

# Assertions of the shared helpers explain themselves as those of the tests do.
pytest.register_assert_rewrite("helpers")

# The tables of the tests are tiny: a second thread costs more than it brings, and test
# processes side by side would fight over the processor. Set before anything loads torch.
os.environ.setdefault("OMP_NUM_THREADS", "1")
# Tests and documents are English on every machine.
os.environ["GOODFIT_LANG"] = "en"
# No window, and none tried.
os.environ.setdefault("MPLBACKEND", "Agg")

# Followed block by block, commands and all, by tests/house/test_told.py.
collect_ignore_glob = ["README*.md", "docs/tutorial.md", "docs/gallery/*"]


@pytest.fixture(autouse=True)
def _example_in_own_folder(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Examples may write files; they do so in a folder of their own."""
    if isinstance(request.node, pytest.DoctestItem):
        monkeypatch.chdir(tmp_path)


@pytest.fixture(autouse=True)
def _no_report_unasked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fit writes a report where a test asks for one (``--report``): each takes a second."""
    monkeypatch.setattr("goodfit.interfaces.cli.report.USUAL", False)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What long tests went through, as they record it (``record_property``), added up."""
    tallies: Counter[str] = Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            if report.when == "call":
                tallies.update({name: n for name, n in report.user_properties if type(n) is int})
    if tallies and os.environ.get("GOODFIT_STRESS"):
        terminalreporter.section("gone through")
        for name, count in sorted(tallies.items()):
            terminalreporter.write_line(f"{count:>9,} {name}")
