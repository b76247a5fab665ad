"""Bootstrap replicates of a fit, and intervals of whatever can be computed from them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from isoflop.laws import positive
from isoflop.lines import percentiles


@dataclass(frozen=True)
class Replicates:
    """One row per replicate; ``failed`` of them gave no fit and are not in the table."""

    table: pd.DataFrame
    level: float
    failed: int = 0

    AT_BUDGET = ()

    def at(self, quantity: str, C: float) -> np.ndarray:
        """Each replicate's value of a quantity at budget C; subclasses say which there are."""
        raise NotImplementedError

    def values(self, quantity: str, C: float | None = None) -> np.ndarray:
        """Each replicate's value of a column, or of a quantity at a budget of C FLOPs.

        Raises ValueError for a quantity there is not, or where C is missing.
        """
        if quantity in self.table.columns:
            return self.table[quantity].to_numpy()
        if quantity not in self.AT_BUDGET:
            known = ", ".join([*self.table.columns, *self.AT_BUDGET])
            raise ValueError(f"no quantity {quantity!r}; there are {known}")
        if C is None:
            raise ValueError(f"{quantity!r} depends on the budget: pass C=… in FLOPs")
        return self.at(quantity, float(positive("C", C)))

    def interval(self, quantity: str, C: float | None = None) -> tuple[float, float]:
        """The central interval at ``level`` of ``values(quantity, C)``: (low, high)."""
        return percentiles(self.values(quantity, C), self.level)


class SurfaceReplicates(Replicates):
    """Replicates of a surface: columns E, A, B, alpha, beta, a, b."""

    AT_BUDGET = ("N_opt", "D_opt", "tokens_per_parameter", "loss_opt")

    def at(self, quantity: str, C: float) -> np.ndarray:
        """Each replicate's N_opt, D_opt, tokens_per_parameter or loss_opt at budget C, FLOPs."""
        E, A, B, alpha, beta, a, _ = (self.table[c].to_numpy() for c in self.table.columns[:7])
        N = (alpha * A / (beta * B)) ** (1 / (alpha + beta)) * (C / 6) ** a
        D = C / (6 * N)
        if quantity == "loss_opt":
            return E + A / N**alpha + B / D**beta
        return _part(quantity, N, D)


class LineReplicates(Replicates):
    """Replicates of the lines N* = N0 C^a, D* = D0 C^b: columns a, b, log_N0, log_D0."""

    AT_BUDGET = ("N_opt", "D_opt", "tokens_per_parameter")

    def at(self, quantity: str, C: float) -> np.ndarray:
        """Each replicate's N_opt, D_opt or tokens_per_parameter at budget C, FLOPs."""
        with np.errstate(over="ignore"):  # a wild resample may send a line anywhere
            N = np.exp(self.table["log_N0"] + self.table["a"] * np.log(C)).to_numpy()
            D = np.exp(self.table["log_D0"] + self.table["b"] * np.log(C)).to_numpy()
            return _part(quantity, N, D)


def _part(quantity: str, N: np.ndarray, D: np.ndarray) -> np.ndarray:
    if quantity == "tokens_per_parameter":
        return D / N
    return N if quantity == "N_opt" else D
