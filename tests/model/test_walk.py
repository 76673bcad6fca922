"""A walk is true: what it says is what the model computes, and its gradients are slopes."""

from __future__ import annotations

import math
from itertools import pairwise

import msgspec
import numpy as np
import pyarrow as pa
import pytest
import torch

import goodfit
from goodfit.core.settings import choices
from goodfit.model.walk import walk
from goodfit.model.walk.backward import Way, gradients_of
from goodfit.model.walk.forward import layers_of
from goodfit.model.walk.readings import (
    parts_of,
    rates_of,
    scalings_of,
    shapes_of,
    stopping_of,
    sureness_of,
)
from goodfit.model.walk.told import lines_of, sections_of
from helpers import has_remark, raises

N = 120


def table() -> dict[str, list]:
    """A mixed table: numbers with gaps, words, dates, text of a few words, and three targets."""
    x = [round(math.sin(n) * 3, 3) for n in range(N)]
    return {
        "x": [None if n % 17 == 3 else value for n, value in enumerate(x)],
        "z": [n % 11 + n % 7 / 10 for n in range(N)],
        "colour": ["red", "green", "blue", None][:3] * (N // 3),
        "day": [f"2024-{1 + n % 12:02d}-{1 + n % 28:02d}" for n in range(N)],
        "y": [2.0 * v + (n % 11) for n, v in enumerate(x)],
        "kind": ["abc"[n % 3] for n in range(N)],
        "sure": [str(v > 0) for v in x],
    }


TARGETS = {"y": ("kind", "sure"), "kind": ("y", "sure"), "sure": ("y", "kind")}
#: One fit of every family, and of what else makes a way of its own.
FITS = {
    "linear": {"target": "y", "network": "linear", "category_encoding": "embedding"},
    "mlp": {"target": "kind", "network": "mlp", "widths": (6, 5), "activation": "tanh"},
    "mlp_batch": {"target": "y", "network": "mlp", "widths": (6,), "normalization": "batch"},
    "mlp_maxout": {"target": "sure", "network": "mlp", "widths": (4,), "activation": "maxout"},
    "resnet": {
        "target": "sure", "network": "resnet", "block_width": 8, "normalization": "layer",
        "category_encoding": "embedding", "l2": 0.01,
    },
    "ensemble": {
        "target": "y", "network": "ensemble", "widths": (8, 8), "category_encoding": "embedding",
    },
    "ensemble_classes": {
        "target": "kind", "network": "ensemble", "widths": (8, 8), "bag": 2, "members": 3,
    },
    "two_targets": {"target": ["y", "z"], "network": "mlp", "widths": (4,)},
    "quantile": {"target": "y", "network": "mlp", "widths": (4,), "loss": "quantile"},
    "logarithm": {"target": "z", "network": "linear", "target_transform": "log1p"},
}  # fmt: skip


@pytest.fixture(scope="module")
def models():
    made = {}

    def model(name):
        if name not in made:
            chosen = {"epochs": 3, **FITS[name]}
            target = chosen.pop("target")
            left_out = TARGETS.get(target, ()) if isinstance(target, str) else ("kind", "sure")
            source = {key: cells for key, cells in table().items() if key not in left_out}
            made[name] = source, goodfit.fit(source, target=target, **chosen)
        return made[name]

    return model


@pytest.fixture(params=FITS)
def walked(request, models):
    source, model = models(request.param)
    return source, model, walk(model, source, row=5)


def test_a_walk_ends_where_the_model_does(walked):
    source, model, found = walked
    fifth = {name: [cells[4]] for name, cells in source.items()}
    assert found.answer.model_says == tuple(np.atleast_1d(model.predict(fifth)[0]).tolist())
    assert found.answer.same
    if not found.answer.levels:
        assert found.answer.prediction == pytest.approx(found.answer.model_says, rel=1e-4)
    assert found.row == 5
    assert [cell.column for cell in found.cells] == list(source)


def test_gradients_by_back_propagation_are_slopes(walked):
    _, model, found = walked
    assert found.largest_difference < 1e-5
    assert found.n_kinks == 0
    assert {p.name for p in found.parameters} == {
        name for name, _ in model.network.named_parameters()
    }
    longest = max(parameter.gradient_length for parameter in found.parameters)
    assert longest > 0
    for parameter in found.parameters:
        assert len(parameter.numbers) == min(parameter.n_numbers, len(parameter.numbers))
        assert parameter.n_numbers <= 24 or len(parameter.numbers) >= 12


def test_each_layer_takes_what_the_one_before_gave(walked):
    _, _, found = walked
    chain = [layer for layer in found.layers if layer.kind != "Lookup"]
    if "blocks.0" not in {layer.name for layer in chain}:
        for before, after in pairwise(chain):
            assert before.outputs == after.inputs, after.name
    for layer in chain:
        if layer.weight is not None and layer.kind == "Dense" and layer.name != "linear":
            sums = np.array(layer.weight) @ layer.inputs
            sums += 0 if layer.bias is None else np.array(layer.bias)
            assert np.allclose(sums, layer.outputs)
    if found.mixture is None:
        assert chain[-1].outputs == found.answer.outputs
    else:
        mix = found.mixture
        assert chain[-1].outputs == pytest.approx(mix.member_outputs)
        mixed = mix.share * np.array(mix.mean) + np.array(mix.line)
        assert mixed == pytest.approx(found.answer.outputs)


def test_nothing_of_the_model_changes(models):
    source, model = models("mlp")
    before = {name: value.clone() for name, value in model.network.state_dict().items()}
    walk(model, source)
    for name, value in model.network.state_dict().items():
        assert torch.equal(value, before[name])
    assert not any(value.requires_grad for value in model.network.parameters())
    assert not model.network.training


def test_a_walk_is_data(walked):
    _, _, found = walked
    assert msgspec.json.decode(msgspec.json.encode(found), type=type(found)) == found


def test_a_walk_reads_as_sentences(walked):
    _, _, found = walked
    for section in sections_of(found):
        assert all(sentence.endswith(".") for sentence in section.sentences), section.sentences
        assert all(len(row) == len(section.head) for row in section.rows)
    assert not [line for line in lines_of(found) if "None" in line]


def test_the_numbers_of_a_line_by_hand():
    """Three numbers that anybody can follow: y = 0.5 x + 1 at x = 4, where the table says 5."""
    source = {"x": [1.0, 4.0], "y": [1.0, 5.0]}
    model = goodfit.fit(
        source, target="y", task="regression", network="linear", optimizer="sgd", learning_rate=0.1,
        epochs=1, split="none", preprocessing="none", target_scaling="none", weight_decay=0.0,
    )  # fmt: skip
    model.network.weight.fill_(0.5)
    model.network.bias.fill_(1.0)
    model = model.__class__(
        **{name: value for name, value in vars(model).items() if not name.startswith("_")}
    )
    found = walk(model, source, row=2)
    assert found.answer.outputs == found.answer.prediction == (3.0,)
    assert found.loss.value == 4.0
    weight, bias = (parameter.numbers[0] for parameter in found.parameters)
    assert (weight.back, bias.back) == (-16.0, -4.0)  # 2 (3 - 5) 4, and 2 (3 - 5)
    assert weight.finite == pytest.approx(-16.0)
    assert (weight.after, bias.after) == pytest.approx((0.5 + 1.6, 1.0 + 0.4))
    assert found.step.loss_after == pytest.approx((2.1 * 4 + 1.4 - 5) ** 2)
    said = "\n".join(lines_of(found))
    assert "for this row alone the step is too long" in said


def test_a_corner_of_the_loss_is_told():
    """A neuron whose sum is exactly 0 stands at the corner of ReLU."""
    source = {"x": [0.0, 1.0, 2.0, 4.0], "y": [1.0, 2.0, 3.0, 9.0]}
    model = goodfit.fit(
        source, target="y", network="mlp", widths=(1,), epochs=1, split="none", dropout=0.0,
        preprocessing="none", target_scaling="none",
    )  # fmt: skip
    network = model.network
    for value, number in zip(network.parameters(), (1.0, 0.0, 1.0, 0.0), strict=True):
        value.fill_(number)
    found = walk(model, source, row=1)
    kinks = [p.name for p in found.parameters if p.n_kinks]
    assert kinks == ["layers.0.bias"]  # x is 0, so the weight changes nothing
    (number,) = next(p for p in found.parameters if p.n_kinks).numbers
    assert number.difference > 0.1
    assert found.largest_difference < 1e-6
    assert "corner" in "\n".join(lines_of(found))


@pytest.mark.parametrize("optimizer", choices("optimizer"))
def test_every_optimizer_steps(optimizer):
    source = {"x": [1.0, 2.0, 3.0, 5.0], "z": [0.0, 1.0, 0.0, 4.0], "y": [1.0, 2.0, 3.0, 9.0]}
    chosen = {"network": "mlp", "widths": (3, 3), "epochs": 2}
    if optimizer == "exact":
        chosen = {"network": "linear"}
    model = goodfit.fit(source, target="y", optimizer=optimizer, split="none", **chosen)
    found = walk(model, source)
    if optimizer == "exact":
        assert found.step is None
        has_remark(found.remarks, "walk.exact_takes_no_step")
        return
    assert found.step.optimizer == optimizer
    assert found.step.loss_before == found.loss.value
    assert any(parameter.step_length for parameter in found.parameters)


class Bent(torch.nn.Module):
    """A person's own network; the ReLU between its layers is a function."""

    def __init__(self, n_inputs: int, n_outputs: int) -> None:
        super().__init__()
        self.first, self.last = torch.nn.Linear(n_inputs, 4), torch.nn.Linear(4, n_outputs)

    def forward(self, a):
        return self.last(torch.relu(self.first(a)))


class Alone(torch.nn.Module):
    """One that computes all by itself."""

    def __init__(self, n_inputs: int, n_outputs: int) -> None:
        super().__init__()
        self.matrix = torch.nn.Parameter(torch.ones(n_inputs, n_outputs))

    def forward(self, a):
        return a @ self.matrix


class Single(Alone):
    """One that insists on single precision."""

    def forward(self, a):
        return torch.nn.functional.linear(a, self.matrix.t(), torch.zeros(1))


SMALL = {"x": [float(n % 7) for n in range(60)], "y": [float(n % 7) ** 2 for n in range(60)]}


@pytest.mark.parametrize(("network", "names"), [(Bent, ["first", "last"]), (Alone, ["module"])])
def test_an_own_network_is_watched_part_by_part(network, names):
    model = goodfit.fit(SMALL, target="y", network=network, epochs=2)
    found = walk(model, SMALL)
    assert [layer.name.removeprefix("module.") for layer in found.layers] == names
    assert found.answer.same
    assert found.largest_difference < 1e-5
    assert not found.by_hand


def test_an_own_network_that_cannot_be_walked():
    model = goodfit.fit(SMALL, target="y", network=Single, epochs=1, precision="float32")
    with raises("walk.not_in_double"):
        walk(model, SMALL)


def test_an_own_loss_and_optimizer():
    def cubed(outputs, target):
        return (outputs - target).abs() ** 3

    model = goodfit.fit(
        SMALL, target="y", network="linear", loss=cubed, optimizer=torch.optim.SGD,
        learning_rate=0.01, epochs=1,
    )  # fmt: skip
    found = walk(model, SMALL)
    assert found.largest_difference < 1e-5
    has_remark(found.remarks, "walk.own_optimizer")
    model.objective.loss.function = None  # as it is in a model that was loaded
    has_remark(walk(model, SMALL).remarks, "walk.own_loss")


def test_without_a_target_there_is_no_loss(models):
    source, model = models("linear")
    without = {name: cells for name, cells in source.items() if name != "y"}
    found = walk(model, without)
    assert found.loss is None
    assert found.parameters == ()
    has_remark(found.remarks, "walk.no_target_column", columns=["y"])
    found = walk(model, {**source, "y": [None, *source["y"][1:]]})
    has_remark(found.remarks, "walk.no_target_cell")
    assert lines_of(found)[-1].strip().startswith("The row's target is missing")


def test_what_is_not_there_is_refused(models):
    source, model = models("ensemble")
    for row in (0, N + 1):
        with raises("walk.no_such_row", row=row, n_rows=N):
            walk(model, source, row=row)
    with raises("walk.no_such_part", name="fold", place=99):
        walk(model, source, fold=99)
    with raises("walk.no_such_part", name="member", place=0):
        walk(model, source, member=0)


def test_a_later_chunk_and_a_later_member(models, monkeypatch):
    source, model = models("ensemble_classes")
    arrow = pa.table({name: pa.array(cells) for name, cells in source.items()})
    found = walk(model, arrow, row=N, fold=2, member=3)
    assert (found.mixture.fold, found.mixture.member) == (2, 3)
    assert found.cells[1].value == source["z"][-1]
    assert found.layers[-1].outputs != walk(model, arrow, row=N).layers[-1].outputs


def test_cells_are_encoded_as_told(models):
    source, model = models("linear")
    by_name = {one.column: one for one in walk(model, source, row=4).encoded}
    assert by_name["x"].raw is None
    assert by_name["x"].fill == by_name["x"].center
    assert by_name["x"].inputs[1].value == 1.0
    z = by_name["z"]
    assert z.inputs[0].value == pytest.approx((z.raw - z.center) / z.scale)
    assert by_name["colour"].code >= 2
    unseen = walk(model, {**source, "colour": ["pink"] * N}).encoded
    assert not next(one for one in unseen if one.column == "colour").known


def test_a_hostile_cell_cannot_steer_the_terminal():
    source = {"x\x1b[31m": ["a\x1b[2J", "b"] * 10, "y": [float(n % 2) * 3 + 0.5 for n in range(20)]}
    source["y"] = [value + n / 100 for n, value in enumerate(source["y"])]
    model = goodfit.fit(source, target="y", network="linear", epochs=1)
    assert "\x1b" not in "\n".join(lines_of(walk(model, source)))


def test_the_gradient_of_a_wrong_network_would_be_seen(models):
    """The check is a check: a loss that is not the gradient's gives a large difference."""
    source, model = models("mlp")
    found = walk(model, source)
    network = msgspec.json.decode(msgspec.json.encode(found))
    assert network["largest_difference"] < 1e-5

    class Other(Way):
        def loss(self) -> float:
            return 1.5 * super().loss()

    from goodfit.core.batch import Batch
    from goodfit.model.walk.taken import _double

    inputs = len(model.preprocessing.layout.dense)
    row = Batch(
        torch.ones(1, inputs, dtype=torch.float64),
        torch.zeros(1, 0, dtype=torch.int64),
        torch.tensor([1]),
    )
    parameters, by_hand = gradients_of(Other(_double(model.network), model.objective, row))
    assert by_hand
    assert max(p.largest_difference or 0 for p in parameters) > 0.3


def test_readings(models):
    _, model = models("mlp_batch")
    assert len(rates_of(model).by_epoch) == 3
    assert rates_of(model).schedule == model.settings.schedule
    sizes = parts_of(model)
    assert sizes.n_training + sizes.n_validation + sizes.n_test == sizes.n_rows == N
    assert [one.column for one in scalings_of(model)] == ["x", "z"]
    assert sum(shape.n_parameters for shape in shapes_of(model)) == sum(
        value.numel() for value in model.network.parameters()
    )
    assert stopping_of(model).epochs == 3
    assert sureness_of(model).reliability is None
    _, classes = models("ensemble_classes")
    assert sureness_of(classes).reliability.n_rows == 24
    assert shapes_of(classes)[-1].n_outputs == 3


def test_layers_of_a_linear_network_with_codes(models):
    _, model = models("linear")
    network = model.network
    dense = torch.zeros(1, len(model.preprocessing.layout.dense), dtype=network.bias.dtype)
    codes = torch.ones(1, len(model.preprocessing.layout.codes), dtype=torch.int64)
    kinds = [layer.kind for layer in layers_of(network, dense, codes)]
    assert kinds == ["Lookup"] * codes.shape[1] + ["Dense"]
