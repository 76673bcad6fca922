"""The seal of a model file: a digest that tells damage, be it one bit of one parameter.

It is no signature: whoever changes a file on purpose can seal it anew.
"""

from __future__ import annotations

import hashlib
import re
from typing import BinaryIO

#: What stands in the digest's place while it is taken.
UNSEALED = "0" * 64
# As the JSON text of the model stands within the JSON header of the file.
SEAL = re.compile(rb'\\"sha256\\":\\"([0-9a-f]{64})\\"')
# Bytes that are read at a time.
CHUNK_BYTES = 1 << 20


def sealed(content: bytes) -> bytes:
    r"""A file's bytes with their digest in place of :data:`UNSEALED`.

    >>> import io
    >>> header = rb'{"__metadata__":{"goodfit":"{\"sha256\":\"' + b"0" * 64 + rb'\"}"}}'
    >>> content = len(header).to_bytes(8, "little") + header
    >>> is_sealed(sealed(content), io.BytesIO()), is_sealed(content, io.BytesIO())
    (True, False)
    """
    start, end = _place(header_of(content))
    return content[:start] + hashlib.sha256(content).hexdigest().encode() + content[end:]


def is_sealed(header: bytes, rest: BinaryIO) -> bool:
    """Whether a file's bytes are those that were sealed; it is read in little memory.

    Args:
        header: of the file, with the bytes of its length.
        rest: the file, behind the header.
    """
    try:
        start, end = _place(header)
    except ValueError:
        return False
    digest = hashlib.sha256(header[:start] + UNSEALED.encode() + header[end:])
    while chunk := rest.read(CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest().encode() == header[start:end]


def header_of(content: bytes) -> bytes:
    """The header among the bytes of a file, with those of its length."""
    return content[: 8 + int.from_bytes(content[:8], "little")]


def _place(header: bytes) -> tuple[int, int]:
    """Where the digest stands: after it comes no text that could look like it."""
    found = list(SEAL.finditer(header))
    if not found:
        raise ValueError("not sealed")
    return found[-1].span(1)
