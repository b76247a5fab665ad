"""``isoflop minirun``: train real tiny Transformers along IsoFLOP budgets."""

from __future__ import annotations

import contextlib
import sys
import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from isoflop.cli._say import duration, stop, tell

app = typer.Typer(no_args_is_help=True)


@app.callback()
def about() -> None:
    """Train real tiny Transformers along IsoFLOP budgets, and keep the runs.

    smoke: a valley in a minute on two cores. laptop: five octaves of budget and the arms beside
    them, about an hour. gpu: larger models on a CUDA GPU.
    """


class Arm(StrEnum):
    """An arm of the sweep; see isoflop.minirun.recipe.ARMS."""

    matched = "matched"
    fixed_warmup = "fixed-warmup"
    long_cosine = "long-cosine"
    stable_decay = "stable-decay"
    lr_check = "lr-check"


Out = Annotated[Path | None, typer.Option(help="Folder for the runs [default: minirun-PROFILE]")]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes [default: one a core]")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with the runs in the folder")]
Text = Annotated[Path | None, typer.Option(help="Train on this file's bytes instead")]
Scheduler = Annotated[
    str | None, typer.Option(help="Train on the Dask cluster here, such as tcp://HOST:8786")
]
Arms = Annotated[list[Arm] | None, typer.Option("--arm", help="Only this arm; may be repeated")]


@app.command()
def smoke(
    out: Out = None,
    workers: Workers = None,
    resume: Resume = False,
    text: Text = None,
    scheduler: Scheduler = None,
):
    """Three small budgets, one seed: about a minute on two cores."""
    _sweep("smoke", out, workers, resume, text, scheduler)


@app.command()
def laptop(
    out: Out = None,
    workers: Workers = None,
    resume: Resume = False,
    text: Text = None,
    scheduler: Scheduler = None,
    arm: Arms = None,
):
    """Six budgets with seeds, Kaplan's habits as arms, the learning-rate check."""
    _sweep("laptop", out, workers, resume, text, scheduler, arm)


@app.command()
def gpu(
    out: Out = None,
    workers: Workers = None,
    resume: Resume = False,
    text: Text = None,
    scheduler: Scheduler = None,
    arm: Arms = None,
):
    """Four budgets a thousand times larger, on a CUDA GPU."""
    if scheduler is None and not _has_gpu():
        stop("no CUDA GPU is to be seen here; try isoflop minirun laptop")
    _sweep("gpu", out, workers, resume, text, scheduler, arm, device="cuda")


@app.command()
def status(out: Annotated[Path, typer.Argument(help="The folder of a sweep")]):
    """How far a sweep has come, whether it is running or not."""
    from isoflop.minirun import table

    try:
        progress = table.progress(out)
    except FileNotFoundError:
        stop(f"no sweep was ever begun in {out}")
    except (OSError, ValueError, KeyError) as problem:
        stop(f"{out / 'manifest.json'} cannot be read ({problem})")
    tell(_line(progress))
    for name, share, losses in progress.running:
        tell(f"  {name}: {share:.0%}, loss {', '.join(f'{x:.3f}' for x in losses)}")


def _has_gpu() -> bool:
    with _installed():
        import torch

        return torch.cuda.is_available()


@contextlib.contextmanager
def _installed():
    """Without the packages of the mini-run, one line that says how to get them."""
    try:
        yield
    except ModuleNotFoundError as problem:
        stop(
            f"the mini-run needs {problem.name}, which is not installed. Install all it needs: "
            f"pip install 'isoflop[minirun]', or in a clone pip install '.[minirun]'"
        )


def _sweep(profile, out, workers, resume, text, scheduler, arm=None, device="cpu") -> None:
    with _installed():
        import torch  # noqa: F401  sweep imports it in its workers only

        from isoflop.minirun import corpus, grids, sweep

    out = out or Path(f"minirun-{profile}")
    if scheduler and workers:
        stop("--workers counts processes of this machine; a cluster has the workers you start", 2)
    try:
        units = grids.units(profile, tuple(a.value for a in arm) if arm else None)
        source = corpus.from_file(text) if text else corpus.installed()
        tell(f"{sum(len(u.runs) for u in units)} runs into {out}; text {source.id}")
        with _pool(scheduler) as pool:
            path = sweep.run(
                units, source, out, workers=workers, device=device, resume=resume,
                report=_Teller(), pool=pool,
            )  # fmt: skip
    except (corpus.CorpusError, sweep.SweepError, ValueError) as problem:
        stop(str(problem))
    except KeyboardInterrupt:
        stop(f"stopped; what is finished is in {out}. Go on with --resume", code=130)
    from isoflop.minirun import table

    tell(_line(table.progress(out)))
    tell(f"Runs: {path}   curves: {path.with_name('curves.csv')}")


@contextlib.contextmanager
def _pool(scheduler: str | None):
    if scheduler is None:
        yield None
        return
    from isoflop.minirun import cluster

    with cluster.connect(scheduler, tell=tell) as pool:
        yield pool


def _line(progress, seconds_left: float | None = None) -> str:
    left = "" if seconds_left is None else f" · about {duration(seconds_left)} left"
    bad = f" · {progress.troubled} diverged or failed" if progress.troubled else ""
    return (
        f"{progress.runs_done}/{progress.runs} runs · "
        f"{progress.flops_done:.2e} of {progress.flops:.2e} FLOPs{left}{bad}"
    )


class _Teller:
    """Prints a line when a run is finished, and otherwise every few seconds."""

    def __init__(self, every: float = 5.0):
        self.every, self.start, self.last, self.first = every, time.monotonic(), 0.0, None

    def __call__(self, directory: Path) -> None:
        from isoflop.minirun import table

        progress, now = table.progress(directory), time.monotonic()
        if self.first is None:
            self.first = progress.seconds_done
        if now - self.last < self.every and progress.runs_done < progress.runs:
            return
        self.last = now
        done = progress.seconds_done - self.first
        left = None
        if done > 0:
            left = (progress.seconds - progress.seconds_done) * (now - self.start) / done
        losses = [f"{name} {share:.0%} {losses[0]:.2f}" for name, share, losses in progress.running]
        tell("  ".join([_line(progress, left), *losses]))
        sys.stdout.flush()
