"""Minima that a parabola puts where no run was, and the runs near enough to a minimum to count."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from isoflop._budget import Budget

BEND = 0.1
"""Losses further above their budget's lowest than this share are far enough to bend a parabola."""


def close(loss: np.ndarray, near: float | None) -> np.ndarray:
    """Which of one budget's runs count: those within ``near`` of the lowest loss, or all."""
    return loss <= loss.min() * (1 + (math.inf if near is None else near))


def far(loss: np.ndarray, C: np.ndarray, near: float | None) -> int:
    """How many runs ``near`` leaves out."""
    return sum(int((~close(loss[C == budget], near)).sum()) for budget in np.unique(C))


def kind(group: Budget, inside: bool, near: float | None) -> str:
    """Of a minimum outside the sizes: ``"bent"`` where the losses themselves show one between two
    sizes and others lie far above it, ``"flat"`` where none is far, ``"beyond"`` where the lowest
    run is the smallest or the largest. "" for a minimum inside.
    """
    lowest = group.x[np.argmin(group.y)]
    if inside:
        return ""
    if not group.x.min() < lowest < group.x.max():
        return "beyond"
    return "bent" if near is None and not close(group.y, BEND).all() else "flat"


_WHY = {
    "bent": "sizes far from the minimum bend the parabola; fit again with the sizes near it "
    f"(near={BEND})",
    "flat": "the losses are too flat or too noisy for a parabola; add sizes about the lowest",
}


def _outside(group: Budget, m, what: str) -> str:
    """What to say of a minimum outside the sizes: nothing was lower there, or the fit missed it."""
    if what == "beyond":
        return f"budget {m.budget:.3g}: the minimum, N = {m.N:.3g}, lies outside the sampled sizes"
    lowest = np.exp(group.x[np.argmin(group.y)] + group.centre)
    return (
        f"budget {m.budget:.3g}: the parabola's minimum, N = {m.N:.3g}, lies outside the sampled "
        f"sizes, but the lowest loss is at N = {lowest:.3g}, between two others: {_WHY[what]}"
    )


def said(
    minima: pd.DataFrame, groups: list[Budget], kinds: list[str], level: float, missing: float
) -> tuple[str, ...]:
    """What to know of the minima; ``missing``: the share of resampled curves without one."""
    rows = zip(groups, minima.itertuples(), kinds)
    notes = [_outside(group, m, what) for group, m, what in rows if what]
    notes += [
        f"budget {m.budget:.3g}: as many coefficients as runs, so its noise is unknown and left out"
        for m in minima[minima["residual_sd"].isna()].itertuples()
    ]
    if missing > 1 - level:
        notes.append(f"{missing:.0%} of resampled curves had no minimum; the interval omits them")
    return tuple(notes)
