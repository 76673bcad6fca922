"""What is imported is not looked through for garbage; what follows is."""

import gc
import subprocess
import sys

from goodfit.interfaces.cli.imports import without_garbage

FIRST_TIME = """
import gc
from goodfit.interfaces.cli.imports import without_garbage
with without_garbage():
    assert not gc.isenabled()
    import torch
print(gc.isenabled(), gc.get_freeze_count() > 100_000)
gc.disable()
with without_garbage():
    pass
print(gc.isenabled())
"""


def test_only_imports_are_spared():
    done = subprocess.run([sys.executable, "-c", FIRST_TIME], capture_output=True, text=True)
    assert (done.stdout.split(), done.stderr) == (["True", "True", "False"], "")


def test_nothing_changes_where_pytorch_is_loaded():
    import torch

    before = gc.get_freeze_count()
    with without_garbage():
        assert gc.isenabled()
    assert (gc.get_freeze_count(), torch.__name__) == (before, "torch")
