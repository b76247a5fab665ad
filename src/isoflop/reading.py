"""Any table of runs, read: which column is what, in which unit, and what was left out.

``read(path)`` takes CSV, TSV, JSON lines or Parquet, recognises columns by their common names and
returns a validated runs table with a record of everything it did. Rows are counted from 1 below
the header. Nothing is guessed silently: what cannot be told apart is an error that says what to
set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote

import numpy as np
import pandas as pd

from isoflop import _files, _names, _select, _suspect
from isoflop._names import ROLES, Named
from isoflop._said import Column, Note, Said, listed
from isoflop._values import TableError, cell, counted, no_column, numeric, rows
from isoflop.runs import validate

__all__ = ["Column", "Note", "Reading", "TableError", "curves", "read", "recognise"]


@dataclass
class Reading:
    """A runs table and how it came about.

    ``runs``: params, tokens, flops, loss and every other column of the file; ``curves``: run,
    params, tokens, flops, loss with a row per evaluation, or None where each run is one row.
    """

    name: str
    runs: pd.DataFrame
    rows: int
    columns: tuple[Column, ...] = ()
    done: tuple[Note, ...] = ()
    left_out: tuple[Note, ...] = ()
    warnings: tuple[Note, ...] = ()
    curves: pd.DataFrame | None = field(default=None, repr=False)


def read(
    path: str | Path,
    *,
    columns: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
    only: Sequence[str | tuple[str, str]] = (),
    by: str | None = None,
) -> Reading:
    """Read a table of runs.

    Parameters
    ----------
    path : CSV (comma, semicolon or tab), TSV, JSON lines or Parquet, by its ending.
    columns : {"N": name, "D": …, "C": …, "loss": …, "budget": …, "run": …} where names do not tell;
        params, tokens, flops do for N, D, C.
    units : {"N": "millions", "C": "PF-days", "loss": "bits"}; names and values may carry units too.
    only : (column, value) pairs, or conditions such as ``"flops>=1e17"`` (=, !=, <, <=, >, >=) on
        cells as written; rows that differ are left out.
    by : the column that tells several experiments in one table apart.

    Raises
    ------
    TableError
        For a file that is no table, columns that are missing or ambiguous, cells that are no
        numbers, units that are mixed: it names the line, rows or column and what to do.
    OSError
        Where the file cannot be opened.

    >>> import tempfile
    >>> from isoflop import reading
    >>> with tempfile.NamedTemporaryFile("w+", suffix=".csv") as file:
    ...     _ = file.write("params (M),tokens_seen,loss\\n100,2B,3.1\\n200,4B,2.9\\n")
    ...     file.flush()
    ...     found = reading.read(file.name)
    >>> found.runs["flops"].tolist()
    [1.2e+18, 4.8e+18]
    """
    raw, notes = _files.frame(Path(path))
    said = Said(done=[Note(*n) for n in notes])
    count = len(raw)
    raw = _select.only_those(raw, only, said)
    raw = _select.without_twins(raw, said)
    if by is not None and by not in raw.columns:
        raise TableError(f"--by {by}: {no_column(by, raw.columns)}")
    found = recognise(raw, columns or {}, units or {})
    frame = _frame(raw, found, said)
    curves = None
    if "run" in frame:
        curves, frame = _select.runs_of_curves(frame, found, by, said)
    _suspect.look(frame, found, by, said)
    frame = validate(frame, Path(path).name)
    parts = (tuple(part) for part in (said.columns, said.done, said.left_out, said.warnings))
    return Reading(Path(path).name, frame, count, *parts, curves)


def curves(path: str | Path, **options) -> pd.DataFrame:
    """Training curves from a file: run, params, tokens, flops, loss, a row per evaluation.

    ``options`` and errors as ``read``; TableError too where no run has several rows.
    """
    found = read(path, **options).curves
    if found is None:
        raise TableError(
            "no training curves: no run id with several rows was recognised. Name it: "
            "--columns run=COLUMN"
        )
    return found


def recognise(raw: pd.DataFrame, columns: Mapping, units: Mapping) -> dict[str, tuple]:
    """{role: (column, Named)} by given names first, then by the columns' own.

    Raises TableError where a given column is missing, or several columns could be one quantity.
    """
    given = {ROLES.get(k, k): v for k, v in columns.items()}
    for role, name in given.items():
        if name not in raw.columns:
            flag = next((k for k, v in ROLES.items() if v == role), role)
            raise TableError(f"--columns {flag}={name}: {no_column(name, raw.columns)}")
    by_name: dict[str, list] = {}
    for name in raw.columns:
        named = _names.recognise(name)
        if named and name not in given.values():
            role = "loss" if named.role in ("bits", "perplexity") else named.role
            by_name.setdefault(role, []).append((name, named))
    found = {}
    for role, name in given.items():
        named = _names.recognise(name)
        same = named and role in (
            named.role,
            "loss" if named.role in ("bits", "perplexity") else "",
        )
        found[role] = (name, named if same else Named(role))
    for role, candidates in by_name.items():
        if role not in found:
            found[role] = _one(role, candidates, raw)
    return _with_units(found, units)


def _one(role: str, candidates: list, raw: pd.DataFrame) -> tuple:
    """The only candidate, or the first of several that hold the same."""
    first = candidates[0]
    if role in ("run", "step") or all(raw[c[0]].equals(raw[first[0]]) for c in candidates[1:]):
        return first
    flag = next((k for k, v in ROLES.items() if v == role), role)
    names = ", ".join(repr(c[0]) for c in candidates)
    raise TableError(
        f"{len(candidates)} columns could be {flag} ({role}): {names}. Say which: "
        f"--columns {flag}={quote(first[0])}"
    )


def _with_units(found: dict, units: Mapping) -> dict:
    for key, text in units.items():
        role = ROLES.get(key, key)
        if role not in found:
            raise TableError(f"--units {key}={text}: no column was recognised as {key}")
        name, _ = found[role]
        if role == "loss":
            kind = _names.LOSS_UNITS.get(_names.squash(text))
            if kind is None:
                raise TableError(f"--units loss={text}: need nats, bits or perplexity")
            found[role] = (name, Named(kind, 1.0, text))
            continue
        factor = _names.unit(role, text)
        if factor is None:
            such = (
                "such as 1e18, exaFLOPs, PF-days"
                if role in ("flops", "budget")
                else ("such as millions, B, 1e9")
            )
            raise TableError(f"--units {key}={text}: unknown unit; need one {such}")
        found[role] = (name, Named(role, factor, text))
    return found


def _frame(raw: pd.DataFrame, found: dict, said: Said) -> pd.DataFrame:
    """params, tokens, flops, loss (and budget, run, step), computed where they can be."""
    if "loss" not in found or ("params" not in found):
        missing = "loss" if "loss" not in found else "N"
        raise TableError(
            f"no column was recognised as {missing} ({ROLES[missing]}); {listed(raw.columns)}. "
            f"Name it: --columns {missing}=COLUMN"
        )
    if not {"tokens", "flops", "budget"} & found.keys():
        raise TableError(
            f"neither tokens (D) nor compute (C) was recognised; {listed(raw.columns)}. "
            f"Name one: --columns D=COLUMN"
        )
    raw = _with_loss(raw, found, said)
    values = {}
    for role in ("params", "tokens", "flops", "loss", "budget"):
        if role in found:
            values[role] = _quantity(raw, role, *found[role], said)
    _derive(values, said)
    for role in ("run", "step"):
        if role in found:
            values[role] = raw[found[role][0]]
    rest = raw[[c for c in raw.columns if c not in values]]
    return pd.concat([pd.DataFrame(values, index=raw.index), rest], axis=1)


def _with_loss(raw: pd.DataFrame, found: dict, said: Said) -> pd.DataFrame:
    name = found["loss"][0]
    loss, _ = numeric(raw[name], "loss")
    for bad, en, zh in (
        (loss.isna(), "without a loss", "没有损失"),
        (np.isinf(loss), "whose loss is infinite (diverged)", "损失为无穷（发散）"),
    ):
        if n := int(bad.sum()):
            said.left_out.append(Note(f"{counted(n)} {en}", f"{n} 行{zh}"))
    keep = np.isfinite(loss)
    if not keep.any():
        raise TableError(f"column {name!r}: no row has a loss")
    return raw[keep]


def _quantity(raw: pd.DataFrame, role: str, name: str, named: Named, said: Said) -> pd.Series:
    values, marked = numeric(raw[name], role)
    if marked and named.factor != 1:
        raise TableError(
            f"column {name!r}: its values carry units and so does its name or --units "
            f"({named.unit}); say it once"
        )
    values, unit = values * named.factor, named.unit
    if named.role == "bits":
        values, unit = values * np.log(2), "bits × ln 2"
    elif named.role == "perplexity":
        with np.errstate(all="ignore"):
            values, unit = np.log(values), "ln(perplexity)"
    bad = ~(np.isfinite(values) & (values > 0))
    if bad.any():
        where = values.index[bad]
        raise TableError(
            f"column {name!r}, {rows(where)}: {cell(raw[name][where[0]])} is not a finite positive "
            f"{role}; mend or drop {'it' if len(where) == 1 else 'them'}"
        )
    if not marked:
        _suspect.require_plausible(values, role, name, named)
    if named.factor != 1:
        unit = f"{unit} = {named.factor:g}"
    said.columns.append(Column(role, name, unit or ("as written" if marked else "")))
    return values.rename(role)


def _derive(values: dict, said: Said) -> None:
    """C = 6ND and D = C/(6N), where one of them is missing; said so."""
    if "flops" not in values and "budget" in values:
        values["flops"] = values["budget"].rename("flops")
        said.columns.append(Column("flops", "= budget"))
    if "tokens" not in values:
        values["tokens"] = values["flops"] / (6 * values["params"])
        said.columns.append(Column("tokens", "= C/(6N)"))
    if "flops" not in values:
        values["flops"] = 6 * values["params"] * values["tokens"]
        said.columns.append(Column("flops", "= 6ND"))
