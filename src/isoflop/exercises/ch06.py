"""Checks of chapter 06, approach 1."""

import warnings

import numpy as np

from isoflop import datasets, envelope
from isoflop.exercises import Check, Mistake, close

_BUDGETS = np.geomspace(3e17, 3e19, 400)
_LARGEST = 2e8  # parameters, in exercise 3


def _ladder(error: float, a: float, span: float) -> float:
    """The largest ratio of neighbouring sizes at which a/n^2 is ``error`` over budgets * span."""
    steps = np.sqrt(a / error)
    return float(np.exp(a * np.log(span) / steps))


def _curves():
    return datasets.load("misfitting-curves", stand_in=True)


def _with_edges(curves, budgets: np.ndarray = _BUDGETS) -> float:
    """a with winners at the edge kept."""
    sizes, rows = [], []
    for _, run in curves.sort_values("flops").groupby("run"):
        if len(run) > 1:
            x = np.log(run["flops"].to_numpy())
            rows.append(np.interp(np.log(budgets), x, run["loss"], left=np.inf, right=np.inf))
            sizes.append(run["params"].iloc[0])
    loss = np.array(rows)
    reached = np.isfinite(loss.min(axis=0))
    best = np.array(sizes)[loss.argmin(axis=0)]
    return float(np.polyfit(np.log(budgets[reached]), np.log(best[reached]), 1)[0])


def _small():
    curves = _curves()
    return curves[curves["params"] <= _LARGEST]


def _exponent(curves, budgets: np.ndarray = _BUDGETS) -> float:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return envelope.fit(curves, budgets=budgets).a


def _without_embeddings(*columns: str) -> float:
    """a where these columns ("params", "flops") leave embeddings out."""
    curves = _curves()
    return _exponent(curves.assign(**{c: curves[f"{c}_nonembedding"] for c in columns}))


CHECKS = {
    "06.1": Check(
        close(lambda: 1.5 ** (1 / 0.5), rel=0.005),
        "台阶高 h = ln 1.5，宽 h/a；再从对数换回倍数。",
        "A step is h = ln 1.5 high and h/a wide; turn the width back into a factor.",
        mistakes=(
            Mistake(
                close(lambda: 1.5**0.5, rel=0.005),
                "方向反了：N 乘 1.5，C 要乘得更多，不是更少。",
                "The wrong way round: where N grows by 1.5, C grows by more, not by less.",
            ),
            Mistake(
                close(lambda: np.log(1.5) / 0.5, rel=0.005),
                "这是 ln C 上的宽度；再取一次指数。",
                "That is the width in ln C; take the exponential.",
            ),
        ),
        well_zh="算力翻一番多一点，赢家才换一次。",
        well_en="The compute more than doubles before the winner changes.",
    ),
    "06.2": Check(
        close(lambda: _ladder(0.01, 0.5, 100), rel=0.005),
        "先由 a/n² = 0.01 解出 n，再用 n = aR/h，R = ln 100。",
        "Solve a/n² = 0.01 for n, then use n = aR/h with R = ln 100.",
        mistakes=(
            Mistake(
                close(lambda: np.log(_ladder(0.01, 0.5, 100)), rel=0.005),
                "这是对数间隔 h；题目要的是倍数 e^h。",
                "That is the spacing h in logs; the factor e^h is wanted.",
            ),
            Mistake(
                close(lambda: 100 ** (1 / np.sqrt(0.5 / 0.01)), rel=0.005),
                "这是算力每级的倍数；大小每级的倍数还要取 a 次方。",
                "That is the factor of compute for each step; for sizes raise it to the power a.",
            ),
        ),
        well_zh="两个数量级里七级台阶就够，前提是没有噪声。",
        well_en="Seven steps in two orders of magnitude will do, if there is no noise.",
    ),
    "06.3": Check(
        close(lambda: _with_edges(_small()), rel=1e-4),
        "去掉 best > sizes.min() 和 best < sizes.max() 两个条件，保留 isfinite 那一个。",
        "Leave out the conditions best > sizes.min() and best < sizes.max(); keep isfinite.",
        mistakes=(
            Mistake(
                close(lambda: _exponent(_small()), rel=1e-4),
                "这是扔掉边缘之后的数；题目要留着它们。",
                "That is with the edges dropped; here they are to be kept.",
            ),
            Mistake(
                close(lambda: _with_edges(_curves()), rel=1e-4),
                "大模型还在里面；先去掉 params 大于 2e8 的训练。",
                "The large models are still there; first drop the runs with params above 2e8.",
            ),
        ),
    ),
    "06.4": Check(
        close(lambda: _without_embeddings("params", "flops"), rel=1e-4),
        "curves.assign(params=…, flops=…)，两列都换，预算不变。",
        "curves.assign(params=…, flops=…): both columns, the same budgets.",
        mistakes=(
            Mistake(
                close(lambda: _without_embeddings("params"), rel=1e-4),
                "只换了参数，算力还算着嵌入；两列都要换。",
                "Only the parameters were changed, compute still counts embeddings; change both.",
            ),
            Mistake(
                close(lambda: _without_embeddings("flops"), rel=1e-4),
                "只换了算力，参数还算着嵌入；两列都要换。",
                "Only the compute was changed, parameters still count embeddings; change both.",
            ),
            Mistake(
                close(lambda: _exponent(_curves()), rel=1e-4),
                "这是算上嵌入的数。",
                "That counts embeddings in.",
            ),
        ),
        well_zh="同一批训练，两种数法，两个指数。",
        well_en="The same runs, two ways of counting, two exponents.",
    ),
}
