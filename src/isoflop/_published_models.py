"""Named models as their makers describe them: sizes, tokens, shapes, and what ran them.

Part of ``published``, which is where the rest of the package takes these from.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Model:
    """A named model as its makers describe it. ``D`` is NaN where it was never published.

    >>> from isoflop import published
    >>> chinchilla = published.MODELS["Chinchilla"]
    >>> chinchilla.D / chinchilla.N
    20.0
    """

    name: str
    N: float
    D: float
    year: int
    source: str
    note: str = ""


_TABLE_1 = "Hoffmann et al. 2022, arXiv 2203.15556, table 1"
_ABOUT_15T = "about 15T tokens (section 1), no count per size; the model card says 15T+ for both"

MODELS = {
    m.name: m
    for m in (
        Model("LaMDA", 137e9, 168e9, 2022, _TABLE_1),
        Model("GPT-3", 175e9, 300e9, 2020, _TABLE_1),
        Model("Jurassic-1", 178e9, 300e9, 2021, _TABLE_1),
        Model("Gopher", 280e9, 300e9, 2021, _TABLE_1),
        Model("MT-NLG", 530e9, 270e9, 2022, _TABLE_1),
        Model("Chinchilla", 70e9, 1.4e12, 2022, _TABLE_1),
        Model("Mistral 7B", 7e9, math.nan, 2023, "arXiv 2310.06825", "tokens not published"),
        Model("Llama 3 8B", 8e9, 15e12, 2024, "arXiv 2407.21783", _ABOUT_15T),
        Model("Llama 3 70B", 70e9, 15e12, 2024, "arXiv 2407.21783", _ABOUT_15T),
        Model("Llama 3.1 405B", 405e9, 15.6e12, 2024, "arXiv 2407.21783", "3.8e25 FLOPs"),
    )
}
"""Named models by name."""

LLAMA_31_405B_FLOPS = 3.8e25
"""FLOPs: Llama 3.1 405B's budget (arXiv 2407.21783)."""

GPT3_FLOPS = 3.14e23
GPT3_PF_DAYS = 3.64e3
"""GPT-3 175B's training compute, FLOPs and PF-days (Brown et al. 2020, arXiv 2005.14165, table D.1,
which multiplies 6 by 174.6e9 parameters and 300e9 tokens). Trained on V100 GPUs (section 2.3)."""

LAMDA_FLOPS = 3.55e23
"""FLOPs of LaMDA's pre-training as its own paper counts them: utilisation times peak times chips
times days (Thoppilan et al. 2022, arXiv 2201.08239). Table 1 of Hoffmann et al. implies less."""

UTILISATION = {"GPT-3": 0.213, "MT-NLG": 0.302, "PaLM": 0.462}
"""Model FLOPs utilisation: counted useful FLOP/s over the hardware's peak, as Chowdhery et al. 2022
(arXiv 2204.02311, table 3) report it for PaLM and estimate it for earlier models."""


@dataclass(frozen=True)
class Shape:
    """A Transformer's shape as printed in a paper."""

    n_layers: int
    d_model: int
    n_heads: int
    source: str


_TABLE_4 = "Hoffmann et al. 2022, arXiv 2203.15556, table 4"
GOPHER_SHAPE = Shape(80, 16384, 128, _TABLE_4)
CHINCHILLA_SHAPE = Shape(80, 8192, 64, _TABLE_4)

GPT3_SHAPE = Shape(96, 12288, 96, "Brown et al. 2020, arXiv 2005.14165, table 2.1")
GPT3_CONTEXT = 2048
"""Tokens, Brown et al. 2020, section 2.1; the vocabulary is GPT-2's."""

DEEPMIND_VOCABULARY = 32_000
DEEPMIND_CONTEXT = 2048
"""Gopher's and Chinchilla's tokenizer (Hoffmann et al. 2022, table A8; Rae et al. 2021,
arXiv 2112.11446, section 3.1) and the context of the Gopher family (Rae et al., section 3.2)."""

_GPT2 = "Radford et al. 2019, table 2; heads from the released checkpoints"
GPT2_SHAPES = {
    "small": Shape(12, 768, 12, _GPT2),
    "medium": Shape(24, 1024, 16, _GPT2),
    "large": Shape(36, 1280, 20, _GPT2),
    "xl": Shape(48, 1600, 25, _GPT2),
}
GPT2_VOCABULARY = 50_257
GPT2_CONTEXT = 1024
"""Tokens, Radford et al. 2019, section 2.3."""

