"""Checks of chapter 03: reducible loss, where the frontier bends, a line extended, its width."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from isoflop import lines
from isoflop.exercises import Check, Mistake, close
from isoflop.laws import BESIROGLU_2024, KAPLAN

_LAW = BESIROGLU_2024
_GAMMA = _LAW.alpha * _LAW.beta / (_LAW.alpha + _LAW.beta)
_TENTH = 10 ** (1 / _GAMMA)


def _where_reducible(times_floor: float) -> float:
    """The budget at which the reducible loss is ``times_floor`` times E."""
    anchor = 1e20
    return anchor * ((_LAW.optimum(anchor).loss - _LAW.E) / (times_floor * _LAW.E)) ** (1 / _GAMMA)


def _extended(log_loss: bool) -> tuple[float, float]:
    """A line through 20 budgets carried to 1e25: (gap to the truth, loss it predicts)."""
    C, far = np.geomspace(1e19, 1e21, 20), 1e25
    y = _LAW.optimum(C).loss
    slope, intercept = lines.line(np.log(C), np.log(y) if log_loss else y)
    predicted = intercept + slope * np.log(far)
    predicted = float(np.exp(predicted)) if log_loss else predicted
    return _LAW.optimum(far).loss - predicted, predicted


def _needed(sigma: float, n: float, kappa: float) -> float:
    return np.sqrt(2 * 2.8 * sigma / kappa) * (180 / n) ** 0.25 / np.log(10)


_DESIGNS = ((0.003, 9, 0.0064), (0.01, 36, 0.004), (0.001, 6, 0.007))


def _widths(times: Callable[..., float] = lambda *_: 1.0) -> Callable[[Callable], bool]:
    """A judge of the reader's function: right up to a factor that a mistake brings in."""

    def judge(needed: Callable) -> bool:
        return all(close(_needed(*d) * times(*d))(needed(*d)) for d in _DESIGNS)

    return judge


CHECKS = {
    "03.1": Check(
        close(_TENTH),
        "可约损失∝C^(−γ)，γ=αβ/(α+β)：解λ^(−γ)=1/10。",
        "The reducible loss goes as C^(−γ), γ = αβ/(α+β): solve λ^(−γ) = 1/10.",
        (
            Mistake(
                close(2 ** (1 / _GAMMA)),
                "这是减半要的倍数，题目问的是减到十分之一。",
                "That halves it; the question asks for a tenth.",
            ),
            Mistake(
                close(10 ** (1 / KAPLAN.alpha_C)),
                "你用了Kaplan等人无底的指数；这里的定律有底，指数是γ。",
                "That is Kaplan et al.'s floorless exponent; this law has a floor and exponent γ.",
            ),
            Mistake(
                close(10 ** (1 / _LAW.alpha)),
                "α是单独加大N时的指数；沿最优路走，N只拿到算力的一部分。",
                "α is for N growing alone; along the optimal path N gets only part of the compute.",
            ),
            Mistake(
                close(10**_GAMMA),
                "指数放反了：应是1/γ次方。",
                "The exponent is upside down: it should be 1/γ.",
            ),
        ),
        "五六个数量级。“算力乘十，损失打折”听着划算，走完要很久。",
        "Five to six factors of 10: a steady discount, and a long way to go.",
    ),
    "03.2": Check(
        close(lambda: _where_reducible(1)),
        "r=1/2时，可约损失和E各占一半：kC^(−γ)=E。k由任一预算处的L*定出。",
        "At r = 1/2 the reducible loss equals E: kC^(−γ) = E. L* at any budget gives k.",
        (
            Mistake(
                close(0.5),
                "这是份额r；题目要的是达到它的预算，单位FLOPs。",
                "That is the share r; wanted is the budget at which it is reached, in FLOPs.",
            ),
            Mistake(
                close(lambda: _where_reducible(0.5)),
                "那里可约损失是E的一半，份额是1/3，不是1/2。",
                "There the reducible loss is half of E, a share of 1/3 rather than 1/2.",
            ),
        ),
        "比九个预算都小。",
        "Smaller than all nine budgets.",
    ),
    "03.3": Check(
        close(lambda: _extended(True)[0], rel=0.005),
        "两边都取自然对数再拟合；预测时记得取指数，再用真值减预测。",
        "Fit with natural logs on both sides; exponentiate the forecast; truth minus forecast.",
        (
            Mistake(
                close(lambda: -_extended(True)[0], rel=0.005),
                "大小对，符号反了：直线的预测低于真值，差写成正数。",
                "Right size, wrong sign: the line lies below the truth; give the gap as positive.",
            ),
            Mistake(
                close(lambda: _extended(True)[1], rel=0.005),
                "这是直线预测的损失；题目要它比真值低多少。",
                "That is the loss the line predicts; how far below the truth is it?",
            ),
            Mistake(
                close(lambda: _extended(False)[0], rel=0.005),
                "你拟合的是L对ln C；题目要ln L对ln C。",
                "You fitted L against ln C; the question asks for ln L against ln C.",
            ),
        ),
        "没有噪声也差这么多：这是线形的误差，区间里没有它。",
        "So far off without any noise: an error of form, which no interval contains.",
    ),
    "03.4": Check(
        _widths(),
        "W是自然对数的宽度，除以ln 10才是几个10倍。",
        "W is a width in natural logs; divide by ln 10 for factors of 10.",
        (
            Mistake(
                _widths(lambda *_: np.log(10)),
                "这是ln的宽度；题目要log10。",
                "That is the width in ln; wanted in log10.",
            ),
            Mistake(
                _widths(lambda sigma, n, kappa: (180 / n) ** 0.25),
                "预算个数的幂是1/4，不是1/2：W²∝1/√n。",
                "The power of the number of budgets is 1/4, not 1/2: W² goes as 1/√n.",
            ),
            Mistake(
                _widths(lambda sigma, n, kappa: np.sqrt(5.6 * sigma / kappa)),
                "σ/κ要开平方。",
                "σ/κ stands under a square root.",
            ),
        ),
        "宽度只随个数的四分之一次方变。",
        "The width goes with the fourth root of the number only.",
    ),
}
