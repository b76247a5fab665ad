"""The two laws: the loss they predict, and the allocation they recommend.

Both take N (parameters), D (tokens) and C (FLOPs) as numbers or arrays that broadcast, and
return numbers for numbers, float64 arrays for arrays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import ArrayLike

from isoflop import published
from isoflop.published import KAPLAN_2020, PF_DAY

Number = float | np.ndarray
"""What comes back: a float for numbers, a float64 array for arrays."""


def positive(name: str, value: ArrayLike) -> Number:
    """``value`` as float64, checked to be finite and positive.

    Counts are converted before any arithmetic: 6 * 70e9 * 1.4e12 overflows int64.

    Raises
    ------
    ValueError
        Names the quantity and the first offending index.

    >>> from isoflop import laws
    >>> laws.positive("N", [1e9, -1])
    Traceback (most recent call last):
    ValueError: N must be finite and positive; got -1 at index (1,)
    """
    out = np.asarray(value, dtype=np.float64)
    bad = ~(np.isfinite(out) & (out > 0))
    if bad.any():
        where = "" if out.ndim == 0 else f" at index {tuple(int(i) for i in np.argwhere(bad)[0])}"
        raise ValueError(f"{name} must be finite and positive; got {out[bad].flat[0]:g}{where}")
    return float(out) if out.ndim == 0 else out


@dataclass(frozen=True)
class Allocation:
    """How a budget is spent: C = 6*N*D FLOPs on N parameters and D tokens.

    ``loss`` is the law's prediction in nats per token. Fields are floats, or arrays of the
    shape of the budget they were asked for.
    """

    C: Number
    N: Number
    D: Number
    loss: Number

    @property
    def tokens_per_parameter(self) -> Number:
        """D/N, tokens."""
        return self.D / self.N


@runtime_checkable
class Law(Protocol):
    """What planning needs of a law."""

    def loss(self, N: ArrayLike, D: ArrayLike) -> Number:
        """Predicted loss of N parameters trained on D tokens, nats per token; N, D broadcast."""
        ...

    def optimum(self, C: ArrayLike) -> Allocation:
        """The run that the law recommends for C FLOPs."""
        ...


@dataclass(frozen=True)
class ChinchillaLaw:
    """L(N, D) = E + A/N^alpha + B/D^beta (Hoffmann et al. 2022, eq. 10).

    N counts all parameters. Raises ValueError where a constant is not finite, where A, B,
    alpha or beta is not positive, or where E is negative; its methods do where N, D, L or C is
    not finite and positive.
    """

    E: float
    A: float
    B: float
    alpha: float
    beta: float

    def __post_init__(self) -> None:
        for name in ("A", "B", "alpha", "beta"):
            positive(name, getattr(self, name))
        if not (np.isfinite(self.E) and self.E >= 0):
            raise ValueError(f"E must be finite and not negative; got {self.E!r}")

    @property
    def a(self) -> float:
        """Exponent of N*(C): beta / (alpha + beta) (Hoffmann et al. 2022, eq. 4)."""
        return self.beta / (self.alpha + self.beta)

    @property
    def b(self) -> float:
        """Exponent of D*(C): alpha / (alpha + beta)."""
        return self.alpha / (self.alpha + self.beta)

    @property
    def G(self) -> float:
        """N*(C) = G * (C/6)^a, with G = (alpha*A / (beta*B))^(1/(alpha+beta))."""
        return (self.alpha * self.A / (self.beta * self.B)) ** (1 / (self.alpha + self.beta))

    def loss(self, N: ArrayLike, D: ArrayLike) -> Number:
        """Predicted loss, nats per token; N and D broadcast.

        >>> from isoflop import laws
        >>> round(laws.HOFFMANN_2022.loss(70e9, 1.4e12), 3)
        1.921
        """
        N, D = positive("N", N), positive("D", D)
        return self.E + self.A / N**self.alpha + self.B / D**self.beta

    def tokens_to_reach(self, L: float, N: ArrayLike) -> Number:
        """Tokens after which N parameters reach a loss of L; infinite where they never do.

        >>> from isoflop import laws
        >>> f"{laws.BESIROGLU_2024.tokens_to_reach(2.2, 3e9):.3g}"
        '2.61e+11'
        >>> laws.BESIROGLU_2024.tokens_to_reach(1.9, 1e9)
        inf
        """
        N = positive("N", N)
        left = np.asarray(positive("L", L) - self.E - self.A / N**self.alpha)
        with np.errstate(divide="ignore"):
            D = np.where(left > 0, (self.B / np.maximum(left, 0)) ** (1 / self.beta), np.inf)
        return float(D) if D.ndim == 0 else D

    def optimum(self, C: ArrayLike) -> Allocation:
        """The least loss that C = 6*N*D FLOPs can buy (Hoffmann et al. 2022, eq. 4).

        >>> from isoflop import laws
        >>> best = laws.BESIROGLU_2024.optimum([1e20, 1e21, 1e22])
        >>> [f"{N:.2g}" for N in best.N]
        ['8.5e+08', '2.8e+09', '9e+09']
        """
        C = positive("C", C)
        N = self.G * (C / 6) ** self.a
        D = C / (6 * N)
        return Allocation(C, N, D, self.loss(N, D))


@dataclass(frozen=True)
class KaplanLaw:
    """Kaplan et al. 2020: three one-variable laws, a joint law, and an empirical allocation.

    N counts parameters without embeddings. The paper does not make one system of these: the
    joint law has constants of its own (table 2), and the loss that the joint law gives the
    recommended (N, D) is not the loss of L(C_min), which was read off a frontier of runs. So
    ``loss(optimum(C).N, optimum(C).D)`` and ``optimum(C).loss`` disagree; neither is wrong.
    Methods raise ValueError where N, D or C is not finite and positive.
    """

    alpha_N: float = KAPLAN_2020.alpha_N
    N_c: float = KAPLAN_2020.N_c
    alpha_D: float = KAPLAN_2020.alpha_D
    D_c: float = KAPLAN_2020.D_c
    alpha_C: float = KAPLAN_2020.alpha_C
    C_c: float = KAPLAN_2020.C_c
    joint_alpha_N: float = KAPLAN_2020.joint_alpha_N
    joint_alpha_D: float = KAPLAN_2020.joint_alpha_D
    joint_N_c: float = KAPLAN_2020.joint_N_c
    joint_D_c: float = KAPLAN_2020.joint_D_c
    N_coefficient: float = KAPLAN_2020.N_coefficient
    N_exponent: float = KAPLAN_2020.N_exponent
    D_exponent: float = KAPLAN_2020.D_exponent

    @property
    def a(self) -> float:
        """Exponent of N*(C_min), an empirical fit (figure 14), not derived from the others."""
        return self.N_exponent

    @property
    def b(self) -> float:
        """Exponent of D*(C_min) = B*S: 0.24 + 0.03 in the paper."""
        return self.D_exponent

    def loss(self, N: ArrayLike, D: ArrayLike) -> Number:
        """Joint law, eq. 1.5 with table 2's constants: [(N_c/N)^(aN/aD) + D_c/D]^aD."""
        N, D = positive("N", N), positive("D", D)
        ratio = self.joint_alpha_N / self.joint_alpha_D
        return ((self.joint_N_c / N) ** ratio + self.joint_D_c / D) ** self.joint_alpha_D

    def loss_of_N(self, N: ArrayLike) -> Number:
        """Eq. 1.1: data without limit, N non-embedding parameters, trained to convergence."""
        return (self.N_c / positive("N", N)) ** self.alpha_N

    def loss_of_D(self, D: ArrayLike) -> Number:
        """Eq. 1.2: a large model stopped early on D tokens."""
        return (self.D_c / positive("D", D)) ** self.alpha_D

    def loss_of_C(self, C_min: ArrayLike) -> Number:
        """Eq. 1.3: the compute frontier; ``C_min`` in FLOPs spent far below the critical batch."""
        return (self.C_c / (positive("C", C_min) / PF_DAY)) ** self.alpha_C

    def optimum(self, C: ArrayLike) -> Allocation:
        """N = 1.3e9 * (C_min/PF-day)^0.73 for C FLOPs spent at the critical batch, C_min = C/2.

        D = C/(6N) spends what is left; the loss is ``loss_of_C(C_min)`` (figure 14, eq. 1.3).
        ``optimum(1e21).N`` is the 4.68e9 that Hoffmann et al. quote (App. D.4).

        >>> from isoflop import laws
        >>> f"{laws.KAPLAN.optimum(1e21).N:.3g}"
        '4.68e+09'
        """
        C = positive("C", C)
        C_min = C / 2
        N = self.N_coefficient * (C_min / PF_DAY) ** self.N_exponent
        return Allocation(C, N, C / (6 * N), self.loss_of_C(C_min))


