"""Pieces that measure an error: every loss as a person would write it, and its link."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from goodfit.model.script.code import block, literal
from goodfit.model.script.facts import Facts


@dataclass(frozen=True)
class LossText:
    """One loss as text.

    Args:
        says: first line of its docstring.
        body: lines that end in ``return`` of each row's error, (row, output) or (row, 1).
        torch: PyTorch's own, which gives the mean over the rows, or nothing.
        options: settings that it has, with the constants that hold them.
    """

    says: str
    body: str
    torch: str = ""
    options: Mapping[str, str] | None = None


_RIGHT = "right = outputs * (2 * target - 1)  # positive where the row is on its side\n"
_LEAD = """index = target[:, None]
wrong = outputs.scatter(1, index, -math.inf).max(1, keepdim=True).values
lead = wrong - outputs.gather(1, index)  # of the strongest wrong class
"""

#: Every loss by name and task.
TEXTS: Mapping[tuple[str, str], LossText] = {
    ("mean_squared_error", "regression"): LossText(
        "Squared differences.", "return (outputs - target).square()", "nn.MSELoss()"
    ),
    ("mean_absolute_error", "regression"): LossText(
        "Absolute differences.", "return (outputs - target).abs()", "nn.L1Loss()"
    ),
    ("huber", "regression"): LossText(
        "Squared for small differences, absolute for large ones.",
        'return functional.huber_loss(outputs, target, reduction="none", delta=‹huber_delta›)',
        "nn.HuberLoss(delta=‹huber_delta›)",
    ),
    ("smooth_l1", "regression"): LossText(
        "Huber's loss divided by its threshold.",
        """
        beta = ‹smooth_l1_beta›
        return functional.smooth_l1_loss(outputs, target, reduction="none", beta=beta)
        """,
        "nn.SmoothL1Loss(beta=‹smooth_l1_beta›)",
    ),
    ("log_cosh", "regression"): LossText(
        "Logarithm of the hyperbolic cosine of the differences, which cannot overflow so.",
        """
        distance = (outputs - target).abs()
        return distance + functional.softplus(-2 * distance) - math.log(2)
        """,
    ),
    ("epsilon_insensitive", "regression"): LossText(
        "Absolute differences beyond a tolerance.",
        "return ((outputs - target).abs() - ‹tolerance›).relu()",
    ),
    ("squared_epsilon_insensitive", "regression"): LossText(
        "Squares of the differences beyond a tolerance.",
        "return ((outputs - target).abs() - ‹tolerance›).relu().square()",
    ),
    ("mean_absolute_percentage_error", "regression"): LossText(
        "Absolute differences as shares of the target.",
        "return ((outputs - target) / target).abs()",
    ),
    ("quantile", "regression"): LossText(
        "Pinball loss of each level: what lies above costs the level, what lies below the rest.",
        """
        levels = outputs.new_tensor(LEVELS).repeat(target.shape[1])
        above = target.repeat_interleave(len(LEVELS), 1) - outputs
        return torch.where(above >= 0, levels * above, (levels - 1) * above)
        """,
    ),
    ("gaussian_nll", "regression"): LossText(
        "Negative log-likelihood of a normal distribution: outputs are its mean and its spread.",
        """
        mean, variance = outputs[:, ::2], functional.softplus(outputs[:, 1::2]) + 1e-6
        return (variance.log() + (target - mean).square() / variance) / 2
        """,
    ),
    ("poisson", "regression"): LossText(
        "Half the Poisson deviance; outputs are logarithms of predictions.",
        """
        perfect = torch.xlogy(target, target) - target
        return growing(outputs) - target * outputs + perfect
        """,
    ),
    ("gamma", "regression"): LossText(
        "Half the gamma deviance; outputs are logarithms of predictions.",
        "return target * growing(-outputs) + outputs - (target.log() + 1)",
    ),
    ("tweedie", "regression"): LossText(
        "Half the Tweedie deviance; outputs are logarithms of predictions.",
        """
        one, two = 1 - ‹tweedie_power›, 2 - ‹tweedie_power›
        away = growing(outputs * one) / one
        return growing(outputs * two) / two - target * away + target.pow(two) / (one * two)
        """,
    ),
    ("mean_squared_logarithmic_error", "regression"): LossText(
        "Squared differences of logarithms; outputs are log(1 + prediction).",
        "return (outputs - target.log1p()).square()",
    ),
    ("cross_entropy", "binary"): LossText(
        "Cross-entropy; the output is the logarithm of the second class's odds.",
        """
        ‹smooth›errors = functional.binary_cross_entropy_with_logits
        return errors(outputs, target, reduction="none")
        """,
        "nn.BCEWithLogitsLoss()",
    ),
    ("cross_entropy", "multiclass"): LossText(
        "Cross-entropy of the classes' probabilities, which a softmax of the outputs gives.",
        """
        errors = functional.cross_entropy(outputs, target, reduction="none"‹smoothing›)
        return errors[:, None]
        """,
        "nn.CrossEntropyLoss(‹only_smoothing›)",
    ),
    ("focal", "binary"): LossText(
        "Focal loss: rows that are right already count little.",
        _RIGHT
        + "sure = (‹focal_gamma› * functional.logsigmoid(-right)).exp()\n"
        + "return -sure * functional.logsigmoid(right)",
    ),
    ("focal", "multiclass"): LossText(
        "Focal loss: rows that are right already count little.",
        """
        log_p = outputs.log_softmax(1).gather(1, target[:, None])
        rest = (-torch.expm1(log_p)).clamp(min=1e-30)  # 1 - p
        return -rest.pow(‹focal_gamma›) * log_p
        """,
    ),
    ("hinge", "binary"): LossText(
        "Hinge loss: rows that are right by a margin of 1 count nothing.",
        _RIGHT + "return (1 - right).relu()",
    ),
    ("hinge", "multiclass"): LossText(
        "Hinge loss: rows that are right by a margin of 1 count nothing.",
        _LEAD + "return (1 + lead).relu()",
    ),
    ("squared_hinge", "binary"): LossText(
        "Squared hinge loss.", _RIGHT + "return (1 - right).relu().square()"
    ),
    ("squared_hinge", "multiclass"): LossText(
        "Squared hinge loss of each class against the rest.",
        """
        sign = torch.ones_like(outputs).scatter(1, target[:, None], -1.0)
        return (1 + outputs * sign).relu().square()
        """,
    ),
    ("perceptron", "binary"): LossText(
        "The perceptron's loss: only wrong rows teach, and ties.",
        """
        lead = outputs * (1 - 2 * target)  # of the wrong side
        return torch.where(lead >= 0, lead, 0.0)
        """,
    ),
    ("perceptron", "multiclass"): LossText(
        "The perceptron's loss: only wrong rows teach, and ties.",
        _LEAD + "return torch.where(lead >= 0, lead, 0.0)",
    ),
    ("exponential", "binary"): LossText(
        "AdaBoost's loss, which grows as the exponential of how wrong a row is.",
        "return growing(outputs * (1 - 2 * target))",
    ),
    ("modified_huber", "binary"): LossText(
        "Squared hinge loss that grows as a straight line far off.",
        _RIGHT + "return torch.where(right < -1, -4 * right, (1 - right).relu().square())",
    ),
}
GROWING = '''
    def growing(exponent):
        """e to that power; beyond 30 a straight line, so that a step too far can come back."""
        return exponent.clamp(max=30).exp() * (1 + (exponent - 30).clamp(min=0))
'''
#: How outputs become predictions, by the link's name: a function, or nothing to be done.
LINKS: Mapping[str, str] = {
    "identity": "",
    "margin": "",
    "log": "outputs.exp()",
    "log1p": "outputs.expm1()",
    "sigmoid": "outputs.sigmoid()",
    "softmax": "outputs.softmax(1)",
    "clip": "(outputs.clamp(-1, 1) + 1) / 2",
}
TRUE_WEIGHT = '''
    def true_weight(log_p, log_rest):
        """Logarithm of what the true probability is proportional to, where focal loss gives p."""
        share = (log_p - log_rest).clamp(max=80).exp() * -log_p
        weight = torch.log1p(‹gamma› * share.clamp(0, 1))
        return log_p - ‹gamma› * log_rest - weight
'''
FOCAL_BINARY = '''
    def probability_of(outputs):
        """The true probability: focal loss is least nearer to one half."""
        log_p, log_rest = functional.logsigmoid(outputs), functional.logsigmoid(-outputs)
        return (true_weight(log_p, log_rest) - true_weight(log_rest, log_p)).sigmoid()
'''
FOCAL = '''
    def probability_of(outputs):
        """The true probabilities: focal loss is least for flatter ones."""
        log_p = outputs.log_softmax(1)
        rest = (-torch.expm1(log_p)).clamp(min=1e-30)
        return true_weight(log_p, rest.log()).softmax(1)
'''
SORTED = '''
    def sorted_quantiles(outputs):
        """Quantiles of each target, sorted: curves that cross are put in order."""
        return outputs.unflatten(1, (-1, len(LEVELS))).sort(2).values.flatten(1)
'''


# What gives one error a row, however many outputs there are.
_ONE_A_ROW = re.compile(r"\[:, None\]\n|lead\b|log_p\b")


def loss_helpers(facts: Facts) -> dict[str, str]:
    """The loss as a function, and what it needs."""
    gamma = literal(facts.settings.focal_gamma)
    focal = FOCAL_BINARY if facts.task == "binary" else FOCAL
    return {
        "growing": block(GROWING),
        "true_weight": block(TRUE_WEIGHT, gamma=gamma),
        "probability_of": block(focal),
        "sorted_quantiles": block(SORTED),
        "row_errors": _function(facts),
    }


def loss_constants(facts: Facts) -> dict[str, str]:
    """Lines above all that the loss needs."""
    levels = literal(facts.settings.quantile_levels)
    return {"LEVELS": f"LEVELS = {levels}  # shares of rows that shall lie below each output"}


def torch_loss(facts: Facts) -> str:
    """PyTorch's own loss where it has it, which gives the mean of rows that count alike."""
    text = _text(facts)
    if not text.torch or facts.weighted or (facts.task == "binary" and _smoothing(facts)):
        return ""
    return block(text.torch, **_values(facts))


