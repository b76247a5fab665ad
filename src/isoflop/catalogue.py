"""Every law a planner may choose: what it recommends for a budget, its band, what that leaves out.

Published laws take their constants from ``published`` and have a band only where one is printed.
Three are our own fits of approach 3 to public runs; their constants and bands are stored, so that
comparing laws needs no data. ``python -m isoflop.catalogue`` renews the store.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike

from isoflop import _law_bands, laws, published
from isoflop._law_bands import Quantiles
from isoflop._law_words import COUNTS, COVERS, LEAVES_OUT, NAMES, PRINTED, Words

KINDS = ("surface", "frontier", "allocation")
"""``surface``: a loss for every N and D. ``frontier``: a loss on its optima that its own surface
does not repeat. ``allocation``: N*(C) alone, and no loss."""


@dataclass(frozen=True)
class Line:
    """N* = exp(log_N0) * C^a with D = C/(6N): an approach that publishes no loss."""

    log_N0: float
    a: float

    def optimum(self, C: ArrayLike) -> laws.Allocation:
        """The recommended run; its loss is NaN. Raises ValueError for a C that is not positive."""
        C = laws.positive("C", C)
        N = np.exp(self.log_N0 + self.a * np.log(C))
        return laws.Allocation(C, N, C / (6 * N), C * np.nan)


@dataclass(frozen=True)
class ExponentBand:
    """A printed interval of a alone: the line turned about the middle of its budgets.

    Too narrow near the middle, where it has no width: the coefficient's own is not printed.
    """

    line: Line
    middle: float
    low: float
    high: float

    def at(self, C: float) -> dict[str, tuple[float, float]]:
        """Intervals of N, D and tokens_per_parameter at C FLOPs."""
        x = C / self.middle
        N = sorted(float(self.line.optimum(self.middle).N * x**a) for a in (self.low, self.high))
        D = [C / (6 * size) for size in reversed(N)]
        ratio = [tokens / size for tokens, size in zip(D, reversed(N))]
        return {"N": tuple(N), "D": tuple(D), "tokens_per_parameter": tuple(ratio)}


@dataclass(frozen=True)
class Plan:
    """A law's advice for C FLOPs; ``loss`` is None for a law that has none.

    ``intervals`` holds (low, high) of N, D, tokens_per_parameter and loss, as far as there are
    any. ``beyond`` is 1 within the budgets of the law's runs, else how many times C lies outside.
    """

    C: float
    N: float
    D: float
    loss: float | None
    intervals: dict[str, tuple[float, float]]
    beyond: float

    @property
    def tokens_per_parameter(self) -> float:
        """D/N, tokens."""
        return self.D / self.N

    @property
    def extrapolated(self) -> bool:
        """Whether C lies beyond the budgets of the law's runs."""
        return self.beyond > 1


@dataclass(frozen=True)
class Entry:
    """A law: its id, names, source, bibliography key, kind, and the budgets of its runs in FLOPs.

    ``law`` has ``optimum(C)``, and ``loss(N, D)`` unless its kind is "allocation". ``band`` is
    None where no interval is published; ``level`` is its level, ``covers`` says what it is,
    ``leaves_out`` what it leaves out, ``counts`` what N counts. ``a`` is the exponent of N*,
    ``a_interval`` its interval where there is one (at ``level``).
    """

    id: str
    source: str
    key: str
    kind: str
    law: laws.ChinchillaLaw | laws.KaplanLaw | Line
    fitted: tuple[float, float]
    band: Quantiles | ExponentBand | None = None
    level: float | None = None
    a_interval: tuple[float, float] | None = None

    @property
    def name(self) -> Words:
        """The law's name, ``.zh`` and ``.en``."""
        return NAMES[self.id]

    @property
    def covers(self) -> Words:
        """What the interval is, in both languages."""
        return COVERS[self.id]

    @property
    def leaves_out(self) -> Words:
        """What the interval leaves out."""
        return LEAVES_OUT[self.id]

    @property
    def counts(self) -> Words:
        """What N counts: with embeddings or without."""
        return COUNTS["without" if self.kind == "frontier" else "all"]

    @property
    def a(self) -> float:
        """Exponent of N*(C)."""
        return self.law.a

    def at(self, C: float) -> Plan:
        """The advice for C FLOPs. Raises ValueError where C is not finite and positive."""
        C = float(laws.positive("C", C))
        best, (low, high) = self.law.optimum(C), self.fitted
        found = (self.band.at(C) if self.band else None) or {}
        loss = None if self.kind == "allocation" else float(best.loss)
        beyond = max(1.0, low / C, C / high)
        return Plan(C, float(best.N), float(best.D), loss, found, beyond)


