"""Pieces that step the parameters: every optimizer as PyTorch has it, or written out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from goodfit.core.settings import Settings, decided
from goodfit.model.script.code import block, call, literal
from goodfit.model.script.facts import Facts
from goodfit.training.optimizer import beta2_of, chosen_options
from goodfit.training.optimizers import OPTIMIZERS

#: PyTorch's own name of each optimizer that it has.
NAMES: Mapping[str, str] = {
    "sgd": "SGD",
    "adam": "Adam",
    "adamw": "AdamW",
    "adagrad": "Adagrad",
    "adadelta": "Adadelta",
    "rmsprop": "RMSprop",
    "nadam": "NAdam",
    "radam": "RAdam",
    "adamax": "Adamax",
    "asgd": "ASGD",
    "rprop": "Rprop",
    "adafactor": "Adafactor",
    "muon": "Muon",
    "lbfgs": "LBFGS",
}
#: What PyTorch takes where nothing is said; such arguments are left out.
USUAL: Mapping[str, Any] = {
    "momentum": 0.0,
    "nesterov": False,
    "dampening": 0.0,
    "betas": (0.9, 0.999),
    "eps": 1e-8,
    "amsgrad": False,
    "lr_decay": 0.0,
    "initial_accumulator_value": 0.0,
    "rho": 0.9,
    "alpha": 0.99,
    "centered": False,
    "momentum_decay": 0.004,
    "lambd": 1e-4,
    "t0": 1e6,
    "etas": (0.5, 1.2),
    "step_sizes": (1e-6, 50.0),
    "beta2_decay": -0.8,
    "d": 1.0,
    "tolerance_grad": 1e-7,
    "tolerance_change": 1e-9,
    "history_size": 100,
    "ns_steps": 5,
}
#: The same of single optimizers, where it differs.
OWN_USUAL: Mapping[str, Mapping[str, Any]] = {
    "adagrad": {"eps": 1e-10},
    "adadelta": {"eps": 1e-6},
    "asgd": {"alpha": 0.75},
}
BETAS = frozenset({"adam", "adamw", "nadam", "radam", "adamax"})

SCHEDULE_FREE = '''
    class ScheduleFreeAdamW(torch.optim.Optimizer):
        """AdamW whose gradient is taken between its steps z and their mean, which is kept.

        Defazio et al. 2024, arXiv 2405.15682, algorithm 1.
        """

        def __init__(self, params, lr):
            super().__init__(params, {"lr": lr, "weight_decay": 0.0})
            self.n_steps, self.total = 0, 0.0
            for p in self.parameters():
                start = p.detach().clone()
                self.state[p] = {"z": start, "mean": start.clone(), "square": torch.zeros_like(p)}

        def parameters(self):
            """Every parameter."""
            return [p for group in self.param_groups for p in group["params"]]

        @torch.no_grad()
        def step(self):
            """One step of z; the network is then put between z and the mean."""
            self.n_steps += 1
            correction = 1 - ‹beta2›**self.n_steps
            rate = self.param_groups[0]["lr"] * correction**0.5
            self.total += rate**2
            share = rate**2 / self.total
            for group in self.param_groups:
                for p in group["params"]:
                    z, mean, square = (self.state[p][name] for name in ("z", "mean", "square"))
                    ‹update›
                    mean.lerp_(z, share)
                    p.copy_(torch.lerp(z, mean, ‹beta1›))
'''
KEPT = {
    "asgd": "ax",
    "schedule_free_adamw": "mean",
}


def optimizer_helpers(facts: Facts) -> dict[str, str]:
    """Optimizers that PyTorch does not have."""
    if facts.settings.optimizer != "schedule_free_adamw":
        return {}
    return {"ScheduleFreeAdamW": schedule_free(facts.settings)}


def optimizer_lines(facts: Facts) -> list[str]:
    """The main lines that make ``optimizer``, and what it needs."""
    settings = facts.settings
    grouped = facts.decaying and settings.optimizer != "lbfgs"
    penalised = settings.l1 > 0 or settings.l2 > 0
    if settings.optimizer == "muon":
        return _muon_lines(facts)
    lines = list[str]()
    parameters = "model.parameters()"
    if grouped or penalised:
        lines += weights_lines(facts)
    if grouped:
        lines += others_lines(facts)
        parameters = "groups"
        decay = literal(settings.weight_decay)
        lines += [
            "groups = [",
            f'    {{"params": weights, "weight_decay": {decay}}},',
            '    {"params": others, "weight_decay": 0.0},',
            "]",
        ]
    return [*lines, call(f"optimizer = {_class(settings)}(", [parameters, *arguments(settings)])]


def weights_lines(facts: Facts) -> list[str]:
    """The parameters that penalties and decay act on."""
    if facts.ensemble:
        hidden = "*model.hidden, " if len(facts.settings.widths or ()) > 1 else ""
        return [f"weights = [model.first, {hidden}model.last]  # only these are made smaller"]
    return ["weights = [p for p in model.parameters() if p.ndim > 1]  # biases are left alone"]


def others_lines(facts: Facts) -> list[str]:
    """All others."""
    if facts.ensemble:
        small = "others = [p for p in model.parameters() if all(p is not w for w in weights)]"
        return [small]
    return ["others = [p for p in model.parameters() if p.ndim <= 1]"]


def _class(settings: Settings) -> str:
    if settings.optimizer == "schedule_free_adamw":
        return "ScheduleFreeAdamW"
    return f"torch.optim.{NAMES[settings.optimizer]}"


def arguments(settings: Settings) -> list[str]:
    """What the optimizer is made with, without what PyTorch takes anyway."""
    name = settings.optimizer
    found = [f"lr={literal(decided(settings.learning_rate))}"]
    if name == "schedule_free_adamw":
        return found
    usual = {**USUAL, **OWN_USUAL.get(name, {})}
    given = _options(settings)
    if name in {"nadam", "radam"} and settings.weight_decay:
        given["decoupled_weight_decay"] = True
    if name == "adamw" and not settings.weight_decay:
        given["weight_decay"] = 0.0  # PyTorch's own is a hundredth
    if name in {"adam", "adamw"}:
        given["fused"] = True
    return found + [
        f"{key}={literal(value)}" for key, value in given.items() if usual.get(key, ...) != value
    ]


def _options(settings: Settings) -> dict[str, Any]:
    """Every argument but rate and decay, by PyTorch's name."""
    name = settings.optimizer
    chosen: dict[str, Any] = dict(chosen_options(OPTIMIZERS[name], settings))
    if name in BETAS:
        chosen["betas"] = (settings.beta1, beta2_of(settings))
    if name in {"sgd", "rmsprop"}:
        chosen["momentum"] = settings.momentum or 0.0
    if name == "sgd":
        chosen["nesterov"] = bool(settings.nesterov)
    if name == "rprop":
        chosen["etas"] = (chosen.pop("eta_minus"), chosen.pop("eta_plus"))
        chosen["step_sizes"] = (chosen.pop("smallest_step"), chosen.pop("largest_step"))
    if name == "adafactor":
        chosen["eps"] = (None, chosen.pop("epsilon2"))
        if chosen["eps"] == (None, 1e-3):
            del chosen["eps"]
    elif settings.epsilon is not None and name in BETAS | {"adagrad", "adadelta", "rmsprop"}:
        chosen["eps"] = settings.epsilon
    if name == "lbfgs" and chosen["line_search_fn"] == "none":
        del chosen["line_search_fn"]
    return chosen


