"""Approach 3: one surface L = E + A/N^alpha + B/D^beta through all runs.

Hoffmann et al. 2022, section 3.3: minimise the sum of Huber losses of log residuals. Solved by
batched Newton from a variable-projection start; a certificate searches the whole grid of exponents.
"""

from __future__ import annotations

import math
import warnings as python_warnings
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from isoflop import _identify, _lad, _projection
from isoflop._lad import jacobian
from isoflop._newton import Minimum, Points, minimise, shares
from isoflop._replicates import SurfaceReplicates
from isoflop.laws import ChinchillaLaw
from isoflop.profiles import FitWarning

__all__ = [
    "HUBER_DELTA",
    "STEP_LIMIT",
    "SurfaceFit",
    "SurfaceReplicates",
    "bootstrap",
    "fit",
    "sandwich",
]

HUBER_DELTA = 1e-3
"""Hoffmann et al.'s delta (section D.3)."""

STEP_LIMIT = 10_000
"""Newton steps a single fit may take: a one-budget design has a long flat valley to walk."""


@dataclass(frozen=True)
class SurfaceFit:
    """A fitted surface.

    ``objective`` is the plain sum of w*Huber of log residuals (of w*|r| for delta = 0), never a
    mean. ``status`` is ``"converged"``, or ``"warning"`` where ``warnings`` says what to know.
    ``condition`` is the condition number of the column-scaled Jacobian at the optimum.
    ``stationary`` (with ``certify=True``) lists the stationary points found over the grid of
    exponents, best first; ``certified`` says whether the best of them is this fit.
    """

    law: ChinchillaLaw
    objective: float
    delta: float
    status: str
    warnings: tuple[str, ...]
    condition: float
    residuals: np.ndarray
    steps: int
    stationary: pd.DataFrame | None = None
    certified: bool | None = None

    @property
    def a(self) -> float:
        """Exponent of N*(C)."""
        return self.law.a

    @property
    def b(self) -> float:
        """Exponent of D*(C)."""
        return self.law.b


def fit(
    N: ArrayLike,
    D: ArrayLike,
    loss: ArrayLike,
    *,
    delta: float = HUBER_DELTA,
    weights: ArrayLike | None = None,
    certify: bool = False,
) -> SurfaceFit:
    """Fit the surface to runs.

    Parameters
    ----------
    N, D, loss : (n,) parameters, tokens, loss in nats per token.
    delta : of Huber's loss on log residuals; ``math.inf`` is least squares, ``0`` least absolute
        deviations.
    weights : (n,) not negative; none means one each.
    certify : also search the whole grid of exponents for other minima (tens of times the cost);
        not for ``delta=0``.

    Raises
    ------
    ValueError
        For a bad row (named), a design that cannot determine the parameters (the direction is
        named), or a loss that does not vary or does not fall.
    RuntimeError
        Where the solver has not converged; the message says how far it got.

    >>> from isoflop import laws, simulate, surface
    >>> made = simulate.runs(laws.BESIROGLU_2024, [1e19, 1e20, 1e21], [3e8, 1e9, 3e9, 1e10])
    >>> found = surface.fit(made["params"], made["tokens"], made["loss"])
    >>> f"{found.law.alpha:.3f}, {found.law.beta:.3f}, {found.status}"
    '0.348, 0.366, converged'
    """
    N, D, loss, w = _identify.checked(N, D, loss, weights)
    if not delta >= 0 or (certify and delta == 0):
        raise ValueError(f"delta must be 0 (without certify), positive or inf; got {delta!r}")
    _identify.require_identifiable(N, D, loss, w)
    points, deltas = Points.of(N, D, loss), _deltas(delta)
    found = _best(points, w, deltas)
    if delta == 0:
        found = _lad.minimise(found.theta[0], points, w)
    stationary, certified = None, None
    if certify:
        others = _projection.stationary_points(points, w, deltas)
        gap = (found.f[0] - others.f[0]) / others.f[0]
        certified = bool(gap < 1e-9)
        stationary = _table(others, points)
        if not certified:
            found = Minimum(*(part[:1] for part in vars(others).values()))
    return _result(found, points, w, delta, stationary, certified)


