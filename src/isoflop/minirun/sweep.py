"""A sweep: units of runs trained by worker processes, kept in a folder, resumable anywhere.

The folder holds ``manifest.json``; one file a finished unit under ``units/``, put there whole;
``live/`` with what the workers are at; and ``runs.csv`` and ``curves.csv``, made from the units.
Only the process that holds ``lock`` writes units, so nothing is trained into them twice. Killed
at any moment, a sweep that is resumed repeats the units that were in flight and no other.
"""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import filelock
import joblib

from isoflop.minirun import table
from isoflop.minirun.corpus import Corpus, CorpusError
from isoflop.minirun.grids import Unit
from isoflop.runs import replace_file

__all__ = ["Pool", "SweepError", "run"]

_ROOM = 64 << 20
_BEAT = 1.0
_FOLLOWER = "follows the sweep"

Outcomes = Iterator[tuple[str, dict]]
Pool = Callable[[list[Unit], Corpus, str, str], Outcomes]
"""Trains units (of a corpus, for a folder, on a device); yields names and contents as they come."""


class SweepError(RuntimeError):
    """A sweep that cannot start or go on, and what to do about it."""


def run(
    units: list[Unit],
    corpus: Corpus,
    directory: str | Path,
    *,
    workers: int | None = None,
    device: str = "cpu",
    resume: bool = False,
    report: Callable[[Path], None] = lambda directory: None,
    pool: Pool | None = None,
) -> Path:
    """Train what is not yet trained; the path of ``runs.csv``.

    ``workers``: processes of one thread each, by default one a core (on a GPU one in all).
    ``report(directory)`` is called when a unit is finished and about once a second in between.
    ``pool``: where units are trained, by default in processes of this machine; ``cluster.connect``
    makes one of a Dask cluster. Inside ``joblib.parallel_config(backend=...)`` they go to that
    backend instead.

    Raises
    ------
    SweepError
        Before training: the folder holds runs and ``resume`` is not set, or runs of another
        text; another sweep is at work in it; it cannot be written or has too little room.
        During training: a worker was killed. What is finished is kept.
    CorpusError
        Before training, where the text is too short for the longest run.
    """
    directory = Path(directory)
    corpus.need(max(run.tokens for unit in units for run in unit.runs))
    _prepare(directory)
    with _only_one(directory), _disk(directory):
        _settle(directory, corpus, units, device, resume)
        waiting = [unit for unit in units if not _finished(directory, unit)]
        _train(waiting, corpus, directory, pool or _processes(workers), device, report)
        return table.assemble(directory)


def _processes(workers: int | None) -> Pool:
    """Processes of this machine, or what ``joblib.parallel_config`` names in their place."""

    def pool(units: list[Unit], corpus: Corpus, directory: str, device: str) -> Outcomes:
        backend, _ = joblib.parallel.get_active_backend()
        local = isinstance(backend, joblib.parallel.BACKENDS["loky"])
        count = workers or (_workers(device) if local else None)
        yield from joblib.Parallel(
            n_jobs=count,
            return_as="generator_unordered",
            pre_dispatch=count if local else "all",
            batch_size=1,
        )(joblib.delayed(work)(unit, corpus, directory, device, os.getpid()) for unit in units)

    return pool


def _workers(device: str) -> int:
    return 1 if device != "cpu" else joblib.cpu_count(only_physical_cores=True)


def _prepare(directory: Path) -> None:
    try:
        for part in ("units", "live"):
            (directory / part).mkdir(parents=True, exist_ok=True)
        replace_file(directory / ".probe", b"").unlink()
        free = shutil.disk_usage(directory).free
    except OSError as problem:
        raise SweepError(f"cannot write to {directory}: {problem.strerror}") from None
    if free < _ROOM:
        raise SweepError(
            f"{directory} has {free >> 20} MiB of room and a sweep wants {_ROOM >> 20}. "
            f"Make room or name another folder with --out."
        )


def _only_one(directory: Path) -> filelock.BaseFileLock:
    """The folder's lock, held; the system frees it when its holder ends, however it ends."""
    lock = filelock.FileLock(directory / "lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise SweepError(
            f"another sweep is at work in {directory}. Wait for it (isoflop minirun status), "
            f"or name another folder with --out."
        ) from None
    return lock


