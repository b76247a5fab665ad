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

    >>> from isoflop import laws, simulate
    >>> budgets = [1e19, 1e20, 1e21]
    >>> sizes = simulate.sizes_around(laws.BESIROGLU_2024, budgets)
    >>> simulate.runs(laws.BESIROGLU_2024, budgets, sizes).shape
    (27, 4)
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


def curves(
    law: Law,
    sizes: ArrayLike,
    lengths: ArrayLike,
    *,
    points: int = 30,
    excess: float = 0.05,
    noise: float = 0.0,
    seed: int = 0,
) -> pd.DataFrame:
    """Training curves of every size trained to every length; a stand-in for cosine schedules.

    A run made to T tokens has, after t of them, the law's loss times 1 + excess * (1 - t/T): on
    the law at its end, above it in mid-schedule, as a decaying learning rate leaves it. With
    ``excess=0`` every curve follows the law throughout.

    Parameters
    ----------
    sizes : (m,) parameters.
    lengths : (k,) tokens each size is trained to, or (m, k), a row per size.
    points : evaluations per curve, evenly in log t over the last factor 30.
    excess, noise : relative height at the start; standard deviation of log loss per evaluation.

    Returns columns run, params, tokens, flops, loss, length. Raises ValueError on values that are
    not positive or shapes that do not fit.
    """
    law, sizes = as_law(law), np.atleast_1d(positive("sizes", sizes))
    lengths = np.asarray(positive("lengths", lengths))
    if lengths.ndim > 2 or (lengths.ndim == 2 and len(lengths) != len(sizes)):
        raise ValueError(f"lengths {lengths.shape} must be (k,) or ({len(sizes)}, k)")
    if not (np.isfinite(excess) and excess >= 0 and np.isfinite(noise) and noise >= 0):
        raise ValueError(f"excess and noise must not be negative; got {excess!r}, {noise!r}")
    T = np.broadcast_to(lengths, (len(sizes), lengths.shape[-1] if lengths.ndim else 1))
    share = np.geomspace(1 / 30, 1, points)
    D = T[..., None] * share
    N = np.broadcast_to(sizes[:, None, None], D.shape)
    shock = noise * np.random.default_rng(seed).standard_normal(D.shape)
    loss = law.loss(N, D) * (1 + excess * (1 - share)) * np.exp(shock)
    run = np.broadcast_to(np.arange(T.size).reshape(*T.shape, 1), D.shape)
    length = np.broadcast_to(T[..., None], D.shape)
    parts = {"params": N, "tokens": D, "flops": 6 * N * D, "loss": loss, "length": length}
    frame = table(**{name: part.ravel() for name, part in parts.items()})
    frame.insert(0, "run", run.ravel())
    return frame
