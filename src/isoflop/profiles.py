"""Approach 2: at each budget a parabola through loss against log N; a line through the minima.

Hoffmann et al. 2022, section 3.2. The interval is a residual bootstrap within budgets (see
``_budget.redraw``); tests show its coverage, with as few as five runs a budget.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from isoflop import _bends, lines
from isoflop._budget import Budget, minimum, redraw
from isoflop._replicates import LineReplicates
from isoflop.laws import Number, positive
from isoflop.runs import columns

__all__ = [
    "FitWarning",
    "LeftOut",
    "LineReplicates",
    "Profile",
    "ProfilesFit",
    "bootstrap",
    "fit",
]


class FitWarning(UserWarning):
    """A fit was made, and something about it should be known before it is used."""


@dataclass(frozen=True)
class LeftOut:
    """A budget that gave no minimum, and why."""

    budget: float
    reason: str


@dataclass(frozen=True)
class Profile:
    """One budget's curve in x = log N - centre: coefficients of 1, x, x^2 (and x^3)."""

    budget: float
    centre: float
    coefficients: np.ndarray

    def loss(self, N: ArrayLike) -> Number:
        """The fitted loss at N parameters."""
        x = np.log(positive("N", N)) - self.centre
        return np.polynomial.polynomial.polyval(x, self.coefficients)


@dataclass(frozen=True)
class ProfilesFit:
    """N* = N0 * C^a and D* = D0 * C^b through the minima.

    ``a_interval`` and ``b_interval`` answer for the noise within budgets; ``a_line_interval`` is
    Student's interval from the scatter of the minima about their line, whatever its cause. Where
    the second is much wider, the minima miss the line by more than noise explains.

    ``minima`` has a row per budget used: budget, N, D, loss, inside, curvature, residual_sd, runs.
    ``bent`` and ``flat``: budgets whose parabola has its minimum outside the sizes though the
    lowest loss lies between two others, with sizes far above it, or none. ``far``: runs that
    ``near`` left out. ``drawn``, (replicates, budgets): log N* of each resample's minima, NaN where
    a resample has none.
    """

    a: float
    b: float
    a_interval: tuple[float, float]
    b_interval: tuple[float, float]
    a_line_interval: tuple[float, float]
    log_N0: float
    log_D0: float
    level: float
    minima: pd.DataFrame
    profiles: tuple[Profile, ...]
    left_out: tuple[LeftOut, ...]
    warnings: tuple[str, ...]
    replicates: LineReplicates
    bent: tuple[float, ...] = ()
    flat: tuple[float, ...] = ()
    near: float | None = None
    far: int = 0
    drawn: np.ndarray | None = field(default=None, repr=False)

    @property
    def status(self) -> str:
        """``"ok"``, or ``"warning"`` where ``warnings`` says what to know."""
        return "warning" if self.warnings else "ok"

    def N(self, C: ArrayLike) -> Number:
        """N*(C) on the fitted line."""
        return np.exp(self.log_N0 + self.a * np.log(positive("C", C)))

    def D(self, C: ArrayLike) -> Number:
        """D*(C) on the fitted line."""
        return np.exp(self.log_D0 + self.b * np.log(positive("C", C)))

    def interval(self, quantity: str, C: float | None = None) -> tuple[float, float]:
        """Bootstrap interval, as ``bootstrap`` gives it: noise within budgets only."""
        return self.replicates.interval(quantity, C)

    def line_interval(self, C: float) -> np.ndarray:
        """Student's interval of N*(C), parameters, from the scatter of minima about their line."""
        x, log_N = np.log(self.minima["budget"].to_numpy()), np.log(self.minima["N"].to_numpy())
        return np.exp(lines.student_interval_at(x, log_N, np.log(positive("C", C)), self.level))


def fit(
    N: ArrayLike,
    D: ArrayLike,
    loss: ArrayLike,
    C: ArrayLike,
    *,
    degree: int = 2,
    outside: str = "keep",
    near: float | None = None,
    level: float = 0.95,
    replicates: int = 4000,
    seed: int = 0,
) -> ProfilesFit:
    """Fit approach 2 to runs grouped by their nominal budget.

    Parameters
    ----------
    N, D, loss, C : (n,) parameters, tokens, loss in nats per token, nominal budget in FLOPs.
        Rows of one budget share one value of C.
    degree : 2 for the parabola, 3 for a cubic with the same role.
    outside : a minimum outside the sizes sampled at its budget is an extrapolation. ``"keep"``
        uses it, flags it and warns; ``"drop"`` leaves it out. A curve without a minimum (a
        parabola that opens downward) is always left out.
    near : a share of the loss, such as 0.1: of each budget only the runs whose loss is within so
        much of its lowest, since a parabola holds near its minimum only and sizes far from it bend
        it. A budget with too few sizes left is left out. None, the default, takes every run.
    level, replicates, seed : of the bootstrap intervals.

    Raises
    ------
    ValueError
        For a value that is not finite and positive (its row is named), arrays of different
        lengths, an option out of range, or fewer than two budgets with a minimum.

    >>> from isoflop import laws, profiles, runs, simulate
    >>> budgets = [1e19, 1e20, 1e21]
    >>> sizes = simulate.sizes_around(laws.BESIROGLU_2024, budgets)
    >>> made = simulate.runs(laws.BESIROGLU_2024, budgets, sizes, noise=0.002)
    >>> found = profiles.fit(*runs.columns_of(made))
    >>> f"{found.a:.2f}, {found.status}"
    '0.52, ok'
    """
    if degree not in (2, 3) or outside not in ("keep", "drop") or not 0 < level < 1:
        raise ValueError("need degree 2 or 3, outside 'keep' or 'drop', and 0 < level < 1")
    if near is not None and not 0 < near < math.inf:
        raise ValueError(f"near must be a share above 0, such as 0.1; got {near!r}")
    table = columns(N=N, D=D, loss=loss, C=C)
    groups, left_out = _group(*table, degree, near)
    rows, kept = [], []
    for group in groups:
        row = minimum(group)
        reason = _reason_to_drop(row, outside)
        if reason:
            left_out.append(LeftOut(group.C, reason))
        else:
            rows.append(row)
            kept.append(group)
    if len(kept) < 2:
        why = "; ".join(f"{o.budget:.3g}: {o.reason}" for o in left_out) or "no other budget"
        raise ValueError(f"an exponent needs minima at two budgets, found {len(kept)} ({why})")
    found = _result(pd.DataFrame(rows), kept, left_out, near, level, replicates, seed)
    return replace(found, near=near, far=_bends.far(*table[2:], near))


