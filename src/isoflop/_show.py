"""Counts and ratios as papers print them."""

from __future__ import annotations


def short(count: float, digits: int = 3) -> str:
    """``1.4T``, ``70B``, ``124M``: a count as papers print it."""
    for unit, size in (("T", 1e12), ("B", 1e9), ("M", 1e6), ("k", 1e3)):
        if abs(count) >= size * 0.9995:
            return f"{float(f'{count / size:.{digits}g}'):g}{unit}"
    return f"{count:.{digits}g}"


def ratio(value: float) -> str:
    """``1,875``, ``20.3``, ``1.7``: tokens per parameter to three digits, as print shows it."""
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
