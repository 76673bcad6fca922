"""A person's own modules as networks and activations: trained, saved, and refused with a reason."""

from __future__ import annotations

import copy
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor, nn

import goodfit
from goodfit.core.own import Own
from goodfit.core.settings import make_settings
from goodfit.networks.catalog import build_network
from goodfit.networks.contract import Network
from goodfit.networks.linear import Linear
from goodfit.networks.mlp import MLP
from goodfit.networks.strangers import seeded
from helpers import raises
from training_harness import resolved

X = np.linspace(-2, 2, 80)
TABLE = {"x": X, "colour": ["red", "blue", "pink", "grey"] * 20, "y": X**2 + 3}
QUICK = {"epochs": 4, "seed": 4}


class Wide(nn.Module):
    """As a person writes one, with what the training must take care of."""

    def __init__(self, n_inputs: int, n_outputs: int) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(n_inputs)  # keeps whole numbers beside its running means
        self.hidden = nn.Linear(n_inputs, 16)
        self.drop = nn.Dropout(0.2)
        self.out = nn.Linear(16, n_outputs)

    def forward(self, rows: Tensor) -> Tensor:
        return self.out(self.drop(torch.relu(self.hidden(self.norm(rows)))))


class Lazy(nn.Module):
    def __init__(self, n_inputs: int, n_outputs: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.LazyLinear(5), nn.Tanh(), nn.LazyLinear(n_outputs))

    def forward(self, rows: Tensor) -> Tensor:
        return self.layers(rows)


class Measured(Wide):
    """Its start computes with its numbers, so that it has no shapes without them."""

    def __init__(self, n_inputs: int, n_outputs: int) -> None:
        super().__init__(n_inputs, n_outputs)
        self.scale = float(self.hidden.weight.std())


def plain(n_inputs: int, n_outputs: int) -> nn.Module:
    return nn.Sequential(nn.Linear(n_inputs, 8), nn.ReLU(), nn.Linear(8, n_outputs))


@pytest.mark.parametrize("factory", [Wide, Lazy, Measured, plain])
def test_a_module_is_trained_saved_and_given_again(tmp_path: Path, factory: object) -> None:
    before = torch.random.get_rng_state()
    model = goodfit.fit(TABLE, target="y", network=factory, **QUICK)
    assert torch.equal(torch.random.get_rng_state(), before)
    assert model.settings.network == "own"
    assert model.history.train_loss[-1] < model.history.train_loss[0]
    path = model.save(tmp_path / "model.goodfit")
    loaded = goodfit.load(path, network=factory)
    assert np.array_equal(loaded.predict(TABLE), model.predict(TABLE))
    with raises("model.own_needed", part="network", name=f"{__name__}.{factory.__name__}"):
        goodfit.load(path)
    with raises("model.file_unreadable"):
        goodfit.load(path, network=nn.Linear)


def test_same_seed_gives_the_same_training_whatever_the_global_state() -> None:
    found = []
    for seed in (4, 4, 5):
        torch.rand(len(found) + 1)
        model = goodfit.fit(TABLE, target="y", network=Wide, epochs=4, seed=seed)
        found.append(model.predict(TABLE))
    assert np.array_equal(found[0], found[1])
    assert not np.array_equal(found[0], found[2])


def test_it_starts_as_its_class_leaves_it_after_the_seed() -> None:
    torch.manual_seed(7)
    expected = plain(3, 2)
    settings = make_settings(network="own", seed=7)
    network = build_network(3, (), 2, settings=settings, own=Own(network=plain))
    for ours, theirs in zip(network.parameters(), expected.parameters(), strict=True):
        assert torch.equal(ours, theirs)
    assert [p.dim() for p in network.decayed()] == [2, 2]


def test_a_prediction_is_bit_equal_wherever_its_row_stands() -> None:
    model = goodfit.fit(TABLE, target="y", network=Wide, **QUICK)
    whole = model.predict(TABLE)
    for start, stop in ((0, 1), (41, 42), (13, 60)):
        some = {name: cells[start:stop] for name, cells in TABLE.items()}
        assert np.array_equal(model.predict(some), whole[start:stop])


