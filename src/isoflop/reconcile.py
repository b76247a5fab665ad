"""Kaplan's counting applied to Chinchilla's law, and Porian et al.'s recipe for their runs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from scipy.interpolate import Akima1DInterpolator

from isoflop import lines
from isoflop.laws import ChinchillaLaw, as_law, positive
from isoflop.published import PEARCE_OMEGA
from isoflop.runs import columns

PEARCE_SIZES = np.geomspace(10**2.9, 10**9.2, 20)
"""Pearce & Song's grid of non-embedding sizes."""

PEARCE_BUDGETS = np.geomspace(10**12.95, 10**20.7, 100)
"""Their non-embedding budgets, FLOPs."""


@dataclass(frozen=True)
class CountingExponent:
    """What counting without embeddings does to a law's allocation exponent.

    ``grid`` is one line's slope under Pearce & Song's protocol, where N* is the best of the sizes
    given. ``local`` is the exact local exponent d log N* / d log C at each of ``sizes``
    (non-embedding), reached at budgets ``flops`` (non-embedding); ``line`` is a line's slope
    through those exact points.
    """

    grid: float
    line: float
    sizes: np.ndarray
    flops: np.ndarray
    local: np.ndarray


def total_parameters(N_nonembedding: ArrayLike, omega: float = PEARCE_OMEGA) -> np.ndarray:
    """N = N_ne + omega * N_ne^(1/3) (Pearce & Song 2024, eq. 5); ValueError for N_ne <= 0."""
    N = np.asarray(positive("N_nonembedding", N_nonembedding))
    return N + omega * np.cbrt(N)


def non_embedding_exponent(
    law: ChinchillaLaw,
    omega: float = PEARCE_OMEGA,
    sizes: ArrayLike = PEARCE_SIZES,
    budgets: ArrayLike = PEARCE_BUDGETS,
) -> CountingExponent:
    """The exponent of N_ne* against C_ne = 6 N_ne D under a law in all parameters.

    Pearce & Song 2024, section 3. The exact curve needs no search: at fixed C_ne the minimum
    satisfies beta B D^-beta = alpha A N^-alpha * dlogN/dlogN_ne, which gives C_ne from N_ne.
    Raises ValueError where sizes or budgets are not positive or omega is negative.

    >>> from isoflop import laws, reconcile
    >>> f"{reconcile.non_embedding_exponent(laws.BESIROGLU_2024).grid:.3f}"
    '0.775'
    """
    law = as_law(law)
    if not (np.isfinite(omega) and omega >= 0):
        raise ValueError(f"omega must be finite and not negative; got {omega!r}")
    sizes, budgets = np.asarray(positive("sizes", sizes)), np.asarray(positive("budgets", budgets))
    D = budgets[:, None] / (6 * sizes)
    best = sizes[np.argmin(law.loss(total_parameters(sizes, omega), D), axis=1)]
    flops, local = _exact(law, omega, sizes)
    return CountingExponent(
        grid=lines.line(np.log(budgets), np.log(best))[0],
        line=lines.line(np.log(flops), np.log(sizes))[0],
        sizes=sizes,
        flops=flops,
        local=local,
    )


def _exact(law: ChinchillaLaw, omega: float, n: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Budget at which each non-embedding size is optimal, and the local exponent there."""
    N, small = total_parameters(n, omega), omega * np.cbrt(n)
    kappa = (n + small / 3) / N  # d log N / d log n
    # alpha A kappa N^-alpha = beta B D^-beta, so D is a closed form of n.
    D = (law.beta * law.B / (law.alpha * law.A * kappa) * N**law.alpha) ** (1 / law.beta)
    slope = (n + small / 9) / (n + small / 3) - kappa  # d log kappa / d log n
    log_D = (law.alpha * kappa - slope) / law.beta  # d log D / d log n
    return 6 * n * D, 1 / (1 + log_D)


def akima_minima(N: ArrayLike, loss: ArrayLike, C: ArrayLike) -> pd.DataFrame:
    """Each budget's best size as Porian et al. 2024 find it; columns flops, n_opt, edge.

    The lowest loss of each size, Akima's interpolation of log loss in log N, its lowest point. A
    minimum at the smallest or largest size is kept in the table with ``edge`` true and n_opt NaN:
    rejected and counted. Raises ValueError for bad rows, or for a budget of fewer than three sizes.
    """
    N, loss, C = columns(N=N, loss=loss, C=C)
    rows = []
    for flops in np.unique(C):
        best = pd.Series(loss[flops == C]).groupby(N[flops == C]).min()
        if len(best) < 3:
            raise ValueError(f"budget {flops:.3g} has {len(best)} sizes; at least 3 are needed")
        x, y = np.log(best.index.to_numpy()), np.log(best.to_numpy())
        grid = np.unique(np.concatenate([x, np.linspace(x[0], x[-1], 2001)]))
        at = int(np.argmin(Akima1DInterpolator(x, y)(grid)))
        edge = at in (0, len(grid) - 1)
        rows.append((float(flops), np.nan if edge else float(np.exp(grid[at])), edge))
    return pd.DataFrame(rows, columns=["flops", "n_opt", "edge"])


@dataclass(frozen=True)
class PowerLaw:
    """n_opt = coefficient * C^exponent, with the exponent's standard error (Student, n - 2)."""

    exponent: float
    standard_error: float
    coefficient: float
    points: int

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Student's interval of the exponent, (low, high)."""
        half = stats.t.ppf((1 + level) / 2, self.points - 2) * self.standard_error
        return self.exponent - half, self.exponent + half


def power_law(C: ArrayLike, n_opt: ArrayLike, weights: ArrayLike | None = None) -> PowerLaw:
    """Least squares of log n_opt on log C, weighted by 1/std^2 where weights are given.

    Rows whose n_opt is NaN (rejected edges) are left out. The standard error comes from the
    weighted scatter about the line. Raises ValueError for fewer than three rows left.
    """
    C, n_opt = np.asarray(C, dtype=np.float64), np.asarray(n_opt, dtype=np.float64)
    w = np.ones(len(C)) if weights is None else np.asarray(weights, dtype=np.float64)
    keep = np.isfinite(n_opt)
    if keep.sum() < 3:
        raise ValueError(f"{keep.sum()} optima left; a standard error needs at least 3")
    C, n_opt, w = (
        positive("C", C[keep]),
        positive("n_opt", n_opt[keep]),
        positive("weights", w[keep]),
    )
    x, y = np.log(C), np.log(n_opt)
    mean = np.average(x, weights=w)
    spread = (w * (x - mean) ** 2).sum()
    slope = (w * (x - mean) * y).sum() / spread
    intercept = np.average(y, weights=w) - slope * mean
    scatter = (w * (y - intercept - slope * x) ** 2).sum() / (len(x) - 2)
    return PowerLaw(
        float(slope), float(np.sqrt(scatter / spread)), float(np.exp(intercept)), len(x)
    )