def _best(points: Points, weights: np.ndarray, deltas: list[float]) -> Minimum:
    """The lower of the minima reached from the starts, as a Minimum of one row."""
    starts = _projection.starts(points, weights)
    found = minimise(starts, points, weights, deltas, limit=STEP_LIMIT)
    order = np.lexsort((found.f, ~found.converged))
    return Minimum(*(part[order[:1]] for part in vars(found).values()))


def _deltas(delta: float) -> list[float]:
    """Huber's band narrowed in stages to the delta asked for, or near 0."""
    return [d for d in (1e-2,) if d > delta] + [delta or HUBER_DELTA]


def _law(theta: np.ndarray, points: Points) -> ChinchillaLaw:
    a, alpha, b, beta, e = (float(v) for v in theta)
    A, B = math.exp(a + alpha * points.x_mean), math.exp(b + beta * points.y_mean)
    return ChinchillaLaw(E=math.exp(e), A=A, B=B, alpha=alpha, beta=beta)


def parameters(theta: np.ndarray, points: Points) -> pd.DataFrame:
    """Solver rows (rows, 5) as a table of E, A, B, alpha, beta, a, b."""
    a, alpha, b, beta, e = theta.T
    table = {
        "E": np.exp(e),
        "A": np.exp(a + alpha * points.x_mean),
        "B": np.exp(b + beta * points.y_mean),
        "alpha": alpha,
        "beta": beta,
        "a": beta / (alpha + beta),
        "b": alpha / (alpha + beta),
    }
    return pd.DataFrame(table)


def _table(found: Minimum, points: Points) -> pd.DataFrame:
    """Distinct stationary points with their objective; those that did not converge are left out."""
    table = parameters(found.theta, points).assign(objective=found.f)[found.converged]
    return table[~table.round(6).duplicated(["alpha", "beta"])].reset_index(drop=True)


def _result(found, points, w, delta, stationary, certified) -> SurfaceFit:
    theta = found.theta[0]
    if not found.converged[0]:
        raise RuntimeError(
            f"the solver stopped after {found.steps[0]} steps at objective {found.f[0]:.6g}, "
            f"alpha {theta[1]:.3g}, beta {theta[3]:.3g}, without converging"
        )
    if not (theta[1] > 0 and theta[3] > 0):
        raise ValueError("no decreasing fit: the best exponents are not positive")
    number, loose = _identify.condition(np.sqrt(w)[:, None] * jacobian(theta, points))
    _identify.require_conditioned(number, loose)
    residuals = points.t - shares(theta[None], points)[2][0]
    notes = _notes(theta, number, loose, certified)
    for note in notes:
        python_warnings.warn(note, FitWarning, stacklevel=3)
    return SurfaceFit(
        law=_law(theta, points),
        objective=float(found.f[0]),
        delta=delta,
        status="warning" if notes else "converged",
        warnings=notes,
        condition=number,
        residuals=residuals,
        steps=int(found.steps[0]),
        stationary=stationary,
        certified=certified,
    )


def _notes(theta, number, loose, certified) -> tuple[str, ...]:
    notes = []
    if number > _identify.LOOSE:
        notes.append(f"loosely determined: {', '.join(loose)} (condition number {number:.1e})")
    for name, exponent in (("alpha", theta[1]), ("beta", theta[3])):
        if exponent > 1.5:
            notes.append(
                f"{name} = {exponent:.2f} is above 1.5: one gross outlier at an extreme of N or D "
                f"can do this, since Huber's loss does not bound leverage"
            )
    if certified is False:
        notes.append("the grid search found a lower minimum than the usual start; it is returned")
    return tuple(notes)


