"""Variable projection: once alpha and beta are fixed, the law is linear in E, A and B.

It gives the start (Newton from raw guesses is poor) and the certificate: the inner problem solved
over the whole grid of (alpha, beta), every local minimum of that map polished in all five.
"""

from __future__ import annotations

import numpy as np

from isoflop._newton import Minimum, Points, minimise

GRID = np.geomspace(0.05, 1.5, 24)
"""Loss exponents tried, each way."""

INNER = np.array([True, False, True, False, True])
"""Which of (a', alpha, b', beta, e) the inner problem leaves free."""


def linear_fits(points: Points, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least squares on relative errors for every (alpha, beta) of the grid.

    Returns coefficients of (N term, D term, constant), shape (24, 24, 3), and the sums of squares.
    """
    inverse = np.exp(-points.t)
    U = np.exp(-np.outer(GRID, points.x)) * inverse
    V = np.exp(-np.outer(GRID, points.y)) * inverse
    wU, wV, wc = U * weights, V * weights, inverse * weights
    size = len(GRID)
    M, rhs = np.empty((size, size, 3, 3)), np.empty((size, size, 3))
    M[..., 0, 0] = (wU * U).sum(axis=1)[:, None]
    M[..., 1, 1] = (wV * V).sum(axis=1)
    M[..., 2, 2] = wc @ inverse
    M[..., 0, 1] = M[..., 1, 0] = wU @ V.T
    M[..., 0, 2] = M[..., 2, 0] = (wU @ inverse)[:, None]
    M[..., 1, 2] = M[..., 2, 1] = wV @ inverse
    rhs[..., 0], rhs[..., 1] = wU.sum(axis=1)[:, None], wV.sum(axis=1)
    rhs[..., 2] = wc.sum()
    # Columns scaled to one, and a whisper of ridge where two are the same to rounding.
    scale = 1 / np.sqrt(np.diagonal(M, axis1=-2, axis2=-1))
    scaled = M * scale[..., :, None] * scale[..., None, :] + 1e-13 * np.eye(3)
    coefficients = scale * np.linalg.solve(scaled, (rhs * scale)[..., None])[..., 0]
    return coefficients, weights.sum() - np.einsum("ijk,ijk->ij", coefficients, rhs)


def rows(coefficients: np.ndarray) -> np.ndarray:
    """The grid as parameter rows (576, 5); coefficients that are not positive become small."""
    alpha, beta = (m.ravel() for m in np.meshgrid(GRID, GRID, indexing="ij"))
    flat = coefficients.reshape(-1, 3)
    floor = 1e-3 * np.abs(flat).max(axis=1, keepdims=True)
    a, b, e = np.log(np.maximum(flat, floor)).T
    return np.stack([a, alpha, b, beta, e], axis=1)


def start(points: Points, weights: np.ndarray) -> np.ndarray:
    """The grid's best row with all three coefficients positive, (1, 5).

    Raises ValueError where none has a falling term in both N and D.
    """
    coefficients, squares = linear_fits(points, weights)
    for good in ((coefficients > 0).all(axis=-1), (coefficients[..., :2] > 0).all(axis=-1)):
        if good.any():
            best = np.argmin(np.where(good, squares, np.inf))
            return rows(coefficients)[best : best + 1]
    raise ValueError(
        "no decreasing fit: on these rows loss does not fall as N and D grow; "
        "check that the columns are not swapped and that loss is a loss"
    )


def stationary_points(points: Points, weights: np.ndarray, deltas: list[float]) -> Minimum:
    """Every local minimum of the inner problem over the grid, polished; best first."""
    coefficients, _ = linear_fits(points, weights)
    inner = minimise(rows(coefficients), points, weights, deltas, free=INNER, limit=60)
    height = inner.f.reshape(len(GRID), len(GRID))
    padded = np.pad(height, 1, constant_values=np.inf)
    size = len(GRID)
    around = [
        padded[1 + i : 1 + i + size, 1 + j : 1 + j + size]
        for i in (-1, 0, 1)
        for j in (-1, 0, 1)
        if (i, j) != (0, 0)
    ]
    low = (height <= np.min(around, axis=0)).ravel()
    polished = minimise(inner.theta[low], points, weights, deltas[-1:])
    order = np.argsort(polished.f)
    return Minimum(*(part[order] for part in vars(polished).values()))
