"""The documents that are made from the code are what the code would make now."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def generate() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", DOCS / "generate.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PAGES = [("settings.md", "settings_page"), ("api.md", "api_page")]


@pytest.mark.parametrize(("name", "page"), PAGES)
def test_made_documents_are_up_to_date(generate: ModuleType, name: str, page: str) -> None:
    """If this fails: python docs/generate.py."""
    assert (DOCS / name).read_text("utf-8") == getattr(generate, page)()
