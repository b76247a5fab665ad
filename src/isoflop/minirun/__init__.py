"""The mini-run: real tiny Transformers, trained along IsoFLOP budgets and kept as a runs table.

``corpus`` reads the text, ``shape`` and ``recipe`` say what a run is, ``model`` and ``step``
train, ``grids`` lists the runs of a profile, ``sweep`` trains them and survives being killed.
This package writes tables and knows no fitting. What ``isoflop[minirun]`` installs is imported when
training begins.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd

from isoflop.minirun import corpus, grids, table

__all__ = ["device", "live", "read"]


def device() -> str:
    """``"cuda"`` where PyTorch sees a CUDA GPU, else ``"cpu"``."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def live(profile: str = "auto", directory: str | Path | None = None, report=None) -> pd.DataFrame:
    """Train a profile here and now and return its runs; made for notebooks.

    ``profile``: ``"auto"`` is ``"gpu-live"`` where there is a CUDA GPU and ``"smoke"`` where not;
    or a name of ``grids.PROFILES``. ``directory``: where runs are kept and resumed, by default a
    temporary folder. ``report(progress)``: called about once a second with a ``table.Progress``.

    Raises what ``sweep.run`` raises, and ValueError for a profile there is not.
    """
    from isoflop.minirun import sweep

    place = device()
    if profile == "auto":
        profile = "gpu-live" if place == "cuda" else "smoke"
    where = "cuda" if profile.startswith("gpu") else "cpu"
    if where == "cuda" and place != "cuda":
        raise ValueError(f"profile {profile!r} needs a CUDA GPU, and there is none here")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(directory or temporary)
        tell = (lambda path: None) if report is None else lambda p: report(table.progress(p))
        sweep.run(
            grids.units(profile), corpus.installed(), folder,
            device=where, resume=True, report=tell,
        )  # fmt: skip
        return read(folder)


def read(directory: str | Path) -> pd.DataFrame:
    """The runs of a sweep's folder so far, as a table whose columns are ``table.COLUMNS``.

    Raises FileNotFoundError where no sweep was ever begun in it.
    """
    if not (Path(directory) / "manifest.json").is_file():
        raise FileNotFoundError(f"no sweep was ever begun in {directory}")
    return pd.read_csv(table.assemble(Path(directory)))
