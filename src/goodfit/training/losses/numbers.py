"""Losses of numbers that measure how far off a prediction is."""

from __future__ import annotations

import math
from typing import final

import torch
from torch import Tensor
from torch.nn import functional

from goodfit.training.losses.contract import IDENTITY, Elementwise


@final
class MeanSquaredError(Elementwise):
    """Mean of squared differences, (ŷ - y)²: its best constant is the mean.

    When: the default for numbers. Not where a few rows lie far off, which count by the
    square of their distance: there `huber` or `mean_absolute_error`.
    Source: Gauss 1821, "Theoria combinationis observationum"; Bishop 2006, section 1.5.5.

    >>> import torch
    >>> MeanSquaredError().rows(torch.tensor([[1.0], [3.0]]), torch.tensor([[0.0], [0.0]])).mean()
    tensor(5.)
    """

    task = "regression"
    target_rule = "monotone"
    link = IDENTITY

    def each(self, outputs: Tensor, target: Tensor) -> Tensor:
        """See :class:`Elementwise`."""
        return (outputs - target).square()

    def slope(self, outputs: Tensor, target: Tensor) -> Tensor:
        """See :class:`Elementwise`."""
        difference = outputs.sub_(target)
        errors = difference * difference
        difference.add_(difference)  # twice: a factor of Python's would become a tensor first
        return errors


@final
class MeanAbsoluteError(Elementwise):
    """Mean of absolute differences, |ŷ - y|: its best constant is the median.

    When: many rows lie far off, or the median is what is wanted. Its gradient does not
    shrink near the optimum: let the learning rate fall (`schedule`).
    Source: Koenker and Bassett 1978, "Regression quantiles" (the median is its case ½).

    >>> import torch
    >>> MeanAbsoluteError().rows(torch.tensor([[1.0], [3.0]]), torch.zeros(2, 1)).mean()
    tensor(2.)
    """

    task = "regression"
    target_rule = "monotone"
    link = IDENTITY

    def each(self, outputs: Tensor, target: Tensor) -> Tensor:
        """See :class:`Elementwise`."""
        return (outputs - target).abs()

    def slope(self, outputs: Tensor, target: Tensor) -> Tensor:
        """See :class:`Elementwise`."""
        difference = outputs.sub_(target)
        errors = difference.abs()
        difference.sign_()
        return errors


@final
class Huber(Elementwise):
    """Squared for small differences d, absolute for large ones: d²/2, or δ (|d| - δ/2) beyond δ.

    When: most rows are well behaved and a few are outliers. Not where the far rows are what
    matters.
    Source: Huber 1964, "Robust estimation of a location parameter".

    Args:
        delta: where the one becomes the other, in the units the target is trained in
            (standard deviations, if it is standardised).

    >>> import torch
    >>> Huber(1.0).rows(torch.tensor([[0.5], [3.0]]), torch.zeros(2, 1)).flatten()
    tensor([0.1250, 2.5000])
    """

    task = "regression"
    target_rule = "monotone"
    options = (("delta", "huber_delta"),)
    link = IDENTITY

    def __init__(self, delta: float = 1.0) -> None:
        self.delta = delta

    def each(self, outputs: Tensor, target: Tensor) -> Tensor:
        """See :class:`Elementwise`."""
        return functional.huber_loss(outputs, target, reduction="none", delta=self.delta)

    def slope(self, outputs: Tensor, target: Tensor) -> Tensor:
        """See :class:`Elementwise`."""
        errors = self.each(outputs, target)
        outputs.sub_(target).clamp_(-self.delta, self.delta)
        return errors


@final
class SmoothL1(Elementwise):
    """Huber's loss divided by its threshold β: d²/(2β), or |d| - β/2 beyond β.

    When: as `huber`, from which it differs by the factor β: a smaller β comes nearer to
    `mean_absolute_error` without shrinking the gradient.
    Source: Girshick 2015, "Fast R-CNN", arXiv 1504.08083, section 2.3 (β = 1).

    Args:
        beta: where the square becomes the absolute, in the units the target is trained in.

    >>> import torch
    >>> SmoothL1(0.5).rows(torch.tensor([[0.25], [3.0]]), torch.zeros(2, 1)).flatten()
    tensor([0.0625, 2.7500])
    """

    task = "regression"
    target_rule = "monotone"
    options = (("beta", "smooth_l1_beta"),)
    link = IDENTITY

    def __init__(self, beta: float = 1.0) -> None:
        self.beta = beta

    def each(self, outputs: Tensor, target: Tensor) -> Tensor:
        """See :class:`Elementwise`."""
        return functional.smooth_l1_loss(outputs, target, reduction="none", beta=self.beta)

    def slope(self, outputs: Tensor, target: Tensor) -> Tensor:
        """See :class:`Elementwise`."""
        errors = self.each(outputs, target)
        outputs.sub_(target).div_(self.beta).clamp_(-1, 1)
        return errors


@final
class LogCosh(Elementwise):
    """Logarithm of the hyperbolic cosine of the difference, log cosh(ŷ - y).

    Near zero it is d²/2, far off |d| - log 2.
    When: as `huber`, where a loss is wanted whose every derivative is smooth.
    Source: Saleh and Saleh 2022, arXiv 2208.04564.

    >>> import torch
    >>> LogCosh().rows(torch.tensor([[0.1], [3.0]]), torch.zeros(2, 1)).flatten()
    tensor([0.0050, 2.3093])
    """

    task = "regression"
    target_rule = "monotone"
    link = IDENTITY

    def each(self, outputs: Tensor, target: Tensor) -> Tensor:
        """See :class:`Elementwise`."""
        distance = (outputs - target).abs()
        return distance + functional.softplus(-2 * distance) - math.log(2)

    def slope(self, outputs: Tensor, target: Tensor) -> Tensor:
        """See :class:`Elementwise`."""
        errors = self.each(outputs, target)
        torch.tanh_(outputs.sub_(target))
        return errors
