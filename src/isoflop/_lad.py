"""Least absolute deviations: Huber's objective as delta goes to 0, where Newton has no curvature.

Each step solves the linearised problem exactly, as a linear program within a trust region; the
optimum interpolates as many points as there are parameters, so the last steps converge fast.
"""

from __future__ import annotations

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, eye_array, hstack

from isoflop._newton import Minimum, Points, shares


def jacobian(theta: np.ndarray, points: Points) -> np.ndarray:
    """d log S / d(a', alpha, b', beta, e) at one row; (n, 5)."""
    p1, p2, _ = (part[0] for part in shares(theta[None], points))
    return np.stack([p1, -points.x * p1, p2, -points.y * p2, 1 - p1 - p2], axis=1)


def objective(theta: np.ndarray, points: Points, weights: np.ndarray) -> float:
    """The plain sum of w * |log residual|."""
    return float(weights @ np.abs(points.t - shares(theta[None], points)[2][0]))


def minimise(
    theta: np.ndarray, points: Points, weights: np.ndarray, *, limit: int = 100
) -> Minimum:
    """From one row theta (5,), down to a point that no step of the linearised problem improves."""
    radius, f, done, steps = 0.1, objective(theta, points, weights), False, 0
    while steps < limit and not done:
        steps += 1
        step, model = _step(theta, points, weights, radius)
        predicted = f - model
        trial = theta + step
        gain = f - objective(trial, points, weights)
        if gain > 0:
            theta, f = trial, f - gain
        good = gain > 0.1 * predicted
        radius = min(1.0, 2 * radius) if good else min(radius, np.abs(step).max()) / 4
        done = predicted <= 1e-12 * f or radius < 1e-12
    return Minimum(theta[None], np.array([f]), np.array([done]), np.array([steps]))


def _step(theta, points, weights, radius) -> tuple[np.ndarray, float]:
    """The step p, |p| <= radius, that minimises sum w |r - J p|, and that minimum."""
    J = jacobian(theta, points)
    r = points.t - shares(theta[None], points)[2][0]
    n = len(r)
    cost = np.concatenate([np.zeros(5), weights, weights])
    equal = hstack([csr_array(J), eye_array(n), -eye_array(n)])
    bounds = [(-radius, radius)] * 5 + [(0, None)] * (2 * n)
    solved = linprog(cost, A_eq=equal, b_eq=r, bounds=bounds, method="highs")
    return solved.x[:5], float(solved.fun)
