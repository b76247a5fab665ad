"""Our results on public data, stored: what a chapter shows where the data are not at hand.

A chapter calls ``number`` and ``figure`` once each; they show what was just computed where the
data are there, and the stored result, said to be stored, where they are not. Every stored result
carries the checksums of the data it came from, the package's version and its date.

``$ISOFLOP_RESULTS`` set to ``store`` (``make results``) renews the store while chapters run;
set to ``check`` (the tests) it compares instead, and a stored number that has gone stale raises.
"""

from __future__ import annotations

import datetime
import io
import json
import math
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

import isoflop
from isoflop.runs import replace_file

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MODE = "ISOFLOP_RESULTS"
FOLDER = Path(__file__).parent / "_results"
TOLERANCE = 1e-6
"""Relative difference a recomputed number may have: rounding of another machine's arithmetic."""


class StaleResult(RuntimeError):
    """A stored result is missing or is not what the chapter computes now; run ``make results``."""


@dataclass(frozen=True)
class Result:
    """A number with its interval (or NaNs), and where it was computed.

    ``format(result, ".3f")`` gives ``0.495 [0.421, 0.555]``.
    """

    name: str
    value: float
    low: float
    high: float
    level: float
    stored: bool
    date: str
    version: str

    def __format__(self, spec: str) -> str:
        text = format(self.value, spec or ".3g")
        if math.isnan(self.low):
            return text
        return f"{text} [{self.low:{spec or '.3g'}}, {self.high:{spec or '.3g'}}]"

    def __str__(self) -> str:
        return format(self, "")


def number(
    name: str,
    value: float,
    interval: tuple[float, float] | None = None,
    *,
    data: pd.DataFrame,
    level: float = 0.95,
    slack: float = 0.0,
) -> Result:
    """The number just computed from ``data``, or the stored one where ``data`` is a stand-in.

    ``data`` is a table as ``datasets.load`` returned it. ``slack`` is an absolute difference that
    checking allows beside ``TOLERANCE``: for a count over simulations, or the end of an optimiser
    that stops early, which another machine's rounding can move. Raises StaleResult where the store
    has no such number, or, when checking, another value.
    """
    low, high = (float("nan"),) * 2 if interval is None else interval
    if _is_stand_in(data):
        return _stored(name)
    computed = Result(
        name, float(value), float(low), float(high), level, False, "", isoflop.__version__
    )
    if os.environ.get(MODE) == "store":
        _store(computed, data)
    if os.environ.get(MODE) == "check":
        _check(computed, data, slack)
    return computed


def figure(name: str, draw: Callable[[], Figure], *, data: pd.DataFrame) -> Figure | Stored:
    """The figure ``draw()`` makes from ``data``, or the stored picture where it is a stand-in.

    Raises StaleResult where the store has none or, when checking, one drawn from other data.
    """
    if _is_stand_in(data):
        return Stored(name, FOLDER / f"{name}.png", _about(name))
    drawn = draw()
    if os.environ.get(MODE) == "store":
        replace_file(FOLDER / f"{name}.png", _png(drawn))
        _write({name: {"figure": f"{name}.png"} | _provenance(data)})
    if os.environ.get(MODE) == "check" and _about(name)["data"] != _provenance(data)["data"]:
        raise StaleResult(f"stored figure {name!r} was drawn from other data; run `make results`")
    return drawn


@dataclass(frozen=True)
class Stored:
    """A stored picture and its provenance; notebooks display the picture."""

    name: str
    path: Path
    about: dict

    def _repr_png_(self) -> bytes:
        return self.path.read_bytes()


def load() -> dict[str, dict]:
    """The whole store: name to value, interval, data checksums, version and date."""
    path = FOLDER / "numbers.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _is_stand_in(data: pd.DataFrame) -> bool:
    if "stand_in" not in data.attrs:
        raise TypeError("data must be a table from datasets.load, which says where it comes from")
    return bool(data.attrs["stand_in"])


def _about(name: str) -> dict:
    store = load()
    if name not in store:
        raise StaleResult(f"no stored result {name!r}; run `make results` where the data are")
    return store[name]


def _stored(name: str) -> Result:
    about = _about(name)
    low, high = about["interval"] or (float("nan"),) * 2
    return Result(
        name, about["value"], low, high, about["level"], True, about["date"], about["version"]
    )


def _provenance(data: pd.DataFrame) -> dict:
    return {
        "data": {data.attrs["dataset"]: list(data.attrs["sha256"])},
        "version": isoflop.__version__,
        "date": datetime.date.today().isoformat(),
    }


def _store(result: Result, data: pd.DataFrame) -> None:
    about = asdict(result)
    interval = None if math.isnan(result.low) else [result.low, result.high]
    entry = {"value": about["value"], "interval": interval, "level": result.level}
    old = load().get(result.name)
    if old is None or not _same(old, entry) or old["data"] != _provenance(data)["data"]:
        _write({result.name: entry | _provenance(data)})


def _write(entries: dict[str, dict]) -> None:
    merged = dict(sorted((load() | entries).items()))
    text = json.dumps(merged, indent=1, ensure_ascii=False) + "\n"
    replace_file(FOLDER / "numbers.json", text.encode())


def _same(old: dict, new: dict, slack: float = 0.0) -> bool:
    pairs = [(old.get("value"), new["value"])]
    if (old.get("interval") is None) != (new["interval"] is None):
        return False
    pairs += list(zip(old.get("interval") or [], new["interval"] or []))
    slack = max(slack, 1e-12)
    return all(math.isclose(a, b, rel_tol=TOLERANCE, abs_tol=slack) for a, b in pairs)


def _check(result: Result, data: pd.DataFrame, slack: float) -> None:
    about = _about(result.name)
    interval = None if math.isnan(result.low) else [result.low, result.high]
    if about["data"] != _provenance(data)["data"]:
        raise StaleResult(f"stored {result.name!r} comes from other data; run `make results`")
    if not _same(about, {"value": result.value, "interval": interval}, slack):
        raise StaleResult(
            f"stored {result.name!r} is {about['value']:.9g} {about['interval']}, the chapter "
            f"computes {result.value:.9g} {interval}; run `make results` and look at the change"
        )


def _png(drawn: Figure) -> bytes:
    """A palette PNG: a third of the size, and nobody can tell on a line drawing."""
    from PIL import Image

    raw = io.BytesIO()
    drawn.savefig(raw, format="png", dpi=160, metadata={"Software": None})
    out = io.BytesIO()
    Image.open(raw).convert("RGB").quantize(128).save(out, format="png", optimize=True)
    return out.getvalue()
