"""What a reading has to say: columns it took, what it did, left out and noticed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import NamedTuple


class Note(NamedTuple):
    """Something done or noticed, in both languages. ``forbids``: mend it before using a fit."""

    en: str
    zh: str
    forbids: bool = False


class Column(NamedTuple):
    """A quantity and where it came from: a column with its unit, or a formula."""

    quantity: str
    source: str
    unit: str = ""


@dataclass
class Said:
    """What a reading gathers on its way."""

    columns: list[Column] = field(default_factory=list)
    done: list[Note] = field(default_factory=list)
    left_out: list[Note] = field(default_factory=list)
    warnings: list[Note] = field(default_factory=list)


def listed(names) -> str:
    shown = [str(n)[:60] for n in names]
    more = f" and {len(shown) - 20} more" if len(shown) > 20 else ""
    return f"the table has {', '.join(shown[:20])}{more}"


_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


def shown(text: object) -> str:
    """``text`` with characters that give orders to a terminal, or turn the direction of a line,
    written out as ``\\x1b`` or ``\\u202e``: names of a table or a file may hold any."""
    return _UNSEEN.sub(lambda c: c[0].encode("unicode_escape").decode(), str(text))
