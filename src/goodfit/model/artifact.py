"""The model file: tensors and one JSON text, in the safetensors format; it cannot run code.

``docs/file-format.md`` documents it. Nothing in it says when, where or on what
machine it was made.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import safetensors
import safetensors.numpy
import torch

from goodfit.core.errors import GoodfitError
from goodfit.core.own import OWN, Own
from goodfit.core.words import say
from goodfit.model.container import Container, check_values, open_container
from goodfit.model.document import FORMAT_VERSION, KEY, Document, check_document, read_document
from goodfit.model.files import new_file
from goodfit.model.fitted import FittedModel
from goodfit.model.golden import Golden, differing_row, make_golden
from goodfit.model.passage import own_memory
from goodfit.model.seal import UNSEALED, sealed
from goodfit.networks.catalog import build_network, sketch_network
from goodfit.networks.contract import Network
from goodfit.training.objectives import Objective


def save(model: FittedModel, path: str | Path) -> Path:
    """Write a model to a file, whole or not at all.

    Raises:
        GoodfitError: if the place cannot be written, or no reader would take so much.
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
        calibration=model.calibration,
        seen=model.seen,
        golden=make_golden(model),
        sha256=UNSEALED,
    )
    text = msgspec.json.encode(document, order="sorted").decode()
    tensors = {name: value.numpy() for name, value in model.network.state_dict().items()}
    content = _content(path, text, tensors)
    with new_file(path) as file:
        file.write(content)
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
    own = Own(network=network, activation=activation)
    with opened(path) as (container, document):
        objective = check_document(document)
        built = _read_network(container, document, own)
    model = _model_of(document, objective, built)
    _replay(path, model, document.golden)
    return model


@contextmanager
def opened(path: str | Path) -> Generator[tuple[Container, Document]]:
    """A model file, open, and its document, for those who want no model.

    Raises:
        GoodfitError: as :func:`load`, for any ``ValueError`` within the block too.
    """
    path = Path(path)
    try:
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise OSError(None, say("model.why_device", {}))
        with path.open("rb") as file:
            container = open_container(file)
            yield container, read_document(path, container.metadata)
    except GoodfitError:
        raise
    except FileNotFoundError as error:
        raise GoodfitError("model.file_missing", path=path) from error
    except (OSError, ValueError) as error:  # Python refuses a path with a null character so
        raise _unreadable(path, getattr(error, "strerror", None) or str(error)) from error


def check_seal(container: Container, document: Document) -> None:
    """See that a file is as it was written, if its format has a seal.

    Raises:
        ValueError: if it is not.
    """
    if document.sha256 is not None and not container.sealed():
        raise ValueError(say("model.why_changed", {}))


def _read_network(container: Container, document: Document, own: Own) -> Network:
    """The network that a document describes, with the parameters of the file.

    Raises:
        ValueError: saying why the file holds none.
    """
    _check_own(own, document)
    layout, settings = document.preprocessing.layout, document.settings
    shape = len(layout.dense), tuple(n for _, n in layout.codes), layout.outputs
    dtype = torch.float64 if settings.precision == "float64" else torch.float32
    # Before memory is taken for it.
    sketch = sketch_network(*shape, settings=settings, own=own, numbers=layout.numbers)
    expected = {
        name: (dtype if value.is_floating_point() else value.dtype, tuple(value.shape))
        for name, value in sketch.state_dict().items()
    }
    if container.shapes != expected:
        raise ValueError(say("model.why_tensors", {}))
    check_seal(container, document)
    tensors = container.tensors()
    if not all(bool(value.isfinite().all()) for value in tensors.values()):
        raise ValueError(say("model.why_infinite", {}))
    built = build_network(*shape, settings=settings, own=own, numbers=layout.numbers)
    built.to(dtype).load_state_dict(tensors)
    return own_memory(built)


def _model_of(document: Document, objective: Objective, network: Network) -> FittedModel:
    return FittedModel(
        settings=document.settings,
        schema=document.schema,
        preprocessing=document.preprocessing,
        objective=objective,
        network=network,
        history=document.history,
        scores=document.scores,
        remarks=document.remarks,
        provenance=document.provenance,
        own=document.own,
        calibration=document.calibration,
        seen=document.seen,
    )


def _replay(path: str | Path, model: FittedModel, golden: Golden | None) -> None:
    """Predict the golden rows again, and refuse a model that says something else of them."""
    if golden is None:  # of an older format
        return
    try:
        row = differing_row(model, golden)
    except (ValueError, GoodfitError) as error:
        raise _unreadable(path, say("model.why_golden", {"reason": str(error)})) from error
    if row is not None:
        made_by = [f"{name} {version}" for name, version in model.provenance.versions.items()]
        code = (
            "model.file_of_own_predicts_otherwise" if model.own else "model.file_predicts_otherwise"
        )
        raise GoodfitError(code, path=Path(path), row=row + 1, made_by=made_by)


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


def _content(path: str | Path, text: str, tensors: dict[str, np.ndarray]) -> bytes:
    """The bytes of a file, unless no reader would take them: for levels beyond number, mostly."""
    try:
        check_values(text.encode())
        content = sealed(safetensors.numpy.save(tensors, metadata={KEY: text}))
    except (ValueError, safetensors.SafetensorError) as error:
        raise GoodfitError("model.too_much_to_store", path=Path(path)) from error
    return content


def _unreadable(path: str | Path, reason: str) -> GoodfitError:
    return GoodfitError("model.file_unreadable", path=Path(path), reason=reason)
