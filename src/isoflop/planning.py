"""Questions a budget raises, answered by a law: what to train, what it costs, how much to read.

Each function takes a law (anything with ``.loss`` and ``.optimum``) or a set of published
constants. Point predictions only: the law's own uncertainty has to be added by whoever fits it.
"""

from __future__ import annotations

import math

from numpy.typing import ArrayLike
from scipy.optimize import brentq

from isoflop.laws import Allocation, Law, as_law, positive

# Budgets searched, in FLOPs: from a single matrix product to far beyond any machine.
_LOG_C_RANGE = (math.log(1e3), math.log(1e60))


def plan(C: ArrayLike, law: Law) -> Allocation:
    """The compute-optimal model for a budget of C FLOPs. Arrays give arrays.

    Raises ValueError where C is not finite and positive.
    """
    return as_law(law).optimum(C)


def budget_for_loss(L: float, law: Law) -> Allocation:
    """The cheapest compute-optimal run that reaches a loss of L nats per token.

    Raises ValueError where no budget reaches L: at or below the law's irreducible loss.
    """
    law, L = as_law(law), positive("L", L)
    floor, ceiling = (float(law.optimum(math.exp(x)).loss) for x in reversed(_LOG_C_RANGE))
    if not floor < L < ceiling:
        why = f"at most {ceiling:.4g}" if L >= ceiling else f"above {floor:.4g}, the law's floor"
        raise ValueError(f"no budget reaches a loss of {L:g}: under this law it must be {why}")
    log_C = brentq(lambda x: law.optimum(math.exp(x)).loss - L, *_LOG_C_RANGE, xtol=1e-12)
    return law.optimum(math.exp(log_C))


def tokens_for(N: float, law: Law) -> Allocation:
    """The run for which a model of N parameters is the compute-optimal one; its D is the answer.

    Raises ValueError where N is not positive or no budget makes it optimal.
    """
    law, N = as_law(law), positive("N", N)

    def gap(log_C: float) -> float:
        return math.log(law.optimum(math.exp(log_C)).N / N)

    if gap(_LOG_C_RANGE[0]) > 0 or gap(_LOG_C_RANGE[1]) < 0:
        raise ValueError(f"no budget makes {N:g} parameters compute-optimal under this law")
    return law.optimum(math.exp(brentq(gap, *_LOG_C_RANGE, xtol=1e-12)))