def mean_loss(facts: Facts, outputs: str, target: str, *, mean: str = "") -> str:
    """The mean error of rows that count alike, as an expression."""
    if torch_loss(facts):
        return f"loss_function({outputs}, {target})"
    return f"row_errors({outputs}, {target}).mean()"


def link_of(facts: Facts) -> str:
    """The expression that makes predictions of ``outputs``; empty where they are."""
    if facts.settings.loss == "focal":
        return "probability_of(outputs)"
    if facts.settings.loss == "quantile":
        return "sorted_quantiles(outputs)"
    if facts.settings.loss == "exponential":
        return "(2 * outputs).sigmoid()"
    return LINKS[facts.loss.link.name]


def _function(facts: Facts) -> str:
    text = _text(facts)
    body = block(text.body, **_values(facts)).replace("\n", "\n    ")
    errors = body
    n_outputs = facts.model.objective.n_outputs
    several = (facts.n_targets > 1 or n_outputs > 1) and not _ONE_A_ROW.search(text.body)
    if several and (facts.weighted or facts.ensemble):
        errors = body.replace("return ", "errors = ")
        errors += "\n    return errors.mean(1, keepdim=True)  # one a row"
    return f'def row_errors(outputs, target):\n    """{text.says}"""\n    {errors}'


def _text(facts: Facts) -> LossText:
    return TEXTS[facts.settings.loss, facts.task]


def _smoothing(facts: Facts) -> float:
    return facts.settings.label_smoothing


def _values(facts: Facts) -> dict[str, str]:
    """What stands in a loss's places."""
    names = ("huber_delta", "smooth_l1_beta", "tolerance", "tweedie_power", "focal_gamma")
    found = {name: literal(getattr(facts.settings, name)) for name in names}
    share = _smoothing(facts)
    smooth = f"target = target * {literal(1 - share)} + {literal(share / 2)}\n" if share else ""
    only = f"label_smoothing={literal(share)}" if share else ""
    return found | {
        "smooth": smooth,
        "smoothing": f", {only}" if only else "",
        "only_smoothing": only,
    }