def ids() -> tuple[str, ...]:
    """Every law's id, in the order of the catalogue.

    >>> from isoflop import catalogue
    >>> catalogue.ids()
    ('refit', 'besiroglu', 'hoffmann1', 'hoffmann2', 'hoffmann3', 'llama3', 'marin', 'kaplan')
    """
    return tuple(entries())


def get(id: str) -> Entry:
    """A law by its id. Raises ValueError listing the ids there are.

    >>> from isoflop import catalogue
    >>> found = catalogue.get("hoffmann3").at(1e22)
    >>> f"{found.N:.2g} parameters, {found.tokens_per_parameter:.0f} tokens each"
    '6.3e+09 parameters, 41 tokens each'
    """
    if id not in entries():
        raise ValueError(f"no law {id!r}; there are {', '.join(ids())}")
    return entries()[id]


@cache
def entries() -> dict[str, Entry]:
    """Every law by its id, our refit first."""
    besiroglu, hoffmann = published.BESIROGLU, published.HOFFMANN
    figure4 = _law_bands.load("refit").fitted
    sizes, tokens = published.KAPLAN_SIZES, published.KAPLAN_TOKENS
    kaplan = tuple(6 * N * D for N, D in zip(sizes, tokens))
    constants = published.BESIROGLU_2024, published.HOFFMANN_2022
    rows = (
        _ours("refit", f"{besiroglu.cite}, arXiv {besiroglu.arxiv}: points", besiroglu.key),
        _printed("besiroglu", constants[0], besiroglu.key, figure4),
        _line(1),
        _line(2),
        _printed("hoffmann3", constants[1], hoffmann.key, figure4),
        _ours("llama3", "Czech et al. 2026, arXiv 2603.22339: points", "czech2026"),
        _ours("marin", "Czech et al. 2026, arXiv 2603.22339: points", "czech2026"),
        Entry(
            id="kaplan",
            source=published.KAPLAN_2020.source,
            key=published.KAPLAN.key,
            kind="frontier",
            law=laws.KAPLAN,
            fitted=kaplan,
        ),
    )
    return {row.id: row for row in rows}


def _printed(id: str, constants: published.SurfaceConstants, key: str, fitted) -> Entry:
    law = laws.ChinchillaLaw(**constants)
    return Entry(id=id, source=constants.source, key=key, kind="surface", law=law, fitted=fitted)


def _line(approach: int) -> Entry:
    """Approaches 1 and 2 print no coefficient: a line through their table of optima."""
    N, C = np.log(np.array(published.HOFFMANN_OPTIMA[approach])).T
    a, log_N0 = np.polyfit(C, N, 1)
    line, printed = Line(float(log_N0), float(a)), published.HOFFMANN_TABLE_2[approach]["a"]
    design = published.HOFFMANN_DESIGN
    fitted = design["approach_2_lowest"], design["approach_2_highest"]
    where = {1: "tables 2 and 3", 2: "tables 2 and A3"}[approach]
    paper = published.HOFFMANN
    return Entry(
        id=f"hoffmann{approach}",
        source=f"{paper.cite}, arXiv {paper.arxiv}, {where}",
        key=paper.key,
        kind="allocation",
        law=line,
        fitted=fitted,
        band=ExponentBand(line, float(np.sqrt(np.prod(fitted))), printed.p10, printed.p90),
        level=PRINTED,
        a_interval=(printed.p10, printed.p90),
    )


def _ours(id: str, source: str, key: str) -> Entry:
    fit = _law_bands.load(id)
    return Entry(
        id=id,
        source=source,
        key=key,
        kind="surface",
        law=laws.ChinchillaLaw(**fit.constants),
        fitted=fit.fitted,
        band=fit.quantiles,
        level=fit.level,
        a_interval=fit.a,
    )


if __name__ == "__main__":
    print(f"wrote {_law_bands.renew().name}")
