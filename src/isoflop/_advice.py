"""What to do next: a line for each thing that a fit's answers show, most important first.

Everything in a line is computed from the table and the fits that were made of it.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from shlex import quote
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from isoflop import _doubts, _leave_out, _signs, profiles
from isoflop._bends import BEND
from isoflop._nominal import WIDTH
from isoflop._said import Note
from isoflop.approaches import WIDE, Approach, Options

if TYPE_CHECKING:
    from isoflop.reading import Reading
    from isoflop.report import Section

MOST = 5
"""Lines at most, the last one included."""

REFITTED = 20_000
"""Up to so many runs the line near the minima is fitted, so that its a can be told."""


def advised(
    sections: Sequence[Section],
    reading: Reading,
    targets: Sequence[float],
    options: Options,
    words: Sequence[str] = (),
    by: str | None = None,
) -> list[Section]:
    """The sections with their steps.

    ``targets``: C in FLOPs. ``words``: the options under which the table was read, as a command
    takes them; ``by``: the column that tells the sections apart.
    """
    made = []
    for section in sections:
        alone = () if by is None else ("--only", f"{by}={section.name}")
        table = [_file(reading.name), *map(quote, (*words, *alone))]
        found = steps(section, " ".join(table), targets, options, _column(reading, section.runs))
        made.append(replace(section, steps=tuple(found)))
    return made


def _file(name: str) -> str:
    return quote(f"./{name}" if name.startswith("-") else name)


def _column(reading: Reading, runs: pd.DataFrame) -> str | None:
    """The table's own column of budgets in FLOPs; None where they were computed or scaled."""
    role = "budget" if "budget" in runs else "flops"
    found = [c.source for c in reading.columns if c.quantity == role and not c.unit]
    return found[0] if found and not found[0].startswith("= ") else None


def steps(
    section: Section,
    table: str,
    targets: Sequence[float],
    options: Options,
    column: str | None = None,
) -> list[Note]:
    """What to do next, at most ``MOST`` lines, in both languages.

    ``table``: how ``isoflop design`` is to be told the runs, quoted: a file, and options.
    ``column``: the column of it that holds the budgets as they are, if one does.
    """
    answers, runs = section.answers, section.runs
    if all(x.fit is None for x in answers.values()):
        return [_one_budget(runs) or _NOTHING_FITTED]
    line = answers["profiles"]
    made = [
        _one_budget(runs),
        *_of_profiles(line, options),
        _of_surface(answers, runs),
        _doubts.of_disagreement(section),
        _leave_out.budget_that_sets(line, runs, column),
        _undetermined(section),
    ]
    found = [note for note in made if note is not None]
    last = _design(section, table, targets, nothing=not found)
    return [*found[: MOST - len(last)], *last]


_NOTHING_FITTED = Note(
    "no approach was possible, for the reasons given with each. Train, or add to the table, at "
    "least two budgets with five sizes each",
    "每种方法都做不了，原因见各条。请训练或在表里补上至少两个预算、每个预算五个大小",
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
        f"所有训练都在同一个预算 {middle:.3g}：a 全凭公式的形式。请再训练一个预算，"
        f"在 {10 * middle:.3g}，或者便宜些在 {middle / 10:.3g}，至少五个大小",
    )


def _of_profiles(x: Approach, options: Options) -> list[Note | None]:
    return [] if x.fit is None else [_bent(x, options), _beyond(x), _flat(x)]


def _bent(x: Approach, options: Options) -> Note | None:
    if not x.fit.bent or options.near is not None:
        return None
    count, told = len(x.fit.bent), ("", "")
    if len(x.data) <= REFITTED and (near := _near(x, options)) is not None:
        from isoflop.report import exponent

        a = exponent(near.a, near.a_interval)
        told = (f": a becomes {a}", f"，a 变成 {a}")
    return Note(
        f"approach 2: at {count} of {len(x.fit.minima)} budgets sizes far from the minimum bend "
        f"the parabola. Fit with --near {BEND}, only runs within {BEND:.0%} of their budget's "
        f"lowest loss{told[0]}",
        f"方法二：{len(x.fit.minima)} 个预算里有 {count} 个，离最低点远的大小把抛物线带弯了。"
        f"请用 --near {BEND} 拟合，只取损失比所在预算的最低值高不到 {BEND:.0%} 的训练{told[1]}",
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
    en, zh = ", ".join(p[0] for p in parts), "，".join(p[1] for p in parts)
    more = len(rows) - len(parts)
    return Note(
        f"the minimum lies outside the sizes at {len(rows)} of {len(minima)} budgets. Add models "
        f"until the loss rises again: {en}" + (f", and at {more} more budgets" if more else ""),
        f"{len(minima)} 个预算里有 {len(rows)} 个的最低点在采样的大小之外。请补训练，"
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
        f"抛物线定不出最低点。请补几个大小：{zh}",
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
            f"曲面的形式与这些训练不合：不要用它外推{zh}",
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
        f"请在 {10 * high:.3g}，或者便宜些在 {low / 10:.3g}，加一个预算，至少五个大小",
    )


def _design(section: Section, table: str, targets, nothing: bool) -> list[Note]:
    """The command that plans further runs; none where it would find no surface to plan by."""
    if section.answers["surface"].fit is None:
        return []
    target = max(targets) if targets else 10 * section.largest
    command = f"isoflop design {table} --target {target:.3g} --spend {section.largest:.3g}"
    first = ("after that, ", "改好之后，")
    if nothing:
        first = ("nothing here has to be mended; ", "没有要改的地方；")
    return [
        Note(
            f"{first[0]}to narrow N*({target:.3g}): {command}",
            f"{first[1]}要把 N*({target:.3g}) 定得更窄：{command}",
        )
    ]
