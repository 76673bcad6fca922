"""Where and in which precision a training computes."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

import torch

from goodfit.core.errors import GoodfitError
from goodfit.core.settings import Settings

# Below this many multiplications a step, threads cost more than they bring (measured on two
# cores with 30-256-256-1 at batch 256, 19 million: one thread is as fast and half the work).
ONE_THREAD_MULTIPLICATIONS = 50_000_000
# Fewer than this many multiplications a step leave a graphics card waiting for its orders.
GPU_MULTIPLICATIONS = 200_000_000


@dataclass(frozen=True)
class Placement:
    """Device, precision and processor threads, decided once for a training.

    >>> from goodfit.core.settings import make_settings
    >>> place(make_settings(precision="float64"), multiplications=100).dtype
    torch.float64
    """

    device: torch.device
    dtype: torch.dtype
    threads: int

    @contextmanager
    def threads_set(self) -> Generator[None]:
        """Use this many threads inside, as many as before outside."""
        with torch_threads(self.threads):
            yield


@contextmanager
def torch_threads(threads: int) -> Generator[None]:
    """Let PyTorch use this many processor threads inside, as many as before outside."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def place(settings: Settings, *, multiplications: int) -> Placement:
    """Device, precision and threads for a training.

    Args:
        settings: resolved settings (``precision`` is a name of one).
        multiplications: of one forward pass over a batch, about.

    Raises:
        GoodfitError: if the device is not there, or cannot compute in the precision.
    """
    device = settings.device
    if device == "auto":
        worthwhile = multiplications >= GPU_MULTIPLICATIONS and settings.precision == "float32"
        device = next((d for d in ("cuda", "mps") if worthwhile and _there(d)), "cpu")
    elif not _there(device):
        raise GoodfitError("training.device_missing", device=device, version=torch.__version__)
    if device == "mps" and settings.precision == "float64":
        raise GoodfitError(
            "training.precision_of_device", device=device, precision=settings.precision
        )
    small = multiplications < ONE_THREAD_MULTIPLICATIONS
    threads = settings.threads or (1 if small else torch.get_num_threads())
    return Placement(torch.device(device), getattr(torch, settings.precision), threads)


def _there(device: str) -> bool:
    if device == "cuda":
        return torch.cuda.is_available()
    if device == "mps":
        return torch.backends.mps.is_available()
    return True
