"""Newton's method for logistic regression, in double precision.

With the columns brought to orthonormal directions first (``solve.py``) neither their units
nor their dependences are seen here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

# With more parameters than this a step is found by conjugate gradients, not from the Hessian.
EXPLICIT_PARAMETERS = 1_500
# A step that gains half of this leaves about its square to be gained.
CONVERGED = 1e-18
# Below this decrement, rounding decides which of two losses is less: the full step is taken.
TRUSTED = 1e-10
# A loss without a minimum falls for ever; here it is as good as zero.
SEPARATED_LOSS = 1e-8
# What keeps the Hessian of classes that are all but certain invertible.
JITTER = 1e-13
# Cells of the products that make up the Hessian, held at a time (32 MB).
HESSIAN_CELLS = 4_000_000


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

    def newton_step(self, gradient: np.ndarray, probability: np.ndarray) -> np.ndarray:
        """The step to the minimum of the second-order model, (direction + 1, output)."""
        if gradient.size > EXPLICIT_PARAMETERS:
            return self._conjugate_gradients(gradient, probability)
        if self.n_outputs == 1:
            hessian = self._hessian(probability) + self.penalty
            return -_solved(hessian, gradient)
        # The first class stands still; parameters are then moved to sum to zero again.
        others = self.n_outputs - 1
        beside = np.eye(others) - 1 / self.n_outputs
        hessian = self._hessian(probability[:, 1:]) + np.kron(beside, self.penalty)
        step = np.zeros_like(gradient)
        step[:, 1:] = -_solved(hessian, gradient[:, 1:].T.reshape(-1)).reshape(others, -1).T
        return step - step.mean(axis=1, keepdims=True)

    def _hessian(self, probability: np.ndarray) -> np.ndarray:
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

    def _curvature(self, direction: np.ndarray, probability: np.ndarray) -> np.ndarray:
        """The Hessian times a direction, (direction + 1, output)."""
        moved = probability * (self.rows @ direction)
        if self.n_outputs == 1:
            moved -= probability * moved
        else:
            moved -= probability * moved.sum(axis=1, keepdims=True)
        return self.rows.T @ (moved * self.share[:, None]) + self.penalty @ direction

    def _conjugate_gradients(self, gradient: np.ndarray, probability: np.ndarray) -> np.ndarray:
        """The Newton step to as many digits as it is worth (Nocedal & Wright, section 7.1)."""
        spread = self.share @ (probability * (1 - probability))  # (output,)
        scale = np.maximum(np.diag(self.penalty)[:, None] + spread, JITTER)
        step, rest = np.zeros_like(gradient), -gradient
        eased = rest / scale
        direction, size = eased, float(np.sum(rest * eased))
        enough = size * min(0.01, size)
        for _ in range(gradient.size):
            curved = self._curvature(direction, probability)
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
        if self.n_outputs > 1:
            step = step - step.mean(axis=1, keepdims=True)
        return step


@dataclass(frozen=True)
class Minimum:
    """Where Newton's method stopped.

    Args:
        parameters: (direction + 1, output).
        loss: there, with its penalty.
        converged: whether nothing is left to gain.
        separable: whether the loss is as good as zero and would fall for ever.
        iterations: steps taken.
    """

    parameters: np.ndarray
    loss: float
    converged: bool
    separable: bool
    iterations: int


def minimize(problem: Logistic, *, max_iterations: int) -> Minimum:
    """Newton's method with backtracking (Boyd & Vandenberghe, "Convex Optimization", 9.5).

    Args:
        problem: a convex loss.
        max_iterations: steps after which it stops, wherever it is.
    """
    penalised = bool(problem.penalty.any())
    parameters = problem.start()
    loss, probability = problem.loss(parameters)
    iteration, converged, separable = 0, False, False
    while iteration < max_iterations and not converged and not separable:
        iteration += 1
        gradient = problem.gradient(parameters, probability)
        step = problem.newton_step(gradient, probability)
        gain = -float(np.sum(gradient * step))
        length = 1.0
        while True:
            tried = problem.loss(parameters + length * step)
            if gain <= TRUSTED or tried[0] <= loss - 1e-4 * length * gain or length < 1e-10:
                break
            length /= 2
        parameters, (loss, probability) = parameters + length * step, tried
        separable = loss < SEPARATED_LOSS and not penalised
        converged = gain <= CONVERGED and not separable
    return Minimum(parameters, loss, converged, separable, iteration)


def _solved(hessian: np.ndarray, gradient: np.ndarray) -> np.ndarray:
    hessian[np.diag_indices_from(hessian)] += JITTER * max(hessian.diagonal().max(), 1e-300)
    return np.linalg.solve(hessian, gradient)