def _settle(directory: Path, corpus: Corpus, units: list[Unit], device: str, resume: bool) -> None:
    """Write the manifest, or add to it; SweepError if the folder is someone else's."""
    path, mine = directory / "manifest.json", table.manifest(corpus, units, device)
    kept = len(list((directory / "units").glob("*.json")))
    if not path.exists() or not kept:
        replace_file(path, json.dumps(mine, indent=1).encode())
        return
    if not resume:
        raise SweepError(
            f"{directory} already holds {kept} finished units. Go on with --resume, or name "
            f"another folder with --out."
        )
    before = _manifest(path)
    if difference := table.differs(before["corpus"], mine["corpus"]):
        raise SweepError(
            f"{directory} was trained on another text ({difference}). Runs of two texts do not "
            f"go into one table; name another folder with --out."
        )
    mine = mine | {"units": before["units"] | mine["units"]}
    replace_file(path, json.dumps(mine, indent=1).encode())


def _manifest(path: Path) -> dict:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
        found["units"].items(), found["corpus"]["sha256"]
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SweepError(
            f"{path} is damaged. If its runs read the same text as this sweep, delete it and go "
            f"on with --resume; else name another folder with --out."
        ) from None
    return found


def unit_path(directory: Path, unit: Unit | str) -> Path:
    """Where a finished unit is kept."""
    return directory / "units" / f"{unit if isinstance(unit, str) else unit.name}.json"


def _finished(directory: Path, unit: Unit) -> bool:
    """Whether all of a unit's runs came to an end; one that failed is tried again."""
    try:
        content = json.loads(unit_path(directory, unit).read_text(encoding="utf-8"))
        return all(row["status"] != "failed" for row in content["runs"])
    except (OSError, ValueError, KeyError):
        return False


def _train(waiting, corpus, directory, pool, device, report) -> None:
    try:
        with _ticking(report, directory):
            for name, content in pool(waiting, corpus, str(directory.absolute()), device):
                replace_file(unit_path(directory, name), json.dumps(content).encode())
                (directory / "live" / f"{name}.json").unlink(missing_ok=True)
                table.assemble(directory)
    except joblib.externals.loky.process_executor.TerminatedWorkerError:
        raise SweepError(
            f"a worker process was killed, perhaps for memory. What is finished is in "
            f"{directory}; go on with --resume, perhaps with fewer --workers."
        ) from None


@contextmanager
def _disk(directory: Path) -> Iterator[None]:
    """What the disk refuses, in one line."""
    try:
        yield
    except OSError as problem:
        raise SweepError(
            f"cannot write to {directory}: {problem.strerror or problem}. What is finished is "
            f"kept; make room and go on with --resume."
        ) from None


@contextmanager
def _ticking(report: Callable[[Path], None], directory: Path) -> Iterator[None]:
    """Call ``report`` about once a second beside the work, and once at its end."""
    over = threading.Event()

    def tick() -> None:
        while not over.wait(_BEAT):
            report(directory)

    thread = threading.Thread(target=tick, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
    report(directory)


def work(unit: Unit, corpus: Corpus, directory: str, device: str, boss: int) -> tuple[str, dict]:
    """Train one unit in a worker process: its name, and its rows and curves as plain data."""
    from isoflop.minirun import machine, train

    _follow(boss)
    beat = _Heartbeat(Path(directory) / "live" / f"{unit.name}.json")
    try:
        outcomes = train.train(list(unit.runs), corpus, device, beat)
        return unit.name, table.content(outcomes, corpus, machine.ceiling(device))
    except CorpusError:
        raise
    except Exception as problem:  # a failed unit is a row, not the end of the sweep
        return unit.name, table.failure(unit.runs, corpus, device, problem)


def _follow(boss: int) -> None:
    """In a child of the sweep's process: end with it, as is looked at once a second."""
    if os.getppid() != boss or any(t.name == _FOLLOWER for t in threading.enumerate()):
        return

    def watch() -> None:
        while os.getppid() == boss:
            time.sleep(_BEAT)
        os._exit(1)

    threading.Thread(target=watch, name=_FOLLOWER, daemon=True).start()


class _Heartbeat:
    """Says about once a second how far a unit is, where the worker can see the sweep's folder."""

    def __init__(self, path: Path):
        self.path, self.last = path, 0.0
        self.seen = path.parent.is_dir()  # not so on another machine without the same disk

    def __call__(self, share: float, losses: list[float]) -> None:
        if self.seen and time.monotonic() - self.last >= _BEAT:
            self.last = time.monotonic()
            with suppress(OSError):  # a full disk is for the sweep to notice, when it writes a unit
                replace_file(self.path, json.dumps({"share": share, "losses": losses}).encode())
