"""Whether rows of a table get the same bits wherever they stand, and from the shell as from Python.

    python benchmarks/same_bits.py MODEL TABLE

TABLE is a Parquet file. The exit code is 1 if any prediction differs in its last bit.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow.parquet

import goodfit

N_ALONE, N_SHUFFLED = 200, 20_000


def main() -> int:
    """Compare and print."""
    path, table_path = sys.argv[1:]
    model, table = goodfit.load(path), pyarrow.parquet.read_table(table_path)
    whole = model.predict(table)
    some = np.random.default_rng(0).permutation(len(whole))[:N_SHUFFLED]
    with tempfile.TemporaryDirectory() as work:
        out = Path(work) / "predictions.parquet"
        shell = [str(Path(sys.executable).with_name("goodfit")), "predict", path, table_path]
        subprocess.run([*shell, "--out", str(out)], check=True, capture_output=True)
        told = pyarrow.parquet.read_table(out)["prediction"].to_numpy()
    found = {
        "shuffled": np.array_equal(model.predict(table.take(some)), whole[some]),
        "alone": all(model.predict(table.slice(i, 1))[0] == whole[i] for i in some[:N_ALONE]),
        "shell": np.array_equal(told, whole),
    }
    said = [f"{way}: {'same' if same else 'DIFFERS'}" for way, same in found.items()]
    print(f"{len(whole):,} rows", *said)
    return int(not all(found.values()))


if __name__ == "__main__":
    sys.exit(main())
