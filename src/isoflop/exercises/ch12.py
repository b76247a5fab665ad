"""Checks of chapter 12, planning."""

import numpy as np
from scipy.optimize import brentq

from isoflop import laws, planning, published
from isoflop.exercises import Check, Mistake, close

_LAW = laws.BESIROGLU_2024
_BUDGET = 1e21
_D = published.MODELS["Chinchilla"].D
_R = published.MUENNIGHOFF_R_D


def _half_size() -> tuple[float, float]:
    """T_best / D* and T_even / D* of half the size at equal loss."""
    alpha, beta = _LAW.alpha, _LAW.beta
    d = (1 - beta / alpha * (2**alpha - 1)) ** (-1 / beta)
    return 3 * d * (2**alpha * d**beta - 1), 3 * (d - 2)


def _enough(cost: float, excess: float = published.MUENNIGHOFF_R_N) -> float:
    """Distinct tokens with which limited text costs so many nats."""
    free = _LAW.optimum(_BUDGET)

    def too_dear(log_U: float) -> float:
        plan = planning.limited_data(_BUDGET, _LAW, np.exp(log_U), excess=excess)
        return plan.loss - free.loss - cost

    return float(np.exp(brentq(too_dear, np.log(free.D / 1e3), np.log(free.D))))


CHECKS = {
    "12.1": Check(
        close(3 * _D),
        "训练每个参数、每个词元 6 次，推理 2 次：令 2NT = 6ND。",
        "Training takes 6 for each parameter and token, serving 2: set 2NT = 6ND.",
        mistakes=(
            Mistake(
                close(_D),
                "同样多的词元，推理只花训练的三分之一：反向传播占了另外三分之二。",
                "The same number of tokens costs a third of training to serve: the backward pass "
                "is the other two thirds.",
            ),
            Mistake(
                close(_D / 3),
                "倒过来了：推理一个词元比训练一个词元便宜。",
                "Upside down: a token is cheaper to serve than to train on.",
            ),
            Mistake(
                lambda answer: bool(np.isclose(answer, 3 * _D / 1e12, rtol=0.01)),
                "单位：要的是词元的个数，不是万亿。",
                "Mind the unit: a count of tokens is wanted, not trillions.",
            ),
        ),
        well_zh="N 约掉了：无论多大的模型，都是 3D。",
        well_en="N cancels: it is 3D for a model of any size.",
    ),
    "12.2": Check(
        close(_half_size),
        "先由等损失解出 d = D/D*；再用 ρ = 2^α·d^β、T_best = 3D(ρ−1)和T_even = 3(ND−N*D*)/(N*−N)。",
        "First solve equal loss for d = D/D*; then use ρ = 2^α·d^β, T_best = 3D(ρ−1) and "
        "T_even = 3(ND−N*D*)/(N*−N).",
        mistakes=(
            Mistake(
                lambda answer: close(_half_size)(np.asarray(answer)[::-1]),
                "两个数都对，次序反了：先 T_best，后 T_even。",
                "Both numbers are right, in the wrong order: T_best first, then T_even.",
            ),
            Mistake(
                lambda answer: np.ndim(answer) == 0,
                "要两个数：最省的推理量，和打平的推理量。",
                "Two numbers are wanted: the volume at which it is best, and where it breaks even.",
            ),
            Mistake(
                lambda answer: bool(np.isclose(np.asarray(answer)[1], 0, atol=1e-6)),
                "一半大小、两倍词元，算力相同，损失却更高；要先解等损失。",
                "Half the size on twice the tokens costs the same and has a higher loss; solve "
                "for equal loss first.",
            ),
        ),
        well_zh="所以正文那张图对每笔预算都成立。",
        well_en="Which is why the figure in the text holds at every budget.",
    ),
    "12.3": Check(
        close(lambda: 1 + _R * np.log(2)),
        "令 e^(−R/R*) = 1/2，再由 R = D/U − 1 换成遍数。",
        "Set e^(−R/R*) = 1/2, and turn R = D/U − 1 into readings.",
        mistakes=(
            Mistake(
                close(lambda: _R * np.log(2)),
                "这是重复的次数 R；遍数还要算上第一遍。",
                "That is the number of repetitions R; count the first reading as well.",
            ),
            Mistake(
                close(lambda: 1 + _R),
                "R = R* 时只剩 1/e，不到一半。",
                "At R = R* only 1/e is left, less than a half.",
            ),
        ),
    ),
    "12.4": Check(
        close(lambda: _enough(0.01), rel=0.02),
        "对每个 U 用 planning.limited_data 求损失，减去 planning.plan 的损失，找差等于 0.01 的 U。",
        "For each U take the loss of planning.limited_data less that of planning.plan, and find "
        "the U at which the difference is 0.01.",
        mistakes=(
            Mistake(
                close(lambda: _LAW.optimum(_BUDGET).D, rel=0.02),
                "这是 D*，一遍也不必重复的量；允许损失高 0.01，可以少得多。",
                "That is D*, with which nothing is repeated; a loss 0.01 higher needs far less.",
            ),
            Mistake(
                close(lambda: _enough(0.01, np.inf), rel=0.02),
                "过大的模型没有打折：excess 留着缺省值，两种折扣都要算。",
                "Models that are too large went undiscounted: keep the default of excess, so that "
                "both discounts count.",
            ),
            Mistake(
                close(lambda: _enough(0.1), rel=0.02),
                "这是 0.1 nats 的答案。",
                "That is the answer for 0.1 nats.",
            ),
            Mistake(
                close(lambda: np.log(_enough(0.01)), rel=1e-3),
                "这是 ln U；再取一次指数。",
                "That is ln U; take the exponential.",
            ),
        ),
    ),
}
