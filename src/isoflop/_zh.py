"""What the fits say, in Chinese, for the report. A sentence not known stays English."""

from __future__ import annotations

import re

_SENTENCES = (
    (
        r"budget (\S+): the minimum, N = (\S+), lies outside the sampled sizes",
        r"预算 \1：最低点 N = \2 在采样的大小之外",
    ),
    (
        r"budget (\S+): the parabola's minimum, N = (\S+), lies outside the sampled sizes, but the "
        r"lowest loss is at N = (\S+), between two others: sizes far .*",
        r"预算 \1：抛物线的最低点 N = \2 在采样的大小之外，可是最低的损失在 "
        r"N = \3，夹在两个大小中间："
        r"离最低点远的大小把抛物线带弯了；请只用近处的大小重新拟合（--near 0.1）",
    ),
    (
        r"budget (\S+): the parabola's minimum, N = (\S+), lies outside the sampled sizes, but the "
        r"lowest loss is at N = (\S+), between two others: the losses are too flat .*",
        r"预算 \1：抛物线的最低点 N = \2 在采样的大小之外，可是最低的损失在 "
        r"N = \3，夹在两个大小中间："
        r"损失太平或噪声太大，抛物线定不出最低点；请在最低处附近加几个大小",
    ),
    (
        r"budget (\S+): its minimum, N = (\S+), lies outside the sampled sizes",
        r"预算 \1：最低点 N = \2 在采样的大小之外",
    ),
    (
        r"budget (\S+): as many coefficients as runs, so its noise is unknown and left out",
        r"预算 \1：系数与训练次数一样多，噪声无从估计，没有算入",
    ),
    (
        r"(\S+) of resampled curves had no minimum; the interval omits them",
        r"\1 的重抽样曲线没有最低点；区间没有算上它们",
    ),
    (
        r"budget (\S+): the curve has no minimum \(it opens downward\)",
        r"预算 \1：曲线没有最低点（开口向下）",
    ),
    (r"budget (\S+): (\d+) sizes, (\d+) needed", r"预算 \1：只有 \2 个大小，需要 \3 个"),
    (
        r"budget (\S+): (\d+) sizes within (\S+) of the lowest loss, (\d+) needed",
        r"预算 \1：离最低损失不到 \3 的大小只有 \2 个，需要 \4 个",
    ),
    (
        r"no budget has (\d+) sizes within (\S+) of its lowest loss: .*",
        r"没有哪个预算有 \1 个大小的损失离最低不到 \2："
        r"请把 near 放大，或在最低点附近多训练几个大小",
    ),
    (
        r"an exponent needs minima at two budgets, found (\d+) \((.*)\)",
        r"指数需要两个预算的最低点，只找到 \1 个（\2）",
    ),
    (
        r"no budget has (\d+) sizes: C has (\d+) distinct values in (\d+) rows\..*",
        r"没有哪个预算有 \1 个大小：\3 行里 C 有 \2 个不同的值。"
        r"请给出各次训练共用的名义预算，而不是各自的 FLOPs。",
    ),
    (
        r"no IsoFLOP budgets: (\d+) distinct C in (\d+) rows do not gather at two budgets with "
        r"(\d+) sizes each\. .*",
        r"没有 IsoFLOP 预算：\2 行里 C 有 \1 个不同的值，聚不成两个各有 \3 个大小的预算。"
        r"请指明名义预算的列：--columns budget=COLUMN",
    ),
    (
        r"loosely determined: (.*) \(condition number (\S+)\)",
        r"定得很松：\1（条件数 \2）",
    ),
    (
        r"(alpha|beta) = (\S+) is above 1\.5: .*",
        r"\1 = \2 大于 1.5：N 或 D 两端的一个离群点就能造成这种结果，因为 Huber 损失挡不住杠杆作用",
    ),
    (r"(\d+) points for five parameters; at least 6 are needed", r"\1 个点定五个参数；至少要 6 个"),
    (
        r"(\d+) distinct (\S+): its exponent cannot be determined; .*",
        r"\2 只有 \1 个不同的值，定不出它的指数；至少要 3 个",
    ),
    (r"loss does not vary: there is nothing to fit", "损失没有变化，没有可拟合的"),
    (
        r"D grows with N along one line \(D proportional to N\^(\S+) in every row\): .*",
        r"D 随 N 沿一条线增长（每一行都有 D ∝ N^\1）：数据分不出损失里 N 项与 D 项各占多少。"
        r"请补上不在这条线上的训练，例如同一预算下的几个大小。",
    ),
    (
        r"the data do not determine (.*) \(condition number (\S+)\): .*",
        r"数据定不出 \1（条件数 \2）：它们可以一起变而拟合不变。"
        r"请补上固定 D 变 N、固定 N 变 D 的训练。",
    ),
    (
        r"no decreasing fit: the best exponents are not positive",
        "没有下降的拟合：最好的指数不是正数",
    ),
    (
        r"no decreasing fit: on these rows .*",
        "没有下降的拟合：这些行里损失不随 N、D 增大而下降；请检查列有没有弄反、损失是不是损失",
    ),
    (
        r"the solver stopped after (\d+) steps at objective (\S+), .*",
        r"求解器走了 \1 步停下（目标 \2），没有收敛",
    ),
    (
        r"only (\d+) sizes ever win: the exponent hangs on which they are",
        r"只有 \1 个大小当过最低：指数取决于是哪几个",
    ),
    (
        r"at (\S+) of budgets an outermost size wins and was dropped",
        r"\1 的预算上最外侧的大小最低，已去掉",
    ),
    (
        r"(\d+) sizes: approach 1 needs at least three, .*",
        r"\1 个大小：方法一至少要三个，因为最小和最大的不能说明自己最优",
    ),
    (
        r"an exponent needs winners of two sizes, found (\d+) at (\d+) budgets .*",
        r"指数需要两个大小当过最低，\2 个预算上只有 \1 个",
    ),
    (r"every run has a single point: .*", "每次训练只有一个点，没有曲线可以插值"),
    (
        r"curves: a run has more than one value of params; .*",
        "曲线表里同一次训练有几个不同的 N；请让训练编号唯一",
    ),
    (
        r"a curve read in the middle of its learning-rate schedule lies above .*",
        "在学习率调度中途读出的损失，高于按那个长度训练到底的那一次：调度没有配齐时，a 有偏",
    ),
)


def chinese(text: str) -> str:
    """The sentence in Chinese, numbers kept; parts between semicolons in brackets too."""
    for pattern, said in _SENTENCES:
        if found := re.fullmatch(pattern, text, re.S):
            return found.expand(said)
    return text
