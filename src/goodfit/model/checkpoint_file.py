"""The file of a checkpoint: tensors and one JSON text, in the safetensors format.

It cannot run code, and holds no cell of the table, only fingerprints. It is no model file:
it lasts as long as a fit does, and only the version of Goodfit that wrote it reads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec
import safetensors.torch
from torch import Tensor

from goodfit.core.errors import GoodfitError
from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings
from goodfit.core.words import say
from goodfit.model.begun import Begun
from goodfit.model.container import open_container
from goodfit.model.files import new_file
from goodfit.model.seal import UNSEALED, sealed
from goodfit.training.events import Reason
from goodfit.training.remembered import Progress

KEY = "goodfit_checkpoint"
FORMAT_VERSION = 1


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
        sha256: the seal: a bit that turned on the disk would train on unseen.
    """

    format: Literal["goodfit checkpoint"] = "goodfit checkpoint"
    version: int = FORMAT_VERSION
    begun: Begun
    planned: Planned | None
    spent_s: float
    stages: tuple[Stage, ...]
    sha256: str = UNSEALED  # the last, as the seal has it


class _Version(msgspec.Struct):
    version: int


def write_checkpoint(path: Path, document: Document, tensors: Mapping[str, Tensor]) -> None:
    """Write a checkpoint, whole or not at all.

    Args:
        path: of the file; an earlier checkpoint stays until this one is whole.
        document: all but the tensors.
        tensors: by name, on the processor.

    Raises:
        GoodfitError: if the place cannot be written.
    """
    unsealed = msgspec.structs.replace(document, sha256=UNSEALED)
    # Neither views of others nor in strides: only what is named is written.
    whole = {name: tensor.contiguous().clone() for name, tensor in tensors.items()}
    metadata = {KEY: msgspec.json.encode(unsealed).decode()}
    content = sealed(safetensors.torch.save(whole, metadata=metadata))
    with new_file(path) as file:
        file.write(content)


def is_checkpoint(path: Path) -> bool:
    """Whether a file is a checkpoint, of whatever fit; False where there is none."""
    try:
        with path.open("rb") as file:
            return KEY in open_container(file).metadata
    except (OSError, ValueError):
        return False


def read_checkpoint(path: Path) -> tuple[Document, dict[str, Tensor]]:
    """Read a checkpoint; nothing in it is run.

    Raises:
        GoodfitError: if it is missing, damaged, no checkpoint, or of another version.
    """
    try:
        with path.open("rb") as file:
            container = open_container(file)
            text = container.metadata.get(KEY)
            if text is None:
                raise ValueError(say("model.why_not_checkpoint", {}))
            if not container.sealed():
                raise ValueError(say("model.why_damaged", {}))
            version = msgspec.json.decode(text, type=_Version).version
            if version != FORMAT_VERSION:
                raise ValueError(say("model.why_other_version", {"version": str(version)}))
            return msgspec.json.decode(text, type=Document), container.tensors()
    except msgspec.DecodeError as error:
        raise _unreadable(path, say("model.why_structure_lost", {})) from error
    except (OSError, ValueError) as error:
        raise _unreadable(path, getattr(error, "strerror", None) or str(error)) from error


def _unreadable(path: Path, reason: str) -> GoodfitError:
    return GoodfitError("model.checkpoint_unreadable", path=path, reason=reason)
