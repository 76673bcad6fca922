"""The face for scikit-learn, whose own words appear in here alone."""

from goodfit.core.errors import GoodfitError

try:
    import sklearn  # noqa: F401 (asked for by name, so that its absence gets a sentence)
except ImportError as error:
    raise GoodfitError("estimator.sklearn_missing") from error

from goodfit.interfaces.estimator.classifier import Classifier
from goodfit.interfaces.estimator.regressor import Regressor

__all__ = ["Classifier", "Regressor"]
