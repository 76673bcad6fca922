"""Set up for every test."""

from __future__ import annotations

import os

import pytest

# Assertions of the shared helpers explain themselves as those of the tests do.
pytest.register_assert_rewrite("helpers")

# The tests' tables are tiny: a second thread would cost more than it brings, and several
# test processes would fight over the processor. Set before anything loads torch.
os.environ.setdefault("OMP_NUM_THREADS", "1")
