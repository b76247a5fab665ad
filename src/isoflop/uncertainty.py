"""Do intervals cover? Simulate from a known law, fit, count how often the truth lies inside."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from isoflop import surface
from isoflop._replicates import Replicates
from isoflop.laws import ChinchillaLaw, as_law, positive

__all__ = ["QUANTITIES", "Replicates", "coverage", "truth"]

QUANTITIES = ("a", "alpha", "beta", "E", ("N_opt", 5.76e23))
"""What chapter 09 counts: parameters, and the size recommended for Gopher's budget."""


def truth(law: ChinchillaLaw, quantity: str, C: float | None = None) -> float:
    """A quantity's value under a law: a parameter, or one of the optimum's at budget C.

    >>> from isoflop import laws, uncertainty
    >>> f"{uncertainty.truth(laws.BESIROGLU_2024, 'N_opt', 1e21):.3g}"
    '2.78e+09'
    """
    if C is None:
        return float(getattr(law, quantity))
    at = law.optimum(C)
    values = {"N_opt": at.N, "D_opt": at.D, "loss_opt": at.loss}
    return float((values | {"tokens_per_parameter": at.tokens_per_parameter})[quantity])


def coverage(
    law: ChinchillaLaw,
    N: ArrayLike,
    D: ArrayLike,
    residuals: ArrayLike | float,
    *,
    quantities: Sequence = QUANTITIES,
    data_sets: int = 300,
    seed: int = 0,
    interval: Callable[..., Replicates] = surface.bootstrap,
    progress: Callable[[int], None] | None = None,
    **options,
) -> pd.DataFrame:
    """Coverage of an interval method on the design (N, D), with its Monte Carlo error.

    Parameters
    ----------
    law : the truth.
    N, D : (n,) the design.
    residuals : log-loss noise: a standard deviation (normal noise), or an array to draw from with
        replacement, such as the residuals of a real fit.
    quantities : names, or (name, C) pairs, of what the intervals are for.
    interval : ``surface.bootstrap``, ``surface.sandwich`` or another with their face; it is called
        as ``interval(N, D, loss, seed=…, **options)``.

    Returns a row per quantity: quantity, truth, coverage, error (one Monte Carlo standard error),
    width (median), and ``data_sets`` that gave an interval.
    """
    law, N, D = as_law(law), np.asarray(positive("N", N)), np.asarray(positive("D", D))
    rng = np.random.default_rng(seed)
    pairs = [(q, None) if isinstance(q, str) else q for q in quantities]
    bounds = []
    for i in range(data_sets):
        loss = law.loss(N, D) * np.exp(_noise(residuals, len(N), rng))
        replicates = interval(N, D, loss, seed=seed + i, **options)
        bounds.append([replicates.interval(q, C) for q, C in pairs])
        if progress:
            progress(1)
    low, high = np.moveaxis(np.array(bounds), -1, 0)
    true = np.array([truth(law, q, C) for q, C in pairs])
    share = ((low <= true) & (true <= high)).mean(axis=0)
    return pd.DataFrame(
        {
            "quantity": [q if C is None else f"{q}({C:.3g})" for q, C in pairs],
            "truth": true,
            "coverage": share,
            "error": np.sqrt(share * (1 - share) / data_sets),
            "width": np.median(high - low, axis=0),
            "data_sets": data_sets,
        }
    )


def _noise(residuals: ArrayLike | float, n: int, rng: np.random.Generator) -> np.ndarray:
    pool = np.asarray(residuals, dtype=np.float64)
    if pool.ndim == 0:
        return float(pool) * rng.standard_normal(n)
    return rng.choice(pool - np.median(pool), size=n)
