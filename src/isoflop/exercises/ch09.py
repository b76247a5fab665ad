"""Checks of chapter 09, how sure we are."""

from functools import cache

import numpy as np

from isoflop import datasets, published, surface
from isoflop._replicates import SurfaceReplicates
from isoflop.exercises import Check, Mistake, close

_PRINTED = published.HOFFMANN_TABLE_2[3]["a"]
_CHINCHILLA = published.MODELS["Chinchilla"]


@cache
def _bootstrap() -> SurfaceReplicates:
    table = datasets.load("chinchilla-figure4", stand_in=True)
    table = table.sort_values("loss", kind="stable").iloc[:-5]
    return surface.bootstrap(*(table[name] for name in ("params", "tokens", "loss")))


def _ratio_of_widths() -> float:
    width = np.ptp(np.percentile(_bootstrap().values("a"), (10, 90)))
    return float(width / (_PRINTED.p90 - _PRINTED.p10))


def _above_half() -> float:
    return float(np.mean(_bootstrap().values("a") > 0.5))


def _loss(percentiles: tuple[float, float], N: float, D: float) -> np.ndarray:
    E, A, B, alpha, beta = (_bootstrap().values(c) for c in ("E", "A", "B", "alpha", "beta"))
    return np.percentile(E + A / N**alpha + B / D**beta, percentiles)


_DATA_SETS = 4 * 0.95 * 0.05 / 0.02**2

CHECKS = {
    "09.1": Check(
        close(lambda: _ratio_of_widths() ** 2, rel=0.1),
        "宽度之比是几？误差随1/√n缩小，所以次数要乘它的平方。",
        "What is the ratio of the widths? Errors go as 1/√n, so the runs grow by its square.",
        (
            Mistake(
                close(_ratio_of_widths, rel=0.1),
                "这是宽度之比；次数要乘它的平方。",
                "That is the ratio of the widths; the number of runs grows by its square.",
            ),
            Mistake(
                close(lambda: 1 / _ratio_of_widths() ** 2, rel=0.1),
                "倒过来了：要更窄，就得训更多。",
                "Upside down: a narrower interval takes more runs.",
            ),
        ),
        "印出的区间若是真的，背后得有几十万次训练。",
        "Were the printed interval right, hundreds of thousands of runs would stand behind it.",
    ),
    "09.2": Check(
        close(_DATA_SETS, rel=0.01),
        "令2√(p(1−p)/n)=0.02，p=0.95，解出n。",
        "Set 2√(p(1−p)/n) = 0.02 with p = 0.95 and solve for n.",
        (
            Mistake(
                close(_DATA_SETS / 4, rel=0.01),
                "这是一倍误差；题目要两倍。",
                "That is for one error; the question asks for two.",
            ),
            Mistake(
                close(4 * 0.93 * 0.07 / 0.02**2, rel=0.01),
                "取p=0.95，不是0.93。",
                "Take p = 0.95, not 0.93.",
            ),
        ),
    ),
    "09.3": Check(
        lambda answer: bool(abs(answer - _above_half()) < 0.02),
        '数一数boot.values("a")里有多少大于0.5，除以总数。',
        'Count how many of boot.values("a") exceed 0.5, and divide by how many there are.',
        (
            Mistake(
                lambda answer: bool(abs(answer - (1 - _above_half())) < 0.02),
                "这是a小于0.5的比例。",
                "That is the share with a below 0.5.",
            ),
        ),
    ),
    "09.4": Check(
        close(lambda: _loss((2.5, 97.5), _CHINCHILLA.N, _CHINCHILLA.D), rel=0.002),
        "每个样本的E、A、B、α、β各算一个损失，再取第2.5与第97.5百分位。",
        "One loss for each sample's E, A, B, α, β; then the 2.5th and 97.5th percentile.",
        (
            Mistake(
                close(lambda: _loss((10, 90), _CHINCHILLA.N, _CHINCHILLA.D), rel=0.0005),
                "这是80%区间。",
                "That is the 80% interval.",
            ),
            Mistake(
                lambda answer: np.ndim(answer) == 0,
                "要两个数：下限和上限。",
                "Two numbers are wanted: low and high.",
            ),
        ),
    ),
}
