"""What the catalogue says of each law, in both languages."""

from __future__ import annotations

from typing import NamedTuple

from isoflop._law_bands import LEVEL, REPLICATES

PRINTED = 0.8
"""Level of an interval printed as 10th and 90th percentiles."""


class Words(NamedTuple):
    """One text in both languages; ``words["zh"]`` gives one of them."""

    zh: str
    en: str

    def __getitem__(self, language: str) -> str:
        if language not in self._fields:
            raise KeyError(language)
        return getattr(self, language)


NAMES = {
    "refit": Words("我们重拟合Hoffmann等人（方法三）", "our refit of Hoffmann et al. (approach 3)"),
    "besiroglu": Words("Besiroglu等人2024", "Besiroglu et al. 2024"),
    "hoffmann1": Words("Hoffmann等人2022，方法一", "Hoffmann et al. 2022, approach 1"),
    "hoffmann2": Words("Hoffmann等人2022，方法二", "Hoffmann et al. 2022, approach 2"),
    "hoffmann3": Words("Hoffmann等人2022，方法三", "Hoffmann et al. 2022, approach 3"),
    "llama3": Words("Llama 3的点，我们拟合", "our fit of Llama 3's points"),
    "marin": Words("Marin的点（DCLM），我们拟合", "our fit of Marin's points (DCLM)"),
    "kaplan": Words("Kaplan等人2020", "Kaplan et al. 2020"),
}

COUNTS = {
    "all": Words("全部参数", "all parameters"),
    "without": Words("非嵌入参数", "parameters without embeddings"),
}

_BOOTSTRAP = Words(
    f"{LEVEL:.0%}区间：重抽训练的自助法，{REPLICATES}次；只算拟合的抽样噪声",
    f"{LEVEL:.0%} interval: bootstrap over runs, {REPLICATES:,} resamples; "
    "sampling noise of the fit only",
)
_EXPONENT = Words(
    f"{PRINTED:.0%}区间：论文给出指数a的第10和第90百分位；直线绕拟合范围的中点转，斜率取这两个值，就是区间的两端",
    f"{PRINTED:.0%} interval: the printed 10th to 90th percentiles of the exponent a, "
    "turned about the middle of the fitted budgets",
)
_NONE = Words("没有发表区间", "no interval is published")

COVERS = {
    "refit": _BOOTSTRAP,
    "besiroglu": Words(
        "没有区间：论文给出各常数的标准误，没有给出它们的相关",
        "no interval: standard errors of the constants are printed, their correlations are not",
    ),
    "hoffmann1": _EXPONENT,
    "hoffmann2": _EXPONENT,
    "hoffmann3": Words(
        "没有区间：论文给出的a的区间罩不住它自己那组常数算出的a，所以没有画",
        "no interval: the printed percentiles of a exclude the a of its own unrounded constants",
    ),
    "llama3": _BOOTSTRAP,
    "marin": _BOOTSTRAP,
    "kaplan": _NONE,
}

_FORM = Words(
    "没有算入：曲面形式对不对、外推、训练配方、读图的误差、舍去哪些点",
    "left out: the form of the surface, extrapolation, the recipe, how points were read and chosen",
)
_OTHER_DATA = Words(
    "没有算入：曲面形式（同样的点用方法二，答案不同，见第 12 章）、外推、文本与配方",
    "left out: the form of the surface (approach 2 answers otherwise on the same points, "
    "chapter 12), extrapolation, the text and the recipe",
)
_COEFFICIENT = Words(
    "没有算入：系数自己的误差（没有发表，范围中点处宽度为零）、取点、外推、训练配方",
    "left out: the coefficient's own error (not printed: no width in mid-range), "
    "the choice of runs, extrapolation, the recipe",
)
_EVERYTHING = Words(
    "只有点值：抽样噪声、曲面形式、外推、训练配方都没有算入",
    "a point value: sampling noise, the form, extrapolation and the recipe are all left out",
)

LEAVES_OUT = {
    "refit": _FORM,
    "besiroglu": _EVERYTHING,
    "hoffmann1": _COEFFICIENT,
    "hoffmann2": _COEFFICIENT,
    "hoffmann3": _EVERYTHING,
    "llama3": _OTHER_DATA,
    "marin": Words(
        _OTHER_DATA.zh + "；这些训练的6ND与名义预算不同",
        _OTHER_DATA.en + "; 6ND of these runs is not their nominal budget",
    ),
    "kaplan": Words(
        "只有点值：噪声、外推、训练配方都没有算入",
        "a point value: noise, extrapolation and the recipe are all left out",
    ),
}
