"""What ``isoflop fit`` hands over: a summary in text, a JSON object, a page by itself.

The page asks for nothing outside itself, runs no script, and everything that came from the table
is escaped.
"""

from __future__ import annotations

import base64
import html
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

import isoflop
from isoflop._report_words import CAPTIONS, STYLE, WORDS
from isoflop._said import shown
from isoflop.approaches import Approach, Options, disagreement
from isoflop.reading import Note, Reading

ORDER = ("envelope", "profiles", "surface")
"""The approaches in the order the report shows them."""


@dataclass(frozen=True)
class Section:
    """One experiment: its name ("" where the table is one), its runs and the three answers."""

    name: str
    runs: pd.DataFrame
    answers: dict[str, Approach]

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
    """An exponent with its interval, three decimals."""
    return f"{value:.3f} {spread(interval, '.3f')}"


def _escape(text: object) -> str:
    return html.escape(shown(text))


class _Said:
    """Words in one language."""

    def __init__(self, lang: str):
        self.place = 0 if lang == "zh" else 1

    def __call__(self, key: str) -> str:
        return WORDS[key][self.place]

    def note(self, note: Note) -> str:
        return note.zh if self.place == 0 else note.en


def summary(
    reading: Reading,
    sections: Sequence[Section],
    targets: Sequence[float],
    options: Options,
    lang: str,
) -> str:
    """The report as text, in ``"zh"`` or ``"en"``; ``targets``: FLOPs at which N* is shown."""
    t = _Said(lang)
    size = f"{len(reading.runs)} {t('runs')}{t('(')}{reading.rows} {t('rows')}{t(')')}"
    lines = [f"{reading.name}{t(':')}{size}"]
    columns = [
        f"{c.quantity} ← {c.source.removeprefix('= ')}" + (f" ({c.unit})" if c.unit else "")
        for c in reading.columns
    ]
    lines.append(f"  {t('columns')}{t(':')}" + t(";").join(columns))
    for key in ("done", "left_out", "warnings"):
        lines += [f"  {t(key)}{t(':')}{t.note(n)}" for n in getattr(reading, key)]
    for section in sections:
        lines += ["", *_lines(section, targets, options, t)]
    return "\n".join(map(shown, lines))


def _lines(section: Section, targets, options: Options, t: _Said) -> list[str]:
    title = f"{section.name}{t(':')}" if section.name else ""
    lines = [f"{title}{len(section.runs)} {t('runs')}{t(',')}{options.level:.0%} {t('intervals')}"]
    for name in ORDER:
        x = section.answers[name]
        if x.fit is None:
            lines.append(f"  {name:<9} {t('not possible')}{t(':')}{t.note(x.why)}")
            continue
        a, b = exponent(x.a, x.a_interval), exponent(x.b, x.b_interval)
        lines.append(f"  {name:<9} a {a}  b {b}  {t(x.status)}")
        lines += [f"    {t('warnings')}{t(':')}{t.note(n)}" for n in x.warnings]
        lines += [f"    {t('left_out')}{t(':')}{t.note(n)}" for n in x.left_out]
        for C in budgets(section, targets):
            beyond = f"  {t('extrapolated')}" if C > section.largest else ""
            N, low, high = x.N(C)
            lines.append(f"    N*({C:.3g}) = {number(N)} {spread((low, high))}{beyond}")
    return lines + [f"  {t('warnings')}{t(':')}{t.note(n)}" for n in section.notes()]


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
        }
        known["optimum"] = [] if x.fit is None else [at(x, C) for C in budgets(section, targets)]
        return known

    def at(x: Approach, C: float) -> dict:
        N, low, high = x.N(C)
        beyond = C > section.largest
        interval = _pair((low, high))
        return {"C": C, "N": _finite(N), "interval": interval, "extrapolated": beyond}

    found = {name: approach(section.answers[name]) for name in reversed(ORDER)}
    return found | {"notes": [n.en for n in section.notes()], "section_runs": len(section.runs)}


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
    t = _Said(lang)
    title = f"{reading.name} · isoflop fit"
    body = [f"<h1>{_escape(title)}</h1>", _about(reading, options, t)]
    if len(sections) > 1:
        body.append(_table(_overview(sections, t), t("overview")))
    body += [_section(s, p, targets, options, t) for s, p in zip(sections, pictures)]
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html lang="{"zh-CN" if lang == "zh" else "en"}"><head>'
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{_escape(title)}</title><style>{STYLE}</style></head>\n"
        f"<body><main>\n" + "\n".join(body) + "\n</main></body></html>\n"
    )


