"""What in a table does not look right: units that are missing or mixed, FLOPs that contradict 6ND,
several experiments in one."""

from __future__ import annotations

from shlex import quote

import numpy as np
import pandas as pd

from isoflop import _names
from isoflop._said import Note
from isoflop._values import TableError, counted, rows

SMALLEST = {"params": 1e3, "tokens": 1e4, "flops": 1e8, "budget": 1e8}
"""Below these a count of a language model is in some other unit."""

_GROUPS = "experiment arm sweep step_name setup group dataset corpus family architecture source"
_GROUPS = [*_GROUPS.split(), "optimizer", "tokenizer"]
"""Columns that tell experiments apart, the likeliest first."""

_STATES = ("state", "status")
_FINISHED = {"finished", "done", "completed", "complete", "success", "ok", "succeeded"}


LARGEST = {"params": 1e12, "tokens": 1e15, "flops": 1e30, "budget": 1e30}
"""Where the middle of a table lies beyond these, full counts have been multiplied by a unit."""

LARGEST_LOSS = 8.0
"""Nats per token, of a table's best run; 1.5 times that for its median. Guessing evenly among
128 000 tokens costs 11.8, and any training gets below."""

GAP = 100.0
"""Neighbouring sizes this far apart are in two units: within one, a table leaves no such gap."""

_FLAGS = {"params": "N", "tokens": "D", "flops": "C"}
_WORDS = {1e3: "thousands", 1e6: "millions", 1e9: "billions", 1e12: "trillions"}


def require_plausible(values: pd.Series, role: str, name: str, named) -> None:
    """Raises TableError where values, their unit taken in, are none of their quantity's.

    Counts too small to be counts, in all rows or in some; too large, so that a unit was taken
    twice; losses that look like perplexities.
    """
    if role == "loss":
        _require_nats(values, name, named)
    elif named.factor != 1:
        _require_one_unit(values, role, name, named)
    elif (values < SMALLEST[role]).any():
        _refuse_small(values, role, name)


def _require_nats(values: pd.Series, name: str, named) -> None:
    large = values.min() > LARGEST_LOSS or values.median() > 1.5 * LARGEST_LOSS
    if named == ("loss", 1.0, "") and large:
        raise TableError(
            f"column {name!r}: loss from {values.min():.4g} to {values.max():.4g} is too large for "
            f"nats per token; is it perplexity? --units loss=perplexity (if not: --units loss=nats)"
        )


def _require_one_unit(values: pd.Series, role: str, name: str, named) -> None:
    if values.median() <= LARGEST[role]:
        return
    by_name = _names.recognise(name) == named
    says = (
        f"its name says {_WORDS.get(named.factor, named.unit)}"
        if by_name
        else (f"--units says {named.unit}")
    )
    low, high = values.min() / named.factor, values.max() / named.factor
    raise TableError(
        f"column {name!r}: {says}, its values ({low:.4g} to {high:.4g}) look like counts. "
        f"Try --units {_FLAGS.get(role, role)}=1"
    )


def _refuse_small(values: pd.Series, role: str, name: str) -> None:
    """In one unit throughout, or in two: between values of one unit there is no wide gap."""
    smallest, ordered = SMALLEST[role], np.sort(values.to_numpy())
    steps = ordered[1:] / ordered[:-1]
    gap = int(np.argmax(steps)) if len(steps) and steps.max() >= GAP else None
    if gap is None and ordered[-1] < 1e4 * smallest:
        unit = f"{_FLAGS.get(role, role)}={_likely(ordered, role)}"
        raise TableError(
            f"column {name!r}: {role} from {ordered[0]:.4g} to {ordered[-1]:.4g}, too small for "
            f"counts. Say the unit, such as --units {unit}"
        )
    low = values < (smallest if gap is None else ordered[gap + 1])
    few, rest = values[low], values[~low]
    raise TableError(
        f"column {name!r}, {rows(few.index)}: mixed units? {few.iloc[0]:.4g} in row "
        f"{few.index[0]}, {rest.iloc[0]:.4g} in {rows(rest.index)}. Write all {role} in one unit, "
        f"or the unit on every value (70M, 1.3B)"
    )


def _likely(values: np.ndarray, role: str) -> str:
    """The unit in which such values would be the size of models and data people train."""
    if role in ("flops", "budget"):
        return "1e18"
    return "billions" if np.median(values) < {"params": 30, "tokens": 300}[role] else "millions"


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
    elif (np.abs(ratio) > np.log(1.1)).mean() > 0.1:
        said.done.append(_counted_otherwise(np.exp(ratio)))


def _counted_otherwise(ratio: pd.Series) -> Note:
    low, middle, high = ratio.min(), ratio.median(), ratio.max()
    return Note(
        f"C/(6ND) runs from {low:.3g} to {high:.3g}, median {middle:.3g}: C is counted otherwise "
        f"than as 6ND, and approaches that take C differ by that from those that take N and D",
        f"C/(6ND)从{low:.3g}到{high:.3g}，中位数{middle:.3g}：C不是按6ND数的，"
        f"用C的方法与用N、D的方法因此相差这么多",
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
        one = quote(f"{first}={frame[first].dropna().iloc[0]}")
        said.warnings.append(
            Note(
                f"the table may hold several experiments, fitted here as one; columns with few "
                f"values: {shown}. Fit each: --by {quote(str(first))}, or one: --only {one}",
                f"表里可能有好几个实验，这里当成一个来拟合；取值很少的列：{shown}。"
                f"分开拟合：--by {quote(str(first))}；只拟合一个：--only {one}",
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
