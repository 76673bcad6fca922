"""Optimizers of ``torch.optim`` as ours: over parts of one flat vector, their memory by name."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from goodfit.core.errors import GoodfitError
from goodfit.training.optimizer import Loss, Optimizer, beta2_of, setting

if TYPE_CHECKING:
    import torch.optim

#: In a group of an own optimizer: its rate as a share of the first group's.
SHARE = "goodfit_share"
#: In a path: the list that ends here is empty.
_EMPTY = "-"


class TorchOptimizer(Optimizer):
    """One or more optimizers of ``torch.optim`` over parts of the parameters."""

    #: Whether a step compares losses.
    asks_again: bool = False
    inner: list[torch.optim.Optimizer]

    def start(self) -> None:
        """See :class:`Optimizer`."""
        self.seen: Tensor | None = None
        try:
            self.inner = self.make()
        except GoodfitError:
            raise
        except (ValueError, RuntimeError) as error:
            name, reason = self.settings.optimizer, str(error)
            raise GoodfitError("training.option_refused", optimizer=name, reason=reason) from error

    @abstractmethod
    def make(self) -> list[torch.optim.Optimizer]:
        """The optimizers of torch, each with its parameters."""

    @abstractmethod
    def attach(self, gradient: Tensor) -> None:
        """Let their parameters' ``grad`` be views of this gradient."""

    def step(self, gradient: Tensor, learning_rate: float, loss: Loss) -> None:
        """See :class:`Optimizer`."""
        if gradient is not self.seen:
            self.seen = gradient
            self.attach(gradient)
        for optimizer in self.inner:
            for group in optimizer.param_groups:
                group["lr"] = learning_rate * group.get(SHARE, 1.0)
            if self.asks_again:
                optimizer.step(_closure(loss))
            else:
                optimizer.step()

    def averaged(self) -> Tensor | None:
        """See :class:`Optimizer`."""
        return None

    def remembered(self) -> dict[str, Tensor]:
        """See :class:`Optimizer`."""
        found: dict[str, Tensor] = {}
        for number, optimizer in enumerate(self.inner):
            for index, parameter in enumerate(_parameters(optimizer)):
                found.update(_flat(optimizer.state.get(parameter, {}), f"{number}/{index}"))
        return found

    def recall(self, remembered: Mapping[str, Tensor]) -> None:
        """See :class:`Optimizer`."""
        for number, optimizer in enumerate(self.inner):
            parameters = _parameters(optimizer)
            # Not load_state_dict, which turns numbers of other precision into the parameters'.
            for index, state in _nested(remembered, f"{number}/").items():
                optimizer.state[parameters[index]] = state


class Elementwise(TorchOptimizer):
    """One whose rule treats every parameter alike: it steps the flat vector in two parts."""

    def make(self) -> list[torch.optim.Optimizer]:
        """See :class:`TorchOptimizer`; the part that does not decay is a group of its own."""
        import torch.optim

        n = len(self.decayed)
        self.parts = [part for part in (self.parameters[:n], self.parameters[n:]) if len(part)]
        groups: list[dict[str, Any]] = [{"params": [part]} for part in self.parts]
        arguments = self.arguments()
        if self.weight_decay:
            arguments["weight_decay"] = self.weight_decay
            if n < len(self.parameters):
                groups[-1]["weight_decay"] = 0.0
        kind = getattr(torch.optim, type(self).__name__)
        return [kind(groups, **arguments)]

    def attach(self, gradient: Tensor) -> None:
        """See :class:`TorchOptimizer`."""
        start = 0
        for part in self.parts:
            part.grad = gradient[start : start + len(part)]
            start += len(part)

    @abstractmethod
    def arguments(self) -> dict[str, Any]:
        """What torch's class takes, beside parameters, rate and decay."""

    def value(self, name: str) -> float:
        """A shared setting's value."""
        return float(setting(type(self), self.settings, name))

    def betas(self) -> tuple[float, float]:
        """Both memories."""
        return self.settings.beta1, beta2_of(self.settings)


def decay_groups(
    weights: Sequence[Tensor], others: Sequence[Tensor], decay: float
) -> list[dict[str, Any]]:
    """Parameters as groups of torch: those that decay, and the rest."""
    groups = ((weights, decay), (others, 0.0))
    return [{"params": list(part), "weight_decay": share} for part, share in groups if part]


def check_word(optimizer: Optimizer, name: str, words: tuple[str, ...]) -> None:
    """Refuse an option that is none of its words.

    Raises:
        GoodfitError: if it is another word.
    """
    if optimizer.chosen[name] not in words:
        raise GoodfitError(
            "training.option_invalid",
            name=name,
            value=repr(optimizer.chosen[name]),
            kind=" or ".join(words),
            optimizer=optimizer.settings.optimizer,
        )


def _parameters(optimizer: torch.optim.Optimizer) -> list[Tensor]:
    return [parameter for group in optimizer.param_groups for parameter in group["params"]]


def _closure(loss: Loss) -> Callable[[], float]:
    """The loss as torch asks for it: first where the step starts, then wherever it went."""
    known = [loss.now()]
    return lambda: known.pop() if known else loss.again()


def _flat(state: Any, path: str) -> Iterator[tuple[str, Tensor]]:
    """The tensors and numbers of a nested state by their paths; what is empty is left out."""
    if isinstance(state, Mapping):
        for name, item in state.items():
            if name != "al":  # L-BFGS's scratch
                yield from _flat(item, f"{path}/{name}")
    elif isinstance(state, list):
        if not state:
            yield f"{path}/{_EMPTY}", torch.empty(0)
        for index, item in enumerate(state):
            yield from _flat(item, f"{path}/{index}")
    elif state is not None:
        dtype = torch.float64 if isinstance(state, float) else None
        yield path, state.clone() if isinstance(state, Tensor) else torch.tensor(state, dtype=dtype)


def _nested(remembered: Mapping[str, Tensor], prefix: str) -> dict[int, Any]:
    """The state again whose paths start so: the reverse of :func:`_flat`."""
    nested: dict[str, Any] = {}
    for path, tensor in remembered.items():
        if path.startswith(prefix):
            *folders, name = path.removeprefix(prefix).split("/")
            inner = nested
            for folder in folders:
                inner = inner.setdefault(folder, {})
            inner[name] = tensor.clone()
    return {int(index): _lists(state) for index, state in nested.items()}


def _lists(state: Any) -> Any:
    """Mappings whose names are numbers as lists."""
    if not isinstance(state, dict):
        return state
    found: dict[str, Any] = {name: _lists(item) for name, item in state.items() if name != _EMPTY}
    if all(name.isdigit() for name in found):
        return [found[name] for name in sorted(found, key=int)]
    return found
