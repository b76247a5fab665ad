"""What to do next: a line for each thing that a fit's answers show, most important first.

Everything in a line is computed from the table and the fits that were made of it. The budget that
sets the line's interval is found with the line's own resamples (each is the line without that
budget), so that it costs no fit.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from shlex import quote
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isoflop import _doubts, _signs, lines, profiles
from isoflop._bends import BEND
from isoflop._nominal import WIDTH
from isoflop._said import Note
from isoflop.approaches import WIDE, Approach, Options

if TYPE_CHECKING:
    from isoflop.report import Section

MOST = 5
"""Lines at most, the last one included."""

NARROWER = 0.3
"""A budget sets the interval where the line without it has one narrower by more than this share."""

REFITTED = 20_000
"""Up to so many runs the line near the minima is fitted, so that its a can be told."""


def advised(
    sections: Sequence[Section], file: str, targets: Sequence[float], options: Options
) -> list[Section]:
    """The sections with their steps. ``file``: the table's name; ``targets``: C in FLOPs."""
    several = len(sections) > 1
    return [
        replace(s, steps=tuple(steps(s, "" if several else file, targets, options)))
        for s in sections
    ]


def steps(section: Section, file: str, targets: Sequence[float], options: Options) -> list[Note]:
    """What to do next, at most ``MOST`` lines, in both languages.

    ``file`` is the table that ``isoflop design`` is to read, "" where this section is part of it.
    """
    answers, runs = section.answers, section.runs
    if all(x.fit is None for x in answers.values()):
        return [_NOTHING_FITTED]
    line = answers["profiles"]
    made = [
        _one_budget(runs),
        *_of_profiles(line, options),
        _of_surface(answers, runs),
        _doubts.of_disagreement(section),
        _budget_that_sets(line),
        _undetermined(section),
    ]
    found = [note for note in made if note is not None]
    last = _design(section, file, targets, nothing=not found)
    return [*found[: MOST - len(last)], *last]


_NOTHING_FITTED = Note(
    "no approach was possible, for the reasons given with each. Train, or add to the table, at "
    "least two budgets with five sizes each",
    "每种方法都做不了，原因见各条。请训练或在表里补上至少两个预算、每个预算五个规模",
)


def _one_budget(runs: pd.DataFrame) -> Note | None:
    C = runs["flops"]
    if np.ptp(np.log(C)) > WIDTH:
        return None
    middle = float(np.exp(np.log(C).mean()))
    return Note(
        f"all runs lie at one budget, {middle:.3g}: a rests on the form of the law alone. Train a "
        f"second budget, at {10 * middle:.3g} or, cheaper, at {middle / 10:.3g}, with five sizes "
        f"or more",
        f"所有运行都在同一个预算 {middle:.3g}：a 全凭公式的形式。请再训练一个预算，"
        f"在 {10 * middle:.3g}，或者便宜些在 {middle / 10:.3g}，至少五个规模",
    )


def _of_profiles(x: Approach, options: Options) -> list[Note | None]:
    return [] if x.fit is None else [_bent(x, options), _beyond(x), _flat(x)]


def _bent(x: Approach, options: Options) -> Note | None:
    if not x.fit.bent or options.near is not None:
        return None
    count, told = len(x.fit.bent), ("", "")
    if len(x.data) <= REFITTED and (near := _near(x, options)) is not None:
        a = _exponent(near.a, near.a_interval)
        told = (f": a becomes {a}", f"，a 变成 {a}")
    return Note(
        f"approach 2: at {count} of {len(x.fit.minima)} budgets sizes far from the minimum bend "
        f"the parabola. Fit with --near {BEND}, only runs within {BEND:.0%} of their budget's "
        f"lowest loss{told[0]}",
        f"方法二：{len(x.fit.minima)} 个预算里有 {count} 个，离最低点远的规模把抛物线带弯了。"
        f"请用 --near {BEND} 拟合，只取损失比所在预算的最低值高不到 {BEND:.0%} 的运行{told[1]}",
    )


