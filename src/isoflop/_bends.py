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


def is_bent(group: Budget, inside: bool) -> bool:
    """A parabola that misses a minimum which the losses themselves show between two sizes."""
    lowest = group.x[np.argmin(group.y)]
    return not inside and bool(group.x.min() < lowest < group.x.max())


def _outside(group: Budget, m, near: float | None) -> str:
    """What to say of a minimum outside the sizes: nothing was lower there, or the fit missed it."""
    if not is_bent(group, m.inside):
        return f"budget {m.budget:.3g}: the minimum, N = {m.N:.3g}, lies outside the sampled sizes"
    lowest = np.exp(group.x[np.argmin(group.y)] + group.centre)
    if near is None and not close(group.y, BEND).all():
        why = "sizes far from the minimum bend the parabola; fit again with the sizes near it"
        why += f" (near={BEND})"
    else:
        why = "the losses are too flat or too noisy for a parabola; add sizes about the lowest"
    return (
        f"budget {m.budget:.3g}: the parabola's minimum, N = {m.N:.3g}, lies outside the sampled "
        f"sizes, but the lowest loss is at N = {lowest:.3g}, between two others: {why}"
    )


def said(
    minima: pd.DataFrame, groups: list[Budget], near: float | None, level: float, missing: float
) -> tuple[str, ...]:
    rows = list(zip(groups, minima.itertuples()))
    notes = [_outside(group, m, near) for group, m in rows if not m.inside]
    notes += [
        f"budget {m.budget:.3g}: as many coefficients as runs, so its noise is unknown and left out"
        for m in minima[minima["residual_sd"].isna()].itertuples()
    ]
    if missing > 1 - level:
        notes.append(f"{missing:.0%} of resampled curves had no minimum; the interval omits them")
    return tuple(notes)
