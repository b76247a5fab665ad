"""Checks of chapter 04: PF-days, stopping short, 20 on Kaplan's path, where his laws collide."""

from __future__ import annotations

import math

from scipy.optimize import brentq

from isoflop.exercises import Check, Mistake, close
from isoflop.laws import KAPLAN, KaplanLaw
from isoflop.published import GPT3_FLOPS, GPT3_PF_DAYS, KAPLAN_DERIVATION, PF_DAY

_RHO = KAPLAN.joint_alpha_N / KAPLAN.joint_alpha_D
_RANGE = (math.log(1e16), math.log(1e40))


def _twenty() -> float:
    """The budget at which Kaplan et al. advise 20 tokens per parameter."""
    u = brentq(lambda u: KAPLAN.optimum(math.exp(u)).tokens_per_parameter - 20, *_RANGE)
    return math.exp(u)


def _crossing(law: KaplanLaw, batch: float = 2.0) -> float:
    """C_min in PF-days where L(C_min) meets L(D); D = batch * C_min/(6N)."""

    def gap(u: float) -> float:
        there = law.optimum(math.exp(u))
        return math.log(there.loss / law.loss_of_D(there.D * batch / 2))

    return math.exp(brentq(gap, *_RANGE)) / 2 / PF_DAY


def _with_derived() -> KaplanLaw:
    return KaplanLaw(alpha_C=KAPLAN_DERIVATION["alpha_C_min"])


CHECKS = {
    "04.1": Check(
        close(GPT3_FLOPS / PF_DAY),
        "1 PF-day是每秒10¹⁵次、跑满86400秒。",
        "A PF-day is 10¹⁵ a second for 86400 seconds.",
        (
            Mistake(
                close(GPT3_FLOPS / 1e15),
                "这是PF-秒；再除以一天的秒数。",
                "Those are PF-seconds; divide by the seconds in a day.",
            ),
            Mistake(
                close(GPT3_FLOPS / PF_DAY / 2),
                "除以2是代入规则时的事；题目先问印出的算力合多少PF-days。",
                "Halving belongs to the rule; first, what is the printed compute in PF-days?",
            ),
            Mistake(
                close(GPT3_FLOPS / PF_DAY * 24),
                "这是PF-小时。",
                "Those are PF-hours.",
            ),
        ),
        f"GPT-3论文的表里印的是{GPT3_PF_DAYS:,.0f}：同一个乘积，只是先换算，后舍入。",
        f"The GPT-3 paper's table has {GPT3_PF_DAYS:,.0f}: the same product, converted before "
        "it was rounded.",
    ),
    "04.2": Check(
        close((1 + _RHO) ** KAPLAN.joint_alpha_D, rel=0.0005),
        "最优处D_c/D等于ρ(N_c/N)^ρ；把它放回方括号，再取α_D次方。",
        "At the optimum D_c/D is ρ(N_c/N)^ρ: put it back into the bracket, take the power α_D.",
        (
            Mistake(
                close((1 + 1 / _RHO) ** KAPLAN.joint_alpha_D, rel=0.002),
                "这是和无限大的模型比；题目固定N，让数据无限。",
                "That compares with an infinite model; here N is fixed and the data unlimited.",
            ),
            Mistake(
                close(1 + _RHO, rel=0.002),
                "这是方括号的倍数；损失还要取α_D次方。",
                "That is the factor on the bracket; the loss takes its power α_D.",
            ),
            Mistake(
                close((1 + KAPLAN.alpha_N / KAPLAN.alpha_D) ** KAPLAN.alpha_D, rel=0.0005),
                "你用了单变量定律的常数；联合定律有自己的。",
                "Those are the one-variable laws' constants; the joint law has its own.",
            ),
        ),
        "与预算无关：不论大小，都该停在极限之上几个百分点处。",
        "Whatever the budget: stop a few per cent above the limit.",
    ),
    "04.3": Check(
        close(_twenty, rel=0.02),
        "laws.KAPLAN.optimum(C).tokens_per_parameter随C下降：二分，或解C/(6N²)=20。",
        "laws.KAPLAN.optimum(C).tokens_per_parameter falls with C: bisect, or solve C/(6N²) = 20.",
        (
            Mistake(
                close(lambda: _twenty() / 2, rel=0.02),
                "这是C_min；实际花的算力是它的两倍。",
                "That is C_min; the compute actually spent is twice as much.",
            ),
            Mistake(
                close(lambda: _twenty() / PF_DAY, rel=0.02),
                "单位是PF-days；题目要FLOPs。",
                "That is in PF-days; the question asks for FLOPs.",
            ),
        ),
        "20不专属于哪一篇论文；斜率才是分歧。",
        "20 belongs to neither paper; the slope is the quarrel.",
    ),
    "04.4": Check(
        close(lambda: _crossing(_with_derived()), rel=0.02),
        "记p=other.optimum(C)，解p.loss=other.loss_of_D(p.D)；C取一半，换成PF-days。",
        "With p = other.optimum(C), solve p.loss = other.loss_of_D(p.D); halve C; to PF-days.",
        (
            Mistake(
                close(lambda: _crossing(KAPLAN), rel=0.02),
                "这是0.050的交点；把alpha_C换成0.054。",
                "That is the crossing for 0.050; put in alpha_C = 0.054.",
            ),
            Mistake(
                close(lambda: 2 * _crossing(_with_derived()), rel=0.02),
                "这是C，题目要C_min：除以2。",
                "That is C, and C_min is wanted: halve it.",
            ),
            Mistake(
                close(lambda: _crossing(_with_derived(), batch=1.0), rel=0.02),
                "临界批量下读的词元是2·C_min/(6N)，你少算了一半。",
                "At the critical batch the tokens are 2·C_min/(6N); yours are half of that.",
            ),
        ),
        "指数动一点，交点就跑很远。",
        "A small move of the exponent sends the crossing far away.",
    ),
}
