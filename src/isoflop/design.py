"""Which runs to make next: the round that narrows the interval of N*(target) most for its FLOPs.

Candidate rounds are some budgets, each with some sizes around the optimum that the present fit
predicts. A linearised update of the fit's information sorts them; the best are then really made,
in simulation: each in many worlds, whose law is a bootstrap replicate of the present fit and whose
noise is drawn from its residuals, with the surface refitted and bootstrapped in every world.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from isoflop import surface
from isoflop._replicates import SurfaceReplicates
from isoflop._rounds import (  # noqa: F401
    BUDGETS,
    FACTORS,
    SIZES,
    Round,
    candidates,
    repeated,
    screen,
)
from isoflop.laws import ChinchillaLaw, positive
from isoflop.runs import columns_of

__all__ = ["ENOUGH", "FAR_BELOW", "Outcome", "Proposal", "Round", "propose"]

ENOUGH = 10
"""Runs below which five residuals or fewer are left to tell how large the noise is."""

FAR_BELOW = 10.0
"""Target over the largest proposed budget beyond which a proposal is said to extrapolate."""


@dataclass(frozen=True)
class Outcome:
    """What a round does to the width of the interval of log N*(target).

    ``ratio`` is the mean width after it over the width now, ``error`` one standard error of that
    from the simulation, ``low`` and ``high`` the 10th and 90th percentiles over the worlds: what a
    single round may give, the present runs' own uncertainty included. ``failed`` worlds gave no
    fit and are left out.
    """

    round: Round
    ratio: float
    error: float
    low: float
    high: float
    failed: int


@dataclass(frozen=True)
class Proposal:
    """Rounds worth making, the best first, beside repeating the present runs for the same FLOPs.

    ``N`` and ``interval`` are N*(target) and its interval now, ``width`` that of its logarithm,
    ``warnings`` what the present fit warns of.
    """

    target: float
    spend: float
    level: float
    worlds: int
    N: float
    interval: tuple[float, float]
    width: float
    rounds: tuple[Outcome, ...]
    repeat: Outcome
    warnings: tuple[str, ...] = ()

    @property
    def below(self) -> float:
        """How far the largest budget of any round lies below the target, as a ratio."""
        return self.target / max(C for outcome in self.rounds for C in outcome.round.budgets)


@dataclass(frozen=True)
class _Present:
    """The present runs, their fit and its replicates, and how to simulate on."""

    runs: pd.DataFrame
    law: ChinchillaLaw
    boot: SurfaceReplicates
    noise: np.ndarray
    target: float
    spend: float
    worlds: int
    replicates: int
    seed: int

    def widths_now(self) -> np.ndarray:
        """Widths of log N*(target), one from every ``replicates`` bootstrap replicates."""
        log_N = np.log(self.boot.values("N_opt", self.target))
        parts = len(log_N) // self.replicates
        return np.array([self._width(part) for part in np.array_split(log_N, parts)])

    def _width(self, log_N: np.ndarray) -> float:
        half = 50 * (1 - self.boot.level)
        return float(np.diff(np.percentile(log_N, [half, 100 - half]))[0])

    def width_after(self, round: Round | None, world: int) -> float:
        """The width once a round (None: a repetition) is made in one world; NaN without a fit."""
        rng = np.random.default_rng([self.seed, world])
        row = self.boot.table.iloc[int(rng.integers(len(self.boot.table)))]
        law = ChinchillaLaw(**{k: float(row[k]) for k in ("E", "A", "B", "alpha", "beta")})
        round = round or repeated(self.runs, self.spend, rng)
        new = law.loss(round.N, round.D) * np.exp(_draw(self.noise, len(round.N), rng))
        N, D, loss, _ = columns_of(self.runs)
        columns = (np.concatenate(pair) for pair in ((N, round.N), (D, round.D), (loss, new)))
        options = {"replicates": self.replicates, "seed": self.seed + world}
        try:
            boot = surface.bootstrap(*columns, **options)
        except (ValueError, RuntimeError):
            return math.nan
        return self._width(np.log(boot.values("N_opt", self.target)))

    def outcome(self, round: Round | None, progress=None) -> Outcome:
        now, after = self.widths_now(), []
        for world in range(self.worlds):
            after.append(self.width_after(round, world))
            if progress:
                progress(1)
        shown = round or repeated(self.runs, self.spend, np.random.default_rng(self.seed))
        return _outcome(shown, now, np.array(after))


def _pool(residuals: np.ndarray) -> np.ndarray:
    """Residuals that tell of the noise: a fit this robust passes through five points, one a
    parameter, and those tell nothing. What is left is also of the right size: sum r^2 / (n - 5),
    or a little above, since the fit is not least squares."""
    centred = residuals - np.median(residuals)
    return centred[np.argsort(np.abs(residuals))[5:]]


def _draw(pool: np.ndarray, count: int, rng: np.random.Generator) -> np.ndarray:
    """Noise for ``count`` runs from a pool of residuals, smoothed (Silverman 1986, eq. 3.31), its
    scale drawn too: n - 5 residuals tell only so well how large the noise is."""
    spread = np.diff(np.percentile(pool, [25, 75]))[0] / 1.349
    width = 0.9 * min(pool.std(), spread) * len(pool) ** -0.2
    drawn = rng.choice(pool, size=count) + width * rng.standard_normal(count)
    scale = math.sqrt(len(pool) / rng.chisquare(len(pool)))
    return scale * drawn / math.sqrt(1 + (width / pool.std()) ** 2)


def _outcome(round: Round, now: np.ndarray, after: np.ndarray) -> Outcome:
    good = after[np.isfinite(after)]
    if len(good) < 2:
        raise RuntimeError(f"{len(after) - len(good)} of {len(after)} simulated worlds gave no fit")
    ratio = good.mean() / now.mean()
    parts = (w.std(ddof=1) / math.sqrt(len(w)) / w.mean() for w in (now, good))
    low, high = np.percentile(good, [10, 90]) / now.mean()
    error = ratio * math.hypot(*parts)
    return Outcome(round, ratio, error, float(low), float(high), len(after) - len(good))


def propose(
    runs: pd.DataFrame,
    target: float,
    spend: float,
    *,
    budgets: int | None = None,
    sizes: int | None = None,
    worlds: int = 16,
    replicates: int = 400,
    level: float = 0.95,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Proposal:
    """The rounds that promise the narrowest interval of N*(target) for ``spend`` FLOPs.

    Parameters
    ----------
    runs : a runs table; the surface is fitted to its params, tokens and loss.
    target, spend : FLOPs: where N* is wanted, and what the next round may cost (6ND summed).
    budgets, sizes : how many, where they are fixed; otherwise several are tried.
    worlds, replicates : simulated worlds a round, bootstrap replicates in each.
    progress : called with worlds done and worlds in all.

    It answers for sampling noise under the fitted form only: not for the form itself, a recipe
    tuned otherwise at other sizes, noise that changes with scale, or runs that fail.

    Raises ValueError for values out of range or fewer than ``ENOUGH`` runs, and what
    ``surface.fit`` raises.
    """
    target, spend = (float(positive(n, v)) for n, v in (("target", target), ("spend", spend)))
    if worlds < 2 or replicates < 100:
        raise ValueError(f"need worlds >= 2 and replicates >= 100; got {worlds}, {replicates}")
    N, D, loss, _ = columns_of(runs)
    fit = surface.fit(N, D, loss)
    if len(N) < ENOUGH:
        raise ValueError(
            f"{len(N)} runs tell too little of the noise; at least {ENOUGH} are needed"
        )
    boot = surface.bootstrap(N, D, loss, replicates=10 * replicates, seed=seed, level=level)
    noise = _pool(fit.residuals)
    here = (runs, fit.law, boot, noise, target, spend, worlds, replicates, seed)
    present = _Present(*here)
    tried = candidates(fit.law, spend, floor=float((6 * N * D).min()), budgets=budgets, sizes=sizes)
    finalists = _finalists(present, tried)
    done, total = 0, worlds * (len(finalists) + 1)

    def step(k: int) -> None:
        nonlocal done
        done += k
        if progress:
            progress(done, total)

    repeat = present.outcome(None, step)
    outcomes = sorted((present.outcome(r, step) for r in finalists), key=lambda o: o.ratio)
    size, ends = float(fit.law.optimum(target).N), boot.interval("N_opt", target)
    now = (size, ends, float(present.widths_now().mean()))
    return Proposal(target, spend, level, worlds, *now, tuple(outcomes), repeat, fit.warnings)


def _finalists(present: _Present, rounds: list[Round]) -> list[Round]:
    """The best candidate of each number of budgets, or of sizes where only one is asked for."""
    order = np.argsort(screen(present.runs, present.boot, rounds, present.target), kind="stable")
    several = len({len(r.budgets) for r in rounds}) > 1
    best: dict[int, Round] = {}
    for i in order:
        best.setdefault(len(rounds[i].budgets) if several else rounds[i].sizes, rounds[i])
    return list(best.values())
