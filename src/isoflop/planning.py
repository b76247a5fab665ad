"""Questions a budget raises, answered by a law: what to train, what it costs, how much to read.

Each function takes a law (anything with ``.loss`` and ``.optimum``) or a set of published
constants, and gives the law's point prediction; ``plan_interval`` adds the interval that bootstrap
replicates of a fit give it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq, minimize_scalar

from isoflop._replicates import SurfaceReplicates
from isoflop.counting import training_flops
from isoflop.laws import Allocation, ChinchillaLaw, Law, Number, as_law, positive
from isoflop.published import MUENNIGHOFF_R_D, MUENNIGHOFF_R_N

# Budgets searched, in FLOPs: from a single matrix product to far beyond any machine.
_LOG_C_RANGE = (math.log(1e3), math.log(1e60))


def plan(C: ArrayLike, law: Law) -> Allocation:
    """The compute-optimal model for a budget of C FLOPs. Arrays give arrays.

    Raises ValueError where C is not finite and positive.

    >>> from isoflop import laws, planning
    >>> best = planning.plan(1e21, laws.BESIROGLU_2024)
    >>> f"{best.N:.3g} parameters, {best.D:.3g} tokens, loss {best.loss:.3f}"
    '2.78e+09 parameters, 6e+10 tokens, loss 2.306'
    """
    return as_law(law).optimum(C)


def hardware_budget(gpus: float, peak: float, days: float, utilisation: float) -> float:
    """FLOPs that ``gpus`` accelerators of ``peak`` FLOP/s each do in ``days``.

    ``utilisation`` is the share of the peak that useful FLOPs take (model FLOPs utilisation).
    Raises ValueError for a value that is not finite and positive, or a utilisation above 1.

    >>> from isoflop import planning, published
    >>> C = planning.hardware_budget(64, published.H100_BF16_PEAK, days=30, utilisation=0.4)
    >>> f"{C:.3g}"
    '6.56e+22'
    """
    parts = {"gpus": gpus, "peak": peak, "days": days, "utilisation": utilisation}
    gpus, peak, days, utilisation = (positive(name, value) for name, value in parts.items())
    if utilisation > 1:
        raise ValueError(f"utilisation is a share of the peak, at most 1; got {utilisation:g}")
    return gpus * peak * days * 86400 * utilisation


def budget_for_loss(L: float, law: Law) -> Allocation:
    """The cheapest compute-optimal run that reaches a loss of L nats per token.

    Raises ValueError where no budget reaches L: at or below the law's irreducible loss.

    >>> from isoflop import laws, planning
    >>> f"{planning.budget_for_loss(2.2, laws.BESIROGLU_2024).C:.3g}"
    '3.92e+21'
    """
    law, L = as_law(law), positive("L", L)
    floor, ceiling = (float(law.optimum(math.exp(x)).loss) for x in reversed(_LOG_C_RANGE))
    if not floor < L < ceiling:
        why = f"at most {ceiling:.4g}" if L >= ceiling else f"above {floor:.4g}, the law's floor"
        raise ValueError(f"no budget reaches a loss of {L:g}: under this law it must be {why}")
    log_C = brentq(lambda x: law.optimum(math.exp(x)).loss - L, *_LOG_C_RANGE, xtol=1e-12)
    return law.optimum(math.exp(log_C))


def tokens_for(N: float, law: Law) -> Allocation:
    """The run for which a model of N parameters is the compute-optimal one; its D is the answer.

    Raises ValueError where N is not positive or no budget makes it optimal.

    >>> from isoflop import laws, planning
    >>> f"{planning.tokens_for(1e9, laws.BESIROGLU_2024).D:.3g}"
    '2.27e+10'
    """
    return _optimum_with("N", positive("N", N), as_law(law), "parameters")


def _trained_on(D: float, law: Law) -> Allocation:
    """The run for which D tokens are the compute-optimal ones."""
    return _optimum_with("D", positive("D", D), as_law(law), "tokens")


def _optimum_with(axis: str, value: float, law: Law, what: str) -> Allocation:
    """The compute-optimal run whose N or D is ``value``; ValueError where no budget has it."""

    def gap(log_C: float) -> float:
        return math.log(getattr(law.optimum(math.exp(log_C)), axis) / value)

    if gap(_LOG_C_RANGE[0]) > 0 or gap(_LOG_C_RANGE[1]) < 0:
        raise ValueError(f"no budget makes {value:g} {what} compute-optimal under this law")
    return law.optimum(math.exp(brentq(gap, *_LOG_C_RANGE, xtol=1e-12)))


@dataclass(frozen=True)
class PlanInterval:
    """A plan and the intervals of its parts, each (low, high) at the replicates' level.

    They answer for the fit's sampling noise only: not for the form of the law, for the runs left
    out, or for extrapolation beyond the sizes that were trained.
    """

    plan: Allocation
    N: tuple[float, float]
    D: tuple[float, float]
    tokens_per_parameter: tuple[float, float]
    loss: tuple[float, float]


def plan_interval(C: float, law: Law, replicates: SurfaceReplicates) -> PlanInterval:
    """``plan(C, law)`` with the intervals that ``surface.bootstrap`` gives it."""
    names = ("N_opt", "D_opt", "tokens_per_parameter", "loss_opt")
    return PlanInterval(plan(C, law), *(replicates.interval(name, C) for name in names))


@dataclass(frozen=True)
class ServingPlan:
    """A model trained to a loss and then used: FLOPs of training, of serving, and of both.

    ``training_optimum`` is the run that reaches the same loss for the least training alone.
    """

    N: float
    D: float
    loss: float
    training: float
    serving: float
    training_optimum: Allocation

    @property
    def total(self) -> float:
        """FLOPs of training and serving together."""
        return self.training + self.serving

    @property
    def saved(self) -> float:
        """Share of total FLOPs saved against serving the training optimum."""
        served = self.serving / self.N * self.training_optimum.N
        return 1 - self.total / (self.training_optimum.C + served)


def with_serving(L: float, law: ChinchillaLaw, served_tokens: float) -> ServingPlan:
    """The model that reaches a loss of L for the least 6*N*D + 2*N*served_tokens.

    Sardana et al. 2024, eq. 3: training plus inference FLOPs. Counts FLOPs, not money, latency
    or memory. Raises ValueError where no budget reaches L or served_tokens is negative,
    TypeError for a law that is not a ChinchillaLaw.

    >>> from isoflop import laws, planning
    >>> found = planning.with_serving(2.2, laws.BESIROGLU_2024, served_tokens=1e12)
    >>> f"{found.N:.2g} instead of {found.training_optimum.N:.2g}, saving {found.saved:.0%}"
    '2.6e+09 instead of 5.6e+09, saving 31%'
    """
    law = as_law(law)
    if not isinstance(law, ChinchillaLaw):
        raise TypeError("with_serving needs a ChinchillaLaw: it asks which (N, D) share a loss")
    if not (np.isfinite(served_tokens) and served_tokens >= 0):
        raise ValueError(f"served_tokens must be finite and not negative; got {served_tokens!r}")
    best = budget_for_loss(L, law)
    smallest = (law.A / (L - law.E)) ** (1 / law.alpha)  # reaches L with infinite data only

    def total(log_N: float) -> float:
        N = math.exp(log_N)
        return math.log(6 * N * law.tokens_to_reach(L, N) + 2 * N * served_tokens)

    # Serving only ever favours a smaller model than the training optimum.
    bounds = (math.log(smallest * (1 + 1e-9)), math.log(best.N * (1 + 1e-9)))
    found = minimize_scalar(total, bounds=bounds, method="bounded", options={"xatol": 1e-10})
    N = math.exp(found.x)
    D = float(law.tokens_to_reach(L, N))
    return ServingPlan(N, D, L, float(training_flops(N, D)), 2 * N * served_tokens, best)


def _worth(x: Number, U: float, constant: float) -> Number:
    """U + U R* (1 - exp(-R/R*)) with R = x/U - 1; x itself below U or where R* is infinite."""
    if math.isinf(constant):
        return x
    excess = np.maximum(np.asarray(x) / U - 1, 0)
    worth = np.minimum(x, U) + U * constant * -np.expm1(-excess / constant)
    return float(worth) if np.ndim(worth) == 0 else worth


def effective_tokens(D: ArrayLike, unique: float, constant: float = MUENNIGHOFF_R_D) -> Number:
    """What D tokens, of which ``unique`` are distinct, are worth in fresh tokens.

    D' = U + U R* (1 - exp(-R/R*)), R = D/U - 1 repetitions (Muennighoff et al. 2023, eq. 5).
    Raises ValueError where D or ``unique`` is not finite and positive.

    >>> from isoflop import planning
    >>> f"{planning.effective_tokens(4e9, unique=1e9):.3g}"
    '3.73e+09'
    """
    return _worth(positive("D", D), positive("unique", unique), constant)


def effective_parameters(N: ArrayLike, enough: float, constant: float = MUENNIGHOFF_R_N) -> Number:
    """What N parameters are worth where the distinct text calls for ``enough`` of them.

    N' = U_N + U_N R* (1 - exp(-R/R*)), R = N/U_N - 1 (Muennighoff et al. 2023, eq. 6).
    Raises ValueError where N or ``enough`` is not finite and positive.
    """
    return _worth(positive("N", N), positive("enough", enough), constant)


@dataclass(frozen=True)
class LimitedPlan:
    """A run on limited data: D tokens seen in ``epochs`` passes, worth ``effective`` fresh ones.

    ``effective_N`` is what its N parameters are worth.
    """

    C: float
    N: float
    D: float
    loss: float
    epochs: float
    effective: float
    effective_N: float


def limited_data(
    C: float,
    law: Law,
    unique_tokens: float,
    constant: float = MUENNIGHOFF_R_D,
    excess: float = MUENNIGHOFF_R_N,
) -> LimitedPlan:
    """How to spend C FLOPs when only ``unique_tokens`` exist: repeat, enlarge, or both.

    Muennighoff et al. 2023, sections 3 and 3.1, constants from appendix A: repeated tokens count
    for less, and so do parameters in excess of U_N, the size for which the distinct tokens are
    this law's optimum. ``excess=math.inf`` leaves the second discount out, and then a larger model
    looks better than it is. The constants were fitted with another law on other data, without
    intervals. Raises ValueError where C, unique_tokens or ``constant`` is not finite and positive,
    or ``excess`` not positive.

    >>> from isoflop import laws, planning
    >>> f"{planning.limited_data(1e21, laws.BESIROGLU_2024, 5e9).epochs:.1f}"
    '18.0'
    """
    law, C = as_law(law), float(positive("C", C))
    U, constant = positive("unique_tokens", unique_tokens), positive("constant", constant)
    if not excess > 0:
        raise ValueError(f"excess must be positive; got {excess!r}")
    free, enough = law.optimum(C), _trained_on(U, law).N

    def loss(log_N: ArrayLike) -> Number:
        N = np.exp(log_N)
        worth = effective_tokens(C / (6 * N), U, constant)
        return law.loss(effective_parameters(N, enough, excess), worth)

    low = math.log(min(free.N, enough) / 10)
    grid = np.linspace(low, math.log(max(free.N, C / (6 * U)) * 10), 200)
    best = int(np.argmin(loss(grid)))  # two discounts can leave flat stretches: look before descent
    bounds = grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)]
    N = math.exp(minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-10}).x)
    D = C / (6 * N)
    worth = effective_tokens(D, U, constant), effective_parameters(N, enough, excess)
    return LimitedPlan(C, N, D, float(law.loss(*worth[::-1])), max(D / U, 1.0), *worth)
