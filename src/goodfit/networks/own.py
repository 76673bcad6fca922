"""A person's own network: any ``torch.nn.Module``, or a class of ours to the full contract."""

from __future__ import annotations

import copy
import inspect
from typing import Any, cast, final

import torch
from torch import Generator, Tensor, nn

from goodfit.core.errors import GoodfitError
from goodfit.core.own import OWN, Own
from goodfit.core.settings import Settings, defaults
from goodfit.core.words import say
from goodfit.networks.contract import ByHand, Network, Predictor
from goodfit.networks.initializations import Initialization
from goodfit.networks.strangers import drawn_seed, seeded, weights_of


@final
class OwnNetwork(Network):
    """A person's own module, whose ``forward`` takes (row, input) and gives (row, output).

    Its parameters start as it leaves them, and those of one dimension do not decay. What is
    random in it, such as dropout, comes from the fit's seed.

    Args:
        module: takes one tensor.

    >>> import torch
    >>> network = OwnNetwork(torch.nn.Linear(2, 1))
    >>> network(torch.zeros(3, 2), torch.zeros(3, 0, dtype=torch.int64)).shape
    torch.Size([3, 1])
    """

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module
        self.generator: Generator | None = None

    def forward(self, dense: Tensor, codes: Tensor) -> Tensor:
        """See :class:`Network`."""
        if not self.training:
            return self.module(dense)
        with seeded(drawn_seed(self.generator), device=dense.device):
            return self.module(dense)

    def of_folds(self, dense: Tensor, codes: Tensor, folds: slice) -> Tensor:
        """See :class:`Network`."""
        return self(dense[0], codes[0])[None]

    def start(self, draw: Initialization, generator: Generator) -> None:
        """Parameters start as the module left them."""

    def decayed(self) -> list[nn.Parameter]:
        """See :class:`Network`."""
        return weights_of(self.module)

    def matrices(self) -> list[nn.Parameter]:
        """See :class:`Network`: of its linear layers, taken in the order that they were made."""
        layers = [part for part in self.module.modules() if isinstance(part, nn.Linear)]
        weights = cast("list[nn.Parameter]", [layer.weight for layer in layers[:-1]])
        return [w for w in weights if min(w.shape) > 1 and w.requires_grad]

    def widest(self) -> int:
        """See :class:`Network`."""
        return max((max(weight.shape) for weight in self.matrices()), default=1)

    def by_hand(self) -> ByHand | None:
        """Nobody wrote its derivative by hand."""
        return None

    def predictor(self) -> Predictor:
        """See :class:`Network`: row by row, the one way that no row's place can matter."""
        module = copy.deepcopy(self.module).eval().requires_grad_(requires_grad=False)

        def predict(dense: Tensor, codes: Tensor) -> Tensor:
            del codes  # a module sees none
            return torch.cat([module(row) for row in dense.contiguous().split(1)])

        return predict

    def use_generator(self, generator: Generator) -> None:
        """See :class:`Network`."""
        self.generator = generator


def takes_dense_only(own: Own) -> bool:
    """Whether the network is a person's module, which sees numbers and no codes."""
    return own.network is not None and not _is_ours(own.network)


def make_own(
    n_dense: int, n_codes: tuple[int, ...], n_outputs: int, *, settings: Settings, own: Own
) -> Network:
    """The person's network, started and checked.

    Raises:
        GoodfitError: if it cannot be made, or cannot be trained.
    """
    if takes_dense_only(own):
        _check_settings(n_codes, settings)
    network = _made(n_dense, n_codes, n_outputs, settings=settings, own=own)
    name = own.names["network"]
    _check_outputs(network, name, n_dense=n_dense, n_codes=n_codes, n_outputs=n_outputs)
    parameters = list(network.parameters())
    if not any(parameter.requires_grad for parameter in parameters):
        raise _unfit(name, say("networks.no_parameters", {}))
    if not all(parameter.is_floating_point() for parameter in parameters):
        raise _unfit(name, say("networks.not_floating", {}))
    return network


def sketch_own(
    n_dense: int, n_codes: tuple[int, ...], n_outputs: int, *, settings: Settings, own: Own
) -> Network:
    """Its shapes, without memory for them where its class allows that."""
    try:
        with torch.device("meta"):
            sketch = _made(n_dense, n_codes, n_outputs, settings=settings, own=own)
    except GoodfitError:  # such as a start that computes with its numbers
        return make_own(n_dense, n_codes, n_outputs, settings=settings, own=own)
    if any(nn.parameter.is_lazy(parameter) for parameter in sketch.parameters()):
        return make_own(n_dense, n_codes, n_outputs, settings=settings, own=own)
    return sketch


def _made(
    n_dense: int, n_codes: tuple[int, ...], n_outputs: int, *, settings: Settings, own: Own
) -> Network:
    """The object called, as a plain script would call it after ``torch.manual_seed(seed)``."""
    name = own.names["network"]
    if isinstance(own.network, nn.Module):
        raise _unfit(name, say("networks.already_made", {}))
    try:
        with seeded(settings.seed):
            if _is_ours(own.network):
                return own.network(n_dense, n_codes, n_outputs)
            module = own.network(n_dense, n_outputs)
    except Exception as error:
        raise _unfit(name, say("networks.making_fails", {"reason": str(error)})) from error
    if not isinstance(module, nn.Module):
        raise _unfit(name, say("networks.makes_other", {"kind": type(module).__name__}))
    return OwnNetwork(module)


def _check_outputs(
    network: Network, name: str, *, n_dense: int, n_codes: tuple[int, ...], n_outputs: int
) -> None:
    """See that three rows give three rows of outputs, none of which depends on the others."""
    dense = torch.linspace(-1, 1, 3 * n_dense).view(3, n_dense)
    codes = torch.zeros(3, len(n_codes), dtype=torch.int64)
    network.eval()
    try:
        with seeded(0), torch.no_grad():
            outputs = network(dense, codes)
            alone = network(dense[:1], codes[:1])
    except Exception as error:
        raise _unfit(
            name, say("networks.forward_fails", {"n_dense": n_dense, "reason": str(error)})
        ) from error
    network.train()
    if not isinstance(outputs, torch.Tensor) or outputs.shape != (3, n_outputs):
        gives = tuple(outputs.shape) if isinstance(outputs, torch.Tensor) else type(outputs)
        raise _unfit(
            name, say("networks.other_outputs", {"gives": str(gives), "n_outputs": n_outputs})
        )
    if not torch.allclose(outputs[:1], alone, rtol=1e-3, atol=1e-5, equal_nan=True):
        raise _unfit(name, say("networks.rows_mix", {}))


def _check_settings(n_codes: tuple[int, ...], settings: Settings) -> None:
    """Refuse settings that a person's module would not heed."""
    heedless = {"initialization": settings.initialization != defaults().initialization}
    heedless["category_encoding"] = bool(n_codes)
    for name, unheeded in heedless.items():
        if unheeded:
            raise GoodfitError(
                "settings.not_of_choice",
                name=name,
                choice=f"network '{OWN}', a torch.nn.Module",
                owner=say("networks.known_by_name", {}),
            )


def _is_ours(thing: Any) -> bool:
    return inspect.isclass(thing) and issubclass(thing, Network)


def _unfit(name: str, problem: str) -> GoodfitError:
    return GoodfitError("networks.own_unfit", name=name, problem=problem)