def as_law(law: Law | published.SurfaceConstants | published.KaplanConstants) -> Law:
    """A law as it is, or the law of a set of published constants.

    Raises TypeError for anything else, saying what would do.

    >>> from isoflop import laws, published
    >>> round(laws.as_law(published.HOFFMANN_2022).a, 3)
    0.457
    """
    if isinstance(law, published.SurfaceConstants):
        return ChinchillaLaw(**law)
    if isinstance(law, published.KaplanConstants):
        return KaplanLaw(**law)
    if isinstance(law, Law):
        return law
    raise TypeError(
        f"expected a law with .loss and .optimum, or constants such as published.HOFFMANN_2022; "
        f"got {type(law).__name__}"
    )


HOFFMANN_2022 = ChinchillaLaw(**published.HOFFMANN_2022)
"""Hoffmann et al. 2022, section D.3, with the constants of the paper's TeX source."""

HOFFMANN_2022_ROUNDED = ChinchillaLaw(**published.HOFFMANN_2022_ROUNDED)
"""The same law with the constants that eq. 10 prints."""

BESIROGLU_2024 = ChinchillaLaw(**published.BESIROGLU_2024)
"""Besiroglu et al. 2024, table 1: the same runs, fitted again."""

KAPLAN = KaplanLaw()
"""Kaplan et al. 2020 with the paper's constants."""
