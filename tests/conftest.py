"""Fixtures that tests of several rooms share."""

from __future__ import annotations

import pytest
from hypothesis import settings

from goodfit.interfaces import cli

# The same examples in every run; `make stress` looks at many more of them.
settings.register_profile("fixed", derandomize=True, database=None)
settings.load_profile("fixed")


@pytest.fixture
def goodfit_(capsys, tmp_path, monkeypatch):
    """Run a command line in a folder of its own: its exit code, standard output and error."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        code = cli.run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run
