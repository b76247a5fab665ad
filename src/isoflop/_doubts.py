"""Which of two approaches that disagree is the less trustworthy, and what would decide."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from isoflop import _signs
from isoflop._said import Note
from isoflop.approaches import Approach, apart

if TYPE_CHECKING:
    from isoflop.report import Section


def usable(x: Approach) -> bool:
    return x.fit is not None and not any(n.forbids for n in x.warnings) and not outside(x)


def outside(x: Approach) -> bool:
    return x.name == "profiles" and x.fit is not None and not x.fit.minima["inside"].all()


def of_disagreement(section: Section) -> Note | None:
    pairs = apart(section.answers)
    if not pairs:
        return None
    x, y = (section.answers[name] for name in pairs[0])
    doubts = [(z.name, *_doubt(z, section.runs)) for z in (x, y)]
    C, sizes = _telling_budget(x, y, section.runs)
    en, zh = _verdict(doubts)
    N = f"{sizes[0]:.2g}", f"{sizes[1]:.2g}"
    return Note(
        f"{x.name} and {y.name} disagree: {en}. To decide, train at {C:.3g} models of N = {N[0]} "
        f"({x.name}) and N = {N[1]} ({y.name}): the lower loss decides",
        f"{x.name} 与 {y.name} 不一致：{zh}。要判定，请在 {C:.3g} 处训练 N = {N[0]}（{x.name}）和 "
        f"N = {N[1]}（{y.name}）的模型：损失低的说了算",
    )


def _verdict(doubts: list[tuple[str, str, str]]) -> tuple[str, str]:
    doubted = [doubt for doubt in doubts if doubt[1]]
    if not doubted:
        return "no sign here says which is wrong", "这里没有迹象说明错的是哪个"
    if len(doubted) == 1:
        name, en, zh = doubted[0]
        return f"{name} is the less trustworthy here ({en})", f"这里 {name} 较不可信（{zh}）"
    en = "; ".join(f"{name}: {why}" for name, why, _ in doubted)
    zh = "；".join(f"{name}：{why}" for name, _, why in doubted)
    return f"neither is to be trusted as it stands ({en})", f"照现在的样子哪个都不可信（{zh}）"


def _doubt(x: Approach, runs: pd.DataFrame) -> tuple[str, str]:
    """Why an approach is not to be trusted here, in both languages; ("", "") where nothing says."""
    if x.name == "profiles" and x.fit.bent:
        return "parabolas bent by far sizes", "抛物线被远处的大小带弯"
    if outside(x):
        return "minima outside the sizes", "最低点在采样的大小之外"
    if x.name == "surface" and _signs.misfit(x.fit.residuals, x.replicates, runs):
        return "its form does not fit", "形式不合"
    if x.name == "envelope":
        return "curves read in the middle of their schedule", "曲线读自学习率调度中途"
    if any(n.forbids for n in x.warnings):
        return "see its warnings", "见它的警告"
    return "", ""


def _telling_budget(x: Approach, y: Approach, runs: pd.DataFrame) -> tuple[float, tuple]:
    """The end of the budgets at which two approaches' N* are further apart, and both N*."""
    ends = [float(runs["flops"].min()), float(runs["flops"].max())]
    pairs = [(C, (x.N(C)[0], y.N(C)[0])) for C in ends]
    return max(pairs, key=lambda pair: abs(math.log(pair[1][0] / pair[1][1])))
