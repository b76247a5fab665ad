"""Runs along IsoFLOP budgets: their seeds, how good each valley is, and all three approaches.

For tables with the mini-run's columns; the fits are ``profiles``, ``envelope``, ``surface``.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd

from isoflop import envelope, profiles, surface
from isoflop._budget import Budget, minimum, redraw
from isoflop.lines import percentiles
from isoflop.profiles import FitWarning
from isoflop.runs import numbers

_COUNTS = ["params", "params_nonembedding", "flops", "tokens", "steps", "lr"]


def of_arm(runs: pd.DataFrame, arm: str = "matched") -> pd.DataFrame:
    """The finished runs of an arm; ``"matched"`` is the IsoFLOP grid. ValueError if it has none."""
    found = runs[(runs["arm"] == arm) & (runs["status"] == "done")]
    if found.empty:
        arms = ", ".join(sorted(set(runs["arm"]))) or "no rows"
        raise ValueError(f"no finished run of the arm {arm!r}; the table has {arms}")
    return found


def _checked(runs: pd.DataFrame) -> pd.DataFrame:
    """The runs, if there are any and each has what a valley is made of."""
    missing = [c for c in ("budget", "d_model", "seed", "loss", *_COUNTS) if c not in runs]
    if missing:
        raise ValueError(f"runs: no column {missing[0]!r}; a valley needs it of every run")
    if runs.empty:
        raise ValueError("runs: no rows")
    for column in ("budget", "params", "tokens", "loss"):
        numbers(runs[column], "runs")
    return runs


def columns(table: pd.DataFrame, N: str = "params") -> tuple[pd.Series, ...]:
    """N, D, loss and nominal budget, in the order ``profiles.fit`` takes them."""
    return table[N], table["tokens"], table["loss"], table["budget"]


def seed_means(runs: pd.DataFrame) -> pd.DataFrame:
    """A row per budget and width: its counts, the mean ``loss`` of its ``seeds`` runs.

    ValueError where runs of one budget and width differ in their learning rate too, a column is
    missing, there are no rows, or a row (named) has no loss, as one that diverged.
    """
    groups = _checked(runs).groupby(["budget", "d_model"], sort=True)
    if (groups["lr"].nunique() > 1).any():
        raise ValueError("runs of one budget and width differ in more than their seed")
    counts = groups[_COUNTS].first()
    return counts.assign(loss=groups["loss"].mean(), seeds=groups["seed"].nunique()).reset_index()


def seed_noise(runs: pd.DataFrame) -> float:
    """Standard deviation of the loss between seeds, pooled; nan where each row has one seed.

    >>> from isoflop import datasets, valleys
    >>> f"{valleys.seed_noise(valleys.of_arm(datasets.load('minirun-cpu'))):.3f}"
    '0.010'
    """
    groups = runs.groupby(["budget", "d_model"])["loss"]
    squares = ((runs["loss"] - groups.transform("mean")) ** 2).sum()
    return float(np.sqrt(squares / (len(runs) - len(groups) or np.nan)))


def summary(
    runs: pd.DataFrame,
    factor: float = 6.0,
    *,
    level: float = 0.95,
    replicates: int = 4000,
    seed: int = 0,
) -> pd.DataFrame:
    """A row per budget: the parabola through the seed means of sizes within ``factor`` of the best.

    Columns: budget, sizes, runs, seconds (CPU, of all runs); N, ratio (D*/N*), loss and inside (the
    sampled sizes) of the vertex, r2 (the share of the variance of those means that the parabola
    explains); N_low, N_high, ratio_low, ratio_high: residuals resampled within the budget.
    ValueError where a budget has fewer than four such sizes, and what ``seed_means`` raises.
    """
    rng, rows = np.random.default_rng(seed), []
    for C, here in seed_means(runs).groupby("budget"):
        apart = np.abs(np.log(here["params"] / here.loc[here["loss"].idxmin(), "params"]))
        near, of = here[apart <= np.log(factor)], runs[runs["budget"] == C]
        if len(near) < 4:
            raise ValueError(
                f"budget {C:g}: {len(near)} sizes within a factor {factor:g} of the best; a "
                f"parabola and its interval need four. Drop the budget, or widen ``factor``"
            )
        N, D, loss = (near[name].to_numpy() for name in ("params", "tokens", "loss"))
        group = Budget.of(C, N, D, loss, degree=2)
        best, (log_N, log_D) = minimum(group), redraw(group, replicates, rng)
        row = {"budget": C, "sizes": len(near), "runs": len(of), "seconds": of["cpu_seconds"].sum()}
        row |= {name: best[name] for name in ("N", "loss", "inside")}
        left = loss - group.design @ group.solve(loss[None])[0]
        row |= {"ratio": best["D"] / best["N"], "r2": 1 - left.var() / loss.var()}
        for name, draws in (("N", log_N), ("ratio", log_D - log_N)):
            row[f"{name}_low"], row[f"{name}_high"] = np.exp(percentiles(draws, level))
        rows.append(row)
    return pd.DataFrame(rows)


def as_ends(runs: pd.DataFrame, N: str = "params", flops: str = "budget") -> pd.DataFrame:
    """Every run as a curve of one point, its end, for ``envelope.ends`` and ``bootstrap_ends``.

    Only seeds that every budget and width has are kept, so that no size has more tries at being
    lowest. ``N``, ``flops``: the columns to stand for N and C. ValueError where there is none.
    """
    seeds = _checked(runs).groupby(["budget", "d_model"])["seed"].agg(set)
    common = runs[runs["seed"].isin(set.intersection(*seeds))].reset_index(drop=True)
    if common.empty:
        raise ValueError("no seed was run at every budget and width; leave some of them out")
    parts = {"params": common[N], "flops": common[flops], "loss": common["loss"]}
    return pd.DataFrame({"run": common.index, **parts})


class Estimate(NamedTuple):
    """An exponent by one approach. ``note``: the fit's warnings, or where ``a`` is nan, why."""

    approach: str
    a: float
    interval: tuple[float, float]
    note: str = ""


def three(
    runs: pd.DataFrame, *, level: float = 0.95, replicates: int = 4000, seed: int = 0
) -> list[Estimate]:
    """Approaches 1 (over the ends of runs), 2 (on seed means) and 3 (on all runs).

    Intervals: for 1 and 3 runs resampled (for 1 a tenth of ``replicates``), for 2 residuals. An
    approach that the runs do not allow says so in its ``note``; raises what ``seed_means`` does.
    """
    (N, D, loss, _), means, ends = columns(runs), columns(seed_means(runs)), as_ends(runs)
    few = {"level": level, "seed": seed, "replicates": max(2, replicates // 10)}
    all_ = few | {"replicates": replicates}
    ways = {
        "1": lambda: (envelope.fit(envelope.ends(ends)), envelope.bootstrap_ends(ends, **few)),
        "2": lambda: (profiles.fit(*means, replicates=2), profiles.bootstrap(*means, **all_)),
        "3": lambda: (surface.fit(N, D, loss), surface.bootstrap(N, D, loss, **all_)),
    }
    return [_estimate(approach, way) for approach, way in ways.items()]


def _estimate(approach: str, way: Callable) -> Estimate:
    with warnings.catch_warnings(), np.errstate(over="ignore"):  # a wild resample may overflow
        warnings.simplefilter("ignore", FitWarning)
        try:
            found, drawn = way()
        except (ValueError, RuntimeError) as problem:
            return Estimate(approach, np.nan, (np.nan, np.nan), str(problem))
    return Estimate(approach, found.a, drawn.interval("a"), "; ".join(found.warnings))
