"""Approach 1: at each budget, which of all training curves is lowest, and whose curve is it?

Hoffmann et al. 2022, section 3.1. Each run's loss is interpolated linearly in log C; the lowest
curve at each of many budgets gives a winner; a line through the winners' sizes gives the exponent.
A curve read in the middle of its learning-rate schedule lies above a run made to that length, so
the envelope is honest only where the runs' ends are; ``ends`` takes those alone.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from isoflop import lines
from isoflop._replicates import LineReplicates
from isoflop.laws import Number, positive
from isoflop.profiles import FitWarning
from isoflop.runs import numbers

COLUMNS = ("run", "params", "flops", "loss")
"""What a table of training curves needs: run id, parameters, FLOPs, loss in nats per token."""


@dataclass(frozen=True)
class EnvelopeFit:
    """N* = N0 * C^a through the winners, and D* = C/(6 N*), so b = 1 - a.

    ``winners`` has a row per budget used: budget, params, loss, run. ``edges`` counts budgets whose
    winner was the smallest or largest size there is (the real winner may lie beyond), ``uncovered``
    those no curve reaches, ``single_points`` runs too short to interpolate. ``smoothing`` says what
    was done to the curves.
    """

    a: float
    b: float
    log_N0: float
    winners: pd.DataFrame
    edges: int
    uncovered: int
    single_points: int
    smoothing: str
    warnings: tuple[str, ...]

    @property
    def status(self) -> str:
        """``"ok"``, or ``"warning"`` where ``warnings`` says what to know."""
        return "warning" if self.warnings else "ok"

    def N(self, C: ArrayLike) -> Number:
        """N*(C) on the fitted line."""
        return np.exp(self.log_N0 + self.a * np.log(positive("C", C)))


@dataclass(frozen=True)
class _Heights:
    """Every run's loss at every budget (inf outside its curve), and what each run is."""

    loss: np.ndarray
    params: np.ndarray
    runs: np.ndarray
    budgets: np.ndarray
    single_points: int


def fit(curves: pd.DataFrame, *, budgets: ArrayLike | None = None, smooth: int = 1) -> EnvelopeFit:
    """Fit approach 1 to training curves.

    Parameters
    ----------
    curves : columns run, params, flops, loss (more are ignored), a row per evaluation.
    budgets : (n,) FLOPs at which the winner is read; by default 400 from the least to the most.
    smooth : width in points of a running median over each curve; 1 leaves them as they are.

    Raises
    ------
    ValueError
        For a missing column or bad cell (named), fewer than three sizes (the outer two cannot win),
        or winners of fewer than two sizes.

    >>> import numpy as np
    >>> from isoflop import envelope, laws, simulate
    >>> sizes = np.geomspace(1e8, 1e10, 9)
    >>> made = simulate.curves(laws.BESIROGLU_2024, sizes, [2e9, 8e9, 3.2e10, 1.28e11])
    >>> round(envelope.fit(envelope.ends(made)).a, 2)
    0.51
    """
    heights = _heights(_checked(curves, smooth), budgets, smooth)
    row, edge = _winners(heights.loss, heights.params)
    covered = row >= 0
    used = covered & ~edge
    winners = pd.DataFrame(
        {
            "budget": heights.budgets[used],
            "params": heights.params[row[used]],
            "loss": heights.loss[row[used], np.flatnonzero(used)],
            "run": heights.runs[row[used]],
        }
    )
    sizes = winners["params"].nunique()
    if sizes < 2:
        raise ValueError(
            f"an exponent needs winners of two sizes, found {sizes} at {len(heights.budgets)} "
            f"budgets ({int(edge.sum())} won by the smallest or largest size, "
            f"{int((~covered).sum())} covered by no curve)"
        )
    a, log_N0 = lines.line(
        np.log(winners["budget"].to_numpy()), np.log(winners["params"]).to_numpy()
    )
    notes = _notes(sizes, edge.sum() / max(covered.sum(), 1))
    for note in notes:
        warnings.warn(note, FitWarning, stacklevel=2)
    smoothing = "none" if smooth == 1 else f"running median over {smooth} points"
    counts = (int(edge.sum()), int((~covered).sum()), heights.single_points)
    return EnvelopeFit(a, 1 - a, log_N0, winners, *counts, smoothing, notes)


def _notes(sizes: int, edges: float) -> tuple[str, ...]:
    notes = []
    if sizes < 5:
        notes.append(f"only {sizes} sizes ever win: the exponent hangs on which they are")
    if edges > 0.2:
        notes.append(f"at {edges:.0%} of budgets an outermost size wins and was dropped")
    return tuple(notes)


def _checked(curves: pd.DataFrame, smooth: int) -> pd.DataFrame:
    missing = [c for c in COLUMNS if c not in curves.columns]
    if missing:
        raise ValueError(f"curves: no column {missing[0]!r}; needed are {', '.join(COLUMNS)}")
    if smooth < 1 or int(smooth) != smooth:
        raise ValueError(f"smooth must be a whole number of points, 1 or more; got {smooth!r}")
    frame = curves[list(COLUMNS)].reset_index(drop=True)
    for column in COLUMNS[1:]:
        frame[column] = numbers(frame[column], "curves")
    if (frame.groupby("run")["params"].nunique() > 1).any():
        raise ValueError("curves: a run has more than one value of params; make run ids unique")
    if frame["params"].nunique() < 3:
        raise ValueError(
            f"{frame['params'].nunique()} sizes: approach 1 needs at least three, since the "
            f"smallest and the largest cannot show that they are the best"
        )
    return frame


