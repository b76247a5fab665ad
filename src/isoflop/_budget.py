"""One budget of approach 2: a polynomial through loss against log N, its minimum, its noise."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.polynomial import polynomial

AT_ONCE = 4_000_000
"""Resampled losses held at a time."""


@dataclass(frozen=True)
class Budget:
    """One budget's runs, ready to fit: x = log N - centre, D as a line in x."""

    C: float
    x: np.ndarray
    y: np.ndarray
    centre: float
    D_line: np.ndarray
    degree: int

    @property
    def design(self) -> np.ndarray:
        return np.vander(self.x, self.degree + 1, increasing=True)

    def solve(self, losses: np.ndarray) -> np.ndarray:
        """Least-squares coefficients, one row per row of losses; shape (rows, degree + 1)."""
        return losses @ np.linalg.pinv(self.design).T

    def log_D(self, x: np.ndarray) -> np.ndarray:
        return self.D_line[0] + self.D_line[1] * x

    @classmethod
    def of(cls, C: float, N: np.ndarray, D: np.ndarray, loss: np.ndarray, degree: int) -> Budget:
        """The runs of one budget; D is summarised by a line in log N, exact where D = C/(6N)."""
        centre = float(np.log(N).mean())
        x = np.log(N) - centre
        return cls(float(C), x, loss, centre, polynomial.polyfit(x, np.log(D), 1), degree)


def vertex(c: np.ndarray) -> np.ndarray:
    """Where each row's polynomial has its minimum; NaN where it has none.

    -c1 / (c2 + sqrt(c2^2 - 3 c1 c3)) is the minimum of the cubic and, at c3 = 0, of the parabola.
    """
    c1, c2 = c[:, 1], c[:, 2]
    c3 = c[:, 3] if c.shape[1] > 3 else np.zeros_like(c1)
    with np.errstate(invalid="ignore", divide="ignore"):
        denominator = c2 + np.sqrt(c2**2 - 3 * c1 * c3)
        return np.where(denominator > 0, -c1 / denominator, np.nan)


def minimum(group: Budget) -> dict:
    """Where the curve has its minimum (NaN where it has none), and what is known about it."""
    coefficients = group.solve(group.y[None])
    x = vertex(coefficients)[0]
    c = coefficients[0]
    residuals = group.y - group.design @ c
    spare = len(group.y) - len(c)
    curvature = 2 * c[2] + (6 * c[3] * x if len(c) > 3 else 0.0)
    return {
        "budget": group.C,
        "N": np.exp(x + group.centre),
        "D": np.exp(group.log_D(x)),
        "loss": polynomial.polyval(x, c),
        "inside": bool(group.x.min() <= x <= group.x.max()),
        "curvature": curvature,
        "residual_sd": np.sqrt(residuals @ residuals / spare) if spare else np.nan,
        "runs": len(group.y),
    }


def redraw(group: Budget, replicates: int, rng) -> tuple[np.ndarray, np.ndarray]:
    """Resampled minima of one budget: log N*, log D*, each (replicates,); NaN where there is none.

    Residuals are corrected for leverage, resampled, and scaled by a fresh draw of the noise level:
    with few runs to judge it by, its own uncertainty must not be left out.
    """
    X = group.design
    fitted = X @ group.solve(group.y[None])[0]
    spare = len(group.y) - X.shape[1]
    if spare:
        leverage = np.einsum("ij,ji->i", X, np.linalg.pinv(X))
        residuals = (group.y - fitted) / np.sqrt(np.maximum(1 - leverage, 1e-9))
        residuals -= residuals.mean()
        scale = np.sqrt(spare / rng.chisquare(spare, size=(replicates, 1)))
        x = np.concatenate(
            [vertex(group.solve(losses)) for losses in _losses(fitted, residuals, scale, rng)]
        )
    else:
        x = vertex(group.solve(np.broadcast_to(group.y, (replicates, len(group.y)))))
    return x + group.centre, group.log_D(x)


def _losses(fitted, residuals, scale, rng) -> Iterator[np.ndarray]:
    """Resampled losses, so many replicates at a time that a large budget fits in memory."""
    n = len(residuals)
    at_once = max(1, AT_ONCE // n)
    for start in range(0, len(scale), at_once):
        part = scale[start : start + at_once]
        yield fitted + part * residuals[rng.integers(0, n, size=(len(part), n))]
