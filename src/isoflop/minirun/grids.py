"""Which runs make up a sweep: the three profiles, and the arms beside the IsoFLOP grid.

A unit is what is trained together: runs of one width. Small widths gain from company, wide ones
do not (``tests/bench/minirun.py`` measures it), so a unit is as large as its width likes.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from isoflop.minirun.recipe import Run, branches, matched_to

__all__ = ["GPU", "GPU_LIVE", "LAPTOP", "PROFILES", "SMOKE", "Unit", "units"]

PROFILES = ("smoke", "laptop", "gpu", "gpu-live")
"""What ``units`` makes."""

SMOKE = {
    6e10: (16, 24, 32, 40),
    1.2e11: (16, 24, 32, 40, 48),
    2.4e11: (24, 32, 40, 48),
}
"""Budget in exact FLOPs and the widths trained at it, one seed."""

LAPTOP = {
    2.5e11: (16, 24, 32, 40, 48, 56, 64),
    5e11: (24, 32, 40, 48, 56, 64, 80),
    1e12: (24, 32, 40, 48, 64, 80, 96),
    2e12: (32, 40, 48, 64, 80, 96, 112),
    4e12: (40, 48, 64, 80, 96, 112, 128),
    8e12: (48, 64, 80, 96, 112, 128, 160),
}
"""Two seeds everywhere; a third at the widths around each minimum, up to 2e12."""

_THIRD_SEED = {2.5e11: (24, 32, 40), 5e11: (32, 40, 48), 1e12: (40, 48, 64), 2e12: (48, 64, 80)}
KAPLAN_BUDGETS = (2.5e11, 1e12)
STABLE_BUDGETS = (2.5e11, 5e11, 1e12, 2e12)
RATE_FACTORS = (0.5, 0.7, 1.0, 1.4, 2.0)
_RATE_BUDGET = {16: 2.5e11, 24: 2.5e11, 32: 2.5e11, 40: 5e11, 48: 5e11, 56: 5e11, 64: 1e12}
_RATE_BUDGET |= {80: 1e12, 96: 2e12, 112: 2e12, 128: 2e12, 160: 2e12}

GPU = {
    1e14: (96, 128, 192, 256, 384, 512),
    3e14: (128, 192, 256, 384, 512, 640),
    1e15: (192, 256, 384, 512, 640, 768),
    3e15: (256, 384, 512, 640, 768, 1024),
}
"""Estimated, not yet trained on a GPU: four layers, context 256, batches of 16 windows."""

GPU_LIVE = {
    4e12: (48, 64, 80, 96, 128),
    1.6e13: (64, 96, 128, 160, 192),
    6.4e13: (96, 128, 192, 256, 320),
}
"""Estimated: what a chapter trains on the reader's GPU in under ten minutes, shapes as on a CPU."""

_GPU_FORM = {"context": 256, "n_layers": 4, "batch": 16}


@dataclass(frozen=True)
class Unit:
    """Runs of one width that are trained together; ``name`` is unique in a sweep."""

    name: str
    runs: tuple[Run, ...]

    def weight(self) -> float:
        """About how long it takes, in seconds of one idle core: steps, then arithmetic."""
        overhead, speed = 1e-3, 6e10
        return sum(run.steps * overhead + run.flops / speed for run in self.runs)


def units(profile: str, arms: tuple[str, ...] | None = None) -> list[Unit]:
    """The units of a profile, all arms or those named, in the order they are trained.

    Raises ValueError for a profile or an arm there is not.

    >>> from isoflop.minirun import grids
    >>> sum(len(unit.runs) for unit in grids.units("smoke"))
    13
    """
    runs = {"smoke": smoke, "laptop": laptop, "gpu": gpu, "gpu-live": gpu_live}
    if profile not in runs:
        raise ValueError(f"profile {profile!r} is none of {', '.join(PROFILES)}")
    chosen = [run for run in runs[profile]() if arms is None or run.arm in arms]
    if not chosen:
        raise ValueError(f"profile {profile!r} has no runs of the arm {', '.join(arms)}")
    return together(chosen, whole=profile.startswith("gpu"))


def smoke() -> list[Run]:
    """One seed at three budgets: a valley in under a minute."""
    return [matched_to(C, d, seed=0) for C, widths in SMOKE.items() for d in widths]


def laptop() -> list[Run]:
    """The IsoFLOP grid with its seeds, then the arms and the learning-rate check."""
    grid = [
        matched_to(C, d, seed)
        for C, widths in LAPTOP.items()
        for d in widths
        for seed in ((0, 1, 2) if d in _THIRD_SEED.get(C, ()) else (0, 1))
    ]
    arms = grid + _stable() + _kaplan()
    return sorted(arms, key=lambda run: run.budget) + _rates()


def gpu() -> list[Run]:
    """The IsoFLOP grid for one large GPU, one seed."""
    return [matched_to(C, d, seed=0, **_GPU_FORM) for C, widths in GPU.items() for d in widths]


def gpu_live() -> list[Run]:
    """One seed at three budgets, for a GPU in a notebook."""
    return [matched_to(C, d, seed=0) for C, widths in GPU_LIVE.items() for d in widths]


def _kaplan() -> list[Run]:
    return [
        matched_to(C, d, seed, arm)
        for arm in ("fixed-warmup", "long-cosine")
        for C in KAPLAN_BUDGETS
        for d in LAPTOP[C]
        for seed in (0, 1)
    ]


def _stable() -> list[Run]:
    """Each width at several lengths on one trunk, which may be read at any of its ends."""
    widths = sorted({d for C in STABLE_BUDGETS for d in LAPTOP[C]})
    found = []
    for d in widths:
        found += branches([C for C in STABLE_BUDGETS if d in LAPTOP[C]], d, seed=0)
    return found


def _rates() -> list[Run]:
    return [
        matched_to(C, d, 0, "lr-check", rate=factor)
        for d, C in _RATE_BUDGET.items()
        for factor in RATE_FACTORS
    ]


def together(runs: list[Run], whole: bool = False) -> list[Unit]:
    """Runs of one arm, budget and width as units of the size that pays at their width."""
    groups = defaultdict(list)
    for run in runs:
        groups[run.arm, run.budget, run.shape, run.batch].append(run)
    found = []
    for (arm, budget, shape, _), members in groups.items():
        size = len(members) if whole else company(shape.d_model)
        for part, first in enumerate(range(0, len(members), size)):
            name = f"{arm}-{budget:.3g}-d{shape.d_model}-{part}"
            found.append(Unit(name, tuple(members[first : first + size])))
    return found


def company(d_model: int) -> int:
    """How many runs of a width are trained together on a CPU core."""
    return 4 if d_model <= 40 else 2 if d_model <= 56 else 1
