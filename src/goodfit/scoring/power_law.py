"""How an error falls with more rows, and what still more would probably bring.

Source: Hestness et al. 2017, arXiv 1712.00409: errors fall as a power of the number of rows
towards a floor; Cortes et al. 1994, "Learning curves: asymptotic values and rate of convergence".
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

# Powers that are thought possible, each as likely as another beforehand: between hardly any
# gain and the fastest that a parametric model can have.
POWERS = np.linspace(0.1, 1.5, 29)
# Futures that are drawn.
DRAWS = 4000
#: Different numbers of rows that tell where a curve leads.
FEWEST_SIZES = 3


@dataclass(frozen=True)
class PowerLaw:
    """Curves floor + factor · rows to the power -p that fit, as likely as they do.

    Args:
        floors: (draw,).
        factors: (draw,) at least 0.
        powers: (draw,).
    """

    floors: np.ndarray
    factors: np.ndarray
    powers: np.ndarray

    def at(self, n_rows: float) -> np.ndarray:
        """(draw,) the mean error with so many rows, by each of the curves."""
        return self.floors + self.factors * n_rows**-self.powers


def fit_power_law(
    n_rows: np.ndarray, errors: np.ndarray, *, floor: float | None, seed: int
) -> PowerLaw | None:
    """The curves that trainings on parts of the rows allow; None if they tell too little.

    For each power the floor and the factor are those of least squares, in units of the spread
    of the draws of each size; draws of them by their likelihood, those that would fall below
    ``floor`` or rise left out.

    Args:
        n_rows: (training,) rows that it learnt from.
        errors: (training,) on the same other rows; less is better.
        floor: the least error there can be, or None.
        seed: of what is drawn.

    >>> rows = np.repeat([100, 200, 400, 800, 1600], 3)
    >>> noise = np.tile([-0.01, 0.0, 0.01], 5)
    >>> law = fit_power_law(rows, 1 + 10 / rows**0.5 + noise, floor=0.0, seed=0)
    >>> bool(abs(np.median(law.at(3200)) - 1.177) < 0.01)
    True
    """
    sizes = np.unique(n_rows)
    if len(sizes) < FEWEST_SIZES or not np.isfinite(errors).all():
        return None
    deviation = _deviations(n_rows, errors, sizes)
    random = np.random.Generator(np.random.PCG64(seed))
    found, chances = list[tuple[np.ndarray, np.ndarray]](), list[float]()
    # What is sought is the error with most rows and by how much it fell: of these nothing is
    # likelier than another beforehand, whatever the power.
    for power in POWERS:
        falling = (n_rows / sizes[-1]) ** -power - 1
        design = np.column_stack([np.ones(len(n_rows)), falling / falling.max()])
        middle, spread, chance = _least_squares(design / deviation[:, None], errors / deviation)
        found.append((middle, spread))
        chances.append(chance)
    weights = np.exp(np.array(chances) - max(chances))
    counts = random.multinomial(DRAWS, weights / weights.sum())
    drawn = [
        np.column_stack([random.multivariate_normal(*one, size=count), np.full(count, power)])
        for one, count, power in zip(found, counts, POWERS, strict=True)
    ]
    last, fallen, powers = np.concatenate(drawn).T
    factors = fallen / ((sizes[0] / sizes[-1]) ** -powers - 1)
    floors = last - factors
    possible = (factors >= 0) & (floors >= (-np.inf if floor is None else floor))
    if possible.sum() < DRAWS / 100:
        return None
    factors = factors * float(sizes[-1]) ** powers
    return PowerLaw(floors[possible], factors[possible], powers[possible])


def _deviations(n_rows: np.ndarray, errors: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """(training,) spread of the errors of as many rows; of few draws partly that of all."""
    within = [errors[n_rows == size] for size in sizes]
    squares = np.array([((one - one.mean()) ** 2).sum() for one in within])
    freedom = np.array([len(one) - 1 for one in within])
    scale = float(np.abs(errors).max()) or 1.0
    whole = max(float(squares.sum()) / max(freedom.sum(), 1), (1e-4 * scale) ** 2)
    own = (squares + 2 * whole) / (freedom + 2)
    return np.sqrt(own[np.searchsorted(sizes, n_rows)])


def _least_squares(design: np.ndarray, errors: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Coefficients, how far they may be off, and how likely the errors are by them."""
    inverse = np.linalg.pinv(design.T @ design, hermitian=True)
    middle = inverse @ design.T @ errors
    misfit = float(((errors - design @ middle) ** 2).sum())
    # What the curve misses beyond chance makes it as much less sure.
    excess = max(misfit / max(len(errors) - 2, 1), 1.0)
    chance = -misfit / 2 + 0.5 * float(np.linalg.slogdet(inverse)[1])
    return middle, inverse * excess, chance
