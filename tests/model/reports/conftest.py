"""Fitted models and their rows, which the tests of reports share."""

from __future__ import annotations

import numpy as np
import pytest

from reported import MLP, Fitted, fitted
from tables_made import every_kind, for_task, mixed_table


@pytest.fixture(scope="session")
def numbers() -> Fitted:
    return fitted(for_task(mixed_table(300), "regression"), "price", **MLP)


@pytest.fixture(scope="session")
def two_classes() -> Fitted:
    return fitted(for_task(mixed_table(300), "binary"), "kind", **MLP)


@pytest.fixture(scope="session")
def three_classes() -> Fitted:
    return fitted(for_task(mixed_table(300), "multiclass"), "grade", **MLP)


@pytest.fixture(scope="session")
def two_targets() -> Fitted:
    table = for_task(mixed_table(300), "regression")
    table["cost"] = [3 * price + 1 for price in table["price"]]
    return fitted(table, ["price", "cost"], **MLP)


@pytest.fixture(scope="session")
def every() -> Fitted:
    return fitted(every_kind(200), "price", **MLP)


@pytest.fixture(scope="session")
def ensemble() -> Fitted:
    return fitted(for_task(mixed_table(300), "regression"), "price", epochs=3)


@pytest.fixture(scope="session")
def margins() -> Fitted:
    return fitted(for_task(mixed_table(200), "binary"), "kind", **MLP, loss="hinge")


@pytest.fixture(scope="session")
def few() -> Fitted:
    random = np.random.default_rng(3)
    x = random.random(15)
    table = {"x": x.tolist(), "y": (2 * x + random.normal(0, 0.1, 15)).tolist()}
    return fitted(table, "y", network="linear", optimizer="exact")
