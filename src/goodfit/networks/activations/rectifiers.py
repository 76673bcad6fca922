"""Activations that let what is positive pass, and bend below."""

from __future__ import annotations

from typing import final

import torch
from torch import Tensor
from torch.nn import functional

from goodfit.core.settings import Settings
from goodfit.networks.activations.contract import GAIN_OF_RELU, Activation

_aten = torch.ops.aten
_through_relu = _aten.threshold_backward.grad_input


@final
class ReLU(Activation):
    """Rectified linear unit: max(0, z).

    When: the default: quick, and as good as any on most tables. A neuron whose sums are all
    negative is silent for good; `leaky_relu` and `gelu` have a way back.
    Source: Nair and Hinton 2010; Glorot, Bordes and Bengio 2011.
    """

    gain = GAIN_OF_RELU
    in_place = staticmethod(torch.relu_)

    def forward(self, a: Tensor) -> Tensor:
        """See :class:`Activation`."""
        return torch.relu(a)

    def gradient(self, upstream: Tensor, z: Tensor, a: Tensor) -> Tensor:
        """See :class:`Activation`."""
        return _through_relu(upstream, a, 0, grad_input=upstream)


@final
class LeakyReLU(Activation):
    """Leaky ReLU: z where it is positive, else `negative_slope` · z.

    When: in place of `relu` where many neurons fall silent.
    Source: Maas, Hannun and Ng 2013, section 2.
    """

    def __init__(self, width: int, settings: Settings) -> None:
        super().__init__(width, settings)
        self.slope = settings.negative_slope
        # He et al. 2015, arXiv 1502.01852, equation 15.
        self.gain = (2 / (1 + self.slope**2)) ** 0.5

    def forward(self, a: Tensor) -> Tensor:
        """See :class:`Activation`."""
        return functional.leaky_relu(a, self.slope)

    def gradient(self, upstream: Tensor, z: Tensor, a: Tensor) -> Tensor:
        """See :class:`Activation`."""
        return _aten.leaky_relu_backward.grad_input(
            upstream, z, self.slope, self_is_result=False, grad_input=upstream
        )


@final
class ELU(Activation):
    """Exponential linear unit: z where it is positive, else `elu_alpha` · (eᶻ - 1).

    When: in place of `relu` where the mean of a layer should stay near 0 without normalisation.
    Source: Clevert, Unterthiner and Hochreiter 2015, arXiv 1511.07289.
    """

    gain = GAIN_OF_RELU

    def __init__(self, width: int, settings: Settings) -> None:
        super().__init__(width, settings)
        self.alpha = settings.elu_alpha

    def forward(self, a: Tensor) -> Tensor:
        """See :class:`Activation`."""
        return functional.elu(a, self.alpha)

    def gradient(self, upstream: Tensor, z: Tensor, a: Tensor) -> Tensor:
        """See :class:`Activation`."""
        return _elu_gradient(upstream, z, alpha=self.alpha)


@final
class CELU(Activation):
    """Continuously differentiable ELU: z where it is positive, else α · (e^(z/α) - 1).

    When: as `elu`, with an `elu_alpha` (α) other than 1: this one has no kink at 0.
    Source: Barron 2017, arXiv 1704.07483.
    """

    gain = GAIN_OF_RELU

    def __init__(self, width: int, settings: Settings) -> None:
        super().__init__(width, settings)
        self.alpha = settings.elu_alpha

    def forward(self, a: Tensor) -> Tensor:
        """See :class:`Activation`."""
        return functional.celu(a, self.alpha)

    def gradient(self, upstream: Tensor, z: Tensor, a: Tensor) -> Tensor:
        """See :class:`Activation`."""
        return _elu_gradient(upstream, z, alpha=self.alpha, inner=1 / self.alpha)


@final
class SELU(Activation):
    """Scaled ELU: 1.0507 · z where it is positive, else 1.7581 · (eᶻ - 1).

    When: many layers without normalisation: the scale keeps each at mean 0 and variance 1.
    It counts on initialization `lecun_normal` and on inputs that are standardized.
    Source: Klambauer et al. 2017, arXiv 1706.02515.
    """

    # The fixed point's, arXiv 1706.02515, equation 14.
    ALPHA = 1.6732632423543772
    SCALE = 1.0507009873554805

    def forward(self, a: Tensor) -> Tensor:
        """See :class:`Activation`."""
        return functional.selu(a)

    def gradient(self, upstream: Tensor, z: Tensor, a: Tensor) -> Tensor:
        """See :class:`Activation`."""
        return _elu_gradient(upstream, z, alpha=self.ALPHA, scale=self.SCALE)


