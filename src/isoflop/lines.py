"""Straight lines through logarithms: the last step of every approach."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats


def line(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Least-squares slope and intercept of y on x.

    >>> import numpy as np
    >>> from isoflop import lines
    >>> lines.line(np.array([0.0, 1.0, 2.0]), np.array([1.0, 3.0, 5.0]))
    (2.0, 1.0)
    """
    slope, intercept = lines(x, np.atleast_2d(y))
    return float(slope[0]), float(intercept[0])


def lines(x: np.ndarray, Y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Slope and intercept of each row of Y (rows, n) on x (n,) over entries that are not NaN.

    A row with fewer than two distinct x left gives NaN.
    """
    seen = np.isfinite(Y)
    weight = seen / np.maximum(seen.sum(axis=1, keepdims=True), 1)
    Y = np.where(seen, Y, 0.0)
    centre = (weight * x).sum(axis=1)
    dx = x - centre[:, None]
    spread = (weight * dx**2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.where(spread > 0, (weight * dx * Y).sum(axis=1) / spread, np.nan)
    return slope, (weight * Y).sum(axis=1) - slope * centre


def student_interval(x: np.ndarray, y: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Student's interval of the slope of y on x, from the scatter about the line.

    Two points leave no scatter to judge by: the interval is then the whole line.
    """
    if len(x) < 3:
        return (-np.inf, np.inf)
    line = stats.linregress(x, y)
    half = stats.t.ppf((1 + level) / 2, len(x) - 2) * line.stderr
    return float(line.slope - half), float(line.slope + half)


def student_interval_at(
    x: np.ndarray, y: np.ndarray, at: float, level: float = 0.95
) -> tuple[float, float]:
    """Student's interval of the line of y on x at x = ``at``, from the scatter about the line."""
    if len(x) < 3:
        return (-np.inf, np.inf)
    line = stats.linregress(x - at, y)
    half = stats.t.ppf((1 + level) / 2, len(x) - 2) * line.intercept_stderr
    return float(line.intercept - half), float(line.intercept + half)


def percentiles(values: ArrayLike, level: float = 0.95) -> tuple:
    """The central interval of bootstrap replicates (floats); those that are NaN are left out.

    Of a table with a row per replicate, the interval of each column: two arrays.
    """
    ends = [50 * (1 - level), 50 * (1 + level)]
    low, high = np.nanpercentile(values, ends, axis=0)
    return (low, high) if np.ndim(low) else (float(low), float(high))
