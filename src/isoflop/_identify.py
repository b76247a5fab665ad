"""What a design can determine, decided before anything is fitted to it."""

from __future__ import annotations

import numpy as np

from isoflop.runs import columns

NAMES = ("A", "alpha", "B", "beta", "E")
"""Parameters in the solver's order."""

HOPELESS, LOOSE = 1e5, 1e3
"""Condition numbers of the column-scaled Jacobian: above the first no fit, above the second a
warning."""


def checked(N, D, loss, weights) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The four columns as float64, one length, every value good.

    Raises ValueError naming the column and row that is not.
    """
    N, D, loss = columns(N=N, D=D, loss=loss)
    w = np.ones(len(N)) if weights is None else np.asarray(weights, dtype=np.float64)
    if w.shape != N.shape:
        raise ValueError(f"weights {w.shape} must have the shape of N {N.shape}")
    bad = ~(np.isfinite(w) & (w >= 0))
    if bad.any():
        row = int(np.flatnonzero(bad)[0])
        raise ValueError(f"weights must be finite and not negative; got {w[row]} at index ({row},)")
    return N, D, loss, w


def require_identifiable(N, D, loss, w) -> None:
    """Raises ValueError where the rows of positive weight cannot determine five parameters."""
    N, D, loss = N[w > 0], D[w > 0], loss[w > 0]
    if len(N) < 6:
        raise ValueError(f"{len(N)} points for five parameters; at least 6 are needed")
    for name, values in (("N", N), ("D", D)):
        distinct = len(np.unique(values))
        if distinct < 3:
            raise ValueError(
                f"{distinct} distinct {name}: its exponent cannot be determined; "
                f"at least 3 different {name} are needed"
            )
    if np.ptp(np.log(loss)) < 1e-9:
        raise ValueError("loss does not vary: there is nothing to fit")
    _require_two_directions(np.log(N), np.log(D))


def _require_two_directions(log_N: np.ndarray, log_D: np.ndarray) -> None:
    """N and D must not rise together along one line: then only their joint effect shows.

    Decided from the design alone; with noise in the loss, a condition number alone misses it.
    """
    slope, intercept = np.polyfit(log_N, log_D, 1)
    residual = log_D - slope * log_N - intercept
    if slope > 0 and residual.std() < 0.01 * log_D.std():
        raise ValueError(
            f"D grows with N along one line (D proportional to N^{slope:.2f} in every row): the "
            f"data cannot determine how the loss splits between the N term and the D term. Add "
            f"runs off that line, for example several sizes at one budget."
        )


def condition(jacobian: np.ndarray) -> tuple[float, tuple[str, ...]]:
    """Condition number of the column-scaled Jacobian, and the parameters its weakest direction
    is made of."""
    norms = np.linalg.norm(jacobian, axis=0)
    if not (norms > 0).all():
        return np.inf, tuple(n for n, size in zip(NAMES, norms) if size == 0)
    _, s, Vt = np.linalg.svd(jacobian / norms, full_matrices=False)
    weak = np.abs(Vt[-1])
    loose = tuple(n for n, v in zip(NAMES, weak) if v > 0.4 * weak.max())
    return (float(s[0] / s[-1]) if s[-1] > 0 else np.inf), loose


def require_conditioned(number: float, loose: tuple[str, ...]) -> None:
    """The second guard, after fitting. Raises ValueError above HOPELESS."""
    if number > HOPELESS:
        raise ValueError(
            f"the data do not determine {', '.join(loose)} (condition number {number:.1e}): "
            f"some combination of them can change without changing the fit. Add runs that vary "
            f"N at fixed D and D at fixed N."
        )
