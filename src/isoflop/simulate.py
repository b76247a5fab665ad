"""Runs whose law is known: the ground on which every fit is tested before it meets real data."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from isoflop.laws import Law, as_law, positive
from isoflop.runs import table


def sizes_around(
    law: Law, budgets: ArrayLike, *, factor: float = 8.0, count: int = 9, shift: ArrayLike = 1.0
) -> np.ndarray:
    """Sizes spread geometrically over a factor ``factor`` each side of N*(C), per budget.

    ``shift`` moves the centres (a number, or one per budget): 4 centres a grid on 4 N*.
    Returns shape (budgets, count). Raises ValueError for a factor of 1 or less or count < 3.
    """
    budgets = np.atleast_1d(positive("budgets", budgets))
    if not factor > 1 or count < 3:
        raise ValueError(f"need factor > 1 and count >= 3; got {factor:g} and {count}")
    centres = as_law(law).optimum(budgets).N * np.broadcast_to(
        positive("shift", shift), budgets.shape
    )
    return centres[:, None] * np.geomspace(1 / factor, factor, count)


def runs(
    law: Law, budgets: ArrayLike, sizes: ArrayLike, noise: float = 0.0, seed: int = 0
) -> pd.DataFrame:
    """One run per budget and size, its loss the law's times exp(noise * standard normal).

    Parameters
    ----------
    budgets : (n,) FLOPs.
    sizes : (m,) parameters, the same at every budget, or (n, m), a row per budget.
    noise : standard deviation of log loss.
    seed : of the noise.

    Returns a runs table of n*m rows with D = C/(6N). Raises ValueError on shapes that do not
    fit, a negative noise, or values that are not positive.
    """
    law, budgets = as_law(law), np.atleast_1d(positive("budgets", budgets))
    sizes = np.asarray(positive("sizes", sizes))
    if sizes.ndim > 2 or (sizes.ndim == 2 and len(sizes) != len(budgets)):
        raise ValueError(f"sizes {sizes.shape} must be (m,) or ({len(budgets)}, m)")
    if not (np.isfinite(noise) and noise >= 0):
        raise ValueError(f"noise must be finite and not negative; got {noise!r}")
    N = np.broadcast_to(sizes, (len(budgets), sizes.shape[-1] if sizes.ndim else 1))
    C = np.broadcast_to(budgets[:, None], N.shape)
    D = C / (6 * N)
    shock = np.random.default_rng(seed).standard_normal(N.shape)
    loss = law.loss(N, D) * np.exp(noise * shock)
    return table(params=N.ravel(), tokens=D.ravel(), flops=C.ravel(), loss=np.ravel(loss))
