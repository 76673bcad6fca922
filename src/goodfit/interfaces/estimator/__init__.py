"""The face for scikit-learn, whose own words appear in here alone."""

from goodfit.core.errors import GoodfitError

try:
    from goodfit.interfaces.estimator.classifier import Classifier
    from goodfit.interfaces.estimator.regressor import Regressor
except ModuleNotFoundError as error:
    if (error.name or "").partition(".")[0] != "sklearn":
        raise
    raise GoodfitError("estimator.sklearn_missing") from error

__all__ = ["Classifier", "Regressor"]