def _about(reading: Reading, options: Options, t: _Said) -> str:
    rows = [(c.quantity, c.source, c.unit or t("counts")) for c in reading.columns]
    facts = (
        f"{len(reading.runs)} {t('runs')}{t('(')}{reading.rows} {t('rows')}{t(')')} · isoflop "
        f"{isoflop.__version__} · {options.replicates} {t('resamples')} · "
        f"{t('seed')} {options.seed}"
    )
    parts = [f"<p>{_escape(facts)}</p>"]
    parts.append(_table([(t("quantity"), t("from"), t("unit")), *rows], t("columns")))
    for key in ("warnings", "left_out", "done"):
        parts.append(_notes(getattr(reading, key), t, key))
    return "\n".join(parts)


def _overview(sections: Sequence[Section], t: _Said) -> list[tuple]:
    rows = [(t("experiment"), t("count"), *(f"a, {name}" for name in ORDER))]
    for s in sections:
        cells = [
            exponent(x.a, x.a_interval) + (" ⚠" if x.warnings else "") if x.fit is not None else "—"
            for x in (s.answers[name] for name in ORDER)
        ]
        rows.append((s.name, len(s.runs), *cells))
    return rows


def _section(section: Section, pictures: dict, targets, options: Options, t: _Said) -> str:
    parts = [f"<h2>{_escape(section.name)}</h2>"] if section.name else []
    head = (t("approach"), "a", "b", t("status"), t("method"))
    rows = [head]
    for name in ORDER:
        x = section.answers[name]
        if x.fit is None:
            rows.append((name, "—", "—", t(x.status), t.note(x.why)))
            continue
        a, b = exponent(x.a, x.a_interval), exponent(x.b, x.b_interval)
        rows.append((name, a, b, t(x.status), t.note(x.method)))
    parts.append(_table(rows, f"{t('exponents')}{t(',')}{options.level:.0%} {t('intervals')}"))
    parts.append(_notes(section.notes(), t, "warnings"))
    for name in ORDER:
        x = section.answers[name]
        parts.append(_notes(x.warnings, t, "warnings", name))
        parts.append(_notes(x.left_out, t, "left_out", name))
    parts += [_picture(k, svg, t) for k, svg in pictures.items()]
    parts += _tables(section, targets, t)
    return "<section>" + "\n".join(p for p in parts if p) + "</section>"


def _tables(section: Section, targets, t: _Said) -> list[str]:
    from isoflop._report_tables import minima, optimum, parameters, residuals

    made = [
        (optimum(section, budgets(section, targets), t), t("optimum")),
        (parameters(section, t), t("parameters")),
        (minima(section, t), t("minima")),
        (residuals(section, t), t("residuals")),
    ]
    return [_table(rows, title) for rows, title in made if len(rows) > 1]


def _table(rows: Sequence[tuple], title: str) -> str:
    head, *body = [[_escape(cell) for cell in row] for row in rows]
    inner = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in body)
    return (
        f'<div class="wide"><table><caption>{_escape(title)}</caption><thead><tr><th scope="col">'
        + '</th><th scope="col">'.join(head)
        + f"</th></tr></thead><tbody>{inner}</tbody></table></div>"
    )


def _cell(text: str) -> str:
    """Sentences may break, numbers and their intervals may not."""
    return f'<td class="text">{text}</td>' if len(text) > 36 else f"<td>{text}</td>"


def _notes(notes: Sequence[Note], t: _Said, key: str, name: str = "") -> str:
    if not notes:
        return ""
    bold = f"<b>{_escape(t('forbids'))}</b> "
    items = "".join(f"<li>{bold if n.forbids else ''}{_escape(t.note(n))}</li>" for n in notes)
    title = " · ".join(w for w in (name, t(key)) if w)
    return f'<div class="{key}"><p>{_escape(title)}</p><ul>{items}</ul></div>'


def _picture(key: str, svg: str, t: _Said) -> str:
    data = base64.b64encode(svg.encode()).decode()
    caption = _escape(CAPTIONS[key][t.place])
    return (
        f'<figure><img alt="{caption}" src="data:image/svg+xml;base64,{data}">'
        f"<figcaption>{caption}</figcaption></figure>"
    )