def test_its_hidden_matrices_are_those_of_its_linear_layers_but_the_last() -> None:
    settings = make_settings(network="own")
    network = build_network(3, (), 2, settings=settings, own=Own(network=plain))
    assert [tuple(weight.shape) for weight in network.matrices()] == [(8, 3)]


def test_classes_and_estimators() -> None:
    labels = np.where(X > 0, "a", "b")
    found = goodfit.Classifier(network=plain, epochs=30, learning_rate=0.03).fit(X[:, None], labels)
    assert (found.predict(X[:, None]) == labels).mean() > 0.9
    model = goodfit.fit(TABLE, target="colour", network=plain, **QUICK)
    assert model.predict_proba(TABLE).shape == (80, 4)


def test_categories_become_numbers_for_a_module() -> None:
    many = {**TABLE, "colour": [f"level {i % 40}" for i in range(80)]}
    quick = {**QUICK, "category": ["colour"]}
    model = goodfit.fit(many, target="y", network=plain, **quick)
    assert len(model.preprocessing.layout.dense) > 32
    assert model.preprocessing.layout.codes == ()
    with raises("settings.not_of_choice", name="category_encoding"):
        goodfit.fit(many, target="y", network=plain, category_encoding="embedding", **quick)
    with raises("settings.not_of_choice", name="initialization"):
        goodfit.fit(TABLE, target="y", network=plain, initialization="he_normal", **QUICK)


class Ours(Network):
    """To the full contract, by handing everything on."""

    def __init__(self, n_dense: int, n_codes: tuple[int, ...], n_outputs: int) -> None:
        super().__init__()
        self.line = Linear(n_dense, n_codes, n_outputs)
        self.start, self.decayed = self.line.start, self.line.decayed
        self.by_hand, self.predictor = self.line.by_hand, self.line.predictor
        self.use_generator, self.matrices = self.line.use_generator, self.line.matrices
        self.widest = self.line.widest

    def forward(self, dense: Tensor, codes: Tensor) -> Tensor:
        return self.line(dense, codes)


def test_a_class_to_our_contract_sees_codes(tmp_path: Path) -> None:
    model = goodfit.fit(
        TABLE, target="y", network=Ours, category_encoding="embedding",
        initialization="kaiming_normal", **QUICK,
    )  # fmt: skip
    assert model.preprocessing.layout.codes == (("colour", 6),)
    loaded = goodfit.load(model.save(tmp_path / "model.goodfit"), network=Ours)
    assert np.array_equal(loaded.predict(TABLE), model.predict(TABLE))


class HalfFixed(nn.Module):
    def __init__(self, n_inputs: int, n_outputs: int) -> None:
        super().__init__()
        self.fixed = nn.Linear(n_inputs, 8).requires_grad_(requires_grad=False)
        self.middle = nn.Linear(8, 8)
        self.line = nn.Linear(8, n_outputs)

    def forward(self, rows: Tensor) -> Tensor:
        return self.line(self.middle(self.fixed(rows)))


@pytest.mark.parametrize(
    "stepping",
    [
        {"optimizer": "muon", "weight_decay": 0.5},
        {"optimizer": "asgd", "optimizer_options": {"lambd": 0.1}},
        {"optimizer": partial(torch.optim.AdamW, lr=0.1, weight_decay=0.5)},
    ],
)
def test_what_it_holds_fixed_stays(stepping: dict) -> None:
    with seeded(0):
        start = HalfFixed(5, 1)
    model = goodfit.fit(TABLE, target="y", network=HalfFixed, epochs=2, seed=0, **stepping)
    trained = model.network.module
    assert not torch.equal(trained.line.weight, start.line.weight.to(trained.line.weight))
    for name, before in start.fixed.named_parameters():
        after = trained.fixed.get_parameter(name)
        assert torch.equal(after, before.to(after.dtype)), name


class Fixed(nn.Module):
    def __init__(self, n_inputs: int, n_outputs: int) -> None:
        super().__init__()
        self.line = nn.Linear(n_inputs, n_outputs).requires_grad_(requires_grad=False)

    def forward(self, rows: Tensor) -> Tensor:
        return self.line(rows)


