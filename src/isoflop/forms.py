"""One constant more: a family of laws that holds the forms of Kaplan et al. and of Hoffmann et al.

L = E + [(A/N^alpha)^(1/kappa) + (B/D^beta)^(1/kappa)]^kappa. With kappa = 1 the two debts add, as
in Hoffmann et al. 2022 (eq. 10); with E = 0 and kappa = beta it is the joint law of Kaplan et al.
2020 (eq. 1.5); as kappa goes to 0 only the larger debt counts. Fitted with the loss that
``surface`` uses.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from isoflop import _forms_newton, _identify, surface
from isoflop._newton import Points
from isoflop._replicates import SurfaceReplicates
from isoflop.laws import Allocation, ChinchillaLaw, Number, positive

__all__ = ["FormFit", "FormReplicates", "JoinedLaw", "bootstrap", "fit"]


@dataclass(frozen=True)
class JoinedLaw:
    """L(N, D) = E + [(A/N^alpha)^(1/kappa) + (B/D^beta)^(1/kappa)]^kappa, nats per token.

    Raises ValueError where a constant is not finite, where A, B, alpha, beta or kappa is not
    positive, or where E is negative; its methods do where N, D or C is not finite and positive.
    """

    E: float
    A: float
    B: float
    alpha: float
    beta: float
    kappa: float = 1.0

    def __post_init__(self) -> None:
        positive("kappa", self.kappa)
        ChinchillaLaw(self.E, self.A, self.B, self.alpha, self.beta)

    @property
    def a(self) -> float:
        """Exponent of N*(C): beta / (alpha + beta), whatever kappa is."""
        return self.beta / (self.alpha + self.beta)

    def debts(self, N: ArrayLike, D: ArrayLike) -> tuple[Number, Number]:
        """A/N^alpha and B/D^beta, nats per token, before they are joined.

        >>> from isoflop import forms
        >>> forms.JoinedLaw(E=1.8, A=400, B=400, alpha=0.5, beta=0.5).debts(1e6, 1e8)
        (0.4, 0.04)
        """
        return self.A / positive("N", N) ** self.alpha, self.B / positive("D", D) ** self.beta

    def loss(self, N: ArrayLike, D: ArrayLike) -> Number:
        """Predicted loss, nats per token; N and D broadcast.

        >>> from isoflop import forms, laws
        >>> joined = forms.JoinedLaw(**vars(laws.BESIROGLU_2024))
        >>> f"{joined.loss(1e9, 2e10) / laws.BESIROGLU_2024.loss(1e9, 2e10):.6f}"
        '1.000000'
        """
        n, d = self.debts(N, D)
        larger = np.maximum(n, d)  # taken out: a power 1/kappa alone may overflow
        rest = (n / larger) ** (1 / self.kappa) + (d / larger) ** (1 / self.kappa)
        return self.E + larger * rest**self.kappa

    def optimum(self, C: ArrayLike) -> Allocation:
        """The least loss that C = 6*N*D FLOPs can buy.

        There the debts stand in the ratio (beta/alpha)^kappa, so that
        N* = [(alpha/beta)^kappa * A/B]^(1/(alpha+beta)) * (C/6)^a.

        >>> from isoflop import forms, laws
        >>> joined = forms.JoinedLaw(**vars(laws.BESIROGLU_2024))
        >>> f"{joined.optimum(1e21).N / laws.BESIROGLU_2024.optimum(1e21).N:.6f}"
        '1.000000'
        """
        C = positive("C", C)
        G = ((self.alpha / self.beta) ** self.kappa * self.A / self.B) ** (
            1 / (self.alpha + self.beta)
        )
        N = G * (C / 6) ** self.a
        D = C / (6 * N)
        return Allocation(C, N, D, self.loss(N, D))


@dataclass(frozen=True)
class FormFit:
    """A fitted law; ``objective`` is the plain sum of Huber losses of the log ``residuals``."""

    law: JoinedLaw
    objective: float
    delta: float
    residuals: np.ndarray


class FormReplicates(SurfaceReplicates):
    """Replicates of a law: columns E, A, B, alpha, beta, a, b, kappa, objective."""

    def at(self, quantity: str, C: float) -> np.ndarray:
        """Each replicate's N_opt, D_opt, tokens_per_parameter or loss_opt at budget C, FLOPs."""
        names = ("E", "A", "B", "alpha", "beta", "kappa")
        rows = (JoinedLaw(*row).optimum(C) for row in self.table[list(names)].to_numpy())
        column = {"N_opt": "N", "D_opt": "D", "loss_opt": "loss"}.get(quantity, quantity)
        return np.array([getattr(best, column) for best in rows])


