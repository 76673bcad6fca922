"""A training's state as numbers and tensors by name, and back: all that the next steps need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
import torch
from torch import Tensor

from goodfit.core.remarks import Remark
from goodfit.training.kept import Snapshot
from goodfit.training.state import History, TrainingState

#: Numbers of a state that may be infinite or none, which JSON cannot hold.
_SCALARS = (
    *("first_loss", "first_gradient", "running_loss", "learning_rate"),
    *("best_watched", "best_loss", "constant_loss"),
)
#: What the optimizer remembers stands below this name.
_OPTIMIZER = "optimizer."
_GENERATORS = ("shuffling", "noise", "dropout")


class Progress(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where a training stands, but for its tensors.

    Args:
        epoch: epochs that are over.
        step: steps that were made.
        place: batches of the epoch under way that are done.
        best_epoch: the best so far.
        learnt_epoch: the first that was better than a constant.
        average_steps: steps that the moving average has taken in.
        still: epochs for which the loss that a schedule watches stood still.
        falls: times that it stood still so long that the rate was to fall.
        history: what every epoch gave.
        remarks: what was noticed on the way.
        on_device: names of the tensors that lay on a graphics card.
    """

    epoch: int
    step: int
    place: int
    best_epoch: int
    learnt_epoch: int
    average_steps: int
    still: int
    falls: int
    history: History
    remarks: tuple[Remark, ...]
    on_device: tuple[str, ...] = ()


def remembered(state: TrainingState) -> tuple[Progress, dict[str, Tensor]]:
    """All that a training needs to go on as if it had never stopped.

    Args:
        state: between two steps, its network being what is stepped.

    Returns:
        Where it stands, and its tensors by name: copies, on the processor.
    """
    scalars = [*(getattr(state, name) for name in _SCALARS), state.plateau.least]
    tensors = {"scalars": torch.tensor([*scalars, state.total_weight], dtype=torch.float64)}
    tensors.update({name: getattr(state, name).get_state() for name in _GENERATORS})
    if state.order is not None and state.total_error is not None:
        tensors |= {"order": state.order, "total_error": state.total_error}
    for name, snapshot in _snapshots(state):
        tensors |= _of_snapshot(name, snapshot)
    if state.optimizer:
        memory = state.optimizer.remembered()
        tensors |= {_OPTIMIZER + name: tensor for name, tensor in memory.items()}
    on_device = tuple(name for name, tensor in tensors.items() if tensor.device.type != "cpu")
    return progress_of(state, on_device=on_device), copies(tensors)


def progress_of(state: TrainingState, *, on_device: tuple[str, ...] = ()) -> Progress:
    """Where a training stands, but for its tensors."""
    return Progress(
        epoch=state.epoch,
        step=state.step,
        place=state.place,
        best_epoch=state.best_epoch,
        learnt_epoch=state.learnt_epoch,
        average_steps=state.average.n_steps if state.average else 0,
        still=state.plateau.n_still,
        falls=state.plateau.n_falls,
        history=_copied(state.history),
        remarks=state.remarks,
        on_device=on_device,
    )


def recall(state: TrainingState, progress: Progress, tensors: Mapping[str, Tensor]) -> None:
    """Make a fresh state what another was.

    Args:
        state: of the same network and settings, before its first step.
        progress: where the other stood.
        tensors: by name, as :func:`remembered` gave them.

    Raises:
        KeyError: if a tensor lacks.
        RuntimeError: if one has not the shape that this state needs.
    """
    state.epoch, state.step, state.place = progress.epoch, progress.step, progress.place
    state.best_epoch, state.learnt_epoch = progress.best_epoch, progress.learnt_epoch
    state.history = _copied(progress.history)
    state.remarks = progress.remarks
    *scalars, least, total_weight = tensors["scalars"].tolist()
    for name, value in zip(_SCALARS, scalars, strict=True):
        setattr(state, name, value)
    state.plateau.least = least
    state.plateau.n_still, state.plateau.n_falls = progress.still, progress.falls
    state.total_weight = total_weight
    for name in _GENERATORS:
        getattr(state, name).set_state(tensors[name])
    if "order" in tensors:
        state.order = tensors["order"].clone()
        state.total_error = tensors["total_error"].to(state.parameters.device, copy=True)
    if "best" in tensors:
        state.best = state.kept.copy()
    if state.average:
        state.average.n_steps = progress.average_steps
    for name, snapshot in _snapshots(state):
        _take(snapshot, name, tensors)
    if state.optimizer:
        device, prefix = state.parameters.device, _OPTIMIZER
        memory = {
            name.removeprefix(prefix): tensor.to(device if name in progress.on_device else "cpu")
            for name, tensor in tensors.items()
            if name.startswith(prefix)
        }
        state.optimizer.recall(memory)


def kept_alone(state: TrainingState) -> dict[str, Tensor]:
    """The tensors of a training that is over: its network."""
    return copies(_of_snapshot("stepped", state.stepped))


def recall_kept(state: TrainingState, progress: Progress, tensors: Mapping[str, Tensor]) -> None:
    """Make a fresh state what another was when its training was over.

    Args:
        state: of the same network and settings, before its first step.
        progress: where the other stood.
        tensors: as :func:`kept_alone` gave them.

    Raises:
        KeyError: if a tensor lacks.
        RuntimeError: if one has another shape.
    """
    state.epoch, state.step, state.best_epoch = progress.epoch, progress.step, progress.best_epoch
    state.history, state.remarks = _copied(progress.history), progress.remarks
    _take(state.stepped, "stepped", tensors)


def _take(snapshot: Snapshot, name: str, tensors: Mapping[str, Tensor]) -> None:
    """Let a snapshot become, in place, what stands below a name.

    Raises:
        KeyError: if a tensor lacks.
        RuntimeError: if one has another shape.
    """
    kept = Snapshot(tensors[name], [tensors[f"{name}.{i}"] for i in range(len(snapshot.buffers))])
    pairs = zip(
        (snapshot.parameters, *snapshot.buffers), (kept.parameters, *kept.buffers), strict=True
    )
    if any(mine.shape != theirs.shape for mine, theirs in pairs):
        raise RuntimeError(f"{name} has another shape")  # which copying would stretch
    snapshot.take(kept)


def _copied(history: History) -> History:
    return msgspec.convert(msgspec.to_builtins(history), History)


def copies(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Each in memory of its own, on the processor."""
    return {name: tensor.detach().cpu().clone() for name, tensor in tensors.items()}


def _snapshots(state: TrainingState) -> Iterator[tuple[str, Snapshot]]:
    """The networks that a state holds: what is stepped, its average, the best so far."""
    yield "stepped", state.stepped
    if state.average:
        yield "average", state.average.value
    if state.best:
        yield "best", state.best


def _of_snapshot(name: str, snapshot: Snapshot) -> dict[str, Tensor]:
    buffers = {f"{name}.{i}": buffer for i, buffer in enumerate(snapshot.buffers)}
    return {name: snapshot.parameters, **buffers}
