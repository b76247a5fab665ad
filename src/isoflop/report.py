"""What ``isoflop fit`` hands over: a summary in text, a JSON object, a page by itself.

The page asks for nothing outside itself, runs no script, and everything that came from the table
is escaped.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

import isoflop
from isoflop._report_parts import Said, escape, listed, notes, picture, table
from isoflop._report_words import STYLE
from isoflop._said import shown
from isoflop.approaches import Approach, Options, disagreement
from isoflop.reading import Note, Reading

ORDER = ("envelope", "profiles", "surface")
"""The approaches in the order the report shows them."""


@dataclass(frozen=True)
class Section:
    """One experiment: its name ("" where the table is one), its runs and the three answers.

    ``steps``: what to do next, as ``_advice.advised`` puts it in.
    """

    name: str
    runs: pd.DataFrame
    answers: dict[str, Approach]
    steps: tuple[Note, ...] = ()

    @property
    def largest(self) -> float:
        """The largest budget of the table, FLOPs."""
        return float(self.runs["flops"].max())

    def notes(self) -> list[Note]:
        """What the three answers say together."""
        between = disagreement(self.answers)
        return [between] if between else []


def budgets(section: Section, targets: Sequence[float]) -> list[float]:
    """Where N*(C) is shown: the largest budget of the table, and what was asked for."""
    return [section.largest, *targets]


def number(value: float) -> str:
    """A number as the report prints it."""
    return f"{value:.4g}" if math.isfinite(value) else "—"


def spread(interval: Sequence[float], form: str = ".4g") -> str:
    """An interval as the report prints it."""
    return "[" + ", ".join(f"{v:{form}}" if math.isfinite(v) else "—" for v in interval) + "]"


def exponent(value: float, interval: Sequence[float]) -> str:
    """An exponent with its interval, three decimals.

    >>> from isoflop import report
    >>> report.exponent(0.5, (0.45, 0.55))
    '0.500 [0.450, 0.550]'
    """
    return f"{value:.3f} {spread(interval, '.3f')}"


def law(x: Approach, C: float) -> str:
    """N*(C) of an approach as a formula to copy, C in FLOPs; exact at ``C``, a few per mille off
    within ten decades of it.

    >>> from isoflop import approaches, laws, report, simulate
    >>> made = simulate.runs(laws.BESIROGLU_2024, [1e19, 1e20, 1e21], [3e8, 1e9, 3e9, 1e10])
    >>> answers = approaches.fit_all(made, options=approaches.Options(replicates=20))
    >>> report.law(answers["surface"], 1e21)
    'N* = 0.04778 · C^0.5126'
    """
    a = round(x.a, 4)
    return f"N* = {math.exp(math.log(x.N(C)[0]) - a * math.log(C)):.4g} · C^{a:.4f}"


def summary(
    reading: Reading,
    sections: Sequence[Section],
    targets: Sequence[float],
    options: Options,
    lang: str,
) -> str:
    """The report as text, in ``"zh"`` or ``"en"``; ``targets``: FLOPs at which N* is shown."""
    t = Said(lang)
    size = f"{len(reading.runs)} {t('runs')}{t('(')}{reading.rows} {t('rows')}{t(')')}"
    lines = [f"{reading.name}{t(':')}{size}"]
    columns = [
        f"{c.quantity} ← {c.source.removeprefix('= ')}"
        + (f"{t('(')}{t.known(c.unit)}{t(')')}" if c.unit else "")
        for c in reading.columns
    ]
    lines.append(f"  {t('columns')}{t(':')}" + t(";").join(columns))
    for key in ("done", "left_out", "warnings"):
        lines += [f"  {t(key)}{t(':')}{t.note(n)}" for n in getattr(reading, key)]
    from isoflop._report_text import lines_of

    for section in sections:
        lines += ["", *lines_of(section, targets, options, t)]
    return "\n".join(map(shown, lines))


def as_json(
    reading: Reading, sections: Sequence[Section], targets: Sequence[float], options: Options
) -> dict:
    """The report as one object: surface, profiles, envelope; under ``groups`` with ``--by``."""
    texts = {k: [n.en for n in getattr(reading, k)] for k in ("done", "left_out", "warnings")}
    whole = {
        "version": isoflop.__version__,
        "file": reading.name,
        "rows": reading.rows,
        "runs": len(reading.runs),
        "columns": [c._asdict() for c in reading.columns],
        **texts,
        "bootstraps": options.replicates,
        "seed": options.seed,
        "level": options.level,
    }
    parts = {s.name: _section_json(s, targets) for s in sections}
    return whole | parts.get("", {"groups": parts})


def _section_json(section: Section, targets) -> dict:
    def approach(x: Approach) -> dict:
        known = {
            "status": x.status,
            "why": x.why.en if x.why else None,
            "a": _finite(x.a),
            "b": _finite(x.b),
            "interval": {"a": _pair(x.a_interval), "b": _pair(x.b_interval)},
            "method": x.method.en if x.method else None,
            "parameters": {
                name: {"value": _finite(v), "interval": _pair((low, high))}
                for name, (v, low, high) in x.parameters.items()
            },
            "warnings": [n.en for n in x.warnings],
            "forbids": [n.en for n in x.warnings if n.forbids],
            "left_out": [n.en for n in x.left_out],
            "law": None if x.fit is None else law(x, section.largest),
        }
        known["optimum"] = [] if x.fit is None else [at(x, C) for C in budgets(section, targets)]
        return known

    def at(x: Approach, C: float) -> dict:
        N, low, high = x.N(C)
        beyond = C > section.largest
        interval = _pair((low, high))
        return {"C": C, "N": _finite(N), "interval": interval, "extrapolated": beyond}

    found = {name: approach(section.answers[name]) for name in reversed(ORDER)}
    said = {"notes": [n.en for n in section.notes()], "next": [n.en for n in section.steps]}
    return found | said | {"section_runs": len(section.runs)}


def _finite(value) -> float | None:
    return float(value) if np.isfinite(value) else None


def _pair(interval) -> list:
    return [_finite(v) for v in interval]


def page(
    reading: Reading,
    sections: Sequence[Section],
    pictures: Sequence[dict],
    targets: Sequence[float],
    options: Options,
    lang: str,
) -> str:
    """The report as one HTML page; ``pictures`` has a dict of SVG texts for each section."""
    t = Said(lang)
    title = f"{reading.name} · isoflop fit"
    body = [f"<h1>{escape(title)}</h1>"]
    if len(sections) == 1:
        body.append(_next(sections[0], t))
    body.append(_about(reading, options, t))
    if len(sections) > 1:
        body.append(table(_overview(sections, t), t("overview"), t))
    body += [_section(s, p, targets, options, t) for s, p in zip(sections, pictures)]
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}"><head>'
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head>\n"
        f"<body><main>\n" + "\n".join(body) + "\n</main></body></html>\n"
    )


def _about(reading: Reading, options: Options, t: Said) -> str:
    rows = [(c.quantity, c.source, t.known(c.unit) or t("counts")) for c in reading.columns]
    facts = (
        f"{len(reading.runs)} {t('runs')}{t('(')}{reading.rows} {t('rows')}{t(')')} · isoflop "
        f"{isoflop.__version__} · {options.replicates} {t('resamples')} · "
        f"{t('seed')} {options.seed}"
    )
    parts = [f"<p>{escape(facts)}</p>"]
    parts.append(table([(t("quantity"), t("from"), t("unit")), *rows], t("columns"), t))
    for key in ("warnings", "left_out", "done"):
        parts.append(notes(getattr(reading, key), t, key))
    return "\n".join(parts)


def _overview(sections: Sequence[Section], t: Said) -> list[tuple]:
    rows = [(t("experiment"), t("count"), *(f"a, {name}" for name in ORDER))]
    for s in sections:
        cells = [
            exponent(x.a, x.a_interval) + (" ⚠" if x.warnings else "") if x.fit is not None else "—"
            for x in (s.answers[name] for name in ORDER)
        ]
        rows.append((s.name, len(s.runs), *cells))
    return rows


def _next(section: Section, t: Said) -> str:
    return listed([("", t.note(n)) for n in section.steps], t("next"), "next")


def _section(section: Section, pictures: dict, targets, options: Options, t: Said) -> str:
    parts = [f"<h2>{escape(section.name)}</h2>", _next(section, t)] if section.name else []
    rows, how = [(t("approach"), t("status"), "a", "b")], []
    for name in ORDER:
        x = section.answers[name]
        if x.fit is None:
            rows.append((name, t(x.status), "—", "—"))
            how.append((name, t.note(x.why)))
            continue
        a, b = exponent(x.a, x.a_interval), exponent(x.b, x.b_interval)
        rows.append((name, t(x.status), a, b))
        said = f"{law(x, section.largest)}{t(';')}{t('intervals')}{t(':')}{t.note(x.method)}"
        how.append((name, said))
    parts.append(table(rows, f"{t('exponents')}{t(',')}{options.level:.0%} {t('intervals')}", t))
    parts.append(listed(how, "", "how"))
    parts.append(notes(section.notes(), t, "warnings"))
    for name in ORDER:
        x = section.answers[name]
        parts.append(notes(x.warnings, t, "warnings", name))
        parts.append(notes(x.left_out, t, "left_out", name))
    parts += [picture(k, svg, t) for k, svg in pictures.items()]
    parts += _tables(section, targets, t)
    return "<section>" + "\n".join(p for p in parts if p) + "</section>"


def _tables(section: Section, targets, t: Said) -> list[str]:
    from isoflop._report_tables import minima, optimum, parameters, residuals

    made = [
        (optimum(section, budgets(section, targets), t), t("optimum")),
        (parameters(section, t), t("parameters")),
        (minima(section, t), t("minima")),
        (residuals(section, t), t("residuals")),
    ]
    return [table(rows, title, t) for rows, title in made if len(rows) > 1]
