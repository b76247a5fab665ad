"""Checks of chapter 13: a world for C07, a new row, the goalposts."""

from __future__ import annotations

from isoflop import claims, laws, published
from isoflop.exercises import Check, Mistake, close
from isoflop.planning import plan

_MODEL = published.MODELS["Llama 3.1 405B"]
_LAWS = (laws.BESIROGLU_2024, laws.HOFFMANN_2022)


def _exactly(*expected: float):
    def judge(answer) -> bool:
        a, b = answer
        return abs(a - expected[0]) < 1e-6 and abs(b - expected[1]) < 1e-6

    return judge


def _times() -> list[float]:
    """D/N of the 405B over each law's best at its budget."""
    budget = 6 * _MODEL.N * _MODEL.D
    ratio = _MODEL.D / _MODEL.N
    return [ratio / plan(budget, law).tokens_per_parameter for law in _LAWS]


def _near(factor: float) -> set[str]:
    rows = map(claims.judge, claims.load(claims.find()))
    return {row.id for row in rows if claims.margin(row) <= factor}


CHECKS = {
    "13.1": Check(
        _exactly(0, 1),
        "算力乘2，词元乘2的b次方；让它等于2，再用a＋b＝1。",
        "Compute doubles, tokens grow by 2 to the power b; set that to 2, then use a + b = 1.",
        (
            Mistake(
                _exactly(0.5, 0.5),
                "这是等比例：算力翻倍，词元只乘√2。",
                "That is equal proportions: compute doubles, tokens grow by √2 only.",
            ),
            Mistake(
                _exactly(1, 0),
                "倒过来了：这是钱全花在参数上，词元一个不加。",
                "The other way round: that puts all into parameters and adds no token.",
            ),
        ),
        "模型不再长大：这就是C07的代价。",
        "The model never grows: that is the price of C07.",
    ),
    "13.2": Check(
        close(_times, rel=0.02),
        "预算是6ND；用planning.plan求这笔预算下最优的D/N，再拿405B的D/N去除。",
        "The budget is 6ND; planning.plan gives its best D/N, and the 405B's D/N goes over that.",
        (
            Mistake(
                close(lambda: [1 / x for x in _times()], rel=0.02),
                "倒过来了：是405B的D/N除以最优的。",
                "Upside down: 405B's D/N goes over the best one.",
            ),
            Mistake(
                close(lambda: _times()[::-1], rel=0.02),
                "两个数对，次序不对：先Besiroglu等人，后Hoffmann等人。",
                "Right numbers, wrong order: Besiroglu et al. first, then Hoffmann et al.",
            ),
            Mistake(
                close(lambda: [_MODEL.D / _MODEL.N / 20] * 2, rel=0.02),
                "20不是定律给出的最优；用每条定律自己在这笔预算下的D/N。",
                "20 is not a law's optimum; take each law's own D/N at this budget.",
            ),
        ),
        "两条定律一个嫌多，一个嫌少。",
        "One law says too many, the other too few.",
    ),
    "13.3": Check(
        lambda answer: set(answer) == _near(1.05),
        "claims.margin(row)给出要变多少倍；挑出不超过1.05的编号。",
        "claims.margin(row) is the factor it takes; collect the ids for which it is at most 1.05.",
        (
            Mistake(
                lambda answer: set(answer) == _near(1.1),
                "这是改动一成的；题目是1.05。",
                "Those are for a change by a tenth; the question says 1.05.",
            ),
            Mistake(
                lambda answer: bool(answer) and set(answer) < _near(1.05),
                "漏了几条：乘和除都要试。",
                "Some are missing: try multiplying and dividing.",
            ),
        ),
        "它们的x多半是公布的整数，两可的其实是界限。",
        "Mostly their x are published round numbers; it is the bounds that could be argued about.",
    ),
}
