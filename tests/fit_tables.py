"""Tables that nobody here made, as others would write them: runs of a known law in any dress."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from typer.testing import CliRunner, Result

from isoflop import cli, laws, simulate

LAW = laws.BESIROGLU_2024
BUDGETS = np.geomspace(1e19, 1e21, 4)


def runs(noise: float = 0.003, seed: int = 0) -> pd.DataFrame:
    """36 runs: nine sizes at each of four budgets."""
    sizes = simulate.sizes_around(LAW, BUDGETS, factor=6, count=9)
    table = simulate.runs(LAW, BUDGETS, sizes, noise=noise, seed=seed)
    return table[["params", "tokens", "flops", "loss"]]


def write(path: Path, text: str | bytes) -> Path:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def isoflop(*words) -> Result:
    return CliRunner().invoke(cli.app, [str(word) for word in words])