def _near(x: Approach, options: Options) -> profiles.ProfilesFit | None:
    """Approach 2 as ``--near`` would give it, None where that determines nothing either."""
    columns = [x.data[c].to_numpy() for c in ("params", "tokens", "loss", "flops")]
    several = {"replicates": options.replicates, "seed": options.seed, "level": options.level}
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            found = profiles.fit(*columns, near=BEND, **several)
        except ValueError:
            return None
    return found if np.ptp(found.a_interval) < WIDE else None


def _beyond(x: Approach) -> Note | None:
    """Budgets at which nothing shows a minimum: the lowest run is the smallest or the largest."""
    minima = x.fit.minima
    rows = minima[~minima["inside"] & ~minima["budget"].isin((*x.fit.bent, *x.fit.flat))]
    if rows.empty:
        return None
    parts = []
    for m in rows.head(4).itertuples():
        sizes = x.data["params"][x.data["flops"] == m.budget]
        N, smaller = _size_to_add(m.N, sizes.min(), sizes.max())
        side = ("a smaller one", "小些的") if smaller else ("a larger one", "大些的")
        parts.append(
            (f"at {m.budget:.3g} {side[0]}, N = {N:.2g}", f"{m.budget:.3g} 处{side[1]} N = {N:.2g}")
        )
    en, zh = ("，".join(p[1] for p in parts), ", ".join(p[0] for p in parts))[::-1]
    more = len(rows) - len(parts)
    return Note(
        f"the minimum lies outside the sizes at {len(rows)} of {len(minima)} budgets. Add models "
        f"until the loss rises again: {en}" + (f", and at {more} more budgets" if more else ""),
        f"{len(minima)} 个预算里有 {len(rows)} 个的最低点在采样的规模之外。请补训练，"
        f"直到损失又升上去：{zh}" + (f"，另有 {more} 个预算" if more else ""),
    )


def _flat(x: Approach) -> Note | None:
    """Budgets whose lowest loss lies between two sizes where the parabola sees no minimum."""
    if not x.fit.flat:
        return None
    parts = []
    for C in x.fit.flat[:4]:
        here = x.data[x.data["flops"] == C]
        parts.append((C, here["params"][here["loss"].idxmin()]))
    en = ", ".join(f"at {C:.3g} about N = {N:.2g}" for C, N in parts)
    zh = "，".join(f"{C:.3g} 处在 N = {N:.2g} 附近" for C, N in parts)
    return Note(
        f"approach 2: the losses at {len(x.fit.flat)} of {len(x.fit.minima)} budgets are too flat "
        f"or too noisy for a parabola. Add sizes {en}",
        f"方法二：{len(x.fit.minima)} 个预算里有 {len(x.fit.flat)} 个的损失太平或噪声太大，"
        f"抛物线定不出最低点。请补几个规模：{zh}",
    )


def _size_to_add(minimum: float, smallest: float, largest: float) -> tuple[float, bool]:
    """A size beyond the minimum, a factor 2 to 8 from the last one there is; whether smaller."""
    if minimum < smallest:
        return float(np.clip(minimum / 2, smallest / 8, smallest / 2)), True
    return float(np.clip(minimum * 2, largest * 2, largest * 8)), False


def _of_surface(answers: dict[str, Approach], runs: pd.DataFrame) -> Note | None:
    x = answers["surface"]
    if x.fit is None:
        return None
    others = [n for n in ("profiles", "envelope") if _doubts.usable(answers[n])]
    en, zh = "", ""
    if others:
        en, zh = f"; take N* from {others[0]}", f"；N* 请用 {others[0]} 的"
    if _signs.misfit(x.fit.residuals, x.replicates, runs):
        return Note(
            f"the surface's form does not fit these runs: do not extrapolate with it{en}",
            f"曲面的形式与这些运行不合：不要用它外推{zh}",
        )
    rows = _signs.large(x.fit.residuals)
    if not len(rows):
        return None
    named = ", ".join(str(runs.index[i]) for i in rows[:5]) + (" …" if len(rows) > 5 else "")
    return Note(
        f"row{'s' if len(rows) > 1 else ''} {named}: missed by more than {_signs.LARGE:.0f} times "
        f"the median residual. Look there first; if the values are right, do not extrapolate "
        f"with the surface{en}",
        f"第 {named} 行的残差超过中位数的 {_signs.LARGE:.0f} 倍：请先查这些行；"
        f"它们要是没错，不要用曲面外推{zh}",
    )


