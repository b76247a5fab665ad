"""Checks of chapter 02: what N, D and C count."""

from __future__ import annotations

import numpy as np

from isoflop import counting, published
from isoflop.counting import GPT2, Transformer
from isoflop.exercises import Check, Mistake, close

WIDE = {"context": 2048, "share": 0.1}
"""Exercise 02.2: at which width is attention this share of the matrices?"""

REPORT = {"nats_per_token": 2.1, "bytes_per_token": 4.2}
"""Exercise 02.4: the loss a paper reports, and its tokenizer."""

REMATERIALISATION = 4 / 3
"""Exercise 02.5: a forward pass done twice makes 4 passes' worth out of 3."""

_SHAPES = [(64, 1, 1000, 32), (512, 8, 50257, 1024), (768, 12, 32000, 2048), (4096, 32, 500, 64)]


def _ratios(**other) -> list[float]:
    """6N over the exact count for the trial shapes."""
    return [
        Transformer(d, n, 4 * d, d // 64, V, T, **other).six_n_ratio() for d, n, V, T in _SHAPES
    ]


def _answers(function) -> list[float]:
    return [float(function(d, n, V, T)) for d, n, V, T in _SHAPES]


def _agrees(expected, rel: float = 1e-3):
    """A judge of functions: the same values at every trial shape."""
    return lambda function: bool(np.allclose(_answers(function), expected(), rtol=rel))


def _width(per: float) -> float:
    return WIDE["context"] / (per * WIDE["share"])


def _replanned(name: str) -> float:
    model = {"Gopher": counting.GOPHER, "Chinchilla": counting.CHINCHILLA}[name]
    D = published.MODELS[name].D
    return REMATERIALISATION * counting.appendix_f_flops_per_token(model) * D


CHECKS = {
    "02.1": Check(
        close(lambda: GPT2["medium"].matrix_parameters(), rel=5e-4),
        "Kaplan 的 N 只数层内的矩阵：每层 12d²。",
        "Kaplan's N counts only the matrices inside the layers: 12d² a layer.",
        (
            Mistake(
                close(lambda: GPT2["medium"].parameters(), rel=5e-4),
                "这是全部参数，连词嵌入和位置表也在内；Kaplan 不数它们。",
                "That is all parameters, with both tables; Kaplan leaves those out.",
            ),
            Mistake(
                close(lambda: GPT2["medium"].non_embedding_parameters(), rel=5e-4),
                "只差一点：你把偏置和层归一化也数进去了，Kaplan 的 12nd² 没有它们。",
                "Close: you counted biases and layer norms, which Kaplan's 12nd² leaves out.",
            ),
        ),
    ),
    "02.2": Check(
        close(lambda: _width(6)),
        "注意力与矩阵之比是 T/(6d)，令它等于 0.1。",
        "Attention over the matrices is T/(6d); set it to 0.1.",
        (
            Mistake(
                close(lambda: _width(12)),
                "这是只数因果可见位置的答案（T/(12d)）；题目问的是稠密注意力。",
                "That is for causal counting, T/(12d); the question is about dense attention.",
            ),
        ),
        "宽度到了几千，上下文还只有两千，注意力才退成零头。",
        "Only with a width of thousands and a context of two thousand is attention small change.",
    ),
    "02.3": Check(
        _agrees(lambda: _ratios(tied=False)),
        "分子是 6 倍的全部参数，词表那两张表都要算；分母只有一张做乘法。",
        "The numerator has six times all parameters, both tables; only one of them multiplies.",
        (
            Mistake(
                _agrees(lambda: _ratios(tied=True)),
                "你只数了一张词表。不共享时，输入表和输出头各是一张 V×d。",
                "You counted one table. Untied, the input table and the head are V×d each.",
            ),
            Mistake(
                _agrees(lambda: [1 / r for r in _ratios(tied=False)]),
                "倒过来了：要的是 6ND 除以精确值。",
                "Upside down: 6ND over the exact count is wanted.",
            ),
        ),
        "不共享词表时，6ND 在小模型上从偏低翻成偏高。",
        "Without sharing, 6ND flips from too low to too high on small models.",
    ),
    "02.4": Check(
        close(lambda: counting.bits_per_byte(**REPORT)),
        "先除以 ln 2 得到比特，再除以每个词元的字节数。",
        "Divide by ln 2 for bits, then by the bytes per token.",
        (
            Mistake(
                close(lambda: REPORT["nats_per_token"] / REPORT["bytes_per_token"]),
                "这还是 nats/字节，少除了一个 ln 2。",
                "That is nats per byte; a division by ln 2 is missing.",
            ),
            Mistake(
                close(lambda: counting.bits(REPORT["nats_per_token"])),
                "这是比特/词元，还没有除以每个词元的字节数。",
                "That is bits per token; divide by the bytes per token.",
            ),
        ),
    ),
    "02.5": Check(
        close(lambda: _replanned("Chinchilla")),
        "附录 F 的公式乘以 4/3，用 Chinchilla 的形状和词元数。",
        "Appendix F's formula times 4/3, with Chinchilla's shape and tokens.",
        (
            Mistake(
                close(lambda: _replanned("Gopher")),
                "这是 Gopher 的；同一个系数用到 Chinchilla 上呢？",
                "That is Gopher's; what does the same factor do to Chinchilla?",
            ),
        ),
        "同一个系数若对两次训练都成立，两家的差距一点没变，而 Chinchilla 离论文的预算更远了。",
        "If it holds for both runs, the gap stays and Chinchilla leaves the paper's budget.",
    ),
}
