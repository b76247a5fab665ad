"""Signs in a fit that its form does not suit the runs: minima off their line, one-sided residuals.

They belong to what a report says; the fits' own status and numbers know nothing of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isoflop import _nominal
from isoflop._said import Note

if TYPE_CHECKING:
    from isoflop._replicates import Replicates
    from isoflop.profiles import ProfilesFit

CHANCE = 0.05
"""Residuals of one sign at a budget say something where signs tossed at random would do so, at any
budget of the table, less often than this."""

FLOOR = 0.01
"""E below this share of the lowest loss is none: the form then has no floor to come down to."""

LARGE = 10.0
"""A residual of so many median absolute residuals is either a bad row or a form that fails."""


def of_minima(fit: ProfilesFit) -> list[Note]:
    """What the minima together say about the line through them."""
    notes, inside, count = [], int(fit.minima["inside"].sum()), len(fit.minima)
    if 2 * inside < count or inside < 2:
        notes.append(
            Note(
                f"{count - inside} of {count} minima lie outside the sizes sampled: the line rests "
                f"on extrapolation",
                f"{count} 个最低点里有 {count - inside} 个在采样范围之外：这条线靠的是外推",
                forbids=True,
            )
        )
    if count < 3:
        notes.append(
            Note(
                "a line through two minima: nothing shows whether it is straight",
                "两个最低点连成的线：看不出它直不直",
                forbids=True,
            )
        )
    elif np.ptp(fit.a_line_interval) > 2 * np.ptp(fit.a_interval):
        low, high = fit.a_line_interval
        notes.append(
            Note(
                f"the minima miss their line by more than noise explains: their scatter alone "
                f"gives a in [{low:.3f}, {high:.3f}]; quote this one",
                f"最低点偏离直线的程度超出噪声：仅从它们的离散看，a 在 [{low:.3f}, {high:.3f}]；"
                f"请引用这个区间",
            )
        )
    return notes


def of_surface(residuals: np.ndarray, replicates: Replicates, runs: pd.DataFrame) -> list[Note]:
    """Signs that L = E + A/N^alpha + B/D^beta is not the form of these runs.

    ``residuals``: (n,), of log loss, in the order of ``runs``.
    """
    found = misfit(residuals, replicates, runs)
    en, zh = "; ".join(n.en for n in found), "；".join(n.zh for n in found)
    notes = []
    if found:
        notes.append(
            Note(
                f"the form does not fit here: {en}. Do not extrapolate with the surface",
                f"这种形式在这里不合：{zh}。不要用曲面外推",
                forbids=True,
            )
        )
    return notes + _large(residuals, runs)


def misfit(residuals: np.ndarray, replicates: Replicates, runs: pd.DataFrame) -> list[Note]:
    """Each sign that the form fails as a whole: one-sided budgets, no floor under the loss."""
    return [*_one_sided(residuals, runs), *_floorless(replicates, runs["loss"].min())]


def _one_sided(residuals: np.ndarray, runs: pd.DataFrame) -> list[Note]:
    nominal = budgets(runs)
    signs = pd.Series(np.sign(residuals)).groupby(nominal.to_numpy())
    table = signs.agg(["size", "min", "max"])
    chance = len(table) * 2.0 ** (1 - table["size"])
    hit = table[(table["min"] == table["max"]) & (table["min"] != 0) & (chance < CHANCE)]
    return [
        Note(
            f"all {count} runs at {C:.3g} lie {'above' if sign > 0 else 'below'} it",
            f"预算 {C:.3g} 的 {count} 次训练全在它{'上' if sign > 0 else '下'}方",
        )
        for C, count, sign in zip(hit.index, hit["size"], hit["min"])
    ]


def _floorless(replicates: Replicates, lowest: float) -> list[Note]:
    low, high = replicates.interval("E")
    if not low < FLOOR * lowest:
        return []
    return [
        Note(
            f"the interval of E, [{low:.3g}, {high:.3g}], reaches 0",
            f"E 的区间 [{low:.3g}, {high:.3g}] 一直到 0",
        )
    ]


def large(residuals: np.ndarray) -> np.ndarray:
    """Places of the runs that are missed by far more than the others, the worst first."""
    size = np.abs(residuals)
    middle = float(np.median(size))
    order = np.argsort(-size, kind="stable")
    return order[size[order] > LARGE * middle] if middle > 0 else order[:0]


def _large(residuals: np.ndarray, runs: pd.DataFrame) -> list[Note]:
    hit = large(residuals)
    if not len(hit):
        return []
    size = np.abs(residuals)
    row, times = runs.index[hit[0]], f"{size[hit[0]] / np.median(size):.0f}"
    return [
        Note(
            f"{len(hit)} of {len(runs)} runs missed by more than {LARGE:.0f} times the median "
            f"residual (row {row} by {times}): look at those rows; if they are right, the form "
            f"does not fit there: do not extrapolate with the surface",
            f"{len(runs)} 次训练里有 {len(hit)} 次的残差超过中位数的 {LARGE:.0f} 倍"
            f"（第 {row} 行是 {times} 倍）：先查这些行；它们要是没错，这种形式在那里就不合，"
            f"不要用曲面外推",
        )
    ]


def budgets(runs: pd.DataFrame) -> pd.Series:
    """Each run's nominal budget in FLOPs, NaN where it has none; all NaN where there are none."""
    column = runs["budget"] if "budget" in runs else runs["flops"]
    try:
        return _nominal.budgets(column, runs["params"])[0]
    except ValueError:
        return pd.Series(np.nan, index=runs.index)
