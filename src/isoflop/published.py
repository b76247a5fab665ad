"""Every number taken from a paper: its value, the paper, and where in it the number stands.

Nothing here is computed. Chapters, tests and the laws take published numbers from this
module only, so that each has one home and one source.

Units: parameters N and tokens D are counts, compute C is in FLOPs (a count, never a rate),
loss is in nats per token unless a name says otherwise.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields

from isoflop._published_models import (  # noqa: F401
    A100_BF16_PEAK,
    APPENDIX_F_FLOPS,
    CHINCHILLA_BETTER,
    CHINCHILLA_SHAPE,
    DEEPMIND_CONTEXT,
    DEEPMIND_VOCABULARY,
    GOPHER_SHAPE,
    GPT2_CONTEXT,
    GPT2_PARAMETERS,
    GPT2_SHAPES,
    GPT2_VOCABULARY,
    GPT3_CONTEXT,
    GPT3_FLOPS,
    GPT3_PF_DAYS,
    GPT3_SHAPE,
    H100_BF16_PEAK,
    HOFFMANN_OPTIMA,
    HOFFMANN_SCHEDULE,
    HOFFMANN_TABLE_A4,
    KAPLAN_SCHEDULE,
    LAMDA_FLOPS,
    LLAMA_31_405B_FLOPS,
    MMLU,
    MODELS,
    PADDED_VOCABULARY,
    UTILISATION,
    V100_FP16_PEAK,
    CountedShape,
    Model,
    Shape,
)

PF_DAY = 8.64e19
"""FLOPs in one PF-day: 1e15 FLOP/s for 86,400 seconds."""


@dataclass(frozen=True)
class Paper:
    """A paper: authors as cited, title, arXiv number, date of its first version."""

    key: str
    cite: str
    title: str
    arxiv: str
    date: str


KAPLAN = Paper(
    "kaplan2020",
    "Kaplan et al. 2020",
    "Scaling Laws for Neural Language Models",
    "2001.08361",
    "2020-01-23",
)
HOFFMANN = Paper(
    "hoffmann2022",
    "Hoffmann et al. 2022",
    "Training Compute-Optimal Large Language Models",
    "2203.15556",
    "2022-03-29",
)
BESIROGLU = Paper(
    "besiroglu2024",
    "Besiroglu et al. 2024",
    "Chinchilla Scaling: A replication attempt",
    "2404.10102",
    "2024-04-15",
)
HESTNESS = Paper(
    "hestness2017",
    "Hestness et al. 2017",
    "Deep Learning Scaling is Predictable, Empirically",
    "1712.00409",
    "2017-12-01",
)
ROSENFELD = Paper(
    "rosenfeld2019",
    "Rosenfeld et al. 2019",
    "A Constructive Prediction of the Generalization Error Across Scales",
    "1909.12673",
    "2019-09-27",
)


class _Constants:
    """Lets a law take constants as ``ChinchillaLaw(**published.HOFFMANN_2022)``."""

    source: str

    def keys(self) -> Iterator[str]:
        return iter([f.name for f in fields(self) if f.name != "source"])  # type: ignore[arg-type]

    def __getitem__(self, name: str) -> float:
        if name not in set(self.keys()):
            raise KeyError(name)
        return getattr(self, name)


@dataclass(frozen=True)
class SurfaceConstants(_Constants):
    """The five constants of L(N, D) = E + A/N^alpha + B/D^beta, and where they are printed."""

    E: float
    A: float
    B: float
    alpha: float
    beta: float
    source: str


@dataclass(frozen=True)
class KaplanConstants(_Constants):
    """Kaplan et al.'s constants; N counts non-embedding parameters, C_c is in PF-days."""

    alpha_N: float
    N_c: float
    alpha_D: float
    D_c: float
    alpha_C: float
    C_c: float
    joint_alpha_N: float
    joint_alpha_D: float
    joint_N_c: float
    joint_D_c: float
    N_coefficient: float
    N_exponent: float
    D_exponent: float
    source: str


