"""Which rows of a table count: those asked for, once each; a run's last row where it has many."""

from __future__ import annotations

import pandas as pd

from isoflop._said import Note, Said, listed
from isoflop._values import TableError, counted, rows, rows_zh


def only_those(raw: pd.DataFrame, only, said: Said) -> pd.DataFrame:
    for name, value in only:
        if name not in raw.columns:
            raise TableError(f"--only {name}={value}: no such column; {listed(raw.columns)}")
        column = raw[name]
        keep = column.astype(str).str.strip().str.lower() == value.strip().lower()
        if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
            number = pd.to_numeric(value, errors="coerce")
            keep = column.astype(float) == number
        if not keep.any():
            values = listed(pd.unique(column.astype(str))[:20]).removeprefix("the table has ")
            raise TableError(f"--only {name}={value}: no row has it; there are {values}")
        dropped = int((~keep).sum())
        raw = raw[keep]
        said.left_out.append(
            Note(f"{counted(dropped)}: {name} is not {value}", f"{dropped} 行：{name} 不是 {value}")
        )
    return raw


def without_twins(raw: pd.DataFrame, said: Said) -> pd.DataFrame:
    twins = raw.duplicated()
    if twins.any():
        where, n = raw.index[twins], int(twins.sum())
        said.left_out.append(
            Note(
                f"{counted(n)} that repeat an earlier row in every column ({rows(where)})",
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
            f"{len(frame)} 行是 {len(ends)} 个运行的训练曲线（列 {found['run'][0]}）；"
            f"各运行的最后一行是它的终点",
        )
    )
    keep = [*dict.fromkeys([*keys, "params", "tokens", "flops", "loss"])]
    return frame[keep], ends