def fit(
    N: ArrayLike, D: ArrayLike, loss: ArrayLike, *, delta: float = surface.HUBER_DELTA
) -> FormFit:
    """Fit all six constants to runs: (n,) parameters, tokens, loss in nats per token.

    ``delta`` is of Huber's loss on log residuals (``math.inf``: least squares). Starts from the
    surface at kappa = 1 and from kappa = 1/2, and keeps the lower minimum.

    Raises
    ------
    ValueError
        As ``surface.fit`` does, for fewer than seven runs, and for a delta that is not positive.
    RuntimeError
        Where the solver has not converged, as with runs of a single budget.

    >>> from isoflop import forms, simulate
    >>> truth = forms.JoinedLaw(E=1.8, A=400, B=1200, alpha=0.33, beta=0.33, kappa=0.7)
    >>> made = simulate.runs(truth, [1e19, 1e20, 1e21], [1e8, 3e8, 1e9, 3e9, 1e10])
    >>> f"{forms.fit(made['params'], made['tokens'], made['loss']).law.kappa:.3f}"
    '0.700'
    """
    points, theta, f = _fit(N, D, loss, delta)
    residuals = points.t - _forms_newton.log_loss(theta[None], points)[0]
    row = _parameters(theta[None], points).iloc[0]
    law = JoinedLaw(*(float(row[c]) for c in ("E", "A", "B", "alpha", "beta", "kappa")))
    return FormFit(law, f, delta, residuals)


def _fit(N, D, loss, delta) -> tuple[Points, np.ndarray, float]:
    """Centred points, the best parameter row (6,) and its objective."""
    if not delta > 0:
        raise ValueError(f"delta must be positive or inf; got {delta!r}")
    N, D, loss, w = _identify.checked(N, D, loss, None)
    if len(loss) < 7:
        raise ValueError(f"{len(loss)} points for six constants; at least 7 are needed")
    law, points = surface.fit(N, D, loss, delta=delta).law, Points.of(N, D, loss)
    a, b = np.log(law.A) - law.alpha * points.x_mean, np.log(law.B) - law.beta * points.y_mean
    start = np.array([a, law.alpha, b, law.beta, np.log(law.E), 0.0])
    starts = np.stack([start, start - np.log(2) * np.eye(6)[5]])
    found = _forms_newton.minimise(starts, points, w[None], _bands(delta))
    if not found.converged.any():
        raise RuntimeError(
            f"no start converged (lowest objective {found.f.min():.6g}): these {len(loss)} runs do "
            f"not settle six constants. Add runs at other budgets, or fit five: surface.fit"
        )
    best = np.argmin(np.where(found.converged, found.f, np.inf))
    return points, found.theta[best], float(found.f[best])


def _bands(delta: float) -> list[float]:
    """Huber's band, narrowed in stages."""
    return [d for d in (1e-2, 3e-3) if d > delta] + [delta]


def _parameters(theta: np.ndarray, points: Points) -> pd.DataFrame:
    return surface.parameters(theta[:, :5], points).assign(kappa=np.exp(theta[:, 5]))


def bootstrap(
    N: ArrayLike,
    D: ArrayLike,
    loss: ArrayLike,
    *,
    replicates: int = 1000,
    seed: int = 0,
    level: float = 0.95,
    delta: float = surface.HUBER_DELTA,
) -> FormReplicates:
    """Pairs bootstrap: runs resampled with replacement, all six constants fitted to each.

    Every replicate starts from the fit, with Huber's band narrowed again.

    Raises what ``fit`` raises, and ValueError for replicates < 2 or a level outside (0, 1).
    """
    if replicates < 2 or not 0 < level < 1:
        raise ValueError(f"need replicates >= 2 and 0 < level < 1; got {replicates}, {level}")
    points, centre, _ = _fit(N, D, loss, delta)
    n = len(points.t)
    rng = np.random.default_rng(seed)
    counts = rng.multinomial(n, np.full(n, 1 / n), size=replicates).astype(np.float64)
    rows = np.repeat(centre[None], replicates, axis=0)
    best = _forms_newton.minimise(rows, points, counts, _bands(delta))
    good = best.converged & (best.theta[:, 1] > 0) & (best.theta[:, 3] > 0)
    table = _parameters(best.theta[good], points).assign(objective=best.f[good])
    return FormReplicates(table, level, failed=int((~good).sum()))
