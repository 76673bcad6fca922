"""Findings about a table: what may spoil a model, told before it is trained.

What looks at test rows (``of_test_rows``) runs after everything was chosen.
"""

from __future__ import annotations

from goodfit.data.findings.after import of_test_rows
from goodfit.data.findings.before import of_learning_rows

__all__ = ["of_learning_rows", "of_test_rows"]
