"""One section of the summary that ``isoflop fit`` prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from isoflop._report_parts import Said
from isoflop._report_tables import residuals
from isoflop.report import ORDER, budgets, exponent, law, number, spread

if TYPE_CHECKING:
    from isoflop.approaches import Options
    from isoflop.report import Section

SHOWN = 3
"""Runs that the surface misses most; the report has more of them."""


def lines_of(section: Section, targets: Sequence[float], options: Options, t: Said) -> list[str]:
    title = f"{section.name}{t(':')}" if section.name else ""
    lines = [f"{title}{len(section.runs)} {t('runs')}{t(',')}{options.level:.0%} {t('intervals')}"]
    for name in ORDER:
        x = section.answers[name]
        if x.fit is None:
            lines.append(f"  {name:<9} {t('not possible')}{t(':')}{t.note(x.why)}")
            continue
        a, b = exponent(x.a, x.a_interval), exponent(x.b, x.b_interval)
        lines.append(f"  {name:<9} a {a}  b {b}  {t(x.status)}")
        lines.append(f"    {law(x, section.largest)}")
        lines += [f"    {t('warnings')}{t(':')}{t.note(n)}" for n in x.warnings]
        lines += [f"    {t('left_out')}{t(':')}{t.note(n)}" for n in x.left_out]
        for C in budgets(section, targets):
            beyond = f"  {t('extrapolated')}" if C > section.largest else ""
            N, low, high = x.N(C)
            lines.append(f"    N*({C:.3g}) = {number(N)} {spread((low, high))}{beyond}")
    lines += [f"  {t('warnings')}{t(':')}{t.note(n)}" for n in section.notes()]
    return lines + _missed(section, t) + _steps(section, t)


def _missed(section: Section, t: Said) -> list[str]:
    """The first of the runs that the surface misses most."""
    _, *rows = residuals(section, t)
    return [f"  {t('residuals')}{t(':').rstrip()}" for _ in rows[:1]] + [
        f"    {t('row')} {row}  N {N}  D {D}  L {L}  {t('residual')} {missed}  "
        f"{t('times')}{t(':')}{times}"
        for row, N, D, L, missed, times in rows[:SHOWN]
    ]


def _steps(section: Section, t: Said) -> list[str]:
    if not section.steps:
        return []
    return ["", f"{t('next')}{t(':').rstrip()}"] + [
        f"  {place}. {t.note(n)}" for place, n in enumerate(section.steps, 1)
    ]
