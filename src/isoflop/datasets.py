"""Public data by name, as runs tables. Nothing downloaded is ever part of this repository.

A data set is looked for in the folder ``$ISOFLOP_DATA`` names, else in the user's cache, else
downloaded once from its pinned commit; every file is checked by sha256 before it is opened.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from isoflop import _fetch, _own, _sources, _unpickle, laws, simulate
from isoflop._fetch import DataError, DataUnavailable
from isoflop.runs import validate

__all__ = [
    "CHINCHILLA_ISOFLOPS",
    "DataError",
    "DataUnavailable",
    "at_hand",
    "fetch",
    "load",
    "names",
    "own",
    "sources",
]

CHINCHILLA_ISOFLOPS = "epochai_chinchilla__massivetext__chinchilla"
"""The experiment of ``"isoflops"`` with the points digitised from Hoffmann et al.'s figure 4."""

_PORIAN_STEPS = (
    "Kaplan's counting, long warm-up",
    "last layer counted",
    "short warm-up",
    "decay matched to length",
    "optimiser tuned per size",
    "tuned per size, Kaplan's counting and long warm-up",
)
_TRAINING_LOSS_STEPS = (1, 6)


def names() -> tuple[str, ...]:
    """The public data sets there are; our own runs are ``own()``.

    >>> from isoflop import datasets
    >>> datasets.names()
    ('chinchilla-figure4', 'isoflops', 'porian-refinedweb', 'misfitting-curves')
    """
    return _sources.NAMES


def own() -> tuple[str, ...]:
    """Our own runs, which are part of the package.

    >>> from isoflop import datasets
    >>> [len(datasets.load(name)) for name in datasets.own()]
    [240, 10560]
    """
    return _own.NAMES


def sources() -> pd.DataFrame:
    """Where each data set comes from: name, URL at a pinned commit, sha256, size in bytes, licence,
    citation."""
    columns = ("dataset", "url", "sha256", "size", "licence", "citation")
    rows = [{c: getattr(s, c) for c in columns} for s in _sources.SOURCES]
    return pd.DataFrame(rows).rename(columns={"dataset": "name"})


def at_hand(name: str) -> bool:
    """Whether ``load(name)`` would need no download."""
    return all(_fetch.find(source) is not None for source in _sources.of(name))


def load(name: str, *, stand_in: bool = False) -> pd.DataFrame:
    """A data set as a runs table: params, tokens, flops, loss, and what else its source has.

    ``"chinchilla-figure4"``
        245 points digitised from Hoffmann et al.'s figure 4; tokens = flops / (6 params).
    ``"isoflops"``
        947 runs of eight experiments; columns ``experiment``, ``outlier`` and others. ``flops``
        is the nominal budget; 6ND of a row can differ from it.
    ``"porian-refinedweb"``
        one row per run and budget of Porian et al.'s five steps on RefinedWeb (``step`` 1 to 5)
        and a sixth variant that changes two things at once. ``loss_kind``: steps 1 and 6 report
        training loss, the others validation loss. ``n_star_std`` is their seed noise of log N*.
    ``"misfitting-curves"``
        4,852 evaluations of 240 runs while they trained: ``run``, both countings of N and C,
        ``peak_lr``, ``total_steps``, ``step``. A run is a model, a length, a peak rate and a
        sweep; some three in ten have four evaluations or fewer. 16 of its runs, all of the 62M
        size, have repeated (run, step) rows, 63 in all, and some look mislabelled upstream; we
        keep them as they are.

    ``"minirun-cpu"``
        our own tiny models on two CPU cores, one row a run: nominal ``budget``, exact ``flops``,
        both countings of N, ``arm``, ``status``, ``seed``, ``lr``, seconds. The IsoFLOP grid is
        ``arm == "matched"`` and ``status == "done"``. Losses are nats per byte.
    ``"minirun-cpu-curves"``
        their curves: ``kind`` "train" (means of forty equal parts of a run) and "held_out" (an
        eighth of the reporting text at 1/8, 1/4, 1/2 and the end). ``run``: row of the runs.

    With ``stand_in=True``, data that cannot be had are replaced by simulated runs with the same
    columns, marked ``table.attrs["stand_in"] = True``. Data that are there but damaged are not.

    Raises
    ------
    ValueError
        For a name there is not.
    DataError
        Where a file does not have its pinned checksum or $ISOFLOP_DATA is no folder.
    DataUnavailable
        Where the data are neither mirrored nor cached and cannot be downloaded.
    """
    if name in _own.NAMES:
        return _own.load(name)
    if name not in _sources.NAMES:
        raise ValueError(f"no data set {name!r}; there are {', '.join(names() + own())}")
    files = _sources.of(name)
    try:
        frame = _READERS[name](*(_fetch.read(source) for source in files))
        attrs = {"stand_in": False, "sha256": [source.sha256 for source in files]}
    except DataUnavailable:
        if not stand_in:
            raise
        frame = _STAND_INS[name]()
        attrs = {"stand_in": True, "sha256": []}
    frame = validate(frame.reset_index(drop=True), name=name)
    frame.attrs = {"dataset": name} | attrs
    return frame


