"""Checks of chapter 11, our own runs."""

import warnings

import pandas as pd

from isoflop import datasets, profiles, surface, valleys
from isoflop.exercises import Check, Mistake, close
from isoflop.profiles import FitWarning

_LAYERS, _VOCABULARY = 2, 256
_BUDGET, _WARMUP = 2.5e11, 3000


def _grid() -> pd.DataFrame:
    return valleys.of_arm(datasets.load("minirun-cpu"))


def _width(share: float) -> float:
    """The width at which N_ne / N is ``share``."""
    return share / (1 - share) * (2 * _VOCABULARY + _LAYERS) / (12 * _LAYERS)


def _at_largest(hold_out: bool) -> float:
    """N* at the largest budget, by the other budgets or by all."""
    means = valleys.seed_means(_grid())
    largest = means["budget"].max()
    rows = means[means["budget"] < largest] if hold_out else means
    return float(_fit(rows).N(largest))


def _fit(means: pd.DataFrame, N: str = "params") -> profiles.ProfilesFit:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)
        return profiles.fit(*valleys.columns(means, N), replicates=2)


def _steps() -> pd.Series:
    grid = _grid()
    return grid[grid["budget"] == _BUDGET].groupby("d_model")["steps"].first()


def _cold() -> list[int]:
    steps = _steps()
    return sorted(int(d) for d in steps[steps < _WARMUP].index)


def _same(expected) -> callable:
    return lambda answer: [int(d) for d in answer] == expected()


def _warm(answer) -> bool:
    return [int(d) for d in answer] == sorted(set(_steps().index) - set(_cold()))


def _surface(N: str) -> float:
    grid = _grid()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FitWarning)
        return surface.fit(grid[N], grid["tokens"], grid["loss"]).a


CHECKS = {
    "11.1": Check(
        close(lambda: _width(2 / 1.1 - 1), rel=0.01),
        "先由 g = 2/(1+r) = 1.1 解出 r = N_ne/N，再由 r = 12nd/(12nd+2V+n) 解出 d。",
        "Solve g = 2/(1+r) = 1.1 for r = N_ne/N, then r = 12nd/(12nd+2V+n) for d.",
        mistakes=(
            Mistake(
                close(lambda: _width(1 / 1.1), rel=0.01),
                "这是 N/N_ne = 1.1 的宽度；要的是两者对数之比的斜率。",
                "That is where N/N_ne = 1.1; wanted is the slope of one logarithm on the other.",
            ),
            Mistake(
                close(lambda: 2 / 1.1 - 1, rel=0.01),
                "这是 r = N_ne/N；再由它解出 d。",
                "That is r = N_ne/N; solve for d once more.",
            ),
        ),
        well_zh="词表越大、层数越少，这个宽度越大。",
        well_en="The larger the vocabulary and the fewer the layers, the larger this width.",
    ),
    "11.2": Check(
        close(lambda: _at_largest(hold_out=True), rel=0.005),
        "从 means 里去掉最大的预算，其余的交给 profiles.fit，再取它的 N(最大预算)。",
        "Leave the largest budget out of means, give the rest to profiles.fit, and take its "
        "N(largest budget).",
        mistakes=(
            Mistake(
                close(lambda: _at_largest(hold_out=True) / 1e3, rel=0.005),
                "对，不过单位是千；要参数的个数。",
                "Right, but in thousands; give the number of parameters.",
            ),
            Mistake(
                close(lambda: _at_largest(hold_out=False), rel=0.005),
                "这条直线见过最大的预算；先把它拿掉。",
                "That line has seen the largest budget; take it out first.",
            ),
        ),
    ),
    "11.3": Check(
        _same(_cold),
        "步数小于 3000 的宽度，从小到大。",
        "The widths with fewer than 3000 steps, smallest first.",
        mistakes=(
            Mistake(
                _warm,
                "正好反了：这些宽度的步数超过 3000。",
                "The other way round: these widths have more than 3000 steps.",
            ),
            Mistake(
                lambda answer: sorted(int(d) for d in answer) == _cold(),
                "宽度都对，顺序不对：从小到大。",
                "The right widths in the wrong order: smallest first.",
            ),
        ),
    ),
    "11.4": Check(
        close(lambda: _surface("params_nonembedding"), rel=0.005),
        "用 N_ne、词元数和损失拟合曲面（surface.fit），取它的 a。",
        "Fit the surface (surface.fit) to N_ne, the tokens and the loss, and take its a.",
        mistakes=(
            Mistake(
                close(lambda: _surface("params"), rel=0.005),
                "这是数全部参数的曲面；换成 N_ne。",
                "That is the surface with all parameters counted; take N_ne.",
            ),
            Mistake(
                close(
                    lambda: _fit(valleys.seed_means(_grid()), "params_nonembedding").a, rel=0.005
                ),
                "这是 N_ne 对全部算力 C 的指数；题目连 C 也不算嵌入。",
                "That is N_ne against the full C; here embeddings are left out of C too.",
            ),
        ),
    ),
}
