"""What a fit was begun with, so that its checkpoint is gone on with by nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import torch

from goodfit.core.settings import Settings
from goodfit.core.words import Choices, in_words, say
from goodfit.data.fingerprint import column_fingerprints
from goodfit.data.table import Table
from goodfit.model.origin import versions

if TYPE_CHECKING:
    from goodfit.model.fitted import FittedModel
    from goodfit.model.run import Run


class Begun(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Fingerprints of all that decides what a fit ends with.

    Args:
        settings: as they were chosen, before anything was decided.
        target: names of the columns to predict.
        n_rows: rows with a target.
        columns: fingerprint of each column's cells, by name, in the order of the table; none
            before they were asked for, since they take time.
        weight: of the weights of the rows; None without any.
        earlier: of the model that it goes on from; None without one.
        own: where a person's own objects come from, by setting.
        version: of Goodfit.
        machine: what may change the last digits of a result, by name.
    """

    settings: Settings
    target: tuple[str, ...]
    n_rows: int
    columns: dict[str, str]
    weight: str | None
    earlier: str | None
    own: dict[str, str]
    version: str
    machine: dict[str, str]


def begun_with(run: Run, chosen: Settings) -> Begun:
    """What a run was begun with.

    Args:
        run: before its first step.
        chosen: the settings before anything was decided.
    """
    known = versions()
    return Begun(
        settings=chosen,
        target=tuple(target.name for target in run.schema.targets),
        n_rows=run.table.n_rows,
        columns={},
        weight=None if run.weight is None else _digest(run.weight),
        earlier=None if run.earlier is None else _of_model(run.earlier),
        own=run.own.names,
        version=known.pop("goodfit"),
        machine={
            **known,
            "device": str(run.placement.device),
            "threads": str(torch.get_num_threads()),
        },
    )


def with_columns(begun: Begun, table: Table) -> Begun:
    """With the fingerprints of the columns."""
    return msgspec.structs.replace(begun, columns=column_fingerprints(table))


def differences(before: Begun, now: Begun) -> Choices:
    """In words, one by one, what makes another fit of it; none if it is the same."""
    return Choices(tuple(_differing(before, now)))


def _differing(before: Begun, now: Begun) -> Iterator[str]:
    if before.version != now.version:
        params = {"before": before.version, "now": now.version}
        yield say("model.begun_version", params)
    mine, theirs = (msgspec.to_builtins(one.settings) for one in (now, before))
    for name in mine:
        if mine[name] != theirs[name]:
            params = {"name": name, "before": _shown(theirs[name]), "now": _shown(mine[name])}
            yield say("model.begun_setting", params)
    if before.target != now.target:
        yield say("model.begun_target", {"before": before.target, "now": now.target})
    if before.n_rows != now.n_rows:
        yield say("model.begun_rows", {"before": before.n_rows, "now": now.n_rows})
    yield from _columns_differing(before, now)
    others = (("weight", "model.begun_weight"), ("earlier", "model.begun_earlier"))
    for name, code in (*others, ("own", "model.begun_own")):
        if getattr(before, name) != getattr(now, name):
            yield say(code, {})


def _columns_differing(before: Begun, now: Begun) -> Iterator[str]:
    gone = [name for name in before.columns if name not in now.columns]
    new = [name for name in now.columns if name not in before.columns]
    if gone:
        yield say("model.begun_columns_gone", {"columns": gone})
    if new:
        yield say("model.begun_columns_new", {"columns": new})
    if before.n_rows != now.n_rows:
        return  # then every column differs
    both = [name for name in now.columns if name in before.columns]
    other = [name for name in both if before.columns[name] != now.columns[name]]
    if other:
        yield say("model.begun_cells", {"columns": other})
    elif not gone and not new and list(before.columns) != list(now.columns):
        yield say("model.begun_order", {})


def _shown(value: object) -> str:
    return "auto" if value is None else in_words(value)


def _digest(values: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(values, np.float64).tobytes()).hexdigest()


def _of_model(model: FittedModel) -> str:
    """Fingerprint of all of a model that another may go on from."""
    whole = hashlib.sha256()
    parts = (model.settings, model.schema, model.preprocessing, model.provenance)
    whole.update(msgspec.json.encode(parts))
    for name, tensor in sorted(model.network.state_dict().items()):
        whole.update(name.encode() + tensor.cpu().contiguous().numpy().tobytes())
    return whole.hexdigest()
