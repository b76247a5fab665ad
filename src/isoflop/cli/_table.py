"""Plain tables in a terminal, where a Chinese character is two columns wide."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

INTERVAL = "{} [{}, {}]"


def width(text: str) -> int:
    """Columns a text takes in a terminal."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def lines(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows as lines with aligned columns, two blanks between them."""
    widths = [max(map(width, column)) for column in zip(*rows)]
    return [
        "  ".join(text + " " * (w - width(text)) for text, w in zip(row, widths)).rstrip()
        for row in rows
    ]


def interval(value: float, ends: tuple[float, float] | None, show) -> str:
    """``9.11B [7.35B, 11.8B]``, or the value alone where there is no interval."""
    return INTERVAL.format(*map(show, (value, *ends))) if ends else show(value)
