"""Rounds of runs that could be made next, and what each would tell by linearisation.

Part of ``design``: candidates are some budgets, each with some sizes around a predicted optimum.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from isoflop._newton import Points, shares
from isoflop._replicates import SurfaceReplicates
from isoflop.laws import ChinchillaLaw, positive
from isoflop.runs import columns_of

BUDGETS, SIZES = (1, 2, 3, 4, 5), (3, 5, 7, 9, 13, 19)
STEPS, FACTORS = (2.0, 3.0, 5.0, 10.0), (1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
"""Tried: how many budgets, sizes at each; ratio of neighbouring budgets; how far the sizes reach
each side of the predicted optimum."""

SCREENING = 100
"""Replicates over which the linearised screening takes the median."""


@dataclass(frozen=True)
class Round:
    """Runs to be made: N and D (n,), their budgets in FLOPs (falling), sizes at each and their
    reach. ``budgets`` is empty where the present runs are repeated."""

    N: np.ndarray
    D: np.ndarray
    budgets: tuple[float, ...] = ()
    sizes: int = 0
    factor: float = math.nan

    @property
    def spend(self) -> float:
        """FLOPs, 6ND summed over the runs."""
        return float((6 * self.N * self.D).sum())


def candidates(
    law: ChinchillaLaw,
    spend: float,
    *,
    floor: float = 0.0,
    budgets: int | None = None,
    sizes: int | None = None,
) -> list[Round]:
    """Rounds that cost ``spend`` FLOPs, their sizes around the law's optimum at each budget.

    ``budgets`` and ``sizes`` fix how many of each; no budget is below ``floor`` FLOPs: small runs
    are cheap, and tell of large ones only as far down as the law's form holds. Raises ValueError
    for a spend that is not positive or pays for no candidate, fewer than 1 budget or 3 sizes.
    """
    spend = float(positive("spend", spend))
    if (budgets is not None and budgets < 1) or (sizes is not None and sizes < 3):
        raise ValueError(f"need at least 1 budget and 3 sizes; got {budgets} and {sizes}")
    found = []
    for count in (budgets,) if budgets else BUDGETS:
        for each in (sizes,) if sizes else SIZES:
            for step in STEPS if count > 1 else STEPS[:1]:
                share = step ** -np.arange(count, dtype=float)
                C = spend / (each * share.sum()) * share
                if C[-1] >= floor:
                    found += [_around(law, C, each, factor) for factor in FACTORS]
    if not found:
        raise ValueError(
            f"spend {spend:.3g} pays for no such round with budgets of at least {floor:.3g}, the "
            f"cheapest present run; spend more, or ask for fewer budgets or sizes"
        )
    return found


def _around(law: ChinchillaLaw, C: np.ndarray, sizes: int, factor: float) -> Round:
    N = (law.optimum(C).N[:, None] * np.geomspace(1 / factor, factor, sizes)).ravel()
    return Round(N, np.repeat(C, sizes) / (6 * N), tuple(map(float, C)), sizes, factor)


def repeated(runs: pd.DataFrame, spend: float, rng: np.random.Generator) -> Round:
    """The present runs again, in random order and again from the start, until ``spend`` is used.

    Raises ValueError where not even the cheapest of them can be paid for.
    """
    N, D, _, _ = columns_of(runs)
    cost = 6 * N * D
    if cost.min() > spend:
        raise ValueError(
            f"spend {spend:.3g} does not pay for the cheapest present run ({cost.min():.3g} FLOPs)"
        )
    picks, left = [], spend
    while left >= cost.min():
        for i in rng.permutation(len(cost)):
            if cost[i] <= left:
                picks.append(i)
                left -= cost[i]
    return Round(N[picks], D[picks])


def screen(
    runs: pd.DataFrame, boot: SurfaceReplicates, rounds: list[Round], target: float
) -> np.ndarray:
    """Each round's ratio of widths by linearisation: sqrt(g' (I + I_new)^-1 g / g' I^-1 g).

    I = J'J is the information on the five parameters, g the gradient of log N*(target) in them,
    both at bootstrap replicates, of whose ratios the median is taken. Noise of one size is
    assumed, which cancels. Shape (rounds,).
    """
    N, D, loss, _ = columns_of(runs)
    points, table = Points.of(N, D, loss), boot.table.iloc[:SCREENING]
    E, A, B, alpha, beta = (table[c].to_numpy() for c in ("E", "A", "B", "alpha", "beta"))
    a, b = np.log(A) - alpha * points.x_mean, np.log(B) - beta * points.y_mean
    theta = np.stack([a, alpha, b, beta, np.log(np.maximum(E, 1e-6))], axis=1)
    g, now = _gradient(theta, points, target), _information(theta, points, N, D)
    before = _variance(now, g)
    after = [_variance(now + _information(theta, points, r.N, r.D), g) for r in rounds]
    return np.median(np.sqrt(np.array(after) / before), axis=1)


def _gradient(theta: np.ndarray, points: Points, target: float) -> np.ndarray:
    """d log N*(target) / d theta, (rows, 5)."""
    a, alpha, b, beta, _ = theta.T
    total, c = alpha + beta, math.log(target / 6)
    odds = np.log(alpha / beta) + a + alpha * points.x_mean - b - beta * points.y_mean
    by_alpha = (1 / alpha + points.x_mean) / total - (odds + beta * c) / total**2
    by_beta = -(1 / beta + points.y_mean) / total - (odds - alpha * c) / total**2
    return np.stack([1 / total, by_alpha, -1 / total, by_beta, 0 * total], axis=1)


def _information(theta, points: Points, N: np.ndarray, D: np.ndarray) -> np.ndarray:
    """J'J of runs (N, D) at each row of theta, (rows, 5, 5)."""
    x, y = np.log(N) - points.x_mean, np.log(D) - points.y_mean
    p1, p2, _ = shares(theta, Points(x, y, x, points.x_mean, points.y_mean))
    J = np.stack([p1, -x * p1, p2, -y * p2, 1 - p1 - p2], axis=2)
    return np.einsum("rni,rnj->rij", J, J)


def _variance(information: np.ndarray, g: np.ndarray) -> np.ndarray:
    """g' I^-1 g of each row; a whisper of ridge where a direction is not seen at all."""
    scale = np.sqrt(np.maximum(np.diagonal(information, axis1=1, axis2=2), 1e-300))
    scaled = information / (scale[:, :, None] * scale[:, None, :]) + 1e-12 * np.eye(5)
    return np.einsum("ri,ri->r", g / scale, np.linalg.solve(scaled, (g / scale)[..., None])[..., 0])
