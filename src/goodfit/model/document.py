"""What a model file holds beside its tensors: one JSON text, of any format so far."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import msgspec

from goodfit.core.errors import GoodfitError
from goodfit.core.remarks import Remark
from goodfit.core.settings import Settings
from goodfit.core.words import say
from goodfit.data.schema import Schema
from goodfit.model.classes import check_classes
from goodfit.model.container import check_values
from goodfit.model.golden import Golden
from goodfit.model.intervals import Calibration, belongs
from goodfit.model.records import Provenance, Scores
from goodfit.preprocessing.preprocessing import Column, Preprocessing
from goodfit.preprocessing.seen import Seen
from goodfit.scoring.metrics import METRICS
from goodfit.training.objectives import Objective, objective_for
from goodfit.training.state import History

FORMAT_VERSION = 5
# Formats from this one on have golden rows and a seal.
FIRST_SEALED = 4
# Ensembles of formats before this one computed otherwise.
FIRST_WITH_THIS_ENSEMBLE = 3
KEY = "goodfit"
# Letters in the names of all inputs: each is that of a column with a level, of which one may be
# long and the other many.
MOST_LETTERS = 200_000_000


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
    calibration: Calibration | None = None
    seen: Seen | None = None
    golden: Golden | None = None
    sha256: str | None = None


class _Version(msgspec.Struct):
    version: int


def read_document(path: Path, metadata: Mapping[str, str]) -> Document:
    """The document of a file, of whichever format so far.

    Args:
        path: of the file, for errors.
        metadata: of its container.

    Raises:
        GoodfitError: for a newer format, and for an ensemble that computed otherwise.
        ValueError: saying what else is wrong.
    """
    if KEY not in metadata:
        raise ValueError(say("model.why_other_safetensors", {}))
    text = metadata[KEY].encode()
    check_values(text)
    try:
        version = msgspec.json.decode(text, type=_Version).version
        if version > FORMAT_VERSION:
            raise GoodfitError("model.file_newer", path=path, version=version, known=FORMAT_VERSION)
        if version == FORMAT_VERSION:
            document = msgspec.json.decode(text, type=Document)
        else:
            document = msgspec.convert(_upgraded(msgspec.json.decode(text), version), Document)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise ValueError(say("model.why_structure", {"reason": str(error)})) from error
    if version >= FIRST_SEALED and (document.golden is None or document.sha256 is None):
        raise ValueError(say("model.why_no_seal", {}))
    if document.settings.network == "ensemble" and version < FIRST_WITH_THIS_ENSEMBLE:
        raise GoodfitError("model.file_of_older_ensemble", path=path, version=version)
    return document


def _upgraded(document: dict[str, Any], version: int) -> dict[str, Any]:
    """A structure of an older format as one of this.

    Format 1 knew one target. Format 2 is as format 3, but that ensembles computed otherwise.
    Format 3 had neither golden rows nor a seal. Format 4 did not know how large errors are on
    rows that did not train, nor what training rows looked like.

    Raises:
        msgspec.ValidationError: if it has not the form of its format.
    """
    if version not in {1, 2, 3, 4}:
        raise msgspec.ValidationError(f"there was no format {version}")
    if version == 1:
        for part in (document.get("schema"), document.get("preprocessing")):
            if not isinstance(part, dict) or "target" not in part:
                raise msgspec.ValidationError("format 1 without a target")
            part["targets"] = [part.pop("target")]
    return {**document, "version": FORMAT_VERSION}


def check_document(document: Document) -> Objective:
    """See that parts which are each well formed belong together.

    Returns:
        What task and loss ask of the network.

    Raises:
        ValueError: saying what does not.
    """
    if not document.schema.targets:
        raise ValueError(say("model.why_no_target", {}))
    target, preprocessing, settings = (
        document.schema.target,
        document.preprocessing,
        document.settings,
    )
    if settings.network == "auto" or (settings.network == "ensemble" and not settings.widths):
        raise ValueError(say("model.why_undecided", {}))
    try:
        objective = objective_for(
            target.task,
            n_levels=len(target.levels),
            n_targets=len(document.schema.targets),
            settings=settings,
        )
    except GoodfitError as error:
        raise ValueError(say("model.why_loss_task", {})) from error
    try:
        check_classes(document.settings, target)
    except GoodfitError as error:
        raise ValueError(say("model.why_settings_target", {"reason": str(error)})) from error
    fewest = {"regression": 0, "binary": 2, "multiclass": 2}[target.task]
    most = {"regression": 0, "binary": 2}.get(target.task, len(target.levels))
    baselines = ("mean", "ridge") if target.task == "regression" else ("majority", "logistic")
    names = [one.name for one in (*document.schema.targets, *document.schema.columns)]
    if sum(map(_n_letters, preprocessing.columns)) > MOST_LETTERS:
        raise ValueError(say("model.why_long_names", {}))
    # Files that were written before there were lengths of gradients have none.
    history, gradients = msgspec.structs.astuple(document.history), document.history.gradient_length
    together = (
        len(set(names)) == len(names),
        len({len(column) for column in history if column or column is not gradients}) == 1,
        fewest <= len(target.levels) <= most,
        preprocessing.outputs == objective.n_outputs,
        len(preprocessing.targets) == len(document.schema.targets),
        len(document.schema.targets) == 1 or not any(t.levels for t in document.schema.targets),
        [column.name for column in preprocessing.columns]
        == [column.name for column in document.schema.features],
        document.scores is None or _understood(document.scores, baselines),
        document.settings.weight in (None, *(column.name for column in document.schema.columns)),
        _in_words(document),
        document.calibration is None
        or belongs(document.calibration, settings, document.schema, preprocessing.layout),
        document.seen is None or document.seen.fits(preprocessing),
    )
    if not all(together):
        raise ValueError(say("model.why_parts", {}))
    return objective


def _n_letters(column: Column) -> int:
    """About how many letters the names of a column's inputs have."""
    words: tuple[str, ...] = getattr(column, "levels", getattr(column, "terms", ()))
    return len(column.name) * (len(words) + 2) + sum(map(len, words))


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
