"""Which concept explains an error or a finding, where reading on helps."""

from __future__ import annotations

from collections.abc import Mapping

#: Concepts by the entry of an error or finding in the word catalog.
EXPLAINED: Mapping[str, str] = {
    # The learning rate, and how long a training lasts
    "training.diverged": "learning-rate",
    "training.rate_too_high": "learning-rate",
    "training.rate_too_low": "learning-rate",
    "training.no_rate_found": "learning-rate",
    "training.no_rate_to_find": "optimizer",
    "training.epochs_too_few": "epoch",
    "training.needs_full_batch": "batch",
    "networks.batch_of_one_row": "batch",
    "training.no_validation": "early-stopping",
    "training.exact_needs_linear": "optimizer",
    "training.exact_needs_loss": "optimizer",
    # What happens inside a network
    "training.not_finite": "standardization",
    "training.cells_too_large": "standardization",
    "training.gradients_exploded": "vanishing-gradients",
    "training.gradients_vanish": "vanishing-gradients",
    "training.units_dead": "activation",
    "networks.zeros_cannot_learn": "parameter",
    "training.separable": "regularization",
    # Losses
    "training.loss_of_other_task": "loss",
    "training.own_loss_flat": "gradient",
    "training.own_loss_shape": "shape",
    "training.own_loss_single": "shape",
    # Whether it learns too much or too little
    "training.overfitted": "overfitting",
    "model.learnt_by_heart": "overfitting",
    "data.few_rows_for_columns": "overfitting",
    "model.underfitted": "underfitting",
    # The table and its parts
    "data.copies_across_parts": "training-validation-test",
    "data.high_cardinality": "one-hot",
}


def explaining(code: str) -> str | None:
    """The concept that explains an error or finding; None where none helps.

    >>> explaining("training.diverged"), explaining("settings.unknown")
    ('learning-rate', None)
    """
    return EXPLAINED.get(code)
