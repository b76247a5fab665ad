"""Batched damped Newton for Huber fits of log L = log(e^(a'-alpha x) + e^(b'-beta y) + e^e).

x = log N and y = log D are centred: that is what keeps the five parameters from fighting each
other. Many rows of parameters are fitted at once, each with weights of its own; nothing loops over
rows or points. A parameter row is (a', alpha, b', beta, e).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

STEP_LIMIT = 2.0
"""Largest change of a parameter in one step: the terms are exponentials."""

BATCH = 256
"""Rows worked on at once; a finished row's place goes to the next. Sized to stay in cache."""

ALL_FREE = np.ones(5, dtype=bool)
_I = np.arange(5)


@dataclass(frozen=True)
class Points:
    """What is fitted: centred logarithms x, y (n,), log loss t, and the means taken off."""

    x: np.ndarray
    y: np.ndarray
    t: np.ndarray
    x_mean: float
    y_mean: float

    @classmethod
    def of(cls, N: np.ndarray, D: np.ndarray, loss: np.ndarray) -> Points:
        log_N, log_D = np.log(N), np.log(D)
        x, y = log_N - log_N.mean(), log_D - log_D.mean()
        return cls(x, y, np.log(loss), float(log_N.mean()), float(log_D.mean()))

    def columns(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """[1, -x, x^2], [1, -y, y^2], [1, -x, -y, xy]: what the Hessian's sums run over."""
        x, y, one = self.x, self.y, np.ones_like(self.x)
        stacks = ([one, -x, x * x], [one, -y, y * y], [one, -x, -y, x * y])
        return tuple(np.stack(columns, axis=1) for columns in stacks)


@dataclass(frozen=True)
class Minimum:
    """Where each row ended: parameters (rows, 5), objective (rows,), converged (rows,), steps."""

    theta: np.ndarray
    f: np.ndarray
    converged: np.ndarray
    steps: np.ndarray


def shares(theta: np.ndarray, points: Points) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Share of the N term and of the D term in the law, and log S; each (rows, n)."""
    a, alpha, b, beta, e = (theta[:, i : i + 1] for i in range(5))
    p1 = np.exp((a - e) - alpha * points.x)
    p2 = np.exp((b - e) - beta * points.y)
    S = p1 + p2
    S += 1.0
    p1 /= S
    p2 /= S
    return p1, p2, np.log(S, out=S) + e


def derivatives(
    theta: np.ndarray, points: Points, weights: np.ndarray, delta: np.ndarray, columns=None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Objective sum w*Huber(log residual), gradient and full Hessian of each row.

    With p the shares, q = w psi and s = w (inside the band) + q, in the three logarithms the
    gradient is -q p and the Hessian s p p' - q diag(p). Every entry below is a matrix product of
    q p, s p or s p p with a few shared columns.

    Shapes: theta (rows, 5), weights (rows, n) or (n,), delta (rows, 1) or a number.
    """
    X, Y, XY = columns or points.columns()
    p1, p2, log_S = shares(theta, points)
    r = points.t - log_S
    psi = np.clip(r, -delta, delta)
    q = weights * psi
    s = weights * (psi == r) + q
    r -= 0.5 * psi
    f = np.einsum("ij,ij->i", q, r)
    s1, s2 = s * p1, s * p2
    M12 = (s1 * p2) @ XY
    M11, M22 = (s1 * p1) @ X, (s2 * p2) @ Y
    T1, T2 = s1 @ X[:, :2], s2 @ Y[:, :2]
    S0, Q0 = s.sum(axis=1), q.sum(axis=1)
    p1 *= q
    p2 *= q
    Q1, Q2 = p1 @ X, p2 @ Y
    return f, *_assemble(M11, M22, M12, T1, T2, Q1, Q2, S0, Q0)


def _assemble(M11, M22, M12, T1, T2, Q1, Q2, S0, Q0) -> tuple[np.ndarray, np.ndarray]:
    """Gradient (rows, 5) and Hessian (rows, 5, 5) from the sums; E's share is what is left."""
    g = -np.stack([Q1[:, 0], Q1[:, 1], Q2[:, 0], Q2[:, 1], Q0 - Q1[:, 0] - Q2[:, 0]], axis=1)
    H = np.empty((len(g), 5, 5))
    H[:, 0, 0], H[:, 0, 1], H[:, 1, 1] = (M11 - Q1).T
    H[:, 2, 2], H[:, 2, 3], H[:, 3, 3] = (M22 - Q2).T
    H[:, 0, 2], H[:, 1, 2], H[:, 0, 3], H[:, 1, 3] = M12.T
    H[:, 0, 4], H[:, 1, 4] = (T1 - M11[:, :2] - M12[:, :2]).T
    H[:, 2, 4], H[:, 3, 4] = (T2 - M22[:, :2] - M12[:, [0, 2]]).T
    within = M11[:, 0] + M22[:, 0] + 2 * M12[:, 0]
    H[:, 4, 4] = S0 - 2 * (T1[:, 0] + T2[:, 0]) + within + g[:, 4]
    for i, j in ((0, 1), (0, 2), (0, 3), (0, 4), (1, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4)):
        H[:, j, i] = H[:, i, j]
    return g, H


@dataclass
class _Rows:
    """Rows in progress. ``fresh`` rows have yet to be evaluated where they stand."""

    row: np.ndarray
    theta: np.ndarray
    weights: np.ndarray
    f: np.ndarray
    g: np.ndarray
    H: np.ndarray
    damping: np.ndarray
    scale: np.ndarray
    stage: np.ndarray
    in_stage: np.ndarray
    steps: np.ndarray
    fresh: np.ndarray

    @classmethod
    def start(cls, row: np.ndarray, theta: np.ndarray, weights: np.ndarray) -> _Rows:
        k, zero = len(row), np.zeros(len(row), dtype=int)
        return cls(
            row=row,
            theta=theta.copy(),
            weights=weights,
            f=np.full(k, np.inf),
            g=np.zeros((k, 5)),
            H=np.zeros((k, 5, 5)),
            damping=np.full(k, 1e-3),
            scale=np.zeros((k, 5)),
            stage=zero.copy(),
            in_stage=zero.copy(),
            steps=zero.copy(),
            fresh=np.ones(k, dtype=bool),
        )

    def keep(self, which: np.ndarray) -> _Rows:
        return _Rows(**{name: part[which] for name, part in vars(self).items()})

    def join(self, other: _Rows) -> _Rows:
        return _Rows(
            **{name: np.concatenate([p, getattr(other, name)]) for name, p in vars(self).items()}
        )


def _steps(rows: _Rows, free: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Each row's damped Newton step, its slope g.p and the decrease its model predicts."""
    diagonal = np.abs(rows.H[:, _I, _I])
    rows.scale = np.maximum(rows.scale / 2, diagonal)
    A, g = rows.H.copy(), np.where(free, rows.g, 0.0)
    A[:, _I, _I] += rows.damping[:, None] * rows.scale
    if not free.all():
        A[:, ~free, :] = 0.0
        A[:, :, ~free] = 0.0
        A[:, _I[~free], _I[~free]] = 1.0
    A[rows.fresh] = np.eye(5)
    p = -_solve(A, g)
    p *= np.minimum(1.0, STEP_LIMIT / np.maximum(np.abs(p).max(axis=1), 1e-300))[:, None]
    slope = np.einsum("ij,ij->i", g, p)
    return p, slope, -(slope + 0.5 * np.einsum("ij,ijk,ik->i", p, rows.H, p))


def _solve(A: np.ndarray, b: np.ndarray) -> np.ndarray:
    try:
        return np.linalg.solve(A, b[..., None])[..., 0]
    except np.linalg.LinAlgError:  # one singular row must not stop the others
        A = A + np.eye(5) * (1e-12 * np.abs(A).max(axis=(1, 2), keepdims=True) + 1e-300)
        return np.linalg.solve(A, b[..., None])[..., 0]


def minimise(
    theta: np.ndarray,
    points: Points,
    weights: np.ndarray,
    deltas: Sequence[float],
    *,
    free: np.ndarray = ALL_FREE,
    limit: int = 1000,
    early_steps: int = 12,
    progress: Callable[[int], None] | None = None,
) -> Minimum:
    """Minimise from every row of theta; deltas are gone through in turn, the last to the end.

    A row has converged only when its damping is at most 1e-6 *and* its Newton decrement is at most
    1e-15 of its objective: a small predicted decrease under heavy damping is not convergence.
    """
    count, columns = len(theta), points.columns()
    weights = np.broadcast_to(weights, (count, len(points.x)))
    stages = np.asarray(deltas, dtype=np.float64)
    out = Minimum(theta.copy(), np.full(count, np.inf), np.zeros(count, bool), np.zeros(count, int))
    queue = 0
    rows = _Rows.start(np.arange(0), theta[:0], weights[:0])
    while queue < count or len(rows.row):
        take = np.arange(queue, min(count, queue + BATCH - len(rows.row)))
        if len(take):
            rows = rows.join(_Rows.start(take, theta[take], weights[take]))
            queue += len(take)
        p, slope, predicted = _steps(rows, free)
        done, stuck = _finished(rows, slope, stages, limit, early_steps)
        ended = done | stuck
        if ended.any():
            at = rows.row[ended]
            # The last step costs nothing more and squares what error is left.
            last = np.where((done & np.isfinite(p).all(axis=1))[:, None], p, 0.0)
            out.theta[at], out.f[at] = (rows.theta + last)[ended], rows.f[ended]
            out.converged[at], out.steps[at] = done[ended], rows.steps[ended]
            if progress:
                progress(int(ended.sum()))
            rows = rows.keep(~ended)
            p, slope, predicted = p[~ended], slope[~ended], predicted[~ended]
        if len(rows.row):
            _advance(rows, p, slope, predicted, points, stages, columns)
    return out


def _finished(rows, slope, stages, limit, early_steps) -> tuple[np.ndarray, np.ndarray]:
    """Rows done for good and rows out of steps; rows done with an early delta move to the next."""
    # Below the floor all residuals are rounding: a noiseless fit has nothing left to gain.
    floor = 1e-28 * rows.weights.sum(axis=1)
    flat = (rows.damping <= 1e-6) & (-slope <= np.maximum(1e-15 * rows.f, floor)) & ~rows.fresh
    last = rows.stage == len(stages) - 1
    loose = ((-slope <= 0.1 * rows.f) | (rows.in_stage >= early_steps)) & ~rows.fresh & ~last
    rows.stage[loose] += 1
    rows.in_stage[loose] = 0
    rows.fresh[loose] = True
    return flat & last, rows.steps >= limit


def _advance(rows, p, slope, predicted, points, stages, columns) -> None:
    """Try each row's step; accept or reject it and set its damping (Nielsen's rule and bounds)."""
    sound = np.isfinite(p).all(axis=1) & (slope < 0) & (predicted > 0) & ~rows.fresh
    trial = np.where(sound[:, None], rows.theta + p, rows.theta)
    with np.errstate(over="ignore", invalid="ignore"):
        f, g, H = derivatives(trial, points, rows.weights, stages[rows.stage][:, None], columns)
    finite = np.isfinite(f) & np.isfinite(g).all(axis=1)
    gain = rows.f - f
    with np.errstate(invalid="ignore", divide="ignore"):
        ratio = gain / predicted
    noise = np.maximum(1e-13 * rows.f, 1e-28 * rows.weights.sum(axis=1))
    at_noise = sound & (predicted <= noise) & (np.abs(gain) <= noise)
    accepted = rows.fresh | (sound & finite & ((gain > 0) | at_noise))
    nielsen = np.maximum(1 / 3, 1 - (2 * np.clip(ratio, -1, 2) - 1) ** 3)
    factor = np.where((ratio > 0.9) | at_noise, 0.01, nielsen)
    factor = np.where(accepted, factor, np.where(sound & finite, 5.0, 10.0))
    factor[rows.fresh] = 1.0
    rows.damping = np.clip(rows.damping * factor, 1e-12, 1e12)
    rows.theta[accepted], rows.f[accepted] = trial[accepted], f[accepted]
    rows.g[accepted], rows.H[accepted] = g[accepted], H[accepted]
    rows.fresh[:] = False
    rows.steps += 1
    rows.in_stage += 1
