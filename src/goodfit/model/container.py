"""The safetensors container, read strictly and from one open file.

What the header claims is compared with what was expected, and with the file's size, before any
memory is taken for it; nothing is mapped into memory, so that a file that shrinks while it is
read is an error and no crash. Tensors are read into memory of PyTorch's own, which it aligns:
the last bits of a product may depend on where its numbers lie.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, BinaryIO

import msgspec
import torch
from msgspec import Meta

from goodfit.core.words import say
from goodfit.model.seal import is_sealed

# A header is text about columns and levels; a larger one is refused by every reader of the format.
LARGEST_HEADER_BYTES = 100_000_000
# Values of a JSON text: each takes up to some hundred bytes once it is read.
MOST_VALUES = 8_000_000
# What begins a value, or parts it from the next.
MARKS = b",[{"
#: The types that a tensor of a model may have, by the names that the format has for them.
DTYPES: Mapping[str, torch.dtype] = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
METADATA = "__metadata__"

Size = Annotated[int, Meta(ge=0, le=2**40)]


class Entry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the header says of a tensor.

    Args:
        dtype: name of its type.
        shape: its sizes.
        data_offsets: where its bytes begin and end, counted from the end of the header.
    """

    dtype: str
    shape: Annotated[tuple[Size, ...], Meta(max_length=8)]
    data_offsets: tuple[Size, Size]

    @property
    def n_bytes(self) -> int:
        """Bytes that a tensor of this type and shape has."""
        return math.prod(self.shape) * DTYPES[self.dtype].itemsize


@dataclass(frozen=True)
class Container:
    """An open safetensors file whose header was read.

    Args:
        file: behind the header.
        header: the eight bytes of its length, and its own.
        metadata: texts by name.
        entries: what is said of each tensor.
    """

    file: BinaryIO
    header: bytes
    metadata: dict[str, str]
    entries: dict[str, Entry]

    @property
    def n_bytes(self) -> int:
        """Bytes of the whole file."""
        return len(self.header) + sum(entry.n_bytes for entry in self.entries.values())

    @property
    def shapes(self) -> dict[str, tuple[torch.dtype, tuple[int, ...]]]:
        """Type and shape of each tensor, by its name."""
        return {name: (DTYPES[one.dtype], one.shape) for name, one in self.entries.items()}

    def sealed(self) -> bool:
        """Whether the file's bytes are those that were sealed."""
        self.file.seek(len(self.header))
        return is_sealed(self.header, self.file)

    def tensors(self) -> dict[str, torch.Tensor]:
        """All tensors, each in memory of its own.

        Raises:
            ValueError: if the file ends too soon.
        """
        return {name: self.tensor(name) for name in self.entries}

    def tensor(self, name: str) -> torch.Tensor:
        """One of the tensors, in memory of its own.

        Raises:
            ValueError: if the file ends too soon.
        """
        entry = self.entries[name]
        tensor = torch.empty(entry.shape, dtype=DTYPES[entry.dtype])
        view = tensor.numpy().reshape(-1).view("u1").data
        self.file.seek(len(self.header) + entry.data_offsets[0])
        if self.file.readinto(view) != entry.n_bytes:  # pyright: ignore[reportAttributeAccessIssue]
            raise ValueError(say("model.why_cut_off", {}))
        return tensor


def open_container(file: BinaryIO) -> Container:
    """Read the header of a safetensors file.

    Raises:
        ValueError: saying what is wrong.
    """
    n_bytes = os.fstat(file.fileno()).st_size
    start = file.read(9)
    # Whatever is not of the format is refused before its bytes are read.
    length = int.from_bytes(start[:8], "little")
    if len(start) < 9 or start[8:] != b"{" or length > min(n_bytes - 8, LARGEST_HEADER_BYTES):
        raise ValueError(say("model.why_foreign", {}))
    header = start + file.read(length - 1)
    try:
        check_values(header)
        parts = msgspec.json.decode(header[8:], type=dict[str, msgspec.Raw])
        metadata = msgspec.json.decode(parts.pop(METADATA, b"{}"), type=dict[str, str])
        entries = {name: msgspec.json.decode(raw, type=Entry) for name, raw in parts.items()}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(say("model.why_header_damaged", {"reason": str(error)})) from error
    _check_places(entries, n_bytes - len(header))
    return Container(file, header, metadata, entries)


def check_values(text: bytes) -> None:
    """Refuse a JSON text of more values than memory should be taken for.

    Raises:
        ValueError: for too many.

    >>> check_values(b"[1, 2]")
    """
    n_values = sum(text.count(mark) for mark in MARKS)
    if n_values > MOST_VALUES:
        raise ValueError(say("model.why_too_many_values", {"n_values": n_values}))


def _check_places(entries: Mapping[str, Any], n_bytes: int) -> None:
    """See that tensors of known types lie one after the other and fill the file."""
    end = 0
    for entry in sorted(entries.values(), key=lambda entry: entry.data_offsets):
        if entry.dtype not in DTYPES:
            raise ValueError(say("model.why_number_type", {}))
        begins, ends = entry.data_offsets
        if begins != end or ends - begins != entry.n_bytes:
            raise ValueError(say("model.why_sizes", {}))
        end = ends
    if end != n_bytes:
        raise ValueError(say("model.why_not_filled", {}))
