"""Checks of chapter 05, the design of the experiment and its schedules."""

import math

import numpy as np

from isoflop import published
from isoflop.exercises import Check, Mistake, close
from isoflop.minirun import recipe

_LONGER = 1 + published.HOFFMANN_SCHEDULE["overshoot"]
_DESIGN = published.HOFFMANN_DESIGN


def _cosine(travelled: float) -> float:
    return 0.1 + 0.45 * (1 + math.cos(math.pi * travelled))


def _stopped() -> float:
    """Share of the peak where a cosine made too long is stopped; warm-up 5 % of its length."""
    return _cosine((1 / _LONGER - 0.05) / 0.95)


def _range() -> float:
    """Hoffmann et al.'s range of log budgets over one decade's."""
    return math.log10(_DESIGN["approach_2_highest"] / _DESIGN["approach_2_lowest"])


def _lengths() -> np.ndarray:
    form = published.HOFFMANN_APPROACH_1
    return np.geomspace(1, 1 / form["span"], form["lengths"])


def _schedules(share) -> list[tuple[np.ndarray, np.ndarray]]:
    """What the reader's function gives, beside the recipe's: matched and long, two lengths."""
    found = []
    for width in (24, 64):
        for arm, long in (("matched", 1), ("long-cosine", recipe.LONG)):
            run = recipe.matched_to(2.5e11, width, 0, arm)
            answer = np.asarray(share(run.steps, long), dtype=np.float64)
            found.append((answer, run.schedule()))
    return found


def _same(share) -> bool:
    return all(a.shape == s.shape and np.allclose(a, s, atol=1e-6) for a, s in _schedules(share))


def _to_zero(share) -> bool:
    """The matched cosine ends at zero."""
    answer, _ = _schedules(share)[0]
    return abs(answer[-1]) < 0.02


def _ends_early(share) -> bool:
    """The long cosine ends with the run instead."""
    answer, _ = _schedules(share)[1]
    return abs(answer[-1] - 0.1) < 0.02


def _from_zero(share) -> bool:
    """Steps counted from 0: everything a step late."""
    return all(
        a.shape == s.shape and np.allclose(a[1:], s[:-1], atol=1e-6) for a, s in _schedules(share)
    )


CHECKS = {
    "05.1": Check(
        close(_stopped, rel=0.01),
        "余弦的长度是 T，训练停在 t = T/1.25；先求走过的份额 (t−W)/(T−W)。",
        "The cosine has length T and training stops at t = T/1.25; first find the share "
        "travelled, (t−W)/(T−W).",
        mistakes=(
            Mistake(
                close(0.1, rel=0.01),
                "这是余弦走完时的值；训练停得早，还没走到。",
                "That is where a full cosine ends; training stops before it gets there.",
            ),
            Mistake(
                close(lambda: _cosine(1 / _LONGER), rel=0.01),
                "你把预热也当成了余弦：前 5% 是预热。",
                "You took the warm-up for a part of the cosine: the first 5% is warm-up.",
            ),
            Mistake(
                close(lambda: _cosine((0.75 - 0.05) / 0.95), rel=0.01),
                "长出四分之一，停在 1/1.25 = 0.8 处，不是 0.75。",
                "A quarter longer means stopping at 1/1.25 = 0.8, not at 0.75.",
            ),
        ),
        well_zh="约是走完时的两倍。",
        well_en="About twice the end of a full cosine.",
    ),
    "05.2": Check(
        close(lambda: _range() ** 2, rel=0.01),
        "误差反比于 R·√r；令两组相等，解出 r。",
        "The error goes as 1/(R·√r); set the two groups equal and solve for r.",
        mistakes=(
            Mistake(
                close(_range, rel=0.01),
                "忘了平方：种子只按平方根起作用。",
                "Square it: seeds count by their square root only.",
            ),
            Mistake(
                close(lambda: 10 ** (_range() - 1), rel=0.01),
                "R 是对数范围，不是预算之比。",
                "R is the range of log budgets, not their ratio.",
            ),
        ),
        well_zh="范围抵得上好几倍的训练。",
        well_en="Range is worth several times the runs.",
    ),
    "05.3": Check(
        _same,
        "先算余弦的全长 T = long·steps 和预热 W，再分 t < W 与 t ≥ W 两段。",
        "First the full length T = long·steps and the warm-up W, then t < W and t ≥ W apart.",
        mistakes=(
            Mistake(
                _to_zero,
                "降到了零；我们的余弦降到十分之一。",
                "It falls to zero; our cosine falls to a tenth.",
            ),
            Mistake(
                _ends_early,
                "余弦跟着训练一起结束了；long 大于 1 时它应当更长。",
                "The cosine ends with the run; with long above 1 it should be longer.",
            ),
            Mistake(
                _from_zero,
                "步数从 1 数起，不是从 0。",
                "Steps are counted from 1, not from 0.",
            ),
        ),
    ),
    "05.4": Check(
        close(lambda: _lengths().sum(), rel=0.01),
        "四个长度是公比为 16^(−1/3) 的等比数列；算力与长度成正比。",
        "The four lengths are a geometric sequence of ratio 16^(−1/3); compute goes with length.",
        mistakes=(
            Mistake(
                close(lambda: len(_lengths()), rel=0.01),
                "四次训练，但长度不同，花费也不同。",
                "Four runs, but of different lengths and so of different cost.",
            ),
            Mistake(
                close(lambda: np.linspace(1, 1 / 16, 4).sum(), rel=0.01),
                "你取了等差的长度；题目说按对数等距。",
                "You spaced the lengths evenly; the question spaces their logs.",
            ),
        ),
        well_zh="钱几乎都花在最长的那一次上。",
        well_en="Nearly all of it goes into the longest run.",
    ),
}