HOFFMANN_2022 = SurfaceConstants(
    E=math.exp(0.5267228),
    A=math.exp(6.0073404),
    B=math.exp(6.0179186),
    alpha=0.33917084,
    beta=0.2849083,
    source="Hoffmann et al. 2022, arXiv 2203.15556, section D.3, unrounded in the TeX source",
)
HOFFMANN_2022_ROUNDED = SurfaceConstants(
    E=1.69,
    A=406.4,
    B=410.7,
    alpha=0.34,
    beta=0.28,
    source="Hoffmann et al. 2022, arXiv 2203.15556, eq. 10 as printed",
)
BESIROGLU_2024 = SurfaceConstants(
    E=1.8172,
    A=482.01,
    B=2085.43,
    alpha=0.3478,
    beta=0.3658,
    source="Besiroglu et al. 2024, arXiv 2404.10102, table 1",
)
BESIROGLU_STANDARD_ERRORS = {"E": 0.0257, "A": 124.5, "B": 1293.3, "alpha": 0.0154, "beta": 0.0206}
"""Besiroglu et al. 2024, table 1: beside BESIROGLU_2024, from 4,000 bootstraps."""

HOFFMANN_START_GRID = {
    "log_A": (0, 5, 10, 15, 20, 25),
    "alpha": (0, 0.5, 1, 1.5, 2),
    "log_B": (0, 5, 10, 15, 20, 25),
    "beta": (0, 0.5, 1, 1.5, 2),
    "log_E": (-1, -0.5, 0, 0.5, 1),
}
"""Where Hoffmann et al. start L-BFGS (section D.3): every combination, 4,500 starts."""

HOFFMANN_TOKENS_400M = 9.2e9
"""Tokens for 400M parameters under approach 3, Hoffmann et al. 2022, table A3."""

KAPLAN_2020 = KaplanConstants(
    alpha_N=0.076,
    N_c=8.8e13,
    alpha_D=0.095,
    D_c=5.4e13,
    alpha_C=0.050,
    C_c=3.1e8,
    joint_alpha_N=0.076,
    joint_alpha_D=0.103,
    joint_N_c=6.4e13,
    joint_D_c=1.8e13,
    N_coefficient=1.3e9,
    N_exponent=0.73,
    D_exponent=0.27,
    source="Kaplan et al. 2020, arXiv 2001.08361, eqs. 1.1-1.3, table 2, figure 14",
)


GOPHER_BUDGET = 5.76e23
"""FLOPs: the budget Hoffmann et al. state for Gopher and Chinchilla (section 3.4, table 3)."""

KAPLAN_N_AT_1E21 = 4.68e9
"""Parameters that Kaplan et al.'s law gives 1e21 FLOPs, as Hoffmann et al. quote it (App. D.4)."""

KAPLAN_FIXED_BATCH_EXPONENT = 0.88
"""N = 1.6e9 * C^0.88 read off runs of one fixed batch, C in PF-days (Kaplan et al. 2020, figure
14); 0.73 is against C_min."""

HOFFMANN_ON_KAPLAN = {"N": 5.5, "D": 1.8}
"""Kaplan et al.'s advice for 10 times the compute as Hoffmann et al. quote it (section 1)."""

KAPLAN_TOKENS = (22e6, 23e9)
"""Fewest and most tokens D in Kaplan et al. 2020 (section 3)."""

KAPLAN_EFFICIENT = {"B": (2.0e6, 0.24), "S": (5.4e3, 0.03)}
"""Critical batch in tokens and fewest steps along the frontier, each as coefficient and power of
C_min in PF-days (Kaplan et al. 2020, appendix A). At the critical batch a run takes 2*S steps."""

KAPLAN_DERIVATION = {"alpha_S": 0.76, "alpha_B": 0.21, "alpha_C_min": 0.054, "a": 0.71}
"""Kaplan et al. 2020, section 6.2: they predict alpha_C_min = 1/(1/alpha_S + 1/alpha_B + 1/alpha_N)
(eq. 6.4) and a = alpha_C_min/alpha_N (eq. 6.5); both as printed."""