def bootstrap(
    N: ArrayLike,
    D: ArrayLike,
    loss: ArrayLike,
    *,
    replicates: int = 4000,
    seed: int = 0,
    level: float = 0.95,
    delta: float = HUBER_DELTA,
    progress: Callable[[int], None] | None = None,
) -> SurfaceReplicates:
    """Pairs bootstrap: runs resampled with replacement, the surface fitted to each resample.

    Every replicate is fitted twice, from the fit itself and by narrowing Huber's band again, and
    the lower minimum kept. ``progress`` is called with the number of fits just finished.

    Raises what ``fit`` raises, and ValueError for replicates < 2 or a level outside (0, 1).
    """
    if replicates < 2 or not 0 < level < 1 or not delta > 0:
        raise ValueError(
            f"need replicates >= 2, 0 < level < 1 and delta > 0; got {replicates}, {level}, {delta}"
        )
    N, D, loss, w = _identify.checked(N, D, loss, None)
    _identify.require_identifiable(N, D, loss, w)
    points = Points.of(N, D, loss)
    centre = _best(points, w, _deltas(delta)).theta
    rng, n = np.random.default_rng(seed), len(N)
    counts = rng.multinomial(n, np.full(n, 1 / n), size=replicates).astype(np.float64)
    best = refit(np.repeat(centre, replicates, axis=0), points, counts, delta, progress)
    good = best.converged & (best.theta[:, 1] > 0) & (best.theta[:, 3] > 0)
    table = parameters(best.theta[good], points).assign(objective=best.f[good])
    return SurfaceReplicates(table, level, failed=int((~good).sum()))


def refit(start, points, weights, delta, progress=None) -> Minimum:
    """Both passes over rows of weights: warm, and from a wider band; the lower minimum of each."""
    warm = minimise(start, points, weights, [delta], progress=progress)
    wider = [d for d in (10 * delta, 3 * delta) if math.isfinite(d)]
    if not wider:
        return warm
    again = minimise(start, points, weights, [*wider, delta])
    better = again.converged & (~warm.converged | (again.f < warm.f))
    pick = np.where(better, 1, 0)
    return Minimum(
        *(
            np.where(pick.reshape(-1, *[1] * (first.ndim - 1)), second, first)
            for first, second in zip(vars(warm).values(), vars(again).values())
        )
    )


def sandwich(
    N: ArrayLike,
    D: ArrayLike,
    loss: ArrayLike,
    *,
    delta: float = HUBER_DELTA,
    level: float = 0.95,
    draws: int = 4000,
    seed: int = 0,
) -> SurfaceReplicates:
    """The instant check on the bootstrap: the estimator's asymptotic covariance, as normal draws.

    Bread: the curvature a band of half-width median|r| shows (Huber's own band is too narrow to
    hold enough points to judge by). Meat: the spread of the scores. Replicates are drawn from that
    normal in (log A, alpha, log B, beta, log E). Raises what ``fit`` raises, and ValueError for a
    delta that is not positive and finite.
    """
    if not 0 < delta < math.inf:
        raise ValueError(f"the sandwich needs a positive, finite delta; got {delta!r}")
    N, D, loss, w = _identify.checked(N, D, loss, None)
    _identify.require_identifiable(N, D, loss, w)
    points = Points.of(N, D, loss)
    theta = _best(points, w, _deltas(delta)).theta[0]
    J, r = jacobian(theta, points), points.t - shares(theta[None], points)[2][0]
    _identify.require_conditioned(*_identify.condition(J))
    width = max(delta, float(np.median(np.abs(r))))
    bread = (J * (delta / width * (np.abs(r) <= width))[:, None]).T @ J
    score = J * np.clip(r, -delta, delta)[:, None]
    n = len(r)
    inverse = np.linalg.inv(bread)
    covariance = inverse @ (score.T @ score) @ inverse * n / (n - 5)
    rows = np.random.default_rng(seed).multivariate_normal(theta, covariance, size=draws)
    good = (rows[:, 1] > 0) & (rows[:, 3] > 0)
    return SurfaceReplicates(parameters(rows[good], points), level, failed=int((~good).sum()))