class Whole(plain(1, 1).__class__):
    def __init__(self, n_inputs: int, n_outputs: int) -> None:
        super().__init__(nn.Linear(n_inputs, n_outputs))
        self.count = nn.Parameter(torch.ones(2, dtype=torch.int64), requires_grad=False)


class Mixing(nn.Module):
    def __init__(self, n_inputs: int, n_outputs: int) -> None:
        super().__init__()
        self.line = nn.Linear(n_inputs, n_outputs)

    def forward(self, rows: Tensor) -> Tensor:
        return self.line(rows - rows.mean(0))


@pytest.mark.parametrize(
    ("factory", "problem"),
    [
        (lambda n_inputs: nn.Linear(n_inputs, 1), "making it fails"),
        (lambda *_: "network", "not a torch.nn.Module"),
        (lambda n_inputs, n_outputs: nn.Linear(n_inputs, n_outputs + 1), "it gives (3, 2)"),
        (lambda *_: nn.Flatten(0), "it gives ("),
        (lambda n_inputs, n_outputs: nn.Linear(n_inputs + 1, n_outputs), "its forward fails"),
        (nn.LSTM, "it gives"),
        (nn.Linear(2, 1), "give its class"),
        (Fixed, "no parameters to learn"),
        (Whole, "no floating-point numbers"),
        (Mixing, "depend on the other rows"),
    ],
)
def test_what_cannot_be_a_network_is_refused_with_the_reason(factory: object, problem: str) -> None:
    with raises("networks.own_unfit") as caught:
        goodfit.fit(TABLE, target="y", network=factory, **QUICK)
    assert problem in caught.value.params["problem"]


def test_an_own_network_larger_than_memory_is_refused_before_it_is_built() -> None:
    with raises("networks.too_large"):
        goodfit.fit(TABLE, target="y", network=lambda n, _: nn.Linear(n, 10**9), **QUICK)


@pytest.mark.parametrize(
    "activation",
    [torch.sin, nn.Mish, nn.PReLU(), partial(nn.LeakyReLU, 0.2), lambda: nn.RReLU(0.1, 0.2)],
    ids=["function", "class", "module", "partial", "factory"],
)
@pytest.mark.parametrize("network", ["mlp", "resnet"])
def test_an_own_activation_is_trained_saved_and_given_again(
    tmp_path: Path, activation: object, network: str
) -> None:
    before = torch.random.get_rng_state()
    asked = {"network": network, "activation": activation, **QUICK}
    model = goodfit.fit(TABLE, target="y", **asked)
    again = goodfit.fit(TABLE, target="y", **asked)
    assert torch.equal(torch.random.get_rng_state(), before)
    loaded = goodfit.load(model.save(tmp_path / "model.goodfit"), activation=activation)
    whole = model.predict(TABLE)
    assert np.array_equal(loaded.predict(TABLE), whole)
    assert np.array_equal(again.predict(TABLE), whole)
    one = {name: cells[17:18] for name, cells in TABLE.items()}
    assert model.predict(one)[0] == whole[17]


def test_each_layer_has_its_copy_of_an_activation_module() -> None:
    given = nn.PReLU()
    settings = resolved(activation="own")
    network = build_network(3, (), 1, settings=settings, own=Own(activation=given))
    slopes = [p for n, p in network.named_parameters() if n.startswith("activations")]
    assert len(slopes) == 2
    assert all(slope is not given.weight for slope in slopes)
    assert isinstance(network, MLP)
    assert copy.deepcopy(network).by_hand() is None


@pytest.mark.parametrize(
    ("activation", "problem"),
    [
        (lambda z: z.sum(1), "shape"),
        (lambda z: torch.softmax(z, 1), "depends on the numbers beside it"),
        (lambda z: z.detach(), "cannot differentiate"),
        (lambda z: z.nothing, "it fails"),
        (partial(nn.Linear, 5, 5), "it fails"),
        (lambda z: z.numpy(force=True), "tensor"),
    ],
)
def test_what_cannot_be_an_activation_is_refused_with_the_reason(
    activation: object, problem: str
) -> None:
    with raises("networks.own_activation_unfit") as caught:
        goodfit.fit(TABLE, target="y", activation=activation, **QUICK)
    assert problem in caught.value.params["problem"]
