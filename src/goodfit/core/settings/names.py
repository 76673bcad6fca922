"""The standard names of every choice, and what else they are called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Task = Literal["regression", "binary", "multiclass"]
NetworkName = Literal["linear", "mlp", "resnet", "ensemble"]
ActivationName = Literal[
    "identity", "sigmoid", "tanh", "relu", "leaky_relu", "prelu", "rrelu", "relu6",
    "elu", "celu", "selu", "gelu", "silu", "mish", "softplus", "softsign",
    "log_sigmoid", "hard_sigmoid", "hard_tanh", "hard_swish", "maxout",
]  # fmt: skip
NormalizationName = Literal["none", "batch", "layer"]
InitializationName = Literal[
    "torch_default", "zeros", "xavier_uniform", "xavier_normal", "kaiming_uniform",
    "kaiming_normal", "lecun_uniform", "lecun_normal", "truncated_normal", "orthogonal",
]  # fmt: skip
LossName = Literal[
    "mean_squared_error",
    "mean_absolute_error",
    "huber",
    "smooth_l1",
    "log_cosh",
    "epsilon_insensitive",
    "squared_epsilon_insensitive",
    "mean_absolute_percentage_error",
    "quantile",
    "gaussian_nll",
    "poisson",
    "gamma",
    "tweedie",
    "mean_squared_logarithmic_error",
    "cross_entropy",
    "focal",
    "hinge",
    "squared_hinge",
    "perceptron",
    "exponential",
    "modified_huber",
]
OptimizerName = Literal[
    "sgd", "adam", "adamw", "adagrad", "adadelta", "rmsprop", "nadam", "radam", "adamax", "asgd",
    "rprop", "adafactor", "muon", "lbfgs", "schedule_free_adamw", "exact",
]  # fmt: skip
ScheduleName = Literal[
    "constant", "cosine", "one_cycle", "step", "multi_step", "exponential", "polynomial",
    "linear", "cosine_restarts", "reduce_on_plateau",
]  # fmt: skip
PreprocessingName = Literal[
    "none",
    "normalize",
    "standardize",
    "max_abs",
    "robust",
    "log1p",
    "asinh",
    "yeo_johnson",
    "quantile_uniform",
    "quantile_normal",
]
EncodingName = Literal["one_hot", "embedding", "ordinal", "count"]
TargetTransformName = Literal["none", "log", "log1p"]
DateLevelsName = Literal["none", "day"]
DatePartName = Literal[
    "elapsed", "year", "month", "day_of_month", "day_of_week", "day_of_year", "hour", "minute"
]
MetricName = Literal[
    "rmse",
    "mse",
    "mae",
    "median_absolute_error",
    "max_error",
    "pinball",
    "mape",
    "smape",
    "rmsle",
    "poisson_deviance",
    "gamma_deviance",
    "r2",
    "explained_variance",
    "accuracy",
    "balanced_accuracy",
    "f1",
    "f1_weighted",
    "f1_micro",
    "precision",
    "recall",
    "specificity",
    "matthews_correlation",
    "cohen_kappa",
    "mean_cost",
    "log_loss",
    "brier",
    "expected_calibration_error",
    "roc_auc",
    "average_precision",
]
#: Other usual names of the same thing, accepted wherever the first is (see ``aliases``).
ALIASES: Mapping[str, str] = {
    "mse": "mean_squared_error",
    "l2": "mean_squared_error",
    "l2_loss": "mean_squared_error",
    "squared_error": "mean_squared_error",
    "mae": "mean_absolute_error",
    "l1": "mean_absolute_error",
    "l1_loss": "mean_absolute_error",
    "absolute_error": "mean_absolute_error",
    "huber_loss": "huber",
    "smooth_l1_loss": "smooth_l1",
    "logcosh": "log_cosh",
    "pinball": "quantile",
    "gaussian_nll_loss": "gaussian_nll",
    "poisson_nll": "poisson",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "bce": "cross_entropy",
    "nll": "cross_entropy",
    "log_loss": "cross_entropy",
    "logistic": "cross_entropy",
    "binary_cross_entropy": "cross_entropy",
    "categorical_cross_entropy": "cross_entropy",
    "focal_loss": "focal",
    "categorical_hinge": "hinge",
    "exponential_loss": "exponential",
    "swish": "silu",
    "min_max": "normalize",
    "minmax": "normalize",
    "z_score": "standardize",
    "standard": "standardize",
    "maxabs": "max_abs",
    "onehot": "one_hot",
    "label": "ordinal",
    "frequency": "count",
    "leakyrelu": "leaky_relu",
    "hardsigmoid": "hard_sigmoid",
    "hardtanh": "hard_tanh",
    "hardswish": "hard_swish",
    "logsigmoid": "log_sigmoid",
    "glorot_uniform": "xavier_uniform",
    "glorot_normal": "xavier_normal",
    "he_uniform": "kaiming_uniform",
    "he_normal": "kaiming_normal",
}
#: Those of one setting, where its words mean something else elsewhere.
ALIASES_OF: Mapping[str, Mapping[str, str]] = {
    "metric": {
        "root_mean_squared_error": "rmse",
        "mean_squared_error": "mse",
        "mean_absolute_error": "mae",
        "medae": "median_absolute_error",
        "mean_absolute_percentage_error": "mape",
        "root_mean_squared_log_error": "rmsle",
        "mean_poisson_deviance": "poisson_deviance",
        "mean_gamma_deviance": "gamma_deviance",
        "mean_pinball_loss": "pinball",
        "r2_score": "r2",
        "explained_variance_score": "explained_variance",
        "accuracy_score": "accuracy",
        "balanced_accuracy_score": "balanced_accuracy",
        "f1_score": "f1",
        "f1_macro": "f1",
        "precision_score": "precision",
        "recall_score": "recall",
        "sensitivity": "recall",
        "mcc": "matthews_correlation",
        "matthews_corrcoef": "matthews_correlation",
        "kappa": "cohen_kappa",
        "cohen_kappa_score": "cohen_kappa",
        "cross_entropy": "log_loss",
        "brier_score": "brier",
        "brier_score_loss": "brier",
        "ece": "expected_calibration_error",
        "auc": "roc_auc",
        "auroc": "roc_auc",
        "roc_auc_score": "roc_auc",
        "average_precision_score": "average_precision",
        "pr_auc": "average_precision",
    }
}
