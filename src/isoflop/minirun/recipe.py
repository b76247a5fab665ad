"""One run of the mini-run: its size, its length, its learning rate, and how the rate moves.

Budgets are exact FLOPs (``Shape.flops_per_token``), so a run's length follows from its size.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from isoflop.minirun.shape import Shape

ARMS = ("matched", "fixed-warmup", "long-cosine", "stable-decay", "lr-check")
"""How the rate moves. ``matched``: warm-up over 5 % of the run, then a cosine to 10 % that ends
with the run. ``fixed-warmup``: a warm-up of 3,000 steps whatever the length (Kaplan et al. 2020,
§2.2). ``long-cosine``: the cosine of a run four times as long, stopped after a quarter.
``stable-decay``: constant after a short warm-up, the last fifth linear to zero.
``lr-check``: as ``matched``, at other peak rates, with the loss on the tuning text."""

BATCH = 4
"""Windows a step."""

FIXED_WARMUP = 3000
STABLE_WARMUP = 150
"""Steps of warm-up in the arms of those names."""

LONG = 4
"""How many times as long the cosine of ``long-cosine`` is as its run."""

COOL_DOWN = 0.2
"""The last share of a ``stable-decay`` run, in which the rate falls to zero."""

DECAY = 2.9
"""``Run.decay`` unless said otherwise."""


def peak_rate(d_model: int, steps: int) -> float:
    """The peak learning rate: 3.7e-3 at width 64 and 8,000 steps, lower if wider or longer.

    It falls as d_model^(-3/4) and steps^(-1/3), by probes at widths 24 to 96 and 1,200 to 20,000
    steps; the arm ``lr-check`` says how near to the best it comes at each width.
    """
    return 3.7e-3 * (64 / d_model) ** 0.75 * (8000 / steps) ** (1 / 3)


@dataclass(frozen=True)
class Run:
    """One training run. ``steps`` of ``batch`` windows; ``lr``: the peak rate.

    ``decay``: how many times over the weights would be forgotten in the whole run at the peak
    rate; AdamW's weight decay is decay / (lr * steps), so that it means the same at each length.
    Raises ValueError where the arm is unknown, a number is not positive or the seed negative.
    """

    shape: Shape
    budget: float
    steps: int
    lr: float
    seed: int
    arm: str = "matched"
    batch: int = BATCH
    decay: float = DECAY

    def __post_init__(self) -> None:
        if self.arm not in ARMS:
            raise ValueError(f"arm {self.arm!r} is none of {', '.join(ARMS)}")
        for name in ("budget", "steps", "lr", "batch"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be positive; got {getattr(self, name)!r}")
        if self.seed < 0:
            raise ValueError(f"seed must be 0 or more; got {self.seed!r}")

    @property
    def tokens(self) -> int:
        """D: bytes read, none of them twice."""
        return self.steps * self.batch * self.shape.context

    @property
    def flops(self) -> float:
        """C: exact training FLOPs."""
        return self.tokens * self.shape.flops_per_token()

    def schedule(self) -> np.ndarray:
        """The rate at each step as a share of the peak: (steps,)."""
        t = np.arange(1, self.steps + 1, dtype=np.float64)
        if self.arm == "stable-decay":
            left = (self.steps - t + 1) / (COOL_DOWN * self.steps)
            return np.minimum(np.minimum(1.0, t / STABLE_WARMUP), left)
        length = self.steps * (LONG if self.arm == "long-cosine" else 1)
        warm = FIXED_WARMUP if self.arm == "fixed-warmup" else max(1, round(0.05 * length))
        past = np.clip((t - warm) / max(1, length - warm), 0, 1)
        return np.where(t < warm, t / warm, 0.1 + 0.45 * (1 + np.cos(math.pi * past)))


def branches(budgets: list[float], d_model: int, seed: int) -> list[Run]:
    """Runs of a width on one trunk, ``stable-decay``: constant rate and decay a step for all.

    Both are set for the geometric middle of the budgets: 0.7 of the peak rate there, since this
    rate does not fall, and 0.6 of the decay, for the same reason.
    """
    middle = matched_to(math.sqrt(min(budgets) * max(budgets)), d_model, seed)
    runs = [matched_to(C, d_model, seed, "stable-decay", lr=0.7 * middle.lr) for C in budgets]
    return [replace(r, decay=0.6 * DECAY * r.steps / middle.steps) for r in runs]


def matched_to(budget: float, d_model: int, seed: int, arm: str = "matched", **changes) -> Run:
    """The run of a width at a budget in exact FLOPs: as many whole steps as come nearest.

    ``changes``: context and n_layers of the shape, batch, decay, lr, or ``rate``, a factor on the
    peak rate. Raises ValueError for a budget too small for a single step, or a width that does
    not divide into heads.

    >>> from isoflop.minirun import recipe
    >>> recipe.matched_to(1e12, 64, seed=0).steps
    4967
    """
    form = {k: changes.pop(k) for k in ("context", "n_layers") if k in changes}
    shape = Shape(d_model, **form)
    batch = changes.get("batch", BATCH)
    steps = round(budget / (shape.flops_per_token() * batch * shape.context))
    if steps < 1:
        raise ValueError(f"a budget of {budget:g} FLOPs is less than one step at width {d_model}")
    changes.setdefault("lr", changes.pop("rate", 1.0) * peak_rate(d_model, steps))
    return Run(shape, float(budget), steps, seed=seed, arm=arm, **changes)
