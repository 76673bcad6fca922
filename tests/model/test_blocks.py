"""Many rows go through a network in larger blocks and on several threads, with the same bits."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import torch

import goodfit
from goodfit.core.settings import make_settings
from goodfit.data.read import read_table
from goodfit.model.blocks import BLOCK_ROWS, TAKEN_ROWS, BlockPredictor, shared_out
from helpers import raises
from tables_made import TARGETS, features, for_task, mixed_table

N_ROWS = 3 * TAKEN_ROWS + 77
#: Networks whose blocks have several sizes, and every way that inputs reach a first layer.
SHAPES = {
    "linear": {"network": "linear"},
    "narrow": {"widths": (5,)},
    "wide": {"widths": (300, 130), "activation": "gelu"},
    "codes": {"widths": (16,), "category_encoding": "embedding"},
    "double": {"widths": (33,), "precision": "float64", "activation": "prelu"},
    "resnet": {"network": "resnet", "block_width": 24, "activation": "relu"},
    "ensemble": {"network": "ensemble", "bag": 3, "members": 2, "widths": (33, 7)},
}


@pytest.fixture(params=[1, 2])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    before = torch.get_num_threads()
    torch.set_num_threads(request.param)
    yield request.param
    assert torch.get_num_threads() == request.param
    torch.set_num_threads(before)


def fitted(task: str = "regression", **how: object) -> goodfit.FittedModel:
    table = for_task(mixed_table(), task)
    return goodfit.fit(table, target=TARGETS[task], epochs=2, split="none", **how)


@pytest.mark.parametrize("how", SHAPES.values(), ids=SHAPES)
def test_a_row_among_many_has_the_bits_that_it_has_among_few(
    how: dict[str, object], threads: int
) -> None:
    model, table = fitted(**how), features(mixed_table(N_ROWS, seed=1))
    whole = model.predict(table)
    for start, stop in ((0, 1), (0, 255), (1, 258), (5_000, 5_001), (N_ROWS - 300, N_ROWS)):
        part = {name: cells[start:stop] for name, cells in table.items()}
        assert model.predict(part).tobytes() == whole[start:stop].tobytes()


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_probabilities_of_many_rows_are_those_of_few(task: str, threads: int) -> None:
    model, table = fitted(task), features(mixed_table(N_ROWS, seed=1))
    part = {name: cells[-100:] for name, cells in table.items()}
    assert model.predict_proba(part).tobytes() == model.predict_proba(table)[-100:].tobytes()


@pytest.mark.parametrize("depends", [0.0, 1e-6])
def test_large_blocks_are_not_used_where_they_change_a_bit(depends: float) -> None:
    """As on a machine whose products depend on how many rows there are."""
    model = fitted()
    table, _ = read_table(features(mixed_table(N_ROWS, seed=1)), settings=make_settings())
    encoded = model.preprocessing.encode(table, dtype=np.float64, order="F")
    predictor, sizes = BlockPredictor(model.network, 1), set[int]()
    plain = predictor.predict

    def watched(dense: torch.Tensor, codes: torch.Tensor) -> torch.Tensor:
        sizes.add(len(dense))
        return plain(dense, codes) + len(dense) * depends

    predictor.predict = watched
    predictor(encoded, map)  # which tries the large ones
    sizes.clear()
    predictor(encoded, map)
    assert (sizes == {BLOCK_ROWS}) == bool(depends)


def test_the_first_column_with_an_error_is_named_whoever_met_it(threads: int) -> None:
    table = features(mixed_table(N_ROWS, seed=1))
    table["size"][-1] = table["age"][0] = float("inf")
    with raises("data.number_beyond", column="size", rows=[N_ROWS]):
        fitted().predict(table)


def test_few_rows_stay_on_one_thread() -> None:
    with shared_out(TAKEN_ROWS) as each:
        assert each is map
        assert torch.get_num_threads() == 1
