"""Our own runs, kept in the package: the tiny models of the mini-run, and their curves."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd

from isoflop.runs import replace_file, validate

FOLDER = Path(__file__).with_name("_minirun")
NAMES = ("minirun-cpu", "minirun-cpu-curves")

_COUNTS = ["budget", "flops", "params", "params_nonembedding", "tokens", "steps", "batch"]
_POINTS = 40  # of each training curve


def load(name: str) -> pd.DataFrame:
    """A table of ``NAMES``; counts are float64, a run that was not done has no loss."""
    kind = name.removesuffix("-curves")
    runs = pd.read_csv(FOLDER / f"{kind}.csv")
    runs[_COUNTS] = runs[_COUNTS].astype(np.float64)
    validate(runs[runs["status"] == "done"], name=name)
    frame = runs if name == kind else _curves(runs, pd.read_csv(FOLDER / f"{name}.csv"))
    frame.attrs = {"dataset": name, "stand_in": False, "manifest": manifest(kind)}
    return frame


def manifest(kind: str) -> dict:
    """What the runs were made from and on."""
    return json.loads((FOLDER / f"{kind}.json").read_text(encoding="utf-8"))


def _curves(runs: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """Each point with its run's size, and the tokens and both FLOPs spent until then."""
    about = ["budget", "params", "params_nonembedding", "d_model", "arm", "seed", "lr"]
    of = runs.loc[points["run"]].reset_index(drop=True)
    share = points["step"] / of["steps"]
    counts = {"tokens": share * of["tokens"], "flops": share * of["flops"]}
    return points.assign(**counts, **of[about])[
        ["run", "params", "tokens", "flops", "loss", "kind", "step", *about[:1], *about[2:]]
    ]


def store(directory: str | Path, name: str, folder: Path = FOLDER) -> None:
    """Keep a sweep's folder as package data: its runs, its curves thinned, its manifest.

    ``curves`` keep every held-out loss and the means of ``_POINTS`` equal parts of the training
    losses. Raises FileNotFoundError where the folder holds no table.
    """
    directory = Path(directory)
    runs, curves = (pd.read_csv(directory / f"{t}.csv") for t in ("runs", "curves"))
    curves = curves[curves["run"].isin(runs.index)]
    parts = [_thin(group) for _, group in curves.groupby(["run", "kind"], sort=False)]
    thin = pd.concat(parts)[["run", "kind", "step", "loss"]]
    replace_file(folder / f"{name}.csv", runs.to_csv(index=False).encode())
    text = thin.to_csv(index=False, float_format="%.5g")
    replace_file(folder / f"{name}-curves.csv", text.encode())
    about = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
    about.pop("units")
    replace_file(folder / f"{name}.json", (json.dumps(about, indent=1) + "\n").encode())


def _thin(curve: pd.DataFrame) -> pd.DataFrame:
    if curve["kind"].iloc[0] != "train" or len(curve) <= _POINTS:
        return curve
    ends = np.round(np.linspace(0, len(curve), _POINTS + 1)).astype(int)
    width = np.diff(curve["step"].to_numpy(), prepend=0)
    sums = [np.average(curve["loss"].iloc[a:b], weights=width[a:b]) for a, b in zip(ends, ends[1:])]
    return curve.iloc[ends[1:] - 1].assign(loss=sums)
