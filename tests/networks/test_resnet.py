"""The residual network: its shape, and what does not fit it."""

from __future__ import annotations

import pytest
import torch

import goodfit
from goodfit.core.settings import make_settings
from goodfit.model.recommended import recommended
from goodfit.model.report import structure
from helpers import raises
from training_harness import fresh_network, resolved, some_rows


def test_a_block_adds_to_what_came_before_it() -> None:
    """With the last layers of its blocks at zero, only the ends of the network are left."""
    network = fresh_network(resolved(network="resnet", normalization="layer", blocks=3)).eval()
    rows = some_rows("regression")
    with torch.no_grad():
        for block in network.blocks:
            block.layers[-1].weight.zero_()
            block.layers[-1].bias.zero_()
        inputs = torch.cat(
            [rows.dense, *(t[rows.codes[:, i]] for i, t in enumerate(network.embeddings))], 1
        )
        expected = inputs
        for layer in (network.first, *network.last):
            expected = layer(expected)
        torch.testing.assert_close(network(rows.dense, rows.codes), expected)


def test_settings_give_the_shape() -> None:
    settings = resolved(network="resnet", blocks=3, block_width=8, hidden_factor=1.5)
    shapes = {n: tuple(p.shape) for n, p in fresh_network(settings, 2).named_parameters()}
    assert shapes["first.weight"][0] == 8
    assert shapes["blocks.2.layers.0.weight"] == (12, 8)
    assert shapes["last.1.weight"] == (2, 8)
    assert "blocks.3.layers.0.weight" not in shapes


def test_its_parameters_are_counted_before_it_is_built_and_reported_after() -> None:
    with raises("networks.too_large"):
        fresh_network(resolved(network="resnet", block_width=65536))
    settings = resolved(network="resnet", block_width=16, hidden_factor=1.0, blocks=1)
    network = fresh_network(settings)
    found = structure(network, settings)
    assert found.n_parameters == sum(p.numel() for p in network.parameters())
    assert sum(p.numel() for p in network.buffers()) == 0  # no normalisation was chosen


def test_its_hidden_matrices_are_all_but_the_last() -> None:
    settings = resolved(network="resnet", blocks=2, block_width=8, hidden_factor=2.0)
    shapes = [tuple(weight.shape) for weight in fresh_network(settings, 3).matrices()]
    assert shapes[1:] == [(16, 8), (8, 16)] * 2
    assert shapes[0][0] == 8


def test_running_statistics_are_no_parameters() -> None:
    settings = resolved(network="resnet", normalization="batch")
    network = fresh_network(settings)
    assert sum(b.numel() for b in network.buffers()) > 0
    reported = structure(network, settings)
    assert not {name for name, _ in reported.parameters} & dict(network.named_buffers()).keys()


def test_maxout_shares_the_width_out() -> None:
    with raises("networks.width_not_in_pieces", width=16, pieces=3):
        fresh_network(
            resolved(network="resnet", block_width=16, activation="maxout", maxout_pieces=3)
        )


def test_it_is_normalised_by_batches_unless_something_else_is_said() -> None:
    for said, found in ((None, "batch"), ("none", "none"), ("layer", "layer")):
        settings = make_settings(network="resnet", normalization=said)
        known = recommended(settings, task="binary", n_rows=500, n_watching=25)
        assert known.normalization == found
        assert known.widths is None


@pytest.mark.parametrize("name", ["blocks", "block_width", "residual_dropout", "hidden_factor"])
def test_its_settings_mean_nothing_elsewhere(name: str) -> None:
    with raises("settings.not_of_choice", name=name):
        make_settings(network="mlp", **{name: 0.5 if name == "residual_dropout" else 3})


def test_it_fits_a_table() -> None:
    x = [i / 30 for i in range(120)]
    table = {"x": x, "y": [(v - 2) ** 2 for v in x]}
    model = goodfit.fit(table, target="y", network="resnet", epochs=60)
    assert model.scores.metrics["r2"] > 0.9
