"""The model file: tensors and one JSON text, in the safetensors format; it cannot run code.

``docs/file-format.md`` documents it. Nothing in it says when, where or on what
machine it was made.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import msgspec
import safetensors
import safetensors.numpy
import torch

from goodfit.core.errors import GoodfitError
from goodfit.core.own import OWN, Own
from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings
from goodfit.data.schema import Schema
from goodfit.model.classes import check_classes
from goodfit.model.files import new_file
from goodfit.model.fitted import FittedModel, own_memory
from goodfit.model.records import Provenance, Scores
from goodfit.networks.catalog import build_network, sketch_network
from goodfit.preprocessing.preprocessing import Preprocessing
from goodfit.scoring.metrics import METRICS
from goodfit.training.objectives import Objective, objective_for
from goodfit.training.state import History

FORMAT_VERSION = 3
KEY = "goodfit"
# The structure is text about columns and levels; a larger one is not a model of ours.
LARGEST_HEADER_BYTES = 100_000_000


class Document(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything in the file but the tensors."""

    format: Literal["goodfit"]
    version: int
    settings: Settings
    schema: Schema
    preprocessing: Preprocessing
    history: History
    scores: Scores | None
    remarks: tuple[Remark, ...]
    provenance: Provenance
    own: dict[str, str] = {}


def save(model: FittedModel, path: str | Path) -> Path:
    """Write a model to a file, whole or not at all.

    Raises:
        GoodfitError: if the place cannot be written.
    """
    document = Document(
        format="goodfit",
        version=FORMAT_VERSION,
        settings=model.settings,
        schema=model.schema,
        preprocessing=model.preprocessing,
        history=model.history,
        scores=model.scores,
        remarks=model.remarks,
        provenance=model.provenance,
        own=model.own,
    )
    text = msgspec.json.encode(document, order="sorted").decode()
    tensors = {name: value.numpy() for name, value in model.network.state_dict().items()}
    with new_file(path) as file:
        file.write(safetensors.numpy.save(tensors, metadata={KEY: text}))
    return Path(path)


def as_model(model: Any) -> FittedModel:
    """A model as it is, or read from the file that is named.

    Raises:
        GoodfitError: for anything else, and as :func:`load`.
    """
    if isinstance(model, (str, Path)):
        return load(model)
    if not isinstance(model, FittedModel):
        raise GoodfitError("model.not_a_model", kind=type(model).__name__)
    return model


def load(path: str | Path, *, network: Any = None, activation: Any = None) -> FittedModel:
    """Read a model from a file; nothing in the file is run.

    Args:
        path: of the file.
        network: the class that the model was fitted with, if it was a person's own.
        activation: likewise.

    Raises:
        GoodfitError: if the file is missing, damaged, not a model, or of a newer format, or
            needs an object that was not given.

    >>> import goodfit, tempfile, os
    >>> model = goodfit.fit({"x": [1, 2, 3, 4], "y": [3, 5, 7, 9]}, target="y",
    ...                     network="linear", optimizer="exact", split="none")
    >>> goodfit.load(model.save(os.path.join(tempfile.mkdtemp(), "line.goodfit"))).settings.network
    'linear'
    """
    document, tensors = _read(Path(path))
    if not document.schema.targets:
        raise _unreadable(path, "it has no target")
    layout, settings, target = (
        document.preprocessing.layout,
        document.settings,
        document.schema.target,
    )
    try:
        objective = objective_for(
            target.task,
            n_levels=len(target.levels),
            n_targets=len(document.schema.targets),
            settings=settings,
        )
    except GoodfitError as error:
        raise _unreadable(path, "its loss does not fit its task") from error
    _check_parts(path, document, objective)
    shape = len(layout.dense), tuple(n for _, n in layout.codes), layout.outputs
    dtype = torch.float64 if settings.precision == "float64" else torch.float32
    own = Own(network=network, activation=activation)
    _check_own(own, document)
    numbers = layout.numbers
    if settings.network == "auto" or (settings.network == "ensemble" and not settings.widths):
        raise _unreadable(path, "its settings are not decided")
    sketch = sketch_network(
        *shape, settings=settings, own=own, numbers=numbers
    )  # before memory is taken for it
    expected = {
        name: (dtype if value.is_floating_point() else value.dtype, value.shape)
        for name, value in sketch.state_dict().items()
    }
    if {name: (value.dtype, value.shape) for name, value in tensors.items()} != expected:
        raise _unreadable(path, "its tensors do not fit its structure")
    built = build_network(*shape, settings=settings, own=own, numbers=numbers)
    if not all(bool(value.isfinite().all()) for value in tensors.values()):
        raise _unreadable(path, "its parameters are not all finite")
    built.to(dtype).load_state_dict(tensors)
    return FittedModel(
        settings=settings,
        schema=document.schema,
        preprocessing=document.preprocessing,
        objective=objective,
        network=own_memory(built),
        history=document.history,
        scores=document.scores,
        remarks=document.remarks,
        provenance=document.provenance,
        own=document.own,
    )