KAPLAN_CROSSING = {"C": 1e4, "N": 1e12, "D": 1e12, "L": 1.7}
"""Where L(C_min) meets L(D(C_min)), in orders of magnitude, C in PF-days; "highly uncertain" in
their own words (Kaplan et al. 2020, eq. 6.8)."""


@dataclass(frozen=True)
class Exponent:
    """An allocation exponent with the 10th and 90th percentiles printed beside it."""

    value: float
    p10: float
    p90: float


HOFFMANN_TABLE_2 = {
    1: {"a": Exponent(0.50, 0.488, 0.502), "b": Exponent(0.50, 0.501, 0.512)},
    2: {"a": Exponent(0.49, 0.462, 0.534), "b": Exponent(0.51, 0.483, 0.529)},
    3: {"a": Exponent(0.46, 0.454, 0.455), "b": Exponent(0.54, 0.542, 0.543)},
}
"""Exponents by approach (1, 2, 3), Hoffmann et al. 2022, table 2; the percentiles come from
100 subsamples of 80 % of the data."""

HOFFMANN_TABLE_2_DRAWS = (100, 0.8)
"""How many subsamples, and what share of the data each holds, for table 2's percentiles."""

HOFFMANN_DESIGN = {
    "models": 400,
    "smallest": 70e6,
    "largest": 16e9,
    "fewest_tokens": 5e9,
    "most_tokens": 500e9,
    "approach_2_budgets": 9,
    "approach_2_lowest": 6e18,
    "approach_2_highest": 3e21,
}
"""What was trained (abstract: "over" 400 models and 16B parameters; budgets: section 3.2)."""

HOFFMANN_APPROACH_1 = {"lengths": 4, "span": 16, "budgets": 1500}
"""Cosine lengths for each size, the factor they span, FLOP values read (section 3.1)."""

KAPLAN_SIZES = (768, 1.5e9)
"""Smallest and largest N, non-embedding parameters, in Kaplan et al. 2020 (section 3)."""

WIKITEXT103_PERPLEXITY = {"Chinchilla": 7.16, "Gopher": 7.75}
"""Hoffmann et al. 2022, section 4.2.1; it does not say per which unit of text."""

CZECH_2026_ASYMMETRIC = {"alpha": 0.46, "beta": 0.15}
CZECH_2026_D_LOW = {"chinchilla": 0.051, "asymmetric": 0.23}
"""Czech et al. 2026, arXiv 2603.22339: an asymmetric surface, and by what share approach 2 puts D*
too low without noise, from centred grids of a factor 16 each side, there and on Chinchilla's."""

PEARCE_OMEGA = 47491.0
"""Pearce & Song 2024, arXiv 2406.12907: N = N_ne + omega * N_ne^(1/3) for Chinchilla's family."""

PEARCE_EXPONENTS = {"Besiroglu et al.": 0.78, "Hoffmann et al.": 0.74}
"""Pearce & Song 2024, section 3: exponent of N_ne against C_ne, by the law they start from."""

PORIAN_EXPONENTS = (0.835, 0.706, 0.602, 0.571, 0.497)
PORIAN_SIXTH_EXPONENT = 0.711
"""Porian et al. 2024, arXiv 2406.19146: exponents of N on RefinedWeb, weighted by 1/std^2; each
step is added to the last. The sixth variant is tuned per size but keeps Kaplan et al.'s counting
and long warm-up: two causes at once."""

MUENNIGHOFF_R_D, MUENNIGHOFF_R_N = 15.387756, 5.309743
"""Muennighoff et al. 2023, arXiv 2305.16264, appendix A: repetitions after which repeated tokens
are worth 1 - 1/e of fresh ones on average (R_D*), and the same of parameters in excess of those
for which the distinct text is compute-optimal (R_N*). Fitted with a law of their own."""

OPTIMUM_AT_FIXED_C = {"kaplan2020": "section 6", "hoffmann2022": "equation 1"}
"""Where a paper defines its optimum at a fixed budget, by its key in references.bib."""

ISOFLOP_PROFILES = {"hoffmann2022": "section 3.2", "grattafiori2024": "section 3.2.1"}
"""Where a paper chooses a model's size by IsoFLOP profiles, by its key in references.bib."""
