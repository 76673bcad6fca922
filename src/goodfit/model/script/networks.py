"""Pieces that make a network of one kind: its layers, its activations, how it starts."""

from __future__ import annotations

import math

from goodfit.core.settings import Settings
from goodfit.model.script.code import block, listed, literal
from goodfit.model.script.facts import Facts
from goodfit.model.script.layers import (
    ACTIVATION_TEXTS,
    BATCH_NORM,
    BLOCK,
    EMBEDDING,
    GAINED,
    INITIALIZATION_TEXTS,
    LINEAR_NETWORK,
    MAXOUT,
    NETWORK,
    NORMALIZATION_TEXTS,
    RRELU,
    SINGLE,
    STARTED,
    WIDTH_OF,
)
from goodfit.networks.activations import ACTIVATIONS


def network_helpers(facts: Facts) -> dict[str, str]:
    """Layers that PyTorch does not have, and the network where it is no mere sequence."""
    pieces = literal(facts.settings.maxout_pieces)
    single = facts.settings.normalization == "batch" and _meets_single_rows(facts)
    network = block(NETWORK, layers=_inside("self.layers", _layers(facts, "n_inputs")))
    if facts.settings.network == "linear":
        network = block(LINEAR_NETWORK, layer=_dense(facts, "n_inputs", "n_outputs"))
    return {
        "linear": _started(facts),
        "embedding": block(EMBEDDING),
        "width_of": block(WIDTH_OF),
        "BatchNorm": block(BATCH_NORM, single=SINGLE if single else ""),
        "RReLU": block(RRELU),
        "Maxout": block(MAXOUT, pieces=pieces),
        "Block": block(BLOCK, layers=_inside("self.layers", _block_layers(facts))),
        "Network": network,
    }


def network_lines(facts: Facts, *, n_inputs: str = "x.shape[1]") -> list[str]:
    """The main lines that make the network ``model``, in which chance gives each its start."""
    seed = "torch.manual_seed(SEED)  # the start of the parameters is drawn by chance"
    n_outputs = n_outputs_of(facts)
    if facts.coded:
        counts = "n_codes = (codes[training].max(dim=0).values + 1).tolist()"
        made = f"model = Network({n_inputs}, n_codes, {n_outputs})"
        return [seed, counts, made, *_double(facts)]
    if facts.settings.network == "linear":
        made = "model = " + _dense(facts, n_inputs, n_outputs)
        return [seed, made, *_double(facts)]
    layers = [layer.replace("n_outputs", n_outputs) for layer in _layers(facts, n_inputs)]
    return [seed, listed("model = nn.Sequential(", layers), *_double(facts)]


def n_outputs_of(facts: Facts) -> str:
    """How many outputs the network has, as an expression."""
    if facts.task == "multiclass":
        return "len(classes)"
    return literal(facts.model.objective.n_outputs)


def _double(facts: Facts) -> list[str]:
    return ["model.double()"] if facts.double else []


def _inside(name: str, layers: list[str]) -> str:
    """A sequence of layers as it stands in a method."""
    return listed(f"{name} = nn.Sequential(", layers).replace("\n", "\n        ")


def _layers(facts: Facts, n_inputs: str) -> list[str]:
    if facts.settings.network == "resnet":
        return _residual_layers(facts, n_inputs)
    layers, inputs = list[str](), n_inputs
    settings = facts.settings
    for width in settings.widths or ():
        sums = width * _pieces(settings)
        bias = settings.normalization != "batch"
        layers.append(_dense(facts, inputs, literal(sums), gained=True, bias=bias))
        layers += [*_normalization(settings, sums), _activation(settings, width)]
        layers += _dropout(settings.dropout)
        inputs = literal(width)
    return [*layers, _dense(facts, inputs, "n_outputs")]


def _residual_layers(facts: Facts, n_inputs: str) -> list[str]:
    settings = facts.settings
    width, bias = settings.block_width, settings.normalization != "batch"
    seen = width // _pieces(settings)
    return [
        _dense(facts, n_inputs, literal(width), bias=bias),
        *["Block()"] * settings.blocks,
        *_normalization(settings, width),
        _activation(settings, seen),
        _dense(facts, literal(seen), "n_outputs"),
    ]


def _block_layers(facts: Facts) -> list[str]:
    settings = facts.settings
    width, bias = settings.block_width, settings.normalization != "batch"
    hidden = max(round(width * settings.hidden_factor), 1)
    sums = literal(hidden * _pieces(settings))
    return [
        *_normalization(settings, width),
        _dense(facts, literal(width), sums, gained=True),
        _activation(settings, hidden),
        *_dropout(settings.dropout),
        _dense(facts, literal(hidden), literal(width), bias=bias),
        *_dropout(settings.residual_dropout),
    ]


def _dense(
    facts: Facts, inputs: str, outputs: str, *, gained: bool = False, bias: bool = True
) -> str:
    """A fully connected layer; ``gained`` where an activation follows."""
    name = facts.settings.initialization
    arguments = [inputs, outputs]
    gain = _gain(facts.settings) if gained and name in GAINED else 1.0
    if gain != 1:
        arguments.append(f"gain={_gain_text(gain)}")
    if not bias:
        arguments.append("bias=False")
    return f"{'nn.Linear' if name == 'torch_default' else 'linear'}({', '.join(arguments)})"


def _gain(settings: Settings) -> float:
    active = ACTIVATIONS[settings.activation](1, settings)
    return float(active.gain)


def _gain_text(gain: float) -> str:
    """A gain as it is told in papers."""
    return "math.sqrt(2)" if gain == math.sqrt(2) else "5 / 3" if gain == 5 / 3 else literal(gain)


def _started(facts: Facts) -> str:
    name = facts.settings.initialization
    says, weights = INITIALIZATION_TEXTS[name]
    unbiased = facts.settings.normalization == "batch" and facts.settings.network != "linear"
    gained = name in GAINED
    if not weights:
        return ""
    return block(
        STARTED,
        says=says,
        gained=", gain=1.0" if gained else "",
        biased=", bias=True" if unbiased else "",
        bias=", bias=bias" if unbiased else "",
        weights=block(weights).replace("\n", "\n    "),
        zeros="if bias:\n        nn.init.zeros_(layer.bias)"
        if unbiased
        else "nn.init.zeros_(layer.bias)",
    )


def _pieces(settings: Settings) -> int:
    return settings.maxout_pieces if settings.activation == "maxout" else 1


def _activation(settings: Settings, width: int) -> str:
    slopes = literal(width) if settings.prelu_slopes == "neuron" else ""
    return block(
        ACTIVATION_TEXTS[settings.activation],
        negative_slope=literal(settings.negative_slope),
        elu_alpha=literal(settings.elu_alpha),
        slopes=slopes,
    )


def _normalization(settings: Settings, width: int) -> list[str]:
    text = NORMALIZATION_TEXTS[settings.normalization or "none"]
    return [block(text, width=literal(width))] if text else []


def _dropout(share: float | None) -> list[str]:
    return [f"nn.Dropout({literal(share)})"] if share else []


def _meets_single_rows(facts: Facts) -> bool:
    """Whether a batch may have one row: sizes differ by one at most."""
    return facts.n_seen // facts.n_batches < 2