def _check_own(own: Own, document: Document) -> None:
    """See that the objects are given that the network is made of, and no others."""
    for part in ("network", "activation"):
        given, needed = getattr(own, part), getattr(document.settings, part) == OWN
        if needed and given is None:
            name = document.own.get(part, "?")
            raise GoodfitError("model.own_needed", part=part, name=name)
        if given is not None and not needed:
            chosen = getattr(document.settings, part)
            raise GoodfitError("settings.own_unused", name=part, chosen=chosen)


def _check_parts(path: str | Path, document: Document, objective: Objective) -> None:
    """Refuse a file whose parts are each well formed but do not belong together."""
    target, preprocessing = document.schema.target, document.preprocessing
    try:
        check_classes(document.settings, target)
    except GoodfitError as error:
        raise _unreadable(path, f"its settings do not fit its target ({error})") from error
    fewest = {"regression": 0, "binary": 2, "multiclass": 2}[target.task]
    most = {"regression": 0, "binary": 2}.get(target.task, len(target.levels))
    baselines = ("mean", "ridge") if target.task == "regression" else ("majority", "logistic")
    together = (
        fewest <= len(target.levels) <= most,
        preprocessing.outputs == objective.n_outputs,
        len(preprocessing.targets) == len(document.schema.targets),
        len(document.schema.targets) == 1 or not any(t.levels for t in document.schema.targets),
        [column.name for column in preprocessing.columns]
        == [column.name for column in document.schema.features],
        document.scores is None or _understood(document.scores, baselines),
        document.settings.weight in (None, *(column.name for column in document.schema.columns)),
        _in_words(document),
    )
    if not all(together):
        raise _unreadable(path, "its parts do not belong together")


def _understood(scores: Scores, baselines: tuple[str, str]) -> bool:
    """Whether scores name metrics and baselines that there are, and each fold once."""
    folds = scores.folds
    figures = [scores.metrics, *scores.baselines.values(), *scores.by_target.values()]
    if folds is not None:
        figures += [folds.metrics, *folds.by_fold]
    names = [name for one in figures for name in one]
    return (
        set(scores.baselines) <= set(baselines)
        and METRICS.keys() >= {*names, *([scores.headline] if scores.headline else [])}
        and (folds is None or len(folds.by_fold) == len(folds.kept_epochs) > 1)
    )


def _in_words(document: Document) -> bool:
    """Whether every remark has a sentence, and all that the sentence speaks of."""
    reasons = [thing.reason for thing in (*document.schema.targets, *document.schema.columns)]
    try:
        return all(remark.text() for remark in (*document.remarks, *reasons))
    except KeyError:
        return False


def _read(path: Path) -> tuple[Document, dict[str, torch.Tensor]]:
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise OSError(None, "it is a device or a pipe")
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(9)
    except FileNotFoundError as error:
        raise GoodfitError("model.file_missing", path=path) from error
    except (OSError, ValueError) as error:  # Python refuses a path with a null character so
        raise _unreadable(path, getattr(error, "strerror", None) or str(error)) from error
    # Whatever is not our format is refused before its bytes are read.
    header = int.from_bytes(start[:8], "little")
    if len(start) < 9 or start[8:] != b"{" or header > min(size - 8, LARGEST_HEADER_BYTES):
        raise _unreadable(path, "it is not a Goodfit model, or it is cut off")
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
            text = metadata.get(KEY)
            if text is None:
                raise _unreadable(path, "it is a safetensors file, but not a Goodfit model")
            document = _document(path, text.encode())
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (safetensors.SafetensorError, OSError, UnicodeError) as error:
        raise _unreadable(path, f"it is damaged ({error})") from error
    return document, tensors


def _document(path: Path, text: bytes) -> Document:
    class Version(msgspec.Struct):
        version: int

    try:
        version = msgspec.json.decode(text, type=Version).version
        if version > FORMAT_VERSION:
            raise GoodfitError("model.file_newer", path=path, version=version, known=FORMAT_VERSION)
        if version == FORMAT_VERSION:
            return msgspec.json.decode(text, type=Document)
        document = msgspec.convert(_upgraded(msgspec.json.decode(text), version), Document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(path, f"its structure is damaged ({error})") from error
    if document.settings.network == "ensemble":
        raise GoodfitError("model.file_of_older_ensemble", path=path, version=version)
    return document


def _upgraded(document: dict[str, Any], version: int) -> dict[str, Any]:
    """A structure of an older format as one of this.

    Format 1 knew one target. Format 2 is as this one, but that ensembles computed otherwise.

    Raises:
        msgspec.ValidationError: if it has not the form of its format.
    """
    if version not in {1, 2}:
        raise msgspec.ValidationError(f"there was no format {version}")
    if version == 1:
        for part in (document.get("schema"), document.get("preprocessing")):
            if not isinstance(part, dict) or "target" not in part:
                raise msgspec.ValidationError("format 1 without a target")
            part["targets"] = [part.pop("target")]
    return {**document, "version": FORMAT_VERSION}


def _unreadable(path: str | Path, reason: str) -> GoodfitError:
    return GoodfitError("model.file_unreadable", path=Path(path), reason=reason)
