"""Large libraries, loaded without looking for garbage among what they bring."""

from __future__ import annotations

import gc
import sys
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def without_garbage() -> Generator[None]:
    """While PyTorch is imported here, Python does not look for objects that nobody needs.

    It would go through some hundred thousand objects again and again, and once more when the
    program ends, and find none: a third of what a short command takes (docs/benchmarks.md).
    Where PyTorch is there already, nothing changes.
    """
    if "torch" in sys.modules or not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
