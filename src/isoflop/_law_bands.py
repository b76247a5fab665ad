"""Our own fits behind the catalogue, stored: constants and bootstrap quantiles, no row of data.

Quantiles of N* and of the loss at it stand on a grid of log C; those of D = C/(6N) and of D/N
follow, since they fall and rise with N. ``python -m isoflop.catalogue`` renews the store.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

import isoflop
from isoflop.runs import replace_file

STORE = Path(__file__).parent / "_results" / "laws.json"
RUNS = {
    "refit": "chinchilla-figure4",
    "llama3": "llama_3__exp_loss",
    "marin": "marin_202603__dclm__llama_2",
}
"""Each fit, and its data set or its experiment among the IsoFLOP points."""

DROPPED = 5
"""Of Hoffmann et al.'s points, those of highest loss, as Besiroglu et al. leave them out."""

LOG10_C = np.linspace(17, 27, 161)
REPLICATES, SEED, LEVEL = 4000, 0, 0.95


@dataclass(frozen=True)
class Quantiles:
    """An interval for every budget of a grid: ``N`` and ``loss`` are (2, n), low and high."""

    log10_C: np.ndarray
    N: np.ndarray
    loss: np.ndarray

    def at(self, C: float) -> dict[str, tuple[float, float]] | None:
        """Intervals of N, D, tokens_per_parameter and loss at C FLOPs; None beyond the grid."""
        x = np.log10(C)
        if not self.log10_C[0] <= x <= self.log10_C[-1]:
            return None
        N, loss = (
            [float(np.exp(np.interp(x, self.log10_C, np.log(end)))) for end in band]
            for band in (self.N, self.loss)
        )
        D = [C / (6 * size) for size in N[::-1]]
        ratio = [tokens / size for tokens, size in zip(D, N[::-1])]
        parts = {"N": N, "D": D, "tokens_per_parameter": ratio, "loss": loss}
        return {name: (low, high) for name, (low, high) in parts.items()}


@dataclass(frozen=True)
class Fitted:
    """A stored fit: constants, interval of a, least and most FLOPs and number of its runs."""

    constants: dict[str, float]
    a: tuple[float, float]
    fitted: tuple[float, float]
    runs: int
    level: float
    quantiles: Quantiles


@cache
def load(name: str) -> Fitted:
    """A stored fit by its name in ``RUNS``."""
    store = json.loads(STORE.read_text(encoding="utf-8"))
    one, grid = store["laws"][name], np.array(store["log10_C"])
    band = Quantiles(grid, np.array(one["N"]), np.array(one["loss"]))
    ends = tuple(one["a"]), tuple(one["fitted"])
    return Fitted(one["constants"], *ends, one["runs"], store["level"], band)


def runs_of(name: str):
    """The runs behind a fit. Raises DataUnavailable where the data cannot be had."""
    from isoflop import datasets

    if name == "refit":
        table = datasets.load(RUNS[name]).sort_values("loss", kind="stable")
        return table.iloc[:-DROPPED]
    table = datasets.load("isoflops")
    return table[table["experiment"] == RUNS[name]]


def compute(name: str) -> dict:
    """One fit as it is stored."""
    from isoflop import surface
    from isoflop.runs import columns_of

    runs = runs_of(name)
    columns = columns_of(runs)[:3]
    law = surface.fit(*columns).law
    boot = surface.bootstrap(*columns, replicates=REPLICATES, seed=SEED, level=LEVEL)
    bands = {
        short: np.array([boot.interval(quantity, C) for C in 10**LOG10_C]).T
        for short, quantity in (("N", "N_opt"), ("loss", "loss_opt"))
    }
    return {
        "constants": {k: getattr(law, k) for k in ("E", "A", "B", "alpha", "beta")},
        "a": list(boot.interval("a")),
        "fitted": [float(runs["flops"].min()), float(runs["flops"].max())],
        "runs": len(runs),
        "data": {RUNS[name]: list(runs.attrs["sha256"])},
        # Seven digits: far below what interpolation leaves out.
        **{k: [[float(f"{x:.7g}") for x in end] for end in v] for k, v in bands.items()},
    }


def renew() -> Path:
    """Compute every fit and store it. Raises DataUnavailable where the data cannot be had."""
    about = {
        "version": isoflop.__version__,
        "level": LEVEL,
        "replicates": REPLICATES,
        "seed": SEED,
        "log10_C": LOG10_C.tolist(),
    }
    laws = []
    for name in RUNS:
        parts = [f"   {json.dumps(k)}: {json.dumps(v)}" for k, v in compute(name).items()]
        laws.append(f"  {json.dumps(name)}: {{\n" + ",\n".join(parts) + "\n  }")
    head = "".join(f" {json.dumps(k)}: {json.dumps(v)},\n" for k, v in about.items())
    text = "{\n" + head + ' "laws": {\n' + ",\n".join(laws) + "\n }\n}\n"
    return replace_file(STORE, text.encode())
