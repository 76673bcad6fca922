"""What `import goodfit` offers, and how little it costs."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys

import msgspec
import pytest

import goodfit

HEAVY = {"matplotlib", "numpy", "pandas", "polars", "pyarrow", "scipy", "sklearn", "torch"}
COMMANDS = (
    *("compare", "concepts", "demo", "evaluate", "example"),
    *("fit", "inspect", "plot", "predict", "report"),
)


def loaded_by(code: str) -> set[str]:
    """Heavy libraries that a fresh Python has loaded after some code."""
    code += "\nimport json, sys\nprint(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return HEAVY & set(json.loads(done.stderr.splitlines()[-1]))


def test_importing_goodfit_loads_no_heavy_library():
    assert loaded_by("import goodfit") == set()


@pytest.mark.parametrize("arguments", [[], *([command] for command in COMMANDS)], ids=str)
def test_help_loads_no_heavy_library(arguments):
    code = f"""
import sys
from goodfit.interfaces.cli import main
sys.argv = ["goodfit", *{arguments}, "--help"]
try:
    main()
except SystemExit as end:
    assert not end.code, end.code
"""
    assert loaded_by(code) - {"numpy"} == set()


@pytest.mark.parametrize("name", goodfit.__all__)
def test_a_public_name_says_what_it_is_with_an_example(name):
    thing = getattr(goodfit, name)
    assert ">>> " in (inspect.getdoc(thing) or "")


def test_a_wrong_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'foo'"):
        _ = goodfit.foo


def test_public_names_are_listed():
    assert set(goodfit.__all__) <= set(dir(goodfit))
    assert sorted(goodfit.__all__) == goodfit.__all__


@pytest.mark.parametrize("name", ["fit", "load"])
def test_public_functions_take_keywords_after_the_first_argument(name):
    parameters = list(inspect.signature(getattr(goodfit, name)).parameters.values())
    positional = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert len(positional) <= 1


def test_settings_are_frozen():
    assert issubclass(goodfit.Settings, msgspec.Struct)
    with pytest.raises(AttributeError):
        goodfit.Settings().epochs = 3
