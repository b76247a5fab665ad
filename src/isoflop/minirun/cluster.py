"""The same sweep on a Dask cluster: units go to its workers, the folder stays with the boss.

Only the process that called ``sweep.run`` writes units, as on one machine. What a worker computes
reaches the folder once or not at all; a unit whose worker dies goes to another worker.
"""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from importlib import metadata

from isoflop.minirun.corpus import Corpus
from isoflop.minirun.grids import Unit
from isoflop.minirun.sweep import Pool, SweepError, work

__all__ = ["WAIT", "connect"]

WAIT = 60.0
"""Seconds to wait for the scheduler's answer."""


@contextmanager
def connect(
    address: str, wait: float | None = None, tell: Callable[[str], None] = lambda message: None
) -> Iterator[Pool]:
    """A pool for ``sweep.run`` on the cluster whose scheduler is at ``address``.

    Workers train one unit at a time and want one thread each (``dask worker --nthreads 1``) and
    the isoflop and torch of this process. They may come and go; where there is none yet, units
    wait for one, and ``tell`` is given a line about it.

    Raises
    ------
    SweepError
        distributed is not installed, or nobody answers at ``address`` within ``wait``
        seconds, by default ``WAIT``.
    """
    try:
        import distributed
    except ImportError:
        raise SweepError(
            "a sweep on a cluster needs distributed: pip install 'isoflop[cluster]'"
        ) from None
    try:
        client = distributed.Client(address, timeout=wait or WAIT, set_as_default=False)
    except (OSError, ValueError) as problem:
        raise SweepError(
            f"no Dask scheduler answers at {address} ({type(problem).__name__}). Start one with "
            f"`dask scheduler`, or name another with --scheduler tcp://HOST:8786"
        ) from None
    with client:
        count = len(client.scheduler_info(n_workers=-1)["workers"])
        more = "" if count else f"; start some: dask worker {address} --nworkers 2 --nthreads 1"
        tell(f"{count or 'no'} worker{'' if count == 1 else 's'} at {address}{more}")
        yield lambda units, corpus, directory, device: _outcomes(
            client, units, corpus, directory, device
        )


def software() -> dict[str, str]:
    """What must be the same on every machine for rows to be of one table."""
    return {name: metadata.version(name).split("+")[0] for name in ("isoflop", "torch")}


def _outcomes(client, units: list[Unit], corpus: Corpus, directory: str, device: str):
    """Each unit's name and content, as they come. Units are begun in the order given."""
    import distributed

    sweep, mine = uuid.uuid4().hex[:8], software()
    # The text goes out once and then from worker to worker: a hundred megabytes, where a unit has
    # a few hundred bytes. As a task, unlike scattered data, it survives the loss of all workers.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sending large graph")
        text = client.submit(_same, corpus, key=f"text-{sweep}", priority=1)
    futures = [
        client.submit(
            work_there, unit, text, directory, device, mine,
            key=f"{unit.name}-{sweep}", priority=-place, pure=False,
        )
        for place, unit in enumerate(units)
    ]  # fmt: skip
    try:
        for future in distributed.as_completed(futures, loop=client.loop):
            yield future.result()
            future.release()  # the scheduler need not keep what is in the folder
    except distributed.scheduler.KilledWorker as problem:
        raise SweepError(
            f"{problem.task} took {problem.allowed_failures + 1} workers with it, perhaps for "
            f"memory. What is finished is in {directory}; go on with --resume."
        ) from None
    except (CancelledError, distributed.comm.CommClosedError) as problem:
        raise SweepError(
            f"the scheduler is gone ({type(problem).__name__}). What is finished is in "
            f"{directory}; go on with --resume."
        ) from None
    finally:
        if client.status == "running":
            client.cancel([*futures, text])


def _same(corpus: Corpus) -> Corpus:
    return corpus


def work_there(unit: Unit, corpus: Corpus, directory: str, device: str, wanted: dict):
    """``sweep.work`` on a worker that is fit for it: SweepError where it is not."""
    import distributed

    worker = distributed.get_worker()
    if worker.state.nthreads != 1:
        raise SweepError(
            f"the worker {worker.address} has {worker.state.nthreads} threads, and its times "
            f"would be wrong. Start workers with --nthreads 1 (and more of them)."
        )
    if (here := software()) != wanted:
        differ = ", ".join(
            f"{n} {here[n]}, not {wanted[n]}" for n in wanted if here[n] != wanted[n]
        )
        raise SweepError(f"the worker {worker.address} has {differ}. Install the same on all.")
    return work(unit, corpus, directory, device, boss=0)
