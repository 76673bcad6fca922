"""Rows through a network in blocks of one size, on as many processor threads as there are."""

from __future__ import annotations

import os
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache

import torch
from torch import Tensor

from goodfit.networks.contract import Network
from goodfit.preprocessing.preprocessing import Each, Encoded
from goodfit.training.placement import torch_threads

# Rows that go through the network at once: a product's last bits may depend on its shape.
BLOCK_ROWS = 256
# More where they are seen to give the same bits, which spares time between products and lets
# threads queue less often for the interpreter: so many numbers of a layer stay in a core's cache.
LARGE_NUMBERS, MOST_ROWS = 131_072, 4096
# Rows that a thread takes at a time, some milliseconds of work; fewer are not worth a thread.
TAKEN_ROWS = 4096
# Threads that the interpreter keeps busy between their products; more would queue for it.
MOST_THREADS = 4


@contextmanager
def shared_out(n_rows: int) -> Generator[Each]:
    """What calls a function on each item, on several threads where there are rows enough.

    So many threads work as PyTorch may use, and each computes its products alone.
    """
    threads = min(torch.get_num_threads(), MOST_THREADS, n_rows // TAKEN_ROWS)
    with torch_threads(1):
        yield map if threads < 2 else _pool(os.getpid(), threads).map


@cache
def _pool(_: int, threads: int) -> ThreadPoolExecutor:
    """Threads of a process, kept: each has memory of its own for products."""
    return ThreadPoolExecutor(threads, "goodfit", initializer=_compute_alone)


def _compute_alone() -> None:
    torch.get_num_threads()  # a thread's first call takes what the others have
    torch.set_num_threads(1)


class BlockPredictor:
    """A network as it is now, as a function of any number of encoded rows, each computed alike.

    Args:
        network: in evaluation mode.
        n_outputs: of the network.
    """

    def __init__(self, network: Network, n_outputs: int) -> None:
        self.predict, self.n_outputs = network.predictor(), n_outputs
        self.dtype = next(network.parameters()).dtype
        self.widest = network.widest()
        self.alike: dict[int, bool] = {}  # sizes of blocks that were tried

    def __call__(self, encoded: Encoded, each: Each) -> Tensor:
        """Outputs before the link, (row, output); rows are filled up to whole blocks.

        So what is done to the outputs next meets no remainder either.
        """
        dense, codes = torch.from_numpy(encoded.dense), torch.from_numpy(encoded.codes)
        size = self._size(dense.shape[1], codes)
        n_rows = -(-len(dense) // size) * size
        outputs = torch.empty(n_rows, self.n_outputs, dtype=self.dtype)

        def run(first: int) -> None:
            last = min(first + TAKEN_ROWS, n_rows)
            self._run(dense[first:last], codes[first:last], outputs[first:last], size)

        for _ in each(run, range(0, n_rows, TAKEN_ROWS)):
            pass
        return outputs

    @torch.no_grad()
    def _run(self, dense: Tensor, codes: Tensor, outputs: Tensor, size: int) -> None:
        """Write the outputs of some rows, block by block."""
        # Columns lie beside each other, here as there.
        rows = dense.new_zeros(dense.shape[1], size, dtype=self.dtype).t()
        levels = codes.new_zeros(codes.shape[1], size).t()
        for start in range(0, len(outputs), size):
            here = slice(start, start + size)
            n_here = len(dense[here])
            rows[:n_here], levels[:n_here] = dense[here], codes[here]
            outputs[here] = self.predict(rows, levels)

    def _size(self, n_dense: int, codes: Tensor) -> int:
        """Rows of a block: few for few, many for many if that makes no difference here."""
        if len(codes) < TAKEN_ROWS:
            return BLOCK_ROWS
        fitting = min(LARGE_NUMBERS // max(self.widest, n_dense), MOST_ROWS)
        size = max(2 ** fitting.bit_length() // 2, BLOCK_ROWS)
        if size not in self.alike:
            self.alike[size] = self._is_alike(size, n_dense, codes[:size])
        return size if self.alike[size] else BLOCK_ROWS

    def _is_alike(self, size: int, n_dense: int, codes: Tensor) -> bool:
        """Whether this network gives a large block, on this machine, the bits of small ones."""
        chance = torch.Generator().manual_seed(0)
        dense = torch.randn(size, n_dense, dtype=self.dtype, generator=chance)
        outputs = [dense.new_empty(size, self.n_outputs) for _ in range(2)]
        for rows, found in zip((BLOCK_ROWS, size), outputs, strict=True):
            self._run(dense, codes, found, rows)
        return torch.equal(*outputs)
