"""Cells as numbers: thousands separators, and units written after a value (``1.3B``, ``70M``)."""

from __future__ import annotations

import difflib
import re

import numpy as np
import pandas as pd

from isoflop._names import units_of
from isoflop._said import listed

_NUMBER = re.compile(
    r"\s*([+-]?(?:[0-9]{1,3}(?:([,_'\u2019\u00a0\u202f ])[0-9]{3})(?:\2[0-9]{3})*|[0-9]+)?"
    r"(?:\.[0-9]*)?(?:[eE][+-]?[0-9]{1,4})?)\s*([^\W\d_]*)\s*",
    re.ASCII,
)
_SUFFIX = re.compile(r"\s*(.*?[0-9.])\s*([^\W\d_][^\d]*)?\s*", re.S)
_WORDS = re.compile(r"(parameters?|params?|tokens?|flops?|词元|参数)$", re.I)
_MISSING = {"", "nan", "none", "null", "na", "n/a", "-", "--", "—", "missing"}

PLAIN = 1e5
"""A bare number this large is taken as a full count beside values with units."""


class TableError(ValueError):
    """A table that cannot be read as runs; the message names the row or column and what to do."""


def rows(index) -> str:
    """Rows by number, at most five of them: ``rows 3, 7, 8 and 12 more``."""
    shown, more = [str(i) for i in list(index)[:5]], len(index) - 5
    text = ", ".join(shown) + (f" and {more} more" if more > 0 else "")
    return f"row{'s' if len(index) > 1 else ''} {text}"


def counted(n: int) -> str:
    """``1 row``, ``2 rows``."""
    return f"{n} row" if n == 1 else f"{n} rows"


def cell(value: object) -> str:
    """A cell as the table has it: ``0``, ``'x'``, never ``np.float64(0.0)``."""
    if isinstance(value, float | np.floating):
        return f"{value:.6g}"
    return f"{value.item() if isinstance(value, np.generic) else value!r:.40}"


def no_column(name: str, names) -> str:
    """``no such column; did you mean 'model_size'? the table has …``."""
    known = [str(n)[:60] for n in list(names)[:1000]]
    near = difflib.get_close_matches(str(name)[:60], known, 1, cutoff=0.75)
    return f"no such column; {f'did you mean {near[0]!r}? ' if near else ''}{listed(names)}"


def rows_zh(index) -> str:
    """``rows`` in Chinese: ``第 3、7、8 行等 15 行``."""
    text = "、".join(str(i) for i in list(index)[:5])
    return f"第 {text} 行" + (f"等 {len(index)} 行" if len(index) > 5 else "")


def numeric(column: pd.Series, role: str) -> tuple[pd.Series, bool]:
    """The column as float64 (NaN where a cell is empty), and whether values carried units.

    Raises TableError naming the rows whose text is no number, or where values with a unit stand
    beside small ones without.
    """
    if pd.api.types.is_bool_dtype(column):
        raise TableError(f"column {column.name!r}: true and false are no numbers")
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_complex_dtype(column):
        return column.astype(np.float64), False
    codes, texts = pd.factorize(column.astype(object).map(str, na_action="ignore"))
    parsed = [_cell(text, role) for text in texts]
    values = np.array([v for v, _ in parsed] + [np.nan], dtype=np.float64)[codes]
    marked = np.array([m for _, m in parsed] + [False], dtype=bool)[codes]
    bad = np.array([v is None for v, _ in parsed] + [False], dtype=bool)[codes]
    if bad.any():
        where = column.index[bad]
        raise TableError(
            f"column {column.name!r}, {rows(where)}: {column[where[0]]!r:.60} is no number. Mend "
            f"it (a decimal point, not a comma; thousands in groups of three) or leave it empty"
        )
    bare = ~marked & (np.abs(values) < PLAIN)
    if marked.any() and bare.any():
        raise TableError(
            f"column {column.name!r}, {rows(column.index[bare])}: no unit, where other values have "
            f"one ({column[marked].iloc[0]!r:.20}); write the unit on every value or on none"
        )
    return pd.Series(values, index=column.index, name=column.name), bool(marked.any())


def _cell(text: str, role: str) -> tuple[float | None, bool]:
    """A cell's value (NaN if empty, None if no number), and whether it carried a unit."""
    if text.strip().lower() in _MISSING:
        return np.nan, False
    if text.strip().lower().lstrip("+-") in ("inf", "infinity"):
        return np.inf, False
    split = _SUFFIX.fullmatch(text)
    if not split:
        return None, False
    number = _NUMBER.fullmatch(split[1])
    digits = re.sub(r"[,_'\u2019\u00a0\u202f ]", "", split[1])
    if not number or number[3] or not re.search("[0-9]", digits):
        return None, False
    unit = _WORDS.sub("", (split[2] or "").strip()).strip()
    if not unit:
        return float(digits), False
    factor = units_of(role).get(re.sub(r"[\W_]+", "", unit.lower())) if role != "loss" else None
    return (None, False) if factor is None else (float(digits) * factor, True)
