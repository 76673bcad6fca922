"""The file of a checkpoint: tensors and one JSON text, in the safetensors format.

It cannot run code, and holds no cell of the table, only fingerprints. It is no model file:
it lasts as long as a fit does, and only the version of Goodfit that wrote it reads it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec
import safetensors
import safetensors.torch
from torch import Tensor

from goodfit.core.errors import GoodfitError
from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings
from goodfit.model.begun import Begun
from goodfit.model.files import new_file
from goodfit.training.events import Reason
from goodfit.training.remembered import Progress

KEY, DIGEST = "goodfit_checkpoint", "sha256"
FORMAT_VERSION = 1
# Its structure is settings, fingerprints and figures of epochs.
LARGEST_HEADER_BYTES = 100_000_000


class Ending(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How a training that is over ended (``training.events.TrainingFinished``)."""

    reason: Reason
    epoch: int
    kept_epoch: int


class Stage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One of the trainings of a fit: of a fold, of all of them, on every row.

    Args:
        progress: where it stands.
        ending: how it ended; None while it goes on.
    """

    progress: Progress
    ending: Ending | None = None


class Planned(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a budget was found to be enough for.

    Args:
        settings: of the run, with what was chosen.
        remarks: of the run, with those about the budget.
        with_line: whether the linear baseline found a place in it.
        left_s: seconds from the checkpoint to the end of the training; None without an end.
    """

    settings: Settings
    remarks: tuple[Remark, ...]
    with_line: bool
    left_s: float | None


class Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything in the file but the tensors, whose names begin with the number of a stage.

    Args:
        begun: what the fit was begun with.
        planned: for its budget; None without one.
        spent_s: seconds that were trained.
        stages: its trainings so far; the last may be under way.
    """

    format: Literal["goodfit checkpoint"] = "goodfit checkpoint"
    version: int = FORMAT_VERSION
    begun: Begun
    planned: Planned | None
    spent_s: float
    stages: tuple[Stage, ...]


class _Version(msgspec.Struct):
    version: int
    begun: dict[str, object]


def write_checkpoint(path: Path, document: Document, tensors: Mapping[str, Tensor]) -> None:
    """Write a checkpoint, whole or not at all.

    Args:
        path: of the file; an earlier checkpoint stays until this one is whole.
        document: all but the tensors.
        tensors: by name, on the processor.

    Raises:
        GoodfitError: if the place cannot be written.
    """
    text = msgspec.json.encode(document).decode()
    # Neither views of others nor in strides: only what is named is written.
    whole = {name: tensor.contiguous().clone() for name, tensor in tensors.items()}
    metadata = {KEY: text, DIGEST: _digest(text, whole)}
    with new_file(path) as file:
        file.write(safetensors.torch.save(whole, metadata=metadata))


def is_checkpoint(path: Path) -> bool:
    """Whether a file is a checkpoint, of whatever fit; False where there is none."""
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            return KEY in (file.metadata() or {})
    except (safetensors.SafetensorError, OSError, ValueError):
        return False


def read_checkpoint(path: Path) -> tuple[Document, dict[str, Tensor]]:
    """Read a checkpoint; nothing in it is run.

    Raises:
        GoodfitError: if it is missing, damaged, no checkpoint, or of another version.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(9)
        header = int.from_bytes(start[:8], "little")
        if len(start) < 9 or start[8:] != b"{" or header > min(size - 8, LARGEST_HEADER_BYTES):
            raise _unreadable(path, "it is no checkpoint, or it is cut off")
        with safetensors.safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            # In memory of their own, which is aligned; the file's may change or go.
            tensors = {name: file.get_tensor(name).clone() for name in file.keys()}  # noqa: SIM118
    except GoodfitError:
        raise
    except (safetensors.SafetensorError, ValueError) as error:
        raise _unreadable(path, "it is damaged") from error
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from error
    text = metadata.get(KEY)
    if text is None:
        raise _unreadable(path, "it is a safetensors file, but no checkpoint")
    if metadata.get(DIGEST) != _digest(text, tensors):
        raise _unreadable(path, "it is damaged")
    try:
        version = msgspec.json.decode(text, type=_Version).version
        if version != FORMAT_VERSION:
            raise _unreadable(path, f"another version of Goodfit wrote it (format {version})")
        return msgspec.json.decode(text, type=Document), tensors
    except msgspec.DecodeError as error:
        raise _unreadable(path, "its structure is damaged") from error


def _digest(text: str, tensors: Mapping[str, Tensor]) -> str:
    """SHA-256 of everything, in hex: a bit that turned on the disk would train on unseen."""
    whole = hashlib.sha256(text.encode())
    for name in sorted(tensors):
        tensor = tensors[name]
        whole.update(f"{name}{tensor.dtype}{tuple(tensor.shape)}".encode())
        whole.update(tensor.numpy().tobytes())
    return whole.hexdigest()


def _unreadable(path: Path, reason: str) -> GoodfitError:
    return GoodfitError("model.checkpoint_unreadable", path=path, reason=reason)
