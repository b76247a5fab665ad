"""Damped Newton for the six constants of ``forms``, many rows at once.

A parameter row is (a', alpha, b', beta, e, log kappa), with log N and log D centred. With
u = a' - alpha x and v = b' - beta y the joined debts are exp(h), h = kappa log(e^(u/kappa) +
e^(v/kappa)): the derivative of h by u is a share p, and by log kappa it is kappa times the entropy
of (p, 1 - p).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from isoflop._newton import Minimum, Points

BATCH = 200
"""Rows worked on at once: few enough to stay in cache."""

STEP_LIMIT = 0.7
"""Largest change of a parameter in one step."""

_I = np.arange(6)


def _joined(theta: np.ndarray, points: Points) -> tuple[np.ndarray, ...]:
    """kappa (rows, 1); h, share p of the N debt, and (u - v)/kappa, each (rows, n)."""
    a, alpha, b, beta, _, log_kappa = (theta[:, i : i + 1] for i in range(6))
    kappa = np.exp(log_kappa)
    v = b - beta * points.y
    c = (a - alpha * points.x - v) / kappa
    log_sum = np.logaddexp(c, 0.0)
    return kappa, v + kappa * log_sum, np.exp(c - log_sum), c


def log_loss(theta: np.ndarray, points: Points) -> np.ndarray:
    """log L of each row at each point, (rows, n)."""
    return np.logaddexp(_joined(theta, points)[1], theta[:, 4:5])


def derivatives(
    theta: np.ndarray, points: Points, weights: np.ndarray, delta: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Objective sum w*Huber(log residual) (rows,), gradient (rows, 6), Hessian (rows, 6, 6)."""
    kappa, h, p, c = _joined(theta, points)
    log_S = np.logaddexp(h, theta[:, 4:5])
    s, q = np.exp(h - log_S), 1 - p  # share of the joined debts in the loss; of the D debt
    entropy = kappa * (np.logaddexp(c, 0.0) - p * c)  # times kappa
    rise = np.stack([p, -points.x * p, q, -points.y * q, np.full_like(p, -1.0), entropy], axis=2)
    J = s[..., None] * rise
    J[:, :, 4] += 1.0
    r = points.t - log_S
    psi = np.clip(r, -delta, delta)
    pull, inside = weights * psi, weights * (psi == r)
    f = np.einsum("ij,ij->i", pull, r - psi / 2)
    g = -np.einsum("ij,ijk->ik", pull, J)
    one = np.ones_like(p)
    tilt = np.stack([one, -points.x * one, -one, points.y * one, 0 * one, -kappa * c], axis=2)
    H = _gram(J, inside) - _gram(rise, pull * s * (1 - s)) - _gram(tilt, pull * s * p * q / kappa)
    H[:, 5, 5] -= np.einsum("ij,ij->i", pull, s * entropy)
    return f, g, H


def _gram(X: np.ndarray, w: np.ndarray) -> np.ndarray:
    """X' diag(w) X of each row: (rows, n, 6) and (rows, n) to (rows, 6, 6)."""
    return np.swapaxes(X, 1, 2) @ (w[..., None] * X)


def minimise(
    theta: np.ndarray,
    points: Points,
    weights: np.ndarray,
    deltas: Sequence[float],
    *,
    limit: int = 300,
) -> Minimum:
    """Minimise from every row of theta (rows, 6); weights (rows, n) or (1, n).

    The deltas are gone through in turn, the last until the Newton decrement is at most 1e-13 of the
    objective under a damping of at most 1e-4; a row that runs into ``limit`` has not converged.
    """
    weights = np.broadcast_to(weights, (len(theta), len(points.t)))
    parts = [
        _batch(theta[i : i + BATCH], points, weights[i : i + BATCH], deltas, limit)
        for i in range(0, len(theta), BATCH)
    ]
    return Minimum(*(np.concatenate(part) for part in zip(*parts)))


def _batch(theta, points, weights, deltas, limit):
    for delta in deltas:
        last = delta == deltas[-1]
        theta, f, done, steps = _stage(theta, points, weights, delta, limit if last else 12)
    return theta, f, done, steps


def _stage(theta, points, weights, delta, limit):
    """Levenberg's damping on the full Hessian, one for each row; finished rows are left alone."""
    theta = theta.copy()
    f, g, H = derivatives(theta, points, weights, delta)
    damping = np.full(len(f), 1e-3)
    done, steps = np.zeros(len(f), bool), np.zeros(len(f), int)
    for _ in range(limit):
        at = np.flatnonzero(~done)
        if not len(at):
            break
        p, slope = _step(g[at], H[at], damping[at])
        flat = (-slope <= 1e-13 * f[at] + 1e-30) & (slope <= 0) & (damping[at] <= 1e-4)
        done[at[flat]] = True
        trial = theta[at] + p
        f2, g2, H2 = derivatives(trial, points, weights[at], delta)
        better = (f2 < f[at]) & (slope < 0)
        yes, no = at[better], at[~better & ~flat]
        theta[yes], f[yes], g[yes], H[yes] = trial[better], f2[better], g2[better], H2[better]
        damping[yes] = np.maximum(damping[yes] / 10, 1e-12)
        damping[no] = np.minimum(damping[no] * 5, 1e12)
        steps[at] += 1
    return theta, f, done, steps


def _step(g, H, damping):
    """The damped step of each row, no parameter by more than STEP_LIMIT, and its slope."""
    A = H.copy()
    A[:, _I, _I] += damping[:, None] * np.maximum(np.abs(H[:, _I, _I]), 1e-300)
    p = -np.linalg.solve(A, g[..., None])[..., 0]
    p *= np.minimum(1.0, STEP_LIMIT / np.abs(p).max(axis=1))[:, None]
    return p, np.einsum("ij,ij->i", g, p)
