"""Checks of chapter 08, approach 3."""

import math

import numpy as np

from isoflop import datasets, laws, published, surface
from isoflop.exercises import Check, Mistake, close

_LAW = laws.HOFFMANN_2022


def _columns(dropped: int) -> list[np.ndarray]:
    """N, D, loss of figure 4 without the points of highest loss."""
    table = datasets.load("chinchilla-figure4", stand_in=True)
    table = table.sort_values("loss", kind="stable").iloc[: len(table) - dropped]
    return [table[name].to_numpy() for name in ("params", "tokens", "loss")]


def _sizes() -> np.ndarray:
    return np.abs(surface.fit(*_columns(5)).residuals)


def _ratios(delta: float) -> list[float]:
    """D/N at Gopher's budget from all points, and without five."""
    fits = [surface.fit(*_columns(k), delta=delta).law for k in (0, 5)]
    return [law.optimum(published.GOPHER_BUDGET).tokens_per_parameter for law in fits]


def _growth(exponent: float) -> float:
    return 1e4**exponent


def _debts(alpha: float, beta: float, kappa: float) -> float:
    """The debt of parameters over that of data where they are best balanced."""
    return (beta / alpha) ** kappa


_KAPLAN = laws.KAPLAN
_JOINT = (_KAPLAN.joint_alpha_N, _KAPLAN.joint_alpha_D)
_BITS = (1 / math.log(2),) * 3 + (1.0,) * 3
_SLOPE = (_LAW.alpha - _LAW.beta) / (_LAW.alpha + _LAW.beta)

CHECKS = {
    "08.1": Check(
        close(lambda: np.median(_sizes()), rel=0.005),
        "要让一半的点满足|r|≤δ：对|r|，不是对r，取中位数。",
        "Half of the points must have |r| ≤ δ: take the median of |r|, not of r.",
        (
            Mistake(
                close(surface.HUBER_DELTA),
                "这是Hoffmann等人的δ；数一数，它里面远不到一半的点。",
                "That is Hoffmann et al.'s δ; count, and far fewer than half of the points are in.",
            ),
            Mistake(
                lambda answer: bool(answer < 0),
                "δ是宽度，不会是负的：先取绝对值。",
                "δ is a width and cannot be negative: take absolute values first.",
            ),
        ),
        "δ比它小好几倍，所以Huber在这里近乎最小绝对偏差。",
        "Their δ is several times smaller, so Huber is nearly least absolute deviations here.",
    ),
    "08.2": Check(
        close(_BITS, rel=0.005),
        "把公式两边同除以ln 2，看看常数归到哪里；再看D/N里有哪些常数。",
        "Divide both sides of the formula by ln 2 and see where the constants go; then see which "
        "constants D/N contains.",
        (
            Mistake(
                close((math.log(2),) * 3 + (1.0,) * 3),
                "倒过来了：1 nat是1/ln 2比特，数值变大。",
                "Upside down: 1 nat is 1/ln 2 bits, and the numbers grow.",
            ),
            Mistake(
                close((1 / math.log(2),) * 5 + (1.0,)),
                "指数没有单位：α、β不变。",
                "Exponents have no unit: α and β stay.",
            ),
        ),
        "换单位不动配置：N和D的推荐与损失的单位无关。",
        "A change of unit does not move the allocation.",
    ),
    "08.3": Check(
        close(lambda: _ratios(math.inf), rel=0.005),
        "surface.fit(..., delta=math.inf)，先全部的点，再扔掉损失最高的五个；"
        "取.law.optimum(C).tokens_per_parameter。",
        "surface.fit(..., delta=math.inf), all points first, then without the five of highest "
        "loss; take .law.optimum(C).tokens_per_parameter.",
        (
            Mistake(
                close(lambda: _ratios(surface.HUBER_DELTA), rel=0.005),
                "这是Huber的两个数；把delta设成math.inf。",
                "Those are Huber's two numbers; set delta to math.inf.",
            ),
            Mistake(
                close(lambda: _ratios(math.inf)[::-1], rel=0.005),
                "数对，次序反了：先全部，再扔五个。",
                "Right numbers, wrong order: all points first.",
            ),
        ),
    ),
    "08.4": Check(
        close(_growth(_SLOPE)),
        "D*/N* ∝ C^(b−a)，b−a=(α−β)/(α+β)；预算涨了10⁴倍。",
        "D*/N* ∝ C^(b−a) with b−a = (α−β)/(α+β); the budget grows by 10⁴.",
        (
            Mistake(
                close(_growth(-_SLOPE)),
                "符号反了：α大于β时，词元长得比参数快。",
                "The sign is wrong: where α is larger than β, tokens grow faster than parameters.",
            ),
            Mistake(
                close(
                    _growth(
                        (laws.HOFFMANN_2022_ROUNDED.alpha - laws.HOFFMANN_2022_ROUNDED.beta)
                        / (laws.HOFFMANN_2022_ROUNDED.alpha + laws.HOFFMANN_2022_ROUNDED.beta)
                    )
                ),
                "你用了四舍五入的指数；题目要的是laws.HOFFMANN_2022。",
                "You used the rounded exponents; the question asks for laws.HOFFMANN_2022.",
            ),
        ),
        "20个词元配一个参数，在这条定律下只在一个预算上成立。",
        "Under this law, 20 tokens for each parameter holds at one budget only.",
    ),
    "08.5": Check(
        close(_debts(*_JOINT, _JOINT[1]), rel=0.002),
        "固定C，N增大一点：log x降α，log y升β；让两边的变化抵消。Kaplan等人的κ=β=α_D。",
        "At fixed C let N grow a little: log x falls by α, log y rises by β; let the changes "
        "cancel. Kaplan et al. have κ = β = α_D.",
        (
            Mistake(
                close(_debts(*_JOINT, 1.0), rel=0.002),
                "这是κ=1的比；联合定律的κ是α_D，还要取κ次方。",
                "That is the ratio for κ = 1; the joint law has κ = α_D: take the power κ.",
            ),
            Mistake(
                close(_debts(*_JOINT[::-1], _JOINT[1]), rel=0.002),
                "倒过来了：题目问参数那笔债是数据那笔的几倍。",
                "Upside down: the debt of parameters over the debt of data.",
            ),
            Mistake(
                close(_debts(_KAPLAN.alpha_N, _KAPLAN.alpha_D, _KAPLAN.alpha_D), rel=0.002),
                "你用了单变量定律的指数；联合定律有自己的（joint_…）。",
                "Those are the one-variable laws' exponents; the joint law has its own (joint_…).",
            ),
        ),
        "κ越小，谷底处的两笔债越接近相等。",
        "The smaller κ, the nearer to equal the two debts at the bottom.",
    ),
}
