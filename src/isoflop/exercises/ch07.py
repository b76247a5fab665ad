"""Checks of chapter 07, approach 2."""

import warnings

import numpy as np

from isoflop import datasets, laws, profiles, published
from isoflop.exercises import Check, Mistake, close

_LAW = laws.HOFFMANN_2022_ROUNDED
_A = published.HOFFMANN_TABLE_2[2]["a"].value


def _doubled_model() -> tuple[float, float]:
    """Factors of budget and of tokens when the optimal model doubles."""
    return 2 ** (1 / _A), 2 ** ((1 - _A) / _A)


def _doubled_budget() -> tuple[float, float]:
    return 2**_A, 2 ** (1 - _A)


def _flattening(factor: float) -> float:
    """S(factor * C) / S(C)."""
    return factor ** (-_LAW.alpha * _LAW.beta / (_LAW.alpha + _LAW.beta))


def _half_width(shift: float) -> float:
    """The factor k at which many sizes put the vertex ``shift`` above N*, in logs."""
    return float(np.exp(np.sqrt(10 * shift / (_LAW.alpha - _LAW.beta))))


def _without_each_budget() -> np.ndarray:
    table = datasets.load("isoflops", stand_in=True)
    table = table[table["experiment"] == datasets.CHINCHILLA_ISOFLOPS]
    found = []
    for budget in np.unique(table["flops"]):
        rows = table[table["flops"] != budget]
        columns = (rows[c] for c in ("params", "tokens", "loss", "flops"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", profiles.FitWarning)
            found.append(profiles.fit(*columns, replicates=2).a)
    return np.array(found)


def _in_any_order(answer) -> bool:
    return close(np.sort(_without_each_budget()), rel=1e-4)(np.sort(answer))


CHECKS = {
    "07.1": Check(
        close(_doubled_model, rel=0.01),
        "从 N* ∝ C^a 出发：先问模型翻倍要多少预算，再问这笔预算对应多少词元。",
        "Start from N* ∝ C^a: which budget doubles the model, and how many tokens does "
        "that budget call for?",
        mistakes=(
            Mistake(
                close(_doubled_budget, rel=0.01),
                "这是预算翻倍时的答案；题目翻倍的是模型。",
                "That is what doubling the budget does; here the model doubles.",
            ),
            Mistake(
                lambda answer: np.ndim(answer) == 1 and np.isclose(answer[0], 2),
                "预算乘 2 时，模型只乘 2 的 a 次方，还没有翻倍。",
                "Twice the budget multiplies the model by 2 to the power a only: not yet by 2.",
            ),
        ),
        well_zh="模型翻倍，词元也约翻倍，预算约四倍：这才是“等比例”。",
        well_en="Twice the model, about twice the tokens, about four times the budget: that is "
        "what “equal proportions” means.",
    ),
    "07.2": Check(
        close(lambda: _flattening(100), rel=0.02),
        "S = α·A·N*^(−α)，把 N* ∝ C^(β/(α+β)) 代进去。",
        "Put N* ∝ C^(β/(α+β)) into S = α·A·N*^(−α).",
        mistakes=(
            Mistake(
                close(lambda: 1 / _flattening(100), rel=0.02),
                "倒过来了：预算越大，山谷越平。",
                "Upside down: larger budgets have flatter valleys.",
            ),
            Mistake(
                close(lambda: _flattening(10), rel=0.02),
                "这是 10 倍预算的答案；题目是 100 倍。",
                "That is for 10 times the budget; the question says 100.",
            ),
        ),
        well_zh="同样的噪声，谷底在大预算处更难找。",
        well_en="With the same noise, the bottom is harder to find at large budgets.",
    ),
    "07.3": Check(
        close(_without_each_budget, rel=1e-4),
        "每次去掉一个预算的全部点，其余的交给 approach_2；按预算从小到大排好。",
        "Leave out all points of one budget, give the others to approach_2; smallest budget first.",
        mistakes=(
            Mistake(
                lambda answer: np.ndim(answer) == 0,
                "要的是一列数，每个预算一个。",
                "One number for each budget is wanted.",
            ),
            Mistake(
                _in_any_order,
                "数都对，顺序不对：按去掉的预算从小到大排。",
                "The numbers are right, their order is not: smallest left-out budget first.",
            ),
        ),
    ),
    "07.4": Check(
        close(lambda: _half_width(np.log(1.1)), rel=0.01),
        "点很多时系数趋于 1/10：解 (α−β)·h²/10 = ln 1.1，再取 k = e^h。",
        "With many sizes the factor tends to 1/10: solve (α−β)·h²/10 = ln 1.1, then k = e^h.",
        mistakes=(
            Mistake(
                close(lambda: np.log(_half_width(np.log(1.1))), rel=0.01),
                "这是 h = ln k；再取一次指数。",
                "That is h = ln k; take the exponential.",
            ),
            Mistake(
                close(lambda: _half_width(0.1), rel=0.01),
                "偏差按对数算：高出一成是 ln 1.1，不是 0.1。",
                "The bias is in logs: a tenth too large is ln 1.1, not 0.1.",
            ),
        ),
    ),
}
