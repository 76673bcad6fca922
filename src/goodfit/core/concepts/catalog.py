"""What every language shares of a concept: its place, formulas, settings and relations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Entry(NamedTuple):
    """A concept without its texts.

    Args:
        theme: part of the map that it belongs to; empty for the map itself.
        settings: settings that change it.
        related: names of concepts that belong to it.
        formulas: in the notation of :mod:`goodfit.core.concepts.formula`.
        kinds: setting whose choices its page tells one by one.
        commands: to type, to see it at work.
    """

    theme: str
    settings: tuple[str, ...] = ()
    related: tuple[str, ...] = ()
    formulas: tuple[str, ...] = ()
    kinds: str = ""
    commands: tuple[str, ...] = ()


#: Parts of the map, in the order in which a beginner needs them.
THEMES = ("idea", "table", "network", "error", "search", "trust")

#: Every concept by name, in the order of the map.
CATALOG: Mapping[str, Entry] = {
    # The idea
    "function-approximation": Entry(
        "idea",
        settings=("network",),
        related=("model", "parameter", "loss", "underfitting", "overfitting"),
        formulas=(r"\hat{y} = f(x; θ) ≈ y",),
        commands=("goodfit demo",),
    ),
    "model": Entry(
        "idea",
        settings=("network", "widths"),
        related=("parameter", "layer", "forward-pass"),
        formulas=(r"\hat{y} = w x + b",),
        commands=("goodfit demo", "goodfit inspect linear15.goodfit"),
    ),
    "parameter": Entry(
        "idea",
        settings=("initialization", "seed", "widths"),
        related=("model", "gradient", "layer"),
        formulas=(r"n_{θ} = (k + 1) · m",),
        commands=("goodfit demo", "goodfit inspect linear15.goodfit"),
    ),
    # The table
    "dataframe": Entry(
        "table",
        settings=("number", "category", "missing"),
        related=("shape", "one-hot", "standardization"),
        commands=("goodfit example penguins",),
    ),
    "shape": Entry(
        "table",
        settings=("batch_size", "widths"),
        related=("dataframe", "layer", "forward-pass"),
        formulas=(r"(n, k) · (k, m) = (n, m)",),
        commands=("goodfit demo", "goodfit inspect linear15.goodfit"),
    ),
    "training-validation-test": Entry(
        "table",
        settings=("split", "folds", "time", "group", "part"),
        related=("overfitting", "early-stopping", "loss"),
        commands=("goodfit demo --split 6:2:2",),
    ),
    "normalization": Entry(
        "table",
        settings=("preprocessing", "normalization"),
        related=("standardization", "learning-rate", "training-validation-test"),
        formulas=(r"x′ = \frac{x − x_{\op{min}}}{x_{\op{max}} − x_{\op{min}}}",),
        commands=("goodfit demo --preprocessing normalize --learning-rate 0.1",),
    ),
    "standardization": Entry(
        "table",
        settings=("preprocessing", "target_scaling"),
        related=("normalization", "learning-rate", "gradient"),
        formulas=(
            r"x′ = \frac{x − \bar{x}}{s}",
            r"s = \sqrt{\frac{1}{n} ∑_{i=1}^{n} (x_i − \bar{x})^2}",
        ),
        commands=("goodfit demo --preprocessing standardize --learning-rate 0.1",),
    ),
    "one-hot": Entry(
        "table",
        settings=("category_encoding", "min_level_count"),
        related=("dataframe", "shape", "parameter"),
        formulas=(r"e_j(x) = [x = j]",),
        commands=("goodfit example penguins",),
    ),
    # The network
    "layer": Entry(
        "network",
        settings=("widths", "network"),
        related=("parameter", "activation", "forward-pass", "shape"),
        formulas=(r"h = g(W x + b)",),
        commands=("goodfit demo --network mlp --widths 4 --learning-rate 0.01",),
    ),
    "activation": Entry(
        "network",
        settings=("activation", "negative_slope", "maxout_pieces"),
        related=("layer", "derivative", "vanishing-gradients", "loss"),
        formulas=(
            r"\op{relu}(z) = \op{max}(0, z)",
            r"\op{sigmoid}(z) = \frac{1}{1 + e^{−z}}",
            r"\op{tanh}(z) = \frac{e^z − e^{−z}}{e^z + e^{−z}}",
            r"\op{softmax}(z)_k = \frac{e^{z_k}}{∑_{j} e^{z_j}}",
        ),
        kinds="activation",
        commands=("goodfit demo --network mlp --activation tanh --widths 4 --learning-rate 0.05",),
    ),
    "forward-pass": Entry(
        "network",
        settings=("network", "dropout", "precision"),
        related=("layer", "activation", "back-propagation", "loss"),
        formulas=(r"\hat{y} = W_2 g(W_1 x + b_1) + b_2",),
        commands=("goodfit demo",),
    ),
    # The error and its slope
    "loss": Entry(
        "error",
        settings=("loss", "metric", "class_weight"),
        related=("gradient", "minimum", "optimizer", "calibration"),
        formulas=(
            r"L = \frac{1}{n} ∑_{i=1}^{n} (\hat{y}_i − y_i)^2",
            r"L = − \frac{1}{n} ∑_{i=1}^{n} \op{log} \hat{p}_i",
        ),
        kinds="loss",
        commands=("goodfit demo --loss mean_absolute_error",),
    ),
    "derivative": Entry(
        "error",
        settings=("loss", "activation"),
        related=("gradient", "back-propagation", "minimum"),
        formulas=(r"f′(x) = \op{lim}_{h → 0} \frac{f(x + h) − f(x)}{h}",),
    ),
    "gradient": Entry(
        "error",
        settings=("loss", "gradient_clip"),
        related=("derivative", "learning-rate", "back-propagation", "minimum"),
        formulas=(
            r"∇L = (\frac{∂L}{∂w}, \frac{∂L}{∂b})",
            r"\frac{∂L}{∂w} = \frac{2}{n} ∑_{i=1}^{n} (w x_i + b − y_i) x_i",
            r"\frac{∂L}{∂b} = \frac{2}{n} ∑_{i=1}^{n} (w x_i + b − y_i)",
        ),
        commands=("goodfit demo --epochs 1000",),
    ),
    "minimum": Entry(
        "error",
        settings=("seed", "initialization", "momentum"),
        related=("gradient", "loss", "optimizer"),
        formulas=(r"∇L(θ) = 0",),
        commands=("goodfit demo --optimizer exact",),
    ),
    # The search for the parameters
    "back-propagation": Entry(
        "search",
        related=("forward-pass", "derivative", "gradient", "vanishing-gradients"),
        formulas=(r"\frac{dL}{dw} = \frac{dL}{d\hat{y}} · \frac{d\hat{y}}{dh} · \frac{dh}{dw}",),
    ),
    "zeroing-gradients": Entry(
        "search",
        related=("back-propagation", "gradient", "batch"),
    ),
    "optimizer": Entry(
        "search",
        settings=("optimizer", "momentum", "beta1", "beta2", "weight_decay"),
        related=("gradient", "learning-rate", "batch", "minimum"),
        formulas=(
            r"w ← w − η · \frac{∂L}{∂w}",
            r"v ← μ v + \frac{∂L}{∂w}, w ← w − η v",
            r"w ← w − η · \frac{\hat{m}}{\sqrt{\hat{v}} + ε}",
        ),
        kinds="optimizer",
        commands=(
            "goodfit demo --optimizer adam --learning-rate 0.1",
            "goodfit demo --optimizer exact",
        ),
    ),
    "learning-rate": Entry(
        "search",
        settings=("learning_rate", "schedule", "warmup", "least_rate"),
        related=("gradient", "optimizer", "epoch", "standardization"),
        formulas=(r"w ← w − η · \frac{∂L}{∂w}",),
        commands=("goodfit demo --learning-rate 0.02", "goodfit demo --learning-rate 0.024"),
    ),
    "batch": Entry(
        "search",
        settings=("batch_size",),
        related=("epoch", "gradient", "optimizer"),
        formulas=(r"s = ⌈\frac{n}{b}⌉",),
        commands=("goodfit demo --batch-size 5", "goodfit demo --batch-size 1"),
    ),
    "epoch": Entry(
        "search",
        settings=("epochs", "steps", "budget"),
        related=("batch", "early-stopping", "learning-rate"),
        commands=("goodfit demo --epochs 1000",),
    ),
    "vanishing-gradients": Entry(
        "search",
        settings=("activation", "normalization", "initialization", "network"),
        related=("gradient", "activation", "back-propagation", "layer"),
        formulas=(
            r"\frac{∂L}{∂h_1} = \frac{∂L}{∂h_k} · \frac{∂h_k}{∂h_{k−1}} · … · \frac{∂h_2}{∂h_1}",
        ),
    ),
    # Whether to trust it
    "underfitting": Entry(
        "trust",
        settings=("network", "widths", "epochs", "learning_rate"),
        related=("overfitting", "function-approximation", "loss"),
        commands=("goodfit demo --epochs 3",),
    ),
    "overfitting": Entry(
        "trust",
        settings=("early_stopping", "weight_decay", "dropout", "widths"),
        related=("underfitting", "regularization", "early-stopping", "training-validation-test"),
    ),
    "regularization": Entry(
        "trust",
        settings=("weight_decay", "l2", "l1", "dropout", "input_noise", "label_smoothing"),
        related=("overfitting", "early-stopping", "parameter"),
        formulas=(
            r"L + \frac{λ_2}{2} ∑_{j} w_j^2",
            r"L + λ_1 ∑_{j} |w_j|",
        ),
        commands=("goodfit demo --optimizer exact --l2 1",),
    ),
    "early-stopping": Entry(
        "trust",
        settings=("early_stopping", "start_patience", "min_improvement", "keep", "metric"),
        related=("overfitting", "epoch", "training-validation-test"),
    ),
    "calibration": Entry(
        "trust",
        settings=("loss", "class_weight", "threshold", "metric"),
        related=("prediction-interval", "loss", "overfitting"),
    ),
    "prediction-interval": Entry(
        "trust",
        settings=("loss", "quantile_levels"),
        related=("calibration", "training-validation-test", "loss"),
        formulas=(r"\op{Pr}(l(x) ≤ y ≤ u(x)) ≥ 1 − α",),
    ),
    "map": Entry(""),
}
