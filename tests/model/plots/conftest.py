"""Models that tests of pictures share: one of each kind."""

from __future__ import annotations

import pytest

import goodfit
from plotted import MODELS, TABLES, TARGET


@pytest.fixture(scope="session")
def models():
    """Fitted models by name."""
    return {
        name: goodfit.fit(TABLES[table], target=TARGET, **settings)
        for name, (table, settings) in MODELS.items()
    }