def _heights(frame: pd.DataFrame, budgets: ArrayLike | None, smooth: int) -> _Heights:
    if budgets is None:
        budgets = np.geomspace(frame["flops"].min(), frame["flops"].max(), 400)
    budgets = np.atleast_1d(positive("budgets", budgets))
    losses, params, names, single = [], [], [], 0
    # In the table's order, so that one seed draws the same runs however N and C are counted.
    for name, run in frame.groupby("run", sort=False):
        run = run.sort_values("flops")
        if len(run) < 2:
            single += 1
            continue
        loss = run["loss"]
        if smooth > 1:
            loss = loss.rolling(smooth, center=True, min_periods=1).median()
        log_C = np.log(run["flops"].to_numpy())
        losses.append(np.interp(np.log(budgets), log_C, loss, left=np.inf, right=np.inf))
        params.append(run["params"].iloc[0])
        names.append(name)
    if not names:
        raise ValueError("every run has a single point: there is no curve to interpolate")
    return _Heights(np.array(losses), np.array(params), np.array(names), budgets, single)


def _winners(loss: np.ndarray, params: np.ndarray, among: np.ndarray | None = None):
    """Row of the lowest run at each budget (-1 where none reaches it), and whether it is an edge.

    The edges are the smallest and largest size of all runs, also where only ``among`` compete.
    """
    candidates = np.arange(len(params)) if among is None else among
    row = candidates[np.argmin(loss[candidates], axis=0)]
    covered = np.isfinite(loss[row, np.arange(loss.shape[1])])
    edge = covered & np.isin(params[row], (params.min(), params.max()))
    return np.where(covered, row, -1), edge


def bootstrap(
    curves: pd.DataFrame,
    *,
    budgets: ArrayLike | None = None,
    smooth: int = 1,
    replicates: int = 4000,
    seed: int = 0,
    level: float = 0.95,
    progress: Callable[[int], None] | None = None,
) -> LineReplicates:
    """Runs resampled with replacement, the envelope of each resample fitted anew.

    A resample whose winners are of one size only gives no line; these are counted as failed.
    Raises what ``fit`` raises.
    """
    heights = _heights(_checked(curves, smooth), budgets, smooth)
    rng, count = np.random.default_rng(seed), len(heights.runs)
    log_C, log_size = np.log(heights.budgets), np.log(heights.params)
    log_N = np.full((replicates, len(log_C)), np.nan)
    for i in range(replicates):
        among = np.unique(rng.integers(0, count, count))
        row, edge = _winners(heights.loss, heights.params, among)
        used = (row >= 0) & ~edge
        log_N[i, used] = log_size[row[used]]
        if progress:
            progress(1)
    several = np.nanmax(log_N, axis=1, initial=-np.inf) > np.nanmin(log_N, axis=1, initial=np.inf)
    a, log_N0 = lines.lines(log_C, log_N[several])
    return _replicates(a, log_N0, level, failed=int((~several).sum()))


def _replicates(a: np.ndarray, log_N0: np.ndarray, level: float, failed: int) -> LineReplicates:
    table = pd.DataFrame({"a": a, "b": 1 - a, "log_N0": log_N0, "log_D0": -np.log(6) - log_N0})
    return LineReplicates(table, level, failed)


def ends(curves: pd.DataFrame) -> pd.DataFrame:
    """Curves made of the ends of runs alone: one "run" per size, a point per schedule length.

    Of runs of one size that end at the same compute (other learning rates) the lowest is kept.
    The last row of each run, by flops, is its end. ``bootstrap`` of what this returns resamples
    sizes; ``bootstrap_ends`` resamples runs.
    """
    last = _last(curves)
    best = last.loc[last.groupby(["params", "flops"])["loss"].idxmin()]
    return best.assign(run=best["params"]).sort_values(["params", "flops"]).reset_index(drop=True)


def _last(curves: pd.DataFrame) -> pd.DataFrame:
    return curves.loc[curves.groupby("run")["flops"].idxmax()]


def bootstrap_ends(
    curves: pd.DataFrame,
    *,
    budgets: ArrayLike | None = None,
    replicates: int = 400,
    seed: int = 0,
    level: float = 0.95,
) -> LineReplicates:
    """Runs resampled with replacement, the envelope of each resample's ``ends`` fitted anew.

    Budgets are by default those of ``fit(ends(curves))``. A run drawn twice counts once; a resample
    that gives no line is counted as failed. Raises what ``fit(ends(curves))`` raises.
    """
    whole, last = ends(curves), _last(curves)
    if budgets is None:
        budgets = np.geomspace(whole["flops"].min(), whole["flops"].max(), 400)
    runs, rng, found = last["run"].to_numpy(), np.random.default_rng(seed), []
    with warnings.catch_warnings():  # few sizes win in many a resample
        warnings.simplefilter("ignore", FitWarning)
        fit(whole, budgets=budgets)
        for _ in range(replicates):
            drawn = last[np.isin(runs, rng.choice(runs, len(runs)))]
            with suppress(ValueError):
                found.append(fit(ends(drawn), budgets=budgets))
    a, log_N0 = (np.array([getattr(f, name) for f in found]) for name in ("a", "log_N0"))
    return _replicates(a, log_N0, level, failed=replicates - len(found))
