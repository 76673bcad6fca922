"""Model files that tests change on purpose."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import safetensors
import safetensors.numpy

from goodfit.model.seal import UNSEALED, sealed

Edit = Callable[[dict[str, Any], dict[str, np.ndarray]], Any]


def parts_of(file: Path) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The document of a model file and its tensors."""
    with safetensors.safe_open(file, framework="numpy") as opened:
        document = json.loads(opened.metadata()["goodfit"])
        return document, {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118


def written(document: dict[str, Any], tensors: dict[str, np.ndarray], to: Path) -> Path:
    """A model file of these parts, sealed where its format has a seal."""
    if "sha256" in document:
        document["sha256"] = UNSEALED
    text = json.dumps(document, sort_keys=True, separators=(",", ":"))
    content = safetensors.numpy.save(tensors, metadata={"goodfit": text})
    to.write_bytes(sealed(content) if "sha256" in document else content)
    return to


def changed(file: Path, to: Path, edit: Edit) -> Path:
    """The model file with its document or its tensors edited in place, and sealed anew."""
    document, tensors = parts_of(file)
    edit(document, tensors)
    return written(document, tensors, to)
