"""Random numbers: a generator for each purpose, never a global one."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Generator


def derive_seed(seed: int, purpose: str) -> int:
    """A seed of its own for a purpose, 63 bits, so that purposes do not disturb each other.

    >>> derive_seed(1, "split") == derive_seed(1, "split") != derive_seed(1, "shuffling")
    True
    """
    digest = hashlib.sha256(f"{seed}/{purpose}".encode()).digest()
    return int.from_bytes(digest[:8], "little") >> 1


def torch_generator(seed: int, purpose: str, *, device: object = "cpu") -> Generator:
    """A PyTorch generator for a purpose.

    For ``initialization`` the seed is used as it is, so that a start equals the one
    that a plain script gets from ``torch.manual_seed(seed)``.

    >>> import torch
    >>> torch.rand(1, generator=torch_generator(1, "initialization"))
    tensor([0.7576])
    """
    import torch

    generator = torch.Generator(device=torch.device(str(device)))
    return generator.manual_seed(
        seed if purpose == "initialization" else derive_seed(seed, purpose)
    )