def without_each(fit) -> pd.DataFrame:
    """The line of approach 2 without each budget in turn: budget, runs, a, low, high.

    From the fit's own resamples: the interval is at their level, and costs no new ones.

    >>> from isoflop import _advice, laws, profiles, runs, simulate
    >>> C = [1e19, 1e20, 1e21]
    >>> made = simulate.runs(laws.BESIROGLU_2024, C, simulate.sizes_around(laws.BESIROGLU_2024, C))
    >>> len(_advice.without_each(profiles.fit(*runs.columns_of(made), replicates=20)))
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


def _budget_that_sets(x: Approach) -> Note | None:
    if x.fit is None or len(x.fit.minima) < 4 or x.fit.bent:
        return None
    width, table = float(np.ptp(x.a_interval)), without_each(x.fit)
    share = (table["high"] - table["low"]) / width
    moved = (table["a"] - x.a).abs() > width / 2
    hit = table[(share < 1 - NARROWER) | moved]
    if hit.empty:
        return None
    m = table.loc[share[hit.index].idxmin()]
    a = _exponent(m.a, (m.low, m.high))
    what = ("sets most of the interval", "区间主要由它决定")
    if not share[m.name] < 1 - NARROWER:
        what = ("moves a by more than its interval allows", "它把 a 拉动得超出了区间")
    rows = int((x.data["flops"] == m.budget).sum())
    return Note(
        f"approach 2: {m.budget:.3g} has {m.runs:.0f} runs in the line and {what[0]}: without it "
        f"a = {a}. Add sizes there, or take its {rows} rows out of the table",
        f"方法二：{m.budget:.3g} 有 {m.runs:.0f} 个运行用在这条线里，{what[1]}：去掉它，a = {a}。"
        f"请在那里补几个规模，或从表里去掉它的 {rows} 行",
    )


def _undetermined(section: Section) -> Note | None:
    """Approaches whose a nothing determines, where no bend or missing size explains it."""
    wide = [
        x.name
        for x in section.answers.values()
        if x.fit is not None and not np.ptp(x.a_interval) < WIDE and not _doubts.outside(x)
    ]
    C = section.runs["flops"]
    if not wide or np.ptp(np.log(C)) <= WIDTH:
        return None
    en, zh = " and ".join(wide), "、".join(wide)
    low, high = float(C.min()), float(C.max())
    return Note(
        f"a is not determined by {en}: budgets from {low:.3g} to {high:.3g} span a factor of "
        f"{high / low:.2g}. Add one at {10 * high:.3g} or, cheaper, at {low / 10:.3g}, with five "
        f"sizes or more",
        f"{zh} 定不出 a：预算从 {low:.3g} 到 {high:.3g}，只差 {high / low:.2g} 倍。"
        f"请在 {10 * high:.3g}，或者便宜些在 {low / 10:.3g}，加一个预算，至少五个规模",
    )


def _design(section: Section, file: str, targets, nothing: bool) -> list[Note]:
    """The command that plans further runs; none where it would find no surface to plan by."""
    if section.answers["surface"].fit is None:
        return []
    target = max(targets) if targets else 10 * section.largest
    name = quote(f"./{file}" if file.startswith("-") else file) if file else "FILE"
    command = f"isoflop design {name} --target {target:.3g} --spend {section.largest:.3g}"
    alone = ("", "") if file else (" (FILE: these runs alone)", "（FILE：只有这些运行的表）")
    first = ("after that, ", "改好之后，")
    if nothing:
        first = ("nothing here has to be mended; ", "没有要改的地方；")
    return [
        Note(
            f"{first[0]}to narrow N*({target:.3g}): {command}{alone[0]}",
            f"{first[1]}要把 N*({target:.3g}) 定得更窄：{command}{alone[1]}",
        )
    ]


def _exponent(value: float, interval: Sequence[float]) -> str:
    from isoflop.report import exponent

    return exponent(value, interval)
