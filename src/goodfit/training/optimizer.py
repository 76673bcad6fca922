"""What the loop may expect of an optimizer."""

from __future__ import annotations

import difflib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, Protocol

import torch
from torch import Tensor

from goodfit.core.errors import GoodfitError
from goodfit.core.settings import Settings
from goodfit.core.words import say

#: An option's value.
Option = bool | int | float | str


class Loss(Protocol):
    """The loss of the step under way, for an optimizer that compares losses."""

    def now(self) -> float:
        """The loss, penalties included, whose gradient was given."""
        ...

    def again(self) -> float:
        """The loss at the parameters as they are now; writes the gradient anew."""
        ...


class Optimizer(ABC):
    """A rule that steps a flat vector of parameters, and all that it remembers.

    Args:
        parameters: (parameter,), stepped in place; the first ``n_decayed`` are weights.
        n_decayed: number of parameters that weight decay acts on.
        settings: what is left open takes the optimizer's own default.
        weights: the network's own weights, which are views of ``parameters`` and whose ``grad``
            is a view of the gradient, for a rule that needs their shapes.
        others: the network's other parameters, likewise.
        matrices: those of the weights that are matrices of hidden layers.
        own: what makes a person's own optimizer.

    Raises:
        GoodfitError: for an option that the optimizer does not have, or not with such a value.
    """

    #: Its own options (``optimizer_options``) with their defaults.
    options: ClassVar[Mapping[str, Option]] = {}
    #: What it takes for settings that are left open.
    defaults: ClassVar[Mapping[str, float]] = {}
    #: Whether its steps need the gradient of all rows.
    full_batch: ClassVar[bool] = False

    def __init__(
        self,
        parameters: Tensor,
        n_decayed: int,
        settings: Settings,
        *,
        weights: Sequence[Tensor] = (),
        others: Sequence[Tensor] = (),
        matrices: Sequence[Tensor] = (),
        own: Callable[[list[Tensor]], Any] | None = None,
    ) -> None:
        self.parameters = parameters
        self.decayed = parameters[:n_decayed]
        self.weight_decay = settings.weight_decay or 0.0
        self.settings = settings
        self.chosen = chosen_options(type(self), settings)
        self.weights, self.others = list(weights), list(others)
        self.matrices, self.own = list(matrices), own
        #: What it remembers between steps, by name.
        self.memory: dict[str, Tensor] = {}
        self.start()

    @abstractmethod
    def start(self) -> None:
        """Make the memory of a first step."""

    @abstractmethod
    def step(self, gradient: Tensor, learning_rate: float, loss: Loss) -> None:
        """One step; ``gradient`` (parameter,) may be overwritten."""

    @abstractmethod
    def averaged(self) -> Tensor | None:
        """(parameter,) what is to be measured and kept, where it is not what is stepped."""

    @abstractmethod
    def remembered(self) -> dict[str, Tensor]:
        """All that the next steps depend on, beside the parameters, by name."""

    @abstractmethod
    def recall(self, remembered: Mapping[str, Tensor]) -> None:
        """Go on from what another optimizer of the kind remembered."""


class FlatOptimizer(Optimizer):
    """An optimizer whose memory is a few vectors beside the parameters."""

    def remembered(self) -> dict[str, Tensor]:
        """See :class:`Optimizer`."""
        return {name: tensor.clone() for name, tensor in self.memory.items()}

    def recall(self, remembered: Mapping[str, Tensor]) -> None:
        """See :class:`Optimizer`."""
        for name, tensor in remembered.items():
            self.memory[name].copy_(tensor)

    def zeros(self, *names: str) -> None:
        """Remember vectors of zeros of these names."""
        for name in names:
            self.memory[name] = torch.zeros_like(self.parameters)


# Adam's, where nobody says (Kingma and Ba 2015, section 2).
USUAL_BETA2 = 0.999


def beta2_of(settings: Settings) -> float:
    """Memory of the mean squared gradient."""
    return USUAL_BETA2 if settings.beta2 is None else settings.beta2


def setting(kind: type[Optimizer], settings: Settings, name: str) -> Any:
    """A setting's value, or the optimizer's default where it is left open."""
    value = getattr(settings, name)
    return kind.defaults.get(name) if value is None else value


def chosen_options(kind: type[Optimizer], settings: Settings) -> dict[str, Option]:
    """An optimizer's own options, as they were given or by default.

    Raises:
        GoodfitError: for an unknown option, with those there are, or a value of another type.
    """
    chosen = dict(kind.options)
    for name, value in (settings.optimizer_options or {}).items():
        if name not in chosen:
            raise _unknown(name, kind, settings)
        wanted = type(chosen[name])
        fits = type(value) is wanted or (wanted is float and type(value) is int)
        if not fits:
            raise GoodfitError(
                "training.option_invalid",
                name=name,
                value=repr(value),
                kind=say(_KINDS[wanted], {}),
                optimizer=settings.optimizer,
            )
        chosen[name] = wanted(value)
    return chosen


_KINDS: Mapping[type, str] = {
    bool: "settings.kind_boolean",
    int: "settings.kind_integer",
    float: "settings.kind_number",
    str: "settings.kind_word",
}


def _unknown(name: str, kind: type[Optimizer], settings: Settings) -> GoodfitError:
    if not kind.options:
        return GoodfitError("training.no_options", name=name, optimizer=settings.optimizer)
    near = difflib.get_close_matches(name, kind.options, n=1, cutoff=0.0)[0]
    return GoodfitError(
        "training.unknown_option",
        name=name,
        optimizer=settings.optimizer,
        meant=near,
        options=sorted(kind.options),
    )
