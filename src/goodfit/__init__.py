"""Fits a neural network to your own table, proves how good it is, shows how it learned."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from goodfit.core.concepts import concept
    from goodfit.core.errors import GoodfitError
    from goodfit.core.settings import Settings
    from goodfit.core.words import speaking
    from goodfit.interfaces.estimator import Classifier, Regressor
    from goodfit.interfaces.pages.report import write_report
    from goodfit.model.artifact import load
    from goodfit.model.compare import Comparison, compare
    from goodfit.model.find import find_learning_rate
    from goodfit.model.fit import fit
    from goodfit.model.fitted import FittedModel
    from goodfit.training.finder import LearningRateCurve

__version__ = "0.1.0"

__all__ = [
    "Classifier",
    "Comparison",
    "FittedModel",
    "GoodfitError",
    "LearningRateCurve",
    "Regressor",
    "Settings",
    "compare",
    "concept",
    "find_learning_rate",
    "fit",
    "load",
    "speaking",
    "write_report",
]

# Loaded when first asked for, so that importing goodfit loads no heavy library.
_HOMES = {
    "Classifier": "goodfit.interfaces.estimator",
    "Comparison": "goodfit.model.compare",
    "FittedModel": "goodfit.model.fitted",
    "GoodfitError": "goodfit.core.errors",
    "LearningRateCurve": "goodfit.training.finder",
    "Regressor": "goodfit.interfaces.estimator",
    "Settings": "goodfit.core.settings",
    "compare": "goodfit.model.compare",
    "concept": "goodfit.core.concepts",
    "find_learning_rate": "goodfit.model.find",
    "fit": "goodfit.model.fit",
    "load": "goodfit.model.artifact",
    "speaking": "goodfit.core.words",
    "write_report": "goodfit.interfaces.pages.report",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'goodfit' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_HOMES])
