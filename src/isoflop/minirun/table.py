"""Runs as rows: what a sweep keeps of each, how its table is made, how far it has come."""

from __future__ import annotations

import json
import platform
import time
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import pandas as pd

from isoflop.minirun.corpus import Corpus
from isoflop.minirun.grids import Unit
from isoflop.minirun.recipe import Run
from isoflop.minirun.shape import Shape
from isoflop.runs import replace_file

__all__ = ["COLUMNS", "Progress", "progress"]

COLUMNS = (
    "budget", "flops", "params", "params_nonembedding", "d_model", "n_layers", "context", "batch",
    "tokens", "steps", "lr", "decay", "loss", "seed", "arm", "status", "cpu_seconds",
    "wall_seconds", "device", "mfu", "manifest",
)  # fmt: skip
"""Of ``runs.csv``: budgets nominal and exact, both countings of N, nats per byte, seconds of one
core (of a unit trained together, each run's share), ``mfu`` against the ceiling measured."""


def row(run: Run, corpus: Corpus) -> dict:
    """What is known of a run before it is trained."""
    shape = run.shape
    return {
        "budget": run.budget,
        "flops": run.flops,
        "params": shape.parameters(),
        "params_nonembedding": shape.nonembedding(),
        "d_model": shape.d_model,
        "n_layers": shape.n_layers,
        "context": shape.context,
        "batch": run.batch,
        "tokens": run.tokens,
        "steps": run.steps,
        "lr": run.lr,
        "decay": run.decay,
        "seed": run.seed,
        "arm": run.arm,
        "manifest": corpus.id,
    }


def run_of(row: dict | pd.Series) -> Run:
    """The run a stored row is about, to be trained again."""
    shape = Shape(int(row["d_model"]), int(row["n_layers"]), int(row["context"]))
    return Run(
        shape, float(row["budget"]), int(row["steps"]), float(row["lr"]), int(row["seed"]),
        str(row["arm"]), int(row["batch"]), float(row["decay"]),
    )  # fmt: skip


def content(outcomes: list, corpus: Corpus, ceiling: float) -> dict:
    """A unit's rows and curves as plain data. ``ceiling``: FLOPs a second of large products."""
    rows = [
        row(o.run, corpus)
        | {
            "loss": o.loss if o.status == "done" else None,
            "status": o.status,
            "cpu_seconds": round(o.cpu_seconds, 3),
            "wall_seconds": round(o.wall_seconds, 3),
            "device": o.device,
            "mfu": round(o.run.flops / (o.wall_seconds * ceiling), 4),
        }
        for o in outcomes
    ]
    curves = [{"train": o.curve, "held_out": o.checks} for o in outcomes]
    return {"runs": rows, "curves": curves}


def failure(runs: tuple[Run, ...], corpus: Corpus, device: str, problem: Exception) -> dict:
    """Rows of a unit that stopped with an error, which they quote."""
    why = f"{type(problem).__name__}: {problem}"
    rows = [
        row(run, corpus) | {"loss": None, "status": "failed", "device": device, "problem": why}
        for run in runs
    ]
    return {"runs": rows, "curves": [{"train": [], "held_out": []} for _ in runs]}


def manifest(corpus: Corpus, units: list[Unit], device: str) -> dict:
    """What a folder of runs was made from and on."""
    return {
        "corpus": corpus.manifest,
        "isoflop": metadata.version("isoflop"),
        "torch": metadata.version("torch"),
        "python": platform.python_version(),
        "machine": f"{platform.machine()} {platform.system()}",
        "device": device,
        "units": {unit.name: round(unit.weight(), 3) for unit in units},
        "flops": sum(run.flops for unit in units for run in unit.runs),
        "runs": sum(len(unit.runs) for unit in units),
    }


def differs(before: dict, now: dict) -> str:
    """In words, how two corpora differ; empty where they do not."""
    if before["sha256"] == now["sha256"]:
        return ""
    packages, mine = before.get("packages", {}), now.get("packages", {})
    if not packages or not mine:
        named = [about.get("text", "installed packages") for about in (before, now)]
        return " and ".join(named)
    changed = [
        f"{name} {packages.get(name, 'absent')}, now {mine.get(name, 'absent')}"
        for name in sorted(packages.keys() | mine.keys())
        if packages.get(name) != mine.get(name)
    ]
    return "; ".join(changed) or "the same versions with other files"


def units_in(directory: Path) -> list[dict]:
    """The finished units of a folder, by name; a file that cannot be read counts as not there."""
    found = []
    for path in sorted((directory / "units").glob("*.json")):
        try:
            found.append(json.loads(path.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            continue
    return found


_ORDER = ["arm", "budget", "d_model", "lr", "seed"]


def assemble(directory: Path) -> Path:
    """Write ``runs.csv`` and ``curves.csv`` from the finished units; the path of the first.

    A curve's ``run`` is its row in ``runs.csv``, counted from zero.
    """
    pairs = [pair for u in units_in(directory) for pair in zip(u["runs"], u["curves"])]
    pairs.sort(key=lambda pair: [pair[0][name] for name in _ORDER])
    curves = [
        (run, kind, step, loss)
        for run, (_, curve) in enumerate(pairs)
        for kind, points in curve.items()
        for step, loss in points
    ]
    lines = pd.DataFrame(curves, columns=["run", "kind", "step", "loss"])
    text = lines.to_csv(index=False, float_format="%.6g")
    replace_file(directory / "curves.csv", text.encode())
    runs = pd.DataFrame([about for about, _ in pairs], columns=COLUMNS)
    # Numbers as short as they can be read back exactly: a row must make its run again.
    return replace_file(directory / "runs.csv", runs.to_csv(index=False).encode())


@dataclass(frozen=True)
class Progress:
    """How far a sweep has come. ``seconds``: work done and in all, as foreseen for one core.

    ``running``: of each unit in work its name, the share done and the latest training losses.
    """

    runs_done: int
    runs: int
    flops_done: float
    flops: float
    seconds_done: float
    seconds: float
    running: tuple[tuple[str, float, tuple[float, ...]], ...]
    troubled: int


def progress(directory: str | Path, stale: float = 120.0) -> Progress:
    """Read a folder's progress; FileNotFoundError where no sweep was ever begun in it."""
    directory = Path(directory)
    about = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
    finished = {p.stem for p in (directory / "units").glob("*.json")}
    rows = [r for unit in units_in(directory) for r in unit["runs"]]
    running = tuple(_live(directory, finished, stale))
    part = sum(about["units"].get(name, 0) * share for name, share, _ in running)
    return Progress(
        runs_done=len(rows),
        runs=about["runs"],
        flops_done=sum(r["flops"] for r in rows),
        flops=about["flops"],
        seconds_done=sum(about["units"].get(name, 0) for name in finished) + part,
        seconds=sum(about["units"].values()),
        running=running,
        troubled=sum(r["status"] != "done" for r in rows),
    )


def _live(directory: Path, finished: set[str], stale: float):
    for path in sorted((directory / "live").glob("*.json")):
        try:
            fresh = time.time() - path.stat().st_mtime < stale
            beat = json.loads(path.read_text(encoding="utf-8"))
            share, losses = beat["share"], tuple(beat["losses"])
        except (OSError, ValueError, KeyError, TypeError):
            continue
        if fresh and path.stem not in finished:
            yield path.stem, share, losses
