"""The laws side by side: what each recommends for a budget, and the band it has, if any.

Published laws take their constants from ``published``; three are our own fits of approach 3 to
public runs. The bands of those three, bootstrap quantiles over a grid of budgets, are stored beside
this module, so that comparing laws needs no data: ``python -m isoflop.explorer`` renews them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from isoflop import datasets, laws, published, surface
from isoflop._published_models import HOFFMANN_OPTIMA
from isoflop.runs import replace_file

STORE = Path(__file__).parent / "_results" / "explorer.json"
QUANTITIES = {"N": "N_opt", "D": "D_opt", "ratio": "tokens_per_parameter", "loss": "loss_opt"}
LOG10_C = np.linspace(17, 27, 81)
REPLICATES, SEED, LEVEL = 4000, 0, 0.95
FITTED = {
    "refit": "chinchilla-figure4",
    "llama3": "llama_3__exp_loss",
    "marin": "marin_202603__dclm__llama_2",
}
"""Our fits, and the data set or experiment behind each."""


@dataclass(frozen=True)
class Line:
    """N* = exp(log_N0) * C^a with D = C/(6N); an approach that predicts no loss."""

    log_N0: float
    a: float

    def optimum(self, C: float) -> laws.Allocation:
        """The recommended run; its loss is NaN. Raises ValueError for a C that is not positive."""
        C = laws.positive("C", C)
        N = np.exp(self.log_N0 + self.a * np.log(C))
        return laws.Allocation(C, N, C / (6 * N), C * np.nan)


@dataclass(frozen=True)
class Entry:
    """One law: its id, how it computes, and the budgets in FLOPs of the runs behind it.

    ``band`` holds, for each of N, D, ratio and loss, the (low, high) of the stored quantiles at
    ``LOG10_C``; it is None where nothing is published and we made no fit.
    """

    id: str
    law: laws.ChinchillaLaw | laws.KaplanLaw | Line
    fitted: tuple[float, float]
    band: dict[str, tuple[np.ndarray, np.ndarray]] | None = None

    def interval(self, quantity: str, C: float) -> tuple[float, float] | None:
        """The stored band of N, D, ratio or loss at C FLOPs, interpolated in logarithms."""
        if self.band is None:
            return None
        x = np.log10(laws.positive("C", C))
        low, high = (np.exp(np.interp(x, LOG10_C, np.log(b))) for b in self.band[quantity])
        return float(low), float(high)


def entries() -> dict[str, Entry]:
    """Every law by its id, in the order of the comparison."""
    store = json.loads(STORE.read_text(encoding="utf-8"))
    ours = {name: _fitted(name, store[name]) for name in FITTED}
    design = published.HOFFMANN_DESIGN
    budgets = design["approach_2_lowest"], design["approach_2_highest"]
    runs = ours["refit"].fitted
    kaplan = tuple(6 * N * D for N, D in zip(published.KAPLAN_SIZES, published.KAPLAN_TOKENS))
    rows = (
        ours["refit"],
        Entry("besiroglu", laws.BESIROGLU_2024, runs),
        Entry("hoffmann1", _line(1), budgets),
        Entry("hoffmann2", _line(2), budgets),
        Entry("hoffmann3", laws.HOFFMANN_2022, runs),
        ours["llama3"],
        ours["marin"],
        Entry("kaplan", laws.KAPLAN, kaplan),
    )
    return {row.id: row for row in rows}


def _line(approach: int) -> Line:
    """Approaches 1 and 2 print no coefficient: a line through their table of optima."""
    N, C = np.log(np.array(HOFFMANN_OPTIMA[approach])).T
    a, log_N0 = np.polyfit(C, N, 1)
    return Line(float(log_N0), float(a))


def _fitted(name: str, stored: dict) -> Entry:
    band = {
        q: (np.array(stored["band"][q]["low"]), np.array(stored["band"][q]["high"]))
        for q in QUANTITIES
    }
    law = laws.ChinchillaLaw(**stored["constants"])
    return Entry(name, law, tuple(stored["fitted"]), band)


def runs_of(name: str) -> pd.DataFrame:
    """The runs behind one of our fits: as chapter 8 takes them, or one experiment of IsoFLOPs.

    Raises DataUnavailable where the data are not at hand.
    """
    if name == "refit":
        table = datasets.load(FITTED[name], stand_in=False)
        return table.sort_values("loss", kind="stable").iloc[:-5]
    table = datasets.load("isoflops", stand_in=False)
    return table[table["experiment"] == FITTED[name]]


def fit(name: str, replicates: int = REPLICATES) -> dict:
    """One of our fits, its constants, range and quantiles, as they are stored."""
    runs = runs_of(name)
    columns = [runs[c].to_numpy() for c in ("params", "tokens", "loss")]
    law = surface.fit(*columns).law
    boot = surface.bootstrap(*columns, replicates=replicates, seed=SEED, level=LEVEL)
    band = {}
    for short, quantity in QUANTITIES.items():
        low, high = np.array([boot.interval(quantity, C) for C in 10**LOG10_C]).T
        band[short] = {"low": _rounded(low), "high": _rounded(high)}
    return {
        "constants": {k: getattr(law, k) for k in ("E", "A", "B", "alpha", "beta")},
        "fitted": [float(runs["flops"].min()), float(runs["flops"].max())],
        "runs": len(runs),
        "level": LEVEL,
        "replicates": replicates,
        "data": list(runs.attrs["sha256"]),
        "band": band,
    }


def _rounded(values: np.ndarray) -> list[float]:
    """Nine digits: far below what interpolation leaves out."""
    return [float(f"{v:.9g}") for v in values]


if __name__ == "__main__":
    text = json.dumps({name: fit(name) for name in FITTED}, indent=1)
    replace_file(STORE, (text + "\n").encode())
    print(f"wrote {STORE.name}")