def fetch(chosen: Sequence[str] | None = None, say: Callable[[str], None] = print) -> list[str]:
    """Download what is not at hand (of ``chosen``, else of all); the names that cannot be had.

    ``say`` is told line by line. Raises DataError as ``load`` does and where the cache folder
    cannot be written, and ValueError for a name there is not. ``python -m isoflop.datasets`` and
    ``isoflop data fetch`` run this.
    """
    missing = []
    for name in names() if chosen is None else chosen:
        try:
            here = at_hand(name)
            for source in _sources.of(name):
                _fetch.read(source, say)
            load(name)
            say(f"data {name}: {'at hand' if here else 'downloaded'}")
        except _fetch.CacheUnwritable:
            raise  # a network would not help
        except DataUnavailable:
            missing.append(name)
            say(f"data {name}: not to be had now; chapters show stored results instead")
    return missing


def _read_figure4(content: bytes) -> pd.DataFrame:
    raw = pd.read_csv(io.BytesIO(content))
    frame = pd.DataFrame({"params": raw["Model Size"], "flops": raw["Training FLOP"]})
    frame.insert(1, "tokens", frame["flops"] / (6 * frame["params"]))
    return frame.assign(loss=raw["loss"])


def _read_isoflops(content: bytes) -> pd.DataFrame:
    raw = pd.read_csv(io.BytesIO(content)).rename(columns={"budget": "flops"})
    first = ["params", "tokens", "flops", "loss", "experiment", "outlier"]
    return raw[first + [c for c in raw.columns if c not in first]]


def _read_porian(five_steps: bytes, sixth: bytes) -> pd.DataFrame:
    parts = [_unpickle.load(five_steps), _unpickle.load(sixth)]
    variants = [row for part in parts for _, row in part.iterrows()]
    return pd.concat(
        [_porian_variant(step, row) for step, row in enumerate(variants, start=1)],
        ignore_index=True,
    )


def _porian_variant(step: int, row: pd.Series) -> pd.DataFrame:
    about = {c: row[c] for c in ("hparams", "warmup", "decay", "param_count")}
    tables = [
        pd.DataFrame(
            {
                "params": np.asarray(cell["orig_n"], dtype=np.float64),
                "tokens": np.asarray(cell["orig_t"], dtype=np.float64),
                "flops": float(cell["flops"]),
                "loss": np.asarray(cell["orig_loss"], dtype=np.float64),
                "n_star_std": float(cell["n_star_std"]),
            }
        )
        for _, cell in row["data"].iterrows()
        if np.ndim(cell["orig_n"]) == 1  # a budget without runs holds NaN here
    ]
    kind = "training" if row["val"] == "train" else "validation"
    frame = pd.concat(tables, ignore_index=True)
    return frame.assign(step=step, step_name=_PORIAN_STEPS[step - 1], loss_kind=kind, **about)