def _muon_lines(facts: Facts) -> list[str]:
    """Muon for the matrices of hidden layers, AdamW for all the rest."""
    settings = facts.settings
    decay = literal(settings.weight_decay or 0.0)
    options = chosen_options(OPTIMIZERS["muon"], settings)
    rate = f"lr={literal(decided(settings.learning_rate))}"
    made = [
        "matrices",
        rate,
        f"momentum={literal(settings.momentum)}",
        f"nesterov={literal(bool(settings.nesterov))}",
        f"weight_decay={decay}",
        *(f"{name}={literal(value)}" for name, value in options.items()),
    ]
    betas = literal((settings.beta1, beta2_of(settings)))
    return [
        "# Muon steps the matrices between hidden layers, AdamW all others.",
        "layers = [layer for layer in model.modules() if isinstance(layer, nn.Linear)]",
        "matrices = [layer.weight for layer in layers[:-1] if min(layer.weight.shape) > 1]",
        "rest = [p for p in model.parameters() if all(p is not one for one in matrices)]",
        "groups = [",
        f'    {{"params": [p for p in rest if p.ndim > 1], "weight_decay": {decay}}},',
        '    {"params": [p for p in rest if p.ndim <= 1], "weight_decay": 0.0},',
        "]",
        call("muon = torch.optim.Muon(", made),
        call(
            "adamw = torch.optim.AdamW(",
            ["groups", rate, f"betas={betas}", f"eps={literal(settings.epsilon)}"],
        ),
    ]


def schedule_free(settings: Settings) -> str:
    """Schedule-free AdamW as a class."""
    beta2 = beta2_of(settings)
    decay = ['z.sub_(p, alpha=rate * group["weight_decay"])'] if settings.weight_decay else []
    update = [
        f"square.mul_({literal(beta2)}).addcmul_(p.grad, p.grad, value={literal(1 - beta2)})",
        *decay,
        f"z.addcdiv_(p.grad, square.sqrt() + {literal(settings.epsilon)}, value=-rate)",
    ]
    return block(
        SCHEDULE_FREE,
        beta1=literal(settings.beta1),
        beta2=literal(beta2),
        update="\n                ".join(update),
    )
