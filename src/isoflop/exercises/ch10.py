"""Checks of chapter 10, why the two papers disagreed."""

import warnings

import numpy as np

from isoflop import datasets, envelope, laws, profiles, reconcile
from isoflop.exercises import Check, Mistake, close
from isoflop.published import PEARCE_OMEGA


def _embeddings(n: float) -> tuple[float, float]:
    """Share of embeddings in a model of n other parameters, and d ln N / d ln n."""
    s = PEARCE_OMEGA * n ** (1 / 3)
    return s / (n + s), (n + s / 3) / (n + s)


def _steepest(ratio: float) -> float:
    """The n at which omega * n^(1/3) / n is ``ratio``."""
    return (PEARCE_OMEGA / ratio) ** 1.5


def _exponents(low: float, high: float) -> tuple[float, float]:
    """Approach 1 on the public curves, everything counted and without embeddings."""
    curves = datasets.load("misfitting-curves", stand_in=True)
    bare = curves.assign(params=curves["params_nonembedding"], flops=curves["flops_nonembedding"])
    budgets = np.geomspace(low, high, 400)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", profiles.FitWarning)
        all_in, without = (envelope.fit(table, budgets=budgets).a for table in (curves, bare))
    return all_in, without


def _grid(omega: float) -> float:
    return reconcile.non_embedding_exponent(laws.BESIROGLU_2024, omega).grid


def _swapped(answer) -> bool:
    return close(lambda: _exponents(6e17, 3e19)[::-1], rel=1e-4)(answer)


CHECKS = {
    "10.1": Check(
        close(lambda: _embeddings(1e6), rel=0.005),
        "先算 s = ω·n^(1/3)，n = 10⁶；份额是 s/(n+s)，κ = (n+s/3)/(n+s)。",
        "First s = ω·n^(1/3) with n = 10⁶; the share is s/(n+s), and κ = (n+s/3)/(n+s).",
        mistakes=(
            Mistake(
                close(lambda: _embeddings(1e6)[::-1], rel=0.005),
                "两个数都对，次序反了：先份额，后 κ。",
                "Both numbers are right, in the wrong order: the share first, then κ.",
            ),
            Mistake(
                lambda answer: np.ndim(answer) == 1 and answer[0] > 1,
                "这是嵌入与非嵌入之比；题目问占总参数的份额，不会超过 1。",
                "That is embeddings over the rest; the share of the whole cannot exceed 1.",
            ),
        ),
        well_zh="小模型的大半是嵌入。",
        well_en="Most of a small model is embedding.",
    ),
    "10.2": Check(
        close(lambda: _steepest(np.sqrt(3)), rel=0.01),
        "令 r = s/n，对 r 求导等于零，解出 r，再由 r = ω·n^(−2/3) 换回 n。",
        "With r = s/n, set the derivative in r to zero, solve for r, and return to n through "
        "r = ω·n^(−2/3).",
        mistakes=(
            Mistake(
                close(np.sqrt(3), rel=0.01),
                "这是 r = s/n；再由 r = ω·n^(−2/3) 换成 n。",
                "That is r = s/n; turn it into n through r = ω·n^(−2/3).",
            ),
            Mistake(
                lambda answer: 1.5e6 < float(answer) < 2.3e6,
                "这是整个局部指数的顶点；题目只问 dlnκ/dln n。",
                "That is the top of the whole local exponent; the question is about dlnκ/dln n.",
            ),
        ),
        well_zh="r 恰好是 √3。",
        well_en="r is exactly √3.",
    ),
    "10.3": Check(
        close(lambda: _exponents(6e17, 3e19), rel=1e-4),
        "budgets=np.geomspace(6e17, 3e19, 400)，分别用 ways 里的 all 和 none。",
        "Use budgets=np.geomspace(6e17, 3e19, 400) with “all” and “none” of ways.",
        mistakes=(
            Mistake(
                _swapped,
                "次序反了：先全数，后都不数。",
                "The order is reversed: all first, then neither.",
            ),
            Mistake(
                close(lambda: _exponents(3e17, 3e19), rel=1e-4),
                "这还是正文的范围；下端要改成 6×10¹⁷。",
                "That is still the range of the text; the lower end should be 6×10¹⁷.",
            ),
        ),
    ),
    "10.4": Check(
        close(lambda: _grid(PEARCE_OMEGA / 2), rel=1e-4),
        "non_embedding_exponent(laws.BESIROGLU_2024, ω/2) 的 .grid。",
        "Take .grid of non_embedding_exponent(laws.BESIROGLU_2024, ω/2).",
        mistakes=(
            Mistake(
                close(lambda: _grid(PEARCE_OMEGA), rel=1e-4),
                "这是 ω 没有减半的答案。",
                "That is the answer with ω not halved.",
            ),
            Mistake(
                close(lambda: _grid(2 * PEARCE_OMEGA), rel=1e-4),
                "你把 ω 加倍了。",
                "You doubled ω.",
            ),
        ),
        well_zh="驼峰只是向左平移，宽网格上的平均降得不多。",
        well_en="The hump only shifts to the left; its average on a wide grid falls a little.",
    ),
}