def _read_curves(content: bytes) -> pd.DataFrame:
    raw = pd.read_csv(io.BytesIO(content))
    run = raw.groupby(["model", "total_steps", "peak_lr", "sweep"], sort=False).ngroup()
    frame = pd.DataFrame(
        {
            "run": run,
            "params": raw["N"],
            "params_nonembedding": raw["N_no_emb"],
            "tokens": raw["train_tokens"],
            "flops": raw["C"],
            # Beyond int64, so pandas reads these as Python integers.
            "flops_nonembedding": raw["C_no_emb"].astype(np.float64),
            "loss": raw["loss"],
        }
    )
    return frame.assign(
        peak_lr=raw["peak_lr"], total_steps=raw["total_steps"], step=raw["current_steps"]
    )


def _simulated(seed: int) -> pd.DataFrame:
    """Runs of our own design under Besiroglu et al.'s law: what every stand-in is made of."""
    law, budgets = laws.BESIROGLU_2024, np.geomspace(6e18, 3e21, 9)
    sizes = simulate.sizes_around(law, budgets, factor=6, count=12)
    return simulate.runs(law, budgets, sizes, noise=0.005, seed=seed)


def _stand_in_isoflops() -> pd.DataFrame:
    experiments = (CHINCHILLA_ISOFLOPS, "llama_3__exp_loss", "marin_202603__dclm__llama_2")
    frame = pd.concat([_simulated(i).assign(experiment=e) for i, e in enumerate(experiments)])
    centre = frame["params"] / laws.BESIROGLU_2024.optimum(frame["flops"].to_numpy()).N
    frame = frame.assign(outlier=(centre > 5) | (centre < 0.2), reason="none", condition=np.nan)
    return frame.assign(source="stand-in", dataset="stand-in", model="stand-in")


def _stand_in_porian() -> pd.DataFrame:
    kinds = {s: "training" if s in _TRAINING_LOSS_STEPS else "validation" for s in range(1, 7)}
    parts = [
        _simulated(step).assign(
            step=step, step_name=_PORIAN_STEPS[step - 1], loss_kind=kind, n_star_std=0.1
        )
        for step, kind in kinds.items()
    ]
    return pd.concat(parts).assign(hparams="", warmup="", decay="", param_count="")


def _stand_in_curves() -> pd.DataFrame:
    """Each size trained to several lengths; a curve ends on the law and lies above it before."""
    law, parts = laws.BESIROGLU_2024, []
    for run, (size, length) in enumerate(np.ndindex(11, 6)):
        N, steps = 5e7 * 1.35**size, 1000 * 2**length
        step = np.linspace(0.1, 1, 10) * steps
        D = step * 5e5
        loss = law.loss(N, D) * (1 + 0.04 * (1 - step / steps))
        counts = {"params": N, "params_nonembedding": N - 3e5 * N**0.25, "tokens": D}
        parts.append(
            pd.DataFrame(counts | {"run": run, "step": step, "total_steps": steps, "loss": loss})
        )
    frame = pd.concat(parts, ignore_index=True).assign(peak_lr=1e-3)
    return frame.assign(
        flops=6 * frame["params"] * frame["tokens"],
        flops_nonembedding=6 * frame["params_nonembedding"] * frame["tokens"],
    )


_READERS = {
    "chinchilla-figure4": _read_figure4,
    "isoflops": _read_isoflops,
    "porian-refinedweb": _read_porian,
    "misfitting-curves": _read_curves,
}
_STAND_INS = {
    "chinchilla-figure4": lambda: _simulated(0),
    "isoflops": _stand_in_isoflops,
    "porian-refinedweb": _stand_in_porian,
    "misfitting-curves": _stand_in_curves,
}

if __name__ == "__main__":
    try:
        raise SystemExit(75 if fetch() else 0)  # 75: a temporary failure, as sysexits.h has it
    except _fetch.CacheUnwritable as error:
        print(f"{error} Chapters show stored results instead")
        raise SystemExit(75) from None
    except DataError as error:
        raise SystemExit(f"error: {error}") from None
