"""Small tables as tensors, and one way to train on them, shared by every contract."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from goodfit.core.batch import Batch
from goodfit.core.randomness import torch_generator
from goodfit.core.settings import Settings, Task, make_settings
from goodfit.networks.catalog import build_network, initialize
from goodfit.networks.contract import Network
from goodfit.training.controls import Controls
from goodfit.training.events import Event
from goodfit.training.loop import train
from goodfit.training.losses import LOSSES
from goodfit.training.objectives import Objective, objective_for
from goodfit.training.state import TrainingState

TASKS: tuple[Task, ...] = ("regression", "binary", "multiclass")
N_DENSE, N_CODES, N_LEVELS = 4, (5, 3), 3


def some_rows(
    task: Task, n_rows: int = 32, *, weighted: bool = False, seed: int = 0, loss: str = "auto"
) -> Batch:
    """Random rows of four dense columns and two of codes with a learnable target.

    Its numbers are positive where the loss asks for it.
    """
    random = torch.Generator().manual_seed(seed)
    dense = torch.randn(n_rows, N_DENSE, generator=random)
    codes = torch.stack([torch.randint(1, n, (n_rows,), generator=random) for n in N_CODES], 1)
    signal = dense[:, :1] * 2 - dense[:, 1:2] + codes[:, :1] - 2
    if task == "regression":
        signed = loss == "auto" or LOSSES[loss][0].allows == "any"
        target = signal if signed else (signal / 4).exp()
    elif task == "binary":
        target = (signal > 0).float()
    else:
        target = torch.bucketize(signal.flatten(), torch.tensor([-1.0, 1.0]))
    weight = torch.rand(n_rows, 1, generator=random) + 0.1 if weighted else None
    return Batch(dense, codes, target, weight)


@dataclass
class Trained:
    """A network after a training, with what it was trained by."""

    network: Network
    objective: Objective
    state: TrainingState
    events: list[Event]


def resolved(**given: object) -> Settings:
    """Settings with every choice made that training needs."""
    family = given.get("network", "mlp")
    choices: dict[str, object] = {"network": family, "epochs": 20, "batch_size": 8}
    choices |= {"early_stopping": 0}
    choices |= {"learning_rate": 0.01, "schedule": "constant", "precision": "float32"}
    choices |= {"widths": (16, 8)} if family in {"mlp", "ensemble"} else {}
    choices |= {"dropout": 0.0} if family not in {"linear", "ensemble"} else {}
    return make_settings(**(choices | given))


def trained(rows: Batch, task: Task, *, by_hand: bool = True, validation: Batch | None = None,
            **given: object) -> Trained:  # fmt: skip
    """Build, start and train a network as ``fit`` does."""
    settings = resolved(**given)
    objective = objective_for(task, n_levels=N_LEVELS, settings=settings)
    network = fresh_network(settings, objective.n_outputs)
    network.to(rows.dense.dtype)
    state = TrainingState.fresh(network, settings)
    events = list(
        train(state, network, objective, training=rows, validation=validation, settings=settings,
              controls=Controls(), by_hand=by_hand)
    )  # fmt: skip
    return Trained(network, objective, state, events)


def fresh_network(settings: Settings, n_outputs: int = 1) -> Network:
    """A started network for the rows of ``some_rows``."""
    network = build_network(N_DENSE, N_CODES, n_outputs, settings=settings)
    generator = torch_generator(settings.seed, "initialization")
    initialize(network, settings=settings, generator=generator)
    return network
