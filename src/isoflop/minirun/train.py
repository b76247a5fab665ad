"""Training: K runs of one shape side by side, on the CPU or on a GPU by the same code.

Each run has its own seed, rate and length, and reads its own text; what it computes does not
depend on the runs beside it, on the CPU to the last bit (a test). A run whose loss is no longer
a number, or climbs above that of knowing nothing, ends as ``diverged``; the others go on.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import torch

from isoflop.minirun import model
from isoflop.minirun.corpus import VOCABULARY, Corpus, windows
from isoflop.minirun.recipe import Run
from isoflop.minirun.step import Stepper, rates

CHECKPOINTS = (1 / 8, 1 / 4, 1 / 2, 1)
BINS = 100
REPORT_WINDOWS, TUNE_WINDOWS = 4096, 1024
_CHUNK = 64
_SPARSE = 8  # checkpoints before the end use every eighth window
_EVALUATED = 8  # windows at a time
_HOPELESS = math.log(VOCABULARY) + 1.0


@dataclass(frozen=True)
class Outcome:
    """What became of a run. Losses are nats per byte.

    ``loss``: on the held-out text at the end, nan unless ``status`` is "done". ``checks``: (step,
    loss on an eighth of that text) at 1/8, 1/4, 1/2 and the end. ``curve``: (last step, mean
    training loss) of a hundred equal parts of the run; each byte is new, so these are unbiased.
    """

    run: Run
    status: str
    loss: float
    checks: list[tuple[int, float]] = field(repr=False)
    curve: list[tuple[int, float]] = field(repr=False)
    cpu_seconds: float
    wall_seconds: float
    device: str


def train(
    runs: list[Run],
    corpus: Corpus,
    device: str = "cpu",
    progress: Callable[[float, list[float]], None] = lambda share, losses: None,
) -> list[Outcome]:
    """Train runs of one shape and batch together; an outcome for each, in their order.

    ``progress(share, losses)`` is called about once a hundredth with the share of all steps done
    and the latest mean losses. Raises CorpusError where the text is too short for a run, and
    ValueError where the shapes differ.
    """
    if len({(run.shape, run.batch) for run in runs}) != 1:
        raise ValueError("runs trained together must have one shape and one batch")
    corpus.need(max(run.tokens for run in runs))
    with one_thread(), torch.inference_mode():
        group = _Group(runs, corpus, device)
        while group.alive:
            group.advance()
            progress(group.done(), group.latest())
    return [_outcome(r) for r in group.records]


@contextmanager
def one_thread() -> Iterator[None]:
    """PyTorch on one thread: sums are grouped by thread, so one thread means one result.

    It is quicker too: two processes of one thread do twice the work of one, two threads do not.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def precision(device: str) -> torch.dtype:
    """float32 on the CPU; on a GPU bfloat16, with float32 master weights."""
    return torch.bfloat16 if torch.device(device).type == "cuda" else torch.float32


@dataclass
class _Record:
    """What is noted of a run while it trains."""

    run: Run
    starts: np.ndarray
    losses: np.ndarray
    status: str = "running"
    checks: list = field(default_factory=list)
    final: float = math.nan
    cpu: float = 0.0
    wall: float = 0.0
    device: str = "cpu"

    def stops(self) -> list[int]:
        return [max(1, round(share * self.run.steps)) for share in CHECKPOINTS]