def _group(N, D, loss, C, degree: int, near: float | None) -> tuple[list[Budget], list[LeftOut]]:
    groups, left_out = [], []
    for budget in np.unique(C):
        here = budget == C
        here[here] = _bends.close(loss[here], near)
        sizes = len(np.unique(N[here]))
        if sizes <= degree:
            said = "sizes" if near is None else f"sizes within {100 * near:.3g}% of the lowest loss"
            left_out.append(LeftOut(float(budget), f"{sizes} {said}, {degree + 1} needed"))
            continue
        groups.append(Budget.of(budget, N[here], D[here], loss[here], degree))
    if not groups and near is not None:
        raise ValueError(
            f"no budget has {degree + 1} sizes within {100 * near:.3g}% of its lowest loss: take a "
            f"larger near, or train sizes nearer to the minima"
        )
    if not groups:
        raise ValueError(
            f"no budget has {degree + 1} sizes: C has {len(np.unique(C))} distinct values in "
            f"{len(C)} rows. Pass the nominal budget that runs share, not each run's exact FLOPs."
        )
    return groups, left_out


def _reason_to_drop(row: dict, outside: str) -> str:
    if not np.isfinite(row["N"]):
        return "the curve has no minimum (it opens downward)"
    if outside == "drop" and not row["inside"]:
        return f"its minimum, N = {row['N']:.3g}, lies outside the sampled sizes"
    return ""


def _result(minima, kept, left_out, near, level, replicates, seed) -> ProfilesFit:
    x = np.log(minima["budget"].to_numpy())
    log_N, log_D = np.log(minima["N"].to_numpy()), np.log(minima["D"].to_numpy())
    (a, log_N0), (b, log_D0) = (lines.line(x, y) for y in (log_N, log_D))
    table, drawn = _bootstrap(kept, x, replicates, seed, level)
    kinds = [_bends.kind(g, inside, near) for g, inside in zip(kept, minima["inside"])]
    notes = _bends.said(minima, kept, kinds, level, float(np.isnan(drawn).mean()))
    for note in notes:
        warnings.warn(note, FitWarning, stacklevel=3)
    return ProfilesFit(
        a=a,
        b=b,
        a_interval=table.interval("a"),
        b_interval=table.interval("b"),
        a_line_interval=lines.student_interval(x, log_N, level),
        log_N0=log_N0,
        log_D0=log_D0,
        level=level,
        minima=minima,
        profiles=tuple(Profile(g.C, g.centre, g.solve(g.y[None])[0]) for g in kept),
        left_out=tuple(left_out),
        warnings=notes,
        replicates=table,
        bent=tuple(g.C for g, kind in zip(kept, kinds) if kind == "bent"),
        flat=tuple(g.C for g, kind in zip(kept, kinds) if kind == "flat"),
        drawn=drawn,
    )


def _bootstrap(groups, log_C, replicates, seed, level) -> tuple[LineReplicates, np.ndarray]:
    """Replicates of the two lines, and log N* of every resampled minimum."""
    rng = np.random.default_rng(seed)
    draws = [redraw(group, replicates, rng) for group in groups]
    log_N, log_D = (np.stack(part, axis=1) for part in zip(*draws))
    (a, log_N0), (b, log_D0) = lines.lines(log_C, log_N), lines.lines(log_C, log_D)
    table = pd.DataFrame({"a": a, "b": b, "log_N0": log_N0, "log_D0": log_D0})
    good = np.isfinite(a)
    return LineReplicates(table[good], level, int((~good).sum())), log_N


def bootstrap(
    N: ArrayLike,
    D: ArrayLike,
    loss: ArrayLike,
    C: ArrayLike,
    *,
    replicates: int = 4000,
    seed: int = 0,
    level: float = 0.95,
    degree: int = 2,
    outside: str = "keep",
    near: float | None = None,
) -> LineReplicates:
    """The replicates behind ``fit``'s intervals, with the face that every approach's have.

    Raises what ``fit`` raises.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)
        options = {"degree": degree, "outside": outside, "near": near, "level": level}
        return fit(N, D, loss, C, replicates=replicates, seed=seed, **options).replicates