GPT2_PARAMETERS = {
    "small": 124_439_808,
    "medium": 354_823_168,
    "large": 774_030_080,
    "xl": 1_557_611_200,
}
"""Parameters of the released GPT-2 checkpoints, tied embeddings counted once."""

A100_BF16_PEAK = 312e12
V100_FP16_PEAK = 125e12
"""Peak dense tensor-core throughput in FLOP/s, from the vendor's data sheets."""

APPENDIX_F_FLOPS = (6.3e23, 5.76e23)
"""Hoffmann et al. 2022, appendix F, last sentence: their own count of training FLOPs against that
of Rae et al. 2021, one value "compared to" the other; it does not say which is whose."""


@dataclass(frozen=True)
class CountedShape(Shape):
    """A shape with its parameters and training FLOPs over 6ND as its authors print them."""

    N: float
    ratio: float


_TABLE_A4 = "Hoffmann et al. 2022, arXiv 2203.15556, table A4"
HOFFMANN_TABLE_A4 = (
    CountedShape(10, 640, 10, _TABLE_A4, 73e6, 1.03),
    CountedShape(20, 1024, 16, _TABLE_A4, 305e6, 1.10),
    CountedShape(24, 1280, 10, _TABLE_A4, 552e6, 1.08),
    CountedShape(26, 1792, 14, _TABLE_A4, 1.1e9, 1.04),
    CountedShape(28, 2048, 16, _TABLE_A4, 1.6e9, 1.03),
    CountedShape(40, 3584, 28, _TABLE_A4, 6.8e9, 0.99),
)
"""All with a feed-forward width of 4*d_model and heads that fill d_model."""

PADDED_VOCABULARY = 50_432
"""GPT-NeoX-20B's tokenizer padded to a multiple of 128. Inferred, not quoted: Porian et al.'s two
counts of a model differ by a multiple of it (a width), Li et al.'s by a multiple of its double."""

CHINCHILLA_BETTER = {"MMLU": (51, 57), "BIG-bench": (58, 62)}
"""Tasks on which Chinchilla is better than Gopher, of how many (Hoffmann et al. 2022, sections
4.2.2 and 4.2.4); of BIG-bench the paper names the four on which it is worse."""

MMLU = {"Chinchilla": 67.6, "Gopher": 60.0, "GPT-3": 43.9}
"""Average accuracy in per cent with five examples (Hoffmann et al. 2022, table 6)."""

KAPLAN_SCHEDULE = {"steps": 2.5e5, "batch": 512, "context": 1024, "warm_up": 3000}
"""Kaplan et al. 2020, section 2.2, "unless otherwise noted": steps a run, sequences a batch, tokens
a sequence, and steps of linear warm-up, after which a cosine falls to zero."""

HOFFMANN_SCHEDULE = {"decay": 10, "overshoot": 0.25, "last": 0.15, "majority": 500e6}
"""Hoffmann et al. 2022: the factor by which the rate falls along the cosine (sections 3.1, D.1);
the share by which a longer cosine hurts noticeably (D.1, figure A1); the last share of the
training in which all points of approach 1 lie (section 3.1, note 4); parameters that most of the
models used exceed (section 2)."""

HOFFMANN_OPTIMA = {
    1: (
        (400e6, 1.92e19),
        (1e9, 1.21e20),
        (10e9, 1.23e22),
        (67e9, 5.76e23),
        (175e9, 3.85e24),
        (280e9, 9.90e24),
        (520e9, 3.43e25),
        (1e12, 1.27e26),
        (10e12, 1.30e28),
    ),
    2: (
        (400e6, 1.84e19),
        (1e9, 1.20e20),
        (10e9, 1.32e22),
        (67e9, 6.88e23),
        (175e9, 4.54e24),
        (280e9, 1.18e25),
        (520e9, 4.19e25),
        (1e12, 1.59e26),
        (10e12, 1.75e28),
    ),
}
"""Parameters and the FLOPs for which they are optimal, by approach (Hoffmann et al. 2022, table 3
for approach 1, table A3 for approach 2). Neither approach prints its coefficient."""

H100_BF16_PEAK = 989e12
"""Peak dense tensor-core throughput of the SXM card in FLOP/s, from the vendor's data sheet: half
of the 1,979e12 printed there for sparse matrices."""
