"""Table files as frames of raw columns: CSV, TSV, JSON lines, Parquet. Nothing is unpickled.

Rows are numbered from 1, the first row below the header.
"""

from __future__ import annotations

import csv
import io
import json
import warnings
from pathlib import Path

import pandas as pd

from isoflop._values import TableError

CHUNK = 50_000
"""Lines of JSON turned into columns at a time: objects are many times larger than columns."""

LARGEST = 2 << 30
"""Bytes; a larger file is refused, since it would not fit in memory several times over."""


def frame(path: Path) -> tuple[pd.DataFrame, list[tuple[str, str]]]:
    """The file's columns, rows numbered from 1, and notes (English, Chinese) on how it was read.

    Raises TableError for what is no table, naming the line; OSError where it cannot be opened.
    """
    path = Path(path)
    if path.stat().st_size > LARGEST:
        raise TableError(f"{path.name}: over {LARGEST >> 30} GiB; keep the columns that are needed")
    _require_no_workbook(path)
    kind = path.suffix.lower()
    if kind in (".parquet", ".pq"):
        table, notes = _parquet(path), []
    else:
        text, notes = _text(path)
        if kind in (".jsonl", ".ndjson", ".json"):
            table = _json(text)
        else:
            table = _csv(text, "\t" if kind in (".tsv", ".tab") else None, notes)
    table.columns = [str(c).strip() for c in table.columns]
    twice = table.columns[table.columns.duplicated()]
    if len(twice):
        raise TableError(f"two columns are called {twice[0]!r}; rename one of them")
    if not len(table):
        raise TableError("no rows below the header")
    table.index = pd.RangeIndex(1, len(table) + 1)
    return table, notes


_PACKED = {
    b"PK\x03\x04": "this is a zip file, such as an Excel workbook; save it as CSV",
    b"\xd0\xcf\x11\xe0": "this looks like an old Excel workbook; save it as CSV",
}
"""First bytes of what people hand over for a table, and what to do about it."""


def _require_no_workbook(path: Path) -> None:
    with path.open("rb") as file:
        if said := _PACKED.get(file.read(4)):
            raise TableError(said)


def _text(path: Path) -> tuple[str, list]:
    content = path.read_bytes()
    if not content.strip():
        raise TableError("the file is empty")
    notes, encoding = [], "utf-8-sig"
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        encoding = "utf-16"
    elif b"\x00" in content:
        line = content[: content.index(b"\x00")].count(b"\n") + 1
        raise TableError(f"line {line} holds zero bytes: this is no text table, or half written")
    try:
        return content.decode(encoding), notes
    except UnicodeDecodeError as problem:
        line = content[: problem.start].count(b"\n") + 1
    try:
        text = content.decode("gb18030")
    except UnicodeDecodeError:
        raise TableError(f"line {line} is not UTF-8 text; save the table as UTF-8") from None
    notes.append(("not UTF-8; read as GB18030", "不是 UTF-8，按 GB18030 读取"))
    return text, notes


def _csv(text: str, separator: str | None, notes: list) -> pd.DataFrame:
    text = text.removeprefix("\ufeff")
    first = text.lstrip("\r\n").split("\n", 1)[0]
    separator = separator or max(",\t;", key=first.count)
    names = _line(first, separator)
    duplicated = {n for n in names if names.count(n) > 1 and n}
    if duplicated:
        raise TableError(f"two columns are called {sorted(duplicated)[0]!r}; rename one of them")
    _require_whole(text, names, separator, notes)
    options = {"low_memory": False, "index_col": False}
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            return pd.read_csv(io.StringIO(text), sep=separator, **options)
        except (pd.errors.ParserError, pd.errors.ParserWarning) as problem:
            said = str(problem).removeprefix("Error tokenizing data. C error: ").strip()
            raise TableError(
                f"{said}. Quote cells that hold the separator {separator!r}, or export again"
            ) from None
        except (pd.errors.EmptyDataError, OverflowError) as problem:
            raise TableError(str(problem)) from None


def _require_whole(text: str, names: list[str], separator: str, notes: list) -> None:
    """A file cut off while it was written ends in the middle of a line."""
    if text.endswith(("\n", "\r")):
        return
    last = text[text.rfind("\n") + 1 :]
    count = len(_line(last, separator))
    if count < len(names) and text.count('"') % 2 == 0:
        number = text.count("\n") + 1
        raise TableError(
            f"line {number} is cut off: {count} of {len(names)} cells, and the file ends there. "
            f"It looks half written: export it again, or delete that line"
        )
    notes.append(
        (
            "the last line has no line end; if the file was still being written, its last value "
            "may be cut short",
            "最后一行没有换行；如果文件还没写完，最后一个数可能不全",
        )
    )


def _line(line: str, separator: str) -> list[str]:
    try:
        return [c.strip() for c in next(csv.reader([line.rstrip("\r")], delimiter=separator), [])]
    except csv.Error as problem:
        raise TableError(f"the header or last line cannot be read: {problem}") from None


def _json(text: str) -> pd.DataFrame:
    if text.lstrip()[:1] == "[":
        lines = _loads(text, "the file")
        records = [(i, record) for i, record in enumerate(lines, 1)]
    else:
        records = ((i, line) for i, line in enumerate(text.split("\n"), 1) if line.strip())
    parts, chunk = [], []
    for number, record in records:
        if isinstance(record, str):
            record = _loads(record, f"line {number}")
        if not isinstance(record, dict):
            raise TableError(f"line {number} is no JSON object; each line must be one run")
        chunk.append(_flat(record))
        if len(chunk) == CHUNK:
            parts.append(pd.DataFrame(chunk))
            chunk = []
    parts.append(pd.DataFrame(chunk)) if chunk else None
    if not parts:
        raise TableError("no rows")
    return pd.concat(parts, ignore_index=True)


def _loads(text: str, where: str):
    try:
        return json.loads(text, parse_int=float)
    except RecursionError:
        raise TableError(f"{where}: JSON nested too deeply") from None
    except ValueError as problem:
        raise TableError(
            f"{where} is no whole JSON ({problem}). If the file is half written, export it again "
            f"or delete that line"
        ) from None


def _flat(record: dict, prefix: str = "", depth: int = 0) -> dict:
    """Nested objects as ``outer.inner``; lists and anything deeper as text."""
    flat = {}
    for key, value in record.items():
        if isinstance(value, dict) and depth < 5:
            flat |= _flat(value, f"{prefix}{key}.", depth + 1)
        else:
            flat[prefix + key] = str(value)[:200] if isinstance(value, dict | list) else value
    return flat


def _parquet(path: Path) -> pd.DataFrame:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise TableError(
            "reading Parquet needs pyarrow: pip install pyarrow, or save the table as CSV"
        ) from None
    try:
        table = pyarrow.parquet.ParquetFile(path).read()
        return table.to_pandas(ignore_metadata=True)
    except (pyarrow.ArrowException, OSError, ValueError, TypeError) as problem:
        said = str(problem).splitlines()[0] if str(problem) else type(problem).__name__
        raise TableError(f"no whole Parquet file ({said:.120})") from None
