"""Newton's method for logistic regression, in double precision.

With the columns brought to orthonormal directions first (``solve.py``) neither their units
nor their dependences are seen here.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

# With more parameters than this a step is found by conjugate gradients, not from the Hessian.
EXPLICIT_PARAMETERS = 1_500
# A step that gains half of this leaves about its square to be gained.
CONVERGED = 1e-18
# Below this decrement, rounding decides which of two losses is less: the full step is taken.
TRUSTED = 1e-10
# A loss without a minimum falls for ever; here it is as good as zero.
SEPARATED_LOSS = 1e-8
# Of steps that gain less than this, so many that hardly gain less than the one before tell it.
FLAT, SLOW_STEPS = 1e-9, 4
# What keeps the Hessian of classes that are all but certain invertible.
JITTER = 1e-13
# Cells of the products that make up the Hessian, held at a time: few enough for the cache.
HESSIAN_CELLS = 250_000
# With more rows every so-manieth is looked at first, until a step gains less than this.
FEW_ROWS, FIRST_STRIDE, FIRST_GAIN = 16_000, 8, 1e-2


@dataclass
class Logistic:
    """Mean cross-entropy of rows as a function of parameters (direction + 1, output).

    Two classes have one output, the logarithm of the second's odds; more have one each,
    of which the parameters sum to zero. The last parameter of each output is its bias.

    Args:
        rows: (row, direction + 1), the last column of ones.
        share: (row,) weights that sum to one.
        classes: (row,) int64.
        n_outputs: 1, or the number of classes.
        penalty: (direction + 1, direction + 1); the loss has half of tr(p' penalty p) on top.
    """

    rows: np.ndarray
    share: np.ndarray
    classes: np.ndarray
    n_outputs: int
    penalty: np.ndarray
    truth: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        wanted = np.arange(self.n_outputs) if self.n_outputs > 1 else np.array([1])
        self.truth = (self.classes[:, None] == wanted).astype(np.float64)  # (row, output)

    def start(self) -> np.ndarray:
        """The best parameters without features: each class's share, none of it quite zero."""
        counts = np.bincount(self.classes, weights=self.share, minlength=max(2, self.n_outputs))
        odds = np.log(counts + 0.5 / len(self.rows))
        parameters = np.zeros((self.rows.shape[1], self.n_outputs))
        parameters[-1] = odds - odds.mean() if self.n_outputs > 1 else odds[1] - odds[0]
        return parameters

    def loss(self, parameters: np.ndarray) -> tuple[float, np.ndarray]:
        """Loss, and the probability of each output, (row, output)."""
        outputs = self.rows @ parameters
        if self.n_outputs == 1:
            errors = np.logaddexp(0.0, np.where(self.truth > 0, -outputs, outputs))[:, 0]
            probability = np.exp(-np.logaddexp(0.0, -outputs))
        else:
            outputs -= outputs.max(axis=1, keepdims=True)
            powers = np.exp(outputs)
            sums = powers.sum(axis=1, keepdims=True)
            right = np.take_along_axis(outputs, self.classes[:, None], axis=1)
            errors = (np.log(sums) - right)[:, 0]
            probability = powers / sums
        pull = float(np.sum(parameters * (self.penalty @ parameters))) / 2
        return float(self.share @ errors) + pull, probability

    def gradient(self, parameters: np.ndarray, probability: np.ndarray) -> np.ndarray:
        """Slope of the loss, (direction + 1, output)."""
        errors = (probability - self.truth) * self.share[:, None]
        return self.rows.T @ errors + self.penalty @ parameters

    def every(self, stride: int) -> Logistic:
        """The same of every so-manieth row."""
        share = self.share[::stride]
        return replace(
            self,
            rows=self.rows[::stride],
            share=share / share.sum(),
            classes=self.classes[::stride],
        )

    def model(self, probability: np.ndarray) -> SecondOrder:
        """The second-order model of the loss where the outputs have these probabilities."""
        if self.rows.shape[1] * self.n_outputs > EXPLICIT_PARAMETERS:
            return _ByProducts(self, probability)
        return _Explicit(self, self.hessian(probability[:, -max(1, self.n_outputs - 1) :]))

    def hessian(self, probability: np.ndarray) -> np.ndarray:
        """Of the mean cross-entropy, (output · direction, the same), outputs outermost."""
        n_rows, n_outputs = probability.shape
        width = self.rows.shape[1]
        if n_outputs == 1:
            curved = self.share * probability[:, 0] * (1 - probability[:, 0])
            scaled = self.rows * np.sqrt(curved)[:, None]
            return scaled.T @ scaled
        hessian = np.zeros((n_outputs * width, n_outputs * width))
        step = max(64, HESSIAN_CELLS // len(hessian))
        for start in range(0, n_rows, step):
            part = slice(start, start + step)
            scaled = probability[part] * np.sqrt(self.share[part])[:, None]
            products = (scaled[:, :, None] * self.rows[part, None, :]).reshape(-1, len(hessian))
            hessian -= products.T @ products
        for output in range(n_outputs):
            scaled = self.rows * np.sqrt(self.share * probability[:, output])[:, None]
            block = slice(output * width, (output + 1) * width)
            hessian[block, block] += scaled.T @ scaled
        return hessian

    def curvature(self, direction: np.ndarray, probability: np.ndarray) -> np.ndarray:
        """The Hessian times a direction, (direction + 1, output)."""
        moved = probability * (self.rows @ direction)
        if self.n_outputs == 1:
            moved -= probability * moved
        else:
            moved -= probability * moved.sum(axis=1, keepdims=True)
        return self.rows.T @ (moved * self.share[:, None]) + self.penalty @ direction


class SecondOrder(Protocol):
    """A loss's second-order model at one point."""

    def step(self, gradient: np.ndarray, damping: float) -> np.ndarray:
        """To the minimum of the model and half of ``damping`` times the step's square."""
        ...


@dataclass(frozen=True)
class _Explicit:
    """From the Hessian.

    The first of many classes stands still; the step is then moved to sum to zero again.
    """

    problem: Logistic
    hessian: np.ndarray

    def step(self, gradient: np.ndarray, damping: float) -> np.ndarray:
        width, n_outputs = gradient.shape
        beside = np.eye(1)
        if n_outputs > 1:
            beside = np.eye(n_outputs - 1) - 1 / n_outputs
        damped = self.problem.penalty + damping * np.eye(width)
        hessian = self.hessian + np.kron(beside, damped)
        hessian[np.diag_indices_from(hessian)] += JITTER * hessian.diagonal().max()
        moved = -np.linalg.solve(hessian, gradient[:, -len(beside) :].T.reshape(-1))
        moved = moved.reshape(len(beside), width).T
        if n_outputs == 1:
            return moved
        step = np.column_stack([np.zeros(width), moved])
        return step - step.mean(axis=1, keepdims=True)


@dataclass(frozen=True)
class _ByProducts:
    """By conjugate gradients, to as many digits as the step is worth.

    Source: Nocedal & Wright, "Numerical Optimization", section 7.1.
    """

    problem: Logistic
    probability: np.ndarray

    def step(self, gradient: np.ndarray, damping: float) -> np.ndarray:
        spread = self.problem.share @ (self.probability * (1 - self.probability))  # (output,)
        scale = np.diag(self.problem.penalty)[:, None] + spread + damping + JITTER
        step, rest = np.zeros_like(gradient), -gradient
        eased = rest / scale
        direction, size = eased, float(np.sum(rest * eased))
        enough = size * min(0.01, size)
        for _ in range(gradient.size):
            curved = self.problem.curvature(direction, self.probability) + damping * direction
            bend = float(np.sum(direction * curved))
            if bend <= 0:
                break
            step = step + size / bend * direction
            rest = rest - size / bend * curved
            eased = rest / scale
            before, size = size, float(np.sum(rest * eased))
            if size <= enough:
                break
            direction = eased + size / before * direction
        return step - step.mean(axis=1, keepdims=True) if step.shape[1] > 1 else step


@dataclass(frozen=True)
class Minimum:
    """Where Newton's method stopped.

    Args:
        parameters: (direction + 1, output).
        loss: there, with its penalty.
        converged: whether nothing is left to gain.
        separable: whether the loss would fall for ever.
        iterations: steps taken.
    """

    parameters: np.ndarray
    loss: float
    converged: bool
    separable: bool
    iterations: int


def minimize(problem: Logistic, *, max_iterations: int, start: np.ndarray | None = None) -> Minimum:
    """Newton's method, damped in proportion to the gradient so that no step leads astray.

    Far from the minimum, where classes look certain, the Hessian alone says far too little
    about how far to go. Damping that vanishes with the gradient leaves the convergence
    quadratic (Li, Fukushima, Qi & Yamashita, "Regularized Newton methods for convex
    minimization problems", 2004); how much is needed is learnt as in a trust region.

    Args:
        problem: a convex loss.
        max_iterations: steps after which it stops, wherever it is.
        start: parameters near the minimum, where some are known.
    """
    parameters = problem.start() if start is None else start
    if start is None and len(problem.rows) > FEW_ROWS:
        some = problem.every(FIRST_STRIDE)
        parameters = _descend(
            some, parameters, max_iterations=max_iterations, until=FIRST_GAIN
        ).parameters
    return _descend(problem, parameters, max_iterations=max_iterations, until=CONVERGED)


def _descend(
    problem: Logistic, parameters: np.ndarray, *, max_iterations: int, until: float
) -> Minimum:
    """Damped Newton steps until half of ``until`` is all that one gains."""
    penalised = bool(problem.penalty.any())
    loss, probability = problem.loss(parameters)
    iteration, converged, separable, damping, last_gain, slow = 0, False, False, 1.0, 0.0, 0
    while iteration < max_iterations and not converged and not separable:
        iteration += 1
        gradient = problem.gradient(parameters, probability)
        model, size = problem.model(probability), float(np.linalg.norm(gradient))
        while True:
            step = model.step(gradient, damping * size)
            gain = -float(np.sum(gradient * step))
            tried = problem.loss(parameters + step)
            expected = (gain + damping * size * float(np.sum(step**2))) / 2
            share = (loss - tried[0]) / expected if gain > TRUSTED else 1.0
            damping *= 0.1 if share > 0.75 else 1.0 if share > 0.25 else 5.0
            if share > 0.01:
                break
        parameters, (loss, probability) = parameters + step, tried
        # Gains that shrink by a factor only belong to a loss that falls for ever, a little less
        # with each step: some rows' class is certain.
        slow = slow + 1 if gain < FLAT and gain > 0.05 * last_gain else 0
        last_gain = gain
        separable = not penalised and (loss < SEPARATED_LOSS or slow == SLOW_STEPS)
        converged = gain <= until and not separable
    return Minimum(parameters, loss, converged, separable, iteration)