def _elu_gradient(
    upstream: Tensor, z: Tensor, *, alpha: float, scale: float = 1.0, inner: float = 1.0
) -> Tensor:
    """Of ``scale`` times z, or times ``alpha`` (exp(``inner`` z) - 1) below zero."""
    return _aten.elu_backward.grad_input(
        upstream, alpha, scale, inner, is_result=False, self_or_result=z, grad_input=upstream
    )


@final
class Softplus(Activation):
    """Softplus: log(1 + eᶻ), always positive.

    When: a smooth `relu`, where the prediction should have no kinks. Its mean is well above 0,
    which slows the layers after it.
    Source: Dugas et al. 2001; Glorot, Bordes and Bengio 2011, section 3.
    """

    def forward(self, a: Tensor) -> Tensor:
        """See :class:`Activation`."""
        return functional.softplus(a)

    def gradient(self, upstream: Tensor, z: Tensor, a: Tensor) -> Tensor:
        """See :class:`Activation`."""
        return _aten.softplus_backward.grad_input(upstream, z, 1, 20, grad_input=upstream)


@final
class LogSigmoid(Activation):
    """Log-sigmoid: log(1 / (1 + e⁻ᶻ)), always negative.

    When: seldom in a hidden layer: it is `softplus` turned about both axes, and as slow.
    Source: PyTorch's ``nn.LogSigmoid``.
    """

    def forward(self, a: Tensor) -> Tensor:
        """See :class:`Activation`."""
        return functional.logsigmoid(a)

    def gradient(self, upstream: Tensor, z: Tensor, a: Tensor) -> Tensor:
        """See :class:`Activation`."""
        return upstream.mul_(z.neg().sigmoid_())


@final
class GELU(Activation):
    """Gaussian error linear unit: z · Φ(z), Φ the share of normal numbers below z.

    When: in place of `relu` where the prediction should be smooth; costs about twice as much.
    Source: Hendrycks and Gimpel 2016, arXiv 1606.08415.
    """

    gain = GAIN_OF_RELU

    def forward(self, a: Tensor) -> Tensor:
        """See :class:`Activation`."""
        return functional.gelu(a)

    def gradient(self, upstream: Tensor, z: Tensor, a: Tensor) -> Tensor:
        """See :class:`Activation`."""
        return _aten.gelu_backward.grad_input(upstream, z, approximate="none", grad_input=upstream)


@final
class SiLU(Activation):
    """Sigmoid linear unit, or Swish: z / (1 + e⁻ᶻ).

    When: as `gelu`, which it resembles; cheaper.
    Source: Elfwing, Uchibe and Doya 2017, arXiv 1702.03118; Ramachandran, Zoph and Le 2017,
    arXiv 1710.05941.
    """

    gain = GAIN_OF_RELU

    def forward(self, a: Tensor) -> Tensor:
        """See :class:`Activation`."""
        return functional.silu(a)

    def gradient(self, upstream: Tensor, z: Tensor, a: Tensor) -> Tensor:
        """See :class:`Activation`."""
        return _aten.silu_backward.grad_input(upstream, z, grad_input=upstream)


@final
class Mish(Activation):
    """Mish: z · tanh(log(1 + eᶻ)).

    When: as `gelu` and `silu`, between which it hardly differs on tables; the dearest of them.
    Source: Misra 2019, arXiv 1908.08681.
    """

    gain = GAIN_OF_RELU

    def forward(self, a: Tensor) -> Tensor:
        """See :class:`Activation`."""
        return functional.mish(a)

    def gradient(self, upstream: Tensor, z: Tensor, a: Tensor) -> Tensor:
        """See :class:`Activation`."""
        return _aten.mish_backward(upstream, z)


@final
class HardSwish(Activation):
    """Hard swish: z times (z/6 + 1/2, held between 0 and 1).

    When: in place of `silu` where the network will run on a small processor.
    Source: Howard et al. 2019, arXiv 1905.02244, section 5.2.
    """

    gain = GAIN_OF_RELU

    def forward(self, a: Tensor) -> Tensor:
        """See :class:`Activation`."""
        return functional.hardswish(a)

    def gradient(self, upstream: Tensor, z: Tensor, a: Tensor) -> Tensor:
        """See :class:`Activation`."""
        return _aten.hardswish_backward(upstream, z)
