"""Which rows of a table count: those asked for, once each; a run's last row where it has many."""

from __future__ import annotations

import re

import pandas as pd

from isoflop._said import Note, Said, listed
from isoflop._values import TableError, counted, no_column, numeric, rows, rows_zh

_SIGN = re.compile(r"[<>!=]=|[<>=]")
_ORDER = {"<": "lt", "<=": "le", ">": "gt", ">=": "ge"}


def condition(text: str, columns=()) -> tuple[str, str, str] | None:
    """(column, sign, value) of ``flops>=1e17``, or None where it has no sign, name or value.

    Names may hold signs too: the first cut whose left side is one of ``columns`` counts.
    """
    cuts = [
        (text[: m.start()].strip(), m[0].replace("==", "="), text[m.end() :].strip())
        for m in _SIGN.finditer(text)
    ]
    cuts = [cut for cut in cuts if cut[0] and cut[2]]
    return next((cut for cut in cuts if cut[0] in columns), cuts[0] if cuts else None)


def only_those(raw: pd.DataFrame, only, said: Said) -> pd.DataFrame:
    """The rows that meet every condition; raises TableError where one is wrong or none is left."""
    for asked in only:
        text = asked if isinstance(asked, str) else "=".join(asked)
        found = (
            condition(text, raw.columns) if isinstance(asked, str) else (asked[0], "=", asked[1])
        )
        if found is None:
            raise TableError(f"--only {text}: need COLUMN=VALUE")
        name, sign, value = found
        if name not in raw.columns:
            raise TableError(f"--only {text}: {no_column(name, raw.columns)}")
        keep = _meets(raw[name], sign, value, text)
        if not keep.any():
            raise TableError(f"--only {text}: no row has it; {_there_are(raw[name], sign)}")
        dropped = int((~keep).sum())
        raw = raw[keep]
        en, zh = _SAID.get(sign, (f"is not {sign}", f"不满足 {sign}"))
        said.left_out.append(
            Note(f"{counted(dropped)}: {name} {en} {value}", f"{dropped} 行：{name} {zh} {value}")
        )
    return raw


_SAID = {"=": ("is not", "不是"), "!=": ("is", "是")}


def _meets(column: pd.Series, sign: str, value: str, text: str) -> pd.Series:
    if sign in _ORDER:
        limit, numbers = _number(value, text), _numbers(column, text)
        return getattr(numbers, _ORDER[sign])(limit)
    same = column.astype(str).str.strip().str.lower() == value.strip().lower()
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        same = column.astype(float) == pd.to_numeric(value, errors="coerce")
    return ~same if sign == "!=" else same


def _number(value: str, text: str) -> float:
    try:
        return float(numeric(pd.Series([value]), "flops")[0].iloc[0])
    except TableError:
        raise TableError(f"--only {text}: {value!r:.60} is no number") from None


def _numbers(column: pd.Series, text: str) -> pd.Series:
    """The column as numbers; FLOPs have every unit that counts have, and more."""
    try:
        return numeric(column, "flops")[0]
    except TableError as problem:
        raise TableError(f"--only {text}: {problem}") from None


def _there_are(column: pd.Series, sign: str) -> str:
    if sign in _ORDER:
        numbers = _numbers(column, "")
        return f"its values run from {numbers.min():.6g} to {numbers.max():.6g}"
    values = listed(pd.unique(column.astype(str))[:20]).removeprefix("the table has ")
    return f"there are {values}"


def without_twins(raw: pd.DataFrame, said: Said) -> pd.DataFrame:
    twins = raw.duplicated()
    if twins.any():
        where, n = raw.index[twins], int(twins.sum())
        said.left_out.append(
            Note(
                f"{counted(n)} that {'repeats' if n == 1 else 'repeat'} an earlier row in every "
                f"column ({rows(where)})",
                f"{n} 行与前面某行每一列都相同（{rows_zh(where)}）",
            )
        )
        raw = raw[~twins]
    return raw


def runs_of_curves(frame: pd.DataFrame, found: dict, by: str | None, said: Said) -> tuple:
    """(curves, one row a run) where runs have several rows; (None, frame) where each has one."""
    keys = ["run"] if by is None else [by, "run"]
    if not frame.duplicated(keys).any():
        return None, frame
    frame = frame[frame["run"].notna()]
    groups = frame.groupby(keys, sort=False)
    sizes = groups["params"].nunique()
    if (sizes > 1).any():
        at = sizes.index[(sizes > 1).to_numpy()][0]
        raise TableError(
            f"column {found['run'][0]!r}: run {at!r:.60} has several N, so it is no run's id. "
            f"Rename the column, or say --columns run=COLUMN"
        )
    order = frame.sort_values("flops", kind="stable")
    ends = order.drop_duplicates(keys, keep="last").sort_index()
    said.done.append(
        Note(
            f"{len(frame)} rows are training curves of {len(ends)} runs (column "
            f"{found['run'][0]}); the last row of each run is its end",
            f"{len(frame)} 行是 {len(ends)} 次训练的训练曲线（列 {found['run'][0]}）；"
            f"各次训练的最后一行是它的终点",
        )
    )
    keep = [*dict.fromkeys([*keys, "params", "tokens", "flops", "loss"])]
    return frame[keep], ends