class _Group:
    """The runs still training (``alive``), side by side, and the notes on all of them."""

    def __init__(self, runs: list[Run], corpus: Corpus, device: str):
        self.corpus, self.device, self.step = corpus, device, 0
        self.text = torch.tensor(corpus.train).to(device)
        self.records = [
            _Record(
                run, _starts(run, corpus), np.full(run.steps, np.nan, np.float32), device=device
            )
            for run in runs
        ]
        flat = model.initial(runs[0].shape, [run.seed for run in runs], device)
        self._seat(self.records, [flat, torch.zeros_like(flat), torch.zeros_like(flat)])

    def _seat(self, alive: list[_Record], state: list[torch.Tensor]) -> None:
        self.alive, self.state = alive, state
        if alive:
            runs = [record.run for record in alive]
            self.stepper = Stepper(state, runs[0], precision(self.device))
            self.tables = [table.to(self.device) for table in rates(runs)]

    def advance(self) -> None:
        """Train to the next checkpoint, or a chunk if that is further; measure; part."""
        clock = time.process_time(), time.perf_counter()
        goal = min(stop for r in self.alive for stop in r.stops() if stop > self.step)
        last = min(goal, self.step + _CHUNK)
        self._chunk(last)
        for record, place in zip(self.alive, range(len(self.alive))):
            if record.status == "running" and self.step in record.stops():
                self._measure(record, place)
        spent = time.process_time() - clock[0], time.perf_counter() - clock[1]
        for record in self.alive:
            record.cpu += spent[0] / len(self.alive)
            record.wall += spent[1] / len(self.alive)
        stay = [i for i, record in enumerate(self.alive) if record.status == "running"]
        if len(stay) < len(self.alive):
            self._seat([self.alive[i] for i in stay], [x[stay] for x in self.state])

    def _chunk(self, last: int) -> None:
        shape, batch = self.alive[0].run.shape, self.alive[0].run.batch
        span = slice(self.step * batch, last * batch)
        places = np.stack([r.starts[span].reshape(-1, batch) for r in self.alive], axis=1)
        reach = torch.arange(shape.context + 1, device=self.device)
        tokens = self.text[torch.from_numpy(places).to(self.device)[..., None] + reach].long()
        seen = torch.empty(len(tokens), len(self.alive), device=self.device)
        for i, t in enumerate(range(self.step, last)):
            seen[i] = self.stepper(tokens[i], *(table[t] for table in self.tables))
        for record, losses in zip(self.alive, seen.T.cpu().numpy()):
            record.losses[self.step : last] = losses
            if not np.isfinite(losses).all() or losses.mean() > _HOPELESS:
                record.status = "diverged"
        self.step = last

    def _measure(self, record: _Record, place: int) -> None:
        """The held-out loss: on an eighth of its windows, at the end on all."""
        end = self.step == record.run.steps
        every = 1 if end else _SPARSE
        text = self.corpus.tune if record.run.arm == "lr-check" else self.corpus.report
        count = TUNE_WINDOWS if record.run.arm == "lr-check" else REPORT_WINDOWS
        held_out = windows(text, record.run.shape.context, count)[::every]
        flat = self.state[0][place : place + 1]
        per_window = evaluate(flat, record.run, held_out, self.device)
        sparse = per_window[:: _SPARSE // every]
        record.checks.append((self.step, float(sparse.mean())))
        if end:
            record.final = float(per_window.mean())
            record.status = "done" if math.isfinite(record.final) else "diverged"

    def done(self) -> float:
        """The share of all steps that is done."""
        ahead = sum(record.run.steps - self.step for record in self.alive)
        return 1 - ahead / sum(record.run.steps for record in self.records)

    def latest(self) -> list[float]:
        """Each run's mean training loss over its last hundred steps."""
        return [float(np.nanmean(r.losses[: self.step][-100:])) for r in self.records]


def evaluate(flat: torch.Tensor, run: Run, held_out: np.ndarray, device: str) -> np.ndarray:
    """Mean loss of each window, nats per byte: (windows,), for one run's parameters (1, P)."""
    dtype = precision(device)
    network = model.Network(run.shape, 1, _EVALUATED, device, dtype)
    weights = model.views(flat.to(dtype), run.shape)
    found = []
    for first in range(0, len(held_out), _EVALUATED):
        tokens = torch.from_numpy(held_out[first : first + _EVALUATED]).to(device).long()[None]
        logits, _ = network.forward(weights, tokens[:, :, :-1])
        log_p = torch.log_softmax(logits.to(torch.float32), -1)
        losses = -log_p.gather(2, tokens[:, :, 1:].reshape(1, -1, 1))
        found.append(losses.view(_EVALUATED, -1).mean(1, dtype=torch.float64).cpu().numpy())
    return np.concatenate(found)


def _starts(run: Run, corpus: Corpus) -> np.ndarray:
    """Where each window of a run begins: windows that do not overlap, in the run's own order."""
    T = run.shape.context
    source = np.random.default_rng([run.seed, run.shape.d_model])
    first, count = int(source.integers(T)), (len(corpus.train) - 1) // T - 1
    return first + T * source.permutation(count)[: run.steps * run.batch]


def _outcome(record: _Record) -> Outcome:
    run, losses = record.run, record.losses
    ends = np.unique(np.maximum(1, np.round(np.linspace(0, run.steps, BINS + 1)[1:]))).astype(int)
    parts = np.split(losses, ends[:-1])
    curve = [(int(e), float(p.mean())) for e, p in zip(ends, parts) if np.isfinite(p).all()]
    return Outcome(
        run, record.status, record.final, record.checks, curve,
        record.cpu, record.wall, record.device,
    )  # fmt: skip
