"""Variable projection: once alpha and beta are fixed, the law is linear in E, A and B.

It gives the start (Newton from raw guesses is poor) and the certificate: the inner problem solved
over the whole grid of (alpha, beta), every local minimum of that map polished in all five.
"""

from __future__ import annotations

import numpy as np

from isoflop._newton import Minimum, Points, minimise

GRID = np.geomspace(0.05, 1.5, 24)
"""Loss exponents tried, each way."""

COARSE, REWEIGHTINGS = GRID[1::3], 6
"""Exponents of the robust start, and how often it reweights."""

THIN = 20_000
"""Rows that the search for a start looks at; Newton then goes on with all of them."""

INNER = np.array([True, False, True, False, True])
"""Which of (a', alpha, b', beta, e) the inner problem leaves free."""


def _terms(points: Points, grid: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """N term, D term and constant over the loss, so that a perfect law sums to 1."""
    inverse = np.exp(-points.t)
    return (
        np.exp(-np.outer(grid, points.x)) * inverse,
        (np.exp(-np.outer(grid, points.y)) * inverse),
        inverse,
    )


def _solve(sums: list[np.ndarray]) -> np.ndarray:
    """Coefficients from the sums uu, vv, cc, uv, uc, vc, u, v, c of the normal equations."""
    uu, vv, cc, uv, uc, vc, u, v, c = np.broadcast_arrays(*sums)
    M = np.stack([uu, uv, uc, uv, vv, vc, uc, vc, cc], axis=-1).reshape(*uu.shape, 3, 3)
    rhs = np.stack([u, v, c], axis=-1)
    # Columns scaled to one, and a whisper of ridge where two are the same to rounding.
    scale = 1 / np.sqrt(np.diagonal(M, axis1=-2, axis2=-1))
    scaled = M * scale[..., :, None] * scale[..., None, :] + 1e-13 * np.eye(3)
    return scale * np.linalg.solve(scaled, (rhs * scale)[..., None])[..., 0]


def linear_fits(points: Points, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least squares on relative errors for every (alpha, beta) of the grid.

    Returns coefficients of (N term, D term, constant), shape (24, 24, 3), and the sums of squares.
    """
    U, V, c = _terms(points, GRID)
    wU, wV, wc = U * weights, V * weights, c * weights
    sums = [
        (wU * U).sum(axis=1)[:, None],
        (wV * V).sum(axis=1),
        wc @ c,
        wU @ V.T,
        (wU @ c)[:, None],
        wV @ c,
        wU.sum(axis=1)[:, None],
        wV.sum(axis=1),
        wc.sum(),
    ]
    coefficients = _solve(sums)
    rhs = np.stack(np.broadcast_arrays(*sums[6:]), axis=-1)
    return coefficients, weights.sum() - np.einsum("ijk,ijk->ij", coefficients, rhs)


def robust_fits(points: Points, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Least absolute relative errors on a coarse grid, by reweighting; as ``linear_fits``.

    Least squares lets one gross outlier drag every point of its grid; this does not.
    """
    U, V, c = _terms(points, COARSE)
    products = [(U, U), (V, V), (U, c), (V, c), (U[:, None], V)]
    UU, VV, Uc, Vc, UV = (left * right for left, right in products)
    W = np.broadcast_to(weights, (len(COARSE), len(COARSE), len(c)))
    for _ in range(REWEIGHTINGS):
        over_N, over_D = "kln,kn->kl", "kln,ln->kl"
        uv = np.einsum("kln,kln->kl", W, UV)
        sums = [np.einsum(over_N, W, UU), np.einsum(over_D, W, VV), W @ (c * c), uv]
        sums += [np.einsum(over_N, W, Uc), np.einsum(over_D, W, Vc)]
        sums += [np.einsum(over_N, W, U), np.einsum(over_D, W, V), W @ c]
        coefficients = _solve(sums)
        r = coefficients[..., :1] * U[:, None] + coefficients[..., 1:2] * V
        r += coefficients[..., 2:] * c - 1
        W = weights / np.maximum(np.abs(r), 1e-3)
    return coefficients, np.abs(r) @ weights


def rows(coefficients: np.ndarray, grid: np.ndarray) -> np.ndarray:
    """A grid's coefficients as parameter rows; those that are not positive become small."""
    alpha, beta = (m.ravel() for m in np.meshgrid(grid, grid, indexing="ij"))
    flat = coefficients.reshape(-1, 3)
    floor = 1e-3 * np.abs(flat).max(axis=1, keepdims=True)
    a, b, e = np.log(np.maximum(flat, floor)).T
    return np.stack([a, alpha, b, beta, e], axis=1)


def _thinned(points: Points, weights: np.ndarray) -> tuple[Points, np.ndarray]:
    """Every k-th row in the order of N, so that all sizes stay; as they are up to ``THIN``."""
    n = len(points.t)
    if n <= THIN:
        return points, weights
    keep = np.argsort(points.x, kind="stable")[np.linspace(0, n - 1, THIN).astype(int)]
    x, y, t = (part[keep] for part in (points.x, points.y, points.t))
    return Points(x, y, t, points.x_mean, points.y_mean), weights[keep]


def starts(points: Points, weights: np.ndarray) -> np.ndarray:
    """The best row of the least-squares grid and of the robust one, (1 or 2, 5).

    Raises ValueError where neither has falling terms in both N and D.
    """
    points, weights = _thinned(points, weights)
    found = []
    for fits, grid in ((linear_fits, GRID), (robust_fits, COARSE)):
        coefficients, size = fits(points, weights)
        falling = (coefficients[..., :2] > 0).all(axis=-1)
        whole = falling & (coefficients[..., 2] > 0)
        for good in (whole, falling):
            if good.any():
                found.append(rows(coefficients, grid)[np.argmin(np.where(good, size, np.inf))])
                break
    if not found:
        raise ValueError(
            "no decreasing fit: on these rows loss does not fall as N and D grow; "
            "check that the columns are not swapped and that loss is a loss"
        )
    return np.array(found)


def stationary_points(points: Points, weights: np.ndarray, deltas: list[float]) -> Minimum:
    """Every local minimum of the inner problem over the grid, polished; best first."""
    coefficients, _ = linear_fits(points, weights)
    inner = minimise(rows(coefficients, GRID), points, weights, deltas, free=INNER, limit=60)
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
