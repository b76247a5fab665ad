"""Approach 2 without each budget in turn: is one of them what sets the interval of a?

Found with the line's own resamples (each is also a line without that budget), so it costs no fit.
"""

from __future__ import annotations

from shlex import quote

import numpy as np
import pandas as pd

from isoflop import lines
from isoflop._said import Note
from isoflop.approaches import Approach
from isoflop.profiles import ProfilesFit

NARROWER = 0.3
"""A budget sets the interval where the line without it has one narrower by more than this share."""


def without_each(fit: ProfilesFit) -> pd.DataFrame:
    """The line of approach 2 without each budget in turn: budget, runs, a, low, high.

    From the fit's own resamples: the interval is at their level, and costs no new ones.

    >>> from isoflop import _leave_out, laws, profiles, runs, simulate
    >>> C = [1e19, 1e20, 1e21]
    >>> made = simulate.runs(laws.BESIROGLU_2024, C, simulate.sizes_around(laws.BESIROGLU_2024, C))
    >>> len(_leave_out.without_each(profiles.fit(*runs.columns_of(made), replicates=20)))
    3
    """
    C, log_N = np.log(fit.minima["budget"].to_numpy()), np.log(fit.minima["N"].to_numpy())
    rows = []
    for place, m in enumerate(fit.minima.itertuples()):
        rest = np.arange(len(C)) != place
        slopes, _ = lines.lines(C[rest], fit.drawn[:, rest])
        low, high = lines.percentiles(slopes, fit.level)
        a = lines.line(C[rest], log_N[rest])[0]
        rows.append({"budget": m.budget, "runs": m.runs, "a": a, "low": low, "high": high})
    return pd.DataFrame(rows)


def budget_that_sets(x: Approach, runs: pd.DataFrame, column: str | None) -> Note | None:
    """The budget without which the interval is much narrower, or a elsewhere; how to see the rest.

    A budget is not left out because it widens an interval: the step is to add sizes to it.

    ``column``: the table's own column of budgets, FLOPs, if it has one.
    """
    if x.fit is None or len(x.fit.minima) < 4 or x.fit.bent:
        return None
    width, table = float(np.ptp(x.a_interval)), without_each(x.fit)
    share = (table["high"] - table["low"]) / width
    # By more than half the interval, and than the line without it can vary: with few budgets an
    # outermost one moves a so far by chance.
    covers = (table["low"] < x.a) & (x.a < table["high"])
    moved = ((table["a"] - x.a).abs() > width / 2) & ~covers
    hit = table[(share < 1 - NARROWER) | moved]
    if hit.empty:
        return None
    m = table.loc[share[hit.index].idxmin()]
    from isoflop.report import exponent

    a = exponent(m.a, (m.low, m.high))
    what = ("sets most of the interval", "区间主要由它决定")
    if not share[m.name] < 1 - NARROWER:
        what = ("moves a by more than its interval allows", "它把 a 拉动得超出了区间")
    out = _without(x, runs, m.budget, column)
    return Note(
        f"approach 2: {m.budget:.3g} has {m.runs:.0f} runs in the line and {what[0]}: without it "
        f"a = {a}. Add sizes there; {out[0]}, and whoever leaves it out quotes both",
        f"方法二：{m.budget:.3g} 有 {m.runs:.0f} 次训练用在这条线里，{what[1]}：去掉它，a = {a}。"
        f"请在那里补几个大小；{out[1]}，真要去掉它，两个结果都要报",
    )


def _without(x: Approach, runs: pd.DataFrame, budget: float, column: str | None) -> tuple[str, str]:
    """How to see the fit without a budget: an option where cells hold the very number."""
    here = x.data["flops"] == budget
    cells = runs["budget" if "budget" in runs else "flops"]
    if column is None or (cells == budget).sum() != here.sum():
        count = here.sum()
        return f"its {count} rows out of the table show it", f"从表里去掉它的 {count} 行就能看到"
    short = f"{budget:.6g}"
    number = short if float(short) == budget else repr(float(budget))
    option = f"--only {quote(f'{column}!={number}')}"
    return f"{option} shows it", f"用 {option} 就能看到"
