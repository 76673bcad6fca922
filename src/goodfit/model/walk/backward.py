"""The way back: the gradient of each parameter, checked by differences, and one step."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import msgspec
import numpy as np
import torch
from torch import Tensor

from goodfit.core.batch import Batch
from goodfit.core.settings import Settings
from goodfit.model.walk.records import Number, Parameter, Step
from goodfit.networks.contract import Network
from goodfit.networks.ensemble import Ensemble
from goodfit.training.objectives import Objective
from goodfit.training.state import TrainingState
from goodfit.training.step import Descent, GradientStep

# Numbers of one parameter that are checked: all of small ones.
CHECKED = 24
# A third of the digits: the error of the difference and that of rounding are about equal there
# (Nocedal and Wright 2006, "Numerical Optimization", section 8.1).
STEP = float(np.finfo(np.float64).eps) ** (1 / 3)
# Gradients that agree to such a share agree; where they do not, the loss may have a corner.
AGREEING = 1e-5
# How much smaller steps are tried before a corner is believed.
FINER = (1 / 32, 1 / 1024)
# Differences are shares of the gradient, or of this share of the largest where it is smaller.
SMALL_SHARE = 1e-3
# Settings that act on a step beside the gradient of the loss.
ALSO = ("weight_decay", "l1", "l2", "gradient_clip", "momentum")


@dataclass(frozen=True)
class Way:
    """What a loss and a step are computed with.

    Args:
        network: in double precision and evaluation mode, its dropout switched off; of an
            ensemble a single fold.
        objective: loss and link.
        row: the row, its target included.
    """

    network: Network
    objective: Objective
    row: Batch

    @torch.no_grad()
    def loss(self) -> float:
        """Loss of the row, of an ensemble the mean of the fold's members."""
        network, row = self.network, self.row
        if not isinstance(network, Ensemble):
            return float(self.objective.mean_loss(network(row.dense, row.codes), row))
        outputs = network.each(row.dense[None], row.codes[None])[0, :, 0]  # (member, output)
        target = row.target.expand(network.members, *row.target.shape[1:])
        return float(self.objective.loss.rows(outputs, target).mean())


def gradients_of(way: Way) -> tuple[tuple[Parameter, ...], bool]:
    """The gradient of every parameter at the row, checked; whether it was computed by hand."""
    state = TrainingState.fresh(way.network, _plain_sgd())
    step = GradientStep(way.network, way.objective, state.gradient)
    with torch.no_grad():
        step(way.row)
    kept = [(name, value, value.grad) for name, value in way.network.named_parameters()]
    largest = float(state.gradient.abs().max()) if len(state.gradient) else 0.0
    found = [
        _checked(name, value.data, grad.clone(), way.loss, largest=largest)
        for name, value, grad in kept
        if grad is not None
    ]
    return tuple(found), step.hand is not None


def _plain_sgd() -> Settings:
    """Settings of a state whose parameters are laid out and never stepped."""
    return Settings(optimizer="sgd", weight_average=None)


def _checked(
    name: str, value: Tensor, back: Tensor, loss: Callable[[], float], *, largest: float
) -> Parameter:
    numbers = tuple(
        _number(value, back, place, loss, floor=SMALL_SHARE * largest) for place in _places(back)
    )
    smooth = [number.difference for number in numbers if not number.kink]
    return Parameter(
        name=name,
        shape=tuple(value.shape),
        n_numbers=value.numel(),
        numbers=numbers,
        gradient_length=float(torch.linalg.vector_norm(back)),
        step_length=None,
        largest_difference=max(smooth, default=None),
        n_kinks=len(numbers) - len(smooth),
    )


def _places(back: Tensor) -> Iterator[tuple[int, ...]]:
    """Which numbers are looked at: those of the largest gradients, and some evenly spaced."""
    count = back.numel()
    if count <= CHECKED:
        chosen = np.arange(count)
    else:
        steepest = back.flatten().abs().topk(CHECKED // 2).indices.numpy()
        spaced = np.linspace(0, count - 1, CHECKED - CHECKED // 2).astype(np.int64)
        chosen = np.union1d(steepest, spaced)
    for place in chosen:
        yield tuple(int(one) for one in np.unravel_index(place, back.shape or (1,)))[: back.ndim]


def _number(
    value: Tensor, back: Tensor, place: tuple[int, ...], loss: Callable[[], float], *, floor: float
) -> Number:
    """One number's two gradients; smaller steps where they differ, and then both its sides."""
    here, slope = float(value[place]), float(back[place])
    size = STEP * max(1.0, abs(here))

    def at(shift: float) -> float:
        value[place] = here + shift
        found = loss()
        value[place] = here
        return found

    def difference(finite: float) -> float:
        return abs(slope - finite) / max(abs(slope), abs(finite), floor, 1e-12)

    finite = (at(size) - at(-size)) / (2 * size)
    kink = False
    if difference(finite) > AGREEING:
        finer = [(at(size * part) - at(-size * part)) / (2 * size * part) for part in FINER]
        nearest = min((finite, *finer), key=difference)
        right, left = (at(size) - at(0)) / size, (at(0) - at(-size)) / size
        kink = difference(nearest) > AGREEING and _apart(left, right, floor)
        finite = finite if kink else nearest
    return Number(
        place=place,
        value=here,
        back=slope,
        finite=finite,
        difference=difference(finite),
        kink=kink,
    )


def _apart(left: float, right: float, floor: float) -> bool:
    """Whether two slopes are so different that no curve can explain it."""
    return abs(left - right) > AGREEING**0.5 * max(abs(left), abs(right), floor)


def step_of(
    way: Way, parameters: tuple[Parameter, ...], settings: Settings
) -> tuple[Step, tuple[Parameter, ...]]:
    """The step that the model's optimizer takes from here, and the parameters after it.

    Args:
        way: whose network is left as it is.
        parameters: as ``gradients_of`` gave them.
        settings: of the model; noise on inputs and averages rest.
    """
    network = copy.deepcopy(way.network)
    before = {name: value.detach().clone() for name, value in network.named_parameters()}
    settings = msgspec.structs.replace(settings, input_noise=0.0, weight_average=None)
    state = TrainingState.fresh(network, settings)
    rate, row = settings.learning_rate or 0.0, way.row
    descent = Descent(state, GradientStep(network, way.objective, state.gradient), settings)
    with torch.no_grad():
        descent(row, rate)
    stepped = Way(network, way.objective, row)
    also = {name: getattr(settings, name) for name in ALSO if getattr(settings, name)}
    step = Step(
        optimizer=settings.optimizer,
        learning_rate=rate,
        schedule=settings.schedule,
        also=also,
        loss_before=way.loss(),
        loss_after=stepped.loss(),
    )
    after = dict(network.named_parameters())
    return step, tuple(_moved(one, before[one.name], after[one.name]) for one in parameters)


def _moved(parameter: Parameter, before: Tensor, after: Tensor) -> Parameter:
    numbers = tuple(
        msgspec.structs.replace(number, after=float(after.detach()[number.place]))
        for number in parameter.numbers
    )
    length = float(torch.linalg.vector_norm(after.detach() - before))
    return msgspec.structs.replace(parameter, numbers=numbers, step_length=length)
