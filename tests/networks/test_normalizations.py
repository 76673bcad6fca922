"""Normalisations equal torch's, and what they keep travels with the model."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

import goodfit
from goodfit.core.settings import make_settings
from goodfit.model.recommended import recommended
from goodfit.networks.normalizations import BatchNormalization, LayerNormalization
from helpers import raises
from training_harness import fresh_network, resolved, some_rows, trained

NORMAL = {"network": "mlp", "normalization": "batch"}
X = np.linspace(-2, 2, 90)
TABLE = {"x": X, "colour": ["red", "blue", "pink"] * 30, "y": X**2 + 3}


def batches(n: int = 4, n_rows: int = 9) -> list[torch.Tensor]:
    random = torch.Generator().manual_seed(0)
    return [torch.randn(n_rows, 3, generator=random) * 2 + 1 for _ in range(n)]


def test_batch_normalisation_is_torchs_in_a_step() -> None:
    ours, theirs = BatchNormalization(3).train(), nn.BatchNorm1d(3).train()
    for z in batches():
        torch.testing.assert_close(ours(z), theirs(z))


def test_layer_normalisation_is_torchs() -> None:
    ours, theirs = LayerNormalization(3), nn.LayerNorm(3)
    for z in batches():
        torch.testing.assert_close(ours(z), theirs(z))


def test_running_statistics_are_the_mean_of_the_first_batches() -> None:
    layer = BatchNormalization(3).train()
    for z in (seen := batches()):
        layer(z)
    torch.testing.assert_close(layer.mean, torch.stack([z.mean(0) for z in seen]).mean(0))
    torch.testing.assert_close(layer.variance, torch.stack([z.var(0) for z in seen]).mean(0))


def test_later_a_batch_counts_a_tenth_as_torch_has_it() -> None:
    ours, theirs = BatchNormalization(3).train(), nn.BatchNorm1d(3).train()
    for z in batches(300):
        ours(z)
        theirs(z)
    torch.testing.assert_close(ours.mean, theirs.running_mean)
    torch.testing.assert_close(ours.variance, theirs.running_var)


@torch.no_grad()
def test_a_batch_of_one_row_uses_the_running_statistics_and_leaves_them() -> None:
    layer = BatchNormalization(3).train()
    for z in batches():
        layer(z)
    kept = {name: value.clone() for name, value in layer.named_buffers()}
    row = torch.ones(1, 3)
    expected = layer.eval()(row)
    layer.train()
    torch.testing.assert_close(layer(row), expected)
    torch.testing.assert_close(layer.by_hand().forward(row), expected)
    assert all(torch.equal(kept[name], value) for name, value in layer.named_buffers())


def test_a_derivative_of_one_row_by_hand_is_autograds() -> None:
    layer = BatchNormalization(3).double().train()
    for z in batches():
        layer(z.double())
    row = torch.ones(1, 3, dtype=torch.float64, requires_grad=True)
    expected = torch.autograd.grad(layer(row).square().sum(), [row, layer.weight, layer.bias])
    for parameter in layer.parameters():
        parameter.grad = torch.zeros_like(parameter)
    with torch.no_grad():
        hand = layer.by_hand()
        upstream = 2 * hand.forward(row.detach())
        delta = hand.backward(upstream)
    for ours, theirs in zip((delta, layer.weight.grad, layer.bias.grad), expected, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_biases_that_batch_normalisation_takes_away_are_not_there() -> None:
    for family in (NORMAL, {"network": "resnet", "normalization": "batch"}):
        names = dict(fresh_network(resolved(**family)).named_parameters())
        assert not {"layers.0.bias", "first.bias", "blocks.0.layers.4.bias"} & set(names)
    assert "layers.0.bias" in dict(
        fresh_network(resolved(normalization="layer")).named_parameters()
    )


@pytest.mark.parametrize("network", ["mlp", "resnet"])
def test_the_best_epochs_statistics_are_kept_with_its_parameters(network: str) -> None:
    rows, watched = some_rows("regression"), some_rows("regression", seed=1)
    found = trained(
        rows, "regression", validation=watched, network=network, normalization="batch",
        epochs=40, early_stopping=40, learning_rate=0.3,
    )  # fmt: skip
    assert found.state.best_epoch < found.state.epoch
    with torch.no_grad():
        outputs = found.network.eval()(watched.dense, watched.codes)
        loss = float(found.objective.mean_loss(outputs, watched))
    assert loss == pytest.approx(found.state.best_watched, rel=1e-5)


@pytest.mark.parametrize("network", ["mlp", "resnet"])
@pytest.mark.parametrize("normalization", ["batch", "layer"])
def test_a_saved_model_predicts_the_same_bits_one_row_or_many(
    tmp_path: Path, network: str, normalization: str
) -> None:
    model = goodfit.fit(
        TABLE, target="y", network=network, normalization=normalization, epochs=12, seed=2
    )
    path = model.save(tmp_path / "model.goodfit")
    whole = goodfit.load(path).predict(TABLE)
    assert np.array_equal(whole, model.predict(TABLE))
    for row in (0, 57):
        one = {name: cells[row : row + 1] for name, cells in TABLE.items()}
        assert model.predict(one)[0] == whole[row]
    assert all(v.dtype == torch.float64 for v in model.network.state_dict().values())


def test_batches_of_one_row_are_refused_when_asked_for() -> None:
    with raises("networks.batch_of_one_row"):
        goodfit.fit(TABLE, target="y", normalization="batch", batch_size=1)
    for n_rows, batch_size in ((1, None), (50, 1)):
        settings = make_settings(network="resnet", batch_size=batch_size)
        found = recommended(settings, task="regression", n_rows=n_rows, n_watching=0)
        assert found.normalization == "layer"


def test_layer_normalisation_of_one_neuron_is_refused() -> None:
    with raises("networks.layer_of_one_neuron"):
        fresh_network(resolved(normalization="layer", widths=(8, 1)))


def test_linear_has_nothing_to_normalise() -> None:
    with raises("settings.not_of_choice", name="normalization"):
        make_settings(network="linear", normalization="batch")
