"""Scaling laws by IsoFLOP: the laws, the counting, the fits and the planning.

Submodules load on first use, so ``import isoflop`` costs next to nothing and never
pulls in torch or matplotlib.
"""

from importlib import import_module

__version__ = "0.1.0"

_SUBMODULES = (
    "approaches",
    "catalogue",
    "claims",
    "counting",
    "datasets",
    "design",
    "envelope",
    "exercises",
    "forms",
    "laws",
    "lines",
    "minirun",
    "notebook",
    "planning",
    "plotting",
    "profiles",
    "published",
    "reading",
    "reconcile",
    "report",
    "results",
    "runs",
    "simulate",
    "surface",
    "uncertainty",
    "valleys",
)

__all__ = ["__version__", *_SUBMODULES]


def __getattr__(name: str):
    if name in _SUBMODULES:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
