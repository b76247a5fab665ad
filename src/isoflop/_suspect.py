"""What in a table does not look right: units that are missing or mixed, FLOPs that contradict 6ND,
several experiments in one."""

from __future__ import annotations

from shlex import quote

import numpy as np
import pandas as pd

from isoflop._said import Note
from isoflop._values import TableError, counted, rows

SMALLEST = {"params": 1e3, "tokens": 1e4, "flops": 1e8, "budget": 1e8}
"""Below these a count of a language model is in some other unit."""

_GROUPS = "experiment arm sweep step_name setup group dataset corpus family architecture source"
_GROUPS = [*_GROUPS.split(), "optimizer", "tokenizer"]
"""Columns that tell experiments apart, the likeliest first."""

_STATES = ("state", "status")
_FINISHED = {"finished", "done", "completed", "complete", "success", "ok", "succeeded"}


def require_plausible(values: pd.Series, role: str, name: str, named) -> None:
    """Raises TableError where counts are too small to be counts, in all rows or in some."""
    smallest = SMALLEST.get(role)
    if smallest is None or named.factor != 1:
        return
    low = values < smallest
    flag = {"params": "N", "tokens": "D", "flops": "C"}.get(role, role)
    if low.all():
        raise TableError(
            f"column {name!r}: {role} from {values.min():.4g} to {values.max():.4g}, too small for "
            f"counts. Say the unit: --units {flag}={'millions' if role != 'flops' else '1e18'}"
        )
    if low.any():
        low = values < max(smallest, values.median() / 3e4)
        raise TableError(
            f"column {name!r}, {rows(values.index[low])}: mixed units? {values[low].iloc[0]:.4g} "
            f"beside {values[~low].iloc[0]:.4g}. Write all {role} in one unit, or the unit on "
            f"every value (70M, 1.3B)"
        )


def look(frame: pd.DataFrame, found: dict, by: str | None, said) -> None:
    """Adds warnings to ``said``; raises TableError where some rows are off by a power of 1000."""
    if {"params", "tokens", "flops"} <= found.keys():
        _six_nd(frame, said)
    _several(frame, found, by, said)
    _unfinished(frame, said)
    _marked(frame, said)


def _six_nd(frame: pd.DataFrame, said) -> None:
    with np.errstate(all="ignore"):
        ratio = np.log(frame["flops"]) - np.log(6) - np.log(frame["params"])
        ratio -= np.log(frame["tokens"])
    off = np.abs(ratio) > np.log(2)
    if not off.any():
        return
    far = np.abs(ratio) > np.log(300)
    if far.any() and far.mean() < 0.5:
        row = frame.index[far][0]
        raise TableError(
            f"{rows(frame.index[far])}: mixed units? In row {row} C is {np.exp(ratio[row]):.3g} "
            f"times 6ND, in most rows within a factor 2. Mend N, D or C there"
        )
    if off.mean() > 0.1:
        middle, share = float(np.exp(ratio.median())), float(off.mean())
        unit = " (a unit is wrong: see --units)" if far.mean() >= 0.5 else ""
        unit_zh = "（某个单位不对，见 --units）" if unit else ""
        said.warnings.append(
            Note(
                f"C contradicts 6ND by more than a factor 2 in {share:.0%} of rows; the median "
                f"ratio C/(6ND) is {middle:.3g}{unit}",
                f"{share:.0%} 的行里 C 与 6ND 相差超过 2 倍；C/(6ND) 的中位数是 "
                f"{middle:.3g}{unit_zh}",
                forbids=True,
            )
        )


def _several(frame: pd.DataFrame, found: dict, by: str | None, said) -> None:
    if by is not None:
        return
    used, names = {name for name, _ in found.values()}, []
    for name in frame.columns:
        text = not pd.api.types.is_numeric_dtype(frame[name])
        if name in used or name in found or not (text or name.lower() in _GROUPS):
            continue
        if name.lower() in _STATES or len(frame) < 12:
            continue
        count = frame[name].nunique()
        if 2 <= count <= min(50, len(frame) // 6) and _fittable(frame, name) > 1:
            known = name.lower() in _GROUPS
            place = _GROUPS.index(name.lower()) if known else len(_GROUPS)
            names.append((place, -count, name))
    if names:
        shown = ", ".join(f"{name} ({-count})" for _, count, name in sorted(names)[:5])
        first = sorted(names)[0][2]
        said.warnings.append(
            Note(
                f"the table may hold several experiments, fitted here as one; columns with few "
                f"values: {shown}. Fit each: --by {quote(str(first))}",
                f"表里可能有好几个实验，这里当成一个来拟合；取值很少的列：{shown}。"
                f"分开拟合：--by {quote(str(first))}",
            )
        )


def _fittable(frame: pd.DataFrame, name: str) -> int:
    """How many of a column's values have runs enough for a fit of their own."""
    groups = frame.groupby(name)["params"].agg(["size", "nunique"])
    return int(((groups["size"] >= 6) & (groups["nunique"] >= 3)).sum())


def _marked(frame: pd.DataFrame, said) -> None:
    """Rows that someone has marked as outliers are used, and said."""
    for name in frame.columns:
        if name.lower() not in ("outlier", "is_outlier", "exclude", "excluded"):
            continue
        bad = frame[name].astype(str).str.lower().isin(("true", "1", "1.0", "yes"))
        if 0 < bad.sum() < len(frame):
            keep = quote(f"{name}={frame[name][~bad].iloc[0]}")
            n = int(bad.sum())
            said.warnings.append(
                Note(
                    f"{counted(n)} marked in column {name}, used all the same; leave out with "
                    f"--only {keep}",
                    f"{n} 行在列 {name} 里有标记，仍然用了；要去掉它们：--only {keep}",
                )
            )


def _unfinished(frame: pd.DataFrame, said) -> None:
    for name in frame.columns:
        if name.lower() not in _STATES:
            continue
        state = frame[name].astype(str).str.lower().str.strip()
        n = int((~state.isin(_FINISHED)).sum())
        if 0 < n < len(frame):
            keep = quote(f"{name}={frame[name][state.isin(_FINISHED)].iloc[0]}")
            said.warnings.append(
                Note(
                    f"{counted(n)} with a {name} other than finished, used all the same; leave out "
                    f"with --only {keep}",
                    f"{n} 行的 {name} 不是“完成”，仍然用了；要去掉它们：--only {keep}",
                )
            )
